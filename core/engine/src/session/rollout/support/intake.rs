//! E-mails to support: each is a request, more about one, or a machine's answer. None is taken in
//! twice.

use outpost_domain::uid::{OrganisationUnitUid, TrackedEntityAttributeUid};
use outpost_rollout::package::ids_support::MESSAGE_ID;
use outpost_rollout::support::{Channel, Letter, Problem, StepKind, Taken, limits, read_letter};

use super::super::super::Session;
use crate::error::{OutpostError, Result};
use crate::model::{LetterTaken, NewSupportRequest, SupportLinks, TakenDown};

/// Name of the fact with what was added by e-mail, so that it is not added twice.
const ADDED: &str = "supportLetters";
/// Letters that are remembered: those of a busy year.
const ADDED_MAX: usize = 5_000;

impl Session {
    /// Takes one e-mail in. What it says never stops a clock and never closes anything: who sent an
    /// e-mail cannot be known.
    ///
    /// # Errors
    /// As [`Session::file_support`].
    pub fn take_letter(&self, letter: &Letter, place: OrganisationUnitUid) -> Result<LetterTaken> {
        self.need_support()?;
        if let Some(known) = self.letter_known(letter)? {
            return Ok(known);
        }
        match read_letter(letter) {
            Taken::Request { title, text, reporter } => {
                self.file_letter(letter, place, (title, text, reporter))
            }
            Taken::More { request, text, by } => {
                let world = self.world()?;
                let settings = self.support_settings()?;
                match self.known_request(request, &world, &settings) {
                    Ok(known) => {
                        let steps = vec![(by, StepKind::UserReply { text })];
                        self.make_steps(&known, steps, &world, &settings)?;
                        self.remember_letter(letter)?;
                        Ok(LetterTaken::Added { request })
                    }
                    // The number of a request that is not here: nobody may lose what it says.
                    Err(OutpostError::NotFound { .. }) => {
                        let title = letter.subject.chars().take(limits::TITLE_CHARS_MAX).collect();
                        self.file_letter(letter, place, (title, text, by))
                    }
                    Err(error) => Err(error),
                }
            }
            Taken::Automatic { request, why } => {
                let world = self.world()?;
                let settings = self.support_settings()?;
                let known = request.map(|id| self.known_request(id, &world, &settings));
                let noted = match known {
                    Some(Ok(known)) => {
                        let by = letter.from.clone().unwrap_or_default();
                        let text = format!("automatic answer ({why})");
                        let steps = vec![(by, StepKind::AutoReply { text })];
                        self.make_steps(&known, steps, &world, &settings)?;
                        self.remember_letter(letter)?;
                        request
                    }
                    Some(Err(OutpostError::NotFound { .. })) | None => None,
                    Some(Err(error)) => return Err(error),
                };
                Ok(LetterTaken::Automatic { why, request: noted })
            }
        }
    }

    fn file_letter(
        &self,
        letter: &Letter,
        place: OrganisationUnitUid,
        (title, text, reporter): (String, String, String),
    ) -> Result<LetterTaken> {
        let now_ms = self.world()?.server_ms;
        // A mailbox cannot have it later than now.
        let received_ms = letter.received_ms.map_or(now_ms, |at| at.min(now_ms));
        let made_ms = letter.date_ms.map_or(received_ms, |at| at.min(received_ms));
        let filed = self.file_support(NewSupportRequest {
            place,
            title,
            text,
            problem: Problem::Other,
            urgent: false,
            links: SupportLinks::default(),
            with_diagnostics: false,
            anyway: true,
            taken: Some(TakenDown {
                channel: Channel::Email,
                reporter,
                phone: None,
                made_ms,
                received_ms,
                message_id: letter.message_id.clone(),
            }),
        })?;
        let request = filed
            .request
            .ok_or_else(|| OutpostError::internal("a letter that was not filed"))?
            .summary;
        Ok(LetterTaken::Filed { request: request.id, title: request.title })
    }

    /// What a letter was taken in as, if it was.
    fn letter_known(&self, letter: &Letter) -> Result<Option<LetterTaken>> {
        let Some(id) = letter.message_id.as_deref().map(key) else { return Ok(None) };
        let attribute = TrackedEntityAttributeUid::parse(MESSAGE_ID)
            .map_err(|_| OutpostError::internal("an id of the package"))?;
        if let Some(request) = self.store().find_people(attribute, &id, 1)?.first() {
            return Ok(Some(LetterTaken::Known { request: *request }));
        }
        let added = self.letters_added()?;
        let found = added.iter().find(|(it, _)| *it == id);
        Ok(found.and_then(|(_, request)| {
            let request = outpost_domain::uid::TrackedEntityUid::parse(request).ok()?;
            Some(LetterTaken::Known { request })
        }))
    }

    fn letters_added(&self) -> Result<Vec<(String, String)>> {
        let text = self.store().load_fact(ADDED)?;
        Ok(text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default())
    }

    fn remember_letter(&self, letter: &Letter) -> Result<()> {
        let Some(id) = letter.message_id.as_deref().map(key) else { return Ok(()) };
        let request = match read_letter(letter) {
            Taken::More { request, .. } | Taken::Automatic { request: Some(request), .. } => {
                request
            }
            _ => return Ok(()),
        };
        let mut added = self.letters_added()?;
        added.push((id, request.to_string()));
        let surplus = added.len().saturating_sub(ADDED_MAX);
        added.drain(..surplus);
        let text = serde_json::to_string(&added).map_err(OutpostError::internal)?;
        Ok(self.store().save_fact(ADDED, &text)?)
    }
}

/// As it is kept with a request.
fn key(message_id: &str) -> String {
    message_id.trim().chars().take(250).collect()
}
