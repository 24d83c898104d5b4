//! Accounts, end to end, by a whole hub and a real SMTP server: how people come to them, the second step,
//! sessions, tokens, pictures, and leaving for good.

mod built;
mod claims;
mod doors;
mod erased;
mod forgetting;
mod joining;
mod leaving;
mod moving;
mod names;
mod patience;
pub mod portrait;
mod rights;
pub mod second_step;
mod strange;
mod way_back;

pub use second_step::{code, turn_on};

use crate::harness::http::Http;
use crate::harness::smtp::{Mail, PASSWORD, SmtpServer, USER};
use crate::harness::wait::PATIENCE;
use crate::web::inside::{Inside, PASSPHRASE};
use serde_json::{Value, json};
use watchroom::actors::handle::Submit as _;
use watchroom::web::Passwords;
use watchroom_domain::{AccountCommand, By, Command, Envelope, Registration, Role, SubjectId};

/// A hub that sends mail, and its owner.
pub struct Room {
    pub inside: Inside,
    pub server: SmtpServer,
    pub owner: Http,
}

impl Room {
    pub async fn new(registration: Registration) -> Self {
        let (inside, server) = (Inside::start().await, SmtpServer::start().await);
        let owner = inside.owner().await;
        let password = inside.secret("smtp", PASSWORD);
        let settings = json!({
            "host": "localhost", "port": server.port, "security": "starttls", "user": USER,
            "password": password, "from": "watch@example.org", "ca_file": server.certs.ca_file(),
        });
        let Value::Object(settings) = settings else { unreachable!() };
        inside.tell(Command::ConfigureChannel { channel: "email".to_owned(), settings }).await;
        let command = AccountCommand::ConfigureAccess { registration, role: Role::Member };
        inside.tell(Command::Account(command)).await;
        Self { inside, server, owner }
    }

    /// The newest letter of this kind to an address: the whole mail, and the path of its link.
    pub async fn letter(&mut self, kind: &str, to: &str) -> (Mail, String) {
        letter(&mut self.server, &self.inside.hub.public_url, kind, to).await
    }

    /// Whether this name and password open a session.
    pub async fn signs_in(&self, login: &str, password: &str) -> Option<Http> {
        let mut visitor = self.inside.web.stranger();
        let answer = visitor.post("/login", &[("login", login), ("password", password)]).await;
        (answer.status == 303).then_some(visitor)
    }
}

/// A room in which Bob has an account with a confirmed address.
pub async fn with_bob() -> (Room, Http) {
    let mut room = Room::new(Registration::Open).await;
    let mut bob = room.inside.web.stranger();
    bob.post("/register", &fields("bob", "bob@example.org")).await;
    let (_, link) = room.letter("confirm", "bob@example.org").await;
    bob.post(&link, &[]).await;
    (room, bob)
}

/// The newest letter of this kind that a server has taken for an address, and the path of its link.
pub async fn letter(server: &mut SmtpServer, public_url: &str, kind: &str, to: &str) -> (Mail, String) {
    let start = format!("{public_url}/{kind}/");
    let is_it = |mail: &Mail| mail.to == [to] && mail.text.as_ref().is_some_and(|text| text.contains(&start));
    server.mail("a letter", PATIENCE, is_it).await;
    let mail = server.mails().await.iter().rfind(|mail| is_it(mail)).unwrap().clone();
    let text = mail.text.clone().unwrap();
    let link = text.split_whitespace().find(|word| word.starts_with(&start)).unwrap().to_owned();
    let path = link.strip_prefix(public_url).unwrap().to_owned();
    (mail, path)
}

/// The fields of an account, as somebody types them.
pub fn fields<'a>(login: &'a str, mail: &'a str) -> Vec<(&'a str, &'a str)> {
    let (name, sex, phone) = ("Bob B.", "male", "+41 44 000 00 00");
    let typed = [("login", login), ("name", name), ("mail", mail), ("sex", sex), ("phone", phone)];
    typed.into_iter().chain([("password", PASSPHRASE), ("again", PASSPHRASE)]).collect()
}

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
