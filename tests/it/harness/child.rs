//! A program started by a test: its output read line by line, killed and reaped when it is dropped.

use super::wait::within;
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{ChildStdin, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

pub struct Child {
    name: String,
    inner: std::process::Child,
    stdin: Option<ChildStdin>,
    lines: UnboundedReceiver<String>,
    log: Arc<Mutex<Vec<String>>>,
    logging: Option<JoinHandle<()>>,
}

impl Child {
    /// Starts a program with pipes on all three standard streams.
    ///
    /// It stays in the test's own process group, so that a runner that ends a hanging test ends its
    /// children too.
    pub fn spawn(name: &str, command: &mut Command) -> Self {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut inner = command.spawn().unwrap_or_else(|error| panic!("{name}: {command:?}: {error}"));
        let (sender, lines) = unbounded_channel();
        read_lines(inner.stdout.take().unwrap(), move |line| {
            // Nobody may be listening any more; the pipe is emptied all the same.
            let _ = sender.send(line);
        });
        let log = Arc::new(Mutex::new(Vec::new()));
        let (kept, prefix) = (Arc::clone(&log), name.to_owned());
        let logging = read_lines(inner.stderr.take().unwrap(), move |line| {
            // The runner shows what a failing test printed.
            eprintln!("{prefix}: {line}");
            kept.lock().unwrap().push(line);
        });
        let stdin = inner.stdin.take();
        Self { name: name.to_owned(), inner, stdin, lines, log, logging: Some(logging) }
    }

    pub fn id(&self) -> u32 {
        self.inner.id()
    }

    /// Reads standard output until `pick` gives a value; lines that it passes over are gone.
    pub async fn line<T>(&mut self, what: &str, bound: Duration, pick: impl FnMut(&str) -> Option<T>) -> T {
        let name = self.name.clone();
        let found = self.line_if_any(what, bound, pick).await;
        found.unwrap_or_else(|| panic!("it ended before {what} from {name}"))
    }

    /// The same; nothing when it ends before.
    pub async fn line_if_any<T>(
        &mut self,
        what: &str,
        bound: Duration,
        mut pick: impl FnMut(&str) -> Option<T>,
    ) -> Option<T> {
        let what = format!("{what} from {}", self.name);
        let reading = async {
            loop {
                if let Some(value) = pick(&self.lines.recv().await?) {
                    return Some(value);
                }
            }
        };
        within(&what, bound, reading).await
    }

    /// What it has said on standard error up to now.
    pub fn log(&self) -> Vec<String> {
        self.log.lock().unwrap().clone()
    }

    /// All that it has ever said on standard error. Only for a program that has ended, and left nobody
    /// behind who holds the pipe.
    pub fn whole_log(&mut self) -> Vec<String> {
        if let Some(logging) = self.logging.take() {
            logging.join().unwrap();
        }
        self.log()
    }

    /// Writes one line to its standard input.
    pub fn say(&mut self, line: &str) {
        let stdin = self.stdin.as_mut().expect("standard input is still open");
        writeln!(stdin, "{line}").and_then(|()| stdin.flush()).unwrap();
    }

    /// `kill -9`, and waits until it is gone.
    pub fn kill(&mut self) -> ExitStatus {
        self.inner.kill().unwrap();
        self.inner.wait().unwrap()
    }

    /// Asks it to end, as a service manager would.
    pub fn terminate(&mut self) {
        let status = Command::new("sh").args(["-c", "kill -TERM \"$0\"", &self.id().to_string()]).status();
        assert!(status.unwrap().success(), "{} is gone already", self.name);
    }

    /// Waits until it has ended by itself, which it says by closing its standard output.
    pub async fn exit(&mut self, bound: Duration) -> ExitStatus {
        drop(self.stdin.take());
        let what = format!("the end of {}", self.name);
        within(&what, bound, async { while self.lines.recv().await.is_some() {} }).await;
        self.inner.wait().unwrap()
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        // Both fail only when it has ended and been reaped before.
        let _ = self.inner.kill();
        let _ = self.inner.wait();
    }
}

/// Reads on a thread of its own until the pipe closes: a program is never held up by a test that
/// does not look.
fn read_lines(
    pipe: impl Read + Send + 'static,
    mut keep: impl FnMut(String) + Send + 'static,
) -> JoinHandle<()> {
    thread::spawn(move || {
        let mut pipe = BufReader::new(pipe);
        let mut line = Vec::new();
        while pipe.read_until(b'\n', &mut line).is_ok_and(|read| read > 0) {
            keep(String::from_utf8_lossy(&line).trim_end().to_owned());
            line.clear();
        }
    })
}
