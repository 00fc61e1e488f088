//! Mirrors a request into DHIS2's own messages (type TICKET), for those who look there.
//!
//! The server makes two tickets of the same text sent twice (capture o006g), so what is there is
//! read before anything is sent, and every message carries the id of its step. What stands in the
//! mirror decides nothing.

use outpost_domain::uid::TrackedEntityUid;
use outpost_rollout::support::{Step, StepKind, mirror_status, subject_of};
use outpost_sync::ports::{Body, Method, Request};
use outpost_wire::percent::encoded_value;
use serde_json::Value;

use super::super::super::Session;
use super::super::super::online::{Asked, get, request};
use super::Known;
use crate::error::{OutpostError, Result};
use crate::model::SupportMirrored;

const PATH: &str = "/api/messageConversations";

/// What is there.
struct There {
    id: String,
    status: String,
    texts: Vec<String>,
}

impl Session {
    /// Brings the mirror of a request up to date; may be done again at any time.
    ///
    /// # Errors
    /// `NotFound`; `Offline`, `Forbidden`; `InvalidInput` if nobody is set to receive feedback, as
    /// the server would take the message and show it to nobody (capture o001); storage errors.
    pub fn mirror_support(&self, id: TrackedEntityUid) -> Result<SupportMirrored> {
        let world = self.world()?;
        let settings = self.support_settings()?;
        let known = self.known_request(id, &world, &settings)?;
        let mut sent = 0;
        let there = match self.mirror_of(&known)? {
            Some(there) => there,
            None => {
                self.need_recipients()?;
                let subject = subject_of(known.request.id, &known.request.title);
                let target = format!("{PATH}/feedback?subject={}", encoded_value(&subject));
                let text = format!("{}\n\n[{}]", known.request.text, known.request.id);
                self.ask(text_request(target, text))?.done("the message")?;
                sent += 1;
                let missing = || OutpostError::internal("a message that was sent is not there");
                self.mirror_of(&known)?.ok_or_else(missing)?
            }
        };
        for step in known.steps.iter().filter(|step| is_mirrored(step)) {
            let mark = format!("[{}]", step.id);
            if there.texts.iter().any(|text| text.contains(&mark)) {
                continue;
            }
            let text = format!("{}\n\n{} {mark}", words(step), step.by);
            self.ask(text_request(format!("{PATH}/{}", there.id), text))?.done("the message")?;
            sent += 1;
        }
        let status = mirror_status(known.standing.state).0;
        if there.status != status {
            let target = format!("{PATH}/{}/status?messageConversationStatus={status}", there.id);
            self.ask(request(Method::Post, target, None))?.done("the state of the message")?;
        }
        Ok(SupportMirrored { conversation: there.id, status, sent })
    }

    fn mirror_of(&self, known: &Known) -> Result<Option<There>> {
        let begin = format!("[Outpost {}]", known.request.id);
        let fields = "fields=id,subject,status,messages[text]&pageSize=5";
        let target = format!(
            "{PATH}?filter=messageType:eq:TICKET&filter=subject:like:{}&{fields}",
            encoded_value(known.request.id.as_str())
        );
        let answer = self.ask(get(target))?.done("the messages")?;
        let page: Value = serde_json::from_slice(&answer.body).map_err(|_| not_understood())?;
        let found = page["messageConversations"].as_array().into_iter().flatten();
        let mut found = found.filter(|one| {
            one["subject"].as_str().is_some_and(|subject| subject.starts_with(&begin))
        });
        let Some(one) = found.next() else { return Ok(None) };
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let messages = one["messages"].as_array().into_iter().flatten();
        Ok(Some(There {
            id: text(&one["id"]),
            status: text(&one["status"]),
            texts: messages.map(|message| text(&message["text"])).collect(),
        }))
    }

    /// Whether anybody would see a ticket.
    fn need_recipients(&self) -> Result<()> {
        let asked = self.ask(get("/api/configuration/feedbackRecipients".to_owned()))?;
        // A server that does not tell this to everybody leaves it to the administrator.
        let Asked::Done(answer) = asked else { return Ok(()) };
        let is_set = serde_json::from_slice::<Value>(&answer.body)
            .is_ok_and(|group| group["id"].as_str().is_some_and(|id| !id.is_empty()));
        match is_set {
            true => Ok(()),
            false => {
                let reason = "nobody is set to receive feedback on the server, so nobody would see \
                              the message: an administrator sets the group (System settings)";
                Err(OutpostError::invalid("mirror", "no_recipients", reason))
            }
        }
    }
}

fn not_understood() -> OutpostError {
    OutpostError::Incompatible {
        found: "an answer about messages that cannot be read".to_owned(),
        supported: "DHIS2 2.38 to 2.43".to_owned(),
    }
}

fn text_request(target: String, text: String) -> Request {
    Request { body: Some(Body::Text(text.into_bytes())), ..request(Method::Post, target, None) }
}

/// What the mirror shows: what user and team say to each other and who has it; notes stay inside.
fn is_mirrored(step: &Step) -> bool {
    !matches!(step.kind, StepKind::Note { .. } | StepKind::AutoReply { .. } | StepKind::Resume)
}

fn words(step: &Step) -> String {
    let text = step.kind.text();
    match &step.kind {
        StepKind::Acknowledge => "Acknowledged.".to_owned(),
        StepKind::Escalate { to, by_time: true, .. } => format!("Moved to tier {to}: {text}"),
        StepKind::Escalate { to, .. } => format!("Escalated to tier {to}: {text}"),
        StepKind::Resolve { .. } => format!("Solved: {text}"),
        StepKind::Invalid { .. } => format!("No request: {text}"),
        StepKind::Reopen { .. } => format!("Reopened: {text}"),
        _ => text.to_owned(),
    }
}
