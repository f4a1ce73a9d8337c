//! Formatted SQL: a file that begins with `--liquibase formatted sql` and is parted by `--changeset author:id`.
//!
//! Follows `AbstractFormattedChangeLogParser`. Rollbacks, preconditions and comments are comments of SQL, too, and
//! stay where they are; lines under `ignoreLines` are emptied. So line n of a changeset is a line of the file.

use super::super::super::text;
use super::{ChangeSet, Role, Variables};

/// Whether the first line that is not empty says so.
pub(super) fn is_formatted(sql: &str) -> bool {
    let first = sql.trim_start_matches('\u{feff}').lines().find(|line| !line.trim().is_empty()).unwrap_or("");
    let words = comment(first).and_then(|words| text::strip_prefix_ignore_case(words, "liquibase"));
    words.is_some_and(|words| text::strip_prefix_ignore_case(words.trim_start(), "formatted").is_some())
}

/// What a formatted file holds.
pub(super) struct File {
    pub(super) sets: Vec<ChangeSet>,
    /// Whether SQL stands before the first changeset, which Liquibase passes over.
    pub(super) stray: bool,
}

/// The changesets of a file. An error is a line and what is wrong there.
pub(super) fn parse(sql: &str, variables: &mut Variables) -> Result<File, (usize, String)> {
    let mut file = File { sets: Vec::new(), stray: false };
    let mut ignored = Ignored::No;
    let mut rollback = false;
    let mut logical_path = None;
    for (number, line) in sql.split_inclusive('\n').enumerate().map(|(at, line)| (at + 1, line)) {
        let end = if line.ends_with('\n') { "\n" } else { "" };
        let words = comment(line).unwrap_or("");
        if let Some(head) = text::strip_prefix_ignore_case(words, "liquibase").filter(|_| file.sets.is_empty()) {
            logical_path = logical_path.or_else(|| attribute(head, "logicalFilePath").map(str::to_owned));
        }
        if let Some(count) = text::strip_prefix_ignore_case(words, "ignorelines:") {
            ignored = match count.trim() {
                "end" => Ignored::No,
                "start" => Ignored::UntilEnd,
                count => {
                    Ignored::Lines(count.parse().map_err(|_| (number, format!("ignoreLines:{count} is no number")))?)
                }
            };
        } else if ignored.takes_line() {
            if let Some(set) = file.sets.last_mut() {
                set.sql.push_str(end);
            }
            continue;
        } else if let Some(property) = text::strip_prefix_ignore_case(words, "property ") {
            let value = |name| attribute(property, name);
            if let (Some(name), Some(text), true) =
                (value("name"), value("value"), super::for_postgresql(value("dbms")))
            {
                variables.set(name, text);
            }
        } else if let Some(rest) = text::strip_prefix_ignore_case(words, "changeset") {
            if rest.starts_with(char::is_whitespace) || rest.is_empty() {
                let mut set = changeset(rest.trim(), number)
                    .ok_or_else(|| (number, "expected --changeset author:id".to_owned()))?;
                set.logical_path = set.logical_path.or_else(|| logical_path.clone());
                file.sets.push(set);
                rollback = false;
            }
        } else if let (Some(set), true) = (file.sets.last_mut(), words.to_ascii_lowercase().starts_with("precondition"))
        {
            set.preconditions = true;
        }
        match file.sets.last_mut() {
            Some(set) => {
                set.sql.push_str(line);
                set.count(line, words, &mut rollback);
            }
            None => file.stray |= !line.trim().is_empty() && comment(line).is_none(),
        }
    }
    Ok(file)
}

enum Ignored {
    No,
    UntilEnd,
    Lines(usize),
}

impl Ignored {
    fn takes_line(&mut self) -> bool {
        match self {
            Self::No | Self::Lines(0) => false,
            Self::UntilEnd => true,
            Self::Lines(left) => {
                *left -= 1;
                true
            }
        }
    }
}

/// What follows `--` in a line that is a comment.
fn comment(line: &str) -> Option<&str> {
    line.trim().strip_prefix("--").map(str::trim_start)
}

