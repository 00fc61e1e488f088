//! Suites of the store, and the small world they share.

mod exchange;
mod faults;
mod late_index;
mod metadata;
mod model;
mod opening;
mod outbox;
mod plans;
mod reads;
mod tracker;
mod visible;

use std::path::PathBuf;

use outpost_domain::data::{
    DataValue, DataValueKey, Event, EventDataValue, EventStatus, Payload, PayloadKind, SliceKey,
};
use outpost_domain::period::Period;
use outpost_domain::uid::{
    CategoryOptionComboUid, DEFAULT_CATEGORY_OPTION_COMBO, DataElementUid, DataSetUid, EventUid,
    OrganisationUnitUid, ProgramStageUid, ProgramUid, Uid,
};
use outpost_sync::ports::{
    OutboxId, OutboxRow, Outcome, Rejection, Settlement, StoreCommand, StoreReply,
};
use tempfile::TempDir;

use crate::{DatabaseKey, OpenOptions, OpenReport, OutboxFilter, Saved, Store};

/// A store in a folder of its own.
pub(super) struct World {
    pub folder: TempDir,
    pub store: Store,
    pub report: OpenReport,
}

pub(super) fn key() -> DatabaseKey {
    DatabaseKey::new([42; 32])
}

impl World {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let opened = Store::open(&folder.path().join("ours.db"), &key(), OpenOptions::default());
        let opened = opened.expect("a new store");
        Self { folder, store: opened.store, report: opened.report }
    }

    pub fn path(&self) -> PathBuf {
        self.folder.path().join("ours.db")
    }

    /// As after the death of the process: nothing is closed in order.
    pub fn reopened(self) -> Self {
        let Self { folder, store, .. } = self;
        drop(store);
        let opened = Store::open(&folder.path().join("ours.db"), &key(), OpenOptions::default());
        let opened = opened.expect("the store again");
        Self { folder, store: opened.store, report: opened.report }
    }

    pub fn save(&self, element: char, value: DataValue) -> Saved {
        let edit = (DataElementUid(uid(element, 0)), default_combo(), value);
        self.store.save_data_values(&slice(), &[edit], "amina", 1).expect("saved")
    }

    pub fn value(&self, element: char) -> Option<DataValue> {
        let wanted = [DataElementUid(uid(element, 0))].into();
        let values = self.store.load_slice_values(&slice(), &wanted).expect("values");
        values.into_iter().next().map(|stored| stored.value)
    }

    pub fn claim(&self, now_ms: i64) -> Vec<OutboxRow> {
        self.claim_kind(PayloadKind::DataValue, 1_000, now_ms)
    }

    pub fn claim_kind(&self, kind: PayloadKind, rows_max: u32, now_ms: i64) -> Vec<OutboxRow> {
        let up_to = OutboxId(i64::MAX);
        let claim = StoreCommand::Claim { kind, rows_max, bytes_max: 1 << 20, now_ms, up_to };
        match self.store.command(claim).expect("claimed") {
            StoreReply::Claimed(rows) => rows,
            other => panic!("{other:?}"),
        }
    }

    pub fn settle(&self, row: &OutboxRow, outcome: Outcome) {
        let settlements = vec![Settlement { id: row.id, revision: row.revision, outcome }];
        let reply = self.store.command(StoreCommand::Settle { settlements, now_ms: 5 });
        assert_eq!(reply.expect("settled"), StoreReply::Done);
    }

    /// Takes the value through the server, so that it is known there.
    pub fn sync(&self, element: char, value: DataValue) {
        let _ = self.save(element, value);
        for row in self.claim(5) {
            self.settle(&row, Outcome::Synced);
        }
        assert_eq!(self.states(), "");
    }

    /// States of all rows by number, e.g. `pending rejected`.
    pub fn states(&self) -> String {
        let rows = self.store.outbox_page(&OutboxFilter::default(), None, 200).expect("a page");
        let states: Vec<&str> = rows.iter().map(|row| row.state.name()).collect();
        states.join(" ")
    }
}

pub(super) fn uid(letter: char, number: usize) -> Uid {
    Uid::parse(&format!("{letter}{number:010}")).expect("an id")
}

pub(super) fn default_combo() -> CategoryOptionComboUid {
    CategoryOptionComboUid::parse(DEFAULT_CATEGORY_OPTION_COMBO).expect("an id")
}

pub(super) fn slice() -> SliceKey {
    SliceKey {
        data_set: DataSetUid(uid('d', 0)),
        period: Period::parse("202610").expect("a month"),
        organisation_unit: OrganisationUnitUid(uid('u', 0)),
        attribute_option_combo: default_combo(),
    }
}

pub(super) fn value_key(element: char) -> DataValueKey {
    DataValueKey {
        data_element: DataElementUid(uid(element, 0)),
        period: slice().period,
        organisation_unit: slice().organisation_unit,
        category_option_combo: default_combo(),
        attribute_option_combo: default_combo(),
    }
}

pub(super) fn payload(element: char, value: DataValue) -> Payload {
    Payload::DataValue { data_set: slice().data_set, key: value_key(element), value }
}

pub(super) fn value(text: &str) -> DataValue {
    DataValue { value: Some(text.into()), ..DataValue::default() }
}

pub(super) fn emptied() -> DataValue {
    DataValue { deleted: true, ..DataValue::default() }
}

pub(super) fn event(number: usize, answer: &str) -> Event {
    let answer = EventDataValue { value: answer.into(), provided_elsewhere: false };
    Event {
        id: EventUid(uid('v', number)),
        program: ProgramUid(uid('p', 0)),
        program_stage: ProgramStageUid(uid('t', 0)),
        organisation_unit: OrganisationUnitUid(uid('u', number % 2)),
        attribute_option_combo: None,
        status: EventStatus::Active,
        occurred_at: Some(format!("2026-10-{:02}", 1 + number % 28)),
        scheduled_at: None,
        completed_at: None,
        geometry: None,
        assigned_user: None,
        follow_up: false,
        enrollment: None,
        tracked_entity: None,
        data_values: [(DataElementUid(uid('e', 0)), answer)].into(),
        notes: vec![],
        created_at_client: Some("2026-10-01T08:00:00.000".into()),
        updated_at_client: None,
        deleted: false,
    }
}

pub(super) fn refused() -> Outcome {
    Outcome::Rejected(Rejection {
        code: Some("E7619".into()),
        field: Some("eeeeeeeeeee".into()),
        reason: "Value must match value type".into(),
        report: "{}".into(),
    })
}

pub(super) fn put_off(not_before_ms: i64, may_have_arrived: bool) -> Outcome {
    Outcome::Retry { not_before_ms, may_have_arrived, reason: "no answer".into() }
}
