//! Which server we talk to, and what that changes on the wire (wire reference, appendix B.5).
//!
//! Everything that differs between 2.38 and 2.43 is asked here by name; nothing else compares
//! versions.

use std::fmt;

/// Oldest DHIS2 this client speaks with, as the number after "2.".
pub const OLDEST_MINOR: u16 = 38;
/// Newest DHIS2 whose source was read, as the number after "2.".
pub const NEWEST_KNOWN_MINOR: u16 = 43;

/// Version of a DHIS2 server, e.g. 2.42.4.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ServerVersion {
    /// The number after "2.", e.g. 42.
    pub minor: u16,
    /// The patch, e.g. 4; 0 if not told.
    pub patch: u16,
    /// The hot fix, e.g. 1 in 2.40.4.1; 0 if not told.
    pub hotfix: u16,
}

impl ServerVersion {
    /// Parses `version` of system/info: "2.42.4-SNAPSHOT", "2.43", "2.40.4.1", and "43.0.1" in case
    /// the leading 2 is dropped one day. `None` if it is no version.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let numbers = text.trim().trim_start_matches(['v', 'V']);
        let numbers = numbers.split(['-', '+', ' ']).next()?;
        let mut parts = numbers.split('.').map(|part| part.parse::<u16>().ok());
        let first = parts.next()??;
        let minor = if first == 2 { parts.next()?? } else { first };
        if minor < 2 || (first != 2 && first < OLDEST_MINOR) {
            return None;
        }
        let patch = parts.next().flatten().unwrap_or(0);
        let hotfix = parts.next().flatten().unwrap_or(0);
        Some(Self { minor, patch, hotfix })
    }

    /// Whether this client may talk to it. A newer server than the newest known is spoken to as if
    /// it were that one: field work must not stop because a ministry upgraded; see
    /// [`Self::is_newer_than_known`].
    #[must_use]
    pub const fn is_supported(self) -> bool {
        self.minor >= OLDEST_MINOR
    }

    /// Whether it is newer than any version this client was written against.
    #[must_use]
    pub const fn is_newer_than_known(self) -> bool {
        self.minor > NEWEST_KNOWN_MINOR
    }

    /// Tracker lists come under the key `instances` (2.38 to 2.40).
    #[must_use]
    pub const fn instances_key(self) -> bool {
        self.minor <= 40
    }

    /// Tracker lists carry `page` and `pageSize` beside the list (2.38 to 2.41).
    #[must_use]
    pub const fn flat_pager(self) -> bool {
        self.minor <= 41
    }

    /// Tracker people are asked for by `orgUnits=` (from 2.41) and not `orgUnit=`.
    #[must_use]
    pub const fn org_units_param(self) -> bool {
        self.minor >= 41
    }

    /// The organisation unit mode is called `orgUnitMode` (from 2.41) and not `ouMode`.
    #[must_use]
    pub const fn org_unit_mode_param(self) -> bool {
        self.minor >= 41
    }

    /// Events are asked for by `events=a,b` (from 2.41) and not `event=a;b`.
    #[must_use]
    pub const fn events_param(self) -> bool {
        self.minor >= 41
    }

    /// Paging is switched off by `paging=false` (from 2.41) and not `skipPaging=true`.
    #[must_use]
    pub const fn paging_param(self) -> bool {
        self.minor >= 41
    }

    /// `attributeCategoryOptions` are separated by comma (from 2.41) and not semicolon.
    #[must_use]
    pub const fn acs_separated_by_comma(self) -> bool {
        self.minor >= 41
    }

    /// A set of values is checked as a whole: one bad header refuses all (from 2.43).
    #[must_use]
    pub const fn dv_group_semantics(self) -> bool {
        self.minor >= 43
    }

    /// A partly refused set of values is answered 200 (from 2.43) and not 409.
    #[must_use]
    pub const fn partial_is_200(self) -> bool {
        self.minor >= 43
    }

    /// Values are read with the member `followUp` (from 2.43) beside the exported `followup`.
    #[must_use]
    pub const fn reads_follow_up(self) -> bool {
        self.minor >= 43
    }

    /// `POST /api/auth/login` exists (from 2.41).
    #[must_use]
    pub const fn auth_login(self) -> bool {
        self.minor >= 41
    }

    /// The cookie `XSRF-TOKEN`, if set, must come back in `X-XSRF-TOKEN` (from 2.42).
    #[must_use]
    pub const fn csrf_echo(self) -> bool {
        self.minor >= 42
    }

    /// A file may be uploaded under an id of the client's own (from 2.39).
    #[must_use]
    pub const fn file_uid(self) -> bool {
        self.minor >= 39
    }

    /// `/` escapes `,` and `:` in values of filters (from 2.40).
    #[must_use]
    pub const fn filter_escapes(self) -> bool {
        self.minor >= 40
    }

    /// An enrolment has an attribute option combo (from 2.43).
    #[must_use]
    pub const fn enrollment_aoc(self) -> bool {
        self.minor >= 43
    }

    /// Lists are narrowed by `enrollmentStatus`, enrolments by `status` (from 2.42), and not by
    /// `programStatus`.
    #[must_use]
    pub const fn enrollment_status_param(self) -> bool {
        self.minor >= 42
    }

    /// Ownership names the person by `trackedEntity` (from 2.41) and not `trackedEntityInstance`.
    #[must_use]
    pub const fn ownership_tracked_entity_param(self) -> bool {
        self.minor >= 41
    }

    /// A transfer names its target by `orgUnit` (from 2.42) and not `ou`.
    #[must_use]
    pub const fn transfer_org_unit_param(self) -> bool {
        self.minor >= 42
    }

    /// Files and change logs lie under `/api/tracker` (from 2.41).
    #[must_use]
    pub const fn tracker_files(self) -> bool {
        self.minor >= 41
    }

    /// Acceptance of approved data lies under `/api/dataApprovals` (from 2.42).
    #[must_use]
    pub const fn acceptance_path(self) -> bool {
        self.minor >= 42
    }

    /// `/api/dataEntry/…` exists (from 2.39).
    #[must_use]
    pub const fn data_entry_api(self) -> bool {
        self.minor >= 39
    }
}

