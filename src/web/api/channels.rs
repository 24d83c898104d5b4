//! Channels: how each does, its settings, and a test.

use super::asked::{begun, one, submit};
use super::error::{ApiError, Reply};
use super::input::Json;
use super::paging::Listing;
use super::table::{CHANNELS, Gives, Operation, get, post, put, shape};
use super::types::Time;
use crate::web::Shared;
use crate::web::context::Visitor;
use crate::web::pages::{secrets, subject_of};
use actix_web::web;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;
use watchroom_domain::{
    ChannelDescriptor, ChannelField, ChannelTrouble, Command, DeliveryId, DeliveryStatus, FieldKind,
    Position, State, may_configure,
};

/// The operations.
pub const OPERATIONS: &[Operation] = &[
    get(("/api/v1/channels", CHANNELS), ("list_channels", "List channels"), Gives::List(shape::<Channel>), || {
        web::to(list)
    }),
    get(
        ("/api/v1/channels/{channel}", CHANNELS),
        ("get_channel", "Read a channel and its settings"),
        Gives::One(shape::<Channel>),
        || web::to(show),
    ),
    put(
        ("/api/v1/channels/{channel}", CHANNELS),
        ("configure_channel", "Set a channel up"),
        Gives::One(shape::<Channel>),
        || web::to(configure),
    )
    .takes(shape::<ChannelInput>)
    .says(
        "All settings at once; what is left out is as if it was never set. A secret is a reference (`file:` or \
         `env:`), or the secret itself, which the hub then keeps in a file of its own and tells as a reference. Those of `email` are set by an \
         owner, by a session: links that set passwords go through it.",
    ),
    post(
        ("/api/v1/channels/{channel}/test", CHANNELS),
        ("test_channel", "Send a test"),
        Gives::Begun(shape::<Test>),
        || web::to(test),
    )
    .takes(shape::<TestInput>)
    .says("It goes the real way. `Location` leads to the delivery as soon as it was tried once."),
];

/// How a channel does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum ChannelState {
    /// It was never set up.
    NotSetUp,
    /// It works, as far as is known.
    Ready,
    /// Its far side does not answer.
    Away,
    /// Its settings do not work.
    Faulty,
    /// Some of its targets do not answer.
    Partly,
}

/// A channel.
#[derive(Debug, Serialize, ToSchema)]
struct Channel {
    /// Its name.
    #[schema(example = "email")]
    name: &'static str,
    /// How it does.
    state: ChannelState,
    /// Since when it does not work.
    down_since: Option<Time>,
    /// Names of the targets that do not answer.
    failing_targets: Vec<String>,
    /// How many want to be told through it.
    subscriptions: usize,
    /// Deliveries that are still to be tried.
    waiting: usize,
    /// Deliveries that were given up, among the newest.
    dead: usize,
    /// What can be set.
    fields: Vec<Field>,
    /// What is set; secrets as references.
    settings: Map<String, Value>,
}

/// Something that can be set of a channel.
#[derive(Debug, Serialize, ToSchema)]
#[schema(no_recursion)]
struct Field {
    /// Its key in the settings.
    key: &'static str,
    /// `text`, `port`, `choice`, `secret`, `mail` or `table`.
    kind: &'static str,
    /// Whether the channel cannot work without it.
    required: bool,
    /// The words of a choice.
    choices: Vec<&'static str>,
    /// The fields of each row of a table.
    columns: Vec<Field>,
}

impl From<&ChannelField> for Field {
    fn from(field: &ChannelField) -> Self {
        let (kind, choices, columns): (_, &[&str], &[ChannelField]) = match field.kind {
            FieldKind::Text => ("text", &[], &[]),
            FieldKind::Port => ("port", &[], &[]),
            FieldKind::Choice(words) => ("choice", words, &[]),
            FieldKind::Secret => ("secret", &[], &[]),
            FieldKind::Mail => ("mail", &[], &[]),
            FieldKind::Table(columns) => ("table", &[], columns),
        };
        Self {
            key: field.key,
            kind,
            required: field.required,
            choices: choices.to_vec(),
            columns: columns.iter().map(Self::from).collect(),
        }
    }
}

