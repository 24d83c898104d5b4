//! The files that a backup encloses besides the log: one rule about their names, for the way out and back.

use std::path::PathBuf;

/// Name of the settings file inside of a backup.
pub(super) const SETTINGS: &str = "settings.toml";
/// Name of the master key inside of a backup.
pub(super) const MASTER_KEY: &str = "master.key";
/// The certificate that agents know the hub by.
pub(super) const AUTHORITY: &str = "ca.pem";
/// Its key, without which the certificate is of no use.
pub(super) const AUTHORITY_KEY: &str = "ca-key.pem";
/// Folder of the passwords that were typed into the console.
pub(super) const SECRETS: &str = "secrets";

/// Where in the data folder a file of this name in a backup belongs; none where no backup has it. No name leads
/// out of the folder.
pub(super) fn enclosed_name(name: &str) -> Option<PathBuf> {
    match name {
        SETTINGS => Some("settings-from-backup.toml".into()),
        AUTHORITY | AUTHORITY_KEY | MASTER_KEY => Some(name.into()),
        _ => {
            let (folder, file) = name.split_once('/')?;
            // What editors and other programs leave behind begins with a dot.
            let plain = !file.is_empty()
                && !file.starts_with('.')
                && !file.contains(|c: char| c == '/' || c.is_control());
            (folder == SECRETS && plain).then(|| name.into())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn no_name_in_a_backup_leads_out_of_the_data_folder() {
        assert_eq!(
            enclosed_name("secrets/smtp-password").as_deref(),
            Some(Path::new("secrets/smtp-password"))
        );
        assert_eq!(enclosed_name("ca.pem").as_deref(), Some(Path::new("ca.pem")));
        for name in [
            "../x",
            "/etc/passwd",
            "secrets/../../x",
            "secrets/",
            "secrets/.x",
            "secrets/a\nb",
            "watchroom.db",
            "",
        ] {
            assert_eq!(enclosed_name(name), None, "{name}");
        }
    }
}
