//! What can be typed. Only what was typed: what it means once files and environment are merged is in `settings`.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

const EXIT_CODES: &str = "\
Exit codes:
  0  fine
  1  a difference or a finding (with --check: the documentation is out of date)
  2  usage or configuration
  3  could not tell: no database, no permission, a migration that does not run

Results go to stdout, everything else to stderr. Guide: docs/guide in the repository.";

/// Charts a PostgreSQL schema, from migrations, a dump, a git revision or a live database.
#[derive(Debug, Parser)]
#[command(name = "tidegate", version, propagate_version = true, after_help = EXIT_CODES, max_term_width = 100)]
#[command(subcommand_required = true, arg_required_else_help = true)]
pub struct Cli {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Args)]
pub struct Global {
    /// The configuration file [default: tidegate.toml, looked for upward from here]
    #[arg(long, global = true, value_name = "FILE", env = "TIDEGATE_CONFIG")]
    pub config: Option<PathBuf>,
    /// Only errors on stderr
    #[arg(long, short, global = true)]
    pub quiet: bool,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    Docs(Box<DocsArgs>),
    Init(InitArgs),
    /// Print a completion script for a shell
    #[command(after_help = "Example:\n  tidegate completions bash > /etc/bash_completion.d/tidegate")]
    Completions {
        shell: clap_complete::Shell,
    },
    /// Print the manual page, or write one per command into a folder
    #[command(after_help = "Examples:\n  tidegate man | man -l -\n  tidegate man -o /usr/local/share/man/man1")]
    Man {
        /// The folder for tidegate.1, tidegate-docs.1, …
        #[arg(long, short, value_name = "DIR")]
        out: Option<PathBuf>,
    },
    /// The embedded engine, in a process of its own that can be ended when it hangs
    #[command(name = "__engine", hide = true)]
    Engine {
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
}

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
  tidegate docs --around orders --depth 2 -f svg > orders.svg";

/// Draw the schema: Mermaid, Markdown, HTML, PDF, SVG, JSON, DBML, text for language models
#[derive(Debug, Args)]
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

/// How a source is read: shared by every command that takes one.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Reading the source")]
pub struct ReadArgs {
    /// The framework of the migrations [default: found out]
    #[arg(long, value_name = "NAME")]
    pub framework: Option<String>,
    /// Where migrations are replayed: auto, embedded, local, or postgres://… of an empty database
    #[arg(long, value_name = "ENGINE")]
    pub engine: Option<String>,
    /// How long one statement may take before the engine is taken for hung
    #[arg(long, value_name = "TIME")]
    pub deadline: Option<String>,
    /// Make gaps (what could not be read) an error
    #[arg(long)]
    pub strict: bool,
    /// Replay anew although nothing changed
    #[arg(long)]
    pub no_cache: bool,
    /// How a live database is read
    #[arg(long, value_enum)]
    pub reader: Option<Reader>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Reader {
    Catalog,
    InformationSchema,
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

/// Look around and write a commented tidegate.toml
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  tidegate init\n  tidegate init --print")]
pub struct InitArgs {
    /// Print the file instead of writing it
    #[arg(long)]
    pub print: bool,
    /// Replace an existing tidegate.toml
    #[arg(long)]
    pub force: bool,
}
