//! Runs the checks that are the hub's own, and records what they find.

use super::Core;
use super::supervise::supervise;
use crate::actors::handle::SubmitError;
use crate::actors::registry::RegistryHandle;
use crate::clock::Clock;
use crate::views::Views;
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::sleep;
use watchroom_agent::checks::{Finding, run_checks};
use watchroom_domain::{By, Command, Envelope, RunBy, SeriesKey};
use watchroom_wire::AssignedCheck;

/// Checks that the hub runs at a time.
const AT_ONCE: usize = 32;
/// Least time between two looks at which checks there are.
const CALM: Duration = Duration::from_millis(200);

/// Begins to run them, for as long as the hub does.
pub(super) fn start(core: &Core) {
    let (tail, views, stopping) = (core.tail.clone(), core.views.clone(), core.stopping.clone());
    let (registry, clock) = (core.registry.clone(), core.clock.clone());
    supervise(&core.runtime, core.health.clone(), core.stopping.clone(), "checks", move || {
        let mut head = tail.head();
        let (views, stopping) = (views.clone(), stopping.clone());
        let (list, running) = watch::channel(own(&views));
        let running = run_checks(running, AT_ONCE, report(registry.clone(), clock.clone()));
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

fn report(registry: RegistryHandle, clock: Arc<dyn Clock>) -> watchroom_agent::checks::Report {
    Arc::new(move |id: &str, finding: &Finding| {
        let Ok(check) = id.parse() else { return };
        let now_us = clock.now_us();
        let key = |metric: &str| SeriesKey { metric: metric.to_owned(), labels: BTreeMap::new() };
        let found = finding.samples().into_iter();
        let samples = found.map(|(metric, value)| (key(metric), now_us, value)).collect();
        let command = Command::RecordCheck { check, frame: None, samples };
        match registry.enqueue(Envelope::new(By::Hub, command)) {
            // A check that was removed meanwhile is refused, and nobody minds.
            Ok(_) | Err(SubmitError::Refused(_)) => {}
            Err(error) => tracing::warn!(%error, %check, "what a check found is not recorded"),
        }
    })
}
