//! Channels, subscriptions and deliveries.

use super::alerts::recipient_name;
use super::health::severity;
use super::mail::{answer, subject};
use super::scope_text;
use crate::views::Models;
use crate::web::context::Visitor;
use crate::web::format::Locale;
use crate::web::list::{Asked, Dir, Listed, Spec};
use crate::web::view::{ChannelRow, Choice, Input, Quiet, Sent, State, Subscription, Table};
use serde_json::{Map, Value};
use std::collections::HashMap;
use watchroom_domain::{
    AddressKind, ChannelDescriptor, ChannelField, ChannelTrouble, Delivery, DeliveryStatus, Destination,
    FieldKind, QuietHours, Subscription as Wish,
};

/// How a channel does.
pub fn channel_row(models: &Models, l: &Locale, name: &str) -> ChannelRow {
    let state = &models.state;
    let targets = state.targets_down.get(name).map(|names| names.join(", ")).unwrap_or_default();
    let (shape, key) = match (state.channels.contains_key(name), state.channels_down.get(name)) {
        (false, _) => (State::Unknown, "channel-state-none"),
        (true, None) => (State::Ok, "channel-state-ready"),
        (true, Some((ChannelTrouble::Away, _))) => (State::Crit, "channel-state-away"),
        (true, Some((ChannelTrouble::Faulty, _))) => (State::Crit, "channel-state-faulty"),
        (true, Some((ChannelTrouble::Partly, _))) => (State::Warn, "channel-state-partly"),
    };
    let count = |status| {
        let of_it = |d: &&Delivery| d.channel == name && d.status == status;
        state.deliveries.values().filter(of_it).count()
    };
    ChannelRow {
        name: name.to_owned(),
        state: shape,
        said: l.t1(key, "targets", targets),
        subscriptions: state.subscriptions.values().filter(|s| s.channel == name).count(),
        waiting: count(DeliveryStatus::Waiting),
        dead: count(DeliveryStatus::Dead),
    }
}

/// What stands above every page while a channel does not work.
pub fn channel_alarm(models: &Models, l: &Locale) -> Option<String> {
    let state = &models.state;
    if state.channels_down.is_empty() {
        return None;
    }
    let down = |name| state.channels_down.get(name).is_some_and(|d| d.0 != ChannelTrouble::Partly);
    if state.channels.keys().all(down) {
        return Some(l.t("channel-down-all"));
    }
    let named = state.channels_down.iter().map(|(name, (trouble, _))| {
        let channel = l.t(&format!("channel-{name}"));
        let targets = state.targets_down.get(name).filter(|_| *trouble == ChannelTrouble::Partly);
        match targets {
            Some(targets) => l.t2("channel-and-targets", "channel", channel, "targets", targets.join(", ")),
            None => channel,
        }
    });
    let names: Vec<_> = named.collect();
    Some(l.t1("channel-down-banner", "channel", names.join(", ")))
}

/// The fields of a channel's form, from what it says of itself and its settings.
pub fn channel_form(
    l: &Locale,
    descriptor: &ChannelDescriptor,
    settings: Option<&Map<String, Value>>,
    kept: &[String],
) -> (Vec<Input>, Vec<Table>) {
    let (mut inputs, mut tables) = (Vec::new(), Vec::new());
    for field in descriptor.fields {
        let value = settings.and_then(|settings| settings.get(field.key));
        match field.kind {
            FieldKind::Table(columns) => {
                let rows = value.and_then(Value::as_array).cloned().unwrap_or_default();
                let row = |(n, row): (usize, &Value)| {
                    let cell = |column: &ChannelField| {
                        input(
                            l,
                            column,
                            &format!("{}.{n}.{}", field.key, column.key),
                            row.get(column.key),
                            kept,
                        )
                    };
                    columns.iter().map(cell).collect::<Vec<_>>()
                };
                let empty = [Value::Null];
                let rows = rows.iter().chain(&empty).enumerate().map(row).collect();
                tables.push(Table { label: label(l, field.key), key: field.key.to_owned(), rows });
            }
            _ => inputs.push(input(l, field, field.key, value, kept)),
        }
    }
    (inputs, tables)
}

fn label(l: &Locale, key: &str) -> String {
    l.t(&format!("setting-{key}"))
}

fn input(l: &Locale, field: &ChannelField, name: &str, value: Option<&Value>, kept: &[String]) -> Input {
    let value = match value {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        _ => String::new(),
    };
    let hint = format!("setting-{}-hint", field.key);
    let secret = field.kind == FieldKind::Secret;
    // What was typed here stands in a file of ours, whose path says nothing to anybody.
    let typed = secret && kept.iter().any(|start| value.starts_with(start));
    Input {
        name: name.to_owned(),
        label: label(l, field.key),
        hint: if l.lang.has(&hint) { l.t(&hint) } else { String::new() },
        choices: match field.kind {
            FieldKind::Choice(words) => words.iter().map(|word| (*word).to_owned()).collect(),
            _ => Vec::new(),
        },
        secret,
        kept: if typed { value.clone() } else { String::new() },
        value: if typed { String::new() } else { value },
        required: field.required,
    }
}

