//! What is known of a site, from the roll-out's codes to the paper's: no word is made here.

use outpost_engine::rollout::device::{OpenEnd as Open, Signer};
use outpost_engine::rollout::golive::calendar::{Against, CalendarEntry, Conflict, Sort};
use outpost_engine::rollout::golive::compare::{Cause, StopReason};
use outpost_engine::rollout::golive::decision::Verdict;
use outpost_engine::rollout::golive::plan::{Choice, PlanItem};
use outpost_engine::rollout::golive::readiness::{Check, Gap, Light as SiteLight, Line};
use outpost_engine::rollout::golive::record::Kept;
use outpost_engine::rollout::golive::said::{
    SaidCase, SaidMissing, SaidPlace, SaidSide, read_case, read_missing,
};
use outpost_print::{
    Becomes, CalendarLine, CalendarSort, CaseCause, CaseLine, CasePlace, DayConflict, Decision,
    Difference, Light, Missing, MissingPart, OpenEnd, PlanLine, ReadinessLine, SiteCheck, StopWhy,
};

pub(super) const fn decision(last: Option<Verdict>) -> Decision {
    match last {
        Some(Verdict::Go) => Decision::Go,
        Some(Verdict::NoGo) => Decision::NoGo,
        Some(Verdict::CutOver) => Decision::CutOver,
        Some(Verdict::Reversed) => Decision::Reversed,
        None => Decision::Open,
    }
}

pub(super) fn readiness(line: &Line) -> ReadinessLine {
    let check = match line.check {
        Check::Devices => SiteCheck::Devices,
        Check::Agreements => SiteCheck::Agreements,
        Check::Accounts => SiteCheck::Accounts,
        Check::Training => SiteCheck::Training,
        Check::FirstSync => SiteCheck::FirstSync,
        Check::Metadata => SiteCheck::Metadata,
        Check::SupportContact => SiteCheck::SupportContact,
    };
    let light = match line.light {
        SiteLight::Red => Light::Red,
        SiteLight::Amber => Light::Amber,
        SiteLight::Green => Light::Green,
    };
    let missing = match &line.gap {
        Gap::None => Missing::Nothing,
        Gap::NobodyLooked => Missing::NobodyLooked,
        Gap::NothingToCount => Missing::NothingToCount,
        Gap::Counted { done, of, missing } => {
            let parts = read_missing(missing).into_iter().map(part).collect();
            Missing::Counted { done: *done, of: *of, missing: parts }
        }
    };
    ReadinessLine { check, light, missing }
}

fn part(piece: SaidMissing<'_>) -> MissingPart {
    let end = match piece {
        SaidMissing::Text(text) => return MissingPart::Text(text.to_owned()),
        SaidMissing::Open(end) => end,
    };
    MissingPart::Open(match end {
        Open::Signature { of: Signer::HealthWorker } => OpenEnd::HealthWorker,
        Open::Signature { of: Signer::Supervisor } => OpenEnd::Supervisor,
        Open::Signature { of: Signer::Council } => OpenEnd::Council,
        Open::Stamp { copy } => OpenEnd::Stamp(copy),
        Open::CopyPlace { copy } => OpenEnd::Copy(copy),
    })
}

pub(super) fn plan(item: &PlanItem) -> PlanLine {
    PlanLine {
        what: item.what.clone(),
        becomes: match item.choice {
            Choice::Parallel => Becomes::Parallel,
            Choice::Replace => Becomes::Replaced,
            Choice::Eliminate => Becomes::Ended,
            Choice::Replicate => Becomes::InApp,
            Choice::Duplicate => Becomes::Duplicate,
        },
        until: item.until.map(|day| day.to_string()).unwrap_or_default(),
        compares: item.compares.clone(),
        decided_by: item.decided_by.clone(),
        reason: item.reason.clone(),
    }
}

pub(super) fn entry(it: &CalendarEntry) -> CalendarLine {
    CalendarLine { what: it.what.clone(), from: it.from.to_string(), to: it.to.to_string() }
}

/// `None` for extra support, which speaks against nothing.
const fn sort(sort: Sort) -> Option<CalendarSort> {
    match sort {
        Sort::Holiday => Some(CalendarSort::Holiday),
        Sort::Campaign => Some(CalendarSort::Campaign),
        Sort::Reporting => Some(CalendarSort::Reporting),
        Sort::Away => Some(CalendarSort::Away),
        Sort::Support => None,
    }
}

pub(super) fn conflict(it: &Conflict) -> Option<DayConflict> {
    let with = it.with.as_ref().and_then(|with| Some((sort(with.sort)?, entry(with))));
    match (it.against, with) {
        (Against::NoSupport { bare, days, first }, _) => {
            Some(DayConflict::NoSupport { bare, days, first: first.to_string() })
        }
        (Against::OnTheDay, Some((sort, entry))) => Some(DayConflict::OnTheDay(sort, entry)),
        (Against::SoonAfter { days }, Some((sort, entry))) => {
            Some(DayConflict::SoonAfter { days, sort, entry })
        }
        (_, None) => None,
    }
}

pub(super) fn stop(reason: StopReason) -> StopWhy {
    match reason {
        StopReason::TooFew { compared, wanted, .. } => StopWhy::TooFew { compared, wanted },
        StopReason::Agree { wanted } => StopWhy::Agree(wanted),
        StopReason::Differ { totals } => {
            let one = totals.into_iter().map(|it| (it.period, it.what, it.difference));
            StopWhy::Differ(one.collect())
        }
    }
}

pub(super) fn difference(it: &Kept) -> Difference {
    let case = |line: &String| match read_case(line) {
        Some(said) => case(said),
        None => CaseLine::Text(line.clone()),
    };
    Difference {
        period: it.period.clone(),
        what: it.what.clone(),
        before: it.before.to_string(),
        app: it.app.to_string(),
        difference: format!("{:+}", it.app - it.before),
        behind: it.behind.iter().map(case).collect(),
    }
}

fn case(said: SaidCase) -> CaseLine {
    CaseLine::Case {
        key: said.key,
        is_of_app: said.side == SaidSide::App,
        place: match said.place {
            SaidPlace::Line(line) => CasePlace::Line(line),
            SaidPlace::Record(id, day) => CasePlace::Record(id, day.to_string()),
            SaidPlace::Other(text) => CasePlace::Other(text),
        },
        cause: match said.cause {
            Cause::NotInApp => CaseCause::NotInApp,
            Cause::NotInRegister => CaseCause::NotInRegister,
            Cause::Twice => CaseCause::Twice,
            Cause::Possible => CaseCause::Possible,
            Cause::OtherPeriod => CaseCause::OtherPeriod(said.periods),
        },
    }
}
