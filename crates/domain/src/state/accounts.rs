//! Registration, invitations, letters, and what people tell of themselves.

use super::State;
use super::decide::Decided;
use crate::account::{
    AccountCommand, CONFIRM_WITHIN_US, Confirmation, Invitation, InvitationOutcome, Joining, LetterKind,
    LetterLink, NewAccount, Registration, checked_language,
};
use crate::command::By;
use crate::error::Refusal;
use crate::event::{Event, body};
use crate::ids::SubjectId;
use crate::people::{Person, Role};
use crate::policy::{Action, may};
use crate::time::{HOUR_US, Micros};

mod fold;
mod invite;
mod mail;

/// Letters of one kind to one address within an hour.
const LETTERS_AN_HOUR: usize = 5;
/// Accounts that may wait for their mail address to be confirmed.
const MOST_WAITING: usize = 500;
/// The channel that letters go out by.
pub(crate) const MAIL: &str = "email";

impl AccountCommand {
    /// What the asker must be allowed to do.
    pub(crate) fn action(&self) -> Action {
        match self {
            Self::ConfigureAccess { .. } => Action::ManageHub,
            Self::Register { .. } | Self::Accept { .. } => Action::Register,
            Self::Invite { .. } | Self::InviteAgain { .. } | Self::Withdraw { .. } => Action::ManagePeople,
            Self::ConfirmMail { .. } | Self::AskConfirmation { .. } => Action::ConfirmMail,
            Self::AskReset { .. } => Action::ResetPassword,
            Self::ChangeProfile { .. } | Self::KeepMail => Action::ManageOwnAccount,
        }
    }
}

impl State {
    /// The open invitation whose link's secret has this SHA-256 (hex), if whoever invited may still do so.
    pub fn invitation_by_secret(&self, secret_sha256: &str, now_us: Micros) -> Option<&Invitation> {
        let closed = self.accounts.registration == Registration::Closed;
        self.accounts.invitations.values().filter(|_| !closed).find(|i| {
            i.secret_sha256 == secret_sha256
                && i.outcome == InvitationOutcome::Open
                && i.expires_us > now_us
                && i.by.is_none_or(|by| self.may_invite(By::Person(by), i.role))
        })
    }

    /// The person whose mail address is confirmed by a link whose secret has this SHA-256 (hex), and the address.
    pub fn confirmation_by_secret(
        &self,
        secret_sha256: &str,
        now_us: Micros,
    ) -> Option<(&Person, &Confirmation)> {
        let right = |c: &Confirmation| c.secret_sha256 == secret_sha256 && c.expires_us > now_us;
        let (person, found) = self.accounts.confirmations.iter().find(|(_, c)| right(c))?;
        Some((self.people.get(person).filter(|p| !p.suspended)?, found))
    }

    /// Whether letters can go out.
    pub fn sends_letters(&self) -> bool {
        self.channels.contains_key(MAIL)
    }

    /// Whether a letter's link still does something.
    pub fn letter_is_open(&self, e: &body::LetterRequested, now_us: Micros) -> bool {
        let accounts = &self.accounts;
        e.expires_us > now_us
            && match e.kind {
                LetterKind::Confirm => {
                    accounts.confirmations.get(&e.subject).is_some_and(|c| c.letter == e.letter)
                }
                LetterKind::Reset => accounts.reset_letters.get(&e.subject) == Some(&e.letter),
                LetterKind::Invitation => accounts
                    .invitations
                    .values()
                    .any(|i| i.letter == e.letter && i.outcome == InvitationOutcome::Open),
                LetterKind::Moving => self.people.contains_key(&e.subject),
            }
    }

    fn may_invite(&self, by: By, role: Role) -> bool {
        let who = self.principal(by);
        may(&who, Action::ManagePeople) && (by == By::Hub || who.role.is_some_and(|own| role <= own))
    }

