//! Devices for tests.

use std::collections::BTreeMap;

use outpost_domain::uid::{OrganisationUnitUid, TrackedEntityUid};

use super::facts::{Device, DeviceFacts};
use super::state::DeviceState;

/// A prepared device of that number.
pub fn device(number: u32) -> Device {
    Device {
        id: TrackedEntityUid::parse(&format!("TeDev{number:06}")).expect("an id"),
        place: OrganisationUnitUid::parse("OuClinicAaa").expect("an id"),
        state: DeviceState::Prepared,
        facts: DeviceFacts {
            number: format!("{number:04}"),
            serial: format!("R58N{number:04}"),
            ..DeviceFacts::default()
        },
        more: BTreeMap::new(),
    }
}
