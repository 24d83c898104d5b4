//! Keys that nobody knows, and what was probably meant.

use config::{Config, File, FileFormat};
use std::collections::BTreeSet;
use std::fmt;
use toml_edit::{Document, Item, Table};

/// One thing that is wrong with the settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// File and line, or the variable, where known.
    pub place: Option<String>,
    /// What is wrong and what to do.
    pub text: String,
}

impl Problem {
    pub(super) fn value(key: &str, text: &str) -> Self {
        Self { place: None, text: format!("{key} {text}") }
    }

    /// Says where the value stands that it is about: in a variable, or in a file, which it names by its path and
    /// text.
    pub(super) fn placed(self, file: Option<(&str, &str)>, variables: &[(String, String)]) -> Self {
        let key = self.text.split(' ').next().unwrap_or_default().to_owned();
        let variable = format!("WATCHROOM__{}", key.to_uppercase().replace('.', "__"));
        if variables.iter().any(|(name, _)| *name == variable) {
            return Self { place: Some(variable), ..self };
        }
        let place = file.and_then(|(file, text)| {
            let document = Document::parse(text).ok()?;
            let keys = keys_of(document.as_table(), "");
            let start = keys.into_iter().find(|(k, _)| *k == key)?.1;
            Some(format!("{file}:{}", line_of(text, start)))
        });
        Self { place, ..self }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Some(place) => write!(f, "{place}: {}", self.text),
            None => f.write_str(&self.text),
        }
    }
}

/// Unknown keys of a file's text, each with its line.
pub fn unknown_keys(file: &str, text: &str) -> Vec<Problem> {
    // The parser that knows where keys stand has a fault by which some broken files end the program
    // (`z=={` and `z.` on two lines), so that another one looks at the file first.
    let whole = Config::builder().add_source(File::from_str(text, FileFormat::Toml)).build();
    if let Err(error) = whole {
        return vec![not_toml(file, &error.to_string())];
    }
    let document = match Document::parse(text) {
        Ok(document) => document,
        Err(error) => return vec![not_toml(file, &error.to_string())],
    };
    let known = known_keys();
    let mut problems = Vec::new();
    for (key, start) in keys_of(document.as_table(), "") {
        if !known.contains(&key) {
            let place = Some(format!("{file}:{}", line_of(text, start)));
            problems.push(Problem { place, text: unknown(&key, &known) });
        }
    }
    // Below an unknown area every key is unknown; the area itself says enough.
    let areas: Vec<_> = problems.iter().map(|p| p.text.clone()).filter(|t| t.contains("area")).collect();
    if !areas.is_empty() {
        problems.retain(|p| areas.contains(&p.text));
    }
    problems
}

/// What a parser says of a broken file: "TOML parse error at line 3, column 5", the line itself, and why.
fn not_toml(file: &str, said: &str) -> Problem {
    let number = said.split("at line ").nth(1).map(|rest| rest.chars().take_while(char::is_ascii_digit));
    let line = number.map(String::from_iter).filter(|n| !n.is_empty()).unwrap_or_else(|| "1".to_owned());
    let why = said.lines().rev().map(str::trim).find(|line| !line.is_empty()).unwrap_or("broken");
    Problem { place: Some(format!("{file}:{line}")), text: format!("not TOML: {why}") }
}

pub(super) fn unknown_variables(variables: &[(String, String)]) -> Vec<Problem> {
    let known = known_keys();
    let key = |name: &str| name.trim_start_matches("WATCHROOM__").to_lowercase().replace("__", ".");
    variables
        .iter()
        .filter(|(name, _)| !known.contains(&key(name)))
        .map(|(name, _)| Problem { place: Some(name.clone()), text: unknown(&key(name), &known) })
        .collect()
}

fn unknown(key: &str, known: &BTreeSet<String>) -> String {
    let what = if key.contains('.') { "setting" } else { "area of settings" };
    let same_depth = known.iter().filter(|k| k.contains('.') == key.contains('.'));
    let nearest = same_depth.min_by_key(|k| distance(k, key)).map_or("", String::as_str);
    format!("no {what} is called \"{key}\"; did you mean \"{nearest}\"?")
}

pub(super) fn known_keys() -> BTreeSet<String> {
    let document = Document::parse(super::DEFAULTS);
    document.map(|d| keys_of(d.as_table(), "").into_iter().map(|(k, _)| k).collect()).unwrap_or_default()
}

/// Every key below a table with where it begins, tables themselves included.
fn keys_of(table: &Table, prefix: &str) -> Vec<(String, usize)> {
    let mut keys = Vec::new();
    for (name, item) in table {
        let path = if prefix.is_empty() { name.to_owned() } else { format!("{prefix}.{name}") };
        let start = table.key(name).and_then(|k| k.span()).or_else(|| item.span()).map_or(0, |s| s.start);
        keys.push((path.clone(), start));
        if let Item::Table(inner) = item {
            keys.extend(keys_of(inner, &path));
        }
    }
    keys
}

fn line_of(text: &str, at: usize) -> usize {
    1 + text.as_bytes().iter().take(at).filter(|b| **b == b'\n').count()
}

/// Edits from one word to the other (Levenshtein 1966).
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}
