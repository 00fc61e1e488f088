//! Every limit of the engine, each with its reason. Nothing else may hold a bare number of this kind.

/// Longest list that one call returns: a page that a screen shows and that crosses a language
/// bridge in a few milliseconds.
pub const PAGE_ROWS_MAX: u32 = 200;
/// Memory of Argon2id in KiB: the OWASP floor; three of them fit beside a form on a 1 GB phone.
pub const ARGON2_MEMORY_KIB: u32 = 19_456;
/// Passes of Argon2id at that memory (OWASP).
pub const ARGON2_PASSES: u32 = 2;
/// Length of the salt of a verifier or passphrase in bytes (RFC 9106 section 3.1).
pub const SALT_BYTES: usize = 16;
/// Longest password or token taken; DHIS2 itself stops at 256 characters, tokens at 64.
pub const SECRET_BYTES_MAX: usize = 1_024;
/// Longest user name taken (DHIS2 `User.username`).
pub const USERNAME_CHARS_MAX: usize = 255;
/// Threads that wait for the network: one request is under way at a time.
pub const NETWORK_THREADS: usize = 1;
/// How long a request may still run once a person asked to stop; then its outcome is unknown.
pub const CANCEL_GRACE_MS: u64 = 2_000;
/// Forms kept built in memory; a phone shows one, a tablet two at a time.
pub const FORMS_CACHED_MAX: usize = 16;
/// Refused rows of an import that are listed one by one; further ones are counted only.
pub const IMPORT_REFUSALS_LISTED_MAX: usize = 1_000;
/// Records of an import written in one transaction: amortises the flush, bounds memory.
pub const IMPORT_BATCH_RECORDS: usize = 500;
/// Slices of an import whose lock is remembered: a year of months of a district.
pub const IMPORT_SLICES_CACHED_MAX: usize = 10_000;
/// Free space below which the store warns, in bytes: room for one write-ahead log and a backup.
pub const FREE_SPACE_WARN_BYTES: u64 = 100 * 1024 * 1024;
/// Difference of the clocks beyond which the doctor warns, in milliseconds.
pub const SKEW_WARN_MS: i64 = 5 * 60 * 1_000;
/// Days without a sync after which the doctor warns.
pub const SYNC_AGE_WARN_DAYS: i64 = 7;
/// Data sets or programs that are listed as forms; a national server has some hundreds.
pub const FORMS_LISTED_MAX: u32 = 5_000;
/// Drafts that are counted for the list of forms; a person has a handful.
pub const DRAFTS_COUNTED_MAX: usize = 10_000;
/// Answers shown beside an event in a list: three or four facts fit a row.
pub const ANSWERS_LISTED_MAX: usize = 4;
/// Constants that expressions may use; a national server has some dozens.
pub const CONSTANTS_MAX: u32 = 10_000;
/// Organisation unit groups that rules may ask for; a national server has some dozens.
pub const GROUPS_MAX: u32 = 2_000;
/// Newer and older events that rules may look at without registration (Capture app).
pub const RULE_HISTORY_MAX: usize = 10;
/// Validation rules that are looked through for a form; a national server has some thousands.
pub const VALIDATION_RULES_MAX: u32 = 20_000;
/// Earlier periods that expressions of a form may look at: a year of months, a quarter of weeks.
pub const EARLIER_PERIODS: usize = 12;
/// Indicators computed in one call: those of a large data set or program.
pub const INDICATORS_COMPUTED_MAX: usize = 1_000;
/// Periods of one call over local data: a year of days.
pub const INDICATOR_PERIODS_MAX: usize = 366;
/// Places whose values come together in one call: the facilities of a region.
pub const INDICATOR_PLACES_MAX: usize = 5_000;
/// Values read for one computed cell; about 20 MB of memory.
pub const INDICATOR_VALUES_MAX: usize = 200_000;
/// Events read for one computed cell; about 20 MB of memory.
pub const INDICATOR_EVENTS_MAX: usize = 20_000;
/// Largest answer to a single request outside a synchronisation: a person with some hundred visits.
pub const ONLINE_ANSWER_BYTES_MAX: u64 = 16 * 1024 * 1024;
/// How long a single request may take: a person waits for it, but the first one after a start of the
/// server takes seconds.
pub const ONLINE_TIMEOUT_MS: u64 = 45_000;
/// Values that make what a person is called: given and family name.
pub const TITLE_VALUES_MAX: usize = 2;
/// People that one search online shows: a screen or two; more must be narrowed.
pub const ONLINE_RESULTS_MAX: usize = 50;
/// People who may be the same that are named while somebody types.
pub const DUPLICATES_WARNED_MAX: usize = 5;
/// People who are compared with each other in one call: a district on a tablet, about 50 MB of memory
/// and some seconds.
pub const PEOPLE_COMPARED_MAX: usize = 20_000;
/// Pairs of which is remembered that they are two people; the earliest are forgotten.
pub const PAIRS_KEPT_APART_MAX: usize = 10_000;
/// Places outside the user's own area that are remembered once they were looked up; about 100 KB.
pub const PLACES_KEPT_MAX: usize = 500;
/// Records that one page of reviews or tasks looks at, most of which may not fit: about 50 ms.
pub const REVIEW_ROWS_LOOKED_AT_MAX: usize = 2_000;
/// Largest file that is fetched: what the server takes by default, with room for a server that takes
/// more.
pub const FILE_ANSWER_BYTES_MAX: u64 = 20 * 1024 * 1024;
/// Devices of a team that are listed; a district has some hundreds.
pub const TEAM_DEVICES_MAX: usize = 2_000;
/// People whom a purge looks at; a phone holds 100,000.
pub const PURGE_PEOPLE_MAX: usize = 200_000;
/// Entries of a medium that are looked at: a stick full of holiday pictures has some thousands.
pub const MEDIUM_ENTRIES_MAX: u64 = 100_000;
/// Folders inside one another that are looked into on a medium; ours lie in the first or second.
pub const MEDIUM_DEPTH_MAX: u32 = 8;
/// Bytes that are read to find out what files on a medium are: the beginnings of all of them.
pub const MEDIUM_LOOKED_AT_BYTES_MAX: u64 = 128 * 1024 * 1024;
/// Largest file of a medium that is taken for ours: the largest content with all that stands around it.
pub const MEDIUM_FILE_BYTES_MAX: u64 =
    outpost_exchange::limits::CONTENT_BYTES_MAX + 64 * 1024 * 1024;
