//! Lists are told page by page, each thing once.

use super::client::{machine, of_json, owned, problem};
use crate::web::inside::in_system;
use serde_json::json;
use std::collections::BTreeSet;

#[test]
fn a_list_is_told_page_by_page_though_things_come_and_go() {
    in_system(async {
        let (inside, mut owner) = owned().await;
        let mut wanted = BTreeSet::new();
        for n in 0..7 {
            let (made, _) = owner.make("/api/v1/machines", machine(&format!("node-{n}"))).await;
            wanted.insert(made["id"].as_str().unwrap().to_owned());
        }
        owner.make("/api/v1/machines", json!({"name": "other", "tags": ["cpu"]})).await;
        let (mut path, mut told) = ("/api/v1/machines?tag=gpu&limit=3".to_owned(), Vec::new());
        loop {
            let answer = owner.get(&path).await;
            let page = of_json(&answer);
            let ids =
                page["items"].as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap().to_owned());
            told.extend(ids);
            if told.len() == 3 {
                // One that was told goes, and one comes; nothing is told twice or left out.
                let gone = format!("/api/v1/machines/{}", told[0]);
                assert_eq!(owner.send("DELETE", &gone, &[], None).await.status, 204);
                let (made, _) = owner.make("/api/v1/machines", machine("node-late")).await;
                wanted.insert(made["id"].as_str().unwrap().to_owned());
            }
            let Some(next) = page["next"].as_str() else {
                assert_eq!(answer.header("Link"), None);
                break;
            };
            let link = answer.header("Link").unwrap().to_owned();
            assert!(link.contains(next) && link.ends_with("rel=\"next\""), "{link}");
            path = link.trim_start_matches('<').split('>').next().unwrap().to_owned();
        }
        assert_eq!(told.len(), wanted.len());
        assert_eq!(told.into_iter().collect::<BTreeSet<_>>(), wanted);
        let first = owner.read("/api/v1/machines?limit=1").await;
        let cursor = first["next"].as_str().unwrap();
        for other in
            [format!("/api/v1/machines?tag=gpu&cursor={cursor}"), format!("/api/v1/rules?cursor={cursor}")]
        {
            let answer = owner.get(&other).await;
            assert_eq!((answer.status, problem(&answer).as_str()), (422, "bad_cursor"));
        }
        inside.hub.stop().await;
    });
}

#[test]
fn the_log_is_told_backwards_without_secrets() {
    in_system(async {
        let (inside, mut owner) = owned().await;
        owner.make("/api/v1/groups", json!({"name": "one"})).await;
        owner.make("/api/v1/groups", json!({"name": "two"})).await;
        let groups = owner.read("/api/v1/events?kind=GroupAdded&limit=1").await;
        assert_eq!(groups["items"][0]["body"]["name"], "two");
        assert_eq!(groups["items"][0]["via"]["by"], "token");
        let next = groups["next"].as_str().unwrap();
        let more = owner.read(&format!("/api/v1/events?kind=GroupAdded&limit=1&cursor={next}")).await;
        assert_eq!(more["items"][0]["body"]["name"], "one");
        let person = groups["items"][0]["by"]["person"].as_str().unwrap();
        let own = owner.read(&format!("/api/v1/events?person={person}&stream=person/{person}")).await;
        assert_eq!(own["items"][0]["body"]["address"], "127.0.0.1", "{own}");
        let token = &own["items"][1];
        assert_eq!((&token["kind"], &token["body"]["name"]), (&json!("ApiTokenIssued"), &json!("A program")));
        assert_eq!(token["body"].get("secret_sha256"), None);
        let all = owner.get("/api/v1/events?limit=200").await.body;
        assert!(!all.contains("password_phc") && !all.contains("sha256\":\""), "{all}");
        let position = token["position"].as_u64().unwrap();
        assert_eq!(owner.read(&format!("/api/v1/events/{position}")).await, *token);
        assert_eq!(owner.get("/api/v1/events/999999").await.status, 404);
        inside.hub.stop().await;
    });
}
