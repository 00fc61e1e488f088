//! The devices that are on this one: sums of their records, lists, reports, and who is meant by a scan.

use std::collections::BTreeMap;

use outpost_domain::data::Event;
use outpost_domain::uid::{OrganisationUnitUid, ProgramUid, TrackedEntityUid};
use outpost_rollout::device::{
    Device, DeviceNumber, DeviceState, Ownership, answer, looks_like_label, read_label, same_number,
};
use outpost_rollout::package::ids_device::{asked, stage};
use outpost_store::{DigestRow, DigestSource, StoreError};
use serde_json::{Value, json};

use super::{device_program, device_type};
use crate::error::{OutpostError, Result};
use crate::limits::DEVICES_LISTED_MAX;
use crate::model::{
    DeviceEvent, DeviceHistory, DeviceQuery, DeviceReport, DeviceRow, DeviceStanding,
};
use crate::session::Session;
use crate::session::bundle::load_program;

/// Code of the refusal without the package.
const NO_PROGRAM: &str = "no_program";

/// Whether a program of the roll-out is not on this device.
pub(super) fn is_no_program(error: &OutpostError) -> bool {
    matches!(error, OutpostError::InvalidInput { code, .. } if code == NO_PROGRAM)
}

/// Changes when a sum says something else than before, so that all are made anew.
const DIGEST_VERSION: &str = "device 3";

impl Session {
    /// The registry is on this device, and may be written to if asked for.
    pub(super) fn device_registry(&self, writes: bool) -> Result<()> {
        self.rollout_program(device_program(), "device", writes)?;
        self.store().watch_digests(device_program(), device_type(), DIGEST_VERSION)?;
        let sum = |source: DigestSource| row_of(&source).as_ref().map(digest_of).transpose();
        Ok(self.store().refresh_digests(device_program(), sum)?)
    }

    /// A program of the roll-out is on this device, and may be written to if asked for.
    pub(super) fn rollout_program(
        &self,
        program: ProgramUid,
        name: &str,
        writes: bool,
    ) -> Result<()> {
        let program = match load_program(self.store(), program) {
            Ok(program) => program,
            Err(OutpostError::NotFound { .. }) => {
                let reason = format!(
                    "the {name} program is not on this device: import the roll-out package of this \
                     version into DHIS2, be put into one of its user groups, and pull"
                );
                return Err(OutpostError::invalid("devices", NO_PROGRAM, reason));
            }
            Err(error) => return Err(error),
        };
        if writes && !program.access.write {
            let reason = format!("your user group may look at the {name} program, not change it");
            return Err(OutpostError::Forbidden { reason });
        }
        Ok(())
    }

    /// Every device, in no order.
    pub(super) fn each_device(&self, mut show: impl FnMut(DeviceRow)) -> Result<()> {
        let mut broken = false;
        self.store().each_digest(device_program(), |body| match read_digest(body) {
            Ok(row) => show(row),
            Err(_) => broken = true,
        })?;
        match broken {
            true => Err(OutpostError::internal("the sum of a device cannot be read")),
            false => Ok(()),
        }
    }

    pub(super) fn all_devices(&self) -> Result<Vec<DeviceRow>> {
        let mut rows = Vec::new();
        self.each_device(|row| rows.push(row))?;
        Ok(rows)
    }

    /// Devices by number, those that fit.
    ///
    /// # Errors
    /// `InvalidInput` without the device program; storage errors.
    pub fn devices(&self, query: &DeviceQuery) -> Result<Vec<DeviceRow>> {
        self.device_registry(false)?;
        let mut rows = Vec::new();
        self.each_device(|row| {
            if query.fits(&row) {
                rows.push(row);
            }
        })?;
        rows.sort_by_cached_key(|row| sort_key(&row.device.facts.number));
        rows.truncate(query.limit.unwrap_or(DEVICES_LISTED_MAX).min(DEVICES_LISTED_MAX));
        Ok(rows)
    }

