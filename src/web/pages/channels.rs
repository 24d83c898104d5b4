//! Channels: how each does, its settings, a test, and who is told through it.

use super::{mail, scope, severity, subject_of};
use crate::fresh;
use crate::web::answer::{Answer, WebError, page, refused, see};
use crate::web::context::Visitor;
use crate::web::view::{ChannelPage, Channels, Errors, SubscriptionForm, trouble};
use crate::web::{Shared, fill};
use actix_web::http::StatusCode;
use actix_web::web;
use jiff::tz::TimeZone;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use watchroom_domain::{
    Action, AddressKind, ChannelDescriptor, ChannelField, Command, FieldKind, QuietHours, Refusal,
    SubscriptionId,
};

/// The channel with a page of its own.
const MAIL: &str = "email";
/// Rows of a table that a form may send.
const ROWS: usize = 64;

/// What a form sends, in order; a name may come several times.
pub type Pairs = web::Form<Vec<(String, String)>>;

/// The last value of a name.
fn value<'p>(pairs: &'p [(String, String)], name: &str) -> &'p str {
    pairs.iter().rev().find(|(key, _)| key == name).map_or("", |(_, value)| value.as_str())
}

/// The list.
///
/// # Errors
/// When it cannot be rendered.
pub async fn list(web: Shared, visitor: Visitor) -> Answer {
    let body = web.views.ask(|models| Channels {
        l: visitor.l,
        rows: web.channels.iter().map(|d| fill::channel_row(models, &visitor.l, d.name)).collect(),
    });
    page(&web, &visitor, StatusCode::OK, body)
}

fn known(web: &Shared, name: &str) -> Result<&'static ChannelDescriptor, WebError> {
    web.channels.iter().find(|d| d.name == name).copied().ok_or(WebError::NotFound)
}

/// One channel.
///
/// # Errors
/// When there is no such channel, or the page cannot be rendered.
pub async fn show(web: Shared, visitor: Visitor, name: web::Path<String>) -> Answer {
    let descriptor = known(&web, &name)?;
    if descriptor.name == MAIL {
        return mail::show(web, visitor).await;
    }
    let body = blank(&web, &visitor, descriptor);
    page(&web, &visitor, StatusCode::OK, body)
}

fn kept(web: &Shared) -> String {
    format!("file:{}/", web.secrets.display())
}

fn blank(web: &Shared, visitor: &Visitor, descriptor: &'static ChannelDescriptor) -> ChannelPage {
    let (l, zone) = (visitor.l, zone_name(web));
    let heard = (descriptor.address == AddressKind::Linked).then(|| web.telegram.borrow().condition);
    web.views.ask(|models| {
        let settings = models.state.channels.get(descriptor.name);
        let (inputs, tables) = fill::channel_form(&l, descriptor, settings, &kept(web));
        ChannelPage {
            l,
            row: fill::channel_row(models, &l, descriptor.name),
            ready: settings.is_some(),
            trouble: heard.and_then(trouble),
            inputs,
            tables,
            errors: Errors::default(),
            linked: descriptor.address == AddressKind::Linked,
            targets: fill::targets(descriptor, settings),
            test: None,
            subscriptions: fill::subscriptions_of(models, visitor, descriptor.name, &zone),
            add: SubscriptionForm {
                scope: "everywhere".to_owned(),
                quiet: fill::quiet(None, &zone),
                ..SubscriptionForm::default()
            },
            machines: fill::machine_choices(models.state.machines.values()),
            zone: zone.clone(),
            may_edit: visitor.may(Action::ManageChannels),
        }
    })
}

/// The hub's time zone by name.
pub fn zone_name(web: &Shared) -> String {
    web.zone.iana_name().unwrap_or("UTC").to_owned()
}

/// Keeps a channel's settings.
///
/// # Errors
/// When a secret cannot be written, or nothing was recorded for a reason that the form cannot show.
pub async fn configure(web: Shared, visitor: Visitor, name: web::Path<String>, pairs: Pairs) -> Answer {
    let descriptor = known(&web, &name)?;
    let (settings, typed) = settings(&web, &visitor, descriptor, &pairs);
    let wrong = match (web.check_channel)(descriptor.name, &settings) {
        Err(wrong) => wrong,
        Ok(()) => {
            for (file, secret) in typed {
                mail::keep_secret(&web, &file, secret).await?;
            }
            let channel = descriptor.name.to_owned();
            let command = Command::ConfigureChannel { channel, settings: settings.clone() };
            match refused(web.submit(&visitor, command).await)? {
                Ok(_) => return Ok(see(&path(descriptor), Some("notice-saved"))),
                Err(refusal) => vec![refusal],
            }
        }
    };
    let mut body = blank(&web, &visitor, descriptor);
    (body.inputs, body.tables) = fill::channel_form(&visitor.l, descriptor, Some(&settings), &kept(&web));
    body.errors = errors(&visitor, &wrong);
    page(&web, &visitor, StatusCode::UNPROCESSABLE_ENTITY, body)
}

