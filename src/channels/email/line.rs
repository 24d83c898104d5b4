//! One connection to the mail server, from the greeting to the answer to a message.
//!
//! Commands are given one by one instead of through lettre's own transport, which tells neither at
//! which step a server refused nor whether the message was on its way when the line broke.

use super::answer::{Stage, judge, late, unreachable};
use super::settings::EmailSettings;
use crate::channels::SendError;
use lettre::Address;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{AsyncSmtpConnection, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Noop, Rcpt, Rset};
use lettre::transport::smtp::extension::ClientId;
use lettre::transport::smtp::response::Response;
use std::fmt;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};

/// How long each step may take.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Connecting, TLS and signing in, together.
    pub connect: Duration,
    /// Each answer before the message.
    pub step: Duration,
    /// The answer to the message: servers look into it first.
    pub message: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self { connect: seconds(15), step: seconds(20), message: seconds(90) }
    }
}

/// How the line is protected, with whom is trusted. There is no way from TLS down to none.
pub enum Protection {
    /// Plain at first, then TLS or nothing.
    StartTls(TlsParameters),
    /// TLS from the first byte.
    Implicit(TlsParameters),
    /// To this very machine only.
    None,
}

/// User and password that sign in at the server; the password is read just before.
pub type SignIn = Option<(String, String)>;

/// A message that is ready to be handed over: ASCII, lines ended by CRLF.
pub struct Envelope {
    pub from: Address,
    pub to: Address,
    pub message: String,
}

/// An open line.
pub struct Line {
    connection: AsyncSmtpConnection,
    limits: Limits,
    /// The last thing that the server was told.
    reached: Stage,
    broken: bool,
    opened: Instant,
    used: Instant,
}

/// A message on its way over the line: dots at the beginning of lines doubled, ended by a lone dot. It is
/// written at once, since a second small write would wait for the acknowledgement of the first.
struct Payload<'a>(&'a str);

impl fmt::Display for Payload<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for line in self.0.split_inclusive("\r\n") {
            if line.starts_with('.') {
                f.write_str(".")?;
            }
            f.write_str(line)?;
        }
        f.write_str(if self.0.ends_with("\r\n") { ".\r\n" } else { "\r\n.\r\n" })
    }
}

impl Line {
    /// Connects, brings up TLS and signs in.
    ///
    /// # Errors
    /// [`SendError::Later`]: nothing was handed over yet.
    pub async fn open(
        settings: &EmailSettings,
        protection: Protection,
        sign_in: SignIn,
        limits: Limits,
    ) -> Result<Self, SendError> {
        let mut stage = Stage::Connect;
        let opening = connect(settings, protection, sign_in, &mut stage);
        let connection = timeout(limits.connect, opening).await;
        let connection = connection.map_err(|_| late(stage))??;
        let now = Instant::now();
        Ok(Self { connection, limits, reached: Stage::Connect, broken: false, opened: now, used: now })
    }

    /// Hands over one message.
    ///
    /// # Errors
    /// [`SendError`] by what the server said; [`SendError::Ambiguous`] only after the message went out.
    pub async fn hand_over(&mut self, mail: &Envelope) -> Result<String, SendError> {
        let step = self.limits.step;
        self.tell(Stage::Sender, step, Mail::new(Some(mail.from.clone()), Vec::new())).await?;
        self.tell(Stage::Recipient, step, Rcpt::new(mail.to.clone(), Vec::new())).await?;
        self.tell(Stage::Data, step, Data).await?;
        let answer = self.tell(Stage::Message, self.limits.message, Payload(&mail.message)).await?;
        Ok(format!("{} accepted", answer.code()))
    }

    /// Makes the line ready for the next message after a refusal; whether it is.
    pub async fn reset(&mut self) -> bool {
        !self.broken && self.tell(Stage::Sender, self.limits.step, Rset).await.is_ok()
    }

    /// Whether the server is still there.
    pub async fn is_alive(&mut self) -> bool {
        !self.broken && self.tell(Stage::Sender, self.limits.step, Noop).await.is_ok()
    }

    /// Whether the server was gone before it heard of the message at all: another line may be tried.
    pub fn was_gone(&self) -> bool {
        self.broken && self.reached == Stage::Sender
    }

    /// Takes leave.
    pub async fn close(mut self) {
        // Whether the server hears it makes no difference.
        let _ = timeout(Duration::from_secs(2), self.connection.abort()).await;
    }

    /// How long the line is open.
    pub fn age(&self) -> Duration {
        self.opened.elapsed()
    }

    /// How long nothing was said.
    pub fn idle(&self) -> Duration {
        self.used.elapsed()
    }

    async fn tell(
        &mut self,
        stage: Stage,
        limit: Duration,
        command: impl fmt::Display,
    ) -> Result<Response, SendError> {
        self.reached = stage;
        let answer = timeout(limit, self.connection.command(command)).await;
        self.used = Instant::now();
        match answer {
            Ok(Ok(response)) => Ok(response),
            Ok(Err(error)) => {
                // 421: the server says that it hangs up.
                self.broken = error.status().is_none_or(|code| u16::from(code) == 421);
                Err(judge(stage, &error))
            }
            Err(_) => {
                self.broken = true;
                Err(late(stage))
            }
        }
    }
}

async fn connect(
    settings: &EmailSettings,
    protection: Protection,
    sign_in: SignIn,
    stage: &mut Stage,
) -> Result<AsyncSmtpConnection, SendError> {
    let judged = |error: Error| judge(Stage::Connect, &error);
    let hello = settings.hello.clone().map_or_else(ClientId::default, ClientId::Domain);
    let address = (settings.host.as_str(), settings.port);
    let mut connection = match protection {
        Protection::Implicit(tls) => {
            AsyncSmtpConnection::connect_tokio1(address, None, &hello, Some(tls), None)
                .await
                .map_err(judged)?
        }
        Protection::StartTls(tls) => {
            let mut connection = plain(address, &hello).await?;
            connection.starttls(tls, &hello).await.map_err(judged)?;
            connection
        }
        Protection::None => plain(address, &hello).await?,
    };
    if let Some((user, password)) = sign_in {
        *stage = Stage::SignIn;
        let credentials = Credentials::new(user, password);
        let answer = connection.auth(DEFAULT_MECHANISMS, &credentials).await;
        answer.map_err(|error| judge(Stage::SignIn, &error))?;
    }
    Ok(connection)
}

async fn plain(address: (&str, u16), hello: &ClientId) -> Result<AsyncSmtpConnection, SendError> {
    let stream = TcpStream::connect(address).await.map_err(|error| unreachable(&error))?;
    // Every write is a whole command, so nothing is gained by gathering them.
    stream.set_nodelay(true).map_err(|error| unreachable(&error))?;
    let connection = AsyncSmtpConnection::connect_with_transport(Box::new(stream), hello).await;
    connection.map_err(|error| judge(Stage::Connect, &error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dots_at_the_beginning_of_lines_are_doubled_and_the_message_ends_by_one() {
        assert_eq!(Payload("a\r\n.b\r\n..\r\n").to_string(), "a\r\n..b\r\n...\r\n.\r\n");
        assert_eq!(Payload("a").to_string(), "a\r\n.\r\n");
        assert_eq!(Payload(".").to_string(), "..\r\n.\r\n");
    }
}
