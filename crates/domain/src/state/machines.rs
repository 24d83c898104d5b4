//! Machines are registered, changed and removed.

use super::State;
use super::decide::{Decided, MOST};
use crate::alert::{self, ResolveReason};
use crate::error::Refusal;
use crate::event::{Event, body};
use crate::ids::{MachineId, RuleId};
use crate::machine::{Keeper, Machine, MachineDetails};
use crate::policy::Principal;
use crate::rule::Scope;
use crate::silence::Silence;
use crate::time::Micros;

impl State {
    fn checked_machine(
        &self,
        who: &Principal,
        machine: MachineId,
        details: &MachineDetails,
    ) -> Result<MachineDetails, Refusal> {
        let details = details.clone().checked()?;
        let name = details.name.to_lowercase();
        let named = |m: &Machine| m.details.name.to_lowercase() == name;
        let as_before = self.machines.get(&machine).is_some_and(named);
        // What the asker does not see gives no answer, not even by its name.
        let taken = |m: &Machine| m.machine != machine && named(m) && self.sees(who, m.machine);
        if !as_before && self.machines.values().any(taken) {
            return Err(Refusal::field("name_taken", "name", "Another machine has this name."));
        }
        if let Some(parent) = details.parent {
            self.check_parent(machine, parent)?;
        }
        Ok(details)
    }

    /// Refuses a parent that is not there, or that hangs on this very machine.
    fn check_parent(&self, machine: MachineId, parent: MachineId) -> Result<(), Refusal> {
        let refuse = |code, text: &str| Err(Refusal::field(code, "parent", text));
        if !self.machines.contains_key(&parent) {
            return refuse("no_parent", "No such machine; it may have been removed. Choose another.");
        }
        let above: Vec<_> = std::iter::once(parent).chain(alert::ancestors(self, parent)).collect();
        if above.contains(&machine) {
            return refuse("parent_cycle", "That machine depends on this one. Choose another.");
        }
        if above.len() > alert::LEVELS {
            return refuse("too_deep", "Machines depend on each other in too many levels.");
        }
        Ok(())
    }

    pub(super) fn register(
        &self,
        who: &Principal,
        machine: MachineId,
        details: &MachineDetails,
        keeper: &Keeper,
    ) -> Decided {
        if self.machines.contains_key(&machine) {
            return Err(Refusal::new("exists", "This machine is registered already."));
        }
        if self.machines.len() >= MOST {
            return Err(Refusal::new("too_many", format!("At most {MOST} machines a hub.")));
        }
        let details = self.checked_machine(who, machine, details)?;
        let keeper = keeper.clone().checked()?;
        let mut events = vec![body::MachineRegistered { machine, details }.into()];
        events.extend(keeper_event(machine, None, keeper));
        Ok(events)
    }

    pub(super) fn change(
        &self,
        who: &Principal,
        machine: MachineId,
        details: &MachineDetails,
        keeper: &Keeper,
        now: Micros,
    ) -> Decided {
        let Some(before) = self.machines.get(&machine) else { return Err(Refusal::not_found("machine")) };
        let details = self.checked_machine(who, machine, details)?;
        let keeper = keeper.clone().checked()?;
        let mut events = Vec::new();
        if before.details != details {
            let after = Machine { details: details.clone(), ..before.clone() };
            let covered =
                |rule: &RuleId| self.rules.get(rule).is_some_and(|r| r.speaks(self.rules.values(), &after));
            events = alert::end_all(self, now, ResolveReason::NotCovered, |i| {
                i.machine == machine && !covered(&i.rule)
            });
            events.push(body::MachineChanged { machine, details }.into());
        }
        events.extend(keeper_event(machine, before.keeper.as_ref(), keeper));
        Ok(events)
    }

    pub(super) fn remove(&self, machine: MachineId, now: Micros) -> Decided {
        self.with_machine(machine, || {
            let mut events =
                alert::end_all(self, now, ResolveReason::MachineRemoved, |i| i.machine == machine);
            let own = |s: &Silence| matches!(s.scope, Scope::Machine { machine: of } if of == machine);
            events.extend(alert::silences_of(self, now, own));
            let hangs_on_it = |m: &&Machine| m.details.parent == Some(machine);
            events.extend(self.machines.values().filter(hangs_on_it).map(|m| {
                let details = MachineDetails { parent: None, ..m.details.clone() };
                body::MachineChanged { machine: m.machine, details }.into()
            }));
            events.extend(self.without_checks(machine, now));
            events.push(body::MachineRemoved { machine }.into());
            events
        })
    }
}

/// What is to be recorded so that this is the keeper; nothing when it is so already.
fn keeper_event(machine: MachineId, before: Option<&Keeper>, keeper: Keeper) -> Option<Event> {
    match before {
        None if keeper.is_empty() => None,
        Some(_) if keeper.is_empty() => Some(body::KeeperCleared { machine }.into()),
        Some(k) if (&k.name, &k.phone, &k.mail) == (&keeper.name, &keeper.phone, &keeper.mail) => None,
        _ => Some(
            body::KeeperSet {
                machine,
                keeper: keeper.subject,
                name: keeper.name,
                phone: keeper.phone,
                mail: keeper.mail,
            }
            .into(),
        ),
    }
}
