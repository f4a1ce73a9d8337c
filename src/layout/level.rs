//! Heights: where in its column each box stands, so that lines run as straight as they can.
//!
//! A column's order is given. Every item wishes to stand where its lines would be straight; the nearest arrangement
//! that keeps order and distances is an isotonic regression, found exactly by pooling neighbours that want to pass each
//! other. Columns are swept from left to right and back until they settle.

/// Everything stands on multiples of this (half a row), so that a line is straight or visibly bent, never nearly
/// straight.
pub(super) const GRID: i32 = 11;

pub(super) struct Item {
    /// A multiple of [`GRID`]: its own height and the distance to the next.
    pub room: i32,
}

/// Between items of neighbouring columns; the offsets say where on its item the line ends.
pub(super) struct Link {
    pub left: usize,
    pub left_offset: i32,
    pub right: usize,
    pub right_offset: i32,
}

/// The upper edge of every item.
pub(super) fn level(columns: &[Vec<usize>], items: &[Item], links: &[Link]) -> Vec<i32> {
    let stack = |column: &Vec<usize>| column.iter().map(|item| items[*item].room).sum::<i32>();
    let tallest = columns.iter().map(stack).max().unwrap_or(0);
    let height = tallest + tallest / 12 / GRID * GRID;
    let mut y = vec![0; items.len()];
    for column in columns {
        let mut at = (height - stack(column)) / 2 / GRID * GRID;
        for item in column {
            y[*item] = at;
            at += items[*item].room;
        }
    }
    let mut to_left: Vec<Vec<(usize, i32)>> = vec![Vec::new(); items.len()];
    let mut to_right: Vec<Vec<(usize, i32)>> = vec![Vec::new(); items.len()];
    for link in links {
        to_left[link.right].push((link.left, link.left_offset - link.right_offset));
        to_right[link.left].push((link.right, link.right_offset - link.left_offset));
    }
    for sweep in 0..14 {
        let both = sweep >= 8;
        let forward: Vec<usize> = (0..columns.len()).collect();
        let order: Vec<usize> = if sweep % 2 == 0 { forward } else { forward.into_iter().rev().collect() };
        for column in order {
            let wishes: Vec<(i64, i64)> = columns[column]
                .iter()
                .map(|item| {
                    let (near, far) = if sweep % 2 == 0 { (&to_left, &to_right) } else { (&to_right, &to_left) };
                    let far = if both { far[*item].as_slice() } else { &[] };
                    wish(&y, near[*item].iter().chain(far), y[*item])
                })
                .collect();
            settle(&columns[column], items, &wishes, height, &mut y);
        }
    }
    let top = columns.iter().flatten().map(|item| y[*item]).min().unwrap_or(0);
    y.iter_mut().for_each(|y| *y -= top);
    y
}

/// Where an item would like to stand, and how strongly.
fn wish<'a>(y: &[i32], links: impl Iterator<Item = &'a (usize, i32)>, now: i32) -> (i64, i64) {
    let (mut sum, mut count) = (0i64, 0i64);
    for (other, offset) in links {
        sum += i64::from(y[*other] + offset);
        count += 1;
    }
    if count == 0 { (i64::from(now), 1) } else { (sum.div_euclid(count), 10 * count) }
}

/// The arrangement nearest to the wishes, by pooling adjacent violators.
fn settle(column: &[usize], items: &[Item], wishes: &[(i64, i64)], height: i32, y: &mut [i32]) {
    let mut before = Vec::with_capacity(column.len());
    let mut used = 0;
    for item in column {
        before.push(used);
        used += items[*item].room;
    }
    // Blocks of items that stand directly below each other: weighted sum of wishes, weight, number of items.
    let mut blocks: Vec<(i64, i64, usize)> = Vec::new();
    for (at, (wish, weight)) in wishes.iter().enumerate() {
        blocks.push(((wish - i64::from(before[at])) * weight, *weight, 1));
        while let [.., (sum_a, weight_a, count_a), (sum_b, weight_b, count_b)] = blocks.as_slice()
            && sum_a * weight_b > sum_b * weight_a
        {
            let pooled = (sum_a + sum_b, weight_a + weight_b, count_a + count_b);
            blocks.truncate(blocks.len() - 2);
            blocks.push(pooled);
        }
    }
    let free = i64::from((height - used).max(0));
    let grid = i64::from(GRID);
    let mut at = 0;
    for (sum, weight, count) in blocks {
        let wished = (sum.div_euclid(weight) + grid / 2).div_euclid(grid) * grid;
        let start = i32::try_from(wished.clamp(0, free / grid * grid)).unwrap_or(0);
        for _ in 0..count {
            y[column[at]] = start + before[at];
            at += 1;
        }
    }
}
