//! What every handler works with, and who is asking.

use super::auth::{Halfway, Owner, Passwords, SessionsUsed, SetupSecret, Throttle, TokensUsed, is_known};
use super::crowd::{Places, Whose};
use super::format::Locale;
use super::limits::Limits;
use super::revocations::Revocations;
use super::tuning::Tuning;
use super::view::Theme;
use crate::actors::handle::{Registry, SubmitError};
use crate::actors::health::Health;
use crate::actors::telegram;
use crate::clock::Clock;
use crate::enrol::Enrolment;
use crate::letters::LinkSecrets;
use crate::meters::Meters;
use crate::texts::Lang;
use crate::views::{Answers, Archive, Tail, Views};
use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpMessage as _, HttpRequest, web};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use std::future::{Ready, ready};
use std::path::PathBuf;
use std::sync::Arc;
use tokio::runtime::Handle;
use tokio::sync::{Mutex, Semaphore, watch};
use watchroom_domain::{
    Action, Asker, By, ChannelDescriptor, Command, Envelope, Micros, Principal, RecordedEvent, Refusal, Role,
    SessionId, State, SubjectId, TokenScopes, Via, may,
};

/// Looks at a channel's settings before they are recorded.
pub type ChannelCheck =
    fn(&str, &serde_json::Map<String, serde_json::Value>, &[TypedSecret]) -> Result<(), Vec<Refusal>>;

/// The reference to a secret that was typed and is kept nowhere yet, and the secret.
pub type TypedSecret = (String, String);

/// What every handler works with.
#[derive(Clone)]
pub struct Web {
    /// What is so.
    pub views: Views,
    /// Takes commands.
    pub registry: Registry,
    /// What does not work at the moment.
    pub health: Health,
    /// Reads the log, for curves and timelines.
    pub archive: Archive,
    /// Answers to requests with a key of their sender's.
    pub answers: Answers,
    /// Held while a change is compared with what is there and recorded.
    pub changes: Arc<Mutex<()>>,
    /// The newest events.
    pub tail: Tail,
    /// How the conversation with Telegram does.
    pub telegram: watch::Receiver<telegram::Status>,
    /// The hub's clock.
    pub clock: Arc<dyn Clock>,
    /// Where reading the log and hashing run.
    pub runtime: Handle,
    /// Makes join tokens.
    pub enrolment: Enrolment,
    /// Signs the list of revoked certificates.
    pub revocations: Arc<Revocations>,
    /// Makes the first account.
    pub setup: SetupSecret,
    /// Hashes and checks passwords.
    pub passwords: Passwords,
    /// How much anybody may ask for.
    pub limits: Arc<Limits>,
    /// Live feeds that are open.
    pub feeds: Places<Whose>,
    /// Slows down guessing.
    pub throttle: Arc<Throttle>,
    /// Those who have shown the password and are asked for a code.
    pub halfway: Arc<Halfway>,
    /// When API tokens were last used.
    pub tokens_used: Arc<TokensUsed>,
    /// When sessions were last used.
    pub sessions_used: Arc<SessionsUsed>,
    /// Questions for another password that are looked at behind their answers, at a time.
    pub forgotten: Arc<Semaphore>,
    /// Pictures that are made small at a time.
    pub portraits: Arc<Semaphore>,
    /// Time zone of the hub.
    pub zone: TimeZone,
    /// Language of whoever has chosen none and whose browser asks for none that we have.
    pub language: Lang,
    /// What of the settings may change while it serves.
    pub tuning: Tuning,
    /// What the hub counts of itself.
    pub meters: Meters,
    /// When the hub was started, by its clock.
    pub started_us: Micros,
    /// Answers to Prometheus at a time.
    pub scrapes: Arc<Semaphore>,
    /// Computes the secrets of letters' links.
    pub links: LinkSecrets,
    /// The console's address in mails and links, without a slash at the end.
    pub public_url: String,
    /// Folder for secrets that are typed into forms.
    pub secrets: PathBuf,
    /// What the channels say of themselves.
    pub channels: Vec<&'static ChannelDescriptor>,
    /// Whether a channel can work with these settings, and if not, why.
    pub check_channel: ChannelCheck,
}

impl Web {
    /// Records what a visitor asks for.
    ///
    /// # Errors
    /// [`SubmitError`] when nothing was recorded.
    pub async fn submit(
        &self,
        asker: impl Into<Asker>,
        command: Command,
    ) -> Result<Vec<Arc<RecordedEvent>>, SubmitError> {
        self.registry.submit(Envelope::of(asker.into(), command)).await
    }

