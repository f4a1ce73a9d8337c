//! Migrations that upstream already has are history: somebody has run them.

use super::Own;
use crate::lint::context::Context;
use crate::lint::finding::{Finding, Severity};

pub(super) const EDITED: Own = Own {
    name: "migration-edited",
    severity: Severity::Error,
    summary: "A migration that upstream already has says something else here.",
    check: edited,
};

pub(super) const REMOVED: Own = Own {
    name: "migration-removed",
    severity: Severity::Error,
    summary: "A migration that upstream already has is not here.",
    check: removed,
};

pub(super) const RENAMED: Own = Own {
    name: "migration-renamed",
    severity: Severity::Error,
    summary: "A migration that upstream already has lies here under another name.",
    check: renamed,
};

pub(super) const OUT_OF_ORDER: Own = Own {
    name: "migration-out-of-order",
    severity: Severity::Error,
    summary: "A new migration sorts before one that upstream already has.",
    check: out_of_order,
};

pub(super) const DUPLICATE_VERSION: Own = Own {
    name: "migration-duplicate-version",
    severity: Severity::Error,
    summary: "Two migrations have one version.",
    check: duplicate_version,
};

fn about_file(rule: &Own, path: &str, message: String, help: String) -> Finding {
    Finding {
        rule: rule.name.to_owned(),
        severity: rule.severity,
        message,
        help: Some(help),
        path: path.to_owned(),
        place: None,
    }
}

fn edited(context: &Context<'_>, out: &mut Vec<Finding>) {
    let Some(upstream) = context.upstream else { return };
    for unit in upstream.edited() {
        out.push(about_file(
            &EDITED,
            &unit.path,
            format!(
                "This migration is on {} already, and says something else here. Databases that have run it will not \
                 run it again.",
                upstream.name
            ),
            format!(
                "Put the file back as it is on {0} (git restore --source={0} -- {1}) and write a new migration for \
                 the change.",
                upstream.name,
                upstream.pathspec(&unit.path)
            ),
        ));
    }
}

fn removed(context: &Context<'_>, out: &mut Vec<Finding>) {
    let Some(upstream) = context.upstream else { return };
    for unit in upstream.removed() {
        out.push(about_file(
            &REMOVED,
            &unit.path,
            format!(
                "This migration is on {} and is not here. Databases that have run it keep what it did, and new ones \
                 will not have it.",
                upstream.name
            ),
            format!(
                "Put it back (git restore --source={0} -- {1}) and write a new migration that undoes it.",
                upstream.name,
                upstream.pathspec(&unit.path)
            ),
        ));
    }
}

fn renamed(context: &Context<'_>, out: &mut Vec<Finding>) {
    let Some(upstream) = context.upstream else { return };
    for (old, new) in upstream.renamed() {
        out.push(about_file(
            &RENAMED,
            &new.path,
            format!(
                "On {} this migration is called {}. Databases that have run it under that name take it for a new one.",
                upstream.name, old.path
            ),
            format!("Give it its old name back: {}", old.path),
        ));
    }
}

fn out_of_order(context: &Context<'_>, out: &mut Vec<Finding>) {
    let Some(upstream) = context.upstream else { return };
    for (new, newest) in upstream.out_of_order() {
        out.push(about_file(
            &OUT_OF_ORDER,
            &new.path,
            format!(
                "This migration is new and sorts before {}, which is on {} already. Where that one has run, this one \
                 is skipped, refused, or run in another order than on a new database.",
                newest.path, upstream.name
            ),
            "Give it a version after the last one of upstream.".to_owned(),
        ));
    }
}

fn duplicate_version(context: &Context<'_>, out: &mut Vec<Finding>) {
    let Some(upstream) = context.upstream else { return };
    for (new, other, version) in upstream.same_version() {
        out.push(about_file(
            &DUPLICATE_VERSION,
            &new,
            format!("This migration has version {version}, and so has {other}. Which one runs is not said."),
            "Give the newer one a version of its own, after the last one.".to_owned(),
        ));
    }
}

#[cfg(test)]
mod tests {
    use crate::lint::upstream::{self, Upstream};
    use crate::lint::{Input, Options, run};
    use crate::migration::{self, Tree};

    fn tree(files: &[(&str, &str)]) -> Tree {
        files.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec())).collect()
    }

    fn findings(old: &[(&str, &str)], new: &[(&str, &str)]) -> Vec<(String, String)> {
        let (old, new) = (tree(old), tree(new));
        let how = migration::Options { framework: Some("plain".to_owned()), ..Default::default() };
        let listed = upstream::list(&new, &how).unwrap();
        let upstream = Upstream::new("origin/main", &new, &listed, &old, &old, &how).unwrap();
        let pending = upstream.pending(&listed.set);
        let input = Input {
            set: &listed.set,
            files: &new,
            pending: Some(&pending),
            upstream: Some(&upstream),
            options: &Options::default(),
        };
        run(&input).unwrap().into_iter().map(|finding| (finding.rule, finding.path)).collect()
    }

    #[test]
    fn each_has_its_finding() {
        let old = [("1.sql", "select 1;"), ("2.sql", "select 2;"), ("4.sql", "select 4;"), ("6.sql", "select 6;")];
        let new = [("1.sql", "select 11;"), ("3.sql", "select 3;"), ("5.sql", "select 4;"), ("6.sql", "select 6;")];
        let pair = |rule: &str, path: &str| (rule.to_owned(), path.to_owned());
        assert_eq!(
            findings(&old, &new),
            [
                pair("migration-edited", "1.sql"),
                pair("migration-out-of-order", "3.sql"),
                pair("migration-renamed", "5.sql"),
                pair("migration-removed", "2.sql"),
            ]
        );
    }

    #[test]
    fn a_comment_in_the_file_lets_an_edit_pass() {
        let new = [("1.sql", "-- tidegate-ignore-file migration-edited -- agreed with everybody\nselect 2;")];
        assert!(findings(&[("1.sql", "select 1;")], &new).is_empty());
    }
}
