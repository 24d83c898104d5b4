//! How far people reach with what they may do: tokens, the mail server, groups, names, keepers.

use crate::access::{by_token, share, thing, with};
use crate::accounts::{access, ask, invite, link, owner};
use crate::story::*;
use watchroom_domain::*;

fn me() -> By {
    By::Person(person(1))
}

fn issue(n: u8) -> Command {
    Command::IssueApiToken {
        token: ApiTokenId::derived(&[&n.to_string()]),
        name: "script".to_owned(),
        secret_sha256: n.to_string(),
        scopes: TokenScope::ALL.into_iter().collect(),
        expires_us: NOW_US + HOUR_US,
    }
}

fn revoke(n: u8) -> Command {
    Command::RevokeApiToken { token: ApiTokenId::derived(&[&n.to_string()]) }
}

#[test]
fn a_token_sends_no_invitation_again_that_it_could_not_have_made() {
    let again = |n: u8| {
        let invitation = InvitationId::derived(&[&n.to_string()]);
        ask(AccountCommand::InviteAgain { invitation, link: link(20 + n) })
    };
    let story = with(Role::Owner)
        .given(owner(), access(Registration::Invitation))
        .given(owner(), invite(7, "", Role::Owner))
        .given(owner(), invite(8, "", Role::Administrator))
        .given(owner(), invite(9, "", Role::Operator))
        .given(me(), issue(1));
    let id = ApiTokenId::derived(&["1"]);
    assert_eq!(by_token(&story, id, again(7)), ["forbidden"]);
    assert_eq!(by_token(&story, id, again(8)), ["forbidden"]);
    assert_eq!(by_token(&story, id, again(9)), ["InvitationRenewed"]);
    assert_eq!(story.then(me(), again(7)), ["InvitationRenewed"], "by a session");
    let who = |scopes| Principal { scopes, ..story.state.principal(me()) };
    let all = Some(TokenScope::ALL.into_iter().collect());
    assert!(may_give(&who(None), Role::Owner) && !may_give(&who(all), Role::Administrator));
    assert!(may_give(&who(all), Role::Operator));
}

#[test]
fn only_an_owner_by_a_session_directs_where_letters_go_out() {
    let set = |channel: &str| {
        let (channel, settings) = (channel.to_owned(), Default::default());
        Command::ConfigureChannel { channel, settings }
    };
    let story = with(Role::Administrator).given(me(), issue(1));
    assert_eq!(story.then(me(), set("email")), ["mail_owner_only"]);
    assert_eq!(story.then(me(), set("webhook")), ["ChannelConfigured"]);
    assert_eq!(story.then(owner(), set("email")), ["ChannelConfigured"]);
    assert_eq!(with(Role::Operator).then(me(), set("email")), ["forbidden"]);
    let story = with(Role::Owner).given(me(), issue(1));
    let id = ApiTokenId::derived(&["1"]);
    assert_eq!(by_token(&story, id, set("email")), ["mail_owner_only"], "a token that leaks");
    assert_eq!(by_token(&story, id, set("webhook")), ["ChannelConfigured"]);
}

#[test]
fn an_owners_token_is_an_owners_matter() {
    let story = with(Role::Administrator)
        .given(owner(), issue(1))
        .given(By::Person(person(2)), issue(2))
        .given(me(), issue(3));
    assert_eq!(story.then(me(), revoke(1)), ["owner_only"]);
    assert_eq!(story.then(me(), revoke(2)), ["ApiTokenRevoked"]);
    assert_eq!(story.then(me(), revoke(3)), ["ApiTokenRevoked"], "one's own");
    assert_eq!(story.then(owner(), revoke(3)), ["ApiTokenRevoked"]);
    assert_eq!(story.then(By::Person(person(2)), revoke(3)), ["not_found"]);
}

