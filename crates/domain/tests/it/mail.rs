//! Mail addresses of accounts: changed, confirmed, kept, and what follows them.

use crate::accounts::{register, *};
use crate::story::*;
use watchroom_domain::*;

/// Bob, whose address is confirmed.
fn bob() -> (Story, By) {
    let story = hub(Registration::Open).given(By::Stranger, register(1, "bob"));
    (story.given(By::Stranger, confirm(1)), By::Person(person(1)))
}

fn subscribe(n: u8, address: &str) -> Command {
    Command::Subscribe {
        subscription: SubscriptionId::derived(&[&n.to_string()]),
        subject: person(1),
        channel: "email".to_owned(),
        address: address.to_owned(),
        at_least: Severity::Warning,
        scope: Scope::Everywhere,
        quiet: None,
    }
}

fn address_of(story: &Story, n: u8) -> String {
    story.state.subscriptions[&SubscriptionId::derived(&[&n.to_string()])].address.clone()
}

#[test]
fn another_mail_address_holds_once_it_is_confirmed() {
    let (story, bob) = bob();
    let asked = ["ProfileChanged", "LetterRequested", "LetterRequested"];
    assert_eq!(story.then(bob, profile("new@example.org", 3)), asked);
    let story = story.given(bob, profile("new@example.org", 3));
    let known = &story.state.people[&person(1)];
    assert_eq!((known.mail.as_str(), known.profile.mail_confirmed), ("bob@example.org", true));
    assert_eq!((known.login.as_str(), known.display_name.as_str()), ("bob", "Ada"));
    let story = story.given(bob, confirm(3));
    assert_eq!(story.state.people[&person(1)].mail, "new@example.org");
    assert_eq!(story.then(bob, profile("new@example.org", 4)), Vec::<&str>::new(), "as it is");
    let bad = ask(AccountCommand::ChangeProfile {
        display_name: String::new(),
        mail: String::new(),
        sex: None,
        phone: "call me".to_owned(),
        language: String::new(),
        link: link(4),
    });
    assert_eq!(story.then(bob, bad), ["bad_phone"]);
}

#[test]
fn another_address_is_confirmed_by_the_account_itself_only() {
    let (story, bob) = bob();
    let story = story.given(bob, profile("mistyped@example.org", 3));
    assert_eq!(story.then(By::Stranger, confirm(3)), ["sign_in_to_confirm"]);
    assert_eq!(story.then(owner(), confirm(3)), ["sign_in_to_confirm"], "another account is not it");
    assert_eq!(story.then(bob, confirm(3)), ["MailConfirmed"]);
}

#[test]
fn an_address_typed_wrong_where_there_are_rights_already_gives_nothing_away() {
    let story = hub(Registration::Closed)
        .given(owner(), profile("", 2))
        .given(owner(), profile("mistyped@example.org", 3));
    assert_eq!(story.then(By::Stranger, confirm(3)), ["sign_in_to_confirm"], "the owner's own account");
    assert_eq!(story.then(owner(), confirm(3)), ["MailConfirmed"]);
}

#[test]
fn a_link_that_went_to_the_address_before_sets_no_password_any_more() {
    let (story, bob) = bob();
    let reset = ask(AccountCommand::AskReset { person: person(1), link: link(5), language: String::new() });
    let story = story.given(By::Stranger, reset).given(bob, profile("new@example.org", 3));
    let set = || Command::ResetPassword {
        secret_sha256: "secret 5".to_owned(),
        password_phc: "$argon2id$new".to_owned(),
    };
    assert!(story.then(By::Stranger, set()).contains(&"PasswordChanged"), "it still holds");
    let story = story.given(bob, confirm(3));
    assert_eq!(story.then(By::Stranger, set()), ["not_found"]);
}

#[test]
fn what_is_told_by_mail_follows_once_the_address_is_confirmed() {
    let (story, bob) = bob();
    let story = story
        .given(owner(), subscribe(1, "Bob@example.org"))
        .given(owner(), subscribe(2, "team@example.org"))
        .given(bob, profile("new@example.org", 3));
    assert_eq!(address_of(&story, 1), "Bob@example.org", "not before");
    assert_eq!(story.then(bob, confirm(3)), ["MailConfirmed", "AddressMoved"]);
    let story = story.given(bob, confirm(3));
    assert_eq!((&*address_of(&story, 1), &*address_of(&story, 2)), ("new@example.org", "team@example.org"));
}

