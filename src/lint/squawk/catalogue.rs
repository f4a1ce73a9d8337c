//! Every rule of the linked squawk, with a line about each.
//!
//! The list and the `match` come out of one table, so a rule that a newer squawk brings does not compile until it is
//! here.

use squawk_linter::Rule;

macro_rules! rules {
    ($($rule:ident: $about:literal,)*) => {
        pub(crate) const ALL: &[Rule] = &[$(Rule::$rule),*];

        /// What a rule is about, in one line.
        pub(crate) fn about(rule: Rule) -> &'static str {
            match rule {
                $(Rule::$rule => $about,)*
            }
        }
    };
}

rules! {
    RequireConcurrentIndexCreation: "CREATE INDEX without CONCURRENTLY blocks writes.",
    RequireConcurrentIndexDeletion: "DROP INDEX without CONCURRENTLY blocks reads and writes.",
    ConstraintMissingNotValid: "A constraint added without NOT VALID scans the table under its lock.",
    AddingFieldWithDefault: "A column with a volatile default, or a generated one, rewrites the table.",
    AddingForeignKeyConstraint: "A foreign key added without NOT VALID scans under a lock on both tables.",
    ChangingColumnType: "A changed type rewrites the table and may break clients.",
    AddingNotNullableField: "SET NOT NULL scans the table under ACCESS EXCLUSIVE.",
    AddingSerialPrimaryKeyField: "A primary key added later builds its index under ACCESS EXCLUSIVE.",
    RenamingColumn: "A renamed column breaks running code.",
    RenamingTable: "A renamed table breaks running code.",
    DisallowedUniqueConstraint: "A unique constraint builds its index under ACCESS EXCLUSIVE; USING INDEX avoids it.",
    BanDropDatabase: "DROP DATABASE loses data.",
    PreferBigintOverInt: "A 32-bit integer may run out.",
    PreferBigintOverSmallint: "A 16-bit integer may run out.",
    PreferIdentity: "serial types have odd rights and dependencies; an identity column has not.",
    PreferRepack: "VACUUM FULL and CLUSTER hold ACCESS EXCLUSIVE while they rewrite.",
    PreferRobustStmts: "A statement that cannot be run again after half a migration has failed.",
    PreferTextField: "varchar(n) needs a migration to grow; text with a check does not rewrite.",
    PreferTimestampTz: "timestamp without time zone does not say which moment it is.",
    BanCharField: "char(n) pads with spaces.",
    BanDropColumn: "DROP COLUMN loses data and breaks running code.",
    BanDropTable: "DROP TABLE loses data and breaks running code.",
    BanDropNotNull: "DROP NOT NULL may break clients that expect a value.",
    TransactionNesting: "BEGIN or COMMIT inside the transaction that the framework opens.",
    AddingRequiredField: "A NOT NULL column without a default fails on a table with rows.",
    BanConcurrentIndexCreationInTransaction: "CREATE INDEX CONCURRENTLY fails inside a transaction.",
    UnusedIgnore: "An ignore comment that names no rule.",
    BanCreateDomainWithConstraint: "A domain with a constraint is costly to change later.",
    BanAlterDomainWithAddConstraint: "A constraint added to a domain checks every table that uses it.",
    BanTruncateCascade: "TRUNCATE … CASCADE empties tables that it does not name.",
    RequireTimeoutSettings: "Stands for require-lock-timeout and require-statement-timeout.",
    BanUncommittedTransaction: "A BEGIN without a COMMIT.",
    RequireEnumValueOrdering: "ALTER TYPE … ADD VALUE without BEFORE or AFTER.",
    RequireTableSchema: "A table named without its schema.",
    IdentifierTooLong: "A name over 63 bytes is cut short with only a notice.",
    RequireConcurrentPartitionDetach: "DETACH PARTITION without CONCURRENTLY blocks reads and writes.",
    RequireConcurrentReindex: "REINDEX without CONCURRENTLY blocks writes, and reads that use the index.",
    RequireLockTimeout: "Without lock_timeout a waiting statement blocks everyone behind it.",
    RequireStatementTimeout: "Without statement_timeout a slow statement holds its lock for as long as it takes.",
    BanDuplicateColumnAssignments: "One column assigned twice in one UPDATE or INSERT.",
    BanDropView: "DROP VIEW breaks running code.",
    BanDropFunction: "DROP FUNCTION breaks running code.",
    BanDropType: "DROP TYPE breaks running code.",
    BanDropDefault: "DROP DEFAULT may break inserts of running code.",
    BanDropTrigger: "DROP TRIGGER stops what the trigger did.",
    BanDropSchema: "DROP SCHEMA loses data and breaks running code.",
    BanDropSequence: "DROP SEQUENCE breaks running code.",
    BanDropDomain: "DROP DOMAIN breaks running code.",
    BanDropConstraint: "DROP CONSTRAINT lets data in that clients do not expect.",
    BanDropGeneratedExpression: "DROP EXPRESSION stops generating the column.",
    RenamingObject: "A renamed view, function, type or other object breaks running code.",
    BanSetSchema: "SET SCHEMA moves an object from under running code.",
    BanAlterIdentity: "A changed identity column may break inserts of running code.",
    BanDropExtension: "DROP EXTENSION drops everything that it brought.",
    BanAlterGeneratedExpression: "SET EXPRESSION rewrites the table and changes what clients read.",
    BanDropIndex: "DROP INDEX may slow queries down.",
    BanSetDefault: "SET DEFAULT changes what running code inserts.",
    BanDisableTrigger: "DISABLE TRIGGER stops what the trigger did.",
    BanReplicaIdentity: "A changed replica identity or publication may break replication.",
    BanDropPolicy: "DROP POLICY changes who sees which rows.",
    BanRevoke: "REVOKE takes rights from running code.",
    BanReplaceViewFunction: "CREATE OR REPLACE changes what running code gets.",
    BanAlterPolicyCondition: "A changed policy condition changes who sees which rows.",
    BanAlterPolicyRoles: "Changed roles of a policy change who sees which rows.",
    BanCreatePolicy: "A new policy changes who sees which rows.",
    BanAlterFunctionOptions: "Changed options of a function change how it runs.",
    BanAlterViewOptions: "Changed options of a view change how it runs.",
    BanAlterRoleOptions: "Changed options of a role change what it may do.",
    BanAlterDatabaseOptions: "Changed options of a database change how everything in it runs.",
    BanAlterRowLevelSecurity: "Row-level security switched on or off changes who sees which rows.",
    BanNewWriteRestriction: "A new constraint or trigger may refuse what running code writes.",
    BanAddEnumValue: "A new enum value may surprise running code.",
    BanAddCompositeAttribute: "A new attribute of a composite type may surprise running code.",
    BanAddColumn: "A new column may surprise code that reads every column.",
    BanDetachInheritance: "A detached partition or child takes rows from under running code.",
    BanAlterSequenceValues: "Changed values of a sequence may collide.",
    BanAlterSystemOptions: "ALTER SYSTEM changes the whole server.",
    BanAlterExtension: "A changed extension may change what running code calls.",
}
