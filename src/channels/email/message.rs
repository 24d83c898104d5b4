//! A notice as a mail: headers, a text part and an HTML part.

use super::html;
use super::line::Envelope;
use super::settings::EmailSettings;
use crate::channels::{Notice, SendError, unseen};
use lettre::Address;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Attachment, Mailbox, Message, MultiPart, SinglePart};
use std::time::{Duration, UNIX_EPOCH};
use watchroom_domain::Micros;

/// The address as it goes over the wire: a domain in other scripts has a spelling in ASCII.
fn with_ascii_domain(address: &str) -> String {
    let spelled = |domain: &str| match url::Host::parse(domain) {
        Ok(url::Host::Domain(ascii)) if !domain.is_ascii() => Some(ascii),
        _ => None,
    };
    let found = address.rsplit_once('@').and_then(|(local, domain)| Some((local, spelled(domain)?)));
    found.map_or_else(|| address.to_owned(), |(local, domain)| format!("{local}@{domain}"))
}

/// The mail that tells the notice, dated `now_us`.
///
/// # Errors
/// [`SendError::Refused`] when the recipient's address cannot be written into a mail.
pub fn compose(settings: &EmailSettings, notice: &Notice, now_us: Micros) -> Result<Envelope, SendError> {
    let refused = |words: &str| SendError::Refused(words.to_owned());
    let to: Address =
        with_ascii_domain(notice.address.trim()).parse().map_err(|_| refused("no valid mail address"))?;
    if !to.to_string().is_ascii() {
        return Err(refused("mail addresses with other than ASCII characters are not supported"));
    }
    let domain = settings.from.domain();
    let now = UNIX_EPOCH + Duration::from_micros(u64::try_from(now_us).unwrap_or(0));
    let mut builder = Message::builder()
        .from(Mailbox::new(named(&settings.from_name), settings.from.clone()))
        .to(Mailbox::new(named(&notice.name), to.clone()))
        .date(now)
        .subject(one_line(&notice.subject))
        .message_id(Some(format!("<{}@{domain}>", notice.delivery)))
        .raw_header(header("Auto-Submitted", "auto-generated"))
        .raw_header(header("X-Auto-Response-Suppress", "All"))
        .raw_header(header("Content-Language", notice.language));
    if let Some(incident) = notice.incident {
        // Every mail of an incident answers the same one, which need not exist: so they stand together.
        let thread = format!("<incident-{incident}@{domain}>");
        builder = builder.in_reply_to(thread.clone()).references(thread);
    }
    let plain = SinglePart::plain(text(notice));
    let page = SinglePart::html(html::page(notice));
    let body = match (&notice.picture, "image/png".parse()) {
        // The picture belongs to the page and travels with it, so that nothing is fetched from anywhere.
        (Some(picture), Ok(png)) => {
            let picture = Attachment::new_inline(html::PICTURE.to_owned()).body(picture.to_vec(), png);
            let related = MultiPart::related().singlepart(page).singlepart(picture);
            MultiPart::alternative().singlepart(plain).multipart(related)
        }
        _ => MultiPart::alternative().singlepart(plain).singlepart(page),
    };
    let message = builder.multipart(body).map_err(|_| refused("the mail cannot be written"))?;
    // The parts are encoded so that only ASCII is left.
    let message =
        String::from_utf8(message.formatted()).map_err(|_| refused("the mail cannot be written"))?;
    Ok(Envelope { from: settings.from.clone(), to, message })
}

fn header(name: &'static str, value: &str) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value.to_owned())
}

fn named(name: &str) -> Option<String> {
    Some(one_line(name)).filter(|name| !name.is_empty())
}

/// Nothing that could end a header or hide a part of it.
pub(super) fn one_line(text: &str) -> String {
    let spaced: String = text.chars().map(|c| if unseen(c) { ' ' } else { c }).collect();
    spaced.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The text part: the same as the page, for programs and readers without HTML.
pub(super) fn text(notice: &Notice) -> String {
    let mut lines = vec![format!("{}: {}", one_line(&notice.state), one_line(&notice.headline))];
    if !notice.sentences.is_empty() {
        lines.push(String::new());
        lines.extend(notice.sentences.iter().map(|sentence| one_line(sentence)));
    }
    if !notice.facts.is_empty() {
        lines.push(String::new());
        lines.extend(
            notice.facts.iter().map(|(label, value)| format!("{}: {}", one_line(label), one_line(value))),
        );
    }
    if let Some((address, words)) = &notice.link {
        lines.push(String::new());
        lines.push(format!("{}:", one_line(words)));
        lines.push(one_line(address));
    }
    lines.push(String::new());
    // The usual mark between a mail and what is said below it.
    lines.push("-- ".to_owned());
    lines.push(one_line(&notice.footer));
    lines.join("\r\n") + "\r\n"
}
