//! Where each object is told: its file, its heading, and the relative links to both.
//!
//! File names must be told apart by systems that ignore case, and must exist on Windows, too. Anchors are made by the
//! reader from the heading: GitHub and GitLab do it alike only for plain headings, so headings are plain.

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest, Sha256};

use crate::render::View;
use crate::schema::QualifiedName;

use super::Layout;

/// What an object is, as far as its place depends on it. Types and routines may share a table's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    Table,
    View,
    Type,
    Routine,
}

impl Place {
    fn folder(self) -> &'static str {
        match self {
            Self::Table => "tables",
            Self::View => "views",
            Self::Type => "types",
            Self::Routine => "routines",
        }
    }
}

/// The way to one object.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Target {
    /// The heading it stands under, plain text.
    pub heading: String,
    /// The file, relative to the documentation's root; empty where everything is in one file.
    pub path: String,
    /// Without `#`; empty for a page's own top.
    pub anchor: String,
}

/// All of them.
pub struct Links {
    layout: Layout,
    targets: BTreeMap<(Place, QualifiedName, String), Target>,
}

impl Links {
    pub fn new(view: &View<'_>, layout: Layout) -> Self {
        let mut links = Self { layout, targets: BTreeMap::new() };
        // A page's headings, to keep anchors apart; one set where all is one page.
        let mut taken: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let mut add = |place: Place, name: &QualifiedName, identity: &str| {
            let path = match (layout, place) {
                (Layout::Single, _) => String::new(),
                (Layout::Pages, Place::Table) => table_path(name),
                (Layout::Pages, place) => schema_path(place, &name.schema),
            };
            let taken = taken.entry(path.clone()).or_insert_with(|| RESERVED.iter().map(|s| s.to_string()).collect());
            let (heading, mut anchor) = distinct(taken, name);
            if layout == Layout::Pages && place == Place::Table {
                anchor.clear();
            }
            links.targets.insert((place, name.clone(), identity.to_owned()), Target { heading, path, anchor });
        };
        view.main_tables().for_each(|table| add(Place::Table, &table.name, ""));
        let schema = view.schema;
        schema.views.iter().for_each(|object| add(Place::View, &object.name, ""));
        schema.enums.iter().for_each(|object| add(Place::Type, &object.name, ""));
        schema.domains.iter().for_each(|object| add(Place::Type, &object.name, ""));
        schema.composites.iter().for_each(|object| add(Place::Type, &object.name, ""));
        schema.ranges.iter().for_each(|object| add(Place::Type, &object.name, ""));
        schema.routines.iter().for_each(|object| add(Place::Routine, &object.name, &object.identity));
        schema.aggregates.iter().for_each(|object| add(Place::Routine, &object.name, &object.identity));
        links
    }

    pub fn layout(&self) -> Layout {
        self.layout
    }

    /// The place of an object that is shown. `identity` is empty for everything but routines.
    pub fn target(&self, place: Place, name: &QualifiedName, identity: &str) -> Option<&Target> {
        self.targets.get(&(place, name.clone(), identity.to_owned()))
    }

    /// A link from a page of the given folder depth, ready for the parentheses of a Markdown link.
    pub fn href(&self, depth: usize, place: Place, name: &QualifiedName) -> Option<String> {
        let from = (place, name.clone(), String::new());
        let (key, target) = self.targets.range(from..).next()?;
        (key.0 == place && key.1 == *name).then(|| self.to(depth, target))
    }

    /// As [`Self::href`], for a target at hand.
    pub fn to(&self, depth: usize, target: &Target) -> String {
        let anchor = if target.anchor.is_empty() { String::new() } else { format!("#{}", percent(&target.anchor)) };
        match self.layout {
            Layout::Single => anchor,
            Layout::Pages => format!("{}{}{anchor}", "../".repeat(depth), target.path),
        }
    }
}

/// The anchors of the built-in templates' own headings.
const RESERVED: &[&str] =
    &["tables", "views", "types", "routines", "sequences", "extensions", "publications", "gaps", "diagram"];

/// The page of a table.
pub fn table_path(name: &QualifiedName) -> String {
    format!("tables/{}.{}.md", file_part(&name.schema, &name.schema), file_part(&name.name, &name.to_string()))
}

