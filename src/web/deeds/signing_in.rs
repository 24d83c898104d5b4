//! Signing in: by a login name and a password, and what opens a session.

use super::{Done, begin};
use crate::fresh;
use crate::web::Shared;
use crate::web::answer::refused;
use crate::web::auth::{Owner, checked_password, device_cookie, session_cookie};
use crate::web::context::Visitor;
use actix_web::cookie::Cookie;
use watchroom_domain::{By, Command, Micros, Refusal, SessionId, ShownFactor, SubjectId};

/// Who has shown the password that this hash is of.
pub struct Shown {
    /// Who.
    pub person: SubjectId,
    /// The hash.
    pub password_phc: String,
}

/// A session that was opened.
pub struct Opened {
    /// Its identifier.
    pub session: SessionId,
    /// When it ends.
    pub expires_us: Micros,
    /// By what the browser, or the program, shows it.
    pub cookie: Cookie<'static>,
    /// By what the browser is known from now on.
    pub device: Cookie<'static>,
}

/// Why this cannot become a password, if it cannot.
///
/// # Errors
/// A [`Refusal`] of the field `password`.
pub fn fit(password: &str) -> Result<(), Refusal> {
    fit_twice(password, password)
}

/// The same for one that is typed twice.
///
/// # Errors
/// A [`Refusal`] of the field `password` or `again`.
pub fn fit_twice(password: &str, again: &str) -> Result<(), Refusal> {
    checked_password(password, again).map_err(|(field, code)| {
        let message = match code {
            "password_short" => "At least 12 characters.",
            "password_long" => "At most 1,024 bytes.",
            _ => "The two passwords are not the same.",
        };
        Refusal::field(code, field, message)
    })
}

/// Whose login name and password these are. A wrong name and a wrong password read the same and take the same
/// time.
///
/// # Errors
/// [`WebError::TooMany`](crate::web::answer::WebError::TooMany), or when no password can be checked at the moment.
pub async fn by_password(web: &Shared, visitor: &Visitor, login: &str, password: &str) -> Done<Shown> {
    let meant = web.views.with(|s| s.person_by_login(login).map(|p| p.person));
    let device = visitor.device(web, meant);
    let of = web.throttle.of(login, &visitor.address, device);
    begin(web, &of, visitor.l.now_us)?;
    let known = web.views.with(|s| {
        // Whoever is suspended reads the same as whoever does not exist.
        let person = s.person_by_login(login).filter(|p| !p.suspended)?;
        Some(Shown { person: person.person, password_phc: person.password_phc.clone() })
    });
    let phc = known.as_ref().map(|k| k.password_phc.clone());
    let passwords = if device.is_some() { web.passwords.of_known() } else { web.passwords.clone() };
    let right = passwords.verify(password.to_owned(), phc).await?;
    let Some(shown) = known.filter(|_| right) else {
        return Ok(Err(Refusal::new("login_wrong", "The login name or the password is wrong.")));
    };
    web.throttle.succeeded(&of);
    Ok(Ok(shown))
}

/// Opens a session, or says why what was shown beside the password does not open one.
///
/// # Errors
/// When nothing was recorded.
pub async fn open(web: &Shared, visitor: &Visitor, by: Shown, code: Option<ShownFactor>) -> Done<Opened> {
    let Shown { person, password_phc } = by;
    let life: Micros = web.tuning.now().session_us;
    let (cookie, token_sha256) = session_cookie(life);
    let now = visitor.l.now_us;
    let (session, expires_us) = (SessionId(fresh::id(now)), now + life);
    // As of before the session is opened: should either change meanwhile, this is the cookie of an unknown browser.
    let device = device_by(web, person, &password_phc);
    let command = Command::OpenSession {
        session,
        person,
        password_phc,
        token_sha256,
        expires_us,
        address: visitor.address.clone(),
        browser: visitor.browser.clone(),
        shown: code,
    };
    let opened = refused(web.submit(By::Person(person), command).await)?;
    Ok(opened.map(|_| Opened { session, expires_us, cookie, device }))
}

/// The cookie of a browser in which this person has just shown the password of this hash.
pub(super) fn device_by(web: &Shared, person: SubjectId, password_phc: &str) -> Cookie<'static> {
    device_cookie(&web.links, web.views.with(|state| Owner::by_password(state, person, password_phc)))
}
