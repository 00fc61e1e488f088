//! Packages of forms, releases of the programs, and how a site is.

use crate::exchange::open;
use crate::fault::OutpostFault;
use crate::record::site::SiteCheck;
use crate::record::update::{
    FormsPackage, PackageApplied, ReleaseOffer, ReleaseStatus, ReleaseTaken, RunningVersion,
};
use crate::session::SessionHandle;

/// Forms and updates that came in files.
#[uniffi::export]
impl SessionHandle {
    /// Verifies a package of forms to its last byte, with its content, and says what it is to this
    /// device.
    ///
    /// # Errors
    /// `InvalidInput` if it cannot be read, is damaged or signed by no centre known here; storage
    /// errors.
    pub async fn inspect_package(&self, path: String) -> Result<FormsPackage, OutpostFault> {
        self.run(move |it| Ok(it.inspect_package(&mut open(&path)?)?.into())).await
    }

    /// Applies a package of forms if it is its turn: all of it is in use at once. What unsent work
    /// needs is kept. With `dry_run` nothing is kept, and the report says what would have been done.
    ///
    /// # Errors
    /// As [`SessionHandle::inspect_package`]; `Busy` while a synchronisation runs. Nothing was
    /// written.
    pub async fn apply_package(
        &self,
        path: String,
        dry_run: bool,
    ) -> Result<PackageApplied, OutpostFault> {
        self.run(move |it| Ok(it.apply_package(&mut open(&path)?, dry_run)?.into())).await
    }

    /// Takes in a release file: verifies it to its last byte and stages the packages that travel
    /// with it. Before a root is trusted, `heard` must be the digits of its root; without them
    /// nothing is taken in, and the report tells them.
    ///
    /// # Errors
    /// `InvalidInput` if it cannot be read, is damaged, not signed by those who may, or the digits
    /// differ; `Busy` while a synchronisation runs; storage errors.
    pub async fn take_in_release(
        &self,
        path: String,
        heard: Option<String>,
        running: RunningVersion,
    ) -> Result<ReleaseTaken, OutpostFault> {
        self.run(move |it| {
            let running = running.try_into()?;
            Ok(it.take_in_release(&mut open(&path)?, heard.as_deref(), &running)?.into())
        })
        .await
    }

    /// What is known of releases here.
    ///
    /// # Errors
    /// Storage errors.
    pub async fn release_status(
        &self,
        running: RunningVersion,
    ) -> Result<ReleaseStatus, OutpostFault> {
        self.run(move |it| Ok(it.release_status(&running.try_into()?)?.into())).await
    }

    /// What this device may install: a package whose bytes were verified just now, or which version
    /// is to come.
    ///
    /// # Errors
    /// `NotFound` if this device has no card, by which its turn is told; `Busy` while a
    /// synchronisation runs; storage errors.
    pub async fn release_offer(
        &self,
        running: RunningVersion,
    ) -> Result<ReleaseOffer, OutpostFault> {
        self.run(move |it| Ok(it.release_offer(&running.try_into()?)?.into())).await
    }

    /// How this site is, one thing after the other, and everybody with whom files are exchanged.
    /// `thorough` also recomputes what may take seconds.
    ///
    /// # Errors
    /// `InvalidInput` for a version below zero; storage errors.
    pub async fn site_check(
        &self,
        thorough: bool,
        running: RunningVersion,
    ) -> Result<SiteCheck, OutpostFault> {
        self.run(move |it| Ok(it.site_check(thorough, &running.try_into()?)?.into())).await
    }
}
