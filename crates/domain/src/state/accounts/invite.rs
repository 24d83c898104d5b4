//! Invitations.

use super::{letter, no_mail};
use crate::account::{
    AccountCommand, Invitation, InvitationOutcome, LetterKind, LetterLink, Registration, checked_language,
};
use crate::command::By;
use crate::error::Refusal;
use crate::event::body;
use crate::ids::{InvitationId, SubjectId};
use crate::people::checked_mail;
use crate::state::State;
use crate::state::decide::Decided;
use crate::time::Micros;

/// Invitations that are open at a time.
const MOST_OPEN: usize = 1_000;

impl State {
    pub(super) fn invite(&self, by: By, command: &AccountCommand, now: Micros) -> Decided {
        let AccountCommand::Invite { invitation, mail, role, groups, language, link } = command else {
            return Err(Refusal::forbidden());
        };
        if self.accounts.registration == Registration::Closed {
            let message = "Nobody can make an account here. An owner opens that in the settings.";
            return Err(Refusal::new("invitations_closed", message));
        }
        let (mail, language) = (checked_mail(mail)?, checked_language(language)?);
        if !self.may_invite(by, *role) {
            return Err(Refusal::field("role_above", "role", "At most the role that you have yourself."));
        }
        if let Some(unknown) = groups.iter().find(|group| !self.access.groups.contains_key(group)) {
            return Err(Refusal::not_found(&format!("group {unknown}")));
        }
        link.check(now)?;
        let open = |i: &&Invitation| i.outcome == InvitationOutcome::Open && i.expires_us > now;
        let mut others = self.accounts.invitations.values().filter(open);
        if self.accounts.invitations.contains_key(invitation) {
            return Err(Refusal::new("exists", "This invitation exists already."));
        }
        if !mail.is_empty() && others.clone().any(|i| i.mail.eq_ignore_ascii_case(&mail)) {
            let message = "This address has an invitation already; send that one again.";
            return Err(Refusal::field("invited_already", "mail", message));
        }
        if others.nth(MOST_OPEN - 1).is_some() {
            return Err(Refusal::new("too_many", format!("At most {MOST_OPEN} open invitations.")));
        }
        if !mail.is_empty() && !self.sends_letters() {
            return Err(no_mail("mail"));
        }
        let subject = subject_of(*invitation);
        let invited = body::Invited {
            invitation: *invitation,
            subject,
            letter: link.letter,
            secret_sha256: link.secret_sha256.clone(),
            mail: mail.clone(),
            role: *role,
            groups: groups.clone(),
            language: language.clone(),
            expires_us: link.expires_us,
        };
        let mut events = vec![invited.into()];
        if !mail.is_empty() {
            events.push(letter(link, subject, LetterKind::Invitation, mail, language));
        }
        Ok(events)
    }

    /// An invitation that can still be used once its link is renewed, if the asker could have made it.
    pub(super) fn open_invitation(&self, by: By, invitation: InvitationId) -> Result<&Invitation, Refusal> {
        let found = self.accounts.invitations.get(&invitation);
        let found = found.ok_or_else(|| Refusal::not_found("invitation"))?;
        if !self.may_invite(by, found.role) {
            return Err(Refusal::new("role_above", "At most the role that you have yourself."));
        }
        if found.outcome != InvitationOutcome::Open {
            return Err(Refusal::new("invitation_over", "This invitation was used or taken back already."));
        }
        Ok(found)
    }

    pub(super) fn invite_again(
        &self,
        by: By,
        invitation: InvitationId,
        link: &LetterLink,
        now: Micros,
    ) -> Decided {
        let found = self.open_invitation(by, invitation)?;
        link.check(now)?;
        self.check_letters(found.subject, LetterKind::Invitation, now)?;
        let renewed = body::InvitationRenewed {
            invitation,
            letter: link.letter,
            secret_sha256: link.secret_sha256.clone(),
            expires_us: link.expires_us,
        };
        let mut events = vec![renewed.into()];
        if !found.mail.is_empty() {
            let (mail, language) = (found.mail.clone(), found.language.clone());
            events.push(letter(link, found.subject, LetterKind::Invitation, mail, language));
        }
        Ok(events)
    }
}

/// Under whose key an invitation's personal text is kept.
fn subject_of(invitation: InvitationId) -> SubjectId {
    SubjectId::derived(&["invitation", &invitation.to_string()])
}
