//! Requests with a key: carried out once, however often they come.

use super::client::{Client, JSON, ask, client_of, machine, of_json, owned, problem};
use crate::harness::wait::{PATIENCE, until};
use crate::hub::TestHub;
use crate::web::inside::{Inside, PASSPHRASE, in_system};
use serde_json::{Value, json};
use watchroom_domain::*;

fn key(text: &str) -> [(&str, &str); 1] {
    [("Idempotency-Key", text)]
}

#[test]
fn the_same_request_with_the_same_key_is_carried_out_once() {
    in_system(async {
        let (inside, mut owner) = owned().await;
        let body = machine("node-01");
        let first = owner.send("POST", "/api/v1/machines", &key("a"), Some(&body)).await;
        assert_eq!(first.status, 201, "{}", first.body);
        assert_eq!(first.header("Idempotent-Replayed"), None);
        let position = inside.position();
        for _ in 0..2 {
            let again = owner.send("POST", "/api/v1/machines", &key("a"), Some(&body)).await;
            assert_eq!((again.status, &again.body), (201, &first.body));
            assert_eq!(again.header("Location"), first.header("Location"));
            assert_eq!(again.header("Content-Type"), first.header("Content-Type"));
            assert_eq!(again.header("Idempotent-Replayed"), Some("true"));
        }
        assert_eq!(inside.position(), position, "nothing more was recorded");
        let other = owner.send("POST", "/api/v1/machines", &key("a"), Some(&machine("node-02"))).await;
        assert_eq!((other.status, problem(&other).as_str()), (422, "key_reused"));
        let elsewhere = owner.send("POST", "/api/v1/groups", &key("a"), Some(&json!({"name": "x"}))).await;
        assert_eq!((elsewhere.status, problem(&elsewhere).as_str()), (422, "key_reused"));
        // What was refused stays refused under its key, and another key is judged anew.
        let taken = owner.send("POST", "/api/v1/machines", &key("b"), Some(&body)).await;
        assert_eq!((taken.status, problem(&taken).as_str()), (409, "name_taken"));
        let path = format!("/api/v1/machines/{}", of_json(&first)["id"].as_str().unwrap());
        assert_eq!(owner.send("DELETE", &path, &[], None).await.status, 204);
        let still = owner.send("POST", "/api/v1/machines", &key("b"), Some(&body)).await;
        assert_eq!((still.status, problem(&still).as_str()), (409, "name_taken"));
        let anew = owner.send("POST", "/api/v1/machines", &key("c"), Some(&body)).await;
        assert_eq!(anew.status, 201);
        assert_ne!(of_json(&anew)["id"], of_json(&first)["id"]);
        inside.hub.stop().await;
    });
}

#[test]
fn a_key_is_its_askers_own_and_well_formed() {
    in_system(async {
        let (inside, mut owner) = owned().await;
        let mut other = client_of(&inside, "administrator", &TokenScope::ALL).await;
        for client in [&mut owner, &mut other] {
            let name = format!("group of {}", &client.token[4..12]);
            let made =
                client.send("POST", "/api/v1/groups", &key("same"), Some(&json!({"name": name}))).await;
            assert_eq!(made.status, 201, "{}", made.body);
        }
        let long = "k".repeat(256);
        for wrong in ["", "with space", "käse", long.as_str()] {
            let made = owner.send("POST", "/api/v1/groups", &key(wrong), Some(&json!({"name": "x"}))).await;
            assert_eq!((made.status, problem(&made).as_str()), (400, "bad_header"), "{wrong:?}");
        }
        let twice = [key("a")[0], key("b")[0]];
        let made = owner.send("POST", "/api/v1/groups", &twice, Some(&json!({"name": "x"}))).await;
        assert_eq!(made.status, 400);
        inside.hub.stop().await;
    });
}

#[test]
fn a_stranger_pushes_out_keys_of_the_own_address_and_is_never_refused() {
    in_system(async {
        let (inside, _) = owned().await;
        let mut stranger = inside.web.stranger();
        let nobody = json!({"login": "nobody", "password": 7});
        let mut again = async |n: usize| {
            let name = format!("key-{n}");
            let answer = ask(&mut stranger, ("POST", "/api/v1/sessions"), &key(&name), Some(&nobody)).await;
            assert_eq!(answer.status, 422, "{}", answer.body);
            answer.header("Idempotent-Replayed").is_some()
        };
        for n in 0..60 {
            assert!(!again(n).await, "{n} is new");
        }
        for n in [10, 59] {
            assert!(again(n).await, "{n} is kept");
        }
        assert!(!again(9).await, "it was let go");
        inside.hub.stop().await;
    });
}

