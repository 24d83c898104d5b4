//! Accounts, sessions, tokens, and what people may do.

use super::State;
use super::decide::Decided;
use crate::account::{Joining, Profile};
use crate::command::{By, Command};
use crate::error::Refusal;
use crate::event::{Event, body};
use crate::ids::SubjectId;
use crate::naming::{checked_display_name, checked_login};
use crate::people::{PasswordReset, Person, Role, checked_mail};
use crate::recorded::RecordedEvent;
use crate::time::Micros;

impl State {
    pub(super) fn decide_people(&self, by: By, command: &Command, now: Micros) -> Decided {
        match command {
            Command::RegisterOwner { person, login, display_name, mail, password_phc } => {
                self.register_owner(*person, login, display_name, mail, password_phc)
            }
            Command::ChangePassword { person, password_phc } if by == By::Person(*person) => {
                Ok(vec![password_changed(*person, password_phc)])
            }
            Command::IssuePasswordReset { person, secret_sha256, expires_us } => {
                if !self.people.contains_key(person) {
                    return Err(Refusal::not_found("person"));
                }
                let (secret_sha256, expires_us) = (secret_sha256.clone(), *expires_us);
                Ok(vec![body::PasswordResetIssued { person: *person, secret_sha256, expires_us }.into()])
            }
            Command::ResetPassword { secret_sha256, password_phc } => {
                self.reset_password(secret_sha256, password_phc, now)
            }
            Command::SetRole { person, role } => self.set_role(by, *person, *role),
            Command::SuspendPerson { person } => self.suspend(by, *person),
            Command::RestorePerson { person } => self.restore(by, *person),
            Command::Account(command) => self.decide_accounts(by, command, now),
            other => self.decide_sessions(by, other, now),
        }
    }

    fn register_owner(
        &self,
        person: SubjectId,
        login: &str,
        display_name: &str,
        mail: &str,
        password_phc: &str,
    ) -> Decided {
        if self.has_owner() {
            return Err(Refusal::new("has_owner", "This hub has an owner already; sign in instead."));
        }
        let login = checked_login(login)?;
        let display_name = checked_display_name(display_name, &login)?;
        let mail = checked_mail(mail)?;
        let (role, password_phc, way) = (Role::Owner, password_phc.to_owned(), Some(Joining::Setup));
        let address = None;
        let made =
            body::PersonRegistered { person, login, display_name, mail, role, password_phc, way, address };
        Ok(vec![made.into()])
    }

    fn reset_password(&self, secret_sha256: &str, password_phc: &str, now: Micros) -> Decided {
        let Some(person) = self.person_by_reset(secret_sha256, now) else {
            return Err(Refusal::not_found("link"));
        };
        Ok(vec![password_changed(person.person, password_phc)])
    }

    /// Whether this person may change what that one may do: an owner's rights are an owner's matter, and nobody
    /// changes their own, so that the last owner stays.
    pub(super) fn check_over(&self, by: By, person: SubjectId) -> Result<&Person, Refusal> {
        let known = self.people.get(&person).ok_or_else(|| Refusal::not_found("person"))?;
        if by == By::Person(person) {
            let message = "Somebody else has to change what you may do.";
            return Err(Refusal::new("own_role", message));
        }
        let asker = self.principal(by);
        if known.role == Role::Owner && by != By::Hub && asker.role != Some(Role::Owner) {
            return Err(Refusal::new("owner_only", "Only an owner changes what an owner may do."));
        }
        Ok(known)
    }

    fn set_role(&self, by: By, person: SubjectId, role: Role) -> Decided {
        let known = self.check_over(by, person)?;
        if role == Role::Owner && by != By::Hub && self.principal(by).role != Some(Role::Owner) {
            return Err(Refusal::field("owner_only", "role", "Only an owner makes somebody an owner."));
        }
        let same = known.role == role;
        if !same && known.profile.waits && role > Role::Member {
            let message =
                "Their mail address is not confirmed yet. Until it is, they become a viewer or a member.";
            return Err(Refusal::field("role_unconfirmed", "role", message));
        }
        Ok(if same { Vec::new() } else { vec![body::RoleChanged { person, role }.into()] })
    }

    fn suspend(&self, by: By, person: SubjectId) -> Decided {
        let as_is = self.check_over(by, person)?.suspended;
        Ok(if as_is { Vec::new() } else { vec![body::PersonSuspended { person }.into()] })
    }

    fn restore(&self, by: By, person: SubjectId) -> Decided {
        let suspended = self.check_over(by, person)?.suspended;
        Ok(if suspended { vec![body::PersonRestored { person }.into()] } else { Vec::new() })
    }

    pub(super) fn apply_people(&mut self, recorded: &RecordedEvent) {
        match &recorded.event {
            Event::PersonRegistered(e) => {
                self.people.insert(
                    e.person,
                    Person {
                        person: e.person,
                        login: e.login.clone(),
                        display_name: e.display_name.clone(),
                        mail: e.mail.clone(),
                        role: e.role,
                        password_phc: e.password_phc.clone(),
                        profile: Profile::default(),
                        suspended: false,
                        registered_us: recorded.ts_us,
                    },
                );
            }
            Event::PasswordChanged(e) => {
                self.end_all_of(e.person);
                self.resets.remove(&e.person);
                // Whoever had the password before may have asked for that other address.
                self.keep_present_mail(e.person);
                if let Some(person) = self.people.get_mut(&e.person) {
                    person.password_phc = e.password_phc.clone();
                }
            }
            Event::PasswordResetIssued(e) => {
                let (secret_sha256, expires_us) = (e.secret_sha256.clone(), e.expires_us);
                self.resets.insert(e.person, PasswordReset { secret_sha256, expires_us });
            }
            Event::RoleChanged(e) => {
                if let Some(person) = self.people.get_mut(&e.person) {
                    person.role = e.role;
                }
            }
            Event::PersonSuspended(body::PersonSuspended { person })
            | Event::PersonRestored(body::PersonRestored { person }) => {
                let suspended = matches!(recorded.event, Event::PersonSuspended(_));
                if suspended {
                    self.end_all_of(*person);
                }
                if let Some(person) = self.people.get_mut(person) {
                    person.suspended = suspended;
                }
            }
            _ => {}
        }
    }
}

fn password_changed(person: SubjectId, password_phc: &str) -> Event {
    body::PasswordChanged { person, password_phc: password_phc.to_owned(), address: None }.into()
}
