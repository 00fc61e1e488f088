//! Filing a request: with network or without, for oneself or for somebody who called or wrote.
//!
//! Request, enrolment and words are one transaction with their outbox rows and the journal.

use outpost_domain::data::{Event, Payload, TrackedEntity};
use outpost_domain::form::event::check_event;
use outpost_domain::uid::{EventUid, TrackedEntityUid};
use outpost_rollout::support::{
    Channel, Digest, Made, Stamp, SupportRequest, Trouble, limits, program, request_event,
    request_values, same_trouble, trouble_key,
};
use outpost_sync::ports::facts;
use serde_json::json;

use super::super::super::Session;
use super::super::super::context::World;
use super::super::super::events::context;
use super::super::super::programs::PeopleOf;
use super::super::super::slices::OptionLookup;
use crate::disk::free_bytes;
use crate::error::{OutpostError, Result};
use crate::model::{
    EventProblemView, NewSupportRequest, SupportFiled, SupportQuery, SupportSummary,
};
use crate::refusals;

impl Session {
    /// Files a request. If an open one is about the same trouble of the same device it is offered
    /// instead, and nothing is saved unless `anyway` says so.
    ///
    /// # Errors
    /// `InvalidInput` for a title or text that is missing or too long, for a call in the future or
    /// longer ago than [`limits::CALL_AGO_MS_MAX`], for a place where the user may not file, or
    /// without the support forms; storage errors.
    pub fn file_support(&self, new: NewSupportRequest) -> Result<SupportFiled> {
        let world = self.world()?;
        let settings = self.support_settings()?;
        self.refresh_support(&world, &settings)?;
        checked_words(&new)?;
        checked_call(&new, world.server_ms)?;
        let anyway = new.anyway;
        let mut request = self.request_of(new, &world)?;
        if !anyway {
            let same_trouble = self.same_trouble_as(&request, &world)?;
            if !same_trouble.is_empty() {
                return Ok(SupportFiled { request: None, same_trouble });
            }
        }
        self.save_request(&mut request, &world)?;
        let view = self.support_request(request.id)?;
        Ok(SupportFiled { request: Some(view), same_trouble: Vec::new() })
    }

    /// Open requests that a request would be the same trouble as.
    fn same_trouble_as(
        &self,
        request: &SupportRequest,
        world: &World,
    ) -> Result<Vec<SupportSummary>> {
        let Some(key) = trouble_key(request) else { return Ok(Vec::new()) };
        let mut found = Vec::new();
        let mut after = None;
        loop {
            let page = self.support_digests(&SupportQuery::default(), after)?;
            for digest in &page.0 {
                if is_same(&key, digest, world.server_ms) {
                    found.push(digest.clone());
                }
            }
            match page.1 {
                Some(next) => after = Some(next),
                None => break,
            }
        }
        let settings = self.support_settings()?;
        let mut places = super::show::Places::default();
        let shown = found.iter().map(|it| self.summary_of(it, &settings, world, &mut places));
        shown.collect()
    }

    fn request_of(&self, new: NewSupportRequest, world: &World) -> Result<SupportRequest> {
        let mut links = new.links;
        if new.taken.is_none() {
            links.device.get_or_insert(self.device_id()?);
            if new.with_diagnostics && links.diagnostics.is_none() {
                links.diagnostics = Some(self.diagnostics(world)?);
            }
        }
        let skew = self.store().load_fact(facts::SKEW_MS)?;
        let skew_ms = skew.and_then(|text| text.parse().ok());
        let taken = new.taken;
        let made = match &taken {
            // Whoever writes it down says the time by their own clock, which is set right already.
            Some(taken) => Made { device_ms: taken.made_ms, skew_ms: Some(0) },
            None => Made { device_ms: self.now_ms(), skew_ms },
        };
        let id = TrackedEntityUid(self.mint_uid()?);
        Ok(SupportRequest {
            id,
            enrollment: outpost_domain::uid::EnrollmentUid(id.0),
            place: new.place,
            title: new.title.trim().to_owned(),
            text: new.text.trim().to_owned(),
            problem: new.problem,
            channel: taken.as_ref().map_or(Channel::App, |taken| taken.channel),
            urgent: new.urgent,
            made,
            received_ms: taken.as_ref().map(|taken| taken.received_ms),
            entered_ms: taken.as_ref().map(|_| world.server_ms),
            reporter: match &taken {
                Some(taken) => taken.reporter.trim().to_owned(),
                None => self.by().to_owned(),
            },
            phone: taken.as_ref().and_then(|taken| taken.phone.clone()),
            message_id: taken.and_then(|taken| taken.message_id),
            links,
        })
    }

    /// Puts a request through its form and saves it with its words, all or nothing.
    fn save_request(&self, request: &mut SupportRequest, world: &World) -> Result<()> {
        let (mut form, _) =
            self.open_person_form(PeopleOf::Program(program()), request.place, None)?;
        for (attribute, value) in request_values(request) {
            form.set_value(attribute, &value)?;
        }
        refuse(form.check()?)?;
        let registration = form.registration().clone();
        let tracked_entity = TrackedEntity {
            updated_at_client: Some(world.now_text()),
            ..registration.tracked_entity
        };
        let enrollment = registration
            .enrollment
            .ok_or_else(|| OutpostError::internal("a support request without enrolment"))?;
        (request.id, request.enrollment) = (tracked_entity.id, enrollment.id);
        let stamp = stamp(world);
        let event = request_event(EventUid(self.mint_uid()?), request, &enrollment, &stamp);
        refuse(self.words_problems(&event, world)?)?;
        let records = [
            Payload::TrackedEntity { tracked_entity },
            Payload::Enrollment { enrollment },
            Payload::Event { event },
        ];
        self.store().save_records(&records, &[], self.by(), self.now_ms())?;
        Ok(())
    }

