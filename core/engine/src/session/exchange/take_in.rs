//! Taking a file in: verified, planned, then everything of it in one transaction or nothing.
//!
//! A dry run is the same transaction, taken back at its end: it says exactly what would happen.

use std::collections::BTreeMap;
use std::io::{Read, Seek, SeekFrom, Write};
use std::sync::mpsc::{SyncSender, sync_channel};

use outpost_domain::data::Payload;
use outpost_domain::uid::Uid;
use outpost_exchange::Hash;
use outpost_exchange::file::{DataLine, Kind, Lines, Manifest, Record, Verified, peek_key_list};
use outpost_exchange::keys::{KeyId, KeyList};
use outpost_exchange::ledger::{Ledger, Plan, plan_import};
use outpost_exchange::receipt::ReceiptLine;
use outpost_store::{
    Direction, Exchange, FileName, Incoming, Prepared, StoreError, TakenIn as Took, WaitingFile,
};
use serde_json::json;

use super::keys::{keep_list, keep_ring};
use super::spool::Spool;
use super::{Keys, Provenance, keep_stream, load_ledger};
use crate::CancelToken;
use crate::error::{OutpostError, Result};
use crate::model::{ImportObserver, TakenIn, TakenInReport, UnknownObject};
use crate::platform::storage;
use crate::refusals;
use crate::session::Session;
use crate::session::site::contacts;

/// Bytes of a piece of a file that is kept until those before it come.
const PIECE_BYTES: usize = 256 * 1024;

/// Bytes of records that are read ahead together, and how many such batches wait at most.
const BATCH_BYTES: usize = 64 * 1024;
const BATCHES_AHEAD: usize = 4;

/// What a line of a file asks for.
enum Item {
    Record(Box<Prepared>),
    Piece(Vec<u8>),
    Name(Uid, String),
}

/// The reader of a file's lines, on a thread of its own.
struct ReadAhead<'a> {
    keys: &'a Keys,
    partner: String,
    file: FileName,
}

impl ReadAhead<'_> {
    /// Sends everything in batches; whether the lines came to their end. Ends when nobody listens.
    fn read<R: Read>(
        &self,
        mut lines: Lines<R, DataLine>,
        send: &SyncSender<Result<Vec<Item>>>,
    ) -> bool {
        let (mut batch, mut bytes) = (Vec::new(), 0);
        for line in lines.by_ref() {
            let item = line.map_err(refusals::of_exchange).and_then(|line| self.item(line));
            let (item, size) = match item {
                Ok(item) => item,
                Err(error) => {
                    // What came before is taken in first, as if nobody had read ahead.
                    let _ = send.send(Ok(batch)).and_then(|()| send.send(Err(error)));
                    return false;
                }
            };
            batch.push(item);
            bytes += size;
            if bytes >= BATCH_BYTES {
                bytes = 0;
                if send.send(Ok(std::mem::take(&mut batch))).is_err() {
                    return false;
                }
            }
        }
        let _ = send.send(Ok(batch));
        lines.is_complete()
    }

    /// What a line asks for, and about how many bytes it takes.
    fn item(&self, line: DataLine) -> Result<(Item, usize)> {
        Ok(match line {
            DataLine::Record(record) => {
                let record = self.incoming(*record)?.prepare()?;
                let bytes = record.bytes();
                (Item::Record(Box::new(record)), bytes)
            }
            DataLine::Chunk(chunk) => {
                let bytes = chunk.data.len();
                (Item::Piece(chunk.data), bytes)
            }
            DataLine::Named(named) => {
                let bytes = named.name.len();
                (Item::Name(named.id, named.name), bytes)
            }
        })
    }

    fn incoming(&self, record: Record) -> Result<Incoming> {
        let Record { captured, carried, payload, base, .. } = record;
        let device = self.keys.line(captured.device).to_string();
        let (row, revision, captured_ms) = (captured.row, captured.revision, captured.at_ms);
        let captured_by = captured.by.clone();
        let provenance = serde_json::to_string(&Provenance { captured, carried });
        Ok(Incoming {
            partner: self.partner.clone(),
            file: self.file.clone(),
            device,
            row,
            revision,
            captured_by,
            captured_ms,
            provenance: provenance.map_err(OutpostError::internal)?,
            payload,
            base,
        })
    }
}

/// Why the transaction ends without being kept.
enum Stop {
    DryRun(Box<TakenInReport>),
    Failed(OutpostError),
}

impl From<StoreError> for Stop {
    fn from(error: StoreError) -> Self {
        Self::Failed(error.into())
    }
}

impl From<OutpostError> for Stop {
    fn from(error: OutpostError) -> Self {
        Self::Failed(error)
    }
}

