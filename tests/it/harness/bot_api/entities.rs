//! HTML as the Bot API takes it: a few tags, properly nested, and nothing else.

use serde_json::{Value, json};

/// Kinds of entities by tag.
const TAGS: [(&str, &str); 14] = [
    ("b", "bold"),
    ("strong", "bold"),
    ("i", "italic"),
    ("em", "italic"),
    ("u", "underline"),
    ("ins", "underline"),
    ("s", "strikethrough"),
    ("strike", "strikethrough"),
    ("del", "strikethrough"),
    ("code", "code"),
    ("pre", "pre"),
    ("a", "text_link"),
    ("tg-spoiler", "spoiler"),
    ("blockquote", "blockquote"),
];

struct Open {
    tag: String,
    /// In UTF-16 code units of the text.
    offset: usize,
    href: String,
}

/// The text and its entities.
pub fn parse(html: &str) -> Result<(String, Vec<Value>), String> {
    let (mut text, mut entities, mut open) = (String::new(), Vec::new(), Vec::<Open>::new());
    let mut at = 0;
    while let Some(c) = html[at..].chars().next() {
        match c {
            '&' => {
                let (decoded, length) = character(&html[at..]);
                text.push_str(&decoded);
                at += length;
            }
            '<' => {
                let end = html[at..].find('>').ok_or_else(|| wrong("Unclosed start tag", at))?;
                let inside = &html[at + 1..at + end];
                match inside.strip_prefix('/') {
                    Some(name) => close(name.trim(), at, &text, &mut open, &mut entities)?,
                    None => open.push(start(inside, at, units(&text))?),
                }
                at += end + 1;
            }
            c => {
                text.push(c);
                at += c.len_utf8();
            }
        }
    }
    match open.pop() {
        Some(left) => {
            Err(format!("can't parse entities: Can't find end tag corresponding to start tag {}", left.tag))
        }
        None => Ok((text, entities)),
    }
}

fn start(inside: &str, at: usize, offset: usize) -> Result<Open, String> {
    let tag = inside.split_whitespace().next().unwrap_or_default().to_lowercase();
    if !TAGS.iter().any(|(known, _)| *known == tag) {
        let what = format!("Unsupported start tag \"{tag}\"");
        return Err(wrong(&what, at));
    }
    let href = inside.split("href=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap_or_default();
    Ok(Open { tag, offset, href: decode(href) })
}

fn close(
    name: &str,
    at: usize,
    text: &str,
    open: &mut Vec<Open>,
    entities: &mut Vec<Value>,
) -> Result<(), String> {
    let Some(begun) = open.pop() else { return Err(wrong("Unexpected end tag", at)) };
    if !name.is_empty() && name != begun.tag {
        let what = "Unmatched end tag";
        return Err(format!("{}, expected \"</{}>\", found \"</{name}>\"", wrong(what, at), begun.tag));
    }
    let length = units(text) - begun.offset;
    let kind = TAGS.iter().find(|(tag, _)| *tag == begun.tag).map_or("", |(_, kind)| *kind);
    if length > 0 && (kind != "text_link" || !begun.href.is_empty()) {
        let mut entity = json!({"type": kind, "offset": begun.offset, "length": length});
        if kind == "text_link" {
            entity["url"] = json!(begun.href);
        }
        entities.push(entity);
    }
    Ok(())
}

/// What an `&` begins, and its length in bytes.
fn character(html: &str) -> (String, usize) {
    let end = html.char_indices().take(10).find(|(_, c)| *c == ';').map(|(at, _)| at);
    let named = end.and_then(|end| {
        let name = &html[1..end];
        let number = name.strip_prefix('#');
        let hex = number.and_then(|n| n.strip_prefix(['x', 'X']));
        let code =
            hex.map_or_else(|| number.and_then(|n| n.parse().ok()), |hex| u32::from_str_radix(hex, 16).ok());
        let c = match name {
            "lt" => Some('<'),
            "gt" => Some('>'),
            "amp" => Some('&'),
            "quot" => Some('"'),
            _ => code.and_then(char::from_u32),
        };
        c.map(|c| (c.to_string(), end + 1))
    });
    named.unwrap_or_else(|| ("&".to_owned(), 1))
}

fn decode(text: &str) -> String {
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&")
}

fn wrong(what: &str, at: usize) -> String {
    format!("can't parse entities: {what} at byte offset {at}")
}

/// Length in UTF-16 code units, in which the Bot API counts.
pub fn units(text: &str) -> usize {
    text.encode_utf16().count()
}

#[test]
fn html_is_parsed_as_strictly_as_the_bot_api_does() {
    let (text, entities) = parse("<b>a</b> &lt;x&gt; <a href=\"https://e.org/?a=1&amp;b\">𝄞</a>").unwrap();
    assert_eq!(text, "a <x> 𝄞");
    assert_eq!(entities[0], json!({"type": "bold", "offset": 0, "length": 1}));
    assert_eq!(entities[1]["length"], 2);
    assert_eq!(entities[1]["url"], "https://e.org/?a=1&b");
    for wrong in ["<script>x</script>", "<b>x", "x</b>", "<b><i>x</b></i>", "a < b"] {
        assert!(parse(wrong).unwrap_err().starts_with("can't parse entities: "), "{wrong}");
    }
}
