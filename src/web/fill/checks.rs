//! Checks as lists and forms, and evidence as a table.

use super::rules::machine_choices;
use crate::views::{Evidence, IncidentRecord, Models};
use crate::web::context::Visitor;
use crate::web::format::Locale;
use crate::web::list::{Asked, Dir, Spec};
use crate::web::sight::Sight;
use crate::web::view::{CheckForm, CheckList, CheckResult, CheckRow, Choice, EvidenceRow, EvidenceTable};
use std::collections::BTreeMap;
use watchroom_domain::{
    Check, CheckTarget, Machine, MachineId, Micros, Process, RunBy, SECOND_US, SeriesKey, State as Control,
    top_by_cpu, top_by_memory,
};

/// Name of the feature that an agent offers when it runs checks.
const CHECKS: &str = "checks";

/// What the list of checks can be asked for.
pub const LIST: Spec = Spec {
    path: "/checks",
    filters: &["q", "state"],
    words: &[("state", &["failing", "fine", "off"])],
    sorts: &[
        ("result", Dir::Up),
        ("name", Dir::Up),
        ("machine", Dir::Up),
        ("took", Dir::Down),
        ("certificate", Dir::Up),
        ("last", Dir::Down),
    ],
};

/// The list, of all machines or of one: those that fail first, unless it is asked for otherwise.
pub fn check_list(
    models: &Models,
    visitor: &Visitor,
    machine: Option<MachineId>,
    asked: &Asked,
) -> CheckList {
    let sight = Sight::of(&models.state, visitor);
    let checks = models.state.checks.values().filter(|c| machine.is_none_or(|m| m == c.machine));
    let checks = checks.filter(|c| sight.machine(c.machine));
    let mut rows: Vec<_> = checks.map(|check| row(models, visitor, sight, check)).collect();
    let rank = |result: &CheckResult| match result {
        CheckResult::Down => 0,
        CheckResult::Unwilling(_) | CheckResult::Silent => 1,
        CheckResult::None | CheckResult::Up => 2,
        CheckResult::Off => 3,
    };
    let total = rows.len();
    let words = asked.words();
    rows.retain(|r| {
        let text = format!("{} {} {}", r.name, r.machine, r.address).to_lowercase();
        words.iter().all(|word| text.contains(word))
            && match asked.filter("state") {
                "failing" => rank(&r.result) < 2,
                "fine" => rank(&r.result) == 2,
                "off" => rank(&r.result) == 3,
                _ => true,
            }
    });
    let lower = |text: &str| text.to_lowercase();
    let number = |value: Option<f64>| value.unwrap_or(f64::INFINITY);
    rows.sort_by(|a, b| {
        let by_name = || (lower(&a.machine), lower(&a.name)).cmp(&(lower(&b.machine), lower(&b.name)));
        let order = match asked.sort() {
            "name" => lower(&a.name).cmp(&lower(&b.name)),
            "machine" => by_name(),
            "took" => number(a.duration_ms).total_cmp(&number(b.duration_ms)),
            "certificate" => number(a.days).total_cmp(&number(b.days)),
            "last" => a.at_us.cmp(&b.at_us),
            _ => rank(&a.result).cmp(&rank(&b.result)),
        };
        asked.directed(order).then_with(by_name)
    });
    let (rows, turn) = asked.cut(rows);
    let columns = [
        ("check-column", "name"),
        ("column-machine", "machine"),
        ("check-result", "result"),
        ("check-took", "took"),
        ("check-certificate", "certificate"),
        ("check-last", "last"),
    ];
    let listed = asked.listed(&visitor.l, &columns, turn, total);
    let may_edit = match machine {
        Some(machine) => sight.manages(machine),
        None => sight.machines().any(|m| sight.manages(m.machine)),
    };
    CheckList { l: visitor.l, machine: machine.map(|m| m.to_string()), rows, listed, may_edit }
}

fn row(models: &Models, visitor: &Visitor, sight: Sight<'_>, check: &Check) -> CheckRow {
    let (state, now_us) = (&models.state, visitor.l.now_us);
    let other = || visitor.l.t("another-machine");
    let name = |machine: MachineId| sight.machine_name(machine).map_or_else(other, str::to_owned);
    let newest = |metric: &str| newest(models, check, metric);
    let up = newest("check_up");
    let value = |metric: &str| newest(metric).filter(|(at, _)| up.is_some_and(|(up, _)| up <= *at));
    let result = result(state, check, up, now_us);
    let why = state.check_failures.get(&check.check).filter(|_| result == CheckResult::Down);
    CheckRow {
        why: why.map(|failure| failure.why.clone()).unwrap_or_default(),
        id: check.check.to_string(),
        name: check.name.clone(),
        machine_id: check.machine.to_string(),
        machine: name(check.machine),
        kind: check.target.kind().to_owned(),
        address: check.target.address().to_owned(),
        runner: match check.run_by {
            RunBy::Hub => None,
            RunBy::Agent { machine } => Some(name(machine)),
        },
        interval_us: check.interval_us,
        result: match result {
            CheckResult::Unwilling(_) => CheckResult::Unwilling(match check.run_by {
                RunBy::Agent { machine } => name(machine),
                RunBy::Hub => String::new(),
            }),
            result => result,
        },
        may_edit: sight.manages(check.machine),
        duration_ms: value("check_duration_ms").map(|(_, v)| v),
        status: value("check_status_code").map(|(_, v)| v),
        days: value("certificate_days").map(|(_, v)| v),
        at_us: up.map(|(at, _)| at),
    }
}

