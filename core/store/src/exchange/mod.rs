//! Places without network: what is handed over in files, what is taken over from others, and what
//! became of it.
//!
//! Knows nothing of files, keys and signatures: partners are named by the text of their first key,
//! documents of the exchange library are kept as text. Everything that belongs to one file is one
//! transaction. A row leaves the outbox only as it does after a sync; a record of somebody else never
//! takes the place of unsent work.

mod aside;
mod carried;
mod hand_over;
mod incoming;
mod needs;
mod onward;
mod owed;
mod package;
mod restored;
mod settle;
mod shown;
mod state;
mod take;
mod waiting;

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use outpost_domain::data::PayloadKind;
use outpost_domain::metadata::MetadataKind;
use outpost_domain::uid::Uid;
use rusqlite::Connection;
use serde::Serialize;

pub use aside::AsideRow;
pub(crate) use carried::{before_change, give_up, is_carried, refuses_edit, version_settled};
pub use hand_over::OnItsWay;
pub(crate) use hand_over::is_news_to_a_carrier;
pub use incoming::{FileName, Incoming, Prepared};
pub use needs::MissingObject;
pub use owed::{OwedLine, OwedState};
pub use package::PackageShown;
pub use settle::{HandedRow, PartnerStage};
pub use shown::{CarriedRow, ExchangeCounts, HandedTo};
pub use state::Direction;
pub(crate) use state::restore;
pub use take::TakenIn;
pub use waiting::WaitingFile;

use crate::error::StoreError;
use crate::journal::{self, JournalKind};
use crate::late_index;
use crate::limits::{IMPORT_BATCH_ROWS, JOURNAL_BYTES_AHEAD, LATE_INDEX_RECORDS_MIN};
use crate::outbox::edit::{last_sequence, save_sequence};
use crate::outbox::row;
use crate::store::Store;
use crate::tracker::index::PageIndex;
use crate::tracker::missing::Named;

/// What is done for one file, inside one transaction.
pub struct Exchange<'a> {
    connection: &'a Connection,
    by: &'a str,
    now_ms: i64,
    seq: i64,
    /// Rows added, by kind and lane.
    added: BTreeMap<(PayloadKind, Uid), i64>,
    /// The body of the next journal entry as far as it is written, its lines, and the records it is
    /// about.
    log: String,
    log_lines: usize,
    records: BTreeSet<Uid>,
    /// The file whose pieces are being taken in.
    open_file: Option<OpenFile>,
    /// What others call the objects that their records name.
    names: HashMap<Uid, String>,
    /// What is written once for many records.
    behind: Behind,
    /// Objects that are known to be on this device.
    objects: RefCell<HashSet<(MetadataKind, Uid)>>,
    /// Whether the indices of lists are away until the end.
    is_without_indices: bool,
    /// Whether no row of the outbox can hold another back, once it was looked up.
    is_calm: Cell<Option<bool>>,
    /// Whether nothing of anybody else waits here, once it was looked up.
    carries_nothing: Cell<Option<bool>>,
    /// Hashes of the journal by number: entries of long imports are long, and their hash lies at their
    /// end.
    hashes: RefCell<BTreeMap<i64, [u8; 32]>>,
}

/// What was taken in and is not in every place yet. Whatever looks there or writes there calls
/// [`Exchange::catch_up`] before.
#[derive(Default)]
struct Behind {
    rows: usize,
    index: PageIndex,
    named: Named,
    /// Whether the sequence number was counted on since it was stored.
    sequence: bool,
}

struct OpenFile {
    number: i64,
    piece: i64,
    bytes: u64,
    expected: u64,
}

