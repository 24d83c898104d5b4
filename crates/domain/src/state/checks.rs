//! Checks: added, changed, removed, and what they found.

use super::decide::Decided;
use super::{State, samples};
use crate::alert::{self, Incident, ResolveReason};
use crate::check::{CHECK_METRICS, Check, MAX_CHECKS, MAX_CHECKS_BY_AGENT, MAX_WHY, RunBy};
use crate::command::Command;
use crate::error::Refusal;
use crate::event::{Event, body};
use crate::evidence::in_one_line;
use crate::ids::{CheckId, MachineId};
use crate::recorded::Frame;
use crate::telemetry::SeriesKey;
use crate::time::{MINUTE_US, Micros};
use std::collections::BTreeMap;

/// The label that names the check.
const LABEL: &str = "check";

impl State {
    /// The check that a series of a machine comes from.
    pub fn check_of(&self, machine: MachineId, key: &SeriesKey) -> Option<&Check> {
        let name = key.labels.get(LABEL).filter(|_| CHECK_METRICS.contains(&key.metric.as_str()))?;
        self.checks.values().find(|c| c.machine == machine && c.name == *name)
    }

    /// Checks of one machine.
    pub fn checks_of(&self, machine: MachineId) -> impl Iterator<Item = &Check> {
        self.checks.values().filter(move |c| c.machine == machine)
    }

    pub(super) fn decide_check(&self, command: &Command, now: Micros) -> Decided {
        match command {
            Command::AddCheck { check } => {
                if self.checks.contains_key(&check.check) || self.checks.len() >= MAX_CHECKS {
                    let message = format!("This check exists already, or there are {MAX_CHECKS} of them.");
                    return Err(Refusal::new("too_many", message));
                }
                Ok(vec![body::CheckAdded { check: self.fitting(check)? }.into()])
            }
            Command::ChangeCheck { check } => self.change_check(check, now),
            Command::RemoveCheck { check } => match self.checks.get(check) {
                Some(check) => {
                    let mut events = self.end_check(check, now);
                    events.push(removed(check));
                    Ok(events)
                }
                None => Err(Refusal::not_found("check")),
            },
            Command::RecordCheck { check, frame, samples, why } => {
                let mut events = self.record_check(*check, frame.as_ref(), samples, now)?;
                // What comes late says nothing of now; what was recorded already says nothing new.
                if !events.is_empty() && frame.is_none_or(|f| !f.late) {
                    events.extend(self.turned(*check, samples, why.as_deref(), now));
                }
                Ok(events)
            }
            _ => Err(Refusal::forbidden()),
        }
    }

    fn fitting(&self, check: &Check) -> Result<Check, Refusal> {
        let check = check.clone().checked()?;
        if !self.machines.contains_key(&check.machine) {
            return Err(Refusal::field("bad_choice", "machine", "Choose the machine that the check is of."));
        }
        let others = || self.checks.values().filter(|c| c.check != check.check);
        if others().any(|c| c.machine == check.machine && c.name == check.name) {
            let message = "Another check of this machine has this name.";
            return Err(Refusal::field("check_name_taken", "name", message));
        }
        if let RunBy::Agent { machine } = check.run_by {
            if !self.machines.contains_key(&machine) {
                return Err(Refusal::field("bad_choice", "run_by", "Choose a machine that has an agent."));
            }
            if others().filter(|c| c.is_run_by(machine)).count() >= MAX_CHECKS_BY_AGENT {
                let message = format!("One agent runs at most {MAX_CHECKS_BY_AGENT} checks.");
                return Err(Refusal::field("too_many", "run_by", message));
            }
        }
        Ok(check)
    }

