//! The way of a reading to a mail, through a whole hub on SQLite and a real SMTP server.

use crate::harness::smtp::{PASSWORD, SmtpServer, USER};
use crate::harness::wait::{PATIENCE, until};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use image::RgbImage;
use serde_json::{Map, Value, json};
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;
use watchroom::actors::handle::Submit as _;
use watchroom::clock::{Clock, SystemClock};
use watchroom::hub::{Hub, bind};
use watchroom::settings::{Settings, load};
use watchroom_domain::*;

const RULE: &str = "Too hot";
/// The colour of a chart's first curve on white.
const CURVE: [u8; 3] = [0x2a, 0x66, 0xe0];

pub struct Room {
    pub folder: TempDir,
    server: SmtpServer,
    machine: MachineId,
    epoch: u64,
    seq: u64,
}

/// Runs a test as the hub runs: inside an actix system.
pub fn in_system<F: Future<Output = ()>>(test: F) {
    actix_rt::System::new().block_on(test);
}

impl Room {
    pub async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("password"), PASSWORD).unwrap();
        let server = SmtpServer::start().await;
        Self { folder, server, machine: MachineId::derived(&["node-07"]), epoch: 1, seq: 0 }
    }

    fn settings(&self) -> Settings {
        let data = self.folder.path().join("data");
        let variable = |key: &str, value: &str| (format!("WATCHROOM__{key}"), value.to_owned());
        let variables = [
            variable("HUB__DATA_DIR", data.to_str().unwrap()),
            variable("SECRETS__FOLDERS", self.folder.path().to_str().unwrap()),
            variable("HUB__PUBLIC_URL", "https://watch.example.org"),
            variable("HUB__TIME_ZONE", "UTC"),
            variable("CONSOLE__LISTEN", "127.0.0.1:0"),
            variable("SOCKET__LISTEN", "127.0.0.1:0"),
        ];
        load(None, &variables).unwrap()
    }

    pub async fn hub(&self) -> Hub {
        let settings = self.settings();
        let listeners = bind(&settings).unwrap();
        Hub::start(&settings, listeners, Arc::new(SystemClock)).await.unwrap()
    }

    /// A machine with a keeper, a rule that fires at once, and mail.
    pub async fn furnish(&self, hub: &Hub) {
        let machine = self.machine;
        let details = MachineDetails { name: "node-07".to_owned(), ..MachineDetails::default() };
        let keeper = Keeper {
            subject: SubjectId::derived(&["ada"]),
            name: "Ada Lovelace".to_owned(),
            phone: String::new(),
            mail: "ada@example.org".to_owned(),
        };
        tell(hub, Command::RegisterMachine { machine, details, keeper }).await;
        let condition = Condition::Threshold {
            metric: "temperature_c".to_owned(),
            compare: Compare::Above,
            fire: 88.0,
            clear: 83.0,
            for_us: 0,
        };
        let rule = Rule {
            rule: RuleId::derived(&[RULE]),
            name: RULE.to_owned(),
            scope: Scope::Everywhere,
            condition,
            severity: Severity::Critical,
            enabled: true,
            escalation: Vec::new(),
            personal: false,
        };
        tell(hub, Command::AddRule { rule }).await;
        let settings = json!({
            "host": "localhost", "port": self.server.port, "security": "starttls",
            "user": USER, "password": format!("file:{}", self.folder.path().join("password").display()),
            "from": "watch@example.org", "ca_file": self.server.certs.ca_file(),
        });
        let Value::Object(settings) = settings else { unreachable!() };
        configure(hub, settings).await;
    }

    /// One reading; the time just before it was handed in.
    pub async fn read(&mut self, hub: &Hub, temperature: f64) -> Micros {
        self.read_of(hub, "coretemp", temperature).await
    }

    /// One reading of a chip: what comes and goes on one is flapping after a few times.
    async fn read_of(&mut self, hub: &Hub, chip: &str, temperature: f64) -> Micros {
        let now = SystemClock.now_us();
        self.read_all(hub, chip, &[(now, temperature)]).await;
        now
    }

    /// Readings in one frame, each with its time.
    async fn read_all(&mut self, hub: &Hub, chip: &str, readings: &[(Micros, f64)]) {
        let now = SystemClock.now_us();
        self.seq += 1;
        let frame = Frame {
            producer: self.machine.0,
            epoch: self.epoch,
            seq: self.seq,
            sent_us: now,
            offset_us: 0,
            late: false,
            dropped: 0,
        };
        let series = SeriesKey {
            metric: "temperature_c".to_owned(),
            labels: Labels::from([("chip".to_owned(), chip.to_owned())]),
        };
        let samples = readings.iter().map(|(at_us, value)| (series.clone(), *at_us, *value)).collect();
        tell(hub, Command::RecordSamples { machine: self.machine, frame, samples }).await;
    }
}