    /// Counts by state, place and what is open.
    ///
    /// # Errors
    /// As [`Session::devices`].
    pub fn device_report(&self) -> Result<DeviceReport> {
        self.device_registry(false)?;
        let mut report = DeviceReport::default();
        let mut places: BTreeMap<OrganisationUnitUid, BTreeMap<DeviceState, u64>> = BTreeMap::new();
        self.each_device(|row| {
            let state = row.device.state;
            report.devices += 1;
            *report.by_state.entry(state).or_insert(0) += 1;
            *places.entry(row.device.place).or_default().entry(state).or_insert(0) += 1;
            report.with_something_open += u64::from(!row.standing.still_open.is_empty());
            let ownership = row.device.facts.ownership;
            report.personal += u64::from(ownership == Ownership::Personal);
            report.without_sim += u64::from(row.device.facts.sim.iccid.is_empty());
            let is_wrong =
                matches!(row.standing.last_audit.as_str(), "MISSING" | "WRONG_HANDS" | "EXTRA");
            report.wrong_at_last_audit += u64::from(is_wrong);
        })?;
        for (place, states) in places {
            report.by_place.push((self.unit_name(place)?, states));
        }
        report.by_place.sort_by(|one, other| one.0.cmp(&other.0));
        Ok(report)
    }

    /// The device that a scan or a typed text means: the label, the number, the serial number, an IMEI
    /// or the SIM card.
    ///
    /// # Errors
    /// `InvalidInput` for a label that is forged or from another project; `NotFound`; storage errors.
    pub fn find_device(&self, text: &str) -> Result<DeviceRow> {
        self.device_registry(false)?;
        let text = text.trim();
        if looks_like_label(text) {
            let id = read_label(text, &self.label_keys()?)
                .map_err(|problem| OutpostError::invalid("label", "label", problem))?;
            return self.device(id);
        }
        self.device_named(text)?.ok_or_else(|| OutpostError::not_found("device", text))
    }

    /// The device of an id.
    pub(super) fn device(&self, id: TrackedEntityUid) -> Result<DeviceRow> {
        let found = self.store().digest(device_program(), id)?;
        let (_, body) = found.ok_or_else(|| OutpostError::not_found("device", id))?;
        read_digest(&body).map_err(OutpostError::internal)
    }

    /// The device of a number, serial number, IMEI, SIM card or record id; two that fit are an error.
    pub(super) fn device_named(&self, text: &str) -> Result<Option<DeviceRow>> {
        let digits: String = text.chars().filter(char::is_ascii_digit).collect();
        let is_number = |row: &DeviceRow| same_number(&row.device.facts.number, text);
        let is_other = |row: &DeviceRow| {
            let facts = &row.device.facts;
            let numbers = [&facts.imei_1, &facts.imei_2, &facts.sim.iccid];
            (!facts.serial.is_empty() && facts.serial.eq_ignore_ascii_case(text))
                || numbers.iter().any(|known| !known.is_empty() && **known == digits)
        };
        let (mut exact, mut by_number, mut by_other) = (Vec::new(), Vec::new(), Vec::new());
        self.each_device(|row| {
            if row.device.facts.number == text {
                exact.push(row);
            } else if is_number(&row) {
                by_number.push(row);
            } else if row.device.id.as_str() == text || is_other(&row) {
                by_other.push(row);
            }
        })?;
        let found = [exact, by_number, by_other].into_iter().find(|found| !found.is_empty());
        let found = found.unwrap_or_default();
        if let [one, other, ..] = found.as_slice() {
            let shown =
                |row: &DeviceRow| format!("{} ({})", row.device.facts.number, row.device.id);
            let (one, other) = (shown(one), shown(other));
            let reason = format!(
                "fits the devices {one} and {other}: give the id in brackets. If both have one \
                 number, give one of them the next: `device renumber ID`"
            );
            return Err(OutpostError::invalid("device", "ambiguous", reason));
        }
        Ok(found.into_iter().next())
    }

    /// A device with all that happened to it, the latest last.
    ///
    /// # Errors
    /// As [`Session::find_device`].
    pub fn device_history(&self, text: &str) -> Result<DeviceHistory> {
        let row = self.find_device(text)?;
        let source = self.device_source(row.device.id)?;
        let mut events: Vec<&Event> = source.events.iter().map(|(event, _)| event).collect();
        // What was done is told to the minute; what was written down first happened first.
        let when = |event: &Event| {
            let done_at = answer(event, asked::DONE_AT).to_owned();
            (done_at, event.created_at_client.clone(), event.id)
        };
        events.sort_by_cached_key(|event| when(event));
        let events = events.into_iter().map(shown).collect();
        let sims = self.known_sims()?.of_phone(&row.device.facts.number);
        let place_name = self.unit_name(row.device.place)?;
        Ok(DeviceHistory { row, place_name, events, sims })
    }

    pub(super) fn device_source(&self, id: TrackedEntityUid) -> Result<DigestSource> {
        let source = self.store().digest_source(device_program(), id)?;
        source.ok_or_else(|| OutpostError::not_found("device", id))
    }

