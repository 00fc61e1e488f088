//! The metadata pull: kind by kind, page by page, each page stored before the next is asked for.
//!
//! A kind that was never pulled is read whole. A known one is asked in one tiny question how many
//! objects it has and when the newest changed; only what changed travels. Deletions and withdrawn
//! or regained sharing look alike and are found by totals and id lists. Nothing becomes visible
//! before the swap at the end, and nothing that is stored disappears because the server refused to
//! answer.

use std::collections::VecDeque;
use std::mem;

use jiff::SignedDuration;
use outpost_domain::metadata::MetadataKind;
use outpost_domain::uid::Uid;
use outpost_wire::answer::AnswerClass;
use outpost_wire::error::WireError;
use outpost_wire::metadata::{
    MetadataObject, Page, Probe, page_size, parse_ids, parse_page, parse_probe,
};
use outpost_wire::time::parse_local_time;

use crate::context::{Context, Turn, out_of_step};
use crate::limits::{
    IDS_COMPARE_EVERY_MS, KIND_RESTARTS_MAX, METADATA_OVERLAP_MS, MISSING_IDS_FULL_PULL,
    MISSING_IDS_MAX, PAGES_MAX,
};
use crate::link::{Delivery, Link, LinkTurn, refusal_words};
use crate::ports::{
    Answer, Effect, Event, KindProgress, KindStatus, Phase, PullState, Request, Stop, StoreCommand,
    StoreReply, facts,
};
use crate::requests;

/// The pull as a whole.
#[derive(Default)]
pub(crate) struct MetadataPull {
    state: State,
    waiting: VecDeque<Work>,
    work: Option<Work>,
    facts: Vec<(&'static str, String)>,
}

#[derive(Default)]
enum State {
    #[default]
    Idle,
    Beginning,
    Asking(Link, Question),
    Storing(Next),
    Comparing,
    ComparingNewest,
    Swapping,
    SavingFacts,
}

/// What the request under way asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Question {
    FullPage,
    Probe,
    ChangedPage,
    CreatedProbe,
    Ids,
    Missing,
}

/// What follows a stored command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    FullPage,
    ChangedPage,
    CompareTotals,
    Missing,
    OtherKind,
}

/// One kind under way.
struct Work {
    kind: MetadataKind,
    status: KindStatus,
    progress: KindProgress,
    probe: Option<Probe>,
    created_since: Option<u64>,
    missing: Vec<Uid>,
    restarts: u32,
    done_objects: u64,
    /// Something of this kind is staged or compared, so its end must be stored too.
    is_touched: bool,
    /// The id list was compared in this run. Stored only with the end of the kind: what is missing
    /// must be there by then.
    is_compared: bool,
    /// The list moved too often while it was read: ids must be compared afterwards.
    is_shaky: bool,
}

impl MetadataPull {
    pub fn begin(&mut self, context: &mut Context) -> Turn {
        self.state = State::Beginning;
        let command =
            StoreCommand::BeginPull { scope: scope(context), now_ms: context.now.unix_ms };
        Turn::Do(Effect::Store(command))
    }

    pub fn step(&mut self, event: Event, context: &mut Context) -> Turn {
        match (mem::take(&mut self.state), event) {
            (State::Beginning, Event::Stored(StoreReply::PullState(pull))) => {
                self.waiting = work_list(pull, context);
                self.next_kind(context)
            }
            (State::Asking(mut link, question), event) => match link.step(event, context) {
                LinkTurn::Do(effect) => {
                    self.state = State::Asking(link, question);
                    Turn::Do(effect)
                }
                LinkTurn::Delivered(delivery) => self.delivered(question, delivery, context),
            },
            (State::Storing(next), Event::Stored(_)) => self.stored(next, context),
            (State::Comparing, Event::Stored(StoreReply::MissingIds(ids))) => {
                self.compared(ids, context)
            }
            (State::ComparingNewest, Event::Stored(StoreReply::AreHeld(true))) => {
                self.compare_totals(context)
            }
            (State::ComparingNewest, Event::Stored(StoreReply::AreHeld(false))) => {
                self.ask(Question::ChangedPage, context)
            }
            (State::Swapping, Event::Stored(StoreReply::Swapped { changed, removed, kept })) => {
                self.swapped(changed, removed, kept, context)
            }
            (State::SavingFacts, Event::Stored(_)) => self.save_next_fact(),
            _ => out_of_step("a reply to the metadata pull"),
        }
    }

