//! What happened, in sentences: the column beside every page, and a machine's own list.

use super::alert::AlertCard;
use super::frame::initials;
use super::shared::State;
use crate::web::format::Locale;
use askama::Template;
use watchroom_domain::{HubTrouble, Joining};

/// The column beside every page, oldest first.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "activity.html")]
pub struct Activity {
    /// Whose eyes it is for.
    pub l: Locale,
    /// How many alerts are open; the rail shows it too.
    pub open_alerts: u64,
    /// How many machines are watched.
    pub machines: u64,
    /// What happened.
    pub items: Vec<ActivityItem>,
}

/// One thing in the column.
#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "a page holds a few dozen of them")]
pub enum ActivityItem {
    /// A new day begins; a moment of it, in microseconds UTC.
    Day(i64),
    /// Somebody or something did something.
    Moment(Moment),
    /// An alert, with what can be done.
    Alert(AlertCard),
}

/// Somebody or something did something.
#[derive(Clone, Debug)]
pub struct Moment {
    /// Who: a person's or a machine's name, or "Watchroom".
    pub who: String,
    /// Whether a machine did it rather than a person.
    pub machine: bool,
    /// When, in microseconds UTC.
    pub at_us: i64,
    /// What.
    pub what: Happened,
}

impl Moment {
    fn initials(&self) -> String {
        initials(&self.who)
    }
}

/// What can happen. Names are as typed or as an agent sent them, and are escaped when shown.
#[derive(Clone, Debug, PartialEq)]
pub enum Happened {
    /// Somebody came to an account, by this way as far as that is known.
    AccountMade(Option<Joining>),
    /// Somebody signed in.
    SignedIn,
    /// A machine was registered.
    Registered(String),
    /// A machine's details were changed.
    Edited(String),
    /// A machine was removed.
    Removed(String),
    /// A join token was made for a machine.
    TokenMade(String),
    /// The agent joined.
    Joined,
    /// The agent renewed its certificate.
    Renewed,
    /// The agent of a machine may not connect any more.
    Revoked(String),
    /// The agent connected.
    Connected,
    /// The agent's buffered frames were stored: how many.
    Backfilled(u64),
    /// The agent's connection ended.
    Disconnected,
    /// An alert was opened; its headline, and how bad it is.
    Opened(String, State),
    /// An alert was acknowledged; its headline.
    Acknowledged(String),
    /// An alert was put off; its headline, and until when in microseconds UTC.
    Snoozed(String, i64),
    /// Nothing holds an alert any more, and it was told; its headline.
    Released(String),
    /// Nobody acknowledged an alert in time; its headline, and the names of those who were told.
    Escalated(String, String),
    /// An alert comes and goes; its headline.
    Flapping(String),
    /// A silence began: for which machines, until when in microseconds UTC, and why.
    SilenceBegun(String, i64, String),
    /// A silence was ended by somebody, or by its time.
    SilenceEnded(bool),
    /// An alert was resolved; its headline, and how long it lasted in microseconds.
    Resolved(String, i64),
    /// A mail to somebody was accepted by the server after so many milliseconds.
    MailAccepted(String, f64),
    /// A mail to somebody was refused for now; the server's answer.
    MailRetried(String, String),
    /// A mail to somebody was given up; the server's answer.
    MailGivenUp(String, String),
    /// A rule was added.
    RuleAdded(String),
    /// A rule was changed.
    RuleChanged(String),
    /// A rule was switched on or off.
    RuleSwitched(String, bool),
    /// A rule was removed.
    RuleRemoved(String),
    /// A check was added.
    CheckAdded(String),
    /// A check was changed.
    CheckChanged(String),
    /// A check was removed.
    CheckRemoved(String),
    /// A check fails: its name, and why.
    CheckFailed(String, String),
    /// A check is as expected again.
    CheckRecovered(String),
    /// One of the agent's collectors began to fail.
    CollectorFailed(String),
    /// One of the agent's collectors works again.
    CollectorRecovered(String),
    /// The mail settings were changed.
    MailChanged,
    /// Who gets mail was changed.
    SubscriptionsChanged,
    /// The log was brought back from a backup.
    LogRestored,
    /// The settings were read again.
    SettingsReloaded,
    /// The hub itself has trouble.
    HubTroubled(HubTrouble),
    /// The hub is well again, after microseconds.
    HubRecovered(i64),
    /// A link to set another password was given out.
    ResetIssued(String),
    /// Somebody asked on the page to sign in for another password for this person.
    ResetAsked(String),
}

