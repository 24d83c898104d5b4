//! Alerts: those that fired, open and over, and what people do about them.

use super::asked::{needs, one, submit};
use super::error::{ApiError, Reply};
use super::input::Json;
use super::paging::Listing;
use super::table::{ACT, Gives, Operation, WATCH, get, post, query, shape};
use super::types::{Severity, Time};
use crate::views::{IncidentRecord, Models};
use crate::web::Shared;
use crate::web::context::Visitor;
use actix_web::web;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use watchroom_domain::alert::{Hold, ResolveReason};
use watchroom_domain::{Command, Condition, IncidentId, IncidentStatus, Position, Principal, Right, Thing};

const ONE: Gives = Gives::One(shape::<Alert>);

/// The operations.
pub const OPERATIONS: &[Operation] = &[
    get(("/api/v1/alerts", WATCH), ("list_alerts", "List alerts"), Gives::List(shape::<Alert>), || {
        web::to(list)
    })
    .filters(query::<AlertFilter>)
    .says(
        "Alerts of machines that the asker sees, the newest first: all that are open, and the last thousands \
               that are over. Older ones are in the log.",
    ),
    get(("/api/v1/alerts/{alert}", WATCH), ("get_alert", "Read an alert"), ONE, || web::to(show)),
    post(
        ("/api/v1/alerts/{alert}/acknowledge", ACT),
        ("acknowledge_alert", "Acknowledge an alert"),
        ONE,
        || web::to(acknowledge),
    )
    .says("The asker takes care of it, and nobody else is called. Needs the right to operate the machine."),
    post(("/api/v1/alerts/{alert}/snooze", ACT), ("snooze_alert", "Put an alert off"), ONE, || {
        web::to(snooze)
    })
    .takes(shape::<Snooze>)
    .says("It is told again at that time if it still fires. Needs the right to operate the machine."),
];

/// Where an alert stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Somebody is needed.
    Firing,
    /// Somebody takes care of it.
    Acknowledged,
    /// Over.
    Resolved,
}

/// Why an alert is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The value passed the clearing threshold.
    Cleared,
    /// The machine was heard again.
    HeardAgain,
    /// The rule was changed or switched off.
    RuleChanged,
    /// The rule was removed.
    RuleRemoved,
    /// The machine was removed.
    MachineRemoved,
    /// The agent's key was revoked.
    AgentRevoked,
    /// The machine is no longer one that the rule is for.
    NotCovered,
    /// It came and went, and was calm for a while.
    Calm,
    /// The series is no longer heard.
    SeriesGone,
}

impl From<ResolveReason> for Reason {
    fn from(reason: ResolveReason) -> Self {
        match reason {
            ResolveReason::Cleared => Self::Cleared,
            ResolveReason::HeardAgain => Self::HeardAgain,
            ResolveReason::RuleChanged => Self::RuleChanged,
            ResolveReason::RuleRemoved => Self::RuleRemoved,
            ResolveReason::MachineRemoved => Self::MachineRemoved,
            ResolveReason::AgentRevoked => Self::AgentRevoked,
            ResolveReason::NotCovered => Self::NotCovered,
            ResolveReason::Calm => Self::Calm,
            ResolveReason::SeriesGone => Self::SeriesGone,
        }
    }
}

/// Why an open alert is shown but not told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Held {
    /// Somebody put it off.
    Snoozed,
    /// A silence covers it.
    Silenced,
    /// The hub itself is cut off from many machines.
    HubBlind,
    /// What the machine hangs on is down.
    ParentDown,
    /// It is not known yet whether the machine itself is to blame.
    Settling,
}

impl From<&Hold> for Held {
    fn from(hold: &Hold) -> Self {
        match hold {
            Hold::Snooze { .. } => Self::Snoozed,
            Hold::Silence { .. } => Self::Silenced,
            Hold::Blind { .. } => Self::HubBlind,
            Hold::Parent { .. } => Self::ParentDown,
            Hold::Settling { .. } => Self::Settling,
        }
    }
}

/// An alert.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Alert {
    /// Its identifier.
    id: Uuid,
    /// Where it stands.
    status: Status,
    /// How bad it is.
    severity: Severity,
    /// The machine; null for an alert of the hub's own.
    machine: Option<Uuid>,
    /// The machine's name when it fired; empty for an alert of the hub's own.
    machine_name: String,
    /// The rule, which may be gone.
    rule: Uuid,
    /// The rule's name when it fired.
    rule_name: String,
    /// The metric; null for silence.
    metric: Option<String>,
    /// What tells the series from others; agent-supplied.
    labels: BTreeMap<String, String>,
    /// The value when it fired, in the metric's unit; seconds of silence, for silence.
    value: f64,
    /// The threshold that was passed.
    threshold: Option<f64>,
    /// Since when it was so.
    since: Time,
    /// When it fired.
    fired_at: Time,
    /// Who acknowledged it.
    acknowledged_by: Option<Uuid>,
    /// When it was acknowledged.
    acknowledged_at: Option<Time>,
    /// When it ended.
    resolved_at: Option<Time>,
    /// Why it ended.
    resolved_because: Option<Reason>,
    /// Why it is not told, while something holds it.
    held: Option<Held>,
    /// Until when, where that is known.
    held_until: Option<Time>,
    /// Whether it comes and goes.
    flapping: bool,
}

