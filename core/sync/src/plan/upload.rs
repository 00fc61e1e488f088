//! The upload: claims rows batch by batch, checks them against the server, sends them, settles
//! them.
//!
//! Every claimed row is settled exactly once per claim, by what the server reported about it. A row
//! whose fate is unknown goes back as pending, marked as perhaps arrived, and travels again. One
//! bad row is found by halving and parked; it holds nothing else up.

use std::collections::{BTreeMap, VecDeque};
use std::mem;

use outpost_domain::data::PayloadKind;
use outpost_wire::answer::AnswerClass;

use self::job::Watch;
use super::batch::Batch;
use crate::context::{Context, Turn, out_of_step};
use crate::hunt::Piece;
use crate::limits::{
    BATCH_QUICK_MS, BATCH_ROWS_MIN, BLIND_REFUSALS_MAX, COMPLETION_ROWS_MAX, DEFER_MS,
    JOB_AFTER_LOSSES, RELATIONSHIP_ROWS_MAX, ROW_TRIES_MAX, UNWELL_ROWS_MAX, UPLOAD_LOSSES_MAX,
};
use crate::link::{Delivery, Link, LinkTurn};
use crate::ports::{
    Answer, Effect, Event, KeptJobRows, OutboxId, OutboxRow, Outcome, Phase, Rejection, Settlement,
    Stop, StoreCommand, StoreReply,
};
use crate::requests;
use crate::settle::{Judgement, SAME_PAIR_NOTE, is_same_pair, judge};

mod job;

#[derive(Default)]
pub(crate) struct Upload {
    state: State,
    kinds: VecDeque<PayloadKind>,
    up_to: Option<OutboxId>,
    batch: Batch,
    /// Rows that came back undecided in this run, and how often.
    tries: BTreeMap<OutboxId, u32>,
    /// Uploads in a row that were not answered.
    losses: u32,
    /// Rows on which the server failed alone.
    unwell: u32,
    /// Rows in a row that were refused alone without a word of DHIS2.
    blind_refusals: u32,
    /// How often the batch size is halved because answers were lost.
    shrinks: u32,
    pause_ms: Option<u64>,
    done: u64,
    /// Jobs of earlier runs that are still to be asked about.
    jobs: VecDeque<KeptJobRows>,
    /// A job whose rows were settled.
    job_over: Option<String>,
    /// Rows that were refused or are in conflict: what needs them is held back.
    parked: Vec<usize>,
}

#[derive(Default)]
enum State {
    #[default]
    Idle,
    Counting,
    LoadingJobs,
    Claiming,
    Checking(Link),
    Sending(Link, Piece),
    /// Is the server well, apart from this piece?
    FeelingPulse(Link, Piece),
    /// The id of a job is being stored.
    KeepingJob(Watch),
    /// What does the job say?
    Watching(Link, Watch),
    /// Until the job is asked again.
    Resting(Watch),
    Settling,
    Pausing,
}

impl Upload {
    pub fn begin(&mut self, context: &mut Context) -> Turn {
        context.progress(Phase::Upload, "outbox", 0, context.options.waiting_rows);
        self.kinds = PayloadKind::UPLOAD_ORDER.into();
        self.state = State::Counting;
        Turn::Do(Effect::Store(StoreCommand::LoadLastOutboxId))
    }

