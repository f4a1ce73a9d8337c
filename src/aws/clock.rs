//! The clock of AWS beside ours: every answer carries its time.

use std::sync::{Arc, Mutex};

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::BeforeDeserializationInterceptorContextRef;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;
use jiff::fmt::rfc2822::DateTimeParser;
use jiff::{SignedDuration, Timestamp};

/// Notes the `Date` of each answer as it comes in. To the second, and late by what the answer took to travel.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    ahead: Arc<Mutex<Option<SignedDuration>>>,
}

impl Clock {
    /// How far AWS's clock is ahead of ours.
    pub fn skew(&self) -> Option<SignedDuration> {
        self.ahead.lock().ok().and_then(|ahead| *ahead)
    }

    fn note(&self, date: &str, now: Timestamp) {
        if let (Some(ahead), Ok(mut known)) = (ahead(date, now), self.ahead.lock()) {
            *known = Some(ahead);
        }
    }
}

fn ahead(date: &str, now: Timestamp) -> Option<SignedDuration> {
    Some(DateTimeParser::new().parse_timestamp(date).ok()?.duration_since(now))
}

impl Intercept for Clock {
    fn name(&self) -> &'static str {
        "Clock"
    }

    fn read_before_deserialization(
        &self,
        context: &BeforeDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if let Some(date) = context.response().headers().get("date") {
            self.note(date, Timestamp::now());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn row_22_the_skew_is_read_off_the_date() {
        let now = "2026-01-02T03:04:05Z".parse().unwrap();
        assert_eq!(ahead("Fri, 02 Jan 2026 03:14:05 GMT", now), Some(SignedDuration::from_mins(10)));
        assert_eq!(ahead("Fri, 02 Jan 2026 03:03:05 GMT", now), Some(SignedDuration::from_mins(-1)));
        assert_eq!(ahead("yesterday", now), None);
    }
}
