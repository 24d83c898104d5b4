# What stands on every page.
rail = Places
rail-machines = Machines
rail-alerts = Alerts
rail-rules = Rules
rail-mail = Mail
rail-account = Account
skip = Skip to the page

live-on = live, event { $pos }
live-connecting = connecting
live-broken = not live since { $time }, trying again

state-ok = fine
state-warn = warning
state-crit = critical
state-unknown = unknown

save = Save
cancel = Cancel
edit = Edit
remove = Remove
close = Close
copy = Copy
copied = Copied
more = Show more
older = Show older
on = on
off = off
no-data = no data
remove-do = Remove { $name }
machine-and = { $machine }: { $text }

column-machine = Machine
column-cpu = CPU
column-memory = Memory
column-disk = Disk
column-temperature = Temp
column-load = Load
column-hour = Last hour
column-keeper = Keeper
column-seen = Seen
column-alert = Alert
column-why = Why
column-opened = Opened
column-outcome = Outcome
column-to = To
column-subject = Subject
column-tries = Tries
column-took = Took
column-when = When

help-title = Keys
help-filter = Filter what is listed
help-go = Go to { $place }
help-rows = Next row, previous row; Enter opens it
help-new = Add something new here
help-activity = Open or close the activity
help-help = This list
help-escape = Close what is open, leave a field

error-400-title = That request made no sense
error-400-text = Go back, look over what was entered and send it again.
error-403-title = You may not do this
error-403-text = Your role does not allow it. Ask an owner or an administrator for the right, or sign in as somebody who has it.
error-404-title = Nothing is here
error-404-text = The address may be mistyped, or what it named has been removed.
error-429-title = Too many tries
error-429-text = Wait a minute, then try again.
error-500-title = Something broke on our side
error-500-text = Nothing you entered was half done. Try again; if it happens again, look for the reference below in the hub's log.
error-503-title = The hub is busy or starting
error-503-text = Wait a few seconds and load the page again.
error-home = Go to the machines
error-login = Sign in as somebody else
error-reference = Reference in the log:

refusal-name_missing = A name is needed.
refusal-too_long = That is too long.
refusal-control_character = Control characters are not allowed.
refusal-too_many = Too many. At most 16 tags.
refusal-bad_mail = This is no mail address. One looks like ada@example.org.
refusal-tag_missing = Say which tag is meant.
refusal-bad_metric = There is no such metric.
refusal-bad_number = Thresholds are plain numbers, for example 88 or 2.5.
refusal-clear_past_fire = The clearing threshold must not lie past the firing threshold.
refusal-too_short = That is too short. At least 5 seconds.
refusal-bad_duration = From 0 seconds to 7 days.
refusal-forbidden = You may not do this. Ask an owner or administrator for the right.
refusal-not_found = This does not exist, or no longer.
refusal-password_short = At least 12 characters.
refusal-password_again = The two passwords are not the same.
refusal-password_wrong = The current password is not right.
refusal-login_wrong = This name and password do not go together.
refusal-login_taken = This name is taken.
refusal-bad_port = A port is a number from 1 to 65535.
refusal-security_none = Sending without encryption is allowed only to this very computer.
refusal-bad_reference = A reference is file:/path or env:NAME.

# What a handler says above a page when something was done.
notice-saved = Saved.
notice-acknowledged = Acknowledged. Everybody can see that you are on it.
notice-removed = Removed.
notice-revoked = Revoked. The agent was disconnected and cannot come back without a new token.
notice-subscribed = Added. Mail goes to this address from the next alert on.
notice-password = The password was changed. Everybody else who was signed in with it is signed out.
notice-signed-out = You are signed out.
notice-session-ended = Your session has ended. Sign in again to go on.

role-owner = owner
role-administrator = administrator
role-operator = may act on alerts
role-viewer = may look
role-member = member
somebody = somebody
refusal-password_missing = Type the password.
refusal-password_long = At most 1,024 bytes.
