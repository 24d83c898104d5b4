//! Actors: the registry (the sole appender), sessions, the alerter, the dispatchers.
//!
//! | from | to | what | bound |
//! |---|---|---|---|
//! | socket reader | session | a line | 64 permits a connection |
//! | session | writer | a frame | 256 frames, then disconnected |
//! | session, web, dispatcher | registry | a command | mailbox 16,384 for all, 20,000 waiting, then "busy" |
//! | alerter | registry | a command | 64 under way |
//! | registry | log (runtime) | a batch | one under way, 2,000 commands; the next one decided meanwhile |
//! | dispatcher | channel | a notice | 4 under way, 5,000 new ones waiting, 100,000 in all, then the log is the queue |
//! | registry | everybody, by the tail | recorded events | 8,192 at hand, older ones from the log |
//! | Telegram's listener | registry | a command | one update at a time, 2 pictures being made; buckets for each chat |
//! | revoker | session | stop | one a session |
//! | errands | session | ask for evidence, or say which checks to run | the session's mailbox, else not asked |

pub mod alerter;
pub mod dispatcher;
pub mod handle;
pub mod health;
pub mod registry;
pub mod socket;
pub mod telegram;
mod watching;
