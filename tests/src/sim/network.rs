//! What can happen to a request between a phone and the server.

use outpost_sync::ports::{Answer, Method, Request};

use super::dice::Dice;

/// The fate of one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It arrives, and so does the answer.
    Good,
    /// It never leaves the phone.
    NotSent,
    /// It is lost before the server acts.
    LostBefore,
    /// The server acts, the answer is lost.
    LostAfter,
    /// The phone gives up waiting; the server acts before it hears of the phone again.
    Late,
    /// The same bytes arrive twice.
    Twice,
    /// The server acts; half of the answer comes with a good status.
    Garbled,
    /// The server acts; its answer is said to be too large.
    TooLarge,
    /// A page of a network's sign-in.
    Portal,
    /// This status, and the server has not acted.
    Refused(u16),
    /// This status from a gateway, though the server has acted.
    GatewayAfter(u16),
}

/// How bad a network is, in percent of requests that suffer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Weather {
    /// Percent of requests that suffer.
    pub trouble: u64,
}

impl Weather {
    /// Nothing goes wrong.
    pub const FINE: Self = Self { trouble: 0 };

    /// The fate of the next request.
    pub fn fate(self, dice: &mut Dice, request: &Request) -> Fate {
        if !dice.chance(self.trouble) {
            return Fate::Good;
        }
        let is_writing = request.method != Method::Get;
        match dice.below(100) {
            0..15 => Fate::NotSent,
            15..27 => Fate::LostBefore,
            27..40 => Fate::LostAfter,
            40..50 if is_writing => Fate::Late,
            50..60 => Fate::Twice,
            60..62 => Fate::Garbled,
            62..64 if !is_writing => Fate::TooLarge,
            64..67 => Fate::Portal,
            67..70 => Fate::Refused(401),
            70..72 => Fate::Refused(403),
            72..74 if is_writing => Fate::Refused(409),
            74..76 if is_writing => Fate::Refused(413),
            76..79 => Fate::Refused(429),
            79..85 => Fate::Refused(500),
            85..89 => Fate::Refused(502),
            89..93 => Fate::Refused(503),
            93..95 => Fate::Refused(302),
            95..99 => Fate::GatewayAfter(504),
            _ => Fate::GatewayAfter(502),
        }
    }
}

/// An answer that did not come from DHIS2 itself, or a refusal of it.
#[must_use]
pub fn refusal(status: u16, now_ms: i64, dice: &mut Dice) -> Answer {
    let json =
        format!("{{\"httpStatusCode\":{status},\"status\":\"ERROR\",\"message\":\"simulated\"}}");
    let page = "<html><body>Bad Gateway</body></html>".to_owned();
    let is_page = matches!(status, 302 | 413 | 502..=504);
    let body = if is_page { page } else { json };
    Answer {
        status,
        content_type: Some(if is_page { "text/html" } else { "application/json" }.to_owned()),
        server_date_ms: Some(now_ms - now_ms.rem_euclid(1_000)),
        retry_after_ms: match status {
            429 | 503 if dice.chance(70) => Some(dice.below(200_000)),
            _ => None,
        },
        location: (status == 302).then(|| "http://sim/dhis-web-login/".to_owned()),
        bytes: body.len() as u64,
        body: body.into_bytes(),
        elapsed_ms: 5,
    }
}

/// A hotel's idea of an answer.
#[must_use]
pub fn portal() -> Answer {
    let page = "<!doctype html><html><body>Welcome to free Wi-Fi</body></html>";
    Answer {
        status: 200,
        content_type: Some("text/html".to_owned()),
        server_date_ms: None,
        retry_after_ms: None,
        location: None,
        bytes: page.len() as u64,
        body: page.as_bytes().to_vec(),
        elapsed_ms: 5,
    }
}
