use std::future::Future;

use jiff::SignedDuration;

use crate::backup::{Class, Error};
use crate::gate::world::Clock;

/// How often one question is asked before its error is the answer.
pub(super) const TRIES: u32 = 6;
const FIRST: SignedDuration = SignedDuration::from_secs(1);
const LONGEST: SignedDuration = SignedDuration::from_secs(20);

/// Asks again, after growing pauses, what may be answered later. For what can be asked twice without harm.
pub(super) async fn ask<T, F>(clock: &dyn Clock, mut call: impl FnMut() -> F) -> Result<T, Error>
where
    F: Future<Output = Result<T, Error>>,
{
    for pause in pauses().take(TRIES as usize - 1) {
        match call().await {
            Err(error) if error.class != Class::Permanent => clock.sleep(jittered(pause, clock.random())).await,
            answer => return answer,
        }
    }
    call().await
}

/// One second, two, four… as long as [`LONGEST`].
pub(super) fn pauses() -> impl Iterator<Item = SignedDuration> {
    std::iter::successors(Some(FIRST), |pause| Some((*pause * 2).min(LONGEST)))
}

/// Between a half and one and a half of it, so that many who wait do not ask at the same moment.
pub(super) fn jittered(pause: SignedDuration, random: f64) -> SignedDuration {
    pause.mul_f64(0.5 + random.clamp(0.0, 1.0))
}
