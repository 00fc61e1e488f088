//! Deleting a record with what lies under it on the server: that takes a right of its own.

use super::NotEditable;

/// Rights that field staff rarely has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DeletionAuthorities {
    /// To delete enrolments that have visits (`F_ENROLLMENT_CASCADE_DELETE`).
    pub enrollments_with_visits: bool,
    /// To delete people who are enrolled (`F_TEI_CASCADE_DELETE`).
    pub people_with_enrollments: bool,
}

impl DeletionAuthorities {
    /// Why an enrolment may not be deleted, of which the server has visits or not. It counts visits
    /// that are deleted already too (capture t008c).
    #[must_use]
    pub fn forbid_enrollment(self, has_visits: bool) -> Option<NotEditable> {
        (has_visits && !self.enrollments_with_visits).then_some(NotEditable::VisitsOnServer)
    }

    /// Why a person may not be deleted, of whom the server has enrolments or not. It counts enrolments
    /// that are deleted already too (capture t008e).
    #[must_use]
    pub fn forbid_person(self, has_enrollments: bool) -> Option<NotEditable> {
        let lacks = has_enrollments && !self.people_with_enrollments;
        lacks.then_some(NotEditable::EnrollmentsOnServer)
    }
}
