//! What is shown of files, partners and records that were carried; and files in parts for e-mail.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufReader, Read, Seek, Write};
use std::path::{Path, PathBuf};

use outpost_exchange::file::{Kind, Manifest};
use outpost_exchange::keys::KeyId;
use outpost_exchange::ledger::Plan;
use outpost_exchange::split::{Cut, Joiner, part_bytes_for_mail};
use outpost_exchange::{ExchangeError, Hash};
use outpost_store::{AsideRow, OwedState};
use outpost_sync::ports::OutboxId;

use super::{Keys, Provenance, load_ledger, site};
use crate::error::{OutpostError, Result};
use crate::limits::PAGE_ROWS_MAX;
use crate::model::{
    AsideView, CarriedView, ExchangeFileView, ExchangePartner, FilePlan, HandedToView, SiteName,
};
use crate::refusals;
use crate::session::Session;
use crate::unfinished::Unfinished;

impl Session {
    /// Verifies a file to its last byte and says what it is to this device. Its content stays closed.
    ///
    /// # Errors
    /// `InvalidInput` if the file is damaged or signed by nobody known; storage errors.
    pub fn inspect(&self, input: &mut (impl Read + Seek)) -> Result<ExchangeFileView> {
        let opened = self.open_file(input)?;
        let (manifest, hash) = (opened.verified.manifest(), opened.verified.hash());
        self.file_view(&opened.keys, manifest, hash, &opened.plan)
    }

    pub(super) fn file_view(
        &self,
        keys: &Keys,
        manifest: &Manifest,
        hash: Hash,
        plan: &Plan,
    ) -> Result<ExchangeFileView> {
        let here = self.metadata_base()?;
        let same_forms = here.zip(manifest.metadata.as_ref()).map(|(here, there)| here == *there);
        let (from, to) = (keys.site(manifest.from), keys.site(manifest.to));
        let advice = advice(plan, &from.name, keys);
        Ok(ExchangeFileView {
            kind: manifest.kind.name().to_owned(),
            number: manifest.sequence,
            since: manifest.since.map(|link| link.sequence),
            hash: hash.to_string(),
            created_at: manifest.created_at.clone(),
            records: manifest.records,
            counts: manifest.counts.clone(),
            same_forms,
            has_key_list: manifest.has_key_list(),
            plan: plan_name(plan),
            advice,
            from,
            to,
        })
    }

    /// Everybody whose files came here, and what they are owed.
    ///
    /// # Errors
    /// Storage errors.
    pub fn exchange_partners(&self) -> Result<Vec<ExchangePartner>> {
        let ring = self.ring()?;
        self.exchange(|exchange| {
            let waiting = exchange.waiting_files()?;
            let mut views = Vec::new();
            for partner in exchange.partners()? {
                let Some(key) = KeyId::parse(&partner) else { continue };
                let ledger = load_ledger(exchange, key, Kind::Data)?;
                let missing = waiting.iter().filter(|file| file.partner == partner);
                let mut view = ExchangePartner {
                    site: site(&ring, key),
                    last: ledger.last().map(|link| link.sequence),
                    missing: missing.map(|file| file.missing).collect(),
                    held: 0,
                    on_server: 0,
                    refused: 0,
                    waiting: 0,
                };
                exchange.owed(&partner, |line| -> Result<()> {
                    match line.state {
                        OwedState::Taken => view.held += 1,
                        OwedState::OnServer => view.on_server += 1,
                        OwedState::Refused { .. } => view.refused += 1,
                        OwedState::Waits { .. } => view.waiting += 1,
                    }
                    Ok(())
                })?;
                views.push(view);
            }
            Ok(views)
        })
    }

