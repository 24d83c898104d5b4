//! The hash chain: leaves of events, a Merkle root for each batch, a chain over the batches.
//!
//! Hashes of different things begin with different bytes (as in RFC 6962), so that none can stand for
//! another. All numbers are big-endian, all texts have their length in front.

use super::store::{BatchRow, EventRow, Hash};
use uuid::Uuid;
use watchroom_wire::tls::sha256;

const LEAF: u8 = 0;
const NODE: u8 = 1;
const BATCH: u8 = 2;
const GENESIS: u8 = 3;

/// The chain's value before the first batch.
pub(super) fn genesis(log_id: Uuid) -> Hash {
    let mut bytes = vec![GENESIS];
    bytes.extend_from_slice(log_id.as_bytes());
    sha256(&bytes)
}

/// The leaf of an event that stands at `index` of its batch. Body and meta go in by their hashes, so
/// that the leaf can be proved without them.
pub(super) fn leaf(index: u32, row: &EventRow) -> Hash {
    let mut bytes = Vec::with_capacity(160 + row.stream.len());
    bytes.push(LEAF);
    bytes.extend_from_slice(&index.to_be_bytes());
    bytes.extend_from_slice(&row.kind.to_be_bytes());
    bytes.extend_from_slice(&row.kver.to_be_bytes());
    put_text(&mut bytes, &row.stream);
    bytes.extend_from_slice(&row.ver.unwrap_or(0).to_be_bytes());
    bytes.extend_from_slice(row.id.as_bytes());
    bytes.extend_from_slice(&row.ts_us.to_be_bytes());
    bytes.push(u8::from(row.key_id.is_some()));
    bytes.extend_from_slice(row.key_id.unwrap_or(Uuid::nil()).as_bytes());
    bytes.extend_from_slice(&sha256(&row.meta));
    bytes.extend_from_slice(&sha256(&row.body));
    sha256(&bytes)
}

/// What of the leaf's hash is kept beside the event.
pub(super) fn short(leaf: &Hash) -> [u8; 8] {
    let mut out = [0; 8];
    out.copy_from_slice(&leaf[..8]);
    out
}

/// The Merkle root of leaves (RFC 6962's tree: a node without a sibling goes up as it is).
pub(super) fn root(mut level: Vec<Hash>) -> Hash {
    while level.len() > 1 {
        level = level
            .chunks(2)
            .map(|pair| match pair {
                [left, right] => {
                    let mut bytes = [NODE; 65];
                    bytes[1..33].copy_from_slice(left);
                    bytes[33..].copy_from_slice(right);
                    sha256(&bytes)
                }
                _ => pair[0],
            })
            .collect();
    }
    level.first().copied().unwrap_or_else(|| sha256(&[]))
}

/// The chain's value after a batch, from the value before it. `batch.chain` itself does not go in.
pub(super) fn next(before: &Hash, batch: &BatchRow) -> Hash {
    let mut bytes = Vec::with_capacity(128 + batch.node.len());
    bytes.push(BATCH);
    bytes.extend_from_slice(before);
    bytes.extend_from_slice(&batch.batch.to_be_bytes());
    bytes.extend_from_slice(&batch.first_pos.to_be_bytes());
    bytes.extend_from_slice(&batch.n.to_be_bytes());
    put_text(&mut bytes, &batch.node);
    bytes.extend_from_slice(&batch.node_seq.to_be_bytes());
    bytes.extend_from_slice(&batch.ts_us.to_be_bytes());
    bytes.extend_from_slice(&batch.root);
    sha256(&bytes)
}

fn put_text(bytes: &mut Vec<u8>, text: &str) {
    bytes.extend_from_slice(&(text.len() as u32).to_be_bytes());
    bytes.extend_from_slice(text.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tree_is_that_of_rfc_6962() {
        let leaves: Vec<Hash> = (0..5u8).map(|i| sha256(&[i])).collect();
        let node = |l: &Hash, r: &Hash| sha256(&[&[NODE][..], l, r].concat());
        let four = node(&node(&leaves[0], &leaves[1]), &node(&leaves[2], &leaves[3]));
        assert_eq!(root(leaves.clone()), node(&four, &leaves[4]));
        assert_eq!(root(leaves[..1].to_vec()), leaves[0]);
        assert_eq!(root(leaves[..3].to_vec()), node(&node(&leaves[0], &leaves[1]), &leaves[2]));
    }
}
