//! What the double remembers: chats, messages, updates, and the faults that are scripted.

use super::entities;
use serde_json::{Value, json};
use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

/// What goes wrong with the next call that it is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// 502 in the Bot API's own envelope; nothing is done.
    BadGateway,
    /// 502 as a page of a proxy; nothing is done.
    BadGatewayPage,
    /// It is done, and the line is broken without an answer.
    Dropped,
    /// Its entities are refused, if it has any.
    Entities,
}

/// One message as the chat shows it.
#[derive(Clone, Debug, Default)]
pub struct Shown {
    pub id: i64,
    /// Whether the bot posted it.
    pub by_bot: bool,
    /// The sender's user id, unless the bot posted it.
    pub from: i64,
    pub text: String,
    pub entities: Vec<Value>,
    pub reply_to: Option<i64>,
    pub silent: bool,
    /// Text and data of each button, row by row.
    pub buttons: Vec<Vec<(String, String)>>,
    pub photo: Option<Vec<u8>>,
    /// What it said before it was edited, oldest first.
    pub before: Vec<String>,
    pub date_s: i64,
}

impl Shown {
    /// Texts of all its buttons.
    pub fn labels(&self) -> Vec<&str> {
        self.buttons.iter().flatten().map(|(text, _)| text.as_str()).collect()
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Private,
    Group,
    Supergroup,
}

#[derive(Debug)]
pub struct Chat {
    pub kind: Kind,
    pub title: String,
    pub messages: Vec<Shown>,
    /// Ids of a supergroup's messages count for themselves.
    pub next: i64,
    pub blocked: bool,
    pub muted: bool,
    pub migrated_to: Option<i64>,
    pub flooded_until: Option<Instant>,
}

/// A press of a button.
#[derive(Clone, Debug, Default)]
pub struct Query {
    /// What the bot has answered, and whether as an alert.
    pub answer: Option<(String, bool)>,
    pub answers: usize,
}

pub struct World {
    pub token: String,
    pub chats: BTreeMap<i64, Chat>,
    pub users: BTreeMap<i64, (String, String)>,
    next_message: i64,
    next_update: i64,
    pub updates: VecDeque<(i64, Value)>,
    /// The last update that was given out, for giving it out once more.
    pub last_update: Option<Value>,
    pub queries: BTreeMap<String, Query>,
    pub webhook: String,
    pub commands: BTreeMap<String, Value>,
    pub faults: VecDeque<(&'static str, Fault)>,
    /// Calls that came though the chat had been told to wait.
    pub impatient: usize,
    /// Number of the newest poll: it ends those before it.
    pub poll: u64,
    /// Whether some other program polls all the time.
    pub rival: bool,
}

/// The bot's user id.
pub const BOT: i64 = 700_001;
pub const BOT_NAME: &str = "watchroom_test_bot";

impl World {
    pub fn new(token: &str) -> Self {
        Self {
            token: token.to_owned(),
            chats: BTreeMap::new(),
            users: BTreeMap::new(),
            next_message: 100,
            next_update: 9_000,
            updates: VecDeque::new(),
            last_update: None,
            queries: BTreeMap::new(),
            webhook: String::new(),
            commands: BTreeMap::new(),
            faults: VecDeque::new(),
            impatient: 0,
            poll: 0,
            rival: false,
        }
    }

    pub fn add_chat(&mut self, id: i64, kind: Kind, title: &str) {
        let chat = Chat {
            kind,
            title: title.to_owned(),
            messages: Vec::new(),
            next: 1,
            blocked: false,
            muted: false,
            migrated_to: None,
            flooded_until: None,
        };
        self.chats.insert(id, chat);
    }

    /// The next scripted fault of this method, taken off the list.
    pub fn fault(&mut self, method: &str, wanted: impl Fn(Fault) -> bool) -> Option<Fault> {
        let at =
            self.faults.iter().position(|(of, fault)| (*of == method || *of == "*") && wanted(*fault))?;
        self.faults.remove(at).map(|(_, fault)| fault)
    }

