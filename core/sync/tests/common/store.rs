//! An outbox and a metadata cache in memory, as the ports describe them.

use std::collections::{BTreeMap, BTreeSet};

use outpost_domain::data::{Payload, PayloadKind, RelationshipItem};
use outpost_domain::metadata::MetadataKind;
use outpost_domain::uid::{TrackedEntityUid, Uid};
use outpost_sync::ports::{
    Conflict, DataSetScope, DownloadCursor, DownloadPage, KeptJob, KeptJobRows, KindProgress,
    KindStatus, MissingRecords, OutboxId, OutboxRow, Outcome, PullState, Rejection, ReserveScope,
    ReservedBatch, StoreCommand, StoreReply,
};

#[derive(Debug, Clone, PartialEq)]
#[allow(clippy::large_enum_variant, reason = "a test holds few of them")]
pub enum RowState {
    Pending { not_before_ms: i64 },
    InFlight,
    Done,
    Rejected(Rejection),
    Conflict(Conflict),
}

pub struct Row {
    pub row: OutboxRow,
    pub state: RowState,
}

#[derive(Default)]
pub struct FakeStore {
    pub rows: Vec<Row>,
    pub facts: BTreeMap<String, String>,
    pub kinds: BTreeMap<MetadataKind, BTreeMap<Uid, Option<String>>>,
    pub compared: BTreeMap<MetadataKind, i64>,
    pub pull: PullState,
    pub staged: BTreeMap<MetadataKind, BTreeMap<Uid, Option<String>>>,
    pub gone: BTreeSet<(MetadataKind, Uid)>,
    pub swaps: u32,
    pub data_sets: Vec<DataSetScope>,
    pub programs: Vec<outpost_sync::ports::ProgramScope>,
    pub roots: Vec<outpost_domain::uid::OrganisationUnitUid>,
    pub locks: Vec<outpost_sync::ports::LockScope>,
    pub cursors: Vec<DownloadCursor>,
    pub pages: Vec<DownloadPage>,
    pub trackers: Vec<outpost_sync::ports::TrackerScope>,
    pub jobs: Vec<KeptJob>,
    pub reserve: Vec<ReserveScope>,
    pub reserved: Vec<ReservedBatch>,
    /// MD5 of the content by id.
    pub files: BTreeMap<Uid, String>,
    /// People on the device, and those who were asked for in vain.
    pub people: BTreeSet<TrackedEntityUid>,
    pub not_shown: BTreeSet<TrackedEntityUid>,
}

impl FakeStore {
    pub fn capture(&mut self, payload: Payload) {
        let id = OutboxId(self.rows.len() as i64 + 1);
        let (base, in_doubt, captured_by) = (None, vec![], None);
        let row = OutboxRow { id, revision: 1, payload, base, in_doubt, attempts: 0, captured_by };
        self.rows.push(Row { row, state: RowState::Pending { not_before_ms: 0 } });
    }

    pub fn count(&self, of: impl Fn(&RowState) -> bool) -> usize {
        self.rows.iter().filter(|row| of(&row.state)).count()
    }

    pub fn pending(&self) -> usize {
        self.count(|state| matches!(state, RowState::Pending { .. }))
    }

    /// What a process that died leaves behind.
    pub fn restart(&mut self) {
        for row in &mut self.rows {
            if row.state == RowState::InFlight {
                row.row.in_doubt.push(row.row.payload.clone());
                row.state = RowState::Pending { not_before_ms: 0 };
            }
        }
    }

    pub fn command(&mut self, command: StoreCommand) -> StoreReply {
        match command {
            StoreCommand::SaveFact { name, value } => {
                self.facts.insert(name, value);
                StoreReply::Done
            }
            StoreCommand::LoadLastOutboxId => {
                StoreReply::LastOutboxId(OutboxId(self.rows.len() as i64))
            }
            StoreCommand::Claim { kind, rows_max, now_ms, up_to, .. } => {
                StoreReply::Claimed(self.claim(kind, rows_max as usize, now_ms, up_to))
            }
            StoreCommand::Settle { settlements, .. } => {
                for settlement in settlements {
                    let row = self.rows.iter_mut().find(|row| row.row.id == settlement.id);
                    settle(row.expect("a known row"), settlement.outcome);
                }
                StoreReply::Done
            }
            StoreCommand::LoadDownloadPlan { .. } => StoreReply::DownloadPlan {
                data_sets: self.data_sets.clone(),
                programs: self.programs.clone(),
                trackers: self.trackers.clone(),
                roots: self.roots.clone(),
                cursors: self.cursors.clone(),
            },
            StoreCommand::LoadMissing { .. } => StoreReply::Missing(self.missing()),
            StoreCommand::LoadJobs => StoreReply::Jobs(self.load_jobs()),
            StoreCommand::KeepJob { job } => {
                self.jobs.push(job);
                StoreReply::Done
            }
            StoreCommand::ForgetJob { id } => {
                self.jobs.retain(|job| job.id != id);
                StoreReply::Done
            }
            StoreCommand::LoadReservePlan { .. } => StoreReply::ReservePlan(self.reserve.clone()),
            StoreCommand::SaveReserved { batch, .. } => {
                self.reserve.retain(|scope| scope.attribute != batch.attribute);
                self.reserved.push(batch);
                StoreReply::Done
            }
            StoreCommand::LoadLockPlan { .. } => StoreReply::LockPlan(self.locks.clone()),
            StoreCommand::ApplyDownload { page, .. } => self.apply(page),
            other => self.pull_command(other),
        }
    }

