//! Row-level-security policies.

use tokio_postgres::Row;

use super::build::{Build, class};
use super::cells::Cells;
use super::sqltext;
use crate::schema::{Policy, PolicyCommand};

pub(super) const SQL: &str = "\
SELECT oid, polrelid, polname::text, polpermissive, polcmd::text, polroles, polqual IS NOT NULL,
  pg_get_expr(polqual, polrelid), polwithcheck IS NOT NULL, pg_get_expr(polwithcheck, polrelid)
FROM pg_policy";

pub(super) fn read(rows: &[Row], build: &mut Build<'_>) -> Result<(), tokio_postgres::Error> {
    for row in rows {
        let mut cells = Cells::new(row);
        let oid: u32 = cells.next()?;
        let relation: u32 = cells.next()?;
        let name: String = cells.next()?;
        let restrictive = !cells.next::<bool>()?;
        let command = match cells.next()? {
            "r" => PolicyCommand::Select,
            "a" => PolicyCommand::Insert,
            "w" => PolicyCommand::Update,
            "d" => PolicyCommand::Delete,
            _ => PolicyCommand::All,
        };
        let roles: Vec<u32> = cells.next()?;
        let using = expression(&mut cells, build, relation)?;
        let check = expression(&mut cells, build, relation)?;
        let mut roles: Vec<String> = roles.iter().map(|role| role_name(build, *role)).collect();
        roles.sort();
        let comment = build.comment(class::POLICY, oid);
        let policy = Policy { name, restrictive, command, roles, using, check, comment };
        if let Some(table) = build.table_mut(relation) {
            table.policies.push(policy);
        }
    }
    Ok(())
}

/// Two cells: whether there is one, and its text.
fn expression(
    cells: &mut Cells<'_>,
    build: &mut Build<'_>,
    relation: u32,
) -> Result<Option<String>, tokio_postgres::Error> {
    let present: bool = cells.next()?;
    let text: Option<String> = cells.next()?;
    Ok(present.then(|| {
        let text = build.required_of(relation, text);
        sqltext::without_outer_parentheses(&text).to_owned()
    }))
}

fn role_name(build: &Build<'_>, role: u32) -> String {
    if role == 0 { "PUBLIC".to_owned() } else { build.roles.get(&role).cloned().unwrap_or_else(|| role.to_string()) }
}
