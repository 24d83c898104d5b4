# People, their roles and groups.
people-title = People
people-count = { $n ->
    [one] 1 account
   *[other] { $n } accounts
}
people-search = Name, login or mail
people-none = Nobody matches
people-none-text = Take a word or a filter away to see more people.
people-all = Show everybody
people-groups = Groups
filter-all-roles = All roles
filter-all-people = All accounts
filter-open = Open accounts
filter-suspended = Suspended accounts
filter-all-groups = All groups
list-search = Search
list-sort = Sort by
list-dir = Order
list-dir-asc = Ascending
list-dir-desc = Descending
list-do = Apply
turn-title = Pages of the list
turn-of = { $first } to { $last } of { $n }
turn-before = Previous
turn-next = Next
column-person = Person
column-role = Role
column-groups = Groups
column-active = Last active
column-group = Group
column-members = Members
column-shared = Shared things
person-me = you
person-suspended = suspended
person-never = never
person-role = What { $name } may do
person-fixed-own = You cannot change your own role: somebody else has to, so that a hub always keeps an owner.
person-fixed-owner = This is an owner. Only an owner changes what an owner may do.
person-role-do = Change the role
person-lower = Take rights away from { $name }?
person-lower-text = As { $role }, { $name } sees { $sees } of the { $before ->
    [one] one machine
   *[other] { $before } machines
} seen until now and operates { $operates }. What { $name } owns stays theirs. Rules of their own for machines that they no longer operate are switched off.
person-lower-do = Make { $name } { $role }
person-keep = Leave it as it is
person-suspend = Suspend
person-suspend-text = { $name } is signed out everywhere at once, every API token ends for good, and nobody can sign in to this account until it is restored. Machines, rules and history stay.
person-suspend-do = Suspend { $name }
person-restore = Restore the account
person-is-suspended = This account is suspended: nobody can sign in to it.
person-facts = Account
person-registered = Registered
person-tokens = API tokens
person-machines = Machines owned
person-machines-none = Owns no machine.
person-rules = Rules owned
person-rules-none = Owns no rule.
person-sessions = Signed in
person-sessions-none = Not signed in anywhere.
person-session = since { $since }, until { $until }
person-audit = What { $name } did
role-about-owner = Everything, and decides about owners and the hub itself.
role-about-administrator = Everything but what concerns owners: people, channels, audit, every machine.
role-about-operator = Sees and operates every machine, acts on every alert, manages what is their own.
role-about-member = Sees and touches only their own machines and those shared with them.
role-about-viewer = Reads everything about machines and changes nothing. For a screen on the wall.
right-see = may see
right-operate = may operate
right-manage = may manage
groups-title = Groups
groups-text = Share a machine or a rule with a group, and everybody in it has it.
groups-count = { $n ->
    [one] 1 group
   *[other] { $n } groups
}
groups-empty = No group yet
groups-empty-text = Make one for a lab, a course or a team. Then share machines with it instead of with each person.
groups-none = No group matches
groups-all = Show all groups
group-new = New group
group-name = Name
group-name-hint = For example Robotics lab
group-add = Make the group
group-rename = Rename
group-members = Members
group-members-none = Nobody is in this group yet. Add somebody below.
group-take-out = Remove
group-take-out-label = Remove { $name }
group-take-out-text = { $name } no longer has what is shared with this group only.
group-join = Add somebody
group-join-hint = Type the login name, or choose one from the list.
group-join-do = Add
group-things = Shared with it
group-things-none = Nothing is shared with this group. Share a machine on the machine’s own page.
group-remove-text = { $members ->
    [one] 1 member loses
   *[other] { $members } members lose
} what was shared with this group ({ $shared ->
    [0] nothing
    [one] 1 thing
   *[other] { $shared } things
}). The people and the things themselves stay.
notice-role = The role was changed. It counts from now on, in open pages too.
notice-suspended = The account is suspended; every session and token of it has ended.
notice-restored = The account is open again.
notice-group-added = The group is made. Add people, then share machines with it.
refusal-own_role = Somebody else has to change what you may do.
refusal-owner_only = Only an owner changes what an owner may do.
refusal-role_unconfirmed = Their mail address is not confirmed yet. Until it is, they become a viewer or a member.
refusal-no_such_login = Nobody has this login name. Look at the spelling.
list-by = { $column }
sharing-title = Owner and sharing
sharing-owner = Owner
sharing-nobody = nobody: administrators look after it
sharing-none = Shared with nobody. Operators and administrators see it all the same.
sharing-back = Take back
sharing-back-label = Take back from { $name }
sharing-back-text = { $name } loses { $thing }, unless another share or role gives it. Open pages close at once.
sharing-add = Share it
sharing-with = With
sharing-person = a person
sharing-group = a group
sharing-login-hint = The exact login name; ask the person for it.
sharing-group-hint = Everybody in the group, now and later.
sharing-right = To
sharing-see = see
sharing-operate = operate
sharing-right-hint = Whoever operates also acts on alerts, silences them, and changes a shared rule.
sharing-do = Share
sharing-give = Give away
sharing-give-text = { $thing } will belong to somebody else, who alone decides about it. You keep only what they share with you or what your role gives you, and only they can give it back.
sharing-give-other-text = { $thing } will belong to somebody else. The present owner keeps only what is shared with them or what their role gives.
sharing-give-login = Login name of the new owner
sharing-give-do = Give { $thing } away
sharing-free = Take it from the owner
sharing-free-text = { $thing } will belong to nobody: administrators look after it. The present owner keeps only what is shared with them.
notice-shared = Shared.
notice-unshared = Taken back. It counts from now on, in open pages too.
notice-given = It has another owner now.
refusal-bad_owner = Choose somebody with an account that may do more than read.
refusal-owner_missing = Say whose it is to be; only administrators leave a thing without an owner.
refusal-no_grantee = No such person or group; choose another.
refusal-bad_right = Things are shared to see or to operate. Give it away to let somebody manage it.
list-narrow = Filter and sort
list-filter = Filter
list-sort-short = Sort
column-health = Health
filter-all-health = Any health
filter-need = Needs somebody
filter-silent = Silent
filter-fine = Fine
filter-all-places = All places
filter-all-owners = All owners
filter-mine = Mine
filter-nobodys = Nobody’s
filter-all-tags = All tags
machines-none-filter = No machine fits
column-lasted = Lasted
column-rule = Rule
alerts-search = Search machines and rules
filter-all-severities = All severities
rules-search = Search rules
rules-none = No rule fits
rules-all = Show all rules
filter-on-and-off = On and off
checks-search = Search checks
checks-none = No check fits
checks-all = Show all checks
filter-all-results = All results
filter-failing = Failing
refusal-certificate_expired = The certificate is over. Make a new token for this machine.
refusal-escalation_forbidden = Your own rules can call nobody but you.
refusal-link_code_expired = This code is over. Make a new one in the account.
refusal-link_code_unknown = Nobody has made this code. Make a new one in the account.
refusal-runner_forbidden = Choose a machine of your own to run the check; what the hub runs is set up by operators.
refusal-scope_forbidden = Choose one machine that you may operate; rules for more are made by operators.
