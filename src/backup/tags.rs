//! What a backup says of itself: facts that never change, and one tag per run that uses it.
//!
//! RDS takes keys of 1 to 128 and values of up to 256 characters out of letters, digits, white space and `_.:/=+-@`,
//! and 50 tags on a resource. Whatever else a value holds (a database may be called anything) goes in by its SHA-256,
//! so that it can still be compared.

use std::collections::BTreeMap;

use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

use super::name::hex;

/// Tags by key.
pub type Tags = BTreeMap<String, String>;

/// Every tag of ours begins with this; they are left out when a source's tags are merged.
pub const PREFIX: &str = "tidegate:";
/// The backup's own name. A copy by human hands carries the name of the original.
pub const ID: &str = "tidegate:id";
/// The run that asked for it.
pub const RUN: &str = "tidegate:run";
/// `DbiResourceId` or `DbClusterResourceId`.
pub const RESOURCE: &str = "tidegate:resource";
/// The database of the server that it was made for; absent where it was made for all of them.
pub const DATABASE: &str = "tidegate:database";
/// The environment's name in `tidegate.toml`.
pub const ENVIRONMENT: &str = "tidegate:environment";
/// `pre-migration`, `scheduled`, `monthly`, `release`, …: the retention policy that it falls under.
pub const TIER: &str = "tidegate:tier";
/// When it was asked for, RFC 3339. The first word in its age if AWS gives none.
pub const CREATED: &str = "tidegate:created";
/// Why it must stay, whatever a policy says.
pub const PINNED: &str = "tidegate:pinned";
/// How the database was proved to be this resource's: `endpoint`, `certificate`, `server-name`, `unproven`.
pub const IDENTITY: &str = "tidegate:identity";
/// The refusal that was passed, and why.
pub const BREAK_GLASS: &str = "tidegate:break-glass";
/// The git commit that was deployed.
pub const COMMIT: &str = "tidegate:commit";
/// Its copy in another Region: the name of the source.
pub const COPY_OF: &str = "tidegate:copy-of";
/// The fingerprint of the policy that somebody agreed to with `tidegate backup prune --yes`; it goes along with the
/// newest backup.
pub const POLICY: &str = "tidegate:policy";
/// One tag for each run that uses the backup; the run's id follows. See [`RunTag`].
pub const USE: &str = "tidegate:use/";

/// How many runs may use one backup, so that 50 tags are never reached.
pub const MOST_USES: usize = 20;

/// The tags of a copy of the backup `id`, which is a backup of its own: it names its source, and no run uses it.
pub fn of_copy(tags: &Tags, id: &str) -> Tags {
    let mut copied: Tags = tags.clone();
    copied.retain(|key, _| !key.starts_with(USE));
    copied.insert(COPY_OF.to_owned(), value(id));
    copied
}

/// `text` as a tag's value: itself, or its SHA-256 where RDS would not take it.
pub fn value(text: &str) -> String {
    let fits = |letter: char| letter.is_ascii_alphanumeric() || " _.:/=+-@".contains(letter);
    if !text.is_empty() && text.len() <= 128 && text.chars().all(fits) && text.trim() == text {
        text.to_owned()
    } else {
        format!("sha256:{}", hex(&Sha256::digest(text.as_bytes())))
    }
}

/// Free words as a tag's value: what does not fit becomes `-`, and what is too long is cut.
pub fn words(text: &str) -> String {
    let fits = |letter: char| letter.is_alphanumeric() || " _.:/=+-@".contains(letter);
    let text: String = text.trim().chars().map(|letter| if fits(letter) { letter } else { '-' }).take(240).collect();
    text.trim().to_owned()
}

/// Where a run is, as its tag on the backup says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// It asked for the backup, or adopted it, and has not started its command.
    Waiting,
    /// Its command was started, or was about to be.
    Running,
    Succeeded,
    Failed,
    /// It ended without having started its command.
    Refused,
    /// It ended, and what it did is not known.
    Unknown,
    /// Its outcome was looked at and settled by `gate reconcile`.
    Settled,
}

const PHASES: [(Phase, &str); 7] = [
    (Phase::Waiting, "waiting"),
    (Phase::Running, "running"),
    (Phase::Succeeded, "succeeded"),
    (Phase::Failed, "failed"),
    (Phase::Refused, "refused"),
    (Phase::Unknown, "unknown"),
    (Phase::Settled, "settled"),
];

impl Phase {
    pub fn name(self) -> &'static str {
        PHASES.iter().find(|(phase, _)| *phase == self).map_or("unknown", |(_, name)| name)
    }

    /// Whether every later gate on that database must stop until it is settled.
    pub fn blocks(self) -> bool {
        matches!(self, Self::Running | Self::Unknown)
    }

    /// Whether the run still counts on its backup.
    pub fn unfinished(self) -> bool {
        matches!(self, Self::Waiting | Self::Running | Self::Unknown)
    }
}

