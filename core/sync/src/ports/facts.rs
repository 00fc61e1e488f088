//! Names of the facts that a sync stores.

/// `version` of system/info.
pub const SERVER_VERSION: &str = "serverVersion";
/// The user's id.
pub const USER_ID: &str = "userId";
/// The answer of `/api/me` as compact JSON.
pub const ME: &str = "me";
/// Server clock minus device clock in milliseconds, measured at the last answer.
pub const SKEW_MS: &str = "skewMs";
/// Offset of the server's local time from UTC in minutes.
pub const SERVER_OFFSET_MINUTES: &str = "serverOffsetMinutes";
/// Unix ms of the end of the last complete sync.
pub const LAST_SYNC_MS: &str = "lastSyncMs";
/// Unix ms of the end of the last finished metadata pull.
pub const LAST_PULL_MS: &str = "lastPullMs";
/// Language (`keyDbLocale`) of the display names of the visible metadata; empty: the server's
/// own.
pub const NAMES_LOCALE: &str = "namesLocale";
/// Slices with a lock exception: JSON list of `dataSet/period/organisationUnit`.
pub const LOCK_EXCEPTIONS: &str = "lockExceptions";
/// Slices that are approved, in the same form.
pub const APPROVED_SLICES: &str = "approvedSlices";
/// Content fingerprint of the visible metadata.
pub const METADATA_VERSION: &str = "metadataVersion";
/// What every device wrote about itself, as the server holds it: JSON object, device by device. Only
/// of users who look after a team.
pub const TEAM_DEVICES: &str = "teamDevices";
/// When that was read, Unix ms of the server: who did not synchronise later is not known.
pub const TEAM_READ_MS: &str = "teamReadMs";
/// Targets of the team as the server holds them: JSON.
pub const TARGETS: &str = "targets";
/// What the project sets for support, as the server holds it: JSON.
pub const SUPPORT_SETTINGS: &str = "supportSettings";
