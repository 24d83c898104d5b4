//! The agent that watches one machine: collectors, spool, uplink.
