//! What all the steps of a request come to: its state, its tier, its clocks.
//!
//! Derived from request, steps and settings alone and never stored, so it is the same on every
//! device that has the same steps, in whatever order they came. A step that no longer fits is kept
//! and changes nothing. A request is always in exactly one tier: escalating moves it up and never
//! takes it away.

use super::clock::{Ages, Clock};
use super::limits::STEPS_MAX;
use super::pause::{Pause, Running};
use super::request::SupportRequest;
use super::request::codes;
use super::settings::SupportSettings;
use super::step::{Step, StepKind};

/// Where a request stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    /// Nobody has reacted: of the team, or of the tier to which somebody handed it on.
    New,
    /// Somebody takes care of it.
    Acknowledged,
    /// Only the user can help on.
    WaitingForUser,
    /// Solved.
    Resolved,
    /// It was none.
    Invalid,
}

codes!(State {
    New => "NEW",
    Acknowledged => "ACKNOWLEDGED",
    WaitingForUser => "WAITING_FOR_USER",
    Resolved => "RESOLVED",
    Invalid => "INVALID",
});

impl State {
    /// Whether somebody still has to do something.
    #[must_use]
    pub const fn is_open(self) -> bool {
        matches!(self, Self::New | Self::Acknowledged | Self::WaitingForUser)
    }
}

/// A move to a higher tier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hop {
    /// When.
    pub at_ms: i64,
    /// From this tier.
    pub from: u8,
    /// To that one.
    pub to: u8,
    /// Who and why; `None`: the limit passed.
    pub by: Option<(String, String)>,
}

/// The first reaction of a person of the team.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reaction {
    /// When.
    pub at_ms: i64,
    /// Who.
    pub by: String,
    /// In which tier the request was then.
    pub tier: u8,
}

/// Who spoke last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LastWord {
    /// The user: the team owes an answer.
    User,
    /// The team.
    Team,
}

/// Where a request stands after its steps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// State.
    pub state: State,
    /// The tier after the last step; see [`Standing::tier_at`].
    pub tier: u8,
    /// Moves so far, those that the limit made before the last step among them.
    pub hops: Vec<Hop>,
    /// Moments at which the limit will move it on, tier by tier, if nothing happens.
    pub coming_hops_ms: Vec<i64>,
    /// When the team received it.
    pub received_ms: Option<i64>,
    /// When its user made it, in the server's time.
    pub made_ms: Option<i64>,
    /// The first reaction.
    pub reaction: Option<Reaction>,
    /// The reaction of whoever has it now: the first one, or after somebody handed it on that of
    /// the higher tier. `None`: it is to be acknowledged.
    pub taken: Option<Reaction>,
    /// Who handed it on since; what they say is not the acknowledgement of the higher tier.
    pub handed_on_by: Vec<String>,
    /// When it was closed, if it is.
    pub closed_ms: Option<i64>,
    /// Who spoke last.
    pub last_word: LastWord,
    /// The clock until a person reacts first, from the receipt.
    pub acknowledging: Clock,
    /// The clock until the higher tier acknowledges, from the moment at which somebody handed it
    /// on, once the first clock has stopped; `None` if it was not handed on after that.
    pub handed: Option<Clock>,
    /// The clock until it is closed, if the project has that limit.
    pub resolving: Option<Clock>,
}

/// The walk over the steps.
struct Walk<'a> {
    settings: &'a SupportSettings,
    received_ms: Option<i64>,
    state: State,
    tier: u8,
    tier_since_ms: Option<i64>,
    hops: Vec<Hop>,
    reaction: Option<Reaction>,
    taken: Option<Reaction>,
    handed_ms: Option<i64>,
    handed_on_by: Vec<String>,
    closed_ms: Option<i64>,
    last_word: LastWord,
    pauses: Vec<Pause>,
}

impl Standing {
    /// What a request and its steps come to. `seen_ms` is when it came to where the team could see
    /// it (the server, this tablet), as far as this device knows.
    #[must_use]
    pub fn of(
        request: &SupportRequest,
        steps: &[Step],
        seen_ms: Option<i64>,
        settings: &SupportSettings,
    ) -> Self {
        let mut steps: Vec<&Step> = steps.iter().take(STEPS_MAX).collect();
        steps.sort_by_key(|step| (step.at_ms, step.id));
        let received_ms = received(request, &steps, seen_ms);
        let made_ms = match received_ms {
            Some(received_ms) => request.made.at_ms(received_ms),
            None => request.made.skew_ms.map(|skew| request.made.device_ms.saturating_add(skew)),
        };
        let mut walk = Walk {
            settings,
            received_ms,
            state: State::New,
            tier: 1,
            tier_since_ms: received_ms,
            hops: Vec::new(),
            reaction: None,
            taken: None,
            handed_ms: None,
            handed_on_by: Vec::new(),
            closed_ms: None,
            last_word: LastWord::User,
            pauses: Vec::new(),
        };
        for step in steps {
            // A tablet whose clock was behind reacted after the receipt all the same.
            let at_ms = received_ms.map_or(step.at_ms, |received| step.at_ms.max(received));
            walk.pass_time(at_ms);
            walk.take(step, at_ms);
        }
        walk.finish(made_ms)
    }

