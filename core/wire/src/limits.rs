//! Every limit of this crate, with its unit and its reason.

/// Largest answer that is parsed in memory, in bytes. A page of 1,000 units with their data sets is
/// about 1 MB and 10,000 values are 2.95 MB (capture p002); the largest real package is 3.3 MB.
pub const ANSWER_BYTES_MAX: usize = 64 * 1024 * 1024;

/// Deepest nesting of arrays and objects. Real answers stay below 20; the parser would stop at 128
/// only, and each level costs stack.
pub const DEPTH_MAX: usize = 64;

/// Longest text, in bytes. A value may have 50,000 characters (wire reference 2.1), a custom form
/// or a polygon some hundred thousand bytes.
pub const TEXT_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Most members and elements of one answer, counted by commas. 64 MB of `1,1,1,…` would otherwise
/// become gigabytes.
pub const ELEMENTS_MAX: usize = 8_000_000;

/// Longest text of a server that is shown in an error, in characters.
pub const SHOWN_CHARS_MAX: usize = 160;

/// Objects of an ordinary metadata kind per page: about 0.5 MB, so that a page lost on a slow link
/// is cheap.
pub const PAGE_OBJECTS: u32 = 500;

/// Organisation units per page: small rows, tens of thousands of them.
pub const PAGE_ORGANISATION_UNITS: u32 = 1_000;

/// Options per page: the smallest rows, an option set may have 50,000.
pub const PAGE_OPTIONS: u32 = 2_000;

/// Data sets and programs per page: each carries its list of assigned organisation units, which may
/// be a megabyte.
pub const PAGE_ASSIGNED: u32 = 20;
/// Category options per page: most have no organisation units, some are projects with thousands.
pub const PAGE_CATEGORY_OPTIONS: u32 = 100;

/// Most problems of a server report that are kept in words; all of them are counted.
pub const REPORT_ENTRIES_MAX: usize = 20_000;

/// Objects of a page that are named in its list of skipped ones; all of them are counted.
pub const SKIPPED_MAX: usize = 10_000;

/// Largest record of a file that streams, in bytes: one value or one event with all its answers.
pub const RECORD_BYTES_MAX: usize = 8 * 1024 * 1024;

/// Enrolments, events or relationships of one person that are asked for at a time: far more than a
/// person has in a program.
pub const PERSON_RECORDS_MAX: u32 = 1_000;

/// Largest file that is sent, in bytes: the default `max.file_upload_size` of DHIS2, which refuses a
/// larger one only after all of it was sent (capture t040h).
pub const FILE_BYTES_MAX: u64 = 10_000_000;

/// Most values of a generated attribute that a server sets aside at a time (captures t034h, t034l).
pub const RESERVE_MAX: u32 = 1_000;
