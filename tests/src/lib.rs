//! Test kit shared by the cross-crate suites. Never shipped.
