//! Doors of things: what the `{id}` of a route names, and how the visitor stands to it.

use super::sight::Sight;
use crate::views::Models;
use std::str::FromStr;
use watchroom_domain::{
    Action, CheckId, GroupId, IncidentId, InvitationId, MachineId, Principal, Right, RuleId, SilenceId,
    SubjectId, SubscriptionId, WallLinkId,
};

/// What the `{id}` of a route names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// A machine.
    Machine,
    /// A rule.
    Rule,
    /// A check: what may be done on its machine.
    Check,
    /// An incident, open or over: what may be done on its machine.
    Alert,
    /// A silence that lasts.
    Silence,
    /// A subscription; all of them are for those who look after channels.
    Subscription,
    /// An invitation; all of them are for those who look after people.
    Invitation,
    /// A link to a wall display.
    Wall,
    /// A person with an account, for those who look after people.
    Person,
    /// A group of people, for the same.
    Group,
    /// A linked chat: one's own, or a group's for those who look after channels.
    Chat,
    /// A person's picture: one's own, or anybody's for those who look after people.
    Portrait,
}

/// How somebody stands to a thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// There is no such thing for them.
    Absent,
    /// They see it, and may not do this.
    Seen,
    /// They may.
    Enough,
}

impl Standing {
    fn of(has: Option<bool>) -> Self {
        has.map_or(Standing::Absent, |enough| if enough { Standing::Enough } else { Standing::Seen })
    }
}

impl What {
    /// How somebody who wants to use this right stands to the thing of this identifier.
    pub fn standing(self, models: &Models, who: Principal, right: Right, id: &str) -> Standing {
        let (state, sight) = (&models.state, Sight::by(&models.state, who));
        let on_machine = |machine: MachineId| {
            let has = state.right_on(&who, watchroom_domain::Thing::Machine(machine));
            has.map(|has| has >= right)
        };
        Standing::of(match self {
            What::Machine => {
                known::<MachineId>(id).filter(|id| state.machines.contains_key(id)).and_then(on_machine)
            }
            What::Rule => known::<RuleId>(id).filter(|id| state.rules.contains_key(id)).and_then(|id| {
                state.right_on(&who, watchroom_domain::Thing::Rule(id)).map(|has| has >= right)
            }),
            What::Check => known::<CheckId>(id)
                .and_then(|id| state.checks.get(&id))
                .and_then(|check| on_machine(check.machine)),
            What::Alert => known::<IncidentId>(id)
                .and_then(|id| models.history.incident(id))
                .and_then(|record| on_machine(record.machine)),
            What::Silence => {
                known::<SilenceId>(id).and_then(|id| state.silences.get(&id)).and_then(|silence| {
                    let enough = right == Right::See || sight.may_silence(&silence.scope);
                    sight.silence(&silence.scope).then_some(enough)
                })
            }
            What::Subscription => known::<SubscriptionId>(id)
                .filter(|id| state.subscriptions.contains_key(id))
                .filter(|_| sight.may(Action::ManageChannels))
                .map(|_| true),
            What::Invitation => known::<InvitationId>(id)
                .filter(|id| state.accounts.invitations.contains_key(id))
                .filter(|_| sight.may(Action::ManagePeople))
                .map(|_| true),
            What::Wall => known::<WallLinkId>(id)
                .filter(|id| state.walls.contains_key(id))
                .filter(|_| sight.may(Action::ManageHub))
                .map(|_| true),
            What::Person => known::<SubjectId>(id)
                .filter(|id| state.people.contains_key(id))
                .filter(|_| sight.may(Action::ManagePeople))
                .map(|_| true),
            What::Portrait => known::<SubjectId>(id)
                .filter(|id| state.people.contains_key(id))
                .filter(|id| sight.is_self(*id) || sight.may(Action::ManagePeople))
                .map(|_| true),
            What::Group => known::<GroupId>(id)
                .filter(|id| state.access.groups.contains_key(id))
                .filter(|_| sight.may(Action::ManagePeople))
                .map(|_| true),
            What::Chat => {
                known::<SubscriptionId>(id).and_then(|id| state.destinations.get(&id)).and_then(|chat| {
                    let own = sight.is_self(chat.person);
                    (own || chat.group && sight.may(Action::ManageChannels)).then_some(true)
                })
            }
        })
    }
}

/// What a path names, if it can be read at all.
fn known<T: FromStr>(id: &str) -> Option<T> {
    id.parse().ok()
}

/// The part of a path that stands where the pattern has `{id}`.
pub fn id_in<'p>(pattern: &str, path: &'p str) -> Option<&'p str> {
    let mut parts = pattern.split('/').zip(path.split('/'));
    parts.find(|(name, _)| *name == "{id}").map(|(_, part)| part)
}

#[cfg(test)]
mod tests {
    use super::id_in;

    #[test]
    fn the_id_stands_where_the_pattern_says() {
        assert_eq!(id_in("/machines/{id}/edit", "/machines/7/edit"), Some("7"));
        assert_eq!(id_in("/deliveries/{cause}/{id}", "/deliveries/1/2"), Some("2"));
        assert_eq!(id_in("/machines", "/machines"), None);
        assert_eq!(id_in("/a/{id}", "/a"), None);
    }
}
