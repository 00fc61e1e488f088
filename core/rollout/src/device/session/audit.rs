//! An audit under way (D9): scan what is there, then say of what is open why.

use std::collections::BTreeMap;

use outpost_domain::uid::TrackedEntityUid;
use serde::{Deserialize, Serialize};

use super::super::audit::{AuditLine, AuditResult, Sighting, compare};
use super::super::change::Change;
use super::super::facts::Device;
use super::super::limits::SITTING_DEVICES_MAX;
use super::super::number::same_number;
use super::SessionProblem;
use crate::package::ids_device::{asked, stage};

/// An audit.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AuditSession {
    /// Place and day, for people.
    pub name: String,
    /// Devices of the place when it began.
    pub expected: Vec<Device>,
    /// What was seen.
    pub seen: Vec<Sighting>,
    /// Devices that were seen and not expected.
    pub others: Vec<Device>,
    /// Why a device that is not found where it should be is not; by its id.
    pub reasons: BTreeMap<TrackedEntityUid, String>,
}

/// What keeps an audit from being finished.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditStop {
    /// Number of the device.
    pub number: String,
    /// What was found of it.
    pub result: AuditResult,
}

impl AuditSession {
    /// A device was scanned; its line, for the sound and the row. Scanned again it counts anew.
    ///
    /// # Errors
    /// If the audit has enough devices.
    pub fn scan(
        &mut self,
        device: Device,
        with: &str,
        at: &str,
    ) -> Result<AuditLine, SessionProblem> {
        if self.seen.len() >= SITTING_DEVICES_MAX {
            return Err(SessionProblem::Full);
        }
        let id = device.id;
        self.seen.retain(|it| it.device != id);
        self.seen.push(Sighting { device: id, with: with.trim().to_owned(), at: at.to_owned() });
        let is_known = |it: &Device| it.id == id;
        if !self.expected.iter().any(is_known) && !self.others.iter().any(is_known) {
            self.others.push(device);
        }
        let line = self.lines().into_iter().find(|line| line.device == id);
        line.ok_or(SessionProblem::Earlier { missing: "scan the device" })
    }

    /// A device was scanned by mistake; `false` if it was not scanned.
    pub fn take_back(&mut self, number: &str) -> bool {
        let all = self.expected.iter().chain(&self.others);
        let id = all.into_iter().find(|it| same_number(&it.facts.number, number)).map(|it| it.id);
        let Some(id) = id.filter(|id| self.seen.iter().any(|it| it.device == *id)) else {
            return false;
        };
        self.seen.retain(|it| it.device != id);
        self.others.retain(|it| it.id != id);
        self.reasons.remove(&id);
        true
    }

    /// The report as it stands.
    #[must_use]
    pub fn lines(&self) -> Vec<AuditLine> {
        let known = |id| self.others.iter().find(|it: &&Device| it.id == id).cloned();
        compare(&self.expected, &self.seen, known)
    }

    /// Lines that are not as they should be and of which nobody said why.
    #[must_use]
    pub fn open(&self) -> Vec<AuditStop> {
        let explained = |line: &AuditLine| {
            self.reasons.get(&line.device).is_some_and(|it| !it.trim().is_empty())
        };
        let lines = self.lines().into_iter();
        let open = lines.filter(|it| it.result != AuditResult::Found && !explained(it));
        open.map(|line| AuditStop { number: line.number, result: line.result }).collect()
    }

    /// Says why a device is not as it should be; `false` if it is not part of the audit.
    pub fn explain(&mut self, number: &str, reason: &str) -> bool {
        let all = self.expected.iter().chain(&self.others);
        let id = all.into_iter().find(|it| it.facts.number == number).map(|it| it.id);
        id.map(|id| self.reasons.insert(id, reason.trim().to_owned())).is_some()
    }

    /// One record for each device of the audit. The state of no device changes: whether a missing one
    /// is lost a person says.
    ///
    /// # Errors
    /// If something is open.
    pub fn finish(&self, by: &str, at: &str) -> Result<Vec<Change>, SessionProblem> {
        if !self.open().is_empty() {
            return Err(SessionProblem::Say { what: "of each open device why" });
        }
        let of = |line: AuditLine| {
            let all = self.expected.iter().chain(&self.others);
            let device = all.into_iter().find(|it| it.id == line.device)?;
            let reason = self.reasons.get(&line.device).map_or("", String::as_str);
            let values = [
                (asked::AUDIT_NAME, self.name.clone()),
                (asked::AUDIT_RESULT, line.result.code().to_owned()),
                (asked::SEEN_WITH, line.seen_with),
            ];
            Some(Change::note(device.clone(), stage::AUDIT, (reason, by, at), values))
        };
        Ok(self.lines().into_iter().filter_map(of).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::samples::device;
    use super::*;

    #[test]
    fn a_scan_by_mistake_is_taken_back() {
        let expected = vec![device(147)];
        let mut audit = AuditSession { expected, ..AuditSession::default() };
        audit.scan(device(150), "", "10:02").expect("a line");
        assert_eq!(audit.lines().len(), 2);
        assert!(audit.take_back("150") && !audit.take_back("150") && !audit.take_back("147"));
        let results: Vec<_> = audit.lines().into_iter().map(|it| it.result).collect();
        assert_eq!(results, [AuditResult::Missing]);
    }

    #[test]
    fn an_audit_ends_when_each_open_device_has_a_reason() {
        let expected = vec![device(147), device(150)];
        let mut audit =
            AuditSession { name: "Clinic A".into(), expected, ..AuditSession::default() };
        let line = audit.scan(device(147), "", "10:02").expect("a line");
        assert_eq!(line.result, AuditResult::Found);
        let line = audit.scan(device(151), "", "10:03").expect("a line");
        assert_eq!(line.result, AuditResult::Extra);
        let open: Vec<_> = audit.open().into_iter().map(|it| it.number).collect();
        assert_eq!(open, ["0150", "0151"]);
        assert!(audit.finish("S", "now").is_err());
        assert!(audit.explain("0150", "in the workshop") && audit.explain("0151", "visiting"));
        assert!(!audit.explain("0999", "?"));
        let text = serde_json::to_string(&audit).expect("JSON");
        let audit: AuditSession = serde_json::from_str(&text).expect("read again");
        let changes = audit.finish("S", "now").expect("finished");
        let results: Vec<_> =
            changes.iter().map(|it| it.values[asked::AUDIT_RESULT].as_str()).collect();
        assert_eq!(results, ["FOUND", "MISSING", "EXTRA"]);
    }
}
