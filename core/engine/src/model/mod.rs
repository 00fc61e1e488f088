//! What the facade hands out: plain owned records, ready for a screen, a JSON document or a bridge.
//!
//! Ids are the domain's; texts are for people; times are Unix milliseconds UTC unless said otherwise.

mod account;
mod device;
mod duplicate;
mod event;
mod exchange;
mod form;
mod import;
mod indicator;
mod nearby;
mod outbox;
mod package;
mod person;
mod purge;
mod relationship;
mod release;
mod review;
mod sim;
mod site;
mod support;
mod sync;

pub use account::{AccountInfo, Check, Health, Secret, SignedIn, Status};
pub use device::{
    DeviceChange, DeviceEvent, DeviceHistory, DeviceImport, DeviceLabel, DeviceQuery, DeviceReport,
    DeviceRow, DeviceStanding, FindingView, MyPhoneView,
};
pub use duplicate::{DuplicateWarning, ProposalPage, ProposalQuery, ProposalView};
pub use event::{
    DraftView, EventFormView, EventOutcome, EventPage, EventProblemView, EventQuery, EventSummary,
    EventView,
};
pub use exchange::{
    AsideView, CardView, CarriedView, ExchangeFileView, ExchangePartner, FilePlan, HandedOver,
    HandedToView, KeyListFiles, KeyView, ReceiptReport, RecoveryKey, RevocationReason,
    RotationFiles, SetupPlan, SetupView, SiteName, SiteRole, TakenIn, TakenInReport, UnknownObject,
};
pub use form::{
    AttributeOptionComboView, CellChange, CellEdit, CellView, CompleteOutcome,
    CompletionProblemView, CompletionView, DataSetFormView, EditOutcome, FormKind, FormSummary,
    OptionPage, OptionView, OrganisationUnitPage, OrganisationUnitQuery, OrganisationUnitView,
    PeriodView, Refusal, RefusedEdit, SlicePage, SliceSummary, SliceView, StageView,
};
pub use import::{ImportObserver, ImportRefusal, ImportReport};
pub use indicator::{
    IndicatorChoice, IndicatorKind, IndicatorPage, IndicatorQuery, IndicatorSummary,
    IndicatorValuePage, IndicatorValueRow, LegendView, ReportViolations, UnjudgedRule,
    ValidationQuery, ViolationPage,
};
pub use nearby::{
    NearbyFile, NearbyObserver, NearbyPhone, NearbyPlan, NearbyProgress, NearbySent, NearbySession,
    NearbyVisit,
};
pub use outbox::{
    ConflictField, ConflictView, JournalEntryView, JournalVerdict, OutboxDetail, OutboxPage,
    OutboxRowView, RecordState,
};
/// What to do with a slice of a report in its workflow.
pub use outpost_wire::approval::ApprovalStep;
pub use package::{
    DriftLine, DriftReport, DriftStops, DriftWay, ObjectName, PackageApplied, PackageMade,
    PackageProblem, PackagePushed, PackageStep, PackageView,
};
pub use person::{
    AccessState, AttributeColumn, AttributeCondition, AttributeValue, CompletionOffersView,
    ConditionOperator, DownloadedPerson, EnrollmentView, FileView, GlassOutcome, NextVisitView,
    PeopleLayout, PersonOutcome, PersonPage, PersonQuery, PersonSummary, PersonView,
    ProgramSummary, SearchPage, StageVisits, TrackedEntityTypeView, TrackerWaiting, VisitCondition,
    VisitSummary,
};
pub use purge::{
    DownloadSetting, LeaveReason, PurgeOutcome, PurgePerson, PurgePlan, ReservedView,
    WorkingListView,
};
pub use relationship::{
    FamilyMember, FamilyView, PartnerView, RelationshipChoice, RelationshipOutcome,
    RelationshipView,
};
pub use release::{
    PackageHere, ProductView, ReleaseKey, ReleaseOffer, ReleasePlanned, ReleaseStatus,
    ReleaseTaken, RootPlan, RunningVersion, ToBeSigned, VersionView,
};
pub use review::{
    ApprovalView, DeviceView, KnownDevice, ReviewItem, ReviewPage, ReviewQuery, ReviewStatus,
    ReviewSubject, ReviewView, TargetView, TeamView,
};
pub use sim::{SimEvent, SimHistory, SimImport, SimQuery, SimRow};
pub use site::{
    BackupView, ContactView, FolderLeft, FolderOptions, FolderReport, FolderTaken, FolderUpdate,
    LinkAttempt, LinkView, RestoredView, SiteChange, SiteCheck, SiteFailed, SiteFile, SiteFiles,
    SiteMode, SiteSettings, SiteView,
};
pub use support::{
    Letter, LetterTaken, NewSupportRequest, NoticeWay, SUPPORT_DAYS, StepKind, SupportAnswer,
    SupportChannel, SupportClock, SupportContact, SupportFiled, SupportLapse, SupportLinks,
    SupportMirrored, SupportNotice, SupportPage, SupportProblem, SupportQuery, SupportReport,
    SupportReportRow, SupportSettings, SupportState, SupportStepView, SupportSummary, SupportTier,
    SupportView, TakenDown,
};
pub use sync::{KindCount, SyncObserver, SyncOptions, SyncPhase, SyncProgress, SyncReport};
