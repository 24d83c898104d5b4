//! Schema of the event log, one source for every database.
