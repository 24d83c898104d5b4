//! The tokens by which programs act in the asker's name.

use super::asked::{done, made, one, person, settled, submit};
use super::error::{ApiError, Reply};
use super::input::Json;
use super::paging::Listing;
use super::table::{Gives, OWN, Operation, delete, get, post, shape};
use super::types::Time;
use crate::web::Shared;
use crate::web::context::Visitor;
use crate::web::deeds;
use actix_web::web;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use watchroom_domain as domain;
use watchroom_domain::{ApiTokenId, Command};

/// Where the domain's fields stand in the body.
const POINTERS: &[(&str, &str)] = &[("expires", "/expires_at")];

/// The operations.
pub const OPERATIONS: &[Operation] = &[
    get(("/api/v1/tokens", OWN), ("list_tokens", "List the own tokens"), Gives::List(shape::<Token>), || {
        web::to(list)
    })
    .says("Without their secrets, which nobody knows any more. By a session only."),
    post(("/api/v1/tokens", OWN), ("issue_token", "Make a token"), Gives::Made(shape::<NewToken>), || {
        web::to(issue)
    })
    .takes(shape::<TokenInput>)
    .says("By a session only: a token that leaks must not make others. The secret is told this once."),
    get(("/api/v1/tokens/{token}", OWN), ("get_token", "Read a token"), Gives::One(shape::<Token>), || {
        web::to(show_token)
    }),
    delete(("/api/v1/tokens/{token}", OWN), ("revoke_token", "Revoke a token"), || web::to(revoke))
        .says("By a session only."),
];

/// A part of what a person may do, for a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TokenScope {
    /// Read what the person sees.
    Read,
    /// Act on alerts, begin and end silences.
    Act,
    /// Register, change and remove machines, checks and rules.
    Manage,
    /// What administrators do: people, channels, the log.
    Administer,
}

impl From<domain::TokenScope> for TokenScope {
    fn from(scope: domain::TokenScope) -> Self {
        match scope {
            domain::TokenScope::Read => Self::Read,
            domain::TokenScope::Act => Self::Act,
            domain::TokenScope::Manage => Self::Manage,
            domain::TokenScope::Administer => Self::Administer,
        }
    }
}

impl From<TokenScope> for domain::TokenScope {
    fn from(scope: TokenScope) -> Self {
        match scope {
            TokenScope::Read => Self::Read,
            TokenScope::Act => Self::Act,
            TokenScope::Manage => Self::Manage,
            TokenScope::Administer => Self::Administer,
        }
    }
}

/// A token.
#[derive(Debug, Serialize, ToSchema)]
struct Token {
    /// Its identifier.
    id: Uuid,
    /// What it is for.
    name: String,
    /// What it may do at the most.
    scopes: Vec<TokenScope>,
    /// When it was made.
    issued_at: Time,
    /// When it ends.
    expires_at: Time,
    /// When it was last used, as far as the hub has seen since it was started; null for never.
    used_at: Option<Time>,
}

impl Token {
    fn of(web: &Shared, token: &domain::ApiToken) -> Self {
        Self {
            id: token.token.0,
            name: token.name.clone(),
            scopes: token.scopes.iter().map(|scope| (*scope).into()).collect(),
            issued_at: Time(token.issued_us),
            expires_at: Time(token.expires_us),
            used_at: web.tokens_used.at(token.token).map(Time),
        }
    }
}

async fn list(web: Shared, visitor: Visitor, ask: Listing<super::NoFilter>) -> Reply {
    let (behind, asker) = (ask.paging.behind::<ApiTokenId>()?, person(&visitor)?);
    let page = web.views.with(|state| {
        let own = state.api_tokens.values().filter(|t| t.person == asker && t.expires_us > visitor.l.now_us);
        let rest = own.filter(|t| behind.is_none_or(|b| t.token > b));
        ask.paging.page(rest.map(|t| (t.token, Token::of(&web, t))))
    });
    ask.paging.answer(&page)
}

fn own(web: &Shared, visitor: &Visitor, id: ApiTokenId) -> Result<Token, ApiError> {
    let asker = person(visitor)?;
    let found = web.views.with(|state| {
        state
            .api_tokens
            .get(&id)
            .filter(|t| t.person == asker && t.expires_us > visitor.l.now_us)
            .map(|t| Token::of(web, t))
    });
    found.ok_or_else(|| ApiError::not_found("token"))
}

async fn show_token(web: Shared, visitor: Visitor, id: web::Path<ApiTokenId>) -> Reply {
    one(&own(&web, &visitor, *id)?)
}

/// What a token is to be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct TokenInput {
    /// What it is for, 1 to 64 characters.
    #[schema(example = "Nightly report")]
    name: String,
    /// What it may do at the most; at least one.
    scopes: Vec<TokenScope>,
    /// When it ends: in the future, within a year.
    expires_at: Time,
}

/// A token that was just made.
#[derive(Debug, Serialize, ToSchema)]
struct NewToken {
    /// Its identifier.
    id: Uuid,
    /// What `Authorization: Bearer` takes. Told this once.
    secret: String,
    /// What it is for.
    name: String,
    /// What it may do at the most.
    scopes: Vec<TokenScope>,
    /// When it ends.
    expires_at: Time,
}

async fn issue(web: Shared, visitor: Visitor, body: Json<TokenInput>) -> Reply {
    let TokenInput { name, scopes, expires_at } = body.0;
    let scopes = scopes.into_iter().map(Into::into).collect();
    let issued = deeds::tokens::issue(&web, &visitor, name, scopes, expires_at.0).await;
    let (token, secret) = settled(issued, POINTERS)?;
    let Token { id, name, scopes, expires_at, .. } = own(&web, &visitor, token)?;
    made(&format!("/api/v1/tokens/{token}"), &NewToken { id, secret, name, scopes, expires_at })
}

async fn revoke(web: Shared, visitor: Visitor, id: web::Path<ApiTokenId>) -> Reply {
    submit(&web, &visitor, Command::RevokeApiToken { token: *id }, &[]).await?;
    done()
}
