//! The catalogue: every text of the console in every language, and which language a browser gets.

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use std::sync::LazyLock;
use unic_langid::LanguageIdentifier;

/// A language of the console.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Lang {
    /// English.
    #[default]
    En,
    /// Chinese, as written in the People's Republic.
    ZhCn,
}

impl Lang {
    /// Every language, in the order of the menu.
    pub const ALL: [Lang; 2] = [Lang::En, Lang::ZhCn];

    /// BCP 47 tag, as in the `lang` cookie and the `lang` attribute.
    pub fn tag(self) -> &'static str {
        match self {
            Lang::En => "en",
            Lang::ZhCn => "zh-CN",
        }
    }

    /// The language's own name.
    pub fn name(self) -> &'static str {
        match self {
            Lang::En => "English",
            Lang::ZhCn => "简体中文",
        }
    }

    /// The language of a tag; any kind of Chinese gets the Chinese we have.
    pub fn from_tag(tag: &str) -> Option<Lang> {
        let primary = tag.trim().split(['-', '_']).next()?;
        if primary.eq_ignore_ascii_case("en") {
            Some(Lang::En)
        } else if primary.eq_ignore_ascii_case("zh") {
            Some(Lang::ZhCn)
        } else {
            None
        }
    }

    /// The language to speak: what was chosen (the `lang` cookie), or else the best of
    /// `Accept-Language`, or else English.
    pub fn negotiate(chosen: Option<&str>, accept_language: Option<&str>) -> Lang {
        if let Some(lang) = chosen.and_then(Lang::from_tag) {
            return lang;
        }
        let mut best = (Lang::default(), 0.0);
        for part in accept_language.unwrap_or_default().split(',').take(32) {
            let mut words = part.split(';');
            let Some(lang) = words.next().and_then(Lang::from_tag) else { continue };
            let weight = words.find_map(|word| word.trim().strip_prefix("q="));
            let weight = weight.map_or(Some(1.0), |q| q.trim().parse::<f64>().ok()).unwrap_or(0.0);
            if weight > best.1 {
                best = (lang, weight);
            }
        }
        best.0
    }

    fn sources(self) -> &'static [&'static str] {
        match self {
            Lang::En => EN,
            Lang::ZhCn => ZH_CN,
        }
    }

    fn langid(self) -> LanguageIdentifier {
        // Our own tags are well formed; a test reads both.
        self.tag().parse().unwrap_or_default()
    }

    /// The text of this key.
    pub fn t(self, key: &str) -> String {
        self.text(key, None)
    }

    /// The text of this key with its variables filled in.
    pub fn t_with(self, key: &str, args: &FluentArgs<'_>) -> String {
        self.text(key, Some(args))
    }

    /// Whether the catalogue has this key.
    pub fn has(self, key: &str) -> bool {
        self.bundle().has_message(key)
    }

    fn bundle(self) -> &'static FluentBundle<FluentResource> {
        match self {
            Lang::En => &CATALOGUE.en,
            Lang::ZhCn => &CATALOGUE.zh_cn,
        }
    }

    fn text(self, key: &str, args: Option<&FluentArgs<'_>>) -> String {
        let bundle = self.bundle();
        let Some(pattern) = bundle.get_message(key).and_then(|message| message.value()) else {
            // Marked, so that it is seen: a test finds the marks before a reader does.
            return format!("⟨{key}⟩");
        };
        let mut errors = Vec::new();
        bundle.format_pattern(pattern, args, &mut errors).into_owned()
    }
}

/// A value that a text may hold.
pub trait Arg {
    /// As fluent takes it.
    fn value(&self) -> FluentValue<'_>;
}

impl<T: Arg + ?Sized> Arg for &T {
    fn value(&self) -> FluentValue<'_> {
        (**self).value()
    }
}

impl Arg for str {
    fn value(&self) -> FluentValue<'_> {
        self.into()
    }
}

impl Arg for String {
    fn value(&self) -> FluentValue<'_> {
        self.as_str().into()
    }
}

macro_rules! number_args {
    ($($number:ty)*) => {$(
        impl Arg for $number {
            fn value(&self) -> FluentValue<'_> {
                (*self).into()
            }
        }
    )*};
}
number_args!(u16 u32 u64 usize i32 i64 f64);

struct Catalogue {
    en: FluentBundle<FluentResource>,
    zh_cn: FluentBundle<FluentResource>,
}

/// Constant data, built from the embedded texts when first asked for: the same for every hub in a
/// process, so nothing is gained by passing it around.
static CATALOGUE: LazyLock<Catalogue> =
    LazyLock::new(|| Catalogue { en: bundle(Lang::En), zh_cn: bundle(Lang::ZhCn) });

fn bundle(lang: Lang) -> FluentBundle<FluentResource> {
    let mut bundle = FluentBundle::new_concurrent(vec![lang.langid()]);
    // Marks around variables are for mixed directions of writing, which none of our languages has.
    bundle.set_use_isolating(false);
    bundle.set_formatter(Some(|value, _| match value {
        FluentValue::Number(number) => Some(super::format::plain(number.value)),
        _ => None,
    }));
    for source in lang.sources() {
        // A text with an error in it is left out and the rest is used; a test refuses such a text.
        let resource = FluentResource::try_new((*source).to_owned()).unwrap_or_else(|(good, _)| good);
        bundle.add_resource_overriding(resource);
    }
    bundle
}

const EN: &[&str] = &[
    include_str!("locales/en/common.ftl"),
    include_str!("locales/en/units.ftl"),
    include_str!("locales/en/machines.ftl"),
    include_str!("locales/en/alerts.ftl"),
    include_str!("locales/en/rules.ftl"),
    include_str!("locales/en/silences.ftl"),
    include_str!("locales/en/checks.ftl"),
    include_str!("locales/en/mail.ftl"),
    include_str!("locales/en/channels.ftl"),
    include_str!("locales/en/people.ftl"),
    include_str!("locales/en/roster.ftl"),
    include_str!("locales/en/journal.ftl"),
    include_str!("locales/en/chats.ftl"),
    include_str!("locales/en/activity.ftl"),
    include_str!("locales/en/operations.ftl"),
    include_str!("locales/en/hub.ftl"),
    include_str!("locales/en/wall.ftl"),
];

const ZH_CN: &[&str] = &[
    include_str!("locales/zh-CN/common.ftl"),
    include_str!("locales/zh-CN/units.ftl"),
    include_str!("locales/zh-CN/machines.ftl"),
    include_str!("locales/zh-CN/alerts.ftl"),
    include_str!("locales/zh-CN/rules.ftl"),
    include_str!("locales/zh-CN/silences.ftl"),
    include_str!("locales/zh-CN/checks.ftl"),
    include_str!("locales/zh-CN/mail.ftl"),
    include_str!("locales/zh-CN/channels.ftl"),
    include_str!("locales/zh-CN/people.ftl"),
    include_str!("locales/zh-CN/roster.ftl"),
    include_str!("locales/zh-CN/journal.ftl"),
    include_str!("locales/zh-CN/chats.ftl"),
    include_str!("locales/zh-CN/activity.ftl"),
    include_str!("locales/zh-CN/operations.ftl"),
    include_str!("locales/zh-CN/hub.ftl"),
    include_str!("locales/zh-CN/wall.ftl"),
];

#[cfg(test)]
#[path = "i18n_tests.rs"]
mod tests;
