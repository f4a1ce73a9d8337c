//! Which column of its component each box stands in.
//!
//! Ordinary layered drawing puts everything that points at one table into one column: a table with a hundred
//! satellites becomes a strip, and so does a chain. Here the number of columns follows from the area, every column has
//! a capacity, and a box goes to the free column nearest to its neighbours, so that a hub gets satellites on both sides
//! and a chain winds.

/// Between two boxes of a column.
pub(super) const GAP: i32 = 33;
/// What a gutter is likely to take: with lines, and in a grid without.
pub(super) const GUTTER: i32 = 84;
pub(super) const GRID_GUTTER: i32 = 44;

/// One component's boxes by local number.
pub(super) struct Input<'a> {
    /// Width and height.
    pub sizes: &'a [(i32, i32)],
    /// `links[a]` holds the neighbours of `a`, each once, with `true` where `a` references it.
    pub links: &'a [Vec<(usize, bool)>],
    /// How many columns there may be.
    pub number: usize,
}

/// The column of each box; no column is empty.
pub(super) fn columns(input: &Input<'_>) -> Vec<usize> {
    let count = input.sizes.len();
    let total: i64 = input.sizes.iter().map(|(_, height)| i64::from(height + GAP)).sum();
    let tallest = input.sizes.iter().map(|(_, height)| i64::from(height + GAP)).max().unwrap_or(1);
    let number = input.number.clamp(2.min(count), count);
    let capacity = (total * 110 / 100 / number as i64).max(tallest);
    let mut placing = Placing { input, capacity, load: vec![0; number], column: vec![None; count] };
    placing.spread();
    for _ in 0..8 {
        let moved = placing.improve();
        if !placing.exchange() && !moved {
            break;
        }
    }
    placing.without_empty_columns()
}

struct Placing<'a, 'b> {
    input: &'a Input<'b>,
    capacity: i64,
    load: Vec<i64>,
    column: Vec<Option<usize>>,
}

impl Placing<'_, '_> {
    fn height(&self, node: usize) -> i64 {
        i64::from(self.input.sizes[node].1 + GAP)
    }

    /// Breadth first from the best connected box, which takes the middle.
    fn spread(&mut self) {
        let links = self.input.links;
        let count = self.input.sizes.len();
        let mut by_degree: Vec<usize> = (0..count).collect();
        by_degree.sort_by_key(|node| (std::cmp::Reverse(links[*node].len()), *node));
        let mut queued = vec![false; count];
        for start in by_degree {
            let mut queue = std::collections::VecDeque::new();
            if !queued[start] {
                queued[start] = true;
                queue.push_back(start);
            }
            while let Some(node) = queue.pop_front() {
                let column = self.best(node);
                self.put(node, column);
                let mut next: Vec<usize> = links[node].iter().map(|(other, _)| *other).collect();
                next.retain(|other| !std::mem::replace(&mut queued[*other], true));
                next.sort_by_key(|other| (std::cmp::Reverse(links[*other].len()), *other));
                queue.extend(next);
            }
        }
    }

    fn put(&mut self, node: usize, column: usize) {
        self.load[column] += self.height(node);
        self.column[node] = Some(column);
    }

    /// The cheapest column with room; the emptiest where none has.
    fn best(&self, node: usize) -> usize {
        let height = self.height(node);
        let fits = |column: &usize| self.load[*column] + height <= self.capacity;
        (0..self.load.len()).filter(fits).min_by_key(|column| (self.cost(node, *column), *column)).unwrap_or_else(
            || (0..self.load.len()).min_by_key(|column| (self.load[*column], *column)).unwrap_or_default(),
        )
    }

    /// How far the neighbours are that already stand somewhere; one in the same column is worse than one beside it,
    /// and reading goes from the referenced table on the left to the referencing one on the right.
    fn cost(&self, node: usize, column: usize) -> i64 {
        let mut cost = 0;
        let mut alone = true;
        for (other, references) in &self.input.links[node] {
            if *other == node {
                continue;
            }
            if let Some(at) = self.column[*other] {
                alone = false;
                let distance = column as i64 - at as i64;
                let against = (distance > 0) != *references;
                cost += if distance == 0 { 190 } else { 100 * distance.abs() } + if against { 12 } else { 0 };
            }
        }
        let middle = (self.load.len() as i64 - 1) / 2;
        if alone { (column as i64 - middle).abs() * 100 } else { cost * 10 + self.load[column] * 300 / self.capacity }
    }

