//! The console as somebody with a browser finds it: the real program, a real Chromium, real mail.
//!
//! The runner lets one of these tests run at a time, by the `browser` in their names.

mod accounts;
mod axe;
mod guests;
mod journey;
mod lists;
mod pages;
mod scene;
mod tour;
mod wall;
