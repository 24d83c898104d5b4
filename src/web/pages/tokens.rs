//! API tokens of one's own: listed, made (the secret is shown once), ended.

use crate::web::Shared;
use crate::web::answer::{Answer, WebError, errors_of, page, see};
use crate::web::context::Visitor;
use crate::web::deeds::{proof, tokens};
use crate::web::view::{Errors, TokenForm, TokenRow, Tokens};
use actix_web::http::StatusCode;
use actix_web::web;
use serde::Deserialize;
use watchroom_domain::{ApiTokenId, Command, HOUR_US, Micros, Role, TokenScope};

const DAY_US: Micros = 24 * HOUR_US;
/// For how many days a token is offered to last.
const USUAL_DAYS: &str = "90";
/// More days than any token may last; what is beyond is refused with the same words.
const MOST_DAYS: i64 = 10_000;

/// The word of a scope, in forms and keys.
fn word(scope: TokenScope) -> &'static str {
    match scope {
        TokenScope::Read => "read",
        TokenScope::Act => "act",
        TokenScope::Manage => "manage",
        TokenScope::Administer => "administer",
    }
}

/// The tokens, and the form for another one.
///
/// # Errors
/// When the page cannot be rendered.
pub async fn show(web: Shared, visitor: Visitor) -> Answer {
    let form = TokenForm { scopes: vec!["read"], days: USUAL_DAYS.to_owned(), ..TokenForm::default() };
    answer(&web, &visitor, StatusCode::OK, form, None)
}

fn answer(
    web: &Shared,
    visitor: &Visitor,
    status: StatusCode,
    form: TokenForm,
    fresh: Option<String>,
) -> Answer {
    let me = proof::own(visitor)?;
    let role = visitor.signed.as_ref().map(|s| s.role);
    let now = visitor.l.now_us;
    let mut rows: Vec<TokenRow> = web.views.with(|state| {
        let own = state.api_tokens.values().filter(|t| t.person == me);
        own.map(|t| TokenRow {
            id: t.token.to_string(),
            name: t.name.clone(),
            scopes: t.scopes.iter().map(|scope| word(*scope)).collect(),
            issued_us: t.issued_us,
            expires_us: t.expires_us,
            over: t.expires_us <= now,
            used_us: web.tokens_used.at(t.token),
        })
        .collect()
    });
    rows.sort_by_key(|row| std::cmp::Reverse(row.issued_us));
    let useful = |scope: &TokenScope| match scope {
        TokenScope::Read => true,
        TokenScope::Act | TokenScope::Manage => role != Some(Role::Viewer),
        TokenScope::Administer => role >= Some(Role::Administrator),
    };
    let scopes = TokenScope::ALL.iter().filter(|scope| useful(scope)).map(|scope| word(*scope)).collect();
    page(web, visitor, status, Tokens { l: visitor.l, rows, scopes, form, fresh })
}

/// The fields of another token.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Fields {
    name: String,
    days: String,
    read: String,
    act: String,
    manage: String,
    administer: String,
}

/// Makes a token and shows its secret, once.
///
/// # Errors
/// When nothing was recorded for a reason that the form cannot show.
pub async fn issue(web: Shared, visitor: Visitor, fields: web::Form<Fields>) -> Answer {
    let fields = fields.into_inner();
    let ticked = |scope: TokenScope| {
        let field = match scope {
            TokenScope::Read => &fields.read,
            TokenScope::Act => &fields.act,
            TokenScope::Manage => &fields.manage,
            TokenScope::Administer => &fields.administer,
        };
        !field.is_empty()
    };
    let chosen: Vec<TokenScope> = TokenScope::ALL.into_iter().filter(|scope| ticked(*scope)).collect();
    // What is no number of days ends at once, which is refused beside the field.
    let days = fields.days.trim().parse::<i64>().unwrap_or(0).clamp(0, MOST_DAYS);
    let expires_us = visitor.l.now_us.saturating_add(days * DAY_US);
    let scopes = chosen.iter().copied().collect();
    let (_, secret) = match tokens::issue(&web, &visitor, fields.name.clone(), scopes, expires_us).await? {
        Ok(made) => made,
        Err(refusal) => {
            let (name, days) = (fields.name, fields.days);
            let scopes = chosen.into_iter().map(word).collect();
            let form = TokenForm { name, scopes, days, errors: errors_of(&visitor.l, &refusal) };
            return answer(&web, &visitor, StatusCode::UNPROCESSABLE_ENTITY, form, None);
        }
    };
    let form = TokenForm {
        scopes: vec!["read"],
        days: USUAL_DAYS.to_owned(),
        errors: Errors::default(),
        ..TokenForm::default()
    };
    answer(&web, &visitor, StatusCode::OK, form, Some(secret))
}

/// The field of ending one.
#[derive(Deserialize)]
pub struct Ended {
    token: ApiTokenId,
}

/// Ends a token.
///
/// # Errors
/// When it is somebody else's, or nothing was recorded.
pub async fn revoke(web: Shared, visitor: Visitor, fields: web::Form<Ended>) -> Answer {
    let (me, token) = (proof::own(&visitor)?, fields.token);
    let own = web.views.with(|state| state.api_tokens.get(&token).is_some_and(|t| t.person == me));
    if !own {
        return Err(WebError::NotFound);
    }
    web.submit(&visitor, Command::RevokeApiToken { token }).await?;
    Ok(see("/account/tokens", Some("notice-token-revoked")))
}
