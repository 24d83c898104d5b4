//! Fills the structs of [`super::view`] from the read models. No I/O, no HTML.

mod activity;
mod alerts;
mod channels;
mod checks;
mod curves;
mod health;
mod hub;
mod machine;
mod machines;
mod mail;
mod rules;
mod silences;

pub use super::view::Quiet;
pub use activity::{activity, machine_events};
pub use alerts::{alert_card, alert_list, alert_page, machine_alerts};
pub use channels::{channel_alarm, channel_form, channel_row, quiet, sent, subscriptions_of, targets};
pub use checks::{check_form, check_list, checks_line, evidence_table, failure_of, runner_choices};
pub use curves::{feed_key, label, with_gaps};
pub use health::{machine_state, severity};
pub use hub::hub_troubles;
pub use machine::{enrol_state, machine_form, machine_page, parent_choices};
pub use machines::{figures, machine_list};
pub use mail::{answer as delivery_answer, deliveries, mail_form};
pub use rules::{
    cause_of, machine_choices, metric_choices, people_choices, rule_form, rule_name, rule_rows, scope_text,
};
pub use silences::{held, silences};

use super::Shared;
use super::context::Visitor;
use super::format::Locale;
use super::view::{Frame, Me, Notice, State};
use watchroom_domain::{Role, State as Control, SubjectId};

/// What stands around a page.
pub fn frame(web: &Shared, visitor: &Visitor) -> Frame {
    let me = visitor.signed.as_ref().map(|s| Me { name: s.name.clone(), role: role(&visitor.l, s.role) });
    let notice = visitor.said.as_ref().map(|key| Notice { state: State::Ok, text: visitor.l.t(key) });
    web.views.ask(|models| Frame {
        l: visitor.l,
        theme: visitor.theme,
        pos: models.state.position,
        me: me.unwrap_or_default(),
        here: visitor.here.clone(),
        notice,
        alarm: channel_alarm(models, &visitor.l),
        troubles: hub_troubles(&web.health, &visitor.l),
        activity: activity(models, visitor),
    })
}

/// A role, for people.
pub fn role(l: &Locale, role: Role) -> String {
    l.t(match role {
        Role::Viewer => "role-viewer",
        Role::Member => "role-member",
        Role::Operator => "role-operator",
        Role::Administrator => "role-administrator",
        Role::Owner => "role-owner",
    })
}

/// A person's name, or that the person was forgotten.
pub fn person_name(state: &Control, l: &Locale, person: SubjectId) -> String {
    state.people.get(&person).map_or_else(|| l.t("somebody"), |p| p.display_name.clone())
}
