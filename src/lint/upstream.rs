//! What the upstream branch holds, beside what is here: pure comparison of sets of migrations.
//!
//! Two states of upstream count: where this branch left it (the base), and where it is now (the tip). What differs
//! from the base was changed here; what only the tip has is news that this branch does not know yet, and no removal.

use std::collections::{BTreeMap, BTreeSet};

use crate::migration::{self, DiscoveryError, Migration, MigrationSet, Role, Tree, list_with};

/// What one migration is compared by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unit {
    pub path: String,
    pub version: String,
    /// With `\n` at the end of each line, as git keeps text.
    content: Vec<u8>,
    /// Run again whenever it changes (Flyway's `R__`), so it may change.
    repeatable: bool,
}

/// Migrations by what stays the same when they are edited: the path, and where one file holds several, the version.
pub type Units = BTreeMap<String, Unit>;

/// The upstream branch and this one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Upstream {
    /// For people: `origin/main`.
    pub name: String,
    /// The folder of the migrations, below the root of the repository: for commands that work wherever one stands.
    pub folder: String,
    /// Where this branch left it; the tip where that is not known.
    pub base: Units,
    pub tip: Units,
    pub here: Units,
    /// Keys of the migrations of the tip and of here together, in the order in which the framework applies them.
    pub united: Vec<String>,
    /// Two files of one version that discovery could not put in an order: version, first, second.
    pub duplicates: Vec<(String, String, String)>,
}

/// The migrations of a set with the content of their files.
pub fn units(set: &MigrationSet, files: &Tree) -> Units {
    let mut count: BTreeMap<&str, usize> = BTreeMap::new();
    for migration in &set.migrations {
        *count.entry(migration.path.as_str()).or_default() += 1;
    }
    let unit = |migration: &Migration| {
        let alone = count.get(migration.path.as_str()) == Some(&1);
        // A file of many changesets grows; each of them does not change.
        let content = match files.get(&migration.path) {
            Some(bytes) if alone => bytes.as_slice(),
            _ => migration.sql.as_bytes(),
        };
        let unit = Unit {
            path: migration.path.clone(),
            version: migration.version.clone(),
            content: with_plain_line_ends(content),
            repeatable: matches!(migration.role, Role::OnChange | Role::Always | Role::Callback),
        };
        (key(set, migration), unit)
    };
    set.migrations.iter().map(unit).collect()
}

/// The keys of a set, in its order.
pub fn order(set: &MigrationSet) -> Vec<String> {
    set.migrations.iter().map(|migration| key(set, migration)).collect()
}

fn key(set: &MigrationSet, migration: &Migration) -> String {
    let changesets = set.framework == "liquibase";
    if changesets { format!("{}#{}", migration.path, migration.version) } else { migration.path.clone() }
}

fn with_plain_line_ends(bytes: &[u8]) -> Vec<u8> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut out = Vec::with_capacity(bytes.len());
    for (at, byte) in bytes.iter().enumerate() {
        if *byte != b'\r' || bytes.get(at + 1) != Some(&b'\n') {
            out.push(*byte);
        }
    }
    out
}

/// Every migration of a folder, and pairs of one version that stand in the way of an order.
#[derive(Clone, Debug, Default)]
pub struct Listed {
    pub set: MigrationSet,
    /// Version, first, second. The second is the last migration of the set.
    pub duplicates: Vec<(String, String, String)>,
}

/// Lists a folder as [`list_with`] does; two migrations of one version are no error but a pair.
///
/// # Errors
/// See [`DiscoveryError`].
pub fn list(files: &Tree, options: &migration::Options) -> Result<Listed, DiscoveryError> {
    let mut left = files.clone();
    let mut out = Listed::default();
    let mut aside = Vec::new();
    out.set = loop {
        match list_with(&left, options) {
            Err(DiscoveryError::DuplicateVersion { version, first, second, .. }) if left.contains_key(&second) => {
                let bytes = left.remove(&second).unwrap_or_default();
                aside.push(Tree::from([(second.clone(), bytes)]));
                out.duplicates.push((version, first, second));
            }
            other => break other?,
        }
    };
    let framework = Some(out.set.framework.clone());
    let options = migration::Options { framework, ..options.clone() };
    for alone in aside {
        out.set.migrations.extend(list_with(&alone, &options)?.migrations);
    }
    Ok(out)
}

