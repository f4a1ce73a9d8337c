//! Functions and procedures.

use std::collections::BTreeMap;

use tokio_postgres::Transaction;

use super::data_type::Described;
use super::relations::cells;
use super::{InformationSchemaError, rows};
use crate::schema::{Argument, ArgumentMode, QualifiedName, Routine, RoutineKind, Schema};

pub(super) async fn read(transaction: &Transaction<'_>, schema: &mut Schema) -> Result<(), InformationSchemaError> {
    let mut arguments = arguments(transaction).await?;
    let columns = "specific_schema specific_name routine_schema routine_name routine_type external_language \
                   routine_definition security_type";
    for row in rows(transaction, "routines", columns, "routine_schema").await? {
        let [specific_schema, specific, namespace, name, kind, language, body, security] = cells(row);
        // Aggregates and window functions have no type; constructors of range types are written in `internal`.
        let kind = match kind.as_deref() {
            Some("FUNCTION") => RoutineKind::Function,
            Some("PROCEDURE") => RoutineKind::Procedure,
            _ => continue,
        };
        let language = language.unwrap_or_default().to_lowercase();
        if language == "internal" {
            continue;
        }
        let arguments: Vec<Argument> =
            arguments.remove(&(specific_schema, specific)).unwrap_or_default().into_values().collect();
        let identity: Vec<String> = arguments
            .iter()
            .filter(|argument| argument.mode != ArgumentMode::Out)
            .map(|argument| argument.data_type.clone())
            .collect();
        schema.routines.push(Routine {
            name: QualifiedName::new(namespace.unwrap_or_default(), name.unwrap_or_default()),
            identity: identity.join(", "),
            kind,
            arguments,
            language,
            security_definer: security.as_deref() == Some("DEFINER"),
            body: body.unwrap_or_default(),
            ..Routine::default()
        });
    }
    Ok(())
}

/// By the specific name of the routine, then by position.
type Arguments = BTreeMap<(Option<String>, Option<String>), BTreeMap<u32, Argument>>;

async fn arguments(transaction: &Transaction<'_>) -> Result<Arguments, InformationSchemaError> {
    let columns =
        "specific_schema specific_name ordinal_position parameter_mode parameter_name data_type udt_schema udt_name";
    let mut arguments = Arguments::new();
    for row in rows(transaction, "parameters", columns, "specific_schema").await? {
        let [schema, specific, position, mode, name, data_type, udt_schema, udt] = cells(row);
        let described = Described {
            data_type: data_type.unwrap_or_default(),
            udt: QualifiedName::new(udt_schema.unwrap_or_default(), udt.unwrap_or_default()),
            ..Described::default()
        };
        let mode = match mode.as_deref() {
            Some("OUT") => ArgumentMode::Out,
            Some("INOUT") => ArgumentMode::InOut,
            _ => ArgumentMode::In,
        };
        // Arguments have no modifiers, so a length that is not there says nothing.
        let data_type = if described.data_type == "character" { "character".to_owned() } else { described.text() };
        let argument = Argument { name: name.filter(|name| !name.is_empty()), data_type, mode, default: None };
        let position = position.and_then(|position| position.parse().ok()).unwrap_or(0);
        arguments.entry((schema, specific)).or_default().insert(position, argument);
    }
    Ok(arguments)
}
