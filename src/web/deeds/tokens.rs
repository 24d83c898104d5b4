//! API tokens are made.

use super::Done;
use crate::fresh;
use crate::web::Shared;
use crate::web::answer::refused;
use crate::web::api::bearer::PREFIX;
use crate::web::auth::token_hash;
use crate::web::context::Visitor;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use std::collections::BTreeSet;
use watchroom_domain::{ApiTokenId, Command, Micros, TokenScope};

/// Makes a token of the visitor's; gives its secret, which nobody knows afterwards.
///
/// # Errors
/// When nothing was recorded.
pub async fn issue(
    web: &Shared,
    visitor: &Visitor,
    name: String,
    scopes: BTreeSet<TokenScope>,
    expires_us: Micros,
) -> Done<(ApiTokenId, String)> {
    let token = ApiTokenId(fresh::id(visitor.l.now_us));
    let secret = format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(fresh::secret::<32>()));
    let secret_sha256 = token_hash(&secret);
    let command = Command::IssueApiToken { token, name, secret_sha256, scopes, expires_us };
    Ok(refused(web.submit(visitor, command).await)?.map(|_| (token, secret)))
}
