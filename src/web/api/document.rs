//! The OpenAPI document, made of the table of operations.

use super::bounds::tighten;
use super::classes::CLASSES;
use super::error::{PROBLEM_JSON, Problem};
use super::operations;
use super::pictures::{GIVEN, TAKEN};
use super::table::{Gives, Operation, Schemas, shape};
use crate::web::routes::Door;
use actix_web::HttpResponse;
use actix_web::http::header::CACHE_CONTROL;
use serde_json::{Value, json};
use utoipa::openapi::extensions::ExtensionsBuilder;
use utoipa::openapi::path::{
    HttpMethod, OperationBuilder, Parameter, ParameterBuilder, ParameterIn, PathItem, PathsBuilder,
};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::schema::{
    ArrayBuilder, KnownFormat, ObjectBuilder, Schema, SchemaFormat, SchemaType, Type,
};
use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme,
};
use utoipa::openapi::tag::TagBuilder;
use utoipa::openapi::{
    ComponentsBuilder, Content, HeaderBuilder, InfoBuilder, OpenApi, OpenApiBuilder, Ref, RefOr, Required,
    Response, ResponseBuilder, ResponsesBuilder,
};
use watchroom_domain::TokenScope;

/// The extension that says which scope a token needs.
pub const SCOPE: &str = "x-required-scope";
/// What stands there where no token is enough.
pub const SESSION_ONLY: &str = "session";
/// What stands there where nobody has to show anything.
pub const NOBODY: &str = "none";
/// Names of the two ways to show who asks.
const TOKEN: &str = "token";
const SESSION: &str = "session";
const INTRODUCTION: &str = "Everything that the console does, for programs. Identifiers are UUIDs, times are \
    RFC 3339 in UTC with microseconds, and units stand last in names. What the asker may not see is 404; what is \
    seen but may not be done is 403. PUT replaces the whole, PATCH (RFC 7396) what it names. Errors are \
    `application/problem+json` (RFC 9457).";

/// What the operations are about, in their order.
const TAGS: &[(&str, &str)] = &[
    ("machines", "Machines, how their agents join, what they send, and who may use them"),
    ("checks", "What is asked of machines' services from outside"),
    ("alerts", "Alerts, and what people do about them"),
    ("silences", "What is shown but not told for a while"),
    ("rules", "When somebody is to be woken"),
    ("channels", "Ways to tell people"),
    ("subscriptions", "Who is told what, and when not"),
    ("deliveries", "What was told to whom"),
    ("people", "Accounts and roles"),
    ("groups", "Groups of people"),
    ("invitations", "Who is to make an account, with which role"),
    ("account", "The asker's own account"),
    ("two-step", "A code that is asked for beside the asker's password"),
    ("sessions", "Signing in and out, and where the asker is signed in"),
    ("tokens", "Tokens by which programs act in a person's name"),
    ("chats", "Chats that the asker has linked"),
    ("registrations", "Making an account"),
    ("mail-confirmations", "Showing that a mail address is one's own"),
    ("password-resets", "Setting another password when the old one is forgotten"),
    ("walls", "Links to wall displays"),
    ("settings", "The hub's settings, and who may make an account"),
    ("events", "The log itself"),
    ("hub", "The hub's version and health"),
];

/// The document.
pub fn document() -> Value {
    let mut document = serde_json::to_value(unbound()).unwrap_or_default();
    if let Some(schemas) = document.pointer_mut("/components/schemas") {
        tighten(schemas);
    }
    document
}

/// The document without the bounds of the fields.
pub(super) fn unbound() -> OpenApi {
    let mut schemas = Schemas::new();
    shape::<Problem>(&mut schemas);
    let mut paths = PathsBuilder::new();
    for operation in operations() {
        let (method, built) = (method(operation), built(operation, &mut schemas));
        paths = paths.path(operation.pattern, PathItem::new(method, built));
    }
    let token = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .bearer_format("wrt_…")
        .description(Some(
            "A token as the console makes them on the account page, with the scopes that it needs.",
        ))
        .build();
    let cookie = ApiKeyValue::with_description(
        "__Host-watchroom",
        "The console's own session. Whatever changes something must come from the hub's own pages.",
    );
    let components = ComponentsBuilder::new()
        .schemas_from_iter(schemas)
        .responses_from_iter(CLASSES.iter().map(|class| (class.name, problem(class.text))))
        .security_scheme(TOKEN, SecurityScheme::Http(token))
        .security_scheme(SESSION, SecurityScheme::ApiKey(ApiKey::Cookie(cookie)))
        .build();
    let info = InfoBuilder::new().title("Watchroom").version("1").description(Some(INTRODUCTION)).build();
    let tags = TAGS.iter().map(|(name, text)| TagBuilder::new().name(*name).description(Some(*text)).build());
    OpenApiBuilder::new()
        .info(info)
        .paths(paths.build())
        .components(Some(components))
        .tags(Some(tags.collect::<Vec<_>>()))
        .build()
}

