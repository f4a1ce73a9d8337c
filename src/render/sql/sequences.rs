//! Sequences; those behind identity columns come with their column.

use super::order::Node;
use super::quote::{ident, qualified};
use super::remarks::Target;
use super::{Part, Writer, rank};
use crate::schema::Sequence;

impl Writer<'_> {
    pub(super) fn sequence(&self, sequence: &Sequence) -> Node {
        let target = target(sequence);
        let unlogged = if sequence.unlogged { "UNLOGGED " } else { "" };
        let mut sql = format!("CREATE {unlogged}SEQUENCE {}", target.name);
        if sequence.data_type != "bigint" {
            sql.push_str(&format!(" AS {}", sequence.data_type));
        }
        for setting in sequence.settings() {
            sql.push(' ');
            sql.push_str(&setting);
        }
        let mut node = self.node(rank::SEQUENCE, &sequence.name, &target, sql + ";");
        node.statements.extend(self.about(&target, &sequence.about));
        node
    }

    /// Once the table is there, and both have their owner.
    pub(super) fn owned_by(&mut self, sequence: &Sequence) {
        let (Some(table), Some(column)) = (&sequence.owned_by_table, &sequence.owned_by_column) else { return };
        let object = format!("owning column of sequence {}", sequence.name);
        if self.schema.table(table).is_none() {
            self.note(&object, &format!("table {table} is left out"));
            return;
        }
        let sql =
            format!("ALTER SEQUENCE {} OWNED BY {}.{};", qualified(&sequence.name), qualified(table), ident(column));
        self.add(Part::Object, object, sql);
    }
}

pub(super) fn target(sequence: &Sequence) -> Target {
    Target::new(format!("sequence {}", sequence.name), "SEQUENCE", "SEQUENCE", qualified(&sequence.name))
}
