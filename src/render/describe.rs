//! Objects in PostgreSQL's own words, for every format that shows text: `UNIQUE (a, b) NULLS NOT DISTINCT`.
//!
//! For reading. Nothing here is escaped for a format, and nothing is meant to be run but by [`super::sql`], which says
//! how names are spelled.

use crate::schema::name::quote_ident;
use crate::schema::{
    Argument, ArgumentMode, Check, Column, ForeignKey, Grant, IdentityMode, Index, MatchType, NamedNotNull, Policy,
    PolicyCommand, ReferentialAction, Routine, RoutineKind, Table, Trigger, UniqueKey,
};

/// `table`, `partitioned table`, `foreign table`…
pub fn table_kind(table: &Table) -> String {
    let kind = match (&table.foreign, &table.partition_of, &table.partition_key) {
        (Some(_), Some(_), _) => "foreign partition",
        (Some(_), None, _) => "foreign table",
        (None, Some(_), Some(_)) => "partitioned partition",
        (None, Some(_), None) => "partition",
        (None, None, Some(_)) => "partitioned table",
        (None, None, None) => "table",
    };
    if table.unlogged { format!("unlogged {kind}") } else { kind.to_owned() }
}

/// How identifiers are spelled: [`quote_ident`] for reading; SQL that is run needs more.
pub type Spelling = fn(&str) -> String;

/// Identifiers in a row, quoted where PostgreSQL would.
pub fn names(names: &[String]) -> String {
    names_in(names, quote_ident)
}

fn names_in(names: &[String], spell: Spelling) -> String {
    names.iter().map(|name| spell(name)).collect::<Vec<_>>().join(", ")
}

/// What stands in a column without being written: the default, the identity or the generating expression.
pub fn column_default(column: &Column) -> Option<String> {
    if let Some(identity) = &column.identity {
        let mode = match identity.mode {
            IdentityMode::Always => "ALWAYS",
            IdentityMode::ByDefault => "BY DEFAULT",
        };
        let options =
            if identity.options.is_empty() { String::new() } else { format!(" ({})", identity.options.join(" ")) };
        return Some(format!("GENERATED {mode} AS IDENTITY{options}"));
    }
    if let Some(generated) = &column.generated {
        let kind = if generated.is_virtual { "VIRTUAL" } else { "STORED" };
        return Some(format!("GENERATED ALWAYS AS ({}) {kind}", generated.expression));
    }
    column.default.clone()
}

/// What a column says besides name, type, nullability, default and comment: collation, storage, compression, options.
pub fn column_extras(column: &Column) -> Vec<String> {
    let mut extras = Vec::new();
    extras.extend(column.collation.as_ref().map(|name| format!("COLLATE {name}")));
    extras.extend(column.storage.as_ref().map(|name| format!("STORAGE {}", name.to_uppercase())));
    extras.extend(column.compression.as_ref().map(|name| format!("COMPRESSION {name}")));
    if !column.options.is_empty() {
        extras.push(format!("OPTIONS ({})", column.options.join(", ")));
    }
    if column.inherited {
        extras.push("inherited".to_owned());
    }
    extras
}

/// `PRIMARY KEY (a, b)` or `UNIQUE (a, b)`, with what follows.
pub fn unique_key(key: &UniqueKey, primary: bool) -> String {
    unique_key_in(key, primary, quote_ident)
}

pub fn unique_key_in(key: &UniqueKey, primary: bool, spell: Spelling) -> String {
    let mut text = String::from(if primary { "PRIMARY KEY" } else { "UNIQUE" });
    if key.nulls_not_distinct {
        text.push_str(" NULLS NOT DISTINCT");
    }
    text.push_str(&format!(" ({}", names_in(&key.columns, spell)));
    if key.without_overlaps {
        text.push_str(" WITHOUT OVERLAPS");
    }
    text.push(')');
    if !key.include.is_empty() {
        text.push_str(&format!(" INCLUDE ({})", names_in(&key.include, spell)));
    }
    if !key.options.is_empty() {
        text.push_str(&format!(" WITH ({})", key.options.join(", ")));
    }
    text + deferral(key.deferrable, key.initially_deferred)
}

/// `FOREIGN KEY (a) REFERENCES shop.orders (id) ON DELETE CASCADE`.
pub fn foreign_key(key: &ForeignKey) -> String {
    foreign_key_in(key, quote_ident)
}

