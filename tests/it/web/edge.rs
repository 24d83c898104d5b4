//! The edge of the hub: what anybody may keep open, ask for the head of, and carry in cookies.

use super::inside::{Inside, in_system};
use crate::harness::http::{FORM, Http};
use crate::harness::live::{Live, Said};
use crate::harness::wait::{PATIENCE, until};
use watchroom::web::ROUTES;
use watchroom_domain::*;

const PEOPLE: [(&str, Role); 2] = [("admin", Role::Administrator), ("other", Role::Administrator)];
/// Live feeds of one session, and of one account or one link.
const OF_SESSION: usize = 20;
const OF_ACCOUNT: usize = 50;

async fn open(visitor: &Http, path: &str) -> Result<Live, u16> {
    Live::open_at(visitor, path, 0, Some(&visitor.origin())).await
}

/// As many as there may be; the next one is refused.
async fn crowd(visitor: &Http, path: &str, most: usize) -> Vec<Live> {
    let mut feeds = Vec::new();
    for n in 0..most {
        feeds.push(open(visitor, path).await.unwrap_or_else(|status| panic!("feed {n}: {status}")));
    }
    assert_eq!(open(visitor, path).await.err(), Some(429), "one too many");
    feeds
}

/// A link to a wall display: its path, and the path of its preview.
async fn wall(inside: &Inside, admin: &mut Http) -> (String, String) {
    let made = admin.post("/walls", &[("name", "Hall")]).await.body;
    let at = made.find("/wall/").unwrap();
    let wall: String = made[at..].chars().take_while(|c| !"\"<&".contains(*c)).collect();
    let id = inside.hub.core.views.with(|s| s.walls.keys().next().copied().unwrap());
    (format!("{wall}/live"), format!("/walls/{id}/live"))
}

#[test]
fn nobody_keeps_everybody_else_out_with_live_pages() {
    in_system(async {
        let inside = Inside::with_people(&PEOPLE).await;
        let mut admin = inside.signed_in("admin").await;
        let (wall, preview) = wall(&inside, &mut admin).await;
        let mut first = crowd(&admin, "/live", OF_SESSION).await;
        assert_eq!(open(&admin, &preview).await.err(), Some(429), "a preview counts too");
        let second = inside.signed_in("admin").await;
        let mut held = crowd(&second, "/live", OF_SESSION).await;
        let third = inside.signed_in("admin").await;
        held.extend(crowd(&third, "/live", OF_ACCOUNT - 2 * OF_SESSION).await);
        let other = inside.signed_in("other").await;
        open(&other, "/live").await.unwrap_or_else(|status| panic!("somebody else: {status}"));
        held.extend(crowd(&inside.web.stranger(), &wall, OF_ACCOUNT).await);
        assert_eq!(admin.get("/healthz").await.status, 200);
        // What has ended counts no more.
        drop(first.pop());
        until("a place that was given back", PATIENCE, async || open(&admin, "/live").await.ok()).await;
        let raw = admin.send("GET", "/live?after=0", &[("Origin", &admin.origin())], "").await;
        assert_eq!(raw.status, 400, "no WebSocket");
        inside.hub.stop().await;
    });
}

#[test]
fn whoever_is_shut_out_hears_nothing_more_of_a_wall_display() {
    in_system(async {
        let inside = Inside::with_people(&PEOPLE).await;
        let mut admin = inside.signed_in("admin").await;
        let (wall, preview) = wall(&inside, &mut admin).await;
        let other = inside.signed_in("other").await;
        let mut looking = open(&other, &preview).await.unwrap();
        looking.until("states").await;
        let mut screen = open(&inside.web.stranger(), &wall).await.unwrap();
        screen.until("states").await;
        inside.tell(Command::SuspendPerson { person: SubjectId::derived(&["other"]) }).await;
        assert_eq!(looking.until("gone").await["code"], "signed_out");
        assert_eq!(looking.next().await, Said::End);
        // Whoever may not give out links any more is no better off.
        let mut looking = open(&admin, &preview).await.unwrap();
        looking.until("states").await;
        let person = SubjectId::derived(&["admin"]);
        inside.tell(Command::SetRole { person, role: Role::Viewer }).await;
        looking.until("gone").await;
        inside.tell(Command::AddGroup { group: GroupId::derived(&["a"]), name: "A".to_owned() }).await;
        screen.until("at").await;
        inside.hub.stop().await;
    });
}

#[test]
fn whatever_can_be_had_can_be_asked_for_its_head() {
    in_system(async {
        let inside = Inside::start().await;
        let mut owner = inside.owner().await;
        let mut stranger = inside.web.stranger();
        for (who, path, status) in [
            (&mut stranger, "/healthz", 200),
            (&mut inside.web.stranger(), "/readyz", 200),
            (&mut inside.web.stranger(), "/ca.crl", 200),
            (&mut inside.web.stranger(), "/api/v1/openapi.json", 200),
            (&mut inside.web.stranger(), "/login", 200),
            (&mut inside.web.stranger(), "/machines", 303),
            (&mut owner, "/machines", 200),
        ] {
            let (head, whole) = (who.send("HEAD", path, &[], "").await, who.get(path).await);
            assert_eq!((head.status, whole.status), (status, status), "{path}");
            assert_eq!(head.header("Content-Type"), whole.header("Content-Type"), "{path}");
            assert!(head.bytes.is_empty() && (status != 200 || !whole.bytes.is_empty()), "{path}");
        }
        // What is written while it is sent is not written for nobody; what is no page has no head either.
        let file = owner.send("HEAD", "/audit/export?format=csv", &[], "").await;
        assert!(file.status == 200 && file.header("Content-Disposition").is_some());
        let origin = owner.origin();
        let upgrade = [("Origin", &*origin), ("Connection", "Upgrade"), ("Upgrade", "websocket")];
        assert_eq!(owner.send("HEAD", "/live?after=0", &upgrade, "").await.status, 400);
        for route in ROUTES.iter().filter(|route| route.method == "GET" && !route.pattern.contains('{')) {
            let head = stranger.send("HEAD", route.pattern, &[], "").await;
            // Without a token there is nothing for Prometheus.
            let there = route.pattern == "/metrics" || !matches!(head.status, 404 | 405);
            assert!(head.bytes.is_empty() && there, "{route:?}: {}", head.status);
        }
        inside.hub.stop().await;
    });
}

