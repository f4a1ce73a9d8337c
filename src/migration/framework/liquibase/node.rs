//! A changelog in XML, YAML or JSON as one kind of tree, so that what it says is read once.
//!
//! JSON is read as YAML, of which it is a part; that also tells its lines.

use super::super::yaml::{self, Value};

/// An element of XML, or a key of YAML with what belongs to it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Node {
    pub(super) name: String,
    pub(super) line: usize,
    /// Name, value and the line at which the value starts.
    pub(super) attributes: Vec<(String, String, usize)>,
    pub(super) text: String,
    /// The line at which the text starts.
    pub(super) text_line: usize,
    pub(super) children: Vec<Node>,
}

impl Node {
    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(known, ..)| known == name).map(|(_, value, _)| value.as_str())
    }

    pub(super) fn says(&self, name: &str, value: &str) -> bool {
        self.attribute(name).is_some_and(|said| said.trim().eq_ignore_ascii_case(value))
    }
}

/// The root of a changelog: the node `databaseChangeLog`. An error is a line and what is wrong there.
pub(super) fn parse(path: &str, text: &str) -> Result<Node, (usize, String)> {
    let root = if path.ends_with(".xml") { xml(text)? } else { yaml(text)? };
    if root.name == "databaseChangeLog" { Ok(root) } else { Err((root.line, "no databaseChangeLog".to_owned())) }
}

fn xml(text: &str) -> Result<Node, (usize, String)> {
    let options = roxmltree::ParsingOptions { allow_dtd: true, ..roxmltree::ParsingOptions::default() };
    let document = roxmltree::Document::parse_with_options(text, options)
        .map_err(|error| (error.pos().row as usize, format!("not XML: {error}")))?;
    Ok(element(&document, document.root_element()))
}

fn element(document: &roxmltree::Document, node: roxmltree::Node) -> Node {
    let line = |at: usize| document.text_pos_at(at).row as usize;
    let start = line(node.range().start);
    let texts = || node.children().filter(|child| child.is_text());
    Node {
        name: node.tag_name().name().to_owned(),
        line: start,
        attributes: node.attributes().map(|item| (item.name().to_owned(), item.value().to_owned(), start)).collect(),
        text: texts().filter_map(|child| child.text()).collect(),
        text_line: texts().next().map_or(start, |child| line(child.range().start)),
        children: node.children().filter(roxmltree::Node::is_element).map(|child| element(document, child)).collect(),
    }
}

fn yaml(text: &str) -> Result<Node, (usize, String)> {
    match yaml::parse(text)? {
        Some(Value::Map(entries)) => match entries.into_iter().find(|(key, ..)| key == "databaseChangeLog") {
            Some((key, line, value)) => Ok(node(&key, line, value)),
            None => Ok(Node { line: 1, ..Node::default() }),
        },
        _ => Ok(Node { line: 1, ..Node::default() }),
    }
}

/// Scalars of a map are attributes, everything else is a child; the single keys of a list's items are children.
fn node(name: &str, line: usize, value: Value) -> Node {
    let mut out = Node { name: name.to_owned(), line, text_line: line, ..Node::default() };
    match value {
        Value::Scalar(text, at) => (out.text, out.text_line) = (text, at),
        Value::Map(entries) => {
            for (key, line, value) in entries {
                match value {
                    Value::Scalar(text, at) => out.attributes.push((key, text, at)),
                    other => out.children.push(node(&key, line, other)),
                }
            }
        }
        Value::List(items) => {
            for item in items {
                if let Value::Map(entries) = item {
                    out.children.extend(entries.into_iter().map(|(key, line, value)| node(&key, line, value)));
                }
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_three_formats_say_the_same() {
        let xml = "<?xml version=\"1.0\"?>\n<databaseChangeLog xmlns=\"http://x\">\n<include file=\"a.sql\"/>\n\
                   <changeSet id=\"1\" author=\"me\">\n<sql>\nselect 1;</sql></changeSet></databaseChangeLog>";
        let yaml = "databaseChangeLog:\n- include:\n    file: a.sql\n- changeSet:\n    id: 1\n    author: me\n    \
                    changes:\n    - sql:\n        sql: |\n          select 1;\n";
        let json = "{\"databaseChangeLog\": [\n{\"include\": {\"file\": \"a.sql\"}},\n\t{\"changeSet\": {\"id\": \"1\", \
                    \"author\": \"me\", \"changes\": [\n{\"sql\": {\"sql\": \"select 1;\"}}]}}]}";
        for (path, text, line) in [("x.xml", xml, 5), ("x.yaml", yaml, 10), ("x.json", json, 4)] {
            let root = parse(path, text).unwrap();
            assert_eq!(root.children.len(), 2, "{path}");
            assert_eq!(root.children[0].attribute("file"), Some("a.sql"));
            let set = &root.children[1];
            assert_eq!((set.attribute("id"), set.attribute("author")), (Some("1"), Some("me")));
            let change =
                set.children.iter().find(|child| child.name == "sql").or_else(|| set.children[0].children.first());
            let change = change.unwrap();
            let found = change.attributes.iter().find(|(name, ..)| name == "sql").map(|(_, text, line)| (text, *line));
            let (text, at) = found.unwrap_or((&change.text, change.text_line));
            assert_eq!((text.trim(), at), ("select 1;", line), "{path}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_said_with_its_line() {
        assert_eq!(parse("a.xml", "<a>\n<b></a>").unwrap_err().0, 2);
        assert!(parse("a.xml", "<a/>").unwrap_err().1.contains("no databaseChangeLog"));
        assert!(parse("a.yaml", "a: [1,\n").unwrap_err().1.contains("not YAML"));
        assert!(parse("a.yaml", "").unwrap_err().1.contains("no databaseChangeLog"));
    }
}
