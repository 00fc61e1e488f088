//! Takes files of values or events in as if they were captured here: any size, constant memory.
//!
//! Every record goes through the checks of capture. A refused one is listed with its place and the
//! reason and stops nothing; what is accepted is saved batch by batch, so that an import that was
//! broken off can simply be run again. An event without an id gets one made from what it says, so
//! that the same event of the same file is the same event the next time, on another device too.

use std::collections::{BTreeMap, HashMap};
use std::io::{Cursor, Read, Seek, SeekFrom};
use std::ops::ControlFlow;
use std::path::Path;

use outpost_domain::data::{Event, Payload, ServerDataValue, SliceKey};
use outpost_domain::form::data_set::{CellKey, check_comment};
use outpost_domain::metadata::MetadataKind;
use outpost_domain::period::Period;
use outpost_domain::uid::{
    CategoryOptionComboUid, DataElementUid, DataSetUid, EventUid, OrganisationUnitUid, UID_LENGTH,
    Uid,
};
use outpost_wire::WireError;
use outpost_wire::data_value_set::SetHeader;
use outpost_wire::file::{FileEvent, FileValue, for_each_event, for_each_value};
use outpost_wire::metadata::parse_data_set;
use outpost_wire::tracker::Filled;
use sha2::{Digest, Sha256};

use super::Session;
use super::context::World;
use crate::CancelToken;
use crate::error::{OutpostError, Result};
use crate::limits::{
    FORMS_LISTED_MAX, IMPORT_BATCH_RECORDS, IMPORT_REFUSALS_LISTED_MAX, IMPORT_SLICES_CACHED_MAX,
};
use crate::model::{ImportObserver, ImportRefusal, ImportReport, Refusal};
use crate::refusals;

impl Session {
    /// Imports a file of values (`dataValueSets`) or of events (tracker), whichever it is.
    ///
    /// # Errors
    /// `InvalidInput` if the file cannot be read or is neither (batches before the bad place are
    /// saved); `Cancelled`; storage errors.
    pub fn import_file(
        &self,
        path: &Path,
        observer: &dyn ImportObserver,
        cancel: &CancelToken,
    ) -> Result<ImportReport> {
        let file = std::fs::File::open(path)
            .map_err(|error| OutpostError::invalid("file", "unreadable", error))?;
        self.import_from(file, observer, cancel)
    }

    /// Imports a file that is held in memory.
    ///
    /// # Errors
    /// See [`Session::import_file`].
    pub fn import_bytes(
        &self,
        bytes: Vec<u8>,
        observer: &dyn ImportObserver,
        cancel: &CancelToken,
    ) -> Result<ImportReport> {
        self.import_from(Cursor::new(bytes), observer, cancel)
    }

    fn import_from<R: Read + Seek>(
        &self,
        mut reader: R,
        observer: &dyn ImportObserver,
        cancel: &CancelToken,
    ) -> Result<ImportReport> {
        let mut import = Import::begin(self, observer, cancel)?;
        // Values are tried first; a file without them is passed over once before its events are read.
        let read = for_each_value(&mut reader, |row| import.value(row));
        match read {
            Ok(header) => {
                import.finish()?;
                self.complete_as_header_says(&header, &mut import.report)?;
            }
            Err(WireError::WrongShape { reason, .. }) if reason.contains("dataValues") => {
                reader
                    .seek(SeekFrom::Start(0))
                    .map_err(|error| OutpostError::invalid("file", "unreadable", error))?;
                let read = for_each_event(&mut reader, |row| import.event(row));
                import.finish()?;
                read.map_err(|error| OutpostError::invalid("file", "shape", error))?;
            }
            Err(error) => {
                import.finish()?;
                return Err(OutpostError::invalid("file", "shape", error));
            }
        }
        Ok(import.report)
    }

    /// A set with a completion date says that its slice is complete.
    fn complete_as_header_says(&self, header: &SetHeader, report: &mut ImportReport) -> Result<()> {
        let parts = (&header.complete_date, &header.data_set, &header.period, &header.org_unit);
        let (Some(_), Some(data_set), Some(period), Some(unit)) = parts else { return Ok(()) };
        let parsed =
            (DataSetUid::parse(data_set), Period::parse(period), OrganisationUnitUid::parse(unit));
        let (Ok(data_set), Ok(period), Ok(organisation_unit)) = parsed else { return Ok(()) };
        let combo = header.attribute_option_combo.as_deref();
        let key = SliceKey {
            data_set,
            period,
            organisation_unit,
            attribute_option_combo: self.find_attribute_option_combo(data_set.0, combo)?,
        };
        let outcome = self.complete(key)?;
        report.completed = outcome.completed;
        report.completion_problems = outcome.problems;
        Ok(())
    }
}

