//! Who may do what through the API.

/// Who asks, in the order of the columns: nobody, each role, and of members one who has no part in the things,
/// one who operates them and one who owns them; last, the owner's token that may only read.
pub const ASKERS: [&str; 9] =
    ["nobody", "viewer", "outsider", "operates", "owns", "operator", "administrator", "owner", "reads"];

/// `+` is carried out or refused for what it asks, `-` may not, `0` finds nothing there, `!` is not known.
pub const TABLE: &str = "
GET    /api/v1/machines                                    ! + + + + + + + +
POST   /api/v1/machines                                    ! - + + + + + + -
GET    /api/v1/machines/{machine}                          ! + 0 + + + + + +
PUT    /api/v1/machines/{machine}                          ! - 0 - + - + + -
PATCH  /api/v1/machines/{machine}                          ! - 0 - + - + + -
DELETE /api/v1/machines/{machine}                          ! - 0 - + - + + -
GET    /api/v1/machines/{machine}/join-tokens              ! - 0 - + - + + -
POST   /api/v1/machines/{machine}/join-tokens              ! - 0 - + - + + -
POST   /api/v1/machines/{machine}/revoke                   ! - 0 - + - + + -
GET    /api/v1/machines/{machine}/values                   ! + 0 + + + + + +
GET    /api/v1/machines/{machine}/series                   ! + 0 + + + + + +
GET    /api/v1/machines/{machine}/access                   ! - 0 - + - + + -
PUT    /api/v1/machines/{machine}/owner                    ! - 0 - + - + + -
POST   /api/v1/machines/{machine}/shares                   ! - 0 - + - + + -
PUT    /api/v1/machines/{machine}/shares/people/{person}   ! - 0 - + - + + -
DELETE /api/v1/machines/{machine}/shares/people/{person}   ! - 0 - + - + + -
PUT    /api/v1/machines/{machine}/shares/groups/{group}    ! - 0 - 0 - + + -
DELETE /api/v1/machines/{machine}/shares/groups/{group}    ! - 0 - + - + + -
GET    /api/v1/checks                                      ! + + + + + + + +
POST   /api/v1/checks                                      ! - + + + + + + -
GET    /api/v1/checks/{check}                              ! + 0 + + + + + +
PUT    /api/v1/checks/{check}                              ! - 0 - + - + + -
DELETE /api/v1/checks/{check}                              ! - 0 - + - + + -
GET    /api/v1/alerts                                      ! + + + + + + + +
GET    /api/v1/alerts/{alert}                              ! + 0 + + + + + +
POST   /api/v1/alerts/{alert}/acknowledge                  ! - 0 + + + + + -
POST   /api/v1/alerts/{alert}/snooze                       ! - 0 + + + + + -
GET    /api/v1/silences                                    ! + + + + + + + +
POST   /api/v1/silences                                    ! - + + + + + + -
GET    /api/v1/silences/{silence}                          ! + 0 + + + + + +
DELETE /api/v1/silences/{silence}                          ! - 0 + + + + + -
GET    /api/v1/rules                                       ! + + + + + + + +
POST   /api/v1/rules                                       ! - + + + + + + -
GET    /api/v1/rules/{rule}                                ! + 0 + + + + + +
PUT    /api/v1/rules/{rule}                                ! - 0 + + - + + -
PATCH  /api/v1/rules/{rule}                                ! - 0 + + - + + -
DELETE /api/v1/rules/{rule}                                ! - 0 - + - + + -
GET    /api/v1/rules/{rule}/access                         ! - 0 - + - + + -
PUT    /api/v1/rules/{rule}/owner                          ! - 0 - + - + + -
POST   /api/v1/rules/{rule}/shares                         ! - 0 - + - + + -
PUT    /api/v1/rules/{rule}/shares/people/{person}         ! - 0 - + - + + -
DELETE /api/v1/rules/{rule}/shares/people/{person}         ! - 0 - + - + + -
PUT    /api/v1/rules/{rule}/shares/groups/{group}          ! - 0 - 0 - + + -
DELETE /api/v1/rules/{rule}/shares/groups/{group}          ! - 0 - + - + + -
GET    /api/v1/channels                                    ! - - - - - + + -
GET    /api/v1/channels/{channel}                          ! - - - - - + + -
PUT    /api/v1/channels/{channel}                          ! - - - - - - - -
POST   /api/v1/channels/{channel}/test                     ! - - - - - + + -
GET    /api/v1/subscriptions                               ! - - - - - + + -
POST   /api/v1/subscriptions                               ! - - - - - + + -
GET    /api/v1/subscriptions/{subscription}                ! - - - - - + + -
PUT    /api/v1/subscriptions/{subscription}                ! - - - - - + + -
DELETE /api/v1/subscriptions/{subscription}                ! - - - - - + + -
GET    /api/v1/deliveries                                  ! - - - - - + + -
GET    /api/v1/deliveries/{cause}/{delivery}               ! - - - - - 0 0 -
POST   /api/v1/deliveries/{cause}/{delivery}/send-again    ! - - - - - 0 0 -
GET    /api/v1/people                                      ! - - - - - + + -
GET    /api/v1/people/{person}                             ! - - - - - + + -
PUT    /api/v1/people/{person}/role                        ! - - - - - + + -
POST   /api/v1/people/{person}/suspend                     ! - - - - - + + -
POST   /api/v1/people/{person}/restore                     ! - - - - - + + -
GET    /api/v1/people/{person}/picture                     ! 0 0 0 0 0 0 0 0
DELETE /api/v1/people/{person}                             ! - - - - - - - -
DELETE /api/v1/people/{person}/two-step                    ! - - - - - - - -
GET    /api/v1/groups                                      ! - - - - - + + -
POST   /api/v1/groups                                      ! - - - - - + + -
GET    /api/v1/groups/{group}                              ! - - - - - + + -
PUT    /api/v1/groups/{group}                              ! - - - - - + + -
DELETE /api/v1/groups/{group}                              ! - - - - - + + -
PUT    /api/v1/groups/{group}/members/{person}             ! - - - - - + + -
DELETE /api/v1/groups/{group}/members/{person}             ! - - - - - + + -
GET    /api/v1/account                                     ! + + + + + + + +
GET    /api/v1/tokens                                      ! - - - - - - - -
POST   /api/v1/tokens                                      ! - - - - - - - -
GET    /api/v1/tokens/{token}                              ! - - - - - - - -
DELETE /api/v1/tokens/{token}                              ! - - - - - - - -
GET    /api/v1/events                                      ! - - - - - + + -
GET    /api/v1/events/{position}                           ! - - - - - + + -
GET    /api/v1/hub                                         ! + + + + + + + +
GET    /api/v1/invitations                                 ! - - - - - + + -
POST   /api/v1/invitations                                 ! - - - - - + + -
GET    /api/v1/invitations/{invitation}                    ! - - - - - + + -
POST   /api/v1/invitations/{invitation}/send-again         ! - - - - - + + -
POST   /api/v1/invitations/{invitation}/withdraw           ! - - - - - + + -
PATCH  /api/v1/account                                     ! - - - - - - - -
DELETE /api/v1/account/pending-mail                        ! - - - - - - - -
PUT    /api/v1/account/password                            ! - - - - - - - -
POST   /api/v1/account/confirmation-letters                ! - - - - - - - -
PUT    /api/v1/account/picture                             ! - - - - - - - -
DELETE /api/v1/account/picture                             ! - - - - - - - -
POST   /api/v1/account/leave                               ! - - - - - - - -
GET    /api/v1/two-step                                    ! - - - - - - - -
POST   /api/v1/two-step                                    ! - - - - - - - -
POST   /api/v1/two-step/secrets                            ! - - - - - - - -
POST   /api/v1/two-step/off                                ! - - - - - - - -
GET    /api/v1/sessions                                    ! - - - - - - - -
POST   /api/v1/sessions                                    + + + + + + + + +
GET    /api/v1/sessions/{session}                          ! - - - - - - - -
DELETE /api/v1/sessions/{session}                          ! - - - - - - - -
POST   /api/v1/sessions/close-others                       ! - - - - - - - -
GET    /api/v1/chats                                       ! - - - - - - - -
POST   /api/v1/chats/link-codes                            ! - - - - - - - -
DELETE /api/v1/chats/{chat}                                ! - - - - - - - -
POST   /api/v1/registrations                               + + + + + + + + +
POST   /api/v1/mail-confirmations                          + - - - - - - - -
POST   /api/v1/password-resets                             + + + + + + + + +
POST   /api/v1/password-resets/complete                    + + + + + + + + +
GET    /api/v1/walls                                       ! - - - - - + + -
POST   /api/v1/walls                                       ! - - - - - + + -
GET    /api/v1/walls/{wall}                                ! - - - - - + + -
DELETE /api/v1/walls/{wall}                                ! - - - - - + + -
GET    /api/v1/settings                                    ! - - - - - + + -
GET    /api/v1/settings/access                             ! - - - - - + + -
PUT    /api/v1/settings/access                             ! - - - - - - + -
";

