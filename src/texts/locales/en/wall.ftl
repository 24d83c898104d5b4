# Wall displays: the screen, and the page of their links.

rail-walls = Displays
walls-title = Wall displays
walls-text = A screen in a room, opened by a link that needs no sign-in and never ends by itself. It shows how machines are, and nothing about people.
walls-empty = No display yet
walls-empty-text = Give out a link, open it on the television of a room, and it shows how the machines are from then on.
wall-new = A new link
wall-name = Name of the display
wall-name-hint = Where the screen is; it stands at its top.
wall-tag = Only machines with this tag
wall-tag-hint = Empty for all machines.
wall-light = Light instead of dark
wall-issue = Give out a link
wall-made = The link
wall-made-text = Open it on the screen. It is shown here once: whoever has it sees the display until the link is revoked.
wall-since = given out { $time }
wall-preview = Preview
wall-preview-light = Light preview
wall-revoke = Revoke
wall-revoke-text = Every screen that was opened by this link ends at once. It cannot be given back; a new link is a new address.
wall-revoke-do = Revoke { $name }
notice-wall-revoked = The link has ended.
wall-gone-title = This display has ended
wall-gone-text = The link was revoked, or is not whole. Whoever looks after this hub can give out a new one, under Displays.
wall-machines = { $n ->
    [one] { $n } machine
   *[other] { $n } machines
}
wall-live = Live
wall-alerts = Open alerts
wall-alerts-of = critical { $critical }, warning { $warning }
wall-calm = All calm
wall-fine = Fine
wall-silent = { $n } silent
wall-silent-none = None is silent
wall-hottest = Hottest
wall-power = Power now
wall-power-now = all that is measured
wall-more = more, some of them need somebody
wall-more-fine = more, all fine
wall-more-alerts = { $n ->
    [one] and one more alert
   *[other] and { $n } more alerts
}
wall-empty = No machine is shown here. Give a machine this display’s tag, or register one.
walls-search = Search displays
wall-sort-name = Name
wall-sort-machines = Machines
wall-sort-issued = Given out
