# Checks, and evidence.
rail-checks = Checks
checks-title = Checks
checks-text = Services that are tried from outside, by the hub or by an agent.
checks-add = Add check
checks-empty = Nothing is checked yet
checks-empty-text = A check asks for a page, connects to a port, or looks when a certificate ends. It needs no agent on the machine that it is of: a switch or a printer can be watched this way.
checks-no-machine = A check is of a machine, so add that first.
checks-none-of-machine = Nothing is checked on this machine.
checks-all-up = { $n ->
    [one] 1 check answers
   *[other] all { $n } checks answer
}
checks-some-up = { $up } of { $n } checks answer
checks-down = { $n ->
    [one] its check fails
   *[other] { $down } of { $n } checks fail
}
check-column = Check
check-result = Last run
check-took = Took
check-status = Status
check-certificate = Certificate
check-run-by = Run by
check-last = Seen
check-by-hub = the hub
check-by-agent = agent of { $machine }
check-every = every { $duration }
check-up = as expected
check-down = fails
check-none-yet = not run yet
check-silent = no result for too long
check-unwilling = the agent of { $machine } runs no checks: it is not connected yet, too old, or was started with “--checks off”
check-days = { $n ->
    [0] ends today
    [one] 1 more day
   *[other] { $n } more days
}
check-days-over = { $n ->
    [0] ended today
    [one] ended 1 day ago
   *[other] ended { $n } days ago
}
check-kind-http = Page
check-kind-tcp = Port
check-kind-certificate = Certificate
check-what = What is asked
check-how = For what, and how often
check-new-title = Add a check
check-new-do = Add check
check-edit-title = Edit { $name }
remove-check-text = It is not run any more, and its open alerts are resolved. What it found stays in the log.
field-check-address = Address
field-check-address-hint = Of a page its whole address with http or https; otherwise host and port, for example db.example.org:5432
field-check-status = Status
field-check-status-hint = Left empty, any from 200 to 299 is right
field-check-contains = Text to be found
field-check-contains-hint = In the first 256 KiB of the page; may be empty
field-check-follow = Follow redirects, five at most
field-check-any-certificate = Accept any certificate
field-check-server-name = Server name
field-check-server-name-hint = Left empty, the host’s
field-check-name = Name
field-check-name-hint = As it stands in alerts
field-check-machine = Of which machine
field-check-machine-hint = Alerts about it go to this machine’s keeper
field-check-run-by-hint = Seen from there; an agent may look at other machines too
field-check-interval = Seconds between two runs
field-check-interval-hint = From 10 to 1800
field-check-timeout = Seconds that it may take
field-check-timeout-hint = From 1 to 60; what fails is tried once more before it is told
field-check-enabled = The check is on
refusal-bad_address = This is no address that can be asked. A page’s begins with http or https and has no password in it; others are host and port.
refusal-bad_interval = From 10 seconds to 30 minutes.
refusal-bad_timeout = From 1 to 60 seconds, and no longer than the time between two runs.
refusal-bad_status = A status is a number from 100 to 599.
refusal-check_name_taken = Another check of this machine has this name.
happened-check-added = added the check { $name }
happened-check-changed = changed the check { $name }
happened-check-removed = removed the check { $name }
happened-collector-failed = its agent cannot read: { $name }
happened-collector-recovered = its agent can read again: { $name }
evidence-title = What ran on it
evidence-at = measured { $time }
evidence-by-cpu = By processor time, of one core
evidence-by-memory = By memory
evidence-process = Process
evidence-user = User
chart-gpu = GPU
chart-gpu-memory = GPU memory
chart-gpu-temperature = GPU temperature
chart-fans = Fans
chart-battery = Battery
chart-checks = Checks
check-why = Why: { $why }
happened-check-failed = The check { $name } fails
happened-check-failed-why = The check { $name } fails: { $why }
happened-check-recovered = The check { $name } is as expected again
