//! Jobs on the server: what an asynchronous request answers, and how far the job is.
//!
//! A report of a job lives in the server's memory: after a restart it is 404 and the list of
//! notifications is empty (captures o030c, o033c). Then the same payload goes again.

use serde::Deserialize;

use crate::error::WireError;
use crate::json::{from_slice, parse, shown};
use crate::loose;
use crate::web_message::WebMessage;

const WHAT: &str = "job";

/// A job that was accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobStarted {
    /// Its id. Build addresses from it: `location` lacks the `/api` part (capture t051).
    pub id: String,
}

/// One notification of a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobNotification {
    /// Whether it is the last one.
    pub completed: bool,
    /// `INFO`, `ERROR` …
    pub level: String,
    /// The server's text, cut.
    pub message: String,
    /// When, as written.
    pub time: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct StartedDto {
    #[serde(deserialize_with = "loose::text")]
    id: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct NotificationDto {
    #[serde(deserialize_with = "loose::flag")]
    completed: bool,
    #[serde(deserialize_with = "loose::text")]
    level: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    message: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    time: Option<String>,
}

/// Parses the answer to an asynchronous import of values or tracker objects.
///
/// # Errors
/// [`WireError`]; also if it names no job.
pub fn parse_job_started(bytes: &[u8]) -> Result<JobStarted, WireError> {
    let envelope = WebMessage::parse(bytes, WHAT)?;
    let response = envelope.response.map(|raw| raw.get().as_bytes()).unwrap_or(b"{}");
    let dto: StartedDto = from_slice(response, WHAT)?;
    let id = dto.id.filter(|id| !id.is_empty() && id.bytes().all(|b| b.is_ascii_alphanumeric()));
    id.map(|id| JobStarted { id })
        .ok_or_else(|| WireError::shape(WHAT, "response", "missing field `id`"))
}

/// Parses the notifications of a job, newest first. An empty list is a job that is not known (any
/// more) or has not begun.
///
/// # Errors
/// [`WireError`].
pub fn parse_job_notifications(bytes: &[u8]) -> Result<Vec<JobNotification>, WireError> {
    let dtos: Vec<NotificationDto> = parse(bytes, WHAT)?;
    let notification_of = |dto: NotificationDto| JobNotification {
        completed: dto.completed,
        level: dto.level.unwrap_or_default(),
        message: shown(&dto.message.unwrap_or_default()),
        time: dto.time,
    };
    Ok(dtos.into_iter().map(notification_of).collect())
}

/// Whether a job has ended, by its notifications.
#[must_use]
pub fn is_completed(notifications: &[JobNotification]) -> bool {
    notifications.iter().any(|notification| notification.completed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_is_known_by_its_id() {
        let body = br#"{"httpStatusCode":200,"response":{"id":"DBRfT3Ku9vG","location":"x"}}"#;
        assert_eq!(parse_job_started(body).map(|job| job.id).as_deref(), Ok("DBRfT3Ku9vG"));
        assert!(parse_job_started(br#"{"httpStatusCode":200}"#).is_err());
        assert!(parse_job_started(br#"{"response":{"id":"../../me"}}"#).is_err());
    }

    #[test]
    fn a_job_has_ended_when_a_notification_says_so() {
        let list = |text: &[u8]| parse_job_notifications(text).expect("a list");
        assert!(!is_completed(&list(b"[]")));
        assert!(!is_completed(&list(br#"[{"completed":false}]"#)));
        assert!(is_completed(&list(br#"[{"completed":true},{"completed":false}]"#)));
        assert!(parse_job_notifications(b"{}").is_err());
    }
}
