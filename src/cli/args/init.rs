use clap::Args;

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
