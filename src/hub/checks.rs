//! Runs the checks that are the hub's own, and records what they find.

use super::Core;
use super::supervise::supervise;
use crate::actors::handle::{Submit, SubmitError};
use crate::clock::Clock;
use crate::views::Views;
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::time::sleep;
use watchroom_agent::checks::{Finding, run_checks};
use watchroom_domain::{By, Command, Envelope, RunBy, SeriesKey};
use watchroom_wire::AssignedCheck;

/// Checks that the hub runs at a time.
const AT_ONCE: usize = 32;
/// Findings that wait while nothing can be recorded; what is found besides is left out.
const MOST_WAITING: usize = 1_000;
/// Pause before one is handed in again.
const AGAIN: Duration = Duration::from_secs(2);
/// Least time between two looks at which checks there are.
const CALM: Duration = Duration::from_millis(200);

/// Begins to run them, for as long as the hub does.
pub(super) fn start(core: &Core) {
    let (tail, views, stopping) = (core.tail.clone(), core.views.clone(), core.stopping.clone());
    let (registry, clock) = (core.shared_registry(), core.clock.clone());
    supervise(&core.runtime, core.health.clone(), core.stopping.clone(), "checks", move || {
        let mut head = tail.head();
        let (views, stopping) = (views.clone(), stopping.clone());
        let (list, running) = watch::channel(own(&views));
        let (sender, found) = mpsc::channel(MOST_WAITING);
        let running = run_checks(running, AT_ONCE, report(sender, clock.clone()));
        let registry = registry.clone();
        async move {
            let following = async move {
                while head.changed().await.is_ok() {
                    // Every frame of every agent wakes this up; checks change seldom.
                    sleep(CALM).await;
                    let now = own(&views);
                    list.send_if_modified(|before| {
                        let other = *before != now;
                        *before = now;
                        other
                    });
                }
            };
            tokio::select! {
                () = running => {}
                () = following => {}
                () = hand_in(registry.as_ref(), found) => {}
                () = stopping.cancelled() => {}
            }
            Ok::<_, Infallible>(())
        }
    });
}

/// The checks that the hub runs itself.
fn own(views: &Views) -> Vec<AssignedCheck> {
    views.with(|state| {
        let own = state.checks.values().filter(|c| c.enabled && c.run_by == RunBy::Hub);
        own.map(AssignedCheck::from).collect()
    })
}

/// Puts what is found into the queue, with its time.
fn report(found: mpsc::Sender<Command>, clock: Arc<dyn Clock>) -> watchroom_agent::checks::Report {
    Arc::new(move |id: &str, finding: &Finding| {
        let Ok(check) = id.parse() else { return };
        let now_us = clock.now_us();
        let key = |metric: &str| SeriesKey { metric: metric.to_owned(), labels: BTreeMap::new() };
        let samples = finding.samples().into_iter();
        let samples = samples.map(|(metric, value)| (key(metric), now_us, value)).collect();
        let why = finding.why.clone();
        let command = Command::RecordCheck { check, frame: None, samples, why };
        if found.try_send(command).is_err() {
            tracing::warn!(%check, "too much that checks found waits to be recorded; this is left out");
        }
    })
}

/// Hands in what was found, one after the other, each again for as long as it cannot be recorded: what comes
/// behind it would tell another story before it.
async fn hand_in(registry: &dyn Submit, mut found: mpsc::Receiver<Command>) {
    while let Some(command) = found.recv().await {
        // A check that was removed meanwhile is refused, and nobody minds.
        while let Err(SubmitError::Busy | SubmitError::Unavailable) =
            registry.submit(Envelope::new(By::Hub, command.clone())).await
        {
            sleep(AGAIN).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use async_trait::async_trait;
    use std::sync::Mutex;
    use std::sync::atomic::{AtomicU32, Ordering};
    use watchroom_domain::{CheckId, Micros, RecordedEvent};

    /// Records nothing for a while.
    #[derive(Default)]
    struct Desk {
        refusals: AtomicU32,
        times: Mutex<Vec<Micros>>,
    }

    #[async_trait]
    impl Submit for Desk {
        async fn submit(&self, envelope: Envelope) -> Result<Vec<Arc<RecordedEvent>>, SubmitError> {
            let left = self.refusals.load(Ordering::SeqCst);
            if left > 0 {
                self.refusals.store(left - 1, Ordering::SeqCst);
                return Err(SubmitError::Unavailable);
            }
            let Command::RecordCheck { samples, .. } = envelope.command else { panic!("another command") };
            self.times.lock().unwrap().push(samples[0].1);
            Ok(Vec::new())
        }
    }

    #[derive(Default)]
    struct Hands(AtomicU32);

    impl Clock for Hands {
        fn now_us(&self) -> Micros {
            self.0.fetch_add(1, Ordering::SeqCst).into()
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_found_while_nothing_can_be_recorded_is_recorded_later_with_its_time() {
        let (sender, found) = mpsc::channel(MOST_WAITING);
        let report = report(sender, Arc::new(Hands::default()));
        let finding =
            Finding { up: true, duration_ms: 1.0, status_code: None, certificate_days: None, why: None };
        let check = CheckId::derived(&["check"]).to_string();
        for _ in 0..MOST_WAITING + 10 {
            report(&check, &finding);
        }
        drop(report);
        let desk = Desk { refusals: AtomicU32::new(250), ..Desk::default() };
        hand_in(&desk, found).await;
        let times = desk.times.lock().unwrap();
        assert!(times.iter().copied().eq(0..MOST_WAITING as Micros), "all that fits, in order");
    }
}
