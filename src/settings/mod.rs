//! Settings: `config/default.toml`, then the user's file, then `WATCHROOM__AREA__KEY`.
//!
//! Unknown keys are refused with the nearest known name. Secrets stand here as references only.

mod areas;
mod changes;
mod check;
mod secret;

pub use areas::{Agent, Console, Database, Hub, Log, Metrics, Secrets, Settings, Socket};
pub use changes::Change;
pub use check::{Problem, unknown_keys};
pub use secret::{Secret, SecretError};

use config::{Config, Environment, File, FileFormat};
use std::path::{Path, PathBuf};
use thiserror::Error;

/// Every key with its default and a comment.
pub const DEFAULTS: &str = include_str!("../../config/default.toml");

/// Settings that cannot be used.
#[derive(Debug, Error)]
pub enum SettingsError {
    /// The file cannot be read.
    #[error("{path}: {cause}")]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// Why.
        cause: std::io::Error,
    },
    /// Something in the file or the environment is wrong.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Wrong(Vec<Problem>),
    /// A value is of the wrong type.
    #[error("{0}")]
    Type(#[from] config::ConfigError),
}

/// Reads the settings.
///
/// # Errors
/// [`SettingsError`] that names every wrong key with its file and line.
pub fn load(file: Option<&Path>, environment: &[(String, String)]) -> Result<Settings, SettingsError> {
    let mut builder = Config::builder().add_source(File::from_str(DEFAULTS, FileFormat::Toml));
    let (mut problems, mut read) = (Vec::new(), None);
    if let Some(path) = file {
        let text = std::fs::read_to_string(path)
            .map_err(|cause| SettingsError::Unreadable { path: path.to_owned(), cause })?;
        problems.extend(unknown_keys(&path.display().to_string(), &text));
        builder = builder.add_source(File::from_str(&text, FileFormat::Toml));
        read = Some((path.display().to_string(), text));
    }
    let ours: Vec<_> = environment.iter().filter(|(k, _)| k.starts_with("WATCHROOM__")).cloned().collect();
    problems.extend(check::unknown_variables(&ours));
    if !problems.is_empty() {
        return Err(SettingsError::Wrong(problems));
    }
    let variables = Environment::with_prefix("WATCHROOM")
        .prefix_separator("__")
        .separator("__")
        .list_separator(",")
        .with_list_parse_key("socket.addresses")
        .with_list_parse_key("console.trusted_proxies")
        .with_list_parse_key("secrets.folders")
        .with_list_parse_key("secrets.variables")
        .try_parsing(true)
        .source(Some(ours.iter().cloned().collect()));
    let settings: Settings = builder.add_source(variables).build()?.try_deserialize()?;
    let read = read.as_ref().map(|(path, text)| (path.as_str(), text.as_str()));
    let problems: Vec<_> = settings.problems().into_iter().map(|p| p.placed(read, &ours)).collect();
    if problems.is_empty() { Ok(settings) } else { Err(SettingsError::Wrong(problems)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load_text(text: &str) -> Result<Settings, String> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("watchroom.toml");
        std::fs::write(&path, text).unwrap();
        load(Some(&path), &[]).map_err(|e| e.to_string())
    }

    #[test]
    fn the_defaults_are_whole_and_right() {
        let settings = load(None, &[]).unwrap();
        assert_eq!(settings.console.listen.port(), 8443);
    }

    #[test]
    fn an_unknown_key_is_refused_with_file_line_and_nearest_name() {
        let error = load_text("[console]\n\nlisten_on = \"1.2.3.4:1\"\n").unwrap_err();
        assert!(error.contains("watchroom.toml:3"), "{error}");
        assert!(error.contains("console.listen_on") && error.contains("console.listen"), "{error}");
        let error = load_text("[consol]\nlisten = \"1.2.3.4:1\"\n").unwrap_err();
        assert!(error.contains(":1") && error.contains("\"console\""), "{error}");
    }

    #[test]
    fn a_file_that_ends_the_parser_does_not_end_the_program() {
        let error = load_text("z=={\nz.").unwrap_err();
        assert!(error.contains("watchroom.toml:1") && error.contains("not TOML"), "{error}");
    }

    #[test]
    fn the_environment_stands_above_the_file_and_is_checked_too() {
        let one = |k: &str, v: &str| load(None, &[(k.to_owned(), v.to_owned())]).map_err(|e| e.to_string());
        assert_eq!(one("WATCHROOM__AGENT__INTERVAL_S", "7").unwrap().agent.interval_s, 7);
        let error = one("WATCHROOM__AGENT__INTERVALS", "7").unwrap_err();
        assert!(error.contains("agent.interval_s"), "{error}");
        let several = one("WATCHROOM__SOCKET__ADDRESSES", "a:1,b:2").unwrap();
        assert_eq!(several.socket.addresses, ["a:1", "b:2"]);
    }

    #[test]
    fn a_secret_is_a_reference_and_is_never_shown() {
        let error = load_text("[log]\nmaster_key = \"hunter2-hunter2\"\n").unwrap_err();
        assert!(error.contains("log.master_key") && !error.contains("hunter2"), "{error}");
        let settings = load_text("[log]\nmaster_key = \"env:SECRET_NAME\"\n").unwrap();
        assert!(!format!("{settings:?}").contains("SECRET_NAME"));
    }

    #[test]
    fn a_password_in_the_address_of_a_database_is_refused_and_not_shown() {
        for scheme in ["postgres", "postgresql", "mysql", "mariadb"] {
            let error =
                load_text(&format!("[database]\nurl = \"{scheme}://me:hunter2@db/log\"\n")).unwrap_err();
            assert!(error.contains("database.password") && !error.contains("hunter2"), "{error}");
            assert!(load_text(&format!("[database]\nurl = \"{scheme}://me@[::1]:1/log\"\n")).is_ok());
        }
        let error = load_text("[database]\npassword = \"hunter2\"\n").unwrap_err();
        assert!(error.contains("database.password") && !error.contains("hunter2"), "{error}");
        assert!(load_text("[database]\nurl = \"oracle://me@db/log\"\n").is_err());
    }

    #[test]
    fn values_out_of_bounds_are_refused() {
        for text in [
            "[agent]\ninterval_s = 0\n",
            "[console]\nplain_http = \"0.0.0.0:80\"\n",
            "[hub]\nlanguage = \"xx\"\n",
            "[hub]\npublic_url = \"watch.example\"\n",
            "[console]\ncertificate = \"a.pem\"\n",
            "[database]\nurl = \"memory:\"\n",
            "[socket]\naddresses = [\"watch.example.org\"]\n",
            "[socket]\naddresses = [\"watch.example.org:0\"]\n",
            "[socket]\naddresses = [\"a b:7443\"]\n",
            "[socket]\naddresses = [\"::1:7443\"]\n",
            "[socket]\naddresses = [\"a:1\",\"a:2\",\"a:3\",\"a:4\",\"a:5\",\"a:6\",\"a:7\",\"a:8\",\"a:9\"]\n",
        ] {
            let error = load_text(text).expect_err(text);
            assert!(error.contains("watchroom.toml:2: "), "{error}");
        }
        let long = format!("[socket]\naddresses = [\"{}:1\"]\n", "x".repeat(254));
        assert!(load_text(&long).is_err());
        assert!(load_text("[socket]\naddresses = [\"[2001:db8::1]:7443\", \"10.0.0.1:1\"]\n").is_ok());
        let variable = ("WATCHROOM__AGENT__INTERVAL_S".to_owned(), "0".to_owned());
        let error = load(None, &[variable]).unwrap_err().to_string();
        assert!(error.starts_with("WATCHROOM__AGENT__INTERVAL_S: "), "{error}");
    }
}
