//! Lists that are searched, narrowed, sorted and turned page by page. What they show stands in their address,
//! so that it can be kept, sent to somebody and returned to; nothing of it needs a script.

use super::format::Locale;
use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::HashMap;

/// Rows of one page.
pub const PAGE: usize = 50;
/// Characters of a filter that count.
const LONGEST: usize = 100;
/// The last page that is turned to.
const LAST_PAGE: usize = 100_000;

/// What an address says, name by name.
pub type Pairs = actix_web::web::Query<HashMap<String, String>>;

/// Which way a list is sorted at first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dir {
    /// Least first.
    Up,
    /// Greatest first.
    Down,
}

impl Dir {
    /// Its word in addresses.
    pub fn word(self) -> &'static str {
        match self {
            Dir::Up => "asc",
            Dir::Down => "desc",
        }
    }

    fn turned(self) -> Self {
        match self {
            Dir::Up => Dir::Down,
            Dir::Down => Dir::Up,
        }
    }
}

/// What a list can be asked for.
#[derive(Debug)]
pub struct Spec {
    /// Its address.
    pub path: &'static str,
    /// What it can be narrowed by, in the order of the address; `q` is the search.
    pub filters: &'static [&'static str],
    /// Filters that take one of these words only.
    pub words: &'static [(&'static str, &'static [&'static str])],
    /// What it can be sorted by, each with the direction that is meant first; the first of all is how it is
    /// sorted when nothing is said.
    pub sorts: &'static [(&'static str, Dir)],
}

/// A list as it was asked for.
#[derive(Clone, Debug)]
pub struct Asked {
    spec: &'static Spec,
    path: Cow<'static, str>,
    filters: Vec<String>,
    sort: &'static str,
    dir: Dir,
    page: usize,
    /// Filters that say a word which nobody knows.
    unread: Vec<&'static str>,
}

impl Asked {
    /// What an address asks of a list. A name that it does not know is left out; a word that it does not know is
    /// not, for the list would be taken for what was asked for: it shows nothing then.
    pub fn of(spec: &'static Spec, pairs: &HashMap<String, String>) -> Self {
        let said = |name: &str| pairs.get(name).map(String::as_str).unwrap_or_default();
        let short = |name: &&str| said(name).trim().chars().take(LONGEST).collect();
        let known = spec.sorts.iter().find(|(word, _)| *word == said("sort"));
        let (sort, first) = known.or_else(|| spec.sorts.first()).copied().unwrap_or(("", Dir::Up));
        let dir = match said("dir") {
            "asc" => Dir::Up,
            "desc" => Dir::Down,
            _ => first,
        };
        let page = said("page").parse().unwrap_or(1).clamp(1, LAST_PAGE);
        let filters = spec.filters.iter().map(short).collect();
        let path = Cow::Borrowed(spec.path);
        let mut asked = Self { spec, path, filters, sort, dir, page, unread: Vec::new() };
        let unknown = |(name, known): &(&'static str, &[&str])| {
            let word = asked.filter(name);
            (!word.is_empty() && !known.contains(&word)).then_some(*name)
        };
        asked.unread = spec.words.iter().filter_map(unknown).collect();
        asked
    }

    /// The same list at an address of its own, where there are several of its kind.
    pub fn at_path(self, path: String) -> Self {
        Self { path: Cow::Owned(path), ..self }
    }

    /// What it is narrowed to by this; empty for everything.
    pub fn filter(&self, name: &str) -> &str {
        let nth = self.spec.filters.iter().position(|known| *known == name);
        nth.and_then(|nth| self.filters.get(nth)).map(String::as_str).unwrap_or_default()
    }

    /// Whether every word of it is known; nothing is to be shown otherwise.
    pub fn understood(&self) -> bool {
        self.unread.is_empty()
    }

    /// The words that are searched for, in lower case.
    pub fn words(&self) -> Vec<String> {
        self.filter("q").to_lowercase().split_whitespace().map(str::to_owned).collect()
    }

    /// Whether the first page is asked for.
    pub fn first(&self) -> bool {
        self.page == 1
    }

    /// Whether it is narrowed at all.
    pub fn narrowed(&self) -> bool {
        self.filters.iter().any(|value| !value.is_empty())
    }

