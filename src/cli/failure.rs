//! How a run ends badly: an exit code that keeps "no" apart from "could not tell", what went wrong, what to type next.

use std::error::Error;

/// Exit codes, the same for every command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// 1: a difference or a finding.
    Finding,
    /// 2: usage or configuration.
    Usage,
    /// 3: could not tell: no network, no database, no permission, a migration that does not run.
    CouldNotTell,
    /// 120 to 125: what `tidegate gate` refuses with, so that nothing of it is taken for the command's own code.
    Gate(u8),
    /// 130 and the like: ended by a signal.
    Signal(u8),
}

impl Code {
    pub fn number(self) -> u8 {
        match self {
            Self::Finding => 1,
            Self::Usage => 2,
            Self::CouldNotTell => 3,
            Self::Gate(code) => code,
            Self::Signal(signal) => 128u8.saturating_add(signal),
        }
    }
}

/// What is printed on stderr before the process ends.
#[derive(Clone, Debug)]
pub struct Failure {
    pub code: Code,
    /// What, on which object.
    pub message: String,
    /// Why, outermost cause first.
    pub causes: Vec<String>,
    /// What to type next.
    pub hints: Vec<String>,
}

impl Failure {
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), causes: Vec::new(), hints: Vec::new() }
    }

    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(Code::Usage, message)
    }

    /// From an error and its chain of sources. A cause that its predecessor already quotes is not said twice.
    pub fn from_error(code: Code, error: &dyn Error) -> Self {
        let mut failure = Self::new(code, error.to_string());
        let mut source = error.source();
        let mut last = failure.message.clone();
        while let Some(cause) = source {
            let text = cause.to_string();
            if !last.contains(&text) {
                failure.causes.push(text.clone());
                last = text;
            }
            source = cause.source();
        }
        failure
    }

    /// With the environment's name in what is to be set: `[environments.prod.backup]`. The one that `DATABASE_URL` makes
    /// has none.
    #[must_use]
    pub fn of_environment(mut self, name: &str) -> Self {
        if name != "default" {
            let section = format!("[environments.{name}.");
            self.hints.iter_mut().for_each(|hint| *hint = hint.replace("[environments.NAME.", &section));
        }
        self
    }

    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    pub fn hints(mut self, hints: impl IntoIterator<Item = String>) -> Self {
        self.hints.extend(hints);
        self
    }
}
