//! What is MariaDB's own: the settings on which an acknowledgement rests, and that one hub records.

use super::Use;
use super::database::{HANDOVER_S, Server, failed, pool_options, statement, told};
use crate::event_log::error::LogError;
use crate::event_log::store::{StoreError, Stored};
use sea_orm::sqlx::mysql::{MySqlConnectOptions, MySqlConnection};
use sea_orm::sqlx::{self, AssertSqlSafe, Connection as _, Row as _};
use sea_orm::{ConnectionTrait, DatabaseConnection};
use std::collections::BTreeMap;
use watchroom_migrations::mariadb_triggers;

const OLDEST: (u32, u32) = (10, 6);
/// Four times what one statement carries at most.
const PACKET_BYTES: u64 = 16 << 20;

/// What is the hub's own choice is set, whatever the server's default: values that do not fit are errors, and
/// what a statement reads is what is committed.
const SESSION: &str = "SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION,NO_ZERO_DATE,\
    NO_ZERO_IN_DATE,ERROR_FOR_DIVISION_BY_ZERO', SESSION autocommit = 1; \
    SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED;";

/// Name of the lock that the recording hub holds.
const LOCK: &str = "CONCAT('watchroom.', SHA1(DATABASE()))";

/// Whoever vanished without a word is given up after two minutes; a hub that is there says something more often.
const GIVEN_UP: &str = "SET SESSION wait_timeout = 120";

const SETTINGS: &str = "SHOW GLOBAL VARIABLES WHERE Variable_name IN ('version', 'read_only', 'log_bin', \
    'sync_binlog', 'binlog_format', 'max_allowed_packet', 'innodb_flush_log_at_trx_commit', \
    'innodb_doublewrite', 'innodb_force_recovery')";

/// Connects once and says what is wrong, if something is.
pub(super) async fn look(
    options: &MySqlConnectOptions,
    server: &Server,
    access: Use,
) -> Result<(), LogError> {
    use sqlx::ConnectOptions as _;
    let name = &server.name;
    let mut connection = options.connect().await.map_err(|e| failed(name, &e))?;
    let mut fit = set_up(&mut connection, server, access).await;
    if fit.is_ok() && access != Use::Read {
        fit = look_at_rights(&mut connection, name).await;
    }
    // The server ends it all the same.
    let _ = connection.close().await;
    fit
}

pub(super) fn pool(options: &MySqlConnectOptions, server: &Server, access: Use) -> DatabaseConnection {
    let server = server.clone();
    let pool = pool_options::<sqlx::MySql>(access).after_connect(move |connection, _| {
        let server = server.clone();
        Box::pin(async move { told(set_up(connection, &server, access).await, server.reason(access)) })
    });
    pool.connect_lazy_with(options.clone()).into()
}

/// Makes a new connection what it is to be, and looks whether the server is fit.
async fn set_up(connection: &mut MySqlConnection, server: &Server, access: Use) -> Result<(), LogError> {
    let name = &server.name;
    let failed = |e: sqlx::Error| failed(name, &e);
    let role = match access {
        Use::Read => "SET SESSION TRANSACTION READ ONLY".to_owned(),
        Use::Look => "SET SESSION TRANSACTION READ ONLY".to_owned(),
        Use::Write => format!("SET SESSION TRANSACTION READ WRITE; {GIVEN_UP}"),
    };
    let session = format!("{SESSION} {role}");
    sqlx::raw_sql(AssertSqlSafe(session)).execute(&mut *connection).await.map_err(failed)?;
    if access == Use::Read {
        return Ok(());
    }
    let mut found = BTreeMap::new();
    for row in sqlx::raw_sql(SETTINGS).fetch_all(&mut *connection).await.map_err(failed)? {
        let text = |at: usize| row.try_get::<String, _>(at).map_err(failed);
        found.insert(text(0)?, text(1)?);
    }
    if let Some(why) = unfit(&found) {
        return Err(LogError::Unfit(format!("{name}: {why}")));
    }
    if access == Use::Look {
        return Ok(());
    }
    end_earlier(connection, &server.token).await.map_err(failed)?;
    // Held by this session until it ends, and a session that was cut off ends with its transaction. The
    // name is the whole server's, so the database is in it.
    let take = format!("SELECT GET_LOCK({LOCK}, ?)");
    let row = sqlx::query(AssertSqlSafe(take)).bind(HANDOVER_S).fetch_one(&mut *connection).await;
    match row.map_err(failed)?.try_get::<Option<i64>, _>(0).map_err(failed)? {
        Some(1) => {
            let mark = sqlx::query("SELECT GET_LOCK(CONCAT('watchroom.', ?), ?)");
            mark.bind(&server.token).bind(HANDOVER_S).execute(connection).await.map_err(failed)?;
            Ok(())
        }
        _ => Err(LogError::InUse(name.to_owned())),
    }
}

