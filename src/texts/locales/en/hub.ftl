# Trouble of the hub itself: the line above every page, and the column beside it.
health-recording = Nothing can be recorded at the moment. Look whether the database runs and has room; agents keep what they measure meanwhile, and the hub goes on by itself.
health-read-models = What is shown may lack something. Start the hub again: it reads everything anew.
health-disk-little-room = Little room is left on the disk of the event log. Make room there before nothing can be recorded.
health-disk-full = The disk of the event log is full. Make room there now: what comes in may not be recorded any more.
health-disk-large-wal = The write-ahead log of the database grows. End whatever reads the database's file for so long, such as a copy or a query.
health-telegram-rival = Another program uses the token of the Telegram bot. End it, or give the hub a bot of its own on the page of the channel.
health-telegram-token = Telegram does not accept the token of the bot. Enter the right one on the page of the channel.
health-part = A part of the hub failed and was started again: { $part }. If this stays, look at the log lines of the hub.
happened-hub-little-room = Little room is left on the disk of the event log
happened-hub-full = The disk of the event log is full
happened-hub-large-wal = The write-ahead log of the database grows and is not taken over
happened-hub-recovered = The disk of the event log is well again after { $duration }
kind-hub_troubled = hub in trouble
kind-hub_recovered = hub well again
