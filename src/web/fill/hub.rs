//! What is wrong with the hub itself, in words that say what to do.

use crate::actors::health::{Health, words};
use crate::web::format::Locale;
use crate::web::view::{Notice, State};

/// What stands above every page while a part of the hub does not work, or needs somebody.
pub fn hub_troubles(health: &Health, l: &Locale) -> Vec<Notice> {
    let worst = health.faults().into_iter().map(|said| (said, State::Crit));
    let others = health.concerns().into_iter().map(|said| (said, State::Warn));
    let notice = |((part, why), state)| Notice { state, text: text(l, part, why) };
    worst.chain(others).map(notice).collect()
}

fn text(l: &Locale, part: &'static str, why: &'static str) -> String {
    let key = match (part, why) {
        (words::RECORDING, _) => "health-recording",
        (words::READ_MODELS, _) => "health-read-models",
        (words::DISK, words::FULL) => "health-disk-full",
        (words::DISK, words::LITTLE_ROOM) => "health-disk-little-room",
        (words::DISK, words::LARGE_WAL) => "health-disk-large-wal",
        (words::TELEGRAM, words::RIVAL) => "health-telegram-rival",
        (words::TELEGRAM, words::TOKEN) => "health-telegram-token",
        // Parts are begun again by themselves; their names are those of the hub's log lines.
        _ => return l.t1("health-part", "part", part),
    };
    l.t(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_fault_says_what_to_do_and_the_worst_stand_first() {
        let health = Health::default();
        health.concern(words::DISK, words::LITTLE_ROOM);
        health.fault(words::RECORDING, "the last batch could not be recorded");
        health.fault("alerter", "ended, and starts over");
        let said = hub_troubles(&health, &Locale::default());
        let states: Vec<_> = said.iter().map(|n| n.state).collect();
        assert_eq!(states, [State::Crit, State::Crit, State::Warn]);
        assert!(said[0].text.contains("alerter"), "{}", said[0].text);
        assert!(said[1].text.contains("Nothing can be recorded"), "{}", said[1].text);
        assert!(said[2].text.contains("Make room"), "{}", said[2].text);
    }
}