/// An import under way.
struct Import<'a> {
    session: &'a Session,
    observer: &'a dyn ImportObserver,
    cancel: &'a CancelToken,
    world: World,
    /// Data sets by the elements they hold.
    data_sets: BTreeMap<DataElementUid, Vec<DataSetUid>>,
    /// Why slices are closed; empty if they are open.
    slices: BTreeMap<SliceKey, Option<Refusal>>,
    ids: MintedIds,
    batch: Vec<Payload>,
    report: ImportReport,
    failure: Option<OutpostError>,
}

impl<'a> Import<'a> {
    fn begin(
        session: &'a Session,
        observer: &'a dyn ImportObserver,
        cancel: &'a CancelToken,
    ) -> Result<Self> {
        let mut data_sets: BTreeMap<DataElementUid, Vec<DataSetUid>> = BTreeMap::new();
        let kind = MetadataKind::DataSet;
        for object in session.store().load_all(kind, FORMS_LISTED_MAX)? {
            let Ok(data_set) = parse_data_set(object.body.as_bytes()) else { continue };
            for element in &data_set.data_set_elements {
                data_sets.entry(element.data_element).or_default().push(data_set.id);
            }
        }
        Ok(Self {
            session,
            observer,
            cancel,
            world: session.world()?,
            data_sets,
            slices: BTreeMap::new(),
            ids: MintedIds::default(),
            batch: Vec::with_capacity(IMPORT_BATCH_RECORDS),
            report: ImportReport::default(),
            failure: None,
        })
    }

    fn value(&mut self, row: FileValue) -> ControlFlow<()> {
        let place = row.index;
        let checked = match row.value {
            Ok(value) => {
                let uid = Some(value.key.data_element.to_string());
                self.checked_value(value).map(|checked| checked.map_err(|it| (uid, it)))
            }
            Err(reason) => Ok(Err((None, unreadable(reason)))),
        };
        self.take(place, checked)
    }

    fn event(&mut self, row: FileEvent<'_>) -> ControlFlow<()> {
        let place = row.index;
        let session = self.session;
        let mut lacks_id = false;
        let read = row.read(|blanks| {
            lacks_id = blanks.lacks_id;
            let only_stage = || session.find_stage(blanks.program, None).ok();
            let program_stage = if blanks.lacks_stage { only_stage() } else { None };
            Filled { event: Some(nameless()), program_stage }
        });
        let checked = match read {
            Ok(mut event) => {
                if lacks_id {
                    event.event.id = self.ids.mint(&event.event);
                }
                let uid = Some(event.event.id.to_string());
                self.checked_event(event.event).map(|checked| checked.map_err(|it| (uid, it)))
            }
            Err(skipped) => Ok(Err((skipped.uid, unreadable(skipped.reason)))),
        };
        self.take(place, checked)
    }

    fn take(
        &mut self,
        place: u64,
        checked: Result<std::result::Result<Payload, (Option<String>, Refusal)>>,
    ) -> ControlFlow<()> {
        self.report.records += 1;
        match checked {
            Ok(Ok(payload)) => self.batch.push(payload),
            Ok(Err((uid, refusal))) => self.refuse(place, uid, refusal),
            Err(error) => self.failure = Some(error),
        }
        if self.batch.len() >= IMPORT_BATCH_RECORDS && self.failure.is_none() {
            self.failure = self.save_batch().err();
        }
        if self.cancel.is_cancelled() && self.failure.is_none() {
            self.failure = Some(OutpostError::Cancelled);
        }
        match self.failure {
            Some(_) => ControlFlow::Break(()),
            None => ControlFlow::Continue(()),
        }
    }

    fn refuse(&mut self, index: u64, uid: Option<String>, refusal: Refusal) {
        self.report.refused += 1;
        if self.report.refusals.len() < IMPORT_REFUSALS_LISTED_MAX {
            self.report.refusals.push(ImportRefusal { index, uid, refusal });
        }
    }

    fn save_batch(&mut self) -> Result<()> {
        let batch = std::mem::take(&mut self.batch);
        let (by, now_ms) = (self.session.by(), self.session.now_ms());
        let imported = self.session.store().import_records(batch, by, now_ms, |_| {})?;
        self.report.saved += imported.changed;
        self.report.unchanged += imported.records - imported.changed;
        self.observer.on_progress(self.report.records);
        Ok(())
    }

    /// Saves what was read before the end, or before whatever ended the reading.
    fn finish(&mut self) -> Result<()> {
        self.save_batch()?;
        match self.failure.take() {
            Some(error) => Err(error),
            None => Ok(()),
        }
    }

