//! Whom to tell what: the contact of a tier about what came, warns or is late, the user of an
//! e-mail about what was answered. Nobody is told the same twice by the same way: what a desk's
//! system got by a webhook says nothing of whether its people got an e-mail.
//!
//! Says what is to be told and remembers what was; sending is its caller's.

use std::collections::BTreeSet;
use std::sync::mpsc;

use outpost_domain::uid::TrackedEntityUid;
use outpost_http::Webhook;
use outpost_rollout::support::{Channel, Digest, Step, StepKind, SupportSettings, program};

use super::super::super::Session;
use super::super::super::context::World;
use super::show::Places;
use crate::error::{OutpostError, Result};
use crate::limits::NOTICES_REMEMBERED_MAX;
use crate::model::{NoticeWay, SupportNotice, SupportQuery};

/// Name of the fact with what was told.
const TOLD: &str = "supportTold";

/// Users of requests that were closed longer ago are told no more: their answers were sent long
/// since.
const ANSWERED_WITHIN_MS: i64 = 30 * 86_400_000;

impl Session {
    /// What is to be told now and was not told yet by a way; `None`: by no way at all.
    ///
    /// # Errors
    /// `InvalidInput` without the support forms; storage errors.
    pub fn support_notices(&self, way: Option<NoticeWay>) -> Result<Vec<SupportNotice>> {
        let world = self.world()?;
        let settings = self.support_settings()?;
        let told = keys_told(&self.told()?, way);
        let mut notices = Vec::new();
        let mut places = Places::default();
        for digest in self.open_digests(&world, &settings)? {
            for (kind, key) in due_notices(&digest, world.server_ms) {
                if told.contains(&key) {
                    continue;
                }
                let request = self.summary_of(&digest, &settings, &world, &mut places)?;
                let contact = self.contact_of_tier(&settings, request.tier, digest.place)?;
                let text = text_of(kind, &request.title, request.level);
                let to_user = None;
                notices.push(SupportNotice { kind, key, request, contact, to_user, text });
            }
        }
        self.answers_by_mail(&told, &world, &settings, &mut notices)?;
        Ok(notices)
    }

    /// What the team said to those who wrote e-mails.
    fn answers_by_mail(
        &self,
        told: &BTreeSet<String>,
        world: &World,
        settings: &SupportSettings,
        notices: &mut Vec<SupportNotice>,
    ) -> Result<()> {
        let mut written: Vec<TrackedEntityUid> = Vec::new();
        self.store().each_digest(program(), |body| {
            let digest = Digest::decode_figures(body);
            let is_recent = |closed: i64| world.server_ms - closed < ANSWERED_WITHIN_MS;
            let by_mail = digest
                .iter()
                .filter(|it| it.channel == Channel::Email && it.closed_ms.is_none_or(is_recent));
            written.extend(by_mail.map(|digest| digest.id));
        })?;
        for id in written {
            let known = self.known_request(id, world, settings)?;
            let Some(address) = address_of(&known.request.reporter) else { continue };
            for step in known.steps.iter().filter(|step| is_for_user(step)) {
                let key = format!("{id} {}", step.id);
                if told.contains(&key) {
                    continue;
                }
                let view = self.support_view(&known, world, settings)?;
                let kind = if view.closed_ms.is_some() { "closed" } else { "reply" };
                notices.push(SupportNotice {
                    kind,
                    key,
                    request: view.summary,
                    contact: None,
                    to_user: Some(address.to_owned()),
                    text: step.kind.text().to_owned(),
                });
            }
        }
        Ok(())
    }

    fn told(&self) -> Result<Vec<String>> {
        let text = self.store().load_fact(TOLD)?;
        Ok(text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default())
    }

    /// Remembers that a notice was told by a way, by its key.
    ///
    /// # Errors
    /// Storage errors.
    pub fn support_told(&self, way: NoticeWay, key: &str) -> Result<()> {
        let mut told = self.told()?;
        told.push(format!("{} {key}", way.code()));
        let surplus = told.len().saturating_sub(NOTICES_REMEMBERED_MAX);
        told.drain(..surplus);
        let text = serde_json::to_string(&told).map_err(OutpostError::internal)?;
        Ok(self.store().save_fact(TOLD, &text)?)
    }

    /// Whether notices may be posted to an address: https unless `allow_http`.
    ///
    /// # Errors
    /// `InvalidInput` saying what to change.
    pub fn check_notice_address(address: &str, allow_http: bool) -> Result<()> {
        Webhook::check(address, allow_http)
            .map_err(|error| OutpostError::invalid("webhook", "address", error))
    }

