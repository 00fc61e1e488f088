//! Receipts: what arrived and what was refused, told back to whoever handed it over.
//!
//! A receipt is whole: it tells of everything that came lately, so that any one that arrives makes up
//! for those that were lost. Which answer counts is decided by the exchange library.

use std::io::{Read, Write};

use outpost_exchange::Hash;
use outpost_exchange::file::{Draft, Kind, Lines, Link, Manifest, MetadataBase, Written};
use outpost_exchange::keys::KeyId;
use outpost_exchange::ledger::{Missing, SentLog};
use outpost_exchange::limits::{RECEIPT_FILES_MAX, RECEIPT_ROWS_MAX};
use outpost_exchange::receipt::{
    Advice, Arrived, FileLine, Head, ReceiptLine, Refused, RowRevision, SentRow, Settlement, Stage,
    bounded_reason, settle_arrival, settle_head, settle_refusal,
};
use outpost_store::{Direction, Exchange, FileName, HandedRow, OwedLine, OwedState, PartnerStage};
use outpost_sync::ports::Rejection;

use super::hand_over::must_catch_up;
use super::keys::kept_list;
use super::spool::Spool;
use super::take_in::Taking;
use super::{Keys, app, keep_stream, load_ledger, load_log};
use crate::error::{OutpostError, Result};
use crate::model::{HandedOver, ReceiptReport};
use crate::refusals;
use crate::session::Session;
use crate::session::site::contacts;

impl Session {
    /// Writes a receipt for a partner whose files came here: what is held here, what the server has,
    /// what was refused and why.
    ///
    /// # Errors
    /// `NotFound` for a key that is not known; `InvalidInput` if nothing came from it, its key is
    /// revoked or no recovery key is known; `Busy` while a synchronisation runs; storage errors.
    pub fn write_receipt(&self, to: &str, out: &mut dyn Write) -> Result<HandedOver> {
        let _only_one = self.take_sync_lock()?;
        let keys = self.who_is_who()?;
        let partner = self.partner(&keys, to)?;
        let mut finished = Spool::create(&self.inner.database, "handing-over")?;
        let written = self.write_receipt_file(&keys, partner, &mut finished)?;
        self.give_out(&mut finished, out, partner)?;
        Ok(keys.handed_over(partner, &written, true))
    }

    fn write_receipt_file(
        &self,
        keys: &Keys,
        partner: KeyId,
        finished: &mut Spool,
    ) -> Result<Written> {
        let spool = Spool::create(&self.inner.database, "spool")?;
        let content = spool.file.try_clone();
        let content = content.map_err(|error| crate::platform::storage(&error, "a spool"))?;
        let (metadata, now) = (self.metadata_base()?, self.now_text());
        self.exchange(|exchange| {
            exchange.forget_settled(&partner.to_string())?;
            let recipients = keys.ring.recipients(partner).map_err(refusals::of_key)?;
            let mut draft = Draft::begin(content, &recipients).map_err(refusals::of_exchange)?;
            write_lines(exchange, partner, metadata.clone(), &mut |line| {
                draft.add(&line).map_err(refusals::of_exchange)
            })?;
            let mut log = load_log(exchange, partner, Kind::Receipt)?;
            // It needs none of those before it.
            let mut address = log.catch_up(&now, metadata.clone());
            address.app = app();
            let list = kept_list(exchange)?;
            let sealed = draft.seal().map_err(refusals::of_exchange)?;
            let written = sealed
                .write(&keys.identity, address, list.as_ref(), &mut finished.file)
                .map_err(refusals::of_exchange)?;
            log.sent(Link { sequence: written.manifest.sequence, hash: written.hash });
            keep_stream(exchange, Direction::Out, partner, Kind::Receipt, &log)?;
            contacts::wrote(exchange, partner, Kind::Receipt, self.now_ms())?;
            Ok(written)
        })
    }
}

/// Takes the lines of a receipt.
type Sink<'a> = &'a mut dyn FnMut(ReceiptLine) -> Result<()>;

