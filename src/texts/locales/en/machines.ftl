# Machines: the list, one machine, its form, its agent.
machines-title = Machines
machines-count = { $n } watched, { $need ->
    [0] none needs you
    [one] 1 needs you
   *[other] { $need } need you
}, { $silent ->
    [0] none silent
   *[other] { $silent } silent
}
machines-add = Add machine
machines-filter = Search machines
machines-cells = Every machine at a glance
machines-all = Show all machines
machines-empty = No machine is watched yet
machines-empty-text = Add one: say what it is and who keeps it, and get the one command that makes its agent join. The agent dials out, opens no port and needs no root.
machines-empty-shared = Machines that others share with you appear here by themselves.
machines-empty-here = To watch the very computer that this hub runs on, start both at once:
machines-none = No machine matches “{ $filter }”
machines-none-text = The search looks at name, place, model, number, tag and keeper. Take a word or a filter away to see more.

figures = Figures
figure-open = Open alerts
figure-open-none = nobody needs you
figure-open-acknowledged = { $n ->
    [0] none acknowledged
   *[other] { $n } acknowledged
}
figure-hottest = Hottest
figure-hottest-where = { $machine }, { $sensor }
figure-hottest-none = no sensor has spoken yet
figure-silent = Silent machines
figure-silent-none = every machine is heard
figure-silent-empty = no machine yet
figure-silent-never = { $machine }, not heard yet
figure-mail = Reading to mail
figure-mail-median = median of { $n ->
    [one] 1 mail
   *[other] { $n } mails
} today
figure-mail-none = no mail sent yet

seen-never = never
machine-waiting = waiting for its agent
machine-join = Connect its agent
machine-rejoin = New join token
machine-seen = seen
machine-range = Time shown
machine-silent-title = Nothing heard of it yet
machine-silent-text = Its agent has not joined. Make a token and run one command on the machine; the curves begin with the first reading.
machine-no-values = Its agent has joined. The curves begin with the first reading, in a moment.

chart-cpu = CPU
chart-load = Load
chart-memory = Memory
chart-temperature = Temperature
chart-disk-space = Disk space
chart-disk = Disk
chart-network = Network
chart-note-cores = { $n ->
    [one] 1 core
   *[other] { $n } cores
}
chart-note-of = of { $total }
chart-note-limit = limit { $limit }
chart-note-hottest = hottest of { $n }
chart-note-in-out = in and out
chart-note-read-write = reading and writing
chart-more = and { $n } more
chart-none = no reading in this time
chart-no-sensor = No temperature sensor was found; virtual machines have none.
chart-failed = The curve could not be fetched; it is tried again.

facts = Facts
fact-place = Place
fact-model = Model
fact-number = Number
fact-address = Address
fact-keeper = Keeper
fact-keeper-none = nobody: only subscribers get mail about it
fact-agent = Agent
fact-agent-none = none yet
fact-connected = connected since { $time }
fact-disconnected = not connected
fact-certificate = Certificate
fact-certificate-until = until { $date }, renewed by itself
fact-certificate-none = none
fact-registered = Registered
fact-note = Note

revoke = Revoke agent
revoke-text = The agent is disconnected at once and its certificate is not accepted again. What it has sent stays. A new token lets it, or another, join again.
revoke-do = Revoke the agent of { $name }
remove-machine-text = The machine leaves every list and its agent is disconnected. What happened on it stays in the log.

machine-new-title = Add a machine
machine-new-do = Add and get the command
machine-edit-title = Edit { $name }
form-machine = The machine
form-keeper = Its keeper
form-keeper-text = Whoever looks after it. Alerts of this machine go to the keeper’s mail address. Kept encrypted, and can be forgotten.
field-machine-name = Name
field-machine-name-hint = As people call it, for example node-07
field-place = Place
field-place-hint = Room and rack, for example GPU room, rack A
field-number = Number
field-number-hint = Inventory number
field-model = Model
field-address = Address
field-address-hint = IP or host name, for people to read; the agent dials out
field-tags = Tags
field-tags-hint = Separated by commas; rules can be for a tag
field-note = Note
field-keeper-name = Name
field-keeper-mail = Mail
field-keeper-mail-hint = Left empty, only subscribers get mail
field-keeper-phone = Phone

enrol-title = Connect { $name }
enrol-copy = Put the agent on the machine
enrol-copy-text = Copy the program watchroom-agent to it. It lies beside watchroom, needs no root, opens no port and runs nothing for the hub.
enrol-run = Run this there
enrol-run-text = The token is shown this once. It names this hub, pins its certificate and lets the agent in.
enrol-token = Good until { $time } (for { $duration }), { $n ->
    [one] for one use
   *[other] for { $n } uses
}.
enrol-none = A token lets one agent join as this machine. It is shown once and ends by itself.
enrol-make = Make a token
enrol-again = Make another token
enrol-wait = See it arrive
enrol-waiting = Waiting for the agent. This page notices by itself.
enrol-joined = The agent has its certificate; waiting for its first connection.
enrol-connected = Connected at { $time }
enrol-see = See its curves
refusal-too_many_keepers = Your machines name 5 addresses already that no account here has confirmed. Name one of those or somebody with an account, or ask an operator to enter this one.
