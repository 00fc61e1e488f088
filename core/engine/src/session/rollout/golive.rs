//! Going live on the store: what `outpost_rollout::golive` reads and judges is loaded and saved here.

use std::collections::BTreeMap;

use jiff::civil::Date;
use outpost_domain::data::{Event, EventStatus, Payload};
use outpost_domain::uid::{
    EnrollmentUid, EventUid, OrganisationUnitUid, ProgramStageUid, ProgramUid, TrackedEntityUid,
};
use outpost_rollout::device::DeviceState;
use outpost_rollout::golive::adoption::{Adoption, Heartbeat, adoption};
use outpost_rollout::golive::compare::{Case, PeriodBy};
use outpost_rollout::golive::plan::check_day;
use outpost_rollout::golive::readiness::{Check, Progress, Readiness, readiness};
use outpost_rollout::golive::record::{GoLive, Note, program, read, site_record, site_type};
use outpost_store::{DigestRow, DigestSource, EventFilter, EventRow};

use super::changes::begun;
use crate::error::{OutpostError, Result};
use crate::limits::PAGE_ROWS_MAX;
use crate::model::DeviceRow;
use crate::session::Session;
use crate::session::bundle::load_program;

/// Changes when a sum says something else than before.
const DIGEST_VERSION: &str = "golive 1";

impl Session {
    /// The go-live program is on this device, and may be written to if asked for.
    fn golive_program(&self, writes: bool) -> Result<()> {
        let found = match load_program(self.store(), program()) {
            Ok(found) => found,
            Err(OutpostError::NotFound { .. }) => {
                let reason = "the go-live program is not on this device: import the roll-out \
                              package into DHIS2, be put into one of its user groups, and pull";
                return Err(OutpostError::invalid("golive", "no_program", reason));
            }
            Err(error) => return Err(error),
        };
        if writes && !found.access.write {
            let reason = "your user group may look at go-lives and not change them".to_owned();
            return Err(OutpostError::Forbidden { reason });
        }
        self.store().watch_digests(program(), site_type(), DIGEST_VERSION)?;
        // The id alone: whoever asks reads the records.
        let sum = |source: DigestSource| {
            let id = source.tracked_entity.id;
            let body = id.to_string().into_bytes();
            let row =
                DigestRow { tracked_entity: id, seen_ms: Some(0), is_open: true, sort: 0, body };
            Ok(Some(row))
        };
        Ok(self.store().refresh_digests(program(), sum)?)
    }

    /// Whoever is signed in: the one who decides if nobody else is named.
    #[must_use]
    pub fn golive_person(&self) -> &str {
        self.by()
    }

    /// Every site that is planned here, by name.
    ///
    /// # Errors
    /// `InvalidInput` without the go-live program; storage errors.
    pub fn golive_sites(&self) -> Result<Vec<GoLive>> {
        self.golive_program(false)?;
        let mut ids = Vec::new();
        self.store().each_digest(program(), |body| {
            let id = std::str::from_utf8(body).ok().and_then(|id| TrackedEntityUid::parse(id).ok());
            ids.extend(id);
        })?;
        let mut sites = Vec::with_capacity(ids.len());
        for id in ids {
            sites.extend(self.store().digest_source(program(), id)?.as_ref().map(live_of));
        }
        sites.sort_by(|a, b| (&a.site, a.id).cmp(&(&b.site, b.id)));
        Ok(sites)
    }

    /// The site of a name, of a place, or of an id.
    ///
    /// # Errors
    /// `NotFound`; otherwise as [`Session::golive_sites`].
    pub fn golive_site(&self, text: &str) -> Result<GoLive> {
        let text = text.trim();
        let sites = self.golive_sites()?;
        let named = |it: &GoLive| it.site.eq_ignore_ascii_case(text) || it.id.to_string() == text;
        if let Some(site) = sites.iter().find(|site| named(site)) {
            return Ok(site.clone());
        }
        let missing = || OutpostError::not_found("site that is planned to go live", text);
        let place = self.find_organisation_unit(text).map_err(|_| missing())?;
        sites.into_iter().find(|site| site.place == place).ok_or_else(missing)
    }

