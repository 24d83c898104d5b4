//! The hub's own trouble.

use super::State;
use crate::event::{Event, body};
use crate::hub::{HubPart, HubTrouble};
use crate::recorded::RecordedEvent;
use crate::time::Micros;

impl State {
    /// Says nothing twice: whoever looks may hand in what it sees at every look.
    pub(super) fn report_hub(&self, part: HubPart, trouble: Option<HubTrouble>, now: Micros) -> Vec<Event> {
        match (trouble, self.hub_troubles.get(&part)) {
            (Some(trouble), Some((before, _))) if trouble == *before => Vec::new(),
            (Some(trouble), _) => vec![body::HubTroubled { part, trouble }.into()],
            (None, Some((_, since_us))) => {
                vec![body::HubRecovered { part, lasted_us: now - since_us }.into()]
            }
            (None, None) => Vec::new(),
        }
    }

    pub(super) fn apply_hub(&mut self, recorded: &RecordedEvent) {
        match &recorded.event {
            // What gets worse lasts since it began.
            Event::HubTroubled(e) => {
                let began = (e.trouble, recorded.ts_us);
                self.hub_troubles.entry(e.part).or_insert(began).0 = e.trouble;
            }
            Event::HubRecovered(e) => {
                self.hub_troubles.remove(&e.part);
            }
            _ => {}
        }
    }
}
