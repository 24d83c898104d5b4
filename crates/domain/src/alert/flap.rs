//! What comes and goes is told once, not each time.

use super::Incident;
use crate::state::State;
use crate::time::{MINUTE_US, Micros};

/// So many firings within the window, and an incident is flapping.
const FLAP_TIMES: usize = 3;
/// The window, in log time.
pub(crate) const FLAP_WINDOW_US: Micros = 30 * MINUTE_US;
/// A flapping incident ends once it was calm for so long, in log time.
pub const CALM_US: Micros = 15 * MINUTE_US;

/// How often it fired within the window with this firing, if that is often enough.
pub(super) fn flapping(state: &State, i: &Incident, at_us: Micros) -> Option<u32> {
    let before = state.fires.get(&i.key()).map_or(&[][..], Vec::as_slice);
    let recent = before.iter().filter(|at| at_us.saturating_sub(**at) < FLAP_WINDOW_US).count();
    (recent + 1 >= FLAP_TIMES).then_some(recent as u32 + 1)
}
