//! The download: values and completions data set by data set, events program by program; of programs
//! with registration people, enrolments and visits list by list, then what those name and no list
//! brought.
//!
//! Each answer is stored with the cursor behind it, in the order in which they came; the next is asked
//! for meanwhile. The watermark is the server's time at the begin of a download that ended; a refusal
//! never moves it. What the device has not sent yet is the store's affair: it merges, it never
//! overwrites.

use std::collections::VecDeque;
use std::mem;

use outpost_domain::uid::{OrganisationUnitUid, Uid};
use outpost_wire::answer::AnswerClass;
use outpost_wire::error::WireError;
use outpost_wire::{completion, data_value_set};

use super::chunks::{Chunk, ChunkSubject, Extent, Scope, chunks, extent};
use super::missing::{self, MissingAsk};
use super::pages::Paged;
use crate::check::Place;
use crate::context::{Context, Turn, out_of_step};
use crate::limits::{FAULTY_SUBJECTS_MAX, MISSING_ROUNDS_MAX, MISSING_ROWS_MAX};
use crate::link::{Delivery, Link, LinkTurn, refusal_words};
use crate::ports::{
    Answer, DataSetScope, DownloadCursor, DownloadList, DownloadPage, Effect, Event, Phase,
    ProgramScope, Request, Stop, StoreCommand, StoreReply, TrackerScope,
};
use crate::requests;

#[derive(Default)]
pub(crate) struct Download {
    state: State,
    jobs: VecDeque<Job>,
    jobs_in_all: u64,
    job: Option<Job>,
    roots: Vec<OrganisationUnitUid>,
    /// Subjects in a row on which the server failed.
    faults: u32,
    /// When the request under way was made, Unix ms.
    asked_ms: i64,
    /// Whether people are downloaded at all.
    has_people: bool,
    missing: VecDeque<MissingAsk>,
    missing_rounds: u32,
    /// Whether a page is being stored.
    is_storing: bool,
}

#[derive(Default)]
enum State {
    #[default]
    Idle,
    Planning,
    Asking(Link),
    Applying,
    /// The last page of all.
    Closing,
    LoadingMissing,
    AskingMissing(Link, MissingAsk),
    ApplyingMissing,
}

/// The download of one data set or program.
struct Job {
    cursor: DownloadCursor,
    scope: Scope,
    extent: Extent,
    work: Work,
}

enum Work {
    /// Requests still to be made; the first is under way.
    DataSet {
        chunks: VecDeque<Chunk>,
        halves: VecDeque<Chunk>,
    },
    Paged(Paged),
}

impl Download {
    pub fn begin(&mut self, context: &mut Context) -> Turn {
        self.state = State::Planning;
        let today = context.server_today();
        Turn::Do(Effect::Store(StoreCommand::LoadDownloadPlan { today }))
    }

    pub fn step(&mut self, event: Event, context: &mut Context) -> Turn {
        match (mem::take(&mut self.state), event) {
            (
                State::Planning,
                Event::Stored(StoreReply::DownloadPlan {
                    data_sets,
                    programs,
                    trackers,
                    roots,
                    cursors,
                }),
            ) => {
                self.roots = roots;
                self.plan(data_sets, programs, &cursors, context);
                self.plan_people(&trackers, &cursors, context);
                self.jobs_in_all = self.jobs.len() as u64;
                self.next_job(context)
            }
            (State::Asking(mut link), event) => match link.step(event, context) {
                LinkTurn::Do(effect) => {
                    self.state = State::Asking(link);
                    Turn::Do(effect)
                }
                LinkTurn::Delivered(delivery) => self.delivered(delivery, context),
            },
            (State::Applying, Event::Begun) => {
                self.is_storing = true;
                self.go_on(context)
            }
            (State::Applying, Event::Stored(StoreReply::Downloaded { written, conflicts, .. })) => {
                context.report.downloaded += written;
                context.report.conflicts += conflicts;
                self.go_on(context)
            }
            (State::Closing, Event::Stored(StoreReply::Downloaded { written, conflicts, .. })) => {
                context.report.downloaded += written;
                context.report.conflicts += conflicts;
                self.look_for_missing()
            }
            (State::LoadingMissing, Event::Stored(StoreReply::Missing(records))) => {
                self.missing = missing::questions(records);
                match self.missing.is_empty() {
                    true => Turn::Done,
                    false => self.next_missing(context),
                }
            }
            (State::AskingMissing(mut link, ask), event) => match link.step(event, context) {
                LinkTurn::Do(effect) => {
                    self.state = State::AskingMissing(link, ask);
                    Turn::Do(effect)
                }
                LinkTurn::Delivered(delivery) => self.missing_delivered(ask, delivery, context),
            },
            (State::ApplyingMissing, Event::Stored(StoreReply::Downloaded { written, .. })) => {
                context.report.downloaded += written;
                self.next_missing(context)
            }
            _ => out_of_step("a reply to the download"),
        }
    }

