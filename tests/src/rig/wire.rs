//! Just enough HTTP/1.1 to stand between a client and a server: whole messages in and out, with
//! their exact size. Bodies have a length; neither side of this project sends anything else.

use std::io::{BufRead, Error, ErrorKind, Result, Write};

/// One request or answer, byte for byte.
#[derive(Debug, Clone, Default)]
pub struct Message {
    /// Start line and headers with the empty line.
    pub head: Vec<u8>,
    /// What follows.
    pub body: Vec<u8>,
}

impl Message {
    /// Reads one; `None` at the end of the connection.
    ///
    /// # Errors
    /// If the connection breaks in the middle, or the body has no known length.
    pub fn read(from: &mut impl BufRead) -> Result<Option<Self>> {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            if from.read_until(b'\n', &mut head)? == 0 {
                return if head.is_empty() { Ok(None) } else { Err(broken("a cut head")) };
            }
        }
        let mut message = Self { head, body: Vec::new() };
        if message.header("transfer-encoding").is_some() {
            return Err(broken("a body without a length"));
        }
        let length = message.header("content-length").and_then(|text| text.parse().ok());
        message.body.resize(length.unwrap_or(0), 0);
        from.read_exact(&mut message.body)?;
        Ok(Some(message))
    }

    /// An answer of our own.
    #[must_use]
    pub fn answer(status: &str, headers: &str, body: &str) -> Self {
        let length = body.len();
        let head = format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {length}\r\n\r\n");
        Self { head: head.into_bytes(), body: body.as_bytes().to_vec() }
    }

    /// Bytes on the wire.
    #[must_use]
    pub fn len(&self) -> usize {
        self.head.len() + self.body.len()
    }

    /// Never: a message has a head.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Sends it, or only the first bytes of its body.
    ///
    /// # Errors
    /// If the other side is gone.
    pub fn write(&self, to: &mut impl Write, body_bytes: usize) -> Result<()> {
        to.write_all(&self.head)?;
        to.write_all(&self.body[..body_bytes.min(self.body.len())])?;
        to.flush()
    }

    /// The words of the start line.
    #[must_use]
    pub fn start(&self) -> Vec<String> {
        let text = String::from_utf8_lossy(&self.head);
        let line = text.lines().next().unwrap_or_default();
        line.split(' ').map(str::to_owned).collect()
    }

    /// A header, by its name in small letters.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<String> {
        let text = String::from_utf8_lossy(&self.head);
        let mut headers = text.lines().filter_map(|line| line.split_once(':'));
        let found = headers.find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.trim().to_owned())
    }

    /// Whether the body holds these bytes.
    #[must_use]
    pub fn holds(&self, needle: &str) -> bool {
        self.body.windows(needle.len()).any(|window| window == needle.as_bytes())
    }
}

fn broken(what: &str) -> Error {
    Error::new(ErrorKind::InvalidData, what)
}
