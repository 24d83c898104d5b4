//! Between events and rows: bodies, meta and encryption.

use super::error::LogError;
use super::keys::{Key, MasterKey};
use super::store::{EventRow, KeyRow, SeriesRow, Store};
use std::collections::{BTreeSet, HashMap};
use std::sync::{PoisonError, RwLock};
use uuid::Uuid;
use watchroom_domain::{
    Event, EventId, Kind, MachineId, NewEvent, RecordedEvent, SeriesDef, SeriesKey, SubjectId, TELEMETRY,
};
use watchroom_wire::telemetry;

/// An event that is to be appended, with its bytes in plain.
pub(super) struct Prepared {
    pub new: NewEvent,
    pub kind: Kind,
    pub meta: Vec<u8>,
    pub body: Vec<u8>,
}

impl Prepared {
    /// # Errors
    /// [`LogError::NotRecordable`] for what only reading yields.
    pub(super) fn from(new: NewEvent) -> Result<Self, LogError> {
        let kind = new.event.kind();
        let refused = || LogError::NotRecordable(kind.kind);
        let body = match &new.event {
            Event::Telemetry(frame) => telemetry::encode(frame),
            other => other.to_json().ok_or_else(refused)?,
        };
        let meta = serde_json::to_vec(&new.meta).map_err(|_| refused())?;
        Ok(Self { new, kind, meta, body })
    }
}

/// What a sealed body is bound to: the event and what it claims to be.
fn context(id: Uuid, kind: u16, kver: u16) -> [u8; 20] {
    let mut out = [0; 20];
    out[..16].copy_from_slice(id.as_bytes());
    out[16..18].copy_from_slice(&kind.to_be_bytes());
    out[18..].copy_from_slice(&kver.to_be_bytes());
    out
}

/// Seals an event's body under its subject's key.
pub(super) fn seal(key: &Key, event: &Prepared) -> Vec<u8> {
    let context = context(event.new.id.0, event.kind.kind, event.kind.version);
    key.seal(&context, &event.body)
}

/// The master key, and the subjects' keys that were needed so far; `None` for a destroyed one.
pub(super) struct Keyring {
    master: Option<MasterKey>,
    known: RwLock<HashMap<Uuid, Option<Key>>>,
}

impl Keyring {
    pub(super) fn new(master: Option<MasterKey>) -> Self {
        Self { master, known: RwLock::default() }
    }

    /// # Errors
    /// [`LogError::ReadOnly`] without a master key: such a log was opened to be read.
    pub(super) fn master(&self) -> Result<&MasterKey, LogError> {
        self.master.as_ref().ok_or(LogError::ReadOnly)
    }

    /// # Errors
    /// [`LogError::ReadOnly`] without a master key: such a log was opened to be read.
    pub(super) fn wrap(&self, subject: Uuid, key: &Key) -> Result<KeyRow, LogError> {
        let master = self.master.as_ref().ok_or(LogError::ReadOnly)?;
        let wrapped = Some(master.wrap(subject, key));
        Ok(KeyRow { key_id: subject, master: master.id().to_owned(), wrapped })
    }

    /// The key in a row; `None` when it was destroyed.
    pub(super) fn unwrap(&self, row: &KeyRow) -> Result<Option<Key>, LogError> {
        let given = self.master.as_ref().map_or("none", MasterKey::id);
        let wrong = || LogError::MasterKey { needed: row.master.clone(), given: given.to_owned() };
        let Some(wrapped) = &row.wrapped else { return Ok(None) };
        let master = self.master.as_ref().ok_or_else(wrong)?;
        master.unwrap(row.key_id, wrapped).map(Some).map_err(|_| wrong())
    }

    /// One that was destroyed stays so, though somebody may have read it just before.
    pub(super) fn keep(&self, subject: Uuid, key: Option<Key>) {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        if !matches!(known.get(&subject), Some(None)) {
            known.insert(subject, key);
        }
    }

    fn missing(&self, rows: &[EventRow]) -> Vec<Uuid> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let needed: BTreeSet<Uuid> = rows.iter().filter_map(|r| r.key_id).collect();
        needed.into_iter().filter(|id| !known.contains_key(id)).collect()
    }

    /// Rows as events. Keys that are not known yet are read first.
    pub(super) async fn decode(
        &self,
        store: &dyn Store,
        rows: Vec<EventRow>,
    ) -> Result<Vec<RecordedEvent>, LogError> {
        let missing = self.missing(&rows);
        if !missing.is_empty() {
            for row in store.keys(&missing).await? {
                self.keep(row.key_id, self.unwrap(&row)?);
            }
        }
        rows.into_iter().map(|row| self.event(row)).collect()
    }

    fn event(&self, row: EventRow) -> Result<RecordedEvent, LogError> {
        let pos = row.pos;
        let fail = |cause: String| LogError::Unreadable { pos, cause };
        let event = match row.key_id {
            None => event(row.kind, row.kver, &row.body).map_err(fail)?,
            Some(id) => {
                let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
                match known.get(&id) {
                    None => return Err(fail(format!("there is no key {id}"))),
                    Some(None) => Event::Forgotten { kind: row.kind, subject: SubjectId(id) },
                    Some(Some(key)) => {
                        let context = context(row.id, row.kind, row.kver);
                        let body = key.open(&context, &row.body).map_err(|e| fail(e.to_string()))?;
                        event(row.kind, row.kver, &body).map_err(fail)?
                    }
                }
            }
        };
        Ok(RecordedEvent {
            pos,
            id: EventId(row.id),
            stream: row.stream,
            version: row.ver,
            ts_us: row.ts_us,
            meta: serde_json::from_slice(&row.meta).map_err(|e| fail(format!("meta: {e}")))?,
            event,
        })
    }
}

/// An event from its plain body, brought to the present version.
fn event(kind: u16, kver: u16, body: &[u8]) -> Result<Event, String> {
    if kind != TELEMETRY.kind {
        return Event::from_json(kind, kver, body).map_err(|e| e.to_string());
    }
    if kver > TELEMETRY.version {
        return Ok(Event::Unknown { kind, version: kver });
    }
    telemetry::decode(body).map(Event::Telemetry).map_err(|e| e.to_string())
}

/// What a series number means, from its row.
pub(super) fn series_def(row: SeriesRow) -> Result<SeriesDef, LogError> {
    let fail = |e: serde_json::Error| LogError::Database(format!("labels of series {}: {e}", row.id));
    let labels = serde_json::from_str(&row.labels).map_err(fail)?;
    Ok(SeriesDef {
        series: row.id,
        machine: MachineId(row.source),
        key: SeriesKey { metric: row.metric, labels },
    })
}
