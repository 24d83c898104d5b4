//! The state as the log has it.

use crate::event_log::{EventLog, LogError};
use watchroom_domain::State;

/// Events read at a time.
const PAGE: usize = 2_000;

/// Folds the state at a position, or at the head.
///
/// # Errors
/// When the log cannot be read.
pub async fn load_state(log: &EventLog, until: Option<u64>) -> Result<State, LogError> {
    let head = log.head().await?;
    let until = until.unwrap_or(head).min(head);
    let mut state = State::default();
    loop {
        let page = log.read_control(state.position, PAGE).await?;
        let whole = page.len() == PAGE;
        for event in page.iter().take_while(|e| e.pos <= until) {
            state.apply(event);
        }
        if !whole || page.last().is_none_or(|e| e.pos > until) {
            break;
        }
    }
    if until == head {
        let producers = log.producers().await?;
        state.producers = producers.into_iter().map(|(id, epoch, seq)| (id, (epoch, seq))).collect();
    }
    state.position = until;
    Ok(state)
}
