//! Triggers, rules and row-level security: what acts or guards once everything else is there.

use super::quote::{ident, literal, qualified, role};
use super::remarks::comment_on;
use super::tables::target;
use super::{Part, Writer, views};
use crate::render::describe;
use crate::schema::{Policy, PolicyCommand, QualifiedName, Rule, Table, Trigger, View};

impl Writer<'_> {
    pub(super) fn rules_and_triggers(&mut self, table: &Table) {
        let (name, kind, spoken) = (&table.name, target(table).kind, target(table).object);
        for rule in &table.rules {
            self.rule(name, kind, &spoken, rule, false);
        }
        for trigger in &table.triggers {
            self.trigger(name, &spoken, trigger);
        }
    }

    pub(super) fn view_rules_and_triggers(&mut self, view: &View) {
        let (name, kind, spoken) = (&view.name, views::target(view).kind, views::target(view).object);
        for column in &view.columns {
            if let Some(default) = &column.default {
                self.set_default("VIEW", &qualified(name), &name.to_string(), column, default);
            }
        }
        for rule in &view.rules {
            self.rule(name, kind, &spoken, rule, false);
        }
        for trigger in &view.triggers {
            self.trigger(name, &spoken, trigger);
        }
    }

    /// `again` where an extension may have made it before.
    pub(super) fn rule(&mut self, relation: &QualifiedName, kind: &str, spoken: &str, rule: &Rule, again: bool) {
        let object = format!("rule {} on {spoken}", ident(&rule.name));
        if rule.definition.is_empty() {
            self.note(&object, "its definition could not be read");
            return;
        }
        let sql = format!("{};", rule.definition.trim_end_matches(';'));
        let sql = if again { sql.replacen("CREATE RULE", "CREATE OR REPLACE RULE", 1) } else { sql };
        self.add(Part::Object, object.clone(), sql);
        if let Some(state) = state(rule.enabled.as_deref()) {
            let sql = format!("ALTER {kind} {} {state} RULE {};", qualified(relation), ident(&rule.name));
            self.add(Part::Object, format!("state of {object}"), sql);
        }
        let on = format!("RULE {} ON {}", ident(&rule.name), qualified(relation));
        self.statements.extend(comment_on(&object, &on, rule.comment.as_deref()));
    }

    pub(super) fn trigger(&mut self, relation: &QualifiedName, spoken: &str, trigger: &Trigger) {
        let object = format!("trigger {} on {spoken}", ident(&trigger.name));
        if trigger.when.as_deref() == Some("") {
            self.note(&object, "its condition could not be read");
            return;
        }
        // PostgreSQL copies a partitioned table's triggers to the partitions.
        if trigger.inherited {
            return;
        }
        self.add(Part::Object, object.clone(), create_trigger(relation, trigger));
        let on = format!("TRIGGER {} ON {}", ident(&trigger.name), qualified(relation));
        self.statements.extend(comment_on(&object, &on, trigger.comment.as_deref()));
    }

    /// Once every trigger is there, since a partition's may come from its parent.
    pub(super) fn trigger_state(&mut self, table: &Table, trigger: &Trigger) {
        let object = format!("trigger {} on {}", ident(&trigger.name), target(table).object);
        let (relation, name) = (qualified(&table.name), ident(&trigger.name));
        if let Some(state) = state(trigger.enabled.as_deref()) {
            let sql = format!("ALTER TABLE ONLY {relation} {state} TRIGGER {name};");
            self.add(Part::Object, format!("state of {object}"), sql);
        }
        if trigger.inherited {
            let on = format!("TRIGGER {name} ON {relation}");
            self.statements.extend(comment_on(&object, &on, trigger.comment.as_deref()));
        }
    }

    pub(super) fn row_security(&mut self, table: &Table) {
        let name = qualified(&table.name);
        for policy in &table.policies {
            let object = format!("policy {} on {}", ident(&policy.name), target(table).object);
            if [&policy.using, &policy.check].into_iter().flatten().any(String::is_empty) {
                self.note(&object, "its condition could not be read");
                continue;
            }
            self.add(Part::Object, object.clone(), create_policy(&name, policy));
            let on = format!("POLICY {} ON {name}", ident(&policy.name));
            self.statements.extend(comment_on(&object, &on, policy.comment.as_deref()));
        }
        let flags =
            [(table.row_security, "ENABLE ROW LEVEL SECURITY"), (table.force_row_security, "FORCE ROW LEVEL SECURITY")];
        for (_, words) in flags.into_iter().filter(|(said, _)| *said) {
            let object = format!("row-level security of {}", target(table).object);
            self.add(Part::Object, object, format!("ALTER TABLE {name} {words};"));
        }
    }
}

fn create_trigger(relation: &QualifiedName, trigger: &Trigger) -> String {
    let constraint = if trigger.constraint { "CONSTRAINT " } else { "" };
    let events: Vec<_> = trigger
        .events
        .iter()
        .map(|event| match event.as_str() {
            "UPDATE" if !trigger.update_of.is_empty() => {
                format!("UPDATE OF {}", super::quote::idents(&trigger.update_of))
            }
            other => other.to_owned(),
        })
        .collect();
    let mut sql = format!(
        "CREATE {constraint}TRIGGER {}\n    {} {} ON {}{}",
        ident(&trigger.name),
        trigger.timing,
        events.join(" OR "),
        qualified(relation),
        describe::deferral(trigger.deferrable, trigger.initially_deferred)
    );
    let transitions = [("OLD", &trigger.old_table), ("NEW", &trigger.new_table)];
    let transitions: Vec<_> = transitions
        .into_iter()
        .filter_map(|(what, name)| Some(format!(" {what} TABLE AS {}", ident(name.as_ref()?))))
        .collect();
    if !transitions.is_empty() {
        sql.push_str(&format!("\n    REFERENCING{}", transitions.join("")));
    }
    sql.push_str(if trigger.for_each_row { "\n    FOR EACH ROW" } else { "\n    FOR EACH STATEMENT" });
    if let Some(when) = &trigger.when {
        sql.push_str(&format!("\n    WHEN ({when})"));
    }
    let arguments: Vec<_> = trigger.arguments.iter().map(|argument| literal(argument)).collect();
    format!("{sql}\n    EXECUTE FUNCTION {}({});", qualified(&trigger.function), arguments.join(", "))
}

fn create_policy(table: &str, policy: &Policy) -> String {
    let mut sql = format!("CREATE POLICY {} ON {table}", ident(&policy.name));
    if policy.restrictive {
        sql.push_str(" AS RESTRICTIVE");
    }
    if policy.command != PolicyCommand::All {
        sql.push_str(&format!(" FOR {}", describe::policy_command(policy)));
    }
    let roles: Vec<_> = policy.roles.iter().map(|name| role(name)).collect();
    if !roles.is_empty() && roles != ["PUBLIC"] {
        sql.push_str(&format!("\n    TO {}", roles.join(", ")));
    }
    if let Some(using) = &policy.using {
        sql.push_str(&format!("\n    USING ({using})"));
    }
    if let Some(check) = &policy.check {
        sql.push_str(&format!("\n    WITH CHECK ({check})"));
    }
    sql + ";"
}

/// What brings a trigger or rule into its state; `None` for the ordinary one.
pub(super) fn state(enabled: Option<&str>) -> Option<&'static str> {
    match enabled? {
        "disabled" => Some("DISABLE"),
        "replica" => Some("ENABLE REPLICA"),
        "always" => Some("ENABLE ALWAYS"),
        _ => None,
    }
}
