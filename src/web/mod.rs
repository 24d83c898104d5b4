//! The console: pages, their texts in every language, and the files that a browser loads.
//!
//! What is shown is a plain struct of [`view`], filled by a handler and rendered by askama; every
//! word of it comes from the catalogue of [`i18n`], every number and time through [`mod@format`].

pub mod assets;
pub mod format;
pub mod i18n;
pub mod view;