#[test]
fn a_thing_is_shared_with_groups_that_one_is_in_and_left_to_nobody_by_administrators() {
    let group = GroupId::derived(&["group"]);
    let give = |owner| Command::SetOwner { thing: thing(1), owner };
    let story = with(Role::Member).given(owner(), Command::AddGroup { group, name: "Secret lab".to_owned() });
    let to = |group| share(1, Grantee::Group(group), Right::See);
    assert_eq!(story.then(me(), to(group)), ["no_grantee"]);
    assert_eq!(story.when(me(), to(group)), story.when(me(), to(GroupId::derived(&["none"]))), "as if none");
    assert_eq!(story.then(owner(), to(group)), ["Shared"]);
    assert_eq!(story.then(me(), give(None)), ["owner_missing"]);
    assert_eq!(story.then(me(), give(Some(person(2)))), ["OwnerSet"]);
    assert_eq!(story.then(owner(), give(None)), ["OwnerSet"]);
    let story = story.given(owner(), Command::JoinGroup { group, person: person(1) });
    assert_eq!(story.then(me(), to(group)), ["Shared"]);
}

#[test]
fn a_name_says_nothing_of_machines_that_are_not_seen() {
    let story = with(Role::Member);
    assert_eq!(story.then(me(), register(5, "NODE-0")), ["MachineRegistered"], "as any other name");
    let seen = story.clone().given(owner(), share(0, Grantee::Person(person(1)), Right::See));
    assert_eq!(seen.then(me(), register(5, "NODE-0")), ["name_taken"]);
    let twice = story.given(me(), register(5, "NODE-0"));
    assert_eq!(twice.then(owner(), register(6, "node-0")), ["name_taken"], "who sees all");
    let details =
        MachineDetails { name: "node-0".to_owned(), place: "Room 2".to_owned(), ..MachineDetails::default() };
    let change = Command::ChangeMachine { machine: machine(0), details, keeper: keeper("") };
    assert_eq!(twice.then(owner(), change), ["MachineChanged"], "its name is as it was");
}

fn kept(n: u8, mail: &str) -> Command {
    let details = MachineDetails { name: format!("kept-{n}"), ..MachineDetails::default() };
    Command::RegisterMachine { machine: machine(n), details, keeper: keeper(mail) }
}

/// Person 1's machines 10 and on name so many addresses.
fn named(role: Role, count: usize) -> Story {
    (0..count).fold(with(role), |story, n| story.given(me(), kept(10 + n as u8, &format!("s{n}@x.org"))))
}

#[test]
fn a_member_has_alarms_sent_to_few_who_have_no_account() {
    let story = named(Role::Member, MAX_STRANGE_KEEPERS);
    let refusal = story.when(me(), kept(90, "one.more@x.org")).unwrap_err();
    assert_eq!((refusal.code, refusal.field), ("too_many_keepers", Some("keeper_mail")));
    let change = |n: u8, mail: &str| {
        let details = MachineDetails { name: format!("kept-{n}"), ..MachineDetails::default() };
        Command::ChangeMachine { machine: machine(n), details, keeper: keeper(mail) }
    };
    assert_eq!(story.then(me(), change(10, "another@x.org")), ["KeeperSet"], "in the place of one of them");
    assert_eq!(story.then(me(), change(10, "S1@x.org")), ["KeeperSet"]);
    assert_eq!(story.then(me(), kept(90, "S1@X.org")).len(), 2, "one that is named already");
    assert_eq!(story.then(me(), kept(90, "")), ["MachineRegistered"]);
    let given = story
        .clone()
        .given(owner(), kept(80, "more@x.org"))
        .given(owner(), Command::SetOwner { thing: Thing::Machine(machine(80)), owner: Some(person(1)) });
    assert_eq!(given.then(me(), change(80, "more@x.org")), [""; 0], "what was named before stays");
    let bob = body::PersonRegistered {
        person: person(7),
        login: "bob".to_owned(),
        display_name: "Bob".to_owned(),
        mail: "bob@x.org".to_owned(),
        role: Role::Member,
        password_phc: PHC.to_owned(),
        way: None,
        address: None,
    };
    let mut story = story;
    story.record(By::Hub, &revoke(0), vec![bob.into()]);
    assert_eq!(story.then(me(), kept(90, "bob@x.org")), ["too_many_keepers"], "whoever only claims it");
    let confirmed = body::MailConfirmed { person: person(7), mail: "bob@x.org".to_owned(), address: None };
    story.record(By::Hub, &revoke(0), vec![confirmed.into()]);
    assert_eq!(story.then(me(), kept(90, "bob@x.org")).len(), 2, "who has an account has agreed to hear");
    let operator = named(Role::Operator, MAX_STRANGE_KEEPERS);
    assert_eq!(operator.then(me(), kept(90, "one.more@x.org")).len(), 2, "who looks after all");
}

