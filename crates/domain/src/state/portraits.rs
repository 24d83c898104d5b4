//! Pictures of people. They stay in the log; what is known here is where.

use super::State;
use super::decide::Decided;
use crate::command::{By, Command};
use crate::error::Refusal;
use crate::event::{Event, body};
use crate::portrait::checked_portrait;
use crate::recorded::RecordedEvent;
use crate::time::Micros;

impl State {
    pub(super) fn decide_portraits(&self, by: By, command: &Command, now: Micros) -> Decided {
        let known = |person| self.people.contains_key(&person);
        match (command, by) {
            (Command::SetPortrait { jpeg }, By::Person(person)) if known(person) => {
                checked_portrait(jpeg)?;
                Ok(vec![body::PortraitSet { person, jpeg: jpeg.clone() }.into()])
            }
            (Command::RemovePortrait, By::Person(person)) => {
                let there = self.portraits.contains_key(&person);
                Ok(if there { vec![body::PortraitRemoved { person }.into()] } else { Vec::new() })
            }
            (Command::SetPortrait { .. } | Command::RemovePortrait, _) => Err(Refusal::forbidden()),
            (other, _) => self.decide_notices(other, now),
        }
    }

    pub(super) fn apply_portraits(&mut self, recorded: &RecordedEvent) {
        match &recorded.event {
            Event::PortraitSet(e) => {
                self.portraits.insert(e.person, recorded.pos);
            }
            Event::PortraitRemoved(e) => {
                self.portraits.remove(&e.person);
            }
            _ => {}
        }
    }
}
