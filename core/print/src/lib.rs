//! Paper: labels, agreements, lists, reports and charts as PDF, SVG and PNG.
//!
//! Takes what is to be printed as plain texts and numbers and gives bytes back. Never looks anything
//! up, never decides what a roll-out allows, and never writes a file: the caller does.
//!
//! | module | what it answers |
//! |---|---|
//! | `text` | which glyphs a text is, in which order, and where its lines end |
//! | `drawing` | what stands on a page, before it is PDF, SVG or PNG |
//! | `out` | those three |
//! | `label`, `qr` | labels with codes, and what they are printed on |
//! | `document` | agreements, hand-over lists, go/no-go reports |
//! | `chart` | bars and lines, and small charts above each other |
//!
//! ```
//! use outpost_print::{Fonts, Label, LabelOptions, Stock, labels_pdf};
//!
//! let label = Label {
//!     number: "000042".to_owned(),
//!     code: "an opaque text".to_owned(),
//!     ..Label::default()
//! };
//! let fonts = Fonts::carried()?;
//! let printed = labels_pdf(&fonts, &LabelOptions::on(Stock::AveryL7160), [label])?;
//! assert_eq!((printed.pages, &printed.bytes[..5]), (1, &b"%PDF-"[..]));
//! # Ok::<(), outpost_print::PrintError>(())
//! ```

// Pixels, points and counts of pages are far below what floats hold exactly.
#![allow(clippy::cast_precision_loss)]

mod chart;
mod document;
mod drawing;
mod error;
mod label;
pub mod limits;
mod out;
mod qr;
mod text;
mod words;

pub use chart::{Chart, ChartKind, Panel, Panels, Series, chart, panels};
pub use document::{
    Agreement, AgreementText, Becomes, CalendarLine, CalendarSort, CaseCause, CaseLine, CasePlace,
    DayConflict, Decision, Difference, GoNoGo, HandOverList, HandOverRow, Light, Missing,
    MissingPart, OpenEnd, Owner, PlanLine, ReadinessLine, SiteCheck, StopWhy, agreements_pdf,
    go_no_go_pdf, hand_over_list_pdf,
};
pub use drawing::Drawing;
pub use error::{PrintError, Result};
pub use label::{Label, LabelOptions, Stock, label, labels_pdf};
pub use out::Printed;
pub use qr::Correction;
pub use text::{Direction, Fonts, Weight, printable};
pub use words::{ChartWords, Language};
