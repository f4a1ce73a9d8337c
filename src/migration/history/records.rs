//! What each framework's rows say, for the frameworks that write a row per migration.

use super::compare::{Record, Rules};
use super::table::Row;
use super::{Late, flyway, liquibase};
use crate::migration::MigrationSet;
use crate::migration::framework::program::names::stem;

/// The records that the rows make, and how the framework goes about them.
pub(super) fn records(set: &MigrationSet, rows: &[Row]) -> (Vec<Record>, Rules) {
    let rules = |late| Rules { late, ..Rules::default() };
    let numeric = |late| Rules { late, numeric: true, ..Rules::default() };
    let each = |of: fn(&Row) -> Record| rows.iter().map(of).collect::<Vec<_>>();
    match set.framework.as_str() {
        "sqlx" => (each(sqlx), numeric(Late::Runs)),
        "diesel" => (each(|row| simple(row, "version", "run_on")), rules(Late::Runs)),
        "refinery" => (each(refinery), numeric(Late::Refuses)),
        "goose" => (goose(rows), numeric(Late::Refuses)),
        "dbmate" => (each(|row| simple(row, "version", "")), rules(Late::Runs)),
        "flyway" => flyway::records(set, rows),
        "liquibase" => (liquibase::records(set, rows), rules(Late::Runs)),
        "prisma" => (prisma(rows), rules(Late::Runs)),
        "atlas" => atlas(set, rows),
        "supabase" => (each(supabase), rules(Late::Refuses)),
        "hasura" => (hasura(set, rows), numeric(Late::Runs)),
        "node-pg-migrate" => (each(|row| simple(row, "name", "run_on")), rules(Late::Refuses)),
        "rails" => (each(|row| simple(row, "version", "")), numeric(Late::Runs)),
        "ecto" => (each(|row| simple(row, "version", "inserted_at")), numeric(Late::Runs)),
        "seaorm" => (each(seaorm), rules(Late::Runs)),
        "knex" => (each(|row| script(row, "migration_time")), rules(Late::Runs)),
        "typeorm" => (each(|row| simple(row, "name", "")), rules(Late::Runs)),
        "sequelize" => (each(|row| script(row, "")), rules(Late::Runs)),
        _ => (Vec::new(), rules(Late::Runs)),
    }
}

/// A row that is there and says no more.
fn simple(row: &Row, key: &str, when: &str) -> Record {
    Record { key: row.text(key), version: row.text(key), when: row.get(when).map(str::to_owned), ..Record::default() }
}

/// The file's name, whatever it ends with: see `framework::program::names::scripts`.
fn script(row: &Row, when: &str) -> Record {
    let name = row.text("name");
    Record { key: stem(&name).to_owned(), ..simple(row, "name", when) }
}

fn sqlx(row: &Row) -> Record {
    let dirty = (!row.is("success")).then(|| {
        let remedy = "sqlx runs nothing until it is mended: undo by hand what the migration did, then delete its row";
        ("success = false".to_owned(), remedy.to_owned())
    });
    Record {
        name: row.text("description"),
        sum: row.get("checksum").map(str::to_owned),
        dirty,
        ..simple(row, "version", "installed_on")
    }
}

fn refinery(row: &Row) -> Record {
    Record {
        name: row.text("name"),
        sum: row.get("checksum").map(str::to_owned),
        ..simple(row, "version", "applied_on")
    }
}

/// goose adds a row each time; of a version the last one counts (`internal/dialect`, `ListMigrations`). Version 0 is
/// the table's own birth.
fn goose(rows: &[Row]) -> Vec<Record> {
    let mut out: Vec<Record> = Vec::new();
    for row in rows.iter().filter(|row| row.number("version_id") != Some(0)) {
        out.retain(|record| record.key != row.text("version_id"));
        if row.is("is_applied") {
            out.push(simple(row, "version_id", "tstamp"));
        }
    }
    out
}

/// Prisma keeps a row per attempt (`schema-engine/…/diagnose_migration_history.rs`): one that finished counts, one that
/// was rolled back does not, and one that did neither stops everything.
fn prisma(rows: &[Row]) -> Vec<Record> {
    let mut out: Vec<Record> = Vec::new();
    for row in rows.iter().filter(|row| row.get("rolled_back_at").is_none()) {
        let name = row.text("migration_name");
        let finished = row.get("finished_at").is_some();
        let dirty = (!finished).then(|| {
            let steps = row.get("applied_steps_count").unwrap_or("0");
            let remedy = format!(
                "Prisma deploys nothing until it is resolved: npx prisma migrate resolve --rolled-back {name} (or \
                 --applied {name}, once what it misses is done by hand)"
            );
            (format!("finished_at is empty, {steps} steps applied"), remedy)
        });
        let known = out.iter().position(|record| record.key == name);
        let record = Record {
            sum: row.get("checksum").map(str::to_owned),
            dirty,
            ..simple(row, "migration_name", "finished_at")
        };
        match known {
            // A later attempt that went well does not take back one that is still open.
            Some(at) if out[at].dirty.is_some() => {}
            Some(at) => out[at] = record,
            None => out.push(record),
        }
    }
    out
}