/// A file that is being taken in, with those that waited for it.
pub(super) struct Taking<'a> {
    pub keys: &'a Keys,
    pub report: TakenInReport,
    unknown: BTreeMap<String, u64>,
    observer: &'a dyn ImportObserver,
    cancel: &'a CancelToken,
    records: u64,
}

/// A file whose bytes are verified, with the keys that it was verified by.
pub(super) struct OpenedFile<R> {
    pub keys: Keys,
    pub verified: Verified<R>,
    /// The key list in the file, if it says more than is known here, and how many keys it changes.
    pub list: Option<(KeyList, u64)>,
    pub plan: Plan,
}

impl Session {
    /// Verifies a file and takes it in: records wait in the outbox then, receipts settle rows. A file
    /// that came before changes nothing; one that came too early is kept until those before it come.
    /// With `dry_run` nothing is kept, and the report says what would have been done.
    ///
    /// # Errors
    /// `InvalidInput` if the file is damaged or signed by nobody known; `Busy` while a
    /// synchronisation runs; `Cancelled`; storage errors. Nothing was written.
    pub fn take_in(
        &self,
        input: &mut (impl Read + Seek + Send),
        dry_run: bool,
        observer: &dyn ImportObserver,
        cancel: &CancelToken,
    ) -> Result<TakenIn> {
        let _only_one = self.take_sync_lock()?;
        self.take_back_rows()?;
        let OpenedFile { keys, verified, list, plan } = self.open_file(&mut *input)?;
        let (manifest, hash) = (verified.manifest().clone(), verified.hash());
        let taking = Taking {
            keys: &keys,
            report: TakenInReport::default(),
            unknown: BTreeMap::new(),
            observer,
            cancel,
            records: 0,
        };
        let report = match plan {
            Plan::Gap(missing) if manifest.kind == Kind::Data => {
                drop(verified);
                self.transact(taking, list.as_ref(), dry_run, |exchange, taking| {
                    taking.saw(exchange, &manifest, hash, &plan)?;
                    let waiting =
                        waiting_file(&keys, &manifest, hash, (missing.first, missing.last));
                    keep(exchange, &waiting, input)
                })?
            }
            _ => self.transact(taking, list.as_ref(), dry_run, |exchange, taking| {
                taking.take(exchange, verified, &plan)
            })?,
        };
        let is_ours = keys.line(manifest.to) == keys.my_line() && !matches!(plan, Plan::Revoked(_));
        if !dry_run && is_ours {
            let partner = keys.line(manifest.from);
            self.exchange(|exchange| contacts::came(exchange, partner, &manifest, self.now_ms()))?;
        }
        let file = self.file_view(&keys, &manifest, hash, &plan)?;
        Ok(TakenIn { file, dry_run, report })
    }

    /// Verifies a file and says what it is to this device; its content stays closed.
    pub(super) fn open_file<R: Read + Seek>(&self, mut input: R) -> Result<OpenedFile<R>> {
        let mut keys = self.who_is_who()?;
        let mut list = None;
        // A list has a signature of its own, and it may be the one that makes the sender known.
        if let Some(found) = peek_key_list(&mut input).map_err(refusals::of_exchange)?
            && let Ok(changes) = keys.ring.apply_list(&found)
        {
            list = Some((found, changes.len() as u64));
        }
        let verified = Verified::open(input, &keys.ring).map_err(refusals::of_exchange)?;
        let (from, kind) = (keys.line(verified.manifest().from), verified.manifest().kind);
        let ledger = self.exchange(|exchange| load_ledger(exchange, from, kind))?;
        let (manifest, hash) = (verified.manifest(), verified.hash());
        let plan = plan_import(&ledger, &keys.ring, keys.me(), manifest, hash);
        Ok(OpenedFile { keys, verified, list, plan })
    }

    /// Does the work, then what follows from any file, in one transaction.
    fn transact(
        &self,
        mut taking: Taking<'_>,
        list: Option<&(KeyList, u64)>,
        dry_run: bool,
        work: impl FnOnce(&mut Exchange<'_>, &mut Taking<'_>) -> Result<()>,
    ) -> Result<TakenInReport> {
        let mut spool = Spool::create(&self.inner.database, "taking-in")?;
        let worked = self.exchange(|exchange| {
            if let Some((list, changes)) = list {
                keep_ring(exchange, &taking.keys.ring)?;
                keep_list(exchange, list)?;
                taking.report.keys_changed = *changes;
            }
            work(exchange, &mut taking)?;
            taking.take_waiting(exchange, &mut spool)?;
            if exchange.has_aside()? {
                exchange.retry_aside()?;
            }
            let report = taking.finish();
            if dry_run { Err(Stop::DryRun(Box::new(report))) } else { Ok(report) }
        });
        match worked {
            Ok(report) => Ok(report),
            Err(Stop::DryRun(report)) => Ok(*report),
            Err(Stop::Failed(error)) => Err(error),
        }
    }
}