    /// Records of others that are kept aside, a page by number.
    ///
    /// # Errors
    /// Storage errors.
    pub fn aside(&self, after: Option<i64>) -> Result<Vec<AsideView>> {
        let ring = self.ring()?;
        let rows = self.store().aside_page(after.unwrap_or(0), PAGE_ROWS_MAX)?;
        let view = |row: AsideRow| {
            let incoming = row.incoming;
            AsideView {
                id: row.id,
                kind: incoming.payload.class_name().to_owned(),
                uid: incoming.payload.record_uid().map(|uid| uid.to_string()).unwrap_or_default(),
                captured_by: incoming.captured_by,
                device: named(&ring, &incoming.device),
                reason: row.reason,
            }
        };
        Ok(rows.into_iter().map(view).collect())
    }

    /// Gives up a record that is kept aside; the next receipt tells who captured it why.
    ///
    /// # Errors
    /// `NotFound`; `InvalidInput` without a reason; storage errors.
    pub fn discard_aside(&self, id: i64, reason: &str) -> Result<()> {
        Ok(self.store().discard_aside(id, reason, self.by(), self.now_ms())?)
    }

    /// To whom a row of the outbox was handed in a file.
    ///
    /// # Errors
    /// Storage errors.
    pub fn handed_to(&self, id: i64) -> Result<Vec<HandedToView>> {
        let handed = self.store().handed_to(OutboxId(id))?;
        if handed.is_empty() {
            return Ok(Vec::new());
        }
        let ring = self.ring()?;
        let view = |one: outpost_store::HandedTo| HandedToView {
            site: named(&ring, &one.partner),
            file: one.file,
            is_held: one.is_taken && one.is_current,
            reason: one.reason,
        };
        Ok(handed.into_iter().map(view).collect())
    }

    /// Who captured a row of the outbox that waits here for somebody else; empty for own work.
    ///
    /// # Errors
    /// Storage errors.
    pub fn carried_for(&self, id: i64) -> Result<Vec<CarriedView>> {
        let carried = self.store().carried_for(OutboxId(id))?;
        if carried.is_empty() {
            return Ok(Vec::new());
        }
        let ring = self.ring()?;
        let view = |one: outpost_store::CarriedRow| {
            let kept: Option<Provenance> = serde_json::from_str(&one.provenance).ok();
            let carriers = kept.map(|kept| kept.carried).unwrap_or_default();
            CarriedView {
                captured_by: one.captured_by,
                captured_ms: one.captured_ms,
                device: named(&ring, &one.device),
                carriers: carriers.iter().map(|carrier| site(&ring, carrier.key)).collect(),
            }
        };
        Ok(carried.into_iter().map(view).collect())
    }
}

fn named(ring: &outpost_exchange::keys::KeyRing, key: &str) -> SiteName {
    match KeyId::parse(key) {
        Some(key) => site(ring, key),
        None => SiteName { key: key.to_owned(), name: String::new() },
    }
}

fn plan_name(plan: &Plan) -> FilePlan {
    match plan {
        Plan::Apply { .. } | Plan::Late => FilePlan::TakeIn,
        Plan::Duplicate => FilePlan::Known,
        Plan::Covered { .. } => FilePlan::Covered,
        Plan::Gap(_) => FilePlan::Waits,
        Plan::OlderBackup { .. } => FilePlan::OlderBackup,
        Plan::Fork { .. } => FilePlan::Fork,
        Plan::WrongRecipient { .. } => FilePlan::NotForUs,
        Plan::Revoked(_) => FilePlan::Revoked,
        Plan::Superseded { .. } => FilePlan::Superseded,
        Plan::UnknownSender { .. } => FilePlan::UnknownSender,
    }
}