    /// Adds a message and gives its id.
    pub fn post(&mut self, chat: i64, message: Shown) -> i64 {
        let own = self.chats.get_mut(&chat).expect("the chat is there");
        let id = if own.kind == Kind::Supergroup { own.next } else { self.next_message };
        own.next += 1;
        self.next_message += 1;
        own.messages.push(Shown { id, ..message });
        id
    }

    pub fn update(&mut self, what: &str, value: Value) {
        let id = self.next_update;
        self.next_update += 1;
        self.updates.push_back((id, json!({"update_id": id, what: value})));
    }

    pub fn user(&self, id: i64) -> Value {
        let (name, language) = self.users.get(&id).cloned().unwrap_or_default();
        json!({"id": id, "is_bot": false, "first_name": name, "language_code": language})
    }

    pub fn me() -> Value {
        json!({
            "id": BOT, "is_bot": true, "first_name": "Watchroom", "username": BOT_NAME,
            "can_join_groups": true, "can_read_all_group_messages": false,
            "supports_inline_queries": false, "can_connect_to_business": false, "has_main_web_app": false,
        })
    }

    fn chat_json(&self, id: i64) -> Value {
        let chat = &self.chats[&id];
        match chat.kind {
            Kind::Private => json!({"id": id, "type": "private", "first_name": chat.title}),
            Kind::Group => json!({
                "id": id, "type": "group", "title": chat.title, "all_members_are_administrators": true,
            }),
            Kind::Supergroup => json!({"id": id, "type": "supergroup", "title": chat.title}),
        }
    }

    /// A message as the Bot API tells it; the one that it replies to is told along, one level deep.
    pub fn message_json(&self, chat: i64, message: i64, deep: bool) -> Option<Value> {
        let shown = self.chats.get(&chat)?.messages.iter().find(|m| m.id == message)?;
        let mut told = json!({
            "message_id": shown.id, "date": shown.date_s, "chat": self.chat_json(chat),
            "from": if shown.by_bot { Self::me() } else { self.user(shown.from) },
        });
        let (text, marks) = match shown.photo {
            Some(_) => ("caption", "caption_entities"),
            None => ("text", "entities"),
        };
        if !shown.text.is_empty() {
            told[text] = json!(shown.text);
        }
        if !shown.entities.is_empty() {
            told[marks] = json!(shown.entities);
        }
        if let Some(photo) = &shown.photo {
            told["photo"] = json!([{
                "file_id": format!("photo{message}"), "file_unique_id": format!("unique{message}"),
                "width": 800, "height": 400, "file_size": photo.len(),
            }]);
        }
        if !shown.buttons.is_empty() {
            let row = |row: &Vec<(String, String)>| {
                row.iter()
                    .map(|(text, data)| json!({"text": text, "callback_data": data}))
                    .collect::<Vec<_>>()
            };
            let rows: Vec<_> = shown.buttons.iter().map(row).collect();
            told["reply_markup"] = json!({"inline_keyboard": rows});
        }
        if !shown.before.is_empty() {
            told["edit_date"] = json!(shown.date_s);
        }
        if let Some(before) =
            shown.reply_to.filter(|_| deep).and_then(|id| self.message_json(chat, id, false))
        {
            told["reply_to_message"] = before;
        }
        Some(told)
    }

    /// Seconds for which the chat wants no calls.
    pub fn flooded(&mut self, chat: i64) -> Option<u64> {
        let until = self.chats.get(&chat)?.flooded_until?;
        let left = until.saturating_duration_since(Instant::now());
        if left == Duration::ZERO {
            return None;
        }
        self.impatient += 1;
        Some(left.as_secs() + 1)
    }

    /// A command of somebody is marked as such.
    pub fn said(&mut self, chat: i64, from: i64, text: &str, date_s: i64) -> i64 {
        let command = text.split_whitespace().next().filter(|word| word.starts_with('/'));
        let mark = |word: &str| json!({"type": "bot_command", "offset": 0, "length": entities::units(word)});
        let entities = command.map(mark).into_iter().collect();
        let id = self.post(chat, Shown { from, text: text.to_owned(), entities, date_s, ..Shown::default() });
        let message = self.message_json(chat, id, true).expect("it was just posted");
        self.update("message", message);
        id
    }
}
