//! Mail: settings, who gets it, and what became of it.

use super::alerts::recipient_name;
use super::label;
use crate::views::Models;
use crate::web::context::Visitor;
use crate::web::view::{Answer, DeliveryRow, MailForm};
use serde_json::{Map, Value};
use watchroom_domain::{Delivery, DeliveryStatus};

/// Deliveries of the list.
const LISTED: usize = 30;

/// The form of the mail server as it is set.
pub fn mail_form(settings: Option<&Map<String, Value>>, kept: &[String]) -> MailForm {
    let Some(settings) = settings else {
        return MailForm {
            port: "587".to_owned(),
            security: "starttls".to_owned(),
            password_kind: "none".to_owned(),
            ..MailForm::default()
        };
    };
    let text = |key: &str| match settings.get(key) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        _ => String::new(),
    };
    let reference = text("password");
    let typed = kept.contains(&reference);
    let kind = if typed {
        "typed"
    } else if reference.is_empty() {
        "none"
    } else {
        "reference"
    };
    MailForm {
        host: text("host"),
        port: text("port"),
        security: text("security"),
        user: text("user"),
        password_kind: kind.to_owned(),
        password_kept: typed,
        password_ref: if typed { String::new() } else { reference },
        from: text("from"),
        ca_file: text("ca_file"),
        errors: Default::default(),
    }
}

/// What went out lately, newest first.
pub fn deliveries(models: &Models, visitor: &Visitor) -> Vec<DeliveryRow> {
    let mails = models.state.deliveries.values().rev().filter(|d| d.channel == "email");
    mails.take(LISTED).map(|d| row(models, visitor, d)).collect()
}

fn row(models: &Models, visitor: &Visitor, delivery: &Delivery) -> DeliveryRow {
    DeliveryRow {
        at_us: delivery.at_us,
        to: recipient_name(models, visitor, delivery.recipient),
        subject: subject(models, visitor, delivery),
        incident: delivery.incident.map(|i| i.to_string()),
        answer: answer(delivery),
        said: delivery.answer.clone(),
        took_ms: delivery.took_us as f64 / 1e3,
        attempts: delivery.attempts,
    }
}

/// Where a delivery stands, as pages say it.
pub fn answer(delivery: &Delivery) -> Answer {
    match delivery.status {
        DeliveryStatus::Accepted => Answer::Accepted,
        DeliveryStatus::Waiting => Answer::Deferred,
        DeliveryStatus::Dead => Answer::GivenUp,
        DeliveryStatus::Digested => Answer::Digested,
        DeliveryStatus::Superseded => Answer::Superseded,
    }
}

/// What a delivery is about.
pub fn subject(models: &Models, visitor: &Visitor, delivery: &Delivery) -> String {
    let record = delivery.incident.and_then(|i| models.history.incident(i));
    let Some(record) = record else {
        // What it was about is not at hand any more, or it was about no incident.
        let kind = delivery.kind.and_then(|kind| serde_json::to_value(kind).ok());
        let kind = kind.as_ref().and_then(Value::as_str).unwrap_or("unknown");
        return visitor.l.t(&format!("subject-{kind}"));
    };
    let sensor = record.series.as_ref().map(label).unwrap_or_default();
    let cause = record.rule_then.as_ref().map(|r| super::cause_of(&r.condition, sensor));
    let rule = || visitor.l.lang.rule_name(record.rule_then.as_ref());
    let text = cause.map_or_else(rule, |c| c.headline(&visitor.l, None));
    let machine = visitor.l.lang.machine_name(record.machine, &record.machine_name);
    visitor.l.t2("machine-and", "machine", machine, "text", text)
}
