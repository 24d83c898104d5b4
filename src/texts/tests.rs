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
