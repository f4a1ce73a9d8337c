//! Packs rectangles into rows, like books on shelves.

/// Between neighbours, for the estimate.
const SPACE: i32 = 30;

/// Rows of item numbers, none wider than `width` unless a single item is. Items keep their order.
pub(super) fn fill(sizes: &[(i32, i32)], width: i64) -> Vec<Vec<usize>> {
    let mut rows: Vec<Vec<usize>> = Vec::new();
    let mut used = 0;
    for (item, (w, _)) in sizes.iter().enumerate() {
        let w = i64::from(w + SPACE);
        match rows.last_mut() {
            Some(row) if used + w <= width + i64::from(SPACE) => row.push(item),
            _ => {
                rows.push(vec![item]);
                used = 0;
            }
        }
        used += w;
    }
    rows
}

/// The whole part of a square root.
pub(super) fn root(value: i64) -> i64 {
    value.max(0).isqrt()
}