    /// For eyes that read this language.
    pub fn locale(&self, lang: Lang) -> Locale {
        let now_us = self.clock.now_us();
        let at = Timestamp::from_microsecond(now_us).unwrap_or_default();
        Locale { lang, offset_s: self.zone.to_offset(at).seconds(), now_us }
    }
}

/// A signed-in person, as of the session that was shown.
#[derive(Clone, Debug)]
pub struct Signed {
    /// Who.
    pub person: SubjectId,
    /// By which session or token.
    pub via: Via,
    /// What a token leaves of the person's rights; none for a session.
    pub scopes: Option<TokenScopes>,
    /// Name as shown.
    pub name: String,
    /// Role at this moment.
    pub role: Role,
    /// Whether the account waits for its mail address to be confirmed.
    pub waits: bool,
    /// BCP 47 tag of the language that the person wants; empty for the browser's.
    pub language: String,
}

impl Signed {
    /// Who asks, for the policy.
    pub fn principal(&self) -> Principal {
        Principal {
            by: By::Person(self.person),
            role: (!self.waits).then_some(self.role),
            scopes: self.scopes,
            waits: self.waits,
        }
    }

    /// The session, for who asks by one.
    pub fn session(&self) -> Option<SessionId> {
        match self.via {
            Via::Session(session) => Some(session),
            Via::Token(_) => None,
        }
    }
}

impl From<&Visitor> for Asker {
    fn from(visitor: &Visitor) -> Self {
        Self { by: visitor.by(), via: visitor.signed.as_ref().map(|s| s.via), address: visitor.came_from() }
    }
}

/// Who is asking, in which language. Put into the request by the guard before any handler runs.
#[derive(Clone, Debug)]
pub struct Visitor {
    /// Who is signed in, if anybody.
    pub signed: Option<Signed>,
    /// Whose eyes the answer is for.
    pub l: Locale,
    /// Light or dark.
    pub theme: Theme,
    /// Local path and query that was asked for.
    pub here: String,
    /// Address that the request came from.
    pub address: String,
    /// What the browser says of itself, shortened. Hostile.
    pub browser: String,
    /// What this browser shows of an earlier sign-in; anybody can send anything here.
    pub device: String,
    /// Whom this browser is not to remind for a while; anybody can send anything here.
    pub put_aside: String,
    /// Whether the request only looks: whoever comes back to where it asked sees the same.
    pub looks: bool,
    /// What has just been done, by its key in the catalogue.
    pub said: Option<String>,
}

impl Visitor {
    /// Who asks, for commands.
    pub fn by(&self) -> By {
        self.signed.as_ref().map_or(By::Stranger, |s| By::Person(s.person))
    }

    /// The visitor as somebody who has shown nothing but a link, whoever is signed in in that browser.
    pub fn as_stranger(&self) -> Asker {
        Asker { address: self.came_from(), ..Asker::from(By::Stranger) }
    }

    fn came_from(&self) -> Option<String> {
        Some(self.address.clone()).filter(|address| !address.is_empty())
    }

    /// What stands for this browser, if this person has signed in from it before by what opens the account now.
    pub(super) fn device(&self, web: &Web, person: Option<SubjectId>) -> Option<&str> {
        let owner = person.and_then(|person| web.views.with(|state| Owner::of(state, person)));
        is_known(&web.links, &self.device, owner).then_some(&self.device)
    }

    /// Who asks, for the policy.
    pub fn principal(&self) -> Principal {
        self.signed.as_ref().map_or(Principal::of(By::Stranger), Signed::principal)
    }

    /// Whether the visitor may do this.
    pub fn may(&self, action: Action) -> bool {
        may(&self.principal(), action)
    }
}

impl FromRequest for Visitor {
    type Error = super::answer::WebError;
    type Future = Ready<Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let visitor = request.extensions().get::<Visitor>().cloned();
        ready(visitor.ok_or(super::answer::WebError::Unguarded))
    }
}

/// The handlers' part, as actix hands it out.
pub type Shared = web::Data<Web>;

/// The person of a cookie's hash, if the session is open.
pub(super) fn signed(state: &State, token_sha256: &str, now_us: Micros) -> Option<Signed> {
    let session = state.session_by_token(token_sha256).filter(|s| s.expires_us > now_us)?;
    let person = state.people.get(&session.person).filter(|p| !p.suspended)?;
    Some(Signed {
        person: person.person,
        via: Via::Session(session.session),
        scopes: None,
        name: person.display_name.clone(),
        role: person.role,
        waits: person.profile.waits,
        language: person.profile.language.clone(),
    })
}