impl Store {
    /// Does everything that belongs to one file: all of it is on disk when this returns `Ok`, nothing
    /// of it otherwise. `by` is the user at this device.
    ///
    /// Other writes wait meanwhile; reads do not. `work` reads no network.
    ///
    /// # Errors
    /// Those of `work`, and [`StoreError`]; nothing was written.
    pub fn exchange<T, E: From<StoreError>>(
        &self,
        by: &str,
        now_ms: i64,
        work: impl FnOnce(&mut Exchange<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut outcome = None;
        let written = self.write_many(|transaction| {
            let mut exchange = Exchange::begin(transaction, by, now_ms)?;
            match work(&mut exchange) {
                Ok(done) => {
                    exchange.finish()?;
                    outcome = Some(Ok(done));
                    Ok(())
                }
                Err(error) => {
                    outcome = Some(Err(error));
                    Err(StoreError::Refused { reason: "it was not taken in" })
                }
            }
        });
        match (written, outcome) {
            (Ok(()), Some(done)) => done,
            (Err(_), Some(Err(error))) => Err(error),
            (Err(error), _) => Err(error.into()),
            (Ok(()), None) => {
                Err(StoreError::Defect { detail: "work without an outcome".to_owned() }.into())
            }
        }
    }
}

impl<'a> Exchange<'a> {
    fn begin(connection: &'a Connection, by: &'a str, now_ms: i64) -> Result<Self, StoreError> {
        Ok(Self {
            connection,
            by,
            now_ms,
            seq: last_sequence(connection)?,
            added: BTreeMap::new(),
            log: String::new(),
            log_lines: 0,
            records: BTreeSet::new(),
            open_file: None,
            names: HashMap::new(),
            behind: Behind::default(),
            objects: RefCell::default(),
            is_without_indices: false,
            is_calm: Cell::new(None),
            carries_nothing: Cell::new(None),
            hashes: RefCell::default(),
        })
    }

    /// Notes something for the journal; long imports write an entry every thousand records.
    fn note(&mut self, record: Option<Uid>, line: &impl Serialize) -> Result<(), StoreError> {
        self.log.push_str(if self.log_lines == 0 { "{\"exchange\":[" } else { "," });
        self.log.push_str(&journal::text_of(line)?);
        self.log_lines += 1;
        self.records.extend(record);
        let is_long = self.log_lines >= IMPORT_BATCH_ROWS || self.log.len() >= JOURNAL_BYTES_AHEAD;
        if is_long { self.write_log() } else { Ok(()) }
    }

    fn write_log(&mut self) -> Result<(), StoreError> {
        if self.log_lines == 0 {
            return Ok(());
        }
        self.log_lines = 0;
        let mut body = std::mem::take(&mut self.log);
        body.push_str("]}");
        journal::append_text(self.connection, JournalKind::Exchange, self.by, body, self.now_ms)?;
        journal::note_records(self.connection, &std::mem::take(&mut self.records))
    }

    /// Says how many records are about to be taken in, as far as their sender says. With many of them
    /// lists are slow inside this transaction.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn expect(&mut self, records: u64) -> Result<(), StoreError> {
        if records >= LATE_INDEX_RECORDS_MIN {
            self.is_without_indices |= late_index::set_aside(self.connection, records)?;
        }
        Ok(())
    }

    /// The next device sequence number.
    fn next_sequence(&mut self) -> i64 {
        self.seq += 1;
        self.behind.sequence = true;
        self.seq
    }

    /// Writes what is behind.
    fn catch_up(&mut self) -> Result<(), StoreError> {
        // Nothing is taken in without a number.
        if !self.behind.sequence {
            return Ok(());
        }
        let behind = std::mem::take(&mut self.behind);
        save_sequence(self.connection, self.seq)?;
        behind.index.flush(self.connection)?;
        behind.named.finish(self.connection)?;
        late_index::build_if_many(self.connection)
    }

    /// Catches up before something that changes rows, records and the sequence number on its own.
    fn beside<T>(
        &mut self,
        work: impl FnOnce(&Self) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.catch_up()?;
        self.is_calm.set(None);
        let done = work(self)?;
        self.seq = last_sequence(self.connection)?;
        Ok(done)
    }

    /// Whether no row is parked, held or put off and no value waits to be exchanged: then none can
    /// hold another back.
    fn is_calm(&self) -> Result<bool, StoreError> {
        if let Some(known) = self.is_calm.get() {
            return Ok(known);
        }
        let sql = "SELECT NOT EXISTS (SELECT 1 FROM outbox WHERE state > 0)
             AND NOT EXISTS (SELECT 1 FROM outbox WHERE state = 0 AND not_before_ms > 0)
             AND NOT EXISTS (SELECT 1 FROM temporary_value)";
        let is_calm = self.connection.prepare_cached(sql)?.query_row([], |row| row.get(0))?;
        self.is_calm.set(Some(is_calm));
        Ok(is_calm)
    }

    fn finish(&mut self) -> Result<(), StoreError> {
        if self.open_file.is_some() {
            return Err(StoreError::Refused { reason: "a captured file is incomplete" });
        }
        self.catch_up()?;
        for ((kind, lane), rows) in &self.added {
            row::count_added(self.connection, *kind, *lane, *rows)?;
        }
        if self.is_without_indices {
            late_index::build(self.connection)?;
        }
        self.write_log()
    }
}
