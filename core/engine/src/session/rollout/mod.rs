//! The roll-out on the store: what `outpost_rollout` decides is carried out here.
//!
//! Every record is an ordinary tracker record and goes through the outbox like any other. What was
//! begun and not finished lies among the drafts. Decides nothing that the pure crate could.

mod changes;
mod devices;
mod golive;
mod golive_days;
mod labels;
mod phone;
mod places;
mod registry;
mod sessions;
mod sims;
pub(super) mod support;
mod verdict;

pub use devices::{Closing, NewLoss};
pub use phone::PhoneSetup;
pub use sessions::Scanned;
pub use sims::NewSim;
pub use verdict::{ParallelRun, read_register, register_of};

use outpost_domain::uid::{ProgramUid, TrackedEntityTypeUid};
use outpost_rollout::package::{ids_device, ids_sim};

/// The device program.
fn device_program() -> ProgramUid {
    ProgramUid::parse(ids_device::PROGRAM).expect("the ids of the package are ids")
}

/// The type of a device.
fn device_type() -> TrackedEntityTypeUid {
    TrackedEntityTypeUid::parse(ids_device::DEVICE_TYPE).expect("the ids of the package are ids")
}

/// The SIM card program.
fn sim_program() -> ProgramUid {
    ProgramUid::parse(ids_sim::PROGRAM).expect("the ids of the package are ids")
}

/// The type of a SIM card.
fn sim_type() -> TrackedEntityTypeUid {
    TrackedEntityTypeUid::parse(ids_sim::SIM_TYPE).expect("the ids of the package are ids")
}
