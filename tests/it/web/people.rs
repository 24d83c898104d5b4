//! People and groups as an administrator looks after them, and sharing as an owner does.

use super::inside::{Inside, in_system, named};
use crate::harness::http::Http;
use watchroom_domain::*;

const PEOPLE: [(&str, Role); 5] = [
    ("root", Role::Owner),
    ("admin", Role::Administrator),
    ("ada", Role::Member),
    ("bob", Role::Member),
    ("eye", Role::Viewer),
];

fn id(name: &str) -> SubjectId {
    SubjectId::derived(&[name])
}

/// The middle of a page.
async fn page(visitor: &mut Http, path: &str) -> String {
    let answer = visitor.get(path).await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.body);
    let (_, rest) = answer.body.split_once("<main").unwrap();
    rest.split_once("</main>").unwrap().0.to_owned()
}

fn role_of(inside: &Inside, name: &str) -> Role {
    inside.hub.core.views.with(|state| state.people[&id(name)].role)
}

#[test]
fn a_role_is_taken_away_only_after_it_was_asked() {
    in_system(async {
        let inside = Inside::with_people(&PEOPLE).await;
        let mut admin = inside.signed_in("admin").await;
        let list = page(&mut admin, "/people").await;
        for (name, _) in PEOPLE {
            assert!(list.contains(&format!("Person {name}")), "{name}");
        }
        let path = format!("/people/{}/role", id("bob"));
        assert_eq!(admin.post(&path, &[("role", "operator")]).await.status, 303, "more is given at once");
        assert_eq!(role_of(&inside, "bob"), Role::Operator);
        let asked = admin.post(&path, &[("role", "viewer")]).await;
        assert_eq!(asked.status, 200, "it asks");
        assert!(asked.body.contains("alertdialog") && asked.body.contains("name=\"sure\""), "{}", asked.body);
        assert_eq!(role_of(&inside, "bob"), Role::Operator, "nothing was taken yet");
        assert_eq!(admin.post(&path, &[("role", "viewer"), ("sure", "true")]).await.status, 303);
        assert_eq!(role_of(&inside, "bob"), Role::Viewer);
        let wrong = admin.post(&path, &[("role", "king")]).await;
        assert!(wrong.status == 422 && wrong.body.contains("Choose one of these"), "{}", wrong.status);
        inside.hub.stop().await;
    });
}

#[test]
fn what_concerns_an_owner_only_an_owner_changes_and_nobody_their_own() {
    in_system(async {
        let inside = Inside::with_people(&PEOPLE).await;
        let mut admin = inside.signed_in("admin").await;
        let mut root = inside.signed_in("root").await;
        let owner = format!("/people/{}", id("root"));
        let shown = page(&mut admin, &owner).await;
        assert!(shown.contains("Only an owner changes") && !shown.contains("/suspend"), "no form is offered");
        for (path, fields) in [
            (format!("{owner}/role"), vec![("role", "member"), ("sure", "true")]),
            (format!("{owner}/suspend"), vec![]),
            (format!("/people/{}/role", id("ada")), vec![("role", "owner")]),
            (format!("/people/{}/suspend", id("admin")), vec![]),
        ] {
            assert_eq!(admin.post(&path, &fields).await.status, 422, "{path}");
        }
        assert_eq!(role_of(&inside, "root"), Role::Owner);
        let own = format!("{owner}/role");
        assert_eq!(
            root.post(&own, &[("role", "member"), ("sure", "true")]).await.status,
            422,
            "not one's own"
        );
        let made = root.post(&format!("/people/{}/role", id("admin")), &[("role", "owner")]).await;
        assert_eq!((made.status, role_of(&inside, "admin")), (303, Role::Owner));
        inside.hub.stop().await;
    });
}

#[test]
fn a_suspended_account_is_signed_out_and_can_be_restored() {
    in_system(async {
        let inside = Inside::with_people(&PEOPLE).await;
        let mut admin = inside.signed_in("admin").await;
        let mut bob = inside.signed_in("bob").await;
        let of_bob = format!("/people/{}", id("bob"));
        assert!(page(&mut admin, &of_bob).await.contains("Suspend Person bob"), "it asks first");
        assert_eq!(admin.post(&format!("{of_bob}/suspend"), &[]).await.status, 303);
        assert!(bob.get("/machines").await.location().starts_with("/login"));
        assert!(page(&mut admin, "/people?state=suspended").await.contains("Person bob"));
        assert!(!page(&mut admin, "/people?state=open").await.contains("Person bob"));
        assert_eq!(admin.post(&format!("{of_bob}/restore"), &[]).await.status, 303);
        let mut again = inside.signed_in("bob").await;
        page(&mut again, "/machines").await;
        inside.hub.stop().await;
    });
}

