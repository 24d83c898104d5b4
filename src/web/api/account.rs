//! The asker's own account: read, changed, left.

use super::asked::{done, one, person, settled, submit};
use super::error::{ApiError, Reply};
use super::input::{Json, merged};
use super::people::Role;
use super::pictures;
use super::table::{CONFIRM, Gives, OWN, Operation, WATCH, delete, get, patch, post, put, shape};
use super::tokens::TokenScope;
use super::types::{Sex, Time};
use crate::web::Shared;
use crate::web::auth::stays_known;
use crate::web::context::Visitor;
use crate::web::deeds::profile::{self, Told};
use crate::web::deeds::{joining, proof};
use actix_web::web;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use watchroom_domain::{Command, SubjectId, Via};

/// Where the domain's fields stand in the body.
const POINTERS: &[(&str, &str)] = &[("display_name", "/name"), ("current", "/current_password")];

const ONE: Gives = Gives::One(shape::<Account>);

/// The operations.
pub const OPERATIONS: &[Operation] = &[
    get(("/api/v1/account", WATCH), ("get_account", "Read the own account"), ONE, || web::to(show)),
    patch(("/api/v1/account", OWN), ("change_account", "Change the own account"), ONE, || web::to(change))
        .takes(shape::<ProfilePatch>)
        .says(
            "A merge patch (RFC 7396): what is left out stays, what is null becomes empty. Another mail address \
             needs the present password, and holds once it is confirmed by the link that is sent there.",
        ),
    delete(("/api/v1/account/pending-mail", OWN), ("keep_mail", "Keep the present mail address"), || {
        web::to(keep_mail)
    })
    .says("Another one that waits to be confirmed is not wanted after all."),
    put(
        ("/api/v1/account/password", OWN),
        ("change_password", "Change the own password"),
        Gives::Nothing,
        || web::to(change_password),
    )
    .takes(shape::<NewPassword>)
    .says("Every session and every token of the account ends, this one too: sign in again."),
    post(
        ("/api/v1/account/confirmation-letters", CONFIRM),
        ("ask_confirmation", "Have the mail address confirmed"),
        Gives::Nothing,
        || web::to(ask_confirmation),
    )
    .says("Sends the letter again by whose link the mail address is confirmed."),
    put(("/api/v1/account/picture", OWN), ("set_picture", "Set the own picture"), Gives::Nothing, || {
        web::to(pictures::set)
    })
    .takes_picture()
    .says("JPEG, PNG or WebP of at most 5 MiB. It is made small and encoded anew: nothing of the file stays."),
    delete(("/api/v1/account/picture", OWN), ("remove_picture", "Remove the own picture"), || {
        web::to(remove_picture)
    }),
    post(("/api/v1/account/leave", OWN), ("leave", "Leave for good"), Gives::Nothing, || web::to(leave))
        .takes(shape::<Leave>)
        .says(
            "What the account tells of its person can never be read again, its sessions, tokens, chats and \
             subscriptions end, and what it owned has no owner. The last owner cannot leave.",
        ),
];

/// The asker's own account.
#[derive(Debug, Serialize, ToSchema)]
struct Account {
    /// Their identifier.
    id: Uuid,
    /// Login name.
    login: String,
    /// Name that others see.
    name: String,
    /// Mail address.
    mail: String,
    /// Whether the mail address was confirmed.
    mail_confirmed: bool,
    /// Another mail address that waits to be confirmed.
    pending_mail: Option<String>,
    /// As far as it was told.
    sex: Option<Sex>,
    /// Phone number; may be empty.
    phone: String,
    /// BCP 47 tag of the language that was chosen; empty for the browser's.
    language: String,
    /// What they may do.
    role: Role,
    /// Whether a code is asked for beside the password.
    two_step: bool,
    /// Whether there is a picture.
    has_picture: bool,
    /// When the account was made.
    registered_at: Time,
    /// The token that this was asked with; null for a session.
    token: Option<Uuid>,
    /// What that token leaves of their rights; null for a session, to which all are left.
    scopes: Option<Vec<TokenScope>>,
}

