//! A channel that does not work is reported, so that the others tell of it; and so is its return.

use super::Run;
use crate::actors::dispatcher::Condition;
use crate::actors::dispatcher::queue::Settled;
use watchroom_domain::{By, ChannelTrouble, Command, Envelope, MINUTE_US, Micros};

/// A channel that is away for less is not reported.
const REPORT_AFTER_US: Micros = MINUTE_US;

/// What is known of the channel's trouble.
#[derive(Debug, Default)]
pub struct Trouble {
    now: Option<(ChannelTrouble, Micros)>,
    /// Whether the far side has answered since the trouble began, or since the start.
    answered: bool,
    /// What was handed in last, so that it is not handed in twice.
    said: Option<bool>,
}

impl Trouble {
    /// Something that was sent has ended.
    pub fn see(&mut self, settled: &Settled) {
        self.answered |= matches!(
            settled,
            Settled::Done { reached: true } | Settled::Wait { .. } | Settled::Again { works: Some(true), .. }
        );
    }

    /// When it is to be reported, if it is not yet.
    pub fn due_us(&self) -> Option<Micros> {
        let (_, since_us) = self.now.filter(|_| self.said != Some(true))?;
        Some(since_us + REPORT_AFTER_US)
    }
}

impl Run {
    /// Reports trouble that lasts, and that it is over.
    pub(super) fn report_trouble(&mut self) {
        let now = self.parts.clock.now_us();
        let kind = match &self.condition {
            Condition::Faulty(_) => Some(ChannelTrouble::Faulty),
            _ if self.channel.is_some() && self.queue.is_away() => Some(ChannelTrouble::Away),
            _ => None,
        };
        match (kind, self.trouble.now) {
            (Some(kind), None) => {
                self.trouble.now = Some((kind, now));
                self.trouble.answered = false;
            }
            (None, Some(_)) => self.trouble.now = None,
            _ => {}
        }
        let channel = self.parts.channel;
        let reported = self.parts.views.with(|state| state.channels_down.get(channel).copied());
        if self.trouble.said == Some(reported.is_some()) {
            self.trouble.said = None;
        }
        let command = match (self.trouble.now, reported) {
            (Some((kind, since_us)), None) if now >= since_us + REPORT_AFTER_US => {
                Some((Some(kind), since_us))
            }
            (None, Some((before, _))) => {
                // Settings that were mended work as far as is known; a far side has to show that it is back.
                let back =
                    self.channel.is_some() && (self.trouble.answered || before == ChannelTrouble::Faulty);
                back.then_some((None, now))
            }
            _ => None,
        };
        let Some((trouble, since_us)) = command.filter(|c| self.trouble.said != Some(c.0.is_some())) else {
            return;
        };
        self.trouble.said = Some(trouble.is_some());
        let means = self.means.clone();
        let command = Command::ReportChannel { channel: channel.to_owned(), trouble, since_us };
        self.attempts.spawn(async move {
            means.hand_in(Envelope::new(By::Hub, command)).await;
            Vec::new()
        });
    }
}
