//! Every route with its door. The guard opens no route that is not in this table, so that none can be
//! added without saying who may pass.

mod accounts;

use super::door::What;
use super::revocations::{self, REVOCATIONS};
use super::{answer, api, feed, health, metrics, pages};
use actix_web::http::Method;
use actix_web::web::{self, ServiceConfig};
use watchroom_domain::{Action, Right};

/// Who may pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Door {
    /// Anybody; the handler decides what a stranger gets.
    Open,
    /// Who shows the token of the settings; closed to everybody where there is none.
    Scraper,
    /// Who may do this.
    May(Action),
    /// Who may do this, and has this right on what the `{id}` of the route names: to everybody who does not see
    /// it, it is not there.
    On(Action, Right, What),
}

/// One route.
#[derive(Clone, Copy, Debug)]
pub struct Route {
    /// `GET` or `POST`; of the API also `PUT`, `PATCH` or `DELETE`.
    pub method: &'static str,
    /// The pattern.
    pub pattern: &'static str,
    /// Who may pass.
    pub door: Door,
}

const fn get(pattern: &'static str, door: Door) -> Route {
    Route { method: "GET", pattern, door }
}

const fn post(pattern: &'static str, door: Door) -> Route {
    Route { method: "POST", pattern, door }
}

const WATCH: Door = Door::May(Action::Watch);
const MACHINES: Door = Door::May(Action::ManageMachines);
const RULES: Door = Door::May(Action::ManageRules);
const CHANNELS: Door = Door::May(Action::ManageChannels);
const PEOPLE: Door = Door::May(Action::ManagePeople);
const PERSON: Door = Door::On(Action::ManagePeople, Right::Manage, What::Person);
const GROUP: Door = Door::On(Action::ManagePeople, Right::Manage, What::Group);
const LOG: Door = Door::May(Action::ReadLog);
const OWN: Door = Door::May(Action::ManageOwnAccount);
const MACHINE: Door = Door::On(Action::Watch, Right::See, What::Machine);
const OWN_MACHINE: Door = Door::On(Action::ManageMachines, Right::Manage, What::Machine);
const OWN_CHECK: Door = Door::On(Action::ManageMachines, Right::Manage, What::Check);
const ALERT: Door = Door::On(Action::Watch, Right::See, What::Alert);
const ACT: Door = Door::On(Action::ActOnAlerts, Right::Operate, What::Alert);
const RULE: Door = Door::On(Action::ManageRules, Right::Operate, What::Rule);
const OWN_RULE: Door = Door::On(Action::ManageRules, Right::Manage, What::Rule);
const INVITATION: Door = Door::On(Action::ManagePeople, Right::Manage, What::Invitation);
const HUB: Door = Door::May(Action::ManageHub);
const WALL: Door = Door::On(Action::ManageHub, Right::Manage, What::Wall);
const SUBSCRIPTION: Door = Door::On(Action::ManageChannels, Right::Manage, What::Subscription);

/// Every route.
pub const ROUTES: &[Route] = &with_api::<{ OWN_ROUTES.len() + api::COUNT }>();

/// The console's routes and the API's, which stand in a table of their own.
const fn with_api<const N: usize>() -> [Route; N] {
    let mut all = [Route { method: "", pattern: "", door: Door::Open }; N];
    let (api, mut at) = (api::routes(), 0);
    while at < N {
        all[at] = if at < OWN_ROUTES.len() { OWN_ROUTES[at] } else { api[at - OWN_ROUTES.len()] };
        at += 1;
    }
    all
}