    pub fn step(&mut self, event: Event, context: &mut Context) -> Turn {
        match (mem::take(&mut self.state), event) {
            (State::Counting, Event::Stored(StoreReply::LastOutboxId(id))) => {
                self.up_to = Some(id);
                self.state = State::LoadingJobs;
                Turn::Do(Effect::Store(StoreCommand::LoadJobs))
            }
            (State::LoadingJobs, Event::Stored(StoreReply::Jobs(jobs))) => {
                self.jobs = jobs.into();
                self.claim(context)
            }
            (State::KeepingJob(watch), Event::Stored(_)) => self.rest(watch, context),
            (State::Resting(watch), Event::Waited) => self.ask_job(watch, context),
            // A rest that a person broke off: the job is asked about in the next run.
            (State::Resting(watch), Event::Lost(_)) => self.leave(&watch, context),
            (State::Watching(link, watch), event) => {
                self.talk(link, Talk::Watch(watch), event, context)
            }
            (State::Claiming, Event::Stored(StoreReply::Claimed(rows))) => {
                self.claimed(rows, context)
            }
            (State::Settling, Event::Stored(_)) => self.proceed(context),
            (State::Pausing, Event::Waited) => self.proceed(context),
            (State::Checking(link), event) => self.talk(link, Talk::Check, event, context),
            (State::Sending(link, piece), event) => {
                self.talk(link, Talk::Send(piece), event, context)
            }
            (State::FeelingPulse(link, piece), event) => {
                self.talk(link, Talk::Pulse(piece), event, context)
            }
            // A pause that a person broke off.
            (State::Pausing, Event::Lost(_)) => self.proceed(context),
            _ => out_of_step("a reply to the upload"),
        }
    }

    fn talk(&mut self, mut link: Link, talk: Talk, event: Event, context: &mut Context) -> Turn {
        match link.step(event, context) {
            LinkTurn::Do(effect) => {
                self.state = talk.state(link);
                Turn::Do(effect)
            }
            LinkTurn::Delivered(delivery) => match talk {
                Talk::Check => self.check_answered(delivery, context),
                Talk::Send(piece) => self.sent(piece, delivery, context),
                Talk::Pulse(piece) => self.pulse_felt(piece, delivery, context),
                Talk::Watch(watch) => self.job_answered(watch, delivery, context),
            },
        }
    }

    // ------------------------------------------------------------ claiming

    /// The next job of an earlier run, or the next rows.
    fn claim(&mut self, context: &mut Context) -> Turn {
        if let Some(kept) = self.jobs.pop_front() {
            return self.take_up(kept, context);
        }
        let (Some(kind), Some(up_to)) = (self.kinds.front().copied(), self.up_to) else {
            return Turn::Done;
        };
        let limits = context.options.limits;
        let rows_max = match kind {
            PayloadKind::DataValue => limits.value_rows_max,
            PayloadKind::Completion => COMPLETION_ROWS_MAX,
            PayloadKind::Relationship => RELATIONSHIP_ROWS_MAX.min(limits.event_rows_max),
            _ => limits.event_rows_max,
        };
        self.state = State::Claiming;
        Turn::Do(Effect::Store(StoreCommand::Claim {
            kind,
            rows_max: (rows_max >> self.shrinks.min(16)).max(BATCH_ROWS_MIN.min(rows_max)).max(1),
            bytes_max: limits.upload_bytes_max,
            now_ms: context.now.unix_ms,
            up_to,
        }))
    }

    fn claimed(&mut self, rows: Vec<OutboxRow>, context: &mut Context) -> Turn {
        if rows.is_empty() {
            self.kinds.pop_front();
            return self.claim(context);
        }
        let worn_out = |row: &OutboxRow| self.tries.get(&row.id).copied().unwrap_or(0);
        if rows.iter().any(|row| worn_out(row) > ROW_TRIES_MAX) {
            let reason = "the store hands out rows that were put off".to_owned();
            return Turn::Stop(Stop::Store { reason });
        }
        let tired: Vec<bool> = rows.iter().map(|row| worn_out(row) == ROW_TRIES_MAX).collect();
        self.batch = Batch::new(rows, context.version);
        for (index, _) in tired.iter().enumerate().filter(|(_, tired)| **tired) {
            self.settle(index, put_off(context, "tried too often in this run", true), context);
        }
        self.proceed(context)
    }

    // ------------------------------------------------------------ the order of things

