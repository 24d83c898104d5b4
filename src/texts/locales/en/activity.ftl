# What happened, in sentences. "who" stands before them.
activity-title = Activity
activity-sub = { $machines ->
    [one] 1 machine
   *[other] { $machines } machines
}, { $open ->
    [0] all quiet
   *[other] { $open } open
}
activity-empty = Nothing has happened yet.
activity-empty-text = What machines and people do shows here as it happens: an agent that joins, an alert and who takes it, a mail and what the server said.
events-title = What happened here
events-none = Nothing yet.

happened-owner-made = made the first account. Welcome.
happened-account-open = made an account
happened-account-invited = made an account by an invitation
happened-account-made = has an account here
happened-signed-in = signed in
happened-registered = added the machine { $name }
happened-edited = edited { $name }
happened-removed = removed { $name }
happened-token-made = made a join token for { $name }
happened-joined = Agent joined and got its certificate
happened-renewed = Certificate renewed
happened-revoked = revoked the agent of { $name }
happened-connected = Agent connected
happened-backfilled = { $n ->
    [one] 1 buffered frame stored
   *[other] { $n } buffered frames stored
} after a pause
happened-disconnected = Agent disconnected; it buffers until it is back
happened-opened = { $headline }: alert opened
happened-acknowledged = acknowledged: { $headline }
happened-resolved = { $headline }: resolved after { $duration }
happened-mail-accepted = Mail to { $to } accepted after { $duration }
happened-mail-retried = Mail to { $to } refused for now, tried again: { $answer }
happened-mail-given-up = Mail to { $to } given up: { $answer }
happened-rule-added = added the rule { $name }
happened-rule-changed = changed the rule { $name }
happened-rule-on = switched the rule { $name } on
happened-rule-off = switched the rule { $name } off
happened-rule-removed = removed the rule { $name }
happened-mail-changed = changed the mail settings
happened-subscriptions-changed = changed who gets mail
