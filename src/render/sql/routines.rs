//! Functions, procedures and aggregates.

use super::order::Node;
use super::quote::{dollar_quoted, ident, literal, qualified, requoted, setting_name};
use super::refs::Use;
use super::remarks::Target;
use super::{Part, Statement, Writer, rank};
use crate::render::describe;
use crate::schema::name::split_identifiers;
use crate::schema::{Aggregate, ArgumentMode, MovingAggregate, Routine, RoutineKind};

impl Writer<'_> {
    pub(super) fn routine(&mut self, routine: &Routine) -> Option<Node> {
        let kind = if routine.kind == RoutineKind::Procedure { "PROCEDURE" } else { "FUNCTION" };
        let target = target(routine, kind);
        if routine.language == "c" && routine.library.is_none() {
            self.note(&target.object, "the library that holds it is not known");
            return None;
        }
        let statement = |sql| Statement::new(Part::Object, target.object.clone(), sql);
        let head = head(routine, kind);
        let is_parsed = is_parsed(routine);
        let body = if is_parsed {
            format!("\n{}", routine.body)
        } else if let Some(library) = &routine.library {
            format!("\n    AS {}, {}", literal(library), literal(&routine.body))
        } else {
            format!("\n    AS {}", dollar_quoted(&routine.body))
        };
        let mut node = self.node(rank::ROUTINE, &routine.name, &target, format!("CREATE {head}{body};"));
        node.provides = vec![(routine.name.clone(), Use::Call)];
        let types = routine.arguments.iter().map(|argument| argument.data_type.as_str());
        let defaults = routine.arguments.iter().filter_map(|argument| argument.default.as_deref());
        node.needs = self.refs(types.chain(defaults).chain(routine.returns.as_deref()));
        if is_parsed {
            node.needs.append(&mut self.refs([routine.body.as_str()]));
            let empty = statement(format!("CREATE {head}\n    AS '';"));
            let whole = statement(format!("CREATE OR REPLACE {head}{body};"));
            if node.needs.contains(&(routine.name.clone(), Use::Call)) {
                node.statements = vec![empty, whole];
            } else {
                node.placeholder = Some((empty, whole));
            }
        } else if routine.language == "sql" {
            // PostgreSQL may put such a body in the place of its call, when an index on one is made.
            node.prefers = self.called(&routine.body);
        }
        node.statements.extend(self.about(&target, &routine.about));
        Some(node)
    }

    pub(super) fn aggregate(&self, aggregate: &Aggregate) -> Node {
        let target = aggregate_target(aggregate);
        let moving = aggregate.moving.as_ref();
        let functions = [
            Some(&aggregate.transition_function),
            aggregate.final_function.as_ref(),
            aggregate.combine_function.as_ref(),
            moving.map(|moving| &moving.transition_function),
            moving.map(|moving| &moving.inverse_function),
            moving.and_then(|moving| moving.final_function.as_ref()),
        ];
        let mut settings = vec![
            format!("SFUNC = {}", requoted(&aggregate.transition_function)),
            format!("STYPE = {}", aggregate.state_type),
        ];
        settings.extend((aggregate.state_space != 0).then(|| format!("SSPACE = {}", aggregate.state_space)));
        settings.extend(aggregate.final_function.as_ref().map(|name| format!("FINALFUNC = {}", requoted(name))));
        settings.extend(aggregate.final_function_extra.then(|| "FINALFUNC_EXTRA".to_owned()));
        let modify = aggregate.final_function_modify.as_ref();
        settings.extend(modify.map(|word| format!("FINALFUNC_MODIFY = {}", word.to_uppercase())));
        settings.extend(moving.into_iter().flat_map(moving_settings));
        settings.extend(aggregate.combine_function.as_ref().map(|name| format!("COMBINEFUNC = {}", requoted(name))));
        settings.extend(aggregate.initial_value.as_ref().map(|value| format!("INITCOND = {}", literal(value))));
        settings.extend(aggregate.sort_operator.as_ref().map(|name| format!("SORTOP = {}", operator(name))));
        settings.extend(aggregate.parallel.as_ref().map(|word| format!("PARALLEL = {}", word.to_uppercase())));
        settings.extend((aggregate.kind.as_deref() == Some("hypothetical")).then(|| "HYPOTHETICAL".to_owned()));
        let sql = format!("CREATE AGGREGATE {} (\n    {}\n);", target.name, settings.join(",\n    "));
        let mut node = self.node(rank::AGGREGATE, &aggregate.name, &target, sql);
        node.provides = vec![(aggregate.name.clone(), Use::Call)];
        node.needs = self.refs([aggregate.identity.as_str(), &aggregate.state_type, &aggregate.returns]);
        node.needs.extend(functions.into_iter().flatten().filter_map(|name| Some((name.parse().ok()?, Use::Call))));
        node.statements.extend(self.about(&target, &aggregate.about));
        node
    }
}

