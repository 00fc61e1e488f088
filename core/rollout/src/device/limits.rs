//! Limits of devices, one name and one reason each.

/// Characters of a device number: it has to fit a label of 24 mm.
pub const NUMBER_CHARS_MAX: usize = 20;
/// Largest number of a series: nobody hands out more phones in one project.
pub const NUMBER_MAX: u32 = 9_999_999;
/// Characters of any other fact: DHIS2 keeps 1,200 of an attribute, a list shows a line.
pub const FACT_CHARS_MAX: usize = 250;
/// Lines of a table that are taken in at once: the largest project has 5,000 devices.
pub const TABLE_LINES_MAX: usize = 20_000;
/// Bytes of such a table.
pub const TABLE_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Wrong lines that are told one by one; further ones are counted only.
pub const TABLE_PROBLEMS_MAX: usize = 1_000;
/// Characters of a scanned text that are looked at: a label has 129.
pub const SCAN_CHARS_MAX: usize = 512;
/// Devices of one audit or one sitting of preparation.
pub const SITTING_DEVICES_MAX: usize = 5_000;
/// Free space below which a phone asks for help, in bytes: photos of a week.
pub const STORAGE_LOW_BYTES: u64 = 200 * 1024 * 1024;
/// Difference to the server's clock beyond which a phone asks for help, in milliseconds.
pub const CLOCK_WRONG_MS: i64 = 5 * 60 * 1_000;
/// Days without a synchronisation or a file after which a phone asks for help.
pub const SYNC_LATE_DAYS: i64 = 7;
