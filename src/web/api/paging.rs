//! Pages of lists: a cursor says behind which thing the next page begins, so that nothing is told twice or
//! left out when things come and go meanwhile.

use super::error::{ApiError, Reply, said};
use super::input::parameters;
use crate::fresh;
use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, LINK};
use actix_web::{FromRequest, HttpRequest, HttpResponse};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fmt::Display;
use std::future::{Ready, ready};
use std::str::FromStr;
use url::form_urlencoded;
use utoipa::ToSchema;

/// Things of a page, where nothing else is asked for.
pub const USUAL: usize = 50;
/// Most things of a page.
pub const MOST: usize = 200;
/// Characters of a cursor that say which list it is of.
const MARK: usize = 16;

/// A page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct Page<T> {
    /// The things, in the list's order.
    pub items: Vec<T>,
    /// The cursor of the next page; null on the last one.
    pub next: Option<String>,
}

/// Where in a list to begin, and how much to tell.
#[derive(Clone, Debug)]
pub struct Paging {
    /// Most things.
    pub limit: usize,
    behind: Option<String>,
    /// Which list with which filters this is.
    mark: String,
    /// Path and filters, as they were asked for.
    address: String,
}

/// A list's filters, and where to begin.
#[derive(Debug)]
pub struct Listing<T> {
    /// What the list is narrowed to.
    pub filter: T,
    /// Where to begin.
    pub paging: Paging,
}

impl<T: DeserializeOwned> FromRequest for Listing<T> {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(listing(request.path(), request.query_string()))
    }
}

fn listing<T: DeserializeOwned>(path: &str, query: &str) -> Result<Listing<T>, ApiError> {
    let (mut limit, mut cursor) = (None, None);
    let mut filters = form_urlencoded::Serializer::new(String::new());
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        let own = match &*name {
            "limit" => &mut limit,
            "cursor" => &mut cursor,
            _ => {
                filters.append_pair(&name, &value);
                continue;
            }
        };
        if own.replace(value.into_owned()).is_some() {
            let detail = format!("{name} comes twice.");
            return Err(ApiError::field(StatusCode::BAD_REQUEST, "bad_query", &name, detail));
        }
    }
    let filters = filters.finish();
    let filter = parameters(&filters)?;
    let address = if filters.is_empty() { format!("{path}?") } else { format!("{path}?{filters}&") };
    let mark = fresh::fingerprint(address.as_bytes()).chars().take(MARK).collect();
    let limit = limit.as_deref().map_or(Ok(USUAL), whole)?;
    let paging = Paging { limit, behind: None, mark, address };
    Ok(Listing { filter, paging: paging.begin(cursor.as_deref())? })
}

fn whole(text: &str) -> Result<usize, ApiError> {
    let digits = !text.is_empty() && text.len() <= 3 && text.bytes().all(|b| b.is_ascii_digit());
    let limit = text.parse().ok().filter(|limit| digits && (1..=MOST).contains(limit));
    let wrong =
        || ApiError::field(StatusCode::UNPROCESSABLE_ENTITY, "bad_parameter", "limit", "From 1 to 200.");
    limit.ok_or_else(wrong)
}

impl Paging {
    fn begin(self, cursor: Option<&str>) -> Result<Self, ApiError> {
        let Some(cursor) = cursor else { return Ok(self) };
        let text = URL_SAFE_NO_PAD.decode(cursor).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        let behind = text.as_deref().and_then(|text| text.strip_prefix(self.mark.as_str()));
        match behind {
            Some(behind) => Ok(Self { behind: Some(behind.to_owned()), ..self }),
            None => Err(bad_cursor()),
        }
    }

    /// Behind which thing the page begins.
    ///
    /// # Errors
    /// 422 when the cursor is none that this list gave out.
    pub fn behind<K: FromStr>(&self) -> Result<Option<K>, ApiError> {
        self.behind.as_deref().map(|key| key.parse().map_err(|_| bad_cursor())).transpose()
    }

    /// The page of these things, of which there may be more than fit. Each comes with what it is behind of.
    pub fn page<K: Display, T>(&self, found: impl Iterator<Item = (K, T)>) -> Page<T> {
        let mut found = found.peekable();
        let (mut items, mut last) = (Vec::new(), None);
        while let Some((key, item)) = found.next_if(|_| items.len() < self.limit) {
            items.push(item);
            last = Some(key);
        }
        let more = found.peek().is_some();
        Page { items, next: last.filter(|_| more).map(|key| self.cursor(&key)) }
    }

    /// A cursor that begins behind this thing.
    pub fn cursor(&self, key: &impl Display) -> String {
        URL_SAFE_NO_PAD.encode(format!("{}{key}", self.mark))
    }

    /// The answer with a page.
    ///
    /// # Errors
    /// None; as handlers give it.
    pub fn answer<T: Serialize>(&self, page: &Page<T>) -> Reply {
        let mut response = HttpResponse::Ok();
        response.insert_header((CACHE_CONTROL, "no-store"));
        if let Some(next) = &page.next {
            let link = format!("<{}limit={}&cursor={next}>; rel=\"next\"", self.address, self.limit);
            response.insert_header((LINK, link));
        }
        Ok(response.json(page))
    }
}

fn bad_cursor() -> ApiError {
    ApiError::field(StatusCode::UNPROCESSABLE_ENTITY, "bad_cursor", "cursor", said("bad_cursor"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Filter {
        tag: Option<String>,
    }

    fn ask(query: &str) -> Result<Listing<Filter>, ApiError> {
        listing("/api/v1/machines", query)
    }

    #[test]
    fn every_thing_is_told_once_over_all_pages() {
        let (mut query, mut told) = ("limit=3".to_owned(), Vec::new());
        loop {
            let paging = ask(&query).unwrap().paging;
            let behind: Option<u32> = paging.behind().unwrap();
            let page = paging.page((0..8).filter(|n| behind.is_none_or(|b| *n > b)).map(|n| (n, n)));
            told.extend(page.items);
            let Some(next) = page.next else { break };
            query = format!("limit=3&cursor={next}");
        }
        assert_eq!(told, (0..8).collect::<Vec<_>>());
    }

    #[test]
    fn a_cursor_is_of_one_list_with_its_filters() {
        let listing = ask("tag=gpu").unwrap();
        assert_eq!(listing.filter.tag.as_deref(), Some("gpu"));
        let cursor = listing.paging.cursor(&7);
        assert!(ask(&format!("tag=gpu&cursor={cursor}")).is_ok());
        for other in [format!("cursor={cursor}"), format!("tag=cpu&cursor={cursor}"), "cursor=x".to_owned()] {
            assert!(ask(&other).is_err(), "{other}");
        }
        for wrong in ["limit=0", "limit=201", "limit=+5", "limit=", "limit=3&limit=3", "taag=gpu"] {
            assert!(ask(wrong).is_err(), "{wrong}");
        }
    }
}
