//! Where an event belongs: whose key it is encrypted under, and its stream.

use super::{Event, body, telemetry_stream};
use crate::ids::SubjectId;

impl Event {
    /// Whose key the body is encrypted under, if it holds personal text.
    pub fn subject(&self) -> Option<SubjectId> {
        match self {
            Event::KeeperSet(e) => Some(e.keeper),
            Event::PersonRegistered(e) => Some(e.person),
            Event::PasswordChanged(e) => Some(e.person),
            Event::SessionOpened(e) => Some(e.person),
            Event::ApiTokenIssued(e) => Some(e.person),
            Event::ProfileChanged(e) => Some(e.person),
            Event::MailConfirmed(e) => Some(e.person),
            Event::Invited(e) => Some(e.subject),
            Event::LetterRequested(e) => Some(e.subject),
            Event::SecondFactorSet(e) => Some(e.person),
            Event::SessionMoved(e) => Some(e.person),
            Event::TokenMoved(e) => Some(e.person),
            Event::PortraitSet(e) => Some(e.person),
            Event::Subscribed(e) => Some(e.subject),
            Event::TestRequested(e) => Some(e.subject),
            Event::EvidenceRecorded(e) => Some(SubjectId::derived(&["machine", &e.machine.to_string()])),
            Event::DestinationLinked(e) => Some(e.subject),
            Event::RightRefused(e) => Some(e.subject),
            Event::AddressMoved(e) => Some(e.subject),
            // A sender's address and user name are often somebody's own.
            Event::ChannelConfigured(e) => Some(SubjectId::derived(&["channel", &e.channel])),
            _ => None,
        }
    }

    /// The name of the stream it belongs to.
    pub fn stream(&self) -> String {
        match self {
            Event::HubStarted(_)
            | Event::HubAway(_)
            | Event::LogRestored(_)
            | Event::SettingsReloaded(_)
            | Event::HubTroubled(_)
            | Event::HubRecovered(_) => "hub".to_owned(),
            Event::SeriesDefined(e) => format!("series/{}", e.def.machine),
            Event::MachineRegistered(body::MachineRegistered { machine, .. })
            | Event::MachineChanged(body::MachineChanged { machine, .. })
            | Event::MachineRemoved(body::MachineRemoved { machine })
            | Event::KeeperSet(body::KeeperSet { machine, .. })
            | Event::KeeperCleared(body::KeeperCleared { machine })
            | Event::JoinTokenIssued(body::JoinTokenIssued { machine, .. })
            | Event::AgentEnrolled(body::AgentEnrolled { machine, .. })
            | Event::AgentRenewed(body::AgentRenewed { machine, .. })
            | Event::AgentRevoked(body::AgentRevoked { machine })
            | Event::AgentConnected(body::AgentConnected { machine, .. })
            | Event::AgentDisconnected(body::AgentDisconnected { machine, .. })
            | Event::CollectorFailed(body::CollectorFailed { machine, .. })
            | Event::CollectorRecovered(body::CollectorRecovered { machine, .. }) => {
                format!("machine/{machine}")
            }
            Event::Telemetry(e) => telemetry_stream(e.machine),
            Event::CheckAdded(e) => format!("check/{}", e.check.check),
            Event::CheckChanged(e) => format!("check/{}", e.check.check),
            Event::CheckRemoved(body::CheckRemoved { check, .. })
            | Event::CheckFailed(body::CheckFailed { check, .. })
            | Event::CheckRecovered(body::CheckRecovered { check, .. }) => format!("check/{check}"),
            Event::RuleAdded(e) => format!("rule/{}", e.rule.rule),
            Event::RuleChanged(e) => format!("rule/{}", e.rule.rule),
            Event::RuleRemoved(e) => format!("rule/{}", e.rule),
            Event::SilenceBegun(e) => format!("silence/{}", e.silence),
            Event::SilenceEnded(e) => format!("silence/{}", e.silence),
            Event::AlertPending(body::AlertPending { incident, .. })
            | Event::AlertDropped(body::AlertDropped { incident, .. })
            | Event::AlertFired(body::AlertFired { incident, .. })
            | Event::AlertAcknowledged(body::AlertAcknowledged { incident, .. })
            | Event::AlertResolved(body::AlertResolved { incident, .. })
            | Event::AlertSnoozed(body::AlertSnoozed { incident, .. })
            | Event::AlertHeld(body::AlertHeld { incident, .. })
            | Event::AlertReleased(body::AlertReleased { incident, .. })
            | Event::AlertEscalated(body::AlertEscalated { incident, .. })
            | Event::AlertFlapping(body::AlertFlapping { incident, .. })
            | Event::EvidenceRecorded(body::EvidenceRecorded { incident, .. }) => {
                format!("incident/{incident}")
            }
            other => other.stream_of_people(),
        }
    }

