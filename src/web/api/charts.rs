//! What the charts ask for.

use crate::web::answer::{Answer, WebError};
use crate::web::context::Visitor;
use crate::web::{Shared, fill};
use actix_web::http::header::CACHE_CONTROL;
use actix_web::{HttpResponse, web};
use serde::Deserialize;
use watchroom_domain::{HOUR_US, MachineId, Micros};

/// Longest span of one answer.
const LONGEST_US: Micros = 49 * HOUR_US;
/// Most points of one series.
const MOST_POINTS: usize = 2_000;

/// What is asked for.
#[derive(Deserialize)]
pub struct Ask {
    metric: String,
    from_us: Micros,
    to_us: Micros,
    #[serde(default)]
    points: Option<usize>,
}

/// The course of every series of a metric.
///
/// # Errors
/// [`WebError`] when there is no such machine, the span is out of bounds, or the log cannot be read.
pub async fn series(web: Shared, visitor: Visitor, id: web::Path<MachineId>, ask: web::Query<Ask>) -> Answer {
    let machine = id.into_inner();
    let Ask { metric, from_us, to_us, points } = ask.into_inner();
    if to_us <= from_us || to_us.saturating_sub(from_us) > LONGEST_US {
        return Err(WebError::Bad("from_us must lie before to_us, by 49 hours at most"));
    }
    let points = points.unwrap_or(300).clamp(1, MOST_POINTS);
    let wanted = web.views.with(|state| {
        let known = state.machines.contains_key(&machine);
        let of_metric =
            state.series_of.get(&machine).into_iter().flatten().filter(|(key, _)| key.metric == metric);
        known.then(|| of_metric.map(|(key, id)| (*id, key.clone())).collect::<Vec<_>>())
    });
    let mut wanted = wanted.ok_or(WebError::NotFound)?;
    wanted.sort();
    let ids: Vec<_> = wanted.iter().map(|(id, _)| *id).collect();
    let answer = web.archive.series(machine, ids, (from_us, to_us), points).await?;
    let series: Vec<_> = wanted
        .iter()
        .map(|(id, key)| {
            let buckets = answer.series.get(id).map(Vec::as_slice).unwrap_or_default();
            let (t, v) = fill::with_gaps(buckets, (to_us - from_us) / points as Micros);
            serde_json::json!({"key": fill::feed_key(key), "name": fill::label(key), "t_us": t, "v": v})
        })
        .collect();
    let title = visitor.l.metric(&metric);
    let body = serde_json::json!({"metric": metric, "title": title, "series": series, "truncated": answer.truncated});
    Ok(HttpResponse::Ok().insert_header((CACHE_CONTROL, "no-store")).json(body))
}
