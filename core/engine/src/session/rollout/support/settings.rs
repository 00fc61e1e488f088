//! What the project sets for support: fetched with the targets of the team, kept for days without
//! network.

use outpost_domain::uid::OrganisationUnitUid;
use outpost_rollout::support::{SupportSettings, answer_language, answers};
use outpost_sync::ports::{Method, facts};
use sha2::{Digest as _, Sha256};

use super::super::super::Session;
use super::super::super::context::World;
use super::super::super::online::request;
use super::DIGEST_VERSION;
use crate::error::{OutpostError, Result};
use crate::model::{SupportAnswer, SupportContact};

/// Where the settings lie on the server.
const PATH: &str = "/api/dataStore/outpost/support";

impl Session {
    /// What the project sets; the guide's recommendations where it sets nothing. Settings that
    /// cannot be read are the administrator's mistake and count as none here.
    ///
    /// # Errors
    /// Storage errors.
    pub fn support_settings(&self) -> Result<SupportSettings> {
        let text = self.store().load_fact(facts::SUPPORT_SETTINGS)?;
        let found = text.filter(|it| it != "null");
        Ok(found.and_then(|text| SupportSettings::parse(&text).ok()).unwrap_or_default())
    }

    /// Why the settings that are here cannot be used; `None` if they can.
    ///
    /// # Errors
    /// Storage errors.
    pub fn support_settings_problem(&self) -> Result<Option<String>> {
        let text = self.store().load_fact(facts::SUPPORT_SETTINGS)?;
        let found = text.filter(|it| it != "null");
        let problem = found.and_then(|text| SupportSettings::parse(&text).err());
        Ok(problem.map(|problem| problem.to_string()))
    }

    /// Changes what the project sets: on the server for everybody, or on this device alone where
    /// there is no network.
    ///
    /// # Errors
    /// `InvalidInput` if the document is not right, then nothing is changed; `Offline`,
    /// `Forbidden`; storage errors.
    pub fn set_support_settings(&self, json: &str, here_alone: bool) -> Result<SupportSettings> {
        let settings = SupportSettings::parse(json)
            .map_err(|error| OutpostError::invalid("settings", "settings", error))?;
        if !here_alone {
            let body = json.as_bytes().to_vec();
            self.ask(request(Method::Put, PATH.to_owned(), Some(body)))?
                .done("the support settings")?;
        }
        self.store().save_fact(facts::SUPPORT_SETTINGS, json)?;
        Ok(settings)
    }

    /// Sums are made anew when the settings or the server's zone are others.
    pub(super) fn support_version(&self, world: &World) -> Result<String> {
        let text = self.store().load_fact(facts::SUPPORT_SETTINGS)?.unwrap_or_default();
        let hash = Sha256::digest(text.as_bytes());
        let hash: String = hash.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        Ok(format!("{DIGEST_VERSION} {hash} {}", world.offset_minutes))
    }

    /// The one point of support of a place: whom to call first. Works without network.
    ///
    /// # Errors
    /// Storage errors.
    pub fn support_contact(&self, place: OrganisationUnitUid) -> Result<Option<SupportContact>> {
        self.contact_of_tier(&self.support_settings()?, 1, place)
    }

    pub(super) fn contact_of_tier(
        &self,
        settings: &SupportSettings,
        tier: u8,
        place: OrganisationUnitUid,
    ) -> Result<Option<SupportContact>> {
        let path = self.store().path_of(place)?.unwrap_or_default();
        Ok(settings.contact_of(tier, &path).cloned())
    }

    /// Answers to the most common problems in a language, or in English; see
    /// [`Session::support_answers_language`].
    #[must_use]
    pub fn support_answers(&self, language: &str) -> Vec<SupportAnswer> {
        answers(language)
    }

    /// In which language the answers are that are shown where one is asked for: `en` if it has none.
    #[must_use]
    pub fn support_answers_language(&self, language: &str) -> &'static str {
        answer_language(language)
    }
}
