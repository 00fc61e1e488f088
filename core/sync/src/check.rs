//! Before anything is overwritten: what does the server hold now, and may ours go over it?
//!
//! DHIS2 never signals a concurrent change, the last writer wins. So the current state is read in
//! one request per batch and compared with the base of each row. Pure; decides, never sends.

use std::collections::{BTreeMap, BTreeSet};

use outpost_domain::data::{
    Completion, DataValue, DataValueKey, Event, Payload, ServerCompletion, ServerDataValue,
    ServerEnrollment, ServerEvent, ServerTrackedEntity, SliceKey,
};
use outpost_domain::merge::{FieldWise, Merge, merge_in_doubt};
use outpost_domain::period::Period;
use outpost_domain::uid::{
    DataSetUid, EnrollmentUid, EventUid, FileUid, OrganisationUnitUid, ProgramUid,
    TrackedEntityUid, Uid,
};
use outpost_wire::file_resource::ServerFile;
use outpost_wire::version::ServerVersion;

mod people;

use crate::limits::{CHECK_IDS_MAX, REQUEST_LINE_BYTES_MAX};
use crate::ports::{Conflict, OutboxRow, Outcome, Request, WholeList};
use crate::requests;

/// What the server was found to hold. Only answered questions count: what was not asked, or whose
/// answer was refused, is not known to be absent.
#[derive(Debug, Default)]
pub(crate) struct Remote {
    values: BTreeMap<DataValueKey, DataValue>,
    completions: BTreeMap<SliceKey, Completion>,
    events: BTreeMap<EventUid, Event>,
    people: BTreeMap<TrackedEntityUid, ServerTrackedEntity>,
    enrollments: BTreeMap<EnrollmentUid, ServerEnrollment>,
    owners: BTreeMap<(TrackedEntityUid, ProgramUid), OrganisationUnitUid>,
    files: BTreeMap<FileUid, ServerFile>,
    /// Parts of the outside world that were answered for: absence there is knowledge.
    answered: Vec<Question>,
}

/// One reading request before an upload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Question {
    Values(Place),
    Completions(Place),
    Events(ProgramUid, Vec<EventUid>),
    /// People, without the attributes that only a program has.
    People(Vec<TrackedEntityUid>),
    Enrollments(ProgramUid, Vec<EnrollmentUid>),
    /// To whom a person belongs in a program.
    Owner(TrackedEntityUid, ProgramUid),
    /// Is the file there?
    File(FileUid),
}

/// Periods × organisation units of a data set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    pub data_set: DataSetUid,
    pub periods: Vec<Period>,
    pub org_units: Vec<OrganisationUnitUid>,
}

/// What is to be done with a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Decision {
    Send,
    Settle(Box<Outcome>),
}

impl Place {
    fn covers(&self, slice: &SliceKey) -> bool {
        self.data_set == slice.data_set
            && self.periods.contains(&slice.period)
            && self.org_units.contains(&slice.organisation_unit)
    }

    /// Bytes of the request line, generously.
    fn bytes(&self) -> usize {
        120 + self.periods.len() * 24 + self.org_units.len() * 20
    }

    /// The same with everything below its units, for a list that is all there is.
    pub fn whole_list(&self) -> WholeList {
        WholeList {
            data_set: self.data_set,
            periods: self.periods.clone(),
            roots: self.org_units.clone(),
        }
    }

    /// Two halves that together cover the same; `None` if it is one period of one unit.
    pub fn halves(&self) -> Option<[Self; 2]> {
        let (mut first, mut second) = (self.clone(), self.clone());
        if self.periods.len() > 1 {
            second.periods = first.periods.split_off(self.periods.len() / 2);
        } else if self.org_units.len() > 1 {
            second.org_units = first.org_units.split_off(self.org_units.len() / 2);
        } else {
            return None;
        }
        Some([first, second])
    }
}

impl Question {
    /// The same in two smaller requests, if that is possible.
    pub fn halves(&self) -> Option<[Self; 2]> {
        match self {
            Self::Values(place) => place.halves().map(|halves| halves.map(Self::Values)),
            Self::Completions(place) => place.halves().map(|halves| halves.map(Self::Completions)),
            Self::Events(program, ids) => {
                Some(halves_of(ids)?.map(|half| Self::Events(*program, half)))
            }
            Self::People(ids) => Some(halves_of(ids)?.map(Self::People)),
            Self::Enrollments(program, ids) => {
                Some(halves_of(ids)?.map(|half| Self::Enrollments(*program, half)))
            }
            Self::Owner(..) | Self::File(_) => None,
        }
    }

    pub fn request(&self, version: ServerVersion) -> Request {
        match self {
            Self::Values(Place { data_set, periods, org_units }) => {
                requests::values(*data_set, periods, org_units, false, None)
            }
            Self::Completions(Place { data_set, periods, org_units }) => {
                requests::completions(*data_set, periods, org_units, false)
            }
            Self::Events(program, ids) => requests::events_by_ids(*program, ids, version),
            Self::People(ids) => requests::people_by_ids(None, ids, version),
            Self::Enrollments(program, ids) => requests::enrollments_by_ids(*program, ids, version),
            Self::Owner(person, program) => {
                requests::people_by_ids(Some(*program), &[*person], version)
            }
            Self::File(file) => requests::file(*file),
        }
    }

