# Rules.
rules-title = Rules
rules-text = When somebody is to be woken, and by what.
rules-add = Add rule
rules-empty = There is no rule
rules-empty-text = Without one nothing ever opens an alert. Begin with temperature over 88 °C for 1 min.
rule-switch = { $name }: on or off
rule-open = { $n ->
    [one] 1 open alert
   *[other] { $n } open alerts
}
rule-new-title = Add a rule
rule-new-do = Add rule
rule-edit-title = Edit { $name }
rule-when = When
rule-then = Then
rule-kind-threshold = A value passes a threshold
rule-kind-silent = The agent is silent
remove-rule-text = Its open alerts are resolved. What happened stays in the log.
compare-above = over
compare-below = under
field-metric = Value
field-metric-hint = Every sensor and disk is judged by itself
field-compare = Trouble is
field-fire = Fires at
field-fire-hint = In the value’s unit
field-clear = Clears at
field-clear-hint = Between the two nothing changes, so that alerts do not flap
field-for = For at least
field-for-unit = Unit of time
field-for-hint = A shorter peak wakes nobody
for-s = seconds
for-min = minutes
for-h = hours
field-rule-name = Name
field-rule-name-hint = As it stands in the mail
field-severity = Severity
field-enabled = The rule is on
field-scope = For which machines
scope-everywhere = every machine
scope-by-tag = machines with a tag
scope-by-machine = one machine
scope-tag-placeholder = tag
scope-tag = tag { $tag }
scope-machine = { $name }
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
