//! Frames of Watchroom's socket protocol, telemetry bodies, TLS identity and join tokens.