    /// Whether it asks for a record of this id.
    pub fn names(&self, id: Uid) -> bool {
        match self {
            Self::Values(_) | Self::Completions(_) => false,
            Self::Events(_, ids) => ids.contains(&EventUid(id)),
            Self::People(ids) => ids.contains(&TrackedEntityUid(id)),
            Self::Enrollments(_, ids) => ids.contains(&EnrollmentUid(id)),
            Self::Owner(person, _) => person.0 == id,
            Self::File(file) => file.0 == id,
        }
    }

    pub fn covers(&self, payload: &Payload) -> bool {
        match (self, payload) {
            (Self::Values(place), Payload::DataValue { data_set, key, .. }) => {
                place.covers(&slice_of(*data_set, key))
            }
            (Self::Completions(place), Payload::Completion { key, .. }) => place.covers(key),
            (Self::Events(_, ids), Payload::Event { event }) => ids.contains(&event.id),
            (Self::People(ids), Payload::TrackedEntity { tracked_entity }) => {
                ids.contains(&tracked_entity.id)
            }
            // Whose enrolment it is tells which of its attributes are its own.
            (Self::People(ids), Payload::Enrollment { enrollment }) => {
                ids.contains(&enrollment.tracked_entity)
            }
            (Self::Enrollments(_, ids), Payload::Enrollment { enrollment }) => {
                ids.contains(&enrollment.id)
            }
            (Self::Owner(person, program), Payload::OwnershipTransfer { transfer }) => {
                (transfer.tracked_entity, transfer.program) == (*person, *program)
            }
            (Self::File(id), Payload::FileResource { file }) => file.id == *id,
            _ => false,
        }
    }
}

pub(crate) fn slice_of(data_set: DataSetUid, key: &DataValueKey) -> SliceKey {
    SliceKey {
        data_set,
        period: key.period,
        organisation_unit: key.organisation_unit,
        attribute_option_combo: key.attribute_option_combo,
    }
}

/// What must be read before these rows are sent.
pub(crate) fn questions(rows: &[OutboxRow]) -> Vec<Question> {
    let mut values: BTreeMap<DataSetUid, BTreeSet<(Period, OrganisationUnitUid)>> = BTreeMap::new();
    let mut completions = values.clone();
    let mut events: BTreeMap<ProgramUid, Vec<EventUid>> = BTreeMap::new();
    // An id that was minted here and never left the device: nobody else can have changed it. What is
    // carried for somebody else may have come by another carrier.
    let may_be_there = |row: &&OutboxRow| {
        row.base.is_some() || !row.in_doubt.is_empty() || row.captured_by.is_some()
    };
    for row in rows {
        match &row.payload {
            Payload::DataValue { data_set, key, .. } => {
                values.entry(*data_set).or_default().insert((key.period, key.organisation_unit));
            }
            Payload::Completion { key, .. } => {
                let places = completions.entry(key.data_set).or_default();
                places.insert((key.period, key.organisation_unit));
            }
            Payload::Event { event } if may_be_there(&row) => {
                events.entry(event.program).or_default().push(event.id);
            }
            _ => {}
        }
    }
    let mut list: Vec<_> = places(values).map(Question::Values).collect();
    list.extend(places(completions).map(Question::Completions));
    for (program, ids) in events {
        let chunks = ids.chunks(CHECK_IDS_MAX);
        list.extend(chunks.map(|ids| Question::Events(program, ids.to_vec())));
    }
    list.extend(people::questions(rows.iter().filter(may_be_there)));
    list
}

/// Two halves of a list of ids; `None` for a single one.
pub(crate) fn halves_of<T: Copy>(ids: &[T]) -> Option<[Vec<T>; 2]> {
    let (first, second) = ids.split_at(ids.len() / 2);
    (!first.is_empty()).then(|| [first.to_vec(), second.to_vec()])
}

fn places(
    wanted: BTreeMap<DataSetUid, BTreeSet<(Period, OrganisationUnitUid)>>,
) -> impl Iterator<Item = Place> {
    wanted.into_iter().flat_map(|(data_set, pairs)| {
        let periods: BTreeSet<_> = pairs.iter().map(|(period, _)| *period).collect();
        let units: BTreeSet<_> = pairs.iter().map(|(_, unit)| *unit).collect();
        // The server answers for every combination; if few of them are needed, ask period by
        // period.
        let is_sparse = periods.len() * units.len() > 4 * pairs.len();
        let mut list = Vec::new();
        if is_sparse {
            for period in periods {
                let org_units =
                    pairs.iter().filter(|(of, _)| *of == period).map(|(_, unit)| *unit).collect();
                list.push(Place { data_set, periods: vec![period], org_units });
            }
        } else {
            let (periods, org_units) = (periods.into_iter().collect(), units.into_iter().collect());
            list.push(Place { data_set, periods, org_units });
        }
        within_line(list)
    })
}

