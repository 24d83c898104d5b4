//! What stands around every page.

use super::activity::Activity;
use super::shared::Notice;
use crate::texts::Lang;
use crate::web::format::Locale;
use askama::Template;
use std::fmt::Display;
use watchroom_domain::Action;

/// Entries that a phone's bar has room for beside the activity and the one that opens the others.
const BAR: usize = 4;

/// What the middle of a page is.
pub trait Body: Display {
    /// The page's title, in the reader's language.
    fn title(&self) -> String;

    /// Which entry of the rail it belongs to.
    fn section(&self) -> Option<Section> {
        None
    }
}

/// An entry of the rail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    /// Machines.
    Machines,
    /// Alerts.
    Alerts,
    /// Rules.
    Rules,
    /// Checks.
    Checks,
    /// Channels.
    Channels,
    /// People and groups.
    People,
    /// Wall displays.
    Walls,
    /// Who did what.
    Audit,
    /// The log itself.
    Log,
    /// The hub's settings.
    Settings,
    /// The reader's own account.
    Account,
}

impl Section {
    /// Every entry, in order.
    pub const ALL: [Section; 11] = [
        Section::Machines,
        Section::Alerts,
        Section::Rules,
        Section::Checks,
        Section::Channels,
        Section::People,
        Section::Walls,
        Section::Audit,
        Section::Log,
        Section::Settings,
        Section::Account,
    ];

    /// Its name in addresses and keys.
    pub fn word(self) -> &'static str {
        match self {
            Section::Machines => "machines",
            Section::Alerts => "alerts",
            Section::Rules => "rules",
            Section::Checks => "checks",
            Section::Channels => "channels",
            Section::People => "people",
            Section::Walls => "walls",
            Section::Audit => "audit",
            Section::Log => "log",
            Section::Settings => "settings",
            Section::Account => "account",
        }
    }

    /// What the reader must be allowed to do for it to be of use.
    pub fn action(self) -> Action {
        match self {
            Section::Machines | Section::Alerts | Section::Rules | Section::Checks => Action::Watch,
            Section::Channels => Action::ManageChannels,
            Section::People => Action::ManagePeople,
            Section::Walls | Section::Settings => Action::ManageHub,
            Section::Audit | Section::Log => Action::ReadLog,
            Section::Account => Action::ManageOwnAccount,
        }
    }

    /// The letter after `g` that goes there.
    pub fn letter(self) -> &'static str {
        match self {
            Section::Machines => "m",
            Section::Alerts => "a",
            Section::Rules => "r",
            Section::Checks => "k",
            Section::Channels => "e",
            Section::People => "p",
            Section::Walls => "w",
            Section::Audit => "u",
            Section::Log => "l",
            Section::Settings => "s",
            Section::Account => "c",
        }
    }
}

/// Light or dark.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// As the system says.
    #[default]
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

impl Theme {
    /// Every theme, in the order of the menu.
    pub const ALL: [Theme; 3] = [Theme::System, Theme::Light, Theme::Dark];

    /// Its name in the `theme` cookie.
    pub fn word(self) -> &'static str {
        match self {
            Theme::System => "system",
            Theme::Light => "light",
            Theme::Dark => "dark",
        }
    }

    /// The theme of a cookie; anything else is the system's.
    pub fn from_word(word: &str) -> Theme {
        Theme::ALL.into_iter().find(|theme| theme.word() == word).unwrap_or_default()
    }
}

/// Who is signed in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Me {
    /// Name as shown.
    pub name: String,
    /// Role, in the reader's language.
    pub role: String,
    /// The picture's address; none where there is no picture.
    pub picture: Option<String>,
}

/// One or two letters that stand for a name.
pub(super) fn initials(name: &str) -> String {
    let mut letters = name.split_whitespace().filter_map(|word| word.chars().next());
    let first = letters.next().into_iter();
    first.chain(letters.next_back()).flat_map(char::to_uppercase).collect()
}

/// What somebody is reminded of.
#[derive(Clone, Copy, Debug)]
pub struct Reminder {
    /// The text's key in the catalogue.
    pub key: &'static str,
    /// Whether it can be put aside here.
    pub can_wait: bool,
}

/// What stands around a signed-in page.
#[derive(Clone, Debug, Default)]
pub struct Frame {
    /// Whose eyes it is for.
    pub l: Locale,
    /// Light or dark.
    pub theme: Theme,
    /// Position of the log that the page shows; the live feed goes on from there.
    pub pos: u64,
    /// Who is signed in.
    pub me: Me,
    /// Entries of the rail that lead the reader somewhere.
    pub sections: Vec<Section>,
    /// Local path and query of this page, to return to.
    pub here: String,
    /// What has just been done.
    pub notice: Option<Notice>,
    /// What stands in red above every page.
    pub alarm: Option<String>,
    /// What an owner should do about the own account.
    pub remind: Option<Reminder>,
    /// What is wrong with the hub itself, above every page.
    pub troubles: Vec<Notice>,
    /// The third column.
    pub activity: Activity,
}

/// A whole page for somebody who is signed in.
#[derive(Clone, Debug, Template)]
#[template(path = "page.html")]
pub struct Page<B: Body> {
    /// What stands around.
    pub frame: Frame,
    /// The middle.
    pub body: B,
}

impl<B: Body> Page<B> {
    fn initials(&self) -> String {
        initials(&self.frame.me.name)
    }

    fn here(&self, section: &Section) -> bool {
        self.body.section() == Some(*section)
    }

    /// Entries for which a phone's bar has no room; they open from its last one.
    fn folded(&self) -> &[Section] {
        let sections = &self.frame.sections;
        if sections.len() > BAR + 1 { sections.get(BAR..).unwrap_or_default() } else { &[] }
    }
}

/// A whole page for somebody who is not signed in, or when something went wrong.
#[derive(Clone, Debug, Template)]
#[template(path = "plain.html")]
pub struct Plain<B: Body> {
    /// Whose eyes it is for.
    pub l: Locale,
    /// Light or dark.
    pub theme: Theme,
    /// Local path of this page, to return to after another language was chosen.
    pub here: String,
    /// What has just been done.
    pub notice: Option<Notice>,
    /// The middle.
    pub body: B,
}