    pub(super) fn decide_accounts(&self, by: By, command: &AccountCommand, now: Micros) -> Decided {
        match command {
            AccountCommand::ConfigureAccess { registration, role } => {
                self.configure_access(by, *registration, *role)
            }
            AccountCommand::Register { account, link } => self.register_person(account, link, now),
            AccountCommand::Accept { secret_sha256, account, link } => {
                self.accept(secret_sha256, account, link, now)
            }
            AccountCommand::Invite { .. } => self.invite(by, command, now),
            AccountCommand::InviteAgain { invitation, link } => self.invite_again(by, *invitation, link, now),
            AccountCommand::Withdraw { invitation } => {
                self.open_invitation(by, *invitation)?;
                Ok(vec![body::InvitationWithdrawn { invitation: *invitation }.into()])
            }
            AccountCommand::ConfirmMail { secret_sha256 } => self.confirm_mail(by, secret_sha256, now),
            AccountCommand::AskConfirmation { link, language } => {
                self.ask_confirmation(by, link, language, now)
            }
            AccountCommand::AskReset { person, link, language } => {
                self.ask_reset(*person, link, language, now)
            }
            AccountCommand::ChangeProfile { .. } => self.change_profile(by, command, now),
            AccountCommand::KeepMail => self.keep_mail(by),
        }
    }

    fn configure_access(&self, by: By, registration: Registration, role: Role) -> Decided {
        if by != By::Hub && self.principal(by).role != Some(Role::Owner) {
            return Err(Refusal::new("owner_only", "Only an owner says who may make an account."));
        }
        if !matches!(role, Role::Viewer | Role::Member) {
            let message = "Whoever was not invited becomes a viewer or a member.";
            return Err(Refusal::field("bad_choice", "role", message));
        }
        if registration == Registration::Open && !self.sends_letters() {
            return Err(no_mail("registration"));
        }
        let same = (self.accounts.registration, self.accounts.role) == (registration, role);
        Ok(if same { Vec::new() } else { vec![body::AccessConfigured { registration, role }.into()] })
    }

    fn register_person(&self, account: &NewAccount, link: &LetterLink, now: Micros) -> Decided {
        if self.accounts.registration != Registration::Open || !self.has_owner() {
            return Err(Refusal::new("registration_closed", "Nobody can register here at the moment."));
        }
        if !self.sends_letters() {
            return Err(no_mail("mail"));
        }
        link.check(now)?;
        let mut events = self.lapsed(now)?;
        let waiting = self.people.values().filter(|p| p.profile.waits && !lapses(p, now));
        if waiting.count() >= MOST_WAITING {
            let message = "Too many people are registering at the moment. Try again tomorrow.";
            return Err(Refusal::new("too_many_waiting", message));
        }
        let account = self.checked_account(account, now)?;
        if account.mail.is_empty() {
            return Err(mail_missing());
        }
        let (person, mail, language) = (account.person, account.mail.clone(), account.language.clone());
        events.extend(registered(account, self.accounts.role, Joining::Open));
        events.push(body::ConfirmationAwaited { person }.into());
        events.push(letter(link, person, LetterKind::Confirm, mail, language));
        Ok(events)
    }

    /// Accounts whose mail address nobody confirmed in time.
    fn lapsed(&self, now: Micros) -> Decided {
        let mut events = Vec::new();
        for person in self.people.values().filter(|p| lapses(p, now)).map(|p| p.person) {
            events.push(body::RegistrationLapsed { person }.into());
            // Nobody else is asked, for whoever waits has been given nothing.
            events.extend(self.forget_person(By::Hub, person)?);
        }
        Ok(events)
    }

    /// Where a person was invited to has been that person's address all along, and so has where another invitation
    /// to it waits or waited.
    pub(super) fn invitations_of(&self, person: SubjectId) -> Vec<Event> {
        let known = self.people.get(&person).filter(|p| p.profile.mail_confirmed);
        let same = |mail: &str| known.is_some_and(|p| p.mail.eq_ignore_ascii_case(mail));
        let about = |i: &&Invitation| match i.outcome {
            InvitationOutcome::Used { person: by, .. } => by == person,
            InvitationOutcome::Open | InvitationOutcome::Withdrawn { .. } => same(&i.mail),
        };
        let own = self.accounts.invitations.values().filter(about);
        own.map(|i| body::PersonForgotten { person: i.subject }.into()).collect()
    }

    fn checked_account(&self, account: &NewAccount, now: Micros) -> Result<NewAccount, Refusal> {
        let account = account.checked()?;
        if self.people.contains_key(&account.person) {
            return Err(Refusal::new("exists", "This account exists already."));
        }
        let login = account.login.to_lowercase();
        if self.people.values().any(|p| p.login.to_lowercase() == login && !lapses(p, now)) {
            return Err(Refusal::field(
                "login_taken",
                "login",
                "Somebody has this login name; choose another.",
            ));
        }
        Ok(account)
    }