    fn change_check(&self, check: &Check, now: Micros) -> Decided {
        let Some(before) = self.checks.get(&check.check) else { return Err(Refusal::not_found("check")) };
        let check = self.fitting(check)?;
        if *before == check {
            return Ok(Vec::new());
        }
        let same_series = (before.machine, &before.name) == (check.machine, &check.name);
        let goes_on = same_series && before.target == check.target && check.enabled;
        let mut events = if goes_on { Vec::new() } else { self.end_check(before, now) };
        events.push(body::CheckChanged { check }.into());
        Ok(events)
    }

    /// What is open on the check's series ends: nothing more is to come of them.
    fn end_check(&self, check: &Check, now: Micros) -> Vec<Event> {
        let of_check = |i: &Incident| {
            let def = i.series.and_then(|s| self.series.get(&s));
            let names = |key: &SeriesKey| key.labels.get(LABEL).is_some_and(|name| *name == check.name);
            i.machine == check.machine
                && def.is_some_and(|d| CHECK_METRICS.contains(&d.key.metric.as_str()) && names(&d.key))
        };
        alert::end_all(self, now, ResolveReason::SeriesGone, of_check)
    }

    /// What becomes of the checks of a machine that is removed, and of those that its agent runs.
    pub(super) fn without_checks(&self, machine: MachineId, now: Micros) -> Vec<Event> {
        let of_it = self.checks_of(machine).map(removed);
        let by_it = self.checks.values().filter(|c| c.is_run_by(machine) && c.machine != machine);
        let left = by_it.flat_map(|c| {
            let check = Check { run_by: RunBy::Hub, enabled: false, ..c.clone() };
            let mut events = self.end_check(c, now);
            events.push(body::CheckChanged { check }.into());
            events
        });
        of_it.chain(left).collect()
    }

    fn record_check(
        &self,
        id: CheckId,
        frame: Option<&Frame>,
        samples: &[(SeriesKey, Micros, f64)],
        now: Micros,
    ) -> Decided {
        if let Some(frame) = frame
            && samples::already_recorded(self, frame)?
        {
            return Ok(Vec::new());
        }
        let runs = |check: &&Check| match frame {
            Some(frame) => check.is_run_by(MachineId(frame.producer)),
            None => check.run_by == RunBy::Hub,
        };
        let check = self.checks.get(&id).filter(runs).ok_or_else(samples::not_assigned)?;
        samples::check(now, frame.map_or(0, |f| f.offset_us), samples)?;
        let labels = BTreeMap::from([(LABEL.to_owned(), check.name.clone())]);
        let mut labelled = Vec::with_capacity(samples.len());
        for (key, at_us, value) in samples {
            if !CHECK_METRICS.contains(&key.metric.as_str()) || !key.labels.is_empty() {
                let message = format!("A check finds {}, without labels.", CHECK_METRICS.join(", "));
                return Err(Refusal::new("bad_metric", message));
            }
            let key = SeriesKey { metric: key.metric.clone(), labels: labels.clone() };
            labelled.push((key, *at_us, *value));
        }
        samples::define(self, check.machine, &labelled)
    }
}

impl State {
    /// That a check began to fail, fails for another reason, or is well again.
    fn turned(
        &self,
        check: CheckId,
        samples: &[(SeriesKey, Micros, f64)],
        why: Option<&str>,
        now: Micros,
    ) -> Option<Event> {
        let up = samples.iter().filter(|(key, ..)| key.metric == "check_up").max_by_key(|(_, at, _)| *at)?.2;
        let machine = self.checks.get(&check)?.machine;
        let before = self.check_failures.get(&check);
        if up >= 1.0 {
            return before.map(|_| body::CheckRecovered { check, machine }.into());
        }
        let why = in_one_line(why.unwrap_or_default(), MAX_WHY);
        let told = before.is_some_and(|b| b.why == why || now - b.told_us < MINUTE_US);
        (!told).then(|| body::CheckFailed { check, machine, why }.into())
    }
}

fn removed(check: &Check) -> Event {
    let (check, machine, name) = (check.check, check.machine, check.name.clone());
    body::CheckRemoved { check, machine, name }.into()
}
