//! The live feed: one WebSocket a page, the sole user of actix-web-actors.
//!
//! It pulls: it holds a position, reads the log behind it, and sends only while the browser has
//! acknowledged enough of what was sent before. So a stalled browser costs a position and nothing else,
//! and one that comes back goes on where it was. What may be seen is asked anew before every message.

pub(super) mod line;
mod open;
mod regions;

pub use self::open::{open, wall, wall_preview};

use self::line::Heard;
use self::open::Who;
use self::regions::{concerns, regions_of};
use super::context::Shared;
use super::crowd::{Place, Whose};
use super::fill;
use super::sight::Sight;
use super::view::State;
use crate::views::{Models, TailError};
use actix::prelude::*;
use actix_web_actors::ws::{self, Message as WsMessage, ProtocolError, WebsocketContext};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use watchroom_domain::{Event, MachineId, Position, RecordedEvent, Telemetry};

/// Events read at a time.
const PAGE: usize = 256;
/// Messages that may be unacknowledged.
const CREDIT: usize = 64;
/// How often silence is looked for and a sign of life is given.
const BEAT: Duration = Duration::from_secs(5);
/// Beats between two messages at the least.
const QUIET_BEATS: u32 = 4;
/// Time without a word from the browser after which it is given up.
pub(super) const LOST: Duration = Duration::from_secs(75);
/// Behind by more than this, a page fetches itself anew instead of hearing every event.
const FAR_BEHIND: Position = 5_000;
/// Longest message from a browser, in bytes.
const FRAME: usize = 1_024;

/// The actor.
struct Feed {
    web: Shared,
    who: Who,
    after: Position,
    head: watch::Receiver<Position>,
    unacknowledged: usize,
    reading: bool,
    heard: Heard,
    beats: u32,
    /// Held until it ends.
    _places: Vec<Place<Whose>>,
    /// How each machine was when it was last said.
    states: HashMap<MachineId, State>,
}

type Read = Result<Vec<Arc<RecordedEvent>>, TailError>;

impl Feed {
    /// What is seen at this moment, if anything may be.
    fn sight<'m>(&self, models: &'m Models) -> Option<Sight<'m>> {
        self.who.sight(models, self.web.clock.now_us())
    }

    /// Whether whoever has it may still look on; closes the feed if not.
    fn admitted(&self, ctx: &mut WebsocketContext<Self>) -> bool {
        let admitted = self.web.views.ask(|models| self.sight(models).is_some());
        if !admitted {
            let gone = self.who.gone();
            ctx.text(gone.to_string());
            ctx.close(None);
            ctx.stop();
        }
        admitted
    }

    /// Reads on, unless it is reading already, the browser is behind, or there is nothing more.
    fn pull(&mut self, ctx: &mut WebsocketContext<Self>) {
        let head = *self.head.borrow_and_update();
        if self.reading || self.unacknowledged >= CREDIT || !self.admitted(ctx) {
            return;
        }
        if self.after >= head {
            return self.wait(ctx);
        }
        if head - self.after > FAR_BEHIND {
            self.after = head;
            let regions = ["machines", "figures", "alerts", "activity", "enrol"];
            self.send(json!({"pos": head, "kind": "refresh", "regions": regions}), ctx);
            return self.wait(ctx);
        }
        self.reading = true;
        let (tail, after) = (self.web.tail.clone(), self.after);
        // Each event becomes one message at most, and one more closes the page.
        let most = (CREDIT - self.unacknowledged - 1).clamp(1, PAGE);
        let read = self.web.runtime.spawn(async move { tail.read(after, most).await });
        ctx.spawn(read.into_actor(self).map(|read, feed, ctx| {
            feed.reading = false;
            match read {
                Ok(read) => feed.tell(read, ctx),
                Err(_) => ctx.stop(),
            }
        }));
    }

    /// Waits for the next event; one wait is under way at a time, as it counts as reading.
    fn wait(&mut self, ctx: &mut WebsocketContext<Self>) {
        self.reading = true;
        let mut head = self.head.clone();
        let changed = async move { head.changed().await.is_ok() };
        ctx.spawn(changed.into_actor(self).map(|more, feed, ctx| {
            feed.reading = false;
            if more { feed.pull(ctx) } else { ctx.stop() }
        }));
    }

    fn tell(&mut self, read: Read, ctx: &mut WebsocketContext<Self>) {
        let events = match read {
            Ok(events) => events,
            Err(error) => {
                tracing::error!(%error, "a live feed cannot go on");
                return ctx.stop();
            }
        };
        let Some(last) = events.last().map(|e| e.pos) else { return self.wait(ctx) };
        let mut regions: BTreeSet<&str> = BTreeSet::new();
        let mut values: HashMap<MachineId, (Position, i64, Map<String, Value>)> = HashMap::new();
        if !self.admitted(ctx) {
            return;
        }
        self.web.views.ask(|models| {
            let Some(sight) = self.sight(models) else { return };
            for event in &events {
                match &event.event {
                    Event::Telemetry(telemetry) if !sight.machine(telemetry.machine) => {}
                    Event::Telemetry(telemetry) => {
                        let newest = values.entry(telemetry.machine).or_default();
                        (newest.0, newest.1) = (event.pos, event.ts_us);
                        put_values(models, telemetry, &mut newest.2);
                    }
                    other if concerns(models, sight, other) => regions.extend(regions_of(other)),
                    _ => {}
                }
            }
        });
        self.after = last;
        let mut values: Vec<_> = values.into_iter().collect();
        values.sort_by_key(|(_, (pos, ..))| *pos);
        for (machine, (pos, at_us, values)) in values {
            let machine = machine.to_string();
            self.send(
                json!({"pos": pos, "kind": "values", "machine": machine, "at_us": at_us, "values": values}),
                ctx,
            );
        }
        self.say_states(ctx);
        if regions.is_empty() {
            self.send(json!({"pos": last, "kind": "at"}), ctx);
        } else {
            self.send(json!({"pos": last, "kind": "refresh", "regions": regions}), ctx);
        }
        self.pull(ctx);
    }

    /// Says how all machines are, since the page may be older than this feed: those that are not fine.
    fn say_all_states(&mut self, ctx: &mut WebsocketContext<Self>) {
        let now_us = self.web.clock.now_us();
        let (states, others) = self.web.views.ask(|models| {
            let mut others = Map::new();
            let Some(sight) = self.sight(models) else { return (HashMap::new(), others) };
            let states = sight.machines().map(|m| {
                let state = fill::machine_state(models, m, now_us);
                if state != State::Ok {
                    let seen_us = models.live.machine(m.machine).and_then(|l| l.seen_us());
                    others.insert(m.machine.to_string(), json!([state.word(), seen_us]));
                }
                (m.machine, state)
            });
            (states.collect(), others)
        });
        self.states = states;
        self.send(json!({"pos": self.after, "kind": "states", "others": others}), ctx);
    }

    /// Says of every machine whose state has changed how it is now.
    fn say_states(&mut self, ctx: &mut WebsocketContext<Self>) {
        let now_us = self.web.clock.now_us();
        let (after, known) = (self.after, &self.states);
        // Those that find no room are said at the next beat.
        let room = CREDIT.saturating_sub(self.unacknowledged + 1);
        let changed: Vec<_> = self.web.views.ask(|models| {
            let Some(sight) = self.sight(models) else { return Vec::new() };
            let seen = sight.machines();
            let all = seen.map(|m| (m.machine, fill::machine_state(models, m, now_us)));
            let changed = all.filter(|(id, state)| known.get(id) != Some(state));
            let seen = |id: MachineId| models.live.machine(id).and_then(|l| l.seen_us());
            changed.map(|(id, state)| (id, state, seen(id))).take(room).collect()
        });
        for (machine, state, seen_us) in changed {
            // Of a new machine, the list that is fetched again tells.
            if self.states.insert(machine, state).is_some() {
                let machine = machine.to_string();
                let word = state.word();
                self.send(json!({"pos": after, "kind": "status", "machine": machine, "state": word, "seen_us": seen_us}), ctx);
            }
        }
    }

    fn send(&mut self, message: Value, ctx: &mut WebsocketContext<Self>) {
        self.unacknowledged += 1;
        self.beats = 0;
        ctx.text(message.to_string());
    }

    fn beat(&mut self, ctx: &mut WebsocketContext<Self>) {
        if !self.admitted(ctx) {
            return;
        }
        self.say_states(ctx);
        self.beats += 1;
        if self.beats >= QUIET_BEATS && self.unacknowledged < CREDIT {
            self.send(json!({"pos": self.after, "kind": "at"}), ctx);
        }
    }
}

