//! The list of machines, and the figures above it.

use super::health::{machine_state, reading};
use super::open_incidents;
use crate::views::{LiveMachine, Models};
use crate::web::context::Visitor;
use crate::web::list::{Asked, Dir, Spec};
use crate::web::sight::Sight;
use crate::web::view::{
    Cell, Choice, Figures, Hottest, MachineList, MachineRow, Reading, Silent, Spark, State,
};
use std::collections::{BTreeMap, BTreeSet};
use watchroom_domain::{Action, DeliveryStatus, IncidentStatus, Machine, Micros, Thing};

/// What the list can be asked for.
pub const MACHINES: Spec = Spec {
    path: "/machines",
    filters: &["q", "state", "place", "owner", "tag"],
    words: &[("state", &["need", "silent", "ok"])],
    sorts: &[
        ("state", Dir::Up),
        ("name", Dir::Up),
        ("place", Dir::Up),
        ("owner", Dir::Up),
        ("cpu", Dir::Down),
        ("memory", Dir::Down),
        ("disk", Dir::Down),
        ("temperature", Dir::Down),
        ("load", Dir::Down),
        ("keeper", Dir::Up),
        ("seen", Dir::Down),
    ],
};
/// Machines that are shown as cells.
const CELLS: usize = 2_000;
/// Places, owners and tags to choose from, of each.
const CHOICES: usize = 200;
/// Mails that the median is taken of.
const MEDIAN_OF: usize = 500;

/// The list, as asked for.
pub fn machine_list(models: &Models, visitor: &Visitor, asked: &Asked) -> MachineList {
    let (l, now_us) = (visitor.l, visitor.l.now_us);
    let words = asked.words();
    let sight = Sight::of(&models.state, visitor);
    let all: Vec<_> = sight.machines().map(|m| (m, machine_state(models, m, now_us))).collect();
    let count = |wanted: &[State]| all.iter().filter(|(_, s)| wanted.contains(s)).count() as u64;
    let (total, need, silent) =
        (all.len() as u64, count(&[State::Warn, State::Crit]), count(&[State::Unknown]));
    let choices = Choices::of(models, visitor, all.iter().map(|(m, _)| *m));
    let mut shown: Vec<_> = all
        .into_iter()
        .filter(|(m, s)| words.iter().all(|w| says(m, w)) && fits(models, visitor, asked, m, *s))
        .collect();
    sort(models, visitor, asked, &mut shown);
    let cell = |(m, state): &(&Machine, State)| Cell {
        id: m.machine.to_string(),
        name: m.details.name.clone(),
        state: *state,
    };
    let cells = shown.iter().take(CELLS).map(cell).collect();
    let (shown, turn) = asked.cut(shown);
    let said = |name: &str| asked.filter(name).to_owned();
    let column = |key, sort| asked.column(&l, key, sort);
    MachineList {
        l,
        q: said("q"),
        state: said("state"),
        place: said("place"),
        owner: said("owner"),
        tag: said("tag"),
        places: choices.places,
        owners: choices.owners,
        tags: choices.tags,
        narrowed: asked.narrowed(),
        query: asked.query(),
        columns: vec![
            column("column-machine", "name"),
            column("column-cpu", "cpu"),
            column("column-memory", "memory"),
            column("column-disk", "disk"),
            column("column-temperature", "temperature"),
            column("column-load", "load"),
            column("column-keeper", "keeper"),
            column("column-seen", "seen"),
            column("column-health", "state"),
            column("fact-place", "place"),
            column("sharing-owner", "owner"),
        ],
        rows: shown.into_iter().map(|(m, s)| row(models, visitor, m, s)).collect(),
        cells,
        total,
        need,
        silent,
        turn,
        may_add: sight.may(Action::ManageMachines),
        runs_hub: sight.may(Action::ManageHub),
    }
}

/// What the list can be narrowed to, of what the reader sees.
struct Choices {
    places: Vec<Choice>,
    owners: Vec<Choice>,
    tags: Vec<Choice>,
}

