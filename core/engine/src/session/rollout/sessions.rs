//! Hand-over, return, preparation and audit: kept as drafts after every step, saved as records at the end.

use outpost_domain::uid::OrganisationUnitUid;
use outpost_rollout::device::session::{
    AuditSession, GiveBack, HandOver, Preparation, PrepareReply, SessionProblem,
};
use outpost_rollout::device::{
    AuditLine, Change, DeviceState, StateProblem, looks_like_label, same_number,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::devices::refused;
use super::{changes::Doing, device_program};
use crate::error::{OutpostError, Result};
use crate::model::DeviceRow;
use crate::session::Session;

/// What a scan of a hand-over is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scanned {
    /// The label of the box.
    Box,
    /// The phone: its screen, its label, its bar code.
    Phone,
}

const PREPARATION: &str = "rollout/prepare";
const AUDIT: &str = "rollout/audit";

fn hand_over_key(name: &str) -> String {
    format!("rollout/hand-over/{name}")
}

fn give_back_key(name: &str) -> String {
    format!("rollout/return/{name}")
}

fn of_session(problem: SessionProblem) -> OutpostError {
    let code = match &problem {
        SessionProblem::Mixed(_) => "mixed_up",
        SessionProblem::State(StateProblem::ReasonMissing { .. } | StateProblem::PersonMissing) => {
            "missing"
        }
        SessionProblem::State(_) => "state",
        SessionProblem::AlreadyWith { .. } => "already_with",
        SessionProblem::Earlier { .. } => "earlier_step",
        SessionProblem::Say { .. } => "missing",
        _ => "session",
    };
    refused("session", code, problem)
}

impl Session {
    fn kept<T: DeserializeOwned + Default>(&self, key: &str) -> Result<T> {
        match self.load_draft(device_program().0, key)? {
            None => Ok(T::default()),
            Some(draft) => serde_json::from_str(&draft.body).map_err(|_| {
                refused("session", "unreadable", "what was begun cannot be read: begin it anew")
            }),
        }
    }

    fn keep<T: Serialize>(&self, key: &str, session: &T) -> Result<()> {
        let body = serde_json::to_string(session).map_err(OutpostError::internal)?;
        self.save_draft(device_program().0, key, &body)
    }

    /// Names of the hand-overs that were begun.
    ///
    /// # Errors
    /// Storage errors.
    pub fn hand_overs_begun(&self) -> Result<Vec<String>> {
        let drafts = self.drafts(device_program().0)?;
        let name = |key: &str| key.strip_prefix(&hand_over_key("")).map(str::to_owned);
        Ok(drafts.iter().filter_map(|draft| name(&draft.key)).collect())
    }

    /// A hand-over as it stands; a new one if none of that name was begun.
    ///
    /// # Errors
    /// Storage errors.
    pub fn hand_over_session(&self, name: &str) -> Result<HandOver> {
        self.device_registry(false)?;
        self.kept(&hand_over_key(name))
    }

    /// Keeps what was filled in. What was scanned comes by [`Session::hand_over_scan`] only.
    ///
    /// # Errors
    /// Storage errors.
    pub fn keep_hand_over(&self, name: &str, filled: HandOver) -> Result<HandOver> {
        let kept: HandOver = self.kept(&hand_over_key(name))?;
        let session =
            HandOver { of_box: kept.of_box, of_phone: kept.of_phone, mixed: kept.mixed, ..filled };
        self.keep(&hand_over_key(name), &session)?;
        Ok(session)
    }

    /// A scan of a hand-over. A mix-up is kept and is an error until the right one is scanned.
    ///
    /// # Errors
    /// `InvalidInput` with code `mixed_up`, `already_with` or `state`; `NotFound` for an unknown device.
    pub fn hand_over_scan(&self, name: &str, what: Scanned, text: &str) -> Result<HandOver> {
        let row = self.find_device(text)?;
        let mut session: HandOver = self.kept(&hand_over_key(name))?;
        let outcome = match what {
            Scanned::Box => session.scan_box(row.device),
            Scanned::Phone => session.scan_phone(row.device),
        };
        self.keep(&hand_over_key(name), &session)?;
        outcome.map_err(of_session)?;
        Ok(session)
    }

