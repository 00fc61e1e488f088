//! Uploads that the server works on after its answer.
//!
//! The job's id is stored before the job is asked about, so that a device that dies meanwhile asks in
//! its next run. Rows of a job are settled by its report only; if the server lost the report, they go
//! back as perhaps arrived. A job that takes longer than a run waits keeps its rows.

use outpost_wire::answer::AnswerClass;
use outpost_wire::job::{is_completed, parse_job_notifications};

use super::{State, Talk, Upload};
use crate::context::{Context, Turn};
use crate::hunt::Piece;
use crate::limits::JOB_POLLS_MAX;
use crate::link::{Delivery, Link};
use crate::plan::batch::Batch;
use crate::ports::{Answer, Effect, KeptJobRows, Outcome, StoreCommand};
use crate::requests;
use crate::settle::{Judgement, judge};

/// A job under observation.
pub(super) struct Watch {
    id: String,
    piece: Piece,
    polls: u32,
    /// It has ended, or is not known: the report is asked for.
    asks_report: bool,
}

impl Upload {
    /// Goes on with a job of an earlier run.
    pub(super) fn take_up(&mut self, kept: KeptJobRows, context: &mut Context) -> Turn {
        let KeptJobRows { job, rows } = kept;
        let piece: Piece = (0..rows.len()).collect();
        self.batch = Batch::of_job(rows);
        if piece.is_empty() {
            self.job_over = Some(job.id);
            return self.proceed(context);
        }
        self.ask_job(Watch { id: job.id, piece, polls: 0, asks_report: false }, context)
    }

    /// The answer to an upload was a job.
    pub(super) fn became_job(&mut self, id: String, piece: Piece, context: &mut Context) -> Turn {
        let Some(job) = self.batch.kept(&piece, &id, context.now.unix_ms) else {
            return self.proceed(context);
        };
        self.state = State::KeepingJob(Watch { id, piece, polls: 0, asks_report: false });
        Turn::Do(Effect::Store(StoreCommand::KeepJob { job }))
    }

    pub(super) fn rest(&mut self, mut watch: Watch, context: &mut Context) -> Turn {
        watch.polls += 1;
        let wait_ms = context.backoff.wait_ms(watch.polls, None).unwrap_or_default();
        self.state = State::Resting(watch);
        Turn::Do(Effect::Wait { wait_ms })
    }

    pub(super) fn ask_job(&mut self, watch: Watch, context: &mut Context) -> Turn {
        let request = match watch.asks_report {
            true => requests::job_report(&watch.id),
            false => requests::job(&watch.id),
        };
        let (link, effect) = Link::send(request, context);
        self.state = Talk::Watch(watch).state(link);
        Turn::Do(effect)
    }

    pub(super) fn job_answered(
        &mut self,
        mut watch: Watch,
        delivery: Delivery,
        context: &mut Context,
    ) -> Turn {
        match delivery {
            Delivery::Stop(stop) => Turn::Stop(stop),
            Delivery::Answered(answer, AnswerClass::Ok) if watch.asks_report => {
                self.reported(watch, &answer, context)
            }
            // Neither notifications nor a report: the server was started anew and knows nothing.
            Delivery::Answered(_, AnswerClass::NotFound { .. }) if watch.asks_report => {
                self.unknown(watch, context)
            }
            Delivery::Answered(answer, AnswerClass::Ok) => {
                match parse_job_notifications(&answer.body) {
                    Ok(list) if list.is_empty() || is_completed(&list) => {
                        watch.asks_report = true;
                        self.ask_job(watch, context)
                    }
                    Ok(_) if watch.polls < JOB_POLLS_MAX => self.rest(watch, context),
                    _ => self.leave(&watch, context),
                }
            }
            Delivery::Answered(_, AnswerClass::NotFound { .. }) => {
                watch.asks_report = true;
                self.ask_job(watch, context)
            }
            _ => self.leave(&watch, context),
        }
    }

    fn reported(&mut self, watch: Watch, answer: &Answer, context: &mut Context) -> Turn {
        match judge(&self.batch.rows_of(&watch.piece), answer, &AnswerClass::Ok) {
            Judgement::Each(outcomes) => {
                self.losses = 0;
                self.batch.released(&watch.piece);
                self.job_over = Some(watch.id);
                self.each(watch.piece, outcomes, context)
            }
            Judgement::Stop(stop) => Turn::Stop(stop),
            _ => self.unknown(watch, context),
        }
    }

    /// What became of the rows is not known: they are compared with the server and go again.
    fn unknown(&mut self, watch: Watch, context: &mut Context) -> Turn {
        self.batch.released(&watch.piece);
        self.job_over = Some(watch.id);
        for index in &watch.piece {
            let reason = "the server lost what it was working on".to_owned();
            let retry = Outcome::Retry { not_before_ms: 0, may_have_arrived: true, reason };
            self.settle(*index, retry, context);
        }
        self.batch.left_open();
        self.proceed(context)
    }

    /// The rows stay with their job until another run.
    pub(super) fn leave(&mut self, watch: &Watch, context: &mut Context) -> Turn {
        context.report.deferred += watch.piece.len() as u64;
        context.note("the server is still working on an upload; it is asked again".to_owned());
        self.batch.left_open();
        self.proceed(context)
    }
}
