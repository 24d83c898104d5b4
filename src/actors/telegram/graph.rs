//! `/graph MACHINE METRIC SPAN`: the course of a metric as a picture.

use super::hear::{Asker, Ear};
use super::speech::{Speech, Voice, plain};
use crate::channels::telegram::{Talk, Text, Writing};
use crate::texts::Lang;
use crate::views::{Archive, Models};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use watchroom_domain::{By, HOUR_US, MINUTE_US, Machine, MachineId, Micros, SeriesId, metric_unit};
use watchroom_picture::{Chart, Curve, MAX_CURVES, chart};

/// Span when none is named, the shortest and the longest, in microseconds.
const SPANS_US: (Micros, Micros, Micros) = (6 * HOUR_US, 10 * MINUTE_US, 30 * 24 * HOUR_US);
/// Names that are listed when none fits.
const LISTED: usize = 40;
/// Points of a curve.
const POINTS: usize = 400;
/// Longest time for one picture.
const LONGEST: Duration = Duration::from_secs(40);

/// What is to be drawn.
struct Wanted {
    machine: MachineId,
    machine_name: String,
    metric: String,
    span_us: Micros,
    /// The series with a name for each, those with the largest values first.
    series: Vec<(SeriesId, String)>,
}

impl Ear {
    pub(super) async fn graph(&self, asker: &Asker<'_>, words: &str) {
        let wanted = match self.parts.views.ask(|models| wanted(models, asker, words)) {
            Ok(wanted) => wanted,
            Err(text) => return self.say(asker.chat, &text).await,
        };
        let Ok(permit) = self.pictures.clone().try_acquire_owned() else {
            return self.say(asker.chat, &asker.voice.line("bot-graph-busy")).await;
        };
        let painter = Painter {
            archive: self.parts.archive.clone(),
            talk: self.talk.clone(),
            speech: self.speech(),
            language: asker.language,
            chat: asker.chat,
            now_us: self.parts.clock.now_us(),
        };
        // A long course takes its time, and buttons must not wait for it.
        tokio::spawn(async move {
            if tokio::time::timeout(LONGEST, painter.paint(wanted)).await.is_err() {
                painter.say("bot-graph-slow").await;
            }
            drop(permit);
        });
    }
}

struct Painter {
    archive: Archive,
    talk: Arc<dyn Talk>,
    speech: Arc<Speech>,
    language: Lang,
    chat: i64,
    now_us: Micros,
}

impl Painter {
    fn voice(&self) -> Voice<'_> {
        self.speech.in_language(self.language)
    }

    async fn say(&self, key: &str) {
        if let Err(trouble) = self.talk.say(self.chat, &self.voice().line(key), Vec::new()).await {
            tracing::info!(%trouble, "an answer in Telegram was not taken");
        }
    }

    async fn paint(&self, wanted: Wanted) {
        let span = (self.now_us - wanted.span_us, self.now_us);
        let ids = wanted.series.iter().map(|(id, _)| *id).collect();
        let found = match self.archive.series(wanted.machine, ids, span, POINTS).await {
            Ok(found) => found,
            Err(error) => {
                tracing::warn!(%error, "a course for Telegram cannot be read");
                return self.say("bot-unavailable").await;
            }
        };
        if found.series.values().all(Vec::is_empty) {
            return self.say("bot-graph-nothing").await;
        }
        let (caption, utc_offset_us) =
            (self.caption(&wanted, found.truncated), self.voice().offset_us(span.1));
        let curve = |(id, name): &(SeriesId, String)| Curve {
            name: name.clone(),
            points: found.series.get(id).into_iter().flatten().flat_map(|bucket| bucket.points()).collect(),
        };
        let picture = Chart {
            width: 900,
            height: 420,
            from_us: span.0,
            to_us: span.1,
            utc_offset_us,
            unit: metric_unit(&wanted.metric).to_owned(),
            curves: wanted.series.iter().map(curve).collect(),
            gap_us: (wanted.span_us / POINTS as Micros * 4).max(5 * MINUTE_US),
            ..Chart::default()
        };
        let Ok(png) = tokio::task::spawn_blocking(move || chart(&picture)).await else {
            return self.say("bot-unavailable").await;
        };
        if let Err(trouble) = self.talk.show(self.chat, png, &caption).await {
            tracing::info!(%trouble, "a picture in Telegram was not taken");
        }
    }

    fn caption(&self, wanted: &Wanted, truncated: bool) -> Text {
        let voice = self.voice();
        let mut out = Writing::default();
        out.add("b", &wanted.machine_name);
        out.add("", " · ");
        out.add("", &wanted.metric);
        out.add("", " · ");
        out.add("", &voice.span(wanted.span_us));
        if truncated {
            out.line();
            out.add("", &voice.text("bot-graph-part"));
        }
        out.done()
    }
}

