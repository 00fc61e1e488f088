//! Carries out a synchronisation: performs the effects of the state machine and feeds it the events.
//!
//! Has no policy: whether to try again, what to send, when to stop is the machine's business. A store
//! command is never broken off; a request is, once a person asked to stop and a short grace is over.

use std::sync::Arc;
use std::sync::mpsc;
use std::thread::{self, Scope, ScopedJoinHandle};
use std::time::Duration;

use outpost_http::Transport;
use outpost_store::StoreError;
use outpost_sync::machine::Machine;
use outpost_sync::ports::{
    Body, Effect, Event, Lost, Now, Progress, Report, Request, StoreCommand, StoreReply,
};
use tokio::runtime::Handle;

use crate::CancelToken;
use crate::limits::CANCEL_GRACE_MS;
use crate::platform::Clock;

/// Everything that a run touches.
pub(crate) struct Run<'a> {
    /// Carries out store commands, each one transaction.
    pub store: &'a (dyn Fn(StoreCommand) -> Result<StoreReply, StoreError> + Sync),
    pub transport: Arc<Transport>,
    pub runtime: Handle,
    pub clock: &'a dyn Clock,
    pub cancel: &'a CancelToken,
    pub on_progress: &'a dyn Fn(Progress),
}

/// How a run ended.
pub(crate) struct Ended {
    /// The machine's report.
    pub report: Report,
    /// The store's error, if it was the store that ended it.
    pub store_error: Option<StoreError>,
}

/// The store command that runs beside the machine.
type Behind<'scope> = Option<ScopedJoinHandle<'scope, Result<StoreReply, StoreError>>>;

impl Run<'_> {
    /// Runs the machine to its end on this thread; the network lives on the runtime's threads.
    pub fn to_end(&self, machine: Machine) -> Ended {
        thread::scope(|scope| self.steps(machine, scope))
    }

    fn steps<'scope, 'run: 'scope>(
        &'run self,
        mut machine: Machine,
        scope: &'scope Scope<'scope, 'run>,
    ) -> Ended {
        let mut store_error = None;
        let mut behind: Behind<'scope> = None;
        let mut event = Event::Started;
        loop {
            if self.cancel.is_cancelled() {
                machine.cancel();
            }
            let step = machine.step(event, Now { unix_ms: self.clock.unix_ms() });
            step.progress.into_iter().for_each(self.on_progress);
            let stored = match step.effect {
                Effect::Fetch(request) => {
                    event = self.fetch(request);
                    continue;
                }
                Effect::Wait { wait_ms } => {
                    event = self.wait(wait_ms);
                    continue;
                }
                Effect::Store(command) => {
                    await_stored(&mut behind).and_then(|_| (self.store)(command).map(Event::Stored))
                }
                Effect::StoreBehind(command) => await_stored(&mut behind).inspect(|_| {
                    let store = self.store;
                    behind = Some(scope.spawn(move || store(command)));
                }),
                Effect::AwaitStored => await_stored(&mut behind),
                Effect::Finish(report) => {
                    store_error = store_error.or(await_stored(&mut behind).err());
                    return Ended { report: *report, store_error };
                }
            };
            event = stored.unwrap_or_else(|error| {
                let reason = error.to_string();
                store_error = Some(error);
                Event::StoreFailed { reason }
            });
        }
    }

    fn fetch(&self, request: Request) -> Event {
        let content = match &request.body {
            Some(Body::File(body)) => {
                match (self.store)(StoreCommand::LoadFile { file: body.file }) {
                    Ok(StoreReply::File(Some(content))) => Some(content),
                    _ => return Event::Lost(Lost::NoContent),
                }
            }
            _ => None,
        };
        let transport = Arc::clone(&self.transport);
        self.perform(CANCEL_GRACE_MS, async move {
            match transport.send_with(&request, content.as_deref()).await {
                Ok(answer) => Event::Answered(answer),
                Err(lost) => Event::Lost(lost),
            }
        })
    }

    fn wait(&self, wait_ms: u64) -> Event {
        self.perform(0, async move {
            tokio::time::sleep(Duration::from_millis(wait_ms)).await;
            Event::Waited
        })
    }

    /// Runs `work` on the runtime; a cancel breaks it off after `grace_ms`.
    fn perform(&self, grace_ms: u64, work: impl Future<Output = Event> + Send + 'static) -> Event {
        let cancel = self.cancel.clone();
        let (sender, receiver) = mpsc::sync_channel(1);
        self.runtime.spawn(async move {
            let broken_off = async {
                cancel.cancelled().await;
                tokio::time::sleep(Duration::from_millis(grace_ms)).await;
            };
            let event = tokio::select! {
                event = work => event,
                () = broken_off => Event::Cancelled,
            };
            // Nobody listens only if the waiting thread is gone, and then nothing is left to do.
            sender.send(event).ok();
        });
        // The task can only vanish with the runtime; that is a stop like any other.
        receiver.recv().unwrap_or(Event::Cancelled)
    }
}

/// Waits for what runs beside the machine: its reply, or that there was nothing.
fn await_stored(behind: &mut Behind<'_>) -> Result<Event, StoreError> {
    let Some(thread) = behind.take() else { return Ok(Event::Begun) };
    let ended = thread.join().unwrap_or_else(|_| {
        Err(StoreError::Defect { detail: "the thread that stores a page died".to_owned() })
    });
    ended.map(Event::Stored)
}
