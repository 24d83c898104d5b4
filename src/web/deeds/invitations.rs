//! Invitations: what became of them, and their links.

use crate::letters::path;
use crate::web::Shared;
use crate::web::context::Visitor;
use watchroom_domain::{HOUR_US, Invitation, InvitationOutcome, LetterKind, Micros};

/// A day.
pub const DAY_US: Micros = 24 * HOUR_US;
/// For how many days a link is good where nothing is said.
pub const DAYS: Micros = 7;
/// For how many days it is good at the most.
pub const MOST_DAYS: Micros = 30;

/// What became of an invitation, in a word.
pub fn word_of(invitation: &Invitation, now_us: Micros) -> &'static str {
    match invitation.outcome {
        InvitationOutcome::Used { .. } => "used",
        InvitationOutcome::Withdrawn { .. } => "withdrawn",
        InvitationOutcome::Open if invitation.expires_us <= now_us => "over",
        InvitationOutcome::Open => "open",
    }
}

/// Whether the visitor may give the role that an invitation gives. Whoever has the link has the role: it is shown
/// to those only who may give that role. A token gives none of those who would stay as mighty when it is revoked.
pub fn may_give(visitor: &Visitor, invitation: &Invitation) -> bool {
    watchroom_domain::may_give(&visitor.principal(), invitation.role)
}

/// The link of an invitation that is open, for whoever may give its role.
pub fn link(web: &Shared, visitor: &Visitor, invitation: &Invitation) -> Option<String> {
    let open = word_of(invitation, visitor.l.now_us) == "open";
    (open && may_give(visitor, invitation)).then(|| {
        let secret = web.links.secret(invitation.letter);
        format!("{}{}", web.public_url, path(LetterKind::Invitation, &secret))
    })
}
