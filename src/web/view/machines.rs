//! The list of machines, and the figures above it.

use super::frame::{Body, Section};
use super::shared::{Choice, Spark, State};
use crate::web::format::{Format, Locale};
use crate::web::list::{Column, Turn};
use askama::Template;

/// The page of machines.
#[derive(Clone, Debug, Template)]
#[template(path = "machines.html")]
pub struct Machines {
    /// Whose eyes it is for.
    pub l: Locale,
    /// The figures across the top.
    pub figures: Figures,
    /// The list.
    pub list: MachineList,
    /// Whether the reader may register machines.
    pub may_add: bool,
}

impl Body for Machines {
    fn title(&self) -> String {
        self.l.t("machines-title")
    }

    fn section(&self) -> Option<Section> {
        Some(Section::Machines)
    }
}

/// The figures across the top.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "figures.html")]
pub struct Figures {
    /// Whose eyes it is for.
    pub l: Locale,
    /// How many machines there are.
    pub machines: u64,
    /// How many alerts are open.
    pub open: u64,
    /// How many of these somebody has taken.
    pub acknowledged: u64,
    /// The hottest sensor of all.
    pub hottest: Option<Hottest>,
    /// How many machines are silent.
    pub silent: u64,
    /// The one that has been silent longest.
    pub longest_silent: Option<Silent>,
    /// Median time from a reading's arrival to the mail's acceptance, in milliseconds.
    pub mail_ms: Option<f64>,
    /// Of how many mails.
    pub mails: u64,
    /// Whether the reader sees what was delivered.
    pub may_deliver: bool,
}

/// The hottest sensor of all.
#[derive(Clone, Debug)]
pub struct Hottest {
    /// The machine's identifier.
    pub machine_id: String,
    /// The machine's name.
    pub machine: String,
    /// The sensor's name.
    pub sensor: String,
    /// How hot it is, in °C.
    pub celsius: f64,
    /// How bad that is.
    pub state: State,
    /// Its last hour.
    pub spark: Spark,
}

/// A silent machine.
#[derive(Clone, Debug)]
pub struct Silent {
    /// The machine's identifier.
    pub machine_id: String,
    /// The machine's name.
    pub machine: String,
    /// When it was last heard of, in microseconds UTC; none if never.
    pub seen_us: Option<i64>,
}

/// A value, and how bad it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reading {
    /// The value, in its metric's unit.
    pub value: f64,
    /// How bad it is.
    pub state: State,
}

impl Reading {
    /// Width of its bar, of 100.
    fn width(&self) -> String {
        format!("{:.1}", self.value.clamp(0.0, 100.0))
    }
}

/// The machines as cells and as rows.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "machine_list.html")]
pub struct MachineList {
    /// Whose eyes it is for.
    pub l: Locale,
    /// What is searched for.
    pub q: String,
    /// How machines are that the list is narrowed to, or empty.
    pub state: String,
    /// The place that it is narrowed to, or empty.
    pub place: String,
    /// The owner that it is narrowed to, or empty.
    pub owner: String,
    /// The tag that it is narrowed to, or empty.
    pub tag: String,
    /// Places to choose from.
    pub places: Vec<Choice>,
    /// Owners to choose from.
    pub owners: Vec<Choice>,
    /// Tags to choose from.
    pub tags: Vec<Choice>,
    /// Whether it is narrowed at all.
    pub narrowed: bool,
    /// What was asked for, question mark included, or nothing.
    pub query: String,
    /// Heads of the columns, and what else it can be sorted by.
    pub columns: Vec<Column>,
    /// The machines of this page.
    pub rows: Vec<MachineRow>,
    /// All machines that fit, at a glance.
    pub cells: Vec<Cell>,
    /// How many machines there are, whatever the filter.
    pub total: u64,
    /// How many of them have an open alert.
    pub need: u64,
    /// How many of them are silent.
    pub silent: u64,
    /// The other pages.
    pub turn: Turn,
    /// Whether the reader may register machines.
    pub may_add: bool,
    /// Whether the reader runs the hub, rather than waiting for what is shared.
    pub runs_hub: bool,
}

/// One machine at a glance.
#[derive(Clone, Debug)]
pub struct Cell {
    /// Identifier.
    pub id: String,
    /// Name.
    pub name: String,
    /// How it is.
    pub state: State,
}

impl MachineList {
    /// The column that a list is sorted by with this word.
    fn column(&self, sort: &str) -> Column {
        self.columns.iter().find(|column| column.sort == sort).cloned().unwrap_or_default()
    }
}

/// One machine of the list.
#[derive(Clone, Debug, Default)]
pub struct MachineRow {
    /// Identifier.
    pub id: String,
    /// Name.
    pub name: String,
    /// Place.
    pub place: String,
    /// Name of its owner; empty where there is none that the reader may know.
    pub owner: String,
    /// How it is.
    pub state: State,
    /// CPU in use, in percent.
    pub cpu: Option<Reading>,
    /// Memory in use, in percent.
    pub memory: Option<Reading>,
    /// The fullest disk, in percent.
    pub disk: Option<Reading>,
    /// The hottest sensor, in °C.
    pub temperature: Option<Reading>,
    /// Load over the last minute.
    pub load: Option<Reading>,
    /// CPU over the last hour.
    pub spark: Option<Spark>,
    /// Name of the keeper, empty if there is none.
    pub keeper: String,
    /// When it was last heard of, in microseconds UTC; none if never.
    pub seen_us: Option<i64>,
    /// How its checks are, in words; empty where it has none.
    pub checks: String,
    /// Whether no agent speaks for it.
    pub no_agent: bool,
}

impl MachineRow {
    /// Whether nothing has ever been heard of it, and nothing is to be but by an agent.
    fn never(&self) -> bool {
        self.seen_us.is_none() && self.checks.is_empty()
    }

    /// Whether its checks are all there is of it.
    fn checked_only(&self) -> bool {
        self.no_agent && !self.checks.is_empty()
    }
}
