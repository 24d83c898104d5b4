//! What is told besides incidents: digests, and what became of other channels and of the hub itself.

use super::{Telling, Writer};
use crate::actors::dispatcher::format::{moment, span};
use crate::actors::dispatcher::item::Told;
use crate::channels::Notice;
use crate::views::IncidentRecord;
use watchroom_domain::{ChannelTrouble, HubPart, IncidentStatus};

/// Incidents that a digest names; it says how many more there are.
const NAMED: usize = 50;
/// Targets that are named.
const NAMED_TARGETS: usize = 10;

impl Writer {
    /// Why an incident is told at this moment, where it did not just fire.
    pub(super) fn why_now(&self, told: &Told) -> Option<String> {
        match told {
            Told::Released => Some(self.text("notice-released")),
            Told::Escalated => Some(self.text("notice-escalated")),
            Told::Flapping { times, within_us } => {
                let (times, within) = (times.to_string(), span(self.texts, *within_us));
                Some(self.say("notice-flapping", &[("times", &times), ("within", &within)]))
            }
            _ => None,
        }
    }

    /// A notice that is not about one incident.
    pub(super) fn news(&self, telling: &Telling, told: &Told) -> Notice {
        let mut notice = match told {
            Told::Digest { held, until_us, .. } => self.digest(telling, *held, *until_us),
            Told::ChannelDown { channel, trouble, since_us, targets } => {
                let channel = self.channel(channel);
                let since = moment(&self.zone, *since_us);
                let key = match trouble {
                    ChannelTrouble::Away => "notice-channel-away",
                    ChannelTrouble::Faulty => "notice-channel-faulty",
                    ChannelTrouble::Partly => "notice-channel-partly",
                };
                let targets = self.targets(targets);
                let variables = [("channel", channel.as_str()), ("since", &since), ("targets", &targets)];
                let away = *trouble == ChannelTrouble::Away && !targets.is_empty();
                let facts = away.then(|| (self.text("notice-fact-targets"), targets.clone()));
                Notice {
                    subject: self.say("notice-subject-channel", &[("channel", &channel)]),
                    state: self.text("notice-state-channel-down"),
                    headline: self.say(key, &variables),
                    sentences: vec![self.text("notice-channel-do")],
                    facts: facts.into_iter().collect(),
                    ..self.frame(telling)
                }
            }
            Told::ChannelBack { channel, down_us } => {
                let (channel, duration) = (self.channel(channel), span(self.texts, *down_us));
                let variables = [("channel", channel.as_str()), ("duration", &duration)];
                Notice {
                    subject: self.say("notice-subject-channel", &[("channel", &channel)]),
                    state: self.text("notice-state-channel-back"),
                    headline: self.say("notice-channel-back", &variables),
                    sentences: vec![self.text("notice-channel-back-means")],
                    ..self.frame(telling)
                }
            }
            Told::AddressGone { channel, reason, .. } => {
                let somebody = self.text("notice-somebody");
                let whose = if telling.whose.is_empty() { &somebody } else { &telling.whose };
                let channel = self.channel(channel);
                let variables = [("channel", channel.as_str()), ("whose", whose), ("reason", reason)];
                Notice {
                    subject: self.say("notice-subject-channel", &[("channel", &channel)]),
                    state: self.text("notice-state-channel-down"),
                    headline: self.say("notice-address-gone", &variables),
                    sentences: vec![self.text("notice-address-gone-do")],
                    ..self.frame(telling)
                }
            }
            Told::HubTroubled { trouble, .. } => {
                let key = format!("notice-hub-{}", trouble.word());
                Notice {
                    subject: self.text("notice-subject-hub"),
                    state: self.text("notice-state-hub-troubled"),
                    headline: self.text(&key),
                    sentences: vec![self.text(&format!("{key}-do"))],
                    link: self.link("/machines", "notice-link-console"),
                    ..self.frame(telling)
                }
            }
            Told::HubRecovered { part, lasted_us } => {
                let HubPart::Disk = part;
                let duration = span(self.texts, *lasted_us);
                Notice {
                    subject: self.text("notice-subject-hub"),
                    state: self.text("notice-state-hub-recovered"),
                    headline: self.say("notice-hub-disk-recovered", &[("duration", &duration)]),
                    link: self.link("/machines", "notice-link-console"),
                    ..self.frame(telling)
                }
            }
            _ => Notice { headline: self.text("notice-machine-gone"), ..self.frame(telling) },
        };
        notice.sentences.splice(0..0, self.remarks(telling));
        notice.link = notice.link.or_else(|| self.link("/channels", "notice-link-channels"));
        notice
    }

    fn digest(&self, telling: &Telling, held: usize, until_us: watchroom_domain::Micros) -> Notice {
        let still = telling.digest.iter().filter(|r| r.status != IncidentStatus::Resolved).count();
        let until = moment(&self.zone, until_us);
        let mut facts: Vec<_> =
            telling.digest.iter().take(NAMED).map(|r| (self.machine_name(r), self.course(r))).collect();
        let more = telling.digest.len().saturating_sub(NAMED);
        if more > 0 {
            let more = self.say("notice-digest-more", &[("count", &more.to_string())]);
            facts.push((String::from("…"), more));
        }
        Notice {
            subject: self.text("notice-subject-digest"),
            state: self.text("notice-state-digest"),
            headline: self.texts.t_with("notice-digest", &[("held", &held), ("still", &still)]),
            sentences: vec![self.say("notice-digest-explained", &[("until", &until)])],
            facts,
            link: self.link("/alerts", "notice-link-alerts"),
            ..self.frame(telling)
        }
    }

    /// What became of an incident, in one line.
    fn course(&self, record: &IncidentRecord) -> String {
        let (what, from) = (self.firing(record), moment(&self.zone, record.since_us));
        match record.resolved {
            Some((at_us, _)) => {
                let to = moment(&self.zone, at_us);
                self.say("notice-digest-over", &[("what", &what), ("from", &from), ("to", &to)])
            }
            None => self.say("notice-digest-open", &[("what", &what), ("from", &from)]),
        }
    }

    /// Names of targets; of many only the first.
    fn targets(&self, names: &[String]) -> String {
        let named = names.iter().take(NAMED_TARGETS).cloned();
        let more = (names.len() > NAMED_TARGETS).then(|| String::from("…"));
        named.chain(more).collect::<Vec<_>>().join(&self.text("notice-list-separator"))
    }

    fn channel(&self, name: &str) -> String {
        self.texts.find(&format!("notice-channel-{name}")).unwrap_or_else(|| name.to_owned())
    }
}
