use super::*;
use fluent_bundle::FluentResource;
use std::collections::{BTreeMap, BTreeSet};
use std::{fs, path::Path};

/// Every key with its variables, read from the text itself.
fn keys(lang: Lang) -> BTreeMap<String, BTreeSet<String>> {
    let mut keys: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut key = String::new();
    for line in lang.sources().iter().flat_map(|source| source.lines()) {
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
        for source in lang.sources() {
            if let Err((_, errors)) = FluentResource::try_new((*source).to_owned()) {
                panic!("{}: {errors:?}", lang.tag());
            }
        }
        assert_eq!(lang.langid().to_string(), lang.tag());
    }
}

/// Every key that stands in a template or in our sources, whole.
fn used() -> BTreeSet<String> {
    let mut used = BTreeSet::new();
    let web = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/web");
    for folder in ["templates", "view", "."] {
        for file in fs::read_dir(web.join(folder)).unwrap() {
            let path = file.unwrap().path();
            if !path.is_file() || path.to_string_lossy().ends_with("_tests.rs") {
                continue;
            }
            let text = fs::read_to_string(&path).unwrap_or_default();
            for call in ["t(\"", "t1(\"", "t2(\"", "t3(\"", "t_args(\""] {
                for (at, _) in text.match_indices(call) {
                    if text[..at].ends_with(['.']) {
                        used.insert(text[at + call.len()..].split('"').next().unwrap().to_owned());
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
fn the_catalogue_is_shared_between_threads() {
    fn shared<T: Send + Sync>(_: &T) {}
    shared(&*CATALOGUE);
    assert_eq!(Lang::ZhCn.t("save"), "保存");
    assert_eq!(Lang::En.t("no-such-key"), "⟨no-such-key⟩");
}
