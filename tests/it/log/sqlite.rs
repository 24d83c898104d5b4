//! What holds in SQLite's file: nothing is changed, nothing personal is in plain, everything stays.
