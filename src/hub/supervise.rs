//! Parts that run for as long as the hub does: one that ends is reported and begun again.

use crate::actors::health::Health;
use std::fmt::Display;
use std::future::Future;
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// Pause before a part that ended is begun again.
const RESTART: Duration = Duration::from_secs(2);
/// A part that has run for this long again is taken to be well.
const PROVEN: Duration = Duration::from_secs(30);

/// Runs a part until it ends after `stop`. `begin` is asked for it at first and whenever it has ended before,
/// by a panic or otherwise.
pub(super) fn supervise<P, E>(
    runtime: &Handle,
    health: Health,
    stop: CancellationToken,
    part: &'static str,
    mut begin: impl FnMut() -> P + Send + 'static,
) -> JoinHandle<()>
where
    P: Future<Output = Result<(), E>> + Send + 'static,
    E: Display + Send + 'static,
{
    runtime.spawn(async move {
        loop {
            let mut running = tokio::spawn(begin());
            let ended = match tokio::time::timeout(PROVEN, &mut running).await {
                Ok(ended) => ended,
                Err(_) => {
                    health.well(part);
                    running.await
                }
            };
            if stop.is_cancelled() {
                return;
            }
            match ended {
                Ok(Ok(())) => tracing::error!(part, "a part of the hub ended and starts over"),
                Ok(Err(error)) => tracing::error!(part, %error, "a part of the hub starts over"),
                // Nobody ends it but the runtime, which ends everything.
                Err(error) if error.is_cancelled() => return,
                Err(_) => tracing::error!(part, "a part of the hub had a fault and starts over"),
            }
            health.fault(part, "ended, and starts over");
            tokio::select! {
                () = tokio::time::sleep(RESTART) => {}
                () = stop.cancelled() => return,
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::pending;

    #[tokio::test(start_paused = true)]
    async fn a_part_that_has_a_fault_is_reported_and_begun_again() {
        let health = Health::default();
        let (begun, mut count) = tokio::sync::watch::channel(0);
        supervise(&Handle::current(), health.clone(), CancellationToken::new(), "part", move || {
            begun.send_modify(|n| *n += 1);
            let at = *begun.borrow();
            async move {
                match at {
                    1 => panic!("a fault"),
                    2 => Err("an error"),
                    3 => Ok(()),
                    _ => pending().await,
                }
            }
        });
        for expected in 1..=4 {
            tokio::time::timeout(Duration::from_secs(10), count.wait_for(|n| *n == expected))
                .await
                .expect("it is begun again")
                .unwrap();
            assert!(expected == 1 || !health.faults().is_empty(), "it is said at run {expected}");
        }
        tokio::time::advance(PROVEN + RESTART).await;
        for _ in 0..10 {
            tokio::task::yield_now().await;
        }
        assert!(health.faults().is_empty(), "it has run for long enough");
    }
}