    fn accept(&self, secret_sha256: &str, account: &NewAccount, link: &LetterLink, now: Micros) -> Decided {
        let Some(invitation) = self.invitation_by_secret(secret_sha256, now) else {
            return Err(Refusal::not_found("link"));
        };
        link.check(now)?;
        let account = self.checked_account(account, now)?;
        let (person, mail, language) = (account.person, account.mail.clone(), account.language.clone());
        let mut events = self.lapsed(now)?;
        events.extend(registered(account, invitation.role, Joining::Invitation));
        let sent_there = !mail.is_empty() && mail.eq_ignore_ascii_case(&invitation.mail);
        if sent_there {
            events.push(body::MailConfirmed { person, mail, address: None }.into());
        } else if !mail.is_empty() && self.sends_letters() {
            events.push(letter(link, person, LetterKind::Confirm, mail, language));
        }
        let groups = invitation.groups.iter().filter(|group| self.access.groups.contains_key(group));
        events.extend(groups.map(|group| body::GroupJoined { group: *group, person }.into()));
        events.push(body::InvitationUsed { invitation: invitation.invitation, person }.into());
        Ok(events)
    }

    fn ask_reset(&self, person: SubjectId, link: &LetterLink, language: &str, now: Micros) -> Decided {
        let known = self.people.get(&person).filter(|p| !p.suspended && p.profile.mail_confirmed);
        let known = known.ok_or_else(|| Refusal::not_found("person"))?;
        link.check(now)?;
        if !self.sends_letters() {
            return Err(no_mail("mail"));
        }
        self.check_letters(person, LetterKind::Reset, now)?;
        let (secret_sha256, expires_us) = (link.secret_sha256.clone(), link.expires_us);
        let issued = body::PasswordResetIssued { person, secret_sha256, expires_us };
        let language = checked_language(language)?;
        Ok(vec![issued.into(), letter(link, person, LetterKind::Reset, known.mail.clone(), language)])
    }

    /// Nobody has somebody's mail filled up by asking again and again. Each kind counts by itself, so that nobody
    /// stops the letters that only the account may ask for by asking for those that everybody may.
    fn check_letters(&self, subject: SubjectId, kind: LetterKind, now: Micros) -> Result<(), Refusal> {
        let lately = self.accounts.letters.get(&(subject, kind));
        let lately = lately.map_or(0, |times| times.iter().filter(|at| **at > now - HOUR_US).count());
        if lately < LETTERS_AN_HOUR {
            return Ok(());
        }
        let message = "Several letters went there within the hour. Look among the unwanted mail, or wait.";
        Err(Refusal::new("too_many_letters", message))
    }
}

/// Whoever was given more meanwhile is somebody's choice, and stays until somebody chooses otherwise; so does the
/// last owner.
fn lapses(person: &Person, now: Micros) -> bool {
    let given = person.role > Role::Member;
    person.profile.waits && !given && person.registered_us + CONFIRM_WITHIN_US <= now
}

fn registered(account: NewAccount, role: Role, way: Joining) -> [Event; 2] {
    let NewAccount { person, login, display_name, mail, password_phc, sex, phone, .. } = account;
    let told = body::ProfileChanged {
        person,
        display_name: display_name.clone(),
        mail: mail.clone(),
        sex,
        phone,
        // What a letter is written in is no choice for the account.
        language: String::new(),
    };
    let way = Some(way);
    let address = None;
    let made = body::PersonRegistered { person, login, display_name, mail, role, password_phc, way, address };
    [made.into(), told.into()]
}

fn letter(link: &LetterLink, subject: SubjectId, kind: LetterKind, mail: String, language: String) -> Event {
    let LetterLink { letter, secret_sha256, expires_us } = link.clone();
    let address = None;
    body::LetterRequested { letter, subject, kind, mail, language, secret_sha256, expires_us, address }.into()
}

fn mail_missing() -> Refusal {
    Refusal::field("mail_missing", "mail", "A mail address is needed: the letter goes there.")
}

fn no_mail(field: &'static str) -> Refusal {
    let message = "This hub cannot send mail yet. An owner sets up the email channel first.";
    Refusal::field("mail_not_set_up", field, message)
}