#[test]
fn people_are_found_sorted_and_turned_by_the_address() {
    in_system(async {
        let names: Vec<String> = (0..60).map(|n| format!("user-{n:02}")).collect();
        let mut people: Vec<(&str, Role)> = names.iter().map(|name| (name.as_str(), Role::Member)).collect();
        people.push(("admin", Role::Administrator));
        let inside = Inside::with_people(&people).await;
        let mut admin = inside.signed_in("admin").await;
        let first = page(&mut admin, "/people").await;
        assert_eq!(first.matches("<tr id=\"p-").count(), 50);
        assert!(first.contains("1 to 50 of 61") && first.contains("href=\"/people?page=2\""), "{first}");
        let second = page(&mut admin, "/people?page=2").await;
        assert_eq!(second.matches("<tr id=\"p-").count(), 11);
        let found = page(&mut admin, "/people?q=USER-07&role=member").await;
        assert_eq!(found.matches("<tr id=\"p-").count(), 1);
        let down = page(&mut admin, "/people?sort=login&dir=desc").await;
        assert!(down.contains("aria-sort=\"descending\""), "a sorted column says so");
        assert!(down.find("Person user-59").unwrap() < down.find("Person user-58").unwrap());
        let none = page(&mut admin, "/people?q=%3Cscript%3Ealert(1)").await;
        assert!(none.contains("Nobody matches") && !none.contains("<script>alert"), "{none}");
        inside.hub.stop().await;
    });
}

#[test]
fn groups_are_made_filled_renamed_and_removed() {
    in_system(async {
        let inside = Inside::with_people(&PEOPLE).await;
        let mut admin = inside.signed_in("admin").await;
        assert!(page(&mut admin, "/groups").await.contains("No group yet"));
        assert_eq!(admin.post("/groups", &[("name", " ")]).await.status, 422);
        let made = admin.post("/groups", &[("name", "Robotics lab")]).await;
        let group = made.location().to_owned();
        assert_eq!(admin.post("/groups", &[("name", "robotics LAB")]).await.status, 422, "one of a name");
        assert_eq!(admin.post(&format!("{group}/join"), &[("login", "ADA")]).await.status, 303);
        let nobody = admin.post(&format!("{group}/join"), &[("login", "nobody")]).await;
        assert!(nobody.status == 422 && nobody.body.contains("value=\"nobody\""), "what was typed is kept");
        let shown = page(&mut admin, &group).await;
        assert!(shown.contains("Person ada") && !shown.contains("href=\"/people/{}\""), "{shown}");
        assert!(page(&mut admin, "/people?q=ada").await.contains("Robotics lab"));
        assert_eq!(admin.post(&format!("{group}/rename"), &[("name", "Rovers")]).await.status, 303);
        let ada = id("ada").to_string();
        assert_eq!(admin.post(&format!("{group}/leave"), &[("person", &ada)]).await.status, 303);
        assert!(page(&mut admin, &group).await.contains("Nobody is in this group yet"));
        assert_eq!(admin.post(&format!("{group}/remove"), &[]).await.location(), "/groups");
        assert_eq!(admin.get(&group).await.status, 404);
        inside.hub.stop().await;
    });
}

#[test]
fn an_owner_shares_gives_away_and_takes_back() {
    in_system(async {
        let inside = Inside::with_people(&PEOPLE).await;
        let (mut ada, mut bob) = (inside.signed_in("ada").await, inside.signed_in("bob").await);
        let mut root = inside.signed_in("root").await;
        let machine = inside.machine(named("node-07")).await;
        let (thing, owner) = (Thing::Machine(machine), Some(id("ada")));
        inside.tell(Command::SetOwner { thing, owner }).await;
        let path = format!("/machines/{machine}");
        assert!(page(&mut ada, &path).await.contains("Person ada"), "whose it is");
        assert_eq!(bob.get(&path).await.status, 404);
        let wrong = ada.post(&format!("{path}/share"), &[("login", "bobby"), ("right", "operate")]).await;
        assert!(wrong.status == 422 && wrong.body.contains("value=\"bobby\""), "{}", wrong.status);
        assert!(wrong.body.contains("Nobody has this login name"), "beside its field");
        let share = [("kind", "person"), ("login", "bob"), ("right", "see")];
        assert_eq!(ada.post(&format!("{path}/share"), &share).await.status, 303);
        assert!(!page(&mut bob, &path).await.contains("/unshare"), "who only sees it shares nothing");
        assert_eq!(bob.post(&format!("{path}/share"), &share).await.status, 403);
        // A member looks through nobody's names, and shares with no group but their own.
        let group = GroupId::derived(&["lab"]);
        inside.tell(Command::AddGroup { group, name: "Secret lab".to_owned() }).await;
        assert!(!page(&mut ada, &path).await.contains("Secret lab"));
        let with_group = group.to_string();
        let share = [("kind", "group"), ("group", &*with_group), ("right", "see")];
        assert_eq!(ada.post(&format!("{path}/share"), &share).await.status, 422);
        inside.tell(Command::JoinGroup { group, person: id("ada") }).await;
        assert_eq!(ada.post(&format!("{path}/share"), &share).await.status, 303);
        let with = format!("person:{}", id("bob"));
        assert_eq!(ada.post(&format!("{path}/unshare"), &[("with", &with)]).await.status, 303);
        assert_eq!(bob.get(&path).await.status, 404, "taken back");
        assert_eq!(
            ada.post(&format!("{path}/owner"), &[("owner", "eye")]).await.status,
            422,
            "a viewer owns nothing"
        );
        let nobody = ada.post(&format!("{path}/owner"), &[("nobody", "true")]).await;
        assert_eq!(nobody.status, 422, "only administrators take it from everybody");
        let given = ada.post(&format!("{path}/owner"), &[("owner", "bob")]).await;
        assert_eq!((given.status, given.location()), (303, &*path), "still shared by the group");
        assert_eq!(ada.post(&format!("{path}/owner"), &[("owner", "ada")]).await.status, 403);
        assert_eq!(root.post(&format!("{path}/owner"), &[("nobody", "true")]).await.status, 303);
        assert!(page(&mut root, &path).await.contains("nobody: administrators look after it"));
        inside.hub.stop().await;
    });
}

