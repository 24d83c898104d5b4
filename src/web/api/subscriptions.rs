//! Subscriptions: who is told through a channel, of what, and when not.

use super::asked::{done, made, one, submit};
use super::channels::known;
use super::error::{ApiError, Reply, said};
use super::input::Json;
use super::paging::Listing;
use super::silences::known_machine;
use super::table::{CHANNELS, Gives, Operation, delete, get, post, put, query, shape};
use super::types::{Scope, Severity};
use crate::fresh;
use crate::web::Shared;
use crate::web::context::Visitor;
use crate::web::pages::subject_of;
use actix_web::web;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use watchroom_domain as domain;
use watchroom_domain::{AddressKind, Command, SubscriptionId};

const ONE: Gives = Gives::One(shape::<Subscription>);

/// The operations.
pub const OPERATIONS: &[Operation] = &[
    get(
        ("/api/v1/subscriptions", CHANNELS),
        ("list_subscriptions", "List subscriptions"),
        Gives::List(shape::<Subscription>),
        || web::to(list),
    )
    .filters(query::<SubscriptionFilter>),
    post(
        ("/api/v1/subscriptions", CHANNELS),
        ("subscribe", "Let an address be told"),
        Gives::Made(shape::<Subscription>),
        || web::to(subscribe),
    )
    .takes(shape::<SubscriptionInput>)
    .says("Chats link themselves on the account page and cannot be subscribed by their address."),
    get(
        ("/api/v1/subscriptions/{subscription}", CHANNELS),
        ("get_subscription", "Read a subscription"),
        ONE,
        || web::to(show),
    ),
    put(
        ("/api/v1/subscriptions/{subscription}", CHANNELS),
        ("change_subscription", "Change what an address is told"),
        ONE,
        || web::to(change),
    )
    .takes(shape::<Wish>)
    .says("All of it at once. One that the far side had ended is on again."),
    delete(
        ("/api/v1/subscriptions/{subscription}", CHANNELS),
        ("unsubscribe", "Tell an address no longer"),
        || web::to(unsubscribe),
    ),
];

/// A day of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Day {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

impl Day {
    const ALL: [Self; 7] = [
        Self::Monday,
        Self::Tuesday,
        Self::Wednesday,
        Self::Thursday,
        Self::Friday,
        Self::Saturday,
        Self::Sunday,
    ];
}

/// Hours in which what comes is held back, to be told all in one at their end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct QuietHours {
    /// Begin, hours and minutes on the clocks of the time zone.
    #[schema(example = "22:00", pattern = "^([01][0-9]|2[0-3]):[0-5][0-9]$")]
    from: String,
    /// End: on the next day when it is not after the begin.
    #[schema(example = "07:00", pattern = "^([01][0-9]|2[0-3]):[0-5][0-9]$")]
    to: String,
    /// Days on which they begin; at least one.
    days: Vec<Day>,
    /// IANA name of the time zone.
    #[schema(example = "Europe/Zurich")]
    time_zone: String,
    /// Whether what is critical is told all the same.
    #[serde(default)]
    critical_breaks_through: bool,
}

/// `HH:MM` as minutes after midnight.
fn minutes(text: &str) -> Option<u16> {
    let (hour, minute) = text.split_once(':')?;
    let two = |part: &str| {
        let fits = part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit());
        part.parse::<u16>().ok().filter(|_| fits)
    };
    let (hour, minute) = (two(hour)?, two(minute)?);
    (hour < 24 && minute < 60).then_some(hour * 60 + minute)
}

impl QuietHours {
    fn of(hours: &domain::QuietHours) -> Self {
        let clock = |minutes: u16| format!("{:02}:{:02}", minutes / 60, minutes % 60);
        let days = Day::ALL.into_iter().filter(|day| hours.days & (1 << *day as u8) != 0);
        Self {
            from: clock(hours.from),
            to: clock(hours.to),
            days: days.collect(),
            time_zone: hours.time_zone.clone(),
            critical_breaks_through: hours.critical_breaks_through,
        }
    }

    fn hours(self) -> Result<domain::QuietHours, ApiError> {
        let clock = |field: &str, text: &str| {
            let wrong =
                || ApiError::invalid("bad_time", format!("/quiet/{field}"), "A time looks like 22:00.");
            minutes(text).ok_or_else(wrong)
        };
        if TimeZone::get(&self.time_zone).is_err() {
            let detail = "This time zone is not known. One looks like Europe/Zurich.";
            return Err(ApiError::invalid("bad_zone", "/quiet/time_zone", detail));
        }
        let hours = domain::QuietHours {
            from: clock("from", &self.from)?,
            to: clock("to", &self.to)?,
            days: self.days.iter().fold(0, |all, day| all | 1 << *day as u8),
            time_zone: self.time_zone,
            critical_breaks_through: self.critical_breaks_through,
        };
        hours.checked().map_err(|refusal| ApiError::refused(refusal, &[]))
    }
}

/// What is to be told.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Wish {
    /// The mildest severity.
    at_least: Severity,
    /// For which machines.
    scope: Scope,
    /// When it is held back; never where it is left out.
    #[serde(default)]
    quiet: Option<QuietHours>,
}

