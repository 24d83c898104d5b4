//! Rules: the list and the form.

use super::cause::Cause;
use super::frame::{Body, Section};
use super::shared::{Choice, Errors, Severity};
use super::sharing::Sharing;
use crate::web::format::Locale;
use crate::web::list::Listed;
use askama::Template;

/// Which machines a rule or a subscription is for, as shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ScopeText {
    /// Every machine.
    Everywhere,
    /// Machines with this tag.
    Tag(String),
    /// One machine: identifier and name.
    Machine(String, String),
}

impl ScopeText {
    /// As words.
    pub fn text(&self, l: &Locale) -> String {
        match self {
            ScopeText::Everywhere => l.t("scope-everywhere"),
            ScopeText::Tag(tag) => l.t1("scope-tag", "tag", tag),
            ScopeText::Machine(_, name) => l.t1("scope-machine", "name", name),
        }
    }
}

/// One rule.
#[derive(Clone, Debug)]
pub struct RuleRow {
    /// Identifier.
    pub id: String,
    /// Name.
    pub name: String,
    /// What it looks for.
    pub cause: Cause,
    /// Which machines it is for.
    pub scope: ScopeText,
    /// How bad it is.
    pub severity: Severity,
    /// Whether it is on.
    pub enabled: bool,
    /// How many open alerts it has.
    pub open: u64,
    /// Whether the reader may change it.
    pub may_edit: bool,
}

/// The page of rules.
#[derive(Clone, Debug, Template)]
#[template(path = "rules.html")]
pub struct Rules {
    /// Whose eyes it is for.
    pub l: Locale,
    /// The rules of this page.
    pub rows: Vec<RuleRow>,
    /// How they are listed.
    pub listed: Listed,
    /// Whether the reader may add one.
    pub may_add: bool,
}

impl Body for Rules {
    fn title(&self) -> String {
        self.l.t("rules-title")
    }

    fn section(&self) -> Option<Section> {
        Some(Section::Rules)
    }
}

/// An escalation step, as typed.
#[derive(Clone, Debug)]
pub struct StepRow {
    /// How long nobody acknowledged; empty for a step that is not meant.
    pub after: String,
    /// `s`, `min` or `h`.
    pub unit: String,
    /// Identifiers of those who are told then.
    pub to: Vec<String>,
}

impl StepRow {
    /// A step that is not filled in.
    pub fn blank() -> Self {
        Self { after: String::new(), unit: "min".to_owned(), to: Vec::new() }
    }

    fn tells(&self, person: &str) -> bool {
        self.to.iter().any(|p| p == person)
    }
}

/// The form of a rule; what was typed is kept.
#[derive(Clone, Debug, Template)]
#[template(path = "rule_form.html")]
pub struct RuleForm {
    /// Whose eyes it is for.
    pub l: Locale,
    /// The rule that is changed; none for a new one.
    pub id: Option<String>,
    /// Name.
    pub name: String,
    /// `threshold`, `silent`, or `vanished` for the rule about the hub's own view.
    pub kind: String,
    /// Metric.
    pub metric: String,
    /// `above` or `below`.
    pub compare: String,
    /// Firing threshold, as typed.
    pub fire: String,
    /// Clearing threshold, as typed.
    pub clear: String,
    /// How long, as typed, in `for_unit`.
    pub for_text: String,
    /// `s`, `min` or `h`.
    pub for_unit: String,
    /// `everywhere`, `tag` or `machine`.
    pub scope: String,
    /// The tag, if the scope is one.
    pub tag: String,
    /// The machine's identifier, if the scope is one.
    pub machine: String,
    /// How bad it is.
    pub severity: Severity,
    /// Whether it is on.
    pub enabled: bool,
    /// Of the hub's own rule: at least so many machines, as typed.
    pub least: String,
    /// Of the hub's own rule: at least this share of them in percent, as typed.
    pub percent: String,
    /// Escalation steps, and an empty one behind them.
    pub steps: Vec<StepRow>,
    /// People to choose from.
    pub people: Vec<Choice>,
    /// Metrics to choose from: name, and name and unit for people.
    pub metrics: Vec<Choice>,
    /// Machines to choose from.
    pub machines: Vec<Choice>,
    /// Whose it is, and with whom it is shared; none for a new one.
    pub sharing: Option<Sharing>,
    /// Whether more than one machine may be meant.
    pub wide: bool,
    /// Whether the reader may remove it.
    pub may_remove: bool,
    /// What is wrong with it.
    pub errors: Errors,
}

impl RuleForm {
    /// An empty form.
    pub fn blank(l: Locale) -> RuleForm {
        RuleForm {
            l,
            id: None,
            name: String::new(),
            kind: "threshold".to_owned(),
            metric: "temperature_c".to_owned(),
            compare: "above".to_owned(),
            fire: String::new(),
            clear: String::new(),
            for_text: "1".to_owned(),
            for_unit: "min".to_owned(),
            scope: "everywhere".to_owned(),
            tag: String::new(),
            machine: String::new(),
            severity: Severity::Warning,
            enabled: true,
            least: String::new(),
            percent: String::new(),
            steps: vec![StepRow::blank()],
            people: Vec::new(),
            metrics: Vec::new(),
            machines: Vec::new(),
            sharing: None,
            wide: true,
            may_remove: true,
            errors: Errors::default(),
        }
    }

    fn action(&self) -> String {
        self.id.as_ref().map_or_else(|| "/rules/new".to_owned(), |id| format!("/rules/{id}/edit"))
    }
}

impl Body for RuleForm {
    fn title(&self) -> String {
        match self.id {
            Some(_) => self.l.t1("rule-edit-title", "name", &self.name),
            None => self.l.t("rule-new-title"),
        }
    }

    fn section(&self) -> Option<Section> {
        Some(Section::Rules)
    }
}