    fn checked_value(
        &mut self,
        value: ServerDataValue,
    ) -> Result<std::result::Result<Payload, Refusal>> {
        let key = value.key;
        let candidates = self.data_sets.get(&key.data_element).cloned().unwrap_or_default();
        let mut first_refusal = None;
        for data_set in candidates {
            let slice = SliceKey {
                data_set,
                period: key.period,
                organisation_unit: key.organisation_unit,
                attribute_option_combo: key.attribute_option_combo,
            };
            match self.closed(slice)? {
                Some(refusal) => {
                    first_refusal.get_or_insert(refusal);
                }
                None => return self.checked_cell(slice, value),
            }
        }
        Ok(Err(first_refusal.unwrap_or_else(|| Refusal {
            code: "E7610".to_owned(),
            reason: "No form on this device asks for this data element.".to_owned(),
        })))
    }

    /// Why nothing may be entered in the slice; looked up once per slice.
    fn closed(&mut self, slice: SliceKey) -> Result<Option<Refusal>> {
        if let Some(known) = self.slices.get(&slice) {
            return Ok(known.clone());
        }
        let bundle = self.session.data_set_bundle(slice.data_set)?;
        let refusal = match self.session.organisation_unit(slice.organisation_unit) {
            Ok(unit) => {
                self.session.closed(&slice, &bundle, &unit, &self.world)?.into_iter().next()
            }
            Err(OutpostError::NotFound { .. }) => Some(Refusal {
                code: "E7612".to_owned(),
                reason: "This place is not on the device.".to_owned(),
            }),
            Err(error) => return Err(error),
        };
        if self.slices.len() >= IMPORT_SLICES_CACHED_MAX {
            self.slices.clear();
        }
        self.slices.insert(slice, refusal.clone());
        Ok(refusal)
    }

    fn checked_cell(
        &self,
        slice: SliceKey,
        row: ServerDataValue,
    ) -> Result<std::result::Result<Payload, Refusal>> {
        let bundle = self.session.data_set_bundle(slice.data_set)?;
        let cell = cell_of(row.key.data_element, row.key.category_option_combo);
        let mut value = row.value;
        let text = match value.deleted {
            true => "",
            false => value.value.as_deref().unwrap_or_default(),
        };
        let checked = self.session.check(&bundle.form, cell, text, self.world.server)?;
        let stored = match checked {
            Ok(accepted) => accepted.value().map(str::to_owned),
            Err(problem) => return Ok(Err(refusals::of_cell(&problem))),
        };
        let comment = value.comment.as_deref().unwrap_or_default();
        let comment = match check_comment(comment, self.world.server) {
            Ok(comment) => comment,
            Err(problem) => return Ok(Err(refusals::of_cell(&problem))),
        };
        value.deleted |= stored.is_none() && comment.is_none() && !value.follow_up;
        (value.value, value.comment) = (stored, comment);
        Ok(Ok(Payload::DataValue { data_set: slice.data_set, key: row.key, value }))
    }

    fn checked_event(&self, event: Event) -> Result<std::result::Result<Payload, Refusal>> {
        match self.session.event_ready_to_save(event, &self.world) {
            Ok((event, problems)) => match problems.into_iter().next() {
                None => Ok(Ok(Payload::Event { event })),
                Some(problem) => Ok(Err(Refusal {
                    code: problem.refusal.code,
                    reason: match problem.name.is_empty() {
                        true => problem.refusal.reason,
                        false => format!("{}: {}", problem.name, problem.refusal.reason),
                    },
                })),
            },
            Err(OutpostError::NotFound { kind, id }) => Ok(Err(Refusal {
                code: "E1010".to_owned(),
                reason: format!("There is no {kind} {id} on this device."),
            })),
            Err(error) => Err(error),
        }
    }
}

/// Stands for the id of an event that has none.
fn nameless() -> EventUid {
    EventUid::parse("namelessEvn").expect("the constant is a uid")
}

/// Ids for events that come without: the same for the same content, counted where a file has equal
/// events. Holds two dozen bytes for each of them.
#[derive(Default)]
struct MintedIds {
    seen: HashMap<[u8; 16], u32>,
}

impl MintedIds {
    fn mint(&mut self, event: &Event) -> EventUid {
        let content = serde_json::to_vec(event).expect("uids, texts and flags become JSON");
        let digest = |number: u32| -> [u8; 32] {
            Sha256::new()
                .chain_update(b"outpost event id 1\0")
                .chain_update(number.to_be_bytes())
                .chain_update(&content)
                .finalize()
                .into()
        };
        let mut key = [0; 16];
        key.copy_from_slice(&digest(0)[..16]);
        let count = self.seen.entry(key).or_default();
        let number = *count;
        *count += 1;
        let mut random = [0; 2 * UID_LENGTH];
        random.copy_from_slice(&digest(number)[..2 * UID_LENGTH]);
        EventUid(Uid::from_random(random))
    }
}

fn unreadable(reason: String) -> Refusal {
    Refusal { code: "unreadable".to_owned(), reason }
}

const fn cell_of(
    data_element: DataElementUid,
    category_option_combo: CategoryOptionComboUid,
) -> CellKey {
    CellKey { data_element, category_option_combo }
}
