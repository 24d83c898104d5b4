//! Who sees, operates and manages what: owners, shares, groups, tokens.

use crate::story::*;
use std::collections::BTreeSet;
use watchroom_domain::*;

const ROLES: [Role; 5] = [Role::Viewer, Role::Member, Role::Operator, Role::Administrator, Role::Owner];

fn group() -> GroupId {
    GroupId::derived(&["group"])
}

fn rule_id() -> RuleId {
    RuleId::derived(&["mine"])
}

fn hot(scope: Scope) -> Rule {
    let condition = Condition::Threshold {
        metric: "temperature_c".to_owned(),
        compare: Compare::Above,
        fire: 80.0,
        clear: 75.0,
        for_us: 0,
    };
    let (rule, name, severity) = (rule_id(), "mine".to_owned(), Severity::Critical);
    Rule { rule, name, scope, condition, severity, enabled: true, escalation: Vec::new(), personal: false }
}

/// A settled hub with person 1 in this role and person 2 as a member; machine 1 is person 1's.
pub fn with(role: Role) -> Story {
    let mut story = Story::settled();
    for (n, role) in [(1, role), (2, Role::Member)] {
        story.people(n, role);
    }
    let mine = body::OwnerSet { thing: Thing::Machine(machine(1)), owner: Some(person(1)) };
    let mut story = story.given(By::Hub, register(1, "node-1"));
    story.record(By::Hub, &Command::RemoveGroup { group: group() }, vec![mine.into()]);
    story
}

pub fn thing(n: u8) -> Thing {
    Thing::Machine(machine(n))
}

pub fn share(n: u8, with: Grantee, right: Right) -> Command {
    Command::Share { thing: thing(n), with, right }
}

fn right(story: &Story, who: u8, machine: u8) -> Option<Right> {
    story.state.right_on(&story.state.principal(By::Person(person(who))), thing(machine))
}

#[test]
fn a_role_decides_what_is_seen_of_others_machines_and_of_ones_own() {
    let table = [
        (Role::Viewer, Some(Right::See), Some(Right::See)),
        (Role::Member, None, Some(Right::Manage)),
        (Role::Operator, Some(Right::Operate), Some(Right::Manage)),
        (Role::Administrator, Some(Right::Manage), Some(Right::Manage)),
        (Role::Owner, Some(Right::Manage), Some(Right::Manage)),
    ];
    assert_eq!(table.map(|(role, ..)| role), ROLES);
    for (role, others, own) in table {
        let story = with(role);
        assert_eq!((right(&story, 1, 0), right(&story, 1, 1)), (others, own), "{role:?}");
    }
}

#[test]
fn who_does_not_see_a_machine_is_told_that_it_is_not_there_and_who_sees_it_that_it_may_not() {
    let me = By::Person(person(1));
    let change = Command::RemoveMachine { machine: machine(0) };
    let story = with(Role::Member);
    assert_eq!(story.then(me, change.clone()), ["not_found"]);
    let seen = story.given(By::Person(person(0)), share(0, Grantee::Person(person(1)), Right::Operate));
    assert_eq!(seen.then(me, change), ["forbidden"]);
    assert_eq!(seen.then(me, Command::RemoveMachine { machine: machine(1) }), ["MachineRemoved"]);
    assert_eq!(with(Role::Viewer).then(me, Command::RemoveMachine { machine: machine(1) }), ["forbidden"]);
}

#[test]
fn a_share_gives_its_right_until_it_is_taken_back() {
    let owner = By::Person(person(1));
    let mut story = with(Role::Member);
    assert_eq!(right(&story, 2, 1), None);
    for (level, acts) in [(Right::See, false), (Right::Operate, true)] {
        story = story.given(owner, share(1, Grantee::Person(person(2)), level));
        assert_eq!(right(&story, 2, 1), Some(level));
        let scope = Scope::Machine { machine: machine(1) };
        let silence = Command::BeginSilence {
            silence: SilenceId::derived(&["s"]),
            scope,
            rule: None,
            until_us: NOW_US + HOUR_US,
            reason: "work".to_owned(),
        };
        let may = story.then(By::Person(person(2)), silence) == ["SilenceBegun"];
        assert_eq!(may, acts, "{level:?}");
    }
    assert_eq!(
        story.then(By::Person(person(2)), share(1, Grantee::Person(person(2)), Right::See)),
        ["forbidden"]
    );
    story = story.given(owner, Command::Unshare { thing: thing(1), with: Grantee::Person(person(2)) });
    assert_eq!(right(&story, 2, 1), None);
    assert_eq!(story.then(owner, share(1, Grantee::Person(person(2)), Right::Manage)), ["bad_right"]);
}

