//! Wall displays: the screen, and the page of their links.

use super::alert::AlertCard;
use super::frame::{Body, Section, Theme};
use super::machines::Reading;
use super::shared::{Errors, State};
use crate::web::format::{Format, Locale};
use crate::web::list::Listed;
use askama::Template;

/// The hottest machine.
#[derive(Clone, Debug)]
pub struct WallHottest {
    /// Its name.
    pub machine: String,
    /// How hot it is, in °C.
    pub reading: Reading,
}

/// One machine on the screen.
#[derive(Clone, Debug)]
pub struct WallTile {
    /// Identifier.
    pub id: String,
    /// Name.
    pub name: String,
    /// Place.
    pub place: String,
    /// How it is.
    pub state: State,
    /// When it was last heard of, in microseconds UTC; none if never.
    pub seen_us: Option<i64>,
    /// Its hottest sensor, in °C.
    pub temperature: Option<Reading>,
    /// CPU in use, in percent.
    pub cpu: Option<f64>,
}

/// A message of the room that the screen shows.
#[derive(Clone, Debug)]
pub struct WallMessage {
    /// Who says it: a machine or a room's bot, never a person's name.
    pub who: String,
    /// What.
    pub text: String,
    /// When, in microseconds UTC.
    pub at_us: i64,
}

/// What changes on the screen.
#[derive(Clone, Debug, Template)]
#[template(path = "wall_board.html")]
pub struct WallBoard {
    /// Whose eyes it is for.
    pub l: Locale,
    /// Local path under which the screen and its parts are found.
    pub path: String,
    /// What the screen is called.
    pub name: String,
    /// The tag of the machines that it shows; empty for all.
    pub tag: String,
    /// Machines.
    pub machines: u64,
    /// Of these, with a critical alert.
    pub critical: u64,
    /// With a warning.
    pub warning: u64,
    /// Silent.
    pub silent: u64,
    /// Fine.
    pub fine: u64,
    /// Open alerts.
    pub open_alerts: u64,
    /// The hottest machine.
    pub hottest: Option<WallHottest>,
    /// Machines that find room, those that need somebody first.
    pub tiles: Vec<WallTile>,
    /// Machines that do not.
    pub more: u64,
    /// Whether all of those are fine.
    pub more_fine: bool,
    /// The worst open alerts.
    pub alerts: Vec<AlertCard>,
    /// Further ones.
    pub more_alerts: u64,
    /// What all machines together draw, in watts; none where nothing measures it.
    pub power_w: Option<f64>,
    /// The newest messages of the screen's room.
    pub messages: Vec<WallMessage>,
}

impl WallBoard {
    /// In the unit in which it is short.
    fn power(&self) -> String {
        match self.power_w {
            Some(watts) if watts >= 1_000.0 => format!("{:.2} kW", watts / 1e3),
            Some(watts) => format!("{watts:.0} W"),
            None => String::new(),
        }
    }

    /// How many tiles there are, so that few are large and many find room.
    fn density(&self) -> &'static str {
        match self.tiles.len() {
            0..=6 => "few",
            7..=20 => "some",
            _ => "many",
        }
    }
}

/// The screen.
#[derive(Clone, Debug, Template)]
#[template(path = "wall.html")]
pub struct Wall {
    /// Whose eyes it is for.
    pub l: Locale,
    /// Light or dark.
    pub theme: Theme,
    /// Position of the log that it shows.
    pub pos: u64,
    /// What changes.
    pub board: WallBoard,
}

/// The word that a link has ended.
#[derive(Clone, Debug, Template)]
#[template(path = "wall_gone.html")]
pub struct WallGone {
    /// Whose eyes it is for.
    pub l: Locale,
}

impl Body for WallGone {
    fn title(&self) -> String {
        self.l.t("wall-gone-title")
    }
}

/// One link.
#[derive(Clone, Debug)]
pub struct WallRow {
    /// Identifier.
    pub id: String,
    /// What the screen is called.
    pub name: String,
    /// The tag of the machines that it shows; empty for all.
    pub tag: String,
    /// How many machines these are.
    pub machines: u64,
    /// When it was given out, in microseconds UTC.
    pub issued_us: i64,
}

/// The form that makes a link; what was typed is kept.
#[derive(Clone, Debug, Default)]
pub struct WallForm {
    /// What the screen is to be called.
    pub name: String,
    /// The tag of the machines that it is to show.
    pub tag: String,
    /// Whether it is to be light.
    pub light: bool,
    /// What is wrong with it.
    pub errors: Errors,
}

/// The page of the links.
#[derive(Clone, Debug, Template)]
#[template(path = "walls.html")]
pub struct Walls {
    /// Whose eyes it is for.
    pub l: Locale,
    /// The links.
    pub rows: Vec<WallRow>,
    /// The list of these, as it was asked for.
    pub listed: Listed,
    /// The form.
    pub form: WallForm,
    /// The address of a link that was just made: shown once.
    pub made: Option<String>,
}

impl Body for Walls {
    fn title(&self) -> String {
        self.l.t("walls-title")
    }

    fn section(&self) -> Option<Section> {
        Some(Section::Walls)
    }
}
