//! A double of Telegram's Bot API: plain HTTP on loopback, chats that can be read, people who type and press.
//!
//! It lives in a thread of its own, so that it also answers while a test waits for a program, and it outlives
//! the hub. Clients that know nothing of it hold it to be the real one: see the tests.

mod entities;
mod http;
mod methods;
mod params;
mod tests;
mod world;

use world::Kind;
pub use world::{Fault, Query, Shown};

use super::wait::{PATIENCE, within};
use http::{Line, Reply, Request};
use methods::Refused;
use params::Params;
use serde_json::{Value, json};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use watchroom::clock::{Clock as _, SystemClock};
use world::World;

pub const TOKEN: &str = "700001:AAH-a_token_of_the_tests_0123456789";

#[derive(Clone)]
struct Shared {
    world: Arc<Mutex<World>>,
    /// Counts what has changed.
    changed: watch::Sender<u64>,
}

impl Shared {
    fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn touch(&self) {
        self.changed.send_modify(|n| *n += 1);
    }
}

/// The double.
pub struct BotApi {
    shared: Shared,
    address: SocketAddr,
    up: watch::Sender<bool>,
    is_up: watch::Receiver<bool>,
}

impl BotApi {
    pub async fn start() -> Self {
        let shared =
            Shared { world: Arc::new(Mutex::new(World::new(TOKEN))), changed: watch::Sender::new(0) };
        let (up, wanted) = watch::channel(true);
        let (is, mut is_up) = watch::channel(false);
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let serving = shared.clone();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(serve(listener, serving, wanted, is));
        });
        within("the Bot API", PATIENCE, is_up.wait_for(|up| *up)).await.unwrap();
        Self { shared, address, up, is_up }
    }

    /// Where bots find it.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Nobody can connect any more, and open lines are broken.
    pub async fn down(&mut self) {
        self.up.send_replace(false);
        within("the Bot API to be down", PATIENCE, self.is_up.wait_for(|up| !up)).await.unwrap();
    }

    /// Listens again at the same port.
    pub async fn up(&mut self) {
        self.up.send_replace(true);
        within("the Bot API to be up", PATIENCE, self.is_up.wait_for(|up| *up)).await.unwrap();
    }

    /// Somebody with a private chat, whose id is the user's.
    pub fn person(&self, id: i64, name: &str, language: &str) -> i64 {
        let mut world = self.shared.world();
        world.users.insert(id, (name.to_owned(), language.to_owned()));
        world.add_chat(id, Kind::Private, name);
        id
    }

    pub fn group(&self, id: i64, title: &str) -> i64 {
        self.shared.world().add_chat(id, Kind::Group, title);
        id
    }

    /// Somebody types.
    pub fn say(&self, chat: i64, user: i64, text: &str) -> i64 {
        let id = self.shared.world().said(chat, user, text, SystemClock.now_us() / 1_000_000);
        self.shared.touch();
        id
    }

    /// Somebody presses a button; the query's id.
    pub fn press(&self, chat: i64, message: i64, user: i64, label: &str) -> String {
        let world = self.shared.world();
        let shown =
            world.chats[&chat].messages.iter().find(|m| m.id == message).expect("the message").clone();
        let button = shown.buttons.iter().flatten().find(|(text, _)| text.contains(label));
        let data = button.unwrap_or_else(|| panic!("no button {label} among {:?}", shown.labels())).1.clone();
        drop(world);
        self.press_data(chat, message, user, &data)
    }

    /// Presses a button that the chat may show no longer: some other device has not heard of it yet.
    pub fn press_data(&self, chat: i64, message: i64, user: i64, data: &str) -> String {
        let mut world = self.shared.world();
        let id = format!("{}", 4_000_000_000_000_u64 + world.queries.len() as u64);
        world.queries.insert(id.clone(), Query::default());
        let query = json!({
            "id": id, "from": world.user(user), "chat_instance": "1", "data": data,
            "message": world.message_json(chat, message, true),
        });
        world.update("callback_query", query);
        drop(world);
        self.shared.touch();
        id
    }

    /// Gives the update that was given out last once more, as when nobody confirmed it.
    pub fn repeat(&self) {
        let mut world = self.shared.world();
        let update = world.last_update.clone().expect("an update");
        let id = update["update_id"].as_i64().unwrap();
        world.updates.push_front((id, update));
        drop(world);
        self.shared.touch();
    }

    /// What became of a press.
    pub fn query(&self, id: &str) -> Query {
        self.shared.world().queries[id].clone()
    }

    /// Waits until a press is answered; the answer.
    pub async fn answered(&self, id: &str) -> String {
        self.until("an answer to the press", || self.query(id).answer).await.0
    }

    /// Everything that a chat shows.
    pub fn chat(&self, chat: i64) -> Vec<Shown> {
        self.shared.world().chats[&chat].messages.clone()
    }

    /// What the bot has posted in a chat.
    pub fn posted(&self, chat: i64) -> Vec<Shown> {
        self.chat(chat).into_iter().filter(|message| message.by_bot).collect()
    }

    /// What made a telephone ring: edits and silent messages do not.
    pub fn notified(&self, chat: i64) -> Vec<Shown> {
        self.posted(chat).into_iter().filter(|message| !message.silent).collect()
    }

    /// Waits for a message of the bot that fits.
    pub async fn message(&self, what: &str, chat: i64, fits: impl Fn(&Shown) -> bool) -> Shown {
        self.until(what, || self.posted(chat).into_iter().find(&fits)).await
    }

    /// Waits until a look at it gives something.
    pub async fn until<T>(&self, what: &str, mut look: impl FnMut() -> Option<T>) -> T {
        let mut changed = self.shared.changed.subscribe();
        let looking = async {
            loop {
                if let Some(found) = look() {
                    return found;
                }
                changed.changed().await.unwrap();
            }
        };
        within(what, PATIENCE, looking).await
    }

    /// The next call of this method, or of any (`*`), goes wrong.
    pub fn fault(&self, method: &'static str, fault: Fault) {
        self.shared.world().faults.push_back((method, fault));
    }

    /// The chat wants no calls for so long; who calls all the same is told how long it is still to wait.
    pub fn flood(&self, chat: i64, span: Duration) {
        let mut world = self.shared.world();
        world.chats.get_mut(&chat).unwrap().flooded_until = Some(Instant::now() + span);
    }

    /// Calls that came too early for a chat.
    pub fn impatient(&self) -> usize {
        self.shared.world().impatient
    }

    pub fn block(&self, chat: i64, blocked: bool) {
        self.shared.world().chats.get_mut(&chat).unwrap().blocked = blocked;
    }

    /// The bot may write there no longer, or again.
    pub fn mute(&self, chat: i64, muted: bool) {
        self.shared.world().chats.get_mut(&chat).unwrap().muted = muted;
    }

    /// A group becomes a supergroup; members are told by a message, and so is the bot.
    pub fn migrate(&self, from: i64, to: i64, tell: bool) {
        let mut world = self.shared.world();
        let title = world.chats[&from].title.clone();
        world.add_chat(to, Kind::Supergroup, &title);
        if tell {
            let id = world.post(from, Shown::default());
            let mut message = world.message_json(from, id, false).unwrap();
            message["migrate_to_chat_id"] = json!(to);
            world.update("message", message);
        }
        world.chats.get_mut(&from).unwrap().migrated_to = Some(to);
        drop(world);
        self.shared.touch();
    }

    /// Another program polls with this token, or no longer.
    pub fn rival(&self, polls: bool) {
        self.shared.world().rival = polls;
        self.shared.touch();
    }

    /// A webhook that somebody has set.
    pub fn set_webhook(&self, url: &str) {
        self.shared.world().webhook = url.to_owned();
    }

    pub fn webhook(&self) -> String {
        self.shared.world().webhook.clone()
    }

    /// The commands that the bot has named, in a language.
    pub fn commands(&self, language: &str) -> Value {
        self.shared.world().commands.get(language).cloned().unwrap_or_default()
    }
}