    /// Plans a site, or changes its day; what is `None` stays as it is.
    ///
    /// # Errors
    /// As [`Session::golive_sites`]; `Forbidden`; `InvalidInput` for `org_unit` where the go-live program
    /// is not used.
    pub fn plan_golive(
        &self,
        place: OrganisationUnitUid,
        live_on: Option<Date>,
        settle_days: Option<i32>,
    ) -> Result<GoLive> {
        self.golive_program(true)?;
        self.used_place(program(), "go-live", place)?;
        let known = self.golive_sites()?.into_iter().find(|site| site.place == place);
        let world = self.world()?;
        let name = self.unit_name(place)?;
        let (id, before) = match &known {
            Some(site) => (site.id, Some(site)),
            None => (TrackedEntityUid(self.mint_uid()?), None),
        };
        let live_on = live_on.or(before.and_then(|site| site.live_on));
        let days = settle_days.or(before.map(|site| site.settle_days));
        let mut tracked_entity = site_record(id, place, (&name, live_on, days));
        tracked_entity.updated_at_client = Some(world.now_text());
        if let Some(stored) = self.store().load_tracked_entity(id)? {
            tracked_entity.created_at_client = stored.created_at_client;
            tracked_entity.geometry = stored.geometry;
        } else {
            tracked_entity.created_at_client = Some(world.now_text());
        }
        let mut records = vec![Payload::TrackedEntity { tracked_entity }];
        if known.is_none() {
            let enrollment = EnrollmentUid(self.mint_uid()?);
            let enrollment = begun(enrollment, id, program(), place, &world);
            records.push(Payload::Enrollment { enrollment });
        }
        self.save_all(&records)?;
        self.golive_by_id(id)
    }

    /// Whether a place may go live on a day; `is_live` if it is since then.
    ///
    /// # Errors
    /// `InvalidInput` for `on` if the day has passed and the site is not live; as
    /// [`Session::golive_sites`].
    pub fn check_golive_day(
        &self,
        place: OrganisationUnitUid,
        day: Date,
        is_live: bool,
    ) -> Result<()> {
        let known = self.golive_sites()?.into_iter().find(|site| site.place == place);
        // What is planned already may be said again.
        let is_known = known.is_some_and(|site| site.is_live() || site.live_on == Some(day));
        check_day(day, self.world()?.now().date(), is_live || is_known)
            .map_err(|problem| OutpostError::invalid("on", "passed", problem))
    }

    fn golive_by_id(&self, id: TrackedEntityUid) -> Result<GoLive> {
        let source = self.store().digest_source(program(), id)?;
        source.as_ref().map(live_of).ok_or_else(|| OutpostError::not_found("go-live", id))
    }

    /// Writes something down about a site, all of it or nothing.
    ///
    /// # Errors
    /// `NotFound`; `Forbidden`; storage errors.
    pub fn note_golive(&self, site: TrackedEntityUid, notes: &[Note]) -> Result<GoLive> {
        self.golive_program(true)?;
        let source = self.store().digest_source(program(), site)?;
        let source = source.ok_or_else(|| OutpostError::not_found("go-live", site))?;
        let world = self.world()?;
        let mut records = Vec::with_capacity(notes.len());
        for note in notes {
            let stage = ProgramStageUid::parse(note.stage()).map_err(OutpostError::internal)?;
            let today = world.today_text();
            let day = note.day().map_or(today.clone(), |day| day.to_string());
            let event = Event {
                status: EventStatus::Completed,
                completed_at: Some(today),
                occurred_at: Some(day),
                data_values: note.values(self.by()).into_iter().collect(),
                created_at_client: Some(world.now_text()),
                updated_at_client: Some(world.now_text()),
                ..Event::of_enrollment(EventUid(self.mint_uid()?), stage, &source.enrollment)
            };
            records.push(Payload::Event { event });
        }
        self.save_all(&records)?;
        self.golive_by_id(site)
    }

