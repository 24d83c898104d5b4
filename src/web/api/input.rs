//! What is read of a request: JSON bodies and query parameters, strictly, and with words for what is wrong.

use super::error::ApiError;
use super::operation_of;
use super::table::{Schemas, Shape};
use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::web::Bytes;
use actix_web::{FromRequest, HttpRequest};
use futures_util::future::LocalBoxFuture;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_path_to_error::{Path, Segment};
use std::future::{Ready, ready};
use url::form_urlencoded;

/// A body of JSON.
#[derive(Debug)]
pub struct Json<T>(pub T);

impl<T: DeserializeOwned + 'static> FromRequest for Json<T> {
    type Error = actix_web::Error;
    type Future = LocalBoxFuture<'static, Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let is_json = is_json(request);
        let pattern = request.match_pattern().unwrap_or_default();
        let body = operation_of(request.method(), &pattern).and_then(|operation| operation.body);
        let bytes = Bytes::from_request(request, payload);
        Box::pin(async move {
            if !is_json {
                return Err(wrong_kind().into());
            }
            let bytes = bytes.await?;
            let value = parse(&bytes)?;
            if let Some(shape) = body {
                check_shape(shape, &bytes)?;
            }
            Ok(Self(value))
        })
    }
}

/// Refuses an array where the document says object: the fields of structs may also be given in their order, as
/// far as serde is concerned, and that is nobody's intention.
fn check_shape(shape: Shape, bytes: &[u8]) -> Result<(), ApiError> {
    let mut schemas = Schemas::new();
    let schema = serde_json::to_value(shape(&mut schemas)).unwrap_or_default();
    let schemas = serde_json::to_value(schemas).unwrap_or_default();
    match misplaced(&schemas, &schema, &parse(bytes)?, String::new()) {
        Some(pointer) => Err(ApiError::invalid("bad_value", pointer, "An array cannot stand here.")),
        None => Ok(()),
    }
}

/// Where an array stands that does not belong there.
fn misplaced(schemas: &Value, schema: &Value, value: &Value, at: String) -> Option<String> {
    if let Some(name) = schema["$ref"].as_str().and_then(|path| path.rsplit('/').next()) {
        return misplaced(schemas, &schemas[name], value, at);
    }
    if let Some(forms) = ["oneOf", "anyOf"].iter().find_map(|key| schema[*key].as_array()) {
        let mut wrong = forms.iter().map(|form| misplaced(schemas, form, value, at.clone()));
        return if wrong.any(|wrong| wrong.is_none()) { None } else { Some(at) };
    }
    let kind = &schema["type"];
    match value {
        Value::Array(items) => {
            let meant = kind.is_null()
                || *kind == "array"
                || kind.as_array().is_some_and(|k| k.contains(&"array".into()));
            let mut items = items.iter().enumerate();
            let inside =
                items.find_map(|(n, item)| misplaced(schemas, &schema["items"], item, format!("{at}/{n}")));
            if meant { inside } else { Some(at) }
        }
        Value::Object(fields) => fields.iter().find_map(|(name, field)| {
            let known = schema["properties"].get(name)?;
            misplaced(schemas, known, field, format!("{at}/{}", name.replace('~', "~0").replace('/', "~1")))
        }),
        _ => None,
    }
}

/// A PATCH may call its body what it is.
fn is_json(request: &HttpRequest) -> bool {
    let kind = request.headers().get(CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    kind.eq_ignore_ascii_case("application/json")
        || (request.method() == "PATCH" && kind.eq_ignore_ascii_case("application/merge-patch+json"))
}

fn wrong_kind() -> ApiError {
    let detail = "Send JSON with Content-Type: application/json.";
    ApiError::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", detail)
}

/// A value of JSON text.
///
/// # Errors
/// 400 for what is no JSON, 422 with a pointer for what is JSON of another shape.
pub fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, ApiError> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let pointer = pointer(error.path());
        let cause = error.into_inner();
        match cause.classify() {
            serde_json::error::Category::Data => {
                ApiError::invalid("bad_value", pointer, plain(&cause.to_string()))
            }
            _ => no_json(&cause),
        }
    })?;
    reader.end().map_err(|cause| no_json(&cause))?;
    Ok(value)
}

fn no_json(cause: &serde_json::Error) -> ApiError {
    let detail = format!("The body is no JSON: {cause}.");
    ApiError::new(StatusCode::BAD_REQUEST, "bad_json", detail)
}

/// The reason without the place in the text, which the pointer says better.
fn plain(reason: &str) -> String {
    let reason = reason.split(" at line ").next().unwrap_or_default();
    let short: String = reason.chars().take(300).collect();
    format!("{short}.")
}

