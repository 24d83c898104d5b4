//! What machines send: the newest values, and their course.

use super::asked::{machine, one};
use super::error::{ApiError, Reply};
use super::input::Query;
use super::paging::Listing;
use super::table::{Gives, Operation, WATCH, get, query, shape};
use super::types::Time;
use crate::web::Shared;
use crate::web::context::Visitor;
use actix_web::http::StatusCode;
use actix_web::web;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::{IntoParams, ToSchema};
use watchroom_domain::{HOUR_US, MachineId, Micros, SeriesId, metric_unit};

/// Longest span of one answer.
const LONGEST_US: Micros = 49 * HOUR_US;
/// Span where none is asked for.
const USUAL_US: Micros = HOUR_US;
/// Points of a series, where no other number is asked for, and at the most.
const POINTS: u16 = 300;
const MOST_POINTS: u16 = 2_000;

/// The operations.
pub const OPERATIONS: &[Operation] = &[
    get(
        ("/api/v1/machines/{machine}/values", WATCH),
        ("list_values", "Read a machine's newest values"),
        Gives::List(shape::<Value>),
        || web::to(list),
    )
    .filters(query::<ValueFilter>)
    .says("One value for each series that was heard since the hub started or within the last hour before."),
    get(
        ("/api/v1/machines/{machine}/series", WATCH),
        ("get_series", "Read the course of a metric"),
        Gives::One(shape::<Course>),
        || web::to(course),
    )
    .filters(query::<Span>)
    .says("Every series of the metric in equal spans of time, at most 49 hours at once; spans without a value are left out."),
];

/// The newest value of a series.
#[derive(Debug, Serialize, ToSchema)]
pub struct Value {
    /// The metric; its unit stands last in the name.
    #[schema(example = "temperature_c")]
    metric: String,
    /// The unit for people; empty where there is none.
    unit: &'static str,
    /// What else tells the series from others; agent-supplied.
    labels: BTreeMap<String, String>,
    /// The value, in the metric's unit.
    value: f64,
    /// When it was observed.
    observed_at: Time,
}

/// What the values are narrowed to.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct ValueFilter {
    /// Only values of this metric.
    metric: Option<String>,
}

async fn list(web: Shared, visitor: Visitor, id: web::Path<MachineId>, ask: Listing<ValueFilter>) -> Reply {
    let behind = ask.paging.behind::<SeriesId>()?;
    let who = visitor.principal();
    let page = web.views.ask(|models| {
        machine(&models.state, &who, *id)?;
        let live = models.live.machine(*id).into_iter().flat_map(|live| &live.values);
        let rest = live.filter(|(series, _)| behind.is_none_or(|b| **series > b));
        let told = rest.filter_map(|(series, (at_us, value))| {
            let key = &models.state.series.get(series)?.key;
            let wanted = ask.filter.metric.as_ref().is_none_or(|metric| *metric == key.metric);
            wanted.then(|| {
                let (metric, labels) = (key.metric.clone(), key.labels.clone());
                let unit = metric_unit(&metric);
                (*series, Value { metric, unit, labels, value: *value, observed_at: Time(*at_us) })
            })
        });
        Ok::<_, ApiError>(ask.paging.page(told))
    })?;
    ask.paging.answer(&page)
}

/// What is asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct Span {
    /// The metric, as `values` names it.
    #[param(example = "temperature_c")]
    metric: String,
    /// Begin; one hour before the end where it is left out.
    #[param(value_type = Option<String>, format = DateTime)]
    from: Option<Time>,
    /// End; now where it is left out.
    #[param(value_type = Option<String>, format = DateTime)]
    to: Option<Time>,
    /// Most points of a series, 300 where it is left out.
    #[param(minimum = 1, maximum = 2000)]
    points: Option<u16>,
}

/// The course of a metric.
#[derive(Debug, Serialize, ToSchema)]
pub struct Course {
    /// The metric.
    metric: String,
    /// Its unit for people.
    unit: &'static str,
    /// Begin of the span.
    from: Time,
    /// End of the span.
    to: Time,
    /// Whether there was more than is looked at for one answer; ask for a shorter span then.
    truncated: bool,
    /// One for each set of labels.
    series: Vec<CourseSeries>,
}

/// The course of one series.
#[derive(Debug, Serialize, ToSchema)]
pub struct CourseSeries {
    /// What tells it from the others; agent-supplied.
    labels: BTreeMap<String, String>,
    /// The points, oldest first.
    points: Vec<Point>,
}

/// What was observed within one span of time.
#[derive(Debug, Serialize, ToSchema)]
pub struct Point {
    /// Begin of the span.
    at: Time,
    /// How many values.
    count: u64,
    /// The least.
    min: f64,
    /// Their mean.
    mean: f64,
    /// The largest.
    max: f64,
}

async fn course(web: Shared, visitor: Visitor, id: web::Path<MachineId>, span: Query<Span>) -> Reply {
    let Query(Span { metric, from, to, points }) = span;
    let to_us = to.map_or(visitor.l.now_us, |time| time.0);
    let from_us = from.map_or_else(|| to_us.saturating_sub(USUAL_US), |time| time.0);
    let wrong = |field, detail| {
        Err(ApiError::field(StatusCode::UNPROCESSABLE_ENTITY, "bad_parameter", field, detail))
    };
    if to_us <= from_us || to_us.saturating_sub(from_us) > LONGEST_US {
        return wrong("from", "The begin lies before the end, by 49 hours at most.");
    }
    let points = points.unwrap_or(POINTS);
    if !(1..=MOST_POINTS).contains(&points) {
        return wrong("points", "From 1 to 2000.");
    }
    let who = visitor.principal();
    let mut wanted = web.views.with(|state| {
        machine(state, &who, *id)?;
        let all = state.series_of.get(&id).into_iter().flatten();
        let of_metric = all.filter(|(key, _)| key.metric == metric);
        Ok::<_, ApiError>(of_metric.map(|(key, series)| (*series, key.labels.clone())).collect::<Vec<_>>())
    })?;
    wanted.sort();
    let ids: Vec<_> = wanted.iter().map(|(series, _)| *series).collect();
    let found = web.archive.series(*id, ids, (from_us, to_us), usize::from(points)).await?;
    let series = wanted.into_iter().map(|(series, labels)| {
        let buckets = found.series.get(&series).map(Vec::as_slice).unwrap_or_default();
        let points = buckets.iter().map(|bucket| Point {
            at: Time(bucket.from_us),
            count: u64::from(bucket.n),
            min: bucket.min,
            mean: bucket.mean,
            max: bucket.max,
        });
        CourseSeries { labels, points: points.collect() }
    });
    one(&Course {
        unit: metric_unit(&metric),
        metric,
        from: Time(from_us),
        to: Time(to_us),
        truncated: found.truncated,
        series: series.collect(),
    })
}
