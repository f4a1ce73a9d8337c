//! The set as rules see it: which migrations are linted, where a thing is, and what comments let pass.

use std::cell::OnceCell;
use std::collections::BTreeMap;

use super::finding::{Finding, Severity, Source};
use super::ignore::Ignores;
use super::options::{self, Selection};
use super::statements::{self, Statement};
use super::upstream::Upstream;
use super::{Input, squawk};
use crate::migration::statement::{Name, Shape};
use crate::migration::{Migration, Tree};

mod soften;

#[cfg(test)]
pub(super) use soften::{ONCE, SOFTENED};

/// Everything that a rule may look at.
#[derive(Debug)]
pub(crate) struct Context<'a> {
    pub(crate) framework: &'a str,
    pub(crate) upstream: Option<&'a Upstream>,
    /// The whole set, in its order.
    pub(crate) migrations: Vec<Prepared<'a>>,
    /// Tables that pending migrations make and nothing before them did; none where it is not known what is pending.
    new_tables: Vec<Name>,
    /// Indexes that pending migrations make by name, with their tables.
    new_indexes: Vec<(String, Name)>,
    /// The first place of each path in the set.
    places: BTreeMap<&'a str, usize>,
}

/// One migration, read once for every rule.
#[derive(Debug)]
pub(crate) struct Prepared<'a> {
    pub(crate) migration: &'a Migration,
    /// Whether it is linted, and not only looked at.
    pub(crate) pending: bool,
    pub(crate) source: Source,
    statements: OnceCell<Vec<Statement>>,
    ignores: Ignores,
}

impl<'a> Context<'a> {
    pub(crate) fn new(input: &Input<'a>) -> Self {
        let prepare = |(index, migration): (usize, &'a Migration)| {
            let source = Source::new(&migration.sql, migration.first_line);
            let ignores = Ignores::read(&source, &head(input.files, migration), options::known);
            let pending = input.pending.is_none_or(|pending| pending.contains(&index));
            Prepared { migration, pending, source, statements: OnceCell::new(), ignores }
        };
        let migrations: Vec<Prepared<'a>> = input.set.migrations.iter().enumerate().map(prepare).collect();
        let mut places = BTreeMap::new();
        for (index, migration) in input.set.migrations.iter().enumerate() {
            places.entry(migration.path.as_str()).or_insert(index);
        }
        let mut out = Self {
            framework: &input.set.framework,
            upstream: input.upstream,
            migrations,
            new_tables: Vec::new(),
            new_indexes: Vec::new(),
            places,
        };
        if input.pending.is_some() {
            out.note_what_is_new();
        }
        out
    }

    fn note_what_is_new(&mut self) {
        let (mut tables, mut indexes) = (Vec::new(), Vec::new());
        for statement in self.pending().flat_map(Prepared::statements) {
            tables.extend(statement.created().cloned());
            if let Shape::CreateIndex(index) = &statement.what.shape {
                indexes.extend(index.index.clone().map(|name| (name, index.table.clone())));
            }
        }
        if !tables.is_empty() {
            let names = |text: &str| tables.iter().any(|table: &Name| statements::mentions(text, &table.name));
            let before = self.migrations.iter().filter(|old| !old.pending && names(&old.source.text));
            let old: Vec<&Name> = before.flat_map(Prepared::statements).filter_map(Statement::created).collect();
            tables.retain(|table: &Name| !old.iter().any(|name| name.may_be(table)));
        }
        (self.new_tables, self.new_indexes) = (tables, indexes);
    }

    /// Whether nobody can use this table yet.
    pub(crate) fn is_new(&self, table: &Name) -> bool {
        self.new_tables.iter().any(|name| name.may_be(table))
    }

