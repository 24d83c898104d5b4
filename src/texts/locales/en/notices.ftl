# What is told through channels: mails and, later, others.
notice-subject = [Watchroom] { $machine }: { $rule }
notice-subject-test = [Watchroom] Test
notice-state-fired = Firing
notice-state-resolved = Resolved
notice-state-test = Test

notice-above = { $what } at { $value }, over { $threshold } for { $duration }
notice-above-now = { $what } at { $value }, over { $threshold }
notice-below = { $what } at { $value }, under { $threshold } for { $duration }
notice-below-now = { $what } at { $value }, under { $threshold }
notice-check-fails = { $what } fails
notice-check-works = { $what } works again
notice-value = { $what } at { $value }
notice-silent = nothing heard for { $duration }
notice-headline = { $machine }: { $what }
notice-silent-explained = Its state is unknown, which is not the same as down.
notice-critical-do = Somebody must look now.
notice-warning-do = Somebody should look in time.
notice-again = You may have this already: it is not certain whether an earlier attempt arrived.
notice-late = This comes late, since it could not be delivered before.

notice-cleared-above = { $what } back at { $value }, not over { $threshold } any more
notice-cleared-below = { $what } back at { $value }, not under { $threshold } any more
notice-cleared = { $what } back at { $value }
notice-cleared-plain = { $what } back to normal
notice-heard-again = heard again
notice-ended-rule-changed = the rule was changed and is judged anew
notice-ended-rule-removed = the rule was removed
notice-ended-machine-removed = the machine was removed
notice-ended-not-covered = the rule is no longer for this machine
notice-ended-series-gone = this reading is no longer sent
notice-ended-agent-revoked = the agent’s key was revoked, so nothing more is expected of it
notice-lasted = It lasted { $duration }.
notice-lasted-acknowledged = It lasted { $duration } and was acknowledged by { $by }.
notice-lasted-nobody = It lasted { $duration }; nobody had acknowledged it.
notice-somebody = somebody

notice-series = { $metric } ({ $labels })
notice-rule-above = { $rule } (over { $fire } for { $duration }, clears under { $clear })
notice-rule-below = { $rule } (under { $fire } for { $duration }, clears over { $clear })
notice-rule-silent = { $rule } (nothing heard for { $duration })
notice-machine-gone = a machine that was removed
notice-rule-gone = a rule that was removed

notice-fact-severity = Severity
notice-fact-machine = Machine
notice-fact-number = Number
notice-fact-place = Place
notice-fact-model = Model
notice-fact-address = Address
notice-fact-since = Since
notice-fact-fired = Fired
notice-fact-resolved = Resolved
notice-fact-rule = Rule
notice-fact-why = Why the check fails
notice-fact-targets = Targets that do not answer
notice-fact-busiest = Busiest processes
notice-fact-largest = Largest processes
notice-fact-sent = Asked for
notice-severity-critical = Critical
notice-severity-warning = Warning

notice-link = Open the alert
notice-link-acknowledge = Open and acknowledge
notice-link-test = Open Watchroom
notice-footer-keeper = You get this because you are the keeper of { $machine }.
notice-footer-subscriber = You get this because your address is subscribed to these alerts.
notice-footer-test = You get this because somebody asked Watchroom for a test to this address.
notice-test-headline = Watchroom can reach you here
notice-test-explained = This test went the way that every alert goes. When a machine needs somebody, a message like this one says so.

notice-unit-s = { $n } s
notice-unit-min = { $n } min
notice-unit-h = { $n } h
notice-unit-d = { $n } d
notice-unit-both = { $first } { $second }
notice-list-separator = ,{" "}

