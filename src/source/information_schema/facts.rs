//! The facts on which both readers must agree.

use std::collections::{BTreeMap, BTreeSet};

use super::data_type::comparable;
use crate::schema::{ArgumentMode, Column, ForeignKey, QualifiedName, Routine, RoutineKind, Schema, Trigger};
use crate::source::Reading;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FactKind {
    Table,
    Column,
    Type,
    Nullability,
    Default,
    Identity,
    Generated,
    PrimaryKey,
    UniqueKey,
    ForeignKey,
    ForeignKeyRules,
    Check,
    View,
    Routine,
    Trigger,
}

impl FactKind {
    /// As gaps call it.
    fn word(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::Column => "column",
            Self::Type => "type",
            Self::Nullability => "nullability",
            Self::Default => "default",
            Self::Identity => "identity",
            Self::Generated => "generated",
            Self::PrimaryKey => "primary key",
            Self::UniqueKey => "unique key",
            Self::ForeignKey | Self::ForeignKeyRules => "foreign key",
            Self::Check => "check",
            Self::View => "view",
            Self::Routine => "routine",
            Self::Trigger => "trigger",
        }
    }
}

/// One thing that is so: of which object, and what.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fact {
    pub kind: FactKind,
    pub object: String,
    pub value: String,
}

/// Every fact of a schema that both readers can tell, sorted.
pub fn facts(schema: &Schema) -> Vec<Fact> {
    let required = schema.domains.iter().filter(|domain| domain.not_null).map(|domain| domain.name.to_string());
    let mut facts = Facts { found: Vec::new(), required_domains: required.collect() };
    for table in &schema.tables {
        facts.add(FactKind::Table, &table.name, "");
        facts.columns(&table.name, &table.columns);
        if let Some(key) = &table.primary_key {
            let value = format!("{}{}", key.columns.join(", "), deferral(key.deferrable, key.initially_deferred));
            facts.add(FactKind::PrimaryKey, format!("{} {}", table.name, key.name), value);
        }
        for key in &table.unique_keys {
            let value = format!("{}{}", key.columns.join(", "), deferral(key.deferrable, key.initially_deferred));
            facts.add(FactKind::UniqueKey, format!("{} {}", table.name, key.name), value);
        }
        for key in &table.foreign_keys {
            facts.foreign_key(&table.name, key);
        }
        // The view lists constraints of ordinary and partitioned tables alone.
        for check in table.checks.iter().filter(|_| table.foreign.is_none()) {
            facts.add(FactKind::Check, format!("{} {}", table.name, check.name), &check.expression);
        }
        facts.triggers(&table.name, &table.triggers);
    }
    // The standard knows no materialized views.
    for view in schema.views.iter().filter(|view| !view.materialized) {
        facts.add(FactKind::View, &view.name, &view.definition);
        facts.columns(&view.name, &view.columns);
        facts.triggers(&view.name, &view.triggers);
    }
    for routine in schema.routines.iter().filter(|routine| !routine.window && routine.language != "internal") {
        facts.routine(routine);
    }
    facts.found.sort();
    facts.found
}

/// What one reader says and the other does not, with the facts left out that the portable reader reports as gaps.
/// Empty where both agree.
pub fn disagreements(catalog: &Reading, portable: &Reading) -> Vec<String> {
    let gaps: BTreeSet<&str> = portable.gaps.iter().map(|gap| gap.scope.as_str()).collect();
    let comparable = |fact: &Fact| !gaps.contains(format!("{} {}", fact.kind.word(), fact.object).as_str());
    // Before PostgreSQL 15 the view leaves out triggers that are cloned to partitions.
    let cloned_are_hidden = catalog.server.as_ref().is_some_and(|server| server.version_num < 150_000);
    let mut schema = catalog.schema.clone();
    if cloned_are_hidden {
        schema.tables.iter_mut().for_each(|table| table.triggers.retain(|trigger| !trigger.inherited));
    }
    // How often each side says it: an overload said twice is not the same as once.
    let mut said: BTreeMap<Fact, (usize, usize)> = BTreeMap::new();
    for fact in facts(&schema).into_iter().filter(comparable) {
        said.entry(fact).or_default().0 += 1;
    }
    for fact in facts(&portable.schema).into_iter().filter(comparable) {
        said.entry(fact).or_default().1 += 1;
    }
    said.into_iter()
        .filter(|(_, (catalog, portable))| catalog != portable)
        .map(|(fact, (catalog, portable))| {
            let Fact { kind, object, value } = fact;
            let who = if catalog > portable { "the catalog" } else { "information_schema" };
            format!("only {who} says {}: {object}: {value}", kind.word())
        })
        .collect()
}

