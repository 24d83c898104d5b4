# The ways into an account, and the way out of it for good.
code-title = Second step
code-text = Your password is right. Type the code that your authenticator app shows now, or one of your recovery codes.
code-back = Begin again
field-code = Code
field-code-hint = Six digits from the app, or a recovery code
two-step-title = Two-step sign-in
two-step-text = Install an authenticator app on your phone and scan this picture with it. From then on you are asked for its code after your password, so that a stolen password opens nothing.
two-step-scan = Scan this with your app
two-step-picture = Picture for the authenticator app
two-step-by-hand = Or type this key into the app:
two-step-confirm = Show that it works
two-step-code-hint = The six digits that the app shows now
two-step-do = Turn on
two-step-on = On since { $since }
two-step-off = Turn it off
two-step-off-text = Your password alone opens your account then. To move to another phone, turn it off here and set it up again.
two-step-off-do = Turn off
recovery-title = Your recovery codes
recovery-text = Each of them works once instead of a code from the app, for the day when your phone is lost. They are shown only now: print them, or keep them in a password manager.
recovery-done = I have kept them
recovery-left = { $n ->
    [0] No recovery code is left. Turn it off and on again to get new ones.
    [one] 1 recovery code is left.
   *[other] { $n } recovery codes are left.
}
doors-title = Ways into your account
doors-two-step-on = A code is asked for after the password.
doors-two-step-off = The password alone is enough.
doors-two-step-set-up = Set up
doors-two-step-manage = Manage
doors-tokens = { $n ->
    [0] No program acts in your name.
    [one] 1 token
   *[other] { $n } tokens
}
doors-tokens-manage = Manage
sessions-title = Where you are signed in
session-this = this browser
session-unknown = Unknown browser
session-from = since { $since }, from { $address }
session-seen = Last seen { $time }
session-close = Sign out
sessions-close = Sign out everywhere else
tokens-title = API tokens
tokens-text = With a token, a program acts in your name: within what you allow it, and until the token ends.
tokens-docs = How to use the API
tokens-none = No token yet. Make one for each program, so that you can end one without the others.
token-fresh = Copy the token now
token-fresh-text = It is shown only this once. Whoever has it may do in your name what you have allowed it.
token-new = New token
token-name = What is it for?
token-name-hint = For example the name of the script
token-scopes = What may it do?
token-scopes-hint = Never more than you may yourself
scope-read = Read
scope-about-read = See what you see
scope-act = Act on alerts
scope-about-act = Acknowledge, snooze, silence
scope-manage = Manage
scope-about-manage = Machines, checks and rules
scope-administer = Administer
scope-about-administer = People, channels, the log, the hub’s settings
token-days = It ends after
token-days-n = { $n ->
    [one] 1 day
   *[other] { $n } days
}
token-do = Make the token
token-times = made { $issued }, ends { $expires }.
token-used = Last used { $time }.
token-unused = Not used since the hub was started.
token-over = Its time is over.
token-revoke = End
token-revoke-text = “{ $name }” stops working at once, and programs that use it with it. A token that has ended cannot be brought back.
token-revoke-do = End this token
picture-title = Picture
picture-mine = Your picture
picture-file = Choose a picture
picture-hint = JPEG, PNG or WebP of at most 5 MiB; it is made small
picture-do = Use it
picture-remove = Remove the picture
leave-title = Leave this hub
leave-link = Leave…
leave-about = Ends your account for good and erases what is personal about you.
leave-lost = What is lost, for good
leave-person = Nobody can read your name, addresses and picture any more, not even in the log.
leave-doors = You are signed out { $sessions ->
    [one] in this browser
   *[other] in { $sessions } browsers
}{ $tokens ->
    [0] .
    [one] , and 1 API token ends.
   *[other] , and { $tokens } API tokens end.
}
leave-told = { $chats ->
    [0] You have no linked chat.
    [one] 1 linked chat ends, even if it is a group.
   *[other] { $chats } linked chats end, groups that you linked included.
} { $subscriptions ->
    [0] You have no subscription.
    [one] 1 subscription ends.
   *[other] { $subscriptions } subscriptions end.
}
leave-things = { $n ->
    [0] No machine and no rule is yours.
    [one] Your one machine or rule belongs to nobody then; administrators look after it. A rule that was only yours is switched off.
   *[other] Your { $n } machines and rules belong to nobody then; administrators look after them. Rules that were only yours are switched off.
}
leave-stays = What you did stays in the log as the deed of somebody unknown. Your login name becomes free.
leave-backups = Backups made before today still hold your data until they are deleted.
leave-sure = This cannot be undone
leave-do = Erase me and end my account
leave-not = Stay
person-forget = Remove for good
person-forget-text = { $name } is signed out, every token, chat and subscription ends, what { $name } owns belongs to nobody, and name, addresses and picture are erased from the log for good. This cannot be undone. Suspend the account instead if { $name } may come back.
person-forget-do = Erase { $name }
person-two-step = Two-step sign-in
person-two-step-on = on
person-two-step-off = off
person-two-step-take = Turn off two-step sign-in
person-two-step-take-text = Do this only when you are certain that it is { $name } who asks and who has lost the phone: the password alone opens the account then.
person-two-step-take-do = Turn it off for { $name }
notice-left = Your account has ended, and what was personal in it is erased.
notice-forgotten = The account has ended, and what was personal in it is erased.
notice-sign-in-again = That took too long, or there were too many wrong codes. Sign in again.
notice-two-step-off = Two-step sign-in is off.
notice-two-step-taken = Two-step sign-in is off for this person.
notice-session-closed = That browser is signed out.
notice-sessions-closed = You are signed out everywhere else.
notice-token-revoked = The token has ended.
notice-picture = This is your picture now.
notice-picture-removed = The picture is gone.
refusal-last_owner = You are the only owner. Make somebody else an owner first.
refusal-code_missing = Type the code as well.
refusal-code_wrong = This code is wrong or was used already. Wait for the next one.
refusal-second_factor_set = It is on already. Turn it off first.
refusal-bad_secret = This did not work out. Begin again and scan the new picture.
refusal-scopes_missing = Choose what the token may do.
refusal-bad_expiry = The end lies in the future, within a year.
refusal-picture_bad = This is no picture that can be read. Choose a JPEG, PNG or WebP file.
refusal-picture_large = The file is too large. Choose one of at most 5 MiB.
refusal-picture_pixels = The picture has too many pixels: at most 40 million.
