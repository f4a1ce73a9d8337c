//! Enums, domains, composite and range types.

use super::order::Node;
use super::quote::{ident, literal, qualified, requoted};
use super::refs::Use;
use super::remarks::{Target, comment_on};
use super::{Part, Statement, Writer, rank};
use crate::render::describe;
use crate::schema::{Check, CompositeType, Domain, EnumType, RangeType};

impl Writer<'_> {
    pub(super) fn enum_type(&self, object: &EnumType) -> Node {
        let target = Target::new(format!("type {}", object.name), "TYPE", "TYPE", qualified(&object.name));
        let labels: Vec<_> = object.labels.iter().map(|label| format!("\n    {}", literal(label))).collect();
        let sql = format!("CREATE TYPE {} AS ENUM ({}\n);", target.name, labels.join(","));
        let mut node = self.node(rank::ENUM, &object.name, &target, sql);
        node.statements.extend(self.about(&target, &object.about));
        node
    }

    pub(super) fn domain(&self, object: &Domain) -> Node {
        let target = Target::new(format!("domain {}", object.name), "DOMAIN", "TYPE", qualified(&object.name));
        let mut sql = format!("CREATE DOMAIN {} AS {}", target.name, object.data_type);
        if let Some(collation) = &object.collation {
            sql.push_str(&format!(" COLLATE {}", requoted(collation)));
        }
        let default = object.default.as_ref().filter(|text| !self.calls(text));
        if let Some(default) = default {
            sql.push_str(&format!(" DEFAULT {default}"));
        }
        if object.not_null {
            sql.push_str(" NOT NULL");
        }
        for check in object.checks.iter().filter(|check| self.domain_check_is_inline(check)) {
            sql.push_str(&format!("\n    CONSTRAINT {} {}", ident(&check.name), describe::check(check)));
        }
        let mut node = self.node(rank::DOMAIN, &object.name, &target, sql + ";");
        let used = [Some(object.data_type.as_str()), default.map(String::as_str)];
        node.needs = self.refs(used.into_iter().flatten());
        for check in object.checks.iter().filter(|check| self.domain_check_is_inline(check)) {
            node.needs.append(&mut self.refs([check.expression.as_str()]));
        }
        node.statements.extend(self.about(&target, &object.about));
        for check in object.checks.iter().filter(|check| self.domain_check_is_inline(check)) {
            node.statements.extend(domain_check_comment(object, check));
        }
        node
    }

    /// What calls a function of the schema's own waits until that is there: it may take this very domain.
    fn domain_check_is_inline(&self, check: &Check) -> bool {
        !check.not_valid && !self.calls(&check.expression)
    }

    /// Defaults and checks of domains that the domain was made without.
    pub(super) fn finish_domain(&mut self, object: &Domain) {
        let name = qualified(&object.name);
        if let Some(default) = object.default.as_ref().filter(|text| self.calls(text)) {
            let sql = format!("ALTER DOMAIN {name} SET DEFAULT {default};");
            self.add(Part::Object, format!("default of domain {}", object.name), sql);
        }
        for check in object.checks.iter().filter(|check| !self.domain_check_is_inline(check)).collect::<Vec<_>>() {
            let what = format!("check {} of domain {}", ident(&check.name), object.name);
            let sql = format!("ALTER DOMAIN {name} ADD CONSTRAINT {} {};", ident(&check.name), describe::check(check));
            self.add(Part::Object, what, sql);
            self.statements.extend(domain_check_comment(object, check));
        }
    }

    pub(super) fn composite(&self, object: &CompositeType) -> Node {
        let target = Target::new(format!("type {}", object.name), "TYPE", "TYPE", qualified(&object.name));
        let attributes: Vec<_> = object
            .attributes
            .iter()
            .map(|column| {
                let collation = column.collation.as_ref().map(|name| format!(" COLLATE {}", requoted(name)));
                format!("\n    {} {}{}", ident(&column.name), column.data_type, collation.unwrap_or_default())
            })
            .collect();
        let sql = format!("CREATE TYPE {} AS ({}\n);", target.name, attributes.join(","));
        let mut node = self.node(rank::COMPOSITE, &object.name, &target, sql);
        node.needs = self.refs(object.attributes.iter().map(|column| column.data_type.as_str()));
        node.statements.extend(self.about(&target, &object.about));
        for column in &object.attributes {
            node.statements.extend(self.column_comment(&target, column));
        }
        node
    }

    pub(super) fn range(&self, object: &RangeType) -> Node {
        let target = Target::new(format!("type {}", object.name), "TYPE", "TYPE", qualified(&object.name));
        let name_of = |text: &Option<String>| text.as_ref().map(|text| requoted(text));
        let settings = [
            ("SUBTYPE", Some(object.subtype.clone())),
            ("SUBTYPE_OPCLASS", name_of(&object.operator_class)),
            ("COLLATION", name_of(&object.collation)),
            ("CANONICAL", name_of(&object.canonical)),
            ("SUBTYPE_DIFF", name_of(&object.subtype_diff)),
            ("MULTIRANGE_TYPE_NAME", name_of(&object.multirange)),
        ];
        let given = settings.into_iter().filter_map(|(word, value)| Some(format!("\n    {word} = {}", value?)));
        let sql = format!("CREATE TYPE {} AS RANGE ({}\n);", target.name, given.collect::<Vec<_>>().join(","));
        let mut node = self.node(rank::RANGE, &object.name, &target, sql);
        node.needs = self.refs([object.subtype.as_str()]);
        for function in [&object.canonical, &object.subtype_diff].into_iter().flatten() {
            node.needs.extend(function.parse().ok().map(|name| (name, Use::Call)));
        }
        // The constructors, and the multirange that comes with it.
        node.provides.push((object.name.clone(), Use::Call));
        if let Some(multirange) = object.multirange.as_ref().and_then(|text| text.parse().ok()) {
            node.provides.push((multirange, Use::Name));
        }
        if object.canonical.is_some() {
            // The function takes the type, and the type names the function.
            let shell = Statement::new(Part::Object, target.object.clone(), format!("CREATE TYPE {};", target.name));
            node.placeholder = Some((shell, node.statements[0].clone()));
        }
        node.statements.extend(self.about(&target, &object.about));
        node
    }
}

fn domain_check_comment(domain: &Domain, check: &Check) -> Option<Statement> {
    let what = format!("check {} of domain {}", ident(&check.name), domain.name);
    let on = format!("CONSTRAINT {} ON DOMAIN {}", ident(&check.name), qualified(&domain.name));
    comment_on(&what, &on, check.comment.as_deref())
}