    /// Settles what is decided, then checks, then sends, then claims more.
    fn proceed(&mut self, context: &mut Context) -> Turn {
        if let Some(settlements) = self.batch.take_settlements() {
            return self.store(settlements, context);
        }
        if let Some(id) = self.job_over.take() {
            self.state = State::Settling;
            return Turn::Do(Effect::Store(StoreCommand::ForgetJob { id }));
        }
        if let Some(wait_ms) = self.pause_ms.take() {
            self.state = State::Pausing;
            return Turn::Do(Effect::Wait { wait_ms });
        }
        if let Some(question) = self.batch.next_question() {
            let (link, effect) = Link::send(question.request(context.version), context);
            self.state = State::Checking(link);
            return Turn::Do(effect);
        }
        if self.batch.is_checked() {
            return match self.batch.next_piece() {
                Some(piece) => self.send(piece, context),
                None => self.claim(context),
            };
        }
        for (index, outcome) in self.batch.decide() {
            self.settle(index, outcome, context);
        }
        self.hold_back(context);
        self.proceed(context)
    }

    fn store(&mut self, settlements: Vec<Settlement>, context: &mut Context) -> Turn {
        let subject = self.batch.subject();
        let total = context.options.waiting_rows.map(|total| total.max(self.done));
        context.progress(Phase::Upload, &subject, self.done, total);
        self.state = State::Settling;
        let now_ms = context.now.unix_ms;
        Turn::Do(Effect::Store(StoreCommand::Settle { settlements, now_ms }))
    }

    fn send(&mut self, piece: Piece, context: &mut Context) -> Turn {
        let is_worth_it = piece.len() >= BATCH_ROWS_MIN as usize;
        let as_job = context.options.upload_as_job || self.losses >= JOB_AFTER_LOSSES;
        let request = self.batch.upload_request(&piece, context.version, as_job && is_worth_it);
        let (link, effect) = Link::send(request, context);
        self.batch.under_way(&piece);
        self.state = State::Sending(link, piece);
        Turn::Do(effect)
    }

    // ------------------------------------------------------------ answers

    fn check_answered(&mut self, delivery: Delivery, context: &mut Context) -> Turn {
        match delivery {
            Delivery::Answered(answer, AnswerClass::Ok) => {
                if let Err(error) = self.batch.learn(&answer.body) {
                    context.note(format!("not compared before sending: {error}"));
                    self.put_off_unseen(context);
                }
            }
            // The server itself may not show it to this person (E2001 …) and says so in its own
            // words: the rows are sent and it decides.
            Delivery::Answered(_, class) if is_refusal_of_dhis2(&class) => {}
            Delivery::Answered(_, AnswerClass::NotFound { is_unknown_path: false, .. })
                if self.batch.asks_for_one() => {}
            // A refusal by something on the way decides nothing.
            Delivery::Answered(answer, _) if is_page(&answer) => {
                let reason = "something on the way to the server answers in its place".to_owned();
                return Turn::Stop(Stop::Incompatible { reason });
            }
            Delivery::Answered(..) | Delivery::Lost | Delivery::NoContent => {
                self.put_off_unseen(context)
            }
            Delivery::Fault => return self.feel_pulse(Piece::new(), context),
            Delivery::TooLarge => {
                if !self.batch.split_question() {
                    self.put_off_unseen(context);
                }
            }
            Delivery::Stop(stop) => return Turn::Stop(stop),
        }
        self.proceed(context)
    }

    /// The server failed on a question or on a piece again and again: is it well otherwise?
    fn feel_pulse(&mut self, piece: Piece, context: &mut Context) -> Turn {
        let (link, effect) = Link::send(requests::pulse(), context);
        self.state = State::FeelingPulse(link, piece);
        Turn::Do(effect)
    }

    /// Nothing is overwritten that could not be looked at, although the server is there.
    fn put_off_unseen(&mut self, context: &mut Context) {
        for index in self.batch.not_compared() {
            let reason = "what the server holds could not be compared";
            // What the server never had takes along what needs it.
            for dependent in self.batch.dependents(index) {
                self.settle(dependent, put_off(context, reason, false), context);
            }
            self.settle(index, put_off(context, reason, false), context);
        }
    }

