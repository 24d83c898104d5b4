//! Codes beside the password.

use crate::story::*;
use std::collections::BTreeSet;
use watchroom_domain::*;

fn set(step: u64) -> Command {
    let recovery_sha256: BTreeSet<_> = (0..RECOVERY_CODES).map(|n| format!("recovery {n}")).collect();
    Command::SetSecondFactor { secret: "A".repeat(32), recovery_sha256, step }
}

fn open(session: u8, n: u8, shown: Option<ShownFactor>) -> Command {
    Command::OpenSession {
        session: SessionId::derived(&[&session.to_string()]),
        person: person(n),
        password_phc: PHC.to_owned(),
        token_sha256: format!("t{session}"),
        expires_us: NOW_US + HOUR_US,
        address: String::new(),
        browser: String::new(),
        shown,
    }
}

fn step(story: &Story) -> u64 {
    second_factor_step(story.now)
}

fn shown(step: u64) -> Option<ShownFactor> {
    Some(ShownFactor::Step(step))
}

/// Person 1 with this role has a second factor; person 2 is an administrator.
fn with(role: Role) -> Story {
    let mut story = Story::settled();
    story.people(1, role);
    story.people(2, Role::Administrator);
    let now = step(&story);
    story.given(By::Person(person(1)), set(now))
}

#[test]
fn the_password_alone_opens_nothing_and_a_code_works_once() {
    let me = By::Person(person(1));
    let mut story = with(Role::Member);
    assert_eq!(story.then(me, open(1, 1, None)), ["code_missing"]);
    assert_eq!(story.then(me, open(1, 1, shown(step(&story)))), ["code_wrong"], "it was shown at the begin");
    story.now += SECOND_FACTOR_STEP_US;
    let now = step(&story);
    for elsewhen in [now - 2, now + 2] {
        assert_eq!(story.then(me, open(1, 1, shown(elsewhen))), ["code_wrong"]);
    }
    let story = story.given(me, open(1, 1, shown(now)));
    assert_eq!(story.then(me, open(2, 1, shown(now))), ["code_wrong"], "it works once");
    assert_eq!(story.then(me, open(2, 1, shown(now + 1))), ["SessionOpened"], "a clock may be early");
    assert_eq!(story.folded(), story.state);
}

#[test]
fn a_recovery_code_works_once() {
    let me = By::Person(person(1));
    let code = |n: u8| Some(ShownFactor::Recovery(format!("recovery {n}")));
    let story = with(Role::Member).given(me, open(1, 1, code(3)));
    assert_eq!(story.then(me, open(2, 1, code(3))), ["code_wrong"]);
    assert_eq!(story.then(me, open(2, 1, code(99))), ["code_wrong"]);
    assert_eq!(story.then(me, open(2, 1, code(4))), ["SessionOpened"]);
}

#[test]
fn it_is_turned_off_with_a_code_or_by_whoever_may_change_the_role() {
    let off = |shown| Command::RemoveSecondFactor { person: person(1), shown };
    let me = By::Person(person(1));
    let mut story = with(Role::Member);
    assert_eq!(story.then(me, set(step(&story))), ["second_factor_set"]);
    assert_eq!(story.then(me, off(None)), ["code_missing"]);
    story.now += SECOND_FACTOR_STEP_US;
    assert_eq!(story.then(me, off(shown(step(&story)))), ["SecondFactorRemoved"]);
    assert_eq!(story.then(By::Person(person(2)), off(None)), ["SecondFactorRemoved"]);
    assert_eq!(with(Role::Owner).then(By::Person(person(2)), off(None)), ["owner_only"]);
    assert_eq!(with(Role::Owner).then(By::Person(person(0)), off(None)), ["SecondFactorRemoved"]);
    story.people(3, Role::Operator);
    assert_eq!(story.then(By::Person(person(3)), off(None)), ["forbidden"]);
    let story = story.given(By::Person(person(2)), off(None));
    assert_eq!(story.then(me, open(1, 1, None)), ["SessionOpened"]);
}

#[test]
fn it_begins_with_a_code_of_this_moment_and_a_whole_secret() {
    let mut story = Story::settled();
    story.people(1, Role::Member);
    let me = By::Person(person(1));
    let now = step(&story);
    assert_eq!(story.then(me, set(now - 5)), ["code_wrong"]);
    let short = |secret: &str, codes: usize| Command::SetSecondFactor {
        secret: secret.to_owned(),
        recovery_sha256: (0..codes).map(|n| n.to_string()).collect(),
        step: now,
    };
    assert_eq!(story.then(me, short("AAAA", RECOVERY_CODES)), ["bad_secret"]);
    assert_eq!(story.then(me, short(&"1".repeat(32), RECOVERY_CODES)), ["bad_secret"]);
    assert_eq!(story.then(me, short(&"A".repeat(32), 0)), ["bad_secret"]);
}

#[test]
fn others_sessions_end_and_this_one_stays() {
    let me = By::Person(person(1));
    let mut story = Story::settled();
    story.people(1, Role::Member);
    story.people(2, Role::Member);
    let story = story
        .given(me, open(1, 1, None))
        .given(me, open(2, 1, None))
        .given(By::Person(person(2)), open(3, 2, None));
    let session = |n: u8| SessionId::derived(&[&n.to_string()]);
    let story = story.given(me, Command::CloseOtherSessions { session: session(1) });
    let left: BTreeSet<_> = story.state.sessions.keys().copied().collect();
    assert_eq!(left, BTreeSet::from([session(1), session(3)]));
}

#[test]
fn another_address_is_noted_at_most_once_a_minute() {
    let me = By::Person(person(1));
    let mut story = Story::settled();
    story.people(1, Role::Member);
    let mut story = story.given(me, open(1, 1, None));
    let moved = |address: &str| Command::NoteSessionMoved {
        session: SessionId::derived(&["1"]),
        address: address.to_owned(),
    };
    assert!(story.then(By::Hub, moved("192.0.2.2")).is_empty(), "it was opened a moment ago");
    story.now += MINUTE_US;
    assert_eq!(story.then(me, moved("192.0.2.2")), ["forbidden"]);
    let story = story.given(By::Hub, moved("192.0.2.2"));
    assert!(story.then(By::Hub, moved("192.0.2.3")).is_empty());
    assert!(story.then(By::Hub, moved(&"9".repeat(99))).is_empty());
    assert_eq!(story.state.sessions[&SessionId::derived(&["1"])].address, "192.0.2.2");
    assert_eq!(story.folded(), story.state);
}
