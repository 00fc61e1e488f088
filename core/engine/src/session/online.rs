//! Single requests outside a synchronisation: a search, one person, an approval, breaking the glass.
//!
//! Asked once and not tried again: a person waits for the answer and can ask again. Never holds a
//! store transaction while it waits.

use std::sync::{Arc, PoisonError, mpsc};

use outpost_http::{BaseAddress, Transport};
use outpost_sync::ports::{Answer, Body, Lost, Method, Request, Stop, facts};
use outpost_wire::answer::{AnswerClass, ServerMessage, classify};
use outpost_wire::version::ServerVersion;

use super::Session;
use crate::error::{OutpostError, Result, SignInProblem};
use crate::limits::{ONLINE_ANSWER_BYTES_MAX, ONLINE_TIMEOUT_MS};
use crate::network::Network;
use crate::stop::error_of;

/// What the server said to a question that it understood.
#[derive(Debug)]
pub(super) enum Asked {
    /// It did or answered what was asked.
    Done(Answer),
    /// There is no such thing, or it is hidden from the user.
    NotFound,
    /// It refused (400, 403, 409).
    Refused {
        /// HTTP status.
        status: u16,
        /// What it said; may quote values, so it is for decisions only.
        message: ServerMessage,
    },
}

impl Asked {
    /// The answer's body, or the refusal as an error with words of our own.
    pub fn done(self, what: &str) -> Result<Answer> {
        match self {
            Self::Done(answer) => Ok(answer),
            Self::NotFound => Err(OutpostError::ServerRejected {
                status: 404,
                code: None,
                reason: format!("{what} is not there, or you may not see it"),
            }),
            Self::Refused { status: 403, .. } => {
                Err(OutpostError::Forbidden { reason: format!("{what} needs a right you lack") })
            }
            Self::Refused { status, message, .. } => Err(OutpostError::ServerRejected {
                status,
                code: message.code,
                reason: format!("{what} was not accepted"),
            }),
        }
    }
}

/// A reading request.
pub(super) fn get(target: String) -> Request {
    request(Method::Get, target, None)
}

/// A request of any method, with a JSON body or none.
pub(super) fn request(method: Method, target: String, body: Option<Vec<u8>>) -> Request {
    Request {
        method,
        target,
        body: body.map(Body::Json),
        answer_bytes_max: ONLINE_ANSWER_BYTES_MAX,
        timeout_ms: ONLINE_TIMEOUT_MS,
    }
}

impl Session {
    /// The connection with the kept password or token; made once.
    pub(super) fn connection(&self) -> Result<Arc<Transport>> {
        let mut kept = self.inner.connection.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(transport) = kept.as_ref() {
            return Ok(Arc::clone(transport));
        }
        let secret = self
            .kept_secret()?
            .ok_or(OutpostError::Unauthenticated { problem: SignInProblem::NotSignedIn })?;
        let account = &self.inner.account;
        // A person allowed http when this server was added.
        let base = BaseAddress::parse(&account.server, account.server.starts_with("http://"))
            .map_err(|error| OutpostError::invalid("server", "address", error))?;
        let transport = Network::transport(base, &account.user, &secret)?;
        *kept = Some(Arc::clone(&transport));
        Ok(transport)
    }

    /// Sends one request and waits for what the server says.
    pub(super) fn ask(&self, request: Request) -> Result<Asked> {
        sorted(self.answer_to(request)?)
    }

    /// Sends one request whose refusal is an answer too: a report that is read whole.
    pub(super) fn ask_for_report(&self, request: Request, what: &str) -> Result<Answer> {
        let answer = self.answer_to(request)?;
        match sorted(answer.clone())? {
            Asked::Refused { status: 400 | 409, .. } if answer.body.starts_with(b"{") => Ok(answer),
            other => other.done(what),
        }
    }

    fn answer_to(&self, request: Request) -> Result<Answer> {
        let transport = self.connection()?;
        let (sender, receiver) = mpsc::sync_channel(1);
        self.inner.network.runtime().spawn(async move {
            // Nobody listens only if the waiting thread is gone, and then nothing is left to do.
            sender.send(transport.send(&request).await).ok();
        });
        let answer = receiver.recv().map_err(|_| OutpostError::Cancelled)?;
        answer.map_err(lost)
    }

    /// The version of the server as last seen; what is assumed before that is the oldest that takes
    /// the new parameter names.
    pub(super) fn server_version(&self) -> Result<ServerVersion> {
        let text = self.store().load_fact(facts::SERVER_VERSION)?;
        let version = text.as_deref().and_then(ServerVersion::parse);
        version
            .or_else(|| ServerVersion::parse("2.42.0"))
            .ok_or_else(|| OutpostError::internal("the version of the server cannot be read"))
    }
}

fn lost(lost: Lost) -> OutpostError {
    match lost {
        Lost::NotSent { reason, is_tls: true } => error_of(Stop::Tls { reason }, None),
        Lost::NotSent { reason, .. } | Lost::Unknown { reason } => OutpostError::Offline { reason },
        Lost::NoContent => OutpostError::internal("a request without file was to carry one"),
        Lost::TooLarge { .. } => OutpostError::ServerRejected {
            status: 200,
            code: None,
            reason: "the answer is too large; ask for less".to_owned(),
        },
    }
}

fn sorted(answer: Answer) -> Result<Asked> {
    let (content_type, location) = (answer.content_type.as_deref(), answer.location.as_deref());
    let status = answer.status;
    let class = classify(status, content_type, location, &answer.body);
    match class {
        AnswerClass::Ok | AnswerClass::NotModified => Ok(Asked::Done(answer)),
        AnswerClass::SignedOut { reason } => {
            Err(error_of(Stop::SignedOut { reason: reason.words().to_owned() }, None))
        }
        AnswerClass::CaptivePortal => Err(error_of(Stop::CaptivePortal, None)),
        AnswerClass::Redirected { .. } => Err(OutpostError::Incompatible {
            found: "a server that sends to another address".to_owned(),
            supported: "the address of DHIS2 itself".to_owned(),
        }),
        AnswerClass::NotFound { .. } => Ok(Asked::NotFound),
        AnswerClass::Forbidden { message, .. }
        | AnswerClass::Conflict { message, .. }
        | AnswerClass::BadRequest { message, .. } => Ok(Asked::Refused { status, message }),
        AnswerClass::TooLarge => Err(OutpostError::ServerRejected {
            status,
            code: None,
            reason: "the request is too large for the server; narrow it".to_owned(),
        }),
        AnswerClass::RateLimited => {
            Err(OutpostError::ServerUnavailable { status, retry_after_ms: answer.retry_after_ms })
        }
        AnswerClass::ServerError { status, .. } => {
            Err(OutpostError::ServerUnavailable { status, retry_after_ms: answer.retry_after_ms })
        }
    }
}