impl Happened {
    /// The sentence.
    pub fn text(&self, l: &Locale) -> String {
        use Happened as H;
        match self {
            H::AccountMade(way) => l.t(match way {
                Some(Joining::Setup) => "happened-owner-made",
                Some(Joining::Open) => "happened-account-open",
                Some(Joining::Invitation) => "happened-account-invited",
                None => "happened-account-made",
            }),
            H::SignedIn => l.t("happened-signed-in"),
            H::Registered(name) => l.t1("happened-registered", "name", name),
            H::Edited(name) => l.t1("happened-edited", "name", name),
            H::Removed(name) => l.t1("happened-removed", "name", name),
            H::TokenMade(name) => l.t1("happened-token-made", "name", name),
            H::Joined => l.t("happened-joined"),
            H::Renewed => l.t("happened-renewed"),
            H::Revoked(name) => l.t1("happened-revoked", "name", name),
            H::Connected => l.t("happened-connected"),
            H::Backfilled(n) => l.t1("happened-backfilled", "n", n),
            H::Disconnected => l.t("happened-disconnected"),
            H::Opened(headline, _) => l.t1("happened-opened", "headline", headline),
            H::Acknowledged(headline) => l.t1("happened-acknowledged", "headline", headline),
            H::Snoozed(headline, until) => {
                l.t2("happened-snoozed", "headline", headline, "time", l.moment(*until))
            }
            H::Released(headline) => l.t1("happened-released", "headline", headline),
            H::Escalated(headline, names) => l.t2("happened-escalated", "headline", headline, "names", names),
            H::Flapping(headline) => l.t1("happened-flapping", "headline", headline),
            H::SilenceBegun(scope, until, reason) => {
                l.t3("happened-silence-begun", "scope", scope, "time", l.moment(*until), "reason", reason)
            }
            H::SilenceEnded(true) => l.t("happened-silence-ended"),
            H::SilenceEnded(false) => l.t("happened-silence-over"),
            H::Resolved(headline, us) => {
                l.t2("happened-resolved", "headline", headline, "duration", l.duration(*us))
            }
            H::MailAccepted(to, ms) => l.t2("happened-mail-accepted", "to", to, "duration", l.millis(*ms)),
            H::MailRetried(to, answer) => l.t2("happened-mail-retried", "to", to, "answer", answer),
            H::MailGivenUp(to, answer) => l.t2("happened-mail-given-up", "to", to, "answer", answer),
            H::RuleAdded(name) => l.t1("happened-rule-added", "name", name),
            H::RuleChanged(name) => l.t1("happened-rule-changed", "name", name),
            H::RuleSwitched(name, true) => l.t1("happened-rule-on", "name", name),
            H::RuleSwitched(name, false) => l.t1("happened-rule-off", "name", name),
            H::RuleRemoved(name) => l.t1("happened-rule-removed", "name", name),
            H::CheckAdded(name) => l.t1("happened-check-added", "name", name),
            H::CheckChanged(name) => l.t1("happened-check-changed", "name", name),
            H::CheckRemoved(name) => l.t1("happened-check-removed", "name", name),
            H::CheckFailed(name, why) if why.is_empty() => l.t1("happened-check-failed", "name", name),
            H::CheckFailed(name, why) => l.t2("happened-check-failed-why", "name", name, "why", why),
            H::CheckRecovered(name) => l.t1("happened-check-recovered", "name", name),
            H::CollectorFailed(name) => l.t1("happened-collector-failed", "name", name),
            H::CollectorRecovered(name) => l.t1("happened-collector-recovered", "name", name),
            H::MailChanged => l.t("happened-mail-changed"),
            H::SubscriptionsChanged => l.t("happened-subscriptions-changed"),
            H::LogRestored => l.t("happened-log-restored"),
            H::SettingsReloaded => l.t("happened-settings-reloaded"),
            H::HubTroubled(trouble) => l.t(&format!("happened-hub-{}", trouble.word())),
            H::HubRecovered(us) => l.t1("happened-hub-recovered", "duration", l.duration(*us)),
            H::ResetIssued(name) => l.t1("happened-reset-issued", "name", name),
            H::ResetAsked(name) => l.t1("happened-reset-asked", "name", name),
        }
    }

    /// Whether the sentence says by itself what happened, so that nobody has to stand before it.
    fn whole(&self) -> bool {
        use Happened as H;
        matches!(
            self,
            H::Opened(..)
                | H::Released(..)
                | H::Escalated(..)
                | H::Flapping(..)
                | H::SilenceEnded(false)
                | H::Resolved(..)
                | H::MailAccepted(..)
                | H::MailRetried(..)
                | H::MailGivenUp(..)
                | H::HubTroubled(_)
                | H::HubRecovered(_)
                | H::CheckFailed(..)
                | H::CheckRecovered(_)
        )
    }

    /// Whether it is bad, good or neither.
    pub fn state(&self) -> Option<State> {
        match self {
            Happened::Opened(_, state) => Some(*state),
            Happened::Escalated(..) | Happened::HubTroubled(_) => Some(State::Crit),
            Happened::Flapping(_) | Happened::Released(_) => Some(State::Warn),
            Happened::MailGivenUp(..) | Happened::Revoked(_) => Some(State::Crit),
            Happened::MailRetried(..) | Happened::CollectorFailed(_) | Happened::CheckFailed(..) => {
                Some(State::Warn)
            }
            Happened::Disconnected => Some(State::Unknown),
            Happened::Resolved(..)
            | Happened::Joined
            | Happened::CollectorRecovered(_)
            | Happened::CheckRecovered(_)
            | Happened::HubRecovered(_) => Some(State::Ok),
            _ => None,
        }
    }
}

/// What happened on one machine, newest first.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "machine_events.html")]
pub struct MachineEvents {
    /// Whose eyes it is for.
    pub l: Locale,
    /// The machine.
    pub machine: String,
    /// What happened.
    pub moments: Vec<Moment>,
}