    /// What it is sorted by.
    pub fn sort(&self) -> &'static str {
        self.sort
    }

    /// Which way.
    pub fn dir(&self) -> Dir {
        self.dir
    }

    /// An order the way round that was asked for.
    pub fn directed(&self, order: Ordering) -> Ordering {
        if self.dir == Dir::Up { order } else { order.reverse() }
    }

    /// Its address with nothing but what it is narrowed to and sorted by.
    pub fn address(&self) -> String {
        self.at(self.sort, self.dir, 1)
    }

    /// The question mark and what follows it, as it was asked for; empty where nothing was.
    pub fn query(&self) -> String {
        let address = self.at(self.sort, self.dir, self.page);
        address.strip_prefix(&*self.path).unwrap_or_default().to_owned()
    }

    fn at(&self, sort: &str, dir: Dir, page: usize) -> String {
        let mut pairs = url::form_urlencoded::Serializer::new(String::new());
        let named = self.spec.filters.iter().zip(&self.filters);
        pairs.extend_pairs(named.filter(|(_, value)| !value.is_empty()));
        if self.spec.sorts.first() != Some(&(sort_word(self.spec, sort), dir)) {
            pairs.append_pair("sort", sort).append_pair("dir", dir.word());
        }
        if page > 1 {
            pairs.append_pair("page", &page.to_string());
        }
        let query = pairs.finish();
        let mark = if query.is_empty() { "" } else { "?" };
        format!("{}{mark}{query}", self.path)
    }

    /// The head of a column; one that the list can be sorted by leads there.
    pub fn column(&self, l: &Locale, key: &str, sort: &str) -> Column {
        let known = self.spec.sorts.iter().find(|(word, _)| *word == sort);
        let href = known.map(|(word, first)| {
            let dir = if self.sort == *word { self.dir.turned() } else { *first };
            self.at(word, dir, 1)
        });
        let sorted = known.filter(|(word, _)| self.sort == *word).map(|_| self.dir);
        Column { text: l.t(key), sort: known.map_or("", |(word, _)| word), href, sorted }
    }

    /// The rows of the page that was asked for, and where the others are; a page behind the last is the last.
    pub fn cut<T>(&self, rows: Vec<T>) -> (Vec<T>, Turn) {
        let rows = if self.understood() { rows } else { Vec::new() };
        let count = rows.len();
        let last = count.div_ceil(PAGE).max(1);
        let page = self.page.min(last);
        let skipped = (page - 1) * PAGE;
        let shown: Vec<T> = rows.into_iter().skip(skipped).take(PAGE).collect();
        let to = |page: usize| self.at(self.sort, self.dir, page);
        let turn = Turn {
            before: (page > 1).then(|| to(page - 1)),
            next: (page < last).then(|| to(page + 1)),
            first: if count == 0 { 0 } else { skipped + 1 },
            last: skipped + shown.len(),
            count: Some(count),
            unread: self.unread.clone(),
        };
        (shown, turn)
    }
}

/// What a page shows of a list besides its rows.
#[derive(Clone, Debug, Default)]
pub struct Listed {
    /// Its address, without what is asked for.
    pub path: String,
    /// What it is narrowed to, name by name.
    pub said: Vec<(&'static str, String)>,
    /// Heads of its columns.
    pub columns: Vec<Column>,
    /// The other pages.
    pub turn: Turn,
    /// What was asked for, question mark included, or nothing.
    pub query: String,
    /// Whether it is narrowed at all.
    pub narrowed: bool,
    /// How many rows there are, whatever it is narrowed to.
    pub total: usize,
}

impl Listed {
    /// What it is narrowed to by this; empty for everything.
    pub fn filter(&self, name: &str) -> &str {
        self.said.iter().find(|(known, _)| *known == name).map_or("", |(_, value)| value)
    }

    /// The column that it is sorted by with this word.
    pub fn column(&self, sort: &str) -> Column {
        self.columns.iter().find(|column| column.sort == sort).cloned().unwrap_or_default()
    }
}

impl Asked {
    /// What a page shows of the list; `columns` are keys of texts, each with the word of its sort.
    pub fn listed(&self, l: &Locale, columns: &[(&str, &str)], turn: Turn, total: usize) -> Listed {
        Listed {
            path: self.path.to_string(),
            said: self.spec.filters.iter().copied().zip(self.filters.iter().cloned()).collect(),
            columns: columns.iter().map(|(key, sort)| self.column(l, key, sort)).collect(),
            turn,
            query: self.query(),
            narrowed: self.narrowed(),
            total,
        }
    }
}

/// The word of a sort, as long as the specification.
fn sort_word(spec: &'static Spec, sort: &str) -> &'static str {
    spec.sorts.iter().find(|(word, _)| *word == sort).map_or("", |(word, _)| word)
}

/// The head of a column.
#[derive(Clone, Debug, Default)]
pub struct Column {
    /// What it says.
    pub text: String,
    /// The word of the sort, if there is one.
    pub sort: &'static str,
    /// Where the list is sorted by it, or the other way round.
    pub href: Option<String>,
    /// Which way the list is sorted by it, if it is.
    pub sorted: Option<Dir>,
}

impl Column {
    /// Value of `aria-sort`.
    pub fn aria(&self) -> &'static str {
        match self.sorted {
            Some(Dir::Up) => "ascending",
            Some(Dir::Down) => "descending",
            None => "none",
        }
    }
}

/// Whether the greatest comes first in a list with these columns.
pub fn down(columns: &[Column]) -> bool {
    columns.iter().any(|column| column.sorted == Some(Dir::Down))
}

/// Where the pages before and behind this one are.
#[derive(Clone, Debug, Default)]
pub struct Turn {
    /// The page before.
    pub before: Option<String>,
    /// The next one.
    pub next: Option<String>,
    /// Number of the first row that is shown, from 1.
    pub first: usize,
    /// Number of the last one.
    pub last: usize,
    /// How many there are; none where nobody has counted.
    pub count: Option<usize>,
    /// Filters that say a word which nobody knows: nothing is shown for that reason.
    pub unread: Vec<&'static str>,
}

impl Turn {
    /// Whether there is anything to turn to.
    pub fn any(&self) -> bool {
        self.before.is_some() || self.next.is_some()
    }

