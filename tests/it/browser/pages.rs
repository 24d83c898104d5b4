//! Every page that somebody who runs the hub can open, with what has to be done there for it to be seen.

use super::pages::Act::{Click, Fill, See};
use super::scene::{HOT, SILENT, Scene};
use crate::harness::browser::Browser;
use watchroom::web::ROUTES;

/// Something that is done on a page.
#[derive(Clone, Copy)]
pub enum Act {
    Fill(&'static str, &'static str),
    Click(&'static str),
    See(&'static str),
}

/// A page as it is looked at.
#[derive(Clone)]
pub struct View {
    pub name: &'static str,
    pub path: String,
    pub acts: &'static [Act],
}

impl View {
    pub fn after(name: &'static str, path: &str, acts: &'static [Act]) -> Self {
        Self { name, path: path.to_owned(), acts }
    }

    pub async fn open(&self, browser: &Browser, at: &str) {
        browser.goto(&format!("{at}{}", self.path)).await;
        for act in self.acts {
            match *act {
                Fill(field, value) => browser.fill(field, value).await,
                Click(button) => browser.click(button).await,
                See(element) => drop(browser.see(element).await),
            }
        }
    }
}

/// Fails when a script threw or a policy was broken; that a page is not there, or a form was refused, is shown on
/// purpose.
pub async fn assert_unbroken(browser: &Browser) {
    let errors = browser.console_errors().await;
    let refused = "the server responded with a status of 4";
    let faults: Vec<_> = errors.iter().filter(|error| !error.contains(refused)).collect();
    assert!(faults.is_empty(), "the browser's console says: {faults:?}");
}

/// What is no page, or is looked at in a journey of its own.
const ELSEWHERE: [&str; 17] = [
    "/",
    "/account/confirm",
    "/assets/{hash}/{name}",
    "/audit/export",
    "/ca.crl",
    "/healthz",
    "/login/code",
    "/mail",
    "/metrics",
    "/people/{id}/picture",
    "/readyz",
    "/setup/{secret}",
    "/wall/{secret}",
    "/wall/{secret}/board",
    "/walls/{id}",
    "/walls/{id}/board",
    "/live",
];

/// Fails when a page was added that nobody looks at.
pub fn assert_complete(views: &[View]) {
    let shown = |pattern: &str| {
        let parts: Vec<_> = pattern.split('/').collect();
        views.iter().any(|view| {
            let path: Vec<_> = view.path.split(['?', '#']).next().unwrap().split('/').collect();
            path.len() == parts.len()
                && path.iter().zip(&parts).all(|(is, part)| is == part || part.starts_with('{'))
        })
    };
    let page = |pattern: &str| {
        let part = pattern.starts_with("/regions/") || pattern.ends_with("/live");
        let api = pattern.starts_with("/api/") && pattern != "/api/docs";
        !part && !api && !ELSEWHERE.contains(&pattern)
    };
    let pages = ROUTES.iter().filter(|route| route.method == "GET" && page(route.pattern));
    let unseen: Vec<_> = pages.map(|route| route.pattern).filter(|pattern| !shown(pattern)).collect();
    assert!(unseen.is_empty(), "pages that no tour shows: {unseen:?}");
}

/// Most bytes of script that a page carries, as they go over the line.
const SCRIPT_BYTES: u64 = 150 << 10;

const SCRIPTS: &str = "
    const scripts = performance.getEntriesByType('resource').filter(one => one.initiatorType === 'script');
    return [document.scripts.length, scripts.length, scripts.reduce((sum, one) => sum + one.encodedBodySize, 0)];
";

/// Fails when a page carries too much script, or has it over the line uncounted.
pub async fn assert_light(browser: &Browser, name: &str) {
    let counted = browser.eval(SCRIPTS).await;
    let [named, came, bytes] = [0, 1, 2].map(|at| counted[at].as_u64().unwrap());
    assert!(named > 0 && named == came, "{name} has {named} scripts, and {came} came");
    assert!((1..=SCRIPT_BYTES).contains(&bytes), "{name} carries {bytes} bytes of script");
}

pub fn pages(scene: &Scene) -> Vec<View> {
    let (cause, delivery) = scene.inside.hub.core.views.with(|s| *s.deliveries.keys().next().unwrap());
    let check = watchroom_domain::CheckId::derived(&["guests"]);
    let (hot, silent) = (scene.machines[HOT], scene.machines[SILENT]);
    let (never, rule, alert) = (scene.never, scene.rule, scene.incident);
    let [mary, linus] = ["mary", "linus"].map(|name| watchroom_domain::SubjectId::derived(&[name]));
    let named = [
        ("machines", "/machines".to_owned()),
        ("machines-none", "/machines?q=nothing-like-it".to_owned()),
        ("machine", format!("/machines/{hot}")),
        ("machine-silent", format!("/machines/{silent}?range=6h")),
        ("machine-never", format!("/machines/{never}")),
        ("machine-new", "/machines/new".to_owned()),
        ("machine-edit", format!("/machines/{hot}/edit")),
        ("enrol", format!("/machines/{never}/enrol")),
        ("alerts", "/alerts".to_owned()),
        ("alert", format!("/alerts/{alert}")),
        ("silences", format!("/silences?machine={hot}")),
        ("rules", "/rules".to_owned()),
        ("rule-new", "/rules/new".to_owned()),
        ("hub-rule", format!("/rules/{}/edit", watchroom_domain::Rule::HUB_VIEW)),
        ("rule", format!("/rules/{rule}/edit")),
        ("checks", "/checks".to_owned()),
        ("check-new", "/checks/new".to_owned()),
        ("check", format!("/checks/{check}/edit")),
        ("mail", "/channels/email".to_owned()),
        ("channels", "/channels".to_owned()),
        ("webhook", "/channels/webhook".to_owned()),
        ("deliveries", "/deliveries".to_owned()),
        ("delivery", format!("/deliveries/{cause}/{delivery}")),
        ("machines-sorted", "/machines?tag=gpu&sort=temperature&dir=desc".to_owned()),
        ("people", "/people".to_owned()),
        ("people-none", "/people?q=nobody-like-it".to_owned()),
        ("person", format!("/people/{mary}")),
        ("person-suspended", format!("/people/{linus}")),
        ("groups", "/groups".to_owned()),
        ("group", format!("/groups/{}", scene.group)),
        ("audit", "/audit".to_owned()),
        ("audit-none", format!("/audit?person={linus}")),
        ("log", "/log".to_owned()),
        ("log-telemetry", "/log?telemetry=on&follow=on".to_owned()),
        ("log-event", "/log/1".to_owned()),
        ("invitations", "/invitations".to_owned()),
        ("settings", "/settings".to_owned()),
        ("account", "/account".to_owned()),
        ("profile", "/account/profile".to_owned()),
        ("two-step", "/account/two-step".to_owned()),
        ("tokens", "/account/tokens".to_owned()),
        ("leave", "/account/leave".to_owned()),
        ("api-docs", "/api/docs".to_owned()),
        ("walls", "/walls".to_owned()),
        ("not-found", "/machines/00000000-0000-0000-0000-000000000000".to_owned()),
    ];
    let named = named.into_iter().map(|(name, path)| View { name, path, acts: &[] });
    named.chain(acted()).collect()
}

/// What is seen once something was done.
fn acted() -> [View; 3] {
    [
        View::after(
            "token-made",
            "/account/tokens",
            &[
                Fill("#f-name", "Nightly report"),
                Click("form[action='/account/tokens'] .btn.primary"),
                See("#fresh"),
            ],
        ),
        View::after(
            "wall-made",
            "/walls",
            &[Fill("#f-name", "Hallway"), Click("form[action='/walls'] .btn.primary"), See(".command")],
        ),
        View::after(
            "invitation-wrong",
            "/invitations",
            &[
                Fill("#f-mail", "taken@example.org"),
                Click("form[action='/invitations'] .btn.primary"),
                See(".wrong-text"),
            ],
        ),
    ]
}
