//! Handlers of people: their accounts, their groups, and what is shared with them.

use crate::web::pages;
use actix_web::web::{self, ServiceConfig};

/// One's own account.
pub(super) fn configure_account(config: &mut ServiceConfig) {
    use pages::{account, leaving, links, portraits, second_step, sessions, tokens};
    let get = web::get;
    let post = web::post;
    config
        .route("/account", get().to(account::show))
        .route("/account/reminder/later", post().to(account::later))
        .route("/account/password", post().to(account::change_password))
        .route("/account/telegram", post().to(links::issue))
        .route("/account/telegram/{id}/unlink", post().to(links::unlink))
        .route("/account/picture", post().to(portraits::set))
        .route("/account/picture/remove", post().to(portraits::remove))
        .route("/account/sessions/close", post().to(sessions::close))
        .route("/account/sessions/close-others", post().to(sessions::close_others))
        .service(
            web::resource("/account/two-step")
                .route(get().to(second_step::show))
                .route(post().to(second_step::turn_on)),
        )
        .route("/account/two-step/off", post().to(second_step::turn_off))
        .service(
            web::resource("/account/tokens").route(get().to(tokens::show)).route(post().to(tokens::issue)),
        )
        .route("/account/tokens/revoke", post().to(tokens::revoke))
        .service(
            web::resource("/account/leave").route(get().to(leaving::show)).route(post().to(leaving::leave)),
        );
}

/// How people come to accounts, and what they tell of themselves.
pub(super) fn configure_accounts(config: &mut ServiceConfig) {
    use pages::{confirm, invitations, profile, settings};
    let get = web::get;
    let post = web::post;
    config
        .service(
            web::resource("/account/confirm")
                .route(get().to(confirm::waiting))
                .route(post().to(confirm::again)),
        )
        .service(
            web::resource("/account/profile")
                .route(get().to(profile::show))
                .route(post().to(profile::change)),
        )
        .route("/account/mail/keep", post().to(profile::keep_mail))
        .service(
            web::resource("/invitations")
                .route(get().to(invitations::list))
                .route(post().to(invitations::invite)),
        )
        .route("/invitations/{id}/again", post().to(invitations::again))
        .route("/invitations/{id}/withdraw", post().to(invitations::withdraw))
        .route("/settings", get().to(settings::show))
        .route("/settings/access", post().to(settings::configure_access));
}

/// People, their groups, and what is shared with them.
pub(super) fn configure_people(config: &mut ServiceConfig) {
    use pages::{audit, groups, journal, leaving, portraits, roster, second_step, sharing};
    let get = web::get;
    let post = web::post;
    config
        .route("/people", get().to(roster::list))
        .route("/people/{id}", get().to(roster::show))
        .route("/people/{id}/role", post().to(roster::set_role))
        .route("/people/{id}/suspend", post().to(roster::suspend))
        .route("/people/{id}/restore", post().to(roster::restore))
        .route("/people/{id}/forget", post().to(leaving::forget))
        .route("/people/{id}/two-step/off", post().to(second_step::take_away))
        .route("/people/{id}/picture", get().to(portraits::show))
        .service(web::resource("/groups").route(get().to(groups::list)).route(post().to(groups::add)))
        .route("/groups/{id}", get().to(groups::show))
        .route("/groups/{id}/rename", post().to(groups::rename))
        .route("/groups/{id}/remove", post().to(groups::remove))
        .route("/groups/{id}/join", post().to(groups::join))
        .route("/groups/{id}/leave", post().to(groups::leave))
        .route("/audit", get().to(audit::list))
        .route("/audit/export", get().to(audit::export))
        .route("/log", get().to(journal::list))
        .route("/log/{pos}", get().to(journal::show))
        .route("/machines/{id}/share", post().to(sharing::share_machine))
        .route("/machines/{id}/unshare", post().to(sharing::unshare_machine))
        .route("/machines/{id}/owner", post().to(sharing::give_machine))
        .route("/rules/{id}/share", post().to(sharing::share_rule))
        .route("/rules/{id}/unshare", post().to(sharing::unshare_rule))
        .route("/rules/{id}/owner", post().to(sharing::give_rule));
}
