//! `ETag` and `If-Match`: a change that was made upon what has changed meanwhile is refused rather than
//! undoing somebody else's.

use super::error::ApiError;
use crate::fresh;
use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::http::header::IF_MATCH;
use actix_web::{FromRequest, HttpRequest};
use serde::Serialize;
use std::future::{Ready, ready};

/// Characters of a tag.
const LENGTH: usize = 32;

/// The tag of what can be changed of a thing.
pub fn tag(changeable: &impl Serialize) -> String {
    let text = serde_json::to_vec(changeable).unwrap_or_default();
    let hash: String = fresh::fingerprint(&text).chars().take(LENGTH).collect();
    format!("\"{hash}\"")
}

/// What `If-Match` names; nothing where it is not sent.
#[derive(Clone, Debug, Default)]
pub struct IfMatch(Option<String>);

impl IfMatch {
    /// Refuses a change that was made upon another state.
    ///
    /// # Errors
    /// 412.
    pub fn check(&self, present: &str) -> Result<(), ApiError> {
        let Some(named) = &self.0 else { return Ok(()) };
        if named.split(',').map(str::trim).any(|tag| tag == "*" || tag == present) {
            return Ok(());
        }
        let detail = format!("It has changed since you read it: its ETag is {present} now. Read it again.");
        Err(ApiError::field(StatusCode::PRECONDITION_FAILED, "changed_meanwhile", "If-Match", detail))
    }
}

impl FromRequest for IfMatch {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let mut named = request.headers().get_all(IF_MATCH).map(|value| value.to_str().map(str::to_owned));
        ready(match (named.next(), named.next()) {
            (None, _) => Ok(Self(None)),
            (Some(Ok(tags)), None) => Ok(Self(Some(tags))),
            _ => Err(ApiError::field(
                StatusCode::BAD_REQUEST,
                "bad_header",
                "If-Match",
                "One header with tags as ETag gives them.",
            )),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_upon_another_state_is_refused() {
        let (old, new) = (tag(&"one"), tag(&"two"));
        assert_ne!(old, new);
        let names = |text: &str| IfMatch(Some(text.to_owned()));
        assert!(IfMatch(None).check(&new).is_ok());
        assert!(names(&new).check(&new).is_ok());
        assert!(names(&format!("{old}, {new}")).check(&new).is_ok());
        assert!(names("*").check(&new).is_ok());
        assert!(names(&old).check(&new).is_err());
        assert!(names("").check(&new).is_err());
    }
}