    fn sent(&mut self, piece: Piece, delivery: Delivery, context: &mut Context) -> Turn {
        match delivery {
            Delivery::Answered(answer, class) => self.judged(piece, &answer, &class, context),
            Delivery::Lost | Delivery::TooLarge => self.lost(&piece, context),
            Delivery::NoContent => self.without_content(piece, context),
            Delivery::Fault => self.feel_pulse(piece, context),
            Delivery::Stop(stop) => Turn::Stop(stop),
        }
    }

    fn judged(
        &mut self,
        piece: Piece,
        answer: &Answer,
        class: &AnswerClass,
        context: &mut Context,
    ) -> Turn {
        self.losses = 0;
        if answer.elapsed_ms < BATCH_QUICK_MS {
            self.shrinks = self.shrinks.saturating_sub(1);
        }
        match judge(&self.batch.rows_of(&piece), answer, class) {
            Judgement::Each(outcomes) => self.each(piece, outcomes, context),
            Judgement::Refused { rejection, named } => {
                let culprit = self.batch.refused(piece, &named);
                self.refused_alone(culprit, *rejection, context)
            }
            Judgement::Job(id) => self.became_job(id, piece, context),
            Judgement::Stop(stop) => Turn::Stop(stop),
        }
    }

    /// The file to be sent is not on the device: nobody but a person can help.
    fn without_content(&mut self, piece: Piece, context: &mut Context) -> Turn {
        let rejection = Rejection {
            code: None,
            field: None,
            reason: "The content of the file is not on this device any more. Attach it again."
                .to_owned(),
            report: r#"{"message":"no content on the device"}"#.to_owned(),
        };
        let outcomes = vec![Outcome::Rejected(rejection); piece.len()];
        self.each(piece, outcomes, context)
    }

    /// Parks a row that was refused alone. Refusals without a word of DHIS2, row after row, come from
    /// something else in between: they park nothing.
    fn refused_alone(
        &mut self,
        culprit: Option<usize>,
        rejection: Rejection,
        context: &mut Context,
    ) -> Turn {
        let Some(culprit) = culprit else { return self.proceed(context) };
        if rejection.is_blind() {
            self.blind_refusals += 1;
        }
        if self.blind_refusals > BLIND_REFUSALS_MAX {
            let reason = "something on the way to the server refuses every upload".to_owned();
            return Turn::Stop(Stop::Incompatible { reason });
        }
        self.settle(culprit, Outcome::Rejected(rejection), context);
        self.hold_back(context);
        self.proceed(context)
    }

    fn each(&mut self, piece: Piece, outcomes: Vec<Outcome>, context: &mut Context) -> Turn {
        let count = piece.len();
        self.blind_refusals = 0;
        for (index, outcome) in piece.into_iter().zip(outcomes) {
            self.settle(index, outcome, context);
        }
        self.hold_back(context);
        self.batch.taken(count);
        self.proceed(context)
    }

    /// No answer came: the rows go back as perhaps arrived and travel again after a pause.
    fn lost(&mut self, piece: &[usize], context: &mut Context) -> Turn {
        self.losses += 1;
        self.shrinks += 1;
        let reason = "no answer came";
        if self.losses >= UPLOAD_LOSSES_MAX {
            return Turn::Stop(Stop::Offline { reason: reason.to_owned() });
        }
        for index in piece {
            let retry = Outcome::Retry {
                not_before_ms: 0,
                may_have_arrived: true,
                reason: reason.to_owned(),
            };
            self.settle(*index, retry, context);
        }
        self.batch.left_open();
        self.pause_ms = context.backoff.wait_ms(self.losses, None);
        self.proceed(context)
    }

    /// The server failed on a piece again and again, or on the question before it. If it is well
    /// otherwise, the piece is at fault, or the question stays without an answer.
    fn pulse_felt(&mut self, piece: Piece, delivery: Delivery, context: &mut Context) -> Turn {
        let unwell = Stop::ServerUnavailable { status: 500, retry_after_ms: None };
        match delivery {
            Delivery::Answered(_, AnswerClass::Ok) => {}
            Delivery::Stop(stop) => return Turn::Stop(stop),
            _ => return Turn::Stop(unwell),
        }
        if piece.is_empty() {
            self.put_off_unseen(context);
            return self.proceed(context);
        }
        if let Some(culprit) = self.batch.refused(piece, &[]) {
            self.unwell += 1;
            if self.unwell > UNWELL_ROWS_MAX {
                return Turn::Stop(unwell);
            }
            self.settle(culprit, put_off(context, "the server failed on it", true), context);
        }
        self.proceed(context)
    }

