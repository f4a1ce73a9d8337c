//! Alembic and Django: migrations that name what they come after.
//!
//! Read from the text, without running it: assignments of names to quoted strings, lists and tuples of them. What a
//! file computes is not seen; a name that is not there is told when the history is compared.

use std::collections::BTreeMap;

use super::Folder;
use super::names::stem;
use crate::migration::framework::program as migration;
use crate::migration::{Migration, text};

/// Alembic (`script/revision.py`): `revision` and `down_revision`, from the roots to the heads.
pub(super) fn alembic(folder: &Folder, files: &[&str]) -> Vec<Migration> {
    let mut out = Vec::new();
    for path in files {
        let source = folder.peek(path);
        let Some(revision) = assigned(&source, "revision").and_then(|text| strings(text).into_iter().next()) else {
            continue;
        };
        let name = stem(path);
        let title = name.strip_prefix(&format!("{revision}_")).unwrap_or(name);
        let mut migration = migration(path, &revision, title, "");
        for name in ["down_revision", "depends_on"] {
            migration.after.extend(assigned(&source, name).map(strings).unwrap_or_default());
        }
        out.push(migration);
    }
    in_order(out)
}

/// Django (`migrations/loader.py`): app and name. The app is the folder that holds `migrations`, unless its `apps.py`
/// gives another label.
pub(super) fn django(folder: &Folder, files: &[&str]) -> Vec<Migration> {
    let mut out = Vec::new();
    for path in files {
        let name = stem(path);
        if name.starts_with(['_', '~']) {
            continue;
        }
        let inside = text::parent(path);
        let inside = inside.strip_suffix("migrations").map_or(inside, |app| app.trim_end_matches('/'));
        let location = folder.options.hints.location.as_deref().unwrap_or_default();
        let around = location.strip_suffix("migrations").unwrap_or(location).trim_end_matches('/');
        let label = assigned(&folder.peek(&format!("{inside}/apps.py")), "label").and_then(|text| strings(text).pop());
        let app = if inside.is_empty() { text::file_name(around) } else { text::file_name(inside) };
        let app = label.unwrap_or_else(|| app.to_owned());
        let source = folder.peek(path);
        let mut migration = migration(path, name.split('_').next().unwrap_or(name), name, &format!("{app}.{name}"));
        migration.name = format!("{app}.{name}");
        migration.after = pairs(assigned(&source, "dependencies").unwrap_or_default());
        migration.replaces = pairs(assigned(&source, "replaces").unwrap_or_default());
        out.push(migration);
    }
    in_order(out)
}

/// What comes after `name =` (or `name: type =`) at the start of a line: up to the line's end, or to the bracket that
/// closes the one which it opens.
fn assigned<'a>(source: &'a str, name: &str) -> Option<&'a str> {
    let mut at = 0;
    for line in source.split_inclusive('\n') {
        let here = at;
        at += line.len();
        let Some(rest) = line.trim_start().strip_prefix(name) else { continue };
        let Some((before, _)) = rest.split_once('=').filter(|(_, after)| !after.starts_with('=')) else { continue };
        if !(before.trim().is_empty() || before.trim_start().starts_with(':')) {
            continue;
        }
        let start = here + (line.len() - rest.len()) + before.len() + 1;
        return Some(value(&source[start..]));
    }
    None
}

fn value(text: &str) -> &str {
    let mut depth = 0usize;
    let mut quote = None;
    for (at, char) in text.char_indices() {
        match (quote, char) {
            (Some(open), char) if char == open => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(char),
            (None, '[' | '(') => depth += 1,
            (None, ']' | ')') => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return &text[..=at];
                }
            }
            (None, '\n') if depth == 0 => return &text[..at],
            _ => {}
        }
    }
    text
}

/// The quoted strings in a value, without those behind a `#`.
fn strings(value: &str) -> Vec<String> {
    let mut out = Vec::new();
    let mut rest = value;
    while let Some(at) = rest.find(['\'', '"', '#']) {
        let mark = rest[at..].chars().next().unwrap_or('#');
        rest = &rest[at + 1..];
        if mark == '#' {
            rest = rest.split_once('\n').map_or("", |(_, rest)| rest);
        } else if let Some((text, after)) = rest.split_once(mark) {
            out.push(text.to_owned());
            rest = after;
        }
    }
    out
}

/// `("app", "name")` pairs as `app.name`. A dependency on a setting (`swappable_dependency`) names no migration.
fn pairs(value: &str) -> Vec<String> {
    let inner = value.trim().trim_start_matches(['[', '(']);
    let tuples = inner.split('(').filter_map(|part| part.split_once(')').map(|(inside, _)| inside));
    tuples
        .filter_map(|inside| match strings(inside).as_slice() {
            [app, name] => Some(format!("{app}.{name}")),
            _ => None,
        })
        .collect()
}

/// Each after what it names; of those that are ready, by key.
fn in_order(migrations: Vec<Migration>) -> Vec<Migration> {
    let mut waiting: BTreeMap<String, Migration> =
        migrations.into_iter().map(|migration| (migration.key().to_owned(), migration)).collect();
    let mut out = Vec::new();
    while !waiting.is_empty() {
        let ready = waiting.iter().find(|(_, migration)| migration.after.iter().all(|key| !waiting.contains_key(key)));
        // A ring has no order of its own: the framework refuses it, and here the first by name breaks it.
        let Some(key) = ready.or_else(|| waiting.iter().next()).map(|(key, _)| key.clone()) else { break };
        out.extend(waiting.remove(&key));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_from_the_text() {
        let source = "revision: str = 'abc'  # \"not\"\ndown_revision = (\n    'a',\n    \"b\",  # 'c'\n)\nx = 1\n";
        assert_eq!(assigned(source, "revision").map(strings), Some(vec!["abc".to_owned()]));
        assert_eq!(assigned(source, "down_revision").map(strings), Some(vec!["a".to_owned(), "b".to_owned()]));
        assert_eq!(assigned("down_revision = None\n", "down_revision").map(strings), Some(Vec::new()));
        let django = "    dependencies = [\n        ('shop', '0001_initial'),\n        \
                      migrations.swappable_dependency(settings.AUTH_USER_MODEL),\n        (\"auth\", \"0002_x\"),\n    ]\n";
        assert_eq!(pairs(assigned(django, "dependencies").unwrap()), ["shop.0001_initial", "auth.0002_x"]);
    }
}
