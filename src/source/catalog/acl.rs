//! Privileges: from `aclitem` texts to what differs from the state that PostgreSQL or an extension sets up.

use std::collections::BTreeMap;

use crate::schema::Grant;

/// What PostgreSQL grants by itself on a new object (`acldefault`), where that is more than the owner's own rights.
#[derive(Clone, Debug, Default)]
pub(super) struct Defaults {
    pub(super) routine: Vec<String>,
    pub(super) data_type: Vec<String>,
}

/// What a list of privileges belongs to, as far as it matters for reading it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Grantable {
    Relation,
    Routine,
    DataType,
    Other,
}

/// One `grantee=letters/grantor`.
struct Item<'a> {
    grantee: String,
    letters: &'a str,
    grantor: String,
}

/// Reads a name as `aclitem` prints it: bare, or in double quotes with inner ones doubled.
fn role_name(text: &str) -> (String, &str) {
    let mut name = String::new();
    let mut rest = text.char_indices().peekable();
    let mut quoted = false;
    while let Some((at, c)) = rest.next() {
        match c {
            '"' if quoted && rest.peek().is_some_and(|(_, next)| *next == '"') => {
                name.push('"');
                rest.next();
            }
            '"' => quoted = !quoted,
            '=' | '/' if !quoted => return (name, &text[at..]),
            other => name.push(other),
        }
    }
    (name, "")
}

fn item(text: &str) -> Option<Item<'_>> {
    let (grantee, rest) = role_name(text);
    let (letters, grantor) = rest.strip_prefix('=')?.split_once('/')?;
    Some(Item { grantee, letters, grantor: role_name(grantor).0 })
}

fn privilege(letter: char) -> Option<&'static str> {
    Some(match letter {
        'r' => "SELECT",
        'a' => "INSERT",
        'w' => "UPDATE",
        'd' => "DELETE",
        'D' => "TRUNCATE",
        'x' => "REFERENCES",
        't' => "TRIGGER",
        'm' => "MAINTAIN",
        'X' => "EXECUTE",
        'U' => "USAGE",
        'C' => "CREATE",
        'c' => "CONNECT",
        'T' => "TEMPORARY",
        's' => "SET",
        'A' => "ALTER SYSTEM",
        _ => return None,
    })
}

/// By role and privilege, whether it may be granted on. The owner's own rights are no news and are left out.
fn held(items: &[String], owner: &str) -> BTreeMap<(String, &'static str), bool> {
    let mut held = BTreeMap::new();
    for item in items.iter().filter_map(|text| item(text)) {
        if item.grantee == owner || item.grantee == item.grantor {
            continue;
        }
        let role = if item.grantee.is_empty() { "PUBLIC".to_owned() } else { item.grantee };
        let mut letters = item.letters.chars().peekable();
        while let Some(letter) = letters.next() {
            let grantable = letters.next_if_eq(&'*').is_some();
            if let Some(privilege) = privilege(letter) {
                *held.entry((role.clone(), privilege)).or_insert(false) |= grantable;
            }
        }
    }
    held
}

/// The difference between what is granted and the state before anybody granted or revoked.
pub(super) fn grants(acl: &[String], before: &[String], owner: &str, on: Grantable) -> Vec<Grant> {
    let (now, before) = (held(acl, owner), held(before, owner));
    // Keyed by role, then revoked, then grantable.
    let mut found: BTreeMap<(String, bool, bool), Vec<String>> = BTreeMap::new();
    for ((role, privilege), grantable) in &now {
        if before.get(&(role.clone(), *privilege)) != Some(grantable) {
            found.entry((role.clone(), false, *grantable)).or_default().push((*privilege).to_owned());
        }
    }
    for (role, privilege) in before.keys() {
        if !now.contains_key(&(role.clone(), *privilege)) {
            found.entry((role.clone(), true, false)).or_default().push((*privilege).to_owned());
        }
    }
    found
        .into_iter()
        .map(|((role, revoked, grantable), privileges)| Grant {
            role,
            privileges: if on == Grantable::Relation { without_maintain(privileges) } else { privileges },
            grantable,
            revoked,
        })
        .collect()
}

/// `GRANT ALL` on a table says the same before and after PostgreSQL 17, which added `MAINTAIN` to it: where the seven
/// older privileges come with it, they alone are listed.
fn without_maintain(mut privileges: Vec<String>) -> Vec<String> {
    if privileges.len() == 8 {
        privileges.retain(|privilege| privilege != "MAINTAIN");
    }
    privileges
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own(items: &[&str]) -> Vec<String> {
        items.iter().map(|item| item.to_string()).collect()
    }

    fn texts(grants: &[Grant]) -> Vec<String> {
        grants
            .iter()
            .map(|grant| {
                let flags =
                    format!("{}{}", if grant.grantable { "*" } else { "" }, if grant.revoked { "-" } else { "" });
                format!("{}{flags}: {}", grant.role, grant.privileges.join(","))
            })
            .collect()
    }

    #[test]
    fn the_owners_rights_are_left_out_and_options_kept_apart() {
        let acl = own(&["app=arwdDxt/app", "reader=r/app", "\"odd=\"\"role\"=r*w/app", "=r/app"]);
        assert_eq!(
            texts(&grants(&acl, &[], "app", Grantable::Relation)),
            ["PUBLIC: SELECT", "odd=\"role: UPDATE", "odd=\"role*: SELECT", "reader: SELECT"]
        );
    }

    #[test]
    fn what_is_given_by_default_shows_only_when_it_is_taken_away() {
        let default = own(&["=X/app", "app=X/app"]);
        assert_eq!(texts(&grants(&own(&["=X/app", "app=X/app"]), &default, "app", Grantable::Routine)), [""; 0]);
        assert_eq!(texts(&grants(&own(&["app=X/app"]), &default, "app", Grantable::Routine)), ["PUBLIC-: EXECUTE"]);
    }

    #[test]
    fn grant_all_reads_the_same_before_and_after_maintain() {
        let old = grants(&own(&["x=arwdDxt/app"]), &[], "app", Grantable::Relation);
        let new = grants(&own(&["x=arwdDxtm/app"]), &[], "app", Grantable::Relation);
        assert_eq!(old, new);
        assert_eq!(texts(&grants(&own(&["x=rm/app"]), &[], "app", Grantable::Relation)), ["x: MAINTAIN,SELECT"]);
    }
}
