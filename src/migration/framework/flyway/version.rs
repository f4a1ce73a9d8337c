//! Versions as Flyway compares them.

/// `1.2.3` number by number, each as its length and digits without leading zeros, so that size does not matter;
/// zeros at the end are dropped. The text comes last and decides nothing.
#[derive(Clone, Debug)]
pub(crate) struct Version {
    parts: Vec<(usize, String)>,
    text: String,
}

impl Version {
    pub(crate) fn parse(spelled: &str) -> Option<Self> {
        let text = spelled.replace('_', ".");
        let mut parts = Vec::new();
        for part in text.split('.') {
            if part.is_empty() || !part.bytes().all(|byte| byte.is_ascii_digit()) {
                return None;
            }
            let digits = part.trim_start_matches('0');
            parts.push((digits.len(), digits.to_owned()));
        }
        while parts.len() > 1 && parts.last().is_some_and(|(length, _)| *length == 0) {
            parts.pop();
        }
        Some(Self { parts, text })
    }

    /// As it is spelled, with points.
    pub(super) fn shown(&self) -> String {
        self.text.clone()
    }

    /// The same text for equal versions: `1.2` of `01.2.0`.
    pub(crate) fn canonical(&self) -> String {
        let part = |(length, digits): &(usize, String)| if *length == 0 { "0".to_owned() } else { digits.clone() };
        self.parts.iter().map(part).collect::<Vec<_>>().join(".")
    }
}

impl PartialEq for Version {
    fn eq(&self, other: &Self) -> bool {
        self.parts == other.parts
    }
}

impl Eq for Version {}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.parts.cmp(&other.parts)
    }
}
