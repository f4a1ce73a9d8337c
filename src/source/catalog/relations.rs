//! Tables, views, and where everything else that is a relation lives.

use tokio_postgres::Row;

use super::acl::Grantable;
use super::build::{Build, Place, Relation, class};
use super::cells::Cells;
use super::options::{harmless, sorted};
use super::viewdef;
use crate::schema::{
    About, CompositeType, ForeignTable, PartitionKey, PartitionOf, QualifiedName, Table, TableStats, View,
};

/// Relations that a user made. Indexes and TOAST tables are read elsewhere, or not at all.
pub(super) fn sql(stats: bool) -> String {
    let stats = if stats {
        "c.reltuples::int8, CASE WHEN current_setting('server_version_num')::int4 >= 140000 THEN 1 ELSE c.relpages END, CASE WHEN c.relkind IN ('r', 'm') THEN pg_total_relation_size(c.oid) END"
    } else {
        "NULL::int8, NULL::int4, NULL::int8"
    };
    format!(
        "\
SELECT c.oid, c.relnamespace, c.relname::text, c.relkind::text, c.relowner, c.relacl::text[],
  c.relpersistence = 'u', c.reloptions, t.reloptions, a.amname::text, c.relreplident::text, c.relrowsecurity,
  c.relforcerowsecurity, CASE WHEN c.reloftype <> 0 THEN ARRAY[n.nspname::text, o.typname::text] END,
  c.relispartition, CASE WHEN c.relispartition THEN pg_get_expr(c.relpartbound, c.oid) END,
  CASE WHEN c.relkind = 'p' THEN pg_get_partkeydef(c.oid) END,
  CASE WHEN c.relkind IN ('v', 'm') THEN pg_get_viewdef(c.oid) END,
  s.srvname::text, f.ftoptions, {stats}
FROM pg_class c
LEFT JOIN pg_class t ON t.oid = c.reltoastrelid AND t.reloptions IS NOT NULL
LEFT JOIN pg_am a ON a.oid = c.relam
LEFT JOIN pg_type o ON o.oid = c.reloftype
LEFT JOIN pg_namespace n ON n.oid = o.typnamespace
LEFT JOIN pg_foreign_table f ON f.ftrelid = c.oid
LEFT JOIN pg_foreign_server s ON s.oid = f.ftserver
WHERE c.oid >= 16384 AND c.relkind IN ('r', 'p', 'f', 'v', 'm', 'c', 'S')"
    )
}

pub(super) fn read(rows: &[Row], build: &mut Build<'_>) -> Result<(), tokio_postgres::Error> {
    let mut partitions = Vec::new();
    for row in rows {
        let mut cells = Cells::new(row);
        let oid: u32 = cells.next()?;
        let namespace = cells.next()?;
        let Some(name) = build.name(namespace, cells.next()?) else { continue };
        let kind: &str = cells.next()?;
        let owner: u32 = cells.next()?;
        let acl: Option<Vec<String>> = cells.next()?;
        let place = match kind {
            "S" => Place::Sequence,
            "c" => {
                // The type's own row tells the rest.
                build.schema.composites.push(CompositeType { name: name.clone(), ..CompositeType::default() });
                Place::Composite(build.schema.composites.len() - 1)
            }
            "v" | "m" => {
                let about = build.about(class::RELATION, oid, owner, acl.as_deref(), Grantable::Relation);
                let view = view(&mut cells, build, name.clone(), about, kind == "m")?;
                build.schema.views.push(view);
                Place::View(build.schema.views.len() - 1)
            }
            _ => {
                let about = build.about(class::RELATION, oid, owner, acl.as_deref(), Grantable::Relation);
                let (table, bound) = table(&mut cells, build, name.clone(), about, kind)?;
                partitions.extend(bound.map(|bound| (oid, bound)));
                build.schema.tables.push(table);
                Place::Table(build.schema.tables.len() - 1)
            }
        };
        if matches!(kind, "r" | "p" | "f" | "m") && build.options.stats {
            // The last three cells, whatever the kind made of those before.
            let rows: Option<i64> = row.try_get(row.len() - 3)?;
            let pages: Option<i32> = row.try_get(row.len() - 2)?;
            let bytes: Option<i64> = row.try_get(row.len() - 1)?;
            // Before PostgreSQL 14 a table that was never analyzed says 0 rows on 0 pages, since then -1 rows.
            let rows = rows.and_then(|rows| u64::try_from(rows).ok()).filter(|rows| *rows > 0 || pages > Some(0));
            let bytes = bytes.and_then(|bytes| u64::try_from(bytes).ok()).unwrap_or(0);
            build.stats.insert(name.clone(), TableStats { rows, bytes });
        }
        build.relations.insert(oid, Relation { name, place, numbers: Vec::new(), collations: Vec::new() });
    }
    link(build, partitions);
    Ok(())
}

