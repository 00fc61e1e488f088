//! Requests and answers as plain data, and the envelopes every DHIS2 error travels in.
//!
//! Never touches a socket: the shell turns real requests into these and back.

use serde_json::{Map, Value, json};

/// A request as it came in. `path_and_query` is still percent-encoded.
#[derive(Debug, Clone, Default)]
pub struct HttpRequestParts {
    /// `GET`, `POST`, …
    pub method: String,
    /// `/api/me?fields=id`
    pub path_and_query: String,
    /// Header names in any case.
    pub headers: Vec<(String, String)>,
    /// The body as sent, still compressed if it was.
    pub body: Vec<u8>,
}

/// How much of an answer reaches the client (faults can spoil it).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Delivery {
    /// All of it.
    #[default]
    Whole,
    /// The connection ends after this many bytes of the body.
    CutAfter(usize),
    /// The connection ends without a status line.
    Lost,
}

/// The answer to one request.
#[derive(Debug, Clone, Default)]
pub struct HttpResponseParts {
    /// HTTP status code.
    pub status: u16,
    /// Headers, without `Content-Length`.
    pub headers: Vec<(String, String)>,
    /// The whole body, even if `delivery` says that less arrives.
    pub body: Vec<u8>,
    /// What a client gets to see of it.
    pub delivery: Delivery,
    /// Milliseconds to wait before the answer is sent.
    pub delay_ms: u64,
}

impl HttpResponseParts {
    /// The body as JSON, if it is JSON.
    pub fn json(&self) -> Option<Value> {
        serde_json::from_slice(&self.body).ok()
    }

    /// The first header of this name.
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }
}

/// A decoded request inside the model.
#[derive(Debug, Clone)]
pub struct Request {
    /// `GET`, `POST`, …
    pub method: String,
    /// Decoded path after `/api/` and the version, without leading slash: `dataElements/abc`.
    pub path: String,
    /// The query as it came, percent-encoded.
    pub raw_query: String,
    /// Decoded parameters in order.
    pub query: Query,
    /// Header names in any case.
    pub headers: Vec<(String, String)>,
    /// The body as sent.
    pub body: Vec<u8>,
}

impl Request {
    /// The first header of this name.
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// The parts of the path.
    pub fn segments(&self) -> Vec<&str> {
        self.path.split('/').filter(|segment| !segment.is_empty()).collect()
    }

    /// The body as JSON.
    ///
    /// # Errors
    /// The 400 that DHIS2 answers to a body that is not JSON.
    pub fn json(&self) -> Result<Value, Response> {
        serde_json::from_slice(&self.body)
            .map_err(|fault| Response::error(400, &format!("JSON parse error: {fault}")))
    }
}

/// Decoded query or form parameters; a name may repeat.
#[derive(Debug, Clone, Default)]
pub struct Query(pub Vec<(String, String)>);

impl Query {
    /// Parses `a=b&c=d`, with `+` as a blank.
    pub fn parse(text: &str) -> Self {
        let pairs = text.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(name), decode(value))
        });
        Self(pairs.collect())
    }

    /// The first value of this name.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Every value of this name, split at commas.
    pub fn list<'a>(&'a self, name: &'a str) -> Vec<&'a str> {
        let values = self.all(name).flat_map(|value| value.split(','));
        values.filter(|value| !value.is_empty()).collect()
    }

    /// Every value of this name as it stands.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> + 'a {
        self.0.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Whether the parameter is there and true.
    pub fn flag(&self, name: &str) -> bool {
        self.get(name).is_some_and(|value| value.eq_ignore_ascii_case("true"))
    }
}

