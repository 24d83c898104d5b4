//! Rules: the list, the form, the switch.

use super::sharing::as_is;
use super::{scope, severity};
use crate::fresh;
use crate::web::answer::{Answer, WebError, errors_of, hand_in, page, see};
use crate::web::context::Visitor;
use crate::web::list::{Asked, Pairs as ListPairs};
use crate::web::view::{RuleForm, Rules, Severity, StepRow};
use crate::web::{Shared, fill};
use actix_web::http::StatusCode;
use actix_web::web;
use serde::Deserialize;
use watchroom_domain::{
    Command, Compare, Condition, EscalationStep, HOUR_US, MINUTE_US, Micros, Refusal, Rule, RuleId,
    SECOND_US, Thing,
};

/// The fields, of which some come more than once.
pub type Pairs = web::Form<Vec<(String, String)>>;

/// Most escalation steps that a form brings.
const STEPS: usize = 6;

/// The fields.
#[derive(Default)]
struct Fields {
    name: String,
    kind: String,
    metric: String,
    compare: String,
    fire: String,
    clear: String,
    for_text: String,
    for_unit: String,
    least: String,
    percent: String,
    scope: String,
    tag: String,
    machine: String,
    severity: String,
    enabled: String,
    steps: Vec<StepRow>,
}

impl Fields {
    fn of(pairs: Vec<(String, String)>) -> Self {
        let mut fields = Self::default();
        for (name, value) in pairs {
            let field = match name.as_str() {
                "name" => &mut fields.name,
                "kind" => &mut fields.kind,
                "metric" => &mut fields.metric,
                "compare" => &mut fields.compare,
                "fire" => &mut fields.fire,
                "clear" => &mut fields.clear,
                "for" => &mut fields.for_text,
                "for_unit" => &mut fields.for_unit,
                "least" => &mut fields.least,
                "percent" => &mut fields.percent,
                "scope" => &mut fields.scope,
                "tag" => &mut fields.tag,
                "machine" => &mut fields.machine,
                "severity" => &mut fields.severity,
                "enabled" => &mut fields.enabled,
                step => {
                    fields.take_step(step, value);
                    continue;
                }
            };
            *field = value;
        }
        fields
    }

    /// A field of a step: `step0_after`, `step0_unit`, or `step0_to`, which comes once for each person.
    fn take_step(&mut self, name: &str, value: String) {
        let Some((number, field)) = name.strip_prefix("step").and_then(|rest| rest.split_once('_')) else {
            return;
        };
        let Some(number) = number.parse::<usize>().ok().filter(|n| *n < STEPS) else { return };
        if self.steps.len() <= number {
            self.steps.resize_with(number + 1, StepRow::blank);
        }
        let Some(step) = self.steps.get_mut(number) else { return };
        match field {
            "after" => step.after = value,
            "unit" => step.unit = value,
            "to" => step.to.push(value),
            _ => {}
        }
    }

    /// The steps that are filled in.
    fn escalation(&self) -> Result<Vec<EscalationStep>, Refusal> {
        let meant = self.steps.iter().filter(|s| !s.after.trim().is_empty() || !s.to.is_empty());
        let step = |s: &StepRow| {
            let bad = |r: Refusal| Refusal { field: Some("escalation"), ..r };
            let after_us = span(&s.after, &s.unit, "escalation").map_err(bad)?;
            Ok(EscalationStep { after_us, to: s.to.iter().filter_map(|p| p.parse().ok()).collect() })
        };
        meant.map(step).collect()
    }

    fn rule(&self, rule: RuleId) -> Result<Rule, Refusal> {
        let for_us = span(&self.for_text, &self.for_unit, "for")?;
        let condition = if self.kind == "silent" {
            Condition::Silent { for_us }
        } else if rule == Rule::HUB_VIEW {
            let (least, percent) = (number("least", &self.least)?, number("least", &self.percent)?);
            // What lies outside is refused by the rule itself.
            let (least, percent) = (least.clamp(0.0, 1e9) as u32, percent.clamp(0.0, 255.0) as u8);
            Condition::Vanished { least, percent, within_us: for_us }
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
            escalation: self.escalation()?,
            personal: false,
        })
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
        (form.least, form.percent) = (self.least, self.percent);
        form.steps = self.steps;
        if form.steps.last().is_none_or(|last| !last.after.is_empty()) {
            form.steps.push(StepRow::blank());
        }
        form.errors = errors_of(&visitor.l, refusal);
        form
    }
}

