//! The threads of the facade. Nothing exported does its work on the caller's thread.

use std::sync::OnceLock;

use tokio::runtime::{Builder, Runtime};

use crate::fault::OutpostFault;
use crate::limits::{BLOCKING_THREADS_MAX, WORKER_THREADS};

/// One runtime for the process: the library is never unloaded.
static RUNTIME: OnceLock<Option<Runtime>> = OnceLock::new();

fn runtime() -> Result<&'static Runtime, OutpostFault> {
    let start = || {
        Builder::new_multi_thread()
            .worker_threads(WORKER_THREADS)
            .max_blocking_threads(BLOCKING_THREADS_MAX)
            .thread_name("outpost")
            .on_thread_start(attach)
            .build()
            .ok()
    };
    let runtime = RUNTIME.get_or_init(start).as_ref();
    runtime.ok_or_else(|| OutpostFault::internal("the system gave no threads"))
}

/// A thread that calls into the JVM is attached once, not for every callback.
#[cfg(target_os = "android")]
fn attach() {
    crate::android::attach_thread();
}

#[cfg(not(target_os = "android"))]
const fn attach() {}

/// Does blocking work on a thread of its own and awaits it.
///
/// Safe to drop: the work goes on to its end. A panic becomes `Internal`; its text stays out,
/// because it may hold what a person entered.
pub(crate) async fn run<T, F>(work: F) -> Result<T, OutpostFault>
where
    T: Send + 'static,
    F: FnOnce() -> Result<T, OutpostFault> + Send + 'static,
{
    let task = runtime()?.spawn_blocking(work);
    task.await.unwrap_or_else(|_| Err(panicked()))
}

/// Begins blocking work that nobody awaits.
pub(crate) fn spawn<F>(work: F) -> Result<(), OutpostFault>
where
    F: FnOnce() + Send + 'static,
{
    drop(runtime()?.spawn_blocking(work));
    Ok(())
}

/// What is told of a panic.
pub(crate) fn panicked() -> OutpostFault {
    OutpostFault::internal("a call ended unexpectedly; nothing half-done was kept")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wait<T>(future: impl Future<Output = T>) -> T {
        Builder::new_current_thread().build().expect("a runtime").block_on(future)
    }

    #[test]
    fn a_panic_becomes_an_internal_fault_without_its_text() {
        let fault = wait(run::<(), _>(|| panic!("secret value"))).expect_err("a fault");
        assert!(matches!(fault, OutpostFault::Internal { .. }));
        assert!(!format!("{fault:?} {fault}").contains("secret"));
    }

    #[test]
    fn work_is_done_on_a_thread_of_its_own() {
        let caller = std::thread::current().id();
        let worker = wait(run(|| Ok(std::thread::current().id()))).expect("an id");
        assert_ne!(caller, worker);
    }

    #[test]
    fn a_dropped_call_still_does_its_work() {
        let (sender, receiver) = std::sync::mpsc::channel();
        let call = run(move || sender.send(1).map_err(OutpostFault::internal));
        let mut call = Box::pin(call);
        let waker = std::task::Waker::noop();
        let _pending = call.as_mut().poll(&mut std::task::Context::from_waker(waker));
        drop(call);
        assert_eq!(receiver.recv(), Ok(1));
    }
}