/// The document as it is served.
pub async fn show() -> HttpResponse {
    HttpResponse::Ok().insert_header((CACHE_CONTROL, "no-cache")).json(document())
}

fn method(operation: &Operation) -> HttpMethod {
    match operation.method {
        "POST" => HttpMethod::Post,
        "PUT" => HttpMethod::Put,
        "PATCH" => HttpMethod::Patch,
        "DELETE" => HttpMethod::Delete,
        _ => HttpMethod::Get,
    }
}

/// The scope that a token needs; none for what no token may do.
pub fn scope(operation: &Operation) -> Option<&'static str> {
    let Door::May(action) = operation.door else { return None };
    TokenScope::of(action).map(|scope| match scope {
        TokenScope::Read => "read",
        TokenScope::Act => "act",
        TokenScope::Manage => "manage",
        TokenScope::Administer => "administer",
    })
}

fn built(operation: &Operation, schemas: &mut Schemas) -> OperationBuilder {
    let scope = scope(operation);
    let open = operation.door == Door::Open;
    let needs = if open { NOBODY } else { scope.unwrap_or(SESSION_ONLY) };
    let mut made = OperationBuilder::new()
        .operation_id(Some(operation.id))
        .summary(Some(operation.summary))
        .tag(operation.about())
        .parameters(Some(parameters(operation)))
        .responses(responses(operation, schemas))
        .extensions(Some(ExtensionsBuilder::new().add(SCOPE, needs).build()));
    if !operation.text.is_empty() {
        made = made.description(Some(operation.text));
    }
    if open {
        made = made.security(SecurityRequirement::default());
    } else {
        if scope.is_some() {
            made = made.security(SecurityRequirement::new(TOKEN, Vec::<String>::new()));
        }
        made = made.security(SecurityRequirement::new(SESSION, Vec::<String>::new()));
    }
    if operation.takes_picture {
        let request = RequestBodyBuilder::new().required(Some(Required::True));
        let request = TAKEN.iter().fold(request, |request, kind| request.content(*kind, bytes()));
        made = made.request_body(Some(request.build()));
    }
    if let Some(body) = operation.body {
        let content = Content::new(Some(body(schemas)));
        let mut request = RequestBodyBuilder::new().required(Some(Required::True));
        if operation.method == "PATCH" {
            request = request.content("application/merge-patch+json", content.clone());
        }
        request = request.content("application/json", content);
        made = made.request_body(Some(request.build()));
    }
    made
}

/// The content of a picture.
fn bytes() -> Content {
    let schema = ObjectBuilder::new().schema_type(Type::String);
    Content::new(Some(schema.format(Some(SchemaFormat::KnownFormat(KnownFormat::Binary))).build()))
}

fn parameters(operation: &Operation) -> Vec<Parameter> {
    let named = operation.pattern.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    let mut all: Vec<_> = named.map(path_parameter).collect();
    all.extend(operation.query.map(|query| query()).unwrap_or_default());
    if matches!(operation.gives, Gives::List(_)) {
        all.extend(paging());
    }
    if operation.method == "POST" {
        all.push(header(
            "Idempotency-Key",
            "The same key with the same request gives the same answer for 24 hours and does nothing twice.",
            ObjectBuilder::new().schema_type(Type::String).pattern(Some("^[!-~]{1,255}$")),
        ));
    }
    if operation.tagged && operation.method != "GET" {
        all.push(header(
            "If-Match",
            "The `ETag` of the state that the change was made upon; 412 when it is another by now.",
            ObjectBuilder::new().schema_type(Type::String),
        ));
    }
    all
}

fn path_parameter(name: &str) -> Parameter {
    let schema = ObjectBuilder::new();
    let schema = match name {
        "cause" | "position" => number(schema, i64::MAX),
        "channel" => schema.schema_type(Type::String).pattern(Some("^[a-z]{1,32}$")),
        _ => schema.schema_type(Type::String).format(Some(SchemaFormat::KnownFormat(KnownFormat::Uuid))),
    };
    let parameter = ParameterBuilder::new().name(name).parameter_in(ParameterIn::Path);
    parameter.required(Required::True).schema(Some(schema.build())).build()
}