/// Who asks by a session, as the console's own pages do, in the order of the columns.
pub const SIGNED_IN: [&str; 6] = ["viewer", "outsider", "owns", "operator", "administrator", "owner"];

/// What no token may do, for those who ask by a session.
pub const BY_SESSION: &str = "
GET    /api/v1/tokens                                      + + + + + +
POST   /api/v1/tokens                                      + + + + + +
GET    /api/v1/tokens/{token}                              0 0 0 0 0 0
DELETE /api/v1/tokens/{token}                              0 0 0 0 0 0
DELETE /api/v1/people/{person}                             - - - - + +
DELETE /api/v1/people/{person}/two-step                    - - - - 0 0
PATCH  /api/v1/account                                     + + + + + +
DELETE /api/v1/account/pending-mail                        0 0 0 0 0 0
PUT    /api/v1/account/password                            + + + + + +
POST   /api/v1/account/confirmation-letters                + + + + + +
PUT    /api/v1/account/picture                             + + + + + +
DELETE /api/v1/account/picture                             0 0 0 0 0 0
POST   /api/v1/account/leave                               + + + + + +
GET    /api/v1/two-step                                    + + + + + +
POST   /api/v1/two-step                                    + + + + + +
POST   /api/v1/two-step/secrets                            + + + + + +
POST   /api/v1/two-step/off                                + + + + + +
GET    /api/v1/sessions                                    + + + + + +
GET    /api/v1/sessions/{session}                          0 0 0 0 0 0
DELETE /api/v1/sessions/{session}                          0 0 0 0 0 0
POST   /api/v1/sessions/close-others                       + + + + + +
GET    /api/v1/chats                                       + + + + + +
POST   /api/v1/chats/link-codes                            + + + + + +
DELETE /api/v1/chats/{chat}                                0 0 + 0 0 0
";