/// Ends this hub's earlier session where it still holds the log, and no other. Numbers of sessions begin anew
/// with the server, so that the number alone could be another hub's by now.
async fn end_earlier(connection: &mut MySqlConnection, token: &str) -> Result<(), sqlx::Error> {
    let holds = format!("SELECT IS_USED_LOCK({LOCK}), IS_USED_LOCK(CONCAT('watchroom.', ?))");
    let row = sqlx::query(AssertSqlSafe(holds)).bind(token).fetch_one(&mut *connection).await?;
    let (log, own): (Option<i64>, Option<i64>) = (row.try_get(0)?, row.try_get(1)?);
    let Some(session) = own.filter(|own| log == Some(*own)) else { return Ok(()) };
    let kill = format!("KILL CONNECTION {session}");
    match sqlx::raw_sql(AssertSqlSafe(kill)).execute(connection).await {
        // It has ended meanwhile.
        Err(sqlx::Error::Database(e)) if e.code().is_some_and(|code| code == "HY000") => Ok(()),
        done => done.map(|_| ()),
    }
}

/// What `OPTIMIZE TABLE` says it came to: kind and text of each line.
pub(super) fn optimized(said: &[(String, String)]) -> Stored<()> {
    match said.iter().find(|(kind, _)| kind.eq_ignore_ascii_case("error")) {
        Some((_, why)) => Err(StoreError(format!("the keys' table could not be written anew: {why}"))),
        None => Ok(()),
    }
}

/// Why what is acknowledged could be lost there, and what to change.
fn unfit(found: &BTreeMap<String, String>) -> Option<String> {
    let value = |name: &str| found.get(name).map_or("", String::as_str);
    let version = value("version");
    let mut numbers = version.split(['.', '-']).map(|part| part.parse::<u32>().unwrap_or(0));
    let numbers = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
    if !version.contains("MariaDB") || numbers < OLDEST {
        return Some(format!("the server is {version}; the hub needs MariaDB 10.6 or newer"));
    }
    let change = |what: &str| format!("{what} below [mariadbd] in the server's settings and restart it");
    let binlog = value("log_bin") == "ON";
    let packet = value("max_allowed_packet").parse::<u64>().unwrap_or(0);
    if value("innodb_flush_log_at_trx_commit") != "1" {
        Some(format!(
            "innodb_flush_log_at_trx_commit is {}, so that a crash loses what was acknowledged; {}",
            value("innodb_flush_log_at_trx_commit"),
            change("set innodb_flush_log_at_trx_commit = 1")
        ))
    } else if value("innodb_doublewrite") == "OFF" {
        let how = change("set innodb_doublewrite = ON");
        Some(format!("innodb_doublewrite is off, so that a power failure can destroy the log; {how}"))
    } else if binlog && value("sync_binlog") != "1" {
        let how = change("set sync_binlog = 1");
        Some(format!(
            "the binary log is on and not synced, so that a power failure loses what was acknowledged; {how}"
        ))
    } else if binlog && value("binlog_format") == "STATEMENT" {
        let how = change("set binlog_format = MIXED");
        Some(format!("binlog_format is STATEMENT, which cannot carry read-committed transactions; {how}"))
    } else if !matches!(value("read_only"), "OFF" | "0" | "NO_LOCK") {
        Some("the server is read-only; name the primary in database.url".into())
    } else if value("innodb_force_recovery") != "0" {
        Some("innodb_force_recovery is on: the server is being rescued; start it without".into())
    } else if packet < PACKET_BYTES {
        Some(format!(
            "max_allowed_packet is {packet} bytes; {}",
            change("set max_allowed_packet = 16M or more")
        ))
    } else {
        None
    }
}