    /// The tier at a moment, with the moves that the limit has made until then.
    #[must_use]
    pub fn tier_at(&self, now_ms: i64) -> u8 {
        let moved = self.coming_hops_ms.iter().filter(|at| **at <= now_ms).count();
        self.tier.saturating_add(u8::try_from(moved).unwrap_or(0))
    }

    /// The clock that counts now: that of the tier to which it was handed on, else the first one.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        self.handed.as_ref().unwrap_or(&self.acknowledging)
    }

    /// Whether somebody handed it on and nobody took it since: it is not theirs to acknowledge.
    #[must_use]
    pub fn is_handed_on_by(&self, by: &str) -> bool {
        self.handed_on_by.iter().any(|it| it == by)
    }

    /// Both ages at a moment; those of a closed request ended when it was closed.
    #[must_use]
    pub fn ages_at(&self, now_ms: i64) -> Ages {
        let end_ms = self.closed_ms.map_or(now_ms, |closed| closed.min(now_ms));
        let since_received_ms = self.received_ms.map(|at| (end_ms - at).max(0));
        let since_made_ms = self.made_ms.map(|at| {
            let age_ms = (end_ms - at).max(0);
            age_ms.max(since_received_ms.unwrap_or(0))
        });
        Ages { since_made_ms, since_received_ms }
    }
}

/// The earliest that anybody knows of.
fn received(request: &SupportRequest, steps: &[&Step], seen_ms: Option<i64>) -> Option<i64> {
    let told = steps.iter().filter_map(|step| step.received_ms);
    let known = request.received_ms.into_iter().chain(seen_ms).chain(told).min();
    // Who reacts has received it, whatever the device knew.
    let is_of_team = |step: &&&Step| !matches!(step.kind, StepKind::UserReply { .. });
    known.or_else(|| steps.iter().filter(is_of_team).map(|step| step.at_ms).min())
}