    fn next_kind(&mut self, context: &mut Context) -> Turn {
        self.work = self.waiting.pop_front();
        let Some(work) = &self.work else {
            self.state = State::Swapping;
            return Turn::Do(Effect::Store(StoreCommand::Swap { now_ms: context.now.unix_ms }));
        };
        match work.status.watermark {
            None => self.ask(Question::FullPage, context),
            Some(_) => self.ask(Question::Probe, context),
        }
    }

    fn ask(&mut self, question: Question, context: &mut Context) -> Turn {
        let Some(work) = &self.work else { return out_of_step("a kind") };
        let (link, effect) = Link::send(work.request(question, context), context);
        self.state = State::Asking(link, question);
        Turn::Do(effect)
    }

    fn delivered(&mut self, question: Question, delivery: Delivery, context: &mut Context) -> Turn {
        match delivery {
            Delivery::Answered(answer, AnswerClass::Ok) => {
                match self.understood(question, &answer, context) {
                    Ok(turn) => turn,
                    Err(error) if error.is_web_page() => Turn::Stop(Stop::CaptivePortal),
                    Err(error) => self.pass_over(&error.to_string(), context),
                }
            }
            Delivery::Answered(answer, class) => {
                self.pass_over(&refusal_words(&answer, &class), context)
            }
            Delivery::Fault => self.pass_over("the server failed (500)", context),
            Delivery::TooLarge => self.pass_over("the answer is too large", context),
            Delivery::Lost | Delivery::NoContent => out_of_step("an answer"),
            Delivery::Stop(stop) => Turn::Stop(stop),
        }
    }

    /// The kind stays as it is on the device: a refusal is no proof that its objects are gone.
    fn pass_over(&mut self, reason: &str, context: &mut Context) -> Turn {
        let Some(work) = &mut self.work else { return out_of_step("a kind") };
        context.note(format!("{}: passed over, {reason}", work.kind.collection()));
        if !work.is_touched {
            return self.next_kind(context);
        }
        let kind = work.kind;
        self.store(StoreCommand::RestartKind { kind }, Next::OtherKind)
    }

    fn understood(
        &mut self,
        question: Question,
        answer: &Answer,
        context: &mut Context,
    ) -> Result<Turn, WireError> {
        let Some(work) = &mut self.work else { return Ok(out_of_step("a kind")) };
        let (kind, body) = (work.kind, answer.body.as_slice());
        Ok(match question {
            Question::FullPage => self.full_page(parse_page(kind, body)?, context),
            Question::ChangedPage => self.changed_page(parse_page(kind, body)?, context),
            Question::Missing => self.missing_page(parse_page(kind, body)?, context),
            Question::Probe => {
                work.probe = Some(parse_probe(kind, body)?);
                self.probed(context)
            }
            Question::CreatedProbe => {
                work.created_since = Some(parse_probe(kind, body)?.total);
                self.compare_totals(context)
            }
            Question::Ids => {
                let ids = parse_ids(kind, body)?;
                work.is_touched = true;
                work.is_compared = true;
                self.state = State::Comparing;
                Turn::Do(Effect::Store(StoreCommand::CompareIds { kind, ids }))
            }
        })
    }