    /// Name of a place, or its id.
    pub(super) fn unit_name(&self, place: OrganisationUnitUid) -> Result<String> {
        self.name_of(outpost_domain::metadata::MetadataKind::OrganisationUnit, place.0)
    }
}

fn row_number(row: &DeviceRow) -> Option<DeviceNumber> {
    DeviceNumber::parse(&row.device.facts.number).ok()
}

fn sort_key(number: &str) -> (String, u32) {
    match DeviceNumber::parse(number) {
        Ok(number) => (number.prefix, number.value),
        Err(_) => (number.to_owned(), 0),
    }
}

fn shown(event: &Event) -> DeviceEvent {
    let text = |id: &str| answer(event, id).to_owned();
    let title = stages().find(|it| it.id == event.program_stage.as_str()).map(|it| it.name);
    let labels = outpost_rollout::package::DEVICE.questions();
    let more = event.data_values.iter().filter_map(|(id, answer)| {
        let told = [asked::NEW_STATE, asked::REASON, asked::DONE_BY, asked::DONE_AT];
        let question = labels.iter().find(|it| it.id == id.as_str())?;
        (!told.contains(&question.id)).then(|| (question.label.to_owned(), answer.value.clone()))
    });
    DeviceEvent {
        id: event.id,
        what: match answer(event, asked::DECLINED) {
            "true" => "Hand-over declined".to_owned(),
            _ => title.unwrap_or_default().to_owned(),
        },
        state: DeviceState::parse(&text(asked::NEW_STATE)),
        reason: text(asked::REASON),
        done_by: text(asked::DONE_BY),
        done_at: text(asked::DONE_AT),
        more: more.collect(),
    }
}

fn stages() -> impl Iterator<Item = &'static outpost_rollout::package::Stage> {
    outpost_rollout::package::DEVICE.stages.iter()
}

/// The sum of a device.
fn row_of(source: &DigestSource) -> Option<DeviceRow> {
    let device = Device::of(&source.tracked_entity)?;
    let latest = |wanted: &str| {
        let events = source.events.iter().map(|(event, _)| event).filter(|it| !it.deleted);
        let of_stage = events.filter(|it| it.program_stage.as_str() == wanted);
        of_stage.max_by_key(|it| (answer(it, asked::DONE_AT).to_owned(), it.id))
    };
    let hand_over = latest(stage::HAND_OVER);
    let loss = latest(stage::LOSS);
    let standing = DeviceStanding {
        enrollment: source.enrollment.id,
        // A later return ends what was open of the agreement only when its own says so.
        still_open: hand_over.map_or("", |it| answer(it, asked::STILL_OPEN)).to_owned(),
        hand_over: hand_over.map(|it| it.id),
        loss: loss.map(|it| it.id),
        wipe_asked: loss.map_or("", |it| answer(it, asked::WIPE_ASKED)).to_owned(),
        wiped_at: loss.map_or("", |it| answer(it, asked::WIPED_AT)).to_owned(),
        lock_asked: loss.map_or("", |it| answer(it, asked::LOCK_ASKED)).to_owned(),
        locked_at: loss.map_or("", |it| answer(it, asked::LOCKED_AT)).to_owned(),
        last_audit: latest(stage::AUDIT)
            .map_or("", |it| answer(it, asked::AUDIT_RESULT))
            .to_owned(),
    };
    Some(DeviceRow { device, standing })
}

fn read_digest(body: &[u8]) -> serde_json::Result<DeviceRow> {
    let (device, standing) = serde_json::from_slice(body)?;
    Ok(DeviceRow { device, standing })
}

fn digest_of(row: &DeviceRow) -> std::result::Result<DigestRow, StoreError> {
    let sort = row_number(row).map_or(0, |number| i64::from(number.value));
    Ok(DigestRow {
        tracked_entity: row.device.id,
        seen_ms: Some(0),
        is_open: row.device.state != DeviceState::Retired,
        sort,
        body: write_digest(row)
            .map_err(|_| StoreError::Defect { detail: "a device has no sum".to_owned() })?,
    })
}

/// Apart, for flattened into one each value would be looked at twice when it is read; and without
/// the facts that nobody knows, which are most of them.
fn write_digest(row: &DeviceRow) -> serde_json::Result<Vec<u8>> {
    let is_told = |_: &String, value: &mut Value| value.as_str() != Some("");
    let (mut device, mut standing) = (json!(row.device), json!(row.standing));
    for part in [device.get_mut("facts"), Some(&mut standing)].into_iter().flatten() {
        if let Value::Object(facts) = part {
            facts.retain(is_told);
        }
    }
    serde_json::to_vec(&(device, standing))
}
