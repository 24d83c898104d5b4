//! A bar for what takes longer than two seconds, where somebody looks at a terminal.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::IsTerminal as _;
use std::time::{Duration, Instant};

/// What is done sooner needs no bar.
const SHOWN_AFTER: Duration = Duration::from_secs(2);

/// How far something has come. Goes to standard error, and nowhere when that is no terminal.
pub(super) struct Progress {
    bar: ProgressBar,
    begun: Instant,
    shown: bool,
}

impl Progress {
    /// Of something that has not begun yet; `what` is what is done, such as "verifying".
    pub fn of(what: &'static str) -> Self {
        let bar = ProgressBar::hidden();
        let style = "{msg} [{bar:30}] {human_pos} of {human_len} events, {per_sec}, {eta} left";
        if let Ok(style) = ProgressStyle::with_template(style) {
            bar.set_style(style.progress_chars("=> "));
        }
        bar.set_message(what);
        // Whether there is a terminal is asked once, so that a log to a file is never disturbed.
        let shown = !std::io::stderr().is_terminal();
        Self { bar, begun: Instant::now(), shown }
    }

    /// This much of all is done.
    pub fn at(&mut self, done: u64, all: u64) {
        if !self.shown && self.begun.elapsed() >= SHOWN_AFTER {
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
            self.shown = true;
        }
        self.bar.set_length(all);
        self.bar.set_position(done);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