fn deferral(deferrable: bool, initially_deferred: bool) -> &'static str {
    match (deferrable, initially_deferred) {
        (_, true) => " initially deferred",
        (true, false) => " deferrable",
        _ => "",
    }
}

struct Facts {
    found: Vec<Fact>,
    /// Domains that take no null: to the standard, so does a column of them.
    required_domains: BTreeSet<String>,
}

impl Facts {
    fn add(&mut self, kind: FactKind, object: impl ToString, value: impl Into<String>) {
        self.found.push(Fact { kind, object: object.to_string(), value: value.into() });
    }

    fn columns(&mut self, relation: &QualifiedName, columns: &[Column]) {
        for (at, column) in columns.iter().enumerate() {
            let object = format!("{relation} {}", column.name);
            self.add(FactKind::Column, &object, (at + 1).to_string());
            self.add(FactKind::Type, &object, comparable(&column.data_type));
            let not_null = column.not_null || self.required_domains.contains(&column.data_type);
            self.add(FactKind::Nullability, &object, if not_null { "not null" } else { "null" });
            if let Some(default) = &column.default {
                self.add(FactKind::Default, &object, default);
            }
            if let Some(identity) = &column.identity {
                self.add(FactKind::Identity, &object, format!("{:?}", identity.mode));
            }
            if let Some(generated) = &column.generated {
                self.add(FactKind::Generated, &object, &generated.expression);
            }
        }
    }

    fn foreign_key(&mut self, table: &QualifiedName, key: &ForeignKey) {
        let object = format!("{table} {}", key.name);
        let pairs = format!("{} to {} {}", key.columns.join(", "), key.references, key.referenced_columns.join(", "));
        self.add(FactKind::ForeignKey, &object, pairs);
        let rules = format!(
            "{:?} update {} delete {}{}",
            key.match_type,
            key.on_update.sql(),
            key.on_delete.sql(),
            deferral(key.deferrable, key.initially_deferred)
        );
        self.add(FactKind::ForeignKeyRules, &object, rules);
    }

    fn triggers(&mut self, relation: &QualifiedName, triggers: &[Trigger]) {
        for trigger in triggers {
            let events: Vec<&str> =
                trigger.events.iter().map(String::as_str).filter(|event| *event != "TRUNCATE").collect();
            if events.is_empty() {
                continue;
            }
            let value = format!(
                "{} {} {} {} when {:?} old {:?} new {:?}",
                trigger.timing,
                events.join(" or "),
                if trigger.for_each_row { "row" } else { "statement" },
                trigger.function,
                trigger.when,
                trigger.old_table,
                trigger.new_table
            );
            self.add(FactKind::Trigger, format!("{relation} {}", trigger.name), value);
        }
    }

    fn routine(&mut self, routine: &Routine) {
        let arguments: Vec<String> = routine
            .arguments
            .iter()
            .map(|argument| {
                let mode = match argument.mode {
                    ArgumentMode::In | ArgumentMode::Variadic => "in",
                    ArgumentMode::InOut => "inout",
                    ArgumentMode::Out | ArgumentMode::Table => "out",
                };
                let name = argument.name.as_deref().unwrap_or_default();
                format!("{mode} {name} {}", comparable(&argument.data_type))
            })
            .collect();
        let kind = if routine.kind == RoutineKind::Procedure { "procedure" } else { "function" };
        let security = if routine.security_definer { " security definer" } else { "" };
        let value = format!("{kind} ({}) {}{security}", arguments.join(", "), routine.language);
        self.add(FactKind::Routine, &routine.name, value);
    }
}
