//! The append-only log: append, read, cursors, keys, verification. The only SQL beside `views`.
