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
# Names of the rules that are on from the start, while nobody gave them others.
default-temperature = Temperature high
default-gpu-temperature = GPU temperature high
default-load = Load high
default-memory = Memory nearly full
default-disk = Disk filling
default-disk-full = Disk nearly full
default-check = Check failed
default-certificate = Certificate ends soon
default-collector = Collector failed
default-silent = Agent silent
default-hub-view = Many machines gone at once
notice-hub = Watchroom
notice-vanished = { $machines } machines fell silent at once
notice-hub-explained = The hub itself may be cut off: look at its own network first. Nobody is told of each machine meanwhile.
notice-hub-hears-again = most of the machines are heard again
notice-calm = calm for a while after coming and going

# Buttons
notice-action-acknowledge = Acknowledge
notice-action-snooze = Snooze { $duration }
