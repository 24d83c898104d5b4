//! What somebody does who has not signed in: making an account, confirming a mail address, and setting another
//! password when the old one is forgotten.

use super::asked::{done, made, settled};
use super::error::{ApiError, Reply, said};
use super::input::Json;
use super::table::{Gives, OPEN, Operation, post, shape};
use super::types::Sex;
use crate::web::Shared;
use crate::web::answer::WebError;
use crate::web::context::Visitor;
use crate::web::deeds::joining::{self, Closed, Newcomer};
use crate::web::deeds::{Done, resets};
use actix_web::http::StatusCode;
use actix_web::web;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// Where the domain's fields stand in the body.
const POINTERS: &[(&str, &str)] = &[("display_name", "/name")];

/// The operations.
pub const OPERATIONS: &[Operation] = &[
    post(("/api/v1/registrations", OPEN), ("register", "Make an account"), Gives::Made(shape::<Registered>), || {
        web::to(register)
    })
    .takes(shape::<Registration>)
    .says(
        "Where registration is open, or by an invitation. Whoever was not invited confirms the mail address by the \
         link that is sent there; before that the account is good for nothing else.",
    ),
    post(
        ("/api/v1/mail-confirmations", OPEN),
        ("confirm_mail", "Confirm a mail address"),
        Gives::Nothing,
        || web::to(confirm),
    )
    .takes(shape::<Secret>)
    .says(
        "With the secret of the link in the letter: what stands behind `/confirm/`. That of an account that \
         waits for it is confirmed by whoever has the link; any other one only by the account itself, signed in.",
    ),
    post(
        ("/api/v1/password-resets", OPEN),
        ("ask_password_reset", "Ask for a link that sets another password"),
        Gives::Nothing,
        || web::to(ask_reset),
    )
    .takes(shape::<Forgotten>)
    .says("The answer is the same whoever exists. A letter goes to confirmed mail addresses only."),
    post(
        ("/api/v1/password-resets/complete", OPEN),
        ("reset_password", "Set another password by a link"),
        Gives::Nothing,
        || web::to(reset),
    )
    .takes(shape::<Reset>)
    .says("Every session and token of the account ends, and the link with it."),
];

/// A link's secret that does nothing any more is wrong whatever it was.
fn by_link<T>(done: Done<T>) -> Result<T, ApiError> {
    match done {
        Err(WebError::NotFound) => Err(ApiError::invalid("link_over", "/secret", said("link_over"))),
        other => settled(other, POINTERS),
    }
}

/// What somebody says to make an account.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Registration {
    /// Login name, unique without regard to case.
    #[schema(example = "ada")]
    login: String,
    /// Name that others see; the login name where it is left out.
    #[serde(default)]
    name: String,
    /// Mail address; whoever was invited may leave it out.
    #[serde(default)]
    #[schema(example = "ada@example.org")]
    mail: String,
    /// Password, 12 characters to 1,024 bytes.
    password: String,
    /// Told by whoever wants to.
    sex: Option<Sex>,
    /// Phone number.
    #[serde(default)]
    phone: String,
    /// The secret of an invitation's link, for whoever was invited: what stands behind `/invitation/`.
    secret: Option<String>,
}

/// An account that was made.
#[derive(Debug, Serialize, ToSchema)]
struct Registered {
    /// Whose.
    person: Uuid,
    /// Whether it may do nothing until its mail address is confirmed.
    waits: bool,
}

async fn register(web: Shared, visitor: Visitor, body: Json<Registration>) -> Reply {
    let Registration { login, name, mail, password, sex, phone, secret } = body.0;
    let again = password.clone();
    let newcomer = Newcomer { login, name, mail, password, again, sex: sex.map(Into::into), phone };
    let shown = match secret {
        Some(secret) => by_link(joining::accept(&web, &visitor, &secret, &newcomer).await)?,
        None => {
            web.views.with(joining::closed).map_or(Ok(()), |why| Err(closed(why)))?;
            settled(joining::register(&web, &visitor, &newcomer).await, POINTERS)?
        }
    };
    let waits = web.views.with(|state| state.people.get(&shown.person).is_some_and(|p| p.profile.waits));
    made("/api/v1/account", &Registered { person: shown.person.0, waits })
}

fn closed(why: Closed) -> ApiError {
    let (code, detail) = match why {
        Closed::ToAll => ("registration_closed", "Nobody can register here at the moment."),
        Closed::ToStrangers => ("invitation_needed", "Only whoever was invited can make an account here."),
        Closed::NoMail => ("no_mail", "The hub sends no mail, by which an address could be confirmed."),
    };
    ApiError::new(StatusCode::CONFLICT, code, detail)
}

/// A link's secret.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Secret {
    /// The last part of the link's address.
    secret: String,
}

async fn confirm(web: Shared, visitor: Visitor, body: Json<Secret>) -> Reply {
    by_link(joining::confirm_mail(&web, &visitor, &body.0.secret).await)?;
    done()
}

/// Who has forgotten a password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Forgotten {
    /// A login name or a mail address.
    #[schema(example = "ada")]
    who: String,
}

async fn ask_reset(web: Shared, visitor: Visitor, body: Json<Forgotten>) -> Reply {
    resets::ask(&web, &visitor, &body.0.who)?;
    done()
}

/// Another password by a link.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Reset {
    /// The last part of the link's address.
    secret: String,
    /// The new password, 12 characters to 1,024 bytes.
    password: String,
}

async fn reset(web: Shared, visitor: Visitor, body: Json<Reset>) -> Reply {
    by_link(resets::set(&web, &visitor, &body.0.secret, &body.0.password).await)?;
    done()
}