/// A side on which there are no migrations is an empty one.
fn side(files: &Tree, options: &migration::Options) -> Result<Listed, DiscoveryError> {
    match list(files, options) {
        Err(
            DiscoveryError::Empty
            | DiscoveryError::NothingFound { .. }
            | DiscoveryError::NothingOfFramework { .. }
            | DiscoveryError::DownOnly { .. },
        ) => Ok(Listed::default()),
        other => other,
    }
}

impl Upstream {
    /// Compares the folder here with the same folder at the base and at the tip. `here` is its listing, `options` how
    /// it was listed.
    ///
    /// # Errors
    /// Where the migrations of another side cannot be listed.
    pub fn new(
        name: &str,
        files: &Tree,
        here: &Listed,
        base: &Tree,
        tip: &Tree,
        options: &migration::Options,
    ) -> Result<Self, DiscoveryError> {
        let framework = Some(here.set.framework.clone()).filter(|name| !name.is_empty());
        let options = migration::Options { framework: framework.or(options.framework.clone()), ..options.clone() };
        // What was taken away here is no rival of what took its place.
        let is_gone = |path: &String| base.contains_key(path) && !files.contains_key(path);
        let mut both: Tree =
            tip.iter().filter(|(path, _)| !is_gone(path)).map(|(p, b)| (p.clone(), b.clone())).collect();
        both.extend(files.iter().map(|(path, bytes)| (path.clone(), bytes.clone())));
        let united = side(&both, &options)?;
        Ok(Self {
            name: name.to_owned(),
            folder: String::new(),
            base: units(&side(base, &options)?.set, base),
            tip: units(&side(tip, &options)?.set, tip),
            here: units(&here.set, files),
            united: order(&united.set),
            duplicates: united.duplicates,
        })
    }

    /// The same, of the folder that lies there below the root.
    #[must_use]
    pub fn of_folder(self, folder: &str) -> Self {
        Self { folder: folder.trim_matches('/').to_owned(), ..self }
    }

    /// A path of the folder as a shell hands it to git: from the root (`:/`), wherever one stands.
    pub fn pathspec(&self, path: &str) -> String {
        let slash = if self.folder.is_empty() { "" } else { "/" };
        let whole = format!(":/{}{slash}{path}", self.folder);
        let plain = |c: char| c.is_ascii_alphanumeric() || "_@%+=:,./-".contains(c);
        if whole.chars().all(plain) { whole } else { format!("'{}'", whole.replace('\'', "'\\''")) }
    }

    /// What is here and not at the tip, or not as it is there: by place in the set.
    pub fn pending(&self, set: &MigrationSet) -> BTreeSet<usize> {
        let is_new = |key: &String| match (self.here.get(key), self.tip.get(key)) {
            (Some(here), Some(tip)) => here.content != tip.content && self.changed_here(key),
            _ => true,
        };
        order(set).iter().enumerate().filter(|(_, key)| is_new(key)).map(|(index, _)| index).collect()
    }

    fn changed_here(&self, key: &str) -> bool {
        match (self.here.get(key), self.base.get(key)) {
            (Some(here), Some(base)) => here.content != base.content,
            _ => true,
        }
    }

    /// Migrations that upstream has, and that say something else here.
    pub fn edited(&self) -> Vec<&Unit> {
        let edited = |(key, here): &(&String, &Unit)| {
            let Some(tip) = self.tip.get(*key) else { return false };
            !here.repeatable && here.content != tip.content && self.changed_here(key)
        };
        self.here.iter().filter(edited).map(|(_, unit)| unit).collect()
    }

    /// Migrations that upstream has and this branch took away.
    fn gone(&self) -> Vec<&Unit> {
        let gone = |(key, unit): &(&String, &Unit)| {
            !unit.repeatable && self.base.contains_key(*key) && !self.here.contains_key(*key)
        };
        self.tip.iter().filter(gone).map(|(_, unit)| unit).collect()
    }

