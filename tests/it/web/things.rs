//! What routes name, made anew for each request, and the tables that say who may: for the pages and for the API.

use super::inside::{Inside, named, rule, series};
use crate::harness::wait::{PATIENCE, until};
use std::collections::BTreeMap;
use watchroom::clock::Clock as _;
use watchroom_domain::*;

/// Somebody of this name.
pub fn person(name: &str) -> SubjectId {
    SubjectId::derived(&[name])
}

/// A table of signs: method and pattern, then one sign a column.
pub fn rows(table: &'static str, columns: usize) -> BTreeMap<(&'static str, &'static str), Vec<char>> {
    let mut rows = BTreeMap::new();
    for line in table.lines().filter(|line| !line.is_empty()) {
        let mut words = line.split_whitespace();
        let route = (words.next().unwrap(), words.next().unwrap());
        let row: Vec<char> = words.map(|word| word.chars().next().unwrap()).collect();
        assert_eq!(row.len(), columns, "{line}");
        assert!(rows.insert(route, row).is_none(), "twice: {line}");
    }
    rows
}

/// Gives something to `owns`, and shares it with `sees` and `operates`.
fn shared(thing: Thing) -> Vec<Command> {
    let to = |name, right| Command::Share { thing, with: Grantee::Person(person(name)), right };
    let owner = Command::SetOwner { thing, owner: Some(person("owns")) };
    vec![owner, to("sees", Right::See), to("operates", Right::Operate)]
}

fn subscribe(subscription: SubscriptionId, n: usize) -> Command {
    Command::Subscribe {
        subscription,
        subject: SubjectId(subscription.0),
        channel: "email".to_owned(),
        address: format!("{n}@example.org"),
        at_least: Severity::Warning,
        scope: Scope::Everywhere,
        quiet: None,
    }
}

/// An invitation, on a hub that takes people in by invitation.
fn invited(name: String, expires_us: Micros) -> (Vec<Command>, String) {
    let invitation = InvitationId::derived(&[&name]);
    let link = LetterLink { letter: LetterId::derived(&[&name]), secret_sha256: name, expires_us };
    let access =
        AccountCommand::ConfigureAccess { registration: Registration::Invitation, role: Role::Member };
    let invite = AccountCommand::Invite {
        invitation,
        mail: String::new(),
        role: Role::Viewer,
        groups: Default::default(),
        language: String::new(),
        link,
    };
    (vec![Command::Account(access), Command::Account(invite)], invitation.to_string())
}

/// A chat of the one who owns things, as it stands in the log.
pub fn chat() -> Event {
    let linked = body::DestinationLinked {
        subscription: SubscriptionId::derived(&["a chat"]),
        subject: person("owns"),
        person: person("owns"),
        channel: "telegram".to_owned(),
        address: "7".to_owned(),
        group: false,
        title: "a chat".to_owned(),
        language: "en".to_owned(),
    };
    linked.into()
}

/// Things that were made.
pub struct Things {
    /// A machine of `owns`, with an alert.
    pub machine: MachineId,
    alert: String,
    /// How many there are, for names that nobody had.
    made: usize,
}

impl Things {
    /// A machine that is too hot, and the rule that says so.
    pub async fn begin(inside: &mut Inside) -> Self {
        let machine = inside.machine(named("with an alert")).await;
        for command in shared(Thing::Machine(machine)) {
            inside.tell(command).await;
        }
        let rule = rule("Too hot", "temperature_c", 88.0, Severity::Critical);
        inside.tell(Command::AddRule { rule }).await;
        let now = inside.clock.now_us();
        inside.read(machine, now, &[(series("temperature_c", &[]), 91.5)]).await;
        let views = inside.hub.core.views.clone();
        let alert = until("an alert", PATIENCE, async || {
            views.with(|s| s.incidents.values().find(|i| i.has_fired()).map(|i| i.incident.to_string()))
        })
        .await;
        Self { machine, alert, made: 0 }
    }

    /// Makes what this word means, anew each time, for a request may take it away.
    pub async fn make(&mut self, inside: &Inside, what: &str) -> String {
        self.made += 1;
        let name = format!("thing {}", self.made);
        let (commands, id) = match what {
            "alert" => return self.alert.clone(),
            "chat" => return SubscriptionId::derived(&["a chat"]).to_string(),
            "machine" => {
                let machine = inside.machine(named(&name)).await;
                (shared(Thing::Machine(machine)), machine.to_string())
            }
            "rule" => {
                let scope = Scope::Machine { machine: self.machine };
                let rule = Rule { scope, ..rule(&name, "load_1m", 99.0, Severity::Warning) };
                let id = rule.rule;
                let added = [Command::AddRule { rule }];
                (added.into_iter().chain(shared(Thing::Rule(id))).collect(), id.to_string())
            }
            "check" => self.check(inside, name),
            "silence" => {
                let silence = SilenceId::derived(&[&name]);
                let scope = Scope::Machine { machine: self.machine };
                let until_us = inside.clock.now_us() + HOUR_US;
                let (rule, reason) = (Some(RuleId::derived(&["Too hot"])), name);
                (vec![Command::BeginSilence { silence, scope, rule, until_us, reason }], silence.to_string())
            }
            "subscription" => {
                let subscription = SubscriptionId::derived(&[&name]);
                (vec![subscribe(subscription, self.made)], subscription.to_string())
            }
            "wall" => {
                let link = WallLinkId::derived(&[&name]);
                let secret_sha256 = format!("{:064}", self.made);
                (vec![Command::IssueWallLink { link, name, secret_sha256, tag: None }], link.to_string())
            }
            "invitation" => invited(name, inside.clock.now_us() + HOUR_US),
            "group" => {
                let group = GroupId::derived(&[&name]);
                (vec![Command::AddGroup { group, name }], group.to_string())
            }
            other => return SubjectId::derived(&[other]).to_string(),
        };
        for command in commands {
            inside.tell(command).await;
        }
        id
    }

    fn check(&self, inside: &Inside, name: String) -> (Vec<Command>, String) {
        let target = CheckTarget::Tcp { address: "192.0.2.1:1".to_owned() };
        let check = Check {
            check: CheckId::derived(&[&name]),
            machine: self.machine,
            name,
            run_by: RunBy::Hub,
            target,
            interval_us: MINUTE_US,
            timeout_us: SECOND_US,
            enabled: false,
        };
        let id = check.check.to_string();
        // A machine has no more than a few checks.
        let old = inside.hub.core.views.with(|s| s.checks.keys().copied().collect::<Vec<_>>());
        let old = old.into_iter().map(|check| Command::RemoveCheck { check });
        (old.chain([Command::AddCheck { check }]).collect(), id)
    }
}