/// No trigger sees TRUNCATE or DROP, so that only the lack of the right keeps the log from them.
async fn look_at_rights(connection: &mut MySqlConnection, name: &str) -> Result<(), LogError> {
    let failed = |e: sqlx::Error| failed(name, &e);
    let row = sqlx::query("SELECT CURRENT_USER(), DATABASE()").fetch_one(&mut *connection).await;
    let row = row.map_err(failed)?;
    let (user, database): (String, String) =
        (row.try_get(0).map_err(failed)?, row.try_get(1).map_err(failed)?);
    for row in sqlx::raw_sql("SHOW GRANTS").fetch_all(connection).await.map_err(failed)? {
        let grant: String = row.try_get(0).map_err(failed)?;
        if may_drop(&grant, &database) {
            let (name, host) = user.split_once('@').unwrap_or((&user, "%"));
            return Err(LogError::Unfit(format!(
                "{user} may drop and truncate tables of {database}, which no trigger sees. Take that right away: \
                 REVOKE DROP ON `{database}`.* FROM '{name}'@'{host}'; docs/databases.md has all the rights that \
                 the hub needs"
            )));
        }
    }
    Ok(())
}

/// Whether a line of `SHOW GRANTS` allows to drop tables of this database.
fn may_drop(grant: &str, database: &str) -> bool {
    let Some((rights, object)) = grant.strip_prefix("GRANT ").and_then(|rest| rest.split_once(" ON ")) else {
        return false;
    };
    let drops = rights.split(", ").any(|right| matches!(right, "ALL PRIVILEGES" | "DROP"));
    let object = object.split_once(" TO ").map_or(object, |(object, _)| object);
    let schema = object.split_once('.').map_or(object, |(schema, _)| schema).trim_matches('`');
    drops && (schema == "*" || like(database.as_bytes(), schema.as_bytes()))
}

/// SQL's LIKE, as in the names of databases in grants.
fn like(text: &[u8], pattern: &[u8]) -> bool {
    match pattern {
        [] => text.is_empty(),
        [b'%', rest @ ..] => (0..=text.len()).any(|at| like(&text[at..], rest)),
        [b'\\', exact, rest @ ..] => text.first() == Some(exact) && like(&text[1..], rest),
        [b'_', rest @ ..] => !text.is_empty() && like(&text[1..], rest),
        [exact, rest @ ..] => text.first() == Some(exact) && like(&text[1..], rest),
    }
}

