//! The rows of one claim: what must be read before they are sent, how they are cut into requests,
//! and what became of each.
//!
//! Every row is open until it is settled, and is settled once.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::mem;

use outpost_domain::data::{Payload, PayloadKind};
use outpost_domain::uid::{TrackedEntityUid, Uid};
use outpost_wire::error::WireError;
use outpost_wire::version::ServerVersion;
use outpost_wire::{completion, data_value_set, file_resource, tracker};

use super::body;
use crate::check::{Decision, Question, Remote, questions, slice_of};
use crate::hunt::{Hunt, Piece};
use crate::ports::{KeptJob, OutboxId, OutboxRow, Outcome, Request, Settlement};
use crate::settle::travels_alone;

#[derive(Debug, Default)]
pub(crate) struct Batch {
    rows: Vec<OutboxRow>,
    is_open: Vec<bool>,
    is_under_way: Vec<bool>,
    questions: VecDeque<Question>,
    asked: Option<Question>,
    remote: Remote,
    is_checked: bool,
    splits_slices: bool,
    hunt: Hunt,
    settlements: Vec<Settlement>,
    /// Rows that are with a job on the server: nobody else settles them.
    of_job: BTreeSet<usize>,
}

impl Batch {
    /// The rows of a job, which were sent by an earlier run.
    pub fn of_job(rows: Vec<OutboxRow>) -> Self {
        let count = rows.len();
        Self {
            is_open: vec![true; count],
            is_under_way: vec![true; count],
            of_job: (0..count).collect(),
            is_checked: true,
            rows,
            ..Self::default()
        }
    }

    pub fn new(mut rows: Vec<OutboxRow>, version: ServerVersion) -> Self {
        rows.sort_by(|one, other| order(&one.payload).cmp(&order(&other.payload)));
        Self {
            is_open: vec![true; rows.len()],
            is_under_way: vec![false; rows.len()],
            questions: questions(&rows).into(),
            splits_slices: version.dv_group_semantics(),
            rows,
            ..Self::default()
        }
    }

    /// The data set or program that the batch is about.
    pub fn subject(&self) -> String {
        self.rows.first().map(|row| row.payload.lane().to_string()).unwrap_or_default()
    }

    // ------------------------------------------------------------ checking

    pub fn next_question(&mut self) -> Option<Question> {
        self.asked = self.questions.pop_front();
        self.asked.clone()
    }

    /// Takes what the server holds. An empty body is a refusal and teaches nothing: the rows are sent
    /// and the server decides.
    ///
    /// # Errors
    /// In words, if the answer cannot be read; see [`Self::not_compared`].
    pub fn learn(&mut self, body: &[u8]) -> Result<(), String> {
        let Some(question) = self.asked.clone() else { return Ok(()) };
        let told = |error: WireError| error.to_string();
        match question {
            _ if body.is_empty() => {}
            Question::Values(_) => {
                let values = data_value_set::parse_values(body).map_err(told)?;
                self.remote.learn_values(question, values);
            }
            Question::Completions(_) => {
                let found = completion::parse_completions(body).map_err(told)?;
                self.remote.learn_completions(question, found);
            }
            Question::Events(..) => {
                let page = tracker::parse_events_page(body).map_err(told)?;
                only_asked(&question, page.events.iter().map(|one| one.event.id.0))?;
                self.remote.learn_events(question, page.events);
            }
            Question::People(_) | Question::Owner(..) => {
                let page = tracker::parse_tracked_entities_page(body).map_err(told)?;
                only_asked(&question, page.items.iter().map(|one| one.tracked_entity.id.0))?;
                self.remote.learn_people(question, page.items);
            }
            Question::Enrollments(..) => {
                let page = tracker::parse_enrollments_page(body).map_err(told)?;
                only_asked(&question, page.items.iter().map(|one| one.enrollment.id.0))?;
                self.remote.learn_enrollments(question, page.items);
            }
            Question::File(_) => {
                self.remote.learn_file(question, file_resource::parse_file(body).map_err(told)?);
            }
        }
        self.asked = None;
        Ok(())
    }

    /// Whether the question under way is about one thing that may not be there: then its absence is
    /// the answer.
    pub fn asks_for_one(&self) -> bool {
        matches!(self.asked, Some(Question::File(_) | Question::Owner(..)))
    }

    /// The question was neither answered nor refused. Gives back its rows: sent unseen, they could go
    /// over what somebody else entered.
    pub fn not_compared(&mut self) -> Vec<usize> {
        let Some(question) = self.asked.take() else { return Vec::new() };
        let mut rows = self.open_rows();
        rows.retain(|index| question.covers(&self.rows[*index].payload));
        rows
    }