    /// Ends a hand-over: one transaction, then the draft is forgotten.
    ///
    /// # Errors
    /// `InvalidInput` for what is missing; nothing is saved.
    pub fn finish_hand_over(&self, name: &str, by: Option<&str>) -> Result<DeviceRow> {
        let doing = self.doing(by)?;
        let mut session: HandOver = self.kept(&hand_over_key(name))?;
        // The registry may have learnt something since the scan.
        if let (Some(of_box), Some(of_phone)) = (&session.of_box, &session.of_phone) {
            let (of_box, of_phone) = (self.device(of_box.id)?, self.device(of_phone.id)?);
            session.scan_box(of_box.device).map_err(of_session)?;
            session.scan_phone(of_phone.device).map_err(of_session)?;
        }
        let mut change = session.finish(&doing.by, &doing.at).map_err(of_session)?;
        let row = self.device(change.device.id)?;
        if change.device.place != row.device.place {
            change.device.facts.district = self.district_of(change.device.place)?;
        }
        let (to, sims) = (change.device.place, self.known_sims()?);
        let mut records = self.records_of_move(&row.device, to, &sims, &doing)?;
        records.extend(self.records_of(row.standing.enrollment, &change, &doing)?);
        self.save_all(&records)?;
        self.device_registry(false)?;
        self.delete_draft(device_program().0, &hand_over_key(name))?;
        self.device(row.device.id)
    }

    /// Stops a hand-over that goes no further, with a reason that goes into the journal.
    ///
    /// # Errors
    /// `InvalidInput` without a reason.
    pub fn stop_hand_over(&self, name: &str, reason: &str) -> Result<()> {
        if reason.trim().is_empty() {
            return Err(refused("reason", "missing", "say why the hand-over is stopped"));
        }
        let session: HandOver = self.kept(&hand_over_key(name))?;
        let number = session.of_box.map(|it| it.facts.number);
        let body = serde_json::json!({ "handOver": number, "stopped": reason });
        let kind = outpost_store::JournalKind::Edit;
        self.store().append_journal(kind, self.by(), &body, self.now_ms())?;
        self.delete_draft(device_program().0, &hand_over_key(name))
    }

    /// A return as it stands.
    ///
    /// # Errors
    /// Storage errors.
    pub fn give_back_session(&self, name: &str) -> Result<GiveBack> {
        self.device_registry(false)?;
        self.kept(&give_back_key(name))
    }

    /// Keeps what was filled in of a return; the phone comes by [`Session::give_back_scan`] only.
    ///
    /// # Errors
    /// Storage errors.
    pub fn keep_give_back(&self, name: &str, filled: GiveBack) -> Result<GiveBack> {
        let kept: GiveBack = self.kept(&give_back_key(name))?;
        let session = GiveBack { device: kept.device, ..filled };
        self.keep(&give_back_key(name), &session)?;
        Ok(session)
    }

    /// The phone of a return was scanned.
    ///
    /// # Errors
    /// `InvalidInput` if it is with nobody; `NotFound`.
    pub fn give_back_scan(&self, name: &str, text: &str) -> Result<GiveBack> {
        let row = self.find_device(text)?;
        let mut session: GiveBack = self.kept(&give_back_key(name))?;
        session.scan_phone(row.device).map_err(of_session)?;
        self.keep(&give_back_key(name), &session)?;
        Ok(session)
    }