    /// Writes down how far something is that the app cannot count by itself, such as training.
    ///
    /// # Errors
    /// `InvalidInput` for `done` if more are done than there are, for `check` with what is counted if the
    /// registry of devices counts it here; as [`Session::note_golive`].
    pub fn note_golive_check(
        &self,
        site: &GoLive,
        check: Check,
        progress: Progress,
    ) -> Result<GoLive> {
        if progress.done > progress.of {
            return Err(OutpostError::invalid("done", "more", "more are done than there are"));
        }
        if let Some(Progress { done, of, .. }) = self.counted_here(site)?.get(&check) {
            let reason = format!(
                "{} is counted from the registry of devices here ({done} of {of}): what is written \
                 down beside it would not count; change it at the devices",
                check.words()
            );
            return Err(OutpostError::invalid("check", "counted", reason));
        }
        self.note_golive(site.id, &[Note::Readiness(check, progress)])
    }

    /// How ready a site is: what the registry of devices, their heartbeats and the support settings tell,
    /// and what people wrote down about the rest.
    ///
    /// # Errors
    /// Storage errors.
    pub fn golive_readiness(&self, site: &GoLive) -> Result<Readiness> {
        let mut progress = site.progress.clone();
        progress.extend(self.counted_here(site)?);
        // The contact of the place is shown in every app there, whoever has a device.
        if !progress.contains_key(&Check::SupportContact)
            && self.support_contact(site.place)?.is_some()
        {
            let known = Progress { done: 1, of: 1, missing: String::new() };
            progress.insert(Check::SupportContact, known);
        }
        Ok(readiness(&progress))
    }

    /// What the registry of devices counts at a site; nothing without devices there.
    fn counted_here(&self, site: &GoLive) -> Result<BTreeMap<Check, Progress>> {
        let mut progress = BTreeMap::new();
        let devices = self.devices_at(site.place)?;
        if devices.is_empty() {
            return Ok(progress);
        }
        progress.insert(Check::Devices, counted(&devices, is_handed_out));
        let signed = |row: &DeviceRow| row.standing.still_open.is_empty() && is_handed_out(row);
        progress.insert(Check::Agreements, counted(&devices, signed));
        let synced: BTreeMap<_, _> = self.synced_users()?;
        let has_synced = |row: &DeviceRow| synced.contains_key(&row.device.facts.holder_user);
        if devices.iter().any(|row| !row.device.facts.holder_user.is_empty()) {
            progress.insert(Check::FirstSync, counted(&devices, has_synced));
        }
        let of_place = self.support_contact(site.place)?.is_some();
        let contact = |row: &DeviceRow| of_place || !row.device.facts.support_phone.is_empty();
        if devices.iter().any(contact) {
            progress.insert(Check::SupportContact, counted(&devices, contact));
        }
        Ok(progress)
    }

    /// Devices of a place that count; none without the registry.
    fn devices_at(&self, place: OrganisationUnitUid) -> Result<Vec<DeviceRow>> {
        let mut rows = match self.device_registry(false) {
            Ok(()) => self.all_devices()?,
            Err(OutpostError::InvalidInput { .. }) => Vec::new(),
            Err(error) => return Err(error),
        };
        rows.retain(|row| row.device.place == place && !is_gone(row.device.state));
        rows.sort_by(|a, b| a.device.facts.number.cmp(&b.device.facts.number));
        Ok(rows)
    }

    /// Users whose device has synchronised, with the latest time and what waited and was parked.
    fn synced_users(&self) -> Result<BTreeMap<String, (i64, u64, u64)>> {
        let mut users: BTreeMap<String, (i64, u64, u64)> = BTreeMap::new();
        for view in self.told_devices()? {
            let known = users.entry(view.user).or_default();
            let latest = known.0.max(view.last_sync_ms);
            *known = (latest, known.1 + view.waiting, known.2 + view.parked);
        }
        Ok(users)
    }

