# Alerts, and how their causes are said.
alerts-title = Alerts
alerts-count = { $n ->
    [0] none open
    [one] 1 open
   *[other] { $n } open
}
alerts-show = Which alerts
alerts-show-all = All
alerts-show-open = Open
alerts-show-history = History
alerts-open = Open alerts
alerts-history = History
alerts-history-none = Nothing has been resolved yet.
alerts-empty = All quiet
alerts-empty-text = No alert is open. When a value passes its threshold it shows here at once, and a mail goes to the machine’s keeper.
alerts-empty-no-rules = No alert can open, because no rule is on.
alerts-empty-rules = Look at the rules
alerts-empty-mail = See who gets mail

acknowledge = Acknowledge
alert-mailed = mail { $time }
alert-timeline = What happened
alert-rule = Rule
alert-incident = Incident
alert-pending = { $reason }: not yet for long enough
alert-firing = { $reason }, opened { $ago ->
    [now] just now
   *[other] { $ago } ago
}
alert-acknowledged = { $reason }. { $by } is on it since { $time }
alert-resolved = Resolved after { $duration }
alert-resolved-by = Resolved after { $duration }, acknowledged by { $by }

status-pending = pending
status-firing = open
status-acknowledged = acknowledged
status-resolved = resolved
severity-warning = Warning
severity-critical = Critical

cause-above-for = { $metric } over { $fire } for { $duration }, clears under { $clear }
cause-above = { $metric } over { $fire }, clears under { $clear }
cause-below-for = { $metric } under { $fire } for { $duration }, clears over { $clear }
cause-below = { $metric } under { $fire }, clears over { $clear }
cause-vanished = At least { $least } machines, and { $percent }% of those that were heard, gone within { $duration }
cause-check = A check fails
cause-collector = A collector of the agent fails for { $duration }
headline-check = { $subject } fails
reason-check = not the answer that was asked for
cause-silent = Nothing heard of the agent for { $duration }
reason-above = over { $fire } for { $duration }
reason-above-now = over { $fire }
reason-below = under { $fire } for { $duration }
reason-below-now = under { $fire }
reason-vanished = so many at once that the hub itself may be cut off
reason-silent = nothing heard for { $duration }; unknown is not down
headline-value = { $subject } at { $value }
headline-series = { $metric } of { $label }
headline-vanished = many machines gone at once
headline-silent = agent silent

step-pending = { $headline }: past the threshold
step-opened = { $reason }: alert opened
step-told = { $channel } to { $to }: { $answer } after { $duration }
step-told-again = { $channel } to { $to }, try { $attempt }: { $answer } after { $duration }
step-acknowledged = { $by } acknowledged
step-resolved = Back to normal, resolved after { $duration }
step-ended = Resolved after { $duration }: { $why }
ended-rule-changed = the rule was changed and is judged anew
ended-rule-removed = the rule was removed
ended-machine-removed = the machine was removed
ended-not-covered = the rule is no longer for this machine
ended-calm = calm for a while after coming and going
ended-series-gone = this reading is no longer sent
ended-agent-revoked = the agent’s key was revoked, so nothing more is expected of it
answer-accepted = accepted
answer-deferred = refused for now
answer-given-up = given up
answer-unclear = not answered
answer-digested = in the digest
answer-superseded = told by its end
alerts-none-fit = No open alert fits
alerts-show-every = Show all alerts
alerts-history-none-fit = No alert of the past fits.
