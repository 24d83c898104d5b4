//! Handlers of accounts: one's own, and how people come to one.

use crate::web::pages;
use actix_web::web::{self, ServiceConfig};

/// One's own account.
pub(super) fn configure_account(config: &mut ServiceConfig) {
    use pages::{account, leaving, links, portraits, second_step, sessions, tokens};
    let get = web::get;
    let post = web::post;
    config
        .route("/account", get().to(account::show))
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