async fn serve(
    listener: std::net::TcpListener,
    shared: Shared,
    mut wanted: watch::Receiver<bool>,
    is_up: watch::Sender<bool>,
) {
    let address = listener.local_addr().unwrap();
    listener.set_nonblocking(true).unwrap();
    let mut listener = Some(TcpListener::from_std(listener).unwrap());
    let mut lines = JoinSet::new();
    loop {
        is_up.send_replace(listener.is_some());
        tokio::select! {
            changed = wanted.changed() => {
                if changed.is_err() {
                    return;
                }
                if *wanted.borrow() {
                    listener = Some(TcpListener::bind(address).await.unwrap());
                } else {
                    listener = None;
                    lines.shutdown().await;
                }
            }
            Ok(stream) = accept(listener.as_ref()) => {
                lines.spawn(talk(stream, shared.clone()));
            }
        }
    }
}

async fn accept(listener: Option<&TcpListener>) -> std::io::Result<TcpStream> {
    match listener {
        Some(listener) => Ok(listener.accept().await?.0),
        None => std::future::pending().await,
    }
}

async fn talk(stream: TcpStream, shared: Shared) {
    let mut line = Line::new(stream);
    while let Ok(Some(request)) = line.request().await {
        let reply = answer(&request, &shared).await;
        shared.touch();
        if !matches!(line.answer(reply).await, Ok(true)) {
            return;
        }
    }
}