    /// Migrations that are here and that upstream has never had, in the framework's order.
    fn fresh(&self) -> Vec<&Unit> {
        let fresh = |key: &&String| !self.tip.contains_key(*key) && !self.base.contains_key(*key);
        self.united.iter().filter(fresh).filter_map(|key| self.here.get(key)).collect()
    }

    /// Migrations of upstream that lie here under another name: as it is there, as it is here.
    pub fn renamed(&self) -> Vec<(&Unit, &Unit)> {
        let mut fresh = self.fresh();
        let mut pairs = Vec::new();
        for gone in self.gone() {
            if let Some(at) = fresh.iter().position(|unit| unit.content == gone.content) {
                pairs.push((gone, fresh.remove(at)));
            }
        }
        pairs
    }

    /// Migrations of upstream that are here under no name.
    pub fn removed(&self) -> Vec<&Unit> {
        let renamed = self.renamed();
        self.gone().into_iter().filter(|unit| !renamed.iter().any(|(gone, _)| gone.path == unit.path)).collect()
    }

    /// New migrations that sort before one that upstream already has: that one, after the new one.
    pub fn out_of_order(&self) -> Vec<(&Unit, &Unit)> {
        let renamed = self.renamed();
        let last = self.united.iter().rposition(|key| self.tip.get(key).is_some_and(|unit| !unit.repeatable));
        let Some(last) = last else { return Vec::new() };
        let Some(newest) = self.tip.get(&self.united[last]) else { return Vec::new() };
        let places: BTreeMap<&str, usize> =
            self.united.iter().enumerate().map(|(place, key)| (key.as_str(), place)).collect();
        let before = |unit: &&Unit| {
            let key = self.united.iter().find(|key| self.here.get(*key).is_some_and(|here| here == *unit));
            let place = key.and_then(|key| places.get(key.as_str()));
            !unit.repeatable
                && place.is_some_and(|place| *place < last)
                && unit.version != newest.version
                && !renamed.iter().any(|(_, new)| new.path == unit.path)
        };
        self.fresh().into_iter().filter(before).map(|unit| (unit, newest)).collect()
    }

