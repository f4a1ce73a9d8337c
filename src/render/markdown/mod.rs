//! Markdown that reads well on GitHub and GitLab: an index and a page for each table, or everything in one file.
//!
//! Rust prepares plain data; templates say what it looks like, and a user's own may replace each of them. Nothing in
//! the data is escaped: the filters of [`escape`] do that where the text is used.

pub mod data;
pub mod escape;
pub mod index;
pub mod links;
pub mod objects;
mod rows;
mod table;
mod tidy;

use std::collections::BTreeMap;

use serde::Serialize;

use crate::schema::QualifiedName;

use super::mermaid::{self, MermaidOptions};
use super::templates::{TemplateError, Templates};
use super::{File, View};

use data::{Link, TableData};
use index::IndexData;
use links::{Links, Place};
use objects::{RoutineData, SequenceData, TypeData, ViewData};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Layout {
    /// `README.md`, and a page for each table and for the views, types and routines of each PostgreSQL schema.
    #[default]
    Pages,
    /// `schema.md` alone.
    Single,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MarkdownOptions {
    pub layout: Layout,
    pub mermaid: MermaidOptions,
}

/// What the pages are made from.
pub(super) struct Context<'a> {
    view: &'a View<'a>,
    links: Links,
    mermaid: MermaidOptions,
    readers: BTreeMap<&'a QualifiedName, Vec<&'a QualifiedName>>,
    users: BTreeMap<String, Vec<(&'a QualifiedName, &'a str)>>,
}

/// A page of one object or of several of a kind. `root` leads to the folder of `README.md`.
#[derive(Serialize)]
struct Page<T> {
    title: String,
    root: &'static str,
    single: bool,
    schema: String,
    #[serde(flatten)]
    content: T,
}

/// One diagram of several, and the tables in it.
#[derive(Serialize)]
struct DiagramData<'a> {
    name: &'a str,
    text: &'a str,
    tables: Vec<Link>,
}

/// Everything in one file.
#[derive(Serialize)]
struct Everything {
    #[serde(flatten)]
    index: IndexData,
    all_tables: Vec<TableData>,
    all_views: Vec<ViewData>,
    all_types: Vec<TypeData>,
    all_routines: Vec<RoutineData>,
    all_sequences: Vec<SequenceData>,
}

/// All Markdown files of a view.
pub fn render(view: &View<'_>, options: &MarkdownOptions, templates: &Templates) -> Result<Vec<File>, TemplateError> {
    let context = Context::new(view, options);
    let mut files = match options.layout {
        Layout::Pages => context.pages(templates),
        Layout::Single => context.single(templates),
    }?;
    files.iter_mut().for_each(|file| file.bytes = tidy::tidy(&String::from_utf8_lossy(&file.bytes)).into_bytes());
    Ok(files)
}

impl<'a> Context<'a> {
    fn new(view: &'a View<'a>, options: &MarkdownOptions) -> Self {
        let mut readers: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for object in &view.schema.views {
            for name in &object.depends_on {
                readers.entry(name).or_default().push(&object.name);
            }
        }
        let users = objects::type_users(view);
        Self { view, links: Links::new(view, options.layout), mermaid: options.mermaid.clone(), readers, users }
    }

    fn pages(&self, templates: &Templates) -> Result<Vec<File>, TemplateError> {
        let mut files = Vec::new();
        let chart = mermaid::chart(self.view, &self.mermaid);
        let index = self.index(&chart);
        files.push(File::text("README.md", templates.render("markdown/index.md", &index)?));
        let page = |schema: &str| (self.view.title.clone(), "../", schema.to_owned());
        for part in &chart.parts {
            let (title, root, schema) = page("");
            let content = DiagramData {
                name: &part.title,
                text: &part.text,
                tables: part.tables.iter().map(|name| self.relation(1, name)).collect(),
            };
            let page = Page { title, root, single: false, schema, content };
            files.push(File::text(index::diagram_path(&part.id), templates.render("markdown/diagram.md", &page)?));
        }
        for table in self.view.main_tables() {
            let (title, root, schema) = page(&table.name.schema);
            let content = BTreeMap::from([("table", self.table(table, 1))]);
            let page = Page { title, root, single: false, schema, content };
            files.push(File::text(links::table_path(&table.name), templates.render("markdown/table.md", &page)?));
        }
        let mut list = |place: Place, schema: &str, text: String| {
            files.push(File::text(links::schema_path(place, schema), text));
        };
        for (schema, content) in self.by_schema(self.all_views(1), |object| &object.schema) {
            let (title, root, schema) = page(&schema);
            let content = BTreeMap::from([("views", content)]);
            let page = Page { title, root, single: false, schema, content };
            list(Place::View, &page.schema, templates.render("markdown/views.md", &page)?);
        }
        for (schema, content) in self.by_schema(self.all_types(1), |object| &object.schema) {
            let (title, root, schema) = page(&schema);
            let content = BTreeMap::from([("types", content)]);
            let page = Page { title, root, single: false, schema, content };
            list(Place::Type, &page.schema, templates.render("markdown/types.md", &page)?);
        }
        for (schema, content) in self.by_schema(self.all_routines(1), |object| &object.schema) {
            let (title, root, schema) = page(&schema);
            let content = BTreeMap::from([("routines", content)]);
            let page = Page { title, root, single: false, schema, content };
            list(Place::Routine, &page.schema, templates.render("markdown/routines.md", &page)?);
        }
        let sequences = self.all_sequences(0);
        if !sequences.is_empty() {
            let content = BTreeMap::from([("sequences", sequences)]);
            let page = Page { title: self.view.title.clone(), root: "", single: false, schema: String::new(), content };
            files.push(File::text("sequences.md", templates.render("markdown/sequences.md", &page)?));
        }
        Ok(files)
    }

    fn single(&self, templates: &Templates) -> Result<Vec<File>, TemplateError> {
        let everything = Everything {
            index: self.index(&mermaid::chart(self.view, &self.mermaid)),
            all_tables: self.view.main_tables().map(|table| self.table(table, 0)).collect(),
            all_views: self.all_views(0),
            all_types: self.all_types(0),
            all_routines: self.all_routines(0),
            all_sequences: self.all_sequences(0),
        };
        Ok(vec![File::text("schema.md", templates.render("markdown/single.md", &everything)?)])
    }

    fn by_schema<T>(&self, all: Vec<T>, schema: impl Fn(&T) -> &String) -> BTreeMap<String, Vec<T>> {
        let mut groups: BTreeMap<String, Vec<T>> = BTreeMap::new();
        for object in all {
            groups.entry(schema(&object).clone()).or_default().push(object);
        }
        groups
    }

    /// A table or a view by its short name, linked where it is shown. A partition leads to the table it belongs to.
    fn relation(&self, depth: usize, name: &QualifiedName) -> Link {
        let main = self.view.main_table(name).map_or(name, |table| &table.name);
        let href = self.links.href(depth, Place::Table, main).or_else(|| self.links.href(depth, Place::View, name));
        Link { text: name.short(), href }
    }

    fn read_by(&self, depth: usize, name: &QualifiedName) -> Vec<Link> {
        let readers = self.readers.get(name).map_or(&[][..], Vec::as_slice);
        readers.iter().map(|reader| self.relation(depth, reader)).collect()
    }
}

#[cfg(test)]
mod tests;
