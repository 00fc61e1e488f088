//! A meeting of phone and tablet under way: its progress, its stop, its report.

use std::sync::Arc;

use outpost_engine::{Session, model};

use crate::fault::{CallbackFault, OutpostFault};
use crate::record::nearby::{NearbyFile, NearbyPlan, NearbyReceived, NearbyStep, NearbyVisit};
use crate::session::SessionHandle;
use crate::task::Task;

/// Hears how a meeting goes. Called on threads of this library; must return soon.
#[uniffi::export(foreign)]
pub trait NearbyObserver: Send + Sync {
    /// The session is open: show this text as a QR code.
    ///
    /// # Errors
    /// Whatever the host throws; the meeting goes on.
    fn on_invitation(&self, text: String) -> Result<(), CallbackFault>;

    /// Bytes went.
    ///
    /// # Errors
    /// Whatever the host throws; the meeting goes on.
    fn on_progress(&self, step: NearbyStep) -> Result<(), CallbackFault>;

    /// A file came and was taken in or refused. `who` is the phone; empty for the tablet of a visit.
    ///
    /// # Errors
    /// Whatever the host throws; the meeting goes on.
    fn on_file(&self, who: String, file: NearbyFile) -> Result<(), CallbackFault>;
}

/// Files between phone and tablet in one room.
#[uniffi::export]
impl SessionHandle {
    /// Opens a session for phones in the room and takes in what they bring (tablet). Returns at
    /// once; the observer hears the invitation.
    ///
    /// # Errors
    /// `InvalidInput` for a plan that cannot be; `Internal` if the system gives no threads.
    pub fn nearby_receive(
        &self,
        plan: NearbyPlan,
        observer: Arc<dyn NearbyObserver>,
    ) -> Result<Arc<NearbyReceiveHandle>, OutpostFault> {
        NearbyReceiveHandle::start(self.session()?, plan.try_into()?, observer)
    }

    /// Brings what waits here to the tablet that shows this invitation, and takes in what it gives
    /// (phone). Returns at once. `to` names the tablet by key or card; it may be left out where only
    /// one is known.
    ///
    /// # Errors
    /// `Internal` if the system gives no threads.
    pub fn nearby_send(
        &self,
        invitation: String,
        to: Option<String>,
        observer: Arc<dyn NearbyObserver>,
    ) -> Result<Arc<NearbySendHandle>, OutpostFault> {
        NearbySendHandle::start(self.session()?, invitation, to, observer)
    }
}

/// A tablet's session. Letting go of it ends it.
#[derive(uniffi::Object)]
pub struct NearbyReceiveHandle {
    task: Task<NearbyReceived>,
}

#[uniffi::export]
impl NearbyReceiveHandle {
    /// Ends the session; what came by then is in the report.
    pub fn cancel(&self) {
        self.task.cancel();
    }

    /// Waits for its end; every call gives the same report.
    ///
    /// # Errors
    /// `NotFound` if this device has no card; `InvalidInput` if it is in no network, or for a plan
    /// that cannot be; `Offline` if the system does not let it listen; storage errors.
    pub async fn report(&self) -> Result<NearbyReceived, OutpostFault> {
        self.task.report().await
    }
}

impl NearbyReceiveHandle {
    fn start(
        session: Session,
        plan: model::NearbyPlan,
        observer: Arc<dyn NearbyObserver>,
    ) -> Result<Arc<Self>, OutpostFault> {
        let observer = forward(observer);
        let task = Task::start(move |cancel| session.nearby_receive(&plan, &observer, cancel))?;
        Ok(Arc::new(Self { task }))
    }
}

/// A phone's visit. Letting go of it stops it, because nobody could hear of its end.
#[derive(uniffi::Object)]
pub struct NearbySendHandle {
    task: Task<NearbyVisit>,
}

#[uniffi::export]
impl NearbySendHandle {
    /// Asks it to stop. What was written for the tablet is kept and sent the next time.
    pub fn cancel(&self) {
        self.task.cancel();
    }

    /// Waits for its end; every call gives the same report.
    ///
    /// # Errors
    /// `InvalidInput` for a text that is no invitation, a tablet that shows another code or is not
    /// known; `Offline` if it cannot be reached or the connection broke; `Cancelled`; storage errors.
    pub async fn report(&self) -> Result<NearbyVisit, OutpostFault> {
        self.task.report().await
    }
}

impl NearbySendHandle {
    fn start(
        session: Session,
        invitation: String,
        to: Option<String>,
        observer: Arc<dyn NearbyObserver>,
    ) -> Result<Arc<Self>, OutpostFault> {
        let observer = forward(observer);
        let task = Task::start(move |cancel| {
            session.nearby_send(&invitation, to.as_deref(), &observer, cancel)
        })?;
        Ok(Arc::new(Self { task }))
    }
}

fn forward(observer: Arc<dyn NearbyObserver>) -> Arc<dyn model::NearbyObserver> {
    Arc::new(Forward(observer))
}

struct Forward(Arc<dyn NearbyObserver>);

// A screen that fails to draw must not end the work.
impl model::NearbyObserver for Forward {
    fn on_invitation(&self, text: &str) {
        self.0.on_invitation(text.to_owned()).ok();
    }

    fn on_progress(&self, progress: model::NearbyProgress) {
        self.0.on_progress(progress.into()).ok();
    }

    fn on_file(&self, who: &str, file: &model::NearbyFile) {
        self.0.on_file(who.to_owned(), file.clone().into()).ok();
    }
}