fn path(descriptor: &ChannelDescriptor) -> String {
    format!("/channels/{}", descriptor.name)
}

fn errors(visitor: &Visitor, wrong: &[Refusal]) -> Errors {
    let errors = wrong.iter().map(|refusal| {
        (refusal.field.unwrap_or_default().to_owned(), visitor.l.refusal(refusal.code, &refusal.message))
    });
    Errors(errors.collect())
}

/// The settings that a form asks for, and the secrets that were typed, by the names of their files.
fn settings(
    web: &Shared,
    visitor: &Visitor,
    descriptor: &ChannelDescriptor,
    pairs: &[(String, String)],
) -> (Map<String, Value>, Vec<(String, String)>) {
    let (mut settings, mut typed) = (Map::new(), Vec::new());
    let mut field = |field: &ChannelField, name: &str| {
        let said = value(pairs, name).trim();
        let is_secret = field.kind == FieldKind::Secret;
        let reference = said.starts_with("file:") || said.starts_with("env:");
        if is_secret && said.is_empty() {
            return value(pairs, &format!("{name}.kept")).to_owned();
        }
        if is_secret && !reference {
            let file = format!("{}-{}", descriptor.name, fresh::id(visitor.l.now_us));
            typed.push((file.clone(), said.to_owned()));
            return format!("{}{file}", kept(web));
        }
        said.to_owned()
    };
    for column in descriptor.fields {
        let FieldKind::Table(columns) = column.kind else {
            let said = field(column, column.key);
            if !said.is_empty() {
                settings.insert(column.key.to_owned(), Value::from(said));
            }
            continue;
        };
        let named = |n: &usize| !value(pairs, &format!("{}.{n}.name", column.key)).trim().is_empty();
        let rows = (0..ROWS).filter(named).map(|n| {
            let cell =
                |c: &ChannelField| (c.key.to_owned(), field(c, &format!("{}.{n}.{}", column.key, c.key)));
            let cells: BTreeMap<_, _> = columns.iter().map(cell).filter(|(_, v)| !v.is_empty()).collect();
            Value::Object(cells.into_iter().map(|(k, v)| (k, Value::from(v))).collect())
        });
        let rows: Vec<_> = rows.collect();
        settings.insert(column.key.to_owned(), Value::from(rows));
    }
    (settings, typed)
}

/// Sends a test the real way, and waits a little for what becomes of it.
///
/// # Errors
/// When nothing was recorded for a reason that the page cannot show.
pub async fn test(web: Shared, visitor: Visitor, name: web::Path<String>, pairs: Pairs) -> Answer {
    let descriptor = known(&web, &name)?;
    let to = value(&pairs, "to").trim().to_owned();
    let (test, status) = mail::try_out(&web, &visitor, descriptor.name, to).await?;
    let mut body = blank(&web, &visitor, descriptor);
    body.test = test;
    page(&web, &visitor, status, body)
}

/// Adds a subscription.
///
/// # Errors
/// When nothing was recorded for a reason that the form cannot show.
pub async fn subscribe(web: Shared, visitor: Visitor, name: web::Path<String>, pairs: Pairs) -> Answer {
    let descriptor = known(&web, &name)?;
    // Chats link themselves: an address that is typed here nobody has agreed to.
    if descriptor.address == AddressKind::Linked {
        return Err(WebError::Forbidden);
    }
    let address = value(&pairs, "address").trim().to_owned();
    let kept = match (wanted(&pairs), quiet(&pairs)) {
        (Ok(scope), Ok(quiet)) => {
            let command = Command::Subscribe {
                subscription: SubscriptionId(fresh::id(visitor.l.now_us)),
                subject: web.views.with(|state| subject_of(state, &visitor, &address)),
                channel: descriptor.name.to_owned(),
                address: address.clone(),
                at_least: severity(value(&pairs, "severity")),
                scope,
                quiet,
            };
            refused(web.submit(&visitor, command).await)?.map(drop)
        }
        (Err(refusal), _) | (_, Err(refusal)) => Err(refusal),
    };
    let Err(refusal) = kept else { return Ok(see(&path(descriptor), Some("notice-subscribed"))) };
    if descriptor.name == MAIL {
        return mail::show_again(&web, &visitor, &pairs, &refusal);
    }
    let mut body = blank(&web, &visitor, descriptor);
    body.add = typed(&visitor, &pairs, &zone_name(&web), &refusal);
    body.errors = errors(&visitor, &[refusal]);
    page(&web, &visitor, StatusCode::UNPROCESSABLE_ENTITY, body)
}

