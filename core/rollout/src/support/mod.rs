//! Support: requests of users, who answers them, by when, and what that came to (S1 to S10 of the
//! roll-out requirements).
//!
//! A request is a tracked entity with one enrolment; what happens to it are events that are only
//! added. [`Standing`] is what they come to: state, tier, clocks. It is derived and never stored,
//! so people who work on one request without network cannot contradict each other for good.
//!
//! Never loses a request, never hides its age, never lets a machine's answer pass for a person's.

mod answers;
mod calendar;
mod clock;
mod digest;
mod doubles;
mod letter;
pub mod limits;
mod may;
mod message;
mod pause;
mod record;
mod report;
mod request;
mod settings;
mod standing;
mod step;
#[cfg(test)]
mod tests;

pub use answers::{Answer, LANGUAGES, answer_language, answer_to, answers};
pub use calendar::{Calendar, CalendarError, Hours, Span};
pub use clock::{Ages, Clock, ClockState, ClockView, Level, Thresholds};
pub use digest::{Digest, DigestError};
pub use doubles::{Trouble, same_trouble, trouble_key};
pub use letter::{Letter, LetterKind, Taken, message_id_of, read_letter, subject_of};
pub use may::{NotAllowed, may};
pub use message::{MirrorStatus, mirror_status};
pub use record::{
    Recorded, Stamp, program, read_request, read_steps, request_event, request_type,
    request_values, step_event,
};
pub(crate) use report::cell;
pub use report::{Causes, Lapse, Report, ReportRow, Tally, report_csv};
pub use request::{Channel, Links, Made, Problem, SupportRequest};
pub use settings::{CalendarDocument, Contact, DAYS, SettingsError, SupportSettings, Tier};
pub use standing::{Hop, LastWord, Reaction, Standing, State};
pub use step::{Step, StepKind, StepName, moment_after};
