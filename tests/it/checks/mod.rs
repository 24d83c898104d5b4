//! Checks and evidence from end to end: real hubs, real agents, real servers that are not well.

mod by_agents;
mod by_hub;
mod evidence;

use crate::harness::child::Child;
use crate::harness::wait::{PATIENCE, until};
use crate::hub::{TestHub, program};
use tempfile::TempDir;

/// What the form of a check is sent with.
struct Form<'a> {
    machine: &'a str,
    name: &'a str,
    kind: &'a str,
    address: &'a str,
    run_by: &'a str,
}

impl Form<'_> {
    /// Adds the check; gives its identifier.
    async fn add(&self, hub: &mut TestHub) -> String {
        let fields = [
            ("machine", self.machine),
            ("name", self.name),
            ("kind", self.kind),
            ("address", self.address),
            ("run_by", self.run_by),
            ("interval", "10"),
            ("timeout", "5"),
            ("enabled", "true"),
        ];
        let answer = hub.web.post("/checks/new", &fields).await;
        assert_eq!((answer.status, answer.location()), (303, "/checks"), "{}", answer.body);
        let all = hub.events("CheckAdded");
        let added = all.iter().find(|e| e["check"]["name"] == self.name).expect("it is in the log");
        added["check"]["check"].as_str().unwrap().to_owned()
    }
}

/// Waits until a page says something.
async fn until_page_says(hub: &mut TestHub, path: &str, words: &str) -> String {
    until(&format!("{words:?} on {path}"), PATIENCE, async || {
        let page = hub.web.get(path).await;
        assert_eq!(page.status, 200, "{}", page.body);
        page.body.contains(words).then_some(page.body)
    })
    .await
}

/// The program's own agent, joined as a machine and at work.
async fn agent(hub: &mut TestHub, machine: &str, arguments: &[&str]) -> (Child, TempDir) {
    let (state, token) = (tempfile::tempdir().unwrap(), hub.token(machine).await);
    let mut command = program(&["agent", "--interval", "1", "--join", &token, "--state"]);
    command.arg(state.path()).args(arguments);
    let mut child = Child::spawn("agent", &mut command);
    child.line("that it has joined", PATIENCE, |line| line.contains("Joined").then_some(())).await;
    (child, state)
}
