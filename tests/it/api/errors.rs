//! Whatever goes wrong under /api is told as a problem, never as a page.

use super::client::{Client, JSON, client_of, machine, of_json, owned, problem};
use crate::harness::http::{Answer, FORM};
use crate::web::inside::in_system;
use serde_json::json;
use watchroom_domain::*;

/// A problem with this status and code.
fn is(answer: &Answer, status: u16, code: &str) {
    assert_eq!((answer.status, problem(answer).as_str()), (status, code), "{}", answer.body);
    assert!(!answer.body.contains('<'), "{}", answer.body);
}

#[test]
fn what_goes_wrong_is_told_as_a_problem() {
    in_system(async {
        let (inside, mut owner) = owned().await;
        for path in
            ["/api/nothing", "/api/v1/", "/api/v1/nothing", "/api/v2/machines", "/api/v1/machines/1/x"]
        {
            is(&owner.get(path).await, 404, "not_found");
        }
        for path in ["/api/v1/machines/1", "/api/v1/machines/01999999-0000-7000-8000-000000000000"] {
            is(&owner.get(path).await, 404, "not_found");
        }
        let other = owner.send("DELETE", "/api/v1/machines", &[], None).await;
        is(&other, 405, "method_not_allowed");
        assert_eq!(other.header("Allow"), Some("GET, HEAD, POST"));
        let text = owner.send("POST", "/api/v1/machines", &[("Content-Type", "text/plain")], None).await;
        is(&text, 415, "unsupported_media_type");
        let form = owner.send("POST", "/api/v1/machines", &[FORM], None).await;
        is(&form, 415, "unsupported_media_type");
        let long = owner.post("/api/v1/machines", json!({"name": "a".repeat(70_000)})).await;
        is(&long, 413, "too_large");
        is(&owner.post("/api/v1/machines", json!({})).await, 422, "bad_value");
        is(&owner.post("/api/v1/machines", json!({"name": "x", "nmae": "y"})).await, 422, "bad_value");
        is(&owner.get("/api/v1/machines?taag=gpu").await, 400, "bad_query");
        is(&owner.get("/api/v1/machines?health=fine").await, 422, "bad_parameter");
        is(&owner.get("/api/v1/hub?x=1").await, 400, "bad_query");
        let mut plain = inside.web.stranger();
        let bearer = format!("Bearer {}", owner.token);
        let broken = plain.send("POST", "/api/v1/machines", &[("Authorization", &bearer), JSON], "{").await;
        is(&broken, 400, "bad_json");
        let deep = format!("{}1{}", "[".repeat(20_000), "]".repeat(20_000));
        let deep = plain.send("POST", "/api/v1/machines", &[("Authorization", &bearer), JSON], &deep).await;
        is(&deep, 422, "bad_value");
        // An array is no object, though its values would fit.
        is(&owner.post("/api/v1/groups", json!(["x"])).await, 422, "bad_value");
        is(
            &owner.post("/api/v1/machines", json!({"name": "x", "keeper": ["a", "b", "c"]})).await,
            422,
            "bad_value",
        );
        inside.hub.stop().await;
    });
}