    fn plan(
        &mut self,
        data_sets: Vec<DataSetScope>,
        programs: Vec<ProgramScope>,
        cursors: &[DownloadCursor],
        context: &Context,
    ) {
        if self.roots.is_empty() {
            return;
        }
        let offset = context.server_offset_minutes;
        let find = |subject: Uid| find(cursors, subject, DownloadList::Main);
        for DataSetScope { data_set, periods, content } in data_sets {
            let extent = extent(&periods, &self.roots, &content, offset);
            let cursor = find(data_set.0);
            let list = chunks(data_set, &periods, &self.roots, cursor, &extent);
            let work = Work::DataSet { chunks: list.into(), halves: VecDeque::new() };
            self.jobs.push_back(Job::new(data_set.0, cursor, extent, work));
        }
        for ProgramScope { program, content } in programs {
            let extent = extent(&[], &self.roots, &content, offset);
            let cursor = find(program.0);
            let work = Work::Paged(Paged::of_events(program, cursor, &extent));
            self.jobs.push_back(Job::new(program.0, cursor, extent, work));
        }
    }

    fn plan_people(
        &mut self,
        trackers: &[TrackerScope],
        cursors: &[DownloadCursor],
        context: &Context,
    ) {
        if self.roots.is_empty() {
            return;
        }
        self.has_people = !trackers.is_empty();
        for scope in trackers {
            let content = format!("{} {:?}", scope.content, scope.limits);
            let extent = extent(&[], &self.roots, &content, context.server_offset_minutes);
            for list in DownloadList::OF_TRACKER {
                let cursor = find(cursors, scope.program.0, list);
                if !Paged::is_due(list, cursor, context) {
                    continue;
                }
                let paged = Paged::of_people(scope, list, cursor, &extent, context);
                let (subject, work) = (scope.program.0, Work::Paged(paged));
                self.jobs.push_back(Job::new(subject, cursor, extent.clone(), work));
            }
        }
    }

    fn next_job(&mut self, context: &mut Context) -> Turn {
        let done = self.jobs_in_all - self.jobs.len() as u64;
        self.job = self.jobs.pop_front();
        let Some(job) = &mut self.job else { return self.close() };
        job.start(context);
        let subject = job.cursor.subject.to_string();
        context.progress(Phase::Download, &subject, done, Some(self.jobs_in_all));
        self.go_on(context)
    }

    /// Asks for what is missing of the job under way, or takes the next job.
    fn go_on(&mut self, context: &mut Context) -> Turn {
        let request = self.job.as_ref().and_then(|job| job.request(&self.roots, context));
        let Some(request) = request else { return self.next_job(context) };
        self.asked_ms = context.now.unix_ms;
        let (link, effect) = Link::send(request, context);
        self.state = State::Asking(link);
        Turn::Do(effect)
    }

    fn delivered(&mut self, delivery: Delivery, context: &mut Context) -> Turn {
        match delivery {
            Delivery::Answered(answer, AnswerClass::Ok) => {
                self.faults = 0;
                self.answered(&answer, context)
            }
            Delivery::Answered(answer, class) => {
                self.faults = 0;
                self.pass_over(&refusal_words(&answer, &class), context)
            }
            Delivery::Fault => {
                self.faults += 1;
                if self.faults >= FAULTY_SUBJECTS_MAX {
                    let (status, retry_after_ms) = (500, None);
                    return Turn::Stop(Stop::ServerUnavailable { status, retry_after_ms });
                }
                self.pass_over("the server failed (status 500)", context)
            }
            Delivery::TooLarge => match self.job.as_mut().is_some_and(Job::halve) {
                true => self.go_on(context),
                false => self.pass_over("the answer is too large", context),
            },
            Delivery::Lost | Delivery::NoContent => out_of_step("an answer"),
            Delivery::Stop(stop) => Turn::Stop(stop),
        }
    }

