//! Lines that share a way run side by side: who runs where.

use std::collections::BTreeMap;

use super::component::Net;

/// One net's use of one way: from where to where, and what it meets on either side.
#[derive(Clone, Debug)]
pub(super) struct Use {
    pub low: i32,
    pub high: i32,
    /// Where it comes in from the left (or from above), and from the right (or below).
    pub before: Vec<i32>,
    pub after: Vec<i32>,
}

impl Use {
    pub(super) fn new() -> Self {
        Self { low: i32::MAX, high: i32::MIN, before: Vec::new(), after: Vec::new() }
    }

    pub(super) fn touch(&mut self, at: i32) {
        self.low = self.low.min(at);
        self.high = self.high.max(at);
    }

    /// Sorts lines so that they cross each other as little as they can: those that only turn back to the left first,
    /// those that go through in the order in which they do not meet, those that turn back to the right last.
    fn key(&self, net: &Net) -> (u8, i32, Net) {
        let mean = |list: &[i32]| list.iter().sum::<i32>() / i32::try_from(list.len()).unwrap_or(1).max(1);
        match (self.before.is_empty(), self.after.is_empty()) {
            (false, true) => (0, self.high - self.low, *net),
            (true, false) => (4, self.low - self.high, *net),
            (true, true) => (2, self.low, *net),
            (false, false) => {
                let (left, right) = (mean(&self.before), mean(&self.after));
                if right >= left { (1, -left, *net) } else { (3, left, *net) }
            }
        }
    }
}

/// The nets of one way and the line that each runs on.
#[derive(Clone, Debug, Default)]
pub(super) struct Tracks {
    pub line: BTreeMap<Net, usize>,
    pub lines: usize,
}

/// Two lines on one track keep at least this distance.
const CLEARANCE: i32 = 10;

pub(super) fn assign(uses: &BTreeMap<Net, Use>) -> Tracks {
    let mut sorted: Vec<(&Net, &Use)> = uses.iter().collect();
    sorted.sort_by_key(|(net, one)| one.key(net));
    let after = constraints(&sorted);
    let mut tracks: Vec<Vec<(i32, i32)>> = Vec::new();
    let mut at: Vec<Option<usize>> = vec![None; sorted.len()];
    for _ in 0..sorted.len() {
        let open = |this: &usize| at[*this].is_none();
        let ready = |this: &usize| after[*this].iter().all(|other| at[*other].is_some());
        // Where the constraints go round in a circle, the first one is as good as any.
        let next = (0..sorted.len()).filter(open).find(ready).or_else(|| (0..sorted.len()).find(open));
        let Some(this) = next else { break };
        let one = sorted[this].1;
        let least = after[this].iter().filter_map(|other| at[*other]).map(|track| track + 1).max().unwrap_or(0);
        let free = |taken: &Vec<(i32, i32)>| {
            taken.iter().all(|(low, high)| one.high + CLEARANCE < *low || *high + CLEARANCE < one.low)
        };
        let track = (least..tracks.len()).find(|track| free(&tracks[*track])).unwrap_or(tracks.len().max(least));
        if track == tracks.len() {
            tracks.push(Vec::new());
        }
        tracks[track].push((one.low, one.high));
        at[this] = Some(track);
    }
    let line = sorted.iter().zip(&at).filter_map(|((net, _), track)| Some((**net, (*track)?))).collect();
    Tracks { line, lines: tracks.len() }
}

/// For every use, those that must run before it. Where one net comes in from the left and another from the right at
/// the same height, the first must turn before the second does, or the two would look like one line.
fn constraints(uses: &[(&Net, &Use)]) -> Vec<Vec<usize>> {
    let mut from_before: BTreeMap<i32, Vec<usize>> = BTreeMap::new();
    for (at, (_, one)) in uses.iter().enumerate() {
        for height in &one.before {
            from_before.entry(*height).or_default().push(at);
        }
    }
    uses.iter()
        .enumerate()
        .map(|(at, (_, one))| {
            let met = one.after.iter().filter_map(|height| from_before.get(height)).flatten();
            let mut first: Vec<usize> = met.copied().filter(|other| *other != at).collect();
            first.sort_unstable();
            first.dedup();
            first
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(before: &[i32], after: &[i32]) -> Use {
        let mut one = Use::new();
        before.iter().chain(after).for_each(|at| one.touch(*at));
        Use { before: before.to_vec(), after: after.to_vec(), ..one }
    }

    #[test]
    fn lines_that_meet_end_to_end_turn_before_they_touch() {
        for (first, second) in [((1, None, 0), (2, None, 0)), ((2, None, 0), (1, None, 0))] {
            // Both have an end at height 50: one to the left, one to the right.
            let uses = BTreeMap::from([(first, one(&[50], &[10])), (second, one(&[90], &[50]))]);
            let tracks = assign(&uses);
            assert!(tracks.line[&first] < tracks.line[&second]);
        }
    }

    #[test]
    fn lines_apart_share_a_track_and_a_circle_of_wishes_ends() {
        let apart = BTreeMap::from([((1, None, 0), one(&[0], &[10])), ((2, None, 0), one(&[100], &[110]))]);
        assert_eq!(assign(&apart).lines, 1);
        let circle = BTreeMap::from([((1, None, 0), one(&[50], &[10])), ((2, None, 0), one(&[10], &[50]))]);
        assert_eq!(assign(&circle).lines, 2);
    }
}
