//! Tera, wrapped once: the built-in templates, the user's overrides, errors that say where.

use std::collections::BTreeMap;

use serde::Serialize;
use tera::{Context, Tera};

/// The built-in templates by name. A user's file of the same name replaces one.
const BUILTIN: &[(&str, &str)] = &[
    ("markdown/diagram.md", include_str!("../../templates/markdown/diagram.md")),
    ("markdown/index.md", include_str!("../../templates/markdown/index.md")),
    ("markdown/index_body.md", include_str!("../../templates/markdown/index_body.md")),
    ("markdown/parts.md", include_str!("../../templates/markdown/parts.md")),
    ("markdown/routine_body.md", include_str!("../../templates/markdown/routine_body.md")),
    ("markdown/routines.md", include_str!("../../templates/markdown/routines.md")),
    ("markdown/sequence_rows.md", include_str!("../../templates/markdown/sequence_rows.md")),
    ("markdown/sequences.md", include_str!("../../templates/markdown/sequences.md")),
    ("markdown/single.md", include_str!("../../templates/markdown/single.md")),
    ("markdown/table.md", include_str!("../../templates/markdown/table.md")),
    ("markdown/table_body.md", include_str!("../../templates/markdown/table_body.md")),
    ("markdown/type_body.md", include_str!("../../templates/markdown/type_body.md")),
    ("markdown/types.md", include_str!("../../templates/markdown/types.md")),
    ("markdown/view_body.md", include_str!("../../templates/markdown/view_body.md")),
    ("markdown/views.md", include_str!("../../templates/markdown/views.md")),
    ("page/page.html", include_str!("../../templates/page/page.html")),
];

/// A template that does not parse or does not render. The text names template, line and what is wrong there.
#[derive(Debug, thiserror::Error)]
#[error("template {name}{}: {reason}", line.map(|line| format!(", line {line}")).unwrap_or_default())]
pub struct TemplateError {
    pub name: String,
    /// From 1, where it is known.
    pub line: Option<usize>,
    pub reason: String,
}

impl TemplateError {
    /// Built from Tera's plain parts: its own report reads the template's text by position, which this need not trust.
    fn new(name: &str, error: &tera::Error) -> Self {
        let (name, line, mut reason) = match error.kind() {
            tera::ErrorKind::SyntaxError(report) | tera::ErrorKind::RenderingError(report) => {
                let file = if report.filename().is_empty() { name } else { report.filename() };
                (file, Some(report.span().start_line), report.message().to_owned())
            }
            other => (name, None, other.to_string()),
        };
        let mut source = std::error::Error::source(error);
        while let Some(cause) = source {
            reason = format!("{reason}: {cause}");
            source = cause.source();
        }
        Self { name: name.to_owned(), line, reason }
    }
}

/// The templates of one run.
pub struct Templates {
    tera: Tera,
}

impl Templates {
    /// `overrides`: template name (`markdown/table.md`) to text.
    pub fn new(overrides: &BTreeMap<String, String>) -> Result<Self, TemplateError> {
        let mut tera = Tera::default();
        tera.autoescape_on(vec![".html"]);
        super::markdown::escape::register(&mut tera);
        let builtin = BUILTIN.iter().map(|(name, text)| (*name, *text));
        let all: BTreeMap<&str, &str> =
            builtin.chain(overrides.iter().map(|(name, text)| (name.as_str(), text.as_str()))).collect();
        tera.add_raw_templates(all).map_err(|cause| TemplateError::new("(all)", &cause))?;
        Ok(Self { tera })
    }

    /// The names that a user can override.
    pub fn names() -> impl Iterator<Item = &'static str> {
        BUILTIN.iter().map(|(name, _)| *name)
    }

    pub fn render<T: Serialize>(&self, name: &str, value: &T) -> Result<String, TemplateError> {
        let context = Context::from_serialize(value).map_err(|cause| TemplateError::new(name, &cause))?;
        self.tera.render(name, &context).map_err(|cause| TemplateError::new(name, &cause))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(name: &str, text: &str) -> Result<Templates, TemplateError> {
        Templates::new(&BTreeMap::from([(name.to_owned(), text.to_owned())]))
    }

    #[test]
    fn the_built_in_templates_parse() {
        Templates::new(&BTreeMap::new()).unwrap();
        assert!(Templates::names().any(|name| name == "markdown/table.md"));
    }

    #[test]
    fn an_error_names_template_line_and_variable() {
        let syntax = with("markdown/index.md", "# x\n\n{% if %}").err().unwrap().to_string();
        assert!(syntax.starts_with("template markdown/index.md, line 3: "), "{syntax}");
        let templates = with("markdown/index.md", "# x\n{{ nonesuch }}").unwrap();
        let variable =
            templates.render("markdown/index.md", &BTreeMap::<String, String>::new()).unwrap_err().to_string();
        assert!(variable.starts_with("template markdown/index.md, line 2: "), "{variable}");
        assert!(variable.contains("nonesuch"), "{variable}");
    }

    #[test]
    fn a_filter_that_does_not_exist_is_an_error_before_anything_is_rendered() {
        let error = with("markdown/index.md", "{{ title | nonesuch }}").err().unwrap().to_string();
        assert!(error.contains("markdown/index.md") && error.contains("nonesuch"), "{error}");
    }
}
