//! Kinds of object that the model does not hold: one gap for each kind, so that nothing is silently missing.

use std::collections::BTreeMap;

use tokio_postgres::Row;

use super::build::Build;
use super::cells::Cells;
use crate::schema::{Gap, GapKind};

/// What extensions own is told by the extension. Multiranges and array types come with their type; `umuser` is 0 for
/// a mapping of everybody.
pub(super) const SQL: &str = "\
SELECT o.kind, o.name FROM (
  SELECT 'operators' AS kind, 'pg_operator'::regclass AS class, oid, oid::regoperator::text AS name FROM pg_operator
  UNION ALL SELECT 'operator classes', 'pg_opclass'::regclass, c.oid, n.nspname || '.' || c.opcname
    FROM pg_opclass c JOIN pg_namespace n ON n.oid = c.opcnamespace
  UNION ALL SELECT 'operator families', 'pg_opfamily'::regclass, f.oid, n.nspname || '.' || f.opfname
    FROM pg_opfamily f JOIN pg_namespace n ON n.oid = f.opfnamespace
  UNION ALL SELECT 'casts', 'pg_cast'::regclass, oid,
    format_type(castsource, NULL) || ' as ' || format_type(casttarget, NULL) FROM pg_cast
  UNION ALL SELECT 'collations', 'pg_collation'::regclass, c.oid, n.nspname || '.' || c.collname
    FROM pg_collation c JOIN pg_namespace n ON n.oid = c.collnamespace
  UNION ALL SELECT 'conversions', 'pg_conversion'::regclass, c.oid, n.nspname || '.' || c.conname
    FROM pg_conversion c JOIN pg_namespace n ON n.oid = c.connamespace
  UNION ALL SELECT 'text search configurations', 'pg_ts_config'::regclass, c.oid, n.nspname || '.' || c.cfgname
    FROM pg_ts_config c JOIN pg_namespace n ON n.oid = c.cfgnamespace
  UNION ALL SELECT 'text search dictionaries', 'pg_ts_dict'::regclass, c.oid, n.nspname || '.' || c.dictname
    FROM pg_ts_dict c JOIN pg_namespace n ON n.oid = c.dictnamespace
  UNION ALL SELECT 'text search parsers', 'pg_ts_parser'::regclass, c.oid, n.nspname || '.' || c.prsname
    FROM pg_ts_parser c JOIN pg_namespace n ON n.oid = c.prsnamespace
  UNION ALL SELECT 'text search templates', 'pg_ts_template'::regclass, c.oid, n.nspname || '.' || c.tmplname
    FROM pg_ts_template c JOIN pg_namespace n ON n.oid = c.tmplnamespace
  UNION ALL SELECT 'access methods', 'pg_am'::regclass, oid, amname::text FROM pg_am
  UNION ALL SELECT 'languages', 'pg_language'::regclass, oid, lanname::text FROM pg_language
    WHERE lanname <> 'plpgsql'
  UNION ALL SELECT 'transforms', 'pg_transform'::regclass, t.oid,
    format_type(t.trftype, NULL) || ' for ' || l.lanname FROM pg_transform t JOIN pg_language l ON l.oid = t.trflang
  UNION ALL SELECT 'foreign-data wrappers', 'pg_foreign_data_wrapper'::regclass, oid, fdwname::text
    FROM pg_foreign_data_wrapper
  UNION ALL SELECT 'base types', 'pg_type'::regclass, t.oid, n.nspname || '.' || t.typname
    FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace LEFT JOIN pg_type e ON e.oid = t.typelem
    WHERE t.typtype IN ('b', 'p') AND (e.typarray IS NULL OR e.typarray <> t.oid)
) o
WHERE o.oid >= 16384 AND NOT EXISTS (SELECT FROM pg_depend d
  WHERE d.classid = o.class AND d.objid = o.oid AND d.deptype IN ('e', 'i'))
UNION ALL
SELECT 'user mappings', usename || ' on ' || srvname FROM pg_user_mappings
UNION ALL
SELECT 'subscriptions', subname::text FROM pg_subscription
  WHERE subdbid = (SELECT oid FROM pg_database WHERE datname = current_database())
UNION ALL
SELECT 'default privileges', coalesce(n.nspname, 'every schema') || ' by ' || r.rolname || ' on '
  || CASE a.defaclobjtype WHEN 'r' THEN 'tables' WHEN 'S' THEN 'sequences' WHEN 'f' THEN 'functions'
    WHEN 'T' THEN 'types' WHEN 'n' THEN 'schemas' ELSE 'large objects' END
  FROM pg_default_acl a JOIN pg_roles r ON r.oid = a.defaclrole LEFT JOIN pg_namespace n ON n.oid = a.defaclnamespace
UNION ALL
SELECT 'security labels', provider || ' on ' || objtype || ' ' || objname FROM pg_seclabels
  WHERE classoid NOT IN ('pg_database'::regclass, 'pg_tablespace'::regclass, 'pg_authid'::regclass)";

/// How many names of a kind are worth listing.
const LISTED: usize = 10;

pub(super) fn read(rows: &[Row], build: &mut Build<'_>) -> Result<(), tokio_postgres::Error> {
    let mut kinds: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for row in rows {
        let mut cells = Cells::new(row);
        let kind = cells.next()?;
        let name: Option<String> = cells.next()?;
        kinds.entry(kind).or_default().push(name.unwrap_or_default());
    }
    build.gaps.extend(kinds.into_iter().map(|(kind, names)| gap(kind, names)));
    Ok(())
}

fn gap(scope: String, mut names: Vec<String>) -> Gap {
    names.sort();
    let count = names.len();
    let verb = if count == 1 { "is" } else { "are" };
    let mut list = names[..count.min(LISTED)].join(", ");
    if count > LISTED {
        list.push_str(&format!(" and {} more", count - LISTED));
    }
    Gap { kind: GapKind::NotCharted, scope, reason: format!("{count} {verb} there and not charted: {list}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lists_are_cut_and_sorted() {
        let names = (0..12).rev().map(|n| format!("n{n:02}")).collect();
        assert_eq!(
            gap("casts".into(), names).reason,
            "12 are there and not charted: n00, n01, n02, n03, n04, n05, n06, n07, n08, n09 and 2 more"
        );
        assert_eq!(gap("casts".into(), vec!["a".into()]).reason, "1 is there and not charted: a");
    }
}
