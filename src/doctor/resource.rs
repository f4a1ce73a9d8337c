//! What the instance or cluster itself says: state, automated backups, window, stall. Pure.

use jiff::civil::Time;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::Check;
use crate::backup::{Resource, ResourceKind};

/// What the gate needs of time.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    pub now: Timestamp,
    /// `gate.timeout`
    pub timeout: SignedDuration,
}

/// Older than this, `LatestRestorableTime` does not move as it should.
const RESTORABLE_LAG: SignedDuration = SignedDuration::from_mins(30);

pub fn judge(resource: &Resource, bounds: Bounds) -> Vec<Check> {
    let mut checks = vec![found(resource), status(resource), replica(resource), automated(resource)];
    checks.extend(restorable(resource, bounds));
    checks.extend(window(resource, bounds));
    checks.push(stall(resource));
    checks
}

fn found(resource: &Resource) -> Check {
    let kind = match resource.kind {
        ResourceKind::Instance => "instance",
        ResourceKind::Cluster if resource.engine.starts_with("aurora") => "Aurora cluster",
        ResourceKind::Cluster => "Multi-AZ cluster",
    };
    let seen = format!(
        "{kind} {} ({}), {} {}, in {}",
        resource.name, resource.resource_id, resource.engine, resource.engine_version, resource.region
    );
    if resource.is_postgres() {
        Check::ok("resource", seen)
    } else {
        Check::failed("resource", format!("{seen}: it is no PostgreSQL"))
            .mend("a gate refuses it: name the right one as `instance` in [environments.NAME.backup]")
    }
}

/// A snapshot is taken in `available` and in `storage-optimization`; other states pass, or do not.
fn status(resource: &Resource) -> Check {
    let state = resource.status.as_str();
    let name = "resource-status";
    match state {
        "available" => Check::ok(name, state),
        "storage-optimization" => Check::ok(name, "storage-optimization: snapshots can be made, and take longer"),
        "stopped" | "stopping" | "failed" | "storage-full" | "deleting" | "restore-error" => {
            Check::failed(name, format!("{state}: no snapshot can be made"))
                .mend("bring it to `available` first (aws rds start-db-instance, more storage, …)")
        }
        _ if state.starts_with("inaccessible") || state.starts_with("incompatible") => {
            Check::failed(name, format!("{state}: no snapshot can be made"))
                .mend("see its events: aws rds describe-events")
        }
        _ => Check::warning(name, format!("{state}: a gate would wait until it is available, within gate.timeout")),
    }
}

fn replica(resource: &Resource) -> Check {
    match &resource.replica_of {
        None => Check::ok("no-replica", "it replicates from nowhere"),
        Some(source) => Check::failed("no-replica", format!("it is a replica of {source}"))
            .mend("point the environment at the source"),
    }
}

fn automated(resource: &Resource) -> Check {
    match resource.backup_retention_days {
        0 => Check::warning(
            "automated-backups",
            "off: a gate's snapshots are the only way back, and nothing written after one can be restored",
        )
        .mend("aws rds modify-db-instance --backup-retention-period 7 (a short stall when it is switched on)"),
        days => Check::ok("automated-backups", format!("kept for {days} day{}", if days == 1 { "" } else { "s" })),
    }
}

fn restorable(resource: &Resource, bounds: Bounds) -> Option<Check> {
    let name = "restorable-time";
    let Some(latest) = resource.latest_restorable else {
        let seen = "AWS names no moment up to which it could be restored";
        return (resource.backup_retention_days > 0).then(|| Check::could_not_tell(name, seen));
    };
    let age = bounds.now.duration_since(latest);
    let seen = format!("any moment up to {latest}, {} ago", rough(age));
    Some(if age > RESTORABLE_LAG {
        Check::warning(name, format!("{seen}; usual are 5 minutes")).mend("see its events: aws rds describe-events")
    } else {
        Check::ok(name, seen)
    })
}

/// While AWS makes its own daily backup, the instance is `backing-up` and refuses snapshots.
fn window(resource: &Resource, bounds: Bounds) -> Option<Check> {
    let text = resource.backup_window.as_deref()?;
    let name = "backup-window";
    let Some((from, to)) = times(text) else {
        return Some(Check::could_not_tell(name, format!("{text:?} is no window")));
    };
    let now = bounds.now.to_zoned(TimeZone::UTC).time();
    let inside = if from <= to { from <= now && now < to } else { from <= now || now < to };
    Some(if inside {
        Check::warning(name, format!("{text} UTC: now; a gate may have to wait for the daily backup to end"))
            .mend("deploy outside of it")
    } else {
        Check::ok(name, format!("{text} UTC, not now"))
    })
}