/// Who is to be told what.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SubscriptionInput {
    /// The channel's name.
    #[schema(example = "email")]
    channel: String,
    /// Address within the channel.
    #[schema(example = "ada@example.org")]
    address: String,
    /// The mildest severity.
    at_least: Severity,
    /// For which machines.
    scope: Scope,
    /// When it is held back; never where it is left out.
    #[serde(default)]
    quiet: Option<QuietHours>,
}

/// A wish to be told.
#[derive(Debug, Serialize, ToSchema)]
struct Subscription {
    /// Its identifier.
    id: Uuid,
    /// The channel's name.
    channel: String,
    /// Address within the channel.
    address: String,
    /// Whom it belongs to: a person's identifier, or one of somebody without an account.
    subject: Uuid,
    /// The mildest severity.
    at_least: Severity,
    /// For which machines.
    scope: Scope,
    /// When it is held back.
    quiet: Option<QuietHours>,
    /// Why nothing goes there any more, when the far side says that the address is gone.
    disabled_because: Option<String>,
}

impl From<&domain::Subscription> for Subscription {
    fn from(subscription: &domain::Subscription) -> Self {
        Self {
            id: subscription.subscription.0,
            channel: subscription.channel.clone(),
            address: subscription.address.clone(),
            subject: subscription.subject.0,
            at_least: subscription.at_least.into(),
            scope: (&subscription.scope).into(),
            quiet: subscription.quiet.as_ref().map(QuietHours::of),
            disabled_because: subscription.disabled.clone(),
        }
    }
}

/// What the list is narrowed to.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct SubscriptionFilter {
    /// Only subscriptions of this channel.
    channel: Option<String>,
}

async fn list(web: Shared, ask: Listing<SubscriptionFilter>) -> Reply {
    let behind = ask.paging.behind::<SubscriptionId>()?;
    let page = web.views.with(|state| {
        let rest = state.subscriptions.values().filter(|s| behind.is_none_or(|b| s.subscription > b));
        let of_it = rest.filter(|s| ask.filter.channel.as_ref().is_none_or(|channel| s.channel == *channel));
        ask.paging.page(of_it.map(|s| (s.subscription, Subscription::from(s))))
    });
    ask.paging.answer(&page)
}

fn answer(web: &Shared, id: SubscriptionId) -> Result<Subscription, ApiError> {
    let found = web.views.with(|state| state.subscriptions.get(&id).map(Subscription::from));
    found.ok_or_else(|| ApiError::not_found("subscription"))
}

async fn show(web: Shared, id: web::Path<SubscriptionId>) -> Reply {
    one(&answer(&web, *id)?)
}

fn known_scope(web: &Shared, visitor: &Visitor, scope: &domain::Scope) -> Result<(), ApiError> {
    let domain::Scope::Machine { machine } = scope else { return Ok(()) };
    web.views.with(|state| known_machine(state, &visitor.principal(), *machine))
}

async fn subscribe(web: Shared, visitor: Visitor, body: Json<SubscriptionInput>) -> Reply {
    let SubscriptionInput { channel, address, at_least, scope, quiet } = body.0;
    let no_channel = |_| ApiError::invalid("no_channel", "/channel", said("no_channel"));
    let descriptor = known(&web, &channel).map_err(no_channel)?;
    if descriptor.address == AddressKind::Linked {
        return Err(ApiError::invalid("linked_only", "/channel", said("linked_only")));
    }
    let (address, scope) = (address.trim().to_owned(), domain::Scope::from(scope));
    known_scope(&web, &visitor, &scope)?;
    let subscription = SubscriptionId(fresh::id(visitor.l.now_us));
    let command = Command::Subscribe {
        subscription,
        subject: web.views.with(|state| subject_of(state, &visitor, &address)),
        channel,
        address,
        at_least: at_least.into(),
        scope,
        quiet: quiet.map(QuietHours::hours).transpose()?,
    };
    submit(&web, &visitor, command, &[]).await?;
    made(&format!("/api/v1/subscriptions/{subscription}"), &answer(&web, subscription)?)
}

async fn change(web: Shared, visitor: Visitor, id: web::Path<SubscriptionId>, body: Json<Wish>) -> Reply {
    answer(&web, *id)?;
    let Wish { at_least, scope, quiet } = body.0;
    let scope = domain::Scope::from(scope);
    known_scope(&web, &visitor, &scope)?;
    let quiet = quiet.map(QuietHours::hours).transpose()?;
    let command = Command::ChangeSubscription { subscription: *id, at_least: at_least.into(), scope, quiet };
    submit(&web, &visitor, command, &[]).await?;
    one(&answer(&web, *id)?)
}

async fn unsubscribe(web: Shared, visitor: Visitor, id: web::Path<SubscriptionId>) -> Reply {
    submit(&web, &visitor, Command::Unsubscribe { subscription: *id }, &[]).await?;
    done()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quiet_hours_read_as_they_are_written() {
        let hours = domain::QuietHours {
            from: 22 * 60 + 5,
            to: 7 * 60,
            days: 0b100_0001,
            time_zone: "Europe/Zurich".to_owned(),
            critical_breaks_through: true,
        };
        let told = QuietHours::of(&hours);
        assert_eq!((told.from.as_str(), told.days.len()), ("22:05", 2));
        assert_eq!(told.hours().unwrap(), hours);
        for wrong in ["7:00", "24:00", "07:60", "0700", "", "07:00:00", "+7:00"] {
            assert_eq!(minutes(wrong), None, "{wrong}");
        }
    }
}
