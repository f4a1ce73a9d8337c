//! Whether the credentials outlast a gate, and whether the clocks agree. Pure.

use jiff::{SignedDuration, Timestamp};

use super::Check;
use super::resource::{Bounds, rough};

/// AWS refuses signatures that are further off than this.
const REFUSED: SignedDuration = SignedDuration::from_mins(5);
const NOTICED: SignedDuration = SignedDuration::from_secs(30);

/// `end`: when the credentials end, where they say so. `renewed`: whether they renew themselves (roles of instances,
/// containers, GitHub's web identity).
pub fn lifetime(end: Option<Timestamp>, renewed: bool, bounds: Bounds) -> Check {
    let name = "credentials-lifetime";
    let Some(end) = end else {
        return Check::ok(name, "they name no end; keys exported from a session end all the same");
    };
    let left = end.duration_since(bounds.now);
    let seen = format!("until {end}, {} from now", rough(left));
    match () {
        () if left <= SignedDuration::ZERO => Check::failed(name, format!("ended at {end}")).mend("sign in again"),
        () if renewed => Check::ok(name, format!("{seen}, and then renewed")),
        () if left < bounds.timeout => {
            Check::warning(name, format!("{seen}: less than gate.timeout ({})", rough(bounds.timeout)))
                .mend("a longer session (role-duration-seconds, DurationSeconds), or a shorter --timeout")
        }
        () => Check::ok(name, seen),
    }
}

/// `ahead`: how far the clock of AWS is ahead of ours.
pub fn clock(ahead: Option<SignedDuration>) -> Check {
    let name = "clock";
    let Some(ahead) = ahead else { return Check::could_not_tell(name, "no answer of AWS carried a date") };
    let off = ahead.abs();
    let seen = format!("{} {} the clock of AWS", rough(off), if ahead.is_negative() { "ahead of" } else { "behind" });
    match () {
        () if off >= REFUSED => Check::failed(name, format!("{seen}: AWS refuses signatures from there on"))
            .mend("set this machine's clock (NTP)"),
        () if off >= NOTICED => Check::warning(name, format!("{seen}: ages of backups are off by as much"))
            .mend("set this machine's clock (NTP)"),
        () => Check::ok(name, "agrees with that of AWS"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Status;

    #[test]
    fn credentials_must_outlast_the_wait() {
        let bounds = Bounds { now: "2026-01-02T12:00:00Z".parse().unwrap(), timeout: SignedDuration::from_hours(2) };
        let is = |end: Option<&str>, renewed| lifetime(end.map(|end| end.parse().unwrap()), renewed, bounds).status;
        assert_eq!(is(None, false), Status::Ok);
        assert_eq!(is(Some("2026-01-02T13:00:00Z"), false), Status::Warning);
        assert_eq!(is(Some("2026-01-02T13:00:00Z"), true), Status::Ok);
        assert_eq!(is(Some("2026-01-02T14:00:01Z"), false), Status::Ok);
        assert_eq!(is(Some("2026-01-02T12:00:00Z"), true), Status::Failed);
    }

    #[test]
    fn a_clock_that_is_off_is_noticed() {
        for (seconds, status) in
            [(0, Status::Ok), (-29, Status::Ok), (30, Status::Warning), (-299, Status::Warning), (300, Status::Failed)]
        {
            assert_eq!(clock(Some(SignedDuration::from_secs(seconds))).status, status, "{seconds}");
        }
        assert_eq!(clock(None).status, Status::CouldNotTell);
        assert!(clock(Some(SignedDuration::from_secs(-60))).seen.starts_with("60 s ahead of"));
    }
}
