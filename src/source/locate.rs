//! The grammar of SOURCE, the same everywhere.

use std::fmt;
use std::path::PathBuf;

/// Where a schema is read from, as a person writes it.
#[derive(Clone, PartialEq, Eq)]
pub enum Source {
    /// `postgres://…` or `postgresql://…`: a live database.
    Live(String),
    /// `git:REV` or `git:REV:path`; `git:INDEX` is what is staged. The path is relative to the repository's root.
    Git { revision: String, path: Option<String> },
    /// A folder of migrations, a dump (`.sql`) or a saved `schema.json`: which of them, the file system tells.
    Path(PathBuf),
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SourceSyntaxError {
    #[error("a source must not be empty")]
    Empty,
    #[error("`git:` needs a revision: `git:HEAD`, `git:origin/main:db/migrations`, `git:INDEX`")]
    NoRevision,
    #[error("{scheme}:// is not a source: tidegate reads PostgreSQL (postgres://…)")]
    Scheme { scheme: String },
}

impl std::str::FromStr for Source {
    type Err = SourceSyntaxError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.is_empty() {
            return Err(SourceSyntaxError::Empty);
        }
        if let Some(rest) = text.strip_prefix("git:") {
            let (revision, path) = match rest.split_once(':') {
                Some((revision, path)) => (revision, Some(path.trim_end_matches('/')).filter(|path| !path.is_empty())),
                None => (rest, None),
            };
            if revision.is_empty() {
                return Err(SourceSyntaxError::NoRevision);
            }
            return Ok(Self::Git { revision: revision.to_owned(), path: path.map(str::to_owned) });
        }
        match text.split_once("://") {
            Some(("postgres" | "postgresql", _)) => Ok(Self::Live(text.to_owned())),
            Some((scheme, _)) if scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+.-".contains(c)) => {
                Err(SourceSyntaxError::Scheme { scheme: scheme.to_owned() })
            }
            _ => Ok(Self::Path(PathBuf::from(text))),
        }
    }
}

/// Never shows a live source's URL: it may hold a password.
impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Live(_) => f.write_str("Live(…)"),
            Self::Git { revision, path } => write!(f, "Git({revision:?}, {path:?})"),
            Self::Path(path) => write!(f, "Path({path:?})"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Source, SourceSyntaxError> {
        text.parse()
    }

    #[test]
    fn each_form_is_told_apart() {
        assert_eq!(parse("postgres://u:p@h/d"), Ok(Source::Live("postgres://u:p@h/d".into())));
        assert_eq!(parse("git:INDEX"), Ok(Source::Git { revision: "INDEX".into(), path: None }));
        assert_eq!(
            parse("git:origin/main:db/migrate/"),
            Ok(Source::Git { revision: "origin/main".into(), path: Some("db/migrate".into()) })
        );
        assert_eq!(parse("db/structure.sql"), Ok(Source::Path("db/structure.sql".into())));
        assert_eq!(parse("git:"), Err(SourceSyntaxError::NoRevision));
        assert_eq!(parse("mysql://h/d"), Err(SourceSyntaxError::Scheme { scheme: "mysql".into() }));
        assert_eq!(parse(""), Err(SourceSyntaxError::Empty));
    }

    #[test]
    fn debug_output_holds_no_password() {
        assert!(!format!("{:?}", parse("postgres://u:hunter2@h/d").unwrap()).contains("hunter2"));
    }
}
