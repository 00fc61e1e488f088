//! A site without network, or with little: what is set for it, what its inbox brought, what goes into
//! its outbox, how it is, and its replacement from a backup (requirements O1, O3, O7, O8).
//!
//! Decisions are pure functions beside the calls that carry them out. Nothing here deletes a file that
//! it did not write itself.

mod backup;
mod check;
pub(super) mod contacts;
#[cfg(unix)]
mod folder;
mod link;
mod outgoing;

use outpost_exchange::keys::KeyId;

use super::Session;
use super::exchange::{key_of, site};
use crate::error::{OutpostError, Result};
use crate::model::{
    LinkAttempt, LinkView, RestoredView, SiteChange, SiteRole, SiteSettings, SiteView, SyncReport,
};

pub use backup::{inspect_backup, restore_backup};
#[cfg(unix)]
pub use folder::FolderWatch;

/// Name of the document with what is set.
const SITE: &str = "site";
/// Name of the document that says that this machine goes on from a backup.
const RESTORED: &str = "restored";
/// Name of the fact with the attempts to reach the server.
const LINK: &str = "linkHistory";

impl Session {
    /// The site: its card, what is set, what is known of its network.
    ///
    /// # Errors
    /// Storage errors.
    pub fn site(&self) -> Result<SiteView> {
        let settings = self.site_settings()?;
        let ring = self.ring()?;
        let upstream = settings.upstream.as_deref().and_then(KeyId::parse);
        Ok(SiteView {
            card: self.exchange_card()?,
            upstream_site: upstream.map(|key| site(&ring, key)),
            link: self.link()?,
            restored: self.restored()?,
            settings,
        })
    }

    fn site_settings(&self) -> Result<SiteSettings> {
        let text = self.store().exchange_document(SITE)?;
        let settings = text.map(|text| serde_json::from_str(&text)).transpose();
        Ok(settings
            .map_err(|_| OutpostError::internal("what is set for the site cannot be read"))?
            .unwrap_or_default())
    }

    /// How this site reaches the server.
    pub(super) fn site_mode(&self) -> Result<&'static str> {
        Ok(self.site_settings()?.mode.name())
    }

    fn restored(&self) -> Result<Option<RestoredView>> {
        let text = self.store().exchange_document(RESTORED)?;
        Ok(text.and_then(|text| serde_json::from_str(&text).ok()))
    }

    /// Changes what is set for the site. Changing the mode loses nothing: what waits, waits on.
    ///
    /// # Errors
    /// `InvalidInput` for a folder that is none, the same twice, or an unknown site above; `NotFound`
    /// before this device has a card; storage errors.
    pub fn set_site(&self, role: Option<SiteRole>, change: SiteChange) -> Result<SiteView> {
        if let Some(role) = role {
            let card = self.exchange_card()?.ok_or_else(no_card)?;
            self.make_exchange_card(&card.name, role)?;
        }
        let mut settings = self.site_settings()?;
        if let Some(mode) = change.mode {
            settings.mode = mode;
        }
        for (name, wanted, kept) in [
            ("inbox", change.inbox, &mut settings.inbox),
            ("outbox", change.outbox, &mut settings.outbox),
        ] {
            let Some(wanted) = wanted else { continue };
            let whole = wanted.canonicalize();
            let whole = whole.map_err(|error| OutpostError::invalid(name, "unreadable", error))?;
            if !whole.is_dir() {
                return Err(OutpostError::invalid(name, "folder", "it is no folder"));
            }
            *kept = Some(whole);
        }
        if settings.inbox.is_some() && settings.inbox == settings.outbox {
            let reason = "inbox and outbox are two folders";
            return Err(OutpostError::invalid("outbox", "same", reason));
        }
        if let Some(upstream) = change.upstream {
            let keys = self.who_is_who()?;
            settings.upstream = Some(self.partner(&keys, &upstream)?.to_string());
        }
        let text = serde_json::to_string(&settings).map_err(OutpostError::internal)?;
        self.exchange(|exchange| {
            exchange.keep_document(SITE, Some(&text))?;
            exchange.note_file(serde_json::json!({ "site": settings.mode.name() }))
        })?;
        self.site()
    }

    /// What is known of the network of this site, by the synchronisations that were tried.
    ///
    /// # Errors
    /// Storage errors.
    pub fn link(&self) -> Result<LinkView> {
        Ok(link::judge(&self.link_history()?, self.now_ms()))
    }

    fn link_history(&self) -> Result<Vec<LinkAttempt>> {
        let text = self.store().load_fact(LINK)?;
        // It only advises: one that cannot be read is begun anew.
        Ok(text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default())
    }

    /// Remembers an attempt to reach the server.
    pub(super) fn note_link(&self, began: Began, report: &SyncReport) -> Result<()> {
        let reached = match &report.stopped {
            Some(OutpostError::Cancelled) if report.bytes == 0 => return Ok(()),
            Some(OutpostError::Offline { .. } | OutpostError::ServerUnavailable { .. }) => false,
            _ if report.requests == 0 => return Ok(()),
            _ => true,
        };
        let ms = self.inner.platform.clock.uptime_ms().saturating_sub(began.uptime_ms);
        let mut history = self.link_history()?;
        let attempt = LinkAttempt { at_ms: began.at_ms, reached, bytes: report.bytes, ms };
        link::remember(&mut history, attempt);
        let text = serde_json::to_string(&history).map_err(OutpostError::internal)?;
        Ok(self.store().save_fact(LINK, &text)?)
    }

    /// Now, by both clocks.
    pub(super) fn began(&self) -> Began {
        Began { at_ms: self.now_ms(), uptime_ms: self.inner.platform.clock.uptime_ms() }
    }

    /// The site above, if one is set.
    fn upstream(&self) -> Result<Option<KeyId>> {
        self.site_settings()?.upstream.as_deref().map(key_of).transpose()
    }
}

/// When something began.
#[derive(Debug, Clone, Copy)]
pub(super) struct Began {
    at_ms: i64,
    uptime_ms: u64,
}

fn no_card() -> OutpostError {
    OutpostError::not_found("card of this device: give it a name first (exchange card)", "own")
}
