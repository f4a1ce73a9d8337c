//! Where each framework keeps its history, and how tables of one name are told apart.
//!
//! Table and column names are the frameworks' own, from the `CREATE TABLE` in their sources.

use super::table::Table;

/// One framework's history table.
pub(super) struct Book {
    pub(super) framework: &'static str,
    /// The schema that the framework puts it into; `None` for the first of the search path.
    pub(super) schema: Option<&'static str>,
    pub(super) table: &'static str,
    /// Columns without which it is another framework's.
    pub(super) columns: &'static [&'static str],
    /// Columns that not every version has.
    pub(super) more: &'static [&'static str],
    /// Columns that put the rows in the order in which they were written; those that are there count.
    pub(super) order: &'static [&'static str],
}

const fn book(framework: &'static str, table: &'static str, columns: &'static [&'static str]) -> Book {
    Book { framework, schema: None, table, columns, more: &[], order: &[] }
}

pub(super) const BOOKS: &[Book] = &[
    Book {
        more: &["description", "installed_on"],
        order: &["version"],
        ..book("sqlx", "_sqlx_migrations", &["version", "success", "checksum"])
    },
    Book { order: &["run_on"], ..book("diesel", "__diesel_schema_migrations", &["version", "run_on"]) },
    Book {
        order: &["version"],
        ..book("refinery", "refinery_schema_history", &["version", "name", "applied_on", "checksum"])
    },
    book("golang-migrate", "schema_migrations", &["version", "dirty"]),
    Book {
        more: &["tstamp"],
        order: &["id"],
        ..book("goose", "goose_db_version", &["id", "version_id", "is_applied"])
    },
    Book { order: &["version"], ..book("dbmate", "schema_migrations", &["version"]) },
    Book {
        more: &["installed_on"],
        order: &["installed_rank"],
        ..book(
            "flyway",
            "flyway_schema_history",
            &["installed_rank", "version", "description", "type", "script", "checksum", "success"],
        )
    },
    Book {
        more: &["dateexecuted"],
        order: &["dateexecuted", "orderexecuted"],
        ..book("liquibase", "databasechangelog", &["id", "author", "filename", "orderexecuted", "exectype", "md5sum"])
    },
    Book {
        more: &["logs"],
        order: &["started_at"],
        ..book(
            "prisma",
            "_prisma_migrations",
            &["checksum", "finished_at", "migration_name", "rolled_back_at", "started_at", "applied_steps_count"],
        )
    },
    Book {
        schema: Some("drizzle"),
        more: &["name"],
        order: &["created_at"],
        ..book("drizzle", "__drizzle_migrations", &["hash", "created_at"])
    },
    Book {
        schema: Some("atlas_schema_revisions"),
        more: &["type", "description", "executed_at", "error_stmt"],
        order: &["version"],
        ..book("atlas", "atlas_schema_revisions", &["version", "applied", "total", "error", "hash"])
    },
    Book {
        schema: Some("supabase_migrations"),
        more: &["statements", "name"],
        order: &["version"],
        ..book("supabase", "schema_migrations", &["version"])
    },
    Book { schema: Some("hdb_catalog"), ..book("hasura", "hdb_version", &["cli_state"]) },
    Book {
        schema: Some("hdb_catalog"),
        order: &["version"],
        ..book("hasura", "schema_migrations", &["version", "dirty"])
    },
    Book { order: &["id"], ..book("node-pg-migrate", "pgmigrations", &["id", "name", "run_on"]) },
    Book { order: &["version"], ..book("rails", "schema_migrations", &["version"]) },
    Book { order: &["id"], ..book("django", "django_migrations", &["id", "app", "name", "applied"]) },
    Book { order: &["version_num"], ..book("alembic", "alembic_version", &["version_num"]) },
    Book { order: &["version"], ..book("ecto", "schema_migrations", &["version", "inserted_at"]) },
    Book { order: &["applied_at"], ..book("seaorm", "seaql_migrations", &["version", "applied_at"]) },
    Book { more: &["migration_time"], order: &["id"], ..book("knex", "knex_migrations", &["id", "name", "batch"]) },
    Book { order: &["id"], ..book("typeorm", "migrations", &["id", "timestamp", "name"]) },
    Book { order: &["name"], ..book("sequelize", "SequelizeMeta", &["name"]) },
];

/// Tables that say that a migration is running, or that one died while it ran: framework, table, the column that is
/// true then.
pub(super) const LOCKS: &[(&str, &str, &str)] =
    &[("liquibase", "databasechangeloglock", "locked"), ("knex", "knex_migrations_lock", "is_locked")];

/// Beside the history of Rails since 5.0, and of nothing else.
pub(super) const RAILS_SIGN: &str = "ar_internal_metadata";

/// The books of a framework, the one that counts first.
pub(super) fn of(framework: &str) -> impl Iterator<Item = &'static Book> + '_ {
    BOOKS.iter().filter(move |book| book.framework == framework)
}

/// Whose history a table is, by its columns and by what lies beside it. `None` where that cannot be told.
pub(super) fn owner(table: &Table, all: &[Table]) -> Option<&'static str> {
    let has = |name: &str| table.columns.iter().any(|column| column.name == name);
    let only = |names: &[&str]| table.columns.len() == names.len() && names.iter().all(|name| has(name));
    if table.name == "schema_migrations" || only(&["version", "dirty"]) {
        return match () {
            () if has("dirty") && table.schema == "hdb_catalog" => Some("hasura"),
            () if has("dirty") => Some("golang-migrate"),
            () if has("inserted_at") => Some("ecto"),
            () if has("statements") || table.schema == "supabase_migrations" => Some("supabase"),
            () if all.iter().any(|other| other.schema == table.schema && other.name == RAILS_SIGN) => Some("rails"),
            () if only(&["version"]) => Some("dbmate"),
            () => None,
        };
    }
    if only(&["id", "migration", "batch"]) {
        return Some("Laravel");
    }
    // The more columns a framework asks for, the surer the match.
    let fits = |book: &&Book| book.columns.len() > 1 && book.columns.iter().all(|column| has(column));
    BOOKS.iter().filter(fits).max_by_key(|book| book.columns.len()).map(|book| book.framework)
}

/// Whether a table can be this framework's.
///
/// `schema_migrations` with nothing but a version is dbmate's as well as that of an old Rails: there the files decide,
/// unless Rails has left its sign beside it.
pub(super) fn fits(book: &Book, table: &Table, all: &[Table]) -> Result<(), String> {
    let has = |name: &&&str| table.columns.iter().any(|column| column.name == **name);
    let owner = owner(table, all);
    let lacking: Vec<&str> = book.columns.iter().filter(|name| !has(name)).copied().collect();
    let alike = ["rails", "dbmate"];
    let ours = match owner {
        Some("dbmate") if alike.contains(&book.framework) => true,
        Some(owner) if table.name == "schema_migrations" => owner == book.framework,
        _ => lacking.is_empty(),
    };
    if ours && lacking.is_empty() {
        return Ok(());
    }
    Err(match owner.filter(|owner| *owner != book.framework) {
        Some(owner) => owner.to_owned(),
        None => {
            let columns: Vec<&str> = table.columns.iter().map(|column| column.name.as_str()).collect();
            format!("an unknown one, with the columns {}", columns.join(", "))
        }
    })
}