    // ------------------------------------------------------------ settling

    fn settle(&mut self, index: usize, outcome: Outcome, context: &mut Context) {
        let outcome = match outcome {
            // What was asked for is there, and nothing can be corrected.
            Outcome::Rejected(rejection) if is_same_pair(&rejection) => {
                context.note(SAME_PAIR_NOTE.to_owned());
                Outcome::Synced
            }
            outcome => outcome,
        };
        let Some(id) = self.batch.settle(index, outcome.clone()) else { return };
        let report = &mut context.report;
        match outcome {
            Outcome::Synced => report.synced += 1,
            Outcome::Rejected(_) => report.rejected += 1,
            Outcome::Conflict(_) => report.conflicts += 1,
            Outcome::Retry { not_before_ms: 1.., .. } | Outcome::Waits { .. } => {
                report.deferred += 1;
            }
            Outcome::Retry { .. } | Outcome::Merged { .. } => {}
        }
        match outcome {
            Outcome::Synced => self.done += 1,
            Outcome::Rejected(_) | Outcome::Conflict(_) => {
                self.done += 1;
                self.parked.push(index);
            }
            _ => *self.tries.entry(id).or_default() += 1,
        }
    }

    /// Rows that need one that was just parked are given back unsent.
    fn hold_back(&mut self, context: &mut Context) {
        while let Some(parent) = self.parked.pop() {
            for index in self.batch.dependents(parent) {
                let reason = "a record that it belongs to was not accepted".to_owned();
                self.settle(index, Outcome::Waits { reason }, context);
            }
        }
    }

    /// Gives back every claimed row that is not decided. Those under way may have arrived.
    pub fn abandon(&mut self, context: &mut Context) -> Option<Effect> {
        for index in self.batch.open_rows() {
            let may_have_arrived = self.batch.is_under_way(index);
            let reason = "the synchronisation ended before it was decided".to_owned();
            context.report.deferred += 1;
            self.batch.settle(index, Outcome::Retry { not_before_ms: 0, may_have_arrived, reason });
        }
        let settlements = self.batch.take_settlements()?;
        let now_ms = context.now.unix_ms;
        Some(Effect::Store(StoreCommand::Settle { settlements, now_ms }))
    }
}

/// What a request under way is for.
enum Talk {
    Check,
    Send(Piece),
    Pulse(Piece),
    Watch(Watch),
}

impl Talk {
    fn state(self, link: Link) -> State {
        match self {
            Self::Check => State::Checking(link),
            Self::Send(piece) => State::Sending(link, piece),
            Self::Pulse(piece) => State::FeelingPulse(link, piece),
            Self::Watch(watch) => State::Watching(link, watch),
        }
    }
}

fn put_off(context: &Context, reason: &str, may_have_arrived: bool) -> Outcome {
    Outcome::Retry {
        not_before_ms: context.now.unix_ms.saturating_add(DEFER_MS).max(1),
        may_have_arrived,
        reason: reason.to_owned(),
    }
}

/// Whether the refusal is in DHIS2's own words, an error code or the name of an authority; those of
/// proxies have neither.
fn is_refusal_of_dhis2(class: &AnswerClass) -> bool {
    match class {
        AnswerClass::Forbidden { authority: Some(_), .. } => true,
        AnswerClass::Forbidden { message, .. }
        | AnswerClass::NotFound { message, .. }
        | AnswerClass::Conflict { message, .. }
        | AnswerClass::BadRequest { message, .. } => message.code.is_some(),
        _ => false,
    }
}

fn is_page(answer: &Answer) -> bool {
    answer.body.trim_ascii_start().starts_with(b"<")
}
