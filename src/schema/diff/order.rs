//! Which columns moved: the fewest that explain the new order.

/// The indices into `order` that moved. `order` holds, in the order before, for each column that is on both sides its
/// place before, its place after, and a name that is the same whichever way one looks.
///
/// What stays is a longest chain whose order is kept; of several, the one with most columns that kept their very place,
/// and then the one whose names come first. A chain reads the same in both directions, hence so does the choice: the
/// way back moves the same columns.
pub(super) fn moved(order: &[(usize, usize, String)]) -> Vec<usize> {
    if order.is_sorted_by_key(|(_, after, _)| *after) {
        return Vec::new();
    }
    let follows = |at: usize, next: usize| next > at && order[next].1 > order[at].1;
    let own = |at: usize| usize::from(order[at].0 == order[at].1);
    // The best chain that starts at each column: how long, and how many kept their place.
    let mut best = vec![(0usize, 0usize); order.len()];
    for at in (0..order.len()).rev() {
        let rest = (at + 1..order.len()).filter(|next| follows(at, *next)).map(|next| best[next]).max();
        let (length, kept) = rest.unwrap_or_default();
        best[at] = (length + 1, kept + own(at));
    }
    let mut wanted = best.iter().copied().max().unwrap_or_default();
    let mut stays = vec![false; order.len()];
    let mut last: Option<usize> = None;
    while wanted.0 > 0 {
        let next = (0..order.len()).filter(|at| last.is_none_or(|last| follows(last, *at)) && best[*at] == wanted);
        let Some(next) = next.min_by(|a, b| order[*a].2.cmp(&order[*b].2)) else { break };
        stays[next] = true;
        last = Some(next);
        wanted = (wanted.0 - 1, wanted.1 - own(next));
    }
    (0..order.len()).filter(|at| !stays[*at]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moves(before: &str, after: &str) -> String {
        let place = |c: char| after.chars().position(|other| other == c).unwrap();
        let order: Vec<_> = before.chars().enumerate().map(|(at, c)| (at, place(c), c.to_string())).collect();
        moved(&order).into_iter().map(|at| order[at].2.clone()).collect()
    }

    #[test]
    fn the_fewest_columns_move() {
        assert_eq!(moves("abcd", "abcd"), "");
        assert_eq!(moves("abcd", "bcda"), "a");
        assert_eq!(moves("abcd", "dabc"), "d");
        assert_eq!(moves("abcde", "acbde"), "c");
        assert_eq!(moves("abcde", "abedc"), "ce");
        assert_eq!(moves("", ""), "");
    }

    #[test]
    fn the_way_back_moves_the_same() {
        let mut letters: Vec<char> = "abcdefgh".chars().collect();
        let mut seed = 7usize;
        for _ in 0..500 {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let (a, b) = ((seed >> 20) % 8, (seed >> 40) % 8);
            letters.swap(a, b);
            let after: String = letters.iter().collect();
            let sorted = |text: String| {
                let mut letters: Vec<char> = text.chars().collect();
                letters.sort_unstable();
                letters
            };
            assert_eq!(sorted(moves("abcdefgh", &after)), sorted(moves(&after, "abcdefgh")), "{after}");
        }
    }
}
