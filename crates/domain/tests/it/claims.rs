//! Addresses that somebody only claims: nothing of their true owner's is taken away by that.

use crate::accounts::{accept, confirm, hub, invite, owner, register};
use crate::story::*;
use watchroom_domain::*;

const BOSS: &str = "boss@example.org";

/// Person 1 claims the boss's address: came by an invitation, and has confirmed nothing.
fn claimed() -> Story {
    hub(Registration::Invitation)
        .given(owner(), invite(1, "", Role::Member))
        .given(By::Stranger, accept(1, 1, "boss"))
}

fn wish(subject: SubjectId, address: &str) -> Command {
    Command::Subscribe {
        subscription: SubscriptionId::derived(&[address]),
        subject,
        channel: "email".to_owned(),
        address: address.to_owned(),
        at_least: Severity::Warning,
        scope: Scope::Everywhere,
        quiet: None,
    }
}

fn kept(n: u8, name: &str, subject: SubjectId, mail: &str) -> Command {
    let keeper = Keeper { subject, name: name.to_owned(), phone: String::new(), mail: mail.to_owned() };
    let details = MachineDetails { name: format!("kept-{n}"), ..MachineDetails::default() };
    Command::RegisterMachine { machine: machine(n), details, keeper }
}

#[test]
fn an_address_is_its_accounts_once_it_is_confirmed_and_not_before() {
    assert_eq!(claimed().state.subject_of_address(BOSS), None, "invited, and never confirmed");
    let story = hub(Registration::Open).given(By::Stranger, register(1, "boss"));
    assert_eq!(story.state.subject_of_address(BOSS), None, "of no use yet");
    let story = story.given(By::Stranger, confirm(1));
    assert_eq!(story.state.subject_of_address(" Boss@Example.org"), Some(person(1)));
    assert_eq!(story.state.subject_of_address(""), None, "the owner has no address");
    let mut mine = Story::new();
    let first = Command::RegisterOwner {
        person: person(0),
        login: "owner".to_owned(),
        display_name: String::new(),
        mail: "owner@example.org".to_owned(),
        password_phc: PHC.to_owned(),
    };
    mine.try_to(By::Stranger, first);
    assert_eq!(mine.state.subject_of_address("owner@example.org"), Some(person(0)), "whom nobody let in");
}

#[test]
fn what_an_older_log_keeps_under_a_claims_key_makes_no_claim_true() {
    let story =
        claimed().given(owner(), wish(person(1), BOSS)).given(owner(), kept(5, "Boss", person(1), BOSS));
    let state = &story.state;
    assert_eq!(state.subject_of_address(BOSS), None);
    assert_eq!(state.subject_of_keeper(Some(machine(5)), "Boss", BOSS), None, "not by the name either");
    assert_eq!(state.subject_of_keeper(Some(machine(5)), "Boss", ""), Some(person(1)), "without an address");
}

#[test]
fn one_address_of_nobody_with_an_account_has_one_key() {
    let subject = person(9);
    let story = claimed().given(owner(), kept(5, "Boss", subject, BOSS));
    assert_eq!(story.state.subject_of_address("BOSS@example.org"), Some(subject));
    let other = story.state.subject_of_keeper(Some(machine(5)), "Boss", "new@example.org");
    assert_eq!(other, Some(subject), "the same keeper with another address");
    let story = claimed().given(owner(), wish(subject, BOSS));
    assert_eq!(story.state.subject_of_address(BOSS), Some(subject));
}

#[test]
fn who_claimed_an_address_leaves_and_what_goes_there_stays() {
    let story = claimed().given(owner(), wish(person(9), BOSS)).given(owner(), kept(5, "", person(9), BOSS));
    let story = story.given(By::Person(person(1)), Command::ForgetPerson { person: person(1) });
    assert_eq!(story.state.subscriptions.len(), 1);
    assert!(story.state.machines[&machine(5)].keeper.is_some());
}

#[test]
fn what_was_kept_before_the_address_was_confirmed_leaves_with_its_person() {
    let team = "team@example.org";
    let story = claimed()
        .given(owner(), wish(person(8), BOSS))
        .given(owner(), kept(5, "", person(9), BOSS))
        .given(owner(), wish(person(9), team))
        .given(By::Person(person(1)), confirm(1));
    let story = story.given(By::Person(person(1)), Command::ForgetPerson { person: person(1) });
    let state = &story.state;
    let left: Vec<_> = state.subscriptions.values().map(|s| s.address.as_str()).collect();
    assert_eq!(left, [team], "another address under the same key goes on");
    assert!(state.machines[&machine(5)].keeper.is_none());
    assert!(state.forgotten.contains(&person(8)) && !state.forgotten.contains(&person(9)));
}