impl fmt::Display for ServerVersion {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "2.{}.{}", self.minor, self.patch)?;
        if self.hotfix > 0 {
            write!(formatter, ".{}", self.hotfix)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<(u16, u16, u16)>) {
        let found = ServerVersion::parse(text).map(|v| (v.minor, v.patch, v.hotfix));
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn versions_are_read_as_servers_write_them() {
        check("2.42.4-SNAPSHOT", Some((42, 4, 0)));
        check("2.43", Some((43, 0, 0)));
        check("2.40.4.1", Some((40, 4, 1)));
        check("2.41.0-rc2", Some((41, 0, 0)));
        check("2.44-SNAPSHOT", Some((44, 0, 0)));
        check("43.0.1", Some((43, 0, 1)));
        check(" v2.38.7 ", Some((38, 7, 0)));
        check("2.36.13", Some((36, 13, 0)));
    }

    #[test]
    fn other_texts_are_no_versions() {
        check("", None);
        check("2", None);
        check("2.", None);
        check("DHIS2", None);
        check("1.9", None);
        check("2.-1", None);
        check("2.99999999", None);
        check("30.1", None);
    }

    #[test]
    fn old_servers_are_refused_and_newer_ones_are_spoken_to() {
        let version = |minor| ServerVersion { minor, patch: 0, hotfix: 0 };
        assert!(!version(37).is_supported());
        assert!(version(38).is_supported());
        assert!(version(44).is_supported() && version(44).is_newer_than_known());
        assert!(!version(43).is_newer_than_known());
    }

    #[test]
    fn features_change_where_the_reference_says_so() {
        let version = |minor| ServerVersion { minor, patch: 0, hotfix: 0 };
        assert!(version(40).instances_key() && !version(41).instances_key());
        assert!(version(41).flat_pager() && !version(42).flat_pager());
        assert!(!version(40).events_param() && version(41).events_param());
        assert!(!version(42).partial_is_200() && version(43).partial_is_200());
        assert!(!version(41).csrf_echo() && version(42).csrf_echo());
        assert!(!version(40).auth_login() && version(41).auth_login());
    }
}
