//! Signing in: passwords, the secret of the first account, the session's cookie, and patience with guessers.

mod browser;
mod cookie;
mod device;
mod halfway;
mod password;
mod setup;
mod throttle;
pub mod totp;
mod used;
mod wait;

pub use browser::browser;
pub use cookie::{SESSION_COOKIE, clear_cookie, session_cookie, token_hash};
pub use device::{DEVICE_COOKIE, Owner, device_cookie, is_known, stays_known};
pub use halfway::{HALFWAY_COOKIE, Half, Halfway, clear_halfway};
pub use password::{PasswordError, Passwords, checked_password};
pub use setup::SetupSecret;
pub(super) use throttle::network;
pub use throttle::{Throttle, Try};
pub use used::{SessionsUsed, TokensUsed};
pub use wait::{after, too_many};
