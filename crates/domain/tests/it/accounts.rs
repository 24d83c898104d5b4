//! Registering, invitations, letters, profiles.

use crate::story::*;
use std::collections::BTreeSet;
use watchroom_domain::*;

const DAY_US: Micros = 24 * HOUR_US;

pub fn owner() -> By {
    By::Person(person(0))
}

pub fn link(n: u8) -> LetterLink {
    link_until(n, NOW_US + DAY_US)
}

pub fn link_until(n: u8, expires_us: Micros) -> LetterLink {
    let letter = LetterId::derived(&["letter", &n.to_string()]);
    LetterLink { letter, secret_sha256: format!("secret {n}"), expires_us }
}

pub fn account(n: u8, login: &str) -> NewAccount {
    NewAccount {
        person: person(n),
        login: login.to_owned(),
        display_name: String::new(),
        mail: format!("{login}@example.org"),
        password_phc: PHC.to_owned(),
        sex: None,
        phone: String::new(),
        language: "en".to_owned(),
    }
}

pub fn ask(command: AccountCommand) -> Command {
    Command::Account(command)
}

pub fn access(registration: Registration) -> Command {
    ask(AccountCommand::ConfigureAccess { registration, role: Role::Member })
}

pub fn register(n: u8, login: &str) -> Command {
    ask(AccountCommand::Register { account: account(n, login), link: link(n) })
}

pub fn confirm(n: u8) -> Command {
    ask(AccountCommand::ConfirmMail { secret_sha256: format!("secret {n}") })
}

pub fn invite(n: u8, mail: &str, role: Role) -> Command {
    let invitation = InvitationId::derived(&[&n.to_string()]);
    let (mail, groups, language) = (mail.to_owned(), BTreeSet::new(), "en".to_owned());
    ask(AccountCommand::Invite { invitation, mail, role, groups, language, link: link(n) })
}

pub fn accept(n: u8, of: u8, login: &str) -> Command {
    let secret_sha256 = format!("secret {of}");
    ask(AccountCommand::Accept { secret_sha256, account: account(n, login), link: link(n) })
}

pub fn profile(mail: &str, n: u8) -> Command {
    ask(AccountCommand::ChangeProfile {
        display_name: "Ada".to_owned(),
        mail: mail.to_owned(),
        sex: Some(Sex::Female),
        phone: "+41 44 000 00 00".to_owned(),
        language: "zh-CN".to_owned(),
        link: link(n),
    })
}

/// A hub that can send mail and takes people in like this.
pub fn hub(registration: Registration) -> Story {
    let email = Command::ConfigureChannel { channel: "email".to_owned(), settings: Default::default() };
    Story::settled().given(owner(), email).given(owner(), access(registration))
}

#[test]
fn nobody_registers_until_an_owner_opens_it() {
    let mut story = Story::settled();
    assert_eq!(story.then(By::Stranger, register(1, "bob")), ["registration_closed"]);
    assert_eq!(story.then(owner(), access(Registration::Open)), ["mail_not_set_up"]);
    story.people(1, Role::Administrator);
    assert_eq!(story.then(By::Person(person(1)), access(Registration::Invitation)), ["owner_only"]);
    assert_eq!(hub(Registration::Invitation).then(By::Stranger, register(2, "bob")), ["registration_closed"]);
    let story = hub(Registration::Open);
    assert_eq!(story.then(owner(), access(Registration::Open)), Vec::<&str>::new());
    let named = ["PersonRegistered", "ProfileChanged", "ConfirmationAwaited", "LetterRequested"];
    assert_eq!(story.then(By::Stranger, register(2, "bob")), named);
    assert_eq!(story.then(owner(), register(2, "bob")), ["forbidden"], "who has an account needs no other");
}

#[test]
fn whoever_registered_may_nothing_until_the_mail_address_is_confirmed() {
    let story = hub(Registration::Open).given(By::Stranger, register(1, "bob"));
    let bob = By::Person(person(1));
    let who = story.state.principal(bob);
    assert!(who.waits && who.role.is_none());
    for action in [Action::Watch, Action::ManageOwnAccount, Action::ManageMachines, Action::ReadLog] {
        assert!(!may(&who, action), "{action:?}");
    }
    assert!(may(&who, Action::SignIn) && may(&who, Action::ConfirmMail));
    assert_eq!(story.then(bob, profile("x@example.org", 9)), ["forbidden"]);
    assert_eq!(story.then(By::Stranger, confirm(9)), ["not_found"]);
    let mut late = story.clone();
    late.now += DAY_US;
    assert_eq!(late.then(By::Stranger, confirm(1)), ["not_found"], "links end");
    let story = story.given(By::Stranger, confirm(1));
    assert_eq!(story.state.principal(bob).role, Some(Role::Member));
    assert_eq!(story.then(By::Stranger, confirm(1)), ["not_found"], "a link works once");
}

#[test]
fn login_names_are_one_of_a_kind_and_free_again_when_nobody_confirms() {
    let story = hub(Registration::Open).given(By::Stranger, register(1, "bob"));
    assert_eq!(story.then(By::Stranger, register(2, "BOB")), ["login_taken"]);
    assert_eq!(story.then(By::Stranger, register(2, "Owner")), ["login_taken"]);
    let mut late = story.clone();
    late.now += CONFIRM_WITHIN_US;
    let command =
        ask(AccountCommand::Register { account: account(2, "Bob"), link: link_until(2, late.now + DAY_US) });
    let late = late.given(By::Stranger, command);
    assert!(!late.state.people.contains_key(&person(1)));
    assert_eq!(late.state.person_by_login("bob").map(|p| p.person), Some(person(2)));
    let mut kept = story.given(By::Stranger, confirm(1));
    kept.now += 10 * CONFIRM_WITHIN_US;
    let command =
        ask(AccountCommand::Register { account: account(2, "Bob"), link: link_until(2, kept.now + DAY_US) });
    assert_eq!(kept.then(By::Stranger, command), ["login_taken"], "who has confirmed stays");
}

