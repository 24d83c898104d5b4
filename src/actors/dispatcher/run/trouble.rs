//! A channel that does not work is reported, so that the others tell of it; and so is its return.

use super::Run;
use crate::actors::dispatcher::Condition;
use crate::actors::dispatcher::queue::Settled;
use watchroom_domain::{By, ChannelTrouble, Command, Envelope, MINUTE_US, Micros};

/// A channel that is away for less is not reported, and neither is what changes about it within this time.
const REPORT_AFTER_US: Micros = MINUTE_US;

/// What is wrong with a channel.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Wrong {
    trouble: ChannelTrouble,
    /// The targets that do not answer, where every target is a far side of its own.
    targets: Vec<String>,
}

/// What is known of the channel's trouble.
#[derive(Debug, Default)]
pub struct Trouble {
    now: Option<Wrong>,
    since_us: Micros,
    /// Since when it is just this.
    changed_us: Micros,
    /// Whether the far side has answered since the trouble began, or since the start.
    answered: bool,
    /// Whether other settings came since then.
    configured: bool,
    /// The targets whose answers count, where every target is a far side of its own; all of them when empty.
    suspects: Vec<String>,
    /// What was handed in last, so that it is not handed in twice.
    said: Option<Option<Wrong>>,
}

impl Trouble {
    /// Something that was sent there has ended.
    pub fn see(&mut self, settled: &Settled, destination: Option<&str>) {
        // That other targets answer says nothing of those that did not.
        let meant = |d: &str| self.suspects.iter().any(|name| name.to_lowercase() == d);
        let meant = self.suspects.is_empty() || destination.is_some_and(meant);
        self.answered |= meant
            && matches!(
                settled,
                Settled::Done { reached: true }
                    | Settled::Wait { .. }
                    | Settled::Again { works: Some(true), .. }
            );
    }

    /// The channel has other settings.
    pub fn settings_changed(&mut self) {
        self.configured = true;
    }

    /// When it is to be reported, if it is not yet.
    pub fn due_us(&self) -> Option<Micros> {
        let known = self.said.as_ref().is_some_and(|said| *said == self.now);
        self.now.as_ref().filter(|_| !known).map(|_| self.changed_us + REPORT_AFTER_US)
    }

    fn is_now(&mut self, wrong: Option<Wrong>, now: Micros) {
        if self.now == wrong {
            return;
        }
        if self.now.is_none() {
            (self.since_us, self.answered, self.configured) = (now, false, false);
        }
        (self.now, self.changed_us) = (wrong, now);
    }
}

impl Run {
    /// Reports trouble that lasts, and that it is over.
    pub(super) fn report_trouble(&mut self) {
        let now = self.parts.clock.now_us();
        let channel = self.parts.channel;
        let wrong = self.wrong();
        self.trouble.is_now(wrong, now);
        let reported = self.parts.views.with(|state| {
            let targets = state.targets_down.get(channel).cloned().unwrap_or_default();
            let down = state.channels_down.get(channel);
            down.map(|(trouble, _)| Wrong { trouble: *trouble, targets })
        });
        let suspects = wrong_targets(&self.trouble.now).or_else(|| wrong_targets(&reported));
        self.trouble.suspects = suspects.cloned().unwrap_or_default();
        if self.trouble.said.as_ref() == Some(&reported) {
            self.trouble.said = None;
        }
        let lasts = now >= self.trouble.changed_us + REPORT_AFTER_US;
        let report = match (&self.trouble.now, &reported) {
            (now, reported) if now == reported => return,
            (Some(_), _) => lasts,
            // Settings that were mended work as far as is known; a far side has to show that it is back.
            (None, Some(before)) => {
                let mended = match before.trouble {
                    ChannelTrouble::Faulty => true,
                    ChannelTrouble::Partly => self.trouble.configured,
                    ChannelTrouble::Away => false,
                };
                self.channel.is_some() && (self.trouble.answered || mended)
            }
            (None, None) => false,
        };
        if !report || self.trouble.said.as_ref() == Some(&self.trouble.now) {
            return;
        }
        let wrong = self.trouble.now.clone();
        self.trouble.said = Some(wrong.clone());
        let (trouble, targets) = wrong.map(|w| (w.trouble, w.targets)).unzip();
        let (channel, since_us) = (channel.to_owned(), self.trouble.since_us);
        let targets = targets.unwrap_or_default();
        let means = self.means.clone();
        let command = Command::ReportChannel { channel, trouble, since_us, targets };
        self.attempts.spawn(async move {
            means.hand_in(Envelope::new(By::Hub, command)).await;
            Vec::new()
        });
    }

    fn wrong(&self) -> Option<Wrong> {
        if matches!(self.condition, Condition::Faulty(_)) {
            return Some(Wrong { trouble: ChannelTrouble::Faulty, targets: Vec::new() });
        }
        self.channel.as_ref()?;
        let targets: Vec<_> = self.queue.away().iter().map(|target| self.name_of(target)).collect();
        let trouble = match self.queue.is_away() {
            true => ChannelTrouble::Away,
            false if targets.is_empty() => return None,
            false => ChannelTrouble::Partly,
        };
        Some(Wrong { trouble, targets })
    }

    /// A target as those write it who are told by it.
    fn name_of(&self, target: &str) -> String {
        self.parts.views.with(|state| {
            let mut own = state.subscriptions.values().filter(|s| s.channel == self.parts.channel);
            let known = own.find(|s| s.address.trim().to_lowercase() == target);
            known.map_or_else(|| target.to_owned(), |s| s.address.trim().to_owned())
        })
    }
}

fn wrong_targets(wrong: &Option<Wrong>) -> Option<&Vec<String>> {
    wrong.as_ref().map(|wrong| &wrong.targets)
}