/// Where in a document, by RFC 6901.
fn pointer(path: &Path) -> String {
    let mut pointer = String::new();
    for segment in path.iter() {
        let part = match segment {
            Segment::Map { key } => key.replace('~', "~0").replace('/', "~1"),
            Segment::Seq { index } => index.to_string(),
            Segment::Enum { .. } | Segment::Unknown => continue,
        };
        pointer.push('/');
        pointer.push_str(&part);
    }
    pointer
}

/// What is so with the changes of a patch, as far as that can be.
///
/// # Errors
/// As [`parse`].
pub fn merged<T: Serialize + DeserializeOwned>(present: &T, patch: Value) -> Result<T, ApiError> {
    let present = serde_json::to_value(present).map_err(|_| ApiError::unavailable("It cannot be read."))?;
    parse(&serde_json::to_vec(&patched(present, patch)).unwrap_or_default())
}

/// The value that comes of a patch by RFC 7396: what is named is replaced, what is null goes.
fn patched(mut target: Value, patch: Value) -> Value {
    let Value::Object(changes) = patch else { return patch };
    if !target.is_object() {
        target = Value::Object(serde_json::Map::new());
    }
    if let Some(fields) = target.as_object_mut() {
        for (name, change) in changes {
            let before = fields.remove(&name);
            if !change.is_null() {
                fields.insert(name, patched(before.unwrap_or_default(), change));
            }
        }
    }
    target
}

/// Query parameters, of which none may be unknown.
#[derive(Debug)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned> FromRequest for Query<T> {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(parameters(request.query_string()).map(Self))
    }
}

/// The values of a query.
///
/// # Errors
/// 400 for an unknown parameter or one that comes twice, 422 for a value that does not fit.
pub fn parameters<T: DeserializeOwned>(query: &str) -> Result<T, ApiError> {
    let pairs = form_urlencoded::parse(query.as_bytes());
    let reader = serde_urlencoded::Deserializer::new(pairs);
    serde_path_to_error::deserialize(reader).map_err(|error| {
        let name = pointer(error.path()).trim_start_matches('/').to_owned();
        let reason = error.into_inner().to_string();
        let malformed = reason.starts_with("unknown field") || reason.starts_with("duplicate field");
        let (status, code) = match malformed {
            true => (StatusCode::BAD_REQUEST, "bad_query"),
            false => (StatusCode::UNPROCESSABLE_ENTITY, "bad_parameter"),
        };
        ApiError::field(status, code, &name, plain(&reason))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;
    use serde_json::json;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[allow(dead_code, reason = "only read")]
    struct Shown {
        limit: Option<u16>,
        tag: Option<String>,
    }

    fn problem<T: std::fmt::Debug>(result: Result<T, ApiError>) -> serde_json::Value {
        use actix_web::ResponseError as _;
        use actix_web::body::MessageBody as _;
        let body = result.unwrap_err().error_response().into_body().try_into_bytes().unwrap();
        serde_json::from_slice(&body).unwrap()
    }

    #[test]
    fn what_is_wrong_is_pointed_at() {
        let wrong = problem(parse::<Vec<Shown>>(br#"[{"limit": 1}, {"limit": "x"}]"#));
        assert_eq!((&wrong["status"], &wrong["errors"][0]["pointer"]), (&json!(422), &json!("/1/limit")));
        let unknown = problem(parse::<Shown>(br#"{"a/b": 1}"#));
        assert_eq!(unknown["status"], 422);
        for broken in ["", "{", "{} x", "\u{0}", "[1,]"] {
            assert_eq!(problem(parse::<Shown>(broken.as_bytes()))["code"], "bad_json", "{broken:?}");
        }
    }

    #[test]
    fn a_parameter_is_known_and_comes_once() {
        assert_eq!(parameters::<Shown>("limit=3&tag=a%20b").unwrap().tag.unwrap(), "a b");
        assert_eq!(problem(parameters::<Shown>("taag=a"))["code"], "bad_query");
        assert_eq!(problem(parameters::<Shown>("tag=a&tag=b"))["code"], "bad_query");
        let wrong = problem(parameters::<Shown>("limit=many"));
        assert_eq!((&wrong["status"], &wrong["errors"][0]["field"]), (&json!(422), &json!("limit")));
    }

    #[test]
    fn a_patch_changes_what_it_names() {
        let before = json!({"a": 1, "b": {"c": 2, "d": 3}, "e": [1]});
        let after = patched(before, json!({"a": null, "b": {"c": 4}, "e": [2, 3]}));
        assert_eq!(after, json!({"b": {"c": 4, "d": 3}, "e": [2, 3]}));
    }
}
