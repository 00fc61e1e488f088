//! Records in files where there is no network: cards, files that go out and come in, receipts.
//!
//! Files are named by their paths. What has its final name is whole: it is written beside it first.

use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use outpost_engine::{OutpostError, Session, Unfinished, model};

use crate::core::page;
use crate::fault::OutpostFault;
use crate::import::{Forward, ImportObserver};
use crate::record::exchange::{
    AsideRecord, CarriedFor, ExchangeCard, ExchangeFile, ExchangeKey, ExchangeKeyPage,
    ExchangePartnerPage, HandedOver, HandedTo, SiteRole, TakenIn,
};
use crate::record::first_page;
use crate::session::SessionHandle;
use crate::task::Task;

/// Cards and keys: who this device is, and whom it believes.
#[uniffi::export]
impl SessionHandle {
    /// The card of this device; `None` before it has made one.
    ///
    /// # Errors
    /// Storage errors.
    pub async fn exchange_card(&self) -> Result<Option<ExchangeCard>, OutpostFault> {
        self.run(|it| Ok(it.exchange_card()?.map(Into::into))).await
    }

    /// Gives this device its card: the name of the place or device (not of a person) and what it is
    /// for. The keys are made the first time and stay.
    ///
    /// # Errors
    /// `InvalidInput` for the name, or for a recovery key; storage errors.
    pub async fn make_exchange_card(
        &self,
        name: String,
        role: SiteRole,
    ) -> Result<ExchangeCard, OutpostFault> {
        self.run(move |it| Ok(it.make_exchange_card(&name, role.into())?.into())).await
    }

    /// Reads the text of a card's QR code. Nobody is believed by it.
    ///
    /// # Errors
    /// `InvalidInput` if it is no card.
    pub async fn read_exchange_card(&self, text: String) -> Result<ExchangeCard, OutpostFault> {
        self.run(move |it| Ok(it.read_exchange_card(&text)?.into())).await
    }

    /// Believes a card from now on. `heard` are the thirty digits that its owner read aloud.
    ///
    /// # Errors
    /// `InvalidInput` if it is no card, or the digits are incomplete or others; storage errors.
    pub async fn enrol_exchange_card(
        &self,
        text: String,
        heard: String,
    ) -> Result<ExchangeKey, OutpostFault> {
        self.run(move |it| Ok(it.enrol_exchange_card(&text, &heard)?.into())).await
    }

    /// A page of the keys that this device knows, its own among them, by name.
    ///
    /// # Errors
    /// Storage errors.
    pub async fn exchange_keys(&self, next: Option<i32>) -> Result<ExchangeKeyPage, OutpostFault> {
        self.run(move |it| {
            let (items, next) = page(it.exchange_keys()?, next);
            Ok(ExchangeKeyPage { items, next })
        })
        .await
    }
}

/// Files between this device and its partners.
#[uniffi::export]
impl SessionHandle {
    /// Begins to write what waits here into a file for a partner, in a folder. Returns at once.
    ///
    /// # Errors
    /// `Internal` if the system gives no threads.
    pub fn start_hand_over(
        &self,
        to: String,
        again: bool,
        folder: String,
        observer: Arc<dyn ImportObserver>,
    ) -> Result<Arc<HandOverHandle>, OutpostFault> {
        HandOverHandle::start(self.session()?, to, again, folder.into(), observer)
    }

    /// Verifies a file to its last byte and says what it is to this device. Its content stays
    /// closed.
    ///
    /// # Errors
    /// `InvalidInput` if it cannot be read, is damaged or signed by nobody known; storage errors.
    pub async fn inspect(&self, path: String) -> Result<ExchangeFile, OutpostFault> {
        self.run(move |it| Ok(it.inspect(&mut open(&path)?)?.into())).await
    }

    /// Begins to verify a file and take it in. Returns at once. With `dry_run` nothing is kept, and
    /// the report says what would have been done.
    ///
    /// # Errors
    /// `Internal` if the system gives no threads.
    pub fn start_take_in(
        &self,
        path: String,
        dry_run: bool,
        observer: Arc<dyn ImportObserver>,
    ) -> Result<Arc<TakeInHandle>, OutpostFault> {
        TakeInHandle::start(self.session()?, path, dry_run, observer)
    }

    /// Writes into a folder what became of the files and records of a partner, for that partner.
    ///
    /// # Errors
    /// `NotFound` without a card here, or if the partner is not known; `InvalidInput` if the folder
    /// cannot be written; `Busy` while a synchronisation runs; storage errors.
    pub async fn write_receipt(
        &self,
        to: String,
        folder: String,
    ) -> Result<HandedOver, OutpostFault> {
        self.run(move |it| {
            let written = write_whole(Path::new(&folder), |out| it.write_receipt(&to, out))?;
            Ok(written.into())
        })
        .await
    }