    fn answered(&mut self, answer: &Answer, context: &mut Context) -> Turn {
        let Some(job) = &mut self.job else { return out_of_step("a download") };
        let took_ms = context.now.unix_ms.saturating_sub(self.asked_ms);
        match job.take(&answer.body, took_ms, &self.roots, context) {
            Ok(page) => {
                self.state = State::Applying;
                let now_ms = context.now.unix_ms;
                Turn::Do(Effect::StoreBehind(StoreCommand::ApplyDownload { page, now_ms }))
            }
            Err(error) if error.is_web_page() => Turn::Stop(Stop::CaptivePortal),
            Err(error) => self.pass_over(&error.to_string(), context),
        }
    }

    /// What is missing is known when the last page is stored.
    fn close(&mut self) -> Turn {
        match std::mem::take(&mut self.is_storing) {
            true => {
                self.state = State::Closing;
                Turn::Do(Effect::AwaitStored)
            }
            false => self.look_for_missing(),
        }
    }

    // ------------------------------------------------------------ missing records

    fn look_for_missing(&mut self) -> Turn {
        self.missing_rounds += 1;
        if !self.has_people || self.missing_rounds > MISSING_ROUNDS_MAX {
            return Turn::Done;
        }
        self.state = State::LoadingMissing;
        Turn::Do(Effect::Store(StoreCommand::LoadMissing { rows_max: MISSING_ROWS_MAX }))
    }

    fn next_missing(&mut self, context: &mut Context) -> Turn {
        let Some(ask) = self.missing.pop_front() else { return self.look_for_missing() };
        let (link, effect) = Link::send(ask.request(context.version), context);
        self.state = State::AskingMissing(link, ask);
        Turn::Do(effect)
    }

    fn missing_delivered(
        &mut self,
        ask: MissingAsk,
        delivery: Delivery,
        context: &mut Context,
    ) -> Turn {
        let page = match delivery {
            Delivery::Answered(answer, AnswerClass::Ok) => match ask.page(&answer.body) {
                Ok(page) => page,
                Err(error) if error.is_web_page() => return Turn::Stop(Stop::CaptivePortal),
                Err(error) => return self.without_missing(&error.to_string(), context),
            },
            // One that may not be seen refuses all: they are asked for one by one.
            Delivery::Answered(
                _,
                AnswerClass::Forbidden { .. }
                | AnswerClass::NotFound { is_unknown_path: false, .. }
                | AnswerClass::Conflict { .. },
            )
            | Delivery::TooLarge => match ask.halves() {
                Some(halves) => {
                    halves.into_iter().rev().for_each(|half| self.missing.push_front(half));
                    return self.next_missing(context);
                }
                None => ask.hidden(),
            },
            Delivery::Answered(answer, class) => {
                return self.without_missing(&refusal_words(&answer, &class), context);
            }
            Delivery::Fault => {
                return self.without_missing("the server failed (status 500)", context);
            }
            Delivery::Lost | Delivery::NoContent => return out_of_step("an answer"),
            Delivery::Stop(stop) => return Turn::Stop(stop),
        };
        self.state = State::ApplyingMissing;
        let now_ms = context.now.unix_ms;
        Turn::Do(Effect::Store(StoreCommand::ApplyDownload { page, now_ms }))
    }

    /// They are looked for again in the next run.
    fn without_missing(&mut self, reason: &str, context: &mut Context) -> Turn {
        context.note(format!("records that others name: not downloaded, {reason}"));
        Turn::Done
    }

    /// The subject keeps its old watermark and is asked for again in the next run.
    fn pass_over(&mut self, reason: &str, context: &mut Context) -> Turn {
        if let Some(job) = &self.job {
            context.note(format!("{}: not downloaded, {reason}", job.cursor.subject));
        }
        self.next_job(context)
    }
}

impl Job {
    fn new(subject: Uid, cursor: Option<&DownloadCursor>, extent: Extent, mut work: Work) -> Self {
        let known = cursor.cloned();
        let mut scope = known.as_ref().map(|known| Scope::read(&known.scope)).unwrap_or_default();
        let list = match &work {
            Work::DataSet { .. } => DownloadList::Main,
            Work::Paged(paged) => paged.list,
        };
        let mut cursor = known.unwrap_or(DownloadCursor {
            subject,
            list,
            watermark_ms: None,
            chunks_done: 0,
            started_ms: None,
            scope: String::new(),
        });
        let goes_on = cursor.started_ms.is_some() && scope.under_way.as_ref() == Some(&extent);
        if !goes_on {
            cursor.chunks_done = 0;
            cursor.started_ms = None;
            (scope.root, scope.pages, scope.page_size) = (0, 0, 0);
        }
        match &mut work {
            Work::DataSet { chunks, .. } => {
                let done = (cursor.chunks_done as usize).min(chunks.len());
                chunks.drain(..done);
            }
            Work::Paged(paged) => paged.begin_small(&mut scope),
        }
        scope.under_way = Some(extent.clone());
        Self { cursor, scope, extent, work }
    }

