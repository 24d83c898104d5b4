//! From where somebody asks stands in the log, under the key of whom it is about.

use crate::accounts::{hub, register as newcomer};
use crate::story::{NOW_US, PHC, Story, machine, person, register};
use watchroom_domain::*;

const HERE: &str = "192.0.2.7";
const THERE: &str = "2001:db8::1";

fn ask(story: &mut Story, by: By, via: Option<Via>, address: &str, command: Command) -> Vec<Event> {
    let asker = Asker { by, via, address: Some(address.to_owned()) };
    let envelope = Envelope::of(asker, command.clone());
    let Ok(events) = story.state.decide(&envelope, story.now) else { return Vec::new() };
    story.record(by, &command, events.clone());
    events
}

fn names(events: &[Event]) -> Vec<&'static str> {
    events.iter().map(Event::name).collect()
}

fn with_token() -> (Story, Via) {
    let token = ApiTokenId::derived(&["t"]);
    let issue = Command::IssueApiToken {
        token,
        name: "t".to_owned(),
        secret_sha256: "t".to_owned(),
        scopes: [TokenScope::Manage].into(),
        expires_us: NOW_US + HOUR_US,
    };
    (Story::settled().given(By::Person(person(0)), issue), Via::Token(token))
}

#[test]
fn what_a_token_changes_from_elsewhere_stands_behind_a_word_of_it() {
    let (mut story, via) = with_token();
    let me = By::Person(person(0));
    let mut act =
        |n: u8, address: &str| ask(&mut story, me, Some(via), address, register(n, &format!("n-{n}")));
    let first = act(1, HERE);
    assert_eq!(names(&first)[..2], ["TokenMoved", "MachineRegistered"]);
    assert_eq!(first[0].subject(), Some(person(0)));
    assert_eq!(names(&act(2, HERE))[0], "MachineRegistered", "it is known");
    assert_eq!(names(&act(3, THERE))[0], "TokenMoved", "at once, that nothing is told as from elsewhere");
    assert_eq!(names(&act(4, HERE))[0], "TokenMoved");
    assert!(act(4, THERE).is_empty(), "what is refused moves nothing");
    assert_eq!(names(&act(5, &"9".repeat(65)))[0], "MachineRegistered", "that is no address");
    assert_eq!(names(&act(6, ""))[0], "MachineRegistered");
    assert_eq!(story.folded(), story.state);
}

#[test]
fn what_a_session_changes_from_elsewhere_stands_behind_a_word_of_it() {
    let me = By::Person(person(0));
    let session = SessionId::derived(&["s"]);
    let open = Command::OpenSession {
        session,
        person: person(0),
        password_phc: PHC.to_owned(),
        token_sha256: "11".to_owned(),
        expires_us: NOW_US + HOUR_US,
        address: HERE.to_owned(),
        browser: String::new(),
        shown: None,
    };
    let (mut story, via) = (Story::settled().given(me, open), Some(Via::Session(session)));
    assert_eq!(names(&ask(&mut story, me, via, HERE, register(1, "n-1")))[0], "MachineRegistered");
    assert_eq!(
        names(&ask(&mut story, me, via, THERE, register(2, "n-2")))[0],
        "SessionMoved",
        "within the minute"
    );
    assert!(story.state.machines.contains_key(&machine(2)));
    assert_eq!(story.state.sessions[&session].address, THERE);
    assert_eq!(story.folded(), story.state);
}

#[test]
fn what_strangers_do_says_from_where() {
    let mut story = hub(Registration::Open);
    let made = ask(&mut story, By::Stranger, None, HERE, newcomer(1, "bob"));
    let told = |event: &Event| match event {
        Event::PersonRegistered(e) => e.address.clone(),
        Event::LetterRequested(e) => e.address.clone(),
        _ => None,
    };
    let told: Vec<_> = made.iter().filter(|e| told(e).as_deref() == Some(HERE)).map(Event::name).collect();
    assert_eq!(told, ["PersonRegistered", "LetterRequested"]);
    assert!(made.iter().all(|e| e.subject().is_some() || !format!("{e:?}").contains(HERE)), "encrypted all");
    assert_eq!(story.folded(), story.state);
}
