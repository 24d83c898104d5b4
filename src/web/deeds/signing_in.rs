//! Signing in: by a login name and a password, and what opens a session.

use super::{Done, begin};
use crate::fresh;
use crate::web::Shared;
use crate::web::answer::refused;
use crate::web::auth::{checked_password, device_cookie, known_device, session_cookie};
use crate::web::context::Visitor;
use actix_web::cookie::Cookie;
use actix_web::{HttpRequest, HttpResponse};
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
    /// By what the browser, or the program, shows it, and by what it is known afterwards.
    cookies: [Cookie<'static>; 2],
}

impl Opened {
    /// The answer with what the browser is to show from now on.
    pub fn shown_by(self, mut response: HttpResponse) -> HttpResponse {
        for cookie in self.cookies {
            // The values are our own base64, which fits into cookies.
            let _ = response.add_cookie(&cookie);
        }
        response
    }
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
/// When no password can be checked at the moment.
pub async fn by_password(
    web: &Shared,
    visitor: &Visitor,
    request: &HttpRequest,
    (login, password): (&str, &str),
) -> Done<Shown> {
    let meant = web.views.with(|s| s.person_by_login(login).map(|p| p.person));
    let device = known_device(&web.links, request, meant);
    let of = web.throttle.of(login, &visitor.address, device.as_deref());
    if let Err(denied) = begin(web, &of, visitor.l.now_us) {
        return Ok(Err(denied));
    }
    let known = web.views.with(|s| {
        // Whoever is suspended reads the same as whoever does not exist.
        let person = s.person_by_login(login).filter(|p| !p.suspended)?;
        Some(Shown { person: person.person, password_phc: person.password_phc.clone() })
    });
    let phc = known.as_ref().map(|k| k.password_phc.clone());
    let right = web.passwords.verify(password.to_owned(), phc).await?;
    let Some(shown) = known.filter(|_| right) else {
        return Ok(Err(Refusal::new("login_wrong", "The login name or the password is wrong.").into()));
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
    let cookies = [cookie, device_cookie(&web.links, person)];
    Ok(opened.map(|_| Opened { session, expires_us, cookies }).map_err(Into::into))
}
