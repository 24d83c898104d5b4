//! Checks: what is asked of machines' services from outside.

use super::asked::{check, done, made, needs, one, submit};
use super::error::{ApiError, Reply, said};
use super::input::Json;
use super::paging::Listing;
use super::table::{Gives, MACHINES, Operation, WATCH, delete, get, post, put, query, shape};
use super::types::{micros, seconds};
use crate::fresh;
use crate::web::Shared;
use crate::web::context::Visitor;
use actix_web::web;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use watchroom_domain as domain;
use watchroom_domain::{CheckId, Command, MachineId, Right, Thing};

/// Where the domain's fields stand in the body.
const POINTERS: &[(&str, &str)] = &[
    ("address", "/target/address"),
    ("status", "/target/status"),
    ("contains", "/target/contains"),
    ("server_name", "/target/server_name"),
    ("interval", "/interval_s"),
    ("timeout", "/timeout_s"),
];

/// The operations.
pub const OPERATIONS: &[Operation] = &[
    get(("/api/v1/checks", WATCH), ("list_checks", "List checks"), Gives::List(shape::<Check>), || {
        web::to(list)
    })
    .filters(query::<CheckFilter>)
    .says("Those of machines that the asker sees."),
    post(("/api/v1/checks", MACHINES), ("add_check", "Add a check"), Gives::Made(shape::<Check>), || {
        web::to(add)
    })
    .takes(shape::<CheckInput>)
    .says("Needs the right to manage the machine. What the hub runs is set up by operators."),
    get(("/api/v1/checks/{check}", WATCH), ("get_check", "Read a check"), Gives::One(shape::<Check>), || {
        web::to(show)
    }),
    put(
        ("/api/v1/checks/{check}", MACHINES),
        ("replace_check", "Change a check"),
        Gives::One(shape::<Check>),
        || web::to(replace),
    )
    .takes(shape::<CheckInput>)
    .says("What is left out is as for a new check."),
    delete(("/api/v1/checks/{check}", MACHINES), ("remove_check", "Remove a check"), || web::to(remove))
        .says("Its alerts are over; what it found stays in the log."),
];

/// Who runs a check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", tag = "by")]
pub enum Runner {
    /// The hub.
    Hub,
    /// The agent of a machine.
    Agent {
        /// Which.
        machine: Uuid,
    },
}

/// What a check asks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Target {
    /// A page by HTTP or HTTPS.
    Http {
        /// The page's address, at most 500 characters.
        #[schema(example = "https://www.example.org/")]
        address: String,
        /// The status that is expected; any from 200 to 299 where it is left out.
        #[serde(default)]
        status: Option<u16>,
        /// Text to be found in the beginning of the body, at most 100 characters.
        #[serde(default)]
        contains: String,
        /// Whether redirects are followed, five at most.
        #[serde(default)]
        follow_redirects: bool,
        /// Whether a certificate that nobody vouches for is good enough.
        #[serde(default)]
        any_certificate: bool,
    },
    /// A connection by TCP.
    Tcp {
        /// Host and port.
        #[schema(example = "db.example.org:5432")]
        address: String,
    },
    /// The last day of the certificate that a TLS port shows.
    Certificate {
        /// Host and port.
        #[schema(example = "www.example.org:443")]
        address: String,
        /// The name that is asked for; the host where it is empty.
        #[serde(default)]
        server_name: String,
    },
}

/// What can be said of a check.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CheckInput {
    /// The machine that it says something about.
    machine: Uuid,
    /// Name, 1 to 64 characters, unique on its machine.
    name: String,
    /// Who runs it.
    run_by: Runner,
    /// What is asked.
    target: Target,
    /// Time between two runs, from 10 to 1,800 seconds.
    #[serde(default = "usual_interval")]
    interval_s: f64,
    /// Most time that one run may take, from 1 to 60 seconds.
    #[serde(default = "usual_timeout")]
    timeout_s: f64,
    /// Whether it is on.
    #[serde(default = "on")]
    enabled: bool,
}

fn usual_interval() -> f64 {
    60.0
}

fn usual_timeout() -> f64 {
    10.0
}

fn on() -> bool {
    true
}

/// A check.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Check {
    /// Its identifier.
    id: Uuid,
    /// The machine that it says something about.
    machine: Uuid,
    /// Its name, also the label `check` of its values.
    name: String,
    /// Who runs it.
    run_by: Runner,
    /// What is asked.
    target: Target,
    /// Time between two runs.
    interval_s: f64,
    /// Most time that one run may take.
    timeout_s: f64,
    /// Whether it is on.
    enabled: bool,
}

impl From<&domain::Check> for Check {
    fn from(check: &domain::Check) -> Self {
        Self {
            id: check.check.0,
            machine: check.machine.0,
            name: check.name.clone(),
            run_by: match check.run_by {
                domain::RunBy::Hub => Runner::Hub,
                domain::RunBy::Agent { machine } => Runner::Agent { machine: machine.0 },
            },
            target: (&check.target).into(),
            interval_s: seconds(check.interval_us),
            timeout_s: seconds(check.timeout_us),
            enabled: check.enabled,
        }
    }
}