/// Names that are shown for each reason why something on a medium is ignored.
pub const MEDIUM_NAMES_SHOWN_MAX: usize = 5;
/// How long a medium is looked through, in milliseconds: a slow stick gives a thousand files a minute.
pub const MEDIUM_MS_MAX: u64 = 10 * 60 * 1_000;
/// Largest metadata export that a package is made from, in bytes: a nation with 50,000 places has a
/// fifth of it.
pub const PACKAGE_JSON_BYTES_MAX: u64 = 512 * 1_000_000;
/// Earlier versions of a set that a centre can lead on from; a site that is further behind gets the
/// whole set.
pub const PACKAGE_INVENTORIES_KEPT: u64 = 20;
/// Classes that are counted when a package is shown; DHIS2 has about a hundred.
pub const PACKAGE_CLASSES_MAX: usize = 200;
/// Objects of a package that are staged together; a form with all its places has a megabyte.
pub const PACKAGE_BATCH_OBJECTS: usize = 100;
/// Objects that are asked from a server at a time when a package is compared with it.
pub const PACKAGE_PAGE_OBJECTS: u32 = 200;
/// Objects of one class that are compared with a package: a nation has some 100,000 places.
pub const PACKAGE_OBJECTS_MAX: u32 = 1_000_000;
/// How long a server may take to import a package; a large one takes minutes.
pub const PACKAGE_TIMEOUT_MS: u64 = 20 * 60 * 1_000;
/// Problems of an import that are named.
pub const PACKAGE_PROBLEMS_MAX: usize = 500;
/// Bytes of an import report that are kept.
pub const PACKAGE_REPORT_BYTES_MAX: usize = 256 * 1024;
/// Objects that are gone and kept for unsent work, as they are named.
pub const KEPT_OBJECTS_NAMED_MAX: usize = 500;
/// Attempts to reach the server that are remembered: a month of one every two hours.
pub const LINK_ATTEMPTS_KEPT_MAX: usize = 400;
/// Days over which the network of a site is judged.
pub const LINK_DAYS: i64 = 28;
/// Different hours in which the server must have been tried before the network is judged.
pub const LINK_HOURS_MIN: u64 = 10;
/// Different days on which it must have been tried.
pub const LINK_DAYS_MIN: u64 = 3;
/// Files whose parts are put together in one look at a folder.
pub const PARTED_FILES_MAX: usize = 16;
/// Days without any file from a site after which somebody should ask.
pub const SILENT_WARN_DAYS: i64 = 14;
/// Days after which a key list counts as old: a lost phone should be known everywhere by then.
pub const KEY_LIST_WARN_DAYS: i64 = 90;
/// Days after which unsent work counts as old.
pub const UNSENT_WARN_DAYS: i64 = 14;
/// How long a file that came from nearby waits for a synchronisation to end, in milliseconds.
pub const NEARBY_BUSY_WAIT_MS: u64 = 5 * 60 * 1_000;
/// Packages that a phone remembers to have seen, so that a tablet does not send them again.
pub const NEARBY_HASHES_KEPT: usize = 100;
/// Devices without network of which a site tells the server: those of a district; about 30 KB.
pub const KNOWN_DEVICES_TOLD_MAX: usize = 200;

/// Devices that one list shows: those of the largest project.
pub const DEVICES_LISTED_MAX: usize = 20_000;

/// Names that are tried for a file that is not whole yet: several may be written at a time.
pub const UNFINISHED_NAMES_MAX: u32 = 100;
/// Notices of support that are remembered as told; those of a busy year.
pub const NOTICES_REMEMBERED_MAX: usize = 50_000;
