//! What the server opens or closes slice by slice: lock exceptions and approvals.
//!
//! Asked only for data sets that have such things, and kept as facts, so that a form says at once
//! what the server would say days later. A refusal leaves what was known; it closes nothing.

use std::collections::VecDeque;
use std::mem;

use outpost_domain::period::Period;
use outpost_domain::uid::{DataSetUid, OrganisationUnitUid, Uid};
use outpost_wire::answer::AnswerClass;
use outpost_wire::entry_lock::{parse_approved, parse_lock_exceptions};
use outpost_wire::error::WireError;

use crate::check::{Place, within_line};
use crate::context::{Context, Turn, out_of_step};
use crate::link::{Delivery, Link, LinkTurn, refusal_words};
use crate::ports::{
    Answer, Effect, Event, LockScope, Request, Stop, StoreCommand, StoreReply, facts,
};
use crate::requests;

#[derive(Default)]
pub(crate) struct Locks {
    state: State,
    questions: VecDeque<Question>,
    /// Slices found so far, as they are stored; `None` once an answer is missing.
    exceptions: Option<Vec<String>>,
    approved: Option<Vec<String>>,
    facts: VecDeque<(&'static str, String)>,
}

#[derive(Default)]
#[allow(clippy::large_enum_variant, reason = "there is one of it")]
enum State {
    #[default]
    Idle,
    Planning,
    Asking(Link, Question),
    Saving,
}

enum Question {
    LockExceptions,
    Approvals { workflow: Uid, place: Place },
}

impl Question {
    fn request(&self) -> Request {
        match self {
            Self::LockExceptions => requests::lock_exceptions(),
            Self::Approvals { workflow, place } => {
                requests::approvals(*workflow, &place.periods, &place.org_units)
            }
        }
    }
}

impl Locks {
    pub fn begin(&mut self, context: &mut Context) -> Turn {
        self.state = State::Planning;
        let today = context.server_today();
        Turn::Do(Effect::Store(StoreCommand::LoadLockPlan { today }))
    }

    pub fn step(&mut self, event: Event, context: &mut Context) -> Turn {
        match (mem::take(&mut self.state), event) {
            (State::Planning, Event::Stored(StoreReply::LockPlan(scopes))) => {
                self.plan(scopes, context);
                self.ask_next(context)
            }
            (State::Asking(mut link, question), event) => match link.step(event, context) {
                LinkTurn::Do(effect) => {
                    self.state = State::Asking(link, question);
                    Turn::Do(effect)
                }
                LinkTurn::Delivered(delivery) => self.delivered(&question, delivery, context),
            },
            (State::Saving, Event::Stored(_)) => self.save_next(),
            _ => out_of_step("a reply about locks"),
        }
    }

    fn plan(&mut self, scopes: Vec<LockScope>, context: &Context) {
        // What is not asked for is not there any more.
        self.exceptions = Some(Vec::new());
        self.approved = Some(Vec::new());
        // Servers before 2.39 do not have the short list.
        if scopes.iter().any(|scope| scope.expires) && context.version.data_entry_api() {
            self.questions.push_back(Question::LockExceptions);
        }
        for scope in scopes {
            let Some(workflow) = scope.workflow else { continue };
            if scope.periods.is_empty() || scope.organisation_units.is_empty() {
                continue;
            }
            let place = Place {
                data_set: scope.data_set,
                periods: scope.periods,
                org_units: scope.organisation_units,
            };
            let places = within_line(vec![place]).into_iter();
            self.questions.extend(places.map(|place| Question::Approvals { workflow, place }));
        }
    }

    fn ask_next(&mut self, context: &mut Context) -> Turn {
        if let Some(question) = self.questions.pop_front() {
            let (link, effect) = Link::send(question.request(), context);
            self.state = State::Asking(link, question);
            return Turn::Do(effect);
        }
        let found = [
            (facts::LOCK_EXCEPTIONS, self.exceptions.take()),
            (facts::APPROVED_SLICES, self.approved.take()),
        ];
        for (name, slices) in found {
            let text = slices.and_then(|slices| serde_json::to_string(&slices).ok());
            self.facts.extend(text.map(|text| (name, text)));
        }
        self.save_next()
    }

    fn save_next(&mut self) -> Turn {
        let Some((name, value)) = self.facts.pop_front() else { return Turn::Done };
        self.state = State::Saving;
        Turn::Do(Effect::Store(StoreCommand::SaveFact { name: name.to_owned(), value }))
    }

    fn delivered(
        &mut self,
        question: &Question,
        delivery: Delivery,
        context: &mut Context,
    ) -> Turn {
        match delivery {
            Delivery::Answered(answer, AnswerClass::Ok) => match self.take(question, &answer) {
                Ok(()) => {}
                Err(error) if error.is_web_page() => return Turn::Stop(Stop::CaptivePortal),
                Err(error) => self.pass_over(question, &error.to_string(), context),
            },
            // A server without this path: nothing to remark.
            Delivery::Answered(_, AnswerClass::NotFound { .. }) => self.forget(question),
            Delivery::Answered(answer, class) => {
                self.pass_over(question, &refusal_words(&answer, &class), context);
            }
            Delivery::Fault => self.pass_over(question, "the server failed (500)", context),
            Delivery::TooLarge => self.pass_over(question, "the answer is too large", context),
            Delivery::Lost | Delivery::NoContent => return out_of_step("an answer"),
            Delivery::Stop(stop) => return Turn::Stop(stop),
        }
        self.ask_next(context)
    }

    fn take(&mut self, question: &Question, answer: &Answer) -> Result<(), WireError> {
        match question {
            Question::LockExceptions => {
                let found = parse_lock_exceptions(&answer.body)?;
                let slices =
                    found.iter().map(|it| slice(it.data_set, it.period, it.organisation_unit));
                self.exceptions.get_or_insert_default().extend(slices);
            }
            Question::Approvals { place, .. } => {
                let found = parse_approved(&answer.body)?;
                let slices =
                    found.iter().map(|it| slice(place.data_set, it.period, it.organisation_unit));
                self.approved.get_or_insert_default().extend(slices);
            }
        }
        Ok(())
    }

    fn pass_over(&mut self, question: &Question, reason: &str, context: &mut Context) {
        let subject = match question {
            Question::LockExceptions => "lock exceptions",
            Question::Approvals { .. } => "approvals",
        };
        context.note(format!("{subject}: not known, {reason}"));
        self.forget(question);
    }

    /// Half a list is not stored over a whole one.
    fn forget(&mut self, question: &Question) {
        match question {
            Question::LockExceptions => self.exceptions = None,
            Question::Approvals { .. } => {
                self.approved = None;
                self.questions.retain(|other| matches!(other, Question::LockExceptions));
            }
        }
    }
}

/// A slice as it is stored in a fact.
fn slice(data_set: DataSetUid, period: Period, unit: OrganisationUnitUid) -> String {
    format!("{data_set}/{period}/{unit}")
}
