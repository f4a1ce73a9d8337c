use clap::{Args, ValueEnum};

/// Look around and write a commented tidegate.toml, and what CI and editors need
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tidegate init
  tidegate init --print
  tidegate init --ci github      .github/workflows/tidegate.yml, and tidegate.toml where there is none
  tidegate init --ci gitlab      .gitlab/tidegate.yml
  tidegate init --kiro           .kiro/hooks/tidegate.json")]
pub struct InitArgs {
    /// Print instead of writing
    #[arg(long)]
    pub print: bool,
    /// Replace files that exist
    #[arg(long)]
    pub force: bool,
    /// Write the checks for this CI
    #[arg(long, value_name = "CI", value_enum)]
    pub ci: Option<Ci>,
    /// Write the hook of Kiro that draws the docs again when migrations change
    #[arg(long)]
    pub kiro: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Ci {
    Github,
    Gitlab,
}