    /// The app's own records of a program at a site as cases: period by their day, key by the answer to a
    /// question, or their id.
    ///
    /// # Errors
    /// `NotFound` for a program that is not on the device; storage errors.
    pub fn golive_cases(
        &self,
        site: &GoLive,
        program: ProgramUid,
        (what, by): (&str, PeriodBy),
        question: Option<&str>,
    ) -> Result<Vec<Case>> {
        let filter = EventFilter {
            program,
            organisation_unit: Some(site.place),
            from: None,
            to: None,
            status: None,
            search: None,
        };
        let (mut cases, mut after) = (Vec::new(), None);
        loop {
            let rows = self.store().events_page(&filter, after.as_ref(), PAGE_ROWS_MAX)?;
            after = rows.last().map(|row| row.cursor.clone());
            let is_full = rows.len() == PAGE_ROWS_MAX as usize;
            for EventRow { event, .. } in rows {
                let day = event.occurred_at.as_deref().and_then(|text| text.get(..10));
                let Some(day) = day.and_then(|day| day.parse::<Date>().ok()) else { continue };
                let key = self.answer_named(&event, question)?;
                cases.push(Case {
                    period: by.of(day),
                    what: what.to_owned(),
                    key: key.unwrap_or_else(|| event.id.to_string()),
                    count: 1,
                    found: format!("record {} of {day}", event.id),
                });
            }
            if !is_full {
                return Ok(cases);
            }
        }
    }

    /// The answer of an event to a question by its name; `None` if it has none.
    fn answer_named(&self, event: &Event, question: Option<&str>) -> Result<Option<String>> {
        let Some(question) = question else { return Ok(None) };
        let bundle = self.event_bundle(event.program, event.program_stage)?;
        let mut fields = bundle.form.fields();
        let field = fields.find(|field| field.name.eq_ignore_ascii_case(question.trim()));
        let field = field.ok_or_else(|| OutpostError::not_found("question", question))?;
        let value = event.data_values.get(&field.data_element);
        Ok(value.map(|it| it.value.clone()).filter(|value| !value.trim().is_empty()))
    }

    /// How the first weeks go at each planned site.
    ///
    /// # Errors
    /// Storage errors.
    pub fn golive_adoption(&self, days: i32) -> Result<Vec<Adoption>> {
        let (world, synced) = (self.world()?, self.synced_users()?);
        let (mut beats, mut support) = (Vec::new(), BTreeMap::new());
        for site in self.golive_sites()? {
            support.insert(site.site.clone(), self.open_support(site.place)?);
            for row in self.devices_at(site.place)?.iter().filter(|row| is_handed_out(row)) {
                let facts = &row.device.facts;
                let told = synced.get(&facts.holder_user).filter(|_| !facts.holder_user.is_empty());
                let (at_ms, waiting, refused) = told.copied().unwrap_or_default();
                beats.push(Heartbeat {
                    site: site.site.clone(),
                    who: facts.number.clone(),
                    synced_on: told.and_then(|_| world.day_of(at_ms)),
                    refused,
                    waiting,
                });
            }
        }
        Ok(adoption(&beats, &support, world.now().date(), days))
    }

    /// Open support requests of a place.
    fn open_support(&self, place: OrganisationUnitUid) -> Result<u64> {
        if !self.has_support()? {
            return Ok(0);
        }
        let query = crate::model::SupportQuery { place: Some(place), ..Default::default() };
        let (mut open, mut next) = (0, None);
        loop {
            let page = self.support_queue(&query, next)?;
            open += page.items.len() as u64;
            next = page.next;
            if next.is_none() {
                return Ok(open);
            }
        }
    }
}

fn live_of(source: &DigestSource) -> GoLive {
    let events: Vec<_> = source.events.iter().map(|(event, _)| event).collect();
    read(&source.tracked_entity, &events)
}

/// Of these nobody at the place can be given one.
const fn is_gone(state: DeviceState) -> bool {
    use DeviceState::{Lost, Retired, Stolen, Wiped};
    matches!(state, Lost | Stolen | Retired | Wiped)
}

fn is_handed_out(row: &DeviceRow) -> bool {
    matches!(row.device.state, DeviceState::HandedOver | DeviceState::InUse)
}

/// So many devices of all, and the numbers of the others with what is open.
fn counted(devices: &[DeviceRow], is_done: impl Fn(&DeviceRow) -> bool) -> Progress {
    let missing = devices.iter().filter(|row| !is_done(row)).map(|row| {
        match row.standing.still_open.is_empty() {
            true => row.device.facts.number.clone(),
            false => format!("{} ({})", row.device.facts.number, row.standing.still_open),
        }
    });
    let missing: Vec<_> = missing.collect();
    Progress {
        done: (devices.len() - missing.len()) as u64,
        of: devices.len() as u64,
        missing: missing.join(", "),
    }
}