impl Choices {
    fn of<'m>(models: &Models, visitor: &Visitor, machines: impl Iterator<Item = &'m Machine>) -> Self {
        let (mut places, mut owners, mut tags) = (BTreeSet::new(), BTreeMap::new(), BTreeSet::new());
        for machine in machines {
            places.insert(machine.details.place.clone());
            tags.extend(machine.details.tags.iter().cloned());
            let owner = models.state.access.owner(Thing::Machine(machine.machine));
            if let Some(owner) = owner.filter(|o| Sight::of(&models.state, visitor).person(*o)) {
                owners.insert(super::person_name(&models.state, visitor, owner), owner);
            }
        }
        let same = |texts: BTreeSet<String>| -> Vec<Choice> {
            let said = texts.into_iter().filter(|text| !text.is_empty()).take(CHOICES);
            said.map(|text| Choice { value: text.clone(), text }).collect()
        };
        let owners = owners.into_iter().take(CHOICES);
        let owners = owners.map(|(text, person)| Choice { value: person.to_string(), text }).collect();
        Self { places: same(places), owners, tags: same(tags) }
    }
}

fn fits(models: &Models, visitor: &Visitor, asked: &Asked, machine: &Machine, state: State) -> bool {
    let (place, tag, owner) = (asked.filter("place"), asked.filter("tag"), asked.filter("owner"));
    let me = visitor.signed.as_ref().map(|s| s.person);
    let owned_by = models.state.access.owner(Thing::Machine(machine.machine));
    asked.understood()
        && (place.is_empty() || machine.details.place == place)
        && (tag.is_empty() || machine.details.tags.iter().any(|t| t == tag))
        && match owner {
            "" => true,
            "me" => owned_by.is_some() && owned_by == me,
            "nobody" => owned_by.is_none(),
            id => owned_by.is_some_and(|o| o.to_string() == id),
        }
        && match asked.filter("state") {
            "need" => matches!(state, State::Warn | State::Crit),
            "silent" => state == State::Unknown,
            "ok" => state == State::Ok,
            _ => true,
        }
}

fn sort(models: &Models, visitor: &Visitor, asked: &Asked, shown: &mut [(&Machine, State)]) {
    let live = |m: &Machine| models.live.machine(m.machine);
    let metric = match asked.sort() {
        "cpu" => "cpu_percent",
        "memory" => "memory_used_percent",
        "disk" => "disk_used_percent",
        "temperature" => "temperature_c",
        "load" => "load_1m",
        _ => "",
    };
    let value = |m: &Machine| live(m)?.of_metric(&models.state, metric).first().map(|(_, v)| *v);
    let lower = |text: &str| (text.is_empty(), text.to_lowercase());
    let owner = |m: &Machine| owner_name(models, visitor, m);
    let keeper = |m: &Machine| lower(m.keeper.as_ref().map_or("", |k| k.name.as_str()));
    shown.sort_by(|(a, a_state), (b, b_state)| {
        let by_name = || lower(&a.details.name).cmp(&lower(&b.details.name));
        let order = match asked.sort() {
            "name" => by_name(),
            "place" => lower(&a.details.place).cmp(&lower(&b.details.place)),
            "owner" => lower(&owner(a)).cmp(&lower(&owner(b))),
            "keeper" => keeper(a).cmp(&keeper(b)),
            "seen" => live(a).and_then(LiveMachine::seen_us).cmp(&live(b).and_then(LiveMachine::seen_us)),
            _ if !metric.is_empty() => match (value(a), value(b)) {
                (Some(a), Some(b)) => a.total_cmp(&b),
                // What was never read stands last, whichever way round.
                (a, b) => return b.is_some().cmp(&a.is_some()).then_with(by_name),
            },
            _ => rank(*a_state).cmp(&rank(*b_state)),
        };
        asked.directed(order).then_with(by_name)
    });
}

/// Name of a machine's owner, as far as the reader may know it; empty where there is none.
fn owner_name(models: &Models, visitor: &Visitor, machine: &Machine) -> String {
    let owner = models.state.access.owner(Thing::Machine(machine.machine));
    let known = owner.filter(|o| Sight::of(&models.state, visitor).person(*o));
    known.map(|o| super::person_name(&models.state, visitor, o)).unwrap_or_default()
}

/// Those that need somebody first, then silent ones, then the rest.
fn rank(state: State) -> u8 {
    match state {
        State::Crit => 0,
        State::Warn => 1,
        State::Unknown => 2,
        State::Ok => 3,
    }
}

fn says(machine: &Machine, word: &str) -> bool {
    let d = &machine.details;
    let keeper = machine.keeper.as_ref().map_or("", |k| k.name.as_str());
    [&d.name, &d.number, &d.address, &d.place, &d.model].into_iter().any(|t| t.to_lowercase().contains(word))
        || d.tags.iter().any(|t| t.contains(word))
        || keeper.to_lowercase().contains(word)
}

