//! Sessions and API tokens in the account.

use super::{id, with_password};
use crate::harness::http::FORM;
use crate::web::inside::{Inside, PASSPHRASE, in_system};
use watchroom_domain::*;
use watchroom_wire::tls::{hex, sha256};

const PEOPLE: [(&str, Role); 2] = [("root", Role::Owner), ("bob", Role::Member)];

#[test]
fn sessions_are_seen_and_closed_and_what_a_browser_says_is_hostile() {
    in_system(async {
        let inside = Inside::with_people(&PEOPLE).await;
        let mut bob = with_password(&inside, "bob").await;
        let mut elsewhere = inside.web.stranger();
        let body = format!("login=bob&password={}", PASSPHRASE.replace(' ', "+"));
        let origin = elsewhere.origin();
        let headers = [("Origin", &*origin), FORM, ("User-Agent", "<script>alert(1)</script>")];
        assert_eq!(elsewhere.send("POST", "/login", &headers, &body).await.status, 303);
        let page = bob.get("/account").await.body;
        assert!(page.contains("alert(1)") && !page.contains("<script>alert"), "{page}");
        assert!(page.contains("127.0.0.1") && page.contains("this browser"), "{page}");
        let session = page.split("name=\"session\" value=\"").nth(1).unwrap().split('"').next().unwrap();
        let closed = bob.post("/account/sessions/close", &[("session", session)]).await;
        assert_eq!(closed.location(), "/account");
        assert_eq!(elsewhere.get("/machines").await.status, 303, "it is signed out");
        let root = inside.signed_in("root").await;
        let fields = [("login", "bob"), ("password", PASSPHRASE)];
        assert_eq!(elsewhere.post("/login", &fields).await.location(), "/machines");
        assert_eq!(bob.post("/account/sessions/close-others", &[]).await.status, 303);
        let left =
            inside.hub.core.views.with(|s| s.sessions.values().filter(|s| s.person == id("bob")).count());
        assert_eq!((left, bob.get("/account").await.status), (1, 200));
        let mut root = root;
        assert_eq!(root.get("/machines").await.status, 200, "somebody else's stays");
        inside.hub.stop().await;
    });
}

#[test]
fn a_token_is_shown_once_and_ended() {
    in_system(async {
        let inside = Inside::with_people(&PEOPLE).await;
        let mut bob = inside.signed_in("bob").await;
        let none = bob.post("/account/tokens", &[("name", "script"), ("days", "30")]).await;
        assert!(none.status == 422 && none.body.contains("Choose what the token may do"), "{}", none.body);
        assert!(none.body.contains("value=\"script\""), "what was typed is kept");
        let fields = [("name", "script"), ("days", "30"), ("read", "true")];
        let made = bob.post("/account/tokens", &fields).await;
        let secret = made.body.split(">wrt_").nth(1).unwrap().split('<').next().unwrap();
        assert_eq!((made.status, secret.len()), (200, 43));
        let hash = hex(&sha256(format!("wrt_{secret}").as_bytes()));
        let known = inside.hub.core.views.with(|s| s.api_token_by_secret(&hash).cloned()).unwrap();
        assert_eq!((known.person, known.scopes.len()), (id("bob"), 1));
        let page = bob.get("/account/tokens").await.body;
        assert!(page.contains("script") && !page.contains(secret), "it is shown once");
        let mut root = inside.signed_in("root").await;
        let token = known.token.to_string();
        assert_eq!(root.post("/account/tokens/revoke", &[("token", &token)]).await.status, 404);
        assert_eq!(bob.post("/account/tokens/revoke", &[("token", &token)]).await.status, 303);
        assert!(inside.hub.core.views.with(|s| s.api_token_by_secret(&hash).is_none()));
        inside.hub.stop().await;
    });
}
