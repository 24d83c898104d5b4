//! The REST API as programs find it: with tokens and with a browser's session, right and wrong.

mod accounts;
mod client;
mod console;
mod document;
mod errors;
mod once;
mod origins;
mod paging;
mod resources;
mod roles;
mod schema;
mod words;