/// Percent-decodes; broken escapes stay as they are.
pub fn decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let pair = bytes.get(at + 1..at + 3).and_then(|pair| std::str::from_utf8(pair).ok());
        match (byte, pair.and_then(|pair| u8::from_str_radix(pair, 16).ok())) {
            (b'%', Some(value)) => {
                decoded.push(value);
                at += 3;
            }
            (b'+', _) => {
                decoded.push(b' ');
                at += 1;
            }
            _ => {
                decoded.push(byte);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

/// Percent-encodes as `java.net.URLEncoder` does, which writes the pager links.
pub fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'-' | b'*' | b'_' => {
                encoded.push(char::from(byte));
            }
            b' ' => encoded.push('+'),
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

/// An answer of the model.
#[derive(Debug, Clone)]
pub struct Response {
    /// HTTP status code.
    pub status: u16,
    /// Headers beyond the common ones.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Body,
}

/// What an answer carries.
#[derive(Debug, Clone)]
pub enum Body {
    /// Nothing at all.
    Empty,
    /// JSON, written once at the end.
    Json(Value),
    /// JSON that is already text (pages of large lists).
    JsonText(String),
    /// Plain text.
    Text(String),
    /// A file: content type and bytes.
    Bytes(String, Vec<u8>),
    /// An HTML page, as Tomcat and captive portals send.
    Html(String),
}

impl Response {
    /// 200 with JSON.
    pub fn json(value: Value) -> Self {
        Self { status: 200, headers: vec![], body: Body::Json(value) }
    }

    /// A status with no body.
    pub fn empty(status: u16) -> Self {
        Self { status, headers: vec![], body: Body::Empty }
    }

    /// 200 with plain text.
    pub fn text(text: impl Into<String>) -> Self {
        Self { status: 200, headers: vec![], body: Body::Text(text.into()) }
    }

    /// The error envelope without a code.
    pub fn error(status: u16, message: &str) -> Self {
        Self { status, headers: vec![], body: Body::Json(envelope(status, "ERROR", message)) }
    }

    /// The error envelope with a DHIS2 code.
    pub fn coded(status: u16, code: &str, message: &str) -> Self {
        let mut body = envelope(status, "ERROR", message);
        body["errorCode"] = json!(code);
        Self { status, headers: vec![], body: Body::Json(body) }
    }

    /// The success envelope around `response`.
    pub fn ok(message: Option<&str>, response: Option<Value>) -> Self {
        Self::enveloped(200, "OK", message, response)
    }

    /// Any envelope around `response`.
    pub fn enveloped(
        status: u16,
        word: &str,
        message: Option<&str>,
        response: Option<Value>,
    ) -> Self {
        let mut body = json!({
            "httpStatus": reason(status), "httpStatusCode": status, "status": word,
        });
        if let Some(message) = message {
            body["message"] = json!(message);
        }
        if let Some(response) = response {
            body["response"] = response;
        }
        Self { status, headers: vec![], body: Body::Json(body) }
    }

    /// 404 as a class of objects says it (capture 02i).
    pub fn not_found(singular: &str, id: &str) -> Self {
        let message = format!("{singular} with id {id} could not be found.");
        Self::coded(404, "E1005", &message)
    }

    /// 403 for a missing authority (capture a009).
    pub fn needs_authority(authority: &str) -> Self {
        let message = format!("Access is denied, requires one Authority from [{authority}]");
        Self::error(403, &message)
    }

    /// Tomcat's own page (captures 02g, 02s).
    pub fn tomcat(status: u16, message: &str, description: &str) -> Self {
        let reason = reason(status);
        let message = message.replace('/', "&#47;");
        let body = format!(
            "<!doctype html><html lang=\"en\"><head><title>HTTP Status {status} – {reason}\
             </title></head><body><h1>HTTP Status {status} – {reason}</h1><hr class=\"line\" />\
             <p><b>Type</b> Status Report</p><p><b>Message</b> {message}</p>\
             <p><b>Description</b> {description}</p></body></html>"
        );
        Self { status, headers: vec![], body: Body::Html(body) }
    }

    /// The page for an address that does not exist (capture 02g).
    pub fn no_resource(path: &str) -> Self {
        let description = "The origin server did not find a current representation for the \
                           target resource or is not willing to disclose that one exists.";
        Self::tomcat(404, &format!("No static resource {path}."), description)
    }

    /// Adds a header.
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }
}

fn envelope(status: u16, word: &str, message: &str) -> Value {
    json!({
        "httpStatus": reason(status), "httpStatusCode": status, "status": word,
        "message": message,
    })
}

/// The reason phrase of a status.
pub fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        201 => "Created",
        202 => "Accepted",
        204 => "No Content",
        302 => "Found",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        406 => "Not Acceptable",
        409 => "Conflict",
        413 => "Payload Too Large",
        415 => "Unsupported Media Type",
        429 => "Too Many Requests",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        _ => "Internal Server Error",
    }
}

/// The text at `key`, if it is text.
pub fn text<'a>(object: &'a Map<String, Value>, key: &str) -> Option<&'a str> {
    object.get(key).and_then(Value::as_str)
}

/// The id of a reference `{"id": …}` at `key`.
pub fn reference<'a>(object: &'a Map<String, Value>, key: &str) -> Option<&'a str> {
    object.get(key).and_then(|value| value.get("id")).and_then(Value::as_str)
}

/// The ids of an array of references at `key`.
pub fn references<'a>(object: &'a Map<String, Value>, key: &str) -> Vec<&'a str> {
    let items = object.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    items.iter().filter_map(|item| item.get("id").and_then(Value::as_str)).collect()
}

/// A scalar as DHIS2 reads it into a string: numbers and booleans are taken as their text.
pub fn scalar(value: Option<&Value>) -> Option<String> {
    match value? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        _ => None,
    }
}
