//! Notification channels: one file and one config struct each. Retry, limits, redaction and receipts
//! live once, in the dispatcher. Channels never see the database.
