//! Accounts by the API alone, against a real hub that sends real mail.

use super::client::{Client, ask, client_of, of_json, owned, problem};
use crate::harness::http::{Answer, Http};
use crate::people::second_step::code;
use crate::people::{Room, with_password};
use crate::web::inside::{Inside, PASSPHRASE, in_system};
use serde_json::{Value, json};
use watchroom::clock::Clock as _;
use watchroom_domain::*;

async fn post(visitor: &mut Http, path: &str, body: Value) -> Answer {
    ask(visitor, ("POST", path), &[], Some(&body)).await
}

/// A POST that has no body.
async fn act(visitor: &mut Http, path: &str) -> Answer {
    ask(visitor, ("POST", path), &[], None).await
}

async fn read(visitor: &mut Http, path: &str) -> Value {
    let answer = visitor.get(path).await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.body);
    of_json(&answer)
}

/// Status, code and the first wrong value of a problem.
fn wrong(answer: &Answer) -> (u16, String, Value) {
    (answer.status, problem(answer), of_json(answer)["errors"][0]["pointer"].clone())
}

fn by(login: &str, password: &str) -> Value {
    json!({"login": login, "password": password})
}

async fn signed_in(inside: &Inside, login: &str, password: &str) -> Http {
    let mut visitor = inside.web.stranger();
    let answer = post(&mut visitor, "/api/v1/sessions", by(login, password)).await;
    assert_eq!(answer.status, 201, "{}", answer.body);
    visitor
}

#[test]
fn somebody_registers_confirms_and_lives_there_by_the_api_alone() {
    in_system(async {
        let mut room = Room::new(Registration::Open).await;
        let mut bob = room.inside.web.stranger();
        let bobs =
            json!({"login": "bob", "name": "Bob B.", "mail": "bob@example.org", "password": PASSPHRASE});
        let foreign = [("Content-Type", "application/json"), ("Origin", "https://evil.example")];
        let refused = bob.send("POST", "/api/v1/registrations", &foreign, &bobs.to_string()).await;
        assert_eq!((refused.status, problem(&refused).as_str()), (403, "forbidden"));
        let short = json!({"login": "bob", "mail": "bob@example.org", "password": "short"});
        let refused = post(&mut bob, "/api/v1/registrations", short).await;
        assert_eq!(wrong(&refused), (422, "password_short".into(), json!("/password")));
        let made = post(&mut bob, "/api/v1/registrations", bobs.clone()).await;
        assert_eq!((made.status, of_json(&made)["waits"].clone()), (201, json!(true)), "{}", made.body);
        let again = post(&mut bob, "/api/v1/registrations", bobs.clone()).await;
        assert_eq!((again.status, of_json(&again)), (201, of_json(&made)), "handed in twice, made once");
        let others = json!({"login": "BOB", "mail": "eve@example.org", "password": PASSPHRASE});
        let taken = post(&mut bob, "/api/v1/registrations", others).await;
        assert_eq!(wrong(&taken), (409, "login_taken".into(), json!("/login")));

        let opened = post(&mut bob, "/api/v1/sessions", by("bob", PASSPHRASE)).await;
        assert_eq!((opened.status, of_json(&opened)["waits"].clone()), (201, json!(true)));
        assert_eq!(bob.get("/api/v1/account").await.status, 403, "nothing before the address is confirmed");
        assert_eq!(act(&mut bob, "/api/v1/account/confirmation-letters").await.status, 204);
        let (_, path) = room.letter("confirm", "bob@example.org").await;
        let secret = path.rsplit('/').next().unwrap().to_owned();
        let confirmed = post(&mut bob, "/api/v1/mail-confirmations", json!({"secret": "x"})).await;
        assert_eq!(wrong(&confirmed), (422, "link_over".into(), json!("/secret")));
        let mut newest = secret;
        while post(&mut bob, "/api/v1/mail-confirmations", json!({"secret": newest})).await.status != 204 {
            newest = room.letter("confirm", "bob@example.org").await.1.rsplit('/').next().unwrap().to_owned();
            actix_rt::task::yield_now().await;
        }

        let account = read(&mut bob, "/api/v1/account").await;
        assert_eq!((&account["mail_confirmed"], &account["role"]), (&json!(true), &json!("member")));
        let patch = json!({"phone": "+41 44 000 00 00", "sex": "male", "name": null});
        let changed = ask(&mut bob, ("PATCH", "/api/v1/account"), &[], Some(&patch)).await;
        let told = of_json(&changed);
        assert_eq!(
            (&told["name"], &told["sex"], &told["mail"]),
            (&json!("bob"), &json!("male"), &account["mail"])
        );
        let moved = json!({"mail": "other@example.org"});
        let refused = ask(&mut bob, ("PATCH", "/api/v1/account"), &[], Some(&moved)).await;
        assert_eq!(wrong(&refused), (422, "password_wrong".into(), json!("/current_password")));
        let moved = json!({"mail": "other@example.org", "current_password": PASSPHRASE});
        let begun = ask(&mut bob, ("PATCH", "/api/v1/account"), &[], Some(&moved)).await;
        assert_eq!(of_json(&begun)["pending_mail"], "other@example.org", "{}", begun.body);

        let mut elsewhere = signed_in(&room.inside, "bob", PASSPHRASE).await;
        let sessions = read(&mut bob, "/api/v1/sessions").await;
        assert_eq!(sessions["items"].as_array().unwrap().len(), 2);
        assert_eq!(act(&mut bob, "/api/v1/sessions/close-others").await.status, 204);
        assert_eq!(elsewhere.get("/api/v1/account").await.status, 401);
        let own = read(&mut bob, "/api/v1/sessions").await["items"][0].clone();
        assert_eq!(own["current"], true);
        let path = format!("/api/v1/sessions/{}", own["id"].as_str().unwrap());
        assert_eq!(ask(&mut bob, ("DELETE", &path), &[], None).await.status, 204);
        assert_eq!(bob.get("/api/v1/account").await.status, 401);
        room.inside.hub.stop().await;
    });
}

