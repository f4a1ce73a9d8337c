use jiff::Timestamp;
use jiff::tz::TimeZone;

/// A stretch of the calendar in UTC, of which the newest backup is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Period {
    Day,
    /// ISO 8601: from Monday on; the week belongs to the year of its Thursday.
    Week,
    Month,
    Year,
}

impl Period {
    /// The name of the stretch in which the moment lies: `2026-03-07`, `2026-W10`, `2026-03`, `2026`.
    pub(super) fn of(self, moment: Timestamp) -> String {
        let date = moment.to_zoned(TimeZone::UTC).date();
        match self {
            Self::Day => date.to_string(),
            Self::Week => {
                let week = date.iso_week_date();
                format!("{}-W{:02}", week.year(), week.week())
            }
            Self::Month => format!("{}-{:02}", date.year(), date.month()),
            Self::Year => date.year().to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stretches_are_those_of_the_calendar_in_utc() {
        let of = |period: Period, text: &str| period.of(text.parse().unwrap());
        assert_eq!(of(Period::Day, "2026-03-07T23:30:00-02:00"), "2026-03-08");
        assert_eq!(of(Period::Month, "2026-03-31T23:30:00Z"), "2026-03");
        assert_eq!(of(Period::Year, "2026-12-31T23:59:59Z"), "2026");
        // A Monday begins a week, and the first days of January may belong to the old year.
        assert_eq!(of(Period::Week, "2026-03-08T12:00:00Z"), "2026-W10");
        assert_eq!(of(Period::Week, "2026-03-09T00:00:00Z"), "2026-W11");
        assert_eq!(of(Period::Week, "2027-01-03T12:00:00Z"), "2026-W53");
        assert_eq!(of(Period::Week, "2024-12-30T12:00:00Z"), "2025-W01");
    }
}
