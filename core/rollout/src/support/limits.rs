//! Limits of support requests, one name, unit and reason each.

/// Most tiers: more than five hands between a health worker and an answer help nobody (S2).
pub const TIERS_MAX: usize = 5;
/// Hours within which a person acknowledges, unless the project sets others (the roll-out guide).
pub const ACKNOWLEDGE_HOURS: i64 = 12;
/// Longest limit that a project may set, in hours: ten weeks of working days round the clock.
pub const LIMIT_HOURS_MAX: i64 = 2_000;
/// Holidays of a calendar: ten years of a country with many.
pub const CALENDAR_HOLIDAYS_MAX: usize = 1_000;
/// Working spans of a day: nobody begins work more than eight times.
pub const CALENDAR_SPANS_MAX: usize = 8;
/// Contacts of a project: every supervisor of a large country.
pub const CONTACTS_MAX: usize = 20_000;
/// Longest document of settings, in bytes: that many contacts.
pub const SETTINGS_BYTES_MAX: usize = 4_000_000;
/// Longest title, in characters: a line of a list; the column of DHIS2 has more.
pub const TITLE_CHARS_MAX: usize = 160;
/// Longest text of a request or reply, in characters: several pages. DHIS2 takes 50,000 UTF-16
/// units.
pub const TEXT_CHARS_MAX: usize = 20_000;
/// Longest name, phone number, reason code, in characters.
pub const WORD_CHARS_MAX: usize = 100;
/// Steps of one request that are looked at: a quarrel of years has some hundreds.
pub const STEPS_MAX: usize = 2_000;
/// A device's own clock is believed this far back when its difference was never measured: phones
/// lie unsent for months, but not for two years.
pub const UNMEASURED_AGE_MS_MAX: i64 = 730 * 24 * 3_600_000;
/// Within which time a request about the same trouble of the same device is offered (S7).
pub const SAME_TROUBLE_MS: i64 = 24 * 3_600_000;
/// A telephone call is written down at most this long after it: whoever writes down an older one has
/// mistyped the year, and its request would be late by all of that.
pub const CALL_AGO_MS_MAX: i64 = 366 * 24 * 3_600_000;
/// A telephone call may be this far in the future: clocks are set right to the minute.
pub const CALL_AHEAD_MS_MAX: i64 = 60_000;
/// Causes that a report lists (the guide's "ten most common requests").
pub const CAUSES_LISTED: usize = 10;
/// Addresses of a letter and headers that are looked at.
pub const LETTER_HEADERS_MAX: usize = 200;