/// Writes the lines of a receipt, head first.
fn write_lines(
    exchange: &Exchange<'_>,
    partner: KeyId,
    metadata: Option<MetadataBase>,
    write: Sink<'_>,
) -> Result<()> {
    let ledger = load_ledger(exchange, partner, Kind::Data)?;
    let text = partner.to_string();
    let waiting = exchange.waiting_files()?.into_iter().filter(|file| file.partner == text);
    let missing = waiting.map(|file| Missing { first: file.missing.0, last: file.missing.1 });
    let missing: Vec<Missing> = missing.take(RECEIPT_FILES_MAX).collect();
    let files = exchange.owed_files(&text, RECEIPT_FILES_MAX)?;
    if files.is_empty() && ledger.last().is_none() && ledger.seen().is_empty() {
        let reason = "no file came from them";
        return Err(OutpostError::invalid("to", "nothing", reason));
    }
    let mut head = Head::new(partner, &ledger, missing);
    head.metadata = metadata;
    write(ReceiptLine::Head(head))?;
    for link in files.iter().filter_map(link_of) {
        write(ReceiptLine::File(FileLine { link, refused: None }))?;
    }
    let mut arrivals = Arrivals { of: None, rows: Default::default(), write };
    exchange.owed(&text, |line| arrivals.add(&line))?;
    arrivals.flush()
}

/// Rows of one device in one file that came as far as each other, a line of the receipt for many.
struct Arrivals<'a> {
    of: Option<(Link, KeyId)>,
    /// Those that are held, and those that the server has.
    rows: [Vec<RowRevision>; 2],
    write: Sink<'a>,
}

impl Arrivals<'_> {
    fn add(&mut self, line: &OwedLine) -> Result<()> {
        let Some(of) = link_of(&line.file).zip(KeyId::parse(&line.device)) else { return Ok(()) };
        if self.of != Some(of) {
            self.flush()?;
            self.of = Some(of);
        }
        let row = RowRevision(line.row, line.revision);
        let refused = |waits, code: &Option<String>, field: &Option<String>, reason: &str| {
            let (code, field, reason) = (code.clone(), field.clone(), bounded_reason(reason));
            ReceiptLine::Refused(Refused {
                file: of.0,
                device: of.1,
                row,
                waits,
                code,
                field,
                reason,
            })
        };
        match &line.state {
            OwedState::Taken => self.arrived(0, row),
            OwedState::OnServer => self.arrived(1, row),
            OwedState::Waits { reason } => (self.write)(refused(true, &None, &None, reason)),
            OwedState::Refused { code, field, reason } => {
                (self.write)(refused(false, code, field, reason))
            }
        }
    }

    fn arrived(&mut self, stage: usize, row: RowRevision) -> Result<()> {
        self.rows[stage].push(row);
        if self.rows[stage].len() < RECEIPT_ROWS_MAX { Ok(()) } else { self.flush() }
    }

    fn flush(&mut self) -> Result<()> {
        let Some((file, device)) = self.of else { return Ok(()) };
        for (rows, stage) in self.rows.iter_mut().zip([Stage::Taken, Stage::OnServer]) {
            if !rows.is_empty() {
                let rows = std::mem::take(rows);
                (self.write)(ReceiptLine::Arrived(Arrived { file, device, stage, rows }))?;
            }
        }
        Ok(())
    }
}

fn link_of(file: &FileName) -> Option<Link> {
    Some(Link { sequence: file.number, hash: Hash::parse(&file.hash)? })
}

impl Taking<'_> {
    /// Carries out a receipt.
    pub(super) fn take_receipt<R: Read>(
        &mut self,
        exchange: &mut Exchange<'_>,
        mut lines: Lines<R, ReceiptLine>,
        manifest: &Manifest,
    ) -> Result<()> {
        let partner = self.keys.line(manifest.from);
        let log = load_log(exchange, partner, Kind::Data)?;
        let report = ReceiptReport::default();
        let mut settling = Settling { keys: self.keys, partner, log, report };
        for line in lines.by_ref() {
            match line.map_err(refusals::of_exchange)? {
                ReceiptLine::Head(head) => settling.heed(exchange, &head)?,
                ReceiptLine::File(file) => settling.file(&file),
                ReceiptLine::Arrived(arrived) => settling.arrived(exchange, &arrived)?,
                ReceiptLine::Refused(refused) => settling.refused(exchange, refused)?,
            }
        }
        if !lines.is_complete() {
            let reason = "the file did not come to its end";
            return Err(OutpostError::invalid("file", "incomplete", reason));
        }
        keep_stream(exchange, Direction::Out, partner, Kind::Data, &settling.log)?;
        self.report.receipt = Some(settling.report);
        Ok(())
    }
}

