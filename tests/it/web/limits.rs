//! How much anybody may ask for, and what every answer and cookie carries.

use super::inside::{Inside, in_system};
use crate::harness::http::FORM;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use watchroom_domain::Role;

const PEOPLE: [(&str, Role); 3] =
    [("admin", Role::Administrator), ("member", Role::Member), ("viewer", Role::Viewer)];

#[test]
fn whoever_asks_for_too_much_waits_and_nobody_else_does() {
    in_system(async {
        let inside = Inside::with_people(&PEOPLE).await;
        let (mut member, mut viewer) = (inside.signed_in("member").await, inside.signed_in("viewer").await);
        let mut admin = inside.signed_in("admin").await;
        let made = admin.post("/walls", &[("name", "Hall")]).await.body;
        let at = made.find("/wall/").unwrap();
        let wall: String = made[at..].chars().take_while(|c| !"\"<&".contains(*c)).collect();
        inside.clock.stop();
        let mut through = 0;
        let refused = loop {
            let answer = member.get("/regions/figures").await;
            if answer.status != 200 {
                break answer;
            }
            through += 1;
            assert!(through < 700, "nobody may ask for ever");
        };
        assert_eq!(refused.status, 429);
        assert_eq!(refused.header("Retry-After"), Some("1"));
        assert!(through > 300, "pages fetch their parts often: {through}");
        assert_eq!(viewer.get("/regions/figures").await.status, 200, "another account at the same address");
        // Somebody whom nobody knows has as much, apart from those who are signed in and from screens.
        let mut stranger = inside.web.stranger();
        let mut asked = 0;
        while stranger.get("/login").await.status == 200 {
            asked += 1;
            assert!(asked < 700);
        }
        assert_eq!(stranger.get("/login").await.status, 429);
        assert_eq!(stranger.get(&wall).await.status, 200, "a screen at the same address goes on");
        assert_eq!(viewer.get("/machines").await.status, 200);
        inside.clock.forward(2_000_000);
        assert_eq!(member.get("/regions/figures").await.status, 200);
        assert_eq!(stranger.get("/login").await.status, 200);
        inside.hub.stop().await;
    });
}

#[test]
fn a_body_without_a_length_has_the_same_limit() {
    in_system(async {
        let inside = Inside::with_people(&PEOPLE).await;
        let admin = inside.signed_in("admin").await;
        let (host, (kind, form)) = (admin.origin().replace("https://", ""), FORM);
        let mut stream = admin.connect().await;
        let head = format!(
            "POST /machines/new HTTP/1.1\r\nHost: {host}\r\nOrigin: {}\r\nCookie: {}\r\n{kind}: {form}\r\n\
             Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n",
            admin.origin(),
            admin.cookie_line()
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        for _ in 0..20 {
            // The answer may come before all of it was sent.
            let _ = stream.write_all(format!("1000\r\n{}\r\n", "a".repeat(0x1000)).as_bytes()).await;
        }
        let mut answer = vec![0; 12];
        stream.read_exact(&mut answer).await.unwrap();
        assert_eq!(String::from_utf8_lossy(&answer), "HTTP/1.1 413");
        inside.hub.stop().await;
    });
}

#[test]
fn every_page_is_armoured() {
    in_system(async {
        let inside = Inside::start().await;
        let mut owner = inside.owner().await;
        for path in ["/machines", "/login", "/nothing", "/wall/x"] {
            let answer = owner.get(path).await;
            let policy = answer.header("Content-Security-Policy").unwrap();
            for part in
                ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"]
            {
                assert!(policy.contains(part), "{path}: {policy}");
            }
            assert!(
                !policy.contains("unsafe") && !policy.contains('*') && !policy.contains("http"),
                "{policy}"
            );
            let year = answer.header("Strict-Transport-Security").unwrap();
            assert!(year.trim_start_matches("max-age=").parse::<u64>().unwrap() >= 31_536_000, "{year}");
            assert!(!answer.body.contains("<style") && !answer.body.contains(" style=\""), "{path}");
            assert!(!answer.body.contains(" onclick="), "{path}");
            let scripts = answer.body.matches("<script").count();
            assert_eq!(scripts, answer.body.matches("<script src=\"/assets/").count(), "{path}");
        }
        let mut visitor = inside.web.stranger();
        let fields = [("login", "ada"), ("password", super::inside::PASSPHRASE)];
        let answer = visitor.post("/login", &fields).await;
        let session = |cookie: &&str| cookie.starts_with("__Host-watchroom=");
        let cookies: Vec<_> = answer.headers("Set-Cookie").filter(session).collect();
        assert_eq!(cookies.len(), 1, "{cookies:?}");
        for part in ["__Host-watchroom=", "HttpOnly", "Secure", "SameSite=Lax", "Path=/"] {
            assert!(cookies[0].contains(part), "{part}: {}", cookies[0]);
        }
        assert!(!cookies[0].contains("Domain"));
        inside.hub.stop().await;
    });
}
