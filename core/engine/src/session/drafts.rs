//! Forms begun and not finished: kept as the screen's own text, across process death.

use std::collections::BTreeMap;

use outpost_domain::uid::Uid;
use outpost_store::DraftKey;

use super::Session;
use crate::error::Result;
use crate::limits::{DRAFTS_COUNTED_MAX, PAGE_ROWS_MAX};
use crate::model::DraftView;

impl Session {
    /// Keeps what a screen holds of an unfinished form. `key` names the record within the form.
    ///
    /// # Errors
    /// `InvalidInput` if it is too large; storage errors.
    pub fn save_draft(&self, form: Uid, key: &str, body: &str) -> Result<()> {
        Ok(self.store().save_draft(&draft_key(form, key), body, self.now_ms())?)
    }

    /// What was kept of an unfinished form.
    ///
    /// # Errors
    /// Storage errors.
    pub fn load_draft(&self, form: Uid, key: &str) -> Result<Option<DraftView>> {
        let draft = self.store().load_draft(&draft_key(form, key))?;
        Ok(draft.map(|draft| DraftView {
            form,
            key: draft.key.key,
            body: draft.body,
            saved_ms: draft.saved_ms,
        }))
    }

    /// Forgets what was kept: it was saved as a record, or a person gave it up.
    ///
    /// # Errors
    /// Storage errors.
    pub fn delete_draft(&self, form: Uid, key: &str) -> Result<()> {
        Ok(self.store().delete_draft(&draft_key(form, key))?)
    }

    /// Unfinished forms of a data set or program, at most a page.
    ///
    /// # Errors
    /// Storage errors.
    pub fn drafts(&self, form: Uid) -> Result<Vec<DraftView>> {
        let before = DraftKey { form: form.to_string(), key: String::new() };
        let drafts = self.store().drafts_page(Some(&before), PAGE_ROWS_MAX)?;
        let own = drafts.into_iter().take_while(|draft| draft.key.form == form.as_str());
        let view = |draft: outpost_store::Draft| DraftView {
            form,
            key: draft.key.key,
            body: draft.body,
            saved_ms: draft.saved_ms,
        };
        Ok(own.map(view).collect())
    }

    /// Number of drafts by form.
    pub(super) fn draft_counts(&self) -> Result<BTreeMap<String, u64>> {
        let mut counts = BTreeMap::new();
        let mut after: Option<DraftKey> = None;
        let mut seen = 0;
        loop {
            let page = self.store().drafts_page(after.as_ref(), PAGE_ROWS_MAX)?;
            seen += page.len();
            let is_last = page.len() < PAGE_ROWS_MAX as usize || seen >= DRAFTS_COUNTED_MAX;
            after = page.last().map(|draft| draft.key.clone());
            for draft in page {
                *counts.entry(draft.key.form).or_insert(0) += 1;
            }
            if is_last {
                return Ok(counts);
            }
        }
    }
}

fn draft_key(form: Uid, key: &str) -> DraftKey {
    DraftKey { form: form.to_string(), key: key.to_owned() }
}