/// A receipt under way.
struct Settling<'a> {
    keys: &'a Keys,
    partner: KeyId,
    log: SentLog,
    report: ReceiptReport,
}

impl Settling<'_> {
    fn heed(&mut self, exchange: &mut Exchange<'_>, head: &Head) -> Result<()> {
        if self.keys.line(head.of) != self.keys.my_line() {
            return Ok(());
        }
        let name = self.keys.site(self.partner).name;
        for advice in settle_head(&mut self.log, head) {
            let words = match advice {
                Advice::Confirmed(link) => {
                    format!("{name} has everything up to file {}", link.sequence)
                }
                Advice::SendAgain(missing) => {
                    must_catch_up(exchange, self.partner)?;
                    let Missing { first, last } = missing;
                    format!(
                        "files {first} to {last} did not come to {name}: the next file holds \
                         their records again"
                    )
                }
                Advice::ReceiverLost { from } => {
                    exchange.lost_from(&self.partner.to_string(), from)?;
                    must_catch_up(exchange, self.partner)?;
                    format!(
                        "{name} was restored from a backup and lost what came from file {from} on: \
                         the next file holds it again"
                    )
                }
                Advice::Resumed(link) => {
                    exchange.lost_from(&self.partner.to_string(), 0)?;
                    must_catch_up(exchange, self.partner)?;
                    format!(
                        "this device was restored from a backup: it goes on after file {}, and the \
                         next file holds everything again",
                        link.sequence
                    )
                }
                Advice::OutOfDate => "a later receipt said more about the files".to_owned(),
            };
            self.report.advice.push(words);
        }
        Ok(())
    }

    fn file(&mut self, file: &FileLine) {
        if let Some(reason) = &file.refused {
            let words = format!("file {} was refused: {reason}", file.link.sequence);
            self.report.advice.push(words);
        }
    }

    fn handed(
        &self,
        exchange: &Exchange<'_>,
        device: KeyId,
        row: RowRevision,
    ) -> Result<Option<HandedRow>> {
        let line = self.keys.line(device);
        let other = (line != self.keys.my_line()).then(|| line.to_string());
        let RowRevision(number, revision) = row;
        let partner = self.partner.to_string();
        Ok(exchange.handed_row(other.as_deref(), number, revision, &partner)?)
    }

    fn arrived(&mut self, exchange: &mut Exchange<'_>, arrived: &Arrived) -> Result<()> {
        let partner = self.partner.to_string();
        for row in &arrived.rows {
            let Some(handed) = self.handed(exchange, arrived.device, *row)? else { continue };
            let (file, revision) = (arrived.file, row.1);
            let sent = sent_row(&handed);
            match settle_arrival(&mut self.log, &sent, file, arrived.stage, revision) {
                Settlement::Settle(Stage::Taken) => {
                    exchange.brought(handed.id, &partner, PartnerStage::Taken)?;
                    self.report.held += 1;
                }
                Settlement::Settle(Stage::OnServer) => {
                    exchange.brought(handed.id, &partner, PartnerStage::OnServer)?;
                    self.report.settled += 1;
                }
                Settlement::EditedSince(Stage::OnServer) => {
                    let device = self.keys.line(arrived.device).to_string();
                    exchange.earlier_version_brought(&device, row.0, row.1)?;
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn refused(&mut self, exchange: &mut Exchange<'_>, refused: Refused) -> Result<()> {
        let partner = self.partner.to_string();
        let Some(handed) = self.handed(exchange, refused.device, refused.row)? else {
            return Ok(());
        };
        match settle_refusal(&self.log, &sent_row(&handed), &refused) {
            Settlement::Park => {
                let Refused { code, field, reason, .. } = refused;
                let rejection = Rejection { code, field, reason, report: String::new() };
                self.report.parked += u64::from(exchange.park(handed.id, &partner, rejection)?);
            }
            Settlement::Wait => {
                exchange.waits_there(handed.id, &partner, &refused.reason)?;
                self.report.waiting += 1;
            }
            _ => {}
        }
        Ok(())
    }
}

fn sent_row(handed: &HandedRow) -> SentRow {
    let stage = handed.is_taken.then_some(Stage::Taken);
    SentRow { revision: handed.revision, file: handed.file, stage }
}
