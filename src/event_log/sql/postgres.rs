//! What is PostgreSQL's own: the settings on which an acknowledgement rests, and that one hub records.

use super::Use;
use super::database::{HANDOVER_S, Server, failed, pool_options, statement, told};
use crate::event_log::error::LogError;
use sea_orm::sqlx::postgres::{PgConnectOptions, PgConnection, PgRow};
use sea_orm::sqlx::{self, AssertSqlSafe, Connection as _, Row as _};
use sea_orm::{ConnectionTrait, DatabaseConnection};
use std::collections::BTreeMap;
use std::sync::PoisonError;
use watchroom_migrations::postgres_triggers;

/// First half of the key of the lock that the recording hub holds: "wtch".
const LOCK: i32 = 0x7774_6368;
const OLDEST: i32 = 130_000;

/// Whoever vanished without a word is given up after a minute, so that another hub can take the log; also where
/// an answer is on its way to it.
const KEEPALIVE: &str = "SET tcp_keepalives_idle = 30; SET tcp_keepalives_interval = 10; \
    SET tcp_keepalives_count = 3; SET tcp_user_timeout = 60000;";

/// This session, as nobody else's can be called: numbers of processes come again, but not at the same time.
const SELF: &str = "SELECT pid, (extract(epoch FROM backend_start) * 1000000)::bigint AS start \
    FROM pg_stat_activity WHERE pid = pg_backend_pid()";

/// Ends this hub's earlier session, and no other.
const END_EARLIER: &str = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
    WHERE pid = $1 AND (extract(epoch FROM backend_start) * 1000000)::bigint = $2 \
    AND usename = current_user AND pid <> pg_backend_pid()";

const SETTINGS: &str = "SELECT current_setting('server_version_num')::int AS version, \
    current_setting('fsync') AS fsync, current_setting('full_page_writes') AS full_page_writes, \
    current_setting('synchronous_commit') AS synchronous_commit, pg_is_in_recovery() AS standby, \
    current_setting('server_encoding') AS encoding, current_setting('transaction_read_only') AS read_only, \
    (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) AS superuser";

/// Connects once and says what is wrong, if something is.
pub(super) async fn look(options: &PgConnectOptions, server: &Server, access: Use) -> Result<(), LogError> {
    use sqlx::ConnectOptions as _;
    let mut connection = options.connect().await.map_err(|e| failed(&server.name, &e))?;
    let fit = set_up(&mut connection, server, access).await;
    if fit.as_ref().is_ok_and(|superuser| *superuser) {
        tracing::warn!(
            "the hub's account in PostgreSQL is a superuser, whom nothing keeps from changing the log; \
             docs/databases.md has the account that it needs"
        );
    }
    // The server ends it all the same.
    let _ = connection.close().await;
    fit.map(|_| ())
}

pub(super) fn pool(options: &PgConnectOptions, server: &Server, access: Use) -> DatabaseConnection {
    let server = server.clone();
    let pool = pool_options::<sqlx::Postgres>(access).after_connect(move |connection, _| {
        let server = server.clone();
        Box::pin(
            async move { told(set_up(connection, &server, access).await.map(|_| ()), server.reason(access)) },
        )
    });
    pool.connect_lazy_with(options.clone()).into()
}

/// Makes a new connection what it is to be, and looks whether the server is fit. Gives whether the one who
/// writes is a superuser.
async fn set_up(connection: &mut PgConnection, server: &Server, access: Use) -> Result<bool, LogError> {
    let name = &server.name;
    let failed = |e: sqlx::Error| failed(name, &e);
    let role = match access {
        Use::Read => "SET default_transaction_read_only = on".to_owned(),
        Use::Look => String::new(),
        Use::Write => format!("{KEEPALIVE} SET lock_timeout = '{HANDOVER_S}s'"),
    };
    let session = format!("SET default_transaction_isolation = 'read committed'; {role}");
    sqlx::raw_sql(AssertSqlSafe(session)).execute(&mut *connection).await.map_err(failed)?;
    if access == Use::Read {
        return Ok(false);
    }
    let row = sqlx::query(SETTINGS).fetch_one(&mut *connection).await.map_err(failed)?;
    if let Some(why) = unfit(&Found::of(&row).map_err(failed)?) {
        return Err(LogError::Unfit(format!("{name}: {why}")));
    }
    if access == Use::Look {
        return row.try_get("superuser").map_err(failed);
    }
    let earlier = *server.session.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((pid, start)) = earlier {
        // The connection to it is gone; where the server does not know that yet, it would hold the lock.
        let end = sqlx::query(END_EARLIER).bind(pid).bind(start);
        end.execute(&mut *connection).await.map_err(failed)?;
    }
    // Held by this session until it ends, and a session that was cut off ends with its transaction.
    let take = sqlx::query("SELECT pg_advisory_lock($1, hashtext(current_schema()))").bind(LOCK);
    match take.execute(&mut *connection).await {
        Ok(_) => {
            let own = sqlx::query(SELF).fetch_one(connection).await.map_err(failed)?;
            let own = (own.try_get("pid").map_err(failed)?, own.try_get("start").map_err(failed)?);
            *server.session.lock().unwrap_or_else(PoisonError::into_inner) = Some(own);
            row.try_get("superuser").map_err(failed)
        }
        Err(sqlx::Error::Database(e)) if e.code().is_some_and(|code| code == "55P03") => {
            Err(LogError::InUse(name.to_owned()))
        }
        Err(error) => Err(failed(error)),
    }
}

