//! The facade of Outpost for other languages.
//!
//! Converts between the engine's records and those that cross the bridge, and runs every call on
//! threads of its own: an exported `async fn` spawns its work and awaits the handle, so the caller's
//! thread never does I/O and a dropped call still ends in a defined state. Has no policy, keeps no
//! state beyond handles, never panics across the bridge and never returns an unbounded list.

#[cfg(target_os = "android")]
mod android;
mod care;
mod core;
mod cursor;
mod devices;
mod exchange;
mod fault;
mod form_session;
mod golive;
mod ids;
mod import;
mod keys;
mod limits;
mod nearby;
mod oversight;
mod people;
mod person_form;
mod platform;
mod record;
mod runtime;
mod session;
mod sims;
mod site;
mod support;
mod sync;
mod task;

pub use crate::core::OutpostCore;
pub use cursor::PageCursor;
pub use exchange::{HandOverHandle, TakeInHandle};
pub use fault::{CallbackFault, OutpostFault, SignInTrouble};
pub use form_session::{EventFormHandle, ReportFormHandle};
pub use import::{ImportHandle, ImportObserver};
pub use nearby::{NearbyObserver, NearbyReceiveHandle, NearbySendHandle};
pub use person_form::PersonFormHandle;
pub use platform::{DeviceClock, KeyStoreHealth, SecureKeyStore};
pub use record::account::{
    Account, AccountPage, DeviceCheck, DeviceHealth, SignedInAccount, WipedAccount, WorkStatus,
};
pub use record::device::{
    AuditResult, DeviceAudit, DeviceAuditLine, DeviceItem, DeviceListQuery, DeviceMixUp,
    DeviceSignature, HandOverFacts, HandOverStage, HandOverState, MyPhone, PhoneFinding, PhoneSeen,
    ReturnFacts, ReturnStage, ReturnState, WipeStep,
};
pub use record::duplicate::{ProposalItem, ProposalItemPage, ProposalQuery};
pub use record::event::{
    Answer, EventDetail, EventForm, EventFormField, EventFormSection, EventFormView, EventListItem,
    EventListPage, EventListQuery, EventNote, EventProblem, EventRecord, EventSaved, EventState,
    LabelledAnswer, ProgramStageItem,
};
pub use record::event_session::{
    EventChange, EventFacts, EventFormCompleted, EventFormDiff, EventFormOpened,
};
pub use record::exchange::{
    AsideRecord, CarriedFor, ExchangeCard, ExchangeFile, ExchangeKey, ExchangeKeyPage,
    ExchangePartner, ExchangePartnerPage, FileGap, FilePlan, HandedOver, HandedTo, MailParts,
    NewExchangeKey, NewRecoveryKey, PublishedKeyList, ReceiptReport, RevocationReason, SetupCode,
    SetupPlan, SiteName, SiteRole, TakenIn, TakenInReport, UnknownObject,
};
pub use record::form::{
    AttributeOptionComboItem, AttributeOptionComboPage, DataSetForm, FormCell, FormColumn,
    FormHeaderCell, FormHeaderRow, FormIndicator, FormItem, FormItemPage, FormRow, FormSection,
    FormTable, FormType, OptionItem, OptionItemPage, OptionSetRef, OrganisationUnitItem,
    OrganisationUnitPage, PeriodItem, Reason,
};
pub use record::form_state::{
    Announcement, AnnouncementKind, FormDiff, FormFieldState, FormSectionState, OfferedEvent,
    ProgramIndicatorValue,
};
pub use record::golive::{
    GoLiveAdoption, GoLiveCase, GoLiveCheck, GoLiveCompared, GoLiveKept, GoLiveLight,
    GoLivePlanItem, GoLiveQuery, GoLiveRun, GoLiveSite,
};
pub use record::indicator::{
    IndicatorChoice, IndicatorClass, IndicatorFigure, IndicatorFigurePage, IndicatorItem,
    IndicatorItemPage, IndicatorQuery, Legend, ReportViolations, ReportViolationsPage,
    UnjudgedRule, ValidationQuery,
};
pub use record::nearby::{
    NearbyFile, NearbyPhone, NearbyPlan, NearbyReceived, NearbySent, NearbyStep, NearbyVisit,
};
pub use record::outbox::{
    ConflictChoice, ConflictItem, Draft, FieldConflict, ImportRefusal, ImportSummary, JournalItem,
    JournalVerdict, OutboxDetail, OutboxItem, OutboxItemPage, TravelState,
};
pub use record::people::{
    AttributeColumn, AttributeCondition, AttributeValue, Comparison, EnrollmentChange,
    EnrollmentState, PeopleFound, PeopleLayout, PeopleScope, PeopleWaiting, PersonItem,
    PersonItemPage, PersonQuery, ProgramAccess, ProgramItem, ProgramItemPage,
    TrackedEntityTypeItem, TrackedEntityTypePage, VisitCondition,
};
pub use record::person::{EnrollmentDetail, PersonAccess, PersonDetail, StageVisits, VisitItem};
pub use record::person_session::{
    EnrollmentFacts, PersonChange, PersonFacts, PersonForm, PersonFormDiff, PersonFormField,
    PersonFormOpened, PersonFormSaved, PersonFormSection,
};
pub use record::person_work::{
    CompletionOffers, FileItem, FileSource, LikelyDouble, NextVisit, PersonFetched, PersonSaved,
};
pub use record::relationship::{
    Family, FamilyMember, RelationshipDetail, RelationshipDetailPage, RelationshipEnd,
    RelationshipOption, RelationshipPartner, RelationshipSaved,
};
pub use record::report_session::{
    EditedCell, IndicatorValue, ReportFormCompleted, ReportFormEdited, ReportFormOpened,
    RuleImportance, Violation, ViolationSide, Violations,
};
pub use record::review::{
    ApprovalInfo, ApprovalStep, KnownDevice, ReviewInfo, ReviewItem, ReviewItemPage, ReviewQuery,
    ReviewStage, ReviewSubject, TargetItem, TargetPage, TargetStanding, TaskPage, TeamDevice,
    TeamDevicePage,
};
pub use record::room::{
    DownloadSetting, LeaveReason, PurgeDone, PurgePerson, PurgePlan, PurgeRules, ReservedCount,
    ReservedCountPage, WorkingList, WorkingListPage,
};
pub use record::sim::{
    NewSimCard, SimCardChange, SimCardHistory, SimCardItem, SimCardPage, SimCardQuery,
    SimCardState, SimPairing,
};
pub use record::site::{SiteCheck, SiteContact, SiteInfo, SiteLink, SiteMode, SiteRestored};
pub use record::slice::{
    Cell, CellEdit, CellEdited, Completed, Completion, CompletionProblem, RefusedEdit, SliceEdited,
    SliceId, SliceItem, SliceItemPage, SliceState, SliceView, TableTotals,
};
pub use record::support::{
    NewSupportRequest, SupportAnswer, SupportClock, SupportContact, SupportFiled, SupportItem,
    SupportItemPage, SupportQuery, SupportRequest, SupportStep,
};
pub use record::sync::{SyncOutcome, SyncParts, SyncStage, SyncStep, TypeCount};
pub use record::update::{
    FormsPackage, MetadataName, PackageApplied, PackageStep, ReleaseOffer, ReleaseStatus,
    ReleaseTaken, ReleaseVersion, ReleasedProduct, RunningVersion, StagedPackage,
};
pub use session::SessionHandle;
pub use sync::{SyncHandle, SyncObserver};

uniffi::setup_scaffolding!();

/// Version of this facade: changes with every change of its golden that callers must follow.
#[uniffi::export]
#[must_use]
pub fn api_version() -> i32 {
    limits::API_VERSION
}

/// What this library is: release, target, profile. For reports to support.
#[uniffi::export]
#[must_use]
pub fn build_info() -> String {
    format!(
        "outpost {} for {} ({})",
        env!("CARGO_PKG_VERSION"),
        env!("OUTPOST_BUILD_TARGET"),
        env!("OUTPOST_BUILD_PROFILE")
    )
}