    /// Posts a notice as JSON to another system; https unless `allow_http`.
    ///
    /// # Errors
    /// `InvalidInput` for an address that may not be used; `Offline` without an answer;
    /// `ServerRejected` for any other status than 2xx.
    pub fn post_notice(&self, address: &str, allow_http: bool, json: Vec<u8>) -> Result<()> {
        Self::check_notice_address(address, allow_http)?;
        let hook = Webhook::new(address, allow_http, env!("CARGO_PKG_VERSION"))
            .map_err(OutpostError::internal)?;
        let (sender, receiver) = mpsc::sync_channel(1);
        self.inner.network.runtime().spawn(async move {
            // Nobody listens only if the waiting thread is gone, and then nothing is left to do.
            sender.send(hook.post(json).await).ok();
        });
        match receiver.recv().map_err(|_| OutpostError::Cancelled)? {
            Ok(200..=299) => Ok(()),
            Ok(status) => Err(OutpostError::ServerRejected {
                status,
                code: None,
                reason: "the other system did not take the notice".to_owned(),
            }),
            Err(_) => Err(OutpostError::Offline {
                reason: "the other system cannot be reached; the notice is sent with the next run"
                    .to_owned(),
            }),
        }
    }

    /// Every request of whoever works here, for the app: own ones, open first.
    ///
    /// # Errors
    /// `InvalidInput` without the support forms; storage errors.
    pub fn my_support_requests(&self) -> Result<Vec<crate::model::SupportSummary>> {
        let reporter = Some(self.by().to_owned());
        let query = SupportQuery { reporter, ..SupportQuery::default() };
        let mut mine = self.support_queue(&query, None)?.items;
        let closed = SupportQuery { closed: true, ..query };
        mine.extend(self.support_queue(&closed, None)?.items);
        Ok(mine)
    }
}

/// The keys of what was told by a way. What an older release remembered names none and counts for
/// each, so that nobody is told twice after an update.
fn keys_told(told: &[String], way: Option<NoticeWay>) -> BTreeSet<String> {
    let key = |entry: &String| {
        let by = NoticeWay::ALL.into_iter().find_map(|it| {
            let key = entry.strip_prefix(it.code())?.strip_prefix(' ')?;
            Some((it, key))
        });
        match by {
            Some((by, key)) => way.is_none_or(|way| way == by).then(|| key.to_owned()),
            None => Some(entry.clone()),
        }
    };
    told.iter().filter_map(key).collect()
}

/// What is to be told about an open request, with the keys of the notices.
fn due_notices(digest: &Digest, now_ms: i64) -> Vec<(&'static str, String)> {
    let (id, tier) = (digest.id, digest.tier_at(now_ms));
    let came = if tier > 1 { "escalated" } else { "received" };
    let mut due = Vec::new();
    if digest.received_ms.is_some() {
        due.push((came, format!("{id} tier {tier}")));
    }
    if digest.taken_ms.is_none() {
        // Each clock warns for itself: that of a higher tier begins when it was handed on.
        let since = digest.handed_ms.map(|ms| format!(" {ms}")).unwrap_or_default();
        match digest.level_at(now_ms).per_cent() {
            100 => due.push(("breach", format!("{id}{since} 100"))),
            0 => {}
            level => due.push(("warning", format!("{id}{since} {level}"))),
        }
    }
    due
}

fn text_of(kind: &str, title: &str, level: i64) -> String {
    match kind {
        "received" => format!("A request has come: {title}"),
        "escalated" => format!("A request was escalated to you: {title}"),
        "breach" => format!("Nobody has acknowledged in time: {title}"),
        _ => format!("{level} % of the time to acknowledge has passed: {title}"),
    }
}

fn is_for_user(step: &Step) -> bool {
    matches!(
        step.kind,
        StepKind::Reply { .. }
            | StepKind::Wait { .. }
            | StepKind::Resolve { .. }
            | StepKind::Invalid { .. }
    )
}

/// The address in `Name <address>` or an address alone.
fn address_of(reporter: &str) -> Option<&str> {
    let inside = reporter.rsplit_once('<').and_then(|(_, rest)| rest.strip_suffix('>'));
    let address = inside.unwrap_or(reporter).trim();
    let is_one = address.contains('@') && !address.contains(char::is_whitespace);
    is_one.then_some(address)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_told_by_one_way_was_not_told_by_the_other() {
        let told = ["email a 50", "webhook a 50", "webhook a tier 1", "b 100"].map(str::to_owned);
        for (way, expected) in [
            (Some(NoticeWay::Email), vec!["a 50", "b 100"]),
            (Some(NoticeWay::Webhook), vec!["a 50", "a tier 1", "b 100"]),
            // Of an older release, by either way.
            (None, vec!["a 50", "a tier 1", "b 100"]),
        ] {
            let expected = expected.into_iter().map(str::to_owned).collect();
            assert_eq!(keys_told(&told, way), expected, "{way:?}");
        }
    }
}