/// Routes that are not operations of the API.
const OWN_ROUTES: &[Route] = &[
    get("/assets/{hash}/{name}", Door::Open),
    get(REVOCATIONS, Door::Open),
    get("/healthz", Door::Open),
    get("/readyz", Door::Open),
    get("/metrics", Door::Scraper),
    get("/reset/{secret}", Door::Open),
    post("/reset/{secret}", Door::Open),
    get("/register", Door::Open),
    post("/register", Door::Open),
    get("/invitation/{secret}", Door::Open),
    post("/invitation/{secret}", Door::Open),
    get("/confirm/{secret}", Door::Open),
    post("/confirm/{secret}", Door::Open),
    get("/forgot", Door::Open),
    post("/forgot", Door::Open),
    get("/setup/{secret}", Door::Open),
    post("/setup/{secret}", Door::Open),
    get("/login", Door::Open),
    post("/login", Door::Open),
    get("/login/code", Door::Open),
    post("/login/code", Door::Open),
    post("/logout", Door::Open),
    post("/preferences", Door::Open),
    get("/wall/{secret}", Door::Open),
    get("/wall/{secret}/board", Door::Open),
    get("/wall/{secret}/live", Door::Open),
    get("/walls", HUB),
    post("/walls", HUB),
    get("/walls/{id}", WALL),
    get("/walls/{id}/live", WALL),
    get("/walls/{id}/board", WALL),
    post("/walls/{id}/revoke", WALL),
    get("/", WATCH),
    get("/machines", WATCH),
    get("/machines/new", MACHINES),
    post("/machines/new", MACHINES),
    get("/machines/{id}", MACHINE),
    get("/machines/{id}/edit", OWN_MACHINE),
    post("/machines/{id}/edit", OWN_MACHINE),
    get("/machines/{id}/enrol", OWN_MACHINE),
    post("/machines/{id}/enrol", OWN_MACHINE),
    post("/machines/{id}/revoke", OWN_MACHINE),
    post("/machines/{id}/remove", OWN_MACHINE),
    get("/alerts", WATCH),
    get("/alerts/{id}", ALERT),
    post("/alerts/{id}/acknowledge", ACT),
    post("/alerts/{id}/snooze", ACT),
    get("/silences", WATCH),
    post("/silences", Door::May(Action::ActOnAlerts)),
    post("/silences/{id}/end", Door::On(Action::ActOnAlerts, Right::Operate, What::Silence)),
    get("/rules", WATCH),
    get("/rules/new", RULES),
    post("/rules/new", RULES),
    get("/rules/{id}/edit", RULE),
    post("/rules/{id}/edit", RULE),
    post("/rules/{id}/enabled", RULE),
    post("/rules/{id}/remove", OWN_RULE),
    get("/channels", CHANNELS),
    get("/channels/{name}", CHANNELS),
    post("/channels/{name}", CHANNELS),
    post("/channels/{name}/test", CHANNELS),
    post("/channels/{name}/subscriptions", CHANNELS),
    post("/subscriptions/{id}/change", SUBSCRIPTION),
    get("/deliveries", CHANNELS),
    get("/deliveries/{cause}/{id}", CHANNELS),
    post("/deliveries/{cause}/{id}/again", CHANNELS),
    get("/checks", WATCH),
    get("/checks/new", MACHINES),
    post("/checks/new", MACHINES),
    get("/checks/{id}/edit", OWN_CHECK),
    post("/checks/{id}/edit", OWN_CHECK),
    post("/checks/{id}/remove", OWN_CHECK),
    get("/regions/checks", WATCH),
    get("/mail", CHANNELS),
    post("/mail", CHANNELS),
    post("/mail/test", CHANNELS),
    get("/people", PEOPLE),
    get("/invitations", PEOPLE),
    post("/invitations", PEOPLE),
    post("/invitations/{id}/again", INVITATION),
    post("/invitations/{id}/withdraw", INVITATION),
    get("/settings", Door::May(Action::ManageHub)),
    post("/settings/access", Door::May(Action::ManageHub)),
    get("/people/{id}", PERSON),
    post("/people/{id}/role", PERSON),
    post("/people/{id}/suspend", PERSON),
    post("/people/{id}/restore", PERSON),
    post("/people/{id}/forget", PERSON),
    post("/people/{id}/two-step/off", PERSON),
    get("/people/{id}/picture", Door::On(Action::ManageOwnAccount, Right::See, What::Portrait)),
    get("/groups", PEOPLE),
    post("/groups", PEOPLE),
    get("/groups/{id}", GROUP),
    post("/groups/{id}/rename", GROUP),
    post("/groups/{id}/remove", GROUP),
    post("/groups/{id}/join", GROUP),
    post("/groups/{id}/leave", GROUP),
    post("/machines/{id}/share", OWN_MACHINE),
    post("/machines/{id}/unshare", OWN_MACHINE),
    post("/machines/{id}/owner", OWN_MACHINE),
    post("/rules/{id}/share", OWN_RULE),
    post("/rules/{id}/unshare", OWN_RULE),
    post("/rules/{id}/owner", OWN_RULE),
    get("/audit", LOG),
    get("/audit/export", LOG),
    get("/log", LOG),
    get("/log/{pos}", LOG),
    post("/subscriptions/{id}/remove", SUBSCRIPTION),
    get("/account", OWN),
    get("/account/confirm", Door::May(Action::ConfirmMail)),
    post("/account/confirm", Door::May(Action::ConfirmMail)),
    get("/account/profile", OWN),
    post("/account/profile", OWN),
    post("/account/mail/keep", OWN),
    post("/account/reminder/later", OWN),
    post("/account/password", OWN),
    post("/account/picture", OWN),
    post("/account/picture/remove", OWN),
    post("/account/sessions/close", OWN),
    post("/account/sessions/close-others", OWN),
    get("/account/two-step", OWN),
    post("/account/two-step", OWN),
    post("/account/two-step/off", OWN),
    get("/account/tokens", OWN),
    post("/account/tokens", OWN),
    post("/account/tokens/revoke", OWN),
    get("/account/leave", OWN),
    post("/account/leave", OWN),
    post("/account/telegram", OWN),
    post("/account/telegram/{id}/unlink", Door::On(Action::ManageOwnAccount, Right::Manage, What::Chat)),
    get("/regions/activity", WATCH),
    get("/regions/alerts", WATCH),
    get("/regions/machines", WATCH),
    get("/regions/figures", WATCH),
    get("/regions/enrol/{id}", OWN_MACHINE),
    get("/api/machines/{id}/series", MACHINE),
    get("/api/docs", WATCH),
    get("/api/v1/openapi.json", Door::Open),
    get("/live", WATCH),
];

