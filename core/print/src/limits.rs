//! Limits of what is printed. Whatever is longer is cut with an ellipsis or refused, never run over.

/// Longest text of a field, in characters. Names of people and places in DHIS2 have 230 at most.
pub const FIELD_CHARS_MAX: usize = 300;
/// Longest text of an agreement, in bytes: about twenty printed pages.
pub const TEMPLATE_BYTES_MAX: usize = 64 * 1024;
/// Most labels in one document: four times the largest roll-out that is planned for.
pub const LABELS_MAX: usize = 20_000;
/// Most rows of a list in one document.
pub const ROWS_MAX: usize = 20_000;
/// Longest text in a code, in bytes. At level H a code of that length has 73 modules a side.
pub const CODE_BYTES_MAX: usize = 200;
/// Smallest side of a code's module in millimetres that a phone reads from a worn label; printers for
/// tape have dots of 0.14 mm.
pub const MODULE_MM_MIN: f32 = 0.28;
/// Most bars or points of one series in a chart: a day each for a year.
pub const CHART_POINTS_MAX: usize = 400;
/// Most series in a chart: as many as have a pattern and a mark of their own.
pub const CHART_SERIES_MAX: usize = 4;
/// Most charts above each other: what is still seen at a glance.
pub const PANELS_MAX: usize = 6;
/// Largest side of a picture in pixels: A2 at 300 dots an inch.
pub const PIXELS_MAX: u32 = 8_000;
/// Most fonts that may be added to those that are carried.
pub const FONTS_MAX: usize = 16;
