//! What installs it.
