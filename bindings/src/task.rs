//! Long work under way: its stop and its report. Letting go of it stops it.

use outpost_engine::{CancelToken, OutpostError};
use tokio::sync::watch;

use crate::fault::OutpostFault;
use crate::runtime;

/// Long work on a thread of its own, with a report `T` at its end.
pub(crate) struct Task<T> {
    cancel: CancelToken,
    ended: watch::Receiver<Option<Result<T, OutpostFault>>>,
}

impl<T: Clone + Send + Sync + 'static> Task<T> {
    /// Begins it.
    pub fn start<R, F>(work: F) -> Result<Self, OutpostFault>
    where
        T: From<R>,
        F: FnOnce(&CancelToken) -> Result<R, OutpostError> + Send + 'static,
    {
        let (sender, ended) = watch::channel(None);
        let cancel = CancelToken::new();
        let token = cancel.clone();
        // If the work panics, the sender is dropped without a report: see `report`.
        runtime::spawn(move || {
            let report = work(&token);
            sender.send_replace(Some(report.map(T::from).map_err(OutpostFault::from)));
        })?;
        Ok(Self { cancel, ended })
    }

    /// Asks it to stop.
    pub fn cancel(&self) {
        self.cancel.cancel();
    }

    /// Whether it has ended.
    pub fn is_finished(&self) -> bool {
        self.ended.borrow().is_some()
    }

    /// Waits for its end; every call gives the same report.
    pub async fn report(&self) -> Result<T, OutpostFault> {
        let mut ended = self.ended.clone();
        let report = ended.wait_for(Option::is_some).await.map(|report| report.clone());
        report.ok().flatten().unwrap_or_else(|| Err(runtime::panicked()))
    }
}

impl<T> Drop for Task<T> {
    fn drop(&mut self) {
        // Nobody could hear of its end any more.
        self.cancel.cancel();
    }
}
