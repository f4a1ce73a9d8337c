//! The only part of `history` that asks the database: which tables there are, then the rows of one of them.

use tokio_postgres::{Client, SimpleQueryMessage};

use super::books::{self, Book};
use super::compare::{compare, nothing_applied};
use super::records::records;
use super::table::{Column, Located, Row, Table, locate, named, quote};
use super::{Dirty, History, Options, Status, graph, position};
use crate::migration::MigrationSet;

/// The state of the database behind `client` against `set`, which [`list_with`](crate::migration::list_with) made.
///
/// Sends three or four `SELECT`s. Never fails: what could not be read is in [`Status::history`] and
/// [`Status::could_not_tell`], with everything pending.
pub async fn read(client: &Client, set: &MigrationSet, options: &Options) -> Status {
    let mut status = match attempt(client, set, options).await {
        Ok(status) => status,
        Err(history) => unread(set, history),
    };
    for pending in &status.pending {
        let first = pending.migrations.first().and_then(|at| set.migrations.get(*at));
        if let Some(condition) = first.and_then(|migration| migration.condition.as_deref()) {
            status
                .could_not_tell
                .push(format!("whether {} ({}) runs depends on {condition}", pending.version, pending.path));
        }
    }
    if let Some(stop) = &set.stop {
        status.could_not_tell.push(stop.clone());
    }
    status
}

/// Everything is pending, and why is said.
fn unread(set: &MigrationSet, history: History) -> Status {
    let framework = &set.framework;
    let reason = match &history {
        History::NoPermission { table, role } => {
            format!(
                "{role} may not read {table}, the history of {framework}: grant it SELECT there (and USAGE on the schema)"
            )
        }
        History::OtherFramework { table, theirs } => format!(
            "{table} is the history of {theirs} and not of {framework}: name the framework with --framework, or the table \
             with history_table under [migrations]"
        ),
        History::Unreadable { reason } => format!("the history of {framework} cannot be read: {reason}"),
        History::NoneKept => format!("{framework} keeps no history: which files this database has had cannot be told"),
        History::Read | History::Empty | History::NoTable => String::new(),
    };
    let mut status = nothing_applied(set, history);
    status.could_not_tell.extend(Some(reason).filter(|reason| !reason.is_empty()));
    status
}

async fn attempt(client: &Client, set: &MigrationSet, options: &Options) -> Result<Status, History> {
    let mut books = books::of(&set.framework).peekable();
    if books.peek().is_none() {
        return Err(History::NoneKept);
    }
    let configured = options.table.as_deref().or(set.history_table.as_deref());
    let (role, tables) = tables(client, configured).await?;
    let mut nowhere: Vec<String> = Vec::new();
    for book in books {
        match locate(book, configured, &tables) {
            Located::Found(table) if !table.readable => {
                return Err(History::NoPermission { table: table.shown(), role });
            }
            Located::Found(table) => {
                let rows = rows(client, book, table).await?;
                let mut status = status(set, &rows);
                status.table = Some(table.shown());
                if table.filtered {
                    let reason =
                        format!("row-level security is on for {}: rows may be hidden from {role}", table.shown());
                    status.could_not_tell.push(reason);
                }
                locks(client, &tables, table, set, &mut status).await?;
                return Ok(status);
            }
            Located::Foreign(table, theirs) => {
                return Err(History::OtherFramework { table: table.shown(), theirs });
            }
            Located::Nowhere(elsewhere) => nowhere.extend(elsewhere.into_iter().map(Table::shown)),
        }
    }
    let mut status = nothing_applied(set, History::NoTable);
    if let Some(name) = configured {
        status.could_not_tell.push(format!("there is no table {name}, which the configuration names as the history"));
    }
    if !nowhere.is_empty() {
        status.could_not_tell.push(format!(
            "no history in the search path, but there is {}: if that is it, set history_table = {:?} under [migrations]",
            nowhere.join(" and "),
            nowhere.first().map_or("", String::as_str)
        ));
    }
    for table in tables.iter().filter(|table| table.name != books::RAILS_SIGN) {
        let owner = books::owner(table, &tables).filter(|owner| *owner != set.framework);
        if let Some(owner) = owner.filter(|_| books::LOCKS.iter().all(|(_, lock, _)| *lock != table.name)) {
            status.notes.push(format!("{} is there, the history of {owner}", table.shown()));
        }
    }
    Ok(status)
}

fn status(set: &MigrationSet, rows: &[Row]) -> Status {
    if rows.is_empty() {
        return nothing_applied(set, History::Empty);
    }
    match set.framework.as_str() {
        "golang-migrate" => position::golang_migrate(set, rows),
        "drizzle" => position::drizzle(set, rows),
        "alembic" => graph::alembic(set, rows),
        "django" => graph::django(set, rows),
        _ => {
            let (records, rules) = records(set, rows);
            compare(set, &records, &rules)
        }
    }
}