pub fn foreign_key_in(key: &ForeignKey, spell: Spelling) -> String {
    let rules = foreign_key_rules_in(key, spell);
    let rules = if rules.is_empty() { rules } else { format!(" {rules}") };
    let columns = |list: &[String]| match (key.period, list.split_last()) {
        (true, Some((last, []))) => format!("PERIOD {}", spell(last)),
        (true, Some((last, first))) => format!("{}, PERIOD {}", names_in(first, spell), spell(last)),
        _ => names_in(list, spell),
    };
    let (from, to) = (columns(&key.columns), columns(&key.referenced_columns));
    let (schema, table) = (spell(&key.references.schema), spell(&key.references.name));
    format!("FOREIGN KEY ({from}) REFERENCES {schema}.{table} ({to}){rules}")
}

/// What a foreign key does and whether it holds: `ON DELETE CASCADE DEFERRABLE NOT VALID`. Empty for a plain one.
pub fn foreign_key_rules(key: &ForeignKey) -> String {
    foreign_key_rules_in(key, quote_ident)
}

fn foreign_key_rules_in(key: &ForeignKey, spell: Spelling) -> String {
    let mut words = Vec::new();
    match key.match_type {
        MatchType::Simple => {}
        MatchType::Full => words.push("MATCH FULL".to_owned()),
        MatchType::Partial => words.push("MATCH PARTIAL".to_owned()),
    }
    if key.on_update != ReferentialAction::NoAction {
        words.push(format!("ON UPDATE {}", key.on_update.sql()));
    }
    if key.on_delete != ReferentialAction::NoAction {
        let columns = if key.on_delete_columns.is_empty() {
            String::new()
        } else {
            format!(" ({})", names_in(&key.on_delete_columns, spell))
        };
        words.push(format!("ON DELETE {}{columns}", key.on_delete.sql()));
    }
    let deferral = deferral(key.deferrable, key.initially_deferred).trim_start();
    words.extend((!deferral.is_empty()).then(|| deferral.to_owned()));
    words.extend(key.not_valid.then(|| "NOT VALID".to_owned()));
    words.extend(key.not_enforced.then(|| "NOT ENFORCED".to_owned()));
    words.join(" ")
}

/// `CHECK (price > 0)`.
pub fn check(check: &Check) -> String {
    let mut text = format!("CHECK ({})", check.expression);
    for (said, words) in
        [(check.no_inherit, " NO INHERIT"), (check.not_valid, " NOT VALID"), (check.not_enforced, " NOT ENFORCED")]
    {
        if said {
            text.push_str(words);
        }
    }
    text
}

/// `NOT NULL a`.
pub fn not_null(constraint: &NamedNotNull) -> String {
    not_null_in(constraint, quote_ident)
}

pub fn not_null_in(constraint: &NamedNotNull, spell: Spelling) -> String {
    let mut text = format!("NOT NULL {}", spell(&constraint.column));
    if constraint.no_inherit {
        text.push_str(" NO INHERIT");
    }
    if constraint.not_valid {
        text.push_str(" NOT VALID");
    }
    text
}

pub fn deferral(deferrable: bool, initially_deferred: bool) -> &'static str {
    match (deferrable, initially_deferred) {
        (_, true) => " DEFERRABLE INITIALLY DEFERRED",
        (true, false) => " DEFERRABLE",
        (false, false) => "",
    }
}

/// `UNIQUE btree (lower(email)) INCLUDE (id) WHERE active`.
pub fn index(index: &Index) -> String {
    let keys: Vec<_> = index.keys.iter().map(|key| key.text()).collect();
    let mut text = if index.unique { "UNIQUE ".to_owned() } else { String::new() };
    text.push_str(&format!("{} ({})", index.method, keys.join(", ")));
    if !index.include.is_empty() {
        text.push_str(&format!(" INCLUDE ({})", names(&index.include)));
    }
    if index.nulls_not_distinct {
        text.push_str(" NULLS NOT DISTINCT");
    }
    if !index.options.is_empty() {
        text.push_str(&format!(" WITH ({})", index.options.join(", ")));
    }
    if let Some(predicate) = &index.predicate {
        text.push_str(&format!(" WHERE {predicate}"));
    }
    text
}

/// What is special about an index besides its definition.
pub fn index_notes(index: &Index) -> Vec<&'static str> {
    [
        (index.invalid, "invalid"),
        (index.replica_identity, "replica identity"),
        (index.clustered, "clustered"),
        (index.inherited, "attached to the parent's index"),
    ]
    .into_iter()
    .filter_map(|(said, note)| said.then_some(note))
    .collect()
}

