//! What one operation of the API is: its place, its door, its handler and what the document says of it, all
//! in one row, so that none of them can be missing or say something else.

use crate::web::routes::Door;
use actix_web::Route as Handler;
use std::collections::BTreeMap;
use utoipa::openapi::path::{Parameter, ParameterIn};
use utoipa::openapi::schema::Schema;
use utoipa::openapi::{Ref, RefOr};
use utoipa::{IntoParams, ToSchema};
use watchroom_domain::Action;

/// May watch.
pub const WATCH: Door = Door::May(Action::Watch);
/// May act on alerts.
pub const ACT: Door = Door::May(Action::ActOnAlerts);
/// May manage machines.
pub const MACHINES: Door = Door::May(Action::ManageMachines);
/// May manage rules.
pub const RULES: Door = Door::May(Action::ManageRules);
/// May manage channels.
pub const CHANNELS: Door = Door::May(Action::ManageChannels);
/// May manage people.
pub const PEOPLE: Door = Door::May(Action::ManagePeople);
/// May read the log.
pub const LOG: Door = Door::May(Action::ReadLog);
/// May set the hub up.
pub const HUB: Door = Door::May(Action::ManageHub);
/// Anybody.
pub const OPEN: Door = Door::Open;
/// May sign in and out, which no token may.
pub const SIGN_IN: Door = Door::May(Action::SignIn);
/// May have a mail address confirmed, which no token may.
pub const CONFIRM: Door = Door::May(Action::ConfirmMail);
/// May manage the own account, which no token may.
pub const OWN: Door = Door::May(Action::ManageOwnAccount);

/// Schemas by name, as they are collected.
pub type Schemas = BTreeMap<String, RefOr<Schema>>;

/// The shape of a body: puts its schema among the others and gives a reference to it.
pub type Shape = fn(&mut Schemas) -> RefOr<Schema>;

/// The shape of a type's JSON.
pub fn shape<T: ToSchema>(all: &mut Schemas) -> RefOr<Schema> {
    let mut found = Vec::new();
    T::schemas(&mut found);
    let name = T::name().into_owned();
    found.push((name.clone(), T::schema()));
    for (name, schema) in found {
        let other = all.get(&name).is_some_and(|other| *other != schema);
        debug_assert!(!other, "two schemas are called {name}");
        all.insert(name, schema);
    }
    Ref::from_schema_name(name).into()
}

/// The query parameters that a type's fields are.
pub fn query<T: IntoParams>() -> Vec<Parameter> {
    T::into_params(|| Some(ParameterIn::Query))
}

/// What comes of an operation that succeeds.
#[derive(Clone, Copy, Debug)]
pub enum Gives {
    /// 200 with one thing.
    One(Shape),
    /// 200 with a page of things.
    List(Shape),
    /// 201 with what was made, and its place in `Location`.
    Made(Shape),
    /// 202: it was recorded and is under way; `Location` says where to look.
    Begun(Shape),
    /// 204.
    Nothing,
    /// 200 with a picture.
    Picture,
}

/// One operation.
#[derive(Clone, Copy, Debug)]
pub struct Operation {
    /// The method.
    pub method: &'static str,
    /// The pattern of the path.
    pub pattern: &'static str,
    /// Who may pass.
    pub door: Door,
    /// Its name in the document.
    pub id: &'static str,
    /// What it does, in a few words.
    pub summary: &'static str,
    /// What else is to be said.
    pub text: &'static str,
    /// Query parameters besides those of paging.
    pub query: Option<fn() -> Vec<Parameter>>,
    /// The shape of the request's body.
    pub body: Option<Shape>,
    /// Whether the request's body is a picture.
    pub takes_picture: bool,
    /// What comes of it.
    pub gives: Gives,
    /// Whether `ETag` and `If-Match` are understood.
    pub tagged: bool,
    /// Makes the handler.
    pub handler: fn() -> Handler,
}

/// A place with its door.
pub type Place = (&'static str, Door);

/// What an operation is called: its identifier and what it does.
pub type Name = (&'static str, &'static str);

const fn operation(
    method: &'static str,
    at: Place,
    name: Name,
    gives: Gives,
    handler: fn() -> Handler,
) -> Operation {
    Operation {
        method,
        pattern: at.0,
        door: at.1,
        id: name.0,
        summary: name.1,
        text: "",
        query: None,
        body: None,
        takes_picture: false,
        gives,
        tagged: false,
        handler,
    }
}

/// Reads.
pub const fn get(at: Place, name: Name, gives: Gives, handler: fn() -> Handler) -> Operation {
    operation("GET", at, name, gives, handler)
}

/// Does or makes something.
pub const fn post(at: Place, name: Name, gives: Gives, handler: fn() -> Handler) -> Operation {
    operation("POST", at, name, gives, handler)
}

/// Puts something whole in the place of what is there.
pub const fn put(at: Place, name: Name, gives: Gives, handler: fn() -> Handler) -> Operation {
    operation("PUT", at, name, gives, handler)
}

/// Changes what is named, and leaves the rest.
pub const fn patch(at: Place, name: Name, gives: Gives, handler: fn() -> Handler) -> Operation {
    operation("PATCH", at, name, gives, handler)
}

/// Takes something away.
pub const fn delete(at: Place, name: Name, handler: fn() -> Handler) -> Operation {
    operation("DELETE", at, name, Gives::Nothing, handler)
}

impl Operation {
    /// The same, with more said.
    pub const fn says(mut self, text: &'static str) -> Self {
        self.text = text;
        self
    }

    /// The same, with query parameters.
    pub const fn filters(mut self, query: fn() -> Vec<Parameter>) -> Self {
        self.query = Some(query);
        self
    }

    /// The same, with a body in the request.
    pub const fn takes(mut self, body: Shape) -> Self {
        self.body = Some(body);
        self
    }

    /// The same, with a picture in the request.
    pub const fn takes_picture(mut self) -> Self {
        self.takes_picture = true;
        self
    }

    /// The same, with `ETag` and `If-Match`.
    pub const fn tagged(mut self) -> Self {
        self.tagged = true;
        self
    }

    /// What it is about: the word behind the version.
    pub fn about(&self) -> &'static str {
        self.pattern.split('/').nth(3).unwrap_or_default()
    }
}
