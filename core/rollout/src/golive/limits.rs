//! Limits of go-live: tables from outside and what is told of them.

/// Largest table of a register, in bytes: a year of a busy clinic, line by line.
pub const TABLE_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Most lines of such a table.
pub const TABLE_LINES_MAX: usize = 100_000;
/// Most wrong lines that are told at once.
pub const PROBLEMS_MAX: usize = 50;
/// Most records that are named behind one difference; the rest is counted.
pub const BEHIND_MAX: usize = 200;
/// Longest text of an answer, in characters.
pub const TEXT_CHARS_MAX: usize = 1_000;
/// Most days that a calendar looks at after going live.
pub const DAYS_MAX: i32 = 366;
/// Most days of a site's first weeks: a quarter. Of days longer ago devices tell nothing.
pub const ADOPTION_DAYS_MAX: i32 = 92;