impl Walk<'_> {
    fn running<'a>(&'a self, pauses: &'a [Pause]) -> Running<'a> {
        Running { calendar: &self.settings.calendar, pauses }
    }

    /// When the limit of the present tier passes, if nothing happens.
    fn next_hop_ms(&self) -> Option<i64> {
        let goes_on = self.settings.escalates_by_time
            && self.taken.is_none()
            && self.tier < self.settings.last_tier();
        let since_ms = self.tier_since_ms.filter(|_| goes_on)?;
        self.running(&self.pauses).end_of(since_ms, self.settings.acknowledge_within_ms)
    }

    fn pass_time(&mut self, now_ms: i64) {
        while let Some(at_ms) = self.next_hop_ms().filter(|at| *at <= now_ms) {
            self.move_to(self.tier + 1, at_ms, None);
        }
    }

    fn move_to(&mut self, to: u8, at_ms: i64, by: Option<(String, String)>) {
        self.hops.push(Hop { at_ms, from: self.tier, to, by });
        self.tier = to;
        self.tier_since_ms = Some(at_ms);
    }

    fn take(&mut self, step: &Step, at_ms: i64) {
        if step.kind.is_reaction() {
            self.react(step, at_ms);
        }
        match &step.kind {
            StepKind::AutoReply { .. } | StepKind::Note { .. } => {}
            StepKind::Acknowledge | StepKind::Resume if self.state.is_open() => {
                self.go_on(at_ms);
            }
            StepKind::Acknowledge | StepKind::Resume => {}
            StepKind::Reply { .. } => {
                self.last_word = LastWord::Team;
                if self.state == State::New && self.taken.is_some() {
                    self.state = State::Acknowledged;
                }
            }
            // What the user says always counts: it ends the waiting, and reopens.
            StepKind::UserReply { .. } => {
                self.go_on(at_ms);
                self.last_word = LastWord::User;
            }
            StepKind::Escalate { to, reason, by_time } => {
                self.escalate(*to, at_ms, (!by_time).then(|| (step.by.clone(), reason.clone())));
            }
            StepKind::Wait { .. } if self.state.is_open() => {
                self.pause(at_ms);
                self.state = State::WaitingForUser;
                self.last_word = LastWord::Team;
            }
            StepKind::Wait { .. } => {}
            StepKind::Resolve { .. } => self.close(State::Resolved, at_ms),
            StepKind::Invalid { .. } => self.close(State::Invalid, at_ms),
            StepKind::Reopen { .. } if !self.state.is_open() => self.go_on(at_ms),
            StepKind::Reopen { .. } => {}
        }
    }

    /// The first reaction stops the first clock, whoever makes it. It is also the acknowledgement
    /// of the tier that has the request, unless it comes from who handed it on: "I passed it to the
    /// district" must not stop the district's clock. Whoever closes it took care of it all the same.
    fn react(&mut self, step: &Step, at_ms: i64) {
        let reaction = Reaction { at_ms, by: step.by.clone(), tier: self.tier };
        let closes = matches!(step.kind, StepKind::Resolve { .. } | StepKind::Invalid { .. });
        let counts = closes || !self.handed_on_by.contains(&step.by);
        if self.reaction.is_none() {
            self.reaction = Some(reaction.clone());
            // One clock for both: it began with the receipt.
            self.handed_ms = self.handed_ms.filter(|_| !counts);
        }
        if counts && self.taken.is_none() {
            self.taken = Some(reaction);
            self.handed_on_by.clear();
        }
    }

    /// A person handed it to a higher tier, which has to acknowledge it. Handing it on once more
    /// gains no time.
    fn hand_on(&mut self, at_ms: i64, by: &str) {
        if self.handed_ms.is_none() || self.taken.is_some() {
            self.handed_ms = Some(at_ms);
        }
        self.taken = None;
        // Who did it in DHIS2 itself is not always known.
        if !by.is_empty() {
            self.handed_on_by.push(by.to_owned());
        }
    }

    /// Ends waiting and closing.
    fn go_on(&mut self, at_ms: i64) {
        if let Some(pause) = self.pauses.last_mut().filter(|pause| pause.to_ms.is_none()) {
            pause.to_ms = Some(at_ms);
        }
        self.closed_ms = None;
        self.state = match self.taken {
            Some(_) => State::Acknowledged,
            None => State::New,
        };
    }

    fn pause(&mut self, at_ms: i64) {
        if self.pauses.last().is_none_or(|pause| pause.to_ms.is_some()) {
            self.pauses.push(Pause { from_ms: at_ms, to_ms: None });
        }
    }

    fn close(&mut self, state: State, at_ms: i64) {
        self.pause(at_ms);
        self.closed_ms.get_or_insert(at_ms);
        self.state = state;
        self.last_word = LastWord::Team;
    }

    fn escalate(&mut self, to: u8, at_ms: i64, by: Option<(String, String)>) {
        // The limit moves nothing that somebody takes care of, or that waits for its user; whoever
        // recorded it did not know.
        let is_moot = by.is_none() && (self.taken.is_some() || self.state != State::New);
        let to = to.min(self.settings.last_tier());
        if is_moot {
            return;
        }
        if let Some((by, _)) = by.as_ref().filter(|_| to > self.tier) {
            self.hand_on(at_ms, by);
        }
        if by.is_some() && self.state != State::New {
            self.go_on(at_ms);
        }
        if to > self.tier {
            self.move_to(to, at_ms, by);
        }
    }

    fn finish(mut self, made_ms: Option<i64>) -> Standing {
        let (tier, hops) = (self.tier, self.hops.clone());
        let mut coming_hops_ms = Vec::new();
        while let Some(at_ms) = self.next_hop_ms() {
            coming_hops_ms.push(at_ms);
            self.move_to(self.tier + 1, at_ms, None);
        }
        let resolving = self.settings.resolve_within_ms.map(|limit_ms| Clock {
            start_ms: self.received_ms,
            stop_ms: self.closed_ms,
            limit_ms,
            pauses: ended(&self.pauses, self.closed_ms),
        });
        let limit_ms = self.settings.acknowledge_within_ms;
        let stop_ms = self.reaction.as_ref().map(|it| it.at_ms);
        let taken_ms = self.taken.as_ref().map(|it| it.at_ms);
        // Until somebody reacts first that clock is the only one.
        let handed = self.handed_ms.filter(|_| stop_ms.is_some()).map(|start_ms| Clock {
            start_ms: Some(start_ms),
            stop_ms: taken_ms,
            limit_ms,
            pauses: begun(ended(&self.pauses, taken_ms), start_ms),
        });
        Standing {
            state: self.state,
            tier,
            hops,
            coming_hops_ms,
            received_ms: self.received_ms,
            made_ms,
            acknowledging: Clock {
                start_ms: self.received_ms,
                stop_ms,
                limit_ms,
                pauses: ended(&self.pauses, stop_ms),
            },
            handed,
            resolving,
            reaction: self.reaction,
            taken: self.taken,
            handed_on_by: self.handed_on_by,
            closed_ms: self.closed_ms,
            last_word: self.last_word,
        }
    }
}

/// The pauses since a clock began.
fn begun(pauses: Vec<Pause>, start_ms: i64) -> Vec<Pause> {
    let since = pauses.into_iter().filter(|it| it.to_ms.is_none_or(|to| to > start_ms));
    since.map(|it| Pause { from_ms: it.from_ms.max(start_ms), ..it }).collect()
}

/// The pauses before a clock stopped.
fn ended(pauses: &[Pause], stop_ms: Option<i64>) -> Vec<Pause> {
    let Some(stop_ms) = stop_ms else { return pauses.to_vec() };
    let before = pauses.iter().filter(|pause| pause.from_ms < stop_ms);
    before
        .map(|it| Pause { to_ms: Some(it.to_ms.unwrap_or(stop_ms).min(stop_ms)), ..*it })
        .collect()
}
