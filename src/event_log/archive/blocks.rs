//! Blocks: what is written one after the other, each with its checksum.

use super::{ArchiveError, FORMAT};
use std::io::{ErrorKind, Read, Write};
use watchroom_wire::tls::sha256;

const MAGIC: &[u8; 14] = b"WATCHROOM LOG\n";
/// Bytes of a block before it is compressed; one row may be larger.
pub const BLOCK_BYTES: usize = 2 << 20;
/// No block is larger than this, compressed or not: a length beyond it is a damaged one.
const MOST_BYTES: usize = 256 << 20;
/// Kind, length compressed, length, checksum.
const HEAD_BYTES: usize = 1 + 4 + 4 + 32;
/// Compression: quick, and small enough.
const LEVEL: i32 = 6;

/// What is in a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BlockKind {
    /// JSON: what the archive is of.
    Header,
    /// A file: its name, a line feed, its bytes.
    File,
    /// Rows of the log.
    Rows,
    /// Nothing comes after it.
    End,
}

impl BlockKind {
    fn byte(self) -> u8 {
        match self {
            Self::Header => b'H',
            Self::File => b'F',
            Self::Rows => b'R',
            Self::End => b'Z',
        }
    }

    fn of(byte: u8) -> Option<Self> {
        [Self::Header, Self::File, Self::Rows, Self::End].into_iter().find(|kind| kind.byte() == byte)
    }
}

/// One block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// What is in it.
    pub kind: BlockKind,
    /// Its bytes, no longer compressed.
    pub bytes: Vec<u8>,
}

fn checksum(index: u64, kind: u8, length: usize, compressed: &[u8]) -> [u8; 32] {
    let mut head = Vec::with_capacity(compressed.len() + 17);
    head.extend_from_slice(&index.to_be_bytes());
    head.push(kind);
    head.extend_from_slice(&(length as u64).to_be_bytes());
    head.extend_from_slice(compressed);
    sha256(&head)
}

/// The checksum over the checksums of all blocks so far.
fn chained(before: &[u8; 32], checksum: &[u8; 32]) -> [u8; 32] {
    sha256(&[before.as_slice(), checksum].concat())
}

/// Writes an archive.
pub struct ArchiveWriter<W> {
    out: W,
    blocks: u64,
    sum: [u8; 32],
}

impl<W: Write> ArchiveWriter<W> {
    /// Begins an archive.
    ///
    /// # Errors
    /// [`ArchiveError::File`].
    pub fn new(mut out: W) -> Result<Self, ArchiveError> {
        out.write_all(MAGIC)?;
        out.write_all(&FORMAT.to_be_bytes())?;
        Ok(Self { out, blocks: 0, sum: [0; 32] })
    }

    /// Writes one block.
    ///
    /// # Errors
    /// [`ArchiveError::File`].
    pub fn block(&mut self, kind: BlockKind, bytes: &[u8]) -> Result<(), ArchiveError> {
        let compressed = zstd::bulk::compress(bytes, LEVEL)?;
        let sizes = [compressed.len(), bytes.len()].map(u32::try_from);
        let [Ok(short), Ok(length)] = sizes else {
            return Err(ArchiveError::Unsound("a row is larger than a block may be".into()));
        };
        let checksum = checksum(self.blocks, kind.byte(), bytes.len(), &compressed);
        self.out.write_all(&[kind.byte()])?;
        self.out.write_all(&short.to_be_bytes())?;
        self.out.write_all(&length.to_be_bytes())?;
        self.out.write_all(&checksum)?;
        self.out.write_all(&compressed)?;
        self.sum = chained(&self.sum, &checksum);
        self.blocks += 1;
        Ok(())
    }

    /// Writes the end mark, and gives back what was written into.
    ///
    /// # Errors
    /// [`ArchiveError::File`].
    pub fn end(mut self) -> Result<W, ArchiveError> {
        let mark = [&self.blocks.to_be_bytes()[..], &self.sum].concat();
        self.block(BlockKind::End, &mark)?;
        self.out.flush()?;
        Ok(self.out)
    }
}

/// Reads an archive.
pub struct ArchiveReader<R> {
    input: R,
    blocks: u64,
    sum: [u8; 32],
    ended: bool,
}

impl<R: Read> ArchiveReader<R> {
    /// Begins to read.
    ///
    /// # Errors
    /// [`ArchiveError::NotOne`], [`ArchiveError::Later`], [`ArchiveError::File`].
    pub fn new(mut input: R) -> Result<Self, ArchiveError> {
        let (mut magic, mut format) = ([0; MAGIC.len()], [0; 2]);
        let read = input.read_exact(&mut magic).and_then(|()| input.read_exact(&mut format));
        match read {
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Err(ArchiveError::NotOne),
            other => other?,
        }
        match u16::from_be_bytes(format) {
            _ if magic != *MAGIC => Err(ArchiveError::NotOne),
            later if later > FORMAT => Err(ArchiveError::Later(later)),
            _ => Ok(Self { input, blocks: 0, sum: [0; 32], ended: false }),
        }
    }