/// When a trigger fires: `BEFORE INSERT OR UPDATE OF a FOR EACH ROW WHEN (…)`.
pub fn trigger_event(trigger: &Trigger) -> String {
    let events: Vec<_> = trigger
        .events
        .iter()
        .map(|event| match event.as_str() {
            "UPDATE" if !trigger.update_of.is_empty() => format!("UPDATE OF {}", names(&trigger.update_of)),
            other => other.to_owned(),
        })
        .collect();
    let mut text = format!("{} {}", trigger.timing, events.join(" OR "));
    text.push_str(deferral(trigger.deferrable, trigger.initially_deferred));
    for (what, name) in [("OLD", &trigger.old_table), ("NEW", &trigger.new_table)] {
        if let Some(name) = name {
            text.push_str(&format!(" REFERENCING {what} TABLE AS {}", quote_ident(name)));
        }
    }
    text.push_str(if trigger.for_each_row { " FOR EACH ROW" } else { " FOR EACH STATEMENT" });
    if let Some(when) = &trigger.when {
        text.push_str(&format!(" WHEN ({when})"));
    }
    text
}

/// What a trigger calls: `shop.touch('updated_at')`.
pub fn trigger_call(trigger: &Trigger) -> String {
    let arguments: Vec<_> = trigger.arguments.iter().map(|text| format!("'{}'", text.replace('\'', "''"))).collect();
    format!("{}({})", trigger.function, arguments.join(", "))
}

pub fn policy_command(policy: &Policy) -> &'static str {
    match policy.command {
        PolicyCommand::All => "ALL",
        PolicyCommand::Select => "SELECT",
        PolicyCommand::Insert => "INSERT",
        PolicyCommand::Update => "UPDATE",
        PolicyCommand::Delete => "DELETE",
    }
}

/// `SELECT, UPDATE to app (with grant option)`; `EXECUTE revoked from PUBLIC`.
pub fn grant(grant: &Grant) -> String {
    let privileges = grant.privileges.join(", ");
    match (grant.revoked, grant.grantable) {
        (true, _) => format!("{privileges} revoked from {}", grant.role),
        (false, true) => format!("{privileges} to {} (with grant option)", grant.role),
        (false, false) => format!("{privileges} to {}", grant.role),
    }
}

/// `name type DEFAULT x`, with its mode where it is not `IN`.
pub fn argument(argument: &Argument) -> String {
    argument_in(argument, quote_ident)
}

pub fn argument_in(argument: &Argument, spell: Spelling) -> String {
    let mode = match argument.mode {
        ArgumentMode::In | ArgumentMode::Table => None,
        ArgumentMode::Out => Some("OUT"),
        ArgumentMode::InOut => Some("INOUT"),
        ArgumentMode::Variadic => Some("VARIADIC"),
    };
    let name = argument.name.as_deref().map(spell);
    let default = argument.default.as_ref().map(|text| format!("DEFAULT {text}"));
    let parts = [mode.map(str::to_owned), name, Some(argument.data_type.clone()), default];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

/// `shop.total(order_id bigint, OUT sum numeric)`; columns of `RETURNS TABLE` are told by what it returns.
pub fn signature(routine: &Routine) -> String {
    let arguments: Vec<_> =
        routine.arguments.iter().filter(|argument| argument.mode != ArgumentMode::Table).map(argument).collect();
    format!("{}({})", routine.name, arguments.join(", "))
}

pub fn routine_kind(routine: &Routine) -> &'static str {
    match (routine.kind, routine.window) {
        (RoutineKind::Procedure, _) => "procedure",
        (RoutineKind::Function, true) => "window function",
        (RoutineKind::Function, false) => "function",
    }
}

/// Language, volatility and the other attributes: `LANGUAGE sql STABLE STRICT SECURITY DEFINER`.
pub fn routine_attributes(routine: &Routine) -> String {
    let mut words = vec![format!("LANGUAGE {}", routine.language)];
    words.extend(routine.volatility.as_ref().map(|text| text.to_uppercase()));
    words.extend(routine.strict.then(|| "STRICT".to_owned()));
    words.extend(routine.leakproof.then(|| "LEAKPROOF".to_owned()));
    words.extend(routine.security_definer.then(|| "SECURITY DEFINER".to_owned()));
    words.extend(routine.parallel.as_ref().map(|text| format!("PARALLEL {}", text.to_uppercase())));
    words.extend(routine.cost.as_ref().map(|text| format!("COST {text}")));
    words.extend(routine.rows.as_ref().map(|text| format!("ROWS {text}")));
    words.extend(routine.settings.iter().map(|text| format!("SET {text}")));
    words.join(" ")
}
