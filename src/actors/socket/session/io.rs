//! Bytes in and out of one connection.

use super::outbox::{Outbox, Written, outbox};
use super::pace::Pace;
use super::{InputEnded, Line, Session};
use crate::actors::socket::listener::SocketParts;
use actix::Addr;
use bytes::BytesMut;
use std::future::poll_fn;
use std::io;
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, ReadBuf};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;
use watchroom_wire::{LineTooLong, next_line};

/// Frames of one connection that may be under way: taken, and not yet answered with the answer written.
pub(super) const UNDER_WAY: usize = 64;
/// Time without a byte from the peer after which it is given up.
const IDLE: Duration = Duration::from_secs(180);
/// Time for a peer to close after the last answer.
const LINGER: Duration = Duration::from_secs(2);
/// Time for one write to get through.
const WRITE: Duration = Duration::from_secs(30);
/// Bytes that are read at a time: a whole TLS record, in room that nobody holds while waiting.
const ROOM: usize = 16 * 1024;

/// The permit to have one line under way.
pub(super) struct Permit {
    place: OwnedSemaphorePermit,
    _bytes: OwnedSemaphorePermit,
}

impl Permit {
    /// The line's answer is on its way out: what is left is its place, until the answer is written.
    pub fn answered(self) -> OwnedSemaphorePermit {
        self.place
    }
}

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
    /// The hub is stopping.
    Stopping,
}

/// Starts reading and writing; what is put into the queue is written in order.
pub(super) fn start<S>(
    stream: S,
    input: Arc<Semaphore>,
    shared: &SocketParts,
    session: Addr<Session>,
) -> Outbox
where
    S: AsyncRead + AsyncWrite + 'static,
{
    let (mut reader, writer) = tokio::io::split(stream);
    let (outbox, written) = outbox();
    let (stopping, open) = (shared.stopping.clone(), shared.open.token());
    actix_rt::spawn(async move {
        let reading = async {
            read(&mut reader, input, &stopping, session.clone()).await;
            // What was answered is still to be written; the end of that is the end of both.
            std::future::pending::<()>().await;
        };
        tokio::select! {
            () = write(writer, written) => {}
            () = reading => {}
        }
        // A session that has not ended by itself would not hear of it otherwise.
        session.do_send(InputEnded(InputEnd::Stalled));
        // A connection that is closed on what was not read takes the last answer away from its peer.
        let _ = timeout(LINGER, discard(&mut reader)).await;
        drop(open);
    });
    outbox
}

/// Reads until the peer closes, and keeps nothing.
async fn discard(reader: &mut (impl AsyncRead + Unpin)) {
    let mut scratch = vec![0; 4_096];
    while matches!(reader.read(&mut scratch).await, Ok(n) if n > 0) {}
}

async fn read(
    reader: &mut (impl AsyncRead + Unpin),
    input: Arc<Semaphore>,
    stopping: &CancellationToken,
    session: Addr<Session>,
) {
    let permits = Arc::new(Semaphore::new(UNDER_WAY));
    let mut buffer = BytesMut::new();
    let mut searched = 0;
    let mut pace = Pace::new(Instant::now());
    let end = loop {
        match next_line(&mut buffer, &mut searched) {
            Ok(Some(line)) => {
                if let Some(pause) = pace.take(Instant::now(), line.len()) {
                    sleep(pause).await;
                }
                let Ok(place) = permits.clone().acquire_owned().await else { return };
                // A line has at most 64 KiB, so this is no truncation.
                let Ok(_bytes) = input.clone().acquire_many_owned(line.len() as u32).await else { return };
                if !session.connected() {
                    return;
                }
                // Bounded by the permits.
                session.do_send(Line(line, Permit { place, _bytes }));
                continue;
            }
            // Who waits for the next line holds no room for it.
            Ok(None) if buffer.is_empty() => buffer = BytesMut::new(),
            Ok(None) => {}
            Err(error) => break InputEnd::TooLong(error),
        }
        let more = tokio::select! {
            more = timeout(IDLE, read_more(reader, &mut buffer)) => more,
            () = stopping.cancelled() => break InputEnd::Stopping,
        };
        match more {
            Err(_) => break InputEnd::Idle,
            Ok(Ok(n)) if n > 0 => {}
            Ok(_) => break InputEnd::Closed,
        }
    };
    session.do_send(InputEnded(end));
}

/// Reads what is there, by way of the stack: however many connections wait, there is one such room a thread.
async fn read_more(reader: &mut (impl AsyncRead + Unpin), buffer: &mut BytesMut) -> io::Result<usize> {
    poll_fn(|task| {
        let mut room = [const { MaybeUninit::uninit() }; ROOM];
        let mut read = ReadBuf::uninit(&mut room);
        ready!(Pin::new(&mut *reader).poll_read(task, &mut read))?;
        buffer.extend_from_slice(read.filled());
        Poll::Ready(Ok(read.filled().len()))
    })
    .await
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