    /// What is linted.
    pub(crate) fn pending(&self) -> impl Iterator<Item = &Prepared<'a>> {
        self.migrations.iter().filter(|prepared| prepared.pending)
    }

    /// Whether a comment lets it pass.
    pub(crate) fn ignored(&self, finding: &Finding) -> bool {
        let mut of_file = self.migrations.iter().filter(|prepared| prepared.migration.path == finding.path);
        match &finding.place {
            None => of_file.any(|prepared| prepared.ignores.cover(&finding.rule, None)),
            Some(place) => of_file.any(|prepared| {
                let same = std::sync::Arc::ptr_eq(&prepared.source.text, &place.source.text);
                same && prepared.ignores.cover(&finding.rule, Some(prepared.source.row(place.source.range.start)))
            }),
        }
    }

    /// Findings stand in the order of the set, then of the file.
    pub(crate) fn order(&self, finding: &Finding) -> (usize, usize, usize) {
        let place = self.places.get(finding.path.as_str()).copied().unwrap_or(usize::MAX);
        let start = finding.place.as_ref().map_or((0, 0), |place| (place.line, place.column));
        (place, start.0, start.1)
    }
}

impl Prepared<'_> {
    pub(crate) fn finding(
        &self,
        rule: &str,
        severity: Severity,
        range: std::ops::Range<usize>,
        message: impl Into<String>,
        help: impl Into<Option<String>>,
    ) -> Finding {
        Finding {
            rule: rule.to_owned(),
            severity,
            message: message.into(),
            help: help.into(),
            path: self.migration.path.clone(),
            place: Some(self.source.place(range)),
        }
    }

    pub(crate) fn statements(&self) -> &[Statement] {
        self.statements.get_or_init(|| statements::read(&self.source.text, self.migration.transactional))
    }

    fn statement_at(&self, offset: usize) -> Option<&Statement> {
        self.statements().iter().find(|statement| statement.range.contains(&offset))
    }

    /// What squawk says about it, and what its ignore comments of ours name that is no rule.
    pub(crate) fn squawk(&self, context: &Context<'_>, selection: &Selection) -> Vec<Finding> {
        let lint = |text: &str, rules: &[squawk_linter::Rule]| {
            squawk::lint(text, rules, selection.version, self.migration.transactional)
        };
        let mut raw = lint(&self.source.text, &selection.squawk);
        if !context.new_tables.is_empty() {
            raw.retain(|raw| !context.is_softened(&raw.rule, self, raw.range.start));
            if raw.iter().any(|raw| soften::ONCE.contains(&raw.rule.as_str()))
                && let Some(text) = context.without_harmless(self)
            {
                raw.retain(|raw| !soften::ONCE.contains(&raw.rule.as_str()));
                let once = |rule: &&squawk_linter::Rule| soften::ONCE.contains(&rule.to_string().as_str());
                let rules: Vec<squawk_linter::Rule> = selection.squawk.iter().filter(once).copied().collect();
                raw.extend(lint(&text, &rules));
            }
        }
        let mut findings: Vec<Finding> = raw
            .into_iter()
            .filter(|raw| !names_our_rule(raw))
            .map(|raw| {
                let severity = if raw.rule == squawk::SYNTAX_ERROR { Severity::Error } else { Severity::Warning };
                self.finding(&raw.rule, severity, raw.range, raw.message, raw.help)
            })
            .collect();
        findings.extend(self.ignores.unknown.iter().map(|(name, range)| {
            let message = format!("unknown name {name}");
            self.finding(squawk::UNUSED_IGNORE, Severity::Warning, range.clone(), message, None)
        }));
        findings
    }
}

/// squawk does not know that an ignore comment of its own may name a rule of ours.
fn names_our_rule(raw: &squawk::Raw) -> bool {
    raw.rule == squawk::UNUSED_IGNORE && raw.message.strip_prefix("unknown name ").is_some_and(options::is_ours)
}

/// What stands in the file before the part that goes up.
fn head(files: &Tree, migration: &Migration) -> String {
    if migration.first_line <= 1 {
        return String::new();
    }
    let Some(bytes) = files.get(&migration.path) else { return String::new() };
    let text = String::from_utf8_lossy(bytes);
    text.split_inclusive('\n').take(migration.first_line - 1).collect()
}
