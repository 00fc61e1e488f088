//! The download: values and completions data set by data set, events program by program.
//!
//! Each answer is stored with the cursor behind it before the next is asked for. The watermark is
//! the server's time at the begin of a download that ended; a refusal never moves it. What the
//! device has not sent yet is the store's affair: it merges, it never overwrites.

use std::collections::VecDeque;
use std::mem;

use outpost_domain::uid::{OrganisationUnitUid, ProgramUid, Uid};
use outpost_wire::answer::AnswerClass;
use outpost_wire::error::WireError;
use outpost_wire::tracker::EventsQuery;
use outpost_wire::{completion, data_value_set, tracker};

use super::chunks::{Chunk, ChunkSubject, Extent, Scope, chunks, extent, since};
use crate::check::Place;
use crate::context::{Context, Turn, out_of_step};
use crate::limits::{EVENTS_PAGE_SIZE, FAULTY_SUBJECTS_MAX};
use crate::link::{Delivery, Link, LinkTurn, refusal_words};
use crate::ports::{
    Answer, DataSetScope, DownloadCursor, DownloadList, DownloadPage, Effect, Event, Phase,
    ProgramScope, Request, Stop, StoreCommand, StoreReply,
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
}

#[derive(Default)]
enum State {
    #[default]
    Idle,
    Planning,
    Asking(Link),
    Applying,
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
    Program {
        program: ProgramUid,
        since: Option<String>,
    },
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
                    data_sets, programs, roots, cursors, ..
                }),
            ) => {
                self.roots = roots;
                self.plan(data_sets, programs, &cursors, context);
                self.next_job(context)
            }
            (State::Asking(mut link), event) => match link.step(event, context) {
                LinkTurn::Do(effect) => {
                    self.state = State::Asking(link);
                    Turn::Do(effect)
                }
                LinkTurn::Delivered(delivery) => self.delivered(delivery, context),
            },
            (State::Applying, Event::Stored(StoreReply::Downloaded { written, conflicts, .. })) => {
                context.report.downloaded += written;
                context.report.conflicts += conflicts;
                self.go_on(context)
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
        let find = |subject: Uid| cursors.iter().find(|cursor| cursor.subject == subject);
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
            let since = cursor.and_then(|cursor| since(cursor, &extent)).map(|(since, _)| since);
            let work = Work::Program { program, since };
            self.jobs.push_back(Job::new(program.0, cursor, extent, work));
        }
        self.jobs_in_all = self.jobs.len() as u64;
    }

    fn next_job(&mut self, context: &mut Context) -> Turn {
        let done = self.jobs_in_all - self.jobs.len() as u64;
        self.job = self.jobs.pop_front();
        let Some(job) = &mut self.job else { return Turn::Done };
        job.start(context);
        let subject = job.cursor.subject.to_string();
        context.progress(Phase::Download, &subject, done, Some(self.jobs_in_all));
        self.go_on(context)
    }

    /// Asks for what is missing of the job under way, or takes the next job.
    fn go_on(&mut self, context: &mut Context) -> Turn {
        let request = self.job.as_ref().and_then(|job| job.request(&self.roots, context));
        let Some(request) = request else { return self.next_job(context) };
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
        match job.take(&answer.body, &self.roots, context) {
            Ok(page) => {
                self.state = State::Applying;
                let now_ms = context.now.unix_ms;
                Turn::Do(Effect::Store(StoreCommand::ApplyDownload { page, now_ms }))
            }
            Err(error) if error.is_web_page() => Turn::Stop(Stop::CaptivePortal),
            Err(error) => self.pass_over(&error.to_string(), context),
        }
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
        let mut cursor = known.unwrap_or(DownloadCursor {
            subject,
            list: DownloadList::Main,
            watermark_ms: None,
            chunks_done: 0,
            started_ms: None,
            scope: String::new(),
        });
        let goes_on = cursor.started_ms.is_some() && scope.under_way.as_ref() == Some(&extent);
        if !goes_on {
            cursor.chunks_done = 0;
            cursor.started_ms = None;
            (scope.root, scope.pages) = (0, 0);
        }
        if let Work::DataSet { chunks, .. } = &mut work {
            let done = (cursor.chunks_done as usize).min(chunks.len());
            chunks.drain(..done);
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
            Work::Program { program, since } => {
                let query = EventsQuery {
                    program: *program,
                    organisation_unit: *roots.get(self.scope.root)?,
                    updated_after: since.clone(),
                    page: self.scope.pages + 1,
                    page_size: EVENTS_PAGE_SIZE,
                };
                Some(requests::events_page(&query, context.version))
            }
        }
    }

    /// Cuts the request under way in two; false if that is not possible.
    fn halve(&mut self) -> bool {
        let Work::DataSet { chunks, halves } = &mut self.work else { return false };
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
            Work::Program { .. } => {
                let found = tracker::parse_events_page(body)?;
                let is_last_page = !found.has_more(EVENTS_PAGE_SIZE);
                if let Some(first) = found.skipped.first() {
                    let (count, subject) = (found.skipped.len(), self.cursor.subject);
                    context.note(format!("{subject}: {count} events unreadable, {}", first.reason));
                }
                page.events = found.events;
                self.cursor.chunks_done += 1;
                self.scope.pages += 1;
                if is_last_page {
                    (self.scope.root, self.scope.pages) = (self.scope.root + 1, 0);
                }
                self.scope.root >= roots.len()
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
