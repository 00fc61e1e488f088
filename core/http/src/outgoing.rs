//! Bodies of requests on the wire: JSON as it is, a file as `multipart/form-data` (RFC 7578).

use outpost_sync::ports::FileBody;

/// A body with its content type.
pub(crate) struct Encoded {
    pub content_type: String,
    pub bytes: Vec<u8>,
}

impl Encoded {
    pub fn json(bytes: &[u8]) -> Self {
        Self { content_type: "application/json".to_owned(), bytes: bytes.to_vec() }
    }

    pub fn text(bytes: &[u8]) -> Self {
        Self { content_type: "text/plain; charset=utf-8".to_owned(), bytes: bytes.to_vec() }
    }

    /// A form whose only part is the file.
    pub fn form(file: &FileBody, content: &[u8]) -> Self {
        let boundary = boundary(file, content);
        let content_type = match file.content_type.bytes().all(|byte| byte.is_ascii_graphic()) {
            true if !file.content_type.is_empty() => file.content_type.as_str(),
            _ => "application/octet-stream",
        };
        let head = format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{}\"\r\n\
             Content-Type: {content_type}\r\n\r\n",
            quoted(&file.name)
        );
        let tail = format!("\r\n--{boundary}--\r\n");
        let mut bytes = Vec::with_capacity(head.len() + content.len() + tail.len());
        bytes.extend_from_slice(head.as_bytes());
        bytes.extend_from_slice(content);
        bytes.extend_from_slice(tail.as_bytes());
        let content_type = format!("multipart/form-data; boundary={boundary}");
        Self { content_type, bytes }
    }
}

/// A line that does not occur in the content: the same for the same file, so that what is sent
/// twice is the same twice.
fn boundary(file: &FileBody, content: &[u8]) -> String {
    let mut number = 0u32;
    loop {
        let boundary = format!("outpost-{}-{number}", file.file);
        if !content.windows(boundary.len()).any(|part| part == boundary.as_bytes()) {
            return boundary;
        }
        number += 1;
    }
}

/// As browsers write names: what would end the quotes or the line is percent-encoded.
fn quoted(name: &str) -> String {
    let mut text = String::with_capacity(name.len());
    for letter in name.chars() {
        match letter {
            '"' => text.push_str("%22"),
            '\r' | '\n' | '\0' => text.push('_'),
            letter => text.push(letter),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use outpost_domain::uid::FileUid;

    use super::*;

    fn form(name: &str, content_type: &str, content: &[u8]) -> (String, String) {
        let file = FileBody {
            file: FileUid::parse("frPhoto0001").expect("a uid"),
            name: name.to_owned(),
            content_type: content_type.to_owned(),
        };
        let form = Encoded::form(&file, content);
        (form.content_type, String::from_utf8_lossy(&form.bytes).into_owned())
    }

    #[test]
    fn a_file_is_the_only_part_of_its_form() {
        let (content_type, body) = form("x.png", "image/png", b"PNG");
        assert_eq!(content_type, "multipart/form-data; boundary=outpost-frPhoto0001-0");
        assert_eq!(
            body,
            "--outpost-frPhoto0001-0\r\n\
             Content-Disposition: form-data; name=\"file\"; filename=\"x.png\"\r\n\
             Content-Type: image/png\r\n\r\nPNG\r\n--outpost-frPhoto0001-0--\r\n"
        );
    }

    #[test]
    fn nothing_in_a_file_ends_its_part_early() {
        let (content_type, _) = form("x", "image/png", b"a\r\n--outpost-frPhoto0001-0--\r\n");
        assert_eq!(content_type, "multipart/form-data; boundary=outpost-frPhoto0001-1");
        let (_, body) = form("a\"b\r\nX: y", "text/plain\r\nX: y", b"");
        assert!(
            body.contains("filename=\"a%22b__X: y\"\r\nContent-Type: application/octet-stream")
        );
    }
}
