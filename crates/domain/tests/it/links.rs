//! Chats that belong to people, and buttons that are pressed there.

use crate::story::*;
use watchroom_domain::alert::AlertCommand;
use watchroom_domain::*;

const CHANNEL: &str = "telegram";

/// Person 1 with a role, beside the owner, and a channel.
fn with(role: Role) -> Story {
    let mut story = Story::settled();
    let body = body::PersonRegistered {
        person: person(1),
        login: "other".to_owned(),
        display_name: "Other".to_owned(),
        mail: String::new(),
        role,
        password_phc: PHC.to_owned(),
        way: None,
        address: None,
    };
    let nothing = Command::CloseSession { session: SessionId::derived(&["none"]) };
    story.record(By::Hub, &nothing, vec![body.into()]);
    let settings = Default::default();
    story.given(By::Hub, Command::ConfigureChannel { channel: CHANNEL.to_owned(), settings })
}

fn issue_code(hash: &str) -> Command {
    let code = LinkCode {
        channel: CHANNEL.to_owned(),
        code_sha256: hash.to_owned(),
        expires_us: NOW_US + 24 * HOUR_US,
        language: "en".to_owned(),
    };
    Command::IssueLinkCode { channel: CHANNEL.to_owned(), code }
}

fn show(hash: &str, address: &str, group: bool) -> Command {
    Command::LinkDestination {
        channel: CHANNEL.to_owned(),
        code_sha256: hash.to_owned(),
        address: address.to_owned(),
        group,
        title: "Room\u{7} 2".to_owned(),
        subscription: SubscriptionId::derived(&[address, hash]),
    }
}

fn linked(role: Role) -> Story {
    with(role).given(By::Person(person(1)), issue_code("h")).given(By::Stranger, show("h", "42", false))
}

/// An incident that fires.
fn firing(story: Story) -> (Story, IncidentId) {
    let rule = Rule {
        rule: RuleId::derived(&["r"]),
        name: "Hot".to_owned(),
        scope: Scope::Everywhere,
        condition: Condition::Silent { for_us: MINUTE_US },
        severity: Severity::Critical,
        enabled: true,
        escalation: Vec::new(),
        personal: false,
    };
    let key = (rule.rule, machine(0), None);
    let story = story.given(By::Person(person(0)), Command::AddRule { rule });
    let (since_us, cause) = (NOW_US, story.state.position);
    let open = AlertCommand::Open { key, since_us, value: 1.0, cause };
    let fire = AlertCommand::Fire { key, at_us: NOW_US + MINUTE_US, value: 1.0, cause };
    let story = story.given(By::Hub, Command::Alert(open)).given(By::Hub, Command::Alert(fire));
    let incident = *story.state.incidents.keys().next().unwrap();
    (story, incident)
}

fn press(name: &str, incident: IncidentId, asked: Asked) -> Command {
    let (channel, address, press) = (CHANNEL.to_owned(), "42".to_owned(), name.to_owned());
    Command::Press { channel, address, press, incident, asked }
}

#[test]
fn a_code_links_once_and_within_its_time() {
    let one = By::Person(person(1));
    let story = with(Role::Viewer).given(one, issue_code("h"));
    assert_eq!(story.then(By::Stranger, show("other", "42", false)), ["link_code_unknown"]);
    let mut late = story.clone();
    late.now += LINK_CODE_LIFE_US;
    assert_eq!(
        late.then(By::Stranger, show("h", "42", false)),
        ["link_code_expired"],
        "whatever was asked for"
    );
    assert_eq!(story.then(By::Stranger, show("h", "42", false)), ["DestinationLinked", "Subscribed"]);
    let newer = story.clone().given(one, issue_code("newer"));
    assert_eq!(
        newer.then(By::Stranger, show("h", "42", false)),
        ["link_code_unknown"],
        "a newer one ends it"
    );
    let story = story.given(By::Stranger, show("h", "42", false));
    assert_eq!(story.then(By::Stranger, show("h", "43", false)), ["link_code_unknown"], "it is used up");
    assert_eq!(story.state.person_by_address(CHANNEL, "42"), Some(person(1)));
    assert_eq!(story.state.person_by_address("email", "42"), None);
}

