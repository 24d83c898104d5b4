//! The line that a feed goes over, watched from outside of it. While a browser takes nothing, the server does
//! not go on with its connection, and nothing that the feed itself would do about it ever runs; so a task of
//! its own closes the line.

use crate::web::crowd::Shares;
use actix_tls::accept::rustls_0_23::TlsStream;
use actix_web::HttpRequest;
use actix_web::dev::Extensions;
use actix_web::rt::net::TcpStream;
use std::any::Any;
use std::net::Shutdown;
use std::os::fd::{AsFd as _, BorrowedFd};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::time::{Instant, sleep};

/// A connection, for those who may have to close it.
#[derive(Clone)]
struct Line(Arc<std::net::TcpStream>);

/// Takes note of a new connection, which takes its place among those of its address, and has the kernel give it up
/// when what was sent is not taken for as long as this.
pub fn keep(connection: &dyn Any, kept: &mut Extensions, lost: Duration, shares: &Shares) {
    let plain = connection.downcast_ref::<TcpStream>();
    let tls = || connection.downcast_ref::<TlsStream<TcpStream>>().map(|tls| tls.get_ref().0);
    let Some(stream) = plain.or_else(tls) else { return };
    if let Ok(peer) = stream.peer_addr() {
        shares.seat(peer.ip(), stream.as_fd(), kept);
    }
    if let Err(error) = prepare(stream.as_fd(), kept, lost) {
        tracing::warn!(%error, "a connection cannot be watched");
    }
}

fn prepare(socket: BorrowedFd<'_>, kept: &mut Extensions, lost: Duration) -> std::io::Result<()> {
    let lost_ms = u32::try_from(lost.as_millis()).unwrap_or(u32::MAX);
    rustix::net::sockopt::set_tcp_user_timeout(socket, lost_ms)?;
    let line = std::net::TcpStream::from(socket.try_clone_to_owned()?);
    kept.insert(Line(Arc::new(line)));
    Ok(())
}

/// When something was last heard.
#[derive(Clone)]
pub struct Heard {
    begun: Instant,
    at_ms: Arc<AtomicU64>,
}

impl Heard {
    /// Something is heard now.
    pub fn now() -> Self {
        Self { begun: Instant::now(), at_ms: Arc::default() }
    }

    /// Something is heard again.
    pub fn again(&self) {
        let ms = u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.at_ms.store(ms, Ordering::Relaxed);
    }

    fn ago(&self) -> Duration {
        self.begun.elapsed().saturating_sub(Duration::from_millis(self.at_ms.load(Ordering::Relaxed)))
    }
}

/// Closes the line of a request once nothing was heard for so long; ends with the line.
pub fn watch(request: &HttpRequest, heard: Heard, lost: Duration, runtime: &Handle) {
    let Some(Line(line)) = request.conn_data::<Line>() else { return };
    let line = Arc::downgrade(line);
    runtime.spawn(close_when_lost(line, heard, lost));
}

async fn close_when_lost(line: Weak<std::net::TcpStream>, heard: Heard, lost: Duration) {
    loop {
        let left = lost.saturating_sub(heard.ago());
        if left.is_zero() {
            break;
        }
        // Short enough that a line that has ended is soon forgotten here too.
        sleep(left.min(lost / 8)).await;
        if line.strong_count() == 0 {
            return;
        }
    }
    if let Some(line) = line.upgrade() {
        tracing::debug!("a live feed takes nothing any more and is closed");
        // It fails when the line has ended by itself, which is as good.
        let _ = line.shutdown(Shutdown::Both);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix::prelude::*;
    use actix_web::{App, HttpResponse, HttpServer, web};
    use actix_web_actors::ws::{self, Message, ProtocolError, WebsocketContext};
    use std::io::{Read as _, Write as _};
    use std::net::{TcpListener, TcpStream as Plain};
    use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

    const LOST: Duration = Duration::from_millis(200);
    const REQUEST: &str = "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
        Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n";

    /// Says more than any buffer holds, and says so when it ends.
    struct Chatter {
        ended: UnboundedSender<()>,
        heard: Heard,
    }

    impl Actor for Chatter {
        type Context = WebsocketContext<Self>;

        fn started(&mut self, ctx: &mut Self::Context) {
            for _ in 0..64 {
                ctx.text("x".repeat(1 << 20));
            }
        }
    }

    impl Drop for Chatter {
        fn drop(&mut self) {
            let _ = self.ended.send(());
        }
    }

    impl StreamHandler<Result<Message, ProtocolError>> for Chatter {
        fn handle(&mut self, _: Result<Message, ProtocolError>, _: &mut Self::Context) {
            self.heard.again();
        }
    }

    async fn open(
        ended: web::Data<UnboundedSender<()>>,
        request: HttpRequest,
        body: web::Payload,
    ) -> Result<HttpResponse, actix_web::Error> {
        let heard = Heard::now();
        watch(&request, heard.clone(), LOST, &Handle::current());
        ws::start(Chatter { ended: (**ended).clone(), heard }, &request, body)
    }

    fn server() -> (std::net::SocketAddr, UnboundedReceiver<()>) {
        let (ended, end) = unbounded_channel();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let app = move || App::new().app_data(web::Data::new(ended.clone())).route("/", web::get().to(open));
        let server = HttpServer::new(app).workers(1).disable_signals();
        // The kernel's own limit is far off: the task is what is tried here.
        let shares = Shares::new(usize::MAX / 2, crate::web::Tuning::default());
        let long = Duration::from_secs(600);
        let server = server.on_connect(move |connection, kept| keep(connection, kept, long, &shares));
        actix_rt::spawn(server.listen(listener).unwrap().run());
        (address, end)
    }

    #[actix_rt::test]
    async fn a_feed_to_somebody_who_takes_nothing_is_ended_from_outside() {
        let (address, mut end) = server();
        let mut deaf = Plain::connect(address).unwrap();
        deaf.write_all(REQUEST.as_bytes()).unwrap();
        tokio::time::timeout(Duration::from_secs(60), end.recv()).await.expect("the feed is ended").unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn one_that_is_heard_of_goes_on_until_it_is_not() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut browser = Plain::connect(listener.local_addr().unwrap()).unwrap();
        browser.set_nonblocking(true).unwrap();
        let line = Arc::new(listener.accept().unwrap().0);
        let heard = Heard::now();
        let watched = tokio::spawn(close_when_lost(Arc::downgrade(&line), heard.clone(), LOST));
        for _ in 0..20 {
            tokio::time::advance(LOST / 2).await;
            heard.again();
        }
        let open = browser.read(&mut [0]);
        assert_eq!(open.unwrap_err().kind(), std::io::ErrorKind::WouldBlock);
        watched.await.unwrap();
        browser.set_nonblocking(false).unwrap();
        assert_eq!(browser.read(&mut [0]).unwrap(), 0, "it is closed");
    }
}
