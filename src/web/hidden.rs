//! What of an event is told to nobody, whoever may read the log.

/// Parts of the names of such fields. With what stands in them somebody could be somebody else, or could guess at
/// a secret for ever; a picture is no text.
const HIDDEN: &[&str] = &["password", "secret", "token_sha256", "code_sha256", "totp", "recovery", "jpeg"];

/// Whether the field of this name is told to nobody.
pub fn is_hidden(field: &str) -> bool {
    HIDDEN.iter().any(|part| field.contains(part))
}
