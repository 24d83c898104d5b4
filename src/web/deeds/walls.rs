//! Links to wall displays are given out.

use super::Done;
use crate::fresh;
use crate::web::Shared;
use crate::web::answer::refused;
use crate::web::auth::token_hash;
use crate::web::context::Visitor;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use watchroom_domain::{Command, WallLinkId};

/// Gives out a link; gives its address too, which nobody knows afterwards.
///
/// # Errors
/// When nothing was recorded.
pub async fn issue(
    web: &Shared,
    visitor: &Visitor,
    name: String,
    tag: Option<String>,
) -> Done<(WallLinkId, String)> {
    let link = WallLinkId(fresh::id(visitor.l.now_us));
    let secret = URL_SAFE_NO_PAD.encode(fresh::secret::<32>());
    let tag = tag.filter(|tag| !tag.trim().is_empty());
    let command = Command::IssueWallLink { link, name, secret_sha256: token_hash(&secret), tag };
    let done = refused(web.submit(visitor, command).await)?;
    Ok(done.map(|_| (link, format!("{}/wall/{secret}", web.public_url))))
}