    fn full_page(&mut self, page: Page, context: &mut Context) -> Turn {
        let Some(work) = &mut self.work else { return out_of_step("a kind") };
        if work.has_moved(&page) {
            return self.restart(Next::FullPage);
        }
        let is_last = work.take_page(&page, context);
        if !is_last {
            return self.stage(page.objects, Next::FullPage);
        }
        // A list read whole is an id list too, unless it moved or there was something to remove.
        let is_proof = !work.is_shaky && work.status.count == 0;
        work.progress.is_done = is_proof;
        work.progress.ids_compared |= is_proof;
        let next = if is_proof { Next::OtherKind } else { Next::CompareTotals };
        self.stage(page.objects, next)
    }

    fn probed(&mut self, context: &mut Context) -> Turn {
        let Some(work) = &self.work else { return out_of_step("a kind") };
        if work.is_changed() || work.progress.pages_done > 0 {
            return self.ask(Question::ChangedPage, context);
        }
        // Nothing is newer, but something may have been committed late, with an older time.
        let newest = work.probe.as_ref().map(|probe| probe.listed.clone()).unwrap_or_default();
        let kind = work.kind;
        self.state = State::ComparingNewest;
        Turn::Do(Effect::Store(StoreCommand::CompareNewest { kind, newest }))
    }

    fn changed_page(&mut self, page: Page, context: &mut Context) -> Turn {
        let Some(work) = &mut self.work else { return out_of_step("a kind") };
        if work.has_moved(&page) {
            return self.restart(Next::ChangedPage);
        }
        let is_last = work.take_page(&page, context);
        self.stage(page.objects, if is_last { Next::CompareTotals } else { Next::ChangedPage })
    }

    /// After what changed is staged: does the number of objects agree, or must ids be compared?
    fn compare_totals(&mut self, context: &mut Context) -> Turn {
        let Some(work) = &self.work else { return out_of_step("a kind") };
        match work.doubt(context.now.unix_ms) {
            Doubt::None => self.kind_done(context),
            Doubt::HowManyNew => self.ask(Question::CreatedProbe, context),
            Doubt::Ids => self.ask(Question::Ids, context),
        }
    }

    fn compared(&mut self, ids: Vec<Uid>, context: &mut Context) -> Turn {
        let Some(work) = &mut self.work else { return out_of_step("a kind") };
        if ids.len() > MISSING_IDS_FULL_PULL && work.restarts < KIND_RESTARTS_MAX {
            work.status.watermark = None;
            work.is_shaky = true;
            return self.restart(Next::FullPage);
        }
        work.missing = ids;
        self.fetch_missing(context)
    }

    fn fetch_missing(&mut self, context: &mut Context) -> Turn {
        let Some(work) = &self.work else { return out_of_step("a kind") };
        match work.missing.is_empty() {
            true => self.kind_done(context),
            false => self.ask(Question::Missing, context),
        }
    }

    fn missing_page(&mut self, page: Page, context: &mut Context) -> Turn {
        let Some(work) = &mut self.work else { return out_of_step("a kind") };
        let asked = work.missing.len().min(work.missing_at_once());
        work.missing.truncate(work.missing.len() - asked);
        work.done_objects += page.objects.len() as u64;
        work.note_skipped(&page, context);
        self.stage(page.objects, Next::Missing)
    }

    fn kind_done(&mut self, context: &mut Context) -> Turn {
        let Some(work) = &mut self.work else { return out_of_step("a kind") };
        if !work.is_touched {
            return self.next_kind(context);
        }
        work.progress.is_done = true;
        work.progress.ids_compared |= work.is_compared;
        self.stage(Vec::new(), Next::OtherKind)
    }

    fn stage(&mut self, objects: Vec<MetadataObject>, next: Next) -> Turn {
        let Some(work) = &mut self.work else { return out_of_step("a kind") };
        work.is_touched = true;
        let (kind, progress) = (work.kind, work.progress.clone());
        self.store(StoreCommand::StagePage { kind, objects, progress }, next)
    }

