//! Which of those whose turn it is goes first.

use crate::actors::dispatcher::item::Item;
use std::ops::Range;
use watchroom_domain::{DeliveryId, Micros, NoticeKind, Position, Severity};

/// Ranks that a key has.
pub const RANKS: u8 = 6;
/// Ranks of what was never tried.
pub const UNTRIED: [u8; 3] = [0, 1, 3];
/// Rank of silent changes, tried or not.
pub const SILENT: u8 = 5;

/// By rank: milder severities come later, and of each what has failed before.
pub type Key = (u8, Micros, Position, DeliveryId);

pub const LOWEST: DeliveryId = DeliveryId(uuid::Uuid::nil());

/// All of a rank.
pub fn ranked(rank: u8) -> Range<Key> {
    (rank, Micros::MIN, 0, LOWEST)..(rank + 1, Micros::MIN, 0, LOWEST)
}

/// Whether it only changes what was shown, without a sound.
pub fn is_silent(item: &Item) -> bool {
    item.told.kind() == NoticeKind::Changed
}

/// What is new goes before what has failed, or many that cannot be delivered would hold it up.
pub fn key(item: &Item) -> Key {
    let reports = matches!(
        item.told.kind(),
        NoticeKind::ChannelDown | NoticeKind::ChannelBack | NoticeKind::HubTroubled
    );
    let rank = match (item.severity, item.attempts) {
        // Nobody is notified of those, so that they keep nothing waiting.
        _ if is_silent(item) => SILENT,
        // That a channel is down, or the hub about to stop, goes before whatever else there is.
        (_, 0) if reports => 0,
        (Severity::Critical, 0) => 1,
        (Severity::Critical, _) => 2,
        (Severity::Warning, 0) => 3,
        (Severity::Warning, _) => 4,
    };
    (rank, item.next_us, item.cause, item.delivery)
}