/// The door of a route; `None` for one that is not in the table.
pub fn door(method: &Method, pattern: &str) -> Option<Door> {
    ROUTES.iter().find(|r| r.pattern == pattern && r.method == method.as_str()).map(|r| r.door)
}

/// The methods of a pattern, as the header `Allow` has them.
pub fn allowed(pattern: &str) -> String {
    let of_it = ROUTES.iter().filter(|r| r.pattern == pattern);
    let named = of_it.map(|r| if r.method == "GET" { "GET, HEAD" } else { r.method });
    named.collect::<Vec<_>>().join(", ")
}

/// Registers the handlers of what nobody has to sign in for.
fn open_doors(config: &mut ServiceConfig) {
    use pages::{account, confirm, people, register, reset, second_step};
    let get = web::get;
    let post = web::post;
    config
        .route("/assets/{hash}/{name}", get().to(answer::asset))
        .route(REVOCATIONS, get().to(revocations::list))
        .route("/healthz", get().to(health::alive))
        .route("/readyz", get().to(health::ready))
        .route("/metrics", get().to(metrics::show))
        .service(web::resource("/reset/{secret}").route(get().to(reset::show)).route(post().to(reset::set)))
        .service(web::resource("/forgot").route(get().to(reset::forgot)).route(post().to(reset::ask)))
        .service(web::resource("/register").route(get().to(register::open)).route(post().to(register::join)))
        .service(
            web::resource("/invitation/{secret}")
                .route(get().to(register::invited))
                .route(post().to(register::accept)),
        )
        .service(
            web::resource("/confirm/{secret}")
                .route(get().to(confirm::show))
                .route(post().to(confirm::confirm)),
        )
        .service(
            web::resource("/setup/{secret}").route(get().to(people::setup)).route(post().to(people::set_up)),
        )
        .service(web::resource("/login").route(get().to(people::login)).route(post().to(people::sign_in)))
        .service(
            web::resource("/login/code")
                .route(get().to(second_step::ask))
                .route(post().to(second_step::enter)),
        )
        .route("/logout", post().to(people::sign_out))
        .route("/preferences", post().to(account::preferences));
}