    /// What stored relationships name and nobody has.
    fn missing(&self) -> MissingRecords {
        let people = self.pages.iter().flat_map(|page| &page.tracker.tracked_entities);
        let named = people.flat_map(|it| it.relationships.iter().flatten());
        let sides = named.flat_map(|it| [it.from, it.to]).filter_map(|side| match side {
            RelationshipItem::TrackedEntity(id) => Some(id),
            _ => None,
        });
        let sides: BTreeSet<_> =
            sides.filter(|id| !self.people.contains(id) && !self.not_shown.contains(id)).collect();
        MissingRecords { tracked_entities: sides.into_iter().collect(), enrollments: vec![] }
    }

    fn load_jobs(&mut self) -> Vec<KeptJobRows> {
        let mut list = Vec::new();
        for job in self.jobs.clone() {
            let mut rows = Vec::new();
            for row in &mut self.rows {
                let is_theirs = job.rows.iter().any(|(id, _)| *id == row.row.id);
                if is_theirs && matches!(row.state, RowState::Pending { .. } | RowState::InFlight) {
                    row.state = RowState::InFlight;
                    rows.push(row.row.clone());
                }
            }
            list.push(KeptJobRows { job, rows });
        }
        list
    }

    /// Records without base that are parked: what needs them is held.
    fn lacking(&self) -> BTreeSet<Uid> {
        let is_parked = |row: &&Row| {
            let state = matches!(row.state, RowState::Rejected(_) | RowState::Conflict(_));
            state && row.row.base.is_none()
        };
        let mut lacking: BTreeSet<Uid> = self
            .rows
            .iter()
            .filter(is_parked)
            .filter_map(|row| row.row.payload.record_uid())
            .collect();
        while !lacking.is_empty() {
            let before = lacking.len();
            for row in self.rows.iter().filter(|row| row.state != RowState::Done) {
                if row.row.payload.needs().iter().any(|need| lacking.contains(need)) {
                    lacking.extend(row.row.payload.record_uid());
                }
            }
            if lacking.len() == before {
                break;
            }
        }
        lacking
    }

    fn claim(
        &mut self,
        kind: PayloadKind,
        rows_max: usize,
        now_ms: i64,
        up_to: OutboxId,
    ) -> Vec<OutboxRow> {
        let mut lane = None;
        let mut claimed = Vec::new();
        let lacking = self.lacking();
        let mut order: Vec<usize> = (0..self.rows.len()).collect();
        if kind == PayloadKind::Tracker {
            order.sort_by_key(|index| self.rows[*index].row.payload.subject());
        }
        for index in order {
            let row = &mut self.rows[index];
            if row.row.payload.needs().iter().any(|need| lacking.contains(need)) {
                continue;
            }
            let RowState::Pending { not_before_ms } = row.state else { continue };
            let is_due = not_before_ms <= now_ms && row.row.id <= up_to;
            if claimed.len() == rows_max || !is_due || row.row.payload.kind() != kind {
                continue;
            }
            if *lane.get_or_insert(row.row.payload.lane()) == row.row.payload.lane() {
                row.state = RowState::InFlight;
                claimed.push(row.row.clone());
                row.row.attempts += 1;
            }
        }
        claimed
    }

    fn apply(&mut self, page: DownloadPage) -> StoreReply {
        if let Some(cursor) = page.cursor.clone() {
            let same = |known: &DownloadCursor| {
                (known.subject, known.list) == (cursor.subject, cursor.list)
            };
            self.cursors.retain(|known| !same(known));
            self.cursors.push(cursor);
        }
        let tracker = &page.tracker;
        let written = page.data_values.len()
            + page.events.len()
            + page.completions.len()
            + tracker.tracked_entities.len()
            + tracker.enrollments.len();
        self.people.extend(tracker.tracked_entities.iter().map(|it| it.tracked_entity.id));
        self.not_shown.extend(&tracker.not_shown);
        self.pages.push(page);
        StoreReply::Downloaded { written: written as u64, merged: 0, conflicts: 0 }
    }

