//! The audit says from where: of programs with a token, and of strangers.

use super::client::{ask, machine, owned};
use crate::harness::http::Http;
use crate::people::with_bob;
use crate::web::inside::{PASSPHRASE, in_system};
use serde_json::{Value, json};

/// What strangers make happen until they are known; the first of it is also what made the first account.
const STRANGE: [&str; 6] = [
    "PersonRegistered",
    "ConfirmationAwaited",
    "MailConfirmed",
    "LetterRequested",
    "PasswordResetIssued",
    "PasswordChanged",
];

/// The audit as a file: which event, by whom, from where.
async fn audit(owner: &mut Http) -> Vec<Value> {
    let lines = owner.get("/audit/export?format=jsonl").await.body;
    lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn from<'a>(audit: &'a [Value], event: &str) -> Vec<&'a str> {
    let of = audit.iter().filter(|line| line["event"] == event);
    of.map(|line| line["from"].as_str().unwrap()).collect()
}

#[test]
fn what_a_program_does_is_told_with_the_address_that_it_came_from() {
    in_system(async {
        let (inside, mut program) = owned().await;
        for name in ["node-01", "node-02"] {
            program.make("/api/v1/machines", machine(name)).await;
        }
        let mut owner = inside.signed_in("owner").await;
        let told = audit(&mut owner).await;
        let both = "127.0.0.1: token “A program”";
        assert_eq!(from(&told, "MachineRegistered"), [both; 2]);
        assert_eq!(from(&told, "TokenMoved"), [both], "once, as long as it comes from there");
        let page = owner.get("/audit?kind=machines").await.body;
        assert!(page.contains(both), "{page}");
        let csv = owner.get("/audit/export?format=csv").await.body;
        assert!(csv.contains(&format!("\"{both}\"")), "{csv}");
        inside.hub.stop().await;
    });
}

#[test]
fn what_strangers_do_is_told_with_the_address_that_they_came_from() {
    in_system(async {
        let (mut room, _) = with_bob().await;
        let mut stranger = room.inside.web.stranger();
        let mut tell = async |path: &str, body: Value| {
            let answer = ask(&mut stranger, ("POST", path), &[], Some(&body)).await;
            assert!(answer.status < 300, "{path}: {} {}", answer.status, answer.body);
        };
        tell("/api/v1/password-resets", json!({"who": "bob"})).await;
        let (_, link) = room.letter("reset", "bob@example.org").await;
        let typed = [("password", PASSPHRASE), ("again", PASSPHRASE)];
        let set = room.inside.web.stranger().post(&link, &typed).await;
        assert_eq!(set.status, 303, "{}", set.body);
        let told = audit(&mut room.owner).await;
        for event in STRANGE {
            let from = from(&told, event);
            assert!(!from.is_empty() && from.iter().all(|from| *from == "127.0.0.1"), "{event}: {from:?}");
        }
        let mut bob = room.signs_in("bob", PASSPHRASE).await.unwrap();
        assert_eq!(bob.post("/account/leave", &[("current", PASSPHRASE)]).await.status, 303);
        let told = audit(&mut room.owner).await;
        for event in &STRANGE[1..] {
            let from = from(&told, event);
            assert!(!from.is_empty() && from.iter().all(|from| from.is_empty()), "{event}: {from:?}");
        }
        room.inside.hub.stop().await;
    });
}
