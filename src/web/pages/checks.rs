//! Checks: the list, the form, removal.

use super::regions::{Of, seen};
use crate::fresh;
use crate::web::answer::{Answer, WebError, errors_of, hand_in, page, region, see};
use crate::web::context::Visitor;
use crate::web::list::{Asked, Pairs};
use crate::web::view::{CheckForm, Checks};
use crate::web::{Shared, fill};
use actix_web::http::StatusCode;
use actix_web::web;
use serde::Deserialize;
use watchroom_domain::{
    Action, Check, CheckId, CheckTarget, Command, MAX_INTERVAL_US, Micros, Refusal, RunBy, SECOND_US,
};

/// The fields.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Fields {
    machine: String,
    name: String,
    kind: String,
    address: String,
    status: String,
    contains: String,
    follow: String,
    any_certificate: String,
    server_name: String,
    run_by: String,
    interval: String,
    timeout: String,
    enabled: String,
}

impl Fields {
    fn check(&self, check: CheckId) -> Result<Check, Refusal> {
        let wrong = |field| Refusal::field("bad_choice", field, "Choose one of these.");
        let machine = self.machine.parse().map_err(|_| wrong("machine"))?;
        let run_by = match self.run_by.as_str() {
            "hub" => RunBy::Hub,
            id => RunBy::Agent { machine: id.parse().map_err(|_| wrong("run_by"))? },
        };
        let (interval_us, timeout_us) = (
            seconds("interval", "bad_interval", &self.interval)?,
            seconds("timeout", "bad_timeout", &self.timeout)?,
        );
        let (name, target, enabled) = (self.name.clone(), self.target()?, self.enabled == "true");
        Ok(Check { check, machine, name, run_by, target, interval_us, timeout_us, enabled })
    }

    fn target(&self) -> Result<CheckTarget, Refusal> {
        let address = self.address.clone();
        Ok(match self.kind.as_str() {
            "tcp" => CheckTarget::Tcp { address },
            "certificate" => CheckTarget::Certificate { address, server_name: self.server_name.clone() },
            _ => CheckTarget::Http {
                url: address,
                status: self.status()?,
                contains: self.contains.clone(),
                follow_redirects: self.follow == "true",
                any_certificate: self.any_certificate == "true",
            },
        })
    }

    fn status(&self) -> Result<Option<u16>, Refusal> {
        match self.status.trim() {
            "" => Ok(None),
            text => text
                .parse()
                .map(Some)
                .map_err(|_| Refusal::field("bad_status", "status", "A status is a number from 100 to 599.")),
        }
    }

    fn form(self, web: &Shared, visitor: &Visitor, id: Option<CheckId>, refusal: &Refusal) -> CheckForm {
        let blank = blank_form(web, visitor, "");
        CheckForm {
            id: id.map(|id| id.to_string()),
            machine: self.machine,
            name: self.name,
            kind: self.kind,
            address: self.address,
            status: self.status,
            contains: self.contains,
            follow: self.follow == "true",
            any_certificate: self.any_certificate == "true",
            server_name: self.server_name,
            run_by: self.run_by,
            interval: self.interval,
            timeout: self.timeout,
            enabled: self.enabled == "true",
            errors: errors_of(&visitor.l, refusal),
            ..blank
        }
    }
}

fn seconds(field: &'static str, code: &'static str, text: &str) -> Result<Micros, Refusal> {
    let seconds = text.trim().parse::<i64>().ok().filter(|s| (1..=MAX_INTERVAL_US / SECOND_US).contains(s));
    let whole = || Refusal::field(code, field, "Whole seconds, such as 60.");
    seconds.map(|s| s * SECOND_US).ok_or_else(whole)
}

fn blank_form(web: &Shared, visitor: &Visitor, machine: &str) -> CheckForm {
    let mut form = web.views.with(|state| fill::check_blank(state, visitor));
    form.machine = machine.to_owned();
    form
}

/// The list.
///
/// # Errors
/// When the page cannot be rendered.
pub async fn list(web: Shared, visitor: Visitor, pairs: Pairs) -> Answer {
    let asked = Asked::of(&fill::CHECKS, &pairs);
    let body = web.views.ask(|models| Checks {
        l: visitor.l,
        list: fill::check_list(models, &visitor, None, &asked),
        may_register: visitor.may(Action::ManageMachines),
    });
    page(&web, &visitor, StatusCode::OK, body)
}

/// The list by itself, of all machines or of one.
///
/// # Errors
/// When it cannot be rendered.
pub async fn region_of(web: Shared, visitor: Visitor, of: web::Query<Of>, pairs: Pairs) -> Answer {
    let asked = Asked::of(&fill::CHECKS, &pairs);
    seen(&web, &visitor, &of)?;
    region(&web.views.ask(|models| fill::check_list(models, &visitor, of.machine, &asked)))
}

/// The empty form, for a machine where one is named.
///
/// # Errors
/// When the page cannot be rendered.
pub async fn blank(web: Shared, visitor: Visitor, of: web::Query<Of>) -> Answer {
    let machine = of.machine.map(|m| m.to_string()).unwrap_or_default();
    let form = blank_form(&web, &visitor, &machine);
    page(&web, &visitor, StatusCode::OK, form)
}

/// The form of a check as it is.
///
/// # Errors
/// When there is no such check or the page cannot be rendered.
pub async fn edit(web: Shared, visitor: Visitor, id: web::Path<CheckId>) -> Answer {
    let form = web.views.with(|state| state.checks.get(&id).map(|c| fill::check_form(state, &visitor, c)));
    page(&web, &visitor, StatusCode::OK, form.ok_or(WebError::NotFound)?)
}

/// Adds a check.
///
/// # Errors
/// When nothing was recorded for a reason that the form cannot show.
pub async fn add(web: Shared, visitor: Visitor, fields: web::Form<Fields>) -> Answer {
    let check = fields.check(CheckId(fresh::id(visitor.l.now_us)));
    keep(&web, &visitor, fields.into_inner(), None, check.map(|check| Command::AddCheck { check })).await
}

/// Changes a check.
///
/// # Errors
/// When nothing was recorded for a reason that the form cannot show.
pub async fn change(
    web: Shared,
    visitor: Visitor,
    id: web::Path<CheckId>,
    fields: web::Form<Fields>,
) -> Answer {
    let check = fields.check(*id).map(|check| Command::ChangeCheck { check });
    keep(&web, &visitor, fields.into_inner(), Some(*id), check).await
}

async fn keep(
    web: &Shared,
    visitor: &Visitor,
    fields: Fields,
    id: Option<CheckId>,
    command: Result<Command, Refusal>,
) -> Answer {
    let kept = hand_in(web, visitor, command).await?;
    match kept {
        Ok(()) => Ok(see("/checks", Some("notice-saved"))),
        Err(refusal) => {
            let form = fields.form(web, visitor, id, &refusal);
            page(web, visitor, StatusCode::UNPROCESSABLE_ENTITY, form)
        }
    }
}

/// Removes a check.
///
/// # Errors
/// When there is no such check or nothing was recorded.
pub async fn remove(web: Shared, visitor: Visitor, id: web::Path<CheckId>) -> Answer {
    web.submit(&visitor, Command::RemoveCheck { check: *id }).await?;
    Ok(see("/checks", Some("notice-removed")))
}
