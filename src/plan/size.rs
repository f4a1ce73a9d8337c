//! Rows and bytes as people read them: `12 M rows, 3.4 GB`.

use super::document::Figures;

/// Both, as far as they are known.
pub(super) fn figures(figures: &Figures) -> String {
    match figures.rows {
        Some(rows) => format!("{}, {}", self::rows(rows), bytes(figures.bytes)),
        None => format!("rows not known, {}", bytes(figures.bytes)),
    }
}

/// `1 row`, `840 rows`, `12 k rows`, `3.4 M rows`: an estimate is not to be read to the last digit.
pub(super) fn rows(count: u64) -> String {
    match count {
        1 => "1 row".to_owned(),
        0..10_000 => format!("{count} rows"),
        10_000..1_000_000 => format!("{} k rows", count / 1000),
        1_000_000..1_000_000_000 => format!("{} M rows", tenths(count, 1_000_000)),
        _ => format!("{} G rows", tenths(count, 1_000_000_000)),
    }
}

/// In steps of 1024, as `pg_size_pretty` counts them.
pub(super) fn bytes(count: u64) -> String {
    const KB: u64 = 1 << 10;
    const MB: u64 = 1 << 20;
    const GB: u64 = 1 << 30;
    const TB: u64 = 1 << 40;
    match count {
        0..KB => format!("{count} bytes"),
        KB..MB => format!("{} kB", count / KB),
        MB..GB => format!("{} MB", tenths(count, MB)),
        GB..TB => format!("{} GB", tenths(count, GB)),
        _ => format!("{} TB", tenths(count, TB)),
    }
}

/// With one digit after the point below ten, without one above.
fn tenths(count: u64, unit: u64) -> String {
    let whole = count / unit;
    let tenth = (count % unit) * 10 / unit;
    if whole >= 10 || tenth == 0 { whole.to_string() } else { format!("{whole}.{tenth}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_short() {
        assert_eq!(rows(1), "1 row");
        assert_eq!(rows(9_999), "9999 rows");
        assert_eq!(rows(12_345), "12 k rows");
        assert_eq!(rows(3_450_000), "3.4 M rows");
        assert_eq!(rows(12_000_000), "12 M rows");
        assert_eq!(bytes(0), "0 bytes");
        assert_eq!(bytes(8192), "8 kB");
        assert_eq!(bytes(3_650_722_201), "3.3 GB");
        assert_eq!(figures(&Figures { rows: None, bytes: 8192 }), "rows not known, 8 kB");
    }
}
