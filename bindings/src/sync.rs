//! A synchronisation under way: its progress, its stop, its report.

use std::sync::Arc;

use outpost_engine::model;
use outpost_engine::{CancelToken, Session};
use tokio::sync::watch;

use crate::fault::{CallbackFault, OutpostFault};
use crate::record::sync::{SyncOutcome, SyncParts, SyncStep};
use crate::runtime;

/// Hears how a synchronisation goes. Called on a thread of this library; must return soon.
#[uniffi::export(foreign)]
pub trait SyncObserver: Send + Sync {
    /// One line of progress.
    ///
    /// # Errors
    /// Whatever the host throws; the synchronisation goes on.
    fn on_progress(&self, step: SyncStep) -> Result<(), CallbackFault>;
}

/// A synchronisation under way. Letting go of it stops it, because nobody could hear of its end.
#[derive(uniffi::Object)]
pub struct SyncHandle {
    cancel: CancelToken,
    ended: watch::Receiver<Option<Result<SyncOutcome, OutpostFault>>>,
}

#[uniffi::export]
impl SyncHandle {
    /// Asks it to stop after the part that travels. What was done by then stays done.
    pub fn cancel(&self) {
        self.cancel.cancel();
    }

    /// Whether it has ended.
    pub fn is_finished(&self) -> bool {
        self.ended.borrow().is_some()
    }

    /// Waits for its end; every call gives the same report.
    ///
    /// # Errors
    /// `Busy` if another one is under way; `Unauthenticated` if nothing is kept to sign in with;
    /// storage errors. What ended it early otherwise is in the report.
    pub async fn report(&self) -> Result<SyncOutcome, OutpostFault> {
        let mut ended = self.ended.clone();
        let report = ended.wait_for(Option::is_some).await.map(|report| report.clone());
        report.ok().flatten().unwrap_or_else(|| Err(runtime::panicked()))
    }
}

impl SyncHandle {
    pub(crate) fn start(
        session: Session,
        parts: SyncParts,
        observer: Arc<dyn SyncObserver>,
    ) -> Result<Arc<Self>, OutpostFault> {
        let (sender, ended) = watch::channel(None);
        let cancel = CancelToken::new();
        let token = cancel.clone();
        // If the work panics, the sender is dropped without a report: see `report`.
        runtime::spawn(move || {
            let report = session.sync(parts.into(), &Forward(observer), &token);
            drop(session);
            sender.send_replace(Some(report.map(SyncOutcome::from).map_err(OutpostFault::from)));
        })?;
        Ok(Arc::new(Self { cancel, ended }))
    }
}

impl Drop for SyncHandle {
    fn drop(&mut self) {
        self.cancel.cancel();
    }
}

struct Forward(Arc<dyn SyncObserver>);

impl model::SyncObserver for Forward {
    fn on_progress(&self, progress: model::SyncProgress) {
        // A screen that fails to draw must not end the work.
        self.0.on_progress(progress.into()).ok();
    }
}
