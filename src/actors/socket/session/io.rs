//! Bytes in and out of one connection.

use super::outbox::{Outbox, Written, outbox};
use super::{InputEnded, Line, Session};
use actix::Addr;
use bytes::BytesMut;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::sync::Semaphore;
use tokio::time::timeout;
use watchroom_wire::{LineTooLong, next_line};

/// Frames of one connection that may be under way: taken, and not yet answered with the answer written.
const UNDER_WAY: usize = 64;
/// Time without a byte from the peer after which it is given up.
const IDLE: Duration = Duration::from_secs(180);
/// Time for one write to get through.
const WRITE: Duration = Duration::from_secs(30);
/// First size of the input buffer in bytes; most frames of small agents fit, and idle connections
/// cost little.
const BUFFER: usize = 512;

/// Why nothing more comes in.
pub(super) enum InputEnd {
    /// The peer or the network ended it.
    Closed,
    /// A line has no end.
    TooLong(LineTooLong),
    /// Nothing came for too long.
    Idle,
    /// The peer takes no answers.
    Stalled,
}

/// Starts reading and writing; what is put into the queue is written in order.
pub(super) fn start<S>(stream: S, session: Addr<Session>) -> Outbox
where
    S: AsyncRead + AsyncWrite + 'static,
{
    let (reader, writer) = tokio::io::split(stream);
    let (outbox, written) = outbox();
    actix_rt::spawn(async move {
        let reading = async {
            read(reader, session.clone()).await;
            // What was answered is still to be written; the end of that is the end of both.
            std::future::pending::<()>().await;
        };
        tokio::select! {
            () = write(writer, written) => {}
            () = reading => {}
        }
        // A session that has not ended by itself would not hear of it otherwise.
        session.do_send(InputEnded(InputEnd::Stalled));
    });
    outbox
}

async fn read(mut reader: impl AsyncRead + Unpin, session: Addr<Session>) {
    let permits = Arc::new(Semaphore::new(UNDER_WAY));
    let mut buffer = BytesMut::with_capacity(BUFFER);
    let mut searched = 0;
    let end = loop {
        match next_line(&mut buffer, &mut searched) {
            Ok(Some(line)) => {
                let Ok(permit) = permits.clone().acquire_owned().await else { return };
                if !session.connected() {
                    return;
                }
                // Bounded by the permits.
                session.do_send(Line(line, permit));
                continue;
            }
            Ok(None) => {}
            Err(error) => break InputEnd::TooLong(error),
        }
        match timeout(IDLE, reader.read_buf(&mut buffer)).await {
            Err(_) => break InputEnd::Idle,
            Ok(Ok(n)) if n > 0 => {}
            Ok(_) => break InputEnd::Closed,
        }
    };
    session.do_send(InputEnded(end));
}

async fn write(mut writer: impl AsyncWrite + Unpin, mut answers: Written) {
    while let Some(batch) = answers.next().await {
        let written = async {
            writer.write_all(&batch.bytes).await?;
            writer.flush().await
        };
        if !matches!(timeout(WRITE, written).await, Ok(Ok(()))) {
            return;
        }
    }
    // Best effort: the peer may be gone already.
    let _ = timeout(WRITE, writer.shutdown()).await;
}