    /// The next block; `None` behind the end mark.
    ///
    /// # Errors
    /// [`ArchiveError::Cut`], [`ArchiveError::Damaged`], [`ArchiveError::File`].
    pub fn next_block(&mut self) -> Result<Option<Block>, ArchiveError> {
        if self.ended {
            return Ok(None);
        }
        let damaged = || ArchiveError::Damaged(self.blocks);
        let mut head = [0; HEAD_BYTES];
        let cut = self.blocks;
        exact(&mut self.input, &mut head, cut)?;
        let number = |at: usize| {
            let bytes = head.get(at..at + 4).and_then(|b| <[u8; 4]>::try_from(b).ok()).unwrap_or_default();
            u32::from_be_bytes(bytes) as usize
        };
        let (kind, short, length) = (head[0], number(1), number(5));
        if short > MOST_BYTES || length > MOST_BYTES {
            return Err(damaged());
        }
        let mut compressed = vec![0; short];
        exact(&mut self.input, &mut compressed, cut)?;
        let sum = checksum(self.blocks, kind, length, &compressed);
        if sum != head[9..] {
            return Err(damaged());
        }
        let bytes = zstd::bulk::decompress(&compressed, length).map_err(|_| damaged())?;
        let kind = BlockKind::of(kind).ok_or_else(damaged)?;
        if kind == BlockKind::End {
            if bytes != [&self.blocks.to_be_bytes()[..], &self.sum].concat() {
                return Err(damaged());
            }
            self.ended = true;
            return Ok(None);
        }
        self.sum = chained(&self.sum, &sum);
        self.blocks += 1;
        Ok(Some(Block { kind, bytes }))
    }
}

fn exact(input: &mut impl Read, bytes: &mut [u8], blocks: u64) -> Result<(), ArchiveError> {
    input.read_exact(bytes).map_err(|error| match error.kind() {
        ErrorKind::UnexpectedEof => ArchiveError::Cut(blocks),
        _ => ArchiveError::File(error),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn archive() -> Vec<u8> {
        let mut writer = ArchiveWriter::new(Vec::new()).unwrap();
        writer.block(BlockKind::Header, b"{}").unwrap();
        writer.block(BlockKind::Rows, &vec![7; 100_000]).unwrap();
        writer.block(BlockKind::Rows, b"last").unwrap();
        writer.end().unwrap()
    }

    fn read(bytes: &[u8]) -> Result<Vec<Block>, ArchiveError> {
        let mut reader = ArchiveReader::new(bytes)?;
        let mut blocks = Vec::new();
        while let Some(block) = reader.next_block()? {
            blocks.push(block);
        }
        Ok(blocks)
    }

    #[test]
    fn what_was_written_is_read() {
        let blocks = read(&archive()).unwrap();
        assert_eq!(blocks.len(), 3);
        assert_eq!(blocks[2], Block { kind: BlockKind::Rows, bytes: b"last".to_vec() });
    }

    #[test]
    fn wherever_it_is_cut_it_is_noticed() {
        let whole = archive();
        for length in 0..whole.len() {
            let error = read(&whole[..length]).unwrap_err();
            assert!(matches!(error, ArchiveError::Cut(_) | ArchiveError::NotOne), "{length}: {error}");
        }
    }

    #[test]
    fn whichever_byte_is_turned_it_is_noticed() {
        let whole = archive();
        for at in 0..whole.len() {
            let mut turned = whole.clone();
            turned[at] ^= 0x10;
            assert!(read(&turned).is_err(), "byte {at}");
        }
    }

    #[test]
    fn a_block_that_was_taken_out_or_moved_is_noticed() {
        let whole = archive();
        let length =
            |at: usize| HEAD_BYTES + u32::from_be_bytes(whole[at + 1..at + 5].try_into().unwrap()) as usize;
        let first = MAGIC.len() + 2;
        let second = first + length(first);
        let third = second + length(second);
        let end = third + length(third);
        let without = [&whole[..second], &whole[third..]].concat();
        let moved = [&whole[..second], &whole[third..end], &whole[second..third], &whole[end..]].concat();
        for changed in [without, moved] {
            assert!(matches!(read(&changed), Err(ArchiveError::Damaged(_))));
        }
    }

    #[test]
    fn a_later_format_and_another_file_are_told_apart() {
        let mut later = archive();
        later[MAGIC.len() + 1] = 200;
        assert!(matches!(read(&later), Err(ArchiveError::Later(200))));
        assert!(matches!(read(b"something else altogether"), Err(ArchiveError::NotOne)));
    }
}