fn times(text: &str) -> Option<(Time, Time)> {
    let (from, to) = text.split_once('-')?;
    let time = |text: &str| format!("{}:00", text.trim()).parse().ok();
    Some((time(from)?, time(to)?))
}

fn stall(resource: &Resource) -> Check {
    let name = "stall";
    match resource.kind {
        ResourceKind::Cluster => Check::ok(name, "snapshots of a cluster do not hold up its writer"),
        ResourceKind::Instance if resource.multi_az => {
            Check::ok(name, "Multi-AZ: snapshots are made of the standby, with little more than latency")
        }
        ResourceKind::Instance => {
            Check::warning(name, "Single-AZ: a snapshot suspends its I/O, mostly for seconds, at times for minutes")
                .mend("run gates when that does no harm, or make it Multi-AZ")
        }
    }
}

/// `90 s`, `12 min`, `5 h`, `3 d`
pub fn rough(time: SignedDuration) -> String {
    let seconds = time.as_secs();
    match seconds.abs() {
        0..=119 => format!("{seconds} s"),
        120..=7199 => format!("{} min", seconds / 60),
        7200..=172_799 => format!("{} h", seconds / 3600),
        _ => format!("{} d", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Status;

    fn sample() -> Resource {
        Resource {
            name: "prod-db".to_owned(),
            engine: "postgres".to_owned(),
            status: "available".to_owned(),
            multi_az: true,
            backup_retention_days: 7,
            backup_window: Some("03:00-03:30".to_owned()),
            latest_restorable: Some("2026-01-02T11:57:00Z".parse().unwrap()),
            ..Resource::default()
        }
    }

    fn bounds(now: &str) -> Bounds {
        Bounds { now: now.parse().unwrap(), timeout: SignedDuration::from_hours(2) }
    }

    #[track_caller]
    fn is(resource: &Resource, now: &str, name: &str, status: Status) {
        let checks = judge(resource, bounds(now));
        let check = checks.iter().find(|check| check.name == name).unwrap();
        assert_eq!(check.status, status, "{check:?}");
    }

    #[test]
    fn a_good_instance_is_ok_throughout() {
        for check in judge(&sample(), bounds("2026-01-02T12:00:00Z")) {
            assert_eq!(check.status, Status::Ok, "{check:?}");
        }
    }

    #[test]
    fn what_stops_a_gate_fails() {
        let noon = "2026-01-02T12:00:00Z";
        let with = |status: &str| Resource { status: status.to_owned(), ..sample() };
        for state in
            ["stopped", "failed", "storage-full", "inaccessible-encryption-credentials", "incompatible-restore"]
        {
            is(&with(state), noon, "resource-status", Status::Failed);
        }
        is(&with("backing-up"), noon, "resource-status", Status::Warning);
        is(&with("something-new"), noon, "resource-status", Status::Warning);
        is(&with("storage-optimization"), noon, "resource-status", Status::Ok);
        is(&Resource { replica_of: Some("x".to_owned()), ..sample() }, noon, "no-replica", Status::Failed);
        is(&Resource { engine: "mysql".to_owned(), ..sample() }, noon, "resource", Status::Failed);
    }

    #[test]
    fn what_somebody_should_know_is_a_warning() {
        let noon = "2026-01-02T12:00:00Z";
        is(&Resource { backup_retention_days: 0, ..sample() }, noon, "automated-backups", Status::Warning);
        is(&Resource { multi_az: false, ..sample() }, noon, "stall", Status::Warning);
        is(&sample(), "2026-01-02T13:00:00Z", "restorable-time", Status::Warning);
        is(&Resource { latest_restorable: None, ..sample() }, noon, "restorable-time", Status::CouldNotTell);
    }

    #[test]
    fn the_window_may_reach_over_midnight() {
        let sample = |window: &str| Resource { backup_window: Some(window.to_owned()), ..sample() };
        is(&sample("11:45-12:15"), "2026-01-02T12:00:00Z", "backup-window", Status::Warning);
        is(&sample("23:45-00:15"), "2026-01-02T23:50:00Z", "backup-window", Status::Warning);
        is(&sample("23:45-00:15"), "2026-01-02T00:10:00Z", "backup-window", Status::Warning);
        is(&sample("23:45-00:15"), "2026-01-02T00:15:00Z", "backup-window", Status::Ok);
        is(&sample("soon"), "2026-01-02T00:15:00Z", "backup-window", Status::CouldNotTell);
    }
}
