//! The rows of one claim: what must be read before they are sent, how they are cut into requests,
//! and what became of each.
//!
//! Every row is open until it is settled, and is settled once.

use std::collections::{BTreeMap, VecDeque};
use std::mem;

use outpost_domain::data::{DataValue, DataValueKey, Event, Payload};
use outpost_domain::uid::{DataSetUid, Uid};
use outpost_wire::error::WireError;
use outpost_wire::tracker::EventUpload;
use outpost_wire::version::ServerVersion;
use outpost_wire::{completion, data_value_set, tracker};

use crate::check::{Decision, Question, Remote, questions, slice_of};
use crate::hunt::{Hunt, Piece};
use crate::ports::{OutboxId, OutboxRow, Outcome, Request, Settlement};
use crate::requests;

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
}

impl Batch {
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
    /// If the answer cannot be read; see [`Self::not_compared`].
    pub fn learn(&mut self, body: &[u8]) -> Result<(), WireError> {
        let Some(question) = self.asked.clone() else { return Ok(()) };
        match question {
            _ if body.is_empty() => {}
            Question::Values(_) => {
                let values = data_value_set::parse_values(body)?;
                self.remote.learn_values(question, values);
            }
            Question::Completions(_) => {
                let found = completion::parse_completions(body)?;
                self.remote.learn_completions(question, found);
            }
            Question::Events(..) => {
                let page = tracker::parse_events_page(body)?;
                self.remote.learn_events(question, page.events);
            }
        }
        self.asked = None;
        Ok(())
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

    /// Groups rows that may travel in one request, in their order.
    fn pieces(&self, indexes: &[usize]) -> Vec<Piece> {
        let mut pieces: BTreeMap<_, Piece> = BTreeMap::new();
        for index in indexes {
            let payload = &self.rows[*index].payload;
            let group = match payload {
                Payload::DataValue { data_set, key, .. } => {
                    let slice = self.splits_slices.then(|| slice_of(*data_set, key));
                    (Some(*data_set), slice, false)
                }
                Payload::Completion { .. } => (None, None, false),
                Payload::Event { event } => (None, None, event.deleted),
                _ => (None, None, false),
            };
            pieces.entry(group).or_default().push(*index);
        }
        pieces.into_values().collect()
    }

    pub fn next_piece(&mut self) -> Option<Piece> {
        self.hunt.next()
    }

    pub fn rows_of(&self, piece: &[usize]) -> Vec<&OutboxRow> {
        piece.iter().filter_map(|index| self.rows.get(*index)).collect()
    }

    /// The upload of a piece, whose rows are all of one kind.
    pub fn upload_request(&self, piece: &[usize], version: ServerVersion) -> Request {
        let rows = self.rows_of(piece);
        let mut values: Vec<(DataValueKey, DataValue)> = Vec::new();
        let mut data_set: Option<DataSetUid> = None;
        let mut registrations = Vec::new();
        let mut events = Vec::new();
        for row in rows {
            match &row.payload {
                Payload::DataValue { data_set: set, key, value } => {
                    data_set = Some(*set);
                    values.push((*key, value.clone()));
                }
                Payload::Completion { key, completion } => {
                    registrations.push((*key, completion.clone()));
                }
                Payload::Event { event } => {
                    events.push(EventUpload::against(event, held_events(row)))
                }
                _ => {}
            }
        }
        if let Some(data_set) = data_set {
            return requests::post_values(data_value_set::encode(data_set, &values, version));
        }
        if !registrations.is_empty() {
            return requests::post_completions(completion::encode(&registrations));
        }
        // Deletions never share a piece with the rest, see `pieces`.
        match events.iter().all(|upload| upload.event.deleted) {
            true => {
                let ids: Vec<_> = events.iter().map(|upload| upload.event.id).collect();
                requests::post_event_deletions(tracker::encode_deletions(&ids))
            }
            false => requests::post_events(tracker::encode_events(&events)),
        }
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
        let is_named = |index: &usize| match &self.rows[*index].payload {
            Payload::Event { event } => named.contains(&event.id.0),
            _ => false,
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

    // ------------------------------------------------------------ settling

    pub fn open_rows(&self) -> Vec<usize> {
        (0..self.rows.len()).filter(|index| self.is_open[*index]).collect()
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

/// What the server may hold of the event, as before and as sent since: answers that are gone here must
/// be cleared there. What was sent may never have arrived, so it does not stand in for the base.
fn held_events(row: &OutboxRow) -> impl Iterator<Item = &Event> {
    row.base.iter().chain(&row.in_doubt).filter_map(|payload| match payload {
        Payload::Event { event } => Some(event),
        _ => None,
    })
}

/// Rows of a slice stand together, in one order whatever the order of entry.
fn order(payload: &Payload) -> impl Ord {
    match payload {
        Payload::DataValue { data_set, key, .. } => {
            (Some(slice_of(*data_set, key)), Some((key.data_element, key.category_option_combo)))
        }
        Payload::Completion { key, .. } => (Some(*key), None),
        _ => (None, None),
    }
}

/// Where to cut a refused piece: at the border of two slices if one lies in the middle half, so
/// that slices stay whole as long as possible.
fn cut(rows: &[OutboxRow], piece: &[usize]) -> usize {
    let middle = piece.len() / 2;
    let slice = |place: usize| match &rows[piece[place]].payload {
        Payload::DataValue { data_set, key, .. } => Some(slice_of(*data_set, key)),
        _ => None,
    };
    let is_border = |place: &usize| slice(*place) != slice(*place - 1);
    let reach = piece.len() / 8;
    (middle.saturating_sub(reach).max(1)..=(middle + reach).min(piece.len() - 1))
        .filter(is_border)
        .min_by_key(|place| place.abs_diff(middle))
        .unwrap_or(middle)
}
