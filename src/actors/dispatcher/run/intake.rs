//! What events have to tell is taken into the queue.

use super::{NOT_SET_UP, OVER, Run};
use crate::actors::dispatcher::item::{Item, Told};
use crate::actors::dispatcher::plan::{GONE, Planner};
use crate::actors::dispatcher::queue::{ParkedItem, QUIET};
use crate::actors::dispatcher::words::late_us;
use crate::views::{Models, TailError};
use watchroom_domain::{Delivery, DeliveryOutcome, Event, Position, RecordedEvent};

/// Machines' keepers remembered for incidents that may be over.
const KEEPERS: usize = 1_000;

impl Run {
    /// Takes in one event. What a dead letter tells is read from the log.
    ///
    /// # Errors
    /// When the log cannot be read; nothing was taken in then.
    pub(super) async fn take_in(
        &mut self,
        event: &RecordedEvent,
        parked: Option<&ParkedItem>,
    ) -> Result<(), TailError> {
        let mine = |channel: &str| channel == self.parts.channel;
        match &event.event {
            Event::ChannelConfigured(e) if mine(&e.channel) => self.look_at_settings(true),
            Event::AlertFired(e) => {
                let keeper = self.parts.views.with(|s| s.machines.get(&e.machine)?.keeper.clone());
                self.forget_keepers();
                self.keepers.extend(keeper.map(|keeper| (e.incident, keeper)));
                self.enqueue(event, parked);
            }
            Event::AlertResolved(_) => self.supersede(event, parked),
            Event::SubscriptionChanged(e) => {
                self.queue.end_quiet(e.subscription, self.parts.clock.now_us());
            }
            Event::DeliveryRevived(e) if mine(&e.channel) => self.revive(event, e, parked).await?,
            Event::Telemetry(_) | Event::DeliveryAttempted(_) => {}
            _ => self.enqueue(event, parked),
        }
        Ok(())
    }

    pub(super) fn planner<'a>(&'a self, models: &'a Models) -> Planner<'a> {
        let (channel, descriptor) = (self.parts.channel, self.parts.descriptor);
        Planner { channel, descriptor, models, queue: &self.queue, keepers: &self.keepers }
    }

    fn enqueue(&mut self, event: &RecordedEvent, parked: Option<&ParkedItem>) {
        let (items, stranded) = self.planned(event);
        self.hold(event, event.pos, items, stranded, parked);
    }

    pub(super) fn planned(&self, event: &RecordedEvent) -> (Vec<Item>, Vec<Delivery>) {
        self.parts.views.ask(|models| {
            let planner = self.planner(models);
            let items = planner.plan(event);
            let stranded = planner.stranded(event, &items);
            (items, stranded)
        })
    }

    /// Takes in what an event has to tell. `asked` is the event that asks for it.
    pub(super) fn hold(
        &mut self,
        event: &RecordedEvent,
        asked: Position,
        mut items: Vec<Item>,
        stranded: Vec<Delivery>,
        parked: Option<&ParkedItem>,
    ) {
        let now = self.parts.clock.now_us();
        for item in &mut items {
            item.asked = asked;
            item.next_us = parked.map_or(now, |parked| parked.next_us);
            // Before the hub started, an attempt may have been under way that nobody could record.
            let open = item.attempts == 0 && asked <= self.head_at_start;
            let never_tried = |parked: &ParkedItem| parked.error == NOT_SET_UP || parked.error == QUIET;
            item.again |= open && !parked.is_some_and(never_tried);
            if item.quiet_until_us.is_some() {
                (item.waits, item.again) = (QUIET.to_owned(), false);
            }
        }
        self.queue.add(asked, items, parked.is_some(), now);
        for delivery in stranded {
            self.strand(event, &delivery);
        }
    }

    /// What is over before it could be told is not told as if it were so: its end tells both.
    fn supersede(&mut self, event: &RecordedEvent, parked: Option<&ParkedItem>) {
        let Event::AlertResolved(e) = &event.event else { return };
        let since_us = self.parts.clock.now_us() - late_us();
        let mut untold = Vec::new();
        for lane in self.queue.lanes_of(e.incident) {
            for item in self.queue.take_untold(lane, since_us) {
                untold.push(item.recipient.source);
                self.let_go(item, DeliveryOutcome::Superseded, OVER);
            }
        }
        let (mut items, stranded) = self.planned(event);
        self.parts.views.ask(|models| {
            self.planner(models).mark_untold(e.incident, &mut items, &untold);
        });
        // Their first message is the one that tells the end.
        let shows = |item: &Item| item.told != Told::Changed || !untold.contains(&item.recipient.source);
        items.retain(shows);
        self.hold(event, event.pos, items, stranded, parked);
    }

    /// Gives up what was begun and has nobody to go to any more.
    fn strand(&mut self, event: &RecordedEvent, delivery: &Delivery) {
        self.let_go(Item::begun(event, delivery), DeliveryOutcome::Dead, GONE);
    }

    /// Keepers of incidents that are over and told are not needed any more.
    fn forget_keepers(&mut self) {
        if self.keepers.len() < KEEPERS {
            return;
        }
        let (views, queue) = (&self.parts.views, &self.queue);
        self.keepers.retain(|incident, _| {
            views.with(|state| state.incidents.contains_key(incident))
                || queue.waiting_for(*incident).next().is_some()
        });
    }
}
