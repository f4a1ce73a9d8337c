//! One synthetic schema in every text format, compared with what is committed.

use super::*;
use crate::schema::testing::sample;

fn shown(render: impl Fn(&View<'_>) -> Vec<File>) -> String {
    let (schema, gaps) = sample();
    let view = View::new(&schema, &gaps, None, &ViewOptions { title: Some("A \"sample\"\\".to_owned()) });
    let text = |file: File| format!("=== {}\n{}", file.path, String::from_utf8(file.bytes).unwrap());
    render(&view).into_iter().map(text).collect()
}

#[test]
fn mermaid_of_the_sample() {
    insta::assert_snapshot!(shown(|view| mermaid::render(view, &mermaid::MermaidOptions::default())));
}

#[test]
fn mermaid_in_parts() {
    let options = mermaid::MermaidOptions { max_tables_per_diagram: 3, views: true, ..Default::default() };
    insta::assert_snapshot!(shown(|view| mermaid::render(view, &options)));
}

#[test]
fn dbml_of_the_sample() {
    insta::assert_snapshot!(shown(|view| vec![dbml::render(view)]));
}

#[test]
fn llm_of_the_sample() {
    insta::assert_snapshot!(shown(|view| vec![llm::render(view)]));
}

#[test]
fn json_of_the_sample() {
    insta::assert_snapshot!(shown(|view| vec![json::render(view)]));
}
