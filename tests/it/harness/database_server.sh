#!/usr/bin/env bash
# A database server for tests, with everything of its own in one folder, never as root.
#
#   database_server.sh run KIND FOLDER PORT [OPTION...]   in the foreground; ends with whoever started it
#   database_server.sh share KIND FOLDER PORT             for a whole test run: ends, and removes FOLDER, once
#                                                         nobody holds FOLDER.users any more
#
# KIND is postgres or mariadb. Who starts a shared server holds FOLDER.start meanwhile.
set -euo pipefail
readonly MODE=$1 KIND=$2 FOLDER=$3 PORT=$4
shift 4

# Debian puts programs where no ordinary user looks.
PATH="$PATH:/usr/sbin:/sbin"
for folder in /usr/lib/postgresql/*/bin; do PATH="$folder:$PATH"; done
cd /

as_nobody=()
if ((EUID == 0)); then
    user=nobody
    for known in "$KIND" mysql; do
        [[ $KIND$known == mariadbmysql || $known == "$KIND" ]] && id -u "$known" >/dev/null 2>&1 && user=$known
    done
    as_nobody=(--reuid "$user" --regid "$(id -g "$user")" --clear-groups)
fi

postgres_data() {
    printf 'admin-secret\n' >"$FOLDER/password"
    setpriv "${as_nobody[@]}" initdb -D "$FOLDER/data" -U admin --pwfile "$FOLDER/password" \
        -A scram-sha-256 -E UTF8 --locale=C --no-sync --no-instructions
}

mariadb_data() {
    printf '%s\n' "CREATE USER IF NOT EXISTS 'admin'@'%' IDENTIFIED BY 'admin-secret';" \
        "GRANT ALL PRIVILEGES ON *.* TO 'admin'@'%' WITH GRANT OPTION;" >"$FOLDER/init.sql"
    setpriv "${as_nobody[@]}" mariadb-install-db --no-defaults --datadir="$FOLDER/data" \
        --auth-root-authentication-method=normal --skip-test-db
}

server() {
    if [[ ! -e $FOLDER/made ]]; then
        rm -rf "$FOLDER/data"
        mkdir -p "$FOLDER"
        ((EUID != 0)) || chown "$user" "$FOLDER"
        "${KIND}_data"
        touch "$FOLDER/made"
    fi
    local -a command
    if [[ $KIND == postgres ]]; then
        command=(postgres -D "$FOLDER/data" -p "$PORT" -h 127.0.0.1 -k "$FOLDER" -c max_connections=300
            -c shared_buffers=32MB -c min_wal_size=32MB -c max_wal_size=256MB -c wal_level=minimal
            -c max_wal_senders=0)
    else
        command=(mariadbd --no-defaults --datadir="$FOLDER/data" --socket="$FOLDER/socket" --port="$PORT"
            --bind-address=127.0.0.1 --pid-file="$FOLDER/pid" --init-file="$FOLDER/init.sql"
            --skip-name-resolve --performance-schema=OFF --innodb-buffer-pool-size=64M
            --innodb-log-file-size=64M --max-connections=300)
    fi
    exec setpriv "${as_nobody[@]}" "$@" "${command[@]}" "${options[@]}"
}

options=("$@")
if [[ $MODE == run ]]; then
    server --pdeathsig KILL
fi

(server) &
server=$!
# An end of this script is an end of the server.
# PostgreSQL leaves no shared memory behind on this signal, on which it ends as fast.
signal=KILL
[[ $KIND != postgres ]] || signal=QUIT
trap 'kill -"$signal" "$server" 2>/dev/null || true' EXIT
exec 8>"$FOLDER.start" 9>"$FOLDER.users"
idle=0
while kill -0 "$server" 2>/dev/null; do
    sleep 2
    flock 8
    if flock -n 9; then
        idle=$((idle + 1))
        flock -u 9
    else
        idle=0
    fi
    # Nobody can come in between: whoever wants the server needs the lock that is held here.
    ((idle < 4)) || break
    flock -u 8
done
kill -"$signal" "$server" 2>/dev/null || true
wait "$server" || true
trap - EXIT
rm -rf "$FOLDER"
