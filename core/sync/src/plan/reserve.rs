//! Values of generated attributes: asked for while there is a network, given out in the field.
//!
//! Which and how many is the store's policy. A refusal is a remark, never the end of a run.

use std::collections::VecDeque;
use std::mem;

use outpost_wire::answer::AnswerClass;
use outpost_wire::reserved_value::{ReserveProblem, parse_reserved_values, reserve_problem};

use crate::context::{Context, Turn, out_of_step};
use crate::link::{Delivery, Link, LinkTurn, refusal_words};
use crate::ports::{
    Answer, Effect, Event, ReserveScope, ReservedBatch, Stop, StoreCommand, StoreReply,
};
use crate::requests;

#[derive(Default)]
pub(crate) struct Reserve {
    state: State,
    scopes: VecDeque<ReserveScope>,
}

#[derive(Default)]
enum State {
    #[default]
    Idle,
    Planning,
    Asking(Link, ReserveScope),
    Saving,
}

impl Reserve {
    pub fn begin(&mut self, context: &mut Context) -> Turn {
        self.state = State::Planning;
        let server_now_ms = context.server_now_ms();
        Turn::Do(Effect::Store(StoreCommand::LoadReservePlan { server_now_ms }))
    }

    pub fn step(&mut self, event: Event, context: &mut Context) -> Turn {
        match (mem::take(&mut self.state), event) {
            (State::Planning, Event::Stored(StoreReply::ReservePlan(scopes))) => {
                self.scopes = scopes.into();
                self.next(context)
            }
            (State::Asking(mut link, scope), event) => match link.step(event, context) {
                LinkTurn::Do(effect) => {
                    self.state = State::Asking(link, scope);
                    Turn::Do(effect)
                }
                LinkTurn::Delivered(delivery) => self.delivered(scope, delivery, context),
            },
            (State::Saving, Event::Stored(_)) => self.next(context),
            _ => out_of_step("a reply about reserved values"),
        }
    }

    fn next(&mut self, context: &mut Context) -> Turn {
        match self.scopes.pop_front() {
            Some(scope) => self.ask(scope, context),
            None => Turn::Done,
        }
    }

    fn ask(&mut self, scope: ReserveScope, context: &mut Context) -> Turn {
        let (link, effect) = Link::send(requests::reserve(&scope, scope.count), context);
        self.state = State::Asking(link, scope);
        Turn::Do(effect)
    }

    fn delivered(
        &mut self,
        mut scope: ReserveScope,
        delivery: Delivery,
        context: &mut Context,
    ) -> Turn {
        let reason = match delivery {
            Delivery::Answered(answer, AnswerClass::Ok) => {
                match self.keep(&scope, &answer, context) {
                    Ok(turn) => return turn,
                    Err(reason) => reason,
                }
            }
            Delivery::Answered(answer, class) => match reserve_problem(&class) {
                // None was given although some may be left (captures t034b, t034c).
                Some(ReserveProblem::NotEnoughLeft) if scope.count > 1 => {
                    scope.count /= 2;
                    return self.ask(scope, context);
                }
                Some(problem) => problem.words().to_owned(),
                None => refusal_words(&answer, &class),
            },
            Delivery::Fault => "the server failed (status 500)".to_owned(),
            Delivery::TooLarge => "the answer is too large".to_owned(),
            Delivery::Lost | Delivery::NoContent => return out_of_step("an answer"),
            Delivery::Stop(stop) => return Turn::Stop(stop),
        };
        context.note(format!("{}: no values reserved, {reason}", scope.attribute));
        self.next(context)
    }

    fn keep(
        &mut self,
        scope: &ReserveScope,
        answer: &Answer,
        context: &Context,
    ) -> Result<Turn, String> {
        let now_ms = context.now.unix_ms;
        let values = match parse_reserved_values(&answer.body, scope.attribute) {
            Ok(values) if values.is_empty() => return Err("none were given".to_owned()),
            Ok(values) => values,
            Err(error) if error.is_web_page() => return Ok(Turn::Stop(Stop::CaptivePortal)),
            Err(error) => return Err(error.to_string()),
        };
        self.state = State::Saving;
        let (attribute, organisation_unit) = (scope.attribute, scope.organisation_unit);
        let batch = ReservedBatch { attribute, organisation_unit, values };
        Ok(Turn::Do(Effect::Store(StoreCommand::SaveReserved { batch, now_ms })))
    }
}
