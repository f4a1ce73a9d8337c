use clap::{Args, ValueEnum};

const LINT_EXAMPLES: &str = "\
Rules are squawk's, and tidegate's own where one file cannot know. `-- squawk-ignore RULE` or \
`-- tidegate-ignore RULE` on the line before lets a finding pass, `-- tidegate-ignore-file RULE` in a whole file.

In a git repository a folder is compared with the upstream branch: what that has already is not linted again, but \
must not be edited, removed or overtaken. Files that are named are always linted.

Examples:
  tidegate lint                               what the upstream branch does not have yet
  tidegate lint --all
  tidegate lint db/migrations/20240102_x.sql  this file
  cat x.sql | tidegate lint -
  tidegate lint -f github --upstream origin/main
  tidegate lint --rules
  tidegate lint --explain foreign-key-without-index";

/// Find hazards in migrations: locks, rewrites, lost data, an edited history
#[derive(Debug, Default, Args)]
#[command(after_help = LINT_EXAMPLES)]
pub struct LintArgs {
    /// Files or folders, or `-` for stdin [default: `dir` under [migrations] in tidegate.toml]
    pub paths: Vec<String>,
    /// Everything, and not only what upstream does not have yet
    #[arg(long, conflicts_with = "upstream")]
    pub all: bool,
    /// The branch that others build on [default: origin/HEAD, else origin/main or origin/master]
    #[arg(long, value_name = "REV")]
    pub upstream: Option<String>,
    /// How findings are printed
    #[arg(long, short, value_enum, default_value_t)]
    pub format: LintFormat,
    /// The same as `--format json`
    #[arg(long, conflicts_with = "format")]
    pub json: bool,
    /// From which severity on the exit code is 1 [default: warning]
    #[arg(long, value_enum, value_name = "SEVERITY")]
    pub fail_on: Option<LintFailOn>,
    /// Leave this rule out (repeatable)
    #[arg(long, value_name = "RULE", value_delimiter = ',')]
    pub disable: Vec<String>,
    /// Run this rule too, which does not run by itself (repeatable)
    #[arg(long, value_name = "RULE", value_delimiter = ',')]
    pub enable: Vec<String>,
    /// Run nothing but this rule (repeatable)
    #[arg(long, value_name = "RULE", value_delimiter = ',')]
    pub only: Vec<String>,
    /// The version of the server that the migrations run on
    #[arg(long, value_name = "VERSION")]
    pub pg_version: Option<String>,
    /// The framework of the migrations [default: found out]
    #[arg(long, value_name = "NAME")]
    pub framework: Option<String>,
    /// List every rule and end
    #[arg(long)]
    pub rules: bool,
    /// Explain a rule and end
    #[arg(long, value_name = "RULE")]
    pub explain: Option<String>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum LintFormat {
    /// For people, with the source
    #[default]
    Text,
    /// Workflow commands, which GitHub shows in the pull request
    Github,
    Json,
    /// SARIF 2.1.0, for code scanning
    Sarif,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LintFailOn {
    Error,
    Warning,
    Never,
}