/// The newest value that a check found, and when.
fn newest(models: &Models, check: &Check, metric: &str) -> Option<(Micros, f64)> {
    let labels = BTreeMap::from([("check".to_owned(), check.name.clone())]);
    let key = SeriesKey { metric: metric.to_owned(), labels };
    let series = models.state.series_of.get(&check.machine)?.get(&key)?;
    models.live.machine(check.machine)?.values.get(series).copied()
}

fn result(state: &Control, check: &Check, up: Option<(Micros, f64)>, now_us: Micros) -> CheckResult {
    if !check.enabled {
        return CheckResult::Off;
    }
    if let RunBy::Agent { machine } = check.run_by
        && let Some(runner) = state.machines.get(&machine)
        && !runner.has_feature(CHECKS)
    {
        return CheckResult::Unwilling(runner.details.name.clone());
    }
    match up {
        None => CheckResult::None,
        Some((at, _)) if now_us - at > 2 * (check.interval_us + check.timeout_us) => CheckResult::Silent,
        Some((_, up)) if up >= 1.0 => CheckResult::Up,
        Some(_) => CheckResult::Down,
    }
}

/// How a machine's checks are, in a line; empty where it has none.
pub fn checks_line(models: &Models, visitor: &Visitor, machine: &Machine) -> String {
    let all: Vec<_> = models.state.checks_of(machine.machine).filter(|c| c.enabled).collect();
    if all.is_empty() {
        return String::new();
    }
    let result = |c: &&Check| result(&models.state, c, newest(models, c, "check_up"), visitor.l.now_us);
    let count = |wanted| all.iter().filter(|c| result(c) == wanted).count();
    match (count(CheckResult::Down), count(CheckResult::Up)) {
        (0, 0) => visitor.l.t("check-none-yet"),
        (0, up) if up == all.len() => visitor.l.t1("checks-all-up", "n", up),
        (0, up) => visitor.l.t2("checks-some-up", "up", up, "n", all.len()),
        (down, _) => visitor.l.t2("checks-down", "down", down, "n", all.len()),
    }
}

/// Why the check fails that an incident is about; empty for any other.
pub fn failure_of(state: &Control, record: &IncidentRecord) -> String {
    let check = record.series.as_ref().and_then(|key| state.check_of(record.machine, key));
    let failure = check.and_then(|check| state.check_failures.get(&check.check));
    failure.map(|failure| failure.why.clone()).unwrap_or_default()
}

/// Who could run a check: the hub for those who operate all machines, and every own machine that has an agent.
fn runner_choices(sight: Sight<'_>, l: &Locale) -> Vec<Choice> {
    let hub = Choice { value: "hub".to_owned(), text: l.t("check-by-hub") };
    let hub = Some(hub).filter(|_| sight.operates_all());
    let own = sight.machines().filter(|m| !m.agents.is_empty() && sight.manages(m.machine));
    let agents = machine_choices(own).into_iter();
    let named = agents.map(|c| Choice { text: l.t1("check-by-agent", "machine", c.text), value: c.value });
    hub.into_iter().chain(named).collect()
}

/// The empty form, with what this visitor may choose from.
pub fn check_blank(state: &Control, visitor: &Visitor) -> CheckForm {
    let sight = Sight::of(state, visitor);
    let mut form = CheckForm::blank(visitor.l);
    form.machines = machine_choices(sight.machines().filter(|m| sight.manages(m.machine)));
    form.runners = runner_choices(sight, &visitor.l);
    form
}

/// The form of a check as it is.
pub fn check_form(state: &Control, visitor: &Visitor, check: &Check) -> CheckForm {
    let mut form = check_blank(state, visitor);
    form.id = Some(check.check.to_string());
    form.machine = check.machine.to_string();
    form.name = check.name.clone();
    form.kind = check.target.kind().to_owned();
    form.address = check.target.address().to_owned();
    match &check.target {
        CheckTarget::Http { status, contains, follow_redirects, any_certificate, .. } => {
            form.status = status.map(|s| s.to_string()).unwrap_or_default();
            form.contains = contains.clone();
            (form.follow, form.any_certificate) = (*follow_redirects, *any_certificate);
        }
        CheckTarget::Tcp { .. } => {}
        CheckTarget::Certificate { server_name, .. } => form.server_name = server_name.clone(),
    }
    if let RunBy::Agent { machine } = check.run_by {
        form.run_by = machine.to_string();
    }
    form.interval = (check.interval_us / SECOND_US).to_string();
    form.timeout = (check.timeout_us / SECOND_US).to_string();
    form.enabled = check.enabled;
    form
}

/// What ran on a machine, as a table.
pub fn evidence_table(visitor: &Visitor, evidence: &Evidence) -> EvidenceTable {
    let rows = |processes: Vec<&Process>| {
        let row = |p: &Process| EvidenceRow {
            name: p.name.clone(),
            pid: p.pid,
            user: p.user.clone().unwrap_or_default(),
            cpu_percent: p.cpu_percent,
            memory_bytes: p.memory_bytes as f64,
        };
        processes.into_iter().map(row).collect()
    };
    EvidenceTable {
        l: visitor.l,
        at_us: evidence.at_us,
        by_cpu: rows(top_by_cpu(&evidence.processes)),
        by_memory: rows(top_by_memory(&evidence.processes)),
    }
}