#[test]
fn nothing_follows_from_an_address_that_somebody_only_claimed() {
    let story = hub(Registration::Invitation).given(owner(), invite(1, "", Role::Member));
    let story =
        story.given(By::Stranger, accept(1, 1, "eve")).given(owner(), subscribe(1, "eve@example.org"));
    let eve = By::Person(person(1));
    assert!(!story.state.people[&person(1)].profile.mail_confirmed);
    let story = story.given(eve, profile("new@example.org", 3));
    assert_eq!(story.then(eve, confirm(3)), ["MailConfirmed"]);
}

#[test]
fn an_address_that_waits_ends_when_it_is_not_wanted_or_the_password_is_another() {
    let (story, bob) = bob();
    assert_eq!(story.then(bob, ask(AccountCommand::KeepMail)), Vec::<&str>::new());
    let story = story.given(bob, profile("new@example.org", 3));
    assert!(story.state.mail_to_come(&story.state.people[&person(1)], NOW_US).is_some());
    let kept = story.clone().given(bob, ask(AccountCommand::KeepMail));
    assert_eq!(kept.then(bob, confirm(3)), ["not_found"]);
    let password = Command::ChangePassword { person: person(1), password_phc: "another".to_owned() };
    assert_eq!(story.given(bob, password).then(bob, confirm(3)), ["not_found"]);
    // The first address of an account goes on waiting.
    let waits = hub(Registration::Open).given(By::Stranger, register(1, "bob"));
    let reset = Command::IssuePasswordReset {
        person: person(1),
        secret_sha256: "reset".to_owned(),
        expires_us: NOW_US + HOUR_US,
    };
    let set = Command::ResetPassword { secret_sha256: "reset".to_owned(), password_phc: PHC.to_owned() };
    let waits = waits.given(By::Hub, reset).given(By::Stranger, set);
    assert_eq!(waits.then(By::Stranger, confirm(1)), ["MailConfirmed"]);
}

#[test]
fn whoever_leaves_is_forgotten_where_else_the_address_was_invited() {
    let (story, bob) = bob();
    let story = story.given(owner(), access(Registration::Invitation));
    let story = story.given(owner(), invite(5, "BOB@example.org", Role::Member));
    let story = story.given(owner(), invite(6, "else@example.org", Role::Member));
    let story = story.given(bob, Command::ForgetPerson { person: person(1) });
    let left: Vec<_> = story.state.accounts.invitations.values().map(|i| i.mail.as_str()).collect();
    assert_eq!(left, ["else@example.org"]);
}

#[test]
fn it_is_known_how_somebody_came() {
    let way = |story: &Story, n: u8| {
        story.log.iter().find_map(|recorded| match &recorded.event {
            Event::PersonRegistered(e) if e.person == person(n) => Some(e.way),
            _ => None,
        })
    };
    let open = hub(Registration::Open).given(By::Stranger, register(1, "bob"));
    assert_eq!(way(&open, 1), Some(Some(Joining::Open)));
    let invited = hub(Registration::Invitation).given(owner(), invite(1, "", Role::Member));
    assert_eq!(way(&invited.given(By::Stranger, accept(2, 1, "bob")), 2), Some(Some(Joining::Invitation)));
}

#[test]
fn letters_that_strangers_ask_for_stop_none_that_the_account_asks_for() {
    let (mut story, bob) = bob();
    let reset =
        |n| ask(AccountCommand::AskReset { person: person(1), link: link(n), language: String::new() });
    for n in 20..25 {
        story = story.given(By::Stranger, reset(n));
    }
    assert_eq!(story.then(By::Stranger, reset(25)), ["too_many_letters"]);
    for n in 30..34 {
        story = story.given(bob, profile(&format!("new{n}@example.org"), n));
    }
    let asked = ask(AccountCommand::AskConfirmation { link: link(40), language: String::new() });
    assert_eq!(story.then(bob, asked.clone()), ["too_many_letters"], "the first one counts too");
    story.now += HOUR_US;
    assert_eq!(story.then(bob, asked), ["LetterRequested"]);
}
