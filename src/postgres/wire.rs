//! The little of the PostgreSQL wire protocol (version 3) that a proxy needs: where messages begin and end, and who is
//! waiting for whom.
//!
//! A message is a tag byte and a length word that counts itself; only the startup message has no tag.

use std::io;

/// The message that ends a session.
pub const TERMINATE: &[u8] = b"X\0\0\0\x04";

/// `CopyFail` without a reason, and `Sync`.
pub const COPY_FAIL_AND_SYNC: &[u8] = b"f\0\0\0\x05\0S\0\0\0\x04";

/// A `Query` message.
pub fn query(sql: &str) -> Vec<u8> {
    let mut bytes = vec![b'Q'];
    bytes.extend((sql.len() as u32 + 5).to_be_bytes());
    bytes.extend(sql.bytes());
    bytes.push(0);
    bytes
}

/// Reads the first five bytes of a message: its tag, and how many bytes it has in all, the tag included.
///
/// # Errors
/// A length that no message can have.
pub fn head(bytes: [u8; 5]) -> io::Result<(u8, usize)> {
    let [tag, a, b, c, d] = bytes;
    let length = u32::from_be_bytes([a, b, c, d]);
    if !(4..=0x4000_0000).contains(&length) {
        return Err(io::Error::new(io::ErrorKind::InvalidData, format!("message of {length} bytes")));
    }
    Ok((tag, length as usize + 1))
}

/// An `ErrorResponse` of severity `FATAL`, after which a client expects nothing more.
pub fn fatal(sqlstate: &str, message: &str) -> Vec<u8> {
    let mut body = Vec::new();
    for (field, value) in [(b'S', "FATAL"), (b'V', "FATAL"), (b'C', sqlstate), (b'M', message)] {
        body.push(field);
        body.extend(value.bytes().filter(|&byte| byte != 0));
        body.push(0);
    }
    body.push(0);
    let mut bytes = vec![b'E'];
    bytes.extend((body.len() as u32 + 4).to_be_bytes());
    bytes.extend(body);
    bytes
}

/// Tells the tags of the messages in a stream of bytes that arrives in pieces.
#[derive(Debug, Default)]
pub struct Tags {
    head: Vec<u8>,
    left: usize,
    /// The first message of a frontend has no tag; it is told as `0`.
    untagged: bool,
}

impl Tags {
    /// For what a backend sends.
    pub fn backend() -> Self {
        Self::default()
    }

    /// For what a frontend sends, from its startup message on.
    pub fn frontend() -> Self {
        Self { untagged: true, ..Self::default() }
    }

    /// How many bytes of the head of a message with this tag have gone by, where it is the one in the middle.
    pub fn begun(&self, tag: u8) -> usize {
        if self.untagged || self.head.first() != Some(&tag) { 0 } else { self.head.len() }
    }

    /// Calls `tell` with the tag of every message that ends in `bytes`.
    ///
    /// # Errors
    /// A length that no message can have.
    pub fn push(&mut self, mut bytes: &[u8], mut tell: impl FnMut(u8)) -> io::Result<()> {
        while !bytes.is_empty() {
            if self.left == 0 {
                let want = if self.untagged { 4 } else { 5 };
                let take = (want - self.head.len()).min(bytes.len());
                self.head.extend(&bytes[..take]);
                bytes = &bytes[take..];
                if self.head.len() < want {
                    break;
                }
                let mut full = [0; 5];
                full[5 - want..].copy_from_slice(&self.head);
                let (_, length) = head(full)?;
                // `length` counts a tag that an untagged message has not.
                self.left = length - 5;
            } else {
                let take = self.left.min(bytes.len());
                self.left -= take;
                bytes = &bytes[take..];
            }
            if self.left == 0 && !self.head.is_empty() {
                tell(if self.untagged { 0 } else { self.head[0] });
                self.untagged = false;
                self.head.clear();
            }
        }
        Ok(())
    }
}

