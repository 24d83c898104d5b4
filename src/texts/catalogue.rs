//! The texts themselves: Fluent files that are part of the program.

use super::{Lang, plain};
use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentResource, FluentValue};
use std::sync::LazyLock;
use unic_langid::LanguageIdentifier;

/// The files of `locales`, each of which is there in every language.
macro_rules! files {
    ($($file:literal)*) => {
        const EN: &[&str] = &[$(include_str!(concat!("locales/en/", $file, ".ftl"))),*];
        const ZH_CN: &[&str] = &[$(include_str!(concat!("locales/zh-CN/", $file, ".ftl"))),*];
    };
}

files! {
    "common"
    "units"
    "machines"
    "alerts"
    "rules"
    "silences"
    "checks"
    "mail"
    "channels"
    "people"
    "doors"
    "accounts"
    "letters"
    "roster"
    "journal"
    "chats"
    "activity"
    "operations"
    "hub"
    "wall"
    "api"
    "problems"
    "notices"
    "bot"
}

struct Catalogue {
    en: FluentBundle<FluentResource>,
    zh_cn: FluentBundle<FluentResource>,
}

/// Constant data, built from the embedded texts when first asked for: the same for every hub in a
/// process, so nothing is gained by passing it around.
static CATALOGUE: LazyLock<Catalogue> =
    LazyLock::new(|| Catalogue { en: read(Lang::En), zh_cn: read(Lang::ZhCn) });

/// The texts of a language.
pub(super) fn bundle(lang: Lang) -> &'static FluentBundle<FluentResource> {
    match lang {
        Lang::En => &CATALOGUE.en,
        Lang::ZhCn => &CATALOGUE.zh_cn,
    }
}

/// The files of a language.
pub(super) fn sources(lang: Lang) -> &'static [&'static str] {
    match lang {
        Lang::En => EN,
        Lang::ZhCn => ZH_CN,
    }
}

/// The language as Fluent names it.
pub(super) fn langid(lang: Lang) -> LanguageIdentifier {
    // Our own tags are well formed; a test reads both.
    lang.tag().parse().unwrap_or_default()
}

fn read(lang: Lang) -> FluentBundle<FluentResource> {
    let mut bundle = FluentBundle::new_concurrent(vec![langid(lang)]);
    // Marks around variables are for mixed directions of writing, which none of our languages has; in a mail's
    // subject they are seen.
    bundle.set_use_isolating(false);
    bundle.set_formatter(Some(|value, _| match value {
        FluentValue::Number(number) => Some(plain(number.value)),
        _ => None,
    }));
    for source in sources(lang) {
        // A text with an error in it is left out and the rest is used; a test refuses such a text.
        let resource = FluentResource::try_new((*source).to_owned()).unwrap_or_else(|(good, _)| good);
        bundle.add_resource_overriding(resource);
    }
    bundle
}
