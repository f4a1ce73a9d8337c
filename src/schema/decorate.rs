//! What people add to a schema: relations that the database does not declare, descriptions, labels.
//!
//! Done on the model before it is drawn, so that every format tells the same. Never done before a fingerprint is
//! taken: words about a schema are not the schema.

use super::name::split_identifiers;
use super::{ForeignKey, QualifiedName, Schema};

/// A relation as a person writes it: `shop.orders.customer_email` → `shop.customers.email`, several columns with commas.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Relation {
    pub from: String,
    pub to: String,
    pub label: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecorationError {
    #[error("{text:?} is not a column: write table.column or schema.table.column, several with commas")]
    NotAColumn { text: String },
    #[error("{text:?} names columns of more than one table")]
    SeveralTables { text: String },
    #[error("relation {from:?} → {to:?}: both sides need the same number of columns")]
    Arity { from: String, to: String },
    #[error("there is no {what} {name}")]
    Unknown { what: &'static str, name: String },
}

impl Schema {
    /// Adds a foreign key that is marked as virtual.
    pub fn add_relation(&mut self, relation: &Relation) -> Result<(), DecorationError> {
        let (from, columns) = side(&relation.from)?;
        let (to, referenced) = side(&relation.to)?;
        if columns.len() != referenced.len() {
            return Err(DecorationError::Arity { from: relation.from.clone(), to: relation.to.clone() });
        }
        self.require_columns(&to, &referenced)?;
        self.require_columns(&from, &columns)?;
        let name = relation.label.clone().unwrap_or_else(|| columns.join(", "));
        let at = self.tables.binary_search_by(|table| table.name.cmp(&from));
        let unknown = || DecorationError::Unknown { what: "table", name: from.to_string() };
        let table = at.map(|at| &mut self.tables[at]).map_err(|_| unknown())?;
        let key = ForeignKey {
            name,
            columns,
            references: to,
            referenced_columns: referenced,
            is_virtual: true,
            ..ForeignKey::default()
        };
        // A saved document brings what was added to it before.
        if !table.foreign_keys.contains(&key) {
            table.foreign_keys.push(key);
        }
        table.foreign_keys.sort_by(|a, b| (&a.name, &a.columns).cmp(&(&b.name, &b.columns)));
        Ok(())
    }

    fn require_columns(&self, name: &QualifiedName, columns: &[String]) -> Result<(), DecorationError> {
        let table = self.table(name);
        let table = table.ok_or_else(|| DecorationError::Unknown { what: "table", name: name.to_string() })?;
        match columns.iter().find(|column| table.column(column).is_none()) {
            Some(column) => Err(DecorationError::Unknown { what: "column", name: format!("{name}.{column}") }),
            None => Ok(()),
        }
    }

    /// Puts a description before the comment of an object: a table, view, type, routine (every overload), sequence,
    /// schema, or a column of a table or view.
    pub fn describe(&mut self, object: &str, text: &str) -> Result<(), DecorationError> {
        let unknown = || DecorationError::Unknown { what: "object", name: object.to_owned() };
        let parts = split_identifiers(object).ok_or_else(unknown)?;
        let mut found = false;
        let mut put = |comment: &mut Option<String>| {
            found = true;
            prepend(comment, text);
        };
        match parts.as_slice() {
            [name] => {
                self.schemas.iter_mut().filter(|o| o.name == *name).for_each(|o| put(&mut o.about.comment));
                if !found {
                    return self.describe(&format!("public.{object}"), text).map_err(|_| unknown());
                }
            }
            [schema, name] => {
                let name = QualifiedName::new(schema, name);
                macro_rules! in_lists {
                    ($($list:ident),*) => {
                        $(self.$list.iter_mut().filter(|o| o.name == name).for_each(|o| put(&mut o.about.comment));)*
                    };
                }
                in_lists!(tables, views, enums, domains, composites, ranges, sequences, routines, aggregates);
                if !found {
                    // `orders.state`: a column of a table in `public`.
                    return self.describe_column(&QualifiedName::new("public", schema), &parts[1], text, unknown);
                }
            }
            [schema, table, column] => {
                return self.describe_column(&QualifiedName::new(schema, table), column, text, unknown);
            }
            _ => {}
        }
        if found { Ok(()) } else { Err(unknown()) }
    }

    fn describe_column(
        &mut self,
        name: &QualifiedName,
        column: &str,
        text: &str,
        unknown: impl Fn() -> DecorationError,
    ) -> Result<(), DecorationError> {
        let tables = self.tables.iter_mut().filter(|table| table.name == *name).map(|table| &mut table.columns);
        let views = self.views.iter_mut().filter(|view| view.name == *name).map(|view| &mut view.columns);
        let mut columns = tables.chain(views).flatten();
        let column = columns.find(|candidate| candidate.name == column).ok_or_else(unknown)?;
        prepend(&mut column.comment, text);
        Ok(())
    }
}

/// Once: a saved document brings what was added to it before.
fn prepend(comment: &mut Option<String>, text: &str) {
    *comment = Some(match comment.take() {
        Some(old) if old == text || old.starts_with(&format!("{text}\n\n")) => old,
        Some(old) => format!("{text}\n\n{old}"),
        None => text.to_owned(),
    });
}

/// The table and the columns of one side of a relation.
fn side(text: &str) -> Result<(QualifiedName, Vec<String>), DecorationError> {
    let mut table: Option<QualifiedName> = None;
    let mut columns = Vec::new();
    for part in text.split(',') {
        let parts = split_identifiers(part.trim());
        let (name, column) = match parts.as_deref() {
            Some([name, column]) => (QualifiedName::new("public", name), column.clone()),
            Some([schema, name, column]) => (QualifiedName::new(schema, name), column.clone()),
            _ => return Err(DecorationError::NotAColumn { text: part.trim().to_owned() }),
        };
        if table.as_ref().is_some_and(|table| *table != name) {
            return Err(DecorationError::SeveralTables { text: text.to_owned() });
        }
        table = Some(name);
        columns.push(column);
    }
    let table = table.ok_or_else(|| DecorationError::NotAColumn { text: text.to_owned() })?;
    Ok((table, columns))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{Column, Table};

    fn schema() -> Schema {
        let column = |name: &str| Column { name: name.into(), data_type: "text".into(), ..Column::default() };
        let table = |name: &str| Table {
            name: QualifiedName::new("public", name),
            columns: vec![column("a"), column("b")],
            ..Table::default()
        };
        Schema { tables: vec![table("customers"), table("orders")], ..Schema::default() }
    }

    #[test]
    fn a_relation_becomes_a_virtual_foreign_key() {
        let mut schema = schema();
        let relation =
            Relation { from: "orders.a, orders.b".into(), to: "public.customers.a, customers.b".into(), label: None };
        schema.add_relation(&relation).unwrap();
        schema.add_relation(&relation).unwrap();
        assert_eq!(schema.tables[1].foreign_keys.len(), 1);
        let key = &schema.tables[1].foreign_keys[0];
        assert!(key.is_virtual);
        assert_eq!((key.columns.join(" "), key.references.to_string()), ("a b".into(), "public.customers".into()));
    }

    #[test]
    fn what_is_not_there_is_named() {
        let mut schema = schema();
        let mut add = |from: &str, to: &str| {
            schema.add_relation(&Relation { from: from.into(), to: to.into(), label: None }).unwrap_err().to_string()
        };
        assert_eq!(add("orders.x", "customers.a"), "there is no column public.orders.x");
        assert_eq!(add("orders.a", "nowhere.a"), "there is no table public.nowhere");
        assert!(add("orders", "customers.a").contains("is not a column"));
        assert!(add("orders.a, orders.b", "customers.a").contains("same number"));
        assert!(add("orders.a, customers.b", "customers.a, customers.b").contains("more than one table"));
    }

    #[test]
    fn descriptions_come_before_comments() {
        let mut schema = schema();
        schema.tables[1].about.comment = Some("old".into());
        schema.describe("public.orders", "new").unwrap();
        schema.describe("public.orders", "new").unwrap();
        schema.describe("orders.a", "column").unwrap();
        assert_eq!(schema.tables[1].about.comment.as_deref(), Some("new\n\nold"));
        assert_eq!(schema.tables[1].columns[0].comment.as_deref(), Some("column"));
        assert!(schema.describe("public.nowhere", "x").is_err());
        assert!(schema.describe("a.b.c.d", "x").is_err());
    }
}
