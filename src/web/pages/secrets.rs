//! Secrets that are typed into forms of channels: each stands in a file of ours, and settings name the file.

use crate::fresh;
use crate::web::Shared;
use crate::web::answer::WebError;
use crate::web::format::Locale;
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use std::path::PathBuf;
use watchroom_domain::TYPED_SECRET;

/// A secret that somebody typed.
pub struct Typed {
    /// The field of the form.
    pub field: String,
    /// The name of its file, which is not there yet.
    pub file: String,
    /// The secret itself.
    pub secret: String,
}

/// How every reference to a file of ours begins: as it is written now, and with the whole path, as it was once.
pub fn kept(web: &Shared) -> [String; 2] {
    [TYPED_SECRET.to_owned(), format!("file:{}/", web.secrets.display())]
}

/// The reference to a file of ours.
pub fn reference(file: &str) -> String {
    format!("{TYPED_SECRET}{file}")
}

/// A name that no secret of this channel had before.
pub fn file_name(channel: &str, now_us: i64) -> String {
    format!("{channel}-{}", fresh::id(now_us))
}

/// Keeps a secret that was typed, in a file that only the hub can read.
///
/// # Errors
/// When the file cannot be written.
pub async fn keep(web: &Shared, file: &str, secret: String) -> Result<(), WebError> {
    let (folder, file) = (web.secrets.clone(), web.secrets.join(file));
    let write = move || {
        use std::os::unix::fs::DirBuilderExt as _;
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(&folder).map_err(|e| e.to_string())?;
        crate::authority::write_private(&file, secret.as_bytes()).map_err(|e| e.to_string())
    };
    web.runtime.spawn_blocking(write).await.map_err(|_| WebError::Ended)?.map_err(WebError::File)
}

/// Removes the files of ours that settings named before and do not name any more. One that cannot be removed is
/// left: the settings count without it.
///
/// # Errors
/// When the hub is about to end.
pub async fn forget(
    web: &Shared,
    channel: &str,
    before: &Map<String, Value>,
    after: &Map<String, Value>,
) -> Result<(), WebError> {
    let still = named(web, channel, after);
    let gone: Vec<PathBuf> = named(web, channel, before).difference(&still).cloned().collect();
    remove(web, gone).await
}

/// Removes the files of secrets that came to nothing.
///
/// # Errors
/// When the hub is about to end.
pub async fn drop_typed(web: &Shared, files: Vec<String>) -> Result<(), WebError> {
    remove(web, files.iter().map(|file| web.secrets.join(file)).collect()).await
}

async fn remove(web: &Shared, files: Vec<PathBuf>) -> Result<(), WebError> {
    let remove = move || {
        for file in files {
            if let Err(error) = std::fs::remove_file(&file)
                && error.kind() != std::io::ErrorKind::NotFound
            {
                tracing::warn!(%error, "the file of a secret that is not used any more cannot be removed");
            }
        }
    };
    web.runtime.spawn_blocking(remove).await.map_err(|_| WebError::Ended)
}

/// The files of ours that settings name: those that were made by [`file_name`] for this channel.
fn named(web: &Shared, channel: &str, settings: &Map<String, Value>) -> BTreeSet<PathBuf> {
    let (mut found, starts, ours) = (BTreeSet::new(), kept(web), format!("{channel}-"));
    let mut values: Vec<&Value> = settings.values().collect();
    while let Some(value) = values.pop() {
        match value {
            Value::String(text) => {
                let file = starts.iter().find_map(|start| text.strip_prefix(start));
                let made = file.and_then(|file| file.strip_prefix(&ours));
                if made.is_some_and(|id| uuid::Uuid::try_parse(id).is_ok()) {
                    found.extend(file.map(|file| web.secrets.join(file)));
                }
            }
            Value::Array(rows) => values.extend(rows),
            Value::Object(cells) => values.extend(cells.values()),
            _ => {}
        }
    }
    found
}

/// What is said beside a secret that was typed into a form that was not kept for another reason: it stands nowhere.
pub fn type_again(l: &Locale, field: &str) -> (String, String) {
    (field.to_owned(), l.t("secret-type-again"))
}