pub async fn tell(hub: &Hub, command: Command) {
    hub.core.registry.submit(Envelope::new(By::Hub, command)).await.unwrap();
}

async fn configure(hub: &Hub, settings: Map<String, Value>) {
    tell(hub, Command::ConfigureChannel { channel: "email".to_owned(), settings }).await;
}

pub async fn accepted(hub: &Hub, count: usize) -> Vec<Delivery> {
    let done = |d: &&Delivery| d.status == DeliveryStatus::Accepted;
    until("deliveries to be recorded", PATIENCE, async || {
        let found: Vec<_> = hub.core.views.with(|s| s.deliveries.values().filter(done).cloned().collect());
        (found.len() >= count).then_some(found)
    })
    .await
}

#[test]
fn a_reading_over_its_limit_becomes_a_mail_to_the_keeper_and_so_does_its_end() {
    in_system(async {
        let mut room = Room::new().await;
        let hub = room.hub().await;
        room.furnish(&hub).await;
        room.read(&hub, 91.5).await;
        let fired = room.server.mail("the firing", PATIENCE, |_| true).await;
        assert_eq!(fired.to, ["ada@example.org"]);
        assert_eq!(fired.subject(), "[Watchroom] node-07: Too hot");
        let text = fired.text.clone().unwrap();
        assert!(text.starts_with("Firing: node-07: temperature (coretemp) at 91.5 °C, over 88 °C"), "{text}");
        assert!(!text.contains("may have this already") && !text.contains("comes late"), "{text}");

        room.read(&hub, 80.0).await;
        let over = |mail: &crate::harness::smtp::Mail| mail.text.as_ref().unwrap().starts_with("Resolved");
        let resolved = room.server.mail("the end", PATIENCE, over).await;
        assert_eq!(resolved.subject(), fired.subject());
        assert_eq!(resolved.header("References"), fired.header("References"));
        let deliveries = accepted(&hub, 2).await;
        assert!(deliveries.iter().all(|d| d.answer == "250 accepted" && d.attempts == 1));
        hub.stop().await;
    });
}

/// The picture in a mail.
fn picture(mail: &crate::harness::smtp::Mail) -> Option<RgbImage> {
    let raw = String::from_utf8_lossy(&mail.raw()).into_owned();
    let part = raw.split("Content-Type: image/png").nth(1)?;
    let body = part.split_once("\r\n\r\n")?.1.split("\r\n--").next()?;
    let bytes = STANDARD.decode(body.split_whitespace().collect::<String>()).unwrap();
    Some(image::load_from_memory(&bytes).unwrap().to_rgb8())
}

/// Whether a pixel has the first curve's colour, or nearly.
fn is_curve([r, g, b]: [u8; 3]) -> bool {
    CURVE.iter().zip([r, g, b]).all(|(wanted, is)| wanted.abs_diff(is) < 24)
}

#[test]
fn the_course_of_the_last_hour_is_drawn_in_a_mail_that_may_wait_for_it() {
    in_system(async {
        let mut room = Room::new().await;
        let hub = room.hub().await;
        room.furnish(&hub).await;
        let now = SystemClock.now_us();
        let course: Vec<_> = (0..30).map(|n| (now - (30 - n) * MINUTE_US, 60.0 + n as f64 / 2.0)).collect();
        room.read_all(&hub, "coretemp", &course).await;
        room.read(&hub, 91.5).await;
        let first = room.server.mail("the firing", PATIENCE, |_| true).await;
        assert!(picture(&first).is_none(), "what is critical waits for no picture");
        room.read(&hub, 80.0).await;
        let over = |mail: &crate::harness::smtp::Mail| mail.text.as_ref().unwrap().starts_with("Resolved");
        let mail = room.server.mail("the end", PATIENCE, over).await;
        assert!(mail.html.clone().unwrap().contains("src=\"cid:picture@watchroom\""));
        let drawn = picture(&mail).expect("a picture");
        assert_eq!(drawn.dimensions(), (1_040, 360));
        // The curve climbs: what is drawn in the colour of the curve stands lower on the left than on the right.
        let drawn = &drawn;
        let of_curve = |x: u32| (0..drawn.height()).filter(move |y| is_curve(drawn.get_pixel(x, *y).0));
        let height = |from: u32, to: u32| (from..to).flat_map(of_curve).min();
        let (left, right) = (height(500, 600), height(850, 950));
        assert!(left.is_some() && right < left, "{left:?} {right:?}");
        hub.stop().await;
    });
}

