//! Signing in: passwords, the secret of the first account, the session's cookie, and patience with guessers.

mod cookie;
mod password;
mod setup;
mod throttle;

pub use cookie::{SESSION_COOKIE, clear_cookie, session_cookie, token_hash};
pub use password::{PasswordError, Passwords, checked_password};
pub use setup::SetupSecret;
pub use throttle::Throttle;
pub(super) use throttle::network;
