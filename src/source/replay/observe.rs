//! What each statement of a rehearsal did to relations: the locks that it took, and the files that it wrote anew.
//!
//! Read from `pg_locks` by the session that ran the statement, in the very transaction, before anything is let go. Only
//! what is observed is told here. A statement that no transaction may hold has let its locks go before they can be
//! read, and says so; what an empty copy cannot show is not for this module to make up.

use std::collections::{BTreeMap, BTreeSet};

use tokio_postgres::{Client, SimpleQueryMessage};

use crate::schema::QualifiedName;

/// A table, an index or another relation that holds a file or a lock.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Relation {
    pub name: QualifiedName,
    /// `pg_class.relkind`: `r`, `p`, `i`, `v`, …
    pub kind: char,
    /// Whether it was made by the rehearsed statements themselves: nobody else can wait for it.
    pub created: bool,
}

/// A lock on a relation, as `pg_locks` names its mode: `AccessExclusiveLock`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Lock {
    pub relation: Relation,
    pub mode: String,
}

/// How a statement was run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum How {
    /// In a transaction, so that its locks could be read.
    #[default]
    Observed,
    /// Outside of any transaction: its locks were gone before they could be read.
    Alone,
    /// It begins, ends or marks a transaction.
    Control,
    /// Not run: it is about the server and not about a schema.
    Skipped,
}

/// What was seen of one statement.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Observation {
    pub how: How,
    /// Taken by this statement, sorted.
    pub locks: Vec<Lock>,
    /// Held since an earlier statement of the same transaction, sorted.
    pub held: Vec<Lock>,
    /// Whose file is another one after it: a rewrite, a `TRUNCATE`, an index built again.
    pub new_files: Vec<Relation>,
}

/// A relation as it was when it was last looked at.
#[derive(Clone, Debug)]
struct Known {
    relation: Relation,
    file: u32,
}

/// Follows one session.
#[derive(Debug, Default)]
pub(super) struct Observer {
    known: BTreeMap<u32, Known>,
    /// What the open transaction holds.
    held: BTreeSet<Lock>,
    pub(super) seen: Vec<Observation>,
}

/// Catalogs are below: nobody waits for them here.
const FIRST_USER_OID: &str = "16384";

/// Where the parts of tables are that hold long values: locked with their tables, and named by numbers.
const TOAST: &str = "pg_toast";

impl Observer {
    /// Learns what is there before the first statement.
    pub(super) async fn begin(client: &Client) -> Result<Self, tokio_postgres::Error> {
        let mut observer = Self::default();
        for (oid, known) in relations(client).await? {
            observer.known.insert(oid, known);
        }
        Ok(observer)
    }

    /// A statement has run and its transaction is still open.
    pub(super) async fn inside(&mut self, client: &Client) -> Result<(), tokio_postgres::Error> {
        let rows = client
            .simple_query(&format!(
                "SELECT l.relation, l.mode, n.nspname, c.relname, c.relkind, c.relfilenode \
                 FROM pg_catalog.pg_locks l LEFT JOIN pg_catalog.pg_class c ON c.oid = l.relation \
                 LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
                 WHERE l.locktype = 'relation' AND l.granted AND l.pid = pg_catalog.pg_backend_pid() \
                 AND l.relation >= {FIRST_USER_OID}"
            ))
            .await?;
        let mut now = BTreeSet::new();
        let mut new_files = BTreeSet::new();
        for row in rows.iter().filter_map(row) {
            let Some(oid) = number(row, 0) else { continue };
            // Of a relation that was dropped only its number is left; what it was called is known from before.
            if let Some(found) = known(row, 2) {
                new_files.extend(self.learn(oid, found));
            }
            if let (Some(known), Some(mode)) = (self.known.get(&oid), row.get(1))
                && known.relation.name.schema != TOAST
            {
                now.insert((oid, mode.to_owned()));
            }
        }
        let now: BTreeSet<Lock> = now
            .into_iter()
            .filter_map(|(oid, mode)| Some(Lock { relation: self.known.get(&oid)?.relation.clone(), mode }))
            .collect();
        self.seen.push(Observation {
            how: How::Observed,
            locks: now.difference(&self.held).cloned().collect(),
            held: self.held.iter().cloned().collect(),
            new_files: new_files.into_iter().collect(),
        });
        self.held = now;
        Ok(())
    }

    /// A statement has run outside of any transaction.
    pub(super) async fn alone(&mut self, client: &Client) -> Result<(), tokio_postgres::Error> {
        let mut new_files = BTreeSet::new();
        for (oid, found) in relations(client).await? {
            new_files.extend(self.learn(oid, found));
        }
        self.held.clear();
        self.seen.push(Observation {
            how: How::Alone,
            new_files: new_files.into_iter().collect(),
            ..Observation::default()
        });
        Ok(())
    }

    /// A statement that takes no lock on a relation, or was not run.
    pub(super) fn other(&mut self, how: How) {
        let held = self.held.iter().cloned().collect();
        self.seen.push(Observation { how, held, ..Observation::default() });
    }

    /// The transaction has ended.
    pub(super) fn end(&mut self) {
        self.held.clear();
    }

    /// Takes in what a relation is now, and tells it where its file is another one than before.
    fn learn(&mut self, oid: u32, mut found: Known) -> Option<Relation> {
        let before = self.known.get(&oid);
        found.relation.created = before.is_none_or(|before| before.relation.created);
        let changed = before.is_some_and(|before| before.file != 0 && before.file != found.file);
        let relation = (changed && found.relation.name.schema != TOAST).then(|| found.relation.clone());
        // Under its old name where it was renamed: that is what it is called where the plan is carried out.
        if let Some(before) = before
            && !before.relation.created
        {
            found.relation.name = before.relation.name.clone();
        }
        self.known.insert(oid, found);
        relation
    }
}

async fn relations(client: &Client) -> Result<Vec<(u32, Known)>, tokio_postgres::Error> {
    let rows = client
        .simple_query(&format!(
            "SELECT c.oid, n.nspname, c.relname, c.relkind, c.relfilenode FROM pg_catalog.pg_class c \
             JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.oid >= {FIRST_USER_OID}"
        ))
        .await?;
    Ok(rows.iter().filter_map(row).filter_map(|row| Some((number(row, 0)?, known(row, 1)?))).collect())
}

fn row(message: &SimpleQueryMessage) -> Option<&tokio_postgres::SimpleQueryRow> {
    match message {
        SimpleQueryMessage::Row(row) => Some(row),
        _ => None,
    }
}

fn number(row: &tokio_postgres::SimpleQueryRow, at: usize) -> Option<u32> {
    row.get(at)?.parse().ok()
}

/// Schema, name, kind and file, from the cell `at` on.
fn known(row: &tokio_postgres::SimpleQueryRow, at: usize) -> Option<Known> {
    let name = QualifiedName::new(row.get(at)?, row.get(at + 1)?);
    let kind = row.get(at + 2)?.chars().next()?;
    let file = number(row, at + 3)?;
    Some(Known { relation: Relation { name, kind, created: false }, file })
}