#[test]
fn nothing_that_stands_in_a_list_hides_characters_or_turns_the_text() {
    let story = with(Role::Member);
    for hidden in ["ab\u{202e}cd", "ab\u{200b}cd", "ab\u{2066}cd", "ab\ncd", "\u{3164}x"] {
        let text = hidden.to_owned();
        let plain = MachineDetails { name: "plain".to_owned(), ..MachineDetails::default() };
        let all = [
            ("name", MachineDetails { name: text.clone(), ..plain.clone() }),
            ("number", MachineDetails { number: text.clone(), ..plain.clone() }),
            ("address", MachineDetails { address: text.clone(), ..plain.clone() }),
            ("place", MachineDetails { place: text.clone(), ..plain.clone() }),
            ("model", MachineDetails { model: text.clone(), ..plain.clone() }),
            ("tags", MachineDetails { tags: vec![text.clone()], ..plain.clone() }),
        ];
        for (field, details) in all {
            let command = Command::RegisterMachine { machine: machine(5), details, keeper: keeper("") };
            let refusal = story.when(me(), command).unwrap_err();
            assert_eq!(refusal.field, Some(field), "{hidden:?}");
            assert!(["hidden_character", "control_character"].contains(&refusal.code), "{}", refusal.code);
        }
        let group = Command::AddGroup { group: GroupId::derived(&["g"]), name: text.clone() };
        assert_eq!(story.then(owner(), group), ["hidden_character"]);
        let wall = Command::IssueWallLink {
            link: WallLinkId::derived(&["w"]),
            name: text,
            secret_sha256: "00".to_owned(),
            tag: None,
        };
        assert_eq!(story.then(owner(), wall), ["hidden_character"]);
    }
    let note = MachineDetails {
        name: "机器 ‑ 07 🖥\u{fe0f}".to_owned(),
        note: "line\nline".to_owned(),
        ..MachineDetails::default()
    };
    let command = Command::RegisterMachine { machine: machine(5), details: note, keeper: keeper("") };
    assert_eq!(story.then(me(), command), ["MachineRegistered"]);
}

#[test]
fn a_rule_that_was_named_so_before_can_be_switched_off_and_ends_with_its_right() {
    let rule = |name: &str, enabled| Rule {
        rule: RuleId::derived(&["mine"]),
        name: name.to_owned(),
        scope: Scope::Machine { machine: machine(1) },
        condition: Condition::Silent { for_us: MINUTE_US },
        severity: Severity::Warning,
        enabled,
        escalation: Vec::new(),
        personal: true,
    };
    let hidden = "ab\u{202e}cd";
    let mut story = with(Role::Member);
    assert_eq!(story.then(me(), Command::AddRule { rule: rule(hidden, true) }), ["hidden_character"]);
    story.record(me(), &revoke(0), vec![body::RuleAdded { rule: rule(hidden, true) }.into()]);
    assert_eq!(story.then(me(), Command::ChangeRule { rule: rule(hidden, false) }), ["RuleChanged"]);
    let other = Command::ChangeRule { rule: rule("x\u{202e}y", true) };
    assert_eq!(story.then(me(), other), ["hidden_character"]);
    let away = Command::SetOwner { thing: thing(1), owner: Some(person(2)) };
    assert_eq!(story.then(me(), away), ["OwnerSet", "RuleChanged"], "switched off, however it is called");
}