/// Who owes the next move in a session, from the tags that went by.
#[derive(Debug, Default)]
pub struct Turn {
    /// Answers that end in `ReadyForQuery` and are still to come.
    pending: usize,
    /// The backend is reading COPY data.
    copying: bool,
    /// A `Sync` after the end of COPY data belongs to the answer already counted.
    copy_ended: bool,
}

impl Turn {
    /// A message of the frontend went by.
    pub fn sent(&mut self, tag: u8) {
        match tag {
            b'S' if self.copying => {}
            b'S' if self.copy_ended => self.copy_ended = false,
            0 | b'Q' | b'S' | b'F' => self.pending += 1,
            b'c' | b'f' if self.copying => {
                self.copying = false;
                self.copy_ended = true;
                self.pending = self.pending.max(1);
            }
            _ => {}
        }
    }

    /// A message of the backend went by.
    pub fn received(&mut self, tag: u8) {
        match tag {
            b'G' => {
                // Backends skip every Sync that arrives while they read COPY data.
                self.copying = true;
                self.pending = 0;
            }
            b'Z' => {
                self.pending = self.pending.saturating_sub(1);
                self.copying = false;
                self.copy_ended = false;
            }
            // An error ends COPY; in the extended protocol the answer then waits for a Sync that is still to be sent.
            b'E' => self.copying = false,
            _ => {}
        }
    }

    /// The backend is to answer.
    pub fn backend_owes(&self) -> bool {
        self.pending > 0 && !self.copying
    }

    /// The backend waits for COPY data.
    pub fn copying(&self) -> bool {
        self.copying
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(tag: u8, body: &[u8]) -> Vec<u8> {
        let mut bytes = vec![tag];
        bytes.extend((body.len() as u32 + 4).to_be_bytes());
        bytes.extend(body);
        bytes
    }

    #[test]
    fn tags_are_the_same_however_the_bytes_are_cut() {
        let mut bytes = vec![0, 0, 0, 9, 0, 3, 0, 0, 0];
        bytes.extend(message(b'P', b"select 1"));
        bytes.extend(message(b'S', b""));
        bytes.extend(message(b'Q', b"x"));
        for size in 1..=bytes.len() {
            let mut tags = Tags::frontend();
            let mut seen = Vec::new();
            for piece in bytes.chunks(size) {
                tags.push(piece, |tag| seen.push(tag)).unwrap();
            }
            assert_eq!(seen, [0, b'P', b'S', b'Q'], "in pieces of {size}");
        }
    }

    #[test]
    fn impossible_lengths_are_refused() {
        assert!(Tags::backend().push(&[b'Z', 0, 0, 0, 3], |_| {}).is_err());
        assert!(Tags::backend().push(&[b'Z', 255, 255, 255, 255], |_| {}).is_err());
    }

    #[test]
    fn pipelined_requests_are_counted() {
        let mut turn = Turn::default();
        turn.sent(b'S');
        turn.sent(b'S');
        turn.received(b'Z');
        assert!(turn.backend_owes());
        turn.received(b'Z');
        assert!(!turn.backend_owes());
    }

    #[test]
    fn while_copy_data_is_read_the_backend_owes_nothing() {
        let mut turn = Turn::default();
        turn.sent(b'S');
        turn.received(b'G');
        assert!(turn.copying() && !turn.backend_owes());
        turn.sent(b'd');
        turn.sent(b'c');
        turn.sent(b'S');
        assert!(turn.backend_owes());
        turn.received(b'C');
        turn.received(b'Z');
        assert!(!turn.backend_owes());
    }

    #[test]
    fn a_fatal_message_is_one_message() {
        let mut seen = Vec::new();
        Tags::backend().push(&fatal("58000", "gone\0"), |tag| seen.push(tag)).unwrap();
        assert_eq!(seen, b"E");
    }
}
