//! One request until its fate is decided: tries again what is safe, waits, and recognises the
//! answers that are about the connection and not about the question.
//!
//! Everything that is sent through here may be sent twice. A reading request is tried again by
//! itself; a writing one whose answer is lost is handed back, because its rows must be marked
//! first.

use outpost_wire::answer::{AnswerClass, ServerMessage, classify};

use crate::context::Context;
use crate::limits::{BUSY_TRIES_MAX, FAULT_TRIES_MAX, LOST_TRIES_MAX, NOT_SENT_TRIES_MAX};
use crate::ports::{Answer, Effect, Event, Lost, Method, Request, Stop};

/// What became of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Delivery {
    /// The server answered the question: any class but those handled here.
    Answered(Answer, AnswerClass),
    /// No answer; it may have been acted on. Only for writing requests.
    Lost,
    /// The answer is longer than allowed.
    TooLarge,
    /// The file to be sent is not on the device. Only for requests that carry one.
    NoContent,
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
        let (content_type, location) = (answer.content_type.as_deref(), answer.location.as_deref());
        let class = classify(answer.status, content_type, location, &answer.body);
        match class {
            AnswerClass::SignedOut { reason } => {
                stop(Stop::SignedOut { reason: reason.words().to_owned() })
            }
            AnswerClass::Redirected { .. } => stop(redirected(answer.status)),
            AnswerClass::CaptivePortal => stop(Stop::CaptivePortal),
            AnswerClass::RateLimited => self.busy(&answer, context),
            AnswerClass::ServerError { status: 500, .. } => self.fault(&answer, context),
            AnswerClass::ServerError { .. } => self.busy(&answer, context),
            class => LinkTurn::Delivered(Delivery::Answered(answer, class)),
        }
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
            Lost::NoContent => LinkTurn::Delivered(Delivery::NoContent),
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

/// A lasting redirect means that the address is an old one; a passing one is a login page of a
/// network.
fn redirected(status: u16) -> Stop {
    match status {
        301 | 308 => Stop::Incompatible {
            reason: "the server has moved to another address: sign in with the new one".to_owned(),
        },
        _ => Stop::CaptivePortal,
    }
}

/// A refusal in words that may be shown and logged: status and code, never the server's text, which
/// may quote values.
pub(crate) fn refusal_words(answer: &Answer, class: &AnswerClass) -> String {
    let message = message_of(class);
    match message.and_then(|message| message.code.as_deref()) {
        Some(code) => format!("the server refuses ({} {code})", answer.status),
        None => format!("the server refuses ({})", answer.status),
    }
}

/// What the server said, if it said anything.
pub(crate) fn message_of(class: &AnswerClass) -> Option<&ServerMessage> {
    match class {
        AnswerClass::Forbidden { message, .. }
        | AnswerClass::NotFound { message, .. }
        | AnswerClass::Conflict { message, .. }
        | AnswerClass::BadRequest { message, .. } => Some(message),
        _ => None,
    }
}

/// The end of a run because the user lacks a right.
pub(crate) fn forbidden(class: &AnswerClass) -> Stop {
    let reason = match class {
        AnswerClass::Forbidden { authority: Some(authority), .. } => {
            format!("the account lacks the authority {authority}; ask your administrator")
        }
        _ => "the account is not allowed to do this; ask your administrator".to_owned(),
    };
    Stop::Forbidden { reason }
}