/// How statements name a function or procedure.
pub(super) fn target(routine: &Routine, kind: &'static str) -> Target {
    let object = format!("{} {}({})", describe::routine_kind(routine), routine.name, routine.identity);
    Target::new(object, kind, kind, format!("{}({})", qualified(&routine.name), routine.identity))
}

pub(super) fn aggregate_target(aggregate: &Aggregate) -> Target {
    let object = format!("aggregate {}({})", aggregate.name, aggregate.identity);
    let name = qualified(&aggregate.name);
    let arguments = if aggregate.identity.is_empty() { "*" } else { aggregate.identity.as_str() };
    let mut target = Target::new(object, "AGGREGATE", "FUNCTION", format!("{name}({arguments})"));
    // `GRANT` takes an aggregate for a function, whose arguments know no ORDER BY.
    let plain = match aggregate.identity.split_once(" ORDER BY ") {
        Some((direct, ordered)) if direct == ordered => direct.to_owned(),
        Some(("", ordered)) => ordered.to_owned(),
        Some((direct, ordered)) => format!("{direct}, {ordered}"),
        None => aggregate.identity.trim_start_matches("ORDER BY ").to_owned(),
    };
    target.granted_name = Some(format!("{name}({plain})"));
    target
}

fn moving_settings(moving: &MovingAggregate) -> Vec<String> {
    let mut settings = vec![
        format!("MSFUNC = {}", requoted(&moving.transition_function)),
        format!("MINVFUNC = {}", requoted(&moving.inverse_function)),
        format!("MSTYPE = {}", moving.state_type),
    ];
    settings.extend((moving.state_space != 0).then(|| format!("MSSPACE = {}", moving.state_space)));
    settings.extend(moving.final_function.as_ref().map(|name| format!("MFINALFUNC = {}", requoted(name))));
    settings.extend(moving.final_function_extra.then(|| "MFINALFUNC_EXTRA".to_owned()));
    let modify = moving.final_function_modify.as_ref();
    settings.extend(modify.map(|word| format!("MFINALFUNC_MODIFY = {}", word.to_uppercase())));
    settings.extend(moving.initial_value.as_ref().map(|value| format!("MINITCOND = {}", literal(value))));
    settings
}

