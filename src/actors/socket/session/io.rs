//! Bytes in and out of one connection.

use super::{InputEnded, Line, Session};
use actix::Addr;
use bytes::{BufMut as _, BytesMut};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use watchroom_wire::{HubFrame, LineTooLong, next_line};

/// Frames of one connection that may be under way.
const UNDER_WAY: usize = 64;
/// Answers that may wait to be written.
const ANSWERS: usize = 256;
/// Time without a byte from the peer after which it is given up.
const IDLE: Duration = Duration::from_secs(180);
/// Time for one write to get through.
const WRITE: Duration = Duration::from_secs(30);
/// Time for a peer to close after the last answer.
const LINGER: Duration = Duration::from_secs(2);
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
    /// The hub is stopping.
    Stopping,
}

/// Starts reading and writing; what is put into the queue is written in order. The connection keeps its
/// place for as long as it is open.
pub(super) fn start<S>(
    stream: S,
    place: OwnedSemaphorePermit,
    stopping: CancellationToken,
    session: Addr<Session>,
) -> mpsc::Sender<HubFrame>
where
    S: AsyncRead + AsyncWrite + 'static,
{
    let (mut reader, writer) = tokio::io::split(stream);
    let (sender, receiver) = mpsc::channel(ANSWERS);
    actix_rt::spawn(async move {
        let reading = async {
            read(&mut reader, stopping, session).await;
            // What was answered is still to be written; the end of that is the end of both.
            std::future::pending::<()>().await;
        };
        tokio::select! {
            () = write(writer, receiver) => {}
            () = reading => {}
        }
        // A connection that is closed on what was not read takes the last answer away from its peer.
        let _ = timeout(LINGER, discard(&mut reader)).await;
        drop(place);
    });
    sender
}

/// Reads until the peer closes, and keeps nothing.
async fn discard(reader: &mut (impl AsyncRead + Unpin)) {
    let mut scratch = vec![0; 4_096];
    while matches!(reader.read(&mut scratch).await, Ok(n) if n > 0) {}
}

async fn read(reader: &mut (impl AsyncRead + Unpin), stopping: CancellationToken, session: Addr<Session>) {
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
        let more = tokio::select! {
            more = timeout(IDLE, reader.read_buf(&mut buffer)) => more,
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

async fn write(mut writer: impl AsyncWrite + Unpin, mut frames: mpsc::Receiver<HubFrame>) {
    let mut batch = BytesMut::new();
    while let Some(first) = frames.recv().await {
        put(&mut batch, &first);
        while let Ok(next) = frames.try_recv() {
            put(&mut batch, &next);
        }
        let written = async {
            writer.write_all(&batch).await?;
            writer.flush().await
        };
        if !matches!(timeout(WRITE, written).await, Ok(Ok(()))) {
            return;
        }
        batch.clear();
    }
    // Best effort: the peer may be gone already.
    let _ = timeout(WRITE, writer.shutdown()).await;
}

fn put(batch: &mut BytesMut, frame: &HubFrame) {
    // Writing into memory cannot fail, and every frame has a JSON form.
    if serde_json::to_writer((&mut *batch).writer(), frame).is_ok() {
        batch.put_u8(b'\n');
    }
}
