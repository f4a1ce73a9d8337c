//! When work begins, and when it begins again because its files changed under it.

use super::inputs::Fingerprint;

/// How often work under way is given up for a newer change before it may end. A generator that writes for minutes must
/// not keep everything from being shown.
const MOST_RESTARTS: u32 = 5;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A look at the files, and what they hold.
    Looked(Fingerprint),
    /// The work under way has ended, well or badly.
    Ended,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    Nothing,
    Begin,
    /// Give up what is under way, and begin anew.
    BeginAgain,
}

/// What was done and what is being done.
#[derive(Clone, Debug, Default)]
pub struct Follow {
    done: Option<Fingerprint>,
    doing: Option<Fingerprint>,
    restarts: u32,
    /// Looked at while work went on that could not be given up.
    waiting: Option<Fingerprint>,
}

impl Follow {
    /// What has to be done now. [`Action::Begin`] and [`Action::BeginAgain`] take it as begun.
    pub fn on(&mut self, event: Event) -> Action {
        match (event, self.doing.take()) {
            (Event::Looked(now), None) if self.done == Some(now) => Action::Nothing,
            (Event::Looked(now), None) => self.begin(now, Action::Begin),
            (Event::Looked(now), Some(doing)) if now == doing => {
                (self.doing, self.waiting) = (Some(doing), None);
                Action::Nothing
            }
            (Event::Looked(now), Some(_)) if self.restarts < MOST_RESTARTS => {
                self.restarts += 1;
                self.begin(now, Action::BeginAgain)
            }
            (Event::Looked(now), Some(doing)) => {
                (self.doing, self.waiting) = (Some(doing), Some(now));
                Action::Nothing
            }
            (Event::Ended, doing) => {
                self.done = doing;
                self.restarts = 0;
                match self.waiting.take() {
                    Some(now) if self.done != Some(now) => self.begin(now, Action::Begin),
                    _ => Action::Nothing,
                }
            }
        }
    }

    fn begin(&mut self, now: Fingerprint, action: Action) -> Action {
        (self.doing, self.waiting) = (Some(now), None);
        action
    }

    pub fn is_working(&self) -> bool {
        self.doing.is_some()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn print(number: u8) -> Fingerprint {
        Fingerprint([number; 32])
    }

    #[test]
    fn what_was_only_touched_costs_nothing() {
        let mut follow = Follow::default();
        assert_eq!(follow.on(Event::Looked(print(1))), Action::Begin);
        assert_eq!(follow.on(Event::Looked(print(1))), Action::Nothing);
        assert_eq!(follow.on(Event::Ended), Action::Nothing);
        assert_eq!(follow.on(Event::Looked(print(1))), Action::Nothing);
        assert_eq!(follow.on(Event::Looked(print(2))), Action::Begin);
    }

    #[test]
    fn a_change_under_way_begins_again_and_one_that_is_taken_back_too() {
        let mut follow = Follow::default();
        follow.on(Event::Looked(print(1)));
        assert_eq!(follow.on(Event::Looked(print(2))), Action::BeginAgain);
        assert_eq!(follow.on(Event::Looked(print(1))), Action::BeginAgain);
        assert_eq!(follow.on(Event::Ended), Action::Nothing);
        assert_eq!(follow.on(Event::Looked(print(1))), Action::Nothing);
    }

    #[test]
    fn work_is_not_given_up_for_ever() {
        let mut follow = Follow::default();
        follow.on(Event::Looked(print(0)));
        let again = (1..100).filter(|n| follow.on(Event::Looked(print(*n))) == Action::BeginAgain).count();
        assert_eq!(again, MOST_RESTARTS as usize);
        assert_eq!(follow.on(Event::Ended), Action::Begin, "the last look is still waiting");
        assert_eq!(follow.on(Event::Ended), Action::Nothing);
        assert_eq!(follow.on(Event::Looked(print(99))), Action::Nothing);
    }

    proptest! {
        /// Whatever happens, when all work has ended, what was last looked at is what was last done.
        #[test]
        fn the_last_look_is_done_in_the_end(looks in proptest::collection::vec(proptest::option::of(0u8..4), 1..60)) {
            let mut follow = Follow::default();
            let mut begun = None;
            let mut last = None;
            for look in looks {
                let action = match look {
                    Some(number) => {
                        last = Some(number);
                        follow.on(Event::Looked(print(number)))
                    }
                    None if follow.is_working() => follow.on(Event::Ended),
                    None => Action::Nothing,
                };
                if action != Action::Nothing {
                    begun = last;
                }
            }
            while follow.is_working() {
                if follow.on(Event::Ended) != Action::Nothing {
                    begun = last;
                }
            }
            prop_assert_eq!(begun, last);
        }
    }
}
