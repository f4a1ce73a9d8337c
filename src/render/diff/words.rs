//! Definitions and facts in PostgreSQL's own words, on one line each. Nothing here is escaped for a format.

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::render::describe;
use crate::render::view::short_type;
use crate::schema::diff::ObjectKind;
use crate::schema::name::quote_ident;
use crate::schema::{
    Aggregate, Argument, Check, Column, Domain, EnumType, EventTrigger, Exclusion, Extension, ForeignKey,
    ForeignServer, Generated, Grant, Identity, Index, IndexKey, NamedNotNull, PartitionKey, PartitionOf, Policy,
    Publication, PublishedTable, RangeType, Routine, Rule, Sequence, Statistics, Trigger, UniqueKey,
};

fn read<T: DeserializeOwned>(value: &Value) -> Option<T> {
    T::deserialize(value).ok()
}

/// What an object is, besides its kind and name: `text NOT NULL`, `btree (email)`. Empty for tables and views, of which
/// more is to be said than fits a line.
pub(super) fn definition(kind: ObjectKind, value: &Value) -> String {
    let told = match kind {
        ObjectKind::Schema
        | ObjectKind::Table
        | ObjectKind::ForeignTable
        | ObjectKind::View
        | ObjectKind::MaterializedView
        | ObjectKind::CompositeType => Some(String::new()),
        ObjectKind::Extension => read(value).map(|extension: Extension| match extension.version.as_str() {
            "" => format!("in schema {}", quote_ident(&extension.schema)),
            version => format!("version {version} in schema {}", quote_ident(&extension.schema)),
        }),
        ObjectKind::Enum => read(value).map(|object: EnumType| labels(&object.labels)),
        ObjectKind::Domain => read(value).map(|domain: Domain| self::domain(&domain)),
        ObjectKind::RangeType => read(value).map(|range: RangeType| format!("of {}", short_type(&range.subtype))),
        ObjectKind::Sequence => read(value).map(|sequence: Sequence| self::sequence(&sequence)),
        ObjectKind::Function | ObjectKind::Procedure => read(value).map(|routine: Routine| {
            let returns = routine.returns.as_ref().map(|returns| format!("RETURNS {returns} ")).unwrap_or_default();
            format!("{returns}{}", describe::routine_attributes(&routine))
        }),
        ObjectKind::Aggregate => read(value).map(|aggregate: Aggregate| format!("RETURNS {}", aggregate.returns)),
        ObjectKind::Statistics => read(value).map(|object: Statistics| {
            let kinds = if object.kinds.is_empty() { String::new() } else { format!("({}) ", object.kinds.join(", ")) };
            format!("{kinds}on {} of {}", object.on.join(", "), object.table)
        }),
        ObjectKind::EventTrigger => {
            read(value).map(|object: EventTrigger| format!("on {} executes {}()", object.event, object.function))
        }
        ObjectKind::Publication => read(value).map(|object: Publication| self::publication(&object)),
        ObjectKind::ForeignServer => read(value).map(|server: ForeignServer| format!("by {}", server.wrapper)),
        ObjectKind::Column | ObjectKind::Attribute => read(value).map(|column: Column| self::column(&column)),
        ObjectKind::PrimaryKey => read(value).map(|key: UniqueKey| describe::unique_key(&key, true)),
        ObjectKind::UniqueConstraint => read(value).map(|key: UniqueKey| describe::unique_key(&key, false)),
        ObjectKind::ForeignKey => read(value).map(|key: ForeignKey| describe::foreign_key(&key)),
        ObjectKind::CheckConstraint => read(value).map(|check: Check| {
            let not_valid = if check.not_valid { " NOT VALID" } else { "" };
            format!("CHECK ({}){not_valid}", check.expression)
        }),
        ObjectKind::ExclusionConstraint => read(value).map(|exclusion: Exclusion| exclusion.definition),
        ObjectKind::NotNullConstraint => {
            read(value).map(|constraint: NamedNotNull| format!("NOT NULL {}", quote_ident(&constraint.column)))
        }
        ObjectKind::Index => read(value).map(|index: Index| {
            let notes = describe::index_notes(&index);
            let notes = if notes.is_empty() { String::new() } else { format!(", {}", notes.join(", ")) };
            format!("{}{notes}", describe::index(&index))
        }),
        ObjectKind::Trigger => read(value).map(|trigger: Trigger| {
            format!("{} executes {}", describe::trigger_event(&trigger), describe::trigger_call(&trigger))
        }),
        ObjectKind::Policy => read(value).map(|policy: Policy| self::policy(&policy)),
        ObjectKind::Rule => read(value).map(|rule: Rule| rule.definition),
        ObjectKind::PublishedTable => read(value).map(|table: PublishedTable| {
            let columns =
                if table.columns.is_empty() { String::new() } else { format!("({})", describe::names(&table.columns)) };
            let filter = table.filter.map(|filter| format!(" WHERE {filter}")).unwrap_or_default();
            format!("{columns}{filter}").trim().to_owned()
        }),
    };
    told.unwrap_or_default()
}