    /// Ends a return.
    ///
    /// # Errors
    /// `InvalidInput` for what is missing; nothing is saved.
    pub fn finish_give_back(&self, name: &str, by: Option<&str>) -> Result<DeviceRow> {
        let doing = self.doing(by)?;
        let mut session: GiveBack = self.kept(&give_back_key(name))?;
        if let Some(device) = &session.device {
            let row = self.device(device.id)?;
            session.scan_phone(row.device).map_err(of_session)?;
        }
        let change = session.finish(&doing.by, &doing.at).map_err(of_session)?;
        let row = self.device(change.device.id)?;
        let row = self.save_change(&row, &change, &doing)?;
        self.delete_draft(device_program().0, &give_back_key(name))?;
        Ok(row)
    }

    /// The sitting of preparation as it stands.
    ///
    /// # Errors
    /// Storage errors.
    pub fn preparation(&self) -> Result<Preparation> {
        self.device_registry(false)?;
        self.kept(PREPARATION)
    }

    /// A line of the scanner in a sitting: a box if none waits, else its phone. Kept before it answers.
    ///
    /// # Errors
    /// `NotFound` for a box that the registry does not know; `InvalidInput` for what cannot be
    /// prepared.
    pub fn prepare_scan(&self, text: &str, app_version: &str) -> Result<PrepareReply> {
        self.device_registry(false)?;
        let mut sitting: Preparation = self.kept(PREPARATION)?;
        app_version.clone_into(&mut sitting.app_version);
        let reply = match &sitting.waiting {
            None => {
                let row = self.find_device(text)?;
                if !looks_like_label(text) && !same_number(&row.device.facts.number, text) {
                    let reason = "that is a phone: scan the label of its box first";
                    return Err(refused("scan", "earlier_step", reason));
                }
                sitting.scan_box(row.device)
            }
            // A label is always of a device that is known; a bar code may be new.
            Some(_) if looks_like_label(text) => {
                sitting.scan_label(&self.find_device(text)?.device)
            }
            Some(_) => match self.device_named(text)? {
                Some(phone) => sitting.scan_phone(&phone.device),
                None => sitting.scan_new_phone(text),
            },
        };
        let reply = reply.map_err(of_session)?;
        self.keep(PREPARATION, &sitting)?;
        Ok(reply)
    }

    /// Ends the sitting: every pair is saved, all or none; mixed boxes stay as they are.
    ///
    /// # Errors
    /// Storage errors.
    pub fn finish_preparation(&self, by: Option<&str>) -> Result<Vec<DeviceRow>> {
        let doing = self.doing(by)?;
        let sitting: Preparation = self.kept(PREPARATION)?;
        let changes = sitting.finish(&doing.by, &doing.at).map_err(of_session)?;
        let rows = self.save_changes(&changes, &doing)?;
        self.delete_draft(device_program().0, PREPARATION)?;
        Ok(rows)
    }

    fn save_changes(&self, changes: &[Change], doing: &Doing) -> Result<Vec<DeviceRow>> {
        let mut records = Vec::new();
        for change in changes {
            let row = self.device(change.device.id)?;
            records.extend(self.records_of(row.standing.enrollment, change, doing)?);
        }
        self.save_all(&records)?;
        self.device_registry(false)?;
        changes.iter().map(|change| self.device(change.device.id)).collect()
    }

    /// Begins an audit of a place with the devices that should be there, or goes on with the one that
    /// was begun.
    ///
    /// # Errors
    /// `InvalidInput` if another place's audit was begun and not finished.
    pub fn begin_audit(&self, place: OrganisationUnitUid) -> Result<AuditSession> {
        self.device_registry(true)?;
        let kept: AuditSession = self.kept(AUDIT)?;
        let place_name = self.unit_name(place)?;
        if !kept.name.is_empty() {
            if kept.name.starts_with(&format!("{place_name}, ")) {
                return Ok(kept);
            }
            let reason =
                format!("finish the audit {} first, or give it up by `audit stop`", kept.name);
            return Err(refused("place", "begun", reason));
        }
        let mut expected = Vec::new();
        self.each_device(|row| {
            let state = row.device.state;
            let is_here = state.is_with_holder() || state.is_in_store();
            if row.device.place == place && is_here && state != DeviceState::Ordered {
                expected.push(row.device);
            }
        })?;
        let name = format!("{place_name}, {}", self.world()?.today_text());
        let audit = AuditSession { name, expected, ..AuditSession::default() };
        self.keep(AUDIT, &audit)?;
        Ok(audit)
    }