#[test]
fn a_silenced_alert_sends_no_mail_until_the_silence_ends() {
    in_system(async {
        let mut room = Room::new().await;
        let hub = room.hub().await;
        room.furnish(&hub).await;
        let (silence, scope) = (SilenceId::derived(&["fan swap"]), Scope::Machine { machine: room.machine });
        let (rule, until_us, reason) = (None, SystemClock.now_us() + HOUR_US, "fan swap".to_owned());
        tell(&hub, Command::BeginSilence { silence, scope, rule, until_us, reason }).await;
        room.read(&hub, 91.5).await;
        until("the alert to be held", PATIENCE, async || {
            hub.core.views.with(|s| s.incidents.values().any(|i| i.held.is_some()).then_some(()))
        })
        .await;
        // A test goes the same way behind it: where that has arrived, the alert would have too.
        let (channel, subject) = ("email".to_owned(), SubjectId::derived(&["grace"]));
        let address = "grace@example.org".to_owned();
        tell(&hub, Command::RequestTest { channel, subject, address }).await;
        accepted(&hub, 1).await;
        assert_eq!(room.server.mails().await.len(), 1, "the test and nothing else");

        tell(&hub, Command::EndSilence { silence }).await;
        let to_keeper = |mail: &crate::harness::smtp::Mail| mail.to == ["ada@example.org"];
        let told = room.server.mail("what still fires", PATIENCE, to_keeper).await;
        assert_eq!(told.subject(), "[Watchroom] node-07: Too hot");
        room.read(&hub, 70.0).await;
        accepted(&hub, 3).await;
        assert_eq!(room.server.mails().await.len(), 3, "the test, the alert, its end");
        hub.stop().await;
    });
}

#[test]
fn what_could_not_be_sent_goes_out_after_a_restart_and_nothing_goes_twice() {
    in_system(async {
        let mut room = Room::new().await;
        let hub = room.hub().await;
        room.furnish(&hub).await;
        room.read(&hub, 91.5).await;
        accepted(&hub, 1).await;
        room.read(&hub, 70.0).await;
        accepted(&hub, 2).await;
        room.server.down().await;
        room.read(&hub, 92.5).await;
        until("an attempt", PATIENCE, async || {
            let tried = |d: &Delivery| d.status == DeliveryStatus::Waiting && d.attempts > 0;
            hub.core.views.with(|s| s.deliveries.values().any(tried).then_some(()))
        })
        .await;
        hub.stop().await;
        room.server.up().await;

        let hub = room.hub().await;
        accepted(&hub, 3).await;
        hub.stop().await;
        let said: Vec<_> = room.server.mails().await.iter().map(|m| m.text.clone().unwrap()).collect();
        assert_eq!(said.len(), 3, "{said:?}");
        assert!(said[2].contains("at 92.5 °C"), "{}", said[2]);
    });
}

/// Prints what it measures; asserts only what a busy machine holds too.
#[test]
fn a_mail_is_accepted_in_milliseconds_after_its_reading() {
    in_system(async {
        let mut room = Room::new().await;
        let hub = room.hub().await;
        room.furnish(&hub).await;
        let mut took = Vec::new();
        for n in 1..=41_usize {
            let hot = n % 2 == 1;
            let chip = format!("chip {}", n.div_ceil(2));
            let begun = room.read_of(&hub, &chip, if hot { 91.5 } else { 70.0 }).await;
            let last = accepted(&hub, n).await.into_iter().max_by_key(|d| d.cause).unwrap();
            let mail = room.server.mails().await[n - 1].clone();
            took.push((mail.time_us - begun, last.took_us));
        }
        hub.stop().await;
        let middle = |mut all: Vec<Micros>| {
            all.sort();
            (all[20], all[36], all[40])
        };
        let (whole, sending) = took.into_iter().unzip();
        let (whole, sending) = (middle(whole), middle(sending));
        eprintln!("reading to mail, us: median {}, 90% {}, worst {}", whole.0, whole.1, whole.2);
        eprintln!("alert to answer, us: median {}, 90% {}, worst {}", sending.0, sending.1, sending.2);
        assert!(Duration::from_micros(whole.0.unsigned_abs()) < Duration::from_millis(250));
    });
}
