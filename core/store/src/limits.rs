//! Limits of the store, one name and one reason each.

/// Rows that one page of a list may hold: what a screen shows and a small phone can keep in memory.
pub const PAGE_ROWS_MAX: u32 = 200;

/// Largest record that is kept, in bytes of JSON. DHIS2 refuses a value above 50,000 characters, so
/// this is an event with eighty values of full length.
pub const PAYLOAD_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Largest metadata object in bytes of JSON: a data set of 5,000 elements is below 2 MB.
pub const OBJECT_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Most ids that are compared at once; the largest known hierarchy has below 400,000 units.
pub const IDS_MAX: usize = 1_000_000;

/// Words of a search that are looked at; a person types two or three.
pub const SEARCH_WORDS_MAX: usize = 8;

/// Rows of an import that become one transaction: long enough to hide the sync to disk, short enough
/// that a screen can save in between.
pub const IMPORT_BATCH_ROWS: usize = 1_000;

/// Put-off rows that one claim makes ready again; the rest follows with the next claim, so that a
/// claim has an upper bound.
pub const PROMOTED_ROWS_MAX: u32 = 2_000;

/// No row is put off for longer: a later time was written while the clock was ahead. Well above the
/// quarter of an hour that the sync asks for.
pub const PUT_OFF_MS_MAX: i64 = 60 * 60 * 1_000;

/// How long a deletion that a carrier does not know of is not sent again.
pub const CARRIER_WAIT_MS: i64 = 15 * 60 * 1_000;

/// How long a write waits for another process.
pub const BUSY_TIMEOUT_MS: u64 = 5_000;

/// Page cache of the writer in KiB (a phone has 1 GB for everything).
pub const WRITER_CACHE_KIB: i64 = 2_000;

/// Page cache of a reader in KiB.
pub const READER_CACHE_KIB: i64 = 1_000;

/// Page cache of the writer in KiB while metadata or data is loaded in bulk: the ids of 50,000 units
/// and the indices of 50,000 records fit, so that their pages are not decrypted again and again.
pub const BULK_CACHE_KIB: i64 = 24_000;

/// Pages in the write-ahead log at which it is copied back; a long log makes reads slow.
pub const CHECKPOINT_PAGES: i64 = 256;

/// The same while metadata or data is loaded in bulk: a page that changes in every transaction is
/// copied back once for many of them. 80 MB on disk for as long as it lasts.
pub const BULK_CHECKPOINT_PAGES: i64 = 20_000;

/// Size to which the write-ahead log is cut after it was copied back.
pub const JOURNAL_SIZE_LIMIT_BYTES: i64 = 2 * 1024 * 1024;

/// Connections for reading: one for the screen, one for whatever runs beside it.
pub const READERS: usize = 2;

/// Statements that a connection keeps prepared.
pub const PREPARED_STATEMENTS: usize = 128;

/// Periods of the download window that lie in the future.
pub const FUTURE_PERIODS_MAX: usize = 60;

/// Steps that the salvage takes over unreadable pages before it gives a table up.
pub const SALVAGE_SKIPS_MAX: u32 = 1_000;

/// Bytes of a page of the database: SQLCipher's default, which fits flash memory.
pub const PAGE_BYTES: u64 = 4_096;

/// Places for which the approvals of a data set are asked; a supervisor's clinics, not a country's.
pub const APPROVAL_UNITS_MAX: usize = 100;
/// Most data sets or programs of one server that a device looks at.
pub const FORMS_MAX: u32 = 5_000;

/// Versions of a record that may have arrived and are compared with the server. Each needs an edit
/// and a lost answer since the server was last read.
pub const VERSIONS_IN_DOUBT_MAX: usize = 8;

/// Characters of an attribute's value that are compared; DHIS2 keeps 1,200, identifiers are short.
pub const ATTRIBUTE_KEY_CHARS_MAX: usize = 120;

/// Attributes that make the name of a person in lists: given name, family name, one more.
pub const NAME_ATTRIBUTES_MAX: usize = 3;

/// People that are rewritten at once when what makes their name changes.
pub const NAME_BATCH_ROWS: u32 = 500;

/// Bytes of a piece of a file: read and written at once, so it is what a small phone can spare.
pub const FILE_CHUNK_BYTES: usize = 256 * 1024;

/// Largest file that is kept: DHIS2 takes 10 MB by default and seldom more.
pub const FILE_BYTES_MAX: u64 = 100 * 1024 * 1024;

/// Enrolments and events of one person that are loaded at once.
pub const PERSON_ENROLLMENTS_MAX: usize = 200;
/// See [`PERSON_ENROLLMENTS_MAX`].
pub const PERSON_EVENTS_MAX: usize = 5_000;

/// Members of a family that are loaded at once.
pub const FAMILY_MEMBERS_MAX: usize = 200;

/// People that are proposed as duplicates of one.
pub const DUPLICATES_MAX: u32 = 100;

/// Reserved values that are kept free of each attribute and place: the server gives 100 by default.
pub const RESERVED_VALUES_TARGET: u32 = 100;

/// Free values below which more are asked for: a day of registrations.
pub const RESERVED_VALUES_LOW: u32 = 50;

/// Records that one save may hold: a delivery of 6,000 devices, each with enrolment and first event, and
/// as many for the SIM card inside, which is taken in whole or not at all.
pub const SAVE_RECORDS_MAX: usize = 40_000;
/// Records of one save from which on it gets the larger cache: about what fills the smaller one.
pub const MANY_RECORDS: usize = 300;
/// Names of objects that are learnt from one file; the largest set of a nation without its places.
pub const NAMES_LEARNT_MAX: usize = 50_000;
/// Days after which a carried record that is settled may be forgotten.
pub const CARRIED_KEPT_DAYS: i64 = 180;
/// Settled records of one partner that are kept whatever their age: a year of a busy phone.
pub const CARRIED_KEPT_ROWS: u32 = 20_000;
/// Records of a file that are taken in before what is written once for many of them is written.
pub const EXCHANGE_BEHIND_ROWS: usize = 1_000;
/// Longest entry of the journal: an import of [`IMPORT_BATCH_ROWS`] records is some MB.
pub const JOURNAL_BODY_BYTES_MAX: u64 = 512 * 1024 * 1024;
/// Bytes of an entry of the journal from which on it is packed: below, little is gained.
pub const JOURNAL_PACKED_BYTES_MIN: usize = 1024;
/// Bytes of lines after which an import writes them as an entry of the journal.
pub const JOURNAL_BYTES_AHEAD: usize = 4 * 1024 * 1024;
/// Hashes of the journal that are kept at hand while a file is written.
pub const JOURNAL_HASHES_MAX: usize = 10_000;
/// Sums of records that are made in one transaction: so long a person's save may wait.
pub const DIGESTS_MADE_MAX: u32 = 200;
/// Records of a file from which on it is taken in without the indices of lists.
pub const LATE_INDEX_RECORDS_MIN: u64 = 2_000;
/// Rows of a list after which a first download keeps every index up to date: sorting more at its end
/// would take more memory than a phone has to spare.
pub const LATE_INDEX_ROWS_MAX: u32 = 100_000;