/// What the server says of itself.
#[derive(Clone)]
struct Found {
    version: i32,
    fsync: String,
    full_page_writes: String,
    synchronous_commit: String,
    standby: bool,
    encoding: String,
    read_only: String,
}

impl Found {
    fn of(row: &PgRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            version: row.try_get("version")?,
            fsync: row.try_get("fsync")?,
            full_page_writes: row.try_get("full_page_writes")?,
            synchronous_commit: row.try_get("synchronous_commit")?,
            standby: row.try_get("standby")?,
            encoding: row.try_get("encoding")?,
            read_only: row.try_get("read_only")?,
        })
    }
}

/// Why what is acknowledged could be lost there, and what to change.
fn unfit(found: &Found) -> Option<String> {
    let off = |value: &str| value == "off";
    if found.version < OLDEST {
        let major = found.version / 10_000;
        Some(format!("the server is PostgreSQL {major}; the hub needs 13 or newer"))
    } else if found.standby {
        Some("the server is a standby, which records nothing; name the primary in database.url".into())
    } else if off(&found.fsync) {
        Some("fsync is off, so that a power failure loses what was acknowledged; set fsync = on in postgresql.conf and reload the server".into())
    } else if off(&found.full_page_writes) {
        Some("full_page_writes is off, so that a power failure can destroy the log; set full_page_writes = on in postgresql.conf and reload the server".into())
    } else if off(&found.synchronous_commit) {
        Some("synchronous_commit is off, so that a crash loses what was acknowledged; set it to on in postgresql.conf, or for the hub's account: ALTER ROLE … SET synchronous_commit = on".into())
    } else if found.encoding != "UTF8" {
        Some(format!(
            "the database's encoding is {}; make one with CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0",
            found.encoding
        ))
    } else if !off(&found.read_only) {
        Some("transactions are read-only there; take default_transaction_read_only back to off".into())
    } else {
        None
    }
}

/// Every trigger that keeps the log append-only is there, fires always, and does what it is to do.
pub(super) async fn check_triggers(db: &DatabaseConnection) -> Result<(), LogError> {
    let list = "SELECT t.tgname::text AS name, c.relname::text AS relation, t.tgtype AS kind, \
         t.tgenabled = 'A' AND t.tgqual IS NULL AS always, p.prosrc AS body \
         FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid \
         WHERE NOT t.tgisinternal AND c.relnamespace = current_schema()::regnamespace";
    let mut there = BTreeMap::new();
    for row in db.query_all_raw(statement(db, list)).await? {
        let text = |column: &str| row.try_get::<String>("", column);
        let (kind, always): (i16, bool) = (row.try_get("", "kind")?, row.try_get("", "always")?);
        there.insert(text("name")?, (text("relation")?, kind, always, text("body")?));
    }
    for trigger in postgres_triggers() {
        let wanted = (trigger.table.to_owned(), trigger.kind(), true, trigger.body.to_owned());
        if there.get(trigger.name) != Some(&wanted) {
            return Err(LogError::Unfit(format!(
                "trigger {}, which keeps the log append-only, is missing or another",
                trigger.name
            )));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_setting_that_could_lose_something_is_named_with_what_to_change() {
        let good = Found {
            version: 150_008,
            fsync: "on".into(),
            full_page_writes: "on".into(),
            synchronous_commit: "local".into(),
            standby: false,
            encoding: "UTF8".into(),
            read_only: "off".into(),
        };
        assert_eq!(unfit(&good), None);
        type Spoil = fn(&mut Found);
        let bad: [(&str, Spoil); 7] = [
            ("13 or newer", |f| f.version = 120_017),
            ("name the primary", |f| f.standby = true),
            ("set fsync = on", |f| f.fsync = "off".into()),
            ("set full_page_writes = on", |f| f.full_page_writes = "off".into()),
            ("SET synchronous_commit = on", |f| f.synchronous_commit = "off".into()),
            ("ENCODING 'UTF8'", |f| f.encoding = "SQL_ASCII".into()),
            ("read-only", |f| f.read_only = "on".into()),
        ];
        for (words, spoil) in bad {
            let mut found = good.clone();
            spoil(&mut found);
            assert!(unfit(&found).is_some_and(|why| why.contains(words)), "{words}");
        }
    }
}
