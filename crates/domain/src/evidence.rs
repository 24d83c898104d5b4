//! What ran on a machine when something was wrong with it. All text is an agent's: hostile wherever it is shown.

use crate::alert::Incident;
use crate::error::Refusal;
use crate::event::{Event, body};
use crate::ids::{IncidentId, MachineId};
use crate::state::State;
use crate::time::Micros;
use serde::{Deserialize, Serialize};

/// How many processes are named by each measure.
pub const TOP: usize = 5;
/// Most processes of one piece of evidence: those by processor and those by memory.
pub const MAX_PROCESSES: usize = 2 * TOP;
/// How often it is recorded for one incident: when it becomes pending, when it fires, and once in reserve.
pub const MAX_EVIDENCE: u32 = 3;
/// Most characters of a name.
const MAX_NAME: usize = 64;

/// One process, as its machine's agent saw it. Never with its arguments, which may hold secrets.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Process {
    /// Number of the process on its machine.
    pub pid: u32,
    /// Name of its program.
    pub name: String,
    /// Name of its user, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// Processor time, percent of one core.
    pub cpu_percent: f64,
    /// Memory that it holds, bytes.
    pub memory_bytes: u64,
}

impl Process {
    /// The process with names that are short and in one line.
    fn cleaned(&self) -> Option<Self> {
        let name = cleaned(&self.name).unwrap_or_else(|| "?".to_owned());
        let plausible = self.cpu_percent.is_finite() && (0.0..=1e6).contains(&self.cpu_percent);
        let user = self.user.as_deref().and_then(cleaned);
        plausible.then(|| Self { name, user, ..self.clone() })
    }
}

fn cleaned(text: &str) -> Option<String> {
    let text = in_one_line(text, MAX_NAME);
    (!text.is_empty()).then_some(text)
}

/// Somebody else's text, cut, in one line that reads from one side.
pub(crate) fn in_one_line(text: &str, most: usize) -> String {
    let turns =
        |c: char| matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    text.trim().chars().filter(|c| !c.is_control() && !turns(*c)).take(most).collect()
}

/// The processes with the most processor time, the busiest first.
pub fn top_by_cpu(processes: &[Process]) -> Vec<&Process> {
    top(processes, |a, b| b.cpu_percent.total_cmp(&a.cpu_percent))
}

/// The processes with the most memory, the largest first.
pub fn top_by_memory(processes: &[Process]) -> Vec<&Process> {
    top(processes, |a, b| b.memory_bytes.cmp(&a.memory_bytes))
}

fn top(processes: &[Process], by: impl Fn(&Process, &Process) -> std::cmp::Ordering) -> Vec<&Process> {
    let mut all: Vec<_> = processes.iter().collect();
    all.sort_by(|a, b| by(a, b));
    all.truncate(TOP);
    all
}

impl State {
    /// What comes of evidence: nothing once the incident is over, for it was asked for in vain then.
    pub(crate) fn evidence(
        &self,
        machine: MachineId,
        incident: IncidentId,
        processes: &[Process],
        now: Micros,
    ) -> Result<Vec<Event>, Refusal> {
        let Some(open) = self.incidents.get(&incident) else { return Ok(Vec::new()) };
        if open.machine != machine {
            return Err(Refusal::new("not_asked", "Evidence is taken for the machine's own incidents only."));
        }
        if processes.is_empty() || processes.len() > MAX_PROCESSES {
            return Err(Refusal::new("bad_count", format!("From 1 to {MAX_PROCESSES} processes.")));
        }
        if !takes_evidence(open) {
            return Ok(Vec::new());
        }
        let processes: Vec<_> = processes.iter().filter_map(Process::cleaned).collect();
        Ok(vec![body::EvidenceRecorded { machine, incident, at_us: now, processes }.into()])
    }
}

/// Whether there is room for more.
pub(crate) fn takes_evidence(incident: &Incident) -> bool {
    incident.evidence_count < MAX_EVIDENCE
}
