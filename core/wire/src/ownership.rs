//! Ownership of people in a program: breaking the glass, handing over.
//!
//! The glass is only ever broken by a person with a typed reason; nothing here makes one up.

use outpost_domain::data::{OwnershipOverride, OwnershipTransfer};

use crate::answer::{AnswerClass, ServerMessage};
use crate::percent::encoded_value;
use crate::version::ServerVersion;

/// Target of the `POST` that grants temporary access to a person of a protected program. The body is
/// empty.
#[must_use]
pub fn override_target(glass: &OwnershipOverride, version: ServerVersion) -> String {
    format!(
        "/api/tracker/ownership/override?{}={}&program={}&reason={}",
        person_param(version),
        glass.tracked_entity,
        glass.program,
        encoded_value(&glass.reason)
    )
}

/// Target of the `PUT` that hands a person over to another place. The body is empty. Sending it
/// again after it was done is answered 404, because the person is then out of reach (capture
/// t023b-protected).
#[must_use]
pub fn transfer_target(transfer: &OwnershipTransfer, version: ServerVersion) -> String {
    let unit_param = if version.transfer_org_unit_param() { "orgUnit" } else { "ou" };
    format!(
        "/api/tracker/ownership/transfer?{}={}&program={}&{unit_param}={}",
        person_param(version),
        transfer.tracked_entity,
        transfer.program,
        transfer.organisation_unit
    )
}

const fn person_param(version: ServerVersion) -> &'static str {
    match version.ownership_tracked_entity_param() {
        true => "trackedEntity",
        false => "trackedEntityInstance",
    }
}

/// What came of a change of ownership.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OwnershipAnswer {
    /// Done. A temporary access lasts three hours on the server.
    Done,
    /// The program cannot be opened: it needs no opening, or allows none (captures t022-open,
    /// t022-closed).
    NotProtected,
    /// The person, or the one who is responsible, is outside the area that the user may search.
    OutsideSearchScope,
    /// The program is not used at the new place (capture t023b-open).
    ProgramNotAtTarget,
    /// The server does not know the person, or the user may not see the record: a transfer that was
    /// done before looks like this too.
    NotFound,
    /// Not allowed.
    Denied,
    /// The request as such was not understood.
    Refused,
}

impl OwnershipAnswer {
    /// For a person.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Done => "Done.",
            Self::NotProtected => "Access to this program cannot be asked for in this way.",
            Self::OutsideSearchScope => "This person is outside the area you may search.",
            Self::ProgramNotAtTarget => "This program is not used at the place you chose.",
            Self::NotFound => {
                "The server does not know this person, or you may not see the record."
            }
            Self::Denied => "You are not allowed to do this.",
            Self::Refused => "The server did not accept this. Show it to your supervisor.",
        }
    }
}

/// The meaning of a classified answer; `None` for one that says nothing about ownership (signed out,
/// no connection, server down): try again later.
#[must_use]
pub fn ownership_answer(class: &AnswerClass) -> Option<OwnershipAnswer> {
    Some(match class {
        AnswerClass::Ok => OwnershipAnswer::Done,
        AnswerClass::Forbidden { message, .. } => denied(message),
        // Servers to 2.40 answer 409 where later ones answer 403 or 404.
        AnswerClass::Conflict { message, .. } => denied(message),
        AnswerClass::NotFound { is_unknown_path: false, .. } => OwnershipAnswer::NotFound,
        AnswerClass::NotFound { .. } | AnswerClass::BadRequest { .. } => OwnershipAnswer::Refused,
        _ => return None,
    })
}

fn denied(message: &ServerMessage) -> OwnershipAnswer {
    let has = |part: &str| message.text.contains(part);
    if has("only be granted to protected") {
        OwnershipAnswer::NotProtected
    } else if has("search scope") {
        OwnershipAnswer::OutsideSearchScope
    } else if has("not associated to the org unit") {
        OwnershipAnswer::ProgramNotAtTarget
    } else if has("could not be found") {
        OwnershipAnswer::NotFound
    } else {
        OwnershipAnswer::Denied
    }
}

#[cfg(test)]
mod tests {
    use outpost_domain::uid::{OrganisationUnitUid, ProgramUid, TrackedEntityUid};

    use super::*;
    use crate::answer::classify;

    const fn version(minor: u16) -> ServerVersion {
        ServerVersion { minor, patch: 0, hotfix: 0 }
    }

    #[test]
    fn parameters_follow_the_version_and_a_reason_is_encoded() {
        let glass = OwnershipOverride {
            tracked_entity: TrackedEntityUid::parse("teOwnPro001").expect("a uid"),
            program: ProgramUid::parse("prProtect01").expect("a uid"),
            reason: "she is here & bleeding? #1 é".to_owned(),
        };
        assert_eq!(
            override_target(&glass, version(42)),
            "/api/tracker/ownership/override?trackedEntity=teOwnPro001&program=prProtect01\
             &reason=she%20is%20here%20%26%20bleeding%3F%20%231%20%C3%A9"
        );
        assert!(
            override_target(&glass, version(40)).contains("?trackedEntityInstance=teOwnPro001&")
        );
        let transfer = OwnershipTransfer {
            tracked_entity: glass.tracked_entity,
            program: glass.program,
            organisation_unit: OrganisationUnitUid::parse("ouClinicC01").expect("a uid"),
        };
        let target = |minor| transfer_target(&transfer, version(minor));
        assert!(
            target(40)
                .ends_with("?trackedEntityInstance=teOwnPro001&program=prProtect01&ou=ouClinicC01")
        );
        assert!(
            target(41).ends_with("?trackedEntity=teOwnPro001&program=prProtect01&ou=ouClinicC01")
        );
        assert!(target(43).ends_with("&program=prProtect01&orgUnit=ouClinicC01"));
    }

    #[track_caller]
    fn check(status: u16, message: &str, expected: Option<OwnershipAnswer>) {
        let body = format!(r#"{{"httpStatusCode":{status},"message":"{message}"}}"#);
        let class = classify(status, Some("application/json"), None, body.as_bytes());
        assert_eq!(ownership_answer(&class), expected, "{status} {message}");
    }

    #[test]
    fn answers_are_told_apart_as_a_server_gave_them() {
        use OwnershipAnswer as Answer;
        check(200, "Temporary Ownership granted", Some(Answer::Done));
        check(
            403,
            "Temporary ownership not created. Temporary ownership can only be granted to protected \
             programs. prChild0001 access level is OPEN.",
            Some(Answer::NotProtected),
        );
        check(
            403,
            "Temporary ownership not created. The owner of the entity-program combination is not \
             in the user's search scope.",
            Some(Answer::OutsideSearchScope),
        );
        check(
            403,
            "The program prChild0001 is not associated to the org unit ouClinicC01",
            Some(Answer::ProgramNotAtTarget),
        );
        check(404, "TrackedEntity with id teOwnClo001 could not be found.", Some(Answer::NotFound));
        check(409, "TrackedEntity with id x could not be found.", Some(Answer::NotFound));
        check(403, "Access is denied", Some(Answer::Denied));
        check(400, "Required parameter", Some(Answer::Refused));
        check(401, "Unauthorized", None);
        check(503, "", None);
    }
}
