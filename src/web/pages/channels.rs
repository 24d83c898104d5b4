//! Channels: how each does, its settings, a test, and who is told through it.

use super::secrets::{self, Typed, kept};
use super::{mail, scope, severity, subject_of};
use crate::fresh;
use crate::web::answer::{Answer, WebError, page, refused, see};
use crate::web::context::Visitor;
use crate::web::list::{Asked, Pairs as ListPairs};
use crate::web::view::{ChannelPage, Channels, Errors, SubscriptionForm, trouble};
use crate::web::{Shared, fill};
use actix_web::http::StatusCode;
use actix_web::web;
use jiff::tz::TimeZone;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, HashMap};
use watchroom_domain::{
    Action, AddressKind, ChannelDescriptor, ChannelField, Command, FieldKind, QuietHours, Refusal,
    SubscriptionId, may_configure,
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
pub async fn show(web: Shared, visitor: Visitor, name: web::Path<String>, asked: ListPairs) -> Answer {
    let descriptor = known(&web, &name)?;
    let asked = fill::subscriptions_asked(descriptor.name, &asked);
    if descriptor.name == MAIL {
        return mail::show(&web, &visitor, &asked);
    }
    let body = asked_for(&web, &visitor, descriptor, &asked);
    page(&web, &visitor, StatusCode::OK, body)
}

fn blank(web: &Shared, visitor: &Visitor, descriptor: &'static ChannelDescriptor) -> ChannelPage {
    let asked = fill::subscriptions_asked(descriptor.name, &HashMap::new());
    asked_for(web, visitor, descriptor, &asked)
}

fn asked_for(
    web: &Shared,
    visitor: &Visitor,
    descriptor: &'static ChannelDescriptor,
    asked: &Asked,
) -> ChannelPage {
    let (l, zone) = (visitor.l, zone_name(web));
    let heard = (descriptor.address == AddressKind::Linked).then(|| web.telegram.borrow().condition);
    web.views.ask(|models| {
        let settings = models.state.channels.get(descriptor.name);
        let (inputs, tables) = fill::channel_form(&l, descriptor, settings, &kept(web));
        let (subscriptions, listed) =
            fill::subscriptions_of(models, visitor, (descriptor.name, asked), &zone);
        ChannelPage {
            l,
            row: fill::channel_row(models, &l, descriptor.name),
            ready: settings.is_some(),
            trouble: heard.and_then(trouble),
            inputs,
            tables,
            errors: Errors::default(),
            linked: descriptor.address == AddressKind::Linked,
            targets: fill::targets(models, visitor, descriptor),
            test: None,
            subscriptions,
            listed,
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
    // Before a secret is written anywhere.
    may_configure(&visitor.principal(), descriptor.name).map_err(|_| WebError::Forbidden)?;
    let mut typed = Vec::new();
    let settings = settings(descriptor, &pairs, |_, field, secret| {
        let file = secrets::file_name(descriptor.name, visitor.l.now_us);
        let reference = secrets::reference(&file);
        typed.push(Typed { field: field.to_owned(), file, secret: secret.to_owned() });
        reference
    });
    let fields: Vec<_> = typed.iter().map(|t| t.field.clone()).collect();
    let secrets: Vec<_> = typed.iter().map(|t| (secrets::reference(&t.file), t.secret.clone())).collect();
    let wrong = match (web.check_channel)(descriptor.name, &settings, &secrets) {
        Err(wrong) => wrong,
        Ok(()) => match keep(&web, &visitor, descriptor, (settings, typed)).await? {
            Ok(()) => return Ok(see(&path(descriptor), Some("notice-saved"))),
            Err(refusal) => vec![refusal],
        },
    };
    // A secret is never sent back: what was kept before counts, and what was typed has to be typed again.
    let before = |said_in: &str, _: &str, _: &str| value(&pairs, &kept_name(said_in)).to_owned();
    let settings = self::settings(descriptor, &pairs, before);
    let mut body = blank(&web, &visitor, descriptor);
    (body.inputs, body.tables) = fill::channel_form(&visitor.l, descriptor, Some(&settings), &kept(&web));
    body.errors = errors(&visitor, &wrong);
    body.errors.0.extend(fields.iter().map(|field| secrets::type_again(&visitor.l, field)));
    page(&web, &visitor, StatusCode::UNPROCESSABLE_ENTITY, body)
}

/// Writes the secrets, records the settings, and removes the secrets that these replace.
async fn keep(
    web: &Shared,
    visitor: &Visitor,
    descriptor: &ChannelDescriptor,
    (settings, typed): (Map<String, Value>, Vec<Typed>),
) -> Result<Result<(), Refusal>, WebError> {
    let files: Vec<_> = typed.iter().map(|t| t.file.clone()).collect();
    for Typed { file, secret, .. } in typed {
        secrets::keep(web, &file, secret).await?;
    }
    let before = web.views.with(|s| s.channels.get(descriptor.name).cloned()).unwrap_or_default();
    let command =
        Command::ConfigureChannel { channel: descriptor.name.to_owned(), settings: settings.clone() };
    match refused(web.submit(visitor, command).await)? {
        Ok(_) => secrets::forget(web, descriptor.name, &before, &settings).await.map(Ok),
        Err(refusal) => secrets::drop_typed(web, files).await.map(|()| Err(refusal)),
    }
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

/// The field that holds the reference of what was kept in this one before.
fn kept_name(field: &str) -> String {
    format!("{field}.kept")
}

/// The settings that a form asks for. A secret that was typed becomes what is given for it, by the name of its
/// field, by the one that it has when the form is shown again (rows without a name are left out), and by itself.
fn settings(
    descriptor: &ChannelDescriptor,
    pairs: &[(String, String)],
    mut typed: impl FnMut(&str, &str, &str) -> String,
) -> Map<String, Value> {
    let mut settings = Map::new();
    let mut field = |field: &ChannelField, name: &str, shown: &str| {
        let said = value(pairs, name).trim();
        let is_secret = field.kind == FieldKind::Secret;
        let reference = said.starts_with("file:") || said.starts_with("env:");
        if is_secret && said.is_empty() {
            return value(pairs, &kept_name(name)).to_owned();
        }
        if is_secret && !reference {
            return typed(name, shown, said);
        }
        said.to_owned()
    };
    for column in descriptor.fields {
        let FieldKind::Table(columns) = column.kind else {
            let said = field(column, column.key, column.key);
            if !said.is_empty() {
                settings.insert(column.key.to_owned(), Value::from(said));
            }
            continue;
        };
        let named = |n: &usize| !value(pairs, &format!("{}.{n}.name", column.key)).trim().is_empty();
        let rows = (0..ROWS).filter(named).enumerate().map(|(shown, n)| {
            let name = |n: usize, c: &ChannelField| format!("{}.{n}.{}", column.key, c.key);
            let cell = |c: &ChannelField| (c.key.to_owned(), field(c, &name(n, c), &name(shown, c)));
            let cells: BTreeMap<_, _> = columns.iter().map(cell).filter(|(_, v)| !v.is_empty()).collect();
            Value::Object(cells.into_iter().map(|(k, v)| (k, Value::from(v))).collect())
        });
        let rows: Vec<_> = rows.collect();
        settings.insert(column.key.to_owned(), Value::from(rows));
    }
    settings
}

/// Sends a test the real way, and waits a little for what becomes of it.
///
/// # Errors
/// When nothing was recorded for a reason that the page cannot show.
pub async fn test(web: Shared, visitor: Visitor, name: web::Path<String>, pairs: Pairs) -> Answer {
    let descriptor = known(&web, &name)?;
    let to = value(&pairs, "to").trim().to_owned();
    let targets = web.views.ask(|models| fill::targets(models, &visitor, descriptor));
    let target = targets.into_iter().find(|target| target.value == to);
    // Nobody has a test sent into other people's chats.
    if target.is_none() && descriptor.address == AddressKind::Linked {
        return Err(WebError::Forbidden);
    }
    let (mut test, status) = mail::try_out(&web, &visitor, descriptor.name, to).await?;
    if let (Some(test), Some(target)) = (&mut test, target) {
        test.to = target.text;
    }
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
