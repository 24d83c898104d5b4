//! Who comes through which door.

/// `+` comes through, `-` is forbidden, `0` is told that it is not there, `>` is led to sign in, `!` is told to
/// sign in.
pub const TABLE: &str = "
GET  /assets/{hash}/{name}               + + +  + + + + +  + + +
GET  /ca.crl                             + + +  + + + + +  + + +
GET  /healthz                            + + +  + + + + +  + + +
GET  /readyz                             + + +  + + + + +  + + +
GET  /metrics                            0 0 0  0 0 0 0 0  0 0 0
GET  /reset/{secret}                     0 0 0  0 0 0 0 0  0 0 0
POST /reset/{secret}                     0 0 0  0 0 0 0 0  0 0 0
GET  /register                           + + +  + + + + +  + + +
POST /register                           - - -  - - - - -  - - -
GET  /invitation/{secret}                0 0 0  0 0 0 0 0  0 0 0
POST /invitation/{secret}                0 0 0  0 0 0 0 0  0 0 0
GET  /confirm/{secret}                   0 0 0  0 0 0 0 0  0 0 0
POST /confirm/{secret}                   0 0 0  0 0 0 0 0  0 0 0
GET  /forgot                             + + +  + + + + +  + + +
POST /forgot                             + + +  + + + + +  + + +
GET  /setup/{secret}                     > > >  > > > > >  > > >
POST /setup/{secret}                     0 0 0  0 0 0 0 0  0 0 0
GET  /login                              + + +  + + + + +  + + +
POST /login                              + + +  + + + + +  + + +
GET  /login/code                         > > >  > > > > >  > > >
POST /login/code                         > > >  > > > > >  > > >
POST /logout                             > > >  > > > > >  > > >
POST /preferences                        + + +  + + + + +  + + +
GET  /                                   > > >  + + + + +  + + +
GET  /live                               ! ! !  + + + + +  + + +

GET  /machines                           > > >  + + + + +  + + +
GET  /machines/new                       > > >  - + + + +  + + +
POST /machines/new                       ! ! !  - + + + +  + + +
GET  /machines/{id}                      > > >  + 0 + + +  + + +
GET  /machines/{id}/edit                 > > >  - 0 - - +  - + +
POST /machines/{id}/edit                 ! ! !  - 0 - - +  - + +
GET  /machines/{id}/enrol                > > >  - 0 - - +  - + +
POST /machines/{id}/enrol                ! ! !  - 0 - - +  - + +
POST /machines/{id}/revoke               ! ! !  - 0 - - +  - + +
POST /machines/{id}/remove               ! ! !  - 0 - - +  - + +
GET  /regions/enrol/{id}                 ! ! !  - 0 - - +  - + +
GET  /api/docs                           > > >  + + + + +  + + +
GET  /api/machines/{id}/series           ! ! !  + 0 + + +  + + +
GET  /regions/machines                   ! ! !  + + + + +  + + +
GET  /regions/figures                    ! ! !  + + + + +  + + +
GET  /regions/activity                   ! ! !  + + + + +  + + +
GET  /regions/alerts                     ! ! !  + + + + +  + + +
GET  /regions/checks                     ! ! !  + + + + +  + + +

GET  /alerts                             > > >  + + + + +  + + +
GET  /alerts/{id}                        > > >  + 0 + + +  + + +
POST /alerts/{id}/acknowledge            ! ! !  - 0 - + +  + + +
POST /alerts/{id}/snooze                 ! ! !  - 0 - + +  + + +
GET  /silences                           > > >  + + + + +  + + +
POST /silences                           ! ! !  - + + + +  + + +
POST /silences/{id}/end                  ! ! !  - 0 - + +  + + +

GET  /rules                              > > >  + + + + +  + + +
GET  /rules/new                          > > >  - + + + +  + + +
POST /rules/new                          ! ! !  - + + + +  + + +
GET  /rules/{id}/edit                    > > >  - 0 - + +  - + +
POST /rules/{id}/edit                    ! ! !  - 0 - + +  - + +
POST /rules/{id}/enabled                 ! ! !  - 0 - + +  - + +
POST /rules/{id}/remove                  ! ! !  - 0 - - +  - + +

GET  /checks                             > > >  + + + + +  + + +
GET  /checks/new                         > > >  - + + + +  + + +
POST /checks/new                         ! ! !  - + + + +  + + +
GET  /checks/{id}/edit                   > > >  - 0 - - +  - + +
POST /checks/{id}/edit                   ! ! !  - 0 - - +  - + +
POST /checks/{id}/remove                 ! ! !  - 0 - - +  - + +

