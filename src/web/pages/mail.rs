//! Mail: the server, a test, and who gets it.

use super::{secrets, subject_of};
use crate::web::answer::{Answer, WebError, page, refused, see};
use crate::web::context::Visitor;
use crate::web::list::Asked;
use crate::web::view::{Errors, Mail, MailForm, SubscriptionForm, TestResult};
use crate::web::{Shared, fill};
use actix_web::http::StatusCode;
use actix_web::web;
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::HashMap;
use std::path::PathBuf;
use std::time::Duration;
use tokio::time::timeout;
use watchroom_domain::{Action, Command, Delivery, DeliveryId, Position, Refusal, may_configure};

/// The channel's name.
const CHANNEL: &str = "email";
/// Its page.
const PAGE: &str = "/channels/email";
/// The file of a typed password.
const PASSWORD: &str = "smtp-password";
/// How long a page waits for what became of a test; the list of deliveries shows it later all the same.
const TEST_WAIT: Duration = Duration::from_secs(20);

/// The page.
///
/// # Errors
/// When it cannot be rendered.
pub fn show(web: &Shared, visitor: &Visitor, asked: &Asked) -> Answer {
    page(web, visitor, StatusCode::OK, asked_for(web, visitor, asked))
}

fn blank(web: &Shared, visitor: &Visitor) -> Mail {
    asked_for(web, visitor, &fill::subscriptions_asked(CHANNEL, &HashMap::new()))
}

fn asked_for(web: &Shared, visitor: &Visitor, asked: &Asked) -> Mail {
    let kept = secrets::kept(web).map(|start| format!("{start}{PASSWORD}"));
    let zone = super::channels::zone_name(web);
    web.views.ask(|models| {
        let settings = models.state.channels.get(CHANNEL);
        let me = visitor.signed.as_ref().and_then(|s| models.state.people.get(&s.person));
        let (subscriptions, listed) = fill::subscriptions_of(models, visitor, (CHANNEL, asked), &zone);
        Mail {
            l: visitor.l,
            ready: settings.is_some(),
            form: fill::mail_form(settings, &kept),
            test_to: me.map(|p| p.mail.clone()).unwrap_or_default(),
            test: None,
            subscriptions,
            listed,
            add: SubscriptionForm {
                scope: "everywhere".to_owned(),
                quiet: fill::quiet(None, &zone),
                ..SubscriptionForm::default()
            },
            machines: fill::machine_choices(models.state.machines.values()),
            deliveries: fill::deliveries(models, visitor),
            may_edit: visitor.may(Action::ManageChannels),
            may_set: may_configure(&visitor.principal(), CHANNEL).is_ok(),
        }
    })
}

/// Where a typed password is kept.
fn password_file(web: &Shared) -> PathBuf {
    web.secrets.join(PASSWORD)
}

/// The fields of the mail server.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Server {
    host: String,
    port: String,
    security: String,
    user: String,
    password_kind: String,
    password: String,
    password_ref: String,
    from: String,
    ca_file: String,
}

impl Server {
    /// The settings as the channel takes them. What the form does not show stays as it was.
    fn settings(&self, before: Option<Map<String, Value>>, typed: &str) -> Map<String, Value> {
        let mut settings = before.unwrap_or_default();
        let password = match self.password_kind.as_str() {
            "typed" => typed,
            "reference" => self.password_ref.trim(),
            _ => "",
        };
        for (key, value) in [
            ("host", self.host.trim()),
            ("port", self.port.trim()),
            ("security", self.security.trim()),
            ("user", self.user.trim()),
            ("password", password),
            ("from", self.from.trim()),
            ("ca_file", self.ca_file.trim()),
        ] {
            if value.is_empty() {
                settings.remove(key);
            } else {
                settings.insert(key.to_owned(), Value::from(value));
            }
        }
        settings
    }

    fn form(self, kept: bool, errors: Errors) -> MailForm {
        MailForm {
            host: self.host,
            port: self.port,
            security: self.security,
            user: self.user,
            password_kind: self.password_kind,
            password_kept: kept,
            password_ref: self.password_ref,
            from: self.from,
            ca_file: self.ca_file,
            errors,
        }
    }
}

