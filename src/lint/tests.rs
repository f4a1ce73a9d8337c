use super::*;
use crate::migration::discover;

fn tree(files: &[(&str, &str)]) -> Tree {
    files.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec())).collect()
}

fn found(framework: &str, files: &[(&str, &str)], options: &Options) -> Vec<Finding> {
    let files = tree(files);
    let set = discover(&files, Some(framework)).unwrap();
    run(&Input { set: &set, files: &files, pending: None, upstream: None, options }).unwrap()
}

#[test]
fn findings_have_the_lines_of_the_file() {
    let text = "-- +goose Up\n\ndrop table a;\n-- +goose Down\ndrop table b;\n";
    let options = Options { only: vec!["ban-drop-table".into()], ..Options::default() };
    let findings = found("goose", &[("1_a.sql", text)], &options);
    assert_eq!(findings.len(), 1);
    assert_eq!(findings[0].place.as_ref().unwrap().line, 3);
}

#[test]
fn severities_may_be_changed() {
    let severity = [("ban-drop-table".to_owned(), Severity::Error)].into();
    let options = Options { only: vec!["ban-drop-table".into()], severity, ..Options::default() };
    assert_eq!(found("plain", &[("a.sql", "drop table a;")], &options)[0].severity, Severity::Error);
}

#[test]
fn ignore_comments_may_name_any_rule_in_either_spelling() {
    let options = Options { only: vec!["ban-drop-table".into(), "unused-ignore".into()], ..Options::default() };
    let text = "-- tidegate-ignore ban-drop-table\ndrop table a;\n-- squawk-ignore migration-edited\ndrop table b;";
    let findings = found("plain", &[("a.sql", text)], &options);
    assert_eq!(findings.iter().map(|finding| finding.rule.as_str()).collect::<Vec<_>>(), ["ban-drop-table"]);
}

/// The SQL blocks of a page by what they are for: `sql bad 1_x.sql` is a file of the bad example.
fn blocks(page: &str, what: &str) -> Vec<(String, String)> {
    let fence = format!("```sql {what} ");
    let parts = page.split(&fence).skip(1).map(|rest| {
        let (name, rest) = rest.split_once('\n').unwrap();
        (name.to_owned(), rest.split("```").next().unwrap().to_owned())
    });
    parts.collect()
}

#[test]
fn every_page_shows_what_its_rule_finds_and_what_it_does_not() {
    for rule in rules::ALL {
        let page = rules::page(rule.name).unwrap_or_else(|| panic!("docs/rules/{}.md is not built in", rule.name));
        assert!(page.starts_with(&format!("# {}\n", rule.name)), "{}", rule.name);
        assert!(page.contains(&format!("\nSeverity: {}.", rule.severity)), "{}", rule.name);
        let tree = |what: &str| -> Tree {
            blocks(page, what).into_iter().map(|(name, text)| (name, text.into_bytes())).collect()
        };
        let old = tree("upstream");
        let framework = if page.contains("With Flyway") { "flyway" } else { "sqlx" };
        let how = crate::migration::Options { framework: Some(framework.to_owned()), ..Default::default() };
        let found = |files: &Tree| {
            let listed = upstream::list(files, &how).unwrap();
            let upstream = Upstream::new("origin/main", files, &listed, &old, &old, &how).unwrap();
            let pending = upstream.pending(&listed.set);
            let options = Options { only: vec![rule.name.to_owned()], ..Options::default() };
            let (pending, upstream) = (Some(&pending), Some(&upstream));
            run(&Input { set: &listed.set, files, pending, upstream, options: &options }).unwrap()
        };
        let bad = found(&tree("bad"));
        assert!(!bad.is_empty() && bad.iter().all(|finding| finding.rule == rule.name), "{}: {bad:#?}", rule.name);
        assert!(bad.iter().all(|finding| finding.help.is_some()), "{}", rule.name);
        let good = found(&tree("good"));
        assert!(good.is_empty() && !blocks(page, "good").is_empty(), "{}: {good:#?}", rule.name);
    }
    assert_eq!(rules::PAGES.len(), rules::ALL.len());
}

#[test]
fn the_guide_names_every_rule_of_ours_and_every_one_that_is_softened() {
    let guide = include_str!("../../docs/guide/lint.md");
    for rule in rules::ALL {
        let row = format!("| [`{0}`](../rules/{0}.md) | {1} | {2} |", rule.name, rule.severity, rule.summary);
        assert!(guide.contains(&row), "docs/guide/lint.md lacks: {row}");
    }
    for name in context::SOFTENED.iter().chain(context::ONCE) {
        assert!(guide.contains(&format!("`{name}`")), "docs/guide/lint.md does not say that {name} is softened");
    }
}

#[test]
fn advice_has_no_marker_where_no_framework_is_known() {
    let text = "begin; select 1; vacuum t; commit;";
    let options = Options { only: vec!["fails-in-transaction".into()], ..Options::default() };
    let findings = found("plain", &[("a.sql", text)], &options);
    assert_eq!(findings[0].help.as_deref(), Some("Put it after the COMMIT."));
}
