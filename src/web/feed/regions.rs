//! Which parts of pages an event changes, and whether for these eyes.

use crate::views::{Models, worth_telling};
use crate::web::sight::{Sight, machine_of};
use watchroom_domain::Event;

/// Whether an event changes anything that is seen; where it is about no single machine, the regions that are
/// fetched again show what they may.
pub fn concerns(models: &Models, sight: Sight<'_>, event: &Event) -> bool {
    // Of one that is gone nobody can say any more who saw it.
    if matches!(event, Event::MachineRemoved(_)) {
        return true;
    }
    let machine = machine_of(event, |id| models.history.incident(id).map(|r| r.machine));
    machine.is_none_or(|machine| sight.machine(machine))
}

/// The parts of pages that an event changes.
pub fn regions_of(event: &Event) -> &'static [&'static str] {
    match event {
        Event::AlertFired(_)
        | Event::AlertAcknowledged(_)
        | Event::AlertResolved(_)
        | Event::AlertSnoozed(_)
        | Event::AlertHeld(_)
        | Event::AlertReleased(_)
        | Event::AlertEscalated(_)
        | Event::AlertFlapping(_) => &["alerts", "activity", "figures", "machines", "checks"],
        Event::DeliveryAttempted(_) => &["alerts", "activity", "figures"],
        Event::SilenceBegun(_) | Event::SilenceEnded(_) => &["alerts", "activity"],
        Event::AgentEnrolled(_) | Event::AgentConnected(_) | Event::AgentDisconnected(_) => {
            &["enrol", "activity", "machines"]
        }
        Event::MachineRegistered(_)
        | Event::MachineChanged(_)
        | Event::MachineRemoved(_)
        | Event::AgentRevoked(_)
        | Event::KeeperSet(_)
        | Event::KeeperCleared(_) => &["machines", "figures", "activity"],
        // What is seen may be another now, and so may the reader's part of the page.
        Event::OwnerSet(_)
        | Event::Shared(_)
        | Event::Unshared(_)
        | Event::GroupJoined(_)
        | Event::GroupLeft(_)
        | Event::GroupRemoved(_)
        | Event::PersonForgotten(_)
        | Event::RoleChanged(_) => &["machines", "figures", "alerts", "activity", "checks"],
        Event::CheckAdded(_)
        | Event::CheckChanged(_)
        | Event::CheckRemoved(_)
        | Event::CheckFailed(_)
        | Event::CheckRecovered(_) => &["checks", "machines", "activity"],
        Event::EvidenceRecorded(_) => &["alerts"],
        // Whatever the column beside the page tells.
        other if worth_telling(other) => &["activity"],
        _ => &[],
    }
}
