//! The methods of the Bot API, as far as bots like ours call them.

use super::entities::{parse, units};
use super::params::Params;
use super::world::{Fault, Shown, World};
use serde_json::{Value, json};
use watchroom::clock::{Clock as _, SystemClock};

/// Longest text and longest caption, in UTF-16 code units after the entities are parsed.
const LONGEST_TEXT: usize = 4096;
const LONGEST_CAPTION: usize = 1024;

/// Why a call is refused: code, description, parameters.
pub struct Refused {
    pub code: u16,
    pub description: String,
    pub parameters: Option<Value>,
}

impl Refused {
    pub fn bad(description: &str) -> Self {
        Self { code: 400, description: format!("Bad Request: {description}"), parameters: None }
    }

    pub fn envelope(&self) -> String {
        let mut told = json!({"ok": false, "error_code": self.code, "description": self.description});
        if let Some(parameters) = &self.parameters {
            told["parameters"] = parameters.clone();
        }
        told.to_string()
    }
}

pub type Answer = Result<Value, Refused>;

/// Every method but `getUpdates`, which waits.
pub fn call(world: &mut World, method: &str, params: &Params) -> Answer {
    match method {
        "getme" => Ok(World::me()),
        "sendmessage" => send(world, method, params, None),
        "sendphoto" => {
            let photo =
                params.file("photo").ok_or_else(|| Refused::bad("there is no photo in the request"))?;
            if !photo.starts_with(b"\x89PNG") && !photo.starts_with(b"\xff\xd8") {
                return Err(Refused::bad("IMAGE_PROCESS_FAILED"));
            }
            send(world, method, params, Some(photo))
        }
        "editmessagetext" => edit(world, params, true),
        "editmessagereplymarkup" => edit(world, params, false),
        "answercallbackquery" => answer_query(world, params),
        "setmycommands" => {
            let list = params.json("commands").unwrap_or_default();
            let language = params.text("language_code").unwrap_or_default();
            world.commands.insert(language, list);
            Ok(json!(true))
        }
        "setwebhook" => {
            world.webhook = params.text("url").unwrap_or_default();
            Ok(json!(true))
        }
        "deletewebhook" => {
            world.webhook.clear();
            if params.flag("drop_pending_updates") {
                world.updates.clear();
            }
            Ok(json!(true))
        }
        "getwebhookinfo" => Ok(json!({
            "url": world.webhook, "has_custom_certificate": false, "pending_update_count": world.updates.len(),
        })),
        "sendchataction" => chat_of(world, params).map(|_| json!(true)),
        _ => Err(Refused { code: 404, description: "Not Found".to_owned(), parameters: None }),
    }
}

/// The chat that a call is for, if anything can be posted there.
fn chat_of(world: &mut World, params: &Params) -> Result<i64, Refused> {
    let id = params.int("chat_id").ok_or_else(|| Refused::bad("chat_id is empty"))?;
    let Some(chat) = world.chats.get(&id) else { return Err(Refused::bad("chat not found")) };
    if let Some(to) = chat.migrated_to {
        return Err(Refused {
            parameters: Some(json!({"migrate_to_chat_id": to})),
            ..Refused::bad("group chat was upgraded to a supergroup chat")
        });
    }
    if chat.muted {
        let description = "Bad Request: not enough rights to send text messages to the chat".to_owned();
        return Err(Refused { code: 400, description, parameters: None });
    }
    if chat.blocked {
        let description = "Forbidden: bot was blocked by the user".to_owned();
        return Err(Refused { code: 403, description, parameters: None });
    }
    if let Some(seconds) = world.flooded(id) {
        let description = format!("Too Many Requests: retry after {seconds}");
        return Err(Refused { code: 429, description, parameters: Some(json!({"retry_after": seconds})) });
    }
    Ok(id)
}

fn send(world: &mut World, method: &str, params: &Params, photo: Option<Vec<u8>>) -> Answer {
    let chat = chat_of(world, params)?;
    let (key, most) = if photo.is_some() { ("caption", LONGEST_CAPTION) } else { ("text", LONGEST_TEXT) };
    let (text, entities) = text_of(world, method, params, key)?;
    if text.trim().is_empty() && photo.is_none() {
        return Err(Refused::bad("message text is empty"));
    }
    if units(&text) > most {
        let what = if photo.is_some() { "message caption is too long" } else { "message is too long" };
        return Err(Refused::bad(what));
    }
    let reply_to = replied(world, chat, params)?;
    let message = Shown {
        by_bot: true,
        text: text.trim().to_owned(),
        entities,
        reply_to,
        silent: params.flag("disable_notification"),
        buttons: buttons(params)?,
        photo,
        date_s: SystemClock.now_us() / 1_000_000,
        ..Shown::default()
    };
    let id = world.post(chat, message);
    Ok(world.message_json(chat, id, true).unwrap_or_default())
}

