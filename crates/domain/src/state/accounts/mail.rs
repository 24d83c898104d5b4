//! A person's mail address: changed, confirmed, or kept after all.

use super::{MAIL, letter, no_mail};
use crate::account::{AccountCommand, Confirmation, LetterKind, LetterLink, checked_language, checked_phone};
use crate::command::By;
use crate::error::Refusal;
use crate::event::{Event, body};
use crate::ids::LetterId;
use crate::naming::checked_display_name;
use crate::people::{Person, checked_mail};
use crate::policy::{Action, may};
use crate::state::State;
use crate::state::decide::Decided;
use crate::time::Micros;

impl State {
    /// Another address that waits to be confirmed while the present one still holds.
    pub fn mail_to_come(&self, person: &Person, now_us: Micros) -> Option<&Confirmation> {
        let waiting = self.accounts.confirmations.get(&person.person)?;
        Some(waiting).filter(|c| c.mail != person.mail && c.expires_us > now_us)
    }

    /// Whether nobody but the account itself confirms the address that waits: every account does that may do
    /// anything already.
    pub fn by_the_account_only(&self, person: &Person, now_us: Micros) -> bool {
        let waiting = self.accounts.confirmations.get(&person.person);
        !person.profile.waits && waiting.is_some_and(|c| c.expires_us > now_us)
    }

    pub(super) fn ask_confirmation(&self, by: By, link: &LetterLink, language: &str, now: Micros) -> Decided {
        let By::Person(person) = by else { return Err(Refusal::forbidden()) };
        let known = self.people.get(&person).ok_or_else(Refusal::forbidden)?;
        link.check(now)?;
        let pending = self.accounts.confirmations.get(&person).map(|c| c.mail.clone());
        let unconfirmed = || Some(known.mail.clone()).filter(|_| !known.profile.mail_confirmed);
        let Some(mail) = pending.or_else(unconfirmed).filter(|mail| !mail.is_empty()) else {
            return Err(Refusal::new("nothing_to_confirm", "Your mail address is confirmed already."));
        };
        if !self.sends_letters() {
            return Err(no_mail("mail"));
        }
        self.check_letters(person, LetterKind::Confirm, now)?;
        Ok(vec![letter(link, person, LetterKind::Confirm, mail, checked_language(language)?)])
    }

    pub(super) fn change_profile(&self, by: By, command: &AccountCommand, now: Micros) -> Decided {
        let AccountCommand::ChangeProfile { display_name, mail, sex, phone, language, link } = command else {
            return Err(Refusal::forbidden());
        };
        let By::Person(person) = by else { return Err(Refusal::forbidden()) };
        let known = self.people.get(&person).ok_or_else(Refusal::forbidden)?;
        let display_name = checked_display_name(display_name, &known.login)?;
        let (mail, phone) = (checked_mail(mail)?, checked_phone(phone)?);
        let language = checked_language(language)?;
        link.check(now)?;
        // Without letters there is nothing to confirm it by, and nothing that could go there.
        let another = mail != known.mail && !mail.is_empty() && self.sends_letters();
        let holds = if another { known.mail.clone() } else { mail.clone() };
        let told = known.mail != mail && known.profile.mail_confirmed && self.sends_letters();
        let profile = &known.profile;
        let same = (&display_name, &holds, *sex, &phone, &language)
            == (&known.display_name, &known.mail, profile.sex, &profile.phone, &profile.language);
        let mut events = Vec::new();
        if !same {
            let (mail, sex, language) = (holds, *sex, language.clone());
            events.push(body::ProfileChanged { person, display_name, mail, sex, phone, language }.into());
        }
        if another {
            self.check_letters(person, LetterKind::Confirm, now)?;
            events.push(letter(link, person, LetterKind::Confirm, mail, language.clone()));
        }
        if told {
            // Whoever has the present address hears of it while there is still time.
            let link = LetterLink {
                letter: LetterId::derived(&["moving", &link.letter.to_string()]),
                secret_sha256: String::new(),
                ..link.clone()
            };
            events.push(letter(&link, person, LetterKind::Moving, known.mail.clone(), language));
        }
        Ok(events)
    }

    /// Confirms an address. That of an account which can do nothing before by whoever has its link; every other one
    /// only by the account itself, for a letter that went to a mistyped address would give the account away.
    pub(super) fn confirm_mail(&self, by: By, secret_sha256: &str, now: Micros) -> Decided {
        let Some((person, found)) = self.confirmation_by_secret(secret_sha256, now) else {
            return Err(Refusal::not_found("link"));
        };
        if self.by_the_account_only(person, now) && by != By::Person(person.person) {
            let message = "Sign in to the account that this address is for, then open the link once more.";
            return Err(Refusal::new("sign_in_to_confirm", message));
        }
        let confirmed =
            body::MailConfirmed { person: person.person, mail: found.mail.clone(), address: None };
        let mut events = vec![confirmed.into()];
        events.extend(self.followed(person, &found.mail));
        Ok(events)
    }

    /// What the person is told by mail goes to the address that is the person's from now on. What went to an
    /// address that the person only claimed stays, unless the person sees all of it anyway.
    fn followed(&self, person: &Person, mail: &str) -> Vec<Event> {
        let own = person.profile.mail_confirmed
            || may(&self.principal(By::Person(person.person)), Action::ManageChannels);
        let before = self.subscriptions.values().filter(|s| {
            own && s.channel == MAIL
                && s.subject == person.person
                && s.address != mail
                && s.address.eq_ignore_ascii_case(&person.mail)
        });
        let moved = |s: &crate::notify::Subscription| body::AddressMoved {
            subscription: s.subscription,
            subject: s.subject,
            address: mail.to_owned(),
        };
        before.map(|s| moved(s).into()).collect()
    }

    /// Another address that waits is not wanted after all.
    pub(super) fn keep_mail(&self, by: By) -> Decided {
        let By::Person(person) = by else { return Err(Refusal::forbidden()) };
        let known = self.people.get(&person).ok_or_else(Refusal::forbidden)?;
        let waiting = self.accounts.confirmations.get(&person).filter(|c| c.mail != known.mail);
        Ok(waiting.map(|_| body::MailKept { person }.into()).into_iter().collect())
    }
}