    /// The answer was too large: the same in two questions. False if the question cannot be cut; it
    /// stays without an answer then.
    pub fn split_question(&mut self) -> bool {
        let Some(halves) = self.asked.as_ref().and_then(Question::halves) else { return false };
        self.asked = None;
        for half in halves {
            self.questions.push_front(half);
        }
        true
    }

    pub fn is_checked(&self) -> bool {
        self.is_checked
    }

    /// What the check settles without sending; the other rows become ready to be sent.
    pub fn decide(&mut self) -> Vec<(usize, Outcome)> {
        self.is_checked = true;
        let mut settled = Vec::new();
        let mut to_send = Vec::new();
        for index in self.open_rows() {
            match self.remote.decide(&self.rows[index]) {
                Decision::Send => to_send.push(index),
                Decision::Settle(outcome) => settled.push((index, *outcome)),
            }
        }
        self.remote = Remote::default();
        self.hunt = Hunt::new(self.pieces(&to_send));
        settled
    }

    // ------------------------------------------------------------ sending

    /// Groups rows that may travel in one request, in their order. Deletions go first, children
    /// before parents, class by class: what is deleted may stand in the way of what is new.
    fn pieces(&self, indexes: &[usize]) -> Vec<Piece> {
        let mut pieces: BTreeMap<_, Piece> = BTreeMap::new();
        for index in indexes {
            let payload = &self.rows[*index].payload;
            let (data_set, slice) = match payload {
                Payload::DataValue { data_set, key, .. } => {
                    let slice = self.splits_slices.then(|| slice_of(*data_set, key));
                    (Some(*data_set), slice)
                }
                _ => (None, None),
            };
            let alone = travels_alone(payload.kind()).then_some(*index);
            let group = (data_set, slice, body::rank(payload), alone);
            pieces.entry(group).or_default().push(*index);
        }
        pieces.into_values().collect()
    }

    /// The next piece to send, without the rows that were settled since it was cut.
    pub fn next_piece(&mut self) -> Option<Piece> {
        loop {
            let mut piece = self.hunt.next()?;
            piece.retain(|index| self.is_open[*index]);
            if !piece.is_empty() {
                return Some(piece);
            }
            self.taken(0);
        }
    }

    pub fn rows_of(&self, piece: &[usize]) -> Vec<&OutboxRow> {
        piece.iter().filter_map(|index| self.rows.get(*index)).collect()
    }

    /// The upload of a piece, whose rows are all of one kind; `as_job`: the server may answer before
    /// it is done.
    pub fn upload_request(&self, piece: &[usize], version: ServerVersion, as_job: bool) -> Request {
        body::upload_request(&self.rows_of(piece), version, as_job)
    }

    pub fn under_way(&mut self, piece: &[usize]) {
        for index in piece {
            self.is_under_way[*index] = true;
        }
    }

    pub fn is_under_way(&self, index: usize) -> bool {
        self.is_under_way.get(index).copied().unwrap_or(false)
    }

    /// The piece under way was processed row by row.
    pub fn taken(&mut self, count: usize) {
        let (hunt, rows) = (&mut self.hunt, &self.rows);
        hunt.taken(count, |piece| cut(rows, piece));
    }

    /// The piece under way was refused whole, for the rows named if any. Gives back a row that was
    /// refused alone.
    pub fn refused(&mut self, piece: Piece, named: &[Uid]) -> Option<usize> {
        for index in &piece {
            self.is_under_way[*index] = false;
        }
        let is_named = |index: &usize| {
            self.rows[*index].payload.record_uid().is_some_and(|uid| named.contains(&uid))
        };
        let culprits: Piece = piece.iter().copied().filter(is_named).collect();
        if !culprits.is_empty() && culprits.len() < piece.len() {
            self.hunt.refused_for(piece, &culprits);
            return None;
        }
        let (hunt, rows) = (&mut self.hunt, &self.rows);
        hunt.refused(piece, |piece| cut(rows, piece))
    }

    /// The piece under way was not answered; its rows were given back.
    pub fn left_open(&mut self) {
        self.hunt.left_open();
    }

    /// The rows of a piece went to the server as a job, which is kept from now on.
    pub fn kept(&mut self, piece: &[usize], id: &str, started_ms: i64) -> Option<KeptJob> {
        let kind = self.rows.get(*piece.first()?)?.payload.kind();
        self.of_job.extend(piece);
        let rows = self.rows_of(piece).into_iter().map(|row| (row.id, row.revision)).collect();
        Some(KeptJob { id: id.to_owned(), kind, rows, started_ms })
    }

