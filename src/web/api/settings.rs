//! The hub's settings: who may make an account, and what stands in the settings file.

use super::asked::{one, submit};
use super::error::Reply;
use super::input::Json;
use super::people::Role;
use super::table::{Gives, HUB, Operation, get, put, shape};
use crate::web::Shared;
use crate::web::context::Visitor;
use actix_web::web;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;
use watchroom_domain as domain;
use watchroom_domain::{AccountCommand, Command};

/// The operations.
pub const OPERATIONS: &[Operation] = &[
    get(
        ("/api/v1/settings", HUB),
        ("get_settings", "Read the hub's settings"),
        Gives::One(shape::<Settings>),
        || web::to(show),
    )
    .says("What stands in its settings file, without secrets. It is changed there."),
    get(
        ("/api/v1/settings/access", HUB),
        ("get_access", "Read who may make an account"),
        Gives::One(shape::<AccessSettings>),
        || web::to(access),
    ),
    put(
        ("/api/v1/settings/access", HUB),
        ("configure_access", "Say who may make an account"),
        Gives::One(shape::<AccessSettings>),
        || web::to(configure),
    )
    .takes(shape::<AccessSettings>)
    .says("For owners. Registration can be open only where the hub sends mail."),
];

/// The hub's settings.
#[derive(Debug, Serialize, ToSchema)]
struct Settings {
    /// Values by key.
    settings: BTreeMap<&'static str, String>,
}

async fn show(web: Shared) -> Reply {
    one(&Settings { settings: web.tuning.now().shown.iter().cloned().collect() })
}

/// Who may make an account without having been asked.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum RegistrationMode {
    /// Nobody new.
    Closed,
    /// Whoever was invited.
    Invitation,
    /// Everybody who confirms a mail address.
    Open,
}

/// Who may make an account.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AccessSettings {
    /// Who.
    registration: RegistrationMode,
    /// What somebody may do who was not invited: `viewer` or `member`.
    role: Role,
}

async fn access(web: Shared) -> Reply {
    one(&web.views.with(|state| AccessSettings {
        registration: match state.accounts.registration {
            domain::Registration::Closed => RegistrationMode::Closed,
            domain::Registration::Invitation => RegistrationMode::Invitation,
            domain::Registration::Open => RegistrationMode::Open,
        },
        role: state.accounts.role.into(),
    }))
}

async fn configure(web: Shared, visitor: Visitor, body: Json<AccessSettings>) -> Reply {
    let registration = match body.0.registration {
        RegistrationMode::Closed => domain::Registration::Closed,
        RegistrationMode::Invitation => domain::Registration::Invitation,
        RegistrationMode::Open => domain::Registration::Open,
    };
    let command = AccountCommand::ConfigureAccess { registration, role: body.0.role.into() };
    submit(&web, &visitor, Command::Account(command), &[]).await?;
    access(web).await
}