    /// Reads the kind again from its first page: its list moved while it was read.
    fn restart(&mut self, next: Next) -> Turn {
        let Some(work) = &mut self.work else { return out_of_step("a kind") };
        work.restarts += 1;
        work.is_shaky |= work.restarts >= KIND_RESTARTS_MAX;
        work.progress = KindProgress::default();
        work.is_compared = false;
        work.done_objects = 0;
        let kind = work.kind;
        self.store(StoreCommand::RestartKind { kind }, next)
    }

    fn store(&mut self, command: StoreCommand, next: Next) -> Turn {
        self.state = State::Storing(next);
        Turn::Do(Effect::Store(command))
    }

    fn stored(&mut self, next: Next, context: &mut Context) -> Turn {
        match next {
            Next::FullPage => self.ask(Question::FullPage, context),
            Next::ChangedPage => self.ask(Question::ChangedPage, context),
            Next::CompareTotals => self.compare_totals(context),
            Next::Missing => self.fetch_missing(context),
            Next::OtherKind => self.next_kind(context),
        }
    }

    fn swapped(&mut self, changed: u64, removed: u64, kept: u64, context: &mut Context) -> Turn {
        context.report.metadata_changed += changed;
        context.report.metadata_removed += removed;
        if kept > 0 {
            context
                .note(format!("{kept} objects are gone on the server but needed by unsent work"));
        }
        let locale = context.names_locale.clone().unwrap_or_default();
        self.facts.push((facts::NAMES_LOCALE, locale));
        self.facts.push((facts::LAST_PULL_MS, context.now.unix_ms.to_string()));
        self.save_next_fact()
    }

    fn save_next_fact(&mut self) -> Turn {
        let Some((name, value)) = self.facts.pop() else { return Turn::Done };
        self.state = State::SavingFacts;
        Turn::Do(Effect::Store(StoreCommand::SaveFact { name: name.to_owned(), value }))
    }
}

enum Doubt {
    None,
    HowManyNew,
    Ids,
}

impl Work {
    fn new(kind: MetadataKind, status: KindStatus, progress: KindProgress) -> Self {
        Self {
            kind,
            status,
            is_touched: progress != KindProgress::default(),
            done_objects: u64::from(progress.pages_done) * u64::from(page_size(kind)),
            progress,
            probe: None,
            created_since: None,
            missing: Vec::new(),
            restarts: 0,
            is_compared: false,
            is_shaky: false,
        }
    }

    fn request(&self, question: Question, context: &Context) -> Request {
        let size =
            context.options.limits.metadata_page_size.unwrap_or_else(|| page_size(self.kind));
        let watermark = self.status.watermark.as_deref().unwrap_or_default();
        let page = self.progress.pages_done + 1;
        match question {
            Question::FullPage => requests::page(self.kind, size, page),
            Question::Probe => requests::probe(self.kind),
            Question::ChangedPage => {
                requests::changed(self.kind, &with_overlap(watermark), size, page)
            }
            Question::CreatedProbe => requests::created_probe(self.kind, watermark),
            Question::Ids => requests::ids(self.kind),
            Question::Missing => {
                let first = self.missing.len().saturating_sub(self.missing_at_once());
                requests::by_ids(self.kind, &self.missing[first..])
            }
        }
    }

    /// Objects of some kinds are so large that a page of them is all that an answer may hold.
    fn missing_at_once(&self) -> usize {
        MISSING_IDS_MAX.min(page_size(self.kind) as usize)
    }

    /// Whether objects came or went since the first page, so that page borders shifted.
    fn has_moved(&self, page: &Page) -> bool {
        let known = self.progress.total;
        known.is_some_and(|total| total != page.total) && self.restarts < KIND_RESTARTS_MAX
    }