fn wanted(pairs: &[(String, String)]) -> Result<watchroom_domain::Scope, Refusal> {
    scope(value(pairs, "scope"), value(pairs, "tag"), value(pairs, "machine"))
        .ok_or_else(|| Refusal::field("not_found", "scope", "Choose which machines it is for."))
}

/// The form of a subscription as it was typed, with what is wrong.
pub fn typed(
    visitor: &Visitor,
    pairs: &[(String, String)],
    zone: &str,
    refusal: &Refusal,
) -> SubscriptionForm {
    let field = refusal.field.map(|f| if f == "address" { "mail" } else { f }).unwrap_or_default();
    let message = visitor.l.refusal(refusal.code, &refusal.message);
    let text = |name: &str| value(pairs, name).to_owned();
    SubscriptionForm {
        mail: text("address"),
        severity: fill::severity(severity(value(pairs, "severity"))),
        scope: text("scope"),
        tag: text("tag"),
        machine: text("machine"),
        quiet: match quiet(pairs) {
            Ok(Some(hours)) => fill::quiet(Some(&hours), zone),
            Ok(None) => fill::quiet(None, zone),
            Err(_) => fill::Quiet { on: true, ..fill::quiet(None, zone) },
        },
        errors: Errors(vec![(field.to_owned(), message)]),
    }
}

/// The quiet hours of a form; none when they are off.
fn quiet(pairs: &[(String, String)]) -> Result<Option<QuietHours>, Refusal> {
    if value(pairs, "quiet") != "on" {
        return Ok(None);
    }
    let minutes = |name: &str| {
        let (hour, minute) = value(pairs, name).trim().split_once(':')?;
        let (hour, minute): (u16, u16) = (hour.parse().ok()?, minute.get(..2)?.parse().ok()?);
        (hour < 24 && minute < 60).then_some(hour * 60 + minute)
    };
    let wrong = || Refusal::field("bad_time", "quiet", "Give the quiet hours a beginning and an end.");
    let days = pairs.iter().filter(|(key, _)| key == "quiet_day");
    let days = days.filter_map(|(_, day)| day.parse::<u32>().ok()).filter(|day| *day < 7);
    let time_zone = value(pairs, "quiet_zone").trim().to_owned();
    if TimeZone::get(&time_zone).is_err() {
        let message = "This time zone is not known. One looks like Europe/Zurich.";
        return Err(Refusal::field("bad_zone", "quiet", message));
    }
    let hours = QuietHours {
        from: minutes("quiet_from").ok_or_else(wrong)?,
        to: minutes("quiet_to").ok_or_else(wrong)?,
        days: days.fold(0, |all, day| all | 1 << day),
        time_zone,
        critical_breaks_through: value(pairs, "quiet_breaks") == "on",
    };
    hours.checked().map(Some)
}

/// Changes what somebody is told.
///
/// # Errors
/// When there is no such subscription, or nothing was recorded.
pub async fn change(web: Shared, visitor: Visitor, id: web::Path<SubscriptionId>, pairs: Pairs) -> Answer {
    let found = web.views.with(|s| s.subscriptions.get(&id).map(|s| (s.channel.clone(), s.scope.clone())));
    let (channel, scope) = found.ok_or(WebError::NotFound)?;
    let descriptor = known(&web, &channel)?;
    let changed = match quiet(&pairs) {
        Err(refusal) => Err(refusal),
        Ok(quiet) => {
            let at_least = severity(value(&pairs, "severity"));
            let command = Command::ChangeSubscription { subscription: *id, at_least, scope, quiet };
            refused(web.submit(&visitor, command).await)?.map(drop)
        }
    };
    let Err(refusal) = changed else { return Ok(see(&path(descriptor), Some("notice-saved"))) };
    if descriptor.name == MAIL {
        return mail::show_again(&web, &visitor, &pairs, &refusal);
    }
    let mut body = blank(&web, &visitor, descriptor);
    body.errors = errors(&visitor, &[refusal]);
    page(&web, &visitor, StatusCode::UNPROCESSABLE_ENTITY, body)
}

/// Removes a subscription.
///
/// # Errors
/// When there is no such subscription or nothing was recorded.
pub async fn unsubscribe(web: Shared, visitor: Visitor, id: web::Path<SubscriptionId>) -> Answer {
    let channel = web.views.with(|s| s.subscriptions.get(&id).map(|s| s.channel.clone()));
    let channel = channel.ok_or(WebError::NotFound)?;
    web.submit(&visitor, Command::Unsubscribe { subscription: *id }).await?;
    Ok(see(&format!("/channels/{channel}"), Some("notice-removed")))
}
