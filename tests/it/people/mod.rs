//! Accounts, end to end: the second step, sessions, tokens, pictures, and leaving for good.

mod doors;
mod leaving;
mod portrait;
mod second_step;

use crate::harness::http::Http;
use crate::web::inside::{Inside, PASSPHRASE};
use watchroom::actors::handle::Submit as _;
use watchroom::web::Passwords;
use watchroom_domain::*;

pub fn id(name: &str) -> SubjectId {
    SubjectId::derived(&[name])
}

/// Gives somebody whom the log knows a password, and signs them in with it.
pub async fn with_password(inside: &Inside, name: &str) -> Http {
    let passwords = Passwords::new(inside.hub.core.runtime.clone()).unwrap();
    let password_phc = passwords.hash(PASSPHRASE.to_owned()).await.unwrap();
    let command = Command::ChangePassword { person: id(name), password_phc };
    inside.hub.core.registry.submit(Envelope::new(By::Person(id(name)), command)).await.unwrap();
    let mut visitor = inside.web.stranger();
    let answer = visitor.post("/login", &[("login", name), ("password", PASSPHRASE)]).await;
    assert_eq!((answer.status, answer.location()), (303, "/machines"), "{}", answer.body);
    visitor
}
