//! Takes out what templates leave behind, so that they can be written to be read.
//!
//! Outside fenced blocks: blank lines in a row, spaces at the end of lines, and those columns of tables that are empty
//! in every row.

pub(super) fn tidy(text: &str) -> String {
    let mut tidied = String::with_capacity(text.len());
    let mut fence: Option<&str> = None;
    let mut table: Vec<&str> = Vec::new();
    let mut blank = true;
    for line in text.lines() {
        if let Some(ticks) = fence {
            if line.trim_end() == ticks {
                fence = None;
            }
            push(&mut tidied, line);
            continue;
        }
        let line = line.trim_end();
        if line.starts_with("| ") {
            table.push(line);
            blank = false;
            continue;
        }
        flush(&mut table, &mut tidied);
        if line.starts_with("```") {
            let ticks = line.len() - line.trim_start_matches('`').len();
            fence = Some(&line[..ticks]);
        }
        if line.is_empty() && blank {
            continue;
        }
        blank = line.is_empty();
        push(&mut tidied, line);
    }
    flush(&mut table, &mut tidied);
    tidied.truncate(tidied.trim_end().len());
    tidied.push('\n');
    tidied
}

fn push(text: &mut String, line: &str) {
    text.push_str(line);
    text.push('\n');
}

/// Writes the rows of a table (head, rule, body) without the columns that say nothing. The first column stays.
fn flush(table: &mut Vec<&str>, tidied: &mut String) {
    let rows: Vec<Vec<&str>> = std::mem::take(table).into_iter().map(cells).collect();
    let width = rows.first().map_or(0, Vec::len);
    let regular = rows.len() > 2 && rows.iter().all(|row| row.len() == width);
    let kept: Vec<bool> =
        (0..width).map(|at| !regular || at == 0 || rows[2..].iter().any(|row| !row[at].is_empty())).collect();
    for row in rows {
        let shown = row.iter().enumerate().filter(|(at, _)| kept.get(*at).copied().unwrap_or(true));
        let cells: Vec<&str> = shown.map(|(_, cell)| *cell).collect();
        push(tidied, &format!("| {} |", cells.join(" | ")));
    }
}

/// The cells of a row; an escaped pipe is part of its cell.
fn cells(row: &str) -> Vec<&str> {
    let inner = row.strip_prefix('|').unwrap_or(row);
    let inner = inner.strip_suffix('|').filter(|rest| !rest.ends_with('\\')).unwrap_or(inner);
    let mut cells = Vec::new();
    let mut start = 0;
    let bytes = inner.as_bytes();
    for at in 0..bytes.len() {
        if bytes[at] == b'|' && (at == 0 || bytes[at - 1] != b'\\') {
            cells.push(inner[start..at].trim());
            start = at + 1;
        }
    }
    cells.push(inner[start..].trim());
    cells
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blank_lines_and_empty_columns_go() {
        let raw = "# a  \n\n\n\n| A | B | C |\n| --- | --- | --- |\n| x \\| y |  | z |\n|  |  |  |\n\n\nend\n\n";
        assert_eq!(tidy(raw), "# a\n\n| A | C |\n| --- | --- |\n| x \\| y | z |\n|  |  |\n\nend\n");
    }

    #[test]
    fn fenced_blocks_stay_as_they_are() {
        let raw = "````sql\na  \n\n\n```\n| a |  |\n| - | - |\n| b |  |\n````\n";
        assert_eq!(tidy(raw), raw);
    }
}