    /// The stream of what is about people, or about telling them.
    fn stream_of_people(&self) -> String {
        match self {
            Event::PersonRegistered(body::PersonRegistered { person, .. })
            | Event::PasswordChanged(body::PasswordChanged { person, .. })
            | Event::SessionOpened(body::SessionOpened { person, .. })
            | Event::PasswordResetIssued(body::PasswordResetIssued { person, .. })
            | Event::SessionClosed(body::SessionClosed { person, .. })
            | Event::RoleChanged(body::RoleChanged { person, .. })
            | Event::PersonSuspended(body::PersonSuspended { person })
            | Event::PersonRestored(body::PersonRestored { person })
            | Event::ProfileChanged(body::ProfileChanged { person, .. })
            | Event::MailConfirmed(body::MailConfirmed { person, .. })
            | Event::ConfirmationAwaited(body::ConfirmationAwaited { person })
            | Event::RegistrationLapsed(body::RegistrationLapsed { person })
            | Event::ApiTokenIssued(body::ApiTokenIssued { person, .. })
            | Event::ApiTokenRevoked(body::ApiTokenRevoked { person, .. })
            | Event::PersonForgotten(body::PersonForgotten { person })
            | Event::SecondFactorSet(body::SecondFactorSet { person, .. })
            | Event::SecondFactorRemoved(body::SecondFactorRemoved { person })
            | Event::SessionMoved(body::SessionMoved { person, .. })
            | Event::TokenMoved(body::TokenMoved { person, .. })
            | Event::PortraitSet(body::PortraitSet { person, .. })
            | Event::PortraitRemoved(body::PortraitRemoved { person })
            | Event::MailKept(body::MailKept { person }) => format!("person/{person}"),
            Event::OwnerSet(body::OwnerSet { thing, .. })
            | Event::Shared(body::Shared { thing, .. })
            | Event::Unshared(body::Unshared { thing, .. }) => thing.to_string(),
            Event::GroupAdded(body::GroupAdded { group, .. })
            | Event::GroupRenamed(body::GroupRenamed { group, .. })
            | Event::GroupRemoved(body::GroupRemoved { group })
            | Event::GroupJoined(body::GroupJoined { group, .. })
            | Event::GroupLeft(body::GroupLeft { group, .. }) => format!("group/{group}"),
            Event::AccessConfigured(_) => "access".to_owned(),
            Event::Invited(body::Invited { invitation, .. })
            | Event::InvitationRenewed(body::InvitationRenewed { invitation, .. })
            | Event::InvitationWithdrawn(body::InvitationWithdrawn { invitation })
            | Event::InvitationUsed(body::InvitationUsed { invitation, .. }) => {
                format!("invitation/{invitation}")
            }
            Event::LetterRequested(_) => "channel/email".to_owned(),
            Event::WallLinkIssued(e) => format!("wall/{}", e.link),
            Event::WallLinkRevoked(e) => format!("wall/{}", e.link),
            Event::ChannelConfigured(e) => format!("channel/{}", e.channel),
            Event::TestRequested(e) => format!("channel/{}", e.channel),
            Event::Subscribed(e) => format!("subscription/{}", e.subscription),
            Event::Unsubscribed(e) => format!("subscription/{}", e.subscription),
            Event::DeliveryAttempted(e) => format!("channel/{}", e.channel),
            Event::PressTaken(e) => format!("channel/{}", e.channel),
            Event::RightRefused(e) => format!("channel/{}", e.channel),
            Event::LinkCodeIssued(e) => format!("person/{}", e.person),
            Event::DestinationLinked(e) => format!("subscription/{}", e.subscription),
            Event::DestinationUnlinked(e) => format!("subscription/{}", e.subscription),
            Event::DeliveryRevived(e) => format!("channel/{}", e.channel),
            Event::ChannelWentDown(e) => format!("channel/{}", e.channel),
            Event::ChannelCameBack(e) => format!("channel/{}", e.channel),
            Event::SubscriptionDisabled(e) => format!("subscription/{}", e.subscription),
            Event::AddressMoved(e) => format!("subscription/{}", e.subscription),
            Event::SubscriptionChanged(e) => format!("subscription/{}", e.subscription),
            Event::DigestCalled(e) => format!("subscription/{}", e.subscription),
            other => {
                let kind = other.kind().kind;
                format!("unknown/{kind}")
            }
        }
    }
}