/// Cuts places until each fits a request line.
pub(crate) fn within_line(mut waiting: Vec<Place>) -> Vec<Place> {
    let mut fitting = Vec::new();
    while let Some(place) = waiting.pop() {
        match place.halves() {
            Some(halves) if place.bytes() > REQUEST_LINE_BYTES_MAX => waiting.extend(halves),
            _ => fitting.push(place),
        }
    }
    fitting
}

impl Remote {
    pub fn learn_values(&mut self, question: Question, values: Vec<ServerDataValue>) {
        self.answered.push(question);
        self.values.extend(values.into_iter().map(|found| (found.key, found.value)));
    }

    pub fn learn_completions(&mut self, question: Question, found: Vec<ServerCompletion>) {
        self.answered.push(question);
        self.completions.extend(found.into_iter().map(|found| (found.key, found.completion)));
    }

    pub fn learn_events(&mut self, question: Question, events: Vec<ServerEvent>) {
        self.answered.push(question);
        self.events.extend(events.into_iter().map(|found| (found.event.id, found.event)));
    }

    /// What the server holds of a row's record: `None` if that is not known, or if an event is not
    /// visible.
    fn counterpart(&self, row: &OutboxRow) -> Option<Payload> {
        let payload = &row.payload;
        if !self.answered.iter().any(|question| question.covers(payload)) {
            return None;
        }
        Some(match payload {
            Payload::DataValue { data_set, key, .. } => {
                let value = self.values.get(key).cloned().unwrap_or_default();
                Payload::DataValue { data_set: *data_set, key: *key, value }
            }
            Payload::Completion { key, .. } => {
                let completion = self.completions.get(key).cloned().unwrap_or_default();
                Payload::Completion { key: *key, completion }
            }
            // An event that the server does not show may be moved, hidden or removed: it decides.
            Payload::Event { event } => {
                Payload::Event { event: self.events.get(&event.id)?.clone() }
            }
            _ => return self.person_counterpart(row),
        })
    }

    /// Whether ours may go over what the server holds.
    pub fn decide(&self, row: &OutboxRow) -> Decision {
        if let Payload::FileResource { file } = &row.payload {
            return self.decide_file(file);
        }
        match self.counterpart(row) {
            None => Decision::Send,
            Some(remote) => decide(row, &remote),
        }
    }
}

fn decide(row: &OutboxRow, remote: &Payload) -> Decision {
    if is_held(&row.payload, remote) {
        return settled(Outcome::Synced);
    }
    match merge(row, remote) {
        Some(Merge::Same) => settle_merged(remote.clone(), remote),
        Some(Merge::Local(merged)) if merged == row.payload => Decision::Send,
        Some(Merge::Local(merged)) => settle_merged(merged, remote),
        Some(Merge::Conflict { fields, theirs, .. }) => {
            settled(Outcome::Conflict(Conflict { server: theirs, fields }))
        }
        None => Decision::Send,
    }
}

fn settle_merged(payload: Payload, remote: &Payload) -> Decision {
    settled(Outcome::Merged { payload, base: remote.clone() })
}

fn settled(outcome: Outcome) -> Decision {
    Decision::Settle(Box::new(outcome))
}

/// Whether the server, holding `remote`, needs nothing more to hold `ours`.
pub(crate) fn is_held(ours: &Payload, remote: &Payload) -> bool {
    match (ours, remote) {
        // Whatever a deleted event holds, deleting it is done.
        (Payload::Event { event }, Payload::Event { event: held })
            if event.deleted && held.deleted =>
        {
            true
        }
        _ => ours.is_held_by(remote),
    }
}

/// Whether a zero was sent and the server holds nothing: where zero is not significant it drops
/// zeros with success (captures 50, a008b), which is no change by anybody.
fn is_dropped_zero(sent: &Payload, remote: &Payload) -> bool {
    let (Payload::DataValue { value: sent, .. }, Payload::DataValue { value: held, .. }) =
        (sent, remote)
    else {
        return false;
    };
    let text = sent.value.as_deref().unwrap_or_default();
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let is_zero = whole == "0" && fraction.bytes().all(|digit| digit == b'0');
    is_zero && !sent.deleted && (held.deleted || held.value.is_none())
}

/// Merges a row with what the server holds; `None` if the two are of different kinds.
fn merge(row: &OutboxRow, remote: &Payload) -> Option<Merge<Payload>> {
    let as_held = |sent: &Payload| match is_dropped_zero(sent, remote) {
        true => remote.clone(),
        false => sent.clone(),
    };
    let base = row.base.as_ref().map(as_held);
    let in_doubt: Vec<_> = row.in_doubt.iter().map(as_held).collect();
    (row.payload.kind() == remote.kind())
        .then(|| merge_in_doubt(base.as_ref(), &in_doubt, &row.payload, remote))
}
