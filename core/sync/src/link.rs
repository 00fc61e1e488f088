//! One request until its fate is decided: tries again what is safe, waits, and recognises the answers
//! that are about the connection and not about the question.
//!
//! Everything that is sent through here may be sent twice. A reading request is tried again by
//! itself; a writing one whose answer is lost is handed back, because its rows must be marked first.

use outpost_wire::answer;

use crate::context::{Context, cut};
use crate::limits::{
    BUSY_TRIES_MAX, FAULT_TRIES_MAX, LOST_TRIES_MAX, NOT_SENT_TRIES_MAX,
};
use crate::ports::{Answer, Effect, Event, Lost, Method, Request, Stop};

/// What became of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Delivery {
    /// The server answered the question: any status but those handled here.
    Answered(Answer),
    /// No answer; it may have been acted on. Only for writing requests.
    Lost,
    /// The answer is longer than allowed.
    TooLarge,
    /// Status 500, also after a few tries: this request may be at fault, or the server.
    Fault,
    /// The run cannot go on.
    Stop(Stop),
}

pub(crate) enum LinkTurn {
    Do(Effect),
    Delivered(Delivery),
}

/// A request under way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Link {
    request: Request,
    not_sent: u32,
    lost: u32,
    busy: u32,
    faults: u32,
}

impl Link {
    /// Sends `request`.
    pub fn send(request: Request, context: &mut Context) -> (Self, Effect) {
        context.report.requests += 1;
        let link = Self { request, not_sent: 0, lost: 0, busy: 0, faults: 0 };
        let effect = Effect::Fetch(link.request.clone());
        (link, effect)
    }

    /// Whether the request may have changed something on the server.
    pub fn is_writing(&self) -> bool {
        self.request.method != Method::Get
    }

    pub fn step(&mut self, event: Event, context: &mut Context) -> LinkTurn {
        match event {
            Event::Answered(answer) => {
                context.heard(&answer);
                self.answered(answer, context)
            }
            Event::Lost(lost) => self.was_lost(lost, context),
            Event::Waited => {
                context.report.requests += 1;
                LinkTurn::Do(Effect::Fetch(self.request.clone()))
            }
            _ => LinkTurn::Delivered(Delivery::Stop(Stop::Store {
                reason: "internal fault: an answer was expected".to_owned(),
            })),
        }
    }

    fn answered(&mut self, answer: Answer, context: &mut Context) -> LinkTurn {
        let delivery = match answer.status {
            401 => Delivery::Stop(signed_out(&answer)),
            300..=399 => Delivery::Stop(redirected(&answer)),
            407 | 511 => Delivery::Stop(Stop::CaptivePortal),
            429 | 502 | 503 | 504 => return self.busy(&answer, context),
            500 => return self.fault(&answer, context),
            501 | 505..=599 => Delivery::Stop(unavailable(&answer)),
            200..=299 if is_page(&answer) => Delivery::Stop(Stop::CaptivePortal),
            _ => Delivery::Answered(answer),
        };
        LinkTurn::Delivered(delivery)
    }

    fn was_lost(&mut self, lost: Lost, context: &mut Context) -> LinkTurn {
        match lost {
            Lost::NotSent { reason, is_tls: true } => stop(Stop::Tls { reason }),
            Lost::NotSent { reason, .. } => {
                self.not_sent += 1;
                match self.not_sent < NOT_SENT_TRIES_MAX {
                    true => self.wait(self.not_sent, None, context, Stop::Offline { reason }),
                    false => stop(Stop::Offline { reason }),
                }
            }
            Lost::Unknown { .. } if self.is_writing() => LinkTurn::Delivered(Delivery::Lost),
            Lost::Unknown { reason } => {
                self.lost += 1;
                match self.lost < LOST_TRIES_MAX {
                    true => self.wait(self.lost, None, context, Stop::Offline { reason }),
                    false => stop(Stop::Offline { reason }),
                }
            }
            Lost::TooLarge { .. } => LinkTurn::Delivered(Delivery::TooLarge),
        }
    }

    fn busy(&mut self, answer: &Answer, context: &mut Context) -> LinkTurn {
        self.busy += 1;
        match self.busy < BUSY_TRIES_MAX {
            true => self.wait(self.busy, answer.retry_after_ms, context, unavailable(answer)),
            false => stop(unavailable(answer)),
        }
    }

    fn fault(&mut self, answer: &Answer, context: &mut Context) -> LinkTurn {
        self.faults += 1;
        match self.faults < FAULT_TRIES_MAX {
            true => self.wait(self.faults, answer.retry_after_ms, context, unavailable(answer)),
            false => LinkTurn::Delivered(Delivery::Fault),
        }
    }

    fn wait(
        &self,
        tries: u32,
        retry_after_ms: Option<u64>,
        context: &mut Context,
        otherwise: Stop,
    ) -> LinkTurn {
        match context.backoff.wait_ms(tries, retry_after_ms) {
            Some(wait_ms) => LinkTurn::Do(Effect::Wait { wait_ms }),
            None => stop(otherwise),
        }
    }
}

fn stop(stop: Stop) -> LinkTurn {
    LinkTurn::Delivered(Delivery::Stop(stop))
}

pub(crate) fn unavailable(answer: &Answer) -> Stop {
    Stop::ServerUnavailable { status: answer.status, retry_after_ms: answer.retry_after_ms }
}

fn signed_out(answer: &Answer) -> Stop {
    let words = words_of(answer);
    let reason = match words.is_empty() {
        true => "the server asks to sign in again".to_owned(),
        false => words,
    };
    Stop::SignedOut { reason }
}

/// DHIS2 sends 302 to its login page instead of 401 to whoever is not signed in (captures 02d, o022d);
/// anything else in between sends elsewhere.
fn redirected(answer: &Answer) -> Stop {
    let to = answer.location.as_deref().unwrap_or_default().to_ascii_lowercase();
    let is_login_page = to.contains("dhis-web-login")
        || to.contains("dhis-web-commons/security")
        || to.ends_with("/login")
        || to.contains("/login/")
        || to.contains("login.action");
    match is_login_page {
        true => Stop::SignedOut { reason: "the server asks to sign in again".to_owned() },
        false => Stop::CaptivePortal,
    }
}

/// Whether a web page came instead of data.
pub(crate) fn is_page(answer: &Answer) -> bool {
    let declared = answer.content_type.as_deref().unwrap_or_default();
    let starts = answer.body.iter().find(|byte| !byte.is_ascii_whitespace());
    declared.to_ascii_lowercase().starts_with("text/html") || starts == Some(&b'<')
}

/// The server's own words about a refusal; empty if it gave none.
pub(crate) fn words_of(answer: &Answer) -> String {
    cut(&answer::message(&answer.body).unwrap_or_default())
}