#[test]
fn a_rule_has_an_owner_too() {
    in_system(async {
        let inside = Inside::with_people(&PEOPLE).await;
        let mut root = inside.signed_in("root").await;
        let rule = super::inside::rule("Too hot", "temperature_c", 88.0, Severity::Critical);
        inside.tell(Command::AddRule { rule: rule.clone() }).await;
        let path = format!("/rules/{}", rule.rule);
        assert!(page(&mut root, &format!("{path}/edit")).await.contains("Owner and sharing"));
        let wrong = root.post(&format!("{path}/share"), &[("login", "bobby")]).await;
        assert!(wrong.status == 422 && wrong.body.contains("value=\"Too hot\""), "the rule's own form stays");
        let given = root.post(&format!("{path}/owner"), &[("owner", "ada")]).await;
        assert_eq!(given.location(), format!("{path}/edit"));
        assert!(page(&mut root, &format!("{path}/edit")).await.contains("Person ada"));
        inside.hub.stop().await;
    });
}

#[test]
fn the_mail_server_is_an_owners_matter_and_others_are_told_why() {
    in_system(async {
        let inside = Inside::with_people(&PEOPLE).await;
        let (mut root, mut admin) = (inside.signed_in("root").await, inside.signed_in("admin").await);
        let server = [
            ("host", "smtp.example.org"),
            ("port", "587"),
            ("security", "starttls"),
            ("from", "hub@example.org"),
            ("user", "hub"),
            ("password_kind", "typed"),
            ("password", "the owner typed this"),
        ];
        assert_eq!(root.post("/mail", &server).await.status, 303);
        let file = inside.secrets().join("smtp-password");
        let kept = || std::fs::read_to_string(&file).unwrap();
        assert_eq!(kept(), "the owner typed this");
        let shown = page(&mut admin, "/channels/email").await;
        assert!(
            shown.contains("Only an owner changes this") && shown.contains("smtp.example.org"),
            "{shown}"
        );
        assert!(!shown.contains("action=\"/mail\"") && shown.contains("/channels/email/subscriptions"));
        assert!(page(&mut root, "/channels/email").await.contains("action=\"/mail\""));
        let mut mine = server;
        (mine[0].1, mine[6].1) = ("smtp.evil.example", "the administrator typed this");
        for path in ["/mail", "/channels/email"] {
            assert_eq!(admin.post(path, &mine).await.status, 403, "{path}");
        }
        let host = inside.hub.core.views.with(|s| s.channels["email"]["host"].clone());
        assert_eq!((host.as_str(), kept().as_str()), (Some("smtp.example.org"), "the owner typed this"));
        let hook = [
            ("targets.0.name", "hook"),
            ("targets.0.url", "https://hook.example.org/x"),
            ("targets.0.template", "plain"),
            ("targets.0.secret", "one"),
        ];
        assert_eq!(admin.post("/channels/webhook", &hook).await.status, 303, "other channels are theirs");
        inside.hub.stop().await;
    });
}

#[test]
fn a_member_names_few_keepers_without_an_account_and_the_form_says_so() {
    in_system(async {
        let inside = Inside::with_people(&PEOPLE).await;
        let mut ada = inside.signed_in("ada").await;
        let add = |n: usize| {
            [("name", format!("box-{n}")), ("keeper_mail", format!("somebody{n}@elsewhere.example"))]
        };
        for n in 0..=MAX_STRANGE_KEEPERS {
            let typed = add(n);
            let typed = typed.each_ref().map(|(name, value)| (*name, value.as_str()));
            let answer = ada.post("/machines/new", &typed).await;
            if n < MAX_STRANGE_KEEPERS {
                assert_eq!(answer.status, 303, "{}", answer.body);
                continue;
            }
            assert_eq!(answer.status, 422);
            let beside = "id=\"h-keeper_mail\"><span class=\"wrong-text\">Your machines name 5 addresses";
            assert!(answer.body.contains(beside), "{}", answer.body);
            assert!(answer.body.contains("somebody5@elsewhere.example"), "what was typed is kept");
            ada.post("/preferences", &[("lang", "zh-CN"), ("back", "/machines")]).await;
            assert!(ada.post("/machines/new", &typed).await.body.contains("您的机器已填写 5 个"));
        }
        inside.hub.stop().await;
    });
}