/// The addresses of a channel that can be chosen from: those that its settings name, or the reader's own chats.
pub fn targets(models: &Models, visitor: &Visitor, descriptor: &ChannelDescriptor) -> Vec<Choice> {
    let state = &models.state;
    let choice = |value: &str, text: &str| Choice { value: value.to_owned(), text: text.to_owned() };
    match descriptor.address {
        AddressKind::Linked => {
            let me = visitor.signed.as_ref().map(|signed| signed.person);
            let own = |d: &&Destination| d.channel == descriptor.name && Some(d.person) == me;
            let name = |d: &Destination| if d.title.is_empty() { d.address.clone() } else { d.title.clone() };
            let own = state.destinations.values().filter(own);
            own.map(|d| choice(&d.address, &name(d))).collect()
        }
        AddressKind::Target(table) => {
            let rows = state.channels.get(descriptor.name).and_then(|settings| settings.get(table));
            let names = rows.and_then(Value::as_array).into_iter().flatten();
            names.filter_map(|row| row.get("name")?.as_str()).map(|name| choice(name, name)).collect()
        }
        _ => Vec::new(),
    }
}

/// What the list of those who are told through a channel can be asked for.
const SUBSCRIPTIONS: Spec = Spec {
    path: "/channels",
    filters: &["q", "least"],
    words: &[("least", &["warning", "critical"])],
    sorts: &[("address", Dir::Up), ("least", Dir::Down)],
};

/// What is asked of the list of those who are told through this channel.
pub fn subscriptions_asked(channel: &str, pairs: &HashMap<String, String>) -> Asked {
    Asked::of(&SUBSCRIPTIONS, pairs).at_path(format!("/channels/{channel}"))
}

/// Who is told through a channel, as asked for.
pub fn subscriptions_of(
    models: &Models,
    visitor: &Visitor,
    (channel, asked): (&str, &Asked),
    zone: &str,
) -> (Vec<Subscription>, Listed) {
    let state = &models.state;
    let address = |s: &Wish| match state.destinations.get(&s.subscription) {
        Some(linked) => linked.title.clone(),
        None => s.address.clone(),
    };
    let row = |s: &Wish| Subscription {
        id: s.subscription.to_string(),
        mail: address(s),
        severity: severity(s.at_least),
        scope: scope_text(state, visitor, &s.scope),
        quiet: quiet(s.quiet.as_ref(), zone),
        quiet_text: s.quiet.as_ref().map(|quiet| quiet_text(&visitor.l, quiet)).unwrap_or_default(),
        disabled: s.disabled.clone(),
    };
    let all: Vec<_> = state.subscriptions.values().filter(|s| s.channel == channel).collect();
    let (total, words) = (all.len(), asked.words());
    let fits = |s: &Wish, lower: &str| {
        words.iter().all(|word| lower.contains(word))
            && (asked.filter("least").is_empty() || severity(s.at_least).word() == asked.filter("least"))
    };
    let named = all.into_iter().map(|s| (address(s).to_lowercase(), s));
    let mut found: Vec<_> = named.filter(|(lower, s)| fits(s, lower)).collect();
    found.sort_by(|(a, one), (b, other)| {
        let order = match asked.sort() {
            "least" => one.at_least.cmp(&other.at_least),
            _ => a.cmp(b),
        };
        asked.directed(order).then_with(|| (a, one.subscription).cmp(&(b, other.subscription)))
    });
    let (shown, turn) = asked.cut(found);
    let columns = [("subscription-address", "address"), ("field-least", "least")];
    (shown.into_iter().map(|(_, s)| row(s)).collect(), asked.listed(&visitor.l, &columns, turn, total))
}

/// Quiet hours as a form has them; those of a usual night where there are none.
pub fn quiet(hours: Option<&QuietHours>, zone: &str) -> Quiet {
    let Some(hours) = hours else {
        let (from, to) = ("22:00".to_owned(), "07:00".to_owned());
        return Quiet { on: false, from, to, days: [true; 7], zone: zone.to_owned(), breaks: true };
    };
    Quiet {
        on: true,
        from: clock(hours.from),
        to: clock(hours.to),
        days: std::array::from_fn(|day| hours.days >> day & 1 == 1),
        zone: hours.time_zone.clone(),
        breaks: hours.critical_breaks_through,
    }
}

fn clock(minutes: u16) -> String {
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
}

fn quiet_text(l: &Locale, hours: &QuietHours) -> String {
    let days: Vec<_> =
        (0..7).filter(|day| hours.days >> day & 1 == 1).map(|day| l.t(&format!("day-{day}"))).collect();
    let (from, to, days) = (clock(hours.from), clock(hours.to), days.join(" "));
    let variables: [(&str, &dyn crate::texts::Arg); 4] =
        [("from", &from), ("to", &to), ("zone", &hours.time_zone), ("days", &days)];
    let key = if hours.critical_breaks_through { "quiet-text-breaks" } else { "quiet-text" };
    l.t_args(key, &variables)
}

/// One delivery as the list shows it.
pub fn sent(models: &Models, visitor: &Visitor, d: &Delivery) -> Sent {
    let kind = d.kind.and_then(|kind| serde_json::to_value(kind).ok());
    Sent {
        at_us: d.at_us,
        channel: visitor.l.t(&format!("channel-{}", d.channel)),
        to: recipient_name(models, visitor, d.recipient),
        subject: subject(models, visitor, d),
        kind: kind
            .and_then(|kind| kind.as_str().map(|kind| visitor.l.t(&format!("kind-{kind}"))))
            .unwrap_or_default(),
        incident: d.incident.map(|i| i.to_string()),
        answer: answer(d),
        said: d.answer.clone(),
        took_ms: d.took_us as f64 / 1e3,
        attempts: d.attempts,
        path: format!("/deliveries/{}/{}", d.cause, d.delivery),
        dead: d.status == DeliveryStatus::Dead,
    }
}