fn answer(web: &Shared, visitor: &Visitor) -> Reply {
    let asker = person(visitor)?;
    let token = visitor.signed.as_ref().and_then(|signed| match signed.via {
        Via::Token(token) => Some(token),
        Via::Session(_) => None,
    });
    let account = web.views.with(|state| {
        let known = state.people.get(&asker)?;
        let scopes = token.and_then(|token| state.api_tokens.get(&token)).map(|token| &token.scopes);
        Some(Account {
            id: asker.0,
            login: known.login.clone(),
            name: known.display_name.clone(),
            mail: known.mail.clone(),
            mail_confirmed: known.profile.mail_confirmed,
            pending_mail: state.mail_to_come(known, visitor.l.now_us).map(|c| c.mail.clone()),
            sex: known.profile.sex.map(Sex::from),
            phone: known.profile.phone.clone(),
            language: known.profile.language.clone(),
            role: known.role.into(),
            two_step: state.second_factors.contains_key(&asker),
            has_picture: state.portraits.contains_key(&asker),
            registered_at: Time(known.registered_us),
            token: token.map(|token| token.0),
            scopes: scopes.map(|scopes| scopes.iter().map(|scope| (*scope).into()).collect()),
        })
    });
    one(&account.ok_or_else(ApiError::forbidden)?)
}

async fn show(web: Shared, visitor: Visitor) -> Reply {
    answer(&web, &visitor)
}

/// What a person tells of themselves.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
struct ProfileInput {
    name: String,
    mail: String,
    sex: Option<Sex>,
    phone: String,
    language: String,
    current_password: String,
}

/// What is to change of the own account.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "says in the document what a patch may hold")]
struct ProfilePatch {
    /// Name that others see.
    #[schema(example = "Ada Lovelace")]
    name: Option<String>,
    /// Mail address.
    mail: Option<String>,
    /// Told by whoever wants to.
    sex: Option<Sex>,
    /// Phone number.
    phone: Option<String>,
    /// BCP 47 tag of a language that the hub speaks; empty for the browser's.
    language: Option<String>,
    /// The present password, for another mail address.
    current_password: Option<String>,
}

async fn change(web: Shared, visitor: Visitor, body: Json<serde_json::Value>) -> Reply {
    let asker = person(&visitor)?;
    let patched = |patch: serde_json::Value| merged(&present(&web, asker)?, patch);
    // Before the turn is taken: others do not wait for the work of a hash.
    let ProfileInput { mail, current_password, .. } = patched(body.0.clone())?;
    let proved = settled(profile::prove(&web, &visitor, &mail, &current_password).await, POINTERS)?;
    let _turn = web.changes.lock().await;
    let ProfileInput { name, mail, sex, phone, language, .. } = patched(body.0)?;
    let told = Told { name, mail, sex: sex.map(Into::into), phone, language };
    settled(profile::record(&web, &visitor, told, &proved).await, POINTERS)?;
    answer(&web, &visitor)
}

/// What somebody has told of themselves.
fn present(web: &Shared, asker: SubjectId) -> Result<ProfileInput, ApiError> {
    let present = web.views.with(|state| {
        let known = state.people.get(&asker)?;
        Some(ProfileInput {
            name: known.display_name.clone(),
            mail: known.mail.clone(),
            sex: known.profile.sex.map(Sex::from),
            phone: known.profile.phone.clone(),
            language: known.profile.language.clone(),
            current_password: String::new(),
        })
    });
    present.ok_or_else(ApiError::forbidden)
}

async fn keep_mail(web: Shared, visitor: Visitor) -> Reply {
    let (asker, now) = (person(&visitor)?, visitor.l.now_us);
    let waits =
        web.views.with(|state| state.people.get(&asker).and_then(|p| state.mail_to_come(p, now)).is_some());
    if !waits {
        return Err(ApiError::not_found("other mail address"));
    }
    settled(profile::keep_mail(&web, &visitor).await, &[])?;
    done()
}

/// Another password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewPassword {
    /// The present one.
    current_password: String,
    /// The new one, 12 characters to 1,024 bytes.
    password: String,
}

async fn change_password(web: Shared, visitor: Visitor, body: Json<NewPassword>) -> Reply {
    let NewPassword { current_password, password } = body.0;
    let changed = proof::change_password(&web, &visitor, &current_password, &password).await;
    Ok(stays_known(done()?, Some(&settled(changed, POINTERS)?.device)))
}

async fn ask_confirmation(web: Shared, visitor: Visitor) -> Reply {
    settled(joining::ask_confirmation(&web, &visitor).await, &[])?;
    done()
}

async fn remove_picture(web: Shared, visitor: Visitor) -> Reply {
    let asker = person(&visitor)?;
    if !web.views.with(|state| state.portraits.contains_key(&asker)) {
        return Err(ApiError::not_found("picture"));
    }
    submit(&web, &visitor, Command::RemovePortrait, &[]).await?;
    done()
}

/// Proof that the asker means it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Leave {
    /// The present password.
    current_password: String,
}

async fn leave(web: Shared, visitor: Visitor, body: Json<Leave>) -> Reply {
    settled(proof::leave(&web, &visitor, &body.0.current_password).await, POINTERS)?;
    done()
}
