use super::Lang;
use super::catalogue::{langid, sources};
use fluent_bundle::FluentResource;
use std::collections::{BTreeMap, BTreeSet};
use std::{fs, path::Path};

/// Every key with its variables, read from the text itself.
fn keys(lang: Lang) -> BTreeMap<String, BTreeSet<String>> {
    let mut keys: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut key = String::new();
    for line in sources(lang).iter().flat_map(|source| source.lines()) {
        if line.starts_with('#') {
            continue;
        }
        if let Some((name, _)) = line.split_once(" = ").filter(|_| !line.starts_with([' ', '}'])) {
            key = name.to_owned();
            assert!(!keys.contains_key(&key), "{} says {key} twice", lang.tag());
        }
        let variables = keys.entry(key.clone()).or_default();
        for part in line.split('$').skip(1) {
            variables.insert(part.chars().take_while(char::is_ascii_alphanumeric).collect());
        }
    }
    keys.remove("");
    keys
}

#[test]
fn both_languages_say_the_same_things() {
    let (en, zh) = (keys(Lang::En), keys(Lang::ZhCn));
    let missing: Vec<_> = en.keys().filter(|key| !zh.contains_key(*key)).collect();
    let spare: Vec<_> = zh.keys().filter(|key| !en.contains_key(*key)).collect();
    assert!(missing.is_empty() && spare.is_empty(), "missing in zh-CN {missing:?}, spare {spare:?}");
    for (key, variables) in &en {
        // Chinese may leave out the year or a word's number, but must not ask for what is not given.
        assert!(zh[key].is_subset(variables), "{key}: {variables:?} and {:?}", zh[key]);
        assert!(variables.len() <= zh[key].len(), "{key} loses a variable in Chinese");
    }
}

#[test]
fn every_text_is_well_formed() {
    for lang in Lang::ALL {
        for source in sources(lang) {
            if let Err((_, errors)) = FluentResource::try_new((*source).to_owned()) {
                panic!("{}: {errors:?}", lang.tag());
            }
        }
        assert_eq!(langid(lang).to_string(), lang.tag());
    }
}

/// Every key that stands in a template or in our sources, whole.
fn used() -> BTreeSet<String> {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut folders = vec![src.join("web"), src.join("actors")];
    let mut used = BTreeSet::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            if path.to_string_lossy().ends_with("tests.rs") {
                continue;
            }
            let text = fs::read_to_string(&path).unwrap_or_default();
            let calls =
                ["t(\"", "t1(\"", "t2(\"", "t3(\"", "t_args(\"", "say(\"", "text(\"", "line(\"", "find(\""];
            for call in calls {
                for (at, _) in text.match_indices(call) {
                    if text[..at].ends_with(['.']) {
                        let key = text[at + call.len()..].split('"').next().unwrap();
                        // Strings are searched by `find` as well, but never for what looks like a key.
                        let plain = call.starts_with('t') && !call.starts_with("text");
                        if plain || key.contains('-') {
                            used.insert(key.to_owned());
                        }
                    }
                }
            }
        }
    }
    used
}

#[test]
fn every_key_that_is_used_exists() {
    let used = used();
    assert!(used.len() > 200, "the search for keys is broken: {}", used.len());
    for key in used {
        assert!(Lang::En.has(&key), "no text for {key}");
    }
}

#[test]
fn the_language_is_the_chosen_one_or_the_best_that_is_accepted() {
    let cases = [
        (Some("zh-CN"), Some("en"), Lang::ZhCn),
        (Some("fr"), Some("zh;q=0.3, en;q=0.2"), Lang::ZhCn),
        (None, Some("de-DE,de;q=0.9,zh-TW;q=0.8,en;q=0.7"), Lang::ZhCn),
        (None, Some("en-GB,zh;q=0.9"), Lang::En),
        (None, Some("zh;q=0, en;q=x"), Lang::En),
        (None, None, Lang::En),
        (Some(""), Some(",;;q=,"), Lang::En),
    ];
    for (chosen, accept, expected) in cases {
        assert_eq!(Lang::negotiate(chosen, accept), expected, "{chosen:?} {accept:?}");
    }
}

#[test]
fn every_metric_that_an_agent_sends_has_a_name_in_a_notice() {
    for lang in Lang::ALL {
        for metric in watchroom_domain::Metric::known() {
            let key = format!("notice-metric-{}", metric.name);
            assert!(lang.find(&key).is_some(), "{key}");
        }
    }
}

#[test]
fn what_is_missing_is_marked_and_numbers_are_grouped() {
    assert_eq!(Lang::ZhCn.t("save"), "保存");
    assert_eq!((Lang::En.t("no-such-key"), Lang::En.find("no-such-key")), ("⟨no-such-key⟩".to_owned(), None));
    assert_eq!(Lang::En.say("notice-unit-h", &[("n", "3")]), "3 h");
    assert_eq!(Lang::En.t_with("notice-unit-h", &[("n", &12_345u32)]), "12,345 h");
}

#[test]
fn every_kind_of_event_has_a_name_in_every_language() {
    let lacking = |lang: Lang| {
        let kinds = watchroom_domain::Event::KINDS.iter().map(|(_, name)| format!("kind-{name}"));
        kinds.filter(|key| !lang.has(key)).collect::<Vec<_>>()
    };
    assert_eq!(Lang::ALL.map(lacking), [Vec::<String>::new(), Vec::new()]);
}

