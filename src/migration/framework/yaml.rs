//! YAML as a tree whose values know their lines, which the library's own tree does not.

use yaml_rust2::Event;
use yaml_rust2::parser::{MarkedEventReceiver, Parser};
use yaml_rust2::scanner::Marker;

/// A value of YAML with the line at which it starts.
#[derive(Debug)]
pub(super) enum Value {
    Scalar(String, usize),
    List(Vec<Value>),
    Map(Vec<(String, usize, Value)>),
}

/// The first document of a text; `None` where there is none. An error is a line and what is wrong there.
pub(super) fn parse(text: &str) -> Result<Option<Value>, (usize, String)> {
    let mut builder = Builder::default();
    Parser::new_from_str(text)
        .load(&mut builder, false)
        .map_err(|error| (error.marker().line(), format!("not YAML: {error}")))?;
    Ok(builder.root)
}

/// The scalars of nested maps under dotted names: `spring.flyway.enabled`. Lists are joined with commas.
pub(super) fn settings(value: &Value) -> Vec<(String, String)> {
    let mut out = Vec::new();
    flatten("", value, &mut out);
    out
}

fn flatten(name: &str, value: &Value, out: &mut Vec<(String, String)>) {
    match value {
        Value::Scalar(text, _) => out.push((name.to_owned(), text.clone())),
        Value::Map(entries) => {
            for (key, _, value) in entries {
                let name = if name.is_empty() { key.clone() } else { format!("{name}.{key}") };
                flatten(&name, value, out);
            }
        }
        Value::List(items) => {
            let texts = items.iter().filter_map(|item| match item {
                Value::Scalar(text, _) => Some(text.as_str()),
                _ => None,
            });
            out.push((name.to_owned(), texts.collect::<Vec<_>>().join(",")));
        }
    }
}

#[derive(Default)]
struct Builder {
    root: Option<Value>,
    /// Open lists and maps; a map also waits for a value under its last key.
    open: Vec<(Value, Option<(String, usize)>)>,
}

impl Builder {
    fn put(&mut self, value: Value) {
        match self.open.last_mut() {
            None => self.root = self.root.take().or(Some(value)),
            Some((Value::List(items), _)) => items.push(value),
            Some((Value::Map(entries), key)) => match (key.take(), value) {
                (Some((name, line)), value) => entries.push((name, line, value)),
                (None, Value::Scalar(name, line)) => *key = Some((name, line)),
                // A key that is itself a list or a map names nothing here.
                (None, _) => *key = Some((String::new(), 0)),
            },
            Some((Value::Scalar(..), _)) => {}
        }
    }

    fn close(&mut self) {
        if let Some((value, _)) = self.open.pop() {
            self.put(value);
        }
    }
}

impl MarkedEventReceiver for Builder {
    fn on_event(&mut self, event: Event, mark: Marker) {
        match event {
            // The mark of a block is at its text, not at its sign.
            Event::Scalar(text, ..) => self.put(Value::Scalar(text, mark.line())),
            Event::SequenceStart(..) => self.open.push((Value::List(Vec::new()), None)),
            Event::MappingStart(..) => self.open.push((Value::Map(Vec::new()), None)),
            Event::SequenceEnd | Event::MappingEnd => self.close(),
            Event::Alias(_) => self.put(Value::Scalar(String::new(), mark.line())),
            _ => {}
        }
    }
}
