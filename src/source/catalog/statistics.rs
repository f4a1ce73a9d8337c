//! Extended statistics.

use tokio_postgres::Row;

use super::acl::Grantable;
use super::build::{Build, class};
use super::cells::Cells;
use super::sqltext;
use crate::schema::Statistics;

pub(super) fn sql(server: u32) -> String {
    let expressions = if server >= 140_000 { "pg_get_statisticsobjdef_expressions(oid)" } else { "NULL::text[]" };
    format!(
        "SELECT oid, stxnamespace, stxname::text, stxowner, stxrelid, stxkeys::int2[], stxkind::text[], {expressions} \
         FROM pg_statistic_ext"
    )
}

pub(super) fn read(rows: &[Row], build: &mut Build<'_>) -> Result<(), tokio_postgres::Error> {
    for row in rows {
        let mut cells = Cells::new(row);
        let oid: u32 = cells.next()?;
        let namespace = cells.next()?;
        let Some(name) = build.name(namespace, cells.next()?) else { continue };
        let about = build.about(class::STATISTICS, oid, cells.next()?, None, Grantable::Other);
        let relation: u32 = cells.next()?;
        let Some(table) = build.relation_name(relation) else { continue };
        let mut numbers: Vec<i16> = cells.next()?;
        numbers.sort_unstable();
        let letters: Vec<String> = cells.next()?;
        let expressions: Option<Vec<String>> = cells.next()?;
        let kinds = [("f", "dependencies"), ("m", "mcv"), ("d", "ndistinct")];
        let kinds = kinds.iter().filter(|(letter, _)| letters.iter().any(|own| own == letter));
        let mut on = build.column_names(relation, &numbers);
        let expressions = expressions.unwrap_or_default();
        on.extend(expressions.iter().map(|text| sqltext::with_single_parentheses(text).to_owned()));
        build.schema.statistics.push(Statistics {
            name,
            about,
            table,
            kinds: kinds.map(|(_, kind)| (*kind).to_owned()).collect(),
            on,
        });
    }
    Ok(())
}
