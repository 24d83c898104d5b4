//! A machine of one's own: added, shown to somebody, given into somebody's hands, taken back; and whoever it does
//! not concern finds nothing there, by no door.

use super::Screen;
use crate::harness::http::Http;
use crate::harness::live::Live;
use crate::people::{id, with_password};
use crate::web::inside::{Inside, in_system, rule, series};
use watchroom::clock::Clock as _;
use watchroom::texts::Lang;
use watchroom_domain::*;

const PEOPLE: [(&str, Role); 4] =
    [("root", Role::Owner), ("bob", Role::Member), ("eve", Role::Member), ("mallory", Role::Member)];

/// Bob adds a machine; gives its path.
async fn add(bob: &Screen) -> String {
    bob.sees("machines-empty").await;
    bob.picture("empty").await;
    bob.click("machines-add").await;
    bob.fill(&[("name", "lab-pc"), ("place", "Room 214"), ("keeper_name", "Bob")]).await;
    bob.click("machine-new-do").await;
    bob.click("enrol-make").await;
    bob.browser.see(".command code").await;
    bob.picture("enrol").await;
    let path = bob.path().await;
    path.strip_suffix("/enrol").expect("the page of the token").to_owned()
}

async fn share(bob: &Screen, machine: &str, with: &str, right: &str) {
    bob.goto(&format!("{machine}#sharing")).await;
    bob.fill(&[("login", with)]).await;
    bob.browser.click(&format!("input[name=right][value={right}]")).await;
    bob.click("sharing-do").await;
}

/// How Bob shares: the first name is wrong.
async fn share_to_see(bob: &Screen, machine: &str) {
    share(bob, machine, "evee", "see").await;
    bob.sees("refusal-no_such_login").await;
    bob.picture("share-wrong").await;
    share(bob, machine, "eve", "see").await;
    bob.sees("notice-shared").await;
    bob.sees("right-see").await;
    bob.picture("shared").await;
}

/// What somebody finds who has no part in it: what is not there, and at every door.
async fn finds_nothing(inside: &mut Inside, screen: &Screen, mallory: &mut Http, machine: &str) {
    screen.sign_in("mallory").await;
    screen.sees("machines-empty").await;
    assert!(!screen.browser.text().await.contains("lab-pc"));
    screen.goto(machine).await;
    screen.sees("error-404-title").await;
    screen.picture("another-members-404").await;
    for form in ["edit", "enrol", "revoke", "remove", "share", "unshare", "owner"] {
        let fields = [
            ("name", "mine"),
            ("login", "mallory"),
            ("right", "operate"),
            ("with", ""),
            ("owner", "mallory"),
        ];
        assert_eq!(mallory.post(&format!("{machine}/{form}"), &fields).await.status, 404, "{form}");
    }
    // The feed says what is theirs, and nothing before it of what is not.
    let own = inside.machine(crate::web::inside::named("mallorys")).await;
    inside.tell(Command::SetOwner { thing: Thing::Machine(own), owner: Some(id("mallory")) }).await;
    let mut feed = Live::of(mallory, 0).await;
    let (hidden, now) = (machine_of(machine), inside.clock.now_us());
    for heard in [hidden, own] {
        inside.read(heard, now, &[(series("load_1m", &[]), 1.0)]).await;
    }
    let said = feed.until("values").await;
    assert_eq!(said["machine"], own.to_string());
    screen.sign_out().await;
}

fn machine_of(path: &str) -> MachineId {
    path.rsplit('/').next().unwrap().parse().unwrap()
}

/// Somebody without an account is asked who they are, whatever they try.
async fn stranger_is_asked(inside: &Inside, screen: &Screen, machine: &str) {
    screen.goto(machine).await;
    screen.sees("login-title").await;
    assert_eq!(screen.path().await, format!("/login?next={machine}"));
    let mut stranger = inside.web.stranger();
    for form in ["edit", "share", "remove"] {
        let answer = stranger.post(&format!("{machine}/{form}"), &[("name", "mine")]).await;
        assert_eq!(answer.status, 401, "{form}");
    }
    let origin = stranger.origin();
    let feed = Live::open(&stranger, 0, Some(&origin)).await;
    assert!(feed.is_err_and(|status| [303, 401, 403].contains(&status)), "a stranger hears nothing");
}

