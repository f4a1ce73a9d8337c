//! The statements whose parts matter to a reader of migrations, part by part.

use super::object::{Name, ObjectKind};
use super::table::{Column, Constraint, TableAction};

/// What a statement is made of, for the kinds whose parts matter: to locks, to rules, to what may lose data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shape {
    CreateTable(CreateTable),
    /// `CREATE TABLE … AS` and `SELECT … INTO`.
    CreateTableAs {
        table: Name,
        temporary: bool,
        if_not_exists: bool,
        with_data: bool,
    },
    CreateIndex(CreateIndex),
    CreateView {
        view: Name,
        replace: bool,
        temporary: bool,
    },
    CreateMaterializedView {
        view: Name,
        if_not_exists: bool,
        with_data: bool,
    },
    CreateSequence {
        sequence: Name,
        temporary: bool,
        /// The table of the column that owns it.
        owned_by: Option<Name>,
    },
    /// `CREATE TRIGGER` with its table, and the table of `FROM` for a constraint trigger.
    CreateTrigger {
        trigger: String,
        table: Name,
        replace: bool,
        from: Option<Name>,
    },
    CreatePolicy {
        policy: String,
        table: Name,
    },
    CreateRule {
        rule: String,
        table: Name,
        replace: bool,
    },
    CreateStatistics {
        table: Name,
    },
    /// `ALTER TABLE` and what is spelled like it.
    Alter(Alter),
    /// `ALTER TABLE ALL IN TABLESPACE` and the like: every table of a tablespace, none by name.
    AlterAllInTablespace,
    AlterIndexAttach {
        index: Name,
        partition: Name,
    },
    AlterTrigger {
        trigger: String,
        table: Name,
    },
    AlterPolicy {
        policy: String,
        table: Name,
    },
    AlterRule {
        rule: String,
        table: Name,
    },
    AlterType {
        name: Name,
        change: TypeChange,
    },
    AlterDomain {
        name: Name,
        change: DomainChange,
    },
    Drop(Drop),
    /// `DROP TRIGGER`, `POLICY`, `RULE`: named within a table.
    DropOf {
        kind: ObjectKind,
        name: String,
        table: Name,
        if_exists: bool,
        cascade: bool,
    },
    Truncate {
        tables: Vec<Name>,
        cascade: bool,
        restart_identity: bool,
    },
    Lock {
        tables: Vec<Name>,
        /// As written: `ACCESS EXCLUSIVE`, `SHARE`; `None` for the default, which is `ACCESS EXCLUSIVE`.
        mode: Option<String>,
    },
    Reindex {
        target: ReindexTarget,
        concurrently: bool,
    },
    Vacuum {
        /// Empty for the whole database.
        tables: Vec<Name>,
        full: bool,
        analyze: bool,
    },
    Analyze {
        tables: Vec<Name>,
    },
    Cluster {
        /// `None` for every table that was clustered before.
        table: Option<Name>,
        index: Option<Name>,
    },
    Refresh {
        view: Name,
        concurrently: bool,
        with_data: bool,
    },
    Comment {
        /// The relation whose comment it is, or whose column's; `None` for anything else.
        relation: Option<(ObjectKind, Name)>,
    },
    /// `SET parameter = value`, with the name in small letters and the value as written.
    Set {
        parameter: String,
        value: String,
        local: bool,
    },
    /// Rows read and written: `SELECT`, `INSERT`, `UPDATE`, `DELETE`, `MERGE`, `COPY`, `EXPLAIN` of them.
    Rows(Rows),
    /// Any other.
    Other,
}

/// What a statement with rows takes hold of. Views among them bring what is below them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rows {
    pub read: Vec<Name>,
    /// Locked row by row: `SELECT … FOR UPDATE` and its kin.
    pub locked: Vec<Name>,
    pub written: Vec<Name>,
    /// `UPDATE` or `DELETE` with neither `WHERE` nor `USING`: every row.
    pub every_row: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreateTable {
    pub table: Name,
    pub foreign: bool,
    pub if_not_exists: bool,
    pub temporary: bool,
    pub unlogged: bool,
    pub partitioned: bool,
    pub columns: Vec<Column>,
    /// Those of the table. Those of a column are in the column.
    pub constraints: Vec<Constraint>,
    /// The parent of `PARTITION OF`.
    pub partition_of: Option<Name>,
    /// `PARTITION OF … DEFAULT`.
    pub default_partition: bool,
    pub inherits: Vec<Name>,
    pub like: Vec<Name>,
    pub of_type: Option<Name>,
}

impl CreateTable {
    /// Every constraint, those of the columns first.
    pub fn all_constraints(&self) -> impl Iterator<Item = &Constraint> {
        self.columns.iter().flat_map(|column| &column.constraints).chain(&self.constraints)
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreateIndex {
    /// PostgreSQL makes one up where the statement gives none. It is in the schema of its table.
    pub index: Option<String>,
    pub table: Name,
    pub unique: bool,
    pub concurrently: bool,
    pub if_not_exists: bool,
    /// `ON ONLY`: the partitions get none.
    pub only: bool,
    /// The columns, where they are such: an expression is `None`.
    pub columns: Vec<Option<String>>,
    /// `WHERE`: rows are left out.
    pub partial: bool,
    /// Whether it calls a function by name, in an expression or its condition.
    pub calls: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alter {
    /// The kind that the statement names: `ALTER TABLE` may name an index, a view or a sequence too.
    pub kind: ObjectKind,
    pub name: Name,
    pub if_exists: bool,
    pub only: bool,
    pub actions: Vec<TableAction>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drop {
    pub kind: ObjectKind,
    pub names: Vec<Name>,
    pub if_exists: bool,
    pub cascade: bool,
    pub concurrently: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReindexTarget {
    Index(Name),
    Table(Name),
    Schema(String),
    /// `DATABASE` and `SYSTEM`.
    Database,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TypeChange {
    /// `ADD VALUE` to an enumeration.
    AddValue {
        value: String,
        if_not_exists: bool,
    },
    RenameValue,
    /// `ADD`, `DROP` or `ALTER ATTRIBUTE` of a composite type.
    Attributes {
        cascade: bool,
    },
    RenameAttribute,
    RenameTo(Name),
    SetSchema(String),
    Owner,
    Other,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DomainChange {
    AddConstraint(Constraint),
    DropConstraint,
    ValidateConstraint,
    SetNotNull,
    DropNotNull,
    SetDefault,
    DropDefault,
    RenameConstraint,
    RenameTo(Name),
    SetSchema(String),
    Owner,
}
