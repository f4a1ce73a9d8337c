//! What a log without a terminal hears while something takes long: a line at least once a minute, also where one call
//! takes all that time. CI ends jobs that are silent.

use std::time::{Duration, Instant};

/// The longest silence while a step is under way.
const SILENCE: Duration = Duration::from_secs(30);
/// The shortest time between two lines about steps.
const PAUSE: Duration = Duration::from_secs(10);

/// What is under way, and when a line was last said.
#[derive(Debug, Default)]
pub(super) struct Beat {
    step: Option<Step>,
    last: Option<Instant>,
}

#[derive(Debug)]
struct Step {
    text: String,
    count: Option<(usize, usize)>,
    since: Instant,
}

impl Beat {
    /// A step is under way, or goes on; the line about it, if it is time for one. With `soon` it is not, since all may be
    /// over in a moment.
    pub(super) fn step(
        &mut self,
        text: &str,
        count: Option<(usize, usize)>,
        now: Instant,
        soon: bool,
    ) -> Option<String> {
        match &mut self.step {
            Some(step) if step.text == text => step.count = count,
            step => *step = Some(Step { text: text.to_owned(), count, since: now }),
        }
        if soon || self.last.is_some_and(|last| now.duration_since(last) < PAUSE) {
            return None;
        }
        self.say(now)
    }

    /// The line that is due at `now` because nothing was said for long.
    pub(super) fn due(&mut self, now: Instant) -> Option<String> {
        let since = self.step.as_ref()?.since;
        let silent = now.duration_since(self.last.map_or(since, |last| last.max(since)));
        if silent < SILENCE { None } else { self.say(now) }
    }

    /// A line was said otherwise.
    pub(super) fn said(&mut self, now: Instant) {
        self.last = Some(now);
    }

    /// Nothing is under way any more.
    pub(super) fn rest(&mut self) {
        self.step = None;
    }

    fn say(&mut self, now: Instant) -> Option<String> {
        let step = self.step.as_ref()?;
        self.last = Some(now);
        let count = step.count.map(|(done, total)| format!(" ({done}/{total})")).unwrap_or_default();
        let already = now.duration_since(step.since).as_secs();
        let already = match (already / 60, already % 60) {
            (0, seconds) if seconds < PAUSE.as_secs() => String::new(),
            (0, seconds) => format!(", for {seconds} s"),
            (minutes, _) => format!(", for {minutes} min"),
        };
        Some(format!("{}{count}{already}", step.text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(beat: &mut Beat, from: Instant, seconds: std::ops::Range<u64>) -> Vec<(u64, String)> {
        seconds.filter_map(|second| beat.due(from + Duration::from_secs(second)).map(|line| (second, line))).collect()
    }

    #[test]
    fn one_long_call_is_not_silent() {
        let start = Instant::now();
        let mut beat = Beat::default();
        assert_eq!(
            beat.step("waiting for b: creating", Some((3, 100)), start, false).unwrap(),
            "waiting for b: creating (3/100)"
        );
        let lines = lines(&mut beat, start, 0..200);
        assert_eq!(
            lines[..3],
            [
                (30, "waiting for b: creating (3/100), for 30 s".to_owned()),
                (60, "waiting for b: creating (3/100), for 1 min".to_owned()),
                (90, "waiting for b: creating (3/100), for 1 min".to_owned()),
            ]
        );
        assert!(lines.windows(2).all(|pair| pair[1].0 - pair[0].0 <= 60), "{lines:?}");
    }

    #[test]
    fn a_step_that_goes_on_keeps_its_time_and_shows_how_far_it_is() {
        let start = Instant::now();
        let mut beat = Beat::default();
        beat.step("waiting", Some((1, 100)), start, false);
        let soon = start + Duration::from_secs(5);
        assert_eq!(beat.step("waiting", Some((2, 100)), soon, false), None);
        let later = start + Duration::from_secs(15);
        assert_eq!(beat.step("waiting", Some((40, 100)), later, false).unwrap(), "waiting (40/100), for 15 s");
    }

    #[test]
    fn work_that_ends_soon_says_nothing_and_what_is_over_neither() {
        let start = Instant::now();
        let mut beat = Beat::default();
        assert_eq!(beat.step("reading", None, start, true), None);
        assert!(!lines(&mut beat, start, 0..40).is_empty());
        beat.rest();
        assert_eq!(lines(&mut beat, start, 40..400), []);
    }
}
