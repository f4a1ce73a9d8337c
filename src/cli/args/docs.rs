use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::ReadArgs;

const DOCS_EXAMPLES: &str = "\
SOURCE is one of
  postgres://user@host/db   a live database (password from PGPASSWORD or ~/.pgpass)
  db/migrations             a folder of migrations, replayed on a throw-away PostgreSQL
  dump.sql                  a dump or psql script
  schema.json               what `-f json` wrote
  git:REV, git:REV:path     the migrations as they stand at a revision
  git:INDEX                 the migrations as they are staged
Without one, `source` in tidegate.toml says.

Examples:
  tidegate docs migrations -f html,pdf -o docs/schema
  tidegate docs migrations -f mermaid > schema.mmd
  tidegate docs postgres://app@localhost/shop --stats -f markdown -o docs/schema
  tidegate docs --check
  tidegate docs --around orders --depth 2 -f svg > orders.svg
  tidegate docs migrations -f sql | psql -1 copy";

/// Draw the schema: Mermaid, Markdown, HTML, PDF, SVG, JSON, DBML, SQL, text for language models
#[derive(Debug, Default, Args)]
#[command(after_help = DOCS_EXAMPLES)]
pub struct DocsArgs {
    /// Where the schema comes from (see below)
    pub source: Option<String>,
    /// Formats, with commas [default: markdown,html into a folder]
    #[arg(long, short, value_name = "FORMAT", value_delimiter = ',', value_enum)]
    pub format: Vec<Format>,
    /// The folder to write, or `-` for stdout (one format)
    #[arg(long, short, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Compare with the folder and write nothing; exit 1 where they differ
    #[arg(long)]
    pub check: bool,
    /// Replace files in the folder that tidegate did not write
    #[arg(long)]
    pub force: bool,
    /// Only what matches this glob on schema.name (repeatable)
    #[arg(long, value_name = "GLOB", value_delimiter = ',')]
    pub include: Vec<String>,
    /// Leave out what matches this glob on schema.name (repeatable)
    #[arg(long, value_name = "GLOB", value_delimiter = ',')]
    pub exclude: Vec<String>,
    /// Only this table or view and its neighbours
    #[arg(long, value_name = "TABLE")]
    pub around: Option<String>,
    /// How many foreign keys far `--around` goes
    #[arg(long, value_name = "N", default_value_t = 1, requires = "around")]
    pub depth: usize,
    /// Show what extensions bring, too
    #[arg(long)]
    pub extension_objects: bool,
    /// Row estimates and sizes (live databases; they change, so not for committed docs)
    #[arg(long)]
    pub stats: bool,
    /// The title on every cover and page
    #[arg(long)]
    pub title: Option<String>,
    /// How Markdown is laid out
    #[arg(long, value_enum)]
    pub layout: Option<Layout>,
    /// A folder whose files replace built-in templates of the same name
    #[arg(long, value_name = "DIR")]
    pub templates: Option<PathBuf>,
    /// Print what was done as JSON on stdout
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub read: ReadArgs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub enum Format {
    Mermaid,
    Markdown,
    Html,
    Pdf,
    Svg,
    Json,
    Dbml,
    Sql,
    Llm,
}

impl Format {
    pub fn name(self) -> &'static str {
        match self {
            Self::Mermaid => "mermaid",
            Self::Markdown => "markdown",
            Self::Html => "html",
            Self::Pdf => "pdf",
            Self::Svg => "svg",
            Self::Json => "json",
            Self::Dbml => "dbml",
            Self::Sql => "sql",
            Self::Llm => "llm",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Layout {
    /// An index and a page per table
    Pages,
    /// One file
    Single,
}
