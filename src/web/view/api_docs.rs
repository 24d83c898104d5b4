//! The page about the API.

use super::frame::{Body, Section};
use crate::web::format::Locale;
use askama::Template;

/// A parameter, or a field of a body.
#[derive(Clone, Debug, Default)]
pub struct ApiField {
    /// Its name.
    pub name: String,
    /// What it is, in a word.
    pub kind: String,
    /// The schema that it leads to; empty for none.
    pub schema: String,
    /// Whether it must be there.
    pub required: bool,
    /// What it means.
    pub text: String,
}

/// One operation.
#[derive(Clone, Debug, Default)]
pub struct ApiOperation {
    /// Its name, unique on the page.
    pub id: String,
    /// The method.
    pub method: String,
    /// The pattern of the path.
    pub path: String,
    /// What it does.
    pub summary: String,
    /// What else is to be said.
    pub text: String,
    /// The scope that a token needs, or `session`.
    pub scope: String,
    /// Its parameters.
    pub parameters: Vec<ApiField>,
    /// The schema of its body; empty without one.
    pub takes: String,
    /// Status and schema of the answer.
    pub gives: (String, String),
    /// Whether the answer is a page of a list.
    pub lists: bool,
    /// Statuses of its errors.
    pub errors: String,
    /// A line for a shell.
    pub curl: String,
}

/// Operations about one thing.
#[derive(Clone, Debug, Default)]
pub struct ApiGroup {
    /// What they are about, in a word.
    pub name: String,
    /// What they are about.
    pub text: String,
    /// The operations.
    pub operations: Vec<ApiOperation>,
}

/// The shape of a body.
#[derive(Clone, Debug, Default)]
pub struct ApiSchema {
    /// Its name.
    pub name: String,
    /// What it is.
    pub text: String,
    /// Its fields.
    pub fields: Vec<ApiField>,
    /// The forms it may take, each with its fields.
    pub variants: Vec<(String, Vec<ApiField>)>,
    /// The words that it may be.
    pub words: String,
}

/// A class of errors.
#[derive(Clone, Debug, Default)]
pub struct ApiProblem {
    /// The HTTP status.
    pub status: u16,
    /// Its name in `type`.
    pub name: &'static str,
    /// What it is called.
    pub title: String,
    /// What it means, and what to do.
    pub text: &'static str,
}

/// The page about the API.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "api_docs.html")]
pub struct ApiDocs {
    /// Whose eyes it is for.
    pub l: Locale,
    /// The operations.
    pub groups: Vec<ApiGroup>,
    /// The shapes of bodies.
    pub schemas: Vec<ApiSchema>,
    /// The classes of errors.
    pub problems: Vec<ApiProblem>,
}

impl Body for ApiDocs {
    fn title(&self) -> String {
        self.l.t("api-title")
    }

    fn section(&self) -> Option<Section> {
        Some(Section::Account)
    }
}
