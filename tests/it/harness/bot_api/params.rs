//! The parameters of a call, in each of the ways in which the Bot API takes them: query, form, JSON, multipart.

use super::http::Request;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Parameters by name, and files.
#[derive(Clone, Debug, Default)]
pub struct Params {
    values: Map<String, Value>,
    files: BTreeMap<String, Vec<u8>>,
}

impl Params {
    pub fn of(request: &Request) -> Self {
        let mut params = Self::default();
        if let Some((_, query)) = request.target.split_once('?') {
            params.form(query.as_bytes());
        }
        let (kind, rest) = request.content_type.split_once(';').unwrap_or((&request.content_type, ""));
        match kind.trim() {
            "application/json" => {
                if let Ok(Value::Object(values)) = serde_json::from_slice(&request.body) {
                    params.values.extend(values);
                }
            }
            "multipart/form-data" => {
                let boundary = rest.split("boundary=").nth(1).unwrap_or_default().trim().trim_matches('"');
                params.multipart(&request.body, boundary);
            }
            _ => params.form(&request.body),
        }
        params
    }

    fn form(&mut self, bytes: &[u8]) {
        for (name, value) in url::form_urlencoded::parse(bytes) {
            self.values.insert(name.into_owned(), Value::String(value.into_owned()));
        }
    }

    fn multipart(&mut self, body: &[u8], boundary: &str) {
        let mark = format!("--{boundary}");
        let starts: Vec<usize> = find_all(body, mark.as_bytes());
        for pair in starts.windows(2) {
            // A line end after the mark, and one before the next.
            let part = &body[pair[0] + mark.len()..pair[1]];
            let part = part.strip_prefix(b"\r\n").unwrap_or(part);
            let part = part.strip_suffix(b"\r\n").unwrap_or(part);
            let Some(at) = find_all(part, b"\r\n\r\n").first().copied() else { continue };
            let (head, content) = (String::from_utf8_lossy(&part[..at]), &part[at + 4..]);
            let quoted = |key: &str| head.split(&format!("; {key}=\"")).nth(1)?.split('"').next();
            let Some(name) = quoted("name").map(str::to_owned) else { continue };
            if head.contains("filename=") {
                self.files.insert(name, content.to_vec());
            } else {
                self.values.insert(name, Value::String(String::from_utf8_lossy(content).into_owned()));
            }
        }
    }

    pub fn text(&self, name: &str) -> Option<String> {
        match self.values.get(name)? {
            Value::String(text) => Some(text.clone()),
            Value::Null => None,
            other => Some(other.to_string()),
        }
    }

    pub fn int(&self, name: &str) -> Option<i64> {
        self.text(name)?.parse().ok()
    }

    pub fn flag(&self, name: &str) -> bool {
        self.text(name).is_some_and(|text| text.eq_ignore_ascii_case("true") || text == "1")
    }

    /// A structure: as such, or as JSON in a text.
    pub fn json(&self, name: &str) -> Option<Value> {
        match self.values.get(name)? {
            Value::String(text) => serde_json::from_str(text).ok(),
            Value::Null => None,
            other => Some(other.clone()),
        }
    }

    /// A file: the parameter names its part (`attach://part`), or is the part itself.
    pub fn file(&self, name: &str) -> Option<Vec<u8>> {
        let attached = self.text(name).and_then(|text| text.strip_prefix("attach://").map(str::to_owned));
        self.files.get(attached.as_deref().unwrap_or(name)).cloned()
    }
}

fn find_all(bytes: &[u8], wanted: &[u8]) -> Vec<usize> {
    bytes.windows(wanted.len()).enumerate().filter(|(_, w)| *w == wanted).map(|(at, _)| at).collect()
}
