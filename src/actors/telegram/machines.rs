//! `/status`: machines by their state, in a few lines.

use super::hear::{Asker, Ear};
use crate::channels::telegram::{Text, Writing};
use crate::views::Models;
use watchroom_domain::{By, Machine, MachineId, Micros, Severity};

/// Machines that are named.
const NAMED: usize = 15;

/// How a machine does; the worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum How {
    Critical,
    Warning,
    Silent,
    Fine,
}

impl How {
    const ALL: [How; 4] = [How::Critical, How::Warning, How::Silent, How::Fine];

    /// Icon, and the text that counts them.
    fn words(self) -> (&'static str, &'static str) {
        match self {
            How::Critical => ("🔴", "bot-status-critical"),
            How::Warning => ("🟠", "bot-status-warning"),
            How::Silent => ("⚪", "bot-status-silent"),
            How::Fine => ("🟢", "bot-status-fine"),
        }
    }
}

impl Ear {
    pub(super) async fn status(&self, asker: &Asker<'_>) {
        let now = self.parts.clock.now_us();
        let text = self.parts.views.ask(|models| status(models, asker, now));
        self.say(asker.chat, &text).await;
    }
}

fn how(models: &Models, machine: MachineId, now_us: Micros) -> How {
    let open = models.state.incidents.values().filter(|i| i.machine == machine && i.has_fired());
    let worst = open.map(|i| i.severity).max();
    let heard = models.live.machine(machine).is_some_and(|live| !live.silent(now_us));
    match worst {
        Some(Severity::Critical) => How::Critical,
        Some(Severity::Warning) => How::Warning,
        None if heard => How::Fine,
        None => How::Silent,
    }
}

fn status(models: &Models, asker: &Asker<'_>, now_us: Micros) -> Text {
    let (voice, who) = (&asker.voice, models.state.principal(By::Person(asker.person)));
    let mut out = Writing::default();
    let mut all: Vec<(How, &Machine)> =
        models.state.machines_seen(&who).map(|m| (how(models, m.machine, now_us), m)).collect();
    if all.is_empty() {
        return voice.line("bot-status-none");
    }
    all.sort_by_key(|(how, m)| (*how, m.details.name.to_lowercase()));
    out.add("b", &voice.say("bot-status-head", &[("n", &all.len().to_string())]));
    out.line();
    for how in How::ALL {
        let count = all.iter().filter(|(of, _)| *of == how).count();
        if count > 0 {
            let (icon, key) = how.words();
            out.add("", &format!("{icon} "));
            out.add("", &voice.say(key, &[("n", &count.to_string())]));
            out.line();
        }
    }
    let troubled: Vec<_> = all.iter().filter(|(how, _)| *how != How::Fine).collect();
    if !troubled.is_empty() {
        out.line();
    }
    for (how, machine) in troubled.iter().take(NAMED) {
        out.add("", &format!("{} ", how.words().0));
        out.add("b", &machine.details.name);
        if !machine.details.place.is_empty() {
            out.add("", ", ");
            out.add("", &machine.details.place);
        }
        out.line();
    }
    if troubled.len() > NAMED {
        out.add("", &voice.say("bot-more", &[("n", &(troubled.len() - NAMED).to_string())]));
        out.line();
    }
    if let Some(address) = voice.address("/machines") {
        out.link(&address, &voice.text("bot-open-console"));
    }
    out.done()
}