impl Taking<'_> {
    /// Does what the plan says.
    fn take<R: Read + Seek + Send>(
        &mut self,
        exchange: &mut Exchange<'_>,
        verified: Verified<R>,
        plan: &Plan,
    ) -> Result<()> {
        let (manifest, hash) = (verified.manifest().clone(), verified.hash());
        if manifest.kind == Kind::Receipt {
            let counts = match plan {
                // Numbers of receipts prove nothing: what they say of files decides.
                Plan::Apply { .. }
                | Plan::Late
                | Plan::Gap(_)
                | Plan::OlderBackup { .. }
                | Plan::Fork { .. } => true,
                _ => false,
            };
            if counts {
                let lines = verified.lines::<ReceiptLine>(self.keys.opens(manifest.to));
                let lines = lines.map_err(refusals::of_exchange)?;
                self.take_receipt(exchange, lines, &manifest)?;
            }
        } else if matches!(plan, Plan::Apply { .. }) {
            let lines = verified.lines::<DataLine>(self.keys.opens(manifest.to));
            let lines = lines.map_err(refusals::of_exchange)?;
            self.take_records(exchange, lines, &manifest, hash)?;
        }
        match plan {
            Plan::Apply { .. } => self.applied(exchange, &manifest, hash),
            _ => self.saw(exchange, &manifest, hash, plan),
        }
    }

    /// Reads, judges and works out ahead on a thread of its own while this one writes.
    fn take_records<R: Read + Send>(
        &mut self,
        exchange: &mut Exchange<'_>,
        lines: Lines<R, DataLine>,
        manifest: &Manifest,
        hash: Hash,
    ) -> Result<()> {
        exchange.expect(manifest.records)?;
        let ahead = ReadAhead {
            keys: self.keys,
            partner: self.keys.line(manifest.from).to_string(),
            file: FileName { number: manifest.sequence, hash: hash.to_string() },
        };
        std::thread::scope(|scope| {
            let (send, came) = sync_channel(BATCHES_AHEAD);
            let reader = scope.spawn(move || ahead.read(lines, &send));
            for batch in came {
                for item in batch? {
                    self.take_item(exchange, item)?;
                }
            }
            // Only the end proves that the medium gave what was verified before.
            match reader.join() {
                Ok(true) => Ok(()),
                Ok(false) => {
                    Err(OutpostError::invalid("file", "incomplete", "it did not come to its end"))
                }
                Err(_) => Err(OutpostError::internal("a file's reader ended")),
            }
        })
    }

    fn take_item(&mut self, exchange: &mut Exchange<'_>, item: Item) -> Result<()> {
        match item {
            Item::Record(record) => self.take_record(exchange, &record),
            Item::Piece(content) => Ok(exchange.add_piece(&content)?),
            Item::Name(uid, name) => {
                exchange.learn_name(uid, name);
                Ok(())
            }
        }
    }

    fn take_record(&mut self, exchange: &mut Exchange<'_>, record: &Prepared) -> Result<()> {
        self.count(exchange.take_in(record)?);
        if let Payload::FileResource { file } = &record.payload {
            exchange.begin_file(file.id, file.content_bytes)?;
        }
        self.records += 1;
        if self.records.is_multiple_of(200) {
            self.observer.on_progress(self.records);
            if self.cancel.is_cancelled() {
                return Err(OutpostError::Cancelled);
            }
        }
        Ok(())
    }

    fn count(&mut self, took: Took) {
        let report = &mut self.report;
        match took {
            Took::New => report.new += 1,
            Took::Changed => report.changed += 1,
            Took::Known => report.known += 1,
            Took::OnServer => report.on_server += 1,
            Took::InConflict => report.conflicts += 1,
            Took::Differs { .. } | Took::Busy => report.differs += 1,
            Took::Unknown(object) => *self.unknown.entry(object.words()).or_default() += 1,
            Took::GivenUp => report.given_up += 1,
        }
    }

    fn applied(&self, exchange: &mut Exchange<'_>, manifest: &Manifest, hash: Hash) -> Result<()> {
        let partner = self.keys.line(manifest.from);
        let mut ledger = load_ledger(exchange, partner, manifest.kind)?;
        ledger.applied(manifest, hash, &self.keys.ring);
        keep_stream(exchange, Direction::In, partner, manifest.kind, &ledger)?;
        exchange.note_file(json!({
            "takenIn": partner.to_string(), "kind": manifest.kind.name(),
            "file": manifest.sequence, "hash": hash.to_string(), "records": manifest.records,
        }))?;
        Ok(())
    }

    /// A file that is not taken in is remembered where that tells its sender something.
    fn saw(
        &self,
        exchange: &mut Exchange<'_>,
        manifest: &Manifest,
        hash: Hash,
        plan: &Plan,
    ) -> Result<()> {
        let partner = self.keys.line(manifest.from);
        let mut ledger: Ledger = load_ledger(exchange, partner, manifest.kind)?;
        let before = ledger.clone();
        ledger.saw(manifest, hash, plan);
        match ledger == before {
            true => Ok(()),
            false => keep_stream(exchange, Direction::In, partner, manifest.kind, &ledger),
        }
    }

    /// Takes in what waited for this file, and forgets what it held again.
    fn take_waiting(&mut self, exchange: &mut Exchange<'_>, spool: &mut Spool) -> Result<()> {
        loop {
            let mut is_done = true;
            for waiting in exchange.waiting_files()? {
                let Some(partner) = KeyId::parse(&waiting.partner) else { continue };
                let ledger = load_ledger(exchange, partner, Kind::Data)?;
                let last = ledger.last().map_or(0, |link| link.sequence);
                if last < waiting.missing.1 {
                    continue;
                }
                is_done = false;
                self.take_one_waiting(exchange, &waiting, &ledger, spool)?;
            }
            if is_done {
                return Ok(());
            }
        }
    }

    fn take_one_waiting(
        &mut self,
        exchange: &mut Exchange<'_>,
        waiting: &WaitingFile,
        ledger: &Ledger,
        spool: &mut Spool,
    ) -> Result<()> {
        copy_out(exchange, waiting.id, spool)?;
        exchange.forget_waiting(waiting.id)?;
        // It was whole when it came; its sender may have been revoked since.
        let Ok(verified) = Verified::open(&mut spool.file, &self.keys.ring) else { return Ok(()) };
        let (manifest, hash) = (verified.manifest().clone(), verified.hash());
        let (ring, me) = (&self.keys.ring, self.keys.me());
        let plan = plan_import(ledger, ring, me, &manifest, hash);
        self.report.waited += u64::from(matches!(plan, Plan::Apply { .. }));
        match plan {
            Plan::Gap(missing) => {
                drop(verified);
                let missing = (missing.first, missing.last);
                let again = WaitingFile { missing, ..waiting.clone() };
                keep(exchange, &again, &mut spool.file)
            }
            _ => self.take(exchange, verified, &plan),
        }
    }

    fn finish(mut self) -> TakenInReport {
        self.observer.on_progress(self.records);
        let unknown = std::mem::take(&mut self.unknown).into_iter();
        self.report.unknown =
            unknown.map(|(object, records)| UnknownObject { object, records }).collect();
        self.report
    }
}