/// Every trigger that keeps the log append-only is there and does what it is to do, and the tables are kept
/// by the engine that the settings are about.
pub(super) async fn check_triggers(db: &DatabaseConnection) -> Result<(), LogError> {
    let list = "SELECT trigger_name, event_object_table, \
         CONCAT(action_timing, ' ', event_manipulation), action_statement \
         FROM information_schema.triggers WHERE trigger_schema = DATABASE()";
    let mut there = BTreeMap::new();
    for row in db.query_all_raw(statement(db, list)).await? {
        let text = |at: usize| row.try_get_by_index::<String>(at);
        there.insert(text(0)?, (text(1)?, text(2)?, text(3)?));
    }
    for trigger in mariadb_triggers() {
        let wanted =
            (trigger.table.to_owned(), format!("BEFORE {}", trigger.event), trigger.action.to_owned());
        if there.get(trigger.name) != Some(&wanted) {
            return Err(LogError::Unfit(format!(
                "trigger {}, which keeps the log append-only, is missing or another (is the right TRIGGER there?)",
                trigger.name
            )));
        }
    }
    let others = "SELECT table_name FROM information_schema.tables \
         WHERE table_schema = DATABASE() AND table_type = 'BASE TABLE' AND engine <> 'InnoDB'";
    match db.query_one_raw(statement(db, others)).await? {
        Some(row) => {
            let table: String = row.try_get_by_index(0)?;
            Err(LogError::Unfit(format!(
                "table {table} is not kept by InnoDB; have the server's administrator convert it"
            )))
        }
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn good() -> BTreeMap<String, String> {
        let values = [
            ("version", "10.11.6-MariaDB-0+deb12u1-log"),
            ("read_only", "OFF"),
            ("log_bin", "ON"),
            ("sync_binlog", "1"),
            ("binlog_format", "MIXED"),
            ("max_allowed_packet", "16777216"),
            ("innodb_flush_log_at_trx_commit", "1"),
            ("innodb_doublewrite", "ON"),
            ("innodb_force_recovery", "0"),
        ];
        values.map(|(name, value)| (name.to_owned(), value.to_owned())).into()
    }

    #[test]
    fn each_setting_that_could_lose_something_is_named_with_what_to_change() {
        assert_eq!(unfit(&good()), None);
        for (name, value, words) in [
            ("version", "8.0.36", "needs MariaDB"),
            ("version", "10.5.23-MariaDB", "10.6 or newer"),
            ("innodb_flush_log_at_trx_commit", "2", "set innodb_flush_log_at_trx_commit = 1"),
            ("innodb_doublewrite", "OFF", "set innodb_doublewrite = ON"),
            ("sync_binlog", "0", "set sync_binlog = 1"),
            ("binlog_format", "STATEMENT", "set binlog_format = MIXED"),
            ("read_only", "ON", "name the primary"),
            ("innodb_force_recovery", "1", "start it without"),
            ("max_allowed_packet", "1048576", "set max_allowed_packet = 16M"),
        ] {
            let mut found = good();
            found.insert(name.into(), value.into());
            assert!(unfit(&found).is_some_and(|why| why.contains(words)), "{name} = {value}");
        }
        let mut without_binlog = good();
        without_binlog.extend([("log_bin".into(), "OFF".into()), ("sync_binlog".into(), "0".into())]);
        assert_eq!(unfit(&without_binlog), None);
    }

    #[test]
    fn a_table_that_was_not_written_anew_is_an_error() {
        let said = |kind: &str, text: &str| (kind.to_owned(), text.to_owned());
        let note = said("note", "Table does not support optimize, doing recreate + analyze instead");
        assert!(optimized(&[note.clone(), said("status", "OK")]).is_ok());
        let error = optimized(&[note, said("Error", "disk full"), said("status", "Operation failed")]);
        assert!(error.is_err_and(|e| e.0.contains("disk full")));
    }

    #[test]
    fn the_right_to_drop_is_found_wherever_it_was_given() {
        for grant in [
            "GRANT ALL PRIVILEGES ON *.* TO `root`@`localhost` WITH GRANT OPTION",
            "GRANT ALL PRIVILEGES ON `watch\\_room`.* TO `hub`@`%`",
            "GRANT SELECT, INSERT, DROP, ALTER ON `watch%`.* TO `hub`@`%`",
        ] {
            assert!(may_drop(grant, "watch_room"), "{grant}");
        }
        for grant in [
            "GRANT USAGE ON *.* TO `hub`@`%` IDENTIFIED BY PASSWORD '*DROP'",
            "GRANT SELECT, INSERT, DROP ROLE ON `watch\\_room`.* TO `hub`@`%`",
            "GRANT ALL PRIVILEGES ON `other`.* TO `hub`@`%`",
            "GRANT `reader` TO `hub`@`%`",
        ] {
            assert!(!may_drop(grant, "watch_room"), "{grant}");
        }
    }
}
