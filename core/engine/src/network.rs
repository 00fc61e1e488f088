//! The threads that wait for the network, so that callers may block without owning a runtime.

use std::sync::Arc;

use outpost_http::{BaseAddress, Credentials, Transport, TransportOptions};
use tokio::runtime::{Builder, Handle, Runtime};

use crate::error::{OutpostError, Result};
use crate::limits::NETWORK_THREADS;
use crate::model::Secret;

/// The runtime of one [`crate::Outpost`].
pub(crate) struct Network {
    runtime: Option<Runtime>,
}

impl Network {
    pub fn start() -> Result<Self> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(NETWORK_THREADS)
            .thread_name("outpost-network")
            .enable_all()
            .build()
            .map_err(|error| OutpostError::internal(format!("no threads ({})", error.kind())))?;
        Ok(Self { runtime: Some(runtime) })
    }

    pub fn runtime(&self) -> Handle {
        self.runtime.as_ref().expect("it is taken only by drop").handle().clone()
    }

    /// A connection of one account; nothing is sent yet.
    pub fn transport(base: BaseAddress, username: &str, secret: &Secret) -> Result<Arc<Transport>> {
        let credentials = match secret {
            Secret::Password(password) => Credentials::password(username, password),
            Secret::Token(token) => Credentials::token(token),
        };
        let options = TransportOptions {
            base,
            credentials,
            extra_ca_pem: None,
            app_version: env!("CARGO_PKG_VERSION").to_owned(),
        };
        let transport = Transport::new(options)
            .map_err(|error| OutpostError::invalid("password", "unusable", error))?;
        Ok(Arc::new(transport))
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        // A runtime that is dropped on a thread of another one would panic.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
