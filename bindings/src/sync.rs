//! A synchronisation under way: its progress, its stop, its report.

use std::sync::Arc;

use outpost_engine::{Session, model};

use crate::fault::{CallbackFault, OutpostFault};
use crate::record::sync::{SyncOutcome, SyncParts, SyncStep};
use crate::task::Task;

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
    task: Task<SyncOutcome>,
}

#[uniffi::export]
impl SyncHandle {
    /// Asks it to stop after the part that travels. What was done by then stays done.
    pub fn cancel(&self) {
        self.task.cancel();
    }

    /// Whether it has ended.
    pub fn is_finished(&self) -> bool {
        self.task.is_finished()
    }

    /// Waits for its end; every call gives the same report.
    ///
    /// # Errors
    /// `Busy` if another one is under way; `Unauthenticated` if nothing is kept to sign in with;
    /// storage errors. What ended it early otherwise is in the report.
    pub async fn report(&self) -> Result<SyncOutcome, OutpostFault> {
        self.task.report().await
    }
}

impl SyncHandle {
    pub(crate) fn start(
        session: Session,
        parts: SyncParts,
        observer: Arc<dyn SyncObserver>,
    ) -> Result<Arc<Self>, OutpostFault> {
        let task =
            Task::start(move |cancel| session.sync(parts.into(), &Forward(observer), cancel))?;
        Ok(Arc::new(Self { task }))
    }
}

struct Forward(Arc<dyn SyncObserver>);

impl model::SyncObserver for Forward {
    fn on_progress(&self, progress: model::SyncProgress) {
        // A screen that fails to draw must not end the work.
        self.0.on_progress(progress.into()).ok();
    }
}