async fn answer(request: &Request, shared: &Shared) -> Reply {
    let path = request.target.split('?').next().unwrap_or_default();
    let mut parts = path.trim_start_matches('/').splitn(2, '/');
    let (bot, method) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let refuse = |code: u16, description: &str| {
        let refused = Refused { code, description: description.to_owned(), parameters: None };
        Reply::Json(code, refused.envelope())
    };
    let Some(token) = bot.strip_prefix("bot") else { return refuse(404, "Not Found") };
    if token.replace("%3A", ":").replace("%3a", ":") != shared.world().token {
        return refuse(401, "Unauthorized");
    }
    let (method, params) = (method.to_lowercase(), Params::of(request));
    {
        let mut world = shared.world();
        match world.fault(&method, |fault| matches!(fault, Fault::BadGateway | Fault::BadGatewayPage)) {
            Some(Fault::BadGateway) => return refuse(502, "Bad Gateway"),
            Some(_) => return Reply::Page(502),
            None => {}
        }
    }
    let result = match method.as_str() {
        "getupdates" => poll(shared, &params).await,
        _ => methods::call(&mut shared.world(), &method, &params),
    };
    if result.is_ok() && shared.world().fault(&method, |fault| fault == Fault::Dropped).is_some() {
        return Reply::Broken;
    }
    match result {
        Ok(result) => Reply::Json(200, json!({"ok": true, "result": result}).to_string()),
        Err(refused) => Reply::Json(refused.code, refused.envelope()),
    }
}

/// A long poll: the newest one ends those before it.
async fn poll(shared: &Shared, params: &Params) -> methods::Answer {
    let conflict =
        |what: &str| Err(Refused { code: 409, description: format!("Conflict: {what}"), parameters: None });
    let mut changed = shared.changed.subscribe();
    let own = {
        let mut world = shared.world();
        if !world.webhook.is_empty() {
            return conflict(
                "can't use getUpdates method while webhook is active; use deleteWebhook to delete the \
                 webhook first",
            );
        }
        if let Some(offset) = params.int("offset") {
            world.updates.retain(|(id, _)| *id >= offset);
        }
        world.poll += 1;
        world.poll
    };
    shared.touch();
    let until = Duration::from_secs(params.int("timeout").unwrap_or_default().clamp(0, 50).unsigned_abs());
    let limit = params.int("limit").unwrap_or(100).clamp(1, 100) as usize;
    let waiting = async {
        loop {
            {
                let mut world = shared.world();
                if world.rival || world.poll != own {
                    return Err(());
                }
                let wanted = params.json("allowed_updates");
                let wanted = wanted.as_ref().and_then(Value::as_array).filter(|kinds| !kinds.is_empty());
                let fits = |update: &Value| {
                    wanted.is_none_or(|kinds| {
                        kinds.iter().filter_map(Value::as_str).any(|kind| update.get(kind).is_some())
                    })
                };
                let found = world.updates.iter().map(|(_, update)| update).filter(|update| fits(update));
                let found: Vec<_> = found.take(limit).cloned().collect();
                if !found.is_empty() {
                    world.last_update = found.last().cloned();
                    return Ok(json!(found));
                }
            }
            let _ = changed.changed().await;
        }
    };
    match tokio::time::timeout(until, waiting).await {
        Ok(Ok(found)) => Ok(found),
        Ok(Err(())) => conflict(
            "terminated by other getUpdates request; make sure that only one bot instance is running",
        ),
        Err(_) => Ok(json!([])),
    }
}
