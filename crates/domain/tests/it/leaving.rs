//! Leaving for good, and being forgotten.

use crate::story::*;
use std::collections::BTreeSet;
use watchroom_domain::*;

const ME: u8 = 1;

fn forget(n: u8) -> Command {
    Command::ForgetPerson { person: person(n) }
}

fn open(n: u8) -> Command {
    Command::OpenSession {
        session: SessionId::derived(&["s", &n.to_string()]),
        person: person(n),
        password_phc: PHC.to_owned(),
        token_sha256: format!("t{n}"),
        expires_us: NOW_US + HOUR_US,
        address: "192.0.2.1".to_owned(),
        browser: "Firefox".to_owned(),
        shown: None,
    }
}

fn subscription() -> SubscriptionId {
    SubscriptionId::derived(&["chat"])
}

/// Person 1 with this role and everything that somebody can have; person 2 is an administrator, 3 a member.
fn rich(role: Role) -> Story {
    let mut story = Story::settled();
    for (n, role) in [(ME, role), (2, Role::Administrator), (3, Role::Member)] {
        story.people(n, role);
    }
    let (me, owner) = (By::Person(person(ME)), By::Person(person(0)));
    let group = GroupId::derived(&["g"]);
    let wish = Command::Subscribe {
        subscription: SubscriptionId::derived(&["mail"]),
        subject: person(ME),
        channel: "email".to_owned(),
        address: "me@example.org".to_owned(),
        at_least: Severity::Warning,
        scope: Scope::Everywhere,
        quiet: None,
    };
    let chat = body::DestinationLinked {
        subscription: subscription(),
        subject: person(ME),
        person: person(ME),
        channel: "telegram".to_owned(),
        address: "7".to_owned(),
        group: false,
        title: "me".to_owned(),
        language: "en".to_owned(),
    };
    let token = Command::IssueApiToken {
        token: ApiTokenId::derived(&["t"]),
        name: "script".to_owned(),
        secret_sha256: "aa".to_owned(),
        scopes: BTreeSet::from([TokenScope::Read]),
        expires_us: NOW_US + HOUR_US,
    };
    let rule = Rule {
        rule: RuleId::derived(&["mine"]),
        name: "mine".to_owned(),
        scope: Scope::Machine { machine: machine(0) },
        condition: Condition::Silent { for_us: MINUTE_US },
        severity: Severity::Warning,
        enabled: true,
        escalation: vec![EscalationStep { after_us: MINUTE_US, to: vec![person(ME), person(2)] }],
        personal: false,
    };
    let secret = "A".repeat(32);
    let recovery_sha256: BTreeSet<_> = (0..RECOVERY_CODES).map(|n| n.to_string()).collect();
    let step = second_factor_step(NOW_US);
    let mut story = story
        .given(me, open(ME))
        .given(me, token)
        .given(me, Command::SetSecondFactor { secret, recovery_sha256, step })
        .given(me, Command::SetPortrait { jpeg: "/9j/AAAA".to_owned() })
        .given(owner, Command::SetOwner { thing: Thing::Machine(machine(0)), owner: Some(person(ME)) })
        .given(owner, Command::AddRule { rule })
        .given(owner, Command::AddGroup { group, name: "us".to_owned() })
        .given(owner, Command::JoinGroup { group, person: person(ME) })
        .given(owner, wish);
    let (kept, name, phone, mail) = (machine(0), "Me".to_owned(), String::new(), "me@example.org".to_owned());
    let keeper = body::KeeperSet { machine: kept, keeper: person(ME), name, phone, mail };
    let refused = body::RightRefused {
        subject: person(ME),
        channel: "telegram".to_owned(),
        address: "7".to_owned(),
        press: "p".to_owned(),
        incident: None,
        asked: Asked::Acknowledge,
    };
    let nothing = Command::CloseSession { session: SessionId::derived(&["none"]) };
    story.record(By::Hub, &nothing, vec![chat.into(), keeper.into(), refused.into()]);
    story
}

/// The log as it reads once the keys of the forgotten are destroyed.
fn read_again(story: &Story) -> State {
    let mut state = State::default();
    for recorded in &story.log {
        let subject = recorded.event.subject().filter(|s| story.state.forgotten.contains(s));
        let kind = recorded.event.kind().kind;
        let event = subject.map_or(recorded.event.clone(), |subject| Event::Forgotten { kind, subject });
        state.apply(&RecordedEvent { event, ..recorded.clone() });
    }
    state
}

#[test]
fn nothing_names_who_has_left_and_the_log_folds_to_the_same_without_the_key() {
    for by in [person(ME), person(0)] {
        let story = rich(Role::Operator).given(By::Person(by), forget(ME));
        let state = &story.state;
        assert!(!state.people.contains_key(&person(ME)));
        assert!(state.sessions.is_empty() && state.api_tokens.is_empty() && state.subscriptions.is_empty());
        assert!(
            state.destinations.is_empty() && state.second_factors.is_empty() && state.portraits.is_empty()
        );
        assert!(state.machines[&machine(0)].keeper.is_none());
        assert_eq!(state.access.owner(Thing::Machine(machine(0))), None);
        assert!(state.access.groups.values().all(|g| g.members.is_empty()));
        let told = &state.rules[&RuleId::derived(&["mine"])].escalation[0].to;
        assert_eq!(*told, [person(2)], "whoever else is told stays");
        assert_eq!(read_again(&story), *state);
    }
}