/// The page of all objects of one kind in one PostgreSQL schema.
pub fn schema_path(place: Place, schema: &str) -> String {
    format!("{}/{}.md", place.folder(), file_part(schema, schema))
}

/// A name as part of a file's name. Plain ones stay; others keep what is plain of them and get a hash, so that names
/// that differ only in case, accents or forbidden characters never meet. `-` only ever stands before a hash.
fn file_part(name: &str, hashed: &str) -> String {
    const DEVICES: &[&str] = &["con", "prn", "aux", "nul"];
    let plain = !name.is_empty() && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    let numbered = |prefix: &str| name.strip_prefix(prefix).is_some_and(|rest| rest.len() == 1);
    if plain && !DEVICES.contains(&name) && !numbered("com") && !numbered("lpt") {
        return name.to_owned();
    }
    let mut kept: String = name.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_').take(40).collect();
    kept.make_ascii_lowercase();
    let hash: String = Sha256::digest(hashed).iter().take(6).map(|byte| format!("{byte:02x}")).collect();
    format!("{kept}-{hash}")
}

/// A heading whose anchor nobody else on the page has, and that anchor.
fn distinct(taken: &mut BTreeSet<String>, name: &QualifiedName) -> (String, String) {
    let wish = heading(name);
    let mut text = wish.clone();
    let mut number = 2;
    while !taken.insert(anchor(&text)) {
        text = format!("{wish} ({number})");
        number += 1;
    }
    let anchor = anchor(&text);
    (text, anchor)
}

/// `schema.name` with everything but letters, digits, `_` and `.` made a single space: only of such headings do all
/// readers make the same anchor.
fn heading(name: &QualifiedName) -> String {
    format!("{}.{}", plain(&name.schema), plain(&name.name))
}

/// One identifier of a heading.
pub(super) fn plain(name: &str) -> String {
    let spaced: String = name.chars().map(|c| if c.is_alphanumeric() || c == '_' { c } else { ' ' }).collect();
    let joined = spaced.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    if joined.is_empty() { "unnamed".to_owned() } else { joined }
}

/// What GitHub and GitLab make of a heading: lower case, punctuation dropped, spaces to hyphens.
fn anchor(heading: &str) -> String {
    heading
        .to_lowercase()
        .chars()
        .filter(|c| c.is_alphanumeric() || matches!(c, '_' | ' '))
        .map(|c| if c == ' ' { '-' } else { c })
        .collect()
}

/// For the part of a link after `#`: everything but unreserved ASCII becomes `%XX`.
fn percent(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.') {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn plain_names_make_plain_files() {
        assert_eq!(table_path(&QualifiedName::new("public", "orders")), "tables/public.orders.md");
        for odd in ["Orders", "con", "com1", "a-b", "ä", "a.b", "", "../x"] {
            let path = table_path(&QualifiedName::new("public", odd));
            assert!(path.starts_with("tables/public."), "{path}");
            assert!(path["tables/public.".len()..].contains('-'), "{path}");
            assert!(!path.contains(".."), "{path}");
        }
    }

    #[test]
    fn headings_that_would_share_an_anchor_are_numbered() {
        let mut taken = BTreeSet::new();
        let mut next = |schema: &str, name: &str| distinct(&mut taken, &QualifiedName::new(schema, name));
        assert_eq!(next("ab", "c"), ("ab.c".to_owned(), "abc".to_owned()));
        assert_eq!(next("a", "bc"), ("a.bc (2)".to_owned(), "abc-2".to_owned()));
        assert_eq!(next("a", "x - y"), ("a.x y".to_owned(), "ax-y".to_owned()));
        assert_eq!(next("a", "!"), ("a.unnamed".to_owned(), "aunnamed".to_owned()));
    }

    proptest! {
        #[test]
        fn two_tables_never_share_a_file(a in ("[aA._é-]{1,3}", "[aA._é-]{1,3}"), b in ("[aA._é-]{1,3}", "[aA._é-]{1,3}")) {
            let (a, b) = (QualifiedName::new(a.0, a.1), QualifiedName::new(b.0, b.1));
            prop_assert_eq!(a == b, table_path(&a).to_lowercase() == table_path(&b).to_lowercase());
        }
    }
}
