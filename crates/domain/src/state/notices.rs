//! Channels, who is told through them, and what became of it.

use super::State;
use super::decide::{Decided, MOST};
use crate::command::Command;
use crate::error::Refusal;
use crate::event::{Event, body};
use crate::ids::{DeliveryId, SubscriptionId};
use crate::machine::plausible_mail;
use crate::notify::{ChannelTrouble, DeliveryOutcome, DeliveryStatus, QuietHours, Subscription};
use crate::recorded::{Position, RecordedEvent};
use crate::time::Micros;

/// Longest address within a channel, in bytes.
const LONGEST_ADDRESS: usize = 320;
/// Most held notices that one digest names; the rest follow in the next.
const MOST_HELD: usize = 1_000;

impl State {
    pub(super) fn decide_notices(&self, command: &Command, now: Micros) -> Decided {
        match command {
            Command::ConfigureChannel { channel, settings } => Ok(vec![
                body::ChannelConfigured { channel: channel.clone(), settings: settings.clone() }.into(),
            ]),
            Command::Subscribe { .. } => self.subscribe(command),
            Command::ChangeSubscription { .. } => self.change_subscription(command),
            Command::Unsubscribe { subscription } => self.with_subscription(*subscription, |_| {
                vec![body::Unsubscribed { subscription: *subscription }.into()]
            }),
            Command::RequestTest { channel, subject, address } => {
                if !self.channels.contains_key(channel) {
                    return Err(Refusal::new(
                        "channel_not_set_up",
                        "Fill in and keep the channel's settings first.",
                    ));
                }
                let (channel, subject, address) = (channel.clone(), *subject, address.clone());
                Ok(vec![body::TestRequested { channel, subject, address }.into()])
            }
            Command::RecordAttempt(attempt) => Ok(vec![Event::DeliveryAttempted(attempt.clone())]),
            Command::ReviveDelivery { delivery, cause } => self.revive(*delivery, *cause),
            Command::DisableSubscription { subscription, reason } => {
                self.with_subscription(*subscription, |s| {
                    let (channel, subject, reason) = (s.channel.clone(), s.subject, reason.clone());
                    let event =
                        body::SubscriptionDisabled { subscription: *subscription, subject, channel, reason };
                    if s.disabled.is_some() { Vec::new() } else { vec![event.into()] }
                })
            }
            Command::MoveAddress { subscription, address } => self.with_subscription(*subscription, |s| {
                let (subject, address) = (s.subject, address.clone());
                let same = s.address == address;
                let event = body::AddressMoved { subscription: *subscription, subject, address };
                if same { Vec::new() } else { vec![event.into()] }
            }),
            Command::ReportChannel { channel, trouble, since_us, targets } => {
                Ok(self.report_channel(channel, *trouble, (*since_us, targets), now))
            }
            Command::CallDigest { subscription, until_us, held } => {
                Ok(self.call_digest(*subscription, *until_us, held))
            }
            _ => Err(Refusal::forbidden()),
        }
    }

    fn with_subscription(
        &self,
        id: SubscriptionId,
        events: impl FnOnce(&Subscription) -> Vec<Event>,
    ) -> Decided {
        self.subscriptions.get(&id).map(events).ok_or_else(|| Refusal::not_found("subscription"))
    }

    fn subscribe(&self, command: &Command) -> Decided {
        let Command::Subscribe { subscription, subject, channel, address, at_least, scope, quiet } = command
        else {
            return Err(Refusal::forbidden());
        };
        let address = address.trim().to_owned();
        if channel == "email" && !plausible_mail(&address) {
            return Err(crate::machine::bad_mail("address"));
        }
        let fits = !address.is_empty() && address.len() <= LONGEST_ADDRESS;
        if !fits || address.chars().any(char::is_control) {
            return Err(Refusal::field("bad_destination", "address", "Say where the notices go."));
        }
        let scope = scope.checked(self, None)?;
        let same = |s: &&Subscription| {
            s.channel == *channel && s.address.eq_ignore_ascii_case(&address) && s.scope == scope
        };
        if self.subscriptions.values().any(|s| same(&s)) {
            return Err(Refusal::field(
                "subscribed",
                "address",
                "This address is subscribed to that already.",
            ));
        }
        if self.subscriptions.len() >= MOST {
            return Err(Refusal::new("too_many", format!("At most {MOST} subscriptions.")));
        }
        Ok(vec![
            body::Subscribed {
                subscription: *subscription,
                subject: *subject,
                channel: channel.clone(),
                address,
                at_least: *at_least,
                scope,
                quiet: quiet.clone().map(QuietHours::checked).transpose()?,
            }
            .into(),
        ])
    }

    fn change_subscription(&self, command: &Command) -> Decided {
        let Command::ChangeSubscription { subscription, at_least, scope, quiet } = command else {
            return Err(Refusal::forbidden());
        };
        let quiet = quiet.clone().map(QuietHours::checked).transpose()?;
        let Some(s) = self.subscriptions.get(subscription) else {
            return Err(Refusal::not_found("subscription"));
        };
        let scope = scope.checked(self, Some(&s.scope))?;
        let as_is = s.disabled.is_none() && (s.at_least, &s.scope, &s.quiet) == (*at_least, &scope, &quiet);
        let (subscription, at_least) = (*subscription, *at_least);
        let event = body::SubscriptionChanged { subscription, at_least, scope, quiet };
        Ok(if as_is { Vec::new() } else { vec![event.into()] })
    }

