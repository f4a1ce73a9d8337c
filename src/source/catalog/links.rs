//! What belongs to what: objects to their extension, children to their parents, views to what they read.

use tokio_postgres::Row;

use super::build::Build;
use super::cells::Cells;

pub(super) const SQL: &str = "\
SELECT 'member', classid, objid, 0, refobjid FROM pg_depend
  WHERE deptype = 'e' AND refclassid = 'pg_extension'::regclass
UNION ALL
SELECT 'child', 0::oid, inhrelid, inhseqno, inhparent FROM pg_inherits
UNION ALL
SELECT DISTINCT 'view', 0::oid, r.ev_class, 0, d.refobjid
  FROM pg_rewrite r
  JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid
  WHERE r.rulename = '_RETURN' AND r.oid >= 16384
    AND d.refclassid = 'pg_class'::regclass AND d.refobjid <> r.ev_class";

pub(super) fn read(rows: &[Row], build: &mut Build<'_>) -> Result<(), tokio_postgres::Error> {
    let mut children: Vec<(u32, i32, u32)> = Vec::new();
    for row in rows {
        let mut cells = Cells::new(row);
        let kind: &str = cells.next()?;
        let catalog: u32 = cells.next()?;
        let object: u32 = cells.next()?;
        let sequence: i32 = cells.next()?;
        let other: u32 = cells.next()?;
        match kind {
            "member" => {
                build.members.insert((catalog, object), other);
            }
            "child" => children.push((object, sequence, other)),
            _ => build.reads.entry(object).or_default().push(other),
        }
    }
    children.sort_unstable();
    for (child, _, parent) in children {
        build.parents.entry(child).or_default().push(parent);
    }
    Ok(())
}