impl Channel {
    fn of(state: &State, descriptor: &ChannelDescriptor) -> Self {
        let name = descriptor.name;
        let settings = state.channels.get(name);
        let down = state.channels_down.get(name);
        let count =
            |status| state.deliveries.values().filter(|d| d.channel == name && d.status == status).count();
        Self {
            name,
            state: match (settings, down) {
                (None, _) => ChannelState::NotSetUp,
                (Some(_), None) => ChannelState::Ready,
                (Some(_), Some((ChannelTrouble::Away, _))) => ChannelState::Away,
                (Some(_), Some((ChannelTrouble::Faulty, _))) => ChannelState::Faulty,
                (Some(_), Some((ChannelTrouble::Partly, _))) => ChannelState::Partly,
            },
            down_since: down.map(|(_, since_us)| Time(*since_us)),
            failing_targets: state.targets_down.get(name).cloned().unwrap_or_default(),
            subscriptions: state.subscriptions.values().filter(|s| s.channel == name).count(),
            waiting: count(DeliveryStatus::Waiting),
            dead: count(DeliveryStatus::Dead),
            fields: descriptor.fields.iter().map(Field::from).collect(),
            settings: settings.cloned().unwrap_or_default(),
        }
    }
}

/// The channel of a name.
///
/// # Errors
/// 404.
pub fn known(web: &Shared, name: &str) -> Result<&'static ChannelDescriptor, ApiError> {
    let found = web.channels.iter().find(|descriptor| descriptor.name == name).copied();
    found.ok_or_else(|| ApiError::not_found("channel"))
}

async fn list(web: Shared, ask: Listing<super::NoFilter>) -> Reply {
    let behind = ask.paging.behind::<String>()?;
    let mut all = web.channels.clone();
    all.sort_by_key(|descriptor| descriptor.name);
    let rest = all.into_iter().filter(|d| behind.as_deref().is_none_or(|b| d.name > b));
    let page = web.views.with(|state| ask.paging.page(rest.map(|d| (d.name, Channel::of(state, d)))));
    ask.paging.answer(&page)
}

fn answer(web: &Shared, descriptor: &ChannelDescriptor) -> Reply {
    one(&web.views.with(|state| Channel::of(state, descriptor)))
}

async fn show(web: Shared, name: web::Path<String>) -> Reply {
    answer(&web, known(&web, &name)?)
}

/// The settings of a channel.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ChannelInput {
    /// Values by key: text, or rows of a table as objects with text.
    settings: Map<String, Value>,
}

/// A secret that was sent itself: the file that is to keep it, and the secret.
type Typed = Vec<(String, String)>;

async fn configure(
    web: Shared,
    visitor: Visitor,
    name: web::Path<String>,
    body: Json<ChannelInput>,
) -> Reply {
    let descriptor = known(&web, &name)?;
    // Before a secret is written anywhere.
    may_configure(&visitor.principal(), descriptor.name)
        .map_err(|refusal| ApiError::refused(refusal, &[]))?;
    let mut typed = Typed::new();
    let at = Place { visitor: &visitor, channel: descriptor.name };
    let settings = at.settings(descriptor.fields, body.0.settings, "/settings", &mut typed)?;
    let told: Vec<_> =
        typed.iter().map(|(file, secret)| (secrets::reference(file), secret.clone())).collect();
    if let Err(wrong) = (web.check_channel)(descriptor.name, &settings, &told) {
        let first = wrong.into_iter().next();
        return Err(match first {
            Some(refusal) => {
                let pointer = format!("/settings/{}", refusal.field.unwrap_or_default());
                ApiError::invalid(refusal.code, pointer, refusal.message)
            }
            None => ApiError::invalid("bad_value", "/settings", "The channel cannot work with these."),
        });
    }
    let files: Vec<_> = typed.iter().map(|(file, _)| file.clone()).collect();
    for (file, secret) in typed {
        secrets::keep(&web, &file, secret).await?;
    }
    let before = web.views.with(|s| s.channels.get(descriptor.name).cloned()).unwrap_or_default();
    let command =
        Command::ConfigureChannel { channel: descriptor.name.to_owned(), settings: settings.clone() };
    if let Err(refused) = submit(&web, &visitor, command, &[]).await {
        secrets::drop_typed(&web, files).await?;
        return Err(refused);
    }
    secrets::forget(&web, descriptor.name, &before, &settings).await?;
    answer(&web, descriptor)
}