#[test]
fn a_group_passes_its_right_on_to_its_members_only() {
    let admin = By::Person(person(0));
    let mut story = with(Role::Member)
        .given(admin, Command::AddGroup { group: group(), name: "Students".to_owned() })
        .given(admin, share(1, Grantee::Group(group()), Right::See));
    assert_eq!(right(&story, 2, 1), None);
    story = story.given(admin, Command::JoinGroup { group: group(), person: person(2) });
    assert_eq!(right(&story, 2, 1), Some(Right::See));
    let left = story.clone().given(admin, Command::LeaveGroup { group: group(), person: person(2) });
    assert_eq!(right(&left, 2, 1), None);
    let gone = story.clone().given(admin, Command::RemoveGroup { group: group() });
    assert_eq!(right(&gone, 2, 1), None);
    let again = gone.given(admin, Command::AddGroup { group: group(), name: "students".to_owned() });
    assert_eq!(right(&again, 2, 1), None, "what was shared with a group that is gone is forgotten");
    let taken = Command::AddGroup { group: GroupId::derived(&["other"]), name: "STUDENTS".to_owned() };
    assert_eq!(story.then(admin, taken), ["group_name_taken"]);
    let joined = Command::JoinGroup { group: group(), person: person(1) };
    assert_eq!(story.then(By::Person(person(1)), joined), ["forbidden"]);
}

#[test]
fn a_members_rule_is_for_one_machine_and_silences_no_wider_one() {
    let me = By::Person(person(1));
    let story = with(Role::Member);
    let add = |scope: Scope| Command::AddRule { rule: hot(scope) };
    assert_eq!(story.then(me, add(Scope::Everywhere)), ["scope_forbidden"]);
    assert_eq!(story.then(me, add(Scope::Machine { machine: machine(0) })), ["scope_forbidden"]);
    let story = story.given(me, add(Scope::Machine { machine: machine(1) }));
    let mine = &story.state.rules[&rule_id()];
    assert!(mine.personal);
    let wide = Rule { scope: Scope::Everywhere, ..hot(Scope::Everywhere) };
    assert!(!wide.yields_to(mine), "the rule for all still speaks");
    assert!(wide.yields_to(&Rule { personal: false, ..mine.clone() }));
    let other = EscalationStep { after_us: MINUTE_US, to: vec![person(0)] };
    let call =
        |to: EscalationStep| Command::ChangeRule { rule: Rule { escalation: vec![to], ..mine.clone() } };
    assert_eq!(story.then(me, call(other)), ["escalation_forbidden"]);
    let own = EscalationStep { after_us: MINUTE_US, to: vec![person(1)] };
    assert_eq!(story.then(me, call(own)), ["RuleChanged"]);
}

#[test]
fn a_rule_ends_with_the_right_to_its_machine() {
    let (admin, other) = (By::Person(person(0)), By::Person(person(2)));
    let shared = with(Role::Member)
        .given(admin, Command::AddGroup { group: group(), name: "g".to_owned() })
        .given(admin, Command::JoinGroup { group: group(), person: person(2) })
        .given(admin, share(1, Grantee::Group(group()), Right::Operate));
    let story = shared.given(other, Command::AddRule { rule: hot(Scope::Machine { machine: machine(1) }) });
    for taken in [
        Command::LeaveGroup { group: group(), person: person(2) },
        Command::RemoveGroup { group: group() },
        Command::Unshare { thing: thing(1), with: Grantee::Group(group()) },
        share(1, Grantee::Group(group()), Right::See),
        Command::SetRole { person: person(2), role: Role::Viewer },
        Command::SuspendPerson { person: person(2) },
    ] {
        let after = story.clone().given(admin, taken.clone());
        assert!(!after.state.rules[&rule_id()].enabled, "{taken:?}");
    }
    let kept = story.given(admin, share(1, Grantee::Person(person(2)), Right::Operate));
    let kept = kept.given(admin, Command::RemoveGroup { group: group() });
    assert!(kept.state.rules[&rule_id()].enabled, "another share still carries it");
}

#[test]
fn an_owners_account_is_an_owners_matter_and_nobody_changes_their_own_role() {
    let set = |n: u8, role| Command::SetRole { person: person(n), role };
    let story = with(Role::Administrator);
    let (owner, admin) = (By::Person(person(0)), By::Person(person(1)));
    assert_eq!(story.then(admin, set(2, Role::Operator)), ["RoleChanged"]);
    assert_eq!(story.then(admin, set(2, Role::Owner)), ["owner_only"]);
    assert_eq!(story.then(admin, set(0, Role::Member)), ["owner_only"]);
    assert_eq!(story.then(admin, Command::SuspendPerson { person: person(0) }), ["owner_only"]);
    assert_eq!(story.then(owner, set(0, Role::Member)), ["own_role"]);
    assert_eq!(story.then(owner, set(1, Role::Owner)), ["RoleChanged"]);
    assert_eq!(with(Role::Operator).then(admin, set(2, Role::Viewer)), ["forbidden"]);
}

/// What a person asks for by a token with these scopes.
pub fn by_token(story: &Story, id: ApiTokenId, command: Command) -> Vec<&'static str> {
    let envelope = Envelope { via: Some(Via::Token(id)), ..Envelope::new(By::Person(person(1)), command) };
    match story.state.decide(&envelope, story.now) {
        Ok(events) => events.iter().map(Event::name).collect(),
        Err(refusal) => vec![refusal.code],
    }
}