    fn revive(&self, delivery: DeliveryId, cause: Position) -> Decided {
        let Some(known) = self.deliveries.get(&(cause, delivery)) else {
            return Err(Refusal::not_found("delivery"));
        };
        if known.status != DeliveryStatus::Dead {
            return Err(Refusal::new("not_dead", "Only what was given up can be sent again."));
        }
        Ok(vec![body::DeliveryRevived { delivery, channel: known.channel.clone(), cause }.into()])
    }

    fn report_channel(
        &self,
        channel: &str,
        trouble: Option<ChannelTrouble>,
        (since_us, targets): (Micros, &[String]),
        now: Micros,
    ) -> Vec<Event> {
        let channel = channel.to_owned();
        let known = self.targets_down.get(&channel).map_or(&[][..], Vec::as_slice);
        match (trouble, self.channels_down.get(&channel)) {
            (Some(trouble), Some((before, _))) if trouble == *before && targets == known => Vec::new(),
            (Some(trouble), _) => {
                let targets = targets.to_vec();
                vec![body::ChannelWentDown { channel, trouble, since_us, targets }.into()]
            }
            (None, Some((_, since))) => {
                vec![body::ChannelCameBack { channel, down_us: now - since }.into()]
            }
            _ => Vec::new(),
        }
    }

    /// What is already told, or told in a digest, is not held any more.
    fn call_digest(
        &self,
        subscription: SubscriptionId,
        until_us: Micros,
        held: &[body::DeliveryAttempted],
    ) -> Vec<Event> {
        let open = |a: &&body::DeliveryAttempted| {
            let known = self.deliveries.get(&(a.cause, a.delivery));
            known.is_none_or(|d| d.status == DeliveryStatus::Waiting)
        };
        let held: Vec<_> = held.iter().filter(open).take(MOST_HELD).collect();
        let (Some(first), true) = (held.first(), self.subscriptions.contains_key(&subscription)) else {
            return Vec::new();
        };
        let called = body::DigestCalled {
            subscription,
            recipient: first.recipient,
            channel: first.channel.clone(),
            until_us,
            held: held.iter().map(|a| a.cause).collect(),
        };
        let digested = held.iter().map(|a| {
            let outcome = DeliveryOutcome::Digested;
            Event::DeliveryAttempted(body::DeliveryAttempted { outcome, ..(*a).clone() })
        });
        std::iter::once(called.into()).chain(digested).collect()
    }

    pub(super) fn apply_notices(&mut self, recorded: &RecordedEvent) {
        match &recorded.event {
            Event::ChannelConfigured(e) => {
                self.channels.insert(e.channel.clone(), e.settings.clone());
            }
            Event::Subscribed(e) => {
                let subscription = Subscription {
                    subscription: e.subscription,
                    subject: e.subject,
                    channel: e.channel.clone(),
                    address: e.address.clone(),
                    at_least: e.at_least,
                    scope: e.scope.clone(),
                    quiet: e.quiet.clone(),
                    disabled: None,
                };
                self.subscriptions.insert(e.subscription, subscription);
            }
            Event::SubscriptionChanged(e) => {
                if let Some(s) = self.subscriptions.get_mut(&e.subscription) {
                    (s.at_least, s.scope, s.quiet) = (e.at_least, e.scope.clone(), e.quiet.clone());
                    s.disabled = None;
                }
            }
            Event::SubscriptionDisabled(e) => {
                if let Some(s) = self.subscriptions.get_mut(&e.subscription) {
                    s.disabled = Some(e.reason.clone());
                }
            }
            Event::AddressMoved(e) => {
                if let Some(s) = self.subscriptions.get_mut(&e.subscription) {
                    s.address = e.address.clone();
                }
                if let Some(linked) = self.destinations.get_mut(&e.subscription) {
                    linked.address = e.address.clone();
                }
            }
            Event::Unsubscribed(e) => {
                self.subscriptions.remove(&e.subscription);
            }
            Event::DeliveryAttempted(e) => self.apply_attempt(e, recorded.ts_us),
            Event::DeliveryRevived(e) => {
                if let Some(d) = self.deliveries.get_mut(&(e.cause, e.delivery)) {
                    (d.status, d.revived_us) = (DeliveryStatus::Waiting, Some(recorded.ts_us));
                }
            }
            Event::ChannelWentDown(e) => {
                self.channels_down.insert(e.channel.clone(), (e.trouble, e.since_us));
                self.targets_down.insert(e.channel.clone(), e.targets.clone());
            }
            Event::ChannelCameBack(e) => {
                self.channels_down.remove(&e.channel);
                self.targets_down.remove(&e.channel);
            }
            _ => {}
        }
    }
}
