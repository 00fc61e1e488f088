//! Limits of what comes from outside, one name, unit and reason each.

/// Largest manifest in bytes: it names at most [`RECIPIENTS_MAX`] recipients and a dozen counts.
pub const MANIFEST_BYTES_MAX: u64 = 64 * 1024;
/// Largest signature file in bytes: two lines of base64 and two comments.
pub const SIGNATURE_BYTES_MAX: u64 = 1_024;
/// Largest key list in bytes: 20,000 sites with the longest names.
pub const KEY_LIST_BYTES_MAX: u64 = 12 * 1024 * 1024;
/// Largest encrypted content in bytes. A million records with their bases take less than 200 MB.
pub const CONTENT_BYTES_MAX: u64 = 4 * 1024 * 1024 * 1024;
/// Largest content in bytes once it is unpacked.
pub const UNPACKED_BYTES_MAX: u64 = 64 * 1024 * 1024 * 1024;
/// How many times larger than its encrypted form a content may become. Records of one form shrink to
/// a thirtieth; zstd alone could claim a thousandth and more.
pub const EXPANSION_MAX: u64 = 1_000;
/// Content that may be unpacked whatever [`EXPANSION_MAX`] says, in bytes: a tiny file is no bomb.
pub const UNPACKED_BYTES_FREE: u64 = 1024 * 1024;
/// Most records in a file: the tablet of fifty health workers holds fewer.
pub const RECORDS_MAX: u64 = 20_000_000;
/// Longest line in bytes: a record and its base, each of up to 4 MB as the store keeps them.
pub const LINE_BYTES_MAX: usize = 9 * 1024 * 1024;
/// Bytes of a captured file (a photo) in one line.
pub const CHUNK_BYTES: usize = 192 * 1024;
/// Longest header of an age file in bytes; a recipient takes about 100.
pub const AGE_HEADER_BYTES_MAX: u64 = 64 * 1024;
/// Most recipients of a file, the recovery keys among them.
pub const RECIPIENTS_MAX: usize = 64;
/// Window of zstd as a power of two: 8 MB, so that a phone unpacks a file of any size.
pub const ZSTD_WINDOW_LOG: u32 = 23;
/// Carriers in the history of a record.
pub const HOPS_MAX: usize = 32;
/// Bytes of any short text in a manifest, record or receipt: a version, a user name, a code.
pub const SHORT_TEXT_BYTES_MAX: usize = 256;
/// Bytes of a reason in a receipt; longer ones are cut when written.
pub const REASON_BYTES_MAX: usize = 4 * 1024;
/// Sequence numbers stay below this, so that no arithmetic overflows (and JSON readers agree).
pub const SEQUENCE_MAX: u64 = 1 << 53;

/// Bytes of the name on a card: it must fit a QR code that a cheap camera reads.
pub const NAME_BYTES_MAX: usize = 60;
/// Characters of the longest card text.
pub const CARD_CHARS_MAX: usize = 400;
/// Keys in a ring or a key list.
pub const KEYS_MAX: usize = 20_000;
/// Bytes of a rotation statement.
pub const ROTATION_BYTES_MAX: u64 = 4 * 1024;

/// Files of one sender whose hashes a ledger keeps: ten years of five a day.
pub const LEDGER_FILES_MAX: usize = 20_000;
/// Files that a ledger remembers to have looked at and not taken in.
pub const SEEN_MAX: usize = 64;
/// Records named in one line of a receipt.
pub const RECEIPT_ROWS_MAX: usize = 1_000;
/// Files that a receipt speaks about.
pub const RECEIPT_FILES_MAX: usize = 10_000;

/// Smallest part in bytes: below, headers outweigh content.
pub const PART_BYTES_MIN: u64 = 16 * 1024;
/// Most parts of one file.
pub const PARTS_MAX: u32 = 10_000;
/// Longest header line of a part in bytes.
pub const PART_HEADER_BYTES_MAX: usize = 512;

/// Keys of a role in the root of releases.
pub const ROLE_KEYS_MAX: usize = 16;
/// Largest root of releases in bytes: two roles of [`ROLE_KEYS_MAX`] cards.
pub const ROOT_BYTES_MAX: u64 = 32 * 1024;
/// Roots in one release file: a site that was away for a lifetime of yearly rotations follows.
pub const ROOTS_MAX: usize = 64;
/// Largest release document in bytes: a stage that names every site.
pub const RELEASE_BYTES_MAX: u64 = 1024 * 1024;
/// Largest file of signatures in bytes: those of an old and a new root.
pub const SIGNATURES_BYTES_MAX: u64 = 2 * ROLE_KEYS_MAX as u64 * SIGNATURE_BYTES_MAX;
/// Products in a release: the app, the command line, and what others build upon the core.
pub const PRODUCTS_MAX: usize = 16;
/// Platforms of a product.
pub const PLATFORMS_MAX: usize = 32;
/// Bytes of the name of a product or platform.
pub const PRODUCT_NAME_BYTES_MAX: usize = 40;
/// Largest payload in bytes: ten times the largest package that a phone in the field could hold.
pub const PAYLOAD_BYTES_MAX: u64 = 1024 * 1024 * 1024;
/// Highest version code; Android's own stores go no further.
pub const VERSION_CODE_MAX: u64 = 2_100_000_000;
/// Verified payloads that a device remembers.
pub const STAGED_MAX: usize = 32;
/// Characters of a setup code: what fits one QR code.
pub const SETUP_CHARS_MAX: usize = 4_000;
/// Programs and data sets that a setup code names.
pub const SETUP_PROGRAMS_MAX: usize = 100;
