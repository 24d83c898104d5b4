//! What people are asked for beside the password.

use super::State;
use super::decide::Decided;
use crate::command::{By, Command};
use crate::error::Refusal;
use crate::event::{Event, body};
use crate::ids::SubjectId;
use crate::policy::{Action, may};
use crate::recorded::RecordedEvent;
use crate::second_factor::{SecondFactor, ShownFactor, checked_second_factor};
use crate::time::Micros;

impl State {
    pub(super) fn decide_second_factor(&self, by: By, command: &Command, now: Micros) -> Decided {
        match (command, by) {
            (Command::SetSecondFactor { secret, recovery_sha256, step }, By::Person(person))
                if self.people.contains_key(&person) =>
            {
                if self.second_factors.contains_key(&person) {
                    let message = "A second step is asked for already; turn it off first.";
                    return Err(Refusal::new("second_factor_set", message));
                }
                checked_second_factor(secret, recovery_sha256, *step, now)?;
                let (secret, recovery_sha256) = (secret.clone(), recovery_sha256.clone());
                Ok(vec![body::SecondFactorSet { person, secret, recovery_sha256, step: *step }.into()])
            }
            (Command::RemoveSecondFactor { person, shown }, _) => {
                self.remove_second_factor(by, *person, shown.as_ref(), now)
            }
            (Command::SetSecondFactor { .. }, _) => Err(Refusal::forbidden()),
            (other, _) => self.decide_portraits(by, other, now),
        }
    }

    fn remove_second_factor(
        &self,
        by: By,
        person: SubjectId,
        shown: Option<&ShownFactor>,
        now: Micros,
    ) -> Decided {
        if by != By::Person(person) {
            if !may(&self.principal(by), Action::ManagePeople) {
                return Err(Refusal::forbidden());
            }
            self.check_over(by, person)?;
        }
        let Some(known) = self.second_factors.get(&person) else { return Ok(Vec::new()) };
        if by == By::Person(person) {
            known.accept(shown, now)?;
        }
        Ok(vec![body::SecondFactorRemoved { person }.into()])
    }

    /// What goes into the opening of a session.
    ///
    /// # Errors
    /// A [`Refusal`] where the person is asked for a second factor and has shown none that still works.
    pub(super) fn shown_factor(
        &self,
        person: SubjectId,
        shown: Option<&ShownFactor>,
        now: Micros,
    ) -> Result<Option<ShownFactor>, Refusal> {
        let Some(known) = self.second_factors.get(&person) else { return Ok(None) };
        known.accept(shown, now)?;
        Ok(shown.cloned())
    }

    pub(super) fn apply_second_factors(&mut self, recorded: &RecordedEvent) {
        match &recorded.event {
            Event::SecondFactorSet(e) => {
                let known = SecondFactor {
                    secret: e.secret.clone(),
                    recovery_sha256: e.recovery_sha256.clone(),
                    last_step: e.step,
                    since_us: recorded.ts_us,
                };
                self.second_factors.insert(e.person, known);
            }
            Event::SecondFactorRemoved(e) => {
                self.second_factors.remove(&e.person);
            }
            _ => {}
        }
    }
}
