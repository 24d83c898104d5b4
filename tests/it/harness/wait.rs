//! The one place where tests wait: for a condition, with a bound, never for a span of time.

use std::future::Future;
use std::time::Duration;
use tokio::time::{MissedTickBehavior, interval, timeout};

/// How long a test waits for something that should happen at once, on a machine that is busy.
pub const PATIENCE: Duration = Duration::from_secs(30);
/// How often a condition that announces nothing is asked.
const PERIOD: Duration = Duration::from_millis(50);

/// Asks `probe` until it gives a value; panics with `what` once `bound` has passed.
///
/// Asking at intervals is for what announces nothing (a page, a file). The probe runs at once, so a
/// condition that holds costs no time.
pub async fn until<T>(what: &str, bound: Duration, mut probe: impl AsyncFnMut() -> Option<T>) -> T {
    let asking = async {
        let mut ticks = interval(PERIOD);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            if let Some(value) = probe().await {
                return value;
            }
        }
    };
    within(what, bound, asking).await
}

/// What a client leaves between two tries.
pub async fn pause() {
    let mut ticks = interval(PERIOD);
    ticks.tick().await;
    ticks.tick().await;
}

/// What was seen last, told when the wait for something else is given up.
#[derive(Default)]
pub struct Last(pub String);

impl Drop for Last {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("there is, instead: {}", self.0);
        }
    }
}

/// Awaits `future`; panics with `what` once `bound` has passed.
pub async fn within<T>(what: &str, bound: Duration, future: impl Future<Output = T>) -> T {
    match timeout(bound, future).await {
        Ok(value) => value,
        Err(_) => panic!("waited {bound:?} for {what}"),
    }
}
