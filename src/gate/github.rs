//! What GitHub Actions is told: a summary of the step, its outputs, and an annotation.
//!
//! A value with line breaks cannot become another output: each stands between two lines that nobody could have guessed.
//! Nothing here is secret, so nothing is masked.

use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::path::Path;

use super::receipt::Receipt;
use super::report::{Around, last_line, markdown};
use super::world::Outcome;

/// GitHub takes a summary of up to 1 MiB, and none at all of a larger one.
const SUMMARY: usize = 1000 * 1024;

/// The step's outputs by name.
pub fn outputs(receipt: &Receipt, receipt_path: Option<&str>) -> Vec<(&'static str, String)> {
    let backup = receipt.backup.as_ref();
    vec![
        ("run_id", receipt.run.to_string()),
        ("outcome", receipt.outcome.name().to_owned()),
        ("exit_code", receipt.exit_code.to_string()),
        ("backup_id", backup.map(|backup| backup.id.clone()).unwrap_or_default()),
        ("backup_arn", backup.map(|backup| backup.arn.clone()).unwrap_or_default()),
        ("receipt", receipt_path.unwrap_or_default().to_owned()),
    ]
}

/// Text for `$GITHUB_OUTPUT`. `random` is a part of the lines that end the values: fresh random digits.
pub fn output_file(outputs: &[(&str, String)], random: &str) -> String {
    let mut text = String::new();
    for (name, value) in outputs {
        let mut end = format!("tidegate_{random}");
        while value.contains(&end) {
            end.push('_');
        }
        text.push_str(&format!("{name}<<{end}\n{value}\n{end}\n"));
    }
    text
}

/// Text for `$GITHUB_STEP_SUMMARY`.
pub fn summary(receipt: &Receipt, around: Around<'_>) -> String {
    let mut text = markdown(receipt, around);
    if text.len() > SUMMARY {
        let end = (0..=SUMMARY).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        text.truncate(end);
        text.push_str("\n\n… and more: see the receipt.\n");
    }
    text
}

/// A workflow command that GitHub shows at the top of the run; `None` where all is well and needs no word.
pub fn annotation(receipt: &Receipt) -> Option<String> {
    let level = match receipt.outcome {
        Outcome::NothingPending | Outcome::DryRun | Outcome::Succeeded => return None,
        Outcome::Settled => "notice",
        Outcome::Refused | Outcome::Failed | Outcome::Unknown => "error",
    };
    let mut message = receipt.summary.clone();
    for refusal in &receipt.refusals {
        message.push_str(&format!("\n{}: {}", refusal.code.name(), refusal.message));
    }
    message.push_str(&format!("\n{}", last_line(receipt)));
    let title = format!("tidegate gate, {}", receipt.binding.environment);
    Some(format!("::{level} title={}::{}", property(&title), data(&message)))
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

/// Adds text to one of the files that GitHub names in the environment.
///
/// # Errors
/// It cannot be written. That never changes the verdict.
pub fn append(path: &Path, text: &str) -> io::Result<()> {
    let mut file = OpenOptions::new().create(true).append(true).open(path)?;
    file.write_all(text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gate::report::tests::{failed, refused, succeeded};

    /// What GitHub's runner makes of the file: `NAME<<END`, lines, `END`.
    fn read(text: &str) -> Vec<(String, String)> {
        let mut lines = text.split('\n');
        let mut found = Vec::new();
        while let Some(line) = lines.next().filter(|line| !line.is_empty()) {
            let (name, end) = line.split_once("<<").unwrap();
            let value: Vec<&str> = lines.by_ref().take_while(|line| *line != end).collect();
            found.push((name.to_owned(), value.join("\n")));
        }
        found
    }

    #[test]
    fn a_value_with_line_breaks_stays_one_output() {
        let evil = "x\ntidegate_0f\nbackup_id<<E\nother\nE";
        let text = output_file(&[("receipt", evil.to_owned()), ("run_id", "1".to_owned())], "0f");
        assert_eq!(read(&text), [("receipt".to_owned(), evil.to_owned()), ("run_id".to_owned(), "1".to_owned())]);
    }

    #[test]
    fn outputs_name_the_backup() {
        let outputs = outputs(&failed(), Some("receipt.json"));
        let get = |name: &str| outputs.iter().find(|(known, _)| *known == name).unwrap().1.clone();
        assert_eq!(get("backup_id"), "tidegate-prod-db-0f3a9c51d2e47b86");
        assert_eq!(
            (get("outcome"), get("receipt"), get("exit_code")),
            ("failed".into(), "receipt.json".into(), "1".into())
        );
        let spelled = serde_json::to_value(failed().outcome).unwrap();
        assert_eq!(get("outcome"), spelled.as_str().unwrap());
    }

    #[test]
    fn an_annotation_is_one_command() {
        let mut receipt = refused();
        receipt.refusals[0].message = "100%\n::set-output name=x::y".to_owned();
        receipt.binding.environment = "a,b:c".to_owned();
        let text = annotation(&receipt).unwrap();
        assert!(text.starts_with("::error title=tidegate gate%2C a%2Cb%3Ac::"), "{text}");
        assert!(text.contains("100%25%0A::set-output") && !text.contains('\n'), "{text}");
        assert_eq!(annotation(&succeeded()), None);
    }

    #[test]
    fn a_summary_stays_within_what_github_takes() {
        let mut receipt = failed();
        receipt.notes = vec!["größe ".repeat(400_000)];
        let text = summary(&receipt, Around::default());
        assert!(text.len() < 1024 * 1024 && text.ends_with("see the receipt.\n"));
    }

    #[test]
    fn a_file_is_added_to() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("summary");
        append(&path, "a\n").unwrap();
        append(&path, "b\n").unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "a\nb\n");
        assert!(append(folder.path(), "x").is_err());
    }
}
