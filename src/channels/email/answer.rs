//! What a mail server's answers mean, in our own words.
//!
//! A server's free text may hold addresses, so nothing of it is passed on: only its three digits.

use crate::channels::SendError;
use lettre::transport::smtp::Error;
use std::error::Error as _;
use std::io;

/// How far an attempt has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Until TLS is up and the server has greeted.
    Connect,
    /// Signing in.
    SignIn,
    /// The sender is named.
    Sender,
    /// The recipient is named.
    Recipient,
    /// The server is asked to take the message.
    Data,
    /// The message is on its way: from here on a lost line leaves open whether it arrived.
    Message,
}

impl Stage {
    fn words(self) -> &'static str {
        match self {
            Self::Connect => "connection",
            Self::SignIn => "sign-in",
            Self::Sender => "sender",
            Self::Recipient => "recipient",
            Self::Data => "message",
            Self::Message => "message",
        }
    }
}

/// What an error at a stage means for the delivery.
pub fn judge(stage: Stage, error: &Error) -> SendError {
    if let Some(code) = error.status() {
        let text = error.source().map(ToString::to_string).unwrap_or_default();
        return refusal(stage, u16::from(code), &text);
    }
    if stage == Stage::Message {
        return SendError::Ambiguous("line lost after the message".to_owned());
    }
    SendError::Later(trouble(stage, error))
}

/// No answer within the limit.
pub fn late(stage: Stage) -> SendError {
    match stage {
        Stage::Message => SendError::Ambiguous("no answer to the message in time".to_owned()),
        Stage::Connect => {
            SendError::Later("no connection in time; the port may want another kind of TLS".to_owned())
        }
        other => SendError::Later(format!("no answer in time ({})", other.words())),
    }
}

fn refusal(stage: Stage, code: u16, text: &str) -> SendError {
    let answer = format!("{code} {} refused", stage.words());
    let permanent = code >= 500;
    let final_for_recipient = match stage {
        Stage::Recipient => permanent && concerns_recipient(code, text),
        // The server has read this very message and will never take it.
        Stage::Message => permanent,
        // Wrong settings: an administrator can mend them, and no alarm is to be lost until then.
        _ => false,
    };
    if final_for_recipient {
        return SendError::Refused(answer);
    }
    let answer = if permanent { answer } else { format!("{code} {} put off", stage.words()) };
    if stage == Stage::Recipient && only_this_recipient(code, text) {
        return SendError::PutOff { answer, reached: true };
    }
    SendError::Later(answer)
}

/// Whether a refusal for now is about this one mailbox: greylisted, busy or full. What the server says of itself
/// (X.3 and X.4, and 421) or of our settings is about all of them.
fn only_this_recipient(code: u16, text: &str) -> bool {
    match (code, enhanced(text)) {
        (421 | 454, _) => false,
        (_, Some((class, _))) if code < 500 => matches!(class, 1 | 2 | 7),
        (_, Some(status)) => status == (2, 2),
        (code, None) => matches!(code, 450 | 452 | 552),
    }
}

/// Whether the address is to blame (RFC 3463: X.1 and X.2), not the sign-in or a policy of the server
/// (X.7), which the settings can mend.
fn concerns_recipient(code: u16, text: &str) -> bool {
    match enhanced(text) {
        // A full mailbox (X.2.2) will be emptied.
        Some((2, 2)) => false,
        Some((class, _)) => class == 1 || class == 2 || class == 6,
        None => matches!(code, 501 | 550 | 551 | 553 | 556),
    }
}

/// Subject and detail of an enhanced status code such as `5.1.1` at the text's beginning.
fn enhanced(text: &str) -> Option<(u16, u16)> {
    let mut parts = text.split_whitespace().next()?.split('.');
    let class: u16 = parts.next()?.parse().ok()?;
    let subject = parts.next()?.parse().ok()?;
    let detail = parts.next()?.parse().ok()?;
    (matches!(class, 2 | 4 | 5) && parts.next().is_none()).then_some((subject, detail))
}

fn trouble(stage: Stage, error: &Error) -> String {
    if let Some(words) = tls_trouble(error) {
        return words.to_owned();
    }
    if stage == Stage::SignIn && error.is_client() {
        return "the server offers no way of signing in that is known here".to_owned();
    }
    if stage == Stage::Connect && error.is_client() {
        return "the server offers no STARTTLS".to_owned();
    }
    match beneath::<io::Error>(error) {
        Some(error) if stage == Stage::Connect => no_line(error).to_owned(),
        _ => format!("line lost ({})", stage.words()),
    }
}

