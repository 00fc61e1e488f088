//! Limits of a synchronisation run, one name, unit and reason each.

/// Longest request target in bytes. DHIS2 behind Tomcat answers 400 with HTML from about 9,600
/// bytes (capture m060d).
pub const REQUEST_LINE_BYTES_MAX: usize = 8_000;

/// Values in one upload: half a second of a warm server, three of a cold one (observed, section 5).
pub const VALUE_ROWS_MAX: u32 = 1_000;
/// Payload bytes in one upload: about 20 seconds on a link of 200 kbit/s.
pub const UPLOAD_BYTES_MAX: u64 = 512 * 1024;
/// Events in one upload: about one second of a warm server (observed, section 5).
pub const EVENT_ROWS_MAX: u32 = 200;
/// Completions in one upload; the report does not say which was refused, so batches stay small.
pub const COMPLETION_ROWS_MAX: u32 = 100;
/// Relationships in one upload.
pub const RELATIONSHIP_ROWS_MAX: u32 = 200;
/// People, enrolments or events that are asked for by id in one request: 3,600 bytes of the request
/// line.
pub const CHECK_IDS_MAX: usize = 300;
/// A batch never shrinks below this, however often answers are lost.
pub const BATCH_ROWS_MIN: u32 = 25;
/// A batch answered faster than this may grow again.
pub const BATCH_QUICK_MS: u64 = 5_000;

/// How often a row may be claimed in one run before it is left for the next.
pub const ROW_TRIES_MAX: u32 = 5;
/// How often uploads may stay unanswered in a row before the run ends.
pub const UPLOAD_LOSSES_MAX: u32 = 4;
/// Uploads in a row that were not answered, after which a large one is sent as a job.
pub const JOB_AFTER_LOSSES: u32 = 2;
/// How often a run asks a job how far it is: two minutes and a half of waiting on average.
pub const JOB_POLLS_MAX: u32 = 14;
/// Rows that may be put off because the server fails on each of them alone (status 500); more mean
/// that the server is unwell, not the rows.
pub const UNWELL_ROWS_MAX: u32 = 5;
/// Rows that may be parked one after another for refusals without a word of DHIS2.
pub const BLIND_REFUSALS_MAX: u32 = 3;
/// How long a row rests on which the server failed, or about which it did not answer clearly.
pub const DEFER_MS: i64 = 15 * 60 * 1_000;
/// Attempts after which a row that the server ignores without a reason is shown to a person.
pub const UNEXPLAINED_ATTEMPTS_MAX: u32 = 5;

/// Tries of a request that does not leave the device.
pub const NOT_SENT_TRIES_MAX: u32 = 3;
/// Tries of a reading request whose answer is lost.
pub const LOST_TRIES_MAX: u32 = 4;
/// Tries of a request that the server answers with 500: a race inside it is over at once
/// (captures t037, t038).
pub const FAULT_TRIES_MAX: u32 = 3;
/// Tries of a request that is answered with 429, 502, 503 or 504: a restart takes half a minute
/// (capture o032).
pub const BUSY_TRIES_MAX: u32 = 5;

/// First step of the back-off.
pub const BACKOFF_BASE_MS: u64 = 1_000;
/// Largest step of the back-off.
pub const BACKOFF_CAP_MS: u64 = 30_000;
/// Longest `Retry-After` that is waited for inside a run; a longer one ends it.
pub const RETRY_AFTER_MS_MAX: u64 = 120_000;
/// The same while a person waits to be signed in; they are told how long the server asks for.
pub const SIGN_IN_RETRY_AFTER_MS_MAX: u64 = 5_000;

/// Time-out of small reading requests. The first request of a kind after a server start takes up to
/// three seconds more (observed, section 5).
pub const READ_TIMEOUT_MS: u64 = 60_000;
/// Time-out of uploads and of pages.
pub const BULK_TIMEOUT_MS: u64 = 180_000;