#[test]
fn what_ends_of_itself_ends_when_the_log_is_read_again_too() {
    let mut story = rich(Role::Member).given(By::Person(person(2)), open(2));
    story.now += 2 * HOUR_US;
    let later = |n| match open(n) {
        Command::OpenSession { session, person, password_phc, token_sha256, address, browser, .. } => {
            let (expires_us, shown) = (NOW_US + 9 * HOUR_US, None);
            let session = SessionId::derived(&[&session.to_string(), "later"]);
            let password_phc = password_phc.clone();
            Command::OpenSession {
                session,
                person,
                password_phc,
                token_sha256,
                expires_us,
                address,
                browser,
                shown,
            }
        }
        other => other,
    };
    let story = story.given(By::Person(person(3)), later(3)).given(By::Person(person(3)), forget(3));
    assert!(story.state.sessions.is_empty(), "the first ones' time was over");
    assert_eq!(read_again(&story), story.state);
}

#[test]
fn the_last_owner_stays_and_only_an_owner_sends_an_owner_away() {
    let story = rich(Role::Owner);
    let alone = Story::settled();
    assert_eq!(alone.then(By::Person(person(0)), forget(0)), ["last_owner"]);
    assert_eq!(story.then(By::Person(person(2)), forget(ME)), ["owner_only"]);
    assert_eq!(story.then(By::Person(person(3)), forget(2)), ["forbidden"]);
    assert!(story.when(By::Person(person(0)), forget(ME)).is_ok());
    assert!(story.when(By::Person(person(0)), forget(0)).is_ok(), "there is another one");
    let suspended = story.given(By::Person(person(0)), Command::SuspendPerson { person: person(ME) });
    assert_eq!(suspended.then(By::Person(person(0)), forget(0)), ["last_owner"], "who is suspended is none");
    assert_eq!(suspended.then(By::Person(person(0)), forget(9)), ["not_found"]);
}

#[test]
fn nothing_is_recorded_of_the_forgotten_any_more_and_the_login_name_is_free() {
    let story = rich(Role::Member).given(By::Person(person(ME)), forget(ME));
    assert!(story.state.person_by_login("person-1").is_none());
    assert_eq!(story.then(By::Person(person(ME)), open(ME)), ["forbidden"]);
    let wish = Command::Subscribe {
        subscription: subscription(),
        subject: person(ME),
        channel: "email".to_owned(),
        address: "me@example.org".to_owned(),
        at_least: Severity::Warning,
        scope: Scope::Everywhere,
        quiet: None,
    };
    assert_eq!(story.then(By::Person(person(0)), wish), ["not_found"]);
}

#[test]
fn a_personal_rule_of_who_left_is_switched_off() {
    let me = By::Person(person(ME));
    let rule = Rule {
        rule: RuleId::derived(&["own"]),
        name: "own".to_owned(),
        scope: Scope::Machine { machine: machine(0) },
        condition: Condition::Silent { for_us: MINUTE_US },
        severity: Severity::Warning,
        enabled: true,
        escalation: Vec::new(),
        personal: true,
    };
    let story = rich(Role::Member).given(me, Command::AddRule { rule }).given(me, forget(ME));
    assert!(!story.state.rules[&RuleId::derived(&["own"])].enabled);
    assert_eq!(read_again(&story), story.state);
}

#[test]
fn an_owner_whose_address_waits_is_no_owner_to_stay_behind() {
    let (mut story, owner) = (crate::accounts::hub(Registration::Open), By::Person(person(0)));
    story.try_to(By::Stranger, crate::accounts::register(4, "waits"));
    let set = |role| Command::SetRole { person: person(4), role };
    for role in [Role::Operator, Role::Administrator, Role::Owner] {
        assert_eq!(story.then(owner, set(role)), ["role_unconfirmed"], "{role:?}");
    }
    assert_eq!(story.then(owner, set(Role::Viewer)), ["RoleChanged"]);
    // A log from before that was looked at.
    let made = body::RoleChanged { person: person(4), role: Role::Owner };
    story.record(owner, &forget(9), vec![made.into()]);
    assert_eq!(story.then(owner, forget(0)), ["last_owner"]);
    story.now += CONFIRM_WITHIN_US;
    let account = crate::accounts::account(5, "Waits");
    let link = crate::accounts::link_until(5, story.now + HOUR_US);
    let again = Command::Account(AccountCommand::Register { account, link });
    assert_eq!(
        story.then(By::Stranger, again),
        ["login_taken"],
        "the name is no other's while the account is"
    );
}
