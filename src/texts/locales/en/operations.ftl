# What happens to the hub itself, and the way back from a forgotten password.
reset-title = Set another password
reset-text = For { $login }. Everybody who is signed in under this name is signed out. This link works once.
reset-do = Set the password
error-408-title = That took too long
error-408-text = What you sent did not arrive in time. Send it again; if the line is slow, send less at once.
happened-log-restored = brought the event log back from a backup; what was recorded after that backup is not in it
happened-settings-reloaded = read the settings again
happened-reset-issued = gave out a link on the hub's own machine, to set another password for { $name }
happened-reset-asked = sent { $name } a link to set another password; somebody asked for it where people sign in
enrol-service = Or, where the package watchroom-agent is installed, as a service that comes back after a restart:
