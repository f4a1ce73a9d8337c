//! Schemas, tables, views and their columns.

use std::collections::BTreeMap;

use tokio_postgres::Transaction;

use super::data_type::Described;
use super::{InformationSchemaError, rows};
use crate::schema::{Column, Generated, Identity, IdentityMode, Namespace, QualifiedName, Schema, Table, View};
use crate::source::catalog::viewdef;

pub(super) async fn read(transaction: &Transaction<'_>, schema: &mut Schema) -> Result<(), InformationSchemaError> {
    let system = |name: &str| name.starts_with("pg_");
    for row in rows(transaction, "schemata", "schema_name", "schema_name").await? {
        let name = row.into_iter().next().flatten().unwrap_or_default();
        if !system(&name) {
            schema.schemas.push(Namespace { name, ..Namespace::default() });
        }
    }
    let mut columns = columns(transaction).await?;
    let definitions: BTreeMap<QualifiedName, String> =
        rows(transaction, "views", "table_schema table_name view_definition", "table_schema")
            .await?
            .into_iter()
            .map(|row| {
                let [schema, name, definition] = cells(row);
                let name = QualifiedName::new(schema.unwrap_or_default(), name.unwrap_or_default());
                (name, viewdef::normalized(&definition.unwrap_or_default()))
            })
            .collect();
    for row in rows(transaction, "tables", "table_schema table_name table_type", "table_schema").await? {
        let [namespace, name, kind] = cells(row);
        let name = QualifiedName::new(namespace.unwrap_or_default(), name.unwrap_or_default());
        if system(&name.schema) {
            continue;
        }
        let columns = columns.remove(&name).unwrap_or_default().into_values().collect();
        if kind.as_deref() == Some("VIEW") {
            let definition = definitions.get(&name).cloned().unwrap_or_default();
            schema.views.push(View { name, columns, definition, ..View::default() });
        } else {
            schema.tables.push(Table { name, columns, ..Table::default() });
        }
    }
    schema.tables.sort_by(|a, b| a.name.cmp(&b.name));
    schema.views.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(())
}

const COLUMNS: &str = "table_schema table_name ordinal_position column_name column_default is_nullable data_type \
                       character_maximum_length numeric_precision numeric_scale datetime_precision interval_type \
                       domain_schema domain_name udt_schema udt_name is_identity identity_generation is_generated \
                       generation_expression";

/// By relation, then by position.
async fn columns(
    transaction: &Transaction<'_>,
) -> Result<BTreeMap<QualifiedName, BTreeMap<u32, Column>>, InformationSchemaError> {
    let mut columns: BTreeMap<QualifiedName, BTreeMap<u32, Column>> = BTreeMap::new();
    for row in rows(transaction, "columns", COLUMNS, "table_schema").await? {
        let [
            schema,
            table,
            position,
            name,
            default,
            nullable,
            data_type,
            length,
            precision,
            scale,
            time_precision,
            interval,
            domain_schema,
            domain,
            udt_schema,
            udt,
            is_identity,
            identity,
            is_generated,
            expression,
        ] = cells(row);
        let described = Described {
            data_type: data_type.unwrap_or_default(),
            length,
            precision,
            scale,
            time_precision,
            interval,
            domain: domain_schema.zip(domain).map(|(schema, name)| QualifiedName { schema, name }),
            udt: QualifiedName::new(udt_schema.unwrap_or_default(), udt.unwrap_or_default()),
        };
        let identity = (is_identity.as_deref() == Some("YES")).then(|| Identity {
            mode: if identity.as_deref() == Some("ALWAYS") { IdentityMode::Always } else { IdentityMode::ByDefault },
            options: Vec::new(),
        });
        let generated = (is_generated.as_deref() == Some("ALWAYS"))
            .then(|| Generated { expression: expression.unwrap_or_default(), is_virtual: false });
        let column = Column {
            name: name.unwrap_or_default(),
            data_type: described.text(),
            not_null: nullable.as_deref() == Some("NO"),
            default,
            identity,
            generated,
            ..Column::default()
        };
        let table = QualifiedName::new(schema.unwrap_or_default(), table.unwrap_or_default());
        let position = position.and_then(|position| position.parse().ok()).unwrap_or(0);
        columns.entry(table).or_default().insert(position, column);
    }
    Ok(columns)
}

/// The cells of a row, by name. The query asks for exactly as many as are taken.
pub(super) fn cells<const N: usize>(row: Vec<Option<String>>) -> [Option<String>; N] {
    let mut row = row.into_iter();
    std::array::from_fn(|_| row.next().flatten())
}
