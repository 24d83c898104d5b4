//! When which check runs: each at its own pace, spread out, and again at once before it is said to fail.

use super::{CheckRunner, Finding};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::{Instant, sleep, sleep_until};
use watchroom_domain::{Backoff, MAX_INTERVAL_US, MAX_TIMEOUT_US, MIN_INTERVAL_US, Micros, SECOND_US};
use watchroom_wire::AssignedCheck;

/// The first run comes within this time, so that all do not come at once.
const SPREAD_US: Micros = 3 * SECOND_US;
/// Pause before one that failed is run once more: what fails twice is told.
const AGAIN: Duration = Duration::from_secs(1);

/// Where findings go: the check's identifier, and what it found.
pub type Report = Arc<dyn Fn(&str, &Finding) + Send + Sync>;

/// Runs the checks of the list, which may change, until nobody can change it any more. At most `at_once` run
/// at a time.
pub async fn run_checks(mut list: watch::Receiver<Vec<AssignedCheck>>, at_once: usize, report: Report) {
    let runner = Arc::new(CheckRunner::new(at_once));
    let mut tasks = JoinSet::new();
    let mut running: HashMap<String, (AssignedCheck, AbortHandle)> = HashMap::new();
    loop {
        let wanted = list.borrow_and_update().clone();
        running.retain(|id, (check, task)| {
            let stays = wanted.iter().any(|w| w.id == *id && w == check);
            if !stays {
                task.abort();
            }
            stays
        });
        for check in wanted {
            if !running.contains_key(&check.id) {
                let task = tasks.spawn(one(runner.clone(), check.clone(), report.clone()));
                running.insert(check.id.clone(), (check, task));
            }
        }
        // What was ended leaves the set.
        while tasks.try_join_next().is_some() {}
        if list.changed().await.is_err() {
            return;
        }
    }
}

/// One check, for as long as it is in the list.
async fn one(runner: Arc<CheckRunner>, check: AssignedCheck, report: Report) {
    let interval_us = check.interval_us.clamp(MIN_INTERVAL_US, MAX_INTERVAL_US);
    let interval = Duration::from_micros(interval_us as u64);
    let limit = Duration::from_micros(check.timeout_us.clamp(SECOND_US, MAX_TIMEOUT_US) as u64);
    let first = Backoff { base_us: SPREAD_US, cap_us: SPREAD_US, expiry_us: 0 };
    let mut next = Instant::now() + Duration::from_micros(first.wait_us(1, crate::uplink::random()) as u64);
    loop {
        sleep_until(next).await;
        // Late by a full machine or a suspended one: what was missed is not made up for.
        next = (next + interval).max(Instant::now());
        let mut finding = runner.run(&check.target, limit).await;
        if !finding.up {
            sleep(AGAIN).await;
            finding = runner.run(&check.target, limit).await;
        }
        tracing::debug!(check = %check.id, up = finding.up, why = finding.why, "a check was run");
        report(&check.id, &finding);
    }
}