    /// The audit that was begun.
    ///
    /// # Errors
    /// `InvalidInput` if there is none.
    pub fn audit(&self) -> Result<AuditSession> {
        let audit: AuditSession = self.kept(AUDIT)?;
        if audit.name.is_empty() {
            return Err(refused("audit", "none", "begin the audit of a place first"));
        }
        Ok(audit)
    }

    /// A device was scanned in an audit, with whoever had it.
    ///
    /// # Errors
    /// `InvalidInput` for a forged label or without an audit; `NotFound` for an unknown device.
    pub fn audit_scan(&self, text: &str, with: &str) -> Result<AuditLine> {
        let mut audit = self.audit()?;
        let row = self.find_device(text)?;
        let at = super::changes::minute(self.world()?.now());
        let line = audit.scan(row.device, with, &at).map_err(of_session)?;
        self.keep(AUDIT, &audit)?;
        Ok(line)
    }

    /// Says why a device is not as it should be.
    ///
    /// # Errors
    /// `InvalidInput` without an audit; `NotFound` if the device is not part of it.
    pub fn audit_explain(&self, number: &str, reason: &str) -> Result<AuditSession> {
        let mut audit = self.audit()?;
        let row = self.find_device(number)?;
        if !audit.explain(&row.device.facts.number, reason) {
            return Err(OutpostError::not_found("device of this audit", number));
        }
        self.keep(AUDIT, &audit)?;
        Ok(audit)
    }

    /// A device was scanned in an audit by mistake.
    ///
    /// # Errors
    /// `InvalidInput` without an audit; `NotFound` if it was not scanned.
    pub fn audit_take_back(&self, text: &str) -> Result<AuditSession> {
        let mut audit = self.audit()?;
        let row = self.find_device(text)?;
        if !audit.take_back(&row.device.facts.number) {
            return Err(OutpostError::not_found("device that was scanned", text));
        }
        self.keep(AUDIT, &audit)?;
        Ok(audit)
    }

    /// Gives an audit up that was begun by mistake: no device is told anything. The reason goes into the
    /// journal.
    ///
    /// # Errors
    /// `InvalidInput` without an audit or a reason.
    pub fn stop_audit(&self, reason: &str) -> Result<()> {
        let audit = self.audit()?;
        if reason.trim().is_empty() {
            return Err(refused("reason", "missing", "say why the audit is stopped"));
        }
        let body = serde_json::json!({ "audit": audit.name, "stopped": reason });
        let kind = outpost_store::JournalKind::Edit;
        self.store().append_journal(kind, self.by(), &body, self.now_ms())?;
        self.delete_draft(device_program().0, AUDIT)
    }

    /// Ends the audit: one record for each device.
    ///
    /// # Errors
    /// `InvalidInput` if something is open.
    pub fn finish_audit(&self, by: Option<&str>) -> Result<Vec<AuditLine>> {
        let doing = self.doing(by)?;
        let audit = self.audit()?;
        let lines = audit.lines();
        let mut changes = audit.finish(&doing.by, &doing.at).map_err(of_session)?;
        // The records of today, not those of the morning: an audit changes no fact.
        for change in &mut changes {
            change.device = self.device(change.device.id)?.device;
            let state = change.device.state.code().to_owned();
            change.values.insert(outpost_rollout::package::ids_device::asked::NEW_STATE, state);
        }
        self.save_changes(&changes, &doing)?;
        self.delete_draft(device_program().0, AUDIT)?;
        Ok(lines)
    }
}