/// Registers the handlers.
pub fn configure(config: &mut ServiceConfig) {
    use pages::{enrol, machine, machine_form, machines, people, regions};
    let get = web::get;
    let post = web::post;
    open_doors(config);
    config
        .route("/", get().to(people::start))
        .route("/machines", get().to(machines::list))
        .service(
            web::resource("/machines/new")
                .route(get().to(machine_form::blank))
                .route(post().to(machine_form::register)),
        )
        .route("/machines/{id}", get().to(machine::show))
        .service(
            web::resource("/machines/{id}/edit")
                .route(get().to(machine_form::edit))
                .route(post().to(machine_form::change)),
        )
        .service(
            web::resource("/machines/{id}/enrol").route(get().to(enrol::show)).route(post().to(enrol::issue)),
        )
        .route("/machines/{id}/revoke", post().to(machine::revoke))
        .route("/machines/{id}/remove", post().to(machine::remove))
        .route("/regions/activity", get().to(regions::activity))
        .route("/regions/alerts", get().to(regions::alerts))
        .route("/regions/machines", get().to(regions::machines))
        .route("/regions/figures", get().to(regions::figures))
        .route("/regions/enrol/{id}", get().to(regions::enrol))
        .route("/live", get().to(feed::open));
    api::configure(config);
    configure_watching(config);
    configure_telling(config);
    configure_walls(config);
    accounts::configure_people(config);
    accounts::configure_account(config);
    accounts::configure_accounts(config);
}

/// Wall displays: what a link shows, and the links.
fn configure_walls(config: &mut ServiceConfig) {
    use pages::{wall, walls};
    let get = web::get;
    let post = web::post;
    config
        .route("/wall/{secret}", get().to(wall::show))
        .route("/wall/{secret}/board", get().to(wall::board))
        .route("/wall/{secret}/live", get().to(feed::wall))
        .service(web::resource("/walls").route(get().to(walls::list)).route(post().to(walls::issue)))
        .route("/walls/{id}", get().to(wall::preview))
        .route("/walls/{id}/board", get().to(wall::preview_board))
        .route("/walls/{id}/live", get().to(feed::wall_preview))
        .route("/walls/{id}/revoke", post().to(walls::revoke));
}

/// Channels, who is told through them, and what became of it.
fn configure_telling(config: &mut ServiceConfig) {
    use pages::{channels, deliveries, mail};
    let get = web::get;
    let post = web::post;
    config
        .route("/channels", get().to(channels::list))
        .service(
            web::resource("/channels/{name}")
                .route(get().to(channels::show))
                .route(post().to(channels::configure)),
        )
        .route("/channels/{name}/test", post().to(channels::test))
        .route("/channels/{name}/subscriptions", post().to(channels::subscribe))
        .route("/deliveries", get().to(deliveries::list))
        .route("/deliveries/{cause}/{id}", get().to(deliveries::show))
        .route("/deliveries/{cause}/{id}/again", post().to(deliveries::again))
        .service(web::resource("/mail").route(get().to(mail::moved)).route(post().to(mail::configure)))
        .route("/mail/test", post().to(mail::test))
        .route("/subscriptions/{id}/change", post().to(channels::change))
        .route("/subscriptions/{id}/remove", post().to(channels::unsubscribe));
}

/// Rules and checks, and what comes of them.
fn configure_watching(config: &mut ServiceConfig) {
    use pages::{alerts, checks, rules, silences};
    let get = web::get;
    let post = web::post;
    config
        .route("/alerts", get().to(alerts::list))
        .route("/alerts/{id}", get().to(alerts::show))
        .route("/alerts/{id}/acknowledge", post().to(alerts::acknowledge))
        .route("/alerts/{id}/snooze", post().to(alerts::snooze))
        .service(web::resource("/silences").route(get().to(silences::list)).route(post().to(silences::begin)))
        .route("/silences/{id}/end", post().to(silences::end))
        .route("/rules", get().to(rules::list))
        .service(web::resource("/rules/new").route(get().to(rules::blank)).route(post().to(rules::add)))
        .service(
            web::resource("/rules/{id}/edit").route(get().to(rules::edit)).route(post().to(rules::change)),
        )
        .route("/rules/{id}/enabled", post().to(rules::switch))
        .route("/rules/{id}/remove", post().to(rules::remove))
        .route("/checks", get().to(checks::list))
        .service(web::resource("/checks/new").route(get().to(checks::blank)).route(post().to(checks::add)))
        .service(
            web::resource("/checks/{id}/edit").route(get().to(checks::edit)).route(post().to(checks::change)),
        )
        .route("/checks/{id}/remove", post().to(checks::remove))
        .route("/regions/checks", get().to(checks::region_of));
}
