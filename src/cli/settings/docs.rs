//! What `tidegate docs` draws.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::{ReadSettings, read_settings, usage};
use crate::cli::args::{DocsArgs, Format, Layout};
use crate::cli::config::{self, Loaded, expand};
use crate::cli::environment::Environment;
use crate::cli::failure::Failure;
use crate::schema::decorate::Relation;
use crate::schema::select::Selection;

/// Everything that `tidegate docs` needs.
#[derive(Clone, Debug)]
pub struct DocsSettings {
    pub read: ReadSettings,
    pub formats: Vec<Format>,
    /// `None` is stdout.
    pub out: Option<PathBuf>,
    pub selection: Selection,
    pub title: Option<String>,
    pub layout: Layout,
    /// Template name to text.
    pub templates: BTreeMap<String, String>,
    pub relations: Vec<Relation>,
    pub descriptions: BTreeMap<String, String>,
}

/// Merges what was typed with the configuration into what is drawn.
pub fn docs_settings(args: &DocsArgs, loaded: &Loaded, environment: &Environment) -> Result<DocsSettings, Failure> {
    let config = &loaded.config.docs;
    let read = read_settings(args.source.as_deref(), &args.read, args.stats, loaded, environment)?;
    let out = match (&args.out, &config.out) {
        (Some(out), _) if out.as_os_str() == "-" => None,
        (Some(out), _) => Some(environment.working_directory.join(out)),
        (None, Some(out)) => Some(loaded.directory.join(expand("docs.out", out, environment)?)),
        (None, None) => None,
    };
    let formats = formats(args, config, out.is_some())?;
    if let (Some(path), [format]) = (&out, formats.as_slice()) {
        is_a_folder(path, *format)?;
    }
    let layout = match (args.layout, config.layout.as_deref()) {
        // One text on stdout can only be one file.
        _ if out.is_none() => Layout::Single,
        (Some(layout), _) => layout,
        (None, None | Some("pages")) => Layout::Pages,
        (None, Some("single")) => Layout::Single,
        (None, Some(other)) => {
            return Err(
                Failure::usage(format!("docs.layout: {other:?} is no layout")).hint("write `pages` or `single`")
            );
        }
    };
    let include = if args.include.is_empty() { &config.include } else { &args.include };
    let exclude: Vec<String> = config.exclude.iter().chain(&args.exclude).cloned().collect();
    let mut selection = Selection::new(include, &exclude)
        .map_err(|error| usage(&error))?
        .with_extension_objects(args.extension_objects || config.extension_objects);
    if let Some(table) = &args.around {
        selection = selection.around(table, args.depth);
    }
    let templates = args
        .templates
        .as_ref()
        .map(|path| environment.working_directory.join(path))
        .or_else(|| config.templates.as_ref().map(|path| loaded.directory.join(path)));
    let relations = config.relation.iter().map(|relation| Relation {
        from: relation.from.clone(),
        to: relation.to.clone(),
        label: relation.label.clone(),
    });
    Ok(DocsSettings {
        read,
        formats,
        out,
        selection,
        title: args.title.clone().or_else(|| config.title.clone()),
        layout,
        templates: templates.as_deref().map(read_templates).transpose()?.unwrap_or_default(),
        relations: relations.collect(),
        descriptions: descriptions(config),
    })
}

fn formats(args: &DocsArgs, config: &config::Docs, folder: bool) -> Result<Vec<Format>, Failure> {
    use clap::ValueEnum as _;
    let named = if args.format.is_empty() {
        let parse = |name: &String| {
            Format::from_str(name, false).map_err(|_| {
                let known = Format::value_variants().iter().map(|format| format.name()).collect::<Vec<_>>();
                Failure::usage(format!("docs.formats: {name:?} is no format")).hint(format!("use {}", known.join(", ")))
            })
        };
        config.formats.iter().flatten().map(parse).collect::<Result<Vec<_>, _>>()?
    } else {
        args.format.clone()
    };
    let mut formats = match (named.is_empty(), folder) {
        (false, _) => named,
        (true, true) => vec![Format::Markdown, Format::Html],
        (true, false) => vec![Format::Markdown],
    };
    formats.sort();
    formats.dedup();
    match formats.as_slice() {
        [Format::Pdf] if !folder => {
            Err(Failure::usage("a PDF is no text: it needs a folder").hint("add `-o docs/schema`"))
        }
        [_, _, ..] if !folder => {
            Err(Failure::usage("several formats need a folder")
                .hint("add `-o docs/schema`, or name one format with -f"))
        }
        _ if args.check && !folder => {
            Err(Failure::usage("--check compares with a folder").hint("add `-o docs/schema`"))
        }
        _ => Ok(formats),
    }
}