/// No TCP connection came about.
pub fn unreachable(error: &io::Error) -> SendError {
    SendError::Later(no_line(error).to_owned())
}

fn no_line(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => "connection refused",
        io::ErrorKind::TimedOut => "connection timed out",
        io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => "server out of reach",
        _ => "no connection",
    }
}

/// Every error beneath, those that an I/O error wraps included.
fn beneath<'a, T: std::error::Error + 'static>(error: &'a Error) -> Option<&'a T> {
    let mut next: Option<&'a (dyn std::error::Error + 'static)> = error.source();
    while let Some(cause) = next {
        if let Some(found) = cause.downcast_ref::<T>() {
            return Some(found);
        }
        let inner = cause.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        if let Some(found) = inner.and_then(|inner| inner.downcast_ref::<T>()) {
            return Some(found);
        }
        next = cause.source();
    }
    None
}

fn tls_trouble(error: &Error) -> Option<&'static str> {
    Some(match beneath::<rustls::Error>(error)? {
        rustls::Error::InvalidCertificate(rustls::CertificateError::UnknownIssuer) => {
            "the server's certificate is from nobody who is trusted here; name its CA file"
        }
        rustls::Error::InvalidCertificate(rustls::CertificateError::Expired)
        | rustls::Error::InvalidCertificate(rustls::CertificateError::ExpiredContext { .. }) => {
            "the server's certificate has expired"
        }
        rustls::Error::InvalidCertificate(rustls::CertificateError::NotValidForName)
        | rustls::Error::InvalidCertificate(rustls::CertificateError::NotValidForNameContext { .. }) => {
            "the server's certificate is for another name"
        }
        rustls::Error::InvalidCertificate(_) => "the server's certificate is not valid",
        rustls::Error::InvalidMessage(_) => "no TLS at this port; it may want STARTTLS",
        _ => "TLS failed",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_recipient_or_the_message_is_to_blame_for_is_final() {
        use Stage::*;
        let table = [
            (Recipient, 550, "5.1.1 no such user", true),
            (Recipient, 550, "No such user here", true),
            (Recipient, 552, "5.2.2 mailbox full", false),
            (Recipient, 554, "5.7.1 relay access denied", false),
            (Recipient, 530, "5.7.0 authentication required", false),
            (Recipient, 450, "4.2.0 greylisted", false),
            (Sender, 550, "5.7.1 sender not owned by user", false),
            (SignIn, 535, "5.7.8 bad credentials", false),
            (Message, 554, "5.7.1 looks like spam", true),
            (Message, 451, "4.3.0 try again", false),
            (Connect, 554, "go away", false),
        ];
        for (stage, code, text, is_final) in table {
            let judged = refusal(stage, code, text);
            assert_eq!(matches!(judged, SendError::Refused(_)), is_final, "{stage:?} {code} {text}");
            assert!(!matches!(judged, SendError::Ambiguous(_)));
        }
    }

    #[test]
    fn what_one_mailbox_cannot_take_for_now_says_nothing_against_the_server() {
        use Stage::*;
        for (stage, code, text, one) in [
            (Recipient, 450, "4.2.0 greylisted", true),
            (Recipient, 450, "mailbox busy", true),
            (Recipient, 451, "4.7.1 greylisted, try again", true),
            (Recipient, 452, "4.2.2 over quota", true),
            (Recipient, 452, "mailbox full", true),
            (Recipient, 552, "5.2.2 mailbox full", true),
            (Recipient, 552, "mailbox full", true),
            (Recipient, 451, "local error in processing", false),
            (Recipient, 452, "4.3.1 insufficient system storage", false),
            (Recipient, 421, "closing down", false),
            (Recipient, 554, "5.7.1 relay access denied", false),
            (Sender, 450, "4.2.0 not now", false),
            (Data, 451, "4.2.0 not now", false),
        ] {
            let put_off = matches!(refusal(stage, code, text), SendError::PutOff { reached: true, .. });
            assert_eq!(put_off, one, "{stage:?} {code} {text}");
        }
    }

    #[test]
    fn nothing_of_the_servers_text_is_passed_on() {
        let judged = refusal(Stage::Recipient, 550, "5.1.1 <ada@example.org>: unknown");
        assert_eq!(judged, SendError::Refused("550 recipient refused".to_owned()));
    }

    #[test]
    fn silence_after_the_message_leaves_it_open_and_silence_before_does_not() {
        assert!(matches!(late(Stage::Message), SendError::Ambiguous(_)));
        for stage in [Stage::Connect, Stage::SignIn, Stage::Sender, Stage::Recipient, Stage::Data] {
            assert!(matches!(late(stage), SendError::Later(_)), "{stage:?}");
        }
    }
}