    fn pull_command(&mut self, command: StoreCommand) -> StoreReply {
        match command {
            StoreCommand::BeginPull { scope, now_ms } => {
                if self.pull.scope.as_ref() != Some(&scope) {
                    self.staged.clear();
                    self.pull.progress.clear();
                }
                self.pull.scope = Some(scope);
                self.pull.started_ms.get_or_insert(now_ms);
                self.pull.kinds = MetadataKind::ALL.map(|kind| (kind, self.status(kind))).to_vec();
                StoreReply::PullState(self.pull.clone())
            }
            StoreCommand::StagePage { kind, objects, progress } => {
                let staged = self.staged.entry(kind).or_default();
                staged.extend(objects.into_iter().map(|object| (object.uid, object.last_updated)));
                self.note(kind, Some(progress));
                StoreReply::Done
            }
            StoreCommand::RestartKind { kind } => {
                self.staged.remove(&kind);
                self.note(kind, None);
                StoreReply::Done
            }
            StoreCommand::CompareNewest { kind, newest } => {
                let known = self.kinds.entry(kind).or_default();
                let is_other = |(uid, time): &(Uid, String)| {
                    known.get(uid).is_some_and(|held| held.as_ref() != Some(time))
                };
                StoreReply::AreHeld(!newest.iter().any(is_other))
            }
            StoreCommand::CompareIds { kind, ids } => {
                let known = self.kinds.entry(kind).or_default();
                let listed: BTreeSet<Uid> = ids.iter().copied().collect();
                self.gone.extend(
                    known.keys().filter(|uid| !listed.contains(uid)).map(|uid| (kind, *uid)),
                );
                let staged = self.staged.get(&kind).cloned().unwrap_or_default();
                let is_missing = |uid: &Uid| !known.contains_key(uid) && !staged.contains_key(uid);
                StoreReply::MissingIds(ids.into_iter().filter(is_missing).collect())
            }
            StoreCommand::Swap { now_ms } => self.swap(now_ms),
            other => panic!("not a command of the machine: {other:?}"),
        }
    }

    fn status(&self, kind: MetadataKind) -> KindStatus {
        let known = self.kinds.get(&kind);
        KindStatus {
            watermark: known.and_then(|known| known.values().flatten().max().cloned()),
            count: known.map_or(0, |known| known.len() as u64),
            ids_compared_ms: self.compared.get(&kind).copied(),
        }
    }

    fn note(&mut self, kind: MetadataKind, progress: Option<KindProgress>) {
        self.pull.progress.retain(|(of, _)| *of != kind);
        self.pull.progress.extend(progress.map(|progress| (kind, progress)));
    }

    fn swap(&mut self, now_ms: i64) -> StoreReply {
        let changed = self.staged.values().map(|staged| staged.len() as u64).sum();
        for (kind, staged) in std::mem::take(&mut self.staged) {
            self.kinds.entry(kind).or_default().extend(staged);
        }
        let gone = std::mem::take(&mut self.gone);
        for (kind, uid) in &gone {
            self.kinds.entry(*kind).or_default().remove(uid);
        }
        for (kind, progress) in std::mem::take(&mut self.pull).progress {
            if progress.ids_compared {
                self.compared.insert(kind, now_ms);
            }
        }
        self.swaps += 1;
        StoreReply::Swapped { changed, removed: gone.len() as u64, kept: 0 }
    }
}

fn settle(row: &mut Row, outcome: Outcome) {
    assert_eq!(
        row.state,
        RowState::InFlight,
        "settled without a claim, or twice: {:?}",
        row.row.id
    );
    let sent = row.row.payload.clone();
    row.state = match outcome {
        Outcome::Synced => {
            row.row.base = Some(sent);
            row.row.in_doubt.clear();
            RowState::Done
        }
        Outcome::Rejected(rejection) => RowState::Rejected(rejection),
        Outcome::Conflict(conflict) => RowState::Conflict(conflict),
        Outcome::Retry { not_before_ms, may_have_arrived, .. } => {
            if may_have_arrived {
                row.row.in_doubt.push(sent);
            }
            RowState::Pending { not_before_ms }
        }
        Outcome::Waits { .. } => RowState::Pending { not_before_ms: 0 },
        Outcome::Merged { payload, base } => {
            row.row.payload = payload;
            row.row.base = Some(base);
            row.row.in_doubt.clear();
            RowState::Pending { not_before_ms: 0 }
        }
    };
}