#[test]
fn a_token_makes_nobody_who_stays_as_mighty_when_it_is_revoked() {
    let id = ApiTokenId::derived(&["t"]);
    let issue = Command::IssueApiToken {
        token: id,
        name: "directory".to_owned(),
        secret_sha256: "00".to_owned(),
        scopes: TokenScope::ALL.into_iter().collect(),
        expires_us: NOW_US + HOUR_US,
    };
    let me = By::Person(person(1));
    let story = with(Role::Administrator).given(me, issue);
    let set = |role| Command::SetRole { person: person(2), role };
    assert_eq!(by_token(&story, id, set(Role::Operator)), ["RoleChanged"]);
    assert_eq!(by_token(&story, id, set(Role::Administrator)), ["forbidden"]);
    assert_eq!(story.then(me, set(Role::Administrator)), ["RoleChanged"], "by a session it is");
    let story = story.given(By::Person(person(0)), crate::accounts::access(Registration::Invitation));
    let invite = |role| crate::accounts::invite(7, "", role);
    assert_eq!(by_token(&story, id, invite(Role::Administrator)), ["forbidden"]);
    assert_eq!(by_token(&story, id, invite(Role::Operator)), story.then(me, invite(Role::Operator)));
    assert_eq!(story.then(me, invite(Role::Administrator))[0], "Invited");
}

#[test]
fn a_token_gives_no_more_than_its_scopes_and_ends_at_once() {
    let id = ApiTokenId::derived(&["t"]);
    let issue = |scopes: &[TokenScope]| Command::IssueApiToken {
        token: id,
        name: "backup".to_owned(),
        secret_sha256: "00".to_owned(),
        scopes: scopes.iter().copied().collect::<BTreeSet<_>>(),
        expires_us: NOW_US + HOUR_US,
    };
    let me = By::Person(person(1));
    let story = with(Role::Administrator);
    assert_eq!(story.then(me, issue(&[])), ["scopes_missing"]);
    let reads = story.clone().given(me, issue(&[TokenScope::Read]));
    let remove = Command::RemoveMachine { machine: machine(1) };
    assert_eq!(by_token(&reads, id, remove.clone()), ["forbidden"]);
    let mut manages = story.given(me, issue(&[TokenScope::Manage]));
    assert_eq!(by_token(&manages, id, remove.clone()), ["MachineRemoved"]);
    let take_over = Command::ChangePassword { person: person(1), password_phc: PHC.to_owned() };
    assert_eq!(by_token(&manages, id, take_over.clone()), ["forbidden"], "the account is not the token's");
    assert_eq!(by_token(&manages, id, issue(&TokenScope::ALL)), ["forbidden"]);
    let ends =
        [take_over, Command::RevokeApiToken { token: id }, Command::SuspendPerson { person: person(1) }];
    for (by, end) in [me, me, By::Person(person(0))].into_iter().zip(ends) {
        let after = manages.clone().given(by, end.clone());
        assert_eq!(by_token(&after, id, remove.clone()), ["forbidden"], "{end:?}");
    }
    manages.now += HOUR_US;
    assert_eq!(by_token(&manages, id, remove), ["forbidden"], "its time is over");
}

#[test]
fn a_session_that_has_ended_carries_no_right() {
    let session = SessionId::derived(&["s"]);
    let me = By::Person(person(1));
    let open = Command::OpenSession {
        session,
        person: person(1),
        password_phc: PHC.to_owned(),
        token_sha256: "11".to_owned(),
        expires_us: NOW_US + HOUR_US,
        address: String::new(),
        browser: String::new(),
        shown: None,
    };
    let mut story = with(Role::Administrator).given(me, open);
    let ask = |story: &Story| {
        let command = Command::RemoveMachine { machine: machine(1) };
        let envelope = Envelope { via: Some(Via::Session(session)), ..Envelope::new(me, command) };
        story.state.decide(&envelope, story.now).is_ok()
    };
    assert!(ask(&story));
    let closed = story.clone().given(me, Command::CloseSession { session });
    assert!(!ask(&closed));
    story.now += HOUR_US;
    assert!(!ask(&story));
}

#[test]
fn a_check_by_the_hub_is_for_operators() {
    let check = |run_by| Check {
        check: CheckId::derived(&["c"]),
        machine: machine(1),
        name: "web".to_owned(),
        run_by,
        target: CheckTarget::Tcp { address: "192.0.2.1:80".to_owned() },
        interval_us: MINUTE_US,
        timeout_us: SECOND_US,
        enabled: true,
    };
    let me = By::Person(person(1));
    let add = |run_by| Command::AddCheck { check: check(run_by) };
    assert_eq!(with(Role::Member).then(me, add(RunBy::Hub)), ["runner_forbidden"]);
    assert_eq!(with(Role::Member).then(me, add(RunBy::Agent { machine: machine(0) })), ["runner_forbidden"]);
    assert_eq!(with(Role::Operator).then(me, add(RunBy::Hub)), ["CheckAdded"]);
}