    /// Whether this filter says a word which nobody knows.
    pub fn strange(&self, name: impl AsRef<str>) -> bool {
        self.unread.contains(&name.as_ref())
    }

    /// Which rows are shown, in words.
    pub fn text(&self, l: &Locale) -> String {
        match self.count {
            Some(count) => l.t3("turn-of", "first", self.first, "last", self.last, "n", count),
            None => String::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPEC: Spec = Spec {
        path: "/things",
        filters: &["q", "role"],
        words: &[("role", &["owner", "viewer"])],
        sorts: &[("name", Dir::Up), ("seen", Dir::Down)],
    };

    fn asked(text: &str) -> Asked {
        static THINGS: Spec = SPEC;
        let pairs = url::form_urlencoded::parse(text.as_bytes()).into_owned().collect();
        Asked::of(&THINGS, &pairs)
    }

    #[test]
    fn what_a_list_shows_stands_in_its_address() {
        let list = asked("q= a+%26b &role=owner&sort=seen&dir=asc&page=3&other=1");
        assert_eq!((list.filter("q"), list.filter("role"), list.filter("other")), ("a &b", "owner", ""));
        assert_eq!(list.query(), "?q=a+%26b&role=owner&sort=seen&dir=asc&page=3");
        assert_eq!(asked(list.query().trim_start_matches('?')).query(), list.query(), "there and back");
        let seen = list.column(&Locale::default(), "save", "seen");
        assert_eq!(seen.href.as_deref(), Some("/things?q=a+%26b&role=owner&sort=seen&dir=desc"));
        assert_eq!(seen.aria(), "ascending");
        let name = list.column(&Locale::default(), "save", "name");
        assert_eq!(name.href.as_deref(), Some("/things?q=a+%26b&role=owner"), "what is usual is not said");
        assert_eq!(name.aria(), "none");
        assert!(list.column(&Locale::default(), "save", "nothing").href.is_none());
    }

    #[test]
    fn nonsense_asks_for_what_is_usual() {
        for nonsense in ["", "sort=password&dir=sideways&page=-1", "page=0&sort=", "page=x"] {
            let list = asked(nonsense);
            assert_eq!((list.sort(), list.dir(), list.address().as_str()), ("name", Dir::Up, "/things"));
        }
        assert_eq!(asked(&format!("q={}", "x".repeat(5_000))).filter("q").len(), LONGEST);
    }

    #[test]
    fn a_word_that_nobody_knows_never_means_all() {
        for (text, rows) in [("", 2), ("role=", 2), ("role=owner", 2), ("role=bogus", 0), ("role=Owner", 0)] {
            let (shown, turn) = asked(text).cut(vec![1, 2]);
            assert_eq!((shown.len(), turn.strange("role")), (rows, rows == 0), "{text}");
        }
    }

    #[test]
    fn pages_hold_fifty_and_a_page_behind_the_last_is_the_last() {
        let rows: Vec<usize> = (1..=120).collect();
        let (shown, turn) = asked("page=3").cut(rows.clone());
        assert_eq!((shown.len(), turn.first, turn.last, turn.count), (20, 101, 120, Some(120)));
        assert_eq!((turn.before.as_deref(), turn.next), (Some("/things?page=2"), None));
        let (same, _) = asked("page=99").cut(rows.clone());
        assert_eq!(same, shown);
        let (first, turn) = asked("q=x").cut(rows);
        assert_eq!((first.len(), turn.before, turn.next.as_deref()), (50, None, Some("/things?q=x&page=2")));
        let (none, turn) = asked("page=2").cut(Vec::<usize>::new());
        assert!(none.is_empty() && !turn.any() && turn.first == 0);
    }

    #[test]
    fn one_of_several_lists_of_a_kind_has_an_address_of_its_own() {
        let list = asked("q=x&page=2").at_path("/things/red".to_owned());
        assert_eq!((list.address().as_str(), list.query().as_str()), ("/things/red?q=x", "?q=x&page=2"));
    }
}