impl Alert {
    fn of(models: &Models, record: &IncidentRecord) -> Self {
        let open = models.state.incidents.get(&record.incident);
        let hold = open.and_then(|incident| incident.held.as_ref());
        let rule = record.rule_then.as_ref();
        let threshold = match rule.map(|rule| &rule.condition) {
            Some(Condition::Threshold { fire, .. }) => Some(*fire),
            _ => None,
        };
        Self {
            id: record.incident.0,
            status: match record.status {
                IncidentStatus::Pending | IncidentStatus::Firing => Status::Firing,
                IncidentStatus::Acknowledged => Status::Acknowledged,
                IncidentStatus::Resolved => Status::Resolved,
            },
            severity: record.severity.into(),
            machine: (!record.machine.is_hub()).then_some(record.machine.0),
            machine_name: record.machine_name.clone(),
            rule: record.rule.0,
            rule_name: rule.map(|rule| rule.name.clone()).unwrap_or_default(),
            metric: record.series.as_ref().map(|key| key.metric.clone()),
            labels: record.series.as_ref().map(|key| key.labels.clone()).unwrap_or_default(),
            value: record.value,
            threshold,
            since: Time(record.since_us),
            fired_at: Time(record.fired_us),
            acknowledged_by: record.acknowledged.map(|(by, _)| by.0),
            acknowledged_at: record.acknowledged.map(|(_, at_us)| Time(at_us)),
            resolved_at: record.resolved.map(|(at_us, _)| Time(at_us)),
            resolved_because: record.resolved.map(|(_, reason)| reason.into()),
            held: hold.map(Held::from),
            held_until: hold.and_then(Hold::until_us).map(Time),
            flapping: open.is_some_and(|incident| incident.flapping),
        }
    }
}

/// What the list is narrowed to.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct AlertFilter {
    /// Only alerts that are over, or only those that are not.
    open: Option<bool>,
    /// Only alerts that stand so.
    status: Option<Status>,
    /// Only alerts of this machine.
    machine: Option<Uuid>,
    /// Only alerts by this rule.
    rule: Option<Uuid>,
    /// Only alerts that are as bad as this.
    severity: Option<Severity>,
}

impl AlertFilter {
    fn fits(&self, alert: &Alert) -> bool {
        self.open.is_none_or(|open| open == (alert.status != Status::Resolved))
            && self.status.is_none_or(|status| status == alert.status)
            && self.machine.is_none_or(|machine| alert.machine == Some(machine))
            && self.rule.is_none_or(|rule| alert.rule == rule)
            && self.severity.is_none_or(|severity| alert.severity == severity)
    }
}

async fn list(web: Shared, visitor: Visitor, ask: Listing<AlertFilter>) -> Reply {
    let behind = ask.paging.behind::<Position>()?;
    let who = visitor.principal();
    let page = web.views.ask(|models| {
        let rest = models.history.incidents().filter(|r| behind.is_none_or(|b| r.fired_pos < b));
        let seen = rest.filter(|r| models.state.sees(&who, r.machine));
        let told = seen.map(|r| (r.fired_pos, Alert::of(models, r)));
        ask.paging.page(told.filter(|(_, alert)| ask.filter.fits(alert)))
    });
    ask.paging.answer(&page)
}

fn found<'m>(models: &'m Models, who: &Principal, id: IncidentId) -> Result<&'m IncidentRecord, ApiError> {
    let record = models.history.incident(id).filter(|record| models.state.sees(who, record.machine));
    record.ok_or_else(|| ApiError::not_found("alert"))
}

fn answer(web: &Shared, visitor: &Visitor, id: IncidentId) -> Reply {
    let who = visitor.principal();
    one(&web.views.ask(|models| found(models, &who, id).map(|record| Alert::of(models, record)))?)
}

/// Whether the asker may act on it; one that is over is told apart from one that is not there.
fn may_act(web: &Shared, visitor: &Visitor, id: IncidentId) -> Result<(), ApiError> {
    let who = visitor.principal();
    web.views.ask(|models| {
        let machine = found(models, &who, id)?.machine;
        needs(&models.state, &who, Right::Operate, Thing::Machine(machine))
    })
}

async fn show(web: Shared, visitor: Visitor, id: web::Path<IncidentId>) -> Reply {
    answer(&web, &visitor, *id)
}

async fn acknowledge(web: Shared, visitor: Visitor, id: web::Path<IncidentId>) -> Reply {
    may_act(&web, &visitor, *id)?;
    submit(&web, &visitor, Command::Acknowledge { incident: *id }, &[]).await?;
    answer(&web, &visitor, *id)
}

/// Until when an alert is put off.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Snooze {
    /// A time in the future, at most 30 days away.
    until: Time,
}

async fn snooze(web: Shared, visitor: Visitor, id: web::Path<IncidentId>, body: Json<Snooze>) -> Reply {
    may_act(&web, &visitor, *id)?;
    let command = Command::Snooze { incident: *id, until_us: body.0.until.0 };
    submit(&web, &visitor, command, &[]).await?;
    answer(&web, &visitor, *id)
}