fn row(models: &Models, visitor: &Visitor, machine: &Machine, state: State) -> MachineRow {
    let now_us = visitor.l.now_us;
    let live = models.live.machine(machine.machine);
    let largest = |metric: &str| -> Option<Reading> {
        let value = live?.of_metric(&models.state, metric).first()?.1;
        Some(reading(&models.state, machine, metric, value))
    };
    MachineRow {
        id: machine.machine.to_string(),
        name: machine.details.name.clone(),
        place: machine.details.place.clone(),
        owner: owner_name(models, visitor, machine),
        state,
        cpu: largest("cpu_percent"),
        memory: largest("memory_used_percent"),
        disk: largest("disk_used_percent"),
        temperature: largest("temperature_c"),
        load: largest("load_1m"),
        spark: live
            .map(|l| l.spark("cpu_percent", now_us))
            .filter(|s| s.iter().flatten().count() > 2)
            .map(|s| Spark::between(&s, 0.0, 100.0)),
        keeper: machine.keeper.as_ref().map_or_else(String::new, |k| k.name.clone()),
        seen_us: live.and_then(LiveMachine::seen_us),
        checks: super::checks_line(models, visitor, machine),
        no_agent: machine.agents.is_empty(),
    }
}

/// The figures across the top.
pub fn figures(models: &Models, visitor: &Visitor) -> Figures {
    let now_us = visitor.l.now_us;
    let sight = Sight::of(&models.state, visitor);
    let open: Vec<_> = open_incidents(sight, models).collect();
    let silent: Vec<_> =
        sight.machines().filter(|m| machine_state(models, m, now_us) == State::Unknown).collect();
    let seen = |m: &Machine| models.live.machine(m.machine).and_then(LiveMachine::seen_us);
    let longest = silent.iter().min_by_key(|m| seen(m).unwrap_or(Micros::MAX));
    let may_deliver = sight.may(Action::ManageChannels);
    let (mail_ms, mails) = if may_deliver { median_ms(models) } else { (None, 0) };
    Figures {
        l: visitor.l,
        machines: sight.machines().count() as u64,
        open: open.len() as u64,
        acknowledged: open.iter().filter(|i| i.status == IncidentStatus::Acknowledged).count() as u64,
        hottest: hottest(models, sight, now_us),
        silent: silent.len() as u64,
        longest_silent: longest.map(|m| Silent {
            machine_id: m.machine.to_string(),
            machine: m.details.name.clone(),
            seen_us: seen(m),
        }),
        mail_ms,
        mails,
        may_deliver,
    }
}

fn hottest(models: &Models, sight: Sight<'_>, now_us: Micros) -> Option<Hottest> {
    let heard = |m: &Machine| -> Option<LiveMachine> {
        models.live.machine(m.machine).filter(|l| !l.silent(now_us)).cloned()
    };
    let sensors = sight.machines().filter_map(|machine| {
        let live = heard(machine)?;
        let of = |metric| live.of_metric(&models.state, metric).first().map(|(d, v)| (&d.key, *v));
        let hottest = of("temperature_c").into_iter().chain(of("gpu_temperature_c"));
        let (key, celsius) = hottest.max_by(|a, b| a.1.total_cmp(&b.1))?;
        Some((machine, key, celsius, live))
    });
    let (machine, key, celsius, live) = sensors.max_by(|a, b| a.2.total_cmp(&b.2))?;
    let (sensor, metric) = (super::label(key), key.metric.as_str());
    Some(Hottest {
        machine_id: machine.machine.to_string(),
        machine: machine.details.name.clone(),
        sensor,
        celsius,
        state: reading(&models.state, machine, metric, celsius).state,
        spark: Spark::fitted(&live.spark(metric, now_us), 10.0),
    })
}

/// Median time from the record of what is told to the mail's acceptance at the first try.
fn median_ms(models: &Models) -> (Option<f64>, u64) {
    let told = models.state.deliveries.values().rev();
    let first_tries =
        told.filter(|d| d.status == DeliveryStatus::Accepted && d.attempts == 1 && d.incident.is_some());
    let mut took: Vec<_> = first_tries.take(MEDIAN_OF).map(|d| d.took_us).collect();
    took.sort_unstable();
    (took.get(took.len() / 2).map(|us| *us as f64 / 1e3), took.len() as u64)
}
