//! Tags on their way to and from RDS.

use aws_sdk_rds::types::Tag;

use crate::backup::tags::{self, Tags};

/// What RDS allows on one resource.
const MOST: usize = 50;

/// What is left free for what is written later: runs that use the backup, pins, a refusal that was passed.
const ROOM: usize = tags::MOST_USES + 3;

pub(super) fn to_aws(tags: &Tags) -> Vec<Tag> {
    tags.iter().map(|(key, value)| Tag::builder().key(key).value(value).build()).collect()
}

pub(super) fn from_aws(tags: &[Tag]) -> Tags {
    let pair = |tag: &Tag| Some((tag.key.clone()?, tag.value.clone().unwrap_or_default()));
    tags.iter().filter_map(pair).collect()
}

/// Ours, and of the source's own as many as there is room for. Tags given at creation keep RDS from copying the
/// source's, so that is done here. Those of AWS and of tidegate stay behind: they speak of the source.
pub(super) fn merged(ours: &Tags, source: &Tags) -> Tags {
    let foreign = |key: &str| {
        let key = key.to_ascii_lowercase();
        !["aws:", "rds:", tags::PREFIX].iter().any(|prefix| key.starts_with(prefix))
    };
    let room = MOST.saturating_sub(ours.len() + ROOM);
    let taken = source.iter().filter(|(key, _)| foreign(key) && !ours.contains_key(*key)).take(room);
    taken.chain(ours).map(|(key, value)| (key.clone(), value.clone())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags(pairs: &[(&str, &str)]) -> Tags {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn row_23_tags_of_ours_on_the_source_are_not_handed_on() {
        let ours = tags(&[(tags::ID, "tidegate-a-1"), ("team", "gate")]);
        let source = tags(&[
            ("tidegate:id", "tidegate-old"),
            ("Tidegate:use/1", "running"),
            ("aws:cloudformation:stack-name", "s"),
            ("rds:x", "y"),
            ("team", "shop"),
            ("cost", "12"),
        ]);
        assert_eq!(merged(&ours, &source), tags(&[(tags::ID, "tidegate-a-1"), ("team", "gate"), ("cost", "12")]));
    }

    #[test]
    fn fifty_are_never_reached() {
        let ours: Tags = (0..10).map(|n| (format!("tidegate:{n}"), String::new())).collect();
        let source: Tags = (0..50).map(|n| (format!("k{n:02}"), String::new())).collect();
        let merged = merged(&ours, &source);
        assert!(merged.len() + tags::MOST_USES <= MOST, "{}", merged.len());
        assert!(ours.keys().all(|key| merged.contains_key(key)));
        assert!(merged.contains_key("k00"));
    }
}
