//! Running a hub for years: backups, metrics, reloading, and what installs it.

mod backup;
mod metrics;
mod packaging;
mod people;
mod reload;
mod testssl;
