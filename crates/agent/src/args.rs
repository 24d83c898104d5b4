//! Arguments of the small program.

use std::ffi::OsString;
use std::io::Read as _;
use std::path::PathBuf;
use std::time::Duration;
use watchroom_agent::default_state_dir;

pub(crate) const HELP: &str = "\
watchroom-agent watches this machine and tells a Watchroom hub how it is: processor, load, memory,
disks, network, sensors, GPUs, users, batteries. It dials out, so it works behind NAT; it opens no port, needs no root,
and never runs anything for the hub. While the hub cannot be reached it keeps its readings on disk.

Usage:
  watchroom-agent --join TOKEN     become a machine of the hub that gave the token, then watch
  watchroom-agent                  watch; for a machine that has joined

The token is on the hub's page of the machine, under \"Add agent\". It is good for a short time only.

Options:
  --join TOKEN        the token; - reads it from standard input, where other users cannot see it
  --state DIR         where identity and unsent readings lie
                      [$STATE_DIRECTORY, else /var/lib/watchroom-agent as root,
                      else $XDG_STATE_HOME/watchroom-agent or ~/.local/state/watchroom-agent]
  --interval SECONDS  time between readings, 1 to 60 [5]
  --no-processes      never say which processes use most; without it the hub may ask while an alert of
                      this machine is open, and is told names and users of the first 5 by processor
                      and by memory, no arguments
  --checks on|off     run the checks that the hub's administrators assign to this machine: requests for
                      pages, TCP connections and TLS handshakes, nothing else [on]
  --verbose           report each attempt to connect
  --help              this text
  --version           the version

Exit codes: 0 stopped by a signal, 1 something failed, 2 wrong usage, 3 cannot join, 4 not joined yet.
";

/// What was asked for.
#[derive(Debug, PartialEq)]
pub(crate) enum Asked {
    /// The text above.
    Help,
    /// Name and version.
    Version,
    /// To work.
    Run(Args),
}

/// How to work.
#[derive(Debug, PartialEq)]
pub(crate) struct Args {
    pub(crate) join: Option<String>,
    pub(crate) state_dir: PathBuf,
    pub(crate) interval: Duration,
    pub(crate) verbose: bool,
    pub(crate) processes: bool,
    pub(crate) checks: bool,
}

pub(crate) fn parse(args: impl Iterator<Item = OsString>) -> Result<Asked, String> {
    let mut args = args.map(|a| a.into_string().map_err(|a| format!("not UTF-8: {}", a.display())));
    let mut out = Args {
        join: None,
        state_dir: default_state_dir(),
        interval: Duration::from_secs(5),
        verbose: false,
        processes: true,
        checks: true,
    };
    while let Some(arg) = args.next() {
        let arg = arg?;
        let (name, given) = match arg.split_once('=') {
            Some((name, value)) if name.starts_with("--") => (name, Some(value.to_owned())),
            _ => (arg.as_str(), None),
        };
        let mut value = || match given.clone() {
            Some(value) => Ok(value),
            None => args.next().unwrap_or_else(|| Err(format!("{name} needs a value"))),
        };
        match name {
            "-h" | "--help" => return Ok(Asked::Help),
            "-V" | "--version" => return Ok(Asked::Version),
            "-v" | "--verbose" => out.verbose = true,
            "--no-processes" => out.processes = false,
            "--checks" => out.checks = on(&value()?)?,
            "--join" => out.join = Some(token(value()?)?),
            "--state" => out.state_dir = value()?.into(),
            "--interval" => out.interval = interval(&value()?)?,
            _ => return Err(format!("unknown argument {arg:?}")),
        }
    }
    Ok(Asked::Run(out))
}

fn token(given: String) -> Result<String, String> {
    if given != "-" {
        return Ok(given);
    }
    let mut text = String::new();
    let read = std::io::stdin().take(8192).read_to_string(&mut text);
    read.map(|_| text).map_err(|e| format!("the token cannot be read: {e}"))
}

fn interval(text: &str) -> Result<Duration, String> {
    match text.parse() {
        Ok(seconds @ 1..=60) => Ok(Duration::from_secs(seconds)),
        _ => Err(format!("--interval takes whole seconds from 1 to 60, not {text:?}")),
    }
}

fn on(text: &str) -> Result<bool, String> {
    match text {
        "on" => Ok(true),
        "off" => Ok(false),
        _ => Err(format!("--checks takes on or off, not {text:?}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Asked, String> {
        parse(line.split_whitespace().map(OsString::from))
    }

    #[test]
    fn arguments_are_understood_in_both_ways_of_writing() {
        let expected = Args {
            join: Some("wr1-x".into()),
            state_dir: "/s".into(),
            interval: Duration::from_secs(7),
            verbose: true,
            processes: false,
            checks: false,
        };
        let expected = Ok(Asked::Run(expected));
        assert_eq!(parsed("--join wr1-x --state /s --interval 7 -v --no-processes --checks off"), expected);
        assert_eq!(
            parsed("--join=wr1-x --state=/s --interval=7 --verbose --no-processes --checks=off"),
            expected
        );
        assert_eq!(parsed("--version"), Ok(Asked::Version));
        assert_eq!(parsed("--state /s -h"), Ok(Asked::Help));
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (line, named) in [
            ("--intervall 7", "--intervall"),
            ("--interval 0", "1 to 60"),
            ("--checks maybe", "on or off"),
            ("--interval 61", "1 to 60"),
            ("--interval 1.5", "1.5"),
            ("--join", "--join needs a value"),
            ("wr1-x", "wr1-x"),
        ] {
            let wrong = parsed(line).unwrap_err();
            assert!(wrong.contains(named), "{wrong}");
        }
    }
}
