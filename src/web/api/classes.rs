//! The classes of errors, as the page about the API explains them.

use crate::texts::Lang;

/// One class of errors.
#[derive(Debug, PartialEq, Eq)]
pub struct Class {
    /// The HTTP status.
    pub status: u16,
    /// Its name in `type`.
    pub name: &'static str,
    /// What it means, and what to do.
    pub text: &'static str,
}

/// Every class of errors, by status.
pub const CLASSES: &[Class] = &[
    Class {
        status: 400,
        name: "bad-request",
        text: "The body is no JSON, a query parameter is unknown or given twice, or a header is malformed. \
               Nothing was done.",
    },
    Class {
        status: 401,
        name: "unauthorized",
        text: "Send a token that is neither expired nor revoked, as `Authorization: Bearer wrt_…`.",
    },
    Class {
        status: 403,
        name: "forbidden",
        text: "The person lacks the right, or the token lacks the scope that the operation needs. A request \
               with a cookie must come from the hub's own pages.",
    },
    Class {
        status: 404,
        name: "not-found",
        text: "It was removed, never was, or is not for the asker to see.",
    },
    Class { status: 405, name: "method-not-allowed", text: "The header `Allow` names those that it knows." },
    Class {
        status: 408,
        name: "timeout",
        text: "Its body must be there within ten seconds. Nothing was done.",
    },
    Class {
        status: 409,
        name: "conflict",
        text: "A name is taken, an alert is over, a limit is reached, or a request with the same \
               Idempotency-Key is still under way. `code` says which.",
    },
    Class {
        status: 412,
        name: "precondition-failed",
        text: "The `ETag` that was named by `If-Match` is of an older state. Read it again, then change it.",
    },
    Class { status: 413, name: "too-large", text: "A body has at most 64 KiB, a picture at most 5 MiB." },
    Class {
        status: 415,
        name: "unsupported-media-type",
        text: "Send JSON with `Content-Type: application/json`; a PATCH may also be \
               `application/merge-patch+json`. A picture is `image/jpeg`, `image/png` or `image/webp`.",
    },
    Class {
        status: 422,
        name: "invalid",
        text: "`errors` says which one, by a JSON pointer into the body or by the name of a parameter, and what \
               would be right. With the code `key_reused` an Idempotency-Key was used for another request before.",
    },
    Class {
        status: 429,
        name: "too-many-requests",
        text: "By the address or the account, of one thing that can be guessed at, or of keys that are kept. Wait \
               for as many seconds as `Retry-After` says.",
    },
    Class { status: 500, name: "failed", text: "The cause stands in the hub's own log." },
    Class {
        status: 503,
        name: "unavailable",
        text: "It is busy, it stops, or its log cannot be read or written. Ask again after `Retry-After` seconds.",
    },
];

impl Class {
    /// What it is called.
    pub fn title(&self, lang: Lang) -> String {
        lang.t(&format!("problem-title-{}", self.name))
    }
}

/// The class of a status.
pub fn class(status: u16) -> &'static Class {
    let found = CLASSES.iter().find(|class| class.status == status);
    let general = if status >= 500 { 500 } else { 400 };
    let fallback = || CLASSES.iter().find(|class| class.status == general);
    found.or_else(fallback).unwrap_or(&CLASSES[0])
}