/// The role, and every table that has a name of a history.
async fn tables(client: &Client, configured: Option<&str>) -> Result<(String, Vec<Table>), History> {
    let own = configured.map(|text| named(text).1);
    let names = books::BOOKS.iter().map(|book| book.table).chain(books::LOCKS.iter().map(|(_, table, _)| *table));
    let mut names: Vec<String> = names.chain([books::RAILS_SIGN]).chain(own.as_deref()).map(literal).collect();
    names.sort();
    names.dedup();
    // Not from information_schema, which leaves out what the role may not read: that is not the same as not there.
    let sql = format!(
        "SELECT current_user, n.nspname, c.relname, \
           coalesce(array_position(current_schemas(false)::text[], n.nspname::text), 0), \
           has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT'), \
           row_security_active(c.oid), a.attname, format_type(a.atttypid, a.atttypmod) \
         FROM (SELECT 1) one \
         LEFT JOIN pg_catalog.pg_class c ON c.relname IN ({}) AND c.relkind IN ('r', 'p', 'v', 'm', 'f') \
           AND c.relpersistence <> 't' \
         LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
         LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped \
         ORDER BY n.nspname, c.relname, a.attnum",
        names.join(", ")
    );
    let mut role = String::new();
    let mut out: Vec<Table> = Vec::new();
    for cells in query(client, &sql).await? {
        let cell = |at: usize| cells.get(at).cloned().flatten();
        role = cell(0).unwrap_or_default();
        let (Some(schema), Some(name)) = (cell(1), cell(2)) else { continue };
        if !out.last().is_some_and(|table| table.schema == schema && table.name == name) {
            out.push(Table {
                schema,
                name,
                columns: Vec::new(),
                place: cell(3).and_then(|text| text.parse().ok()).unwrap_or(0),
                readable: cell(4).as_deref() == Some("t"),
                filtered: cell(5).as_deref() == Some("t"),
            });
        }
        if let (Some(table), Some(name)) = (out.last_mut(), cell(6)) {
            table.columns.push(Column { name, kind: cell(7).unwrap_or_default() });
        }
    }
    Ok((role, out))
}

async fn rows(client: &Client, book: &Book, table: &Table) -> Result<Vec<Row>, History> {
    let columns: Vec<&'static str> =
        book.columns.iter().chain(book.more).copied().filter(|column| table.has(column)).collect();
    let shown = |column: &&'static str| match (book.framework, *column) {
        ("sqlx", "checksum") => format!("encode({}, 'hex')", quote(column)),
        ("supabase", "statements") => format!("array_to_string({}, '')", quote(column)),
        _ => format!("{}::text", quote(column)),
    };
    let list: Vec<String> = columns.iter().map(shown).collect();
    let order: Vec<String> = book.order.iter().filter(|column| table.has(column)).map(|column| quote(column)).collect();
    let order = if order.is_empty() { String::new() } else { format!(" ORDER BY {}", order.join(", ")) };
    let sql = format!("SELECT {} FROM {}{order}", list.join(", "), table.quoted());
    let rows = query(client, &sql).await?;
    Ok(rows.into_iter().map(|cells| Row(columns.iter().copied().zip(cells).collect())).collect())
}

/// A lock that is held: a migration is running, or one died.
async fn locks(
    client: &Client,
    tables: &[Table],
    history: &Table,
    set: &MigrationSet,
    status: &mut Status,
) -> Result<(), History> {
    for (_, name, column) in books::LOCKS.iter().filter(|(framework, ..)| *framework == set.framework) {
        let lock = tables.iter().find(|table| table.schema == history.schema && table.name == *name);
        let Some(lock) = lock.filter(|lock| lock.has(column)) else { continue };
        if !lock.readable {
            status.could_not_tell.push(format!("{} may not be read: whether a migration is running", lock.shown()));
            continue;
        }
        let sql = format!("SELECT 1 FROM {} WHERE {}::text IN ('true', 't', '1')", lock.quoted(), quote(column));
        if !query(client, &sql).await?.is_empty() {
            let remedy = match *name {
                "knex_migrations_lock" => "npx knex migrate:unlock",
                _ => "liquibase release-locks",
            };
            status.dirty.push(Dirty {
                version: lock.shown(),
                recorded: format!("{column} is set"),
                remedy: format!("a migration is running now; or one died, and then: {remedy}"),
            });
        }
    }
    Ok(())
}

fn literal(text: &str) -> String {
    let quoted = text.replace('\'', "''");
    if quoted.contains('\\') { format!("E'{}'", quoted.replace('\\', "\\\\")) } else { format!("'{quoted}'") }
}

/// As text, in one message each way: this works behind poolers, too.
async fn query(client: &Client, sql: &str) -> Result<Vec<Vec<Option<String>>>, History> {
    let messages = client.simple_query(sql).await.map_err(|error| History::Unreadable {
        reason: error.as_db_error().map_or_else(|| error.to_string(), |said| said.message().to_owned()),
    })?;
    let cells =
        |row: &tokio_postgres::SimpleQueryRow| (0..row.len()).map(|at| row.get(at).map(str::to_owned)).collect();
    let row = |message: &SimpleQueryMessage| match message {
        SimpleQueryMessage::Row(row) => Some(cells(row)),
        _ => None,
    };
    Ok(messages.iter().filter_map(row).collect())
}
