//! A wall display: machines by health, temperatures, open alerts. Nothing about people is on it.

use super::alert_card;
use super::health::{machine_state, reading};
use crate::views::{LiveMachine, Models};
use crate::web::context::Visitor;
use crate::web::list::{Asked, Dir, Spec};
use crate::web::sight::Sight;
use crate::web::view::{Reading, State, WallBoard, WallForm, WallHottest, WallRow, WallTile, Walls};
use watchroom_domain::{Machine, State as Control, WallLink, WallLinkId};

/// Machines that find room on a screen; of the rest it is said how many they are, and how they are.
const TILES: usize = 40;
/// Alerts that find room beside them.
const ALERTS: usize = 5;
/// What a machine draws from its socket, if something measures it.
const POWER: &str = "power_w";

/// What a wall display shows at this moment; nothing when its link has ended.
pub fn wall_board(models: &Models, visitor: &Visitor, link: WallLinkId, path: String) -> Option<WallBoard> {
    let wall = models.state.walls.get(&link)?;
    let sight = Sight::wall(&models.state, wall);
    let now_us = visitor.l.now_us;
    let mut all: Vec<_> = sight.machines().map(|m| (machine_state(models, m, now_us), m)).collect();
    all.sort_by_key(|(state, m)| (rank(*state), m.details.name.to_lowercase()));
    let count = |wanted: State| all.iter().filter(|(state, _)| *state == wanted).count() as u64;
    let open = models.history.incidents().filter(|r| r.resolved.is_none() && sight.incident(r));
    let mut alerts: Vec<_> = open.map(|r| alert_card(models, visitor, r)).collect();
    alerts.sort_by_key(|card| (rank(card.state()), std::cmp::Reverse(card.opened_us)));
    let more_alerts = alerts.len().saturating_sub(ALERTS) as u64;
    let open_alerts = alerts.len() as u64;
    alerts.truncate(ALERTS);
    let live = |m: &Machine| models.live.machine(m.machine).filter(|l| !l.silent(now_us));
    let watts: Vec<f64> = sight
        .machines()
        .filter_map(|m| Some(live(m)?.of_metric(&models.state, POWER).iter().map(|(_, v)| *v).sum::<f64>()))
        .filter(|watts| *watts > 0.0)
        .collect();
    Some(WallBoard {
        l: visitor.l,
        path,
        name: wall.name.clone(),
        tag: wall.tag.clone().unwrap_or_default(),
        machines: all.len() as u64,
        critical: count(State::Crit),
        warning: count(State::Warn),
        silent: count(State::Unknown),
        fine: count(State::Ok),
        open_alerts,
        hottest: hottest(models, &all, now_us),
        tiles: all.iter().take(TILES).map(|(state, m)| tile(models, m, *state)).collect(),
        more: all.len().saturating_sub(TILES) as u64,
        more_fine: all.iter().skip(TILES).all(|(state, _)| *state == State::Ok),
        alerts,
        more_alerts,
        power_w: (!watts.is_empty()).then(|| watts.iter().sum()),
        messages: Vec::new(),
    })
}

/// What needs somebody first.
fn rank(state: State) -> u8 {
    match state {
        State::Crit => 0,
        State::Warn => 1,
        State::Unknown => 2,
        State::Ok => 3,
    }
}

fn temperature(models: &Models, machine: &Machine, live: &LiveMachine) -> Option<Reading> {
    let celsius = live.of_metric(&models.state, "temperature_c").first()?.1;
    Some(reading(&models.state, machine, "temperature_c", celsius))
}

fn tile(models: &Models, machine: &Machine, state: State) -> WallTile {
    let live = models.live.machine(machine.machine);
    let first = |metric: &str| live?.of_metric(&models.state, metric).first().map(|(_, v)| *v);
    WallTile {
        id: machine.machine.to_string(),
        name: machine.details.name.clone(),
        place: machine.details.place.clone(),
        state,
        seen_us: live.and_then(LiveMachine::seen_us),
        temperature: live.and_then(|live| temperature(models, machine, live)),
        cpu: first("cpu_percent"),
    }
}

fn hottest(models: &Models, all: &[(State, &Machine)], now_us: i64) -> Option<WallHottest> {
    let heard = all.iter().filter_map(|(_, m)| {
        let live = models.live.machine(m.machine).filter(|l| !l.silent(now_us))?;
        Some((m.details.name.clone(), temperature(models, m, live)?))
    });
    let (machine, reading) = heard.max_by(|a, b| a.1.value.total_cmp(&b.1.value))?;
    Some(WallHottest { machine, reading })
}

/// What the list of the links can be asked for.
pub const WALLS: Spec = Spec {
    path: "/walls",
    filters: &["q"],
    words: &[],
    sorts: &[("name", Dir::Up), ("machines", Dir::Down), ("issued", Dir::Down)],
};

/// The page of the links, as asked for.
pub fn walls(
    state: &Control,
    visitor: &Visitor,
    asked: &Asked,
    (form, made): (WallForm, Option<String>),
) -> Walls {
    let words = asked.words();
    let row = |wall: &WallLink| WallRow {
        id: wall.link.to_string(),
        name: wall.name.clone(),
        tag: wall.tag.clone().unwrap_or_default(),
        machines: Sight::wall(state, wall).machines().count() as u64,
        issued_us: wall.issued_us,
    };
    let fits = |row: &WallRow| {
        let text = format!("{} {}", row.name, row.tag).to_lowercase();
        words.iter().all(|word| text.contains(word))
    };
    let mut rows: Vec<_> = state.walls.values().map(row).filter(fits).collect();
    rows.sort_by(|a, b| {
        let by_name = || (a.name.to_lowercase(), &a.id).cmp(&(b.name.to_lowercase(), &b.id));
        let order = match asked.sort() {
            "machines" => a.machines.cmp(&b.machines),
            "issued" => a.issued_us.cmp(&b.issued_us),
            _ => by_name(),
        };
        asked.directed(order).then_with(by_name)
    });
    let (rows, turn) = asked.cut(rows);
    let columns =
        [("wall-sort-name", "name"), ("wall-sort-machines", "machines"), ("wall-sort-issued", "issued")];
    let listed = asked.listed(&visitor.l, &columns, turn, state.walls.len());
    Walls { l: visitor.l, rows, listed, form, made }
}
