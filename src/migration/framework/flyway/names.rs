//! What a file's name means to Flyway, with the prefixes, separator and endings that its configuration sets.

use std::collections::BTreeMap;

use super::text;
use super::version::Version;

/// `sqlMigrationPrefix`, `sqlMigrationSeparator` and the like (`ResourceNameParser.java`).
pub(super) struct Names {
    versioned: String,
    baseline: String,
    undo: String,
    repeatable: String,
    separator: String,
    suffixes: Vec<String>,
}

pub(super) enum Kind<'a> {
    Versioned { version: Version, title: &'a str },
    Baseline { version: Version, title: &'a str },
    Repeatable { title: &'a str },
    Undo,
    Callback { event: &'a str },
}

impl Names {
    /// From settings by their names in lower case.
    pub(super) fn of(known: &BTreeMap<String, String>) -> Self {
        let text = |key: &str, usual: &str| known.get(key).map_or(usual, String::as_str).to_owned();
        let suffixes = text("sqlmigrationsuffixes", ".sql");
        let suffixes: Vec<String> = suffixes.split(',').map(|suffix| suffix.trim().to_owned()).collect();
        Self {
            versioned: text("sqlmigrationprefix", "V"),
            baseline: text("baselinemigrationprefix", "B"),
            undo: text("undosqlmigrationprefix", "U"),
            repeatable: text("repeatablesqlmigrationprefix", "R"),
            separator: Some(text("sqlmigrationseparator", "__")).filter(|it| !it.is_empty()).unwrap_or("__".to_owned()),
            suffixes: suffixes.into_iter().filter(|suffix| !suffix.is_empty()).collect(),
        }
    }

    /// Whether the file ends as migrations do here.
    pub(super) fn is_script(&self, path: &str) -> bool {
        self.stem(path).is_some()
    }

    fn stem<'a>(&self, path: &'a str) -> Option<&'a str> {
        let name = text::file_name(path);
        let suffix = self.suffixes.iter().find(|suffix| text::has_ending(name, suffix))?;
        name.get(..name.len() - suffix.len())
    }

    /// `None` for a file that Flyway passes over.
    pub(super) fn parse<'a>(&self, path: &'a str) -> Option<Kind<'a>> {
        self.parse_stem(self.stem(path)?)
    }

    /// Without its ending, as for classes.
    pub(super) fn parse_stem<'a>(&self, stem: &'a str) -> Option<Kind<'a>> {
        let before = stem.split_once(self.separator.as_str()).map_or(stem, |(before, _)| before);
        let event = before.strip_prefix("before").or_else(|| before.strip_prefix("after")).unwrap_or("");
        if event.starts_with(|first: char| first.is_ascii_uppercase()) {
            return Some(Kind::Callback { event: before });
        }
        let mut prefixes = [&self.versioned, &self.baseline, &self.undo, &self.repeatable];
        // The longest first, so that none hides another; stable, so that of equals the first counts.
        prefixes.sort_by_key(|prefix| std::cmp::Reverse(prefix.len()));
        let prefix = *prefixes.iter().find(|prefix| stem.starts_with(prefix.as_str()))?;
        let rest = stem.strip_prefix(prefix.as_str())?;
        let (version, title) = rest.split_once(self.separator.as_str()).unwrap_or((rest, ""));
        if *prefix == self.repeatable {
            return (version.is_empty() && rest.starts_with(self.separator.as_str()))
                .then_some(Kind::Repeatable { title });
        }
        let version = Version::parse(version)?;
        Some(if *prefix == self.versioned {
            Kind::Versioned { version, title }
        } else if *prefix == self.baseline {
            Kind::Baseline { version, title }
        } else {
            Kind::Undo
        })
    }
}
