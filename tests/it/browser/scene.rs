//! A small machine room with an hour behind it: something is wrong, and somebody is on it.

use crate::harness::http::Http;
use crate::harness::smtp::{PASSWORD, SmtpServer, USER};
use crate::harness::wait::{Last, PATIENCE, until};
use crate::people::letter;
use crate::web::inside::{Inside, named, series};
use serde_json::{Value, json};
use watchroom::clock::Clock as _;
use watchroom_domain::*;

/// How long the room has been watched.
const BEHIND_US: Micros = 62 * MINUTE_US;
/// Between two readings of the time that lies behind.
const STEP_US: Micros = 20 * SECOND_US;

/// Name, place, model, tags, keeper, and how busy it is: CPU, memory, disk, in percent, and degrees.
type Row = (&'static str, &'static str, &'static str, &'static str, &'static str, [f64; 4]);

const ROWS: [Row; 8] = [
    ("node-01", "GPU room, rack A", "4 × RTX 4090", "gpu", "Ada Lovelace", [72.0, 61.0, 44.0, 71.0]),
    ("node-02", "GPU room, rack A", "4 × RTX 4090", "gpu", "Ada Lovelace", [64.0, 58.0, 47.0, 68.0]),
    ("node-03", "GPU room, rack A", "4 × RTX 4090", "gpu", "Ada Lovelace", [48.0, 55.0, 39.0, 62.0]),
    ("node-07", "GPU room, rack B", "8 × H100", "gpu", "Grace Hopper", [91.0, 71.0, 64.0, 79.0]),
    ("node-08", "GPU room, rack B", "8 × H100", "gpu", "Grace Hopper", [83.0, 66.0, 58.0, 74.0]),
    ("fileserver", "Server closet", "DL380", "storage", "Mary Shelley", [14.0, 37.0, 88.0, 47.0]),
    ("workshop-pi", "Workshop", "Raspberry Pi 5", "edge", "Mary Shelley", [9.0, 31.0, 22.0, 52.0]),
    ("teach-01", "Room 214", "NUC 13", "teaching", "Alan Turing", [27.0, 44.0, 48.0, 55.0]),
];
/// Which of them falls silent.
pub const SILENT: usize = 6;
/// Which of them becomes too hot.
pub const HOT: usize = 3;

/// Who else has an account.
const PEOPLE: [(&str, &str, Role); 5] = [
    ("grace", "Grace Hopper", Role::Administrator),
    ("alan", "Alan Turing", Role::Operator),
    ("mary", "Mary Shelley", Role::Member),
    ("linus", "Linus Pauling", Role::Member),
    ("hallway", "Hallway screen", Role::Viewer),
];

pub struct Scene {
    pub inside: Inside,
    pub owner: Http,
    pub machines: Vec<MachineId>,
    /// One that nothing was ever heard of.
    pub never: MachineId,
    /// The machine that is too hot.
    pub incident: IncidentId,
    pub rule: RuleId,
    /// A group that something is shared with.
    pub group: GroupId,
    /// Ended after the hub.
    pub server: SmtpServer,
}

impl Scene {
    pub async fn new() -> Self {
        let mut server = SmtpServer::start().await;
        let mut inside = Inside::start_late_with(BEHIND_US, &PEOPLE).await;
        let mut owner = inside.owner().await;
        configure_mail(&inside, &server).await;
        let mut machines = Vec::new();
        for (name, place, model, tag, keeper, _) in ROWS {
            machines.push(register(&inside, name, place, model, tag, keeper).await);
        }
        let never =
            inside.machine(MachineDetails { place: "Room 214".to_owned(), ..named("teach-02") }).await;
        for step in 0..=BEHIND_US / STEP_US {
            let left_us = BEHIND_US - step * STEP_US;
            inside.clock.late(left_us);
            for (n, machine) in machines.iter().enumerate() {
                if n != SILENT || left_us > 9 * MINUTE_US {
                    let values = readings(n, step, left_us);
                    inside.read(*machine, inside.clock.now_us(), &values).await;
                }
            }
            judged(&inside).await;
            told(&inside, left_us).await;
        }
        let group = people(&inside, &machines).await;
        assert_eq!(owner.post("/account/confirm", &[]).await.status, 303);
        let (_, link) = letter(&mut server, &inside.hub.public_url, "confirm", "ada@example.org").await;
        assert_eq!(owner.post(&link, &[]).await.status, 303);
        let state = || &inside.hub.core.views;
        let hot = |i: &&Incident| i.has_fired() && i.machine == machines[HOT];
        let incident = state().with(|s| s.incidents.values().find(hot).expect("it is too hot").incident);
        let rule = state().with(|s| s.rules.values().find(|r| r.name == "Temperature high").unwrap().rule);
        Self { inside, owner, machines, never, incident, rule, group, server }
    }

    /// Everything that can be heard says how it is now.
    pub async fn beat(&mut self) {
        let now = self.inside.clock.now_us();
        for (n, machine) in self.machines.clone().into_iter().enumerate().filter(|(n, _)| *n != SILENT) {
            let step = now.rem_euclid(HOUR_US) / SECOND_US;
            self.inside.read(machine, now, &readings(n, step, 0)).await;
        }
    }

    /// The owner takes care of the machine that is too hot.
    pub async fn acknowledge(&mut self) {
        let path = format!("/alerts/{}/acknowledge", self.incident);
        assert_eq!(self.owner.post(&path, &[]).await.status, 303);
    }
}

/// People own machines, share them, are in groups; one is suspended.
async fn people(inside: &Inside, machines: &[MachineId]) -> GroupId {
    let person = |name: &str| SubjectId::derived(&[name]);
    let group = GroupId::derived(&["lab"]);
    let mut told = vec![
        Command::AddGroup { group, name: "Robotics lab".to_owned() },
        Command::AddGroup { group: GroupId::derived(&["course"]), name: "Course 2026".to_owned() },
        Command::JoinGroup { group, person: person("mary") },
        Command::JoinGroup { group, person: person("linus") },
        Command::SuspendPerson { person: person("linus") },
    ];
    for (n, machine) in machines.iter().enumerate() {
        let owner = Some(person(["mary", "alan", "grace"][n % 3]));
        told.push(Command::SetOwner { thing: Thing::Machine(*machine), owner });
    }
    let thing = Thing::Machine(machines[HOT]);
    told.push(Command::Share { thing, with: Grantee::Group(group), right: Right::Operate });
    told.push(Command::Share { thing, with: Grantee::Person(person("alan")), right: Right::See });
    for command in told {
        inside.tell(command).await;
    }
    group
}

/// When something is told, how long before the end, and how many mails there are then: the disk that
/// fills and empties, the machine that falls silent, and the one that becomes too hot.
const TOLD: [(Micros, usize); 4] = [(39 * 60 + 40, 2), (29 * 60 + 40, 4), (7 * 60 + 20, 6), (2 * 60, 8)];

/// Waits until the alerter has judged everything and has looked at the clock: two jumps of the clock between two
/// looks are an absence of the hub, during which nobody is silent.
async fn judged(inside: &Inside) {
    until("the alerter to have judged everything", PATIENCE, async || {
        let (judged, head) = (inside.hub.core.log.cursor("alerter").await.unwrap(), inside.position());
        judged.is_some_and(|cursor| cursor.pos() >= head).then_some(())
    })
    .await;
}

/// Waits for mail before the clock jumps on, so that none of it took longer than it really did.
async fn told(inside: &Inside, left_us: Micros) {
    let Some((_, mails)) = TOLD.into_iter().find(|(left_s, _)| left_s * SECOND_US == left_us) else { return };
    let mut last = Last::default();
    until(&format!("{mails} mails"), PATIENCE, async || {
        let accepted = |d: &&Delivery| d.status == DeliveryStatus::Accepted;
        inside.hub.core.views.with(|s| {
            last.0 = format!("{:?} {:?}", s.deliveries, s.incidents);
            (s.deliveries.values().filter(accepted).count() >= mails).then_some(())
        })
    })
    .await;
}

async fn configure_mail(inside: &Inside, server: &SmtpServer) {
    let password = server.certs.ca_file().with_file_name("password");
    std::fs::write(&password, PASSWORD).unwrap();
    let settings = json!({
        "host": "localhost", "port": server.port, "security": "starttls", "user": USER,
        "password": format!("file:{}", password.display()), "from": "watch@example.org",
        "ca_file": server.certs.ca_file(),
    });
    let Value::Object(settings) = settings else { unreachable!("an object was written") };
    inside.tell(Command::ConfigureChannel { channel: "email".to_owned(), settings }).await;
}

async fn register(
    inside: &Inside,
    name: &str,
    place: &str,
    model: &str,
    tag: &str,
    keeper: &str,
) -> MachineId {
    let machine = MachineId::derived(&[name]);
    let details = MachineDetails {
        place: place.to_owned(),
        model: model.to_owned(),
        tags: vec![tag.to_owned()],
        number: format!("2024-{:04}", name.len() * 37),
        ..named(name)
    };
    let first = keeper.split(' ').next().unwrap().to_lowercase();
    let keeper = Keeper {
        subject: SubjectId::derived(&[keeper]),
        name: keeper.to_owned(),
        phone: "+41 44 555 01 23".to_owned(),
        mail: format!("{first}@example.org"),
    };
    inside.tell(Command::RegisterMachine { machine, details, keeper }).await;
    enrol(inside, machine, name).await;
    machine
}

/// Its agent joins and connects, as far as the log is concerned.
async fn enrol(inside: &Inside, machine: MachineId, name: &str) {
    let token = TokenId::derived(&[name]);
    let expires_us = inside.clock.now_us() + HOUR_US;
    let secret_sha256 = "5".repeat(64);
    let issue =
        Command::IssueJoinToken { token, machine, secret_sha256: secret_sha256.clone(), expires_us, uses: 1 };
    inside.tell(issue).await;
    let key_sha256 = watchroom_wire::tls::hex(&watchroom_wire::tls::sha256(name.as_bytes()));
    let not_after_us = inside.clock.now_us() + 90 * 24 * HOUR_US;
    let identity = AgentIdentity { serial: "01".to_owned(), key_sha256: key_sha256.clone(), not_after_us };
    inside.tell(Command::Join { token, secret_sha256, identity }).await;
    let agent_version = concat!("watchroom-agent/", env!("CARGO_PKG_VERSION")).to_owned();
    inside
        .tell(Command::ConnectAgent { machine, key_sha256, agent_version, protocol: 1, features: Vec::new() })
        .await;
}

/// What a machine reads at a step of the hour, `left_us` before its end.
fn readings(n: usize, step: i64, left_us: Micros) -> Vec<(SeriesKey, f64)> {
    let [cpu, memory, disk, degrees] = ROWS[n].5;
    let at = |seed: usize, wide: f64| {
        let t = step as f64 / 9.0 + (seed * 7 + n * 3) as f64;
        wide * (0.6 * t.sin() + 0.3 * (t * 2.7).sin() + 0.25 * (t * 7.9).sin())
    };
    let percent = |value: f64| (value.clamp(0.0, 100.0) * 10.0).round() / 10.0;
    // In the last minutes the cooling of one machine gives up.
    let hotter =
        if n == HOT { (1.0 - left_us as f64 / (8 * MINUTE_US) as f64).clamp(0.0, 1.0) * 13.0 } else { 0.0 };
    let hot = |seed: usize, less: f64| {
        percent(degrees + hotter - less + at(seed, if hotter > 9.0 { 0.5 } else { 2.5 }))
    };
    let load = cpu / 10.0;
    let fuller = if n == 5 && (30..45).contains(&(left_us / MINUTE_US)) { 3.6 } else { 0.0 };
    let of = |metric: &str, labels: &[(&str, &str)], value: f64| (series(metric, labels), value);
    vec![
        of("cpu_percent", &[], percent(cpu + at(1, 9.0))),
        of("memory_used_percent", &[], percent(memory + at(2, 3.0))),
        of("memory_total_bytes", &[], 274_877_906_944.0),
        of("swap_used_percent", &[], percent(2.0 + at(3, 1.0))),
        of("temperature_c", &[("chip", "coretemp"), ("sensor", "Package")], hot(4, 0.0)),
        of("temperature_c", &[("chip", "nvme"), ("sensor", "Composite")], hot(5, 24.0)),
        of("load_1m", &[], percent(load + at(6, 1.2))),
        of("load_5m", &[], percent(load + at(7, 0.6))),
        of("load_15m", &[], percent(load + at(8, 0.3))),
        of("disk_used_percent", &[("mount", "/")], percent(disk + fuller)),
        of("disk_used_percent", &[("mount", "/data")], percent(disk * 0.8)),
        of("disk_read_bytes_per_s", &[("device", "nvme0n1")], (4e7 + at(9, 3e7)).max(0.0).round()),
        of("disk_written_bytes_per_s", &[("device", "nvme0n1")], (2e7 + at(10, 2e7)).max(0.0).round()),
        of("net_received_bytes_per_s", &[("interface", "eth0")], (9e6 + at(11, 6e6)).max(0.0).round()),
        of("net_sent_bytes_per_s", &[("interface", "eth0")], (3e6 + at(12, 2e6)).max(0.0).round()),
    ]
}
