//! Targets: how much of something a health worker is to reach in a period, and how far they are.
//!
//! The administrator keeps them in the server's data store, namespace `outpost`, key `targets`:
//!
//! ```
//! use outpost_domain::targets::parse_targets;
//!
//! let (targets, problems) = parse_targets(r#"{"targets": [{
//!     "id": "anc4", "name": "Women with four visits",
//!     "programIndicator": "piAnc4Visit", "periodType": "Monthly", "value": 20,
//!     "users": ["amina"], "organisationUnits": ["ouClinicA01"]
//! }]}"#)?;
//! assert_eq!((targets.len(), problems.len()), (1, 0));
//! # Ok::<(), outpost_domain::targets::TargetsError>(())
//! ```
//!
//! Never counts anything itself: the value of the indicator is given.

mod definition;
mod progress;
#[cfg(test)]
mod tests;

pub use definition::{
    Goal, Target, TargetProblem, TargetSource, TargetsError, parse_targets, targets_of,
};
pub use progress::{Progress, Standing, progress};
