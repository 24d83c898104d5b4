//! Wall displays: opened by a link alone, about machines only, ended at once.

use super::inside::{Inside, in_system, named, rule, series};
use crate::harness::http::Http;
use crate::harness::live::{Live, Said};
use crate::harness::wait::{PATIENCE, until};
use watchroom::clock::Clock as _;
use watchroom_domain::*;

/// A hub with a machine on the wall, one beside it, and an administrator.
async fn hub() -> (Inside, Http) {
    let mut inside = Inside::with_people(&[("admin", Role::Administrator)]).await;
    for (name, tag) in [("hot-box", "lab"), ("other-box", "office")] {
        let machine = MachineId::derived(&[name]);
        let details = MachineDetails { tags: vec![tag.to_owned()], ..named(name) };
        let keeper = Keeper {
            subject: SubjectId::derived(&["keeper", name]),
            name: "Grace Hopper".to_owned(),
            phone: "+49 30 1234567".to_owned(),
            mail: format!("{name}@keepers.example"),
        };
        inside.tell(Command::RegisterMachine { machine, details, keeper }).await;
    }
    inside.tell(Command::AddRule { rule: rule("Too hot", "temperature_c", 88.0, Severity::Critical) }).await;
    let now = inside.clock.now_us();
    for (name, celsius) in [("hot-box", 91.5), ("other-box", 40.0)] {
        inside.read(MachineId::derived(&[name]), now, &[(series("temperature_c", &[]), celsius)]).await;
    }
    let views = inside.hub.core.views.clone();
    until("an alert", PATIENCE, async || {
        views.with(|s| s.incidents.values().any(|i| i.has_fired()).then_some(()))
    })
    .await;
    let admin = inside.signed_in("admin").await;
    (inside, admin)
}

/// Gives out a link; its path.
async fn link(admin: &mut Http, tag: &str) -> String {
    let answer = admin.post("/walls", &[("name", "The lab"), ("tag", tag)]).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let at = answer.body.find("/wall/").expect("the link is shown");
    let path: String = answer.body[at..].chars().take_while(|c| !"\"<&".contains(*c)).collect();
    assert_eq!(path.len(), "/wall/".len() + 43, "{path}");
    path
}

#[test]
fn a_link_shows_machines_to_whoever_has_it_and_nothing_about_people() {
    in_system(async {
        let (inside, mut admin) = hub().await;
        let (all, lab) = (link(&mut admin, "").await, link(&mut admin, "Lab").await);
        let mut wall = inside.web.stranger();
        for path in [all.clone(), format!("{all}/board")] {
            let page = wall.get(&path).await;
            assert_eq!(page.status, 200);
            for word in ["hot-box", "other-box", "91.5", "Temperature"] {
                assert!(page.body.contains(word), "{word} at {path}");
            }
            for word in
                ["Grace", "1234567", "keepers", "Person", "href=\"/machines", "href=\"/alerts", "<form"]
            {
                assert!(!page.body.contains(word), "{word} at {path}");
            }
            assert!(wall.cookies().is_empty(), "nobody is signed in by looking");
        }
        let page = wall.get(&lab).await.body;
        assert!(page.contains("hot-box") && !page.contains("other-box"));
        assert!(page.contains("data-theme=\"dark\""), "a bright wall is a lamp");
        assert!(wall.get(&format!("{lab}?theme=light")).await.body.contains("data-theme=\"light\""));
        let id = inside.hub.core.views.with(|s| s.walls.values().find(|w| w.tag.is_some()).unwrap().link);
        let preview = admin.get(&format!("/walls/{id}")).await.body;
        assert!(preview.contains("hot-box") && !preview.contains("other-box"));
        let listed = admin.get("/walls").await.body;
        assert!(
            listed.contains("The lab") && !listed.contains(lab.trim_start_matches("/wall/")),
            "shown once"
        );
        inside.hub.stop().await;
    });
}

#[test]
fn a_screen_is_told_what_changes_and_ends_at_once_with_its_link() {
    in_system(async {
        let (mut inside, mut admin) = hub().await;
        let lab = link(&mut admin, "lab").await;
        let wall = inside.web.stranger();
        let origin = wall.origin();
        assert_eq!(Live::open_at(&wall, &format!("{lab}/live"), 0, None).await.err(), Some(403));
        let mut feed =
            Live::open_at(&wall, &format!("{lab}/live"), inside.position(), Some(&origin)).await.unwrap();
        feed.until("states").await;
        let now = inside.clock.now_us();
        for name in ["other-box", "hot-box"] {
            inside.read(MachineId::derived(&[name]), now, &[(series("temperature_c", &[]), 92.0)]).await;
        }
        let said = feed.until("values").await;
        assert_eq!(
            said["machine"],
            MachineId::derived(&["hot-box"]).to_string(),
            "the other is not of the lab"
        );
        let id = inside.hub.core.views.with(|s| s.walls.keys().next().copied().unwrap());
        assert_eq!(admin.post(&format!("/walls/{id}/revoke"), &[]).await.status, 303);
        assert_eq!(feed.until("gone").await["code"], "revoked");
        assert_eq!(feed.next().await, Said::End);
        let mut wall = inside.web.stranger();
        let page = wall.get(&lab).await;
        assert_eq!(page.status, 404);
        assert!(page.body.contains("This display has ended") && !page.body.contains("hot-box"));
        assert_eq!(wall.get(&format!("{lab}/board")).await.status, 404);
        inside.hub.stop().await;
    });
}