fn advice(plan: &Plan, from: &str, keys: &Keys) -> String {
    match plan {
        Plan::Apply { skipped: None } => "It can be taken in.".to_owned(),
        Plan::Apply { skipped: Some(missing) } => format!(
            "It can be taken in. Files {} to {} never came; this one holds their records.",
            missing.first, missing.last
        ),
        Plan::Duplicate => "It was taken in before: nothing is to be done.".to_owned(),
        Plan::Covered { by } => {
            format!("File {by} came before and held its records too: nothing is to be done.")
        }
        Plan::Late => {
            "A later receipt came before; what this one says of records counts.".to_owned()
        }
        Plan::Gap(missing) => format!(
            "Files {} to {} have not come. It is kept until they do; the receipt for {from} names \
             them.",
            missing.first, missing.last
        ),
        Plan::OlderBackup { .. } => format!(
            "{from} was restored from an older backup and numbers its files anew. It is not taken \
             in: give {from} a receipt, then it sends its records again."
        ),
        Plan::Fork { .. } => format!(
            "{from} tells another history than before: two machines may use one key. It is not \
             taken in: find out, then give {from} a receipt."
        ),
        Plan::WrongRecipient { to } => {
            let name = keys.site(*to).name;
            format!(
                "It is for {}: carry it on.",
                if name.is_empty() { "somebody else" } else { &name }
            )
        }
        Plan::Revoked(revocation) => format!(
            "The key of {from} was revoked ({}). It is not taken in; ask the centre whether it \
             still counts.",
            revocation.reason.name()
        ),
        Plan::Superseded { .. } => {
            format!("{from} has a newer key: the old one does not go on. Ask {from} what happened.")
        }
        Plan::UnknownSender { key } => {
            format!("Key {key} is not known here: enrol its card, or take in the newest key list.")
        }
    }
}

/// Cuts a file into parts that fit e-mails of so many bytes, into a folder; where they are.
///
/// # Errors
/// `InvalidInput` if the file cannot be read, the parts would be too small or too many, or cannot be
/// written.
pub fn split_for_mail(file: &Path, mail_bytes: u64, folder: &Path) -> Result<Vec<PathBuf>> {
    let mut input = open(file)?;
    let cut = Cut::plan(&mut input, part_bytes_for_mail(mail_bytes));
    let cut = cut.map_err(refusals::of_exchange)?;
    let stem = file.file_name().map(|name| name.to_string_lossy().into_owned());
    let stem = stem.unwrap_or_else(|| "file".to_owned());
    let mut parts = Vec::new();
    for number in 1..=cut.count() {
        // The name is known once the part is written.
        let mut out = Unfinished::create(folder).map_err(unwritable)?;
        let header = cut.write_part(&mut input, number, out.file());
        let named = folder.join(header.map_err(refusals::of_exchange)?.file_name(&stem));
        out.replace(&named).map_err(unwritable)?;
        parts.push(named);
    }
    Ok(parts)
}

/// Puts parts together, whatever their order and however often they are given; the file's hash.
/// Nothing is left in `out` if that is not possible.
///
/// # Errors
/// `InvalidInput`: a part is damaged or of another file, or some are missing; they are named.
pub fn join_parts(parts: &[PathBuf], out: &Path) -> Result<String> {
    let mut unfinished = Unfinished::beside(out).map_err(unwritable)?;
    let hash = join_into(parts, unfinished.file())?;
    unfinished.replace(out).map_err(unwritable)?;
    Ok(hash.to_string())
}

fn join_into(parts: &[PathBuf], out: &mut (impl Read + Write + Seek)) -> Result<Hash> {
    let mut joiner = Joiner::default();
    let mut damaged: BTreeMap<&Path, ExchangeError> = BTreeMap::new();
    for part in parts {
        let added = joiner.add(&mut BufReader::new(open(part)?), out);
        if let Err(error) = added {
            damaged.insert(part, error);
        }
    }
    out.flush().map_err(unwritable)?;
    match (joiner.finish(out), damaged.into_iter().next()) {
        (Ok(hash), _) => Ok(hash),
        (Err(_), Some((part, error))) => {
            let name = part.display().to_string();
            Err(OutpostError::invalid(name, refusals::code_of(&error), error))
        }
        (Err(error), None) => Err(refusals::of_exchange(error)),
    }
}

pub(super) fn open(path: &Path) -> Result<File> {
    let name = path.display().to_string();
    File::open(path).map_err(|error| OutpostError::invalid(name, "unreadable", error))
}

pub(super) fn unwritable(error: std::io::Error) -> OutpostError {
    OutpostError::invalid("file", "unwritable", format!("it cannot be written: {error}"))
}