    /// Moves every box to a better column with room, where that shortens its lines.
    fn improve(&mut self) -> bool {
        let mut better = false;
        for node in 0..self.column.len() {
            let Some(now) = self.column[node] else { continue };
            let height = self.height(node);
            let here = self.links_cost(node, now);
            let target = (0..self.load.len())
                .filter(|column| *column != now && self.load[*column] + height <= self.capacity)
                .min_by_key(|column| (self.links_cost(node, *column), *column));
            if let Some(column) = target
                && self.links_cost(node, column) < here
            {
                self.load[now] -= height;
                self.put(node, column);
                better = true;
            }
        }
        better
    }

    /// Exchanges boxes of two columns where that shortens the lines and both still fit.
    fn exchange(&mut self) -> bool {
        let mut better = false;
        for a in 0..self.column.len() {
            for b in a + 1..self.column.len() {
                let (Some(of_a), Some(of_b)) = (self.column[a], self.column[b]) else { continue };
                let more = self.height(b) - self.height(a);
                let fits = self.load[of_a] + more <= self.capacity.max(self.load[of_a])
                    && self.load[of_b] - more <= self.capacity.max(self.load[of_b]);
                if of_a == of_b || !fits {
                    continue;
                }
                let before = self.links_cost(a, of_a) + self.links_cost(b, of_b);
                (self.column[a], self.column[b]) = (Some(of_b), Some(of_a));
                if self.links_cost(a, of_b) + self.links_cost(b, of_a) < before {
                    self.load[of_a] += more;
                    self.load[of_b] -= more;
                    better = true;
                } else {
                    (self.column[a], self.column[b]) = (Some(of_a), Some(of_b));
                }
            }
        }
        better
    }

    fn links_cost(&self, node: usize, column: usize) -> i64 {
        let others = self.input.links[node].iter().filter(|(other, _)| *other != node);
        others
            .filter_map(|(other, references)| {
                let distance = column as i64 - self.column[*other]? as i64;
                let against = (distance > 0) != *references;
                Some(if distance == 0 { 190 } else { 100 * distance.abs() } + if against { 12 } else { 0 })
            })
            .sum()
    }

    fn without_empty_columns(self) -> Vec<usize> {
        let mut new = Vec::with_capacity(self.load.len());
        let mut next = 0;
        for load in &self.load {
            new.push(next);
            next += usize::from(*load > 0);
        }
        self.column.into_iter().map(|column| column.map_or(0, |column| new[column])).collect()
    }
}

/// Boxes without lines: columns of about one height, filled row by row in their order.
pub(super) fn grid(sizes: &[(i32, i32)], number: usize) -> Vec<usize> {
    let mut load = vec![0i64; number.clamp(1, sizes.len().max(1))];
    sizes
        .iter()
        .map(|(_, height)| {
            let column = (0..load.len()).min_by_key(|column| (load[*column], *column)).unwrap_or_default();
            load[column] += i64::from(height + GAP);
            column
        })
        .collect()
}

/// How many columns boxes need to be about so wide together.
pub(super) fn number_for_width(sizes: &[(i32, i32)], width: i64, gutter: i32) -> usize {
    let each = sizes.iter().map(|(width, _)| i64::from(width + gutter)).sum::<i64>() / sizes.len().max(1) as i64;
    usize::try_from((width + each / 2) / each.max(1)).unwrap_or(1).clamp(1, sizes.len().max(1))
}

/// What boxes take with the space around them.
pub(super) fn area(sizes: &[(i32, i32)], gutter: i32) -> i64 {
    let total: i64 = sizes.iter().map(|(_, height)| i64::from(height + GAP)).sum();
    total * (sizes.iter().map(|(width, _)| i64::from(width + gutter)).sum::<i64>() / sizes.len().max(1) as i64)
}