#[test]
fn a_wrong_value_is_pointed_at() {
    in_system(async {
        let (inside, mut owner) = owned().await;
        let (_, path) = owner.make("/api/v1/machines", machine("node-01")).await;
        let id = path.rsplit('/').next().unwrap();
        let here = json!({"of": "machine", "machine": id});
        let rule =
            |condition| json!({"name": "Hot", "scope": here, "condition": condition, "severity": "critical"});
        let wrong = [
            (
                "/api/v1/machines",
                json!({"name": "x", "keeper": {"mail": "nobody"}}),
                "bad_mail",
                "/keeper/mail",
            ),
            ("/api/v1/machines", json!({"name": "x", "tags": ["a", 7]}), "bad_value", "/tags/1"),
            ("/api/v1/machines", json!({"name": "  "}), "name_missing", "/name"),
            (
                "/api/v1/rules",
                rule(json!({"when": "threshold", "metric": "temperature_c", "compare": "above", "fire": 80,
                    "clear": 90, "for_s": 0})),
                "clear_past_fire",
                "/condition/clear",
            ),
            ("/api/v1/rules", rule(json!({"when": "silent", "for_s": 1})), "too_short", "/condition/for_s"),
            (
                "/api/v1/checks",
                json!({"machine": id, "name": "c", "run_by": {"by": "hub"},
                    "target": {"kind": "tcp", "address": "nowhere"}}),
                "bad_address",
                "/target/address",
            ),
            (
                "/api/v1/silences",
                json!({"scope": {"of": "everywhere"}, "until": "2001-01-01T00:00:00Z", "reason": "x"}),
                "bad_until",
                "/until",
            ),
        ];
        for (path, body, code, pointer) in wrong {
            let answer = owner.post(path, body).await;
            is(&answer, 422, code);
            assert_eq!(of_json(&answer)["errors"][0]["pointer"], pointer, "{}", answer.body);
        }
        let taken = owner.post("/api/v1/machines", machine("NODE-01")).await;
        is(&taken, 409, "name_taken");
        assert_eq!(of_json(&taken)["errors"][0]["pointer"], "/name");
        inside.hub.stop().await;
    });
}

#[test]
fn who_asks_is_known_by_a_good_token_only_and_a_token_opens_nothing_else() {
    in_system(async {
        let (inside, owner) = owned().await;
        let good = owner.token.clone();
        let mut person = inside.signed_in("owner").await;
        let bad = good.replace("wrt_", "wrt_0");
        for token in ["", "wrt_", "x", bad.as_str(), &good[4..]] {
            let mut client = Client::new(inside.web.stranger(), token);
            for (method, path) in [("GET", "/api/v1/hub"), ("POST", "/api/v1/machines")] {
                let answer = client.send(method, path, &[], None).await;
                is(&answer, 401, "unauthorized");
                assert!(answer.header("WWW-Authenticate").is_some_and(|v| v.starts_with("Bearer")));
            }
            // Whoever shows a token that is not good is not let in by a cookie beside it.
            let header = format!("Bearer {token}");
            let beside = person.send("GET", "/api/v1/hub", &[("Authorization", &header)], "").await;
            is(&beside, 401, "unauthorized");
        }
        let header = format!("Bearer {good}");
        let mut program = inside.web.stranger();
        for path in
            ["/machines", "/account", "/live?after=0", "/api/machines/1/series?metric=x&from_us=0&to_us=1"]
        {
            let answer = program.send("GET", path, &[("Authorization", &header)], "").await;
            assert!([303, 401, 403].contains(&answer.status), "{path}: {}", answer.status);
        }
        // A browser's session reads, and changes from the hub's own pages only.
        assert_eq!(person.get("/api/v1/hub").await.status, 200);
        let body = json!({"name": "by hand"}).to_string();
        let own = person.origin();
        for origin in [None, Some("https://evil.example")] {
            let headers: Vec<_> = origin.map(|origin| ("Origin", origin)).into_iter().chain([JSON]).collect();
            is(&person.send("POST", "/api/v1/groups", &headers, &body).await, 403, "forbidden");
        }
        let made = person.send("POST", "/api/v1/groups", &[("Origin", &own), JSON], &body).await;
        assert_eq!(made.status, 201, "{}", made.body);
        inside.hub.stop().await;
    });
}