    /// A page of those whose files came here, and what they are owed.
    ///
    /// # Errors
    /// Storage errors.
    pub async fn exchange_partners(
        &self,
        next: Option<i32>,
    ) -> Result<ExchangePartnerPage, OutpostFault> {
        self.run(move |it| {
            let (items, next) = page(it.exchange_partners()?, next);
            Ok(ExchangePartnerPage { items, next })
        })
        .await
    }

    /// A page of the records of others that are kept aside, by number: those after the one given.
    ///
    /// # Errors
    /// Storage errors.
    pub async fn aside(&self, after: Option<i64>) -> Result<Vec<AsideRecord>, OutpostFault> {
        self.run(move |it| Ok(first_page(it.aside(after)?))).await
    }

    /// Gives up a record that is kept aside; the next receipt tells who captured it why.
    ///
    /// # Errors
    /// `NotFound`; `InvalidInput` without a reason; storage errors.
    pub async fn discard_aside(&self, id: i64, reason: String) -> Result<(), OutpostFault> {
        self.run(move |it| Ok(it.discard_aside(id, &reason)?)).await
    }

    /// To whom a row of the outbox was handed in a file; the first page.
    ///
    /// # Errors
    /// Storage errors.
    pub async fn handed_to(&self, id: i64) -> Result<Vec<HandedTo>, OutpostFault> {
        self.run(move |it| Ok(first_page(it.handed_to(id)?))).await
    }

    /// Who captured a row of the outbox that waits here for somebody else; empty for own work. The
    /// first page.
    ///
    /// # Errors
    /// Storage errors.
    pub async fn carried_for(&self, id: i64) -> Result<Vec<CarriedFor>, OutpostFault> {
        self.run(move |it| Ok(first_page(it.carried_for(id)?))).await
    }
}

/// A file that is being written for a partner. Letting go of it stops it, because nobody could hear
/// of its end.
#[derive(uniffi::Object)]
pub struct HandOverHandle {
    task: Task<HandedOver>,
}

#[uniffi::export]
impl HandOverHandle {
    /// Asks it to stop; then there is no file.
    pub fn cancel(&self) {
        self.task.cancel();
    }

    /// Waits for its end; every call gives the same report.
    ///
    /// # Errors
    /// `NotFound` without a card here, or if the partner is not known; `InvalidInput` if nothing is
    /// to be handed over, the partner's key is revoked, no recovery key is known or the folder cannot
    /// be written; `Busy` while a synchronisation runs; `Cancelled`; storage errors.
    pub async fn report(&self) -> Result<HandedOver, OutpostFault> {
        self.task.report().await
    }
}

impl HandOverHandle {
    fn start(
        session: Session,
        to: String,
        again: bool,
        folder: PathBuf,
        observer: Arc<dyn ImportObserver>,
    ) -> Result<Arc<Self>, OutpostFault> {
        let task = Task::start(move |cancel| {
            write_whole(&folder, |out| {
                session.hand_over(&to, again, out, &Forward(observer), cancel)
            })
        })?;
        Ok(Arc::new(Self { task }))
    }
}

/// A file that is being taken in. Letting go of it stops it, because nobody could hear of its end.
#[derive(uniffi::Object)]
pub struct TakeInHandle {
    task: Task<TakenIn>,
}

#[uniffi::export]
impl TakeInHandle {
    /// Asks it to stop; then nothing of the file is kept.
    pub fn cancel(&self) {
        self.task.cancel();
    }

    /// Waits for its end; every call gives the same report.
    ///
    /// # Errors
    /// `InvalidInput` if the file cannot be read, is damaged or signed by nobody known; `Busy` while
    /// a synchronisation runs; `Cancelled`; storage errors. Nothing was written.
    pub async fn report(&self) -> Result<TakenIn, OutpostFault> {
        self.task.report().await
    }
}

impl TakeInHandle {
    fn start(
        session: Session,
        path: String,
        dry_run: bool,
        observer: Arc<dyn ImportObserver>,
    ) -> Result<Arc<Self>, OutpostFault> {
        let task = Task::start(move |cancel| {
            session.take_in(&mut open(&path)?, dry_run, &Forward(observer), cancel)
        })?;
        Ok(Arc::new(Self { task }))
    }
}

/// A file that somebody chose.
pub(crate) fn open(path: &str) -> Result<BufReader<File>, OutpostError> {
    let unreadable = |error: std::io::Error| {
        OutpostError::invalid(path, "unreadable", format!("the file cannot be read: {error}"))
    };
    Ok(BufReader::new(File::open(path).map_err(unreadable)?))
}

/// Writes under a name of its own first: what has the final name is whole.
fn write_whole(
    folder: &Path,
    write: impl FnOnce(&mut File) -> Result<model::HandedOver, OutpostError>,
) -> Result<(model::HandedOver, String), OutpostError> {
    let failed = |error: std::io::Error| OutpostError::invalid("folder", "unwritable", error);
    let mut unfinished = Unfinished::create(folder).map_err(failed)?;
    let written = write(unfinished.file())?;
    let path = folder.join(&written.file_name);
    unfinished.name(&path).map_err(failed)?;
    Ok((written, path.display().to_string()))
}
