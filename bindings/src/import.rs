//! An import under way: its progress, its stop, its report.

use std::path::PathBuf;
use std::sync::Arc;

use outpost_engine::{Session, model};

use crate::fault::{CallbackFault, OutpostFault};
use crate::record::outbox::ImportSummary;
use crate::record::signed;
use crate::task::Task;

/// Hears how an import, or a file that goes out or comes in, goes. Called on a thread of this
/// library; must return soon.
#[uniffi::export(foreign)]
pub trait ImportObserver: Send + Sync {
    /// So many records were looked at so far; the accepted ones among them are on the disk.
    ///
    /// # Errors
    /// Whatever the host throws; the import goes on.
    fn on_progress(&self, records: i64) -> Result<(), CallbackFault>;
}

/// An import under way. Letting go of it stops it, because nobody could hear of its end.
#[derive(uniffi::Object)]
pub struct ImportHandle {
    task: Task<ImportSummary>,
}

#[uniffi::export]
impl ImportHandle {
    /// Asks it to stop. What was saved by then stays saved; the same file can be imported again.
    pub fn cancel(&self) {
        self.task.cancel();
    }

    /// Waits for its end; every call gives the same report.
    ///
    /// # Errors
    /// `InvalidInput` if the file cannot be read or is neither values nor events (batches before
    /// the bad place are saved); `Cancelled`; storage errors.
    pub async fn report(&self) -> Result<ImportSummary, OutpostFault> {
        self.task.report().await
    }
}

impl ImportHandle {
    pub(crate) fn start(
        session: Session,
        path: PathBuf,
        observer: Arc<dyn ImportObserver>,
    ) -> Result<Arc<Self>, OutpostFault> {
        let task =
            Task::start(move |cancel| session.import_file(&path, &Forward(observer), cancel))?;
        Ok(Arc::new(Self { task }))
    }
}

pub(crate) struct Forward(pub Arc<dyn ImportObserver>);

impl model::ImportObserver for Forward {
    fn on_progress(&self, records: u64) {
        // A screen that fails to draw must not end the work.
        self.0.on_progress(signed(records)).ok();
    }
}