/// What somebody wants drawn, or what to answer instead.
fn wanted(models: &Models, asker: &Asker<'_>, words: &str) -> Result<Wanted, Text> {
    let (voice, who) = (&asker.voice, models.state.principal(By::Person(asker.person)));
    let mut words: Vec<&str> = words.split_whitespace().collect();
    let span_us = match words.last().and_then(|word| span(word)) {
        Some(span_us) => {
            words.pop();
            span_us
        }
        None => SPANS_US.0,
    };
    if !(SPANS_US.1..=SPANS_US.2).contains(&span_us) {
        return Err(voice.line("bot-graph-span"));
    }
    let state = &models.state;
    let names = names(state.machines_seen(&who));
    let Some((machine_name, machine, rest)) = find_machine(&names, &words) else {
        return Err(list(voice, "bot-graph-machines", names.keys()));
    };
    let series = state.series_of.get(&machine);
    let mut metrics: Vec<String> = series.into_iter().flatten().map(|(key, _)| key.metric.clone()).collect();
    metrics.sort();
    metrics.dedup();
    let Some(metric) = find_metric(&metrics, &rest) else {
        return Err(list(voice, "bot-graph-metrics", metrics.iter()));
    };
    let value = |id: &SeriesId| {
        let newest = models.live.machine(machine).and_then(|live| live.values.get(id));
        newest.map_or(f64::NEG_INFINITY, |(_, value)| *value)
    };
    let mut series: Vec<(SeriesId, String)> = series
        .into_iter()
        .flatten()
        .filter(|(key, _)| key.metric == metric)
        .map(|(key, id)| (*id, key.labels.values().cloned().collect::<Vec<_>>().join(" ")))
        .collect();
    series.sort_by(|a, b| value(&b.0).total_cmp(&value(&a.0)));
    series.truncate(MAX_CURVES);
    Ok(Wanted { machine, machine_name, metric, span_us, series })
}

/// The machines by name. Of two that their owners gave the same name, the one that was registered first has it:
/// nobody puts a machine of their own in the place of another.
fn names<'m>(machines: impl Iterator<Item = &'m Machine>) -> BTreeMap<String, MachineId> {
    let mut first: BTreeMap<String, &Machine> = BTreeMap::new();
    for machine in machines {
        let known = first.entry(machine.details.name.to_lowercase()).or_insert(machine);
        if machine.registered_us < known.registered_us {
            *known = machine;
        }
    }
    first.into_values().map(|m| (m.details.name.clone(), m.machine)).collect()
}

/// `10m`, `6h`, `30d`.
fn span(word: &str) -> Option<Micros> {
    let at = word.find(|c: char| !c.is_ascii_digit()).filter(|at| *at > 0)?;
    let count: Micros = word[..at].parse().ok().filter(|n| *n < 1_000_000)?;
    let unit = match &word[at..] {
        "m" | "min" => MINUTE_US,
        "h" => HOUR_US,
        "d" => 24 * HOUR_US,
        _ => return None,
    };
    Some(count * unit)
}

