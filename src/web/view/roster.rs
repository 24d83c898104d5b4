//! People as whoever looks after them sees them: all of them, one, and their groups.

use super::frame::{Body, Section, initials};
use super::shared::{Choice, Errors};
use crate::web::format::Locale;
use crate::web::list::{Column, Turn};
use askama::Template;

/// One person of the list.
#[derive(Clone, Debug, Default)]
pub struct PersonRow {
    /// Identifier.
    pub id: String,
    /// Name as shown.
    pub name: String,
    /// Login name.
    pub login: String,
    /// Role, in the reader's language.
    pub role: String,
    /// Groups: identifier and name.
    pub groups: Vec<(String, String)>,
    /// When the person last did something, in microseconds UTC; none if never.
    pub seen_us: Option<i64>,
    /// Whether the account is closed for now.
    pub suspended: bool,
    /// Whether it is the reader.
    pub me: bool,
    /// Position of the picture, if there is one.
    pub picture: Option<u64>,
}

impl PersonRow {
    fn initials(&self) -> String {
        initials(&self.name)
    }
}

/// Everybody with an account.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "people.html")]
pub struct People {
    /// Whose eyes it is for.
    pub l: Locale,
    /// What is searched for.
    pub q: String,
    /// The role that the list is narrowed to, or empty.
    pub role: String,
    /// The state that the list is narrowed to, or empty.
    pub state: String,
    /// The group that the list is narrowed to, or empty.
    pub group: String,
    /// Roles to choose from.
    pub roles: Vec<Choice>,
    /// Groups to choose from.
    pub groups: Vec<Choice>,
    /// Heads of the columns.
    pub columns: Vec<Column>,
    /// The people of this page.
    pub rows: Vec<PersonRow>,
    /// How many there are in all.
    pub total: usize,
    /// The other pages.
    pub turn: Turn,
}

impl Body for People {
    fn title(&self) -> String {
        self.l.t("people-title")
    }

    fn section(&self) -> Option<Section> {
        Some(Section::People)
    }
}

/// A role that can be given.
#[derive(Clone, Debug)]
pub struct RoleChoice {
    /// Its word in forms.
    pub word: &'static str,
    /// Its name.
    pub name: String,
    /// What it lets somebody do.
    pub about: String,
}

/// What somebody loses by another role.
#[derive(Clone, Debug)]
pub struct Lowering {
    /// The word of the role.
    pub role: String,
    /// The role's name.
    pub name: String,
    /// Machines that are seen now, and then.
    pub sees: (usize, usize),
    /// Machines that are operated now, and then.
    pub operates: (usize, usize),
}

/// One signed-in browser.
#[derive(Clone, Copy, Debug)]
pub struct SessionRow {
    /// When it was opened, in microseconds UTC.
    pub opened_us: i64,
    /// When it ends, in microseconds UTC.
    pub expires_us: i64,
}

/// One person.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "person.html")]
pub struct PersonPage {
    /// Whose eyes it is for.
    pub l: Locale,
    /// The person, as in the list.
    pub row: PersonRow,
    /// Word of the role.
    pub role: &'static str,
    /// Mail address.
    pub mail: String,
    /// When the account was made, in microseconds UTC.
    pub registered_us: i64,
    /// Roles that the reader may give; none where the reader may not.
    pub roles: Vec<RoleChoice>,
    /// Why the reader may not change what this person may do, by its key; empty where that is allowed.
    pub fixed: &'static str,
    /// What is to be asked before a role is taken away.
    pub lowering: Option<Lowering>,
    /// Machines of this person: identifier and name.
    pub machines: Vec<(String, String)>,
    /// Rules of this person: identifier and name.
    pub rules: Vec<(String, String)>,
    /// Browsers in which the person is signed in.
    pub sessions: Vec<SessionRow>,
    /// Whether a second step is asked for.
    pub two_step: bool,
    /// API tokens that the person has.
    pub tokens: usize,
    /// What is wrong with the form of the role.
    pub errors: Errors,
}

impl PersonPage {
    fn lowering_text(&self, to: &Lowering) -> String {
        let (before, sees) = to.sees;
        self.l.t_args(
            "person-lower-text",
            &[
                ("name", &self.row.name),
                ("role", &to.name),
                ("before", &before),
                ("sees", &sees),
                ("operates", &to.operates.1),
            ],
        )
    }
}

impl Body for PersonPage {
    fn title(&self) -> String {
        self.row.name.clone()
    }

    fn section(&self) -> Option<Section> {
        Some(Section::People)
    }
}

/// One group of the list.
#[derive(Clone, Debug, Default)]
pub struct GroupRow {
    /// Identifier.
    pub id: String,
    /// Name.
    pub name: String,
    /// How many people are in it.
    pub members: usize,
    /// How many things are shared with it.
    pub shared: usize,
}

/// All groups, and the form for another one.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "groups.html")]
pub struct Groups {
    /// Whose eyes it is for.
    pub l: Locale,
    /// What is searched for.
    pub q: String,
    /// Heads of the columns.
    pub columns: Vec<Column>,
    /// The groups of this page.
    pub rows: Vec<GroupRow>,
    /// How many there are in all.
    pub total: usize,
    /// The other pages.
    pub turn: Turn,
    /// Name of the new group, as typed.
    pub name: String,
    /// What is wrong with it.
    pub errors: Errors,
}

impl Body for Groups {
    fn title(&self) -> String {
        self.l.t("groups-title")
    }

    fn section(&self) -> Option<Section> {
        Some(Section::People)
    }
}

/// One group.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "group.html")]
pub struct GroupPage {
    /// Whose eyes it is for.
    pub l: Locale,
    /// The group, as in the list.
    pub row: GroupRow,
    /// Its name, as typed.
    pub name: String,
    /// Who is in it.
    pub members: Vec<PersonRow>,
    /// Everybody else, to choose from.
    pub others: Vec<Choice>,
    /// Login name of whom to take in, as typed.
    pub login: String,
    /// What is shared with it: path, name, and the right in words.
    pub things: Vec<(String, String, String)>,
    /// What is wrong with one of the forms.
    pub errors: Errors,
}

impl Body for GroupPage {
    fn title(&self) -> String {
        self.row.name.clone()
    }

    fn section(&self) -> Option<Section> {
        Some(Section::People)
    }
}