    fn start(&mut self, context: &Context) {
        self.cursor.started_ms.get_or_insert(context.server_now_ms());
    }

    fn request(&self, roots: &[OrganisationUnitUid], context: &Context) -> Option<Request> {
        match &self.work {
            Work::DataSet { chunks, halves } => {
                let chunk = halves.front().or(chunks.front())?;
                let Chunk { place, subject } = chunk;
                let (periods, units) = (&place.periods, &place.org_units);
                Some(match subject {
                    ChunkSubject::Values => {
                        requests::values(place.data_set, periods, units, true, None)
                    }
                    ChunkSubject::ChangedValues(since) => {
                        requests::values(place.data_set, periods, units, true, Some(since))
                    }
                    ChunkSubject::Completions => {
                        requests::completions(place.data_set, periods, units, true)
                    }
                })
            }
            Work::Paged(paged) => paged.request(&self.scope, roots, context),
        }
    }

    /// Cuts the request under way in two; false if that is not possible.
    fn halve(&mut self) -> bool {
        let (chunks, halves) = match &mut self.work {
            Work::DataSet { chunks, halves } => (chunks, halves),
            Work::Paged(paged) => return paged.shrink(&mut self.scope),
        };
        let Some(chunk) = halves.front().or(chunks.front()) else { return false };
        let Some([first, second]) = chunk.halves() else { return false };
        halves.pop_front();
        halves.push_front(second);
        halves.push_front(first);
        true
    }

    /// Reads an answer and moves the cursor behind it.
    fn take(
        &mut self,
        body: &[u8],
        took_ms: i64,
        roots: &[OrganisationUnitUid],
        context: &mut Context,
    ) -> Result<DownloadPage, WireError> {
        let mut page = DownloadPage::default();
        let is_over = match &mut self.work {
            Work::DataSet { chunks, halves } => {
                let asked = halves.front().or(chunks.front());
                match asked.filter(|chunk| chunk.subject == ChunkSubject::Completions) {
                    Some(chunk) => take_completions(&mut page, body, &chunk.place, context)?,
                    None => page.data_values = data_value_set::parse_values(body)?,
                }
                halves.pop_front();
                if halves.is_empty() {
                    chunks.pop_front();
                    self.cursor.chunks_done += 1;
                }
                chunks.is_empty()
            }
            Work::Paged(paged) => {
                self.cursor.chunks_done += 1;
                let is_over = paged.take(&mut page, body, &mut self.scope, roots.len(), context)?;
                paged.adapt(&mut self.scope, body.len(), took_ms);
                is_over
            }
        };
        page.cursor = Some(if is_over { self.closed() } else { self.so_far() });
        Ok(page)
    }

    fn so_far(&self) -> DownloadCursor {
        DownloadCursor { scope: self.scope.text(), ..self.cursor.clone() }
    }

    /// The cursor of a download that has ended: its begin is the new watermark.
    fn closed(&self) -> DownloadCursor {
        let done = Some(self.extent.clone());
        DownloadCursor {
            subject: self.cursor.subject,
            list: self.cursor.list,
            watermark_ms: self.cursor.started_ms.or(self.cursor.watermark_ms),
            chunks_done: 0,
            started_ms: None,
            scope: Scope { done, ..Scope::default() }.text(),
        }
    }
}

fn find(cursors: &[DownloadCursor], subject: Uid, list: DownloadList) -> Option<&DownloadCursor> {
    cursors.iter().find(|cursor| (cursor.subject, cursor.list) == (subject, list))
}

/// A list that was understood to its end also tells which completions were taken away.
fn take_completions(
    page: &mut DownloadPage,
    body: &[u8],
    place: &Place,
    context: &mut Context,
) -> Result<(), WireError> {
    let found = completion::parse_completions_page(body)?;
    page.completions = found.completions;
    match found.skipped.first() {
        None => page.all_completions_of = Some(place.whole_list()),
        Some(first) => {
            let (count, subject) = (found.skipped.len(), place.data_set);
            context.note(format!("{subject}: {count} completions unreadable, {}", first.reason));
        }
    }
    Ok(())
}