/// `text NOT NULL DEFAULT ''::text`
pub(super) fn column(column: &Column) -> String {
    let mut parts = vec![short_type(&column.data_type)];
    if column.not_null {
        parts.push("NOT NULL".to_owned());
    }
    parts.extend(describe::column_default(column).map(|text| match column.default.is_some() {
        true => format!("DEFAULT {text}"),
        false => text,
    }));
    parts.extend(describe::column_extras(column));
    parts.join(" ")
}

fn labels(labels: &[String]) -> String {
    labels.iter().map(|label| format!("'{}'", label.replace('\'', "''"))).collect::<Vec<_>>().join(", ")
}

fn domain(domain: &Domain) -> String {
    let mut parts = vec![short_type(&domain.data_type)];
    parts.extend(domain.collation.as_ref().map(|name| format!("COLLATE {name}")));
    parts.extend(domain.default.as_ref().map(|text| format!("DEFAULT {text}")));
    parts.extend(domain.not_null.then(|| "NOT NULL".to_owned()));
    parts.extend(domain.checks.iter().map(|check| format!("CHECK ({})", check.expression)));
    parts.join(" ")
}

fn sequence(sequence: &Sequence) -> String {
    let mut parts = vec![short_type(&sequence.data_type)];
    if sequence.increment != 1 {
        parts.push(format!("INCREMENT BY {}", sequence.increment));
    }
    if sequence.start != 1 {
        parts.push(format!("START WITH {}", sequence.start));
    }
    parts.extend(sequence.cycle.then(|| "CYCLE".to_owned()));
    if let (Some(table), Some(column)) = (&sequence.owned_by_table, &sequence.owned_by_column) {
        parts.push(format!("OWNED BY {table}.{}", quote_ident(column)));
    }
    parts.join(" ")
}

fn publication(publication: &Publication) -> String {
    let mut what = Vec::new();
    what.extend(publication.all_tables.then(|| "all tables".to_owned()));
    what.extend(publication.schemas.iter().map(|name| format!("tables in schema {}", quote_ident(name))));
    what.extend(publication.tables.iter().map(|table| table.name.to_string()));
    format!("for {} ({})", what.join(", "), publication.operations.join(", "))
}

fn policy(policy: &Policy) -> String {
    let kind = if policy.restrictive { "RESTRICTIVE " } else { "" };
    let using = policy.using.as_ref().map(|text| format!(" USING ({text})")).unwrap_or_default();
    let check = policy.check.as_ref().map(|text| format!(" WITH CHECK ({text})")).unwrap_or_default();
    format!("{kind}FOR {} TO {}{using}{check}", describe::policy_command(policy), policy.roles.join(", "))
}

