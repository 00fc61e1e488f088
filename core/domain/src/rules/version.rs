//! Where rule engines of different DHIS2 versions differ: every difference is a method here, and
//! nothing elsewhere asks for a version (expressions reference 8).

use super::moment::Moment;
use crate::expression::ParserVersion;

/// A behaviour of DHIS2's rule engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum EngineVersion {
    /// rule-engine 3.4.1, servers up to 2.42.
    #[default]
    V3_4,
    /// rule-engine 3.8.2, servers from 2.43 on.
    V3_8,
}

impl EngineVersion {
    /// The engine of a server 2.`minor`.
    #[must_use]
    pub fn of_server(minor: u32) -> Self {
        if minor <= 42 { Self::V3_4 } else { Self::V3_8 }
    }

    /// The parser that the engine comes with.
    pub(super) fn parser(self) -> ParserVersion {
        match self {
            Self::V3_4 => ParserVersion::V1_3,
            Self::V3_8 => ParserVersion::V1_4,
        }
    }

    /// Since 3.5.0 the actions of a rule run by their own priority, those without last.
    pub(super) fn orders_actions(self) -> bool {
        self >= Self::V3_8
    }

    /// Since 3.6.0 the device's time of creation, where known, decides between events of one date.
    #[must_use]
    pub fn created_at(self, created_at: Moment, created_at_client: Option<Moment>) -> Moment {
        match self {
            Self::V3_4 => created_at,
            Self::V3_8 => created_at_client.unwrap_or(created_at),
        }
    }

    /// Since 3.6.1 rules of other stages and actions of the other kind of record are left out also
    /// when a single record is evaluated; before, that was left to the caller.
    pub(super) fn filters_single_records(self) -> bool {
        self >= Self::V3_8
    }

    /// Since 3.8.2 `A{name}` names a variable to assign to as `#{name}` does.
    pub(super) fn assigns_to_attributes(self) -> bool {
        self >= Self::V3_8
    }

    /// Since 3.8.2 assigning to a variable shows an effect on the field behind it.
    pub(super) fn reports_assigned_variables(self) -> bool {
        self >= Self::V3_8
    }
}
