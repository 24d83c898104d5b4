//! One JSON object a line.

use bytes::{Buf, BytesMut};
use thiserror::Error;

/// Longest line in bytes, without its line feed.
pub const MAX_LINE: usize = 64 * 1024;

/// A line that does not end in time. What follows cannot be framed, so the connection ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a line may have at most {MAX_LINE} bytes")]
pub struct LineTooLong;

/// Takes the next whole line from the buffer, without its line end. Empty lines are passed over.
/// `searched` is how far the buffer is known to hold no line feed; begin with 0 and keep it between calls.
///
/// # Errors
/// [`LineTooLong`] as soon as more than [`MAX_LINE`] bytes are there without a line feed.
pub fn next_line(buffer: &mut BytesMut, searched: &mut usize) -> Result<Option<BytesMut>, LineTooLong> {
    loop {
        let from = (*searched).min(buffer.len());
        let Some(at) = buffer[from..].iter().position(|b| *b == b'\n').map(|i| from + i) else {
            *searched = buffer.len();
            return if buffer.len() > MAX_LINE { Err(LineTooLong) } else { Ok(None) };
        };
        *searched = 0;
        if at > MAX_LINE {
            return Err(LineTooLong);
        }
        let mut line = buffer.split_to(at);
        buffer.advance(1);
        if line.last() == Some(&b'\r') {
            line.truncate(line.len() - 1);
        }
        if !line.iter().all(u8::is_ascii_whitespace) {
            return Ok(Some(line));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn however_it_is_cut_the_same_lines_come_out(
            lines in prop::collection::vec("[a-z]{1,20}", 0..20), cut in 1usize..9,
        ) {
            let bytes = lines.iter().map(|l| format!("{l}\r\n\n")).collect::<String>();
            let (mut buffer, mut searched, mut out) = (BytesMut::new(), 0, Vec::new());
            for piece in bytes.as_bytes().chunks(cut) {
                buffer.extend_from_slice(piece);
                while let Some(line) = next_line(&mut buffer, &mut searched).unwrap() {
                    out.push(String::from_utf8(line.to_vec()).unwrap());
                }
            }
            prop_assert_eq!(out, lines);
        }
    }

    #[test]
    fn a_line_of_exactly_the_limit_passes_and_one_more_byte_does_not() {
        for (length, passes) in [(MAX_LINE, true), (MAX_LINE + 1, false)] {
            let mut buffer = BytesMut::from(&vec![b'x'; length][..]);
            buffer.extend_from_slice(b"\n");
            assert_eq!(next_line(&mut buffer, &mut 0).is_ok(), passes, "{length}");
        }
        let mut endless = BytesMut::from(&vec![b'x'; MAX_LINE + 1][..]);
        assert_eq!(next_line(&mut endless, &mut 0), Err(LineTooLong));
    }
}