impl From<&domain::CheckTarget> for Target {
    fn from(target: &domain::CheckTarget) -> Self {
        use domain::CheckTarget as From;
        match target.clone() {
            From::Http { url, status, contains, follow_redirects, any_certificate } => {
                Self::Http { address: url, status, contains, follow_redirects, any_certificate }
            }
            From::Tcp { address } => Self::Tcp { address },
            From::Certificate { address, server_name } => Self::Certificate { address, server_name },
        }
    }
}

impl From<Target> for domain::CheckTarget {
    fn from(target: Target) -> Self {
        match target {
            Target::Http { address, status, contains, follow_redirects, any_certificate } => {
                Self::Http { url: address, status, contains, follow_redirects, any_certificate }
            }
            Target::Tcp { address } => Self::Tcp { address },
            Target::Certificate { address, server_name } => Self::Certificate { address, server_name },
        }
    }
}

impl CheckInput {
    fn check(self, check: CheckId) -> domain::Check {
        domain::Check {
            check,
            machine: MachineId(self.machine),
            name: self.name,
            run_by: match self.run_by {
                Runner::Hub => domain::RunBy::Hub,
                Runner::Agent { machine } => domain::RunBy::Agent { machine: MachineId(machine) },
            },
            target: self.target.into(),
            interval_us: micros(self.interval_s),
            timeout_us: micros(self.timeout_s),
            enabled: self.enabled,
        }
    }

    /// What the body names that the asker does not see is a wrong value, not a path that leads nowhere.
    fn check_machines(&self, web: &Shared, visitor: &Visitor) -> Result<(), ApiError> {
        let who = visitor.principal();
        let runner = match self.run_by {
            Runner::Agent { machine } => Some((machine, "/run_by/machine")),
            Runner::Hub => None,
        };
        web.views.with(|state| {
            for (machine, pointer) in [(self.machine, "/machine")].into_iter().chain(runner) {
                let machine = MachineId(machine);
                if !state.machines.contains_key(&machine) || !state.sees(&who, machine) {
                    return Err(ApiError::invalid("no_machine", pointer, said("no_machine")));
                }
            }
            Ok(())
        })
    }
}

/// What the list is narrowed to.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct CheckFilter {
    /// Only checks of this machine.
    machine: Option<Uuid>,
}

async fn list(web: Shared, visitor: Visitor, ask: Listing<CheckFilter>) -> Reply {
    let behind = ask.paging.behind::<CheckId>()?;
    let who = visitor.principal();
    let page = web.views.with(|state| {
        let rest = state.checks.values().filter(|c| behind.is_none_or(|b| c.check > b));
        let seen = rest.filter(|c| state.sees(&who, c.machine));
        let meant = seen.filter(|c| ask.filter.machine.is_none_or(|machine| c.machine.0 == machine));
        ask.paging.page(meant.map(|c| (c.check, Check::from(c))))
    });
    ask.paging.answer(&page)
}

fn answer(web: &Shared, visitor: &Visitor, id: CheckId) -> Result<Check, ApiError> {
    let who = visitor.principal();
    web.views.with(|state| check(state, &who, id).map(Check::from))
}

async fn show(web: Shared, visitor: Visitor, id: web::Path<CheckId>) -> Reply {
    one(&answer(&web, &visitor, *id)?)
}

async fn add(web: Shared, visitor: Visitor, body: Json<CheckInput>) -> Reply {
    let id = CheckId(fresh::id(visitor.l.now_us));
    body.0.check_machines(&web, &visitor)?;
    submit(&web, &visitor, Command::AddCheck { check: body.0.check(id) }, POINTERS).await?;
    made(&format!("/api/v1/checks/{id}"), &answer(&web, &visitor, id)?)
}

async fn replace(web: Shared, visitor: Visitor, id: web::Path<CheckId>, body: Json<CheckInput>) -> Reply {
    may_change(&web, &visitor, *id)?;
    body.0.check_machines(&web, &visitor)?;
    submit(&web, &visitor, Command::ChangeCheck { check: body.0.check(*id) }, POINTERS).await?;
    one(&answer(&web, &visitor, *id)?)
}

async fn remove(web: Shared, visitor: Visitor, id: web::Path<CheckId>) -> Reply {
    may_change(&web, &visitor, *id)?;
    submit(&web, &visitor, Command::RemoveCheck { check: *id }, &[]).await?;
    done()
}

fn may_change(web: &Shared, visitor: &Visitor, id: CheckId) -> Result<(), ApiError> {
    let who = visitor.principal();
    web.views.with(|state| {
        let found = check(state, &who, id)?;
        needs(state, &who, Right::Manage, Thing::Machine(found.machine))
    })
}
