//! The first two questions of every run: what server is this, and who are we on it.
//!
//! The password or token is the transport's affair. Refuses to go on as another user than the one
//! whose data the store holds, and with a server that is too old.

use outpost_wire::answer::AnswerClass;
use outpost_wire::error::WireError;
use outpost_wire::me::{Me, parse_me};
use outpost_wire::system_info::{SystemInfo, parse_system_info};
use outpost_wire::time::server_offset_minutes;

use crate::context::{Context, Turn, out_of_step};
use crate::link::{Delivery, Link, LinkTurn, forbidden};
use crate::ports::{Answer, Effect, Event, Phase, Stop, StoreCommand, facts};
use crate::requests;

#[derive(Default)]
pub(crate) struct SignIn {
    state: State,
    /// Facts still to be stored, last first.
    facts: Vec<(&'static str, String)>,
}

#[derive(Default)]
enum State {
    #[default]
    Begin,
    AskingServer(Link),
    AskingUser(Link),
    Saving,
}

impl SignIn {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn step(&mut self, event: Event, context: &mut Context) -> Turn {
        match std::mem::take(&mut self.state) {
            State::Begin => self.ask_server(context),
            State::AskingServer(mut link) => match link.step(event, context) {
                LinkTurn::Do(effect) => self.stay(State::AskingServer(link), effect),
                LinkTurn::Delivered(delivery) => self.server_answered(delivery, context),
            },
            State::AskingUser(mut link) => match link.step(event, context) {
                LinkTurn::Do(effect) => self.stay(State::AskingUser(link), effect),
                LinkTurn::Delivered(delivery) => self.user_answered(delivery, context),
            },
            State::Saving => match event {
                Event::Stored(_) => self.save_next(),
                _ => out_of_step("a stored fact"),
            },
        }
    }

    fn stay(&mut self, state: State, effect: Effect) -> Turn {
        self.state = state;
        Turn::Do(effect)
    }

    fn ask_server(&mut self, context: &mut Context) -> Turn {
        context.progress(Phase::SignIn, "server", 0, Some(2));
        let (link, effect) = Link::send(requests::system_info(), context);
        self.stay(State::AskingServer(link), effect)
    }

    fn server_answered(&mut self, delivery: Delivery, context: &mut Context) -> Turn {
        let answer = match expect_ok(delivery) {
            Ok(answer) => answer,
            Err(stop) => return Turn::Stop(stop),
        };
        let info = match parse_system_info(&answer.body) {
            Ok(info) if info.version.is_supported() => info,
            Ok(info) => return Turn::Stop(too_old(&info)),
            Err(error) => return Turn::Stop(unreadable(&error)),
        };
        self.learn(&info, &answer, context);
        context.progress(Phase::SignIn, "user", 1, Some(2));
        let (link, effect) = Link::send(requests::me(), context);
        self.stay(State::AskingUser(link), effect)
    }

    fn learn(&mut self, info: &SystemInfo, answer: &Answer, context: &mut Context) {
        context.version = info.version;
        if info.version.is_newer_than_known() {
            context.note(format!("the server runs DHIS2 {}, newer than this app", info.version));
        }
        let local = info.server_date.as_deref();
        let offset = local
            .zip(answer.server_date_ms)
            .and_then(|(local, date_ms)| server_offset_minutes(local, date_ms));
        if let Some(minutes) = offset {
            context.server_offset_minutes = minutes;
            self.facts.push((facts::SERVER_OFFSET_MINUTES, minutes.to_string()));
        }
        self.facts.push((facts::SERVER_VERSION, info.version_text.clone()));
    }

    fn user_answered(&mut self, delivery: Delivery, context: &mut Context) -> Turn {
        let answer = match expect_ok(delivery) {
            Ok(answer) => answer,
            Err(stop) => return Turn::Stop(stop),
        };
        let me = match parse_me(&answer.body) {
            Ok(me) => me,
            Err(error) => return Turn::Stop(unreadable(&error)),
        };
        let known = context.options.account.user_id.as_deref();
        if known.is_some_and(|known| known != me.id.as_str()) {
            return Turn::Stop(Stop::SignedOut {
                reason: "the server knows this sign-in as another user; \
                         the data on this device belongs to somebody else"
                    .to_owned(),
            });
        }
        self.remember(&me, &answer, context);
        context.progress(Phase::SignIn, "user", 2, Some(2));
        self.save_next()
    }

    fn remember(&mut self, me: &Me, answer: &Answer, context: &mut Context) {
        context.user_name.clone_from(&me.username);
        context.user_id = me.id.to_string();
        context.roots = me.organisation_units.iter().map(|unit| unit.id).collect();
        context.names_locale.clone_from(&me.db_locale);
        if let Some(skew_ms) = context.skew_ms() {
            self.facts.push((facts::SKEW_MS, skew_ms.to_string()));
        }
        self.facts.push((facts::ME, String::from_utf8_lossy(&answer.body).into_owned()));
        self.facts.push((facts::USER_ID, me.id.to_string()));
    }

    fn save_next(&mut self) -> Turn {
        let Some((name, value)) = self.facts.pop() else { return Turn::Done };
        let command = StoreCommand::SaveFact { name: name.to_owned(), value };
        self.stay(State::Saving, Effect::Store(command))
    }
}

fn expect_ok(delivery: Delivery) -> Result<Answer, Stop> {
    match delivery {
        Delivery::Answered(answer, AnswerClass::Ok) => Ok(answer),
        Delivery::Answered(_, class @ AnswerClass::Forbidden { .. }) => Err(forbidden(&class)),
        Delivery::Answered(answer, _) => Err(not_dhis2(answer.status)),
        Delivery::Fault => Err(Stop::ServerUnavailable { status: 500, retry_after_ms: None }),
        Delivery::TooLarge | Delivery::Lost | Delivery::NoContent => Err(not_dhis2(200)),
        Delivery::Stop(stop) => Err(stop),
    }
}

fn not_dhis2(status: u16) -> Stop {
    let reason = format!("no DHIS2 answers at this address (status {status}): check the address");
    Stop::Incompatible { reason }
}

fn too_old(info: &SystemInfo) -> Stop {
    let reason = format!("the server runs DHIS2 {}; 2.38 or later is needed", info.version);
    Stop::Incompatible { reason }
}

fn unreadable(error: &WireError) -> Stop {
    match error.is_web_page() {
        true => Stop::CaptivePortal,
        false => Stop::Incompatible { reason: error.to_string() },
    }
}