/// Everything between `CREATE` and the body.
fn head(routine: &Routine, kind: &str) -> String {
    let arguments: Vec<_> = routine
        .arguments
        .iter()
        .filter(|argument| argument.mode != ArgumentMode::Table)
        .map(|argument| describe::argument_in(argument, ident))
        .collect();
    let mut text = format!("{kind} {}({})", qualified(&routine.name), arguments.join(", "));
    if let Some(returns) = &routine.returns {
        text.push_str(&format!("\n    RETURNS {returns}"));
    }
    text.push_str(&format!("\n    LANGUAGE {}", ident(&routine.language)));
    let mut words = Vec::new();
    words.extend(routine.window.then(|| "WINDOW".to_owned()));
    words.extend(routine.volatility.as_ref().map(|word| word.to_uppercase()));
    words.extend(routine.strict.then(|| "STRICT".to_owned()));
    words.extend(routine.leakproof.then(|| "LEAKPROOF".to_owned()));
    words.extend(routine.security_definer.then(|| "SECURITY DEFINER".to_owned()));
    words.extend(routine.parallel.as_ref().map(|word| format!("PARALLEL {}", word.to_uppercase())));
    words.extend(routine.cost.as_ref().map(|cost| format!("COST {cost}")));
    words.extend(routine.rows.as_ref().map(|rows| format!("ROWS {rows}")));
    for word in words {
        text.push(' ');
        text.push_str(&word);
    }
    for setting in &routine.settings {
        text.push_str(&format!("\n    {}", setting_clause(setting)));
    }
    text
}

/// Whether the body is kept parsed (`RETURN …`, `BEGIN ATOMIC …`) and not as a string. No string is a body that begins
/// so: the language knows neither.
fn is_parsed(routine: &Routine) -> bool {
    routine.language == "sql" && ["BEGIN ATOMIC", "RETURN "].iter().any(|start| routine.body.starts_with(start))
}

/// Settings that PostgreSQL keeps as a list of quoted names (`GUC_LIST_QUOTE`): each has to be a string of its own.
const LISTS: &[&str] = &[
    "local_preload_libraries",
    "search_path",
    "session_preload_libraries",
    "shared_preload_libraries",
    "temp_tablespaces",
    "unix_socket_directories",
];

/// `SET search_path TO 'a', 'b'`, from `search_path=a, "b"`.
fn setting_clause(setting: &str) -> String {
    let (name, value) = setting.split_once('=').unwrap_or((setting, ""));
    let values = if LISTS.contains(&name.to_lowercase().as_str()) {
        list(value).iter().map(|item| literal(item)).collect::<Vec<_>>().join(", ")
    } else {
        literal(value)
    };
    format!("SET {} TO {values}", setting_name(name))
}

/// The names of a list such as `a, "b c"`, as PostgreSQL prints it.
fn list(text: &str) -> Vec<String> {
    let mut items = Vec::new();
    let mut start = 0;
    let mut quoted = false;
    for (at, c) in text.char_indices().chain([(text.len(), ',')]) {
        match c {
            '"' => quoted = !quoted,
            ',' if !quoted => {
                let item = text[start..at].trim();
                let inside = item.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
                items.push(inside.map_or_else(|| item.to_owned(), |inside| inside.replace("\"\"", "\"")));
                start = at + 1;
            }
            _ => {}
        }
    }
    items
}

/// An operator as a setting takes it: `<`, or `OPERATOR(shop.<)`.
fn operator(text: &str) -> String {
    let symbol = |c: char| "+-*/<>=~!@#%^&|`?".contains(c);
    let end = text.find(symbol).unwrap_or(text.len());
    match split_identifiers(text[..end].trim_end_matches('.')) {
        Some(schema) => format!("OPERATOR({}.{})", super::quote::idents(&schema), &text[end..]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_lists_only_where_the_server_keeps_lists() {
        assert_eq!(setting_clause("search_path=shop, \"$user\", \"a,b\""), "SET search_path TO 'shop', '$user', 'a,b'");
        assert_eq!(setting_clause("search_path=\"\""), "SET search_path TO ''");
        assert_eq!(setting_clause("TimeZone=Europe/Berlin"), "SET \"TimeZone\" TO 'Europe/Berlin'");
        assert_eq!(setting_clause("app.user=a, b"), "SET app.\"user\" TO 'a, b'");
    }

    #[test]
    fn operators_carry_their_schema() {
        assert_eq!(operator("<"), "<");
        assert_eq!(operator("shop.<"), "OPERATOR(shop.<)");
        assert_eq!(operator("\"a.b\".<="), "OPERATOR(\"a.b\".<=)");
    }
}
