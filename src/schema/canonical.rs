//! The canonical order, defined once, and the canonical JSON that is compared and hashed.
//!
//! Columns stay in their real order, enum labels in sort order, key and index columns as declared; everything else
//! goes by name in UTF-8 bytes.

use sha2::{Digest, Sha256};

use super::{Index, Rule, Schema, Trigger};

impl Schema {
    /// Brings every list into canonical order. Readers call it once, at their end.
    pub fn canonicalize(&mut self) {
        self.schemas.sort_by(|a, b| a.name.cmp(&b.name));
        self.extensions.sort_by(|a, b| a.name.cmp(&b.name));
        self.enums.sort_by(|a, b| a.name.cmp(&b.name));
        self.domains.sort_by(|a, b| a.name.cmp(&b.name));
        self.composites.sort_by(|a, b| a.name.cmp(&b.name));
        self.ranges.sort_by(|a, b| a.name.cmp(&b.name));
        self.sequences.sort_by(|a, b| a.name.cmp(&b.name));
        self.tables.sort_by(|a, b| a.name.cmp(&b.name));
        self.views.sort_by(|a, b| a.name.cmp(&b.name));
        self.routines.sort_by(|a, b| (&a.name, &a.identity).cmp(&(&b.name, &b.identity)));
        self.aggregates.sort_by(|a, b| (&a.name, &a.identity).cmp(&(&b.name, &b.identity)));
        self.statistics.sort_by(|a, b| a.name.cmp(&b.name));
        self.event_triggers.sort_by(|a, b| a.name.cmp(&b.name));
        self.publications.sort_by(|a, b| a.name.cmp(&b.name));
        self.foreign_servers.sort_by(|a, b| a.name.cmp(&b.name));
        for domain in &mut self.domains {
            domain.checks.sort_by(|a, b| a.name.cmp(&b.name));
        }
        for table in &mut self.tables {
            table.unique_keys.sort_by(|a, b| a.name.cmp(&b.name));
            table.foreign_keys.sort_by(|a, b| (&a.name, &a.columns).cmp(&(&b.name, &b.columns)));
            table.checks.sort_by(|a, b| a.name.cmp(&b.name));
            table.exclusions.sort_by(|a, b| a.name.cmp(&b.name));
            table.not_nulls.sort_by(|a, b| a.name.cmp(&b.name));
            table.policies.sort_by(|a, b| a.name.cmp(&b.name));
            sort_attached(&mut table.indexes, &mut table.triggers, &mut table.rules);
        }
        for view in &mut self.views {
            view.depends_on.sort();
            view.depends_on.dedup();
            sort_attached(&mut view.indexes, &mut view.triggers, &mut view.rules);
        }
        for publication in &mut self.publications {
            publication.schemas.sort();
            publication.tables.sort_by(|a, b| a.name.cmp(&b.name));
        }
        self.for_each_about(|about| about.grants.sort());
    }

    /// Visits what every kind of object has in common.
    pub fn for_each_about(&mut self, mut visit: impl FnMut(&mut super::About)) {
        self.schemas.iter_mut().for_each(|object| visit(&mut object.about));
        self.enums.iter_mut().for_each(|object| visit(&mut object.about));
        self.domains.iter_mut().for_each(|object| visit(&mut object.about));
        self.composites.iter_mut().for_each(|object| visit(&mut object.about));
        self.ranges.iter_mut().for_each(|object| visit(&mut object.about));
        self.sequences.iter_mut().for_each(|object| visit(&mut object.about));
        self.tables.iter_mut().for_each(|object| visit(&mut object.about));
        self.views.iter_mut().for_each(|object| visit(&mut object.about));
        self.routines.iter_mut().for_each(|object| visit(&mut object.about));
        self.aggregates.iter_mut().for_each(|object| visit(&mut object.about));
        self.statistics.iter_mut().for_each(|object| visit(&mut object.about));
        self.event_triggers.iter_mut().for_each(|object| visit(&mut object.about));
        self.publications.iter_mut().for_each(|object| visit(&mut object.about));
        self.foreign_servers.iter_mut().for_each(|object| visit(&mut object.about));
    }

    /// Canonical JSON: fields in declared order, defaults left out, two-space indent, final newline.
    pub fn canonical_json(&self) -> String {
        super::document::pretty(self)
    }

    /// SHA-256 of the canonical JSON, in lower-case hexadecimal. Two schemas are the same if and only if these are.
    pub fn fingerprint(&self) -> String {
        Sha256::digest(self.canonical_json()).iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

fn sort_attached(indexes: &mut [Index], triggers: &mut [Trigger], rules: &mut [Rule]) {
    indexes.sort_by(|a, b| a.name.cmp(&b.name));
    triggers.sort_by(|a, b| a.name.cmp(&b.name));
    rules.sort_by(|a, b| a.name.cmp(&b.name));
}
