//! Commits whose answer is lost: what is said to be recorded is, and nothing is recorded twice.

use super::failing::*;
use super::*;
use std::sync::atomic::Ordering;
use watchroom_domain::{By, EventId, Meta, body};

struct Given {
    log: EventLog,
    faults: Arc<Faults>,
}

/// A log that is out of reach for `away` transactions after a commit that failed.
fn given(away: u32) -> Given {
    let faults = Arc::new(Faults { away: away.into(), ..Faults::default() });
    Given { log: failing_log(&faults), faults }
}

impl Given {
    async fn append(&self, expected: u64, fate: Option<Fate>) -> Result<Outcome, LogError> {
        let event: watchroom_domain::Event =
            body::HubStarted { node: "one".into(), program: "test".into() }.into();
        let new = NewEvent {
            id: EventId(Uuid::from_u128(u128::from(expected))),
            stream: event.stream(),
            expected: Some(expected),
            ts_us: 1,
            meta: Meta::by(By::Hub),
            event,
        };
        *self.faults.next.lock().unwrap() = fate;
        self.log.append(vec![vec![new]]).await.map(|mut outcomes| outcomes.remove(0))
    }

    async fn sound_at(&self, expected: Position) {
        let verdict = self.log.verify(|_| ()).await.unwrap();
        assert!(matches!(verdict, Verdict::Sound { head, .. } if head == expected), "{verdict:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_commit_that_happened_is_told_as_recorded() {
    let given = given(3);
    given.append(0, None).await.unwrap().unwrap();
    let recorded = given.append(1, Some(Fate::Recorded)).await.unwrap().unwrap();
    assert_eq!(recorded[0].pos, 2);
    given.append(2, None).await.unwrap().unwrap();
    given.sound_at(3).await;
}

#[tokio::test(start_paused = true)]
async fn a_commit_that_did_not_happen_is_told_and_can_be_tried_again() {
    let given = given(3);
    given.append(0, None).await.unwrap().unwrap();
    let error = given.append(1, Some(Fate::NotRecorded)).await.unwrap_err();
    assert!(matches!(error, LogError::Database(_)), "{error}");
    given.sound_at(1).await;
    given.append(1, None).await.unwrap().unwrap();
    given.sound_at(2).await;
}

/// Nobody knows, so nobody may go on as if nothing had happened; but what the log holds is read again, and
/// with that it goes on.
#[tokio::test(start_paused = true)]
async fn what_cannot_be_found_out_is_said_and_then_the_log_is_asked() {
    for (fate, head) in [(Fate::Recorded, 1), (Fate::NotRecorded, 0)] {
        let given = given(12);
        let error = given.append(0, Some(fate)).await.unwrap_err();
        assert!(matches!(error, LogError::Ambiguous { node_seq: 1, .. }), "{error}");
        for _ in 0..2 {
            let error = given.append(0, None).await.unwrap_err();
            assert!(matches!(error, LogError::Database(_)), "{error}");
        }
        assert_eq!(given.log.head().await.unwrap(), head);
        let stale = given.append(7, None).await.unwrap().unwrap_err();
        assert!(matches!(stale, Conflict::Version { found, .. } if found == head), "{stale}");
        given.append(head, None).await.unwrap().unwrap();
        given.sound_at(head + 1).await;
    }
}

/// A server that hangs while it is asked answers nothing at all.
#[tokio::test(start_paused = true)]
async fn what_became_of_a_commit_is_not_asked_for_ever() {
    let given = given(0);
    given.faults.hangs.store(true, Ordering::SeqCst);
    let appended = tokio::time::timeout(SETTLED, given.append(0, Some(Fate::Recorded)));
    let error = appended.await.expect("an answer").unwrap_err();
    assert!(matches!(error, LogError::Ambiguous { node_seq: 1, .. }), "{error}");
    given.faults.hangs.store(false, Ordering::SeqCst);
    given.append(1, None).await.unwrap().unwrap();
    given.sound_at(2).await;
}

/// Longer than whatever is waited for.
const SETTLED: std::time::Duration = std::time::Duration::from_secs(300);