#[test]
fn every_kind_of_notice_has_a_name_and_a_subject_in_every_language() {
    use watchroom_domain::NoticeKind as K;
    let kinds = [
        K::Fired,
        K::Released,
        K::Escalated,
        K::Flapping,
        K::Resolved,
        K::Changed,
        K::Digest,
        K::ChannelDown,
        K::ChannelBack,
        K::HubTroubled,
        K::HubRecovered,
        K::Letter,
        K::Test,
    ];
    for kind in kinds {
        let word = serde_json::to_value(kind).unwrap();
        let word = word.as_str().unwrap();
        for lang in Lang::ALL {
            assert!(lang.has(&format!("kind-{word}")), "{word} has no name in {lang:?}");
            assert!(lang.has(&format!("subject-{word}")), "{word} has no subject in {lang:?}");
        }
    }
}

/// Texts that are the same in every language: names, signs, and what a machine reads.
const SAME: &[&str] = &[
    "Watchroom",
    "· Watchroom",
    "Esc",
    "v",
    "g",
    "j",
    "k",
    "n",
    "°C",
    "channel/email",
    "file:/run/secrets/smtp",
];

/// What a reader would see of a template's own: its text, and the attributes that are read out or shown.
fn own_words(template: &str) -> Vec<String> {
    let mut text = template.to_owned();
    for (open, close) in [("{#", "#}"), ("{%", "%}"), ("{{", "}}")] {
        while let Some(start) = text.find(open) {
            let end = text[start..].find(close).map_or(text.len(), |end| start + end + close.len());
            text.replace_range(start..end, "\u{1}");
        }
    }
    // What is typed into a terminal is the same everywhere.
    for (open, close) in [("<pre", "</pre>"), ("<code", "</code>")] {
        while let Some(start) = text.find(open) {
            let end = text[start..].find(close).map_or(text.len(), |end| start + end + close.len());
            text.replace_range(start..end, "\u{1}");
        }
    }
    let mut found = Vec::new();
    for attribute in ["aria-label=\"", "placeholder=\"", "title=\"", "alt=\"", "data-done=\"", "label=\""] {
        for (at, _) in text.match_indices(attribute) {
            found.push(text[at + attribute.len()..].split('"').next().unwrap_or_default().to_owned());
        }
    }
    // What stands outside of tags; quotes within a tag may hold a bracket.
    let (mut inside, mut quoted, mut outside) = (false, false, String::new());
    for c in text.chars() {
        match c {
            '<' if !inside => inside = true,
            '"' if inside => quoted = !quoted,
            '>' if inside && !quoted => {
                inside = false;
                outside.push('\n');
            }
            _ if !inside => outside.push(c),
            _ => {}
        }
    }
    found.extend(outside.split(['\n', '\u{1}']).map(|part| part.trim().to_owned()));
    let said = |words: &String| !SAME.contains(&words.as_str()) && words.chars().any(char::is_alphabetic);
    found.into_iter().filter(said).collect()
}

#[test]
fn no_template_says_anything_that_is_not_in_the_catalogue() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/web/templates");
    let mut outside = Vec::new();
    for file in fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        let text = fs::read_to_string(&path).unwrap();
        for words in own_words(&text) {
            outside.push(format!("{}: {words:?}", path.file_name().unwrap().to_string_lossy()));
        }
    }
    assert!(outside.is_empty(), "{outside:#?}");
}

#[test]
fn what_a_template_says_of_its_own_is_found() {
    let page = "<p class=\"x\">{{ l.t(\"save\") }} now</p><i title=\"Here\">{% if a > b %}–{% endif %}</i>";
    assert_eq!(own_words(page), ["Here", "now"]);
}

/// Sentences that stand in Rust files of pages, in quotes: a refusal may, for it has a code by which it is
/// translated; a text that is shown as it stands may not.
#[test]
fn no_page_says_anything_that_is_not_in_the_catalogue() {
    let web = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/web");
    let mut outside = Vec::new();
    for folder in ["view", "fill", "pages"] {
        for file in fs::read_dir(web.join(folder)).unwrap() {
            let path = file.unwrap().path();
            if !path.is_file() || path.to_string_lossy().ends_with("_tests.rs") {
                continue;
            }
            let text = fs::read_to_string(&path).unwrap();
            let code = text.split("#[cfg(test)]").next().unwrap();
            for (n, line) in code.lines().enumerate() {
                let line = line.trim();
                if line.starts_with("//") || line.starts_with("#[") {
                    continue;
                }
                for said in line.split('"').skip(1).step_by(2).filter(|said| is_sentence(said)) {
                    let refused = code.lines().skip(n.saturating_sub(4)).take(6).any(|near| {
                        ["Refusal", "WebError", "tracing", "expect(", "message"]
                            .iter()
                            .any(|w| near.contains(w))
                    });
                    if !refused {
                        outside.push(format!("{}:{}: {said}", path.display(), n + 1));
                    }
                }
            }
        }
    }
    assert!(outside.is_empty(), "{outside:#?}");
}

/// Three words and more, of letters.
fn is_sentence(text: &str) -> bool {
    let words = text
        .split(' ')
        .filter(|word| word.len() > 1 && word.chars().all(|c| c.is_alphabetic() || c == '.' || c == ','));
    words.count() > 2
}
