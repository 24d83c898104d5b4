//! Building blocks of end-to-end tests: the real programs around the hub, and ways to watch them.
//!
//! - [`child`]: a program with its output read line by line, always ended with the test
//! - [`certs`]: a certificate authority for one test
//! - [`smtp`]: a real SMTP server that keeps what it accepts, and can be told to fail
//! - [`bot_api`]: a double of Telegram's Bot API, with chats that can be read and people who press
//! - [`browser`]: a headless Chromium; tests that use it hold `browser` in their name, so that the
//!   runner lets only one of them run at a time
//! - [`socket`]: a plain client of the JSON-lines socket
//! - [`http`]: a browser without a face, for forms and pages
//! - [`hook`]: a target of webhooks that keeps what it is sent, and can be told to fail
//! - [`live`]: a client of the live feed
//! - [`databases`]: real PostgreSQL and MariaDB servers
//! - [`wait`]: the only place that waits
//!
//! Every wait has a bound, and every failure says what was waited for.

pub mod bot_api;
pub mod browser;
pub mod certs;
pub mod child;
pub mod databases;
pub mod hook;
pub mod http;
pub mod live;
mod selftest;
pub mod smtp;
pub mod socket;
pub mod wait;