#[test]
fn an_invitation_gives_its_role_and_groups_once() {
    let group = GroupId::derived(&["lab"]);
    let story = hub(Registration::Invitation)
        .given(owner(), Command::AddGroup { group, name: "Lab".to_owned() })
        .given(
            owner(),
            ask(AccountCommand::Invite {
                invitation: InvitationId::derived(&["1"]),
                mail: "bob@example.org".to_owned(),
                role: Role::Operator,
                groups: BTreeSet::from([group]),
                language: "en".to_owned(),
                link: link(1),
            }),
        );
    assert_eq!(story.then(By::Stranger, accept(2, 9, "bob")), ["not_found"]);
    let used = story.clone().given(By::Stranger, accept(2, 1, "bob"));
    let bob = &used.state.people[&person(2)];
    assert!(bob.role == Role::Operator && bob.profile.mail_confirmed && !bob.profile.waits);
    assert!(used.state.access.groups[&group].members.contains(&person(2)));
    assert_eq!(used.then(By::Stranger, accept(3, 1, "eve")), ["not_found"], "used");
    let mut late = story.clone();
    late.now += DAY_US;
    assert_eq!(late.then(By::Stranger, accept(2, 1, "bob")), ["not_found"], "over");
    let withdrawn = ask(AccountCommand::Withdraw { invitation: InvitationId::derived(&["1"]) });
    let gone = story.clone().given(owner(), withdrawn);
    assert_eq!(gone.then(By::Stranger, accept(2, 1, "bob")), ["not_found"], "withdrawn");
    let again = AccountCommand::InviteAgain { invitation: InvitationId::derived(&["1"]), link: link(5) };
    let renewed = story.given(owner(), ask(again));
    assert_eq!(renewed.then(By::Stranger, accept(2, 1, "bob")), ["not_found"], "the link before has ended");
    assert!(renewed.then(By::Stranger, accept(2, 5, "bob")).contains(&"InvitationUsed"));
}

#[test]
fn another_address_than_the_invited_one_is_confirmed_by_a_letter() {
    let story = hub(Registration::Invitation)
        .given(owner(), invite(1, "bob@example.org", Role::Member))
        .given(By::Stranger, accept(2, 1, "robert"));
    assert!(!story.state.people[&person(2)].profile.mail_confirmed);
    assert_eq!(
        story.then(By::Stranger, confirm(2)),
        ["sign_in_to_confirm"],
        "the letter may have gone astray"
    );
    let story = story.given(By::Person(person(2)), confirm(2));
    assert!(story.state.people[&person(2)].profile.mail_confirmed);
}

#[test]
fn nobody_invites_above_their_own_role_or_after_losing_it() {
    let mut story = hub(Registration::Invitation);
    story.people(1, Role::Administrator);
    let admin = By::Person(person(1));
    assert_eq!(story.then(admin, invite(1, "", Role::Owner)), ["role_above"]);
    assert_eq!(story.then(admin, invite(1, "", Role::Administrator)), ["Invited"]);
    story.people(2, Role::Operator);
    assert_eq!(story.then(By::Person(person(2)), invite(1, "", Role::Viewer)), ["forbidden"]);
    let story = story.given(admin, invite(1, "", Role::Administrator));
    let lowered = Command::SetRole { person: person(1), role: Role::Operator };
    assert_eq!(story.clone().given(owner(), lowered).then(By::Stranger, accept(3, 1, "eve")), ["not_found"]);
    let again = AccountCommand::InviteAgain { invitation: InvitationId::derived(&["2"]), link: link(6) };
    let by_owner = story.given(owner(), invite(2, "", Role::Owner));
    assert_eq!(by_owner.then(admin, ask(again)), ["role_above"], "a link that gives more than one has");
    assert_eq!(Story::settled().then(owner(), invite(1, "", Role::Viewer)), ["invitations_closed"]);
}

#[test]
fn closing_ends_what_is_out() {
    let story = hub(Registration::Invitation)
        .given(owner(), invite(1, "", Role::Member))
        .given(owner(), access(Registration::Closed));
    assert_eq!(story.then(By::Stranger, accept(2, 1, "bob")), ["not_found"]);
}

#[test]
fn a_letter_for_another_password_goes_to_confirmed_addresses_only_and_not_too_often() {
    let reset =
        |n| ask(AccountCommand::AskReset { person: person(1), link: link(n), language: String::new() });
    let story = hub(Registration::Open).given(By::Stranger, register(1, "bob"));
    assert_eq!(story.then(By::Stranger, reset(2)), ["not_found"], "not confirmed");
    let mut story = story.given(By::Stranger, confirm(1));
    for n in 2..7 {
        story = story.given(By::Stranger, reset(n));
    }
    assert_eq!(story.then(By::Stranger, reset(7)), ["too_many_letters"]);
    let set = |n| {
        let (secret_sha256, password_phc) = (format!("secret {n}"), "another".to_owned());
        Command::ResetPassword { secret_sha256, password_phc }
    };
    assert_eq!(story.then(By::Stranger, set(2)), ["not_found"], "a newer letter ends the one before");
    let story = story.given(By::Stranger, set(6));
    assert_eq!(story.state.people[&person(1)].password_phc, "another");
    assert_eq!(story.then(By::Stranger, set(6)), ["not_found"], "once");
}
