//! Channels: how they do, their settings as a form, who is told through them, and what went out.

use super::alert_page::Answer;
use super::frame::{Body, Section};
use super::mail::{Subscription, SubscriptionForm, TestResult};
use super::shared::{Choice, Errors, State};
use crate::web::format::Locale;
use crate::web::list::Listed;
use askama::Template;

/// One channel of the list.
#[derive(Clone, Debug)]
pub struct ChannelRow {
    /// Its stable name.
    pub name: String,
    /// How it does.
    pub state: State,
    /// The same in words.
    pub said: String,
    /// How many are told through it.
    pub subscriptions: usize,
    /// Deliveries that wait.
    pub waiting: usize,
    /// Dead letters at hand.
    pub dead: usize,
}

/// The list of channels.
#[derive(Clone, Debug, Template)]
#[template(path = "channels.html")]
pub struct Channels {
    /// Whose eyes it is for.
    pub l: Locale,
    /// One each.
    pub rows: Vec<ChannelRow>,
}

impl Body for Channels {
    fn title(&self) -> String {
        self.l.t("channels-title")
    }

    fn section(&self) -> Option<Section> {
        Some(Section::Channels)
    }
}

/// One field of a form that is made from what a channel says of itself.
#[derive(Clone, Debug, Default)]
pub struct Input {
    /// Name in the form.
    pub name: String,
    /// What people call it.
    pub label: String,
    /// What may stand in it, if that is not clear.
    pub hint: String,
    /// What stands in it.
    pub value: String,
    /// The words to choose from; none for free text.
    pub choices: Vec<String>,
    /// Whether it holds a secret, of which only a reference is ever shown.
    pub secret: bool,
    /// The reference of a secret that was typed here before.
    pub kept: String,
    /// Whether the channel cannot work without it.
    pub required: bool,
}

/// A table within the form.
#[derive(Clone, Debug, Default)]
pub struct Table {
    /// What people call it.
    pub label: String,
    /// Its key, by which errors are found.
    pub key: String,
    /// Its rows; the last one is empty.
    pub rows: Vec<Vec<Input>>,
}

/// The page of one channel.
#[derive(Clone, Debug, Template)]
#[template(path = "channel.html")]
pub struct ChannelPage {
    /// Whose eyes it is for.
    pub l: Locale,
    /// The channel.
    pub row: ChannelRow,
    /// Whether it was set up.
    pub ready: bool,
    /// Why what is written there is not heard, by its key in the catalogue.
    pub trouble: Option<&'static str>,
    /// Its fields.
    pub inputs: Vec<Input>,
    /// Its tables.
    pub tables: Vec<Table>,
    /// What is wrong with the form.
    pub errors: Errors,
    /// Whether addresses come about by linking, and are never typed.
    pub linked: bool,
    /// Addresses to choose from.
    pub targets: Vec<Choice>,
    /// What the last test came to.
    pub test: Option<TestResult>,
    /// Who is told.
    pub subscriptions: Vec<Subscription>,
    /// The list of these, as it was asked for.
    pub listed: Listed,
    /// The form that adds somebody.
    pub add: SubscriptionForm,
    /// Machines to choose from.
    pub machines: Vec<Choice>,
    /// Time zone that quiet hours are offered in.
    pub zone: String,
    /// Whether the reader may change any of it.
    pub may_edit: bool,
}

impl Body for ChannelPage {
    fn title(&self) -> String {
        self.l.t(&format!("channel-{}", self.row.name))
    }

    fn section(&self) -> Option<Section> {
        Some(Section::Channels)
    }
}

/// One delivery, or one attempt.
#[derive(Clone, Debug)]
pub struct Sent {
    /// When it was last tried, in microseconds UTC.
    pub at_us: i64,
    /// Through which channel.
    pub channel: String,
    /// To whom.
    pub to: String,
    /// What it was about.
    pub subject: String,
    /// What kind of notice it was.
    pub kind: String,
    /// The incident, if it was about one.
    pub incident: Option<String>,
    /// What it came to.
    pub answer: Answer,
    /// What the far side said.
    pub said: String,
    /// How long it took, in milliseconds.
    pub took_ms: f64,
    /// How many tries.
    pub attempts: u32,
    /// Its own page.
    pub path: String,
    /// Whether it was given up and can be sent again.
    pub dead: bool,
}

/// What was delivered, and what was not.
#[derive(Clone, Debug, Template)]
#[template(path = "deliveries.html")]
pub struct Deliveries {
    /// Whose eyes it is for.
    pub l: Locale,
    /// Channels to choose from.
    pub channels: Vec<Choice>,
    /// States to choose from.
    pub states: Vec<Choice>,
    /// Those of this page.
    pub rows: Vec<Sent>,
    /// How they are listed.
    pub listed: Listed,
    /// Whether the reader may send again.
    pub may_edit: bool,
}

impl Body for Deliveries {
    fn title(&self) -> String {
        self.l.t("deliveries-page")
    }

    fn section(&self) -> Option<Section> {
        Some(Section::Channels)
    }
}

/// One delivery with all its attempts.
#[derive(Clone, Debug, Template)]
#[template(path = "delivery.html")]
pub struct DeliveryPage {
    /// Whose eyes it is for.
    pub l: Locale,
    /// The delivery.
    pub sent: Sent,
    /// Its attempts, oldest first.
    pub attempts: Vec<Sent>,
    /// Whether there are more than were found.
    pub cut: bool,
    /// Whether the reader may send again.
    pub may_edit: bool,
}

impl Body for DeliveryPage {
    fn title(&self) -> String {
        self.l.t("delivery-page")
    }

    fn section(&self) -> Option<Section> {
        Some(Section::Channels)
    }
}