    /// What its form says against an event of an enrolment that is not saved yet.
    fn words_problems(&self, event: &Event, world: &World) -> Result<Vec<EventProblemView>> {
        let bundle = self.event_bundle(event.program, event.program_stage)?;
        let unit = self.unit_if_known(event.organisation_unit)?;
        let is_assigned = self.store().is_assigned(event.program.0, event.organisation_unit)?;
        let context = context(&bundle, world, unit.as_ref(), is_assigned, None);
        let options = OptionLookup::new(self);
        let found = check_event(&bundle.form, event, &context, |set, code| options.has(set, code));
        options.finish()?;
        Ok(found.iter().map(|it| refusals::of_event_problem(&bundle.form, it)).collect())
    }

    /// What this device tells of itself beside a request: versions, counts, clock. Nothing of
    /// people, no user name.
    ///
    /// # Errors
    /// Storage errors.
    pub fn support_diagnostics(&self) -> Result<String> {
        self.diagnostics(&self.world()?)
    }

    fn diagnostics(&self, world: &World) -> Result<String> {
        let counts = self.store().outbox_counts()?;
        let number = |name: &str| -> Result<Option<i64>> {
            Ok(self.store().load_fact(name)?.and_then(|text| text.parse().ok()))
        };
        let told = json!({
            "device": self.device_id()?,
            "appVersion": env!("CARGO_PKG_VERSION"),
            "metadataVersion": self.store().load_fact(facts::METADATA_VERSION)?,
            "serverVersion": self.store().load_fact(facts::SERVER_VERSION)?,
            "waiting": counts.pending + counts.in_flight + counts.held,
            "parked": counts.rejected + counts.conflicts,
            "oldestUnsentMs": self.store().oldest_unsent_ms()?,
            "lastSyncMs": number(facts::LAST_SYNC_MS)?,
            "lastPullMs": number(facts::LAST_PULL_MS)?,
            "skewMs": number(facts::SKEW_MS)?,
            "nowMs": world.server_ms,
            "freeBytes": self.inner.database.parent().and_then(free_bytes),
            "mode": self.site_mode()?,
        });
        Ok(told.to_string())
    }
}

/// What events of a request are stamped with.
pub(super) fn stamp(world: &World) -> Stamp {
    Stamp { now: world.now_text(), today: world.today_text() }
}

fn is_same(key: &str, digest: &Digest, now_ms: i64) -> bool {
    let Some(trouble) = &digest.trouble else { return false };
    let at_ms = digest.made_ms.or(digest.received_ms).unwrap_or(now_ms);
    let there = Trouble { key: trouble, at_ms, is_open: digest.state.is_open() };
    same_trouble(key, now_ms, &there)
}

fn checked_words(new: &NewSupportRequest) -> Result<()> {
    let too_long = |field: &str, most: usize| {
        let reason = format!("it is longer than {most} characters");
        Err(OutpostError::invalid(field, "too_long", reason))
    };
    let links = [&new.links.device, &new.links.sim, &new.links.error, &new.links.form]
        .into_iter()
        .chain([&new.links.batch]);
    let phone = new.taken.iter().filter_map(|taken| taken.phone.as_ref());
    match () {
        () if new.title.trim().is_empty() => {
            let reason = "say in a few words what is wrong";
            Err(OutpostError::invalid("title", "missing", reason))
        }
        () if new.title.chars().count() > limits::TITLE_CHARS_MAX => {
            too_long("title", limits::TITLE_CHARS_MAX)
        }
        () if new.text.chars().count() > limits::TEXT_CHARS_MAX => {
            too_long("text", limits::TEXT_CHARS_MAX)
        }
        () if links
            .flatten()
            .chain(phone)
            .any(|it| it.chars().count() > limits::WORD_CHARS_MAX) =>
        {
            too_long("link", limits::WORD_CHARS_MAX)
        }
        () => Ok(()),
    }
}

/// When a call came is typed by a person; the time of an e-mail is its mailbox's.
fn checked_call(new: &NewSupportRequest, now_ms: i64) -> Result<()> {
    let call = new.taken.as_ref().filter(|taken| taken.channel == Channel::Phone);
    let Some(ago_ms) = call.map(|taken| now_ms.saturating_sub(taken.made_ms)) else {
        return Ok(());
    };
    let wrong = |code, reason: String| Err(OutpostError::invalid("called-at", code, reason));
    match ago_ms {
        ago_ms if ago_ms < -limits::CALL_AHEAD_MS_MAX => {
            wrong("future", "nobody has called in the future; look at the time".to_owned())
        }
        ago_ms if ago_ms > limits::CALL_AGO_MS_MAX => {
            let days = limits::CALL_AGO_MS_MAX / 86_400_000;
            wrong("too_old", format!("that is more than {days} days ago; look at the year"))
        }
        _ => Ok(()),
    }
}

/// The first problem that keeps a record from being saved, as an error.
pub(super) fn refuse(problems: Vec<EventProblemView>) -> Result<()> {
    match problems.into_iter().find(|it| it.blocks_sending || it.blocks_completion) {
        Some(problem) => {
            let field = problem.field.unwrap_or_else(|| "support".to_owned());
            Err(OutpostError::invalid(field, problem.refusal.code, problem.refusal.reason))
        }
        None => Ok(()),
    }
}
