//! The hub's settings: who may make an account, and what stands in the settings file.

use crate::web::Shared;
use crate::web::answer::{Answer, errors_of, hand_in, page, see};
use crate::web::context::Visitor;
use crate::web::view::{Errors, SettingsPage};
use actix_web::http::StatusCode;
use actix_web::web;
use serde::Deserialize;
use watchroom_domain::{AccountCommand, Command, Refusal, Registration, Role};

/// The page.
///
/// # Errors
/// When the page cannot be rendered.
pub async fn show(web: Shared, visitor: Visitor) -> Answer {
    let present = web.views.with(|state| Access {
        registration: word_of(state.accounts.registration).to_owned(),
        role: if state.accounts.role == Role::Viewer { "viewer" } else { "member" }.to_owned(),
    });
    answer(&web, &visitor, StatusCode::OK, present, Errors::default())
}

fn word_of(registration: Registration) -> &'static str {
    match registration {
        Registration::Closed => "closed",
        Registration::Invitation => "invitation",
        Registration::Open => "open",
    }
}

/// The fields of who may make an account.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Access {
    registration: String,
    role: String,
}

impl Access {
    fn command(&self) -> Result<Command, Refusal> {
        let bad = |field| Refusal::field("bad_choice", field, "Choose one of these.");
        let registration = match self.registration.as_str() {
            "closed" => Registration::Closed,
            "invitation" => Registration::Invitation,
            "open" => Registration::Open,
            _ => return Err(bad("registration")),
        };
        let role = match self.role.as_str() {
            "viewer" => Role::Viewer,
            "member" => Role::Member,
            _ => return Err(bad("role")),
        };
        Ok(Command::Account(AccountCommand::ConfigureAccess { registration, role }))
    }
}

fn answer(web: &Shared, visitor: &Visitor, status: StatusCode, typed: Access, errors: Errors) -> Answer {
    let owner = visitor.signed.as_ref().is_some_and(|s| s.role == Role::Owner);
    let Access { registration, role } = typed;
    let shown = web.tuning.now().shown.clone();
    page(web, visitor, status, SettingsPage { l: visitor.l, registration, role, owner, shown, errors })
}

/// Says who may make an account.
///
/// # Errors
/// When nothing was recorded for a reason that the form cannot show.
pub async fn configure_access(web: Shared, visitor: Visitor, fields: web::Form<Access>) -> Answer {
    match hand_in(&web, &visitor, fields.command()).await? {
        Ok(()) => Ok(see("/settings", Some("notice-saved"))),
        Err(refusal) => {
            let errors = errors_of(&visitor.l, &refusal);
            answer(&web, &visitor, StatusCode::UNPROCESSABLE_ENTITY, fields.into_inner(), errors)
        }
    }
}
