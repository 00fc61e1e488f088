//! Indicators and program indicators: computed values of forms and of what lies on the device.
//!
//! Follows the server's own evaluation (DHIS2 `DefaultExpressionService`, event analytics), missing
//! values and rounding included. Values are asked for through [`Source`]; what is not on the device is
//! named in the result, never taken for zero in silence. No clock, no storage, no network.
//!
//! A form keeps an [`IndicatorSet`] and tells it which cells were edited: only what refers to them is
//! computed again.

mod index;
mod local;
mod measure;
mod program;
mod quotient;
mod reports;
mod round;
mod set;
mod slice;
mod source;
mod timing;

#[cfg(test)]
mod tests;

pub use index::CellIndex;
pub(crate) use index::named_elements;
pub use local::{ElementFacts, LocalData};
pub use measure::{Measure, Measured};
pub use program::{
    Aggregated, EnrollmentRow, InForm, ParsedProgramIndicator, ProgramFacts, ProgramIndicatorSet,
    Row, UnusableProgramIndicator, aggregate,
};
pub use quotient::{IndicatorProblem, IndicatorResult, IndicatorValue};
pub use reports::{CompletedReport, LocalReports, ReportFacts};
pub(crate) use round::round_significant;
pub use round::{number_text, rounded};
pub use set::{IndicatorSet, UnusableIndicator};
pub use slice::SliceSource;
pub use source::{Datum, FirstOf, Found, Missing, Source, Window};
pub use timing::Timing;
