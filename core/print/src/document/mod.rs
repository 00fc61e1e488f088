//! Documents of several pages: agreements, lists, reports.

mod agreement;
mod flow;
mod list;
mod report;
mod said;
mod template;

pub use agreement::{Agreement, AgreementText, Owner, agreements_pdf};
pub use list::{HandOverList, HandOverRow, hand_over_list_pdf};
pub use report::{Decision, Difference, GoNoGo, Light, ReadinessLine, go_no_go_pdf};
pub use said::{
    Becomes, CalendarLine, CalendarSort, CaseCause, CaseLine, CasePlace, DayConflict, Missing,
    MissingPart, OpenEnd, PlanLine, SiteCheck, StopWhy,
};