#[test]
fn only_who_manages_channels_adds_a_group_and_nobody_is_known_by_a_group() {
    let one = By::Person(person(1));
    let operator = with(Role::Operator).given(one, issue_code("h"));
    assert_eq!(operator.then(By::Stranger, show("h", "-7", true)), ["forbidden"]);
    let story =
        with(Role::Administrator).given(one, issue_code("h")).given(By::Stranger, show("h", "-7", true));
    assert_eq!(story.state.person_by_address(CHANNEL, "-7"), None);
    let group = story.state.destination(CHANNEL, "-7").unwrap();
    assert_eq!((group.title.as_str(), group.group), ("Room 2", true));
    assert_ne!(group.subject, person(1), "what a group is told is nobody's own");
}

#[test]
fn a_chat_is_unlinked_by_whose_it_is_or_who_manages_channels() {
    let story = linked(Role::Viewer);
    let subscription = *story.state.destinations.keys().next().unwrap();
    let unlink = || Command::UnlinkDestination { subscription };
    assert_eq!(story.then(By::Stranger, unlink()), ["forbidden"]);
    for by in [By::Person(person(1)), By::Person(person(0)), By::Hub] {
        assert_eq!(story.then(by, unlink()), ["DestinationUnlinked", "Unsubscribed"], "{by:?}");
    }
    let other = linked(Role::Operator).given(By::Person(person(0)), issue_code("o"));
    let other = other.given(By::Stranger, show("o", "50", false));
    let owners = other.state.destination(CHANNEL, "50").unwrap().subscription;
    let unlink = Command::UnlinkDestination { subscription: owners };
    assert_eq!(other.then(By::Person(person(1)), unlink), ["forbidden"], "somebody else's");
    // Linked anew, even by somebody else: it is theirs from now on.
    let story = story.given(By::Person(person(0)), issue_code("n"));
    assert_eq!(
        story.then(By::Stranger, show("n", "42", false)),
        ["DestinationUnlinked", "Unsubscribed", "DestinationLinked", "Subscribed"]
    );
}

#[test]
fn a_press_does_what_its_person_may_do_and_a_refusal_is_recorded() {
    for role in [Role::Viewer, Role::Member, Role::Operator, Role::Administrator, Role::Owner] {
        let (story, incident) = firing(linked(role));
        let answer = story.then(By::Person(person(1)), press("p", incident, Asked::Acknowledge));
        let expected: &[&str] =
            if role >= Role::Operator { &["AlertAcknowledged", "PressTaken"] } else { &["RightRefused"] };
        assert_eq!(answer, expected, "{role:?}");
    }
    let (story, incident) = firing(linked(Role::Operator));
    for by in [By::Stranger, By::Person(person(9))] {
        assert_eq!(story.then(by, press("p", incident, Asked::Acknowledge)), ["RightRefused"], "{by:?}");
    }
    assert_eq!(story.then(By::Agent(machine(0)), press("p", incident, Asked::Acknowledge)), ["forbidden"]);
}

#[test]
fn no_press_has_an_effect_twice() {
    let one = By::Person(person(1));
    let snooze = Asked::Snooze { for_us: HOUR_US };
    let (story, incident) = firing(linked(Role::Operator));
    let mut story = story.given(one, press("p", incident, snooze));
    let nothing: [&str; 0] = [];
    assert_eq!(story.then(one, press("p", incident, snooze)), nothing, "the same press");
    assert_eq!(story.then(one, press("q", incident, snooze)), nothing, "another one, just behind it");
    story.now += 10 * MINUTE_US;
    assert_eq!(story.then(one, press("p", incident, snooze)), nothing, "the same press, told late");
    assert!(story.then(one, press("q", incident, snooze)).contains(&"PressTaken"), "anew");
    let (story, incident) = firing(linked(Role::Viewer));
    let story = story.given(one, press("p", incident, snooze));
    assert_eq!(story.then(one, press("p", incident, snooze)), nothing, "a refusal is recorded once");
}
