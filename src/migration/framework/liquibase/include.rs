//! Which files a changelog names, and where they lie.

use super::node::{self, Node};
use super::{DiscoveryError, Folder, Liquibase, malformed, text};

/// The changelogs that `path` names, for telling roots from the rest. What is missing is told when it is run.
pub(super) fn includes(folder: &Folder, path: &str, out: &mut Vec<String>) -> Result<(), DiscoveryError> {
    let root = node::parse(path, folder.text(path)?).map_err(|(line, what)| malformed(&Liquibase, path, line, what))?;
    for item in &root.children {
        match item.name.as_str() {
            "include" => out.extend(target(folder, path, item, "file")),
            "includeAll" => {
                out.extend(included_all(folder, path, item).unwrap_or_default().into_iter().filter(|at| at != path))
            }
            _ => {}
        }
    }
    Ok(())
}

pub(super) fn target(folder: &Folder, path: &str, item: &Node, attribute: &str) -> Option<String> {
    let named = item.attribute(attribute)?;
    if item.says("relativeToChangelogFile", "true") {
        return Some(joined(text::parent(path), named)).filter(|target| folder.has(target));
    }
    resolve(folder, named)
}

/// The files of an `includeAll`, by path as text; `None` where the folder is not there.
pub(super) fn included_all(folder: &Folder, path: &str, item: &Node) -> Option<Vec<String>> {
    let named = item.attribute("path")?;
    let relative = item.says("relativeToChangelogFile", "true");
    let prefix = if relative { joined(text::parent(path), named) } else { resolve_folder(folder, named)? };
    let prefix = if prefix.is_empty() { prefix } else { format!("{prefix}/") };
    let depth =
        |name: &str, otherwise: usize| item.attribute(name).and_then(|text| text.parse().ok()).unwrap_or(otherwise);
    let (least, most) = (depth("minDepth", 0), depth("maxDepth", usize::MAX));
    let ending = item.attribute("endsWithFilter").unwrap_or("");
    let known = [".sql", ".xml", ".yaml", ".yml", ".json"];
    let files: Vec<String> = folder
        .paths()
        .filter(|file| known.iter().any(|ending| text::has_ending(file, ending)) && file.ends_with(ending))
        .filter(|file| {
            let levels = file.strip_prefix(prefix.as_str()).map(|rest| 1 + rest.matches('/').count());
            levels.is_some_and(|levels| (least..=most).contains(&levels))
        })
        .filter(|file| *file != path)
        .map(str::to_owned)
        .collect();
    (!files.is_empty() || item.says("errorIfMissingOrEmpty", "false")).then_some(files)
}

/// A file that a changelog names from the root of the class path, which may lie above or below the folder.
pub(super) fn resolve(folder: &Folder, named: &str) -> Option<String> {
    let named = joined("", named.strip_prefix("classpath:").unwrap_or(named));
    let mut rest = named.as_str();
    loop {
        if folder.has(rest) {
            return Some(rest.to_owned());
        }
        match rest.split_once('/') {
            Some((_, inner)) => rest = inner,
            None => break,
        }
    }
    let mut deeper = folder.paths().filter(|path| path.ends_with(&format!("/{named}")));
    deeper.next().filter(|_| deeper.next().is_none()).map(str::to_owned)
}

fn resolve_folder(folder: &Folder, named: &str) -> Option<String> {
    let named = joined("", named.strip_prefix("classpath:").unwrap_or(named));
    let mut rest = named.as_str();
    loop {
        let prefix = format!("{rest}/");
        if folder.paths().any(|path| path.starts_with(&prefix)) {
            return Some(rest.to_owned());
        }
        match rest.split_once('/') {
            Some((_, inner)) => rest = inner,
            None => break,
        }
    }
    if named.is_empty() || folder.lies_at(&named) {
        return Some(String::new());
    }
    let inside = format!("/{named}/");
    folder.paths().find_map(|path| path.find(&inside).map(|at| path[..at + inside.len() - 1].to_owned()))
}

/// `base/path` without `.` and `..`.
fn joined(base: &str, path: &str) -> String {
    let path = path.replace('\\', "/");
    let mut parts: Vec<&str> = base.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}
