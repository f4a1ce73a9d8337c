use clap::Args;

const DOCTOR_EXAMPLES: &str = "\
Each check says what was seen and how to mend it: configuration, journal, database, AWS identity and Region, the \
instance and the proof that it is the database's, each permission, quota, credentials' lifetime, backup window, \
automated backups, KMS key, what stalls, who else deletes snapshots, open runs. Nothing is changed anywhere.

Exit codes:
  0  a gate would not be stopped by anything that was checked (warnings and untested ones included)
  1  a check failed
  3  none failed, and one could not be told

Examples:
  tidegate doctor
  tidegate doctor --env prod
  tidegate doctor --env prod --json";

/// Check what a gate needs: configuration, database, AWS; and say how to mend each
#[derive(Debug, Args)]
#[command(after_help = DOCTOR_EXAMPLES)]
pub struct DoctorArgs {
    /// The environment in tidegate.toml [default: the only one; without any, DATABASE_URL]
    #[arg(long, value_name = "NAME")]
    pub env: Option<String>,
    /// A document in place of text
    #[arg(long)]
    pub json: bool,
    /// Where the migrations are: a folder, git:REV [default: migrations.dir]
    #[arg(long, value_name = "SOURCE")]
    pub migrations: Option<String>,
}