    /// Takes note of a page; true if it is the last. Beyond the end the server tells the last page
    /// (capture m016), so the loop ends there as well.
    fn take_page(&mut self, page: &Page, context: &mut Context) -> bool {
        self.note_skipped(page, context);
        self.progress.pages_done += 1;
        self.progress.total = Some(page.total);
        self.done_objects += page.objects.len() as u64;
        let subject = self.kind.collection();
        context.progress(Phase::Metadata, subject, self.done_objects, Some(page.total));
        page.page >= page.page_count
            || page.objects.is_empty() && page.skipped.is_empty()
            || self.progress.pages_done >= PAGES_MAX
    }

    fn note_skipped(&self, page: &Page, context: &mut Context) {
        if let Some(first) = page.skipped.first() {
            let (count, kind) = (page.skipped.len(), self.kind.collection());
            context.note(format!("{kind}: {count} objects could not be read ({})", first.reason));
        }
    }

    /// Whether anything is newer than what is stored. A newest object without time counts as
    /// changed.
    fn is_changed(&self) -> bool {
        let Some(probe) = &self.probe else { return true };
        let newest = probe.newest_last_updated.as_deref().and_then(parse_local_time);
        let known = self.status.watermark.as_deref().and_then(parse_local_time);
        match (newest, known) {
            (Some(newest), Some(known)) => newest > known,
            _ => probe.total > 0,
        }
    }

    fn doubt(&self, now_ms: i64) -> Doubt {
        if self.is_compared {
            return Doubt::None;
        }
        let compared_ms = self.status.ids_compared_ms.unwrap_or(i64::MIN);
        let age_ms = now_ms.saturating_sub(compared_ms);
        // A negative age means that the device clock was set back: compare, it costs little.
        let is_due = !(0..IDS_COMPARE_EVERY_MS).contains(&age_ms);
        let Some(probe) = &self.probe else { return Doubt::Ids };
        let expected = self.status.count + self.created_since.unwrap_or(0);
        if is_due || self.is_shaky {
            Doubt::Ids
        } else if probe.total == expected {
            Doubt::None
        } else if self.created_since.is_none() && probe.total > expected && self.is_changed() {
            Doubt::HowManyNew
        } else {
            Doubt::Ids
        }
    }
}

fn work_list(pull: PullState, context: &Context) -> VecDeque<Work> {
    let find_progress = |kind| pull.progress.iter().find(|(of, _)| *of == kind);
    let find_status = |kind| pull.kinds.iter().find(|(of, _)| *of == kind);
    let is_renamed = is_other_language(context);
    let mut list = VecDeque::new();
    for kind in MetadataKind::ALL {
        let progress =
            find_progress(kind).map(|(_, progress)| progress.clone()).unwrap_or_default();
        let mut status = find_status(kind).map(|(_, status)| status.clone()).unwrap_or_default();
        if is_renamed {
            status.watermark = None;
        }
        if !progress.is_done {
            list.push_back(Work::new(kind, status, progress));
        }
    }
    list
}

/// Display names follow the user's language on the server (capture m071b): another language makes
/// every stored name stale although no object changed.
fn is_other_language(context: &Context) -> bool {
    let stored = context.options.account.names_locale.as_deref();
    stored.is_some_and(|stored| stored != context.names_locale.as_deref().unwrap_or_default())
}

fn scope(context: &Context) -> String {
    let mut roots: Vec<_> = context.roots.iter().map(ToString::to_string).collect();
    roots.sort();
    let size = context.options.limits.metadata_page_size.unwrap_or(0);
    let locale = context.names_locale.as_deref().unwrap_or_default();
    format!("{}|{}|{}|{locale}|{size}", context.user_id, roots.join(","), context.version)
}

/// A little before the watermark, in the server's own writing.
fn with_overlap(watermark: &str) -> String {
    let overlap = SignedDuration::from_millis(METADATA_OVERLAP_MS);
    parse_local_time(watermark).and_then(|time| time.checked_sub(overlap).ok()).map_or_else(
        || watermark.to_owned(),
        |time| time.strftime("%Y-%m-%dT%H:%M:%S.%3f").to_string(),
    )
}