/// Eve sees it as soon as it is shared, and may do no more than see.
async fn eve_sees(inside: &mut Inside, eve: &Screen, visitor: &mut Http, machine: &str) {
    eve.browser.see_text("lab-pc").await;
    eve.goto(machine).await;
    let hidden = "return !document.querySelector('#sharing form, a[href$=\"/edit\"], .danger')";
    assert_eq!(eve.browser.eval(hidden).await, true, "nothing is offered that would be refused");
    eve.picture("eve-sees").await;
    for form in ["edit", "share", "remove"] {
        assert_eq!(
            visitor.post(&format!("{machine}/{form}"), &[("name", "mine")]).await.status,
            403,
            "{form}"
        );
    }
    let hot = rule("Hot", "temperature_c", 80.0, Severity::Critical);
    inside.tell(Command::AddRule { rule: hot }).await;
    let now = inside.clock.now_us();
    inside.read(machine_of(machine), now, &[(series("temperature_c", &[]), 91.0)]).await;
    eve.browser.see("#r-machine-alerts .alert[data-state=crit]").await;
    let offered = "return !!document.querySelector('#r-machine-alerts form[action$=acknowledge]')";
    assert_eq!(eve.browser.eval(offered).await, false, "seeing is not operating");
}

async fn journey(lang: Lang) {
    let mut inside = Inside::with_people(&PEOPLE).await;
    let at = inside.hub.public_url.clone();
    let mut visitors = Vec::new();
    for name in ["bob", "eve", "mallory"] {
        visitors.push(with_password(&inside, name).await);
    }
    let [_, by_form, mallory] = &mut visitors[..] else { unreachable!("three have signed in") };
    let (bob, eve) = (Screen::new(&at, lang, "sharing").await, Screen::new(&at, lang, "sharing").await);
    bob.sign_in("bob").await;
    let machine = add(&bob).await;
    stranger_is_asked(&inside, &eve, &machine).await;
    finds_nothing(&mut inside, &eve, mallory, &machine).await;
    eve.sign_in("eve").await;
    eve.sees("machines-empty").await;
    eve.browser.see("[data-live=on]").await;
    share_to_see(&bob, &machine).await;
    eve_sees(&mut inside, &eve, by_form, &machine).await;
    share(&bob, &machine, "eve", "operate").await;
    bob.sees("right-operate").await;
    // The page that Eve has open offers it by itself.
    eve.browser.click("#r-machine-alerts form[action$=acknowledge] button").await;
    eve.browser.see_text(&lang.t("status-acknowledged")).await;
    eve.browser.see_no("form[action$=acknowledge]").await;
    eve.picture("eve-operates").await;
    bob.goto(&format!("{machine}#sharing")).await;
    bob.click("sharing-back").await;
    bob.browser.click("#sharing .sheet button").await;
    bob.sees("notice-unshared").await;
    // And it ends before her eyes.
    eve.sees("error-404-title").await;
    let left = "return document.querySelectorAll('h1, #sharing').length";
    assert_eq!(eve.browser.eval(left).await, 1, "nothing of the page is left");
    eve.picture("taken-back").await;
    eve.goto("/machines").await;
    eve.sees("machines-empty").await;
    bob.close().await;
    eve.close().await;
    inside.hub.stop().await;
}

#[test]
fn a_browser_shares_a_machine_and_nobody_else_finds_it() {
    in_system(journey(Lang::En));
}

#[test]
fn a_browser_shares_a_machine_and_nobody_else_finds_it_in_chinese() {
    in_system(journey(Lang::ZhCn));
}
