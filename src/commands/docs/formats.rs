//! Which renderer makes which format.

use std::cell::LazyCell;

use crate::artifact::Artifact;
use crate::cli::args::{Format, Layout};
use crate::cli::failure::{Code, Failure};
use crate::cli::settings::DocsSettings;
use crate::layout::{self, PictureOptions};
use crate::render::markdown::MarkdownOptions;
use crate::render::mermaid::{self, MermaidOptions};
use crate::render::templates::{TemplateError, Templates};
use crate::render::{File, dbml, html, json, llm, markdown, pdf, sql, svg};
use crate::schema::Schema;
use crate::source::Reading;
use crate::view::{View, ViewOptions};

/// Renders every format of one view. Work that several share is done once.
pub(super) fn render(settings: &DocsSettings, schema: &Schema, reading: &Reading) -> Result<Vec<Artifact>, Failure> {
    let options = ViewOptions { title: settings.title.clone() };
    let view = View::new(schema, &reading.gaps, reading.stats.as_ref(), &options);
    let templates = Templates::new(&settings.templates).map_err(template)?;
    // Laid out once, for every format that shows it.
    let picture = LazyCell::new(|| layout::picture(&view, &PictureOptions::for_view(&view)));
    let mut artifacts = Vec::new();
    for format in &settings.formats {
        let files: Vec<File> = match format {
            Format::Mermaid => mermaid::render(&view, &MermaidOptions::default()),
            Format::Json => vec![json::render(&view)],
            Format::Llm => vec![llm::render(&view)],
            Format::Svg => vec![svg::render(&view, &picture)],
            Format::Markdown => {
                let layout = match settings.layout {
                    Layout::Pages => markdown::Layout::Pages,
                    Layout::Single => markdown::Layout::Single,
                };
                let options = MarkdownOptions { layout, ..MarkdownOptions::default() };
                markdown::render(&view, &options, &templates).map_err(template)?
            }
            Format::Html => vec![html::render(&view, &picture, &templates).map_err(template)?],
            Format::Pdf => {
                vec![pdf::render(&view).map_err(|error| Failure::from_error(Code::CouldNotTell, &error))?]
            }
            Format::Dbml => vec![dbml::render(&view)],
            Format::Sql => vec![sql::file(&view)],
        };
        artifacts.extend(files.into_iter().map(|file| Artifact {
            format: format.name().to_owned(),
            path: file.path,
            bytes: file.bytes,
        }));
    }
    Ok(artifacts)
}

fn template(error: TemplateError) -> Failure {
    Failure::from_error(Code::Usage, &error).hint("mend the template, or leave out `templates` to use the built-in one")
}
