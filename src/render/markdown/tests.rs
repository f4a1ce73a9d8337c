use std::collections::BTreeMap;

use super::*;
use crate::render::ViewOptions;
use crate::schema::testing::{large, sample};
use crate::schema::{Gap, Schema};

fn files(layout: Layout) -> BTreeMap<String, String> {
    let (schema, gaps) = sample();
    files_of(&schema, &gaps, layout)
}

fn files_of(schema: &Schema, gaps: &[Gap], layout: Layout) -> BTreeMap<String, String> {
    let view = View::new(schema, gaps, None, &ViewOptions::default());
    let templates = Templates::new(&BTreeMap::new()).unwrap();
    let options = MarkdownOptions { layout, ..MarkdownOptions::default() };
    let files = render(&view, &options, &templates).unwrap();
    files.into_iter().map(|file| (file.path, String::from_utf8(file.bytes).unwrap())).collect()
}

#[test]
fn pages() {
    let mut all = String::new();
    for (path, text) in files(Layout::Pages) {
        all.push_str(&format!("=== {path}\n{text}"));
    }
    insta::assert_snapshot!(all);
}

#[test]
fn single() {
    let files = files(Layout::Single);
    assert_eq!(files.keys().collect::<Vec<_>>(), ["schema.md"]);
    insta::assert_snapshot!(files["schema.md"]);
}

/// The anchors that readers make of a page's headings, numbered where one occurs again.
fn anchors(text: &str) -> Vec<String> {
    let mut anchors: Vec<String> = Vec::new();
    let mut fenced = false;
    for line in text.lines() {
        fenced ^= line.starts_with("```");
        if fenced || !line.starts_with('#') {
            continue;
        }
        let heading = line.trim_start_matches('#').trim().replace('\\', "").to_lowercase();
        let slug: String = heading
            .chars()
            .filter(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | ' '))
            .map(|c| if c == ' ' { '-' } else { c })
            .collect();
        let before = anchors.iter().filter(|other| **other == slug).count();
        anchors.push(if before == 0 { slug } else { format!("{slug}-{before}") });
    }
    anchors
}

/// The targets of the links outside fenced blocks, percent-decoded.
fn links(text: &str) -> Vec<String> {
    let mut links = Vec::new();
    let mut fenced = false;
    for line in text.lines() {
        fenced ^= line.starts_with("```");
        if fenced {
            continue;
        }
        // Code is no link.
        let line = line.replace("\\`", "");
        let line: String = line.split('`').step_by(2).collect();
        for (at, _) in line.match_indices("](").filter(|(at, _)| !line[..*at].ends_with('\\')) {
            let href = &line[at + 2..at + 2 + line[at + 2..].find(')').unwrap()];
            let mut bytes = Vec::new();
            let mut rest = href.as_bytes();
            while let [first, tail @ ..] = rest {
                if *first == b'%' {
                    bytes.push(u8::from_str_radix(std::str::from_utf8(&tail[..2]).unwrap(), 16).unwrap());
                    rest = &tail[2..];
                } else {
                    bytes.push(*first);
                    rest = tail;
                }
            }
            links.push(String::from_utf8(bytes).unwrap());
        }
    }
    links
}

#[test]
fn every_link_leads_somewhere() {
    let (schema, gaps) = sample();
    let many = large(90, 4);
    for (schema, gaps, least) in [(&schema, gaps.as_slice(), 50), (&many, &[], 300)] {
        for layout in [Layout::Pages, Layout::Single] {
            let files = files_of(schema, gaps, layout);
            let mut checked = 0;
            for (path, text) in &files {
                for link in links(text) {
                    let (file, anchor) = link.split_once('#').unwrap_or((&link, ""));
                    let target = match file.strip_prefix("../") {
                        Some(file) => file.to_owned(),
                        None if file.is_empty() => path.clone(),
                        None => file.to_owned(),
                    };
                    let text = files.get(&target).unwrap_or_else(|| panic!("{path} links to {link}"));
                    let known = anchor.is_empty() || anchors(text).iter().any(|other| other == anchor);
                    assert!(known, "{path} links to {link}; {target} has {:?}", anchors(text));
                    checked += 1;
                }
            }
            assert!(checked > least, "{checked} links");
        }
    }
}

#[test]
fn every_object_is_told_in_both_layouts() {
    let (schema, _) = sample();
    for layout in [Layout::Pages, Layout::Single] {
        let all: String = files(layout).into_values().collect();
        for name in schema.named().filter(|name| name.schema == "public") {
            assert!(all.contains(&name.name), "{name}");
        }
        for word in
            ["btree_gist", "no_drops", "warehouse", "own rows", "protect", "EXCLUDE", "Hot", "permission denied"]
        {
            assert!(all.contains(word), "{word}");
        }
        assert!(!all.contains("<script"));
    }
}
