//! Constraints of tables and domains, read from columns and flags and not from their text.

use tokio_postgres::Row;

use super::build::{Build, class};
use super::cells::Cells;
use super::sqltext;
use crate::schema::{
    Check, Exclusion, ForeignKey, MatchType, NamedNotNull, QualifiedName, ReferentialAction, Table, UniqueKey,
};

/// Foreign keys that refer to a partitioned table have a hidden twin for every partition of it (`conparentid` names a
/// constraint of the same table): those are left out.
pub(super) fn sql(server: u32) -> String {
    let set_columns = if server >= 150_000 { "k.confdelsetcols" } else { "NULL::int2[]" };
    let (enforced, period) = if server >= 180_000 { ("k.conenforced", "k.conperiod") } else { ("true", "false") };
    format!(
        "\
SELECT k.oid, k.conrelid, k.contypid, k.conname::text, k.contype::text, k.condeferrable, k.condeferred,
  k.convalidated, {enforced}, k.conislocal, k.connoinherit, k.conindid, k.conkey, k.confrelid, k.confkey,
  k.confupdtype::text, k.confdeltype::text, k.confmatchtype::text, {set_columns}, {period},
  CASE k.contype WHEN 'c' THEN pg_get_expr(k.conbin, k.conrelid) WHEN 'x' THEN pg_get_constraintdef(k.oid) END
FROM pg_constraint k
LEFT JOIN pg_constraint p ON p.oid = k.conparentid
WHERE k.oid >= 16384 AND k.contype IN ('p', 'u', 'f', 'c', 'x', 'n')
  AND (k.contype <> 'f' OR p.conrelid IS DISTINCT FROM k.conrelid)"
    )
}

/// What every kind of constraint has.
struct Common {
    oid: u32,
    name: String,
    deferrable: bool,
    initially_deferred: bool,
    validated: bool,
    enforced: bool,
    local: bool,
    no_inherit: bool,
    index: u32,
    columns: Vec<String>,
}

impl Common {
    /// What is not enforced is never validated: that says nothing more.
    fn not_valid(&self) -> bool {
        !self.validated && self.enforced
    }
}

pub(super) fn read(rows: &[Row], build: &mut Build<'_>) -> Result<(), tokio_postgres::Error> {
    for row in rows {
        let mut cells = Cells::new(row);
        let oid: u32 = cells.next()?;
        let relation: u32 = cells.next()?;
        let domain: u32 = cells.next()?;
        let name: String = cells.next()?;
        let kind: &str = cells.next()?;
        let mut common = Common {
            oid,
            name,
            deferrable: cells.next()?,
            initially_deferred: cells.next()?,
            validated: cells.next()?,
            enforced: cells.next()?,
            local: cells.next()?,
            no_inherit: cells.next()?,
            index: cells.next()?,
            columns: Vec::new(),
        };
        if domain != 0 {
            if let (Some(at), "c") = (build.domains.get(&domain).copied(), kind) {
                let name = build.schema.domains[at].name.clone();
                let check = check(build, common, relation, Some(&name), row.try_get(20)?);
                build.schema.domains[at].checks.push(check);
            }
            continue;
        }
        if build.table_mut(relation).is_none() {
            continue;
        }
        let numbers: Option<Vec<i16>> = cells.next()?;
        common.columns = build.column_names(relation, &numbers.unwrap_or_default());
        match kind {
            "p" | "u" => {
                let without_overlaps = row.try_get(19)?;
                let key = unique_key(build, common, without_overlaps);
                edit(build, relation, |table| {
                    if kind == "p" { table.primary_key = Some(key) } else { table.unique_keys.push(key) }
                });
            }
            "f" => {
                let key = foreign_key(&mut cells, build, common, relation)?;
                edit(build, relation, |table| table.foreign_keys.push(key));
            }
            "c" => {
                let check = check(build, common, relation, None, row.try_get(20)?);
                edit(build, relation, |table| table.checks.push(check));
            }
            "x" => {
                let exclusion = exclusion(build, common, relation, row.try_get(20)?);
                edit(build, relation, |table| table.exclusions.push(exclusion));
            }
            _ => not_null(build, common, relation),
        }
    }
    Ok(())
}

fn edit(build: &mut Build<'_>, relation: u32, change: impl FnOnce(&mut Table)) {
    if let Some(table) = build.table_mut(relation) {
        change(table);
    }
}

fn unique_key(build: &mut Build<'_>, common: Common, without_overlaps: bool) -> UniqueKey {
    let comment = build.comment(class::CONSTRAINT, common.oid);
    let index = build.key_indexes.remove(&common.index).unwrap_or_default();
    UniqueKey {
        name: common.name,
        columns: common.columns,
        nulls_not_distinct: index.nulls_not_distinct,
        include: index.include,
        options: index.options,
        replica_identity: index.replica_identity,
        clustered: index.clustered,
        without_overlaps,
        deferrable: common.deferrable,
        initially_deferred: common.initially_deferred,
        comment,
    }
}

