//! Rules: the list, the form, the switch.

use super::{scope, severity};
use crate::fresh;
use crate::web::answer::{Answer, WebError, errors_of, page, refused, see};
use crate::web::context::Visitor;
use crate::web::view::{RuleForm, Rules, Severity};
use crate::web::{Shared, fill};
use actix_web::http::StatusCode;
use actix_web::web;
use serde::Deserialize;
use watchroom_domain::{
    Action, Command, Compare, Condition, HOUR_US, MINUTE_US, Micros, Refusal, Rule, RuleId, SECOND_US,
};

/// The fields.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Fields {
    name: String,
    kind: String,
    metric: String,
    compare: String,
    fire: String,
    clear: String,
    #[serde(rename = "for")]
    for_text: String,
    for_unit: String,
    scope: String,
    tag: String,
    machine: String,
    severity: String,
    enabled: String,
}

impl Fields {
    fn rule(&self, rule: RuleId) -> Result<Rule, Refusal> {
        let for_us = self.span()?;
        let condition = if self.kind == "silent" {
            Condition::Silent { for_us }
        } else {
            let fire = number("fire", &self.fire)?;
            // Without a clearing threshold the rule clears where it fires.
            let clear = if self.clear.trim().is_empty() { fire } else { number("clear", &self.clear)? };
            let compare = if self.compare == "below" { Compare::Below } else { Compare::Above };
            Condition::Threshold { metric: self.metric.clone(), compare, fire, clear, for_us }
        };
        let scope = scope(&self.scope, &self.tag, &self.machine)
            .ok_or_else(|| Refusal::field("not_found", "scope", "Choose which machines the rule is for."))?;
        let (name, severity) = (self.name.clone(), severity(&self.severity));
        Ok(Rule {
            rule,
            name,
            scope,
            condition,
            severity,
            enabled: self.enabled == "true",
            escalation: Vec::new(),
        })
    }

    fn span(&self) -> Result<Micros, Refusal> {
        let unit = match self.for_unit.as_str() {
            "h" => HOUR_US,
            "min" => MINUTE_US,
            _ => SECOND_US,
        };
        let us = number("for", &self.for_text)? * unit as f64;
        if us.abs() < 1e15 {
            Ok(us.round() as Micros)
        } else {
            Err(Refusal::field("bad_duration", "for", "From 0 seconds to 7 days."))
        }
    }

    fn form(self, web: &Shared, visitor: &Visitor, id: Option<RuleId>, refusal: &Refusal) -> RuleForm {
        let mut form = blank_form(web, visitor);
        form.id = id.map(|id| id.to_string());
        form.severity = if self.severity == "critical" { Severity::Critical } else { Severity::Warning };
        form.enabled = self.enabled == "true";
        (form.name, form.kind, form.metric, form.compare) = (self.name, self.kind, self.metric, self.compare);
        (form.fire, form.clear, form.for_text, form.for_unit) =
            (self.fire, self.clear, self.for_text, self.for_unit);
        (form.scope, form.tag, form.machine) = (self.scope, self.tag, self.machine);
        form.errors = errors_of(&visitor.l, refusal);
        form
    }
}

/// A number as people type it: with a decimal comma or point.
fn number(field: &'static str, text: &str) -> Result<f64, Refusal> {
    let text = text.trim().replace(',', ".").replace('−', "-");
    let value = text.parse::<f64>().ok().filter(|v| v.is_finite());
    value.ok_or_else(|| Refusal::field("bad_number", field, "This must be a number, such as 88 or 2.5."))
}

fn blank_form(web: &Shared, visitor: &Visitor) -> RuleForm {
    let mut form = RuleForm::blank(visitor.l);
    web.views.with(|state| {
        form.metrics = fill::metric_choices(state, &visitor.l);
        form.machines = fill::machine_choices(state);
    });
    form
}

/// The list.
///
/// # Errors
/// When the page cannot be rendered.
pub async fn list(web: Shared, visitor: Visitor) -> Answer {
    let rows = web.views.ask(fill::rule_rows);
    let body = Rules { l: visitor.l, rows, may_edit: visitor.may(Action::ManageRules) };
    page(&web, &visitor, StatusCode::OK, body)
}

/// The empty form.
///
/// # Errors
/// When the page cannot be rendered.
pub async fn blank(web: Shared, visitor: Visitor) -> Answer {
    let form = blank_form(&web, &visitor);
    page(&web, &visitor, StatusCode::OK, form)
}

/// The form of a rule as it is.
///
/// # Errors
/// When there is no such rule or the page cannot be rendered.
pub async fn edit(web: Shared, visitor: Visitor, id: web::Path<RuleId>) -> Answer {
    let form = web.views.with(|state| state.rules.get(&id).map(|r| fill::rule_form(state, visitor.l, r)));
    page(&web, &visitor, StatusCode::OK, form.ok_or(WebError::NotFound)?)
}

/// Adds a rule.
///
/// # Errors
/// When nothing was recorded for a reason that the form cannot show.
pub async fn add(web: Shared, visitor: Visitor, fields: web::Form<Fields>) -> Answer {
    let id = RuleId(fresh::id(visitor.l.now_us));
    let rule = fields.rule(id);
    keep(&web, &visitor, fields.into_inner(), None, rule.map(|rule| Command::AddRule { rule })).await
}

/// Changes a rule.
///
/// # Errors
/// When nothing was recorded for a reason that the form cannot show.
pub async fn change(
    web: Shared,
    visitor: Visitor,
    id: web::Path<RuleId>,
    fields: web::Form<Fields>,
) -> Answer {
    let rule = fields.rule(*id);
    keep(&web, &visitor, fields.into_inner(), Some(*id), rule.map(|rule| Command::ChangeRule { rule })).await
}

async fn keep(
    web: &Shared,
    visitor: &Visitor,
    fields: Fields,
    id: Option<RuleId>,
    command: Result<Command, Refusal>,
) -> Answer {
    let kept = match command {
        Ok(command) => refused(web.submit(visitor.by(), command).await)?.map(drop),
        Err(refusal) => Err(refusal),
    };
    match kept {
        Ok(()) => Ok(see("/rules", Some("notice-saved"))),
        Err(refusal) => {
            let form = fields.form(web, visitor, id, &refusal);
            page(web, visitor, StatusCode::UNPROCESSABLE_ENTITY, form)
        }
    }
}

/// On or off.
#[derive(Deserialize)]
pub struct Switch {
    enabled: bool,
}

/// Switches a rule on or off.
///
/// # Errors
/// When there is no such rule or nothing was recorded.
pub async fn switch(web: Shared, visitor: Visitor, id: web::Path<RuleId>, to: web::Form<Switch>) -> Answer {
    let rule = web.views.with(|state| state.rules.get(&id).cloned()).ok_or(WebError::NotFound)?;
    let rule = Rule { enabled: to.enabled, ..rule };
    web.submit(visitor.by(), Command::ChangeRule { rule }).await?;
    Ok(see("/rules", Some("notice-saved")))
}

/// Removes a rule.
///
/// # Errors
/// When there is no such rule or nothing was recorded.
pub async fn remove(web: Shared, visitor: Visitor, id: web::Path<RuleId>) -> Answer {
    web.submit(visitor.by(), Command::RemoveRule { rule: *id }).await?;
    Ok(see("/rules", Some("notice-removed")))
}
