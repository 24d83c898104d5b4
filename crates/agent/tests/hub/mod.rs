//! A scripted hub.
