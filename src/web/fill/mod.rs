//! Fills the structs of [`super::view`] from the read models. No I/O, no HTML.

mod activity;
mod acts;
mod alerts;
mod channels;
mod checks;
mod curves;
mod health;
mod hub;
mod invitations;
mod journal;
mod machine;
mod machines;
mod mail;
mod roster;
mod rules;
mod sharing;
mod silences;
mod wall;

pub use super::view::Quiet;
pub use activity::{activity, machine_events};
pub use acts::{act, act_choices, kind_choices, kinds_of, stream_name};
pub use alerts::{ALERTS, alert_card, alert_list, alert_page, machine_alerts};
pub use channels::{
    channel_alarm, channel_form, channel_row, quiet, sent, subscriptions_asked, subscriptions_of, targets,
};
pub use checks::{
    LIST as CHECKS, check_blank, check_form, check_list, checks_line, evidence_table, failure_of,
};
pub use curves::{feed_key, label, with_gaps};
pub use health::{machine_state, severity};
pub use hub::hub_troubles;
pub use invitations::{INVITATIONS, invitations};
pub use journal::log_event;
pub use machine::{enrol_state, machine_form, machine_page, parent_choices};
pub use machines::{MACHINES, figures, machine_list};
pub use mail::{answer as delivery_answer, deliveries, mail_form};
pub use roster::{GROUPS, PEOPLE, group_page, groups, people, person_page, role_of, thing_link};
pub use rules::{
    RULES, cause_of, machine_choices, may_add_rules, rule_blank, rule_form, rule_name, rule_rows, scope_text,
};
pub use sharing::sharing;
pub use silences::{SILENCES, held, silences};
pub use wall::{WALLS, wall_board, walls};

use super::Shared;
use super::context::Visitor;
use super::format::Locale;
use super::sight::Sight;
use super::view::{Frame, Me, Notice, Reminder, Section, State};
use crate::views::Models;
use watchroom_domain::{Action, Incident, Role, State as Control, SubjectId};

/// What stands around a page.
pub fn frame(web: &Shared, visitor: &Visitor) -> Frame {
    let notice = visitor.said.as_ref().map(|key| Notice { state: State::Ok, text: visitor.l.t(key) });
    let channels = visitor.may(Action::ManageChannels);
    web.views.ask(|models| Frame {
        l: visitor.l,
        theme: visitor.theme,
        pos: models.state.position,
        me: me(&models.state, visitor),
        sections: Section::ALL.into_iter().filter(|s| visitor.may(s.action())).collect(),
        here: visitor.here.clone(),
        notice,
        alarm: channel_alarm(models, &visitor.l).filter(|_| channels),
        remind: remind(&models.state, visitor),
        troubles: if channels { hub_troubles(&web.health, &visitor.l) } else { Vec::new() },
        activity: activity(models, visitor),
    })
}

/// An owner whose mail address is not confirmed has no way back from a forgotten password but the hub's own machine.
/// Elsewhere than in the account they put it aside.
fn remind(state: &Control, visitor: &Visitor) -> Option<Reminder> {
    let signed = visitor.signed.as_ref().filter(|s| s.role == Role::Owner)?;
    let me = state.people.get(&signed.person).filter(|p| !p.profile.mail_confirmed)?;
    // That page says so itself.
    if !state.sends_letters() || visitor.here.starts_with("/account/profile") {
        return None;
    }
    let key = if me.mail.is_empty() { "remind-mail-missing" } else { "remind-mail-unconfirmed" };
    let elsewhere = !visitor.here.starts_with("/account");
    // From where a form was sent there is no way back.
    let reminder = Reminder { key, can_wait: elsewhere && visitor.looks };
    Some(reminder).filter(|_| !elsewhere || visitor.put_aside != signed.person.to_string())
}

fn me(state: &Control, visitor: &Visitor) -> Me {
    let Some(signed) = &visitor.signed else { return Me::default() };
    let picture = state.portraits.get(&signed.person);
    Me {
        name: signed.name.clone(),
        role: role(&visitor.l, signed.role),
        picture: picture.map(|pos| format!("/people/{}/picture?at={pos}", signed.person)),
    }
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

/// A person's name, or "somebody" for who was forgotten and for eyes that see no people.
pub fn person_name(state: &Control, visitor: &Visitor, person: SubjectId) -> String {
    let known = state.people.get(&person).filter(|_| Sight::of(state, visitor).person(person));
    known.map_or_else(|| visitor.l.t("somebody"), |p| p.display_name.clone())
}

/// The open alerts that somebody sees.
pub fn open_incidents<'a>(sight: Sight<'a>, models: &'a Models) -> impl Iterator<Item = &'a Incident> {
    models.state.incidents.values().filter(move |i| i.has_fired() && sight.machine(i.machine))
}
