//! Why an alert is shown but nobody is told of it, in the words of the reader.

use crate::web::format::Locale;

/// What holds an alert.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Held {
    /// Somebody put it off until a time, in microseconds UTC.
    Snoozed(i64),
    /// A silence: its reason, and when it ends; neither once it is over.
    Silence(Option<(String, i64)>),
    /// What the machine hangs on is down: that machine's name, and the alert; both empty where the reader does
    /// not see that machine.
    Parent(String, String),
    /// The hub itself is cut off: the alert that says so; empty where the reader does not see it.
    Blind(String),
    /// It is not known yet whether the machine itself is to blame; it will be then.
    Settling(i64),
}

impl Held {
    /// Why nobody is told.
    pub fn text(&self, l: &Locale) -> String {
        match self {
            Held::Snoozed(until) => l.t1("held-snoozed", "time", l.moment(*until)),
            Held::Silence(Some((reason, until))) => {
                l.t2("held-silence", "reason", reason, "time", l.moment(*until))
            }
            Held::Silence(None) => l.t("held-silence-over"),
            Held::Parent(name, _) if name.is_empty() => l.t("held-parent-unseen"),
            Held::Parent(name, _) => l.t1("held-parent", "name", name),
            Held::Blind(_) => l.t("held-blind"),
            Held::Settling(until) => l.t1("held-settling", "time", l.moment(*until)),
        }
    }

    /// Where there is more about it, as a local path.
    pub fn link(&self) -> Option<String> {
        match self {
            Held::Silence(_) => Some("/silences".to_owned()),
            Held::Parent(_, alert) | Held::Blind(alert) if alert.is_empty() => None,
            Held::Parent(_, alert) | Held::Blind(alert) => Some(format!("/alerts/{alert}")),
            Held::Snoozed(_) | Held::Settling(_) => None,
        }
    }
}