/// Keeps the settings of the mail server.
///
/// # Errors
/// When a password cannot be written, or nothing was recorded for a reason that the form cannot show.
pub async fn configure(web: Shared, visitor: Visitor, server: web::Form<Server>) -> Answer {
    // Before a password is written anywhere.
    may_configure(&visitor.principal(), CHANNEL).map_err(|_| WebError::Forbidden)?;
    let server = server.into_inner();
    let file = password_file(&web);
    let before = web.views.with(|state| state.channels.get(CHANNEL).cloned());
    let settings = server.settings(before, &secrets::reference(PASSWORD));
    let mut wrong = (web.check_channel)(CHANNEL, &settings, &[]).err().unwrap_or_default();
    let typed = server.password_kind == "typed";
    if typed && server.password.is_empty() && !file.exists() {
        wrong.push(Refusal::field("password_missing", "password", "Type the password."));
    }
    if wrong.is_empty() {
        if typed && !server.password.is_empty() {
            secrets::keep(&web, PASSWORD, server.password.clone()).await?;
        }
        let command = Command::ConfigureChannel { channel: CHANNEL.to_owned(), settings };
        match refused(web.submit(&visitor, command).await)? {
            Ok(_) => {
                if !typed {
                    secrets::drop_typed(&web, vec![PASSWORD.to_owned()]).await?;
                }
                return Ok(see(PAGE, Some("notice-saved")));
            }
            Err(refusal) => wrong.push(refusal),
        }
    }
    let errors = wrong.iter().map(|r| {
        let field = match r.field {
            // The form asks for these two together.
            Some("password" | "user") if server.password_kind != "none" => "password",
            Some(field) => field,
            None => "",
        };
        (field.to_owned(), visitor.l.refusal(r.code, &r.message))
    });
    let mut errors = Errors(errors.collect());
    if typed && !server.password.is_empty() {
        errors.0.push(secrets::type_again(&visitor.l, "password"));
    }
    let mut body = blank(&web, &visitor);
    body.form = server.form(file.exists(), errors);
    page(&web, &visitor, StatusCode::UNPROCESSABLE_ENTITY, body)
}

/// The page has moved.
///
/// # Errors
/// None.
pub async fn moved() -> Answer {
    Ok(see(PAGE, None))
}

/// The page with a subscription's form as it was typed.
///
/// # Errors
/// When it cannot be rendered.
pub fn show_again(web: &Shared, visitor: &Visitor, pairs: &[(String, String)], refusal: &Refusal) -> Answer {
    let mut body = blank(web, visitor);
    body.add = super::channels::typed(visitor, pairs, &super::channels::zone_name(web), refusal);
    page(web, visitor, StatusCode::UNPROCESSABLE_ENTITY, body)
}

/// To whom the test goes.
#[derive(Deserialize)]
pub struct Test {
    to: String,
}

/// Sends a test the real way, and waits a little for what becomes of it.
///
/// # Errors
/// When nothing was recorded for a reason that the page cannot show.
pub async fn test(web: Shared, visitor: Visitor, test: web::Form<Test>) -> Answer {
    let to = test.into_inner().to.trim().to_owned();
    let (test, status) = try_out(&web, &visitor, CHANNEL, to).await?;
    let mut body = blank(&web, &visitor);
    body.test = test;
    page(&web, &visitor, status, body)
}

/// Asks for a test and waits a little for what becomes of it.
///
/// # Errors
/// When nothing was recorded for a reason that no page can show.
pub async fn try_out(
    web: &Shared,
    visitor: &Visitor,
    channel: &str,
    to: String,
) -> Result<(Option<TestResult>, StatusCode), WebError> {
    let subject = web.views.with(|state| subject_of(state, visitor, &to));
    let (channel, address) = (channel.to_owned(), to.clone());
    let asked = web.submit(visitor, Command::RequestTest { channel, subject, address }).await;
    Ok(match refused(asked)? {
        Err(refusal) => (result(visitor, to, Err(&refusal)), StatusCode::UNPROCESSABLE_ENTITY),
        Ok(events) => {
            let cause = events.last().map_or(0, |e| e.pos);
            let became = timeout(TEST_WAIT, attempted(web, cause)).await.ok().flatten();
            (became.map(|d| result(visitor, to, Ok(&d))).unwrap_or_default(), StatusCode::OK)
        }
    })
}

/// Waits for the first attempt at what this event asks for.
async fn attempted(web: &Shared, cause: Position) -> Option<Delivery> {
    let (from, to) = ((cause, DeliveryId(uuid::Uuid::nil())), (cause, DeliveryId(uuid::Uuid::max())));
    let mut head = web.tail.head();
    loop {
        head.borrow_and_update();
        let found = web.views.with(|s| s.deliveries.range(from..=to).next().map(|(_, d)| d.clone()));
        if found.is_some() {
            return found;
        }
        head.changed().await.ok()?;
    }
}

fn result(visitor: &Visitor, to: String, became: Result<&Delivery, &Refusal>) -> Option<TestResult> {
    use crate::web::view::Answer as Became;
    Some(match became {
        Ok(delivery) => TestResult {
            to,
            answer: fill::delivery_answer(delivery),
            said: delivery.answer.clone(),
            took_ms: delivery.took_us as f64 / 1e3,
        },
        Err(refusal) => {
            let said = visitor.l.refusal(refusal.code, &refusal.message);
            TestResult { to, answer: Became::GivenUp, said, took_ms: 0.0 }
        }
    })
}
