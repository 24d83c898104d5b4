//! Telegram through a whole hub: what is told there, what is pressed and asked, and what goes wrong.

mod asking;
mod buttons;
mod faults;
mod killed;
mod linking;
mod telling;

use crate::harness::bot_api::{BotApi, Shown, TOKEN};
use crate::harness::http::{Answer, Http};
use crate::harness::wait::{PATIENCE, until};
use crate::web::inside::{Inside, named, rule, series};
use serde_json::{Map, Value};
use watchroom::clock::Clock as _;
use watchroom_domain::*;

/// The owner's user id in Telegram.
const ADA: i64 = 4_200_042;
const RULE: &str = "Too hot";

/// A hub with an owner and a bot, and the far side of it.
struct Room {
    api: BotApi,
    hub: Inside,
    owner: Http,
}

impl Room {
    async fn new() -> Self {
        let (api, hub) = (BotApi::start().await, Inside::start().await);
        api.person(ADA, "Ada", "en");
        let owner = hub.owner().await;
        let room = Self { api, hub, owner };
        room.configure().await;
        room
    }

    /// A hub whose owner has linked a chat, with a machine that is too hot as soon as it is said.
    async fn linked() -> (Self, MachineId) {
        let mut room = Self::new().await;
        room.link(ADA, ADA).await;
        let machine = room.hot_machine("node-07").await;
        (room, machine)
    }

    async fn configure(&self) {
        self.hub
            .tell(Command::ConfigureChannel { channel: "telegram".to_owned(), settings: self.settings() })
            .await;
    }

    fn settings(&self) -> Map<String, Value> {
        let token = self.hub.secret("bot", TOKEN);
        Map::from_iter([
            ("token".to_owned(), Value::from(token)),
            ("api_url".to_owned(), Value::from(self.api.url())),
        ])
    }

    /// Shows the code of the account page in a chat.
    async fn link(&mut self, chat: i64, user: i64) {
        let code = self.code().await;
        let before = self.api.posted(chat).len();
        self.api.say(chat, user, &format!("/start {code}"));
        let said =
            self.api.until("an answer to the code", || self.api.posted(chat).get(before).cloned()).await;
        assert!(said.text.starts_with("Linked."), "{}", said.text);
    }

    /// A code, as the account page shows it.
    async fn code(&mut self) -> String {
        code_of(&self.owner.post("/account/telegram", &[]).await)
    }

    async fn hot_machine(&mut self, name: &str) -> MachineId {
        let machine = self.hub.machine(named(name)).await;
        self.hub.tell(Command::AddRule { rule: rule(RULE, "temperature_c", 88.0, Severity::Critical) }).await;
        machine
    }

    /// One reading, just now.
    async fn read(&mut self, machine: MachineId, celsius: f64) {
        let now = self.hub.clock.now_us();
        self.hub.read(machine, now, &[(series("temperature_c", &[("chip", "coretemp")]), celsius)]).await;
    }

    /// The newest message of a chat that says so.
    async fn told(&self, chat: i64, words: &str) -> Shown {
        self.api.message(words, chat, |m| m.text.contains(words)).await
    }

    /// Waits until something is so by the log.
    async fn so(&self, what: &str, is: impl Fn(&State) -> bool) {
        until(what, PATIENCE, async || self.hub.hub.core.views.with(&is).then_some(())).await;
    }

    /// How often something stands in the log.
    async fn recorded(&self, is: impl Fn(&Event) -> bool) -> usize {
        let log = self.hub.hub.core.log.clone();
        let runtime = self.hub.hub.core.runtime.clone();
        let all = runtime.spawn(async move { log.read_control(0, 10_000).await }).await.unwrap().unwrap();
        all.iter().filter(|e| is(&e.event)).count()
    }
}

fn code_of(answer: &Answer) -> String {
    let from = answer.body.find("/start ").unwrap_or_else(|| panic!("{}: {}", answer.status, answer.body));
    answer.body[from + 7..].chars().take_while(char::is_ascii_alphanumeric).collect()
}
