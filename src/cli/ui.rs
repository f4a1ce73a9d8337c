//! Status for people, on stderr: a spinner on a terminal, plain lines with timestamps elsewhere, nothing when quiet.

mod beat;

use std::io::Write as _;
use std::sync::{Arc, Mutex, Once, Weak};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::environment::Environment;
use super::failure::Failure;
use crate::progress::Progress;
use beat::Beat;

/// Work that ends sooner says nothing.
const PATIENCE: Duration = Duration::from_secs(1);

/// Where status goes.
pub struct Ui {
    quiet: bool,
    colour: bool,
    bar: Option<ProgressBar>,
    started: Instant,
    /// Where there is no terminal.
    beat: Arc<Mutex<Beat>>,
    beats: Once,
    context: Mutex<String>,
    stdout_colour: bool,
}

impl Ui {
    pub fn new(quiet: bool, environment: &Environment) -> Self {
        let dumb = environment.get("TERM") == Some("dumb");
        let terminal = environment.stderr_is_terminal && !dumb && environment.get("CI").is_none();
        let bar = (terminal && !quiet).then(|| {
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
            let style =
                ProgressStyle::with_template("{spinner} {msg}").unwrap_or_else(|_| ProgressStyle::default_spinner());
            bar.set_style(style);
            bar
        });
        let wanted = !dumb && environment.get("NO_COLOR").is_none_or(str::is_empty);
        Self {
            quiet,
            colour: environment.stderr_is_terminal && wanted,
            bar,
            started: Instant::now(),
            beat: Arc::default(),
            beats: Once::new(),
            context: Mutex::default(),
            stdout_colour: environment.stdout_is_terminal && wanted,
        }
    }

    /// Whether results on stdout may be coloured.
    pub fn colours_stdout(&self) -> bool {
        self.stdout_colour
    }

    /// What the steps from now on belong to, where one command does the same work twice: `before`. Empty for nothing.
    pub fn context(&self, text: &str) {
        if let Ok(mut context) = self.context.lock() {
            text.clone_into(&mut context);
        }
    }

    /// A line about what was done.
    pub fn status(&self, text: &str) {
        if !self.quiet {
            self.line(&plain(text));
        }
    }

    /// A line that is said even where nothing else is.
    pub fn always(&self, text: &str) {
        self.line(text);
    }

    /// Whether status on stderr is coloured.
    pub fn colours(&self) -> bool {
        self.colour
    }

    pub fn warning(&self, text: &str) {
        if !self.quiet {
            self.line(&format!("{} {}", self.paint("warning:", "33"), plain(text)));
        }
    }

    pub fn failure(&self, failure: &Failure) {
        self.line(&format!("{} {}", self.paint("error:", "31"), indent(&failure.message)));
        for cause in &failure.causes {
            self.line(&format!("  {} {}", self.paint("because:", "2"), indent(cause)));
        }
        for hint in &failure.hints {
            self.line(&format!("  {} {}", self.paint("try:", "36"), indent(hint)));
        }
    }

    /// Takes the spinner away.
    pub fn finish(&self) {
        self.pause();
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }

    /// Takes the spinner away until the next step, for a command that goes on.
    pub fn rest(&self) {
        self.pause();
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
            bar.set_draw_target(ProgressDrawTarget::hidden());
            bar.reset();
        }
    }

    fn pause(&self) {
        if let Ok(mut beat) = self.beat.lock() {
            beat.rest();
        }
    }

    /// Says that a step is under way to a log without a terminal, now or when it takes long.
    fn log_step(&self, text: &str, count: Option<(usize, usize)>) {
        self.beats.call_once(|| {
            let beat = Arc::downgrade(&self.beat);
            // Without it a log only hears of the beginnings of steps.
            let _ = std::thread::Builder::new().name("heartbeat".to_owned()).spawn(move || keep_beating(&beat));
        });
        let Ok(mut beat) = self.beat.lock() else { return };
        let soon = self.started.elapsed() < PATIENCE;
        if let Some(line) = beat.step(text, count, Instant::now(), soon) {
            self.line(&stamped(&line));
        }
    }

    fn paint(&self, text: &str, code: &str) -> String {
        if self.colour { format!("\x1b[1;{code}m{text}\x1b[0m") } else { text.to_owned() }
    }

    /// A stderr that is closed is no reason to fail.
    fn line(&self, text: &str) {
        let write = || {
            let _ = writeln!(std::io::stderr(), "{text}");
        };
        match &self.bar {
            Some(bar) => bar.suspend(write),
            None => write(),
        }
    }
}

fn stamped(text: &str) -> String {
    format!("{} {text}", jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ"))
}

/// Until the [`Ui`] is gone.
fn keep_beating(beat: &Weak<Mutex<Beat>>) {
    loop {
        std::thread::sleep(Duration::from_secs(1));
        let Some(beat) = beat.upgrade() else { return };
        let Ok(mut beat) = beat.lock() else { return };
        if let Some(line) = beat.due(Instant::now()) {
            let _ = writeln!(std::io::stderr(), "{}", stamped(&line));
        }
    }
}

fn indent(text: &str) -> String {
    plain(text.trim_end()).replace('\n', "\n    ")
}

/// Names of files and of objects are others' words, and a terminal obeys control characters.
fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && !matches!(c, '\n' | '\t') { '\u{fffd}' } else { c }).collect()
}

impl Progress for Ui {
    fn step(&self, text: &str, done: usize, total: Option<usize>) {
        if self.quiet {
            return;
        }
        let context = self.context.lock().map(|context| context.clone()).unwrap_or_default();
        let text = plain(&if context.is_empty() { text.to_owned() } else { format!("{context}: {text}") });
        let count = total.map(|total| (done, total));
        let Some(bar) = &self.bar else { return self.log_step(&text, count) };
        if self.started.elapsed() < PATIENCE {
            return;
        }
        if bar.is_hidden() {
            bar.set_draw_target(ProgressDrawTarget::stderr());
            bar.enable_steady_tick(Duration::from_millis(120));
        }
        bar.set_message(match count {
            Some((done, total)) => format!("{text} ({done}/{total})"),
            None => text,
        });
    }

    fn reached(&self, text: &str) {
        if self.quiet {
            return;
        }
        let text = plain(text);
        if self.bar.is_some() {
            return self.line(&text);
        }
        let Ok(mut beat) = self.beat.lock() else { return };
        beat.said(Instant::now());
        self.line(&stamped(&text));
    }

    fn handed_over(&self, text: &str) {
        self.reached(text);
        // A spinner would be drawn into what the other program says.
        match &self.bar {
            Some(_) => self.rest(),
            None => self.step(text, 0, None),
        }
    }

    fn note(&self, text: &str) {
        if !self.quiet {
            self.line(&format!("{} {}", self.paint("note:", "36"), plain(text)));
        }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn nothing_that_a_terminal_obeys_gets_through() {
        assert_eq!(super::plain("a\x1b[31m\u{9b}b\r\n\tc"), "a\u{fffd}[31m\u{fffd}b\u{fffd}\n\tc");
    }
}