/// A span as people type it, with its unit beside it.
fn span(text: &str, unit: &str, field: &'static str) -> Result<Micros, Refusal> {
    let unit = match unit {
        "h" => HOUR_US,
        "min" => MINUTE_US,
        _ => SECOND_US,
    };
    let us = number(field, text)? * unit as f64;
    if us.abs() < 1e15 {
        Ok(us.round() as Micros)
    } else {
        Err(Refusal::field("bad_duration", field, "From 0 seconds to 7 days."))
    }
}

/// A number as people type it: with a decimal comma or point.
fn number(field: &'static str, text: &str) -> Result<f64, Refusal> {
    let text = text.trim().replace(',', ".").replace('−', "-");
    let value = text.parse::<f64>().ok().filter(|v| v.is_finite());
    value.ok_or_else(|| Refusal::field("bad_number", field, "This must be a number, such as 88 or 2.5."))
}

fn blank_form(web: &Shared, visitor: &Visitor) -> RuleForm {
    web.views.with(|state| fill::rule_blank(state, visitor))
}

/// The list.
///
/// # Errors
/// When the page cannot be rendered.
pub async fn list(web: Shared, visitor: Visitor, pairs: ListPairs) -> Answer {
    let asked = Asked::of(&fill::RULES, &pairs);
    let (rows, listed) = web.views.ask(|models| fill::rule_rows(models, &visitor, &asked));
    let may_add = web.views.with(|state| fill::may_add_rules(state, &visitor));
    let body = Rules { l: visitor.l, rows, listed, may_add };
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
    let form = web.views.with(|state| {
        let mut form = fill::rule_form(state, &visitor, state.rules.get(&id)?);
        form.sharing = Some(as_is(state, &visitor, Thing::Rule(*id)));
        Some(form)
    });
    page(&web, &visitor, StatusCode::OK, form.ok_or(WebError::NotFound)?)
}

/// Adds a rule.
///
/// # Errors
/// When nothing was recorded for a reason that the form cannot show.
pub async fn add(web: Shared, visitor: Visitor, fields: Pairs) -> Answer {
    let fields = Fields::of(fields.into_inner());
    let id = RuleId(fresh::id(visitor.l.now_us));
    let rule = fields.rule(id);
    keep(&web, &visitor, fields, None, rule.map(|rule| Command::AddRule { rule })).await
}

/// Changes a rule.
///
/// # Errors
/// When nothing was recorded for a reason that the form cannot show.
pub async fn change(web: Shared, visitor: Visitor, id: web::Path<RuleId>, fields: Pairs) -> Answer {
    let fields = Fields::of(fields.into_inner());
    let rule = fields.rule(*id);
    keep(&web, &visitor, fields, Some(*id), rule.map(|rule| Command::ChangeRule { rule })).await
}

async fn keep(
    web: &Shared,
    visitor: &Visitor,
    fields: Fields,
    id: Option<RuleId>,
    command: Result<Command, Refusal>,
) -> Answer {
    let kept = hand_in(web, visitor, command).await?;
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
    web.submit(&visitor, Command::ChangeRule { rule }).await?;
    Ok(see("/rules", Some("notice-saved")))
}

/// Removes a rule.
///
/// # Errors
/// When there is no such rule or nothing was recorded.
pub async fn remove(web: Shared, visitor: Visitor, id: web::Path<RuleId>) -> Answer {
    web.submit(&visitor, Command::RemoveRule { rule: *id }).await?;
    Ok(see("/rules", Some("notice-removed")))
}