/// Reads on after the privileges.
fn table(
    cells: &mut Cells<'_>,
    build: &mut Build<'_>,
    name: QualifiedName,
    about: About,
    kind: &str,
) -> Result<(Table, Option<String>), tokio_postgres::Error> {
    let unlogged = cells.next()?;
    let mut options = sorted(cells.next()?);
    options.extend(sorted(cells.next()?).iter().map(|option| format!("toast.{option}")));
    let access_method = cells.text()?.filter(|method| method != "heap");
    let replica_identity = match cells.next()? {
        // A foreign table always says "n".
        _ if kind == "f" => None,
        "f" => Some("full".to_owned()),
        "n" => Some("nothing".to_owned()),
        "i" => Some("index".to_owned()),
        _ => None,
    };
    let row_security = cells.next()?;
    let force_row_security = cells.next()?;
    let of_type = super::build::pair(cells.next()?);
    let is_partition: bool = cells.next()?;
    let bound: Option<String> = cells.next()?;
    let bound = is_partition.then(|| build.required(bound, || format!("partition {name}")));
    let key: Option<String> = cells.next()?;
    let partition_key = (kind == "p").then(|| {
        let definition = build.required(key, || format!("table {name}"));
        let strategy = definition.split(' ').next().unwrap_or_default().to_lowercase();
        PartitionKey { strategy, definition }
    });
    let _definition: Option<&str> = cells.next()?;
    let server: Option<String> = cells.next()?;
    let foreign_options = cells.next()?;
    let foreign = server.map(|server| ForeignTable { server, options: harmless(foreign_options) });
    let table = Table {
        name,
        about,
        unlogged,
        partition_key,
        foreign,
        of_type,
        access_method,
        options,
        replica_identity,
        row_security,
        force_row_security,
        ..Table::default()
    };
    Ok((table, bound))
}

/// Reads on after the privileges.
fn view(
    cells: &mut Cells<'_>,
    build: &mut Build<'_>,
    name: QualifiedName,
    about: About,
    materialized: bool,
) -> Result<View, tokio_postgres::Error> {
    let _unlogged: bool = cells.next()?;
    let options = sorted(cells.next()?);
    let mut definition = None;
    for _ in 0..9 {
        cells.skip();
    }
    if let Some(text) = cells.next::<Option<&str>>()? {
        definition = Some(viewdef::normalized(text));
    }
    let definition = build.required(definition, || format!("view {name}"));
    Ok(View { name, about, materialized, options, definition, ..View::default() })
}

/// Parents and dependencies, once every relation has a name.
fn link(build: &mut Build<'_>, partitions: Vec<(u32, String)>) {
    for (oid, bound) in partitions {
        let parent = build.parents.get(&oid).and_then(|parents| parents.first()).copied();
        let parent = parent.and_then(|parent| build.relation_name(parent)).unwrap_or_default();
        if let Some(table) = build.table_mut(oid) {
            table.partition_of = Some(PartitionOf { parent, bound });
        }
    }
    let parents = std::mem::take(&mut build.parents);
    for (child, parents) in &parents {
        let names: Vec<_> = parents.iter().filter_map(|parent| build.relation_name(*parent)).collect();
        if let Some(table) = build.table_mut(*child).filter(|table| table.partition_of.is_none()) {
            table.inherits = names;
        }
    }
    build.parents = parents;
    let reads = std::mem::take(&mut build.reads);
    for (view, read) in &reads {
        let names: Vec<_> = read
            .iter()
            .filter(|oid| matches!(build.place(**oid), Some(Place::Table(_) | Place::View(_))))
            .filter_map(|oid| build.relation_name(*oid))
            .collect();
        if let Some(view) = build.view_mut(*view) {
            view.depends_on = names;
        }
    }
}
