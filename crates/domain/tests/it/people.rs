//! Who may ask for what.

use crate::story::*;
use watchroom_domain::*;

const ROLES: [Role; 5] = [Role::Viewer, Role::Member, Role::Operator, Role::Administrator, Role::Owner];

/// Person 1 with a role, beside the owner.
fn with(role: Role) -> Story {
    let mut story = Story::settled();
    story.people(1, role);
    story
}

fn rule() -> Rule {
    let condition = Condition::Silent { for_us: MINUTE_US };
    let (rule, name) = (RuleId::derived(&["r"]), "Quiet".to_owned());
    Rule {
        rule,
        name,
        scope: Scope::Everywhere,
        condition,
        severity: Severity::Warning,
        enabled: true,
        escalation: Vec::new(),
        personal: false,
    }
}

/// What a person of at least this role may ask for.
fn commands() -> Vec<(Role, Command)> {
    let silent = default_rules().pop().unwrap();
    vec![
        (Role::Member, register(7, "node-7")),
        (Role::Administrator, issue(7, 0, 1)),
        (Role::Administrator, Command::RevokeAgent { machine: machine(0) }),
        (Role::Administrator, Command::RemoveMachine { machine: machine(0) }),
        (Role::Operator, Command::AddRule { rule: rule() }),
        (Role::Administrator, Command::ChangeRule { rule: Rule { enabled: false, ..silent.clone() } }),
        (Role::Administrator, Command::RemoveRule { rule: silent.rule }),
        (
            Role::Administrator,
            Command::ConfigureChannel { channel: "email".to_owned(), settings: Default::default() },
        ),
    ]
}

#[test]
fn each_role_gets_what_it_may_have_and_everybody_else_is_refused() {
    for (least, command) in commands() {
        for role in ROLES {
            let answer = with(role).then(By::Person(person(1)), command.clone());
            let refused = ["forbidden", "not_found", "scope_forbidden"].iter().any(|code| answer == [*code]);
            assert_eq!(refused, role < least, "{role:?}: {command:?} gives {answer:?}");
        }
        for by in [By::Stranger, By::Agent(machine(0)), By::Agent(machine(9)), By::Person(person(9))] {
            assert_eq!(Story::settled().then(by, command.clone()), ["forbidden"], "{by:?}: {command:?}");
        }
    }
}

#[test]
fn what_only_the_hub_does_nobody_else_can_ask_for() {
    let start = Command::StartHub { node: String::new(), program: String::new() };
    let absent = Command::NoteAbsence { from_us: 0, to_us: 1 };
    for command in [start, absent] {
        for by in [By::Stranger, By::Agent(machine(0)), By::Person(person(0))] {
            assert_eq!(Story::settled().then(by, command.clone()), ["forbidden"], "{by:?}: {command:?}");
        }
    }
}

#[test]
fn an_agent_speaks_for_its_own_machine_only() {
    let owner = By::Person(person(0));
    let story = Story::settled()
        .given(owner, register(1, "node-1"))
        .given(owner, issue(1, 1, 1))
        .given(By::Stranger, join(1, 1));
    assert_eq!(story.then(By::Agent(machine(0)), connect(1, 1)), ["forbidden"]);
    assert_eq!(story.then(By::Agent(machine(0)), samples(1, 1, 1, 1.0)), ["forbidden"]);
    assert_eq!(story.then(By::Agent(machine(0)), connect(0, 1)), ["revoked"], "with the other's key");
    let renew = Command::RenewAgent { machine: machine(1), identity: identity(9) };
    assert_eq!(story.then(By::Agent(machine(0)), renew), ["forbidden"]);
    for by in [By::Stranger, owner] {
        assert_eq!(story.then(by, samples(1, 1, 1, 1.0)), ["forbidden"], "{by:?}");
    }
}

#[test]
fn there_is_one_first_owner() {
    let owner = |n| Command::RegisterOwner {
        person: person(n),
        login: format!("owner-{n}"),
        display_name: String::new(),
        mail: String::new(),
        password_phc: PHC.to_owned(),
    };
    assert_eq!(Story::new().then(By::Stranger, owner(0)), ["PersonRegistered"]);
    assert_eq!(Story::settled().then(By::Stranger, owner(1)), ["has_owner"]);
}

#[test]
fn a_session_and_a_password_are_ones_own() {
    let session = SessionId::derived(&["s"]);
    let open = |n| Command::OpenSession {
        password_phc: PHC.to_owned(),
        session,
        person: person(n),
        token_sha256: "t".to_owned(),
        expires_us: NOW_US + HOUR_US,
        address: String::new(),
        browser: String::new(),
        shown: None,
    };
    let change = |n| Command::ChangePassword { person: person(n), password_phc: "$argon2id$2".to_owned() };
    let (one, owner) = (By::Person(person(1)), By::Person(person(0)));
    let story = with(Role::Administrator).given(one, open(1));
    assert_eq!(story.then(owner, open(1)), ["forbidden"]);
    assert_eq!(story.then(owner, change(1)), ["forbidden"], "not even for an owner");
    assert_eq!(story.then(owner, Command::CloseSession { session }), ["forbidden"]);
    assert_eq!(story.then(one, Command::CloseSession { session }), ["SessionClosed"]);
    let story = story.given(one, change(1));
    assert!(story.state.sessions.is_empty(), "a new password ends every session");
    assert_eq!(story.then(one, open(1)), ["login_wrong"], "the old password opens none");
}
