use std::path::PathBuf;

use clap::Args;

use super::{DocsArgs, Format, ReadArgs};

const WATCH_EXAMPLES: &str = "\
SOURCE is a folder of migrations, a dump or a schema.json: what `tidegate docs` takes, as long as it is files. \
Without one, `source` in tidegate.toml says.

It goes on through broken SQL: the error is shown, and the last good documentation stays. Ctrl-C ends it.

Examples:
  tidegate watch
  tidegate watch migrations -o docs/schema -f markdown
  tidegate watch --serve
  tidegate watch migrations --serve --port 8080";

/// Keep the documentation up to date while migrations are written, and show it in a browser
#[derive(Debug, Args)]
#[command(after_help = WATCH_EXAMPLES)]
pub struct WatchArgs {
    /// What is followed (see below)
    pub source: Option<String>,
    /// Formats, with commas [default: as `tidegate docs`]
    #[arg(long, short, value_name = "FORMAT", value_delimiter = ',', value_enum)]
    pub format: Vec<Format>,
    /// The folder to write; with --serve none is needed
    #[arg(long, short, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Replace files in the folder that tidegate did not write
    #[arg(long)]
    pub force: bool,
    /// Show the page in a browser on this machine, reloaded by itself
    #[arg(long)]
    pub serve: bool,
    /// The port of the page, 0 for any that is free [default: 7432, or any where that is taken]
    #[arg(long, value_name = "N", requires = "serve")]
    pub port: Option<u16>,
    /// Look every second in place of waiting for the system's events
    #[arg(long)]
    pub poll: bool,
    /// Print each round as a line of JSON on stdout
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub read: ReadArgs,
}

impl WatchArgs {
    /// What `tidegate docs` would be told.
    pub fn docs(&self) -> DocsArgs {
        DocsArgs {
            source: self.source.clone(),
            format: self.format.clone(),
            out: self.out.clone(),
            force: self.force,
            depth: 1,
            read: self.read.clone(),
            ..DocsArgs::default()
        }
    }
}
