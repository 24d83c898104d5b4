//! What the hub takes of each field, for the document: lengths, ranges, the signs of a text. The domain holds it; here
//! it is said, so that a program knows before it asks.

use serde_json::{Value, json};

/// One field of a schema, or of one of its forms: the schema's name, the field's, and its bound.
type Row = (&'static str, &'static str, Bound);

/// What a field is bound by.
#[derive(Clone, Copy)]
enum Bound {
    /// A text that says something, of at most so many characters.
    Said(u32),
    /// A text of at most so many characters, which may be empty.
    Text(u32),
    /// A list of texts of at most so many characters each.
    Texts(u32),
    /// At least and at most so many things.
    Items(u32, Option<u32>),
    /// A number between these, both of them taken.
    From(f64, f64),
    /// A text of at least so many characters.
    Least(u32),
    /// A text that this pattern describes.
    Like(&'static str),
    /// One of these words.
    OneOf(&'static [&'static str]),
}

/// White space that is trimmed.
const SPACE: &str = r"[\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]*";
/// What a text is made of: anything but control characters.
const SIGN: &str = r"[^\u0000-\u0009\u000b-\u001f\u007f-\u009f]";
/// What a text says something by.
const SEEN: &str = r"[^\u0000-\u0020\u007f-\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]";
/// Longer texts are said to be so in words only: programs that make texts by patterns choke on such counts.
const LONGEST_COUNTED: u32 = 256;
/// A login name.
const LOGIN: &str = "^[A-Za-z0-9][A-Za-z0-9._-]{1,30}[A-Za-z0-9]$";
/// The name of a metric.
const METRIC: &str = "^[a-z][a-z0-9_]{0,63}$";
/// The longest time that anything is waited for, in seconds.
const WEEK_S: f64 = 604_800.0;

const ROWS: &[Row] = &[
    ("MachineInput", "name", Bound::Said(64)),
    ("MachineInput", "number", Bound::Text(64)),
    ("MachineInput", "address", Bound::Text(128)),
    ("MachineInput", "place", Bound::Text(128)),
    ("MachineInput", "model", Bound::Text(128)),
    ("MachineInput", "tags", Bound::Texts(32)),
    ("MachineInput", "note", Bound::Text(2_000)),
    ("MachinePatch", "name", Bound::Said(64)),
    ("MachinePatch", "number", Bound::Text(64)),
    ("MachinePatch", "address", Bound::Text(128)),
    ("MachinePatch", "place", Bound::Text(128)),
    ("MachinePatch", "model", Bound::Text(128)),
    ("MachinePatch", "tags", Bound::Texts(32)),
    ("MachinePatch", "note", Bound::Text(2_000)),
    ("KeeperPatch", "name", Bound::Text(64)),
    ("KeeperPatch", "phone", Bound::Text(64)),
    ("KeeperPatch", "mail", Bound::Text(254)),
    ("ProfilePatch", "phone", Bound::Text(40)),
    ("CheckInput", "name", Bound::Said(64)),
    ("CheckInput", "interval_s", Bound::From(10.0, 1_800.0)),
    ("CheckInput", "timeout_s", Bound::From(1.0, 60.0)),
    ("Target", "status", Bound::From(100.0, 599.0)),
    ("Target", "contains", Bound::Text(100)),
    ("RuleInput", "name", Bound::Said(64)),
    ("RuleInput", "escalation", Bound::Items(0, Some(5))),
    ("RulePatch", "name", Bound::Said(64)),
    ("RulePatch", "escalation", Bound::Items(0, Some(5))),
    ("Condition", "metric", Bound::Like(METRIC)),
    ("Step", "after_s", Bound::From(5.0, WEEK_S)),
    ("Step", "to", Bound::Items(1, Some(20))),
    ("Scope", "tag", Bound::Said(32)),
    ("SilenceInput", "reason", Bound::Said(200)),
    ("GroupInput", "name", Bound::Said(64)),
    ("WallInput", "name", Bound::Said(64)),
    ("WallInput", "tag", Bound::Text(32)),
    ("TokenInput", "name", Bound::Said(64)),
    ("TokenInput", "scopes", Bound::Items(1, None)),
    ("QuietHours", "days", Bound::Items(1, None)),
    ("AccessSettings", "role", Bound::OneOf(&["viewer", "member"])),
    ("Registration", "login", Bound::Like(LOGIN)),
    ("Registration", "password", Bound::Least(12)),
    ("Reset", "password", Bound::Least(12)),
    ("NewPassword", "password", Bound::Least(12)),
];

/// Says in the schemas what is taken.
pub fn tighten(schemas: &mut Value) {
    for (schema, field, bound) in ROWS {
        let Some(schema) = schemas.get_mut(*schema) else { continue };
        match schema.get_mut("oneOf").and_then(Value::as_array_mut) {
            Some(forms) => forms.iter_mut().for_each(|form| bind(form, field, *bound)),
            None => bind(schema, field, *bound),
        }
    }
}

fn bind(schema: &mut Value, field: &str, bound: Bound) {
    let Some(Value::Object(field)) = schema.pointer_mut(&format!("/properties/{field}")) else { return };
    match bound {
        Bound::Said(most) => said(field, most),
        Bound::Text(most) => text(field, most),
        Bound::Texts(most) => {
            if let Some(Value::Object(item)) = field.get_mut("items") {
                text(item, most);
            }
        }
        Bound::Items(least, most) => {
            if least > 0 {
                field.insert("minItems".to_owned(), json!(least));
            }
            if let Some(most) = most {
                field.insert("maxItems".to_owned(), json!(most));
            }
        }
        Bound::From(least, most) => {
            field.insert("minimum".to_owned(), json!(least));
            field.insert("maximum".to_owned(), json!(most));
        }
        Bound::Least(least) => {
            field.insert("minLength".to_owned(), json!(least));
        }
        Bound::Like(pattern) => {
            field.insert("pattern".to_owned(), json!(pattern));
        }
        Bound::OneOf(words) => {
            field.clear();
            field.insert("type".to_owned(), json!("string"));
            field.insert("enum".to_owned(), json!(words));
        }
    }
}

type Field = serde_json::Map<String, Value>;

fn said(field: &mut Field, most: u32) {
    field.insert("minLength".to_owned(), json!(1));
    field.insert("pattern".to_owned(), json!(format!("^{SPACE}{}{SPACE}$", words(most))));
}

fn text(field: &mut Field, most: u32) {
    field.insert("pattern".to_owned(), json!(format!("^{SPACE}({})?{SPACE}$", words(most))));
}

/// Words of at most so many characters, white space around them aside: that is why no `maxLength` says it.
fn words(most: u32) -> String {
    let between = if most > LONGEST_COUNTED { "*".to_owned() } else { format!("{{0,{}}}", most - 2) };
    format!("{SEEN}({SIGN}{between}{SEEN})?")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::api::document::{document, unbound};

    #[test]
    fn every_row_binds_a_field() {
        let (bound, free) = (document(), serde_json::to_value(unbound()).unwrap());
        for (schema, field, _) in ROWS {
            let at = format!("/components/schemas/{schema}");
            let of = |all: &Value| {
                let schema = all.pointer(&at).cloned().unwrap_or_default();
                let forms = schema["oneOf"].as_array().cloned().unwrap_or_else(|| vec![schema]);
                forms.into_iter().map(|form| form["properties"][*field].clone()).collect::<Vec<_>>()
            };
            assert_ne!(of(&bound), of(&free), "{schema} {field}");
        }
    }
}
