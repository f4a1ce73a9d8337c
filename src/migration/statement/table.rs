//! The parts of tables: columns, constraints, and what `ALTER TABLE` can do.

pub use super::datatype::DataType;
use super::object::Name;

/// One action of an `ALTER TABLE`, or of the `ALTER` of another relation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TableAction {
    AddColumn {
        column: Column,
        if_not_exists: bool,
    },
    DropColumn {
        column: String,
        cascade: bool,
    },
    AlterColumn {
        column: String,
        change: ColumnChange,
    },
    AddConstraint(Constraint),
    AlterConstraint {
        name: String,
        /// `[NOT] ENFORCED`, where it is given (since 18).
        enforced: Option<bool>,
    },
    DropConstraint {
        name: String,
        cascade: bool,
    },
    ValidateConstraint {
        name: String,
    },
    RenameColumn {
        from: String,
        to: String,
    },
    RenameConstraint {
        from: String,
        to: String,
    },
    RenameTo(String),
    SetSchema(String),
    Owner,
    SetTablespace,
    SetAccessMethod,
    SetLogged,
    SetUnlogged,
    /// `SET (…)` or `RESET (…)`: the names of the storage parameters.
    Parameters(Vec<String>),
    Trigger {
        enable: bool,
    },
    Rule {
        enable: bool,
    },
    RowSecurity(RowSecurity),
    ClusterOn {
        index: String,
    },
    SetWithoutCluster,
    SetWithoutOids,
    ReplicaIdentity,
    Inherit(Name),
    NoInherit(Name),
    OfType,
    NotOf,
    AttachPartition {
        partition: Name,
        /// `DEFAULT` and no bounds.
        default: bool,
    },
    DetachPartition {
        partition: Name,
        mode: Detach,
    },
    /// `MERGE PARTITIONS` and `SPLIT PARTITION`: not in any release before 19.
    Repartition,
    /// `OPTIONS (…)` of a foreign table.
    ForeignOptions,
    DependsOnExtension,
    /// `ALTER SEQUENCE` with its own options: `RESTART`, `OWNED BY`, …
    Sequence(Vec<SequenceChange>),
    /// Understood by the parser, and not by this program.
    Other,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SequenceChange {
    /// `OWNED BY` a column (table and column), or `NONE`.
    OwnedBy(Option<Name>),
    Other,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowSecurity {
    Enable,
    Disable,
    Force,
    NoForce,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detach {
    Plain,
    Concurrently,
    Finalize,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ColumnChange {
    Type {
        ty: DataType,
        collate: bool,
        using: Option<Expression>,
    },
    SetDefault(Expression),
    DropDefault,
    SetNotNull,
    DropNotNull,
    AddIdentity,
    /// `SET GENERATED`, `RESTART`, `SET` of a sequence option.
    AlterIdentity,
    DropIdentity,
    /// `SET EXPRESSION` of a generated column (since 17).
    SetExpression(Expression),
    DropExpression,
    Statistics,
    Storage,
    Compression,
    /// `SET (…)`, `RESET (…)` of a column, and `OPTIONS (…)` of a foreign one.
    Options,
    Other,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    pub name: String,
    /// None in `CREATE TABLE … OF` and `PARTITION OF`, which have it from elsewhere.
    pub ty: Option<DataType>,
    /// By `NOT NULL`, `PRIMARY KEY`, identity or a `serial` type.
    pub not_null: bool,
    pub default: Option<Expression>,
    pub generated: Option<Generated>,
    pub identity: bool,
    /// Those written with the column, `NOT NULL` not among them.
    pub constraints: Vec<Constraint>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Generated {
    Stored,
    /// Since 18.
    Virtual,
}

/// An expression, of which no more is told than this.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expression {
    pub text: String,
    /// Known to give the same value for every row of one statement: constants, `now()` and what is made of them by
    /// built-in means. `false` says that nobody knows.
    pub steady: bool,
    /// `NULL`, which is as good as no default.
    pub null: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Constraint {
    pub name: Option<String>,
    pub kind: ConstraintKind,
    pub not_valid: bool,
    /// `NOT ENFORCED` (since 18).
    pub not_enforced: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConstraintKind {
    Check(Expression),
    /// As a constraint of the table, with a column (since 18).
    NotNull {
        column: String,
    },
    PrimaryKey {
        columns: Vec<String>,
        using_index: Option<String>,
    },
    Unique {
        columns: Vec<String>,
        using_index: Option<String>,
    },
    Exclude,
    ForeignKey {
        /// Empty only where it stands in a column that the caller knows.
        columns: Vec<String>,
        references: Name,
        /// Empty where the primary key is meant.
        referenced: Vec<String>,
    },
}