    /// The job is over: its rows can be settled.
    pub fn released(&mut self, piece: &[usize]) {
        for index in piece {
            self.of_job.remove(index);
        }
    }

    // ------------------------------------------------------------ settling

    /// Rows that are not settled, those with a job aside.
    pub fn open_rows(&self) -> Vec<usize> {
        let is_ours = |index: &usize| self.is_open[*index] && !self.of_job.contains(index);
        (0..self.rows.len()).filter(is_ours).collect()
    }

    /// Open rows that cannot be stored because this one, which the server never had, was not:
    /// directly or through others.
    pub fn dependents(&self, index: usize) -> Vec<usize> {
        let parent = &self.rows[index];
        let Some(uid) = parent.payload.record_uid().filter(|_| parent.base.is_none()) else {
            return Vec::new();
        };
        let mut lacking: BTreeSet<Uid> = [uid].into();
        let mut found = Vec::new();
        // Parents stand before children, so one pass finds the children's children too.
        for other in self.open_rows() {
            let payload = &self.rows[other].payload;
            if other != index && payload.needs().iter().any(|need| lacking.contains(need)) {
                lacking.extend(payload.record_uid());
                found.push(other);
            }
        }
        found
    }

    /// Notes the outcome of a row; gives back its number, `None` if it was settled before.
    pub fn settle(&mut self, index: usize, outcome: Outcome) -> Option<OutboxId> {
        let row = self.rows.get(index)?;
        if !mem::replace(&mut self.is_open[index], false) {
            return None;
        }
        self.settlements.push(Settlement { id: row.id, revision: row.revision, outcome });
        Some(row.id)
    }

    pub fn take_settlements(&mut self) -> Option<Vec<Settlement>> {
        (!self.settlements.is_empty()).then(|| mem::take(&mut self.settlements))
    }
}

/// A server that does not know the parameter by which ids are asked for ignores it and lists anybody:
/// absence from such a list says nothing, and what is there would be overwritten unseen.
fn only_asked(question: &Question, mut found: impl Iterator<Item = Uid>) -> Result<(), String> {
    match found.all(|id| question.names(id)) {
        true => Ok(()),
        false => Err("the server lists records that were not asked for".to_owned()),
    }
}

/// Rows of a slice or of a tree stand together, in one order whatever the order of entry.
fn order(payload: &Payload) -> impl Ord {
    match payload {
        Payload::DataValue { data_set, key, .. } => {
            let cell = (key.data_element, key.category_option_combo);
            (Some(slice_of(*data_set, key)), Some(cell), None)
        }
        Payload::Completion { key, .. } => (Some(*key), None, None),
        _ if payload.kind() == PayloadKind::Tracker => (None, None, Some(payload.subject())),
        _ => (None, None, None),
    }
}

/// What is kept whole as long as possible: the values of a slice, the tree of a person.
#[derive(PartialEq, Eq)]
enum Whole {
    Slice(outpost_domain::data::SliceKey),
    Tree(TrackedEntityUid),
}

fn whole(payload: &Payload) -> Option<Whole> {
    match payload {
        Payload::DataValue { data_set, key, .. } => Some(Whole::Slice(slice_of(*data_set, key))),
        Payload::TrackedEntity { tracked_entity } => Some(Whole::Tree(tracked_entity.id)),
        Payload::Enrollment { enrollment } => Some(Whole::Tree(enrollment.tracked_entity)),
        Payload::Event { event } => event.tracked_entity.map(Whole::Tree),
        _ => None,
    }
}

/// Where to cut a refused piece: at the border of two slices if one lies in the middle quarter, at
/// the nearest border of two trees wherever it lies, so that they stay whole as long as possible.
fn cut(rows: &[OutboxRow], piece: &[usize]) -> usize {
    let middle = piece.len() / 2;
    let of = |place: usize| whole(&rows[piece[place]].payload);
    let is_border = |place: &usize| of(*place) != of(*place - 1);
    let reach = match piece.first().map(|index| rows[*index].payload.kind()) {
        Some(PayloadKind::Tracker) => middle,
        _ => piece.len() / 8,
    };
    (middle.saturating_sub(reach).max(1)..=(middle + reach).min(piece.len() - 1))
        .filter(is_border)
        .min_by_key(|place| place.abs_diff(middle))
        .unwrap_or(middle)
}
