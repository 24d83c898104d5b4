//! `/metrics`: the hub's own health and every machine's newest values, for Prometheus.

mod hub;
mod samples;
mod text;

use super::answer::{Answer, WebError};
use super::context::{Shared, Web};
use crate::views::Vitals;
use actix_web::http::header::{AUTHORIZATION, CACHE_CONTROL, HeaderMap};
use actix_web::{HttpResponse, web};
use subtle::ConstantTimeEq as _;
use text::{Gauges, Text};
use watchroom_domain::{MachineId, Micros};

const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Whether the token was shown; takes the same time whatever is given.
pub fn may_read(headers: &HeaderMap, token: &str) -> bool {
    let given = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let given = given.and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default();
    given.as_bytes().ct_eq(token.as_bytes()).into()
}

/// Everything. One at a time, off the threads that answer: with many machines it takes a while.
///
/// # Errors
/// [`WebError::Ended`] when the hub is stopping.
pub async fn show(web: Shared) -> Answer {
    let _turn = web.scrapes.acquire().await.map_err(|_| WebError::Ended)?;
    let vitals = web.archive.vitals().await;
    if let Err(error) = &vitals {
        tracing::error!(%error, "the log's size and readers cannot be told");
    }
    let all = web.clone();
    let text = web::block(move || write(&all, vitals.ok().as_ref())).await.map_err(|_| WebError::Ended)?;
    Ok(HttpResponse::Ok().content_type(CONTENT_TYPE).insert_header((CACHE_CONTROL, "no-store")).body(text))
}

fn write(web: &Web, vitals: Option<&Vitals>) -> String {
    let now_us: Micros = web.clock.now_us();
    let mut text = Text::default();
    let standing = web.views.ask(hub::standing);
    hub::write(&mut text, &web.meters, &standing, vitals, now_us - web.started_us);
    let machines: Vec<MachineId> = web.views.with(|state| state.machines.keys().copied().collect());
    let (mut gauges, mut lines, mut left_out) = (Gauges::default(), 0, 0);
    for machine in machines {
        // Machine by machine, because recording waits while the models are asked.
        let taken = web.views.ask(|models| samples::take(models, machine, now_us));
        left_out += taken.map_or(0, |taken| taken.add_to(&mut gauges, &mut lines));
    }
    gauges.add_to(&mut text);
    let help = "Values of machines that found no place in this answer.";
    text.single("watchroom_values_left_out", "gauge", help, left_out as f64);
    text.finish()
}