#[test]
fn who_signs_in_twice_by_one_key_gets_every_cookie_again() {
    in_system(async {
        let inside = Inside::start().await;
        inside.owner().await;
        let mut visitor = inside.web.stranger();
        let typed = json!({"login": "ada", "password": PASSPHRASE});
        let mut first = Vec::new();
        for replayed in [None, Some("true")] {
            let answer = ask(&mut visitor, ("POST", "/api/v1/sessions"), &key("in"), Some(&typed)).await;
            assert_eq!(
                (answer.status, answer.header("Idempotent-Replayed")),
                (201, replayed),
                "{}",
                answer.body
            );
            let cookies: Vec<_> = answer.headers("Set-Cookie").map(str::to_owned).collect();
            let begin = |name: &str| cookies.iter().any(|cookie| cookie.starts_with(name));
            assert!(begin("__Host-watchroom=") && begin("__Host-known="), "{cookies:?}");
            assert!(first.is_empty() || first == cookies, "{first:?} {cookies:?}");
            first = cookies;
            // As somebody whose first answer was lost: nothing of it is known.
            visitor.cookies().clear();
        }
        inside.hub.stop().await;
    });
}

#[test]
fn of_two_at_once_one_is_carried_out() {
    in_system(async {
        let (inside, owner) = owned().await;
        let position = inside.position();
        let tries = (0..8).map(|_| {
            let mut client = Client::new(inside.web.stranger(), &owner.token);
            async move {
                client.send("POST", "/api/v1/groups", &key("at-once"), Some(&json!({"name": "x"}))).await
            }
        });
        let answers = futures_util::future::join_all(tries).await;
        let made: Vec<_> = answers.iter().filter(|answer| answer.status == 201).collect();
        assert!(!made.is_empty());
        assert!(made.iter().all(|answer| answer.body == made[0].body), "{answers:?}");
        for answer in answers.iter().filter(|answer| answer.status != 201) {
            assert_eq!((answer.status, problem(answer).as_str()), (409, "under_way"));
            assert!(answer.header("Retry-After").is_some());
        }
        assert_eq!(inside.position(), position + 2, "the group, and from where the token was used");
        inside.hub.stop().await;
    });
}

/// Somebody whose connection breaks while the hub works on the request, and who asks again.
#[test]
fn a_sender_that_goes_away_finds_the_answer_later() {
    use tokio::io::AsyncWriteExt as _;
    in_system(async {
        let (inside, owner) = owned().await;
        let body = json!({"name": "left alone"}).to_string();
        let request = format!(
            "POST /api/v1/groups HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\nIdempotency-Key: gone\r\n{}: {}\r\n\
             Content-Length: {}\r\n\r\n{body}",
            owner.token,
            JSON.0,
            JSON.1,
            body.len()
        );
        let mut line = inside.web.connect().await;
        line.write_all(request.as_bytes()).await.unwrap();
        line.flush().await.unwrap();
        let views = inside.hub.core.views.clone();
        until("the group", PATIENCE, async || {
            views.with(|s| s.access.groups.values().any(|g| g.name == "left alone").then_some(()))
        })
        .await;
        drop(line);
        let position = inside.position();
        let again = until("the answer", PATIENCE, async || {
            let mut client = Client::new(inside.web.stranger(), &owner.token);
            let body: Value = serde_json::from_str(&body).unwrap();
            let answer = client.send("POST", "/api/v1/groups", &key("gone"), Some(&body)).await;
            (answer.status == 201).then_some(answer)
        })
        .await;
        assert_eq!(again.header("Idempotent-Replayed"), Some("true"));
        assert_eq!(inside.position(), position);
        inside.hub.stop().await;
    });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_holds_over_a_restart() {
    let mut hub = TestHub::owned().await;
    let own = hub.web.origin();
    let body = json!({"name": "kept"}).to_string();
    let headers = [("Origin", own.as_str()), JSON, ("Idempotency-Key", "over-a-restart")];
    let first = hub.web.send("POST", "/api/v1/groups", &headers, &body).await;
    assert_eq!(first.status, 201, "{}", first.body);
    assert!(hub.stop().await.success());
    hub.restart().await;
    let again = hub.web.send("POST", "/api/v1/groups", &headers, &body).await;
    assert_eq!((again.status, &again.body), (201, &first.body));
    assert_eq!(again.header("Idempotent-Replayed"), Some("true"));
    hub.kill();
    hub.restart().await;
    let again = hub.web.send("POST", "/api/v1/groups", &headers, &body).await;
    assert_eq!((again.status, &again.body), (201, &first.body));
    assert_eq!(hub.events("GroupAdded").len(), 1);
    hub.stop().await;
}