/// `author:id name:value …`
fn changeset(words: &str, line: usize) -> Option<ChangeSet> {
    let (author, rest) = match words.strip_prefix('"') {
        Some(quoted) => quoted.split_once('"').and_then(|(author, rest)| Some((author, rest.strip_prefix(':')?)))?,
        None => words.split_once(':')?,
    };
    let rest = rest.trim_start();
    let (id, rest) = match rest.strip_prefix('"') {
        Some(quoted) => quoted.split_once('"')?,
        None => rest.split_at(rest.find(char::is_whitespace).unwrap_or(rest.len())),
    };
    if author.trim().is_empty() || id.is_empty() {
        return None;
    }
    let is = |name: &str, value: &str| attribute(rest, name).is_some_and(|said| said.eq_ignore_ascii_case(value));
    Some(ChangeSet {
        author: author.trim().to_owned(),
        id: id.to_owned(),
        line,
        transactional: !is("runInTransaction", "false"),
        runs: super::for_postgresql(attribute(rest, "dbms")) && !is("ignore", "true"),
        context: ["context", "contextFilter", "labels"].iter().any(|name| attribute(rest, name).is_some()),
        preconditions: false,
        role: if is("runAlways", "true") {
            Role::Always
        } else if is("runOnChange", "true") {
            Role::OnChange
        } else {
            Role::Once
        },
        logical_path: attribute(rest, "logicalFilePath").map(str::to_owned),
        split: !is("splitStatements", "false"),
        strip: !is("stripComments", "false"),
        run_with: attribute(rest, "runWith").is_some(),
        body: String::new(),
        whole: None,
        valid: Vec::new(),
        delimiter: attribute(rest, "endDelimiter").map(str::to_owned),
        sql: String::new(),
    })
}

impl ChangeSet {
    /// Adds a line to what the checksum is over, unless it is one of Liquibase's own. `rollback` says whether it lies in
    /// a comment that holds the way back.
    fn count(&mut self, line: &str, words: &str, rollback: &mut bool) {
        let starts = |word: &str| text::strip_prefix_ignore_case(words, word);
        let at_start = line.starts_with("--");
        if *rollback {
            *rollback = !line.trim_end().ends_with("*/");
            self.whole.iter_mut().for_each(|whole| whole.push_str(line));
        } else if line.trim().strip_prefix("/*").is_some_and(|words| {
            let words: Vec<&str> = words.split_whitespace().collect();
            matches!(words.as_slice(), [one, two] if one.eq_ignore_ascii_case("liquibase") && two.eq_ignore_ascii_case("rollback"))
        }) {
            *rollback = true;
            self.whole.get_or_insert_with(|| self.body.clone()).push_str(line);
        } else if let Some(sum) = starts("validchecksum").filter(|_| at_start) {
            self.valid.push(sum.trim_start_matches(':').trim().to_ascii_lowercase());
        } else if !(starts("changeset").is_some_and(|rest| rest.starts_with(char::is_whitespace))
            || starts("property ").is_some()
            || starts("ignorelines:").is_some()
            || starts("rollback ").is_some()
            || starts("precondition").is_some()
            || (at_start && starts("comment").is_some_and(|rest| rest.starts_with([' ', ':']))))
        {
            self.body.push_str(line);
            self.whole.iter_mut().for_each(|whole| whole.push_str(line));
        }
    }
}

/// The value of `name:value` or `name:"a value"`.
fn attribute<'a>(words: &'a str, name: &str) -> Option<&'a str> {
    let mut at = 0;
    loop {
        let rest = words.get(at..)?;
        let apart = at == 0 || words[..at].ends_with(char::is_whitespace);
        let value = text::strip_prefix_ignore_case(rest, name).and_then(|value| value.strip_prefix(':'));
        if let (true, Some(value)) = (apart, value) {
            let value = value.trim_start();
            return match value.strip_prefix('"') {
                Some(quoted) => quoted.split('"').next(),
                None => value.split_whitespace().next(),
            };
        }
        at += rest.chars().next()?.len_utf8();
    }
}
