//! Numbers and texts as bytes: numbers big-endian, texts with their length in front.

use uuid::Uuid;

/// Bytes that grow.
#[derive(Default)]
pub struct Out(pub Vec<u8>);

impl Out {
    pub fn number(&mut self, number: u64) {
        self.0.extend_from_slice(&number.to_be_bytes());
    }

    pub fn signed(&mut self, number: i64) {
        self.0.extend_from_slice(&number.to_be_bytes());
    }

    pub fn fixed(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    pub fn bytes(&mut self, bytes: &[u8]) {
        self.number(bytes.len() as u64);
        self.fixed(bytes);
    }

    pub fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }

    /// A value that may be missing.
    pub fn optional<T>(&mut self, value: Option<T>, put: impl FnOnce(&mut Self, T)) {
        self.fixed(&[u8::from(value.is_some())]);
        if let Some(value) = value {
            put(self, value);
        }
    }
}

/// Bytes that are taken from the front; `None` where there are too few, or others than were expected.
pub struct In<'a>(pub &'a [u8]);

impl<'a> In<'a> {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn fixed<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (first, rest) = self.0.split_first_chunk::<N>()?;
        self.0 = rest;
        Some(*first)
    }

    pub fn number<T: TryFrom<u64>>(&mut self) -> Option<T> {
        T::try_from(u64::from_be_bytes(self.fixed()?)).ok()
    }

    pub fn signed(&mut self) -> Option<i64> {
        Some(i64::from_be_bytes(self.fixed()?))
    }

    pub fn id(&mut self) -> Option<Uuid> {
        Some(Uuid::from_bytes(self.fixed()?))
    }

    pub fn bytes(&mut self) -> Option<Vec<u8>> {
        let length: usize = self.number()?;
        let (first, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(first.to_vec())
    }

    pub fn text(&mut self) -> Option<String> {
        String::from_utf8(self.bytes()?).ok()
    }

    /// A value that may be missing.
    pub fn optional<T>(&mut self, take: impl FnOnce(&mut Self) -> Option<T>) -> Option<Option<T>> {
        match self.fixed::<1>()? {
            [0] => Some(None),
            [1] => take(self).map(Some),
            _ => None,
        }
    }
}
