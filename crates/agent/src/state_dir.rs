//! Where the agent keeps what it must not forget, unless it is told otherwise.

use std::env;
use std::ffi::OsString;
use std::path::PathBuf;

/// The usual state folder: what systemd gives the unit, else `/var/lib/watchroom-agent` for root, else
/// the user's own.
pub fn default_state_dir() -> PathBuf {
    choose(|name| env::var_os(name).filter(|v| !v.is_empty()), rustix::process::geteuid().is_root())
}

fn choose(var: impl Fn(&str) -> Option<OsString>, root: bool) -> PathBuf {
    // A unit may have several, parted by colons.
    if let Some(given) = var("STATE_DIRECTORY").and_then(|d| env::split_paths(&d).next()) {
        return given;
    }
    if root {
        return PathBuf::from("/var/lib/watchroom-agent");
    }
    let own = var("XDG_STATE_HOME").map(PathBuf::from).filter(|d| d.is_absolute());
    let own = own.or_else(|| Some(PathBuf::from(var("HOME")?).join(".local/state")));
    own.unwrap_or_else(|| PathBuf::from(".")).join("watchroom-agent")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(vars: &[(&str, &str)], root: bool) -> PathBuf {
        choose(|name| vars.iter().find(|(n, _)| *n == name).map(|(_, v)| OsString::from(v)), root)
    }

    #[test]
    fn systemd_comes_first_then_root_then_the_user() {
        let all = [("STATE_DIRECTORY", "/a:/b"), ("XDG_STATE_HOME", "/x"), ("HOME", "/h")];
        assert_eq!(chosen(&all, true), PathBuf::from("/a"));
        assert_eq!(chosen(&all[1..], true), PathBuf::from("/var/lib/watchroom-agent"));
        assert_eq!(chosen(&all[1..], false), PathBuf::from("/x/watchroom-agent"));
        assert_eq!(chosen(&all[2..], false), PathBuf::from("/h/.local/state/watchroom-agent"));
    }
}