fn replied(world: &World, chat: i64, params: &Params) -> Result<Option<i64>, Refused> {
    let Some(reply) = params.json("reply_parameters") else { return Ok(None) };
    let wanted = reply["message_id"].as_i64();
    let there = wanted.filter(|id| world.chats[&chat].messages.iter().any(|m| m.id == *id));
    match there {
        Some(id) => Ok(Some(id)),
        None if reply["allow_sending_without_reply"] == true => Ok(None),
        None => Err(Refused::bad("message to be replied not found")),
    }
}

fn text_of(
    world: &mut World,
    method: &str,
    params: &Params,
    key: &str,
) -> Result<(String, Vec<Value>), Refused> {
    let raw = params.text(key).unwrap_or_default();
    let Some(mode) = params.text("parse_mode") else { return Ok((raw, Vec::new())) };
    if !mode.eq_ignore_ascii_case("html") {
        return Err(Refused::bad("unsupported parse_mode"));
    }
    if world.fault(method, |fault| fault == Fault::Entities).is_some() {
        return Err(Refused::bad("can't parse entities: Unsupported start tag \"b\" at byte offset 0"));
    }
    parse(&raw).map_err(|why| Refused::bad(&why))
}

fn buttons(params: &Params) -> Result<Vec<Vec<(String, String)>>, Refused> {
    let Some(markup) = params.json("reply_markup") else { return Ok(Vec::new()) };
    let mut rows = Vec::new();
    for row in markup["inline_keyboard"].as_array().into_iter().flatten() {
        let mut shown = Vec::new();
        for button in row.as_array().into_iter().flatten() {
            let text = |key: &str| button[key].as_str().unwrap_or_default().to_owned();
            let (label, data) = (text("text"), text("callback_data"));
            if label.is_empty() {
                return Err(Refused::bad(
                    "can't parse inline keyboard button: Field \"text\" must be of type String",
                ));
            }
            if (data.is_empty() && text("url").is_empty()) || data.len() > 64 {
                return Err(Refused::bad("BUTTON_DATA_INVALID"));
            }
            shown.push((label, data));
        }
        if !shown.is_empty() {
            rows.push(shown);
        }
    }
    Ok(rows)
}

fn edit(world: &mut World, params: &Params, with_text: bool) -> Answer {
    let chat = chat_of(world, params)?;
    let id = params.int("message_id").ok_or_else(|| Refused::bad("message identifier is not specified"))?;
    let words = if with_text { Some(text_of(world, "editmessagetext", params, "text")?) } else { None };
    let buttons = buttons(params)?;
    let messages = world.chats.get_mut(&chat).map(|c| &mut c.messages);
    let found = messages.and_then(|all| all.iter_mut().find(|m| m.id == id));
    let Some(message) = found else { return Err(Refused::bad("message to edit not found")) };
    if !message.by_bot {
        return Err(Refused::bad("message can't be edited"));
    }
    let (text, entities) = words.unwrap_or_else(|| (message.text.clone(), message.entities.clone()));
    let text = text.trim().to_owned();
    if units(&text) > LONGEST_TEXT {
        return Err(Refused::bad("message is too long"));
    }
    if (&text, &entities, &buttons) == (&message.text, &message.entities, &message.buttons) {
        return Err(Refused::bad(
            "message is not modified: specified new message content and reply markup are exactly the same \
             as a current content and reply markup of the message",
        ));
    }
    message.before.push(std::mem::replace(&mut message.text, text));
    (message.entities, message.buttons) = (entities, buttons);
    Ok(world.message_json(chat, id, true).unwrap_or_default())
}

fn answer_query(world: &mut World, params: &Params) -> Answer {
    let id = params.text("callback_query_id").unwrap_or_default();
    let Some(query) = world.queries.get_mut(&id) else {
        return Err(Refused::bad("query is too old and response timeout expired or query ID is invalid"));
    };
    let text = params.text("text").unwrap_or_default();
    if units(&text) > 200 {
        return Err(Refused::bad("MESSAGE_TOO_LONG"));
    }
    query.answers += 1;
    query.answer.get_or_insert((text, params.flag("show_alert")));
    Ok(json!(true))
}