/// A run's tag: `running db=shop env=prod pending=… argv=… commit=… at=…`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunTag {
    pub run: String,
    pub phase: Phase,
    /// As [`value`] writes it, shortened; see [`short`].
    pub database: String,
    /// Of the database; one that was dropped and made again has another. An older tidegate wrote none.
    pub oid: Option<u32>,
    pub environment: String,
    pub pending: String,
    pub argv: String,
    pub commit: String,
    pub at: Timestamp,
}

impl RunTag {
    pub fn key(run: &str) -> String {
        format!("{USE}{run}")
    }

    pub fn to_value(&self) -> String {
        format!(
            "{} db={}{} env={} pending={} argv={} commit={} at={}",
            self.phase.name(),
            self.database,
            self.oid.map(|oid| format!(" oid={oid}")).unwrap_or_default(),
            self.environment,
            self.pending,
            self.argv,
            self.commit,
            self.at
        )
    }

    /// The run tag in `key = value`. `None` where the key is none of ours; `Some(Err)` where it is, and cannot be
    /// read: whoever asks for open runs must take it for one.
    pub fn parse(key: &str, value: &str) -> Option<Result<Self, String>> {
        let run = key.strip_prefix(USE)?;
        let parsed = (|| {
            let (phase, rest) = value.split_once(' ')?;
            let phase = PHASES.iter().find(|(_, name)| *name == phase)?.0;
            let fields: BTreeMap<&str, &str> = rest.split(' ').filter_map(|field| field.split_once('=')).collect();
            let field = |name: &str| fields.get(name).map(|value| (*value).to_owned());
            Some(Self {
                run: run.to_owned(),
                phase,
                database: field("db")?,
                oid: field("oid").and_then(|oid| oid.parse().ok()),
                environment: field("env")?,
                pending: field("pending")?,
                argv: field("argv")?,
                commit: field("commit")?,
                at: field("at")?.parse().ok()?,
            })
        })();
        Some(parsed.ok_or_else(|| run.to_owned()))
    }
}

/// `text` for a field of a run's tag: itself where it is short and plain, else the first 16 digits of its SHA-256.
pub fn short(text: &str) -> String {
    let fits = |letter: char| letter.is_ascii_alphanumeric() || "_.:/+-@".contains(letter);
    match text {
        "" => "-".to_owned(),
        text if text.len() <= 32 && text.chars().all(fits) => text.to_owned(),
        text => hex(&Sha256::digest(text.as_bytes())[..8]),
    }
}

/// The run tags of a backup; `Err` holds the id of a run whose tag cannot be read.
pub fn runs(tags: &Tags) -> Vec<Result<RunTag, String>> {
    tags.iter().filter_map(|(key, value)| RunTag::parse(key, value)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tag() -> RunTag {
        RunTag {
            run: "0f3a9c51d2e47b86".to_owned(),
            phase: Phase::Running,
            database: short("shop"),
            oid: Some(u32::MAX),
            environment: short("prod"),
            pending: short(&"e".repeat(64)),
            argv: short("sqlx migrate run"),
            commit: short(""),
            at: "2026-01-02T03:04:05Z".parse().unwrap(),
        }
    }

    #[test]
    fn a_run_tag_reads_back_and_fits() {
        for phase in PHASES.map(|(phase, _)| phase) {
            let tag = RunTag { phase, ..tag() };
            let (key, text) = (RunTag::key(&tag.run), tag.to_value());
            assert!(key.len() <= 128 && text.len() <= 256, "{text}");
            assert_eq!(value(&text.replace(' ', "")).len().min(1), 1);
            assert_eq!(RunTag::parse(&key, &text), Some(Ok(tag)));
        }
    }

    #[test]
    fn a_run_tag_that_cannot_be_read_is_not_overlooked() {
        for text in ["", "running", "dancing db=shop", "running db=shop env=prod"] {
            assert_eq!(RunTag::parse("tidegate:use/abc", text), Some(Err("abc".to_owned())), "{text}");
        }
        assert_eq!(RunTag::parse("Name", "running"), None);
    }

    #[test]
    fn odd_values_become_their_hash() {
        assert_eq!(value("shop"), "shop");
        for odd in ["", "a#b", " padded ", "größe", &"x".repeat(300)] {
            assert!(value(odd).starts_with("sha256:"), "{odd}");
        }
        assert_ne!(value("a#b"), value("a$b"));
        assert_eq!(words("AWS is down; see #42 <x>"), "AWS is down- see -42 -x-");
    }
}
