//! Silences: those that last, and beginning and ending one.

use super::scope;
use crate::fresh;
use crate::web::answer::{Answer, errors_of, hand_in, page, refused, see};
use crate::web::context::Visitor;
use crate::web::list::{Asked, Pairs};
use crate::web::view::{SPANS, SilenceForm};
use crate::web::{Shared, fill};
use actix_web::http::StatusCode;
use actix_web::web;
use jiff::civil::DateTime;
use serde::Deserialize;
use std::collections::HashMap;
use watchroom_domain::{Command, MachineId, Micros, Refusal, RuleId, SilenceId};

/// What a new silence is to be for.
#[derive(Deserialize)]
pub struct Wanted {
    machine: Option<MachineId>,
    rule: Option<RuleId>,
}

/// The fields.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Fields {
    scope: String,
    tag: String,
    machine: String,
    rule: String,
    span: String,
    until: String,
    reason: String,
}

impl Fields {
    fn command(&self, web: &Shared, visitor: &Visitor) -> Result<Command, Refusal> {
        let scope = scope(&self.scope, &self.tag, &self.machine).ok_or_else(|| {
            Refusal::field("not_found", "scope", "Choose which machines the silence is for.")
        })?;
        let rule = match self.rule.as_str() {
            "" => None,
            rule => Some(rule.parse().map_err(|_| Refusal::not_found("rule"))?),
        };
        let until_us = until(web, visitor, &self.span, &self.until).ok_or_else(bad_until)?;
        let silence = SilenceId(fresh::id(visitor.l.now_us));
        Ok(Command::BeginSilence { silence, scope, rule, until_us, reason: self.reason.clone() })
    }
}

/// A time that cannot be read.
pub(super) fn bad_until() -> Refusal {
    let message = "The end lies in the future: within a year for a silence, within 30 days for an alert.";
    Refusal::field("bad_until", "until", message)
}

/// The end of something that begins now: after one of the spans, or at a local day and time.
pub(super) fn until(web: &Shared, visitor: &Visitor, span: &str, text: &str) -> Option<Micros> {
    if let Some((_, us)) = SPANS.iter().find(|(word, _)| *word == span) {
        return Some(visitor.l.now_us + us);
    }
    let at: DateTime = text.trim().parse().ok()?;
    web.zone.to_timestamp(at).ok().map(|at| at.as_microsecond())
}

/// The silences that last, and the form.
///
/// # Errors
/// When the page cannot be rendered.
pub async fn list(web: Shared, visitor: Visitor, wanted: web::Query<Wanted>, asked: Pairs) -> Answer {
    let asked = Asked::of(&fill::SILENCES, &asked);
    let machine = wanted.machine.map(|m| m.to_string()).unwrap_or_default();
    let form = SilenceForm {
        scope: if machine.is_empty() { "everywhere" } else { "machine" }.to_owned(),
        machine,
        rule: wanted.rule.map(|r| r.to_string()).unwrap_or_default(),
        span: "1h".to_owned(),
        ..SilenceForm::default()
    };
    let body = web.views.ask(|models| fill::silences(models, &visitor, &asked, form));
    page(&web, &visitor, StatusCode::OK, body)
}

/// Begins a silence.
///
/// # Errors
/// When nothing was recorded for a reason that the form cannot show.
pub async fn begin(web: Shared, visitor: Visitor, fields: web::Form<Fields>) -> Answer {
    let command = fields.command(&web, &visitor);
    let Err(refusal) = hand_in(&web, &visitor, command).await? else {
        return Ok(see("/silences", Some("notice-silenced")));
    };
    let Fields { scope, tag, machine, rule, span, until, reason } = fields.into_inner();
    let errors = errors_of(&visitor.l, &refusal);
    let form = SilenceForm { scope, tag, machine, rule, span, until, reason, errors };
    let asked = Asked::of(&fill::SILENCES, &HashMap::new());
    let body = web.views.ask(|models| fill::silences(models, &visitor, &asked, form));
    page(&web, &visitor, StatusCode::UNPROCESSABLE_ENTITY, body)
}

/// Ends a silence before its time.
///
/// # Errors
/// When nothing was recorded.
pub async fn end(web: Shared, visitor: Visitor, id: web::Path<SilenceId>) -> Answer {
    // One that is over already is as it should be: the page that is returned to says so.
    let said = refused(web.submit(&visitor, Command::EndSilence { silence: *id }).await)?;
    Ok(see("/silences", said.is_ok().then_some("notice-silence-ended")))
}