fn number(schema: ObjectBuilder, most: i64) -> ObjectBuilder {
    schema.schema_type(Type::Integer).minimum(Some(1)).maximum(Some(most))
}

fn paging() -> [Parameter; 2] {
    let parameter = |name: &str, text: &str, schema: ObjectBuilder| {
        let parameter = ParameterBuilder::new().name(name).parameter_in(ParameterIn::Query);
        let parameter = parameter.required(Required::False).description(Some(text));
        parameter.schema(Some(schema.build())).build()
    };
    let limit =
        number(ObjectBuilder::new(), super::paging::MOST as i64).default(Some(json!(super::paging::USUAL)));
    let cursor = ObjectBuilder::new().schema_type(Type::String);
    [
        parameter("limit", "Most things of the page.", limit),
        parameter("cursor", "Where to go on: `next` of the page before, with the same filters.", cursor),
    ]
}

fn header(name: &str, text: &str, schema: ObjectBuilder) -> Parameter {
    let parameter = ParameterBuilder::new().name(name).parameter_in(ParameterIn::Header);
    parameter.required(Required::False).description(Some(text)).schema(Some(schema.build())).build()
}

fn responses(operation: &Operation, schemas: &mut Schemas) -> utoipa::openapi::Responses {
    let json = |schema: RefOr<Schema>, text: &str| {
        ResponseBuilder::new().description(text).content("application/json", Content::new(Some(schema)))
    };
    let (status, answer) = match operation.gives {
        Gives::One(shape) => ("200", json(shape(schemas), "It is so.")),
        Gives::List(shape) => {
            let answer = json(page(shape(schemas)).into(), "A page of the list.");
            ("200", answer.header("Link", text_header("With `rel=\"next\"`, where there is a next page.")))
        }
        Gives::Made(shape) => {
            let answer = json(shape(schemas), "It was made.");
            ("201", answer.header("Location", text_header("Its path.")))
        }
        Gives::Begun(shape) => {
            let answer = json(shape(schemas), "It was recorded and is under way.");
            ("202", answer.header("Location", text_header("Where to look what becomes of it.")))
        }
        Gives::Picture => {
            let answer = ResponseBuilder::new().description("The picture.").content(GIVEN, bytes());
            ("200", answer.header("ETag", text_header("Changes with the picture.")))
        }
        Gives::Nothing => ("204", ResponseBuilder::new().description("It was done.")),
    };
    let answer = if operation.tagged {
        answer.header("ETag", text_header("Changes with whatever PUT and PATCH change."))
    } else {
        answer
    };
    let mut all = ResponsesBuilder::new().response(status, answer.build());
    for class in CLASSES.iter().filter(|class| may_come(operation, class.status)) {
        all = all.response(class.status.to_string(), Ref::from_response_name(class.name));
    }
    all.build()
}

/// Whether an operation can end in such an error.
fn may_come(operation: &Operation, status: u16) -> bool {
    let reads = operation.method == "GET";
    let bodied = operation.body.is_some() || operation.takes_picture;
    // The asker's own picture may not be there.
    let named = operation.pattern.contains('{') || operation.method == "DELETE";
    match status {
        404 => named,
        405 => false,
        408 | 413 => bodied,
        409 => !reads,
        412 => operation.tagged && !reads,
        415 => bodied,
        422 => true,
        _ => true,
    }
}

fn page(item: RefOr<Schema>) -> Schema {
    let next = ObjectBuilder::new()
        .schema_type(SchemaType::from_iter([Type::String, Type::Null]))
        .description(Some("The cursor of the next page; null on the last one."));
    let page = ObjectBuilder::new()
        .property("items", ArrayBuilder::new().items(item))
        .property("next", next)
        .required("items")
        .required("next");
    page.build().into()
}

fn problem(text: &str) -> Response {
    let content = Content::new(Some(Ref::from_schema_name("Problem")));
    ResponseBuilder::new().description(text).content(PROBLEM_JSON, content).build()
}

fn text_header(text: &str) -> utoipa::openapi::Header {
    HeaderBuilder::new()
        .schema(ObjectBuilder::new().schema_type(Type::String))
        .description(Some(text))
        .build()
}