/// Reads on after the constraint's own columns.
fn foreign_key(
    cells: &mut Cells<'_>,
    build: &mut Build<'_>,
    common: Common,
    relation: u32,
) -> Result<ForeignKey, tokio_postgres::Error> {
    let referenced: u32 = cells.next()?;
    let numbers: Option<Vec<i16>> = cells.next()?;
    let on_update = action(cells.next()?);
    let on_delete = action(cells.next()?);
    let match_type = match cells.next()? {
        "f" => MatchType::Full,
        "p" => MatchType::Partial,
        _ => MatchType::Simple,
    };
    let set_columns: Option<Vec<i16>> = cells.next()?;
    let not_valid = common.not_valid();
    Ok(ForeignKey {
        references: build.relation_name(referenced).unwrap_or_default(),
        referenced_columns: build.column_names(referenced, &numbers.unwrap_or_default()),
        match_type,
        on_update,
        on_delete,
        on_delete_columns: build.column_names(relation, &set_columns.unwrap_or_default()),
        deferrable: common.deferrable,
        initially_deferred: common.initially_deferred,
        not_valid,
        not_enforced: !common.enforced,
        period: cells.next()?,
        is_virtual: false,
        comment: build.comment(class::CONSTRAINT, common.oid),
        name: common.name,
        columns: common.columns,
    })
}

fn action(letter: &str) -> ReferentialAction {
    match letter {
        "r" => ReferentialAction::Restrict,
        "c" => ReferentialAction::Cascade,
        "n" => ReferentialAction::SetNull,
        "d" => ReferentialAction::SetDefault,
        _ => ReferentialAction::NoAction,
    }
}

/// Of a table, or of a domain where that is named.
fn check(
    build: &mut Build<'_>,
    common: Common,
    relation: u32,
    domain: Option<&QualifiedName>,
    expression: Option<String>,
) -> Check {
    let expression = match domain {
        Some(name) => build.required(expression, || format!("domain {name}")),
        None => build.required_of(relation, expression),
    };
    Check {
        expression: sqltext::without_outer_parentheses(&expression).to_owned(),
        no_inherit: common.no_inherit,
        not_valid: common.not_valid(),
        not_enforced: !common.enforced,
        inherited: !common.local,
        comment: build.comment(class::CONSTRAINT, common.oid),
        name: common.name,
    }
}

fn exclusion(build: &mut Build<'_>, common: Common, relation: u32, definition: Option<String>) -> Exclusion {
    let definition = build.required_of(relation, definition);
    // The flags say it.
    let definition = definition.strip_suffix(" INITIALLY DEFERRED").unwrap_or(&definition);
    let definition = definition.strip_suffix(" DEFERRABLE").unwrap_or(definition).to_owned();
    Exclusion {
        definition,
        deferrable: common.deferrable,
        initially_deferred: common.initially_deferred,
        comment: build.comment(class::CONSTRAINT, common.oid),
        name: common.name,
    }
}

/// PostgreSQL 18 alone lists them. Only what says more than that the column is not null is kept.
fn not_null(build: &mut Build<'_>, common: Common, relation: u32) {
    let comment = build.comment(class::CONSTRAINT, common.oid);
    let Some(column) = common.columns.first().cloned() else { return };
    let table = build.relations.get(&relation).map(|relation| relation.name.name.as_str()).unwrap_or_default();
    let own_name = common.local && !is_generated_name(&common.name, table, &column);
    if own_name || comment.is_some() || common.no_inherit || common.not_valid() {
        let not_valid = common.not_valid();
        let named = NamedNotNull { name: common.name, column, no_inherit: common.no_inherit, not_valid, comment };
        edit(build, relation, |table| table.not_nulls.push(named));
    }
}

/// Whether PostgreSQL made the name: `<table>_<column>_not_null`, shortened to 63 bytes, with a number where it was
/// taken. Renaming a table or a column leaves the constraint's name as it was, so one of the two may differ: a
/// PostgreSQL 17 that went through the same history has no such constraint, and must print the same.
fn is_generated_name(name: &str, table: &str, column: &str) -> bool {
    let base = name.trim_end_matches(|c: char| c.is_ascii_digit());
    let Some(stem) = base.strip_suffix("_not_null") else { return false };
    let shortened = base.len() >= 60 && stem.split('_').next().is_some_and(|start| table.starts_with(start));
    stem.strip_suffix(column).is_some_and(|rest| rest.ends_with('_'))
        || stem.strip_prefix(table).is_some_and(|rest| rest.starts_with('_'))
        || shortened
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn generated_not_null_names_are_told_from_given_ones() {
        assert!(is_generated_name("orders_total_not_null", "orders", "total"));
        assert!(is_generated_name("orders_total_not_null1", "orders", "total"));
        assert!(is_generated_name("old_orders_total_not_null", "orders", "total"));
        assert!(is_generated_name("orders_sum_not_null", "orders", "total"));
        assert!(!is_generated_name("total_is_known", "orders", "total"));
        assert!(!is_generated_name("must_have_not_null", "orders", "total"));
        let long = "a_table_with_a_very_long_name_that_postgres_has_to_cut_not_null";
        assert!(is_generated_name(long, "a_table_with_a_very_long_name_that_postgres_has_to_cut_somewhere", "id"));
    }
}
