//! Every limit of the sandbox, each with its reason. Nothing else may hold a bare number of this
//! kind.

/// Largest request body in bytes: the servers seen in the field run behind proxies that stop here.
pub const BODY_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Largest body after inflating a gzip request; a small file must not become a huge one in memory.
pub const INFLATED_BYTES_MAX: u64 = 256 * 1024 * 1024;
/// Tomcat refuses longer request lines with an HTML page (capture m060d: 600 uids fail, m060c: 200
/// pass).
pub const REQUEST_LINE_BYTES_MAX: usize = 8_000;
/// Requests kept for `GET /sandbox/log`; the oldest go first.
pub const LOG_ENTRIES_MAX: usize = 100_000;
/// Nesting of brackets in `fields` that is still followed.
pub const FIELDS_DEPTH_MAX: usize = 12;
/// Page size of every list when none is asked for (DHIS2 default).
pub const PAGE_SIZE_DEFAULT: i64 = 50;
/// Largest page of a tracker list (DHIS2 `KeyTrackedEntityMaxLimit`, capture t005g).
pub const TRACKER_PAGE_SIZE_MAX: i64 = 50_000;
/// Longest comment of a data value (wire reference 1.3, servers up to 2.42).
pub const COMMENT_CHARS_MAX: usize = 50_000;
/// Longest `storedBy` of a data value (DHIS2 E7637).
pub const STORED_BY_CHARS_MAX: usize = 255;
/// Failed sign-ins through `auth/login` before the account locks (capture o025g).
pub const LOGIN_FAILURES_MAX: i64 = 5;
/// Life of an API token when none is asked for: thirty days (wire reference 1.2).
pub const TOKEN_LIFE_MS: i64 = 30 * 24 * 3_600_000;
/// Codes handed out by one `system/id` request.
pub const CODES_MAX: usize = 10_000;
/// Times that can be written as a date: the years 0 to 9999.
pub const TIMES_MS: std::ops::RangeInclusive<i64> = -62_167_219_200_000..=253_402_300_799_999;
/// Sessions kept; the oldest end first. Each Basic request opens one, as on a real server.
pub const SESSIONS_MAX: usize = 20_000;
/// Jobs whose reports are kept, as in the server's memory.
pub const JOBS_MAX: usize = 1_000;
/// Longest value of a tracked entity attribute in characters (DHIS2 E1077).
pub const ATTRIBUTE_CHARS_MAX: usize = 1_200;
/// Life of a temporary ownership: three hours (DHIS2 `TEMPORARY_OWNERSHIP_VALIDITY_IN_HOURS`).
pub const TEMPORARY_OWNERSHIP_MS: i64 = 3 * 3_600_000;
/// Largest file in bytes (DHIS2 `max.file_upload_size`).
pub const FILE_BYTES_MAX: usize = 10_000_000;
/// Values reserved by one request (captures t034g, t034h).
pub const RESERVE_MAX: usize = 1_000;
/// Attempts at a random value nobody has, for each value asked for (as the server's ten rounds).
pub const RANDOM_TRIES_MAX: usize = 10;
/// Lists kept for clients that page through them: a few devices at once.
pub const KEPT_LISTS_MAX: usize = 8;
/// How long a kept list may be used: short against what depends on the time (temporary ownership,
/// `updatedWithin`, overdue visits).
pub const KEPT_LIST_MS_MAX: i64 = 60_000;
