//! Limits of the domain parsers, one name and one reason each.

/// First year a period id can name; ids carry exactly four digits (wire reference 2.2).
pub const PERIOD_YEAR_MIN: i16 = 1;

/// Last year a period id can name; ids carry exactly four digits (wire reference 2.2).
pub const PERIOD_YEAR_MAX: i16 = 9999;

/// Longest period id in bytes, `2026AprilS1` (wire reference 2.2).
pub const PERIOD_ID_BYTES_MAX: usize = 11;

/// Most periods that one call may make: 27 years of days, more than any list that is shown or
/// synced.
pub const PERIODS_MAX: usize = 10_000;

/// Characters of an offending id that an error repeats; enough to recognise it, too few to flood a
/// log.
pub const SHOWN_CHARS_MAX: usize = 24;

/// Longest value in UTF-16 units that the server takes (DHIS2 `ValidationUtils`, wire reference
/// 2.1).
pub const VALUE_UTF16_MAX: usize = 50_000;

/// A number must stay below this many UTF-16 units (DHIS2 `MathUtils`, wire reference 2.1).
pub const NUMBER_UTF16_LIMIT: usize = 250;

/// Most columns of one table of a data set form: beyond it the category combo is misconfigured,
/// not a form.
pub const FORM_COLUMNS_MAX: usize = 10_000;

/// Longest comment of a value in UTF-16 units, servers up to 2.42 (E7620, wire reference 1.3).
pub const COMMENT_UTF16_MAX: usize = 50_000;

/// Longest comment of a value in UTF-16 units, servers from 2.43 on (E8125, wire reference 1.3).
pub const COMMENT_UTF16_MAX_SINCE_43: usize = 5_000;

/// Longest geometry in bytes; a district border of 50,000 points fits, a bomb does not.
pub const GEOMETRY_BYTES_MAX: usize = 2_000_000;

/// Longest expression in bytes; the longest of seven published metadata packages has 17,279, and the
/// server's column is unlimited text.
pub const EXPRESSION_BYTES_MAX: usize = 200_000;

/// Most nodes of one expression: what the longest text can reasonably make.
pub const EXPRESSION_NODES_MAX: usize = 50_000;

/// Deepest nesting of parentheses, functions and signs in the text. The peer manages 300 levels of
/// everything on a large stack; a phone's thread has half a megabyte.
pub const EXPRESSION_NESTING_MAX: usize = 400;

/// Deepest tree: a level of the text makes two, an operator or function and what wraps it, and each
/// precedence may add one.
pub const EXPRESSION_DEPTH_MAX: usize = 1_000;

/// Steps of one evaluation: an aggregate function runs its argument once per element.
pub const EXPRESSION_STEPS_MAX: u32 = 2_000_000;

/// Largest exponent that is multiplied out: the peer gives answers up to a million, and none within
/// two seconds from two million on.
pub const POWER_STEPS_MAX: u32 = 1_500_000;

/// Steps that a pattern of `d2:validatePattern` may go back; a hostile one would never end.
pub const PATTERN_STEPS_MAX: usize = 200_000;

/// Longest pattern in bytes, before compilation.
pub const PATTERN_BYTES_MAX: usize = 10_000;

/// Longest text that an expression may build, in bytes: several of the longest values.
pub const EXPRESSION_TEXT_BYTES_MAX: usize = 1_000_000;

/// How deep indicators may refer to indicators; an administrator nests two or three.
pub const INDICATOR_NESTING_MAX: usize = 16;

/// How often assigned values go back into a form until it comes to rest. A chain of fields that feed
/// each other takes a round each; rules that feed themselves would never end.
pub const ASSIGN_ROUNDS_MAX: usize = 50;

/// Longest TextPattern in bytes; the server's column has 255 characters.
pub const TEXT_PATTERN_BYTES_MAX: usize = 1_020;

/// Longest value of an attribute of a person in UTF-16 units (E1077, wire reference 1.4).
pub const ATTRIBUTE_UTF16_MAX: usize = 1_200;

/// Longest reason for breaking the glass, in characters: it travels in the request line, where a
/// character takes up to twelve bytes and 8,000 bytes is the most that servers read.
pub const BREAK_GLASS_REASON_CHARS_MAX: usize = 500;

/// Periods that are tried for a free one when the next visit is suggested: ten years of weeks.
pub const SUGGESTED_PERIODS_MAX: usize = 520;

/// Reserved values that are kept for each generated attribute (and organisation unit): what DHIS2's
/// own Android app keeps, several weeks of registrations.
pub const RESERVED_TARGET: usize = 100;

/// Reserved values are asked for when fewer than this share of the target is left.
pub const RESERVED_REFILL_BELOW_PERCENT: usize = 50;

/// Most values of one request; the server refuses more (capture t034h).
pub const RESERVED_ASK_MAX: u32 = 1_000;

/// Organisation units for which values with a unit's code are kept: a team's villages; a request each.
pub const RESERVED_POOLS_MAX: usize = 200;

/// A reservation that ends within these milliseconds (a week) is used last: its record may not be sent in
/// time.
pub const RESERVED_ENDS_SOON_MS: i64 = 7 * 24 * 60 * 60 * 1_000;

/// Longest reason of a supervisor in characters: a message for a small screen.
pub const REVIEW_TEXT_CHARS_MAX: usize = 1_000;

/// Characters of folded text that are kept of one text: a record's searched answers.
pub const FOLDED_CHARS_MAX: usize = 1_000;

/// Words of a name that are compared; more make a comparison slow and no surer.
pub const NAME_WORDS_MAX: usize = 8;

/// Most people that share a blocking key and are still compared with each other; a key of more (everybody
/// has the health post's phone number) says nothing.
pub const DUPLICATE_BLOCK_MAX: usize = 64;

/// Most merge proposals of one list; the surest are kept.
pub const DUPLICATE_PROPOSALS_MAX: usize = 1_000;

/// Longest list of targets in bytes: one value of the server's data store.
pub const TARGETS_BYTES_MAX: usize = 200_000;

/// Most targets of one list; a screen shows a dozen.
pub const TARGETS_MAX: usize = 500;

/// Most users or organisation units of one target.
pub const TARGET_SCOPE_MAX: usize = 2_000;

/// Longest text of a target in characters.
pub const TARGET_NAME_CHARS_MAX: usize = 230;

/// Most days of which a device tells whether it synchronised: six weeks, the first ones of a go-live. With
/// two short numbers a day that is some 200 bytes in what every supervisor reads of every device.
pub const SYNC_DAYS_MAX: usize = 42;