/// Time-out of the upload of a file: 10 MB on a link of 200 kbit/s take seven minutes.
pub const FILE_TIMEOUT_MS: u64 = 10 * 60 * 1_000;

/// Largest answer to a small question: system info, me, a probe, an import report of a batch.
pub const SMALL_ANSWER_BYTES_MAX: u64 = 4 * 1024 * 1024;
/// Largest page or list that is held in memory at once.
pub const PAGE_ANSWER_BYTES_MAX: u64 = 32 * 1024 * 1024;

/// Ids in one request for missing objects: 1,200 bytes of the request line.
pub const MISSING_IDS_MAX: usize = 100;
/// Missing objects from which a full pull of the kind costs less than asking for them by id.
pub const MISSING_IDS_FULL_PULL: usize = 2_000;
/// Overlap of a metadata delta: objects are committed after their `lastUpdated` is taken, those of a
/// large import minutes after.
pub const METADATA_OVERLAP_MS: i64 = 5 * 60 * 1_000;
/// Newest objects of a kind that are compared in a pull: one that was committed late is older than
/// the watermark, but not much. Each costs 70 bytes, in a pull without change too.
pub const PROBE_ROWS: u32 = 4;
/// Whole id lists are compared at least so often, so that swaps and regained sharing are found.
pub const IDS_COMPARE_EVERY_MS: i64 = 7 * 24 * 60 * 60 * 1_000;
/// To whom people belong and with whom they are linked is compared at least so often: a change
/// leaves no other trace.
pub const TIES_COMPARE_EVERY_MS: i64 = IDS_COMPARE_EVERY_MS;
/// How often a kind is started again because its list changed between two pages.
pub const KIND_RESTARTS_MAX: u32 = 3;
/// Pages of one list after which it counts as endless (capture m018b shows a naive client's loop).
pub const PAGES_MAX: u32 = 100_000;

/// Overlap of a data download: changes are committed after their time is taken.
pub const DOWNLOAD_OVERLAP_MS: i64 = 5 * 60 * 1_000;
/// Periods in one full request for values; a delta asks for all of them at once.
pub const PERIODS_PER_CHUNK: usize = 6;
/// Events in the first page (observed, section 5: 300 bytes each with the fields that are kept).
pub const EVENTS_PAGE_SIZE: u32 = 500;

/// Records in a page of a fast link: eight times fewer transactions, each of which writes most pages of
/// every index, and what a cut loses is still fetched again in a second.
pub const FAST_PAGE_SIZE: u32 = 4_000;
/// A page that came within this time lets the next ones be larger; slow links keep small pages, of
/// which a cut loses little.
pub const FAST_PAGE_MS: i64 = 1_000;
/// A page that took longer than this lets the next ones be smaller again.
pub const SLOW_PAGE_MS: i64 = 8_000;
/// Pages that are larger than this stay as they are: one is held in memory as a whole.
pub const GROWING_PAGE_BYTES_MAX: usize = 2 * 1024 * 1024;
/// People or enrolments in the first page: 280 bytes a person with the members that are kept (observed,
/// section 5).
pub const PEOPLE_PAGE_SIZE: u32 = 500;
/// Missing records in one request: 2,400 bytes of the request line.
pub const MISSING_RECORDS_MAX: usize = 200;
/// Missing records of each class that are looked for at a time.
pub const MISSING_ROWS_MAX: u32 = 1_000;
/// How often a run looks for missing records: what was found names others.
pub const MISSING_ROUNDS_MAX: u32 = 5;

/// Devices of a team in a page: one tells some 500 bytes of itself.
pub const TEAM_PAGE_SIZE: u32 = 500;
/// Pages of devices that are read.
pub const TEAM_PAGES_MAX: u32 = 10;

/// Notes kept in a report.
pub const NOTES_MAX: usize = 50;

/// Data sets or programs in a row on which the server fails before the run ends.
pub const FAULTY_SUBJECTS_MAX: u32 = 3;