/// Where settings are read for.
struct Place<'r> {
    visitor: &'r Visitor,
    channel: &'static str,
}

impl Place<'_> {
    fn settings(
        &self,
        fields: &[ChannelField],
        given: Map<String, Value>,
        pointer: &str,
        typed: &mut Typed,
    ) -> Result<Map<String, Value>, ApiError> {
        let mut settings = Map::new();
        for (key, value) in given {
            let here = format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1"));
            let Some(field) = fields.iter().find(|field| field.key == key) else {
                return Err(ApiError::invalid("unknown_setting", here, "This channel has no such setting."));
            };
            settings.insert(key, self.setting(field, value, &here, typed)?);
        }
        Ok(settings)
    }

    fn setting(
        &self,
        field: &ChannelField,
        value: Value,
        pointer: &str,
        typed: &mut Typed,
    ) -> Result<Value, ApiError> {
        let wrong = |detail| Err(ApiError::invalid("bad_value", pointer, detail));
        match (field.kind, value) {
            (FieldKind::Table(columns), Value::Array(rows)) => {
                let mut told = Vec::new();
                for (n, row) in rows.into_iter().enumerate() {
                    let Value::Object(row) = row else { return wrong("Rows are objects.") };
                    told.push(Value::Object(self.settings(
                        columns,
                        row,
                        &format!("{pointer}/{n}"),
                        typed,
                    )?));
                }
                Ok(Value::from(told))
            }
            (FieldKind::Table(_), _) => wrong("A table is a list of objects."),
            (FieldKind::Secret, Value::String(text)) if !is_reference(&text) => {
                let file = secrets::file_name(self.channel, self.visitor.l.now_us);
                let reference = secrets::reference(&file);
                typed.push((file, text));
                Ok(Value::from(reference))
            }
            (_, Value::String(text)) => Ok(Value::from(text.trim())),
            _ => wrong("A setting is text."),
        }
    }
}

fn is_reference(text: &str) -> bool {
    text.is_empty() || text.starts_with("file:") || text.starts_with("env:")
}

/// To whom a test goes.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct TestInput {
    /// An address of the channel.
    #[schema(example = "ada@example.org")]
    to: String,
}

/// A test that is under way.
#[derive(Debug, Serialize, ToSchema)]
struct Test {
    /// Position of the event that asks for it.
    #[schema(value_type = u64)]
    cause: Position,
    /// The delivery that comes of it.
    delivery: uuid::Uuid,
}

async fn test(web: Shared, visitor: Visitor, name: web::Path<String>, body: Json<TestInput>) -> Reply {
    let channel = known(&web, &name)?.name.to_owned();
    let address = body.0.to.trim().to_owned();
    let subject = web.views.with(|state| subject_of(state, &visitor, &address));
    let command = Command::RequestTest { channel: channel.clone(), subject, address };
    let pointers = [("address", "/to"), ("to", "/to")];
    let events = submit(&web, &visitor, command, &pointers).await?;
    let cause = events.last().map_or(0, |event| event.pos);
    let delivery = DeliveryId::of(cause, &channel, subject);
    begun(&format!("/api/v1/deliveries/{cause}/{delivery}"), &Test { cause, delivery: delivery.0 })
}
