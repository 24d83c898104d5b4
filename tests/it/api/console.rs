//! Whatever the console does, the API does too: every form of the console has its operation, or a reason why it
//! has none, and the reason stands in the words about the API.

use std::collections::BTreeMap;
use watchroom::web::ROUTES;

/// Every form of the console, and the operation that does the same. With `-` there is none; docs/api.md says why.
const TABLE: &str = "
/setup/{secret}                    -
/preferences                       -
/register                          POST /api/v1/registrations
/invitation/{secret}               POST /api/v1/registrations
/confirm/{secret}                  POST /api/v1/mail-confirmations
/forgot                            POST /api/v1/password-resets
/reset/{secret}                    POST /api/v1/password-resets/complete
/login                             POST /api/v1/sessions
/login/code                        POST /api/v1/sessions
/logout                            DELETE /api/v1/sessions/{session}
/walls                             POST /api/v1/walls
/walls/{id}/revoke                 DELETE /api/v1/walls/{wall}
/machines/new                      POST /api/v1/machines
/machines/{id}/edit                PUT /api/v1/machines/{machine}
/machines/{id}/enrol               POST /api/v1/machines/{machine}/join-tokens
/machines/{id}/revoke              POST /api/v1/machines/{machine}/revoke
/machines/{id}/remove              DELETE /api/v1/machines/{machine}
/machines/{id}/share               PUT /api/v1/machines/{machine}/shares/people/{person}
/machines/{id}/unshare             DELETE /api/v1/machines/{machine}/shares/people/{person}
/machines/{id}/owner               PUT /api/v1/machines/{machine}/owner
/alerts/{id}/acknowledge           POST /api/v1/alerts/{alert}/acknowledge
/alerts/{id}/snooze                POST /api/v1/alerts/{alert}/snooze
/silences                          POST /api/v1/silences
/silences/{id}/end                 DELETE /api/v1/silences/{silence}
/rules/new                         POST /api/v1/rules
/rules/{id}/edit                   PUT /api/v1/rules/{rule}
/rules/{id}/enabled                PATCH /api/v1/rules/{rule}
/rules/{id}/remove                 DELETE /api/v1/rules/{rule}
/rules/{id}/share                  PUT /api/v1/rules/{rule}/shares/people/{person}
/rules/{id}/unshare                DELETE /api/v1/rules/{rule}/shares/people/{person}
/rules/{id}/owner                  PUT /api/v1/rules/{rule}/owner
/checks/new                        POST /api/v1/checks
/checks/{id}/edit                  PUT /api/v1/checks/{check}
/checks/{id}/remove                DELETE /api/v1/checks/{check}
/channels/{name}                   PUT /api/v1/channels/{channel}
/channels/{name}/test              POST /api/v1/channels/{channel}/test
/channels/{name}/subscriptions     POST /api/v1/subscriptions
/subscriptions/{id}/change         PUT /api/v1/subscriptions/{subscription}
/subscriptions/{id}/remove         DELETE /api/v1/subscriptions/{subscription}
/deliveries/{cause}/{id}/again     POST /api/v1/deliveries/{cause}/{delivery}/send-again
/mail                              PUT /api/v1/channels/{channel}
/mail/test                         POST /api/v1/channels/{channel}/test
/invitations                       POST /api/v1/invitations
/invitations/{id}/again            POST /api/v1/invitations/{invitation}/send-again
/invitations/{id}/withdraw         POST /api/v1/invitations/{invitation}/withdraw
/settings/access                   PUT /api/v1/settings/access
/people/{id}/role                  PUT /api/v1/people/{person}/role
/people/{id}/suspend               POST /api/v1/people/{person}/suspend
/people/{id}/restore               POST /api/v1/people/{person}/restore
/people/{id}/forget                DELETE /api/v1/people/{person}
/people/{id}/two-step/off          DELETE /api/v1/people/{person}/two-step
/groups                            POST /api/v1/groups
/groups/{id}/rename                PUT /api/v1/groups/{group}
/groups/{id}/remove                DELETE /api/v1/groups/{group}
/groups/{id}/join                  PUT /api/v1/groups/{group}/members/{person}
/groups/{id}/leave                 DELETE /api/v1/groups/{group}/members/{person}
/account/confirm                   POST /api/v1/account/confirmation-letters
/account/profile                   PATCH /api/v1/account
/account/reminder/later            -
/account/mail/keep                 DELETE /api/v1/account/pending-mail
/account/password                  PUT /api/v1/account/password
/account/picture                   PUT /api/v1/account/picture
/account/picture/remove            DELETE /api/v1/account/picture
/account/sessions/close            DELETE /api/v1/sessions/{session}
/account/sessions/close-others     POST /api/v1/sessions/close-others
/account/two-step                  POST /api/v1/two-step
/account/two-step/off              POST /api/v1/two-step/off
/account/tokens                    POST /api/v1/tokens
/account/tokens/revoke             DELETE /api/v1/tokens/{token}
/account/leave                     POST /api/v1/account/leave
/account/telegram                  POST /api/v1/chats/link-codes
/account/telegram/{id}/unlink      DELETE /api/v1/chats/{chat}
";

#[test]
fn every_form_of_the_console_has_its_operation_or_a_reason_why_it_has_none() {
    let told = include_str!("../../../docs/api.md");
    let mut table = BTreeMap::new();
    for line in TABLE.lines().filter(|line| !line.is_empty()) {
        let (form, operation) = line.split_once(' ').unwrap();
        assert!(table.insert(form, operation.trim()).is_none(), "twice: {form}");
    }
    let mut wrong = Vec::new();
    for form in ROUTES.iter().filter(|r| r.method == "POST" && !r.pattern.starts_with("/api/")) {
        match table.remove(form.pattern) {
            None => wrong.push(format!("{} has neither an operation nor a reason", form.pattern)),
            Some("-") if !told.contains(&format!("`{}`", form.pattern)) => {
                wrong.push(format!("docs/api.md does not say why {} has no operation", form.pattern));
            }
            Some("-") => {}
            Some(operation) => {
                let (method, pattern) = operation.split_once(' ').unwrap();
                if !ROUTES.iter().any(|r| r.method == method && r.pattern == pattern) {
                    wrong.push(format!("{operation} is no operation"));
                }
            }
        }
    }
    wrong.extend(table.keys().map(|form| format!("{form} is no form of the console")));
    assert!(wrong.is_empty(), "{wrong:#?}");
}
