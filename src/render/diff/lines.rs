//! Two texts line by line: what a view's definition or a function's body lost and gained.

/// Lines around a change that are shown with it.
const CONTEXT: usize = 2;
/// Beyond this, texts are too long to be worth an exact comparison.
const CELLS: usize = 4_000_000;

/// `-` for a line that went, `+` for one that came, ` ` for one around them, `…` where lines were left out.
pub(super) fn changed(before: &str, after: &str) -> Vec<(char, String)> {
    let split = |text: &str| text.trim_matches('\n').lines().map(|line| line.trim_end().to_owned()).collect::<Vec<_>>();
    let all = edits(&split(before), &split(after));
    let near = |at: usize| {
        let range = at.saturating_sub(CONTEXT)..(at + CONTEXT + 1).min(all.len());
        all[range].iter().any(|(mark, _)| *mark != ' ')
    };
    let mut shown: Vec<(char, String)> = Vec::new();
    for (at, line) in all.iter().enumerate() {
        if near(at) {
            shown.push(line.clone());
        } else if shown.last().is_none_or(|(mark, _)| *mark != '…') {
            shown.push(('…', String::new()));
        }
    }
    // Only space at the ends of lines differs.
    if shown.iter().all(|(mark, _)| matches!(mark, ' ' | '…')) {
        vec![('…', "white space".to_owned())]
    } else {
        shown
    }
}

/// Every line of both, in order, by a longest common subsequence.
fn edits(before: &[String], after: &[String]) -> Vec<(char, String)> {
    let line = |mark: char, text: &String| (mark, text.clone());
    if before.len().saturating_mul(after.len()) > CELLS {
        return before.iter().map(|text| line('-', text)).chain(after.iter().map(|text| line('+', text))).collect();
    }
    let width = after.len() + 1;
    let mut common = vec![0u32; (before.len() + 1) * width];
    for i in (0..before.len()).rev() {
        for j in (0..after.len()).rev() {
            common[i * width + j] = match before[i] == after[j] {
                true => common[(i + 1) * width + j + 1] + 1,
                false => common[(i + 1) * width + j].max(common[i * width + j + 1]),
            };
        }
    }
    let (mut i, mut j) = (0, 0);
    let mut all = Vec::new();
    while i < before.len() || j < after.len() {
        if i < before.len() && j < after.len() && before[i] == after[j] {
            all.push(line(' ', &before[i]));
            (i, j) = (i + 1, j + 1);
        } else if i < before.len() && (j == after.len() || common[(i + 1) * width + j] >= common[i * width + j + 1]) {
            all.push(line('-', &before[i]));
            i += 1;
        } else {
            all.push(line('+', &after[j]));
            j += 1;
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(before: &str, after: &str) -> String {
        changed(before, after).into_iter().map(|(mark, line)| format!("{mark}{line}\n")).collect()
    }

    #[test]
    fn changed_lines_stand_among_their_neighbours() {
        assert_eq!(told("a\nb\nc", "a\nx\nc"), " a\n-b\n+x\n c\n");
        assert_eq!(told("1\n2\n3\n4\n5\n6", "1\n2\n3\n4\n5\n7"), "…\n 4\n 5\n-6\n+7\n");
        assert_eq!(told("", "a"), "+a\n");
        assert_eq!(told("a \n", "a"), "…white space\n");
    }

    #[test]
    fn long_texts_are_told_whole() {
        let long = |word: &str| (0..2_500).map(|at| format!("{word}{at}\n")).collect::<String>();
        assert_eq!(changed(&long("a"), &long("b")).len(), 5_000);
    }
}
