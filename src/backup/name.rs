//! Names of backups: `tidegate-<what>-<run>`, always within what RDS allows.

use sha2::{Digest as _, Sha256};

/// RDS allows 255 characters for an instance's snapshot, and 63 for a cluster's. The shorter fits both.
const LONGEST: usize = 63;

/// What names of ours begin with, and what the IAM policy restricts deletes and tags to.
pub const PREFIX: &str = "tidegate-";

/// A name for the backup of `resource` made by `run`.
///
/// Letters, digits and single hyphens, in lower case, beginning with a letter, not ending with a hyphen. A long or odd
/// resource name is shortened and told apart by a part of its SHA-256; the run is always whole.
pub fn backup_name(resource: &str, run: &str) -> String {
    let room = LONGEST - PREFIX.len() - run.len() - 1;
    let plain = plain(resource);
    let middle = if !plain.is_empty() && plain.len() <= room && plain == resource {
        plain
    } else {
        let hash = hex(&Sha256::digest(resource.as_bytes())[..4]);
        let kept: String = plain.chars().take(room.saturating_sub(hash.len() + 1)).collect();
        [kept.trim_end_matches('-'), &hash]
            .iter()
            .filter(|part| !part.is_empty())
            .copied()
            .collect::<Vec<_>>()
            .join("-")
    };
    format!("{PREFIX}{middle}-{run}")
}

fn plain(text: &str) -> String {
    let mut plain = String::new();
    for letter in text.chars() {
        let letter = letter.to_ascii_lowercase();
        let letter = if letter.is_ascii_alphanumeric() { letter } else { '-' };
        if letter != '-' || !(plain.is_empty() || plain.ends_with('-')) {
            plain.push(letter);
        }
    }
    plain.trim_matches('-').to_owned()
}

/// Lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_what_rds_allows() {
        let run = "0f3a9c51d2e47b86";
        let odd = ["", "prod-db", "Prod--DB-", "ünïcode", "-", "9lives", &"a".repeat(63), &"long-".repeat(20)];
        for resource in odd {
            let name = backup_name(resource, run);
            assert!(name.len() <= 63, "{name}");
            assert!(name.starts_with(PREFIX) && name.ends_with(run), "{name}");
            assert!(!name.contains("--"), "{name}");
            assert!(name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'), "{name}");
        }
        assert_eq!(backup_name("prod-db", run), format!("tidegate-prod-db-{run}"));
    }

    #[test]
    fn row_10_long_names_stay_apart() {
        let run = "0f3a9c51d2e47b86";
        let (one, two) = (format!("{}-a", "x".repeat(60)), format!("{}-b", "x".repeat(60)));
        assert_ne!(backup_name(&one, run), backup_name(&two, run));
    }
}
