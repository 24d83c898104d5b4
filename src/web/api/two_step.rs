//! The asker's second step: a code beside the password.

use super::asked::{done, one, person, settled};
use super::error::{ApiError, Reply};
use super::input::Json;
use super::table::{Gives, OWN, Operation, get, post, shape};
use super::types::Time;
use crate::web::Shared;
use crate::web::auth::{stays_known, totp};
use crate::web::context::Visitor;
use crate::web::deeds::second_step::{self, TurnedOn};
use actix_web::web;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Where the domain's fields stand in the body.
const POINTERS: &[(&str, &str)] = &[("current", "/current_password")];

/// The operations.
pub const OPERATIONS: &[Operation] = &[
    get(
        ("/api/v1/two-step", OWN),
        ("get_two_step", "Read whether a code is asked for beside the password"),
        Gives::One(shape::<TwoStepState>),
        || web::to(show),
    ),
    post(
        ("/api/v1/two-step/secrets", OWN),
        ("new_two_step_secret", "Make a secret for an authenticator app"),
        Gives::One(shape::<TwoStepSecret>),
        || web::to(secret),
    )
    .says("Nothing changes yet: put it into the app, then turn the second step on with it."),
    post(
        ("/api/v1/two-step", OWN),
        ("turn_on_two_step", "Ask for a code beside the password"),
        Gives::One(shape::<RecoveryCodes>),
        || web::to(turn_on),
    )
    .takes(shape::<TwoStepInput>)
    .says("Gives the codes for the day when the device is lost, this once."),
    post(
        ("/api/v1/two-step/off", OWN),
        ("turn_off_two_step", "Ask for no code any more"),
        Gives::Nothing,
        || web::to(turn_off),
    )
    .takes(shape::<TwoStepOff>)
    .says("With the password and a code, or a recovery code."),
];

/// The asker's second step.
#[derive(Debug, Serialize, ToSchema)]
struct TwoStepState {
    /// Whether a code is asked for.
    on: bool,
    /// Since when.
    since: Option<Time>,
    /// Recovery codes that are left.
    recovery_codes_left: usize,
}

async fn show(web: Shared, visitor: Visitor) -> Reply {
    let asker = person(&visitor)?;
    let state = web.views.with(|state| {
        let factor = state.second_factors.get(&asker);
        TwoStepState {
            on: factor.is_some(),
            since: factor.map(|factor| Time(factor.since_us)),
            recovery_codes_left: factor.map_or(0, |factor| factor.recovery_sha256.len()),
        }
    });
    one(&state)
}

/// A secret for an authenticator app (RFC 6238: SHA-1, 30 s, 6 digits).
#[derive(Serialize, ToSchema)]
struct TwoStepSecret {
    /// The secret, base32.
    secret: String,
    /// The same as an `otpauth:` address, for a picture that the app reads.
    address: String,
}

async fn secret(web: Shared, visitor: Visitor) -> Reply {
    let asker = person(&visitor)?;
    let login = web.views.with(|state| state.people.get(&asker).map(|known| known.login.clone()));
    let secret = totp::new_secret();
    let address = totp::address(&secret, &login.ok_or_else(ApiError::forbidden)?);
    one(&TwoStepSecret { secret, address })
}

/// What turns the second step on.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct TwoStepInput {
    /// The secret that the app has.
    secret: String,
    /// The six digits that the app shows.
    #[schema(example = "287082")]
    code: String,
    /// The present password.
    current_password: String,
}

/// Codes for the day when the device is lost; each works once.
#[derive(Serialize, ToSchema)]
struct RecoveryCodes {
    /// The codes. Told this once.
    recovery_codes: Vec<String>,
}

async fn turn_on(web: Shared, visitor: Visitor, body: Json<TwoStepInput>) -> Reply {
    let TwoStepInput { secret, code, current_password } = body.0;
    let turned = second_step::turn_on(&web, &visitor, &secret, &code, &current_password).await;
    let TurnedOn { codes, device } = settled(turned, POINTERS)?;
    Ok(stays_known(one(&RecoveryCodes { recovery_codes: codes })?, Some(&device)))
}

/// What turns the second step off.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct TwoStepOff {
    /// The six digits that the app shows, or a recovery code.
    #[schema(example = "287082")]
    code: String,
    /// The present password.
    current_password: String,
}

async fn turn_off(web: Shared, visitor: Visitor, body: Json<TwoStepOff>) -> Reply {
    let TwoStepOff { code, current_password } = body.0;
    let device = settled(second_step::turn_off(&web, &visitor, &code, &current_password).await, POINTERS)?;
    Ok(stays_known(done()?, device.as_ref()))
}
