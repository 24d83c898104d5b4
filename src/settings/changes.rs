//! What differs between two settings, and what of it can be used without a new start.

use super::Settings;

/// One setting that is another now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    /// Its key.
    pub key: &'static str,
    /// Whether a running hub takes it over.
    pub at_once: bool,
}

macro_rules! keys {
    ($($area:ident { $($key:ident $when:ident),* })*) => {
        /// Every setting that differs.
        fn changes(one: &Settings, other: &Settings) -> Vec<Change> {
            let mut changes = Vec::new();
            $($(if one.$area.$key != other.$area.$key {
                let key = concat!(stringify!($area), ".", stringify!($key));
                changes.push(Change { key, at_once: keys!(@ $when) });
            })*)*
            changes
        }

        #[cfg(test)]
        const KEYS: &[&str] = &[$($(concat!(stringify!($area), ".", stringify!($key))),*),*];
    };
    (@ at_once) => { true };
    (@ at_start) => { false };
}

keys! {
    hub { data_dir at_start, public_url at_start, language at_start, time_zone at_start, currency at_start }
    console {
        listen at_start, certificate at_once, private_key at_once, plain_http at_start, trusted_proxies at_once,
        session_hours at_once, requests_per_account at_once, requests_per_address at_once
    }
    socket { listen at_start, addresses at_start, max_connections at_start }
    database { url at_start, password at_start }
    log { master_key at_start }
    agent { interval_s at_start }
    secrets { folders at_once, variables at_once }
    metrics { token at_once }
}

impl Settings {
    /// What is another in the newer settings, in the order of the file.
    pub fn changes(&self, newer: &Self) -> Vec<Change> {
        changes(self, newer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::check::known_keys;
    use crate::settings::load;

    #[test]
    fn every_setting_is_known_here() {
        let mut known: Vec<_> = known_keys().into_iter().filter(|key| key.contains('.')).collect();
        let mut here: Vec<_> = KEYS.iter().map(|key| (*key).to_owned()).collect();
        known.sort();
        here.sort();
        assert_eq!(here, known);
    }

    #[test]
    fn what_changed_is_named_and_nothing_else() {
        let set = |key: &str, value: &str| load(None, &[(key.to_owned(), value.to_owned())]).unwrap();
        let before = load(None, &[]).unwrap();
        assert_eq!(before.changes(&before.clone()), []);
        let changes = before.changes(&set("WATCHROOM__CONSOLE__SESSION_HOURS", "3"));
        assert_eq!(changes, [Change { key: "console.session_hours", at_once: true }]);
        let changes = before.changes(&set("WATCHROOM__CONSOLE__LISTEN", "127.0.0.1:1"));
        assert_eq!(changes, [Change { key: "console.listen", at_once: false }]);
    }
}
