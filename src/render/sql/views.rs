//! Views and materialized views. The latter are left empty: a copy has no rows to fill them with.

use super::order::Node;
use super::quote::{ident, qualified, requoted, settings};
use super::remarks::Target;
use super::{Part, Statement, Writer, rank};
use crate::schema::View;

impl Writer<'_> {
    pub(super) fn view(&mut self, view: &View) -> Option<Node> {
        let target = target(view);
        if view.definition.is_empty() {
            self.note(&target.object, "its definition could not be read");
            return None;
        }
        let options =
            if view.options.is_empty() { String::new() } else { format!(" WITH ({})", settings(&view.options)) };
        let end = if view.materialized { "\n  WITH NO DATA;" } else { ";" };
        let definition = format!("{} {}{options} AS\n{}{end}", target.kind, target.name, view.definition);
        let mut node = self.node(rank::VIEW, &view.name, &target, format!("CREATE {definition}"));
        node.needs = self.refs([view.definition.as_str()]);
        if !view.materialized {
            let statement = |sql| Statement::new(Part::Object, target.object.clone(), sql);
            let columns = statement(format!("CREATE VIEW {} AS\n SELECT {};", target.name, columns(view)));
            node.placeholder = Some((columns, statement(format!("CREATE OR REPLACE {definition}"))));
        }
        node.statements.extend(self.about(&target, &view.about));
        for column in &view.columns {
            node.statements.extend(self.column_comment(&target, column));
            node.statements.extend(self.column_grants(&target, &column.name, &column.grants));
        }
        Some(node)
    }
}

pub(super) fn target(view: &View) -> Target {
    let kind = if view.materialized { "MATERIALIZED VIEW" } else { "VIEW" };
    Target::new(format!("{} {}", kind.to_lowercase(), view.name), kind, "TABLE", qualified(&view.name))
}

/// The columns alone, with nothing in them.
fn columns(view: &View) -> String {
    let column = |column: &crate::schema::Column| {
        let collation = column.collation.as_ref().map(|name| format!(" COLLATE {}", requoted(name)));
        format!("NULL::{}{} AS {}", column.data_type, collation.unwrap_or_default(), ident(&column.name))
    };
    view.columns.iter().map(column).collect::<Vec<_>>().join(",\n    ")
}