GET  /channels                           > > >  - - - - -  - + +
GET  /channels/{name}                    > > >  - - - - -  - + +
POST /channels/{name}                    ! ! !  - - - - -  - + +
POST /channels/{name}/test               ! ! !  - - - - -  - + +
POST /channels/{name}/subscriptions      ! ! !  - - - - -  - + +
POST /subscriptions/{id}/change          ! ! !  0 0 0 0 0  0 + +
POST /subscriptions/{id}/remove          ! ! !  0 0 0 0 0  0 + +
GET  /deliveries                         > > >  - - - - -  - + +
GET  /deliveries/{cause}/{id}            > > >  - - - - -  - 0 0
POST /deliveries/{cause}/{id}/again      ! ! !  - - - - -  - 0 0
GET  /mail                               > > >  - - - - -  - + +
POST /mail                               ! ! !  - - - - -  - - +
POST /mail/test                          ! ! !  - - - - -  - + +

GET  /people                             > > >  - - - - -  - + +
GET  /people/{id}                        > > >  0 0 0 0 0  0 + +
POST /people/{id}/role                   ! ! !  0 0 0 0 0  0 + +
POST /people/{id}/suspend                ! ! !  0 0 0 0 0  0 + +
POST /people/{id}/restore                ! ! !  0 0 0 0 0  0 + +
POST /people/{id}/forget                 ! ! !  0 0 0 0 0  0 + +
POST /people/{id}/two-step/off           ! ! !  0 0 0 0 0  0 + +
GET  /people/{id}/picture                > > >  0 0 0 0 0  0 0 0
GET  /groups                             > > >  - - - - -  - + +
POST /groups                             ! ! !  - - - - -  - + +
GET  /groups/{id}                        > > >  0 0 0 0 0  0 + +
POST /groups/{id}/rename                 ! ! !  0 0 0 0 0  0 + +
POST /groups/{id}/remove                 ! ! !  0 0 0 0 0  0 + +
POST /groups/{id}/join                   ! ! !  0 0 0 0 0  0 + +
POST /groups/{id}/leave                  ! ! !  0 0 0 0 0  0 + +
POST /machines/{id}/share                ! ! !  - 0 - - +  - + +
POST /machines/{id}/unshare              ! ! !  - 0 - - +  - + +
POST /machines/{id}/owner                ! ! !  - 0 - - +  - + +
POST /rules/{id}/share                   ! ! !  - 0 - - +  - + +
POST /rules/{id}/unshare                 ! ! !  - 0 - - +  - + +
POST /rules/{id}/owner                   ! ! !  - 0 - - +  - + +
GET  /audit                              > > >  - - - - -  - + +
GET  /audit/export                       > > >  - - - - -  - + +
GET  /log                                > > >  - - - - -  - + +
GET  /log/{pos}                          > > >  - - - - -  - + +

GET  /invitations                        > > >  - - - - -  - + +
POST /invitations                        ! ! !  - - - - -  - + +
POST /invitations/{id}/again             ! ! !  0 0 0 0 0  0 + +
POST /invitations/{id}/withdraw          ! ! !  0 0 0 0 0  0 + +
GET  /settings                           > > >  - - - - -  - + +
POST /settings/access                    ! ! !  - - - - -  - + +

GET  /account/confirm                    > > >  + + + + +  + + +
POST /account/confirm                    ! ! !  + + + + +  + + +
GET  /account/profile                    > > >  + + + + +  + + +
POST /account/profile                    ! ! !  + + + + +  + + +
POST /account/mail/keep                  ! ! !  + + + + +  + + +
POST /account/reminder/later             ! ! !  + + + + +  + + +
GET  /wall/{secret}                      0 0 0  0 0 0 0 0  0 0 0
GET  /wall/{secret}/board                0 0 0  0 0 0 0 0  0 0 0
GET  /wall/{secret}/live                 0 0 0  0 0 0 0 0  0 0 0
GET  /walls                              > > >  - - - - -  - + +
POST /walls                              ! ! !  - - - - -  - + +
GET  /walls/{id}                         > > >  0 0 0 0 0  0 + +
GET  /walls/{id}/board                   ! ! !  0 0 0 0 0  0 + +
GET  /walls/{id}/live                    ! ! !  0 0 0 0 0  0 + +
POST /walls/{id}/revoke                  ! ! !  0 0 0 0 0  0 + +

GET  /account                            > > >  + + + + +  + + +
POST /account/password                   ! ! !  + + + + +  + + +
POST /account/picture                     ! ! !  + + + + +  + + +
POST /account/picture/remove              ! ! !  + + + + +  + + +
POST /account/sessions/close              ! ! !  + + + + +  + + +
POST /account/sessions/close-others       ! ! !  + + + + +  + + +
GET  /account/two-step                    > > >  + + + + +  + + +
POST /account/two-step                    ! ! !  + + + + +  + + +
POST /account/two-step/off                ! ! !  + + + + +  + + +
GET  /account/tokens                      > > >  + + + + +  + + +
POST /account/tokens                      ! ! !  + + + + +  + + +
POST /account/tokens/revoke               ! ! !  + + + + +  + + +
GET  /account/leave                       > > >  + + + + +  + + +
POST /account/leave                       ! ! !  + + + + +  + + +
POST /account/telegram                   ! ! !  + + + + +  + + +
POST /account/telegram/{id}/unlink       ! ! !  0 0 0 0 +  0 0 0
";