/// Atlas (`sql/migrate/migrate.go`, `Pending`): a baseline covers everything up to it; so does the first revision
/// everything before it. A sum speaks for all files before it, too, so only the first that differs names the culprit.
fn atlas(set: &MigrationSet, rows: &[Row]) -> (Vec<Record>, Rules) {
    const BASELINE: i64 = 1;
    let rows: Vec<&Row> = rows.iter().filter(|row| !row.text("version").starts_with('.')).collect();
    let mut differs = false;
    let mut out = Vec::new();
    for row in &rows {
        let version = row.text("version");
        let (applied, total) = (row.number("applied").unwrap_or(0), row.number("total").unwrap_or(0));
        let error = row.get("error").filter(|error| !error.is_empty());
        let broken = applied < total || error.is_some();
        let file = set.migrations.iter().find(|migration| migration.key() == version);
        let sum = row.get("hash").map(|hash| hash.trim_start_matches("h1:")).filter(|hash| !hash.is_empty());
        let equal = file.is_none_or(|file| sum.is_none_or(|sum| file.checksums.iter().any(|known| known == sum)));
        let no_sum = match (sum, differs) {
            (None, _) => Some("its revision has no hash".to_owned()),
            (Some(_), true) if !equal => {
                Some("its hash is over the files before it, too, and one of them is not what ran".to_owned())
            }
            _ => None,
        };
        differs |= !equal;
        out.push(Record {
            name: row.text("description"),
            sum: sum.filter(|_| no_sum.is_none()).map(str::to_owned),
            no_sum,
            dirty: broken.then(|| {
                let error = error.map_or_else(String::new, |error| format!(", error: {error}"));
                let remedy = "run atlas migrate apply again once the cause is gone: it goes on behind the last \
                              statement that went well";
                (format!("{applied} of {total} statements applied{error}"), remedy.to_owned())
            }),
            without_file: row.number("type") == Some(BASELINE),
            ..simple(row, "version", "executed_at")
        });
    }
    let first = rows.first().map(|row| row.text("version"));
    let covered = set.migrations.iter().map(|migration| migration.key().to_owned());
    let covered = covered.filter(|key| first.as_deref().is_some_and(|first| key.as_str() <= first)).collect();
    let late = if set.runs_late == Some(true) { Late::Runs } else { Late::Refuses };
    (out, Rules { late, covered, ..Rules::default() })
}

fn supabase(row: &Row) -> Record {
    let statements = row.get("statements").filter(|text| !text.trim().is_empty());
    Record {
        name: row.text("name"),
        sum: statements.map(crate::migration::checksum::supabase),
        no_sum: Some("the history holds no statements for it".to_owned()),
        ..simple(row, "version", "")
    }
}

/// Rows of the first layout, or the state that the CLI keeps as JSON: per database, versions and whether they are dirty.
fn hasura(set: &MigrationSet, rows: &[Row]) -> Vec<Record> {
    let record = |version: &str, dirty: bool| Record {
        key: version.to_owned(),
        version: version.to_owned(),
        dirty: dirty.then(|| {
            let remedy =
                format!("mend by hand what it left, then: hasura migrate apply --skip-execution --version {version}");
            ("dirty".to_owned(), remedy)
        }),
        ..Record::default()
    };
    let mut out = Vec::new();
    for row in rows {
        if row.get("version").is_some() {
            out.push(record(&row.text("version"), row.is("dirty")));
            continue;
        }
        let state: serde_json::Value =
            row.get("cli_state").and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
        let Some(databases) = state.get("migrations").and_then(|it| it.as_object()) else { continue };
        let name = set.database.as_deref().unwrap_or("default");
        let only = || databases.values().next().filter(|_| databases.len() == 1 && set.database.is_none());
        let versions = databases.get(name).or_else(only).and_then(|it| it.as_object());
        for (version, dirty) in versions.into_iter().flatten() {
            out.push(record(version, dirty.as_bool().unwrap_or(true)));
        }
    }
    out
}

fn seaorm(row: &Row) -> Record {
    let seconds = row.get("applied_at").map(|seconds| format!("{seconds} (seconds since 1970)"));
    Record { when: seconds, ..simple(row, "version", "") }
}