#[test]
fn the_second_step_is_turned_on_shown_and_turned_off() {
    in_system(async {
        let inside = Inside::with_people(&[("bob", Role::Member)]).await;
        let mut bob = with_password(&inside, "bob").await;
        inside.clock.stop();
        let secret = of_json(&act(&mut bob, "/api/v1/two-step/secrets").await)["secret"].clone();
        let now = |inside: &Inside| code(secret.as_str().unwrap(), inside.clock.now_us());
        let mut input =
            json!({"secret": secret, "code": now(&inside), "current_password": "a guess of mine"});
        let refused = post(&mut bob, "/api/v1/two-step", input.clone()).await;
        assert_eq!(wrong(&refused), (422, "password_wrong".into(), json!("/current_password")));
        input["current_password"] = json!(PASSPHRASE);
        let on = post(&mut bob, "/api/v1/two-step", input).await;
        let codes = of_json(&on)["recovery_codes"].clone();
        assert_eq!(codes.as_array().map(Vec::len), Some(RECOVERY_CODES), "{}", on.body);
        assert_eq!(read(&mut bob, "/api/v1/two-step").await["on"], true);

        inside.clock.forward(SECOND_FACTOR_STEP_US);
        let mut visitor = inside.web.stranger();
        let path = "/api/v1/sessions";
        let unshown = post(&mut visitor, path, by("bob", PASSPHRASE)).await;
        assert_eq!(wrong(&unshown), (422, "code_missing".into(), json!("/code")));
        let with = |code: &str| json!({"login": "bob", "password": PASSPHRASE, "code": code});
        let refused = post(&mut visitor, path, with("000000")).await;
        assert_eq!(wrong(&refused), (422, "code_wrong".into(), json!("/code")));
        assert_eq!(visitor.get("/api/v1/account").await.status, 401, "the password alone opens nothing");
        // A guess at the password is told nothing of the second step.
        let guess = json!({"login": "bob", "password": "a guess of mine", "code": now(&inside)});
        assert_eq!(problem(&post(&mut visitor, path, guess).await), "login_wrong");
        let opened = post(&mut visitor, path, with(&now(&inside))).await;
        assert_eq!(opened.status, 201, "{}", opened.body);
        let by_recovery = post(&mut visitor, path, with(codes[0].as_str().unwrap())).await;
        assert_eq!(by_recovery.status, 201, "{}", by_recovery.body);
        let off = json!({"code": codes[1], "current_password": PASSPHRASE});
        assert_eq!(post(&mut visitor, "/api/v1/two-step/off", off).await.status, 204);
        assert_eq!(read(&mut visitor, "/api/v1/account").await["two_step"], false);
        inside.hub.stop().await;
    });
}