notice-metric-cpu_percent = CPU
notice-metric-cpu_core_percent = CPU core
notice-metric-load_1m = load over 1 min
notice-metric-load_5m = load over 5 min
notice-metric-load_15m = load over 15 min
notice-metric-load_per_core = load per core
notice-metric-memory_total_bytes = memory size
notice-metric-memory_used_bytes = memory in use
notice-metric-memory_used_percent = memory in use
notice-metric-swap_total_bytes = swap size
notice-metric-swap_used_bytes = swap in use
notice-metric-swap_used_percent = swap in use
notice-metric-disk_total_bytes = disk size
notice-metric-disk_used_bytes = disk in use
notice-metric-disk_used_percent = disk in use
notice-metric-disk_read_bytes_per_s = disk reading
notice-metric-disk_written_bytes_per_s = disk writing
notice-metric-net_received_bytes_per_s = network in
notice-metric-net_sent_bytes_per_s = network out
notice-metric-temperature_c = temperature
notice-metric-uptime_s = uptime
notice-metric-users_logged_in = users logged in
notice-metric-fan_rpm = fan
notice-metric-battery_percent = battery
notice-metric-battery_power_w = battery power
notice-metric-mains_online = mains
notice-metric-pressure_cpu_percent = waiting for CPU
notice-metric-pressure_memory_percent = waiting for memory
notice-metric-pressure_io_percent = waiting for disks
notice-metric-gpu_percent = GPU
notice-metric-gpu_memory_total_bytes = GPU memory size
notice-metric-gpu_memory_used_bytes = GPU memory in use
notice-metric-gpu_memory_used_percent = GPU memory
notice-metric-gpu_temperature_c = GPU temperature
notice-metric-gpu_power_w = GPU power
notice-metric-gpu_fan_percent = GPU fan
notice-metric-collector_failed = failing collector
notice-metric-check_up = check
notice-metric-check_duration_ms = check time
notice-metric-check_status_code = check status
notice-metric-certificate_days = certificate days left
# The hub's own view
notice-hub = Watchroom
notice-vanished = { $machines } machines fell silent at once
notice-hub-explained = The hub itself may be cut off: look at its own network first. Nobody is told of each machine meanwhile.
notice-hub-hears-again = most of the machines are heard again
notice-calm = calm for a while after coming and going

# Buttons
notice-action-acknowledge = Acknowledge
notice-action-snooze = Snooze { $duration }

# Further kinds
notice-state-escalated = Escalated
notice-state-flapping = Flapping
notice-state-acknowledged = Acknowledged
notice-state-digest = Digest
notice-state-channel-down = Channel down
notice-state-channel-back = Channel back
notice-released = It fired earlier and was held back until now; it is still so.
notice-escalated = Nobody has taken care of it so far, so you are told as well.
notice-flapping = It fired { $times } times within { $within }; it is told once until it has calmed down.
notice-untold = It was so from { $from } to { $to }; it could not be told before it was over.
notice-subject-digest = [Watchroom] What your quiet hours held back
notice-digest = { $held ->
    [one] 1 notice was held back
   *[other] { $held } notices were held back
}; still open: { $still }
notice-digest-explained = Your quiet hours ended at { $until }.
notice-digest-over = { $what } – from { $from } to { $to }
notice-digest-open = { $what } – since { $from }, still so
notice-digest-more = and { $count } more
notice-subject-channel = [Watchroom] Channel { $channel }
notice-channel-away = Nothing gets through by { $channel } since { $since }
notice-channel-faulty = The settings of { $channel } do not work since { $since }
notice-channel-partly = Nothing gets through to { $targets } by { $channel } since { $since }
notice-channel-do = What is to be told there waits and is sent when it works again. Look at the channel's page.
notice-channel-back = { $channel } works again after { $duration }
notice-channel-back-means = What waited is being sent now, marked as late.
notice-address-gone = { $channel }: the address of { $whose } takes nothing any more ({ $reason })
notice-address-gone-do = Nothing is sent there until the subscription is switched on again.
notice-channel-email = mail
notice-channel-telegram = Telegram
notice-channel-webhook = webhook
notice-link-channels = Look at the channels
notice-link-alerts = Look at the alerts
notice-footer-person = You get this because you have an account of this hub.
notice-acknowledged-by = Acknowledged by { $by }.
notice-snoozed-until = Put off until { $time }.

# Trouble of the hub itself
notice-subject-hub = [Watchroom] The hub itself
notice-state-hub-troubled = The hub needs you
notice-state-hub-recovered = The hub is well again
notice-hub-little-room = Little room is left on the disk of the event log
notice-hub-little-room-do = Make room there, or give the hub a larger disk: once it is full, nothing can be recorded and nobody is told of anything.
notice-hub-full = The disk of the event log is full
notice-hub-full-do = Make room there now. Until then nothing more may be recorded; agents keep what they measure and send it later.
notice-hub-large-wal = The write-ahead log of the database grows and is not taken over
notice-hub-large-wal-do = Some program has been reading the database's file for long, such as a copy or a query: end it, or the file fills the disk.
notice-hub-disk-recovered = The disk of the event log is well again after { $duration }
notice-link-console = Open the console
