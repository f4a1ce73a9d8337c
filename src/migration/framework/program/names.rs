//! Frameworks that know a migration by the name of its file.

use super::Folder;
use crate::migration::framework::program as migration;
use crate::migration::{Migration, text};

/// Rails (`ActiveRecord::MigrationContext`): `TIMESTAMP_title.rb` at any depth, by number, zeros in front not counted.
pub(super) fn rails(_: &Folder, files: &[&str]) -> Vec<Migration> {
    numbered(files, ".rb")
}

/// Ecto (`Ecto.Migrator`): `TIMESTAMP_title.exs` at any depth, by number.
pub(super) fn ecto(_: &Folder, files: &[&str]) -> Vec<Migration> {
    numbered(files, ".exs")
}

fn numbered(files: &[&str], ending: &str) -> Vec<Migration> {
    let mut out: Vec<Migration> = files
        .iter()
        .filter_map(|path| {
            let stem = text::file_name(path).strip_suffix(ending)?;
            let (digits, rest) = text::leading_digits(stem);
            let title = rest.strip_prefix('_')?;
            (!digits.is_empty()).then(|| migration(path, digits, title, ""))
        })
        .collect();
    out.sort_by(|a, b| text::compare_numbers(&a.version, &b.version).then_with(|| a.path.cmp(&b.path)));
    out
}

/// Knex (`migration-list-resolver.js`) and Sequelize (umzug): the whole file name, in the order of names. The same
/// migration may lie here in TypeScript and have run as JavaScript, so what ends the name does not count.
pub(super) fn scripts(_: &Folder, files: &[&str]) -> Vec<Migration> {
    let mut out: Vec<Migration> = files
        .iter()
        .filter(|path| !path.contains('/') && !path.ends_with(".d.ts"))
        .map(|path| {
            let stem = stem(path);
            let (digits, rest) = text::leading_digits(stem);
            let version = if digits.is_empty() { stem } else { digits };
            migration(path, version, rest.trim_start_matches(['_', '-']), stem)
        })
        .collect();
    out.sort_by(|a, b| a.path.cmp(&b.path));
    out
}

/// A file's name without its last ending.
pub(crate) fn stem(path: &str) -> &str {
    let name = text::file_name(path);
    name.rsplit_once('.').map_or(name, |(stem, _)| stem)
}

/// SeaORM (`sea-orm-migration`): the module's name, in the order in which the migrator lists them.
pub(super) fn seaorm(folder: &Folder, files: &[&str]) -> Vec<Migration> {
    let migrator: String = files.iter().filter(|path| stem(path) == "lib").map(|path| folder.peek(path)).collect();
    let modules = files.iter().filter(|path| !matches!(stem(path), "lib" | "main" | "mod"));
    let mut out: Vec<(usize, Migration)> = modules
        .map(|path| {
            let name = if text::file_name(path) == "mod.rs" { text::file_name(text::parent(path)) } else { stem(path) };
            let place = migrator.find(&format!("{name}::Migration")).unwrap_or(usize::MAX);
            (place, migration(path, name, name, ""))
        })
        .collect();
    out.sort_by(|(a, x), (b, y)| a.cmp(b).then_with(|| x.version.cmp(&y.version)));
    out.into_iter().map(|(_, migration)| migration).collect()
}

/// TypeORM (`MigrationExecutor.ts`): the class's `name`, else the name of the class; its last 13 digits are the order.
pub(super) fn typeorm(folder: &Folder, files: &[&str]) -> Vec<Migration> {
    let mut out: Vec<Migration> = files
        .iter()
        .filter(|path| !path.ends_with(".d.ts"))
        .filter_map(|path| {
            let source = folder.peek(path);
            let class = word_after(&source, "class ")?;
            let name = quoted_after(&source, &["name ="]).or_else(|| quoted_after(&source, &["name: string ="]));
            let name = name.or_else(|| quoted_after(&source, &["name=", "name:"])).unwrap_or(class);
            let digits = name.len().checked_sub(13).and_then(|at| name.get(at..));
            let digits = digits.filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))?;
            Some(migration(path, digits, name.trim_end_matches(digits), name))
        })
        .collect();
    out.sort_by(|a, b| a.version.cmp(&b.version).then_with(|| a.path.cmp(&b.path)));
    out
}

fn word_after<'a>(source: &'a str, before: &str) -> Option<&'a str> {
    let rest = source.split_once(before)?.1;
    let end = rest.find(|char: char| !char.is_alphanumeric() && char != '_' && char != '$').unwrap_or(rest.len());
    rest.get(..end).filter(|word| !word.is_empty())
}

/// The quoted text that follows right after one of `before`, where that stands as a word of its own.
fn quoted_after<'a>(source: &'a str, before: &[&str]) -> Option<&'a str> {
    before.iter().find_map(|before| {
        source.match_indices(before).find_map(|(at, _)| {
            let alone = source[..at].chars().next_back().is_none_or(|char| !char.is_alphanumeric() && char != '_');
            let rest = source[at + before.len()..].trim_start();
            let quote = rest.chars().next().filter(|char| alone && matches!(char, '\'' | '"' | '`'))?;
            rest[1..].split(quote).next()
        })
    })
}
