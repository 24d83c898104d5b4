//! Rows of the log as bytes, exactly as they are stored.

use super::bytes::{In, Out};
use crate::event_log::store::{BatchRow, CursorRow, EventRow, KeyRow, Parked};

/// A row of an archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Row {
    /// A batch; its events follow it.
    Batch(BatchRow),
    /// An event of the batch before it.
    Event(EventRow),
    /// A subject's key.
    Key(KeyRow),
    /// A reader's place.
    Cursor(CursorRow),
    /// What a reader could not do yet.
    Parked(Parked),
}

impl Row {
    /// Adds it to a block.
    pub fn put(&self, block: &mut Vec<u8>) {
        let mut out = Out(std::mem::take(block));
        match self {
            Self::Batch(row) => put_batch(&mut out, row),
            Self::Event(row) => put_event(&mut out, row),
            Self::Key(row) => {
                out.fixed(b"K");
                out.fixed(row.key_id.as_bytes());
                out.text(&row.master);
                out.optional(row.wrapped.as_deref(), Out::bytes);
            }
            Self::Cursor(row) => {
                out.fixed(b"C");
                out.text(&row.name);
                out.number(row.pos);
                out.fixed(&row.chain);
                out.number(row.fence);
            }
            Self::Parked(row) => {
                out.fixed(b"P");
                out.text(&row.name);
                out.number(row.pos);
                out.number(u64::from(row.attempts));
                out.signed(row.next_us);
                out.text(&row.error);
            }
        }
        *block = out.0;
    }

    /// The rows of a block; `None` when there is something else in it.
    pub fn all(block: &[u8]) -> Option<Vec<Self>> {
        let (mut input, mut rows) = (In(block), Vec::new());
        while !input.is_empty() {
            rows.push(Self::take(&mut input)?);
        }
        Some(rows)
    }

    fn take(input: &mut In<'_>) -> Option<Self> {
        match &input.fixed::<1>()? {
            b"B" => take_batch(input).map(Self::Batch),
            b"E" => take_event(input).map(Self::Event),
            b"K" => {
                let (key_id, master) = (input.id()?, input.text()?);
                let wrapped = input.optional(In::bytes)?;
                Some(Self::Key(KeyRow { key_id, master, wrapped }))
            }
            b"C" => {
                let (name, pos) = (input.text()?, input.number()?);
                Some(Self::Cursor(CursorRow { name, pos, chain: input.fixed()?, fence: input.number()? }))
            }
            b"P" => {
                let (name, pos, attempts) = (input.text()?, input.number()?, input.number()?);
                let (next_us, error) = (input.signed()?, input.text()?);
                Some(Self::Parked(Parked { name, pos, attempts, next_us, error }))
            }
            _ => None,
        }
    }
}

fn put_batch(out: &mut Out, row: &BatchRow) {
    out.fixed(b"B");
    out.number(row.batch);
    out.number(row.first_pos);
    out.number(u64::from(row.n));
    out.text(&row.node);
    out.number(row.node_seq);
    out.signed(row.ts_us);
    out.fixed(&row.root);
    out.fixed(&row.chain);
}

fn take_batch(input: &mut In<'_>) -> Option<BatchRow> {
    Some(BatchRow {
        batch: input.number()?,
        first_pos: input.number()?,
        n: input.number()?,
        node: input.text()?,
        node_seq: input.number()?,
        ts_us: input.signed()?,
        root: input.fixed()?,
        chain: input.fixed()?,
    })
}

fn put_event(out: &mut Out, row: &EventRow) {
    out.fixed(b"E");
    out.number(row.pos);
    out.signed(row.stream_id);
    out.text(&row.stream);
    out.optional(row.ver, Out::number);
    out.number(u64::from(row.kind));
    out.number(u64::from(row.kver));
    out.fixed(row.id.as_bytes());
    out.signed(row.ts_us);
    out.optional(row.key_id, |out, id| out.fixed(id.as_bytes()));
    out.fixed(&row.leaf);
    out.bytes(&row.meta);
    out.bytes(&row.body);
}

fn take_event(input: &mut In<'_>) -> Option<EventRow> {
    Some(EventRow {
        pos: input.number()?,
        stream_id: input.signed()?,
        stream: input.text()?,
        ver: input.optional(In::number)?,
        kind: input.number()?,
        kver: input.number()?,
        id: input.id()?,
        ts_us: input.signed()?,
        key_id: input.optional(In::id)?,
        leaf: input.fixed()?,
        meta: input.bytes()?,
        body: input.bytes()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn every_row_comes_back_as_it_was() {
        let event = EventRow {
            pos: 7,
            stream_id: 3,
            stream: "machine/ü".into(),
            ver: Some(2),
            kind: 30,
            kver: 1,
            id: Uuid::from_u128(5),
            ts_us: -1,
            key_id: None,
            leaf: [1; 8],
            meta: b"{}".to_vec(),
            body: vec![0, 255],
        };
        let key_id = Some(Uuid::from_u128(9));
        let key = |wrapped| KeyRow { key_id: Uuid::from_u128(9), master: "m".into(), wrapped };
        let batch = BatchRow {
            batch: 1,
            first_pos: 7,
            n: 2,
            node: "one".into(),
            node_seq: 1,
            ts_us: 5,
            root: [2; 32],
            chain: [3; 32],
        };
        let parked = Parked { name: "a".into(), pos: 1, attempts: 2, next_us: 3, error: "no".into() };
        let rows = vec![
            Row::Key(key(None)),
            Row::Key(key(Some(vec![1, 2]))),
            Row::Cursor(CursorRow { name: "alerter".into(), pos: 4, chain: [4; 32], fence: 2 }),
            Row::Parked(parked),
            Row::Batch(batch),
            Row::Event(event.clone()),
            Row::Event(EventRow { ver: None, key_id, ..event }),
        ];
        let mut block = Vec::new();
        rows.iter().for_each(|row| row.put(&mut block));
        assert_eq!(Row::all(&block), Some(rows));
        assert_eq!(Row::all(&block[..block.len() - 1]), None, "cut short");
        assert_eq!(Row::all(b"?"), None);
    }
}