#[test]
fn a_token_does_no_more_than_its_scopes_say_and_makes_no_other() {
    in_system(async {
        let (inside, mut owner) = owned().await;
        let (_, machine) = owner.make("/api/v1/machines", machine("node-01")).await;
        let mut reader = client_of(&inside, "owner", &[TokenScope::Read]).await;
        assert_eq!(reader.get(&machine).await.status, 200);
        is(&reader.post("/api/v1/groups", json!({"name": "x"})).await, 403, "forbidden");
        is(&reader.post("/api/v1/machines", json!({"name": "x"})).await, 403, "forbidden");
        is(&reader.get("/api/v1/people").await, 403, "forbidden");
        let token = json!({"name": "more", "scopes": ["administer"], "expires_at": "2030-01-01T00:00:00Z"});
        is(&owner.post("/api/v1/tokens", token).await, 403, "forbidden");
        let me = reader.read("/api/v1/account").await;
        assert_eq!((&me["login"], &me["scopes"]), (&json!("owner"), &json!(["read"])));
        let revoke = format!("/api/v1/tokens/{}", me["token"].as_str().unwrap());
        is(&reader.send("DELETE", &revoke, &[], None).await, 403, "forbidden");
        let mut person = inside.signed_in("owner").await;
        let own = person.origin();
        let headers = [("Origin", own.as_str()), ("Content-Length", "0")];
        assert_eq!(person.send("DELETE", &revoke, &headers, "").await.status, 204);
        is(&reader.get(&machine).await, 401, "unauthorized");
        inside.hub.stop().await;
    });
}

#[test]
fn a_problem_is_told_in_the_language_that_was_asked_for() {
    in_system(async {
        let (inside, mut owner) = owned().await;
        owner.make("/api/v1/machines", machine("node-01")).await;
        let taken = machine("node-01");
        let mut told = async |languages: &[&str], more: &[(&str, &str)]| {
            let asked = languages.iter().map(|languages| ("Accept-Language", *languages));
            let headers: Vec<_> = asked.chain(more.iter().copied()).collect();
            let answer = owner.send("POST", "/api/v1/machines", &headers, Some(&taken)).await;
            is(&answer, 409, "name_taken");
            let body = of_json(&answer);
            assert_eq!(body["detail"], body["errors"][0]["detail"]);
            assert_eq!(body["type"], "/api/docs#problem-conflict");
            let words = [&body["title"], &body["detail"]].map(|word| word.as_str().unwrap().to_owned());
            (answer.header("Content-Language").unwrap_or_default().to_owned(), words)
        };
        let english = told(&[], &[]).await;
        assert_eq!(english.0, "en");
        assert!(english.1.iter().all(|words| words.is_ascii()), "{english:?}");
        for other in ["en", "fr, en;q=0.5", "de", "en, zh;q=0.2"] {
            assert_eq!(told(&[other], &[]).await, english, "{other}");
        }
        let chinese = told(&["zh-CN,zh;q=0.9,en;q=0.8"], &[]).await;
        assert_eq!(chinese.0, "zh-CN");
        assert_eq!(chinese.1, ["与当前状态冲突", "已有同名的机器。"]);
        // What is kept under a key stays in the language of the first time.
        let key = [("Idempotency-Key", "zh")];
        assert_eq!(told(&["zh"], &key).await, chinese);
        assert_eq!(told(&["zh"], &key).await, chinese);
        for (path, status, detail) in
            [("/api/v1/nothing", 404, "可用路径见 /api/docs"), ("/api/v1/machines?cursor=x", 422, "游标")]
        {
            let answer = owner.send("GET", path, &[("Accept-Language", "zh-CN")], None).await;
            assert_eq!(answer.status, status);
            assert!(of_json(&answer)["detail"].as_str().unwrap().contains(detail), "{}", answer.body);
        }
        inside.hub.stop().await;
    });
}

#[test]
fn what_is_too_large_is_a_problem_with_a_key_too() {
    in_system(async {
        let (inside, mut owner) = owned().await;
        let long = json!({"name": "a".repeat(70_000)});
        let answer =
            owner.send("POST", "/api/v1/machines", &[("Idempotency-Key", "long")], Some(&long)).await;
        is(&answer, 413, "too_large");
        assert!(answer.header("Content-Security-Policy").is_some());
        inside.hub.stop().await;
    });
}