/// The newest values of a frame, by the names that pages use.
fn put_values(models: &Models, telemetry: &Telemetry, values: &mut Map<String, Value>) {
    for sample in &telemetry.samples {
        if let Some(def) = models.state.series.get(&sample.series) {
            values.insert(fill::feed_key(&def.key), Value::from(sample.value));
        }
    }
}

impl Actor for Feed {
    type Context = WebsocketContext<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        self.say_all_states(ctx);
        ctx.run_interval(BEAT, |feed, ctx| feed.beat(ctx));
        self.pull(ctx);
    }
}

/// What a browser says.
#[derive(Deserialize)]
struct Said {
    ack: Position,
}

impl StreamHandler<Result<WsMessage, ProtocolError>> for Feed {
    fn handle(&mut self, message: Result<WsMessage, ProtocolError>, ctx: &mut Self::Context) {
        self.heard.again();
        match message {
            Ok(WsMessage::Text(text)) => match serde_json::from_str::<Said>(&text) {
                // Each message is acknowledged by itself; the position only has to be one we gave.
                Ok(said) if said.ack <= self.after => {
                    let was_full = self.unacknowledged >= CREDIT;
                    self.unacknowledged = self.unacknowledged.saturating_sub(1);
                    if was_full {
                        self.pull(ctx);
                    }
                }
                _ => ctx.close(Some(ws::CloseCode::Unsupported.into())),
            },
            Ok(WsMessage::Ping(bytes)) => ctx.pong(&bytes),
            Ok(WsMessage::Pong(_)) => {}
            Ok(_) | Err(_) => ctx.stop(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use watchroom_domain::{HubPart, body};

    #[test]
    fn whatever_is_told_in_the_column_has_it_fetched_again() {
        let told: [Event; 4] = [
            body::HubRecovered { part: HubPart::Disk, lasted_us: 1 }.into(),
            body::SettingsReloaded { applied: Vec::new(), waiting: Vec::new() }.into(),
            body::LogRestored { epoch: 2, head: 1, made_us: 1 }.into(),
            body::ChannelCameBack { channel: "email".to_owned(), down_us: 1 }.into(),
        ];
        for event in told {
            assert!(regions_of(&event).contains(&"activity"), "{}", event.name());
        }
    }
}
