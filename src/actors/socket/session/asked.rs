//! What an agent is asked for beside its frames: evidence, and to run checks. It is asked for nothing that it
//! has not offered at `hello`.

use super::io::Permit;
use super::{Ask, Session, Stage};
use actix::prelude::*;
use watchroom_domain::{Command, MachineId, Micros, SECOND_US};
use watchroom_wire::{AssignedCheck, Evidence, HubFrame, feature};

/// Time after which the same is asked again.
const AGAIN_US: Micros = 30 * SECOND_US;
/// Most questions that wait for their answers.
const MOST_ASKED: usize = 4;

impl Session {
    fn offers(&self, feature: &str) -> bool {
        self.features.iter().any(|f| f == feature)
    }

    /// Says which checks the agent is to run, if it runs any.
    pub(super) fn assign(&mut self, machine: MachineId, ctx: &mut Context<Self>) {
        if !self.offers(feature::CHECKS) {
            return;
        }
        let checks: Vec<_> = self.shared.views.with(|state| {
            let own = state.checks.values().filter(|c| c.enabled && c.is_run_by(machine));
            own.map(AssignedCheck::from).collect()
        });
        self.answer(&HubFrame::Checks { checks }, None, ctx);
    }

    /// Takes what was asked for, once.
    pub(super) fn evidence(
        &mut self,
        machine: MachineId,
        evidence: Evidence,
        permit: Permit,
        ctx: &mut Context<Self>,
    ) {
        let incident = evidence.id.parse().ok();
        let Some(at) = self.asked.iter().position(|asked| Some(*asked) == incident) else {
            let message = "Evidence is taken when it was asked for, once.";
            return self.refuse_in_turn(HubFrame::error("not_asked", message, None), permit, ctx);
        };
        let incident = self.asked.remove(at);
        let command = Command::RecordEvidence { machine, incident, processes: evidence.processes };
        self.ask(self.of_agent(machine, command), ctx, move |session, answer, ctx| {
            if answer.is_err() {
                session.refuse_answer(answer, None, permit, ctx);
            }
        });
    }
}

impl Handler<Ask> for Session {
    type Result = ();

    fn handle(&mut self, ask: Ask, ctx: &mut Self::Context) {
        let Stage::Agent(machine) = self.stage else { return };
        match ask {
            Ask::Checks => self.assign(machine, ctx),
            Ask::Evidence(incident) if self.offers(feature::EVIDENCE) => {
                let now_us = self.shared.clock.now_us();
                // An alert that fires as soon as it is pending is one question.
                let again = self.last_asked.is_some_and(|(id, at_us)| {
                    id == incident && (at_us..at_us.saturating_add(AGAIN_US)).contains(&now_us)
                });
                if !again && !self.asked.contains(&incident) && self.asked.len() < MOST_ASKED {
                    self.last_asked = Some((incident, now_us));
                    self.asked.push(incident);
                    self.answer(&HubFrame::Evidence { id: incident.to_string() }, None, ctx);
                }
            }
            Ask::Evidence(_) => {}
        }
    }
}