/// A fact's name for people.
pub(super) fn label(fact: &str) -> String {
    match fact {
        "when" => "WHEN".to_owned(),
        "using" => "USING".to_owned(),
        "check" => "WITH CHECK".to_owned(),
        "on_update" => "ON UPDATE".to_owned(),
        "on_delete" => "ON DELETE".to_owned(),
        "match" => "MATCH".to_owned(),
        "transition_function" => "SFUNC".to_owned(),
        "state_type" => "STYPE".to_owned(),
        "partition_of" => "partition of".to_owned(),
        "virtual" => "declared in the configuration".to_owned(),
        fact => fact.replace('_', " "),
    }
}

/// A fact's value for people.
pub(super) fn value(kind: ObjectKind, fact: &str, value: Option<&Value>) -> String {
    let Some(value) = value else { return missing(kind, fact).to_owned() };
    let told = match (fact, value) {
        ("not_null", Value::Bool(true)) => Some("NOT NULL".to_owned()),
        ("identity", _) => read(value).and_then(|identity: Identity| {
            describe::column_default(&Column { identity: Some(identity), ..Column::default() })
        }),
        ("generated", _) => read(value).and_then(|generated: Generated| {
            describe::column_default(&Column { generated: Some(generated), ..Column::default() })
        }),
        ("partition_key", _) => read(value).map(|key: PartitionKey| key.definition),
        ("partition_of", _) => {
            read(value).map(|partition: PartitionOf| format!("{} {}", partition.parent, partition.bound))
        }
        ("keys", _) => {
            read(value).map(|keys: Vec<IndexKey>| keys.iter().map(IndexKey::text).collect::<Vec<_>>().join(", "))
        }
        ("arguments", _) => read(value)
            .map(|arguments: Vec<Argument>| arguments.iter().map(describe::argument).collect::<Vec<_>>().join(", ")),
        ("type" | "subtype" | "returns", Value::String(text)) => Some(short_type(text)),
        ("on_delete" | "on_update", Value::String(text)) => Some(text.replace('_', " ").to_uppercase()),
        (_, Value::Bool(true)) => Some("yes".to_owned()),
        (_, Value::Bool(false)) => Some("no".to_owned()),
        (_, Value::String(text)) => Some(text.clone()),
        (_, Value::Array(list)) => Some(list.iter().map(|item| self::item(fact, item)).collect::<Vec<_>>().join(", ")),
        _ => None,
    };
    told.unwrap_or_else(|| value.to_string())
}

/// What it means that `schema.json` leaves a fact out.
fn missing(kind: ObjectKind, fact: &str) -> &'static str {
    match (kind, fact) {
        (_, "not_null") => "nullable",
        (_, "on_delete" | "on_update") => "NO ACTION",
        (_, "match") => "SIMPLE",
        (ObjectKind::Policy, "command") => "ALL",
        (ObjectKind::Function | ObjectKind::Procedure, "volatility") => "volatile",
        (ObjectKind::Function | ObjectKind::Procedure | ObjectKind::Aggregate, "parallel") => "unsafe",
        (_, "access_method") => "heap",
        (_, "replica_identity") if kind != ObjectKind::Index => "default",
        (_, "enabled") => "enabled",
        (
            _,
            "unlogged" | "row_security" | "force_row_security" | "inherited" | "unique" | "nulls_not_distinct"
            | "invalid" | "clustered" | "replica_identity" | "deferrable" | "initially_deferred" | "not_valid"
            | "not_enforced" | "no_inherit" | "without_overlaps" | "period" | "virtual" | "cycle" | "strict"
            | "leakproof" | "security_definer" | "window" | "for_each_row" | "constraint" | "restrictive"
            | "all_tables" | "via_partition_root" | "materialized",
        ) => "no",
        _ => "none",
    }
}

/// One of a list.
pub(super) fn item(fact: &str, value: &Value) -> String {
    match (fact, value) {
        ("grants", _) => read(value).map(|grant: Grant| describe::grant(&grant)).unwrap_or_else(|| value.to_string()),
        ("labels", Value::String(label)) => format!("'{}'", label.replace('\'', "''")),
        (_, Value::String(text)) => text.clone(),
        _ => value.to_string(),
    }
}