    /// New migrations with the version of another: the new one's path, the other's, the version.
    pub fn same_version(&self) -> Vec<(String, String, String)> {
        let is_fresh = |path: &str| !self.tip.values().chain(self.base.values()).any(|unit| unit.path == path);
        let told = |(version, first, second): &(String, String, String)| {
            // The one to be renumbered is the one that upstream does not have.
            let (new, other) = if is_fresh(second) || !is_fresh(first) { (second, first) } else { (first, second) };
            (new.clone(), other.clone(), version.clone())
        };
        self.duplicates.iter().map(told).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(files: &[(&str, &str)]) -> Tree {
        files.iter().map(|(path, text)| ((*path).to_owned(), (*text).as_bytes().to_vec())).collect()
    }

    fn compared(framework: &str, base: &Tree, tip: &Tree, here: &Tree) -> (Upstream, MigrationSet) {
        let options = migration::Options { framework: Some(framework.to_owned()), ..Default::default() };
        let listed = list(here, &options).unwrap();
        (Upstream::new("origin/main", here, &listed, base, tip, &options).unwrap(), listed.set)
    }

    fn upstream(base: &[(&str, &str)], tip: &[(&str, &str)], here: &[(&str, &str)]) -> (Upstream, MigrationSet) {
        compared("plain", &tree(base), &tree(tip), &tree(here))
    }

    fn paths(units: Vec<&Unit>) -> Vec<&str> {
        units.into_iter().map(|unit| unit.path.as_str()).collect()
    }

    const OLD: &[(&str, &str)] = &[("1_a.sql", "select 1;\n"), ("2_b.sql", "select 2;\n")];

    #[test]
    fn a_new_migration_at_the_end_is_fine() {
        let (state, set) = upstream(OLD, OLD, &[OLD[0], OLD[1], ("3_c.sql", "select 3;")]);
        assert_eq!(state.pending(&set), BTreeSet::from([2]));
        assert!(state.edited().is_empty() && state.removed().is_empty() && state.out_of_order().is_empty());
    }

    #[test]
    fn edits_count_and_line_ends_do_not() {
        let (state, set) = upstream(OLD, OLD, &[("1_a.sql", "select 1;\r\n"), ("2_b.sql", "select 3;\n")]);
        assert_eq!(paths(state.edited()), ["2_b.sql"]);
        assert_eq!(state.pending(&set), BTreeSet::from([1]));
    }

    #[test]
    fn paths_are_named_from_the_root() {
        let named = |folder: &str, path: &str| Upstream::default().of_folder(folder).pathspec(path);
        assert_eq!(named("db/migrations/", "1_a.sql"), ":/db/migrations/1_a.sql");
        assert_eq!(named("", "1_a.sql"), ":/1_a.sql");
        assert_eq!(named("m", "1 it's.sql"), r"':/m/1 it'\''s.sql'");
    }

    #[test]
    fn what_upstream_did_meanwhile_is_not_ours() {
        let tip = [("1_a.sql", "changed"), OLD[1], ("3_new.sql", "select 3;")];
        let (state, set) = upstream(OLD, &tip, OLD);
        assert!(state.edited().is_empty() && state.removed().is_empty() && state.pending(&set).is_empty());
    }

    #[test]
    fn removals_and_renames_are_told_apart() {
        let (state, _) = upstream(OLD, OLD, &[OLD[0], ("2_better.sql", "select 2;\n")]);
        assert_eq!(state.renamed().len(), 1);
        assert!(state.removed().is_empty() && state.out_of_order().is_empty());
        let (state, _) = upstream(OLD, OLD, &[OLD[0]]);
        assert_eq!(paths(state.removed()), ["2_b.sql"]);
    }

    #[test]
    fn a_new_one_before_upstreams_last_is_out_of_order_even_when_that_is_not_here() {
        let tip = [OLD[0], OLD[1], ("5_e.sql", "")];
        let (state, _) = upstream(OLD, &tip, &[OLD[0], OLD[1], ("3_c.sql", "x")]);
        let [(new, newest)] = state.out_of_order()[..] else { panic!("{:?}", state.out_of_order()) };
        assert_eq!((new.path.as_str(), newest.path.as_str()), ("3_c.sql", "5_e.sql"));
    }

    #[test]
    fn repeatable_ones_may_change() {
        let old = tree(&[("V1__a.sql", "select 1"), ("R__view.sql", "select 2")]);
        let new = tree(&[("V1__a.sql", "select 1"), ("R__view.sql", "select 3")]);
        let (state, set) = compared("flyway", &old, &old, &new);
        assert!(state.edited().is_empty() && state.out_of_order().is_empty());
        assert_eq!(state.pending(&set).len(), 1);
    }

    #[test]
    fn a_version_that_upstream_took_meanwhile_is_a_duplicate() {
        let old = tree(&[("V1__a.sql", "select 1")]);
        let tip = tree(&[("V1__a.sql", "select 1"), ("V2__theirs.sql", "select 2")]);
        let new = tree(&[("V1__a.sql", "select 1"), ("V2__ours.sql", "select 3")]);
        let (state, _) = compared("flyway", &old, &tip, &new);
        assert_eq!(state.same_version(), [("V2__ours.sql".to_owned(), "V2__theirs.sql".to_owned(), "2".to_owned())]);
    }

    #[test]
    fn two_of_one_version_here_are_both_listed() {
        let here = tree(&[("V1__a.sql", "select 1"), ("V2__b.sql", "select 2"), ("V2__c.sql", "select 3")]);
        let options = migration::Options { framework: Some("flyway".to_owned()), ..Default::default() };
        let listed = list(&here, &options).unwrap();
        assert_eq!((listed.set.migrations.len(), listed.duplicates.len()), (3, 1));
    }

    #[test]
    fn programs_are_compared_by_their_files() {
        let old = tree(&[("20240101000000_create_a.rb", "class CreateA < ActiveRecord::Migration[7.1]\nend\n")]);
        let new = tree(&[("20240101000000_create_a.rb", "class CreateA < ActiveRecord::Migration[7.1]\n\nend\n")]);
        let (state, _) = compared("rails", &old, &old, &new);
        assert_eq!(paths(state.edited()), ["20240101000000_create_a.rb"]);
    }
}