fn waiting_file(keys: &Keys, manifest: &Manifest, hash: Hash, missing: (u64, u64)) -> WaitingFile {
    WaitingFile {
        id: 0,
        partner: keys.line(manifest.from).to_string(),
        kind: manifest.kind.name().to_owned(),
        file: FileName { number: manifest.sequence, hash: hash.to_string() },
        missing,
        bytes: manifest.entries.iter().map(|entry| entry.bytes).sum(),
    }
}

/// Keeps a file piece by piece.
fn keep(
    exchange: &mut Exchange<'_>,
    waiting: &WaitingFile,
    input: &mut (impl Read + Seek),
) -> Result<()> {
    let unreadable = |error: std::io::Error| OutpostError::invalid("file", "unreadable", error);
    input.seek(SeekFrom::Start(0)).map_err(unreadable)?;
    exchange.keep_waiting(waiting, || -> Result<Option<Vec<u8>>> {
        let mut piece = Vec::with_capacity(PIECE_BYTES);
        let limited = &mut input.by_ref().take(PIECE_BYTES as u64);
        limited.read_to_end(&mut piece).map_err(unreadable)?;
        Ok(Some(piece).filter(|piece| !piece.is_empty()))
    })
}

fn copy_out(exchange: &Exchange<'_>, id: i64, spool: &mut Spool) -> Result<()> {
    let failed = |error: std::io::Error| storage(&error, "a file beside the database");
    spool.file.set_len(0).map_err(failed)?;
    spool.file.rewind().map_err(failed)?;
    for number in 0.. {
        let Some(piece) = exchange.waiting_piece(id, number)? else { break };
        spool.file.write_all(&piece).map_err(failed)?;
    }
    spool.file.rewind().map_err(failed)
}
