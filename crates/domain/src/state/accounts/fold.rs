//! What was recorded about accounts becomes state.

use super::LETTERS_AN_HOUR;
use crate::account::{Confirmation, Invitation, InvitationOutcome, LetterKind};
use crate::command::By;
use crate::event::{Event, body};
use crate::ids::SubjectId;
use crate::recorded::RecordedEvent;
use crate::state::State;
use crate::time::{HOUR_US, Micros};

/// Invitations that are over and still listed.
const OVER_KEPT: usize = 500;

impl State {
    pub(in crate::state) fn apply_accounts(&mut self, recorded: &RecordedEvent) {
        match &recorded.event {
            Event::AccessConfigured(e) => {
                (self.accounts.registration, self.accounts.role) = (e.registration, e.role);
            }
            Event::ProfileChanged(e) => {
                self.end_resets_unless(e.person, &e.mail);
                if let Some(person) = self.people.get_mut(&e.person) {
                    person.profile.mail_confirmed &= person.mail == e.mail;
                    person.display_name = e.display_name.clone();
                    person.mail = e.mail.clone();
                    person.profile.sex = e.sex;
                    person.profile.phone = e.phone.clone();
                    person.profile.language = e.language.clone();
                }
            }
            Event::MailConfirmed(e) => {
                self.accounts.confirmations.remove(&e.person);
                self.end_resets_unless(e.person, &e.mail);
                if let Some(person) = self.people.get_mut(&e.person) {
                    person.mail = e.mail.clone();
                    person.profile.mail_confirmed = true;
                    person.profile.waits = false;
                }
            }
            Event::ConfirmationAwaited(e) => {
                if let Some(person) = self.people.get_mut(&e.person) {
                    person.profile.waits = true;
                }
            }
            Event::LetterRequested(e) => self.apply_letter(e, recorded.ts_us),
            Event::MailKept(e) => self.keep_present_mail(e.person),
            _ => self.apply_invitation(recorded),
        }
    }

    /// A link that went to another address than the person has from now on sets no password any more.
    fn end_resets_unless(&mut self, person: SubjectId, mail: &str) {
        if self.people.get(&person).is_some_and(|known| known.mail != mail) {
            self.resets.remove(&person);
            self.accounts.reset_letters.remove(&person);
        }
    }

    /// Letters that were asked for long enough ago count no more.
    pub(in crate::state) fn end_letters_at(&mut self, ts_us: Micros) {
        self.accounts.letters.retain(|_, times| times.last().is_some_and(|at| *at > ts_us - HOUR_US));
    }

    /// Nothing is left of a person, or of an invitation by the subject of its own.
    pub(in crate::state) fn leave_accounts(&mut self, subject: SubjectId) {
        let accounts = &mut self.accounts;
        accounts.confirmations.remove(&subject);
        accounts.reset_letters.remove(&subject);
        accounts.letters.retain(|(of, _), _| *of != subject);
        accounts.invitations.retain(|_, i| i.subject != subject);
    }

    /// Another address that waits ends.
    pub(in crate::state) fn keep_present_mail(&mut self, person: SubjectId) {
        let present = self.people.get(&person).map(|p| &p.mail);
        self.accounts.confirmations.retain(|of, waiting| *of != person || Some(&waiting.mail) == present);
    }

    fn apply_letter(&mut self, e: &body::LetterRequested, ts_us: Micros) {
        self.end_letters_at(ts_us);
        if e.kind == LetterKind::Moving {
            return;
        }
        let accounts = &mut self.accounts;
        let times = accounts.letters.entry((e.subject, e.kind)).or_default();
        times.push(ts_us);
        times.drain(..times.len().saturating_sub(LETTERS_AN_HOUR));
        match e.kind {
            LetterKind::Confirm => {
                let (letter, secret_sha256) = (e.letter, e.secret_sha256.clone());
                let (mail, expires_us) = (e.mail.clone(), e.expires_us);
                let waiting = Confirmation { letter, secret_sha256, mail, expires_us };
                accounts.confirmations.insert(e.subject, waiting);
            }
            LetterKind::Reset => {
                accounts.reset_letters.insert(e.subject, e.letter);
            }
            LetterKind::Invitation | LetterKind::Moving => {}
        }
    }

    fn apply_invitation(&mut self, recorded: &RecordedEvent) {
        let invitations = &mut self.accounts.invitations;
        match &recorded.event {
            Event::Invited(e) => {
                let by = match recorded.meta.by {
                    By::Person(person) => Some(person),
                    _ => None,
                };
                let invitation = Invitation {
                    invitation: e.invitation,
                    subject: e.subject,
                    letter: e.letter,
                    secret_sha256: e.secret_sha256.clone(),
                    mail: e.mail.clone(),
                    role: e.role,
                    groups: e.groups.clone(),
                    language: e.language.clone(),
                    made_us: recorded.ts_us,
                    expires_us: e.expires_us,
                    by,
                    outcome: InvitationOutcome::Open,
                };
                invitations.insert(e.invitation, invitation);
                let over =
                    |i: &&Invitation| i.outcome != InvitationOutcome::Open || i.expires_us <= recorded.ts_us;
                // Identifiers are UUIDv7, so the first is the oldest.
                let over: Vec<_> = invitations.values().filter(over).map(|i| i.invitation).collect();
                for old in over.iter().take(over.len().saturating_sub(OVER_KEPT)) {
                    invitations.remove(old);
                }
            }
            Event::InvitationRenewed(e) => {
                if let Some(invitation) = invitations.get_mut(&e.invitation) {
                    invitation.letter = e.letter;
                    invitation.secret_sha256 = e.secret_sha256.clone();
                    invitation.expires_us = e.expires_us;
                }
            }
            Event::InvitationWithdrawn(e) => {
                if let Some(invitation) = invitations.get_mut(&e.invitation) {
                    invitation.outcome = InvitationOutcome::Withdrawn { at_us: recorded.ts_us };
                }
            }
            Event::InvitationUsed(e) => {
                if let Some(invitation) = invitations.get_mut(&e.invitation) {
                    invitation.outcome = InvitationOutcome::Used { person: e.person, at_us: recorded.ts_us };
                }
            }
            _ => {}
        }
    }
}