#[test]
fn a_page_says_by_what_it_can_be_asked_for() {
    in_system(async {
        let inside = Inside::start().await;
        let mut owner = inside.owner().await;
        for (path, allowed) in
            [("/machines", "GET, HEAD"), ("/login", "GET, HEAD, POST"), ("/logout", "POST")]
        {
            let answer = owner.send("DELETE", path, &[("Origin", &owner.origin())], "").await;
            assert_eq!((answer.status, answer.header("Allow")), (405, Some(allowed)), "{path}");
            assert!(answer.body.contains("<html"), "{path}");
        }
        inside.hub.stop().await;
    });
}

#[test]
fn the_choices_of_a_browser_are_no_scripts_business() {
    in_system(async {
        let inside = Inside::start().await;
        let mut visitor = inside.web.stranger();
        let fields = [("lang", "zh-CN"), ("theme", "dark"), ("back", "/login")];
        let answer = visitor.post("/preferences", &fields).await;
        assert_eq!((answer.status, answer.location()), (303, "/login"));
        let cookies: Vec<_> = answer.headers("Set-Cookie").collect();
        assert_eq!(cookies.len(), 2, "{cookies:?}");
        for cookie in cookies {
            for part in ["__Host-", "; HttpOnly", "; Secure", "; Path=/", "; SameSite=Lax"] {
                assert!(cookie.contains(part), "{part}: {cookie}");
            }
            assert!(!cookie.contains("Domain"), "{cookie}");
        }
        let page = visitor.get("/login").await.body;
        assert!(page.contains("data-theme=\"dark\"") && page.contains("<html lang=\"zh-CN\""), "{page}");
        let planted = ["theme", "lang"].map(|name| format!("{name}=dark"));
        let plain = inside.web.stranger().send("GET", "/login", &[("Cookie", &planted.join("; "))], "").await;
        assert!(!plain.body.contains("data-theme"), "what anybody could have planted is not read");
        inside.hub.stop().await;
    });
}

#[test]
fn an_origin_without_encryption_is_not_ours() {
    in_system(async {
        let inside = Inside::start().await;
        let mut owner = inside.owner().await;
        let form = "name=node-01";
        let http = owner.origin().replace("https://", "http://");
        let answer = owner.send("POST", "/machines/new", &[("Origin", &http), FORM], form).await;
        assert_eq!(answer.status, 403);
        let feed = Live::open_at(&owner, "/live", 0, Some(&http)).await;
        assert_eq!(feed.err(), Some(403));
        let answer = owner.send("POST", "/machines/new", &[("Origin", &owner.origin()), FORM], form).await;
        assert_eq!(answer.status, 303);
        inside.hub.stop().await;
    });
}

#[test]
fn a_form_is_answered_beside_its_fields_whatever_was_sent() {
    in_system(async {
        let inside = Inside::start().await;
        let mut owner = inside.owner().await;
        for days in ["", "x", "90.5", "-1", "0", "400", "9223372036854775808"] {
            let fields = [("name", "My script"), ("days", days), ("read", "true")];
            let answer = owner.post("/account/tokens", &fields).await;
            assert_eq!(answer.status, 422, "{days}: {}", answer.body);
            let kept = answer.body.contains("value=\"My script\"");
            assert!(kept && answer.body.contains("within a year"), "{days}: {}", answer.body);
        }
        let fields = [("name", "My script"), ("days", "30"), ("read", "true")];
        assert_eq!(owner.post("/account/tokens", &fields).await.status, 200);
        inside.hub.stop().await;
    });
}

#[test]
fn every_field_of_a_machine_that_is_wrong_is_marked() {
    in_system(async {
        let inside = Inside::start().await;
        let mut owner = inside.owner().await;
        let long = "x".repeat(200);
        let fields = [("name", ""), ("place", &*long), ("keeper_mail", "nobody"), ("model", "fine")];
        let answer = owner.post("/machines/new", &fields).await;
        assert_eq!(answer.status, 422);
        for said in ["Give the machine a name.", "At most 128 characters.", "This is no mail address."] {
            assert_eq!(answer.body.matches(said).count(), 1, "{said}: {}", answer.body);
        }
        assert_eq!(answer.body.matches("aria-invalid=\"true\"").count(), 3, "{}", answer.body);
        assert!(answer.body.contains("value=\"nobody\"") && answer.body.contains("value=\"fine\""), "kept");
        inside.hub.stop().await;
    });
}