#[test]
fn guessers_are_answered_alike_and_wait_at_every_door() {
    in_system(async {
        let inside = Inside::with_people(&[("bob", Role::Member)]).await;
        with_password(&inside, "bob").await;
        inside.clock.stop();
        let mut visitor = inside.web.stranger();
        let known = post(&mut visitor, "/api/v1/sessions", by("bob", "a guess of mine")).await;
        let unknown = post(&mut visitor, "/api/v1/sessions", by("nobody", "a guess of mine")).await;
        assert_eq!(
            (known.status, &known.body),
            (422, &unknown.body),
            "a wrong name reads like a wrong password"
        );
        for _ in 0..6 {
            post(&mut visitor, "/api/v1/sessions", by("bob", "a guess of mine")).await;
        }
        let late = post(&mut visitor, "/api/v1/sessions", by("bob", PASSPHRASE)).await;
        assert_eq!((late.status, problem(&late).as_str()), (429, "too_many_tries"));
        assert!(late.header("Retry-After").is_some());
        let form = [("login", "bob"), ("password", PASSPHRASE)];
        assert_eq!(visitor.post("/login", &form).await.status, 429, "and so does the console");
        inside.hub.stop().await;
    });
}

#[test]
fn somebody_is_invited_joins_forgets_the_password_and_leaves() {
    in_system(async {
        let mut room = Room::new(Registration::Invitation).await;
        let own = of_json(&room.owner.get("/api/v1/account").await)["id"].clone();
        let made =
            post(&mut room.owner, "/api/v1/invitations", json!({"role": "operator", "days": 31})).await;
        assert_eq!(wrong(&made).2, "/days");
        let made = post(
            &mut room.owner,
            "/api/v1/invitations",
            json!({"role": "operator", "mail": "eve@example.org"}),
        )
        .await;
        let invitation = of_json(&made);
        assert_eq!(
            (made.status, &invitation["state"], &invitation["invited_by"]),
            (201, &json!("open"), &own)
        );
        let secret = invitation["link"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
        let mut eve = room.inside.web.stranger();
        let mut account = json!({"login": "eve", "mail": "eve@example.org", "password": PASSPHRASE});
        let refused = post(&mut eve, "/api/v1/registrations", account.clone()).await;
        assert_eq!((refused.status, problem(&refused).as_str()), (409, "invitation_needed"));
        account["secret"] = json!(secret);
        let joined = post(&mut eve, "/api/v1/registrations", account.clone()).await;
        assert_eq!(
            (joined.status, of_json(&joined)["waits"].clone()),
            (201, json!(false)),
            "{}",
            joined.body
        );
        account["login"] = json!("again");
        let twice = post(&mut eve, "/api/v1/registrations", account).await;
        assert_eq!(wrong(&twice), (422, "link_over".into(), json!("/secret")));
        let used = read(&mut room.owner, made.location()).await;
        assert_eq!((&used["state"], &used["link"]), (&json!("used"), &Value::Null));
        let withdraw = format!("{}/withdraw", made.location());
        assert_eq!(act(&mut room.owner, &withdraw).await.status, 409);

        for who in ["nobody", "eve"] {
            assert_eq!(post(&mut eve, "/api/v1/password-resets", json!({"who": who})).await.status, 204);
        }
        let (_, path) = room.letter("reset", "eve@example.org").await;
        let other = "another long passphrase";
        let reset = |secret: &str| json!({"secret": secret, "password": other});
        let complete = "/api/v1/password-resets/complete";
        assert_eq!(wrong(&post(&mut eve, complete, reset("x")).await).1, "link_over");
        assert_eq!(post(&mut eve, complete, reset(path.rsplit('/').next().unwrap())).await.status, 204);
        let mut eve = signed_in(&room.inside, "eve", other).await;
        let change = json!({"current_password": other, "password": PASSPHRASE});
        assert_eq!(ask(&mut eve, ("PUT", "/api/v1/account/password"), &[], Some(&change)).await.status, 204);
        assert_eq!(eve.get("/api/v1/account").await.status, 401, "every session ends");
        let mut eve = signed_in(&room.inside, "eve", PASSPHRASE).await;
        let person = of_json(&eve.get("/api/v1/account").await)["id"].as_str().unwrap().to_owned();
        let leave = json!({"current_password": PASSPHRASE});
        assert_eq!(post(&mut eve, "/api/v1/account/leave", leave).await.status, 204);
        assert_eq!(room.owner.get(&format!("/api/v1/people/{person}")).await.status, 404);
        room.inside.hub.stop().await;
    });
}

#[test]
fn walls_settings_and_keys_of_those_who_sign_in() {
    in_system(async {
        let (inside, mut owner) = owned().await;
        let (wall, path) = owner.make("/api/v1/walls", json!({"name": "Room 204"})).await;
        let address = wall["address"].as_str().unwrap().strip_prefix(&inside.hub.public_url).unwrap();
        let mut screen = inside.web.stranger();
        assert_eq!(screen.get(address).await.status, 200);
        assert!(owner.read(&path).await.get("address").is_none(), "told once");
        assert_eq!(owner.send("DELETE", &path, &[], None).await.status, 204);
        assert!(
            screen.get(address).await.body.contains("revoked") || screen.get(address).await.status != 200
        );

        let access = json!({"registration": "invitation", "role": "viewer"});
        let mut admin = client_of(&inside, "administrator", &TokenScope::ALL).await;
        let path = "/api/v1/settings/access";
        assert_eq!(admin.send("PUT", path, &[], Some(&access)).await.status, 403, "for owners");
        assert_eq!(of_json(&owner.send("PUT", path, &[], Some(&access)).await), access);
        let open = json!({"registration": "open", "role": "viewer"});
        assert_eq!(wrong(&owner.send("PUT", path, &[], Some(&open)).await).2, "/registration");

        with_password(&inside, "member").await;
        let mut visitor = inside.web.stranger();
        let key = [("Idempotency-Key", "once")];
        let body = by("member", PASSPHRASE);
        let first = ask(&mut visitor, ("POST", "/api/v1/sessions"), &key, Some(&body)).await;
        let session = visitor.cookies()["__Host-watchroom"].clone();
        visitor.cookies().clear();
        let again = ask(&mut visitor, ("POST", "/api/v1/sessions"), &key, Some(&body)).await;
        assert_eq!((again.status, &again.body), (201, &first.body));
        assert_eq!(again.header("Idempotent-Replayed"), Some("true"));
        let again = &visitor.cookies()["__Host-watchroom"];
        assert_eq!(again, &session, "the same session, whose cookie was lost on the way");
        let mut stranger = Client::new(inside.web.stranger(), "wrt_wrong");
        assert_eq!(stranger.get("/api/v1/sessions").await.status, 401);
        inside.hub.stop().await;
    });
}

#[test]
fn a_picture_is_put_read_and_taken_away() {
    use crate::people::portrait;
    in_system(async {
        let (inside, mut owner) = owned().await;
        let mut member = inside.signed_in("member").await;
        let mut other = inside.signed_in("outsider").await;
        let mut png = std::io::Cursor::new(Vec::new());
        let red = image::RgbImage::from_pixel(600, 300, image::Rgb([200, 0, 0]));
        image::DynamicImage::from(red).write_to(&mut png, image::ImageFormat::Png).unwrap();
        let put = async |visitor: &Http, kind: &str, file: &[u8]| {
            let (host, length) = (visitor.origin().replace("https://", ""), file.len());
            let head = format!(
                "PUT /api/v1/account/picture HTTP/1.1\r\nHost: {host}\r\nOrigin: {}\r\nContent-Type: {kind}\r\n\
                 Content-Length: {length}\r\n",
                visitor.origin()
            );
            portrait::ask(visitor, head, file).await.0
        };
        let refused = [("text/html", b"x".to_vec(), 415), ("image/png", b"<svg/>".to_vec(), 422)];
        for (kind, file, status) in refused {
            let head = put(&member, kind, &file).await;
            assert!(head.starts_with(&format!("HTTP/1.1 {status}")), "{head}");
        }
        let large = put(&member, "image/png", &vec![0; (5 << 20) + 1]).await;
        assert!(large.starts_with("HTTP/1.1 413"), "{large}");
        let path = format!("/api/v1/people/{}/picture", SubjectId::derived(&["member"]));
        assert_eq!(member.get(&path).await.status, 404);
        assert!(put(&member, "image/png", png.get_ref()).await.starts_with("HTTP/1.1 204"));
        let host = member.origin().replace("https://", "");
        let (head, jpeg) =
            portrait::ask(&member, format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n"), b"").await;
        assert!(head.contains("image/jpeg") && jpeg.starts_with(&[0xff, 0xd8, 0xff]), "{head}");
        assert_eq!(owner.get(&path).await.status, 200);
        assert_eq!(other.get(&path).await.status, 404, "not there for whoever does not manage people");
        assert_eq!(ask(&mut member, ("DELETE", "/api/v1/account/picture"), &[], None).await.status, 204);
        assert_eq!(ask(&mut member, ("DELETE", "/api/v1/account/picture"), &[], None).await.status, 404);
        inside.hub.stop().await;
    });
}

#[test]
fn a_password_is_checked_while_nobody_waits_for_it() {
    in_system(async {
        let inside = Inside::with_people(&[("bob", Role::Member)]).await;
        let mut bob = with_password(&inside, "bob").await;
        let change = ("PATCH", "/api/v1/account");
        let moved = |password: &str| json!({"mail": "other@example.org", "current_password": password});
        let turn = inside.hub.core.changes.lock().await;
        let refused = ask(&mut bob, change, &[], Some(&moved("a guess of mine"))).await;
        assert_eq!(wrong(&refused), (422, "password_wrong".into(), json!("/current_password")));
        drop(turn);
        let begun = ask(&mut bob, change, &[], Some(&moved(PASSPHRASE))).await;
        assert_eq!(of_json(&begun)["mail"], "other@example.org", "{}", begun.body);
        inside.hub.stop().await;
    });
}

#[test]
fn a_token_reads_no_link_by_which_somebody_becomes_as_mighty_as_its_person() {
    in_system(async {
        let inside = Inside::with_people(&[("owner", Role::Owner)]).await;
        let access =
            AccountCommand::ConfigureAccess { registration: Registration::Invitation, role: Role::Member };
        inside.tell(Command::Account(access)).await;
        let mut owner = inside.signed_in("owner").await;
        let mut program = client_of(&inside, "owner", &TokenScope::ALL).await;
        for (role, told) in [("administrator", false), ("owner", false), ("operator", true)] {
            let made = post(&mut owner, "/api/v1/invitations", json!({"role": role})).await;
            assert_eq!(made.status, 201, "{}", made.body);
            assert!(of_json(&made)["link"].is_string(), "{}", made.body);
            let path = made.location().to_owned();
            assert_eq!(program.read(&path).await["link"].is_string(), told, "{role}");
            assert!(read(&mut owner, &path).await["link"].is_string(), "{role}");
            let again = program.send("POST", &format!("{path}/send-again"), &[], None).await;
            assert_eq!(again.status, if told { 200 } else { 403 }, "{role}: {}", again.body);
        }
        inside.hub.stop().await;
    });
}
