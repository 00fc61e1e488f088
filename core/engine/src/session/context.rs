//! What the rules of entry ask about the world: the server's time and version, and who is working.
//!
//! The device's clock is never trusted alone: the difference measured at the last answer is applied.

use jiff::civil::{Date, DateTime};
use outpost_domain::form::event::EventAuthorities;
use outpost_domain::tracker::{DeletionAuthorities, Scopes};
use outpost_domain::uid::OrganisationUnitUid;
use outpost_domain::value_type::ServerMinor;
use outpost_sync::ports::facts;
use outpost_wire::me::{Me, parse_me};
use outpost_wire::time::{format_server_time, parse_local_time};
use outpost_wire::version::ServerVersion;

use super::Session;
use super::locks::Locks;
use crate::error::Result;

/// Version assumed before a server was met.
const ASSUMED_MINOR: u16 = 42;

/// The world as a rule of entry sees it.
pub(super) struct World {
    /// Now on the server, Unix ms.
    pub server_ms: i64,
    /// Offset of the server's zone in minutes.
    pub offset_minutes: i32,
    /// Which server will judge.
    pub server: ServerMinor,
    /// Who is working, as the server said at the last sign-in.
    pub me: Option<Me>,
    /// Roots of the capture scope.
    pub capture_roots: Vec<OrganisationUnitUid>,
    /// Roots of the search scope.
    pub search_roots: Vec<OrganisationUnitUid>,
    /// What the server opens or closes slice by slice.
    pub locks: Locks,
}

impl World {
    /// Now in the server's zone.
    pub fn now(&self) -> DateTime {
        // A clock outside the years of DHIS2 is broken; no period is open then.
        parse_local_time(&self.now_text()).unwrap_or(DateTime::constant(1970, 1, 1, 0, 0, 0, 0))
    }

    /// Now in the server's zone as DHIS2 writes it without zone.
    pub fn now_text(&self) -> String {
        format_server_time(self.server_ms, self.offset_minutes).unwrap_or_default()
    }

    /// Today in the server's zone, `yyyy-MM-dd`.
    pub fn today_text(&self) -> String {
        self.now().date().to_string()
    }

    /// The server's day of a moment, Unix ms; `None` beyond the years of dates.
    pub fn day_of(&self, at_ms: i64) -> Option<Date> {
        format_server_time(at_ms, self.offset_minutes)?.get(..10)?.parse().ok()
    }

    /// Where the user works.
    pub fn scopes(&self) -> Scopes<'_> {
        Scopes { capture_roots: &self.capture_roots, search_roots: &self.search_roots }
    }

    /// What the user may delete with what lies under it.
    pub fn deletion_authorities(&self) -> DeletionAuthorities {
        let has = |name| self.me.as_ref().is_some_and(|me| me.has_authority(name));
        DeletionAuthorities {
            enrollments_with_visits: has("F_ENROLLMENT_CASCADE_DELETE"),
            people_with_enrollments: has("F_TEI_CASCADE_DELETE"),
        }
    }

    /// What the user may do beyond the usual.
    pub fn event_authorities(&self) -> EventAuthorities {
        let has = |name| self.me.as_ref().is_some_and(|me| me.has_authority(name));
        EventAuthorities {
            edit_expired: has("F_EDIT_EXPIRED"),
            uncomplete_event: has("F_UNCOMPLETE_EVENT"),
        }
    }
}

impl Session {
    /// Looks at the world now.
    pub(super) fn world(&self) -> Result<World> {
        let number = |name: &str| -> Result<Option<i64>> {
            Ok(self.store().load_fact(name)?.and_then(|text| text.parse().ok()))
        };
        let skew_ms = number(facts::SKEW_MS)?.unwrap_or(0);
        let offset = number(facts::SERVER_OFFSET_MINUTES)?.unwrap_or(0);
        let me = self.store().load_fact(facts::ME)?;
        let me = me.and_then(|text| parse_me(text.as_bytes()).ok());
        let units = me.iter().flat_map(|me| &me.organisation_units);
        let searched = me.iter().flat_map(|me| &me.search_organisation_units);
        Ok(World {
            server_ms: self.now_ms().saturating_add(skew_ms),
            offset_minutes: i32::try_from(offset).unwrap_or(0),
            server: self.server_minor()?,
            capture_roots: units.map(|unit| unit.id).collect(),
            search_roots: searched.map(|unit| unit.id).collect(),
            locks: Locks::load(self.store())?,
            me,
        })
    }

    /// The server's version as last seen.
    pub(super) fn server_minor(&self) -> Result<ServerMinor> {
        let text = self.store().load_fact(facts::SERVER_VERSION)?;
        let version = text.as_deref().and_then(ServerVersion::parse);
        Ok(ServerMinor(version.map_or(ASSUMED_MINOR, |version| version.minor)))
    }
}
