//! Time for a request's body. The server's own limit ends with the head: without this one, somebody who sends
//! a byte now and then would hold a connection for ever.

use actix_web::HttpMessage as _;
use actix_web::body::MessageBody;
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::error::PayloadError;
use actix_web::http::Method;
use actix_web::middleware::Next;
use actix_web::web::Bytes;
use futures_util::Stream;
use std::future::Future as _;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::{Sleep, sleep};

/// Time for a whole body, from the moment at which it is first asked for.
const BODY: Duration = Duration::from_secs(10);

/// Gives every body its time.
///
/// # Errors
/// None of its own: a body that is late reads as broken off.
pub async fn limit(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    // What goes over a WebSocket is no body, and has a watchdog of its own.
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        let body = Timed { body: request.take_payload(), rest: None };
        request.set_payload(Payload::Stream { payload: Box::pin(body) });
    }
    next.call(request).await
}

/// Whether a body was not there in time.
pub fn was_late(error: &PayloadError) -> bool {
    matches!(error, PayloadError::Io(error) if error.kind() == io::ErrorKind::TimedOut)
}

/// A body with the time that is left for it.
struct Timed<B> {
    body: B,
    rest: Option<Pin<Box<Sleep>>>,
}

impl<B> Stream for Timed<B>
where
    B: Stream<Item = Result<Bytes, PayloadError>> + Unpin,
{
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if let Poll::Ready(some) = Pin::new(&mut self.body).poll_next(context) {
            return Poll::Ready(some);
        }
        let rest = self.rest.get_or_insert_with(|| Box::pin(sleep(BODY)));
        rest.as_mut().poll(context).map(|()| Some(Err(PayloadError::Io(io::ErrorKind::TimedOut.into()))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::{StreamExt as _, stream};
    use tokio::time::{Instant, interval};

    #[tokio::test(start_paused = true)]
    async fn a_body_that_comes_byte_by_byte_is_broken_off_in_time() {
        let dribble = stream::unfold(interval(Duration::from_secs(1)), |mut ticks| async {
            ticks.tick().await;
            Some((Ok(Bytes::from_static(b"x")), ticks))
        });
        let begun = Instant::now();
        let mut body = Timed { body: Box::pin(dribble), rest: None };
        let mut taken = 0;
        let error = loop {
            match body.next().await.expect("it never ends") {
                Ok(bytes) => taken += bytes.len(),
                Err(error) => break error,
            }
        };
        assert!(was_late(&error) && taken < 12, "{error} after {taken}");
        assert_eq!(begun.elapsed(), BODY);
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_is_there_is_read_whole() {
        let chunks = stream::iter((0..1_000).map(|_| Ok::<_, PayloadError>(Bytes::from_static(b"x"))));
        let body = Timed { body: chunks, rest: None };
        assert_eq!(body.filter(|chunk| std::future::ready(chunk.is_ok())).count().await, 1_000);
    }
}
