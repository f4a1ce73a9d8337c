//! Publications of logical replication.

use tokio_postgres::Row;

use super::acl::Grantable;
use super::build::{Build, class};
use super::cells::Cells;
use super::sqltext;
use crate::schema::{Publication, PublishedTable};

/// Row filters, column lists and whole schemas came with PostgreSQL 15.
pub(super) fn sql(server: u32) -> String {
    let via_root = if server >= 130_000 { "p.pubviaroot" } else { "false" };
    let (schemas, columns, filter) = if server >= 150_000 {
        (
            "ARRAY(SELECT pnnspid FROM pg_publication_namespace WHERE pnpubid = p.oid)",
            "prattrs::text",
            "pg_get_expr(prqual, prrelid)",
        )
    } else {
        ("NULL::oid[]", "NULL::text", "NULL::text")
    };
    format!(
        "\
SELECT p.oid, p.pubname::text, p.pubowner, p.puballtables, p.pubinsert, p.pubupdate, p.pubdelete, p.pubtruncate,
  {via_root}, {schemas}, r.relations, r.columns, r.filters
FROM pg_publication p
LEFT JOIN (SELECT prpubid, array_agg(prrelid ORDER BY prrelid) AS relations,
  array_agg({columns} ORDER BY prrelid) AS columns, array_agg({filter} ORDER BY prrelid) AS filters
  FROM pg_publication_rel GROUP BY prpubid) r ON r.prpubid = p.oid"
    )
}

pub(super) fn read(rows: &[Row], build: &mut Build<'_>) -> Result<(), tokio_postgres::Error> {
    for row in rows {
        let mut cells = Cells::new(row);
        let oid: u32 = cells.next()?;
        let name = cells.next()?;
        let about = build.about(class::PUBLICATION, oid, cells.next()?, None, Grantable::Other);
        let all_tables = cells.next()?;
        let mut operations = Vec::new();
        for operation in ["insert", "update", "delete", "truncate"] {
            if cells.next()? {
                operations.push(operation.to_owned());
            }
        }
        let via_partition_root = cells.next()?;
        let schemas: Option<Vec<u32>> = cells.next()?;
        let relations: Option<Vec<u32>> = cells.next()?;
        let columns: Option<Vec<Option<String>>> = cells.next()?;
        let filters: Option<Vec<Option<String>>> = cells.next()?;
        let (columns, filters) = (columns.unwrap_or_default(), filters.unwrap_or_default());
        let tables = relations.unwrap_or_default().into_iter().zip(columns.into_iter().zip(filters));
        let published = |(relation, (columns, filter)): (u32, (Option<String>, Option<String>))| {
            let numbers = columns.map(|text| text.split(' ').filter_map(|number| number.parse().ok()).collect());
            Some(PublishedTable {
                name: build.relation_name(relation)?,
                columns: build.column_names(relation, &numbers.unwrap_or_else(Vec::<i16>::new)),
                filter: filter.map(|text| sqltext::without_outer_parentheses(&text).to_owned()),
            })
        };
        let tables = tables.filter_map(published).collect();
        let schemas = schemas.unwrap_or_default();
        let schemas = schemas.iter().filter_map(|oid| build.namespaces.get(oid)).cloned().collect();
        build.schema.publications.push(Publication {
            name,
            about,
            all_tables,
            schemas,
            tables,
            operations,
            via_partition_root,
        });
    }
    Ok(())
}
