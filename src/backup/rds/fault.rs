//! What a no of RDS means for a backup. Pure.

use crate::aws::{self, Kind};
use crate::backup::{Class, Error, Reason};

/// Whether a call changes something: then a lost answer leaves open whether it did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Call {
    Question,
    Order,
}

pub(super) fn fault(error: aws::Error, call: Call) -> Error {
    let code = error.code.clone().unwrap_or_default();
    let lost = if call == Call::Order { Class::Unknown } else { Class::Transient };
    let (class, reason) = match error.kind {
        Kind::Unreachable => (Class::Transient, Reason::Unreachable),
        Kind::Lost | Kind::Server => (lost, Reason::Unreachable),
        Kind::Throttled => (Class::Transient, Reason::Throttled),
        Kind::Denied => (Class::Permanent, Reason::AccessDenied),
        Kind::Expired => (Class::Permanent, Reason::CredentialsExpired),
        Kind::NoCredentials => (Class::Permanent, Reason::NoCredentials),
        Kind::NoRegion | Kind::Content => (Class::Permanent, Reason::Refused),
        // Whoever answered, it was not RDS.
        Kind::Answered if code.is_empty() && call == Call::Order => (Class::Unknown, Reason::Refused),
        Kind::Answered => of_code(&code),
    };
    let mut hints = error.hints;
    hints.extend(hint(reason, &code));
    Error { class, reason, action: error.action, code: error.code, message: error.message, hints }
}

/// The service's own codes. Those of clusters mostly end in `Fault`, and not always on the wire.
fn of_code(code: &str) -> (Class, Reason) {
    match code.strip_suffix("Fault").unwrap_or(code) {
        "DBInstanceNotFound" | "DBClusterNotFound" => (Class::Permanent, Reason::ResourceNotFound),
        "DBSnapshotNotFound" | "DBClusterSnapshotNotFound" => (Class::Permanent, Reason::BackupNotFound),
        "DBSnapshotAlreadyExists" | "DBClusterSnapshotAlreadyExists" => (Class::Permanent, Reason::AlreadyExists),
        "SnapshotQuotaExceeded" => (Class::Permanent, Reason::QuotaExceeded),
        "InvalidDBInstanceState" | "InvalidDBClusterState" => (Class::Transient, Reason::Busy),
        "InvalidDBSnapshotState" | "InvalidDBClusterSnapshotState" => (Class::Permanent, Reason::InvalidState),
        "KMSKeyNotAccessible" => (Class::Permanent, Reason::Key),
        _ => (Class::Permanent, Reason::Refused),
    }
}

fn hint(reason: Reason, code: &str) -> Option<String> {
    let hint = match reason {
        Reason::QuotaExceeded => {
            "the account's manual snapshots of this Region are used up: delete some (`tidegate backup prune`), or have \
             the quota \"Manual DB instance snapshots\" or \"Manual DB cluster snapshots\" raised in Service Quotas"
        }
        Reason::Key => {
            "the KMS key that encrypts it is disabled, pending deletion, or its policy does not let us use it"
        }
        Reason::Refused if code == "InvalidParameterValue" || code == "InvalidParameterCombination" => {
            "this is likely a fault of tidegate: please report it with this message"
        }
        _ => return None,
    };
    Some(hint.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(kind: Kind, code: Option<&str>, call: Call) -> (Class, Reason) {
        let error = aws::Error { code: code.map(str::to_owned), ..aws::Error::new(kind, "rds:X", "no") };
        let fault = fault(error, call);
        (fault.class, fault.reason)
    }

    #[test]
    fn row_07_a_lost_answer_to_an_order_is_unknown() {
        assert_eq!(of(Kind::Lost, None, Call::Order), (Class::Unknown, Reason::Unreachable));
        assert_eq!(of(Kind::Server, None, Call::Order), (Class::Unknown, Reason::Unreachable));
        assert_eq!(of(Kind::Lost, None, Call::Question), (Class::Transient, Reason::Unreachable));
        assert_eq!(of(Kind::Unreachable, None, Call::Order), (Class::Transient, Reason::Unreachable));
        assert_eq!(of(Kind::Answered, None, Call::Order), (Class::Unknown, Reason::Refused));
        assert_eq!(of(Kind::Answered, None, Call::Question), (Class::Permanent, Reason::Refused));
    }

    #[test]
    fn codes_of_both_kinds_of_resource_mean_the_same() {
        for (code, class, reason) in [
            ("DBInstanceNotFound", Class::Permanent, Reason::ResourceNotFound),
            ("DBClusterNotFoundFault", Class::Permanent, Reason::ResourceNotFound),
            ("DBSnapshotNotFound", Class::Permanent, Reason::BackupNotFound),
            ("DBClusterSnapshotNotFoundFault", Class::Permanent, Reason::BackupNotFound),
            ("DBSnapshotAlreadyExists", Class::Permanent, Reason::AlreadyExists),
            ("DBClusterSnapshotAlreadyExistsFault", Class::Permanent, Reason::AlreadyExists),
            ("SnapshotQuotaExceeded", Class::Permanent, Reason::QuotaExceeded),
            ("SnapshotQuotaExceededFault", Class::Permanent, Reason::QuotaExceeded),
            ("InvalidDBInstanceState", Class::Transient, Reason::Busy),
            ("InvalidDBClusterStateFault", Class::Transient, Reason::Busy),
            ("InvalidDBClusterSnapshotStateFault", Class::Permanent, Reason::InvalidState),
            ("KMSKeyNotAccessibleFault", Class::Permanent, Reason::Key),
            ("SomethingNew", Class::Permanent, Reason::Refused),
        ] {
            assert_eq!(of(Kind::Answered, Some(code), Call::Order), (class, reason), "{code}");
        }
    }
}
