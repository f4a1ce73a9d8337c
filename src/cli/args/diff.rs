use std::path::PathBuf;

use clap::builder::PossibleValuesParser;
use clap::{Args, ValueEnum};

use super::ReadArgs;
use crate::schema::diff::ignore::Aside;

const DIFF_EXAMPLES: &str = "\
FROM and TO are sources, as `tidegate docs --help` lists them: a folder of migrations, git:REV, git:INDEX, \
postgres://…, a dump, a schema.json. Without FROM it is the upstream branch (`migrations.upstream`, else \
origin/HEAD, origin/main or origin/master); without TO it is what `tidegate docs` would draw.

Examples:
  tidegate diff                                    what this branch changes
  tidegate diff git:v1.2 git:v1.3
  tidegate diff git:HEAD git:INDEX                 what the staged migrations change
  tidegate diff migrations postgres://app@db/shop --ignore owners,grants --exit-code
  tidegate diff -f markdown -o comment.md          for a pull request";

/// Compare two schemas: what was added, removed, renamed, changed
#[derive(Debug, Args)]
#[command(after_help = DIFF_EXAMPLES)]
pub struct DiffArgs {
    /// The schema before [default: the upstream branch]
    pub from: Option<String>,
    /// The schema after [default: the configured source]
    pub to: Option<String>,
    /// How differences are told [default: text]
    #[arg(long, short, value_name = "FORMAT", value_enum)]
    pub format: Option<DiffFormat>,
    /// The same as `-f json`
    #[arg(long, conflicts_with = "format")]
    pub json: bool,
    /// The file to write instead of stdout
    #[arg(long, short, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Exit 1 where the schemas differ, 3 where something could not be compared
    #[arg(long)]
    pub exit_code: bool,
    /// What does not count as a difference, with commas
    #[arg(long, value_name = "WHAT", value_delimiter = ',', value_parser = PossibleValuesParser::new(Aside::ALL.map(Aside::name)))]
    pub ignore: Vec<String>,
    /// Only what matches this glob on schema.name (repeatable)
    #[arg(long, value_name = "GLOB", value_delimiter = ',')]
    pub include: Vec<String>,
    /// Leave out what matches this glob on schema.name, or on schema.table.name for what is in a table (repeatable)
    #[arg(long, value_name = "GLOB", value_delimiter = ',')]
    pub exclude: Vec<String>,
    /// Compare what extensions bring, too
    #[arg(long)]
    pub extension_objects: bool,
    #[command(flatten)]
    pub read: ReadArgs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum DiffFormat {
    /// For the terminal
    Text,
    /// For a pull request's comment
    Markdown,
    /// For programs: docs/diff.schema.json
    Json,
    /// The tables that changed, as a picture
    Mermaid,
}