/// The machine whose name the words begin with, the longest one, and the words behind it; or the only one
/// whose name begins with the first word.
fn find_machine(names: &BTreeMap<String, MachineId>, words: &[&str]) -> Option<(String, MachineId, String)> {
    let lower = |text: &str| text.to_lowercase();
    for count in (1..=words.len()).rev() {
        let name = lower(&words[..count].join(" "));
        if let Some((known, machine)) = names.iter().find(|(known, _)| lower(known) == name) {
            return Some((known.clone(), *machine, words[count..].join(" ")));
        }
    }
    let first = lower(words.first()?);
    let mut fitting = names.iter().filter(|(known, _)| lower(known).starts_with(&first));
    match (fitting.next(), fitting.next()) {
        (Some((known, machine)), None) => Some((known.clone(), *machine, words[1..].join(" "))),
        _ => None,
    }
}

/// The metric of this name, or the first whose name holds it.
fn find_metric(metrics: &[String], words: &str) -> Option<String> {
    let wanted = words.trim().to_lowercase().replace([' ', '-'], "_");
    if wanted.is_empty() {
        return None;
    }
    let exact = metrics.iter().find(|m| **m == wanted);
    let begins = || metrics.iter().find(|m| m.starts_with(&wanted));
    let holds = || metrics.iter().find(|m| m.contains(&wanted));
    exact.or_else(begins).or_else(holds).cloned()
}

fn list<'a>(voice: &Voice<'_>, key: &str, names: impl ExactSizeIterator<Item = &'a String>) -> Text {
    let count = names.len();
    if count == 0 {
        return plain(&voice.text("bot-graph-empty"));
    }
    let mut out = Writing::default();
    out.add("", &voice.text(key));
    out.line();
    for name in names.take(LISTED) {
        out.add("code", name);
        out.line();
    }
    if count > LISTED {
        out.add("", &voice.say("bot-more", &[("n", &(count - LISTED).to_string())]));
    }
    out.done()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_read_and_nothing_else_is() {
        assert_eq!(span("10m"), Some(10 * MINUTE_US));
        assert_eq!(span("6h"), Some(6 * HOUR_US));
        assert_eq!(span("30d"), Some(720 * HOUR_US));
        for wrong in ["", "h", "6", "6x", "-6h", "99999999999h", "６h"] {
            assert_eq!(span(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn of_two_with_one_name_the_first_has_it() {
        let machine = |name: &str, registered_us: Micros| Machine {
            machine: MachineId::derived(&[name]),
            details: watchroom_domain::MachineDetails { name: name.to_owned(), ..Default::default() },
            keeper: None,
            agents: Vec::new(),
            registered_us,
            joined_us: None,
            connected_since_us: None,
            connection: 0,
            agent_version: String::new(),
            features: Vec::new(),
        };
        let all = [machine("NODE", 3), machine("Node", 1), machine("node", 2), machine("other", 4)];
        let found: Vec<_> = names(all.iter()).into_keys().collect();
        assert_eq!(found, ["Node", "other"]);
    }

    #[test]
    fn a_machine_is_found_by_its_name_even_with_spaces_or_by_its_only_beginning() {
        let id = |name: &str| MachineId::derived(&[name]);
        let names: BTreeMap<_, _> =
            ["node 7", "node", "gpu-1"].map(|name| (name.to_owned(), id(name))).into();
        let found = |words: &[&str]| find_machine(&names, words).map(|(name, _, rest)| (name, rest));
        assert_eq!(found(&["Node", "7", "cpu"]), Some(("node 7".to_owned(), "cpu".to_owned())));
        assert_eq!(found(&["node", "cpu"]), Some(("node".to_owned(), "cpu".to_owned())));
        assert_eq!(found(&["gp", "load"]), Some(("gpu-1".to_owned(), "load".to_owned())));
        assert_eq!(found(&["no", "load"]), None, "two names begin like this");
        assert_eq!(found(&[]), None);
    }
}
