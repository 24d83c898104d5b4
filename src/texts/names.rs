//! What people call things that have a name of their own only sometimes.

use super::Lang;
use watchroom_domain::{MachineId, Rule};

impl Lang {
    /// What people call a machine of this name; the hub's own view has none, and of one that was removed it may
    /// not be known any more.
    pub fn machine_name(self, machine: MachineId, name: &str) -> String {
        match name {
            _ if machine.is_hub() => self.t("notice-hub"),
            "" => self.t("notice-machine-gone"),
            name => name.to_owned(),
        }
    }

    /// What people call a rule, if it is known still. One that is on from the start and was never renamed is called
    /// by the reader's words.
    pub fn rule_name(self, rule: Option<&Rule>) -> String {
        let Some(rule) = rule else { return self.t("notice-rule-gone") };
        rule.name_key().and_then(|key| self.find(key)).unwrap_or_else(|| rule.name.clone())
    }
}