/// `-o schema.json` is meant as a file, and a folder of that name would surprise.
fn is_a_folder(path: &Path, format: Format) -> Result<(), Failure> {
    let ends: &[&str] = match format {
        Format::Mermaid => &["mmd", "mermaid"],
        Format::Markdown | Format::Llm => &["md", "markdown", "txt"],
        Format::Html => &["html", "htm"],
        Format::Pdf => &["pdf"],
        Format::Svg => &["svg"],
        Format::Json => &["json"],
        Format::Dbml => &["dbml"],
        Format::Sql => &["sql"],
    };
    let end = path.extension().and_then(|end| end.to_str()).unwrap_or_default().to_ascii_lowercase();
    if !ends.contains(&end.as_str()) || path.is_dir() {
        return Ok(());
    }
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let refusal = Failure::usage(format!("-o names a folder, and {name} looks like a file"));
    Err(match format {
        Format::Pdf => refusal.hint("name a folder: -o docs/schema; the PDF is made in it"),
        format => refusal
            .hint(format!("for one file: tidegate docs -f {} -o - > {name}", format.name()))
            .hint("for a folder: -o docs/schema"),
    })
}

/// Every file below the folder, by its path relative to it.
fn read_templates(folder: &Path) -> Result<BTreeMap<String, String>, Failure> {
    let failure = |path: &Path, error: &dyn std::error::Error| {
        let mut failure = Failure::usage(format!("cannot read templates from {}", path.display()));
        failure.causes.push(error.to_string());
        failure
    };
    let mut templates = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(current) = folders.pop() {
        for entry in std::fs::read_dir(&current).map_err(|error| failure(&current, &error))? {
            let path = entry.map_err(|error| failure(&current, &error))?.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let text = std::fs::read_to_string(&path).map_err(|error| failure(&path, &error))?;
                let name = path.strip_prefix(folder).unwrap_or(&path);
                let parts: Vec<_> = name.iter().map(|part| part.to_string_lossy()).collect();
                templates.insert(parts.join("/"), text);
            }
        }
    }
    Ok(templates)
}

/// Descriptions with their labels in front: `[pii, core] One row per customer.`
fn descriptions(config: &config::Docs) -> BTreeMap<String, String> {
    let mut descriptions = config.describe.clone();
    for (object, labels) in &config.labels {
        let labels = format!("[{}]", labels.join(", "));
        descriptions.entry(object.clone()).and_modify(|text| *text = format!("{labels} {text}")).or_insert(labels);
    }
    descriptions
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_s_name_is_no_folder() {
        let refused = is_a_folder(Path::new("out/Schema.JSON"), Format::Json).unwrap_err();
        assert!(refused.hints[0].contains("-f json -o - > Schema.JSON"), "{refused:?}");
        assert!(is_a_folder(Path::new("schema.pdf"), Format::Pdf).is_err());
        for (path, format) in [("docs", Format::Json), ("docs.v2", Format::Json), ("site.html", Format::Json)] {
            assert!(is_a_folder(Path::new(path), format).is_ok(), "{path}");
        }
        let folder = tempfile::tempdir().unwrap();
        let there = folder.path().join("schema.json");
        std::fs::create_dir(&there).unwrap();
        assert!(is_a_folder(&there, Format::Json).is_ok());
    }

    #[test]
    fn labels_stand_before_descriptions() {
        let config = config::Docs {
            describe: BTreeMap::from([("a".into(), "text".into())]),
            labels: BTreeMap::from([("a".into(), vec!["x".into(), "y".into()]), ("b".into(), vec!["z".into()])]),
            ..Default::default()
        };
        let merged = descriptions(&config);
        assert_eq!((merged["a"].as_str(), merged["b"].as_str()), ("[x, y] text", "[z]"));
    }
}
