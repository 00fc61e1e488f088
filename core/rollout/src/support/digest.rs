//! One request in some hundred bytes: all that lists and reports need, without its steps.
//!
//! Made whenever a step comes, so that a list of 50,000 requests opens none of them. What depends
//! on the moment (level, tier, ages) is not in it but follows from the moments that are.

use outpost_domain::uid::{OrganisationUnitUid, TrackedEntityUid};

use super::calendar::Calendar;
use super::clock::{Ages, Clock, ClockState, Level, Thresholds};
use super::doubles::trouble_key;
use super::request::{Channel, Problem, SupportRequest};
use super::standing::{LastWord, Standing, State};

/// What a list shows and a report counts of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Digest {
    /// The request.
    pub id: TrackedEntityUid,
    /// The place of its user.
    pub place: OrganisationUnitUid,
    /// In one line.
    pub title: String,
    /// Who asks.
    pub reporter: String,
    /// Which device and trouble, see [`trouble_key`].
    pub trouble: Option<String>,
    /// What it is about.
    pub problem: Problem,
    /// How it came.
    pub channel: Channel,
    /// Work stands still.
    pub urgent: bool,
    /// State.
    pub state: State,
    /// Who spoke last.
    pub last_word: LastWord,
    /// The tier after the last step.
    pub tier: u8,
    /// The tier that is judged by its clock: where it was when a person reacted or the limit
    /// passed.
    pub judged_tier: u8,
    /// Moments at which the limit moves it on.
    pub coming_hops_ms: Vec<i64>,
    /// When its user made it.
    pub made_ms: Option<i64>,
    /// When the team received it.
    pub received_ms: Option<i64>,
    /// When a person reacted first.
    pub reacted_ms: Option<i64>,
    /// Whether that was in time.
    pub in_time: bool,
    /// When the tier that has it acknowledged; `None`: that is still due.
    pub taken_ms: Option<i64>,
    /// Whether that was in time.
    pub taken_in_time: bool,
    /// Since when the clock of a tier runs to which somebody handed it on after the first
    /// reaction.
    pub handed_ms: Option<i64>,
    /// When it was closed, if it is.
    pub closed_ms: Option<i64>,
    /// When the clock that counts now reaches its levels, see [`Standing::clock`].
    pub thresholds: Thresholds,
    /// When the limit until it is closed passes.
    pub resolve_due_ms: Option<i64>,
}

/// The bytes are no digest of this release; it is made anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a digest of this release")]
pub struct DigestError;

/// Grows with the shape of the bytes.
const VERSION: u8 = 2;
const NONE: i64 = i64::MIN;

impl Digest {
    /// Sums a request up.
    #[must_use]
    pub fn of(request: &SupportRequest, standing: &Standing, calendar: &Calendar) -> Self {
        let in_time = stopped_in_time(&standing.acknowledging, calendar);
        let taken_in_time = stopped_in_time(standing.clock(), calendar);
        let thresholds = standing.clock().thresholds(calendar);
        let resolving = standing.resolving.as_ref();
        let resolve_due_ms = resolving.and_then(|clock| clock.thresholds(calendar).due_ms);
        Self {
            id: request.id,
            place: request.place,
            title: request.title.clone(),
            reporter: request.reporter.clone(),
            trouble: trouble_key(request),
            problem: request.problem,
            channel: request.channel,
            urgent: request.urgent,
            state: standing.state,
            last_word: standing.last_word,
            tier: standing.tier,
            judged_tier: judged_tier(standing, in_time, calendar),
            coming_hops_ms: standing.coming_hops_ms.clone(),
            made_ms: standing.made_ms,
            received_ms: standing.received_ms,
            reacted_ms: standing.reaction.as_ref().map(|it| it.at_ms),
            in_time,
            taken_ms: standing.taken.as_ref().map(|it| it.at_ms),
            taken_in_time,
            handed_ms: standing.handed.as_ref().and_then(|it| it.start_ms),
            closed_ms: standing.closed_ms,
            thresholds,
            resolve_due_ms,
        }
    }

    /// The tier at a moment.
    #[must_use]
    pub fn tier_at(&self, now_ms: i64) -> u8 {
        let moved = self.coming_hops_ms.iter().filter(|at| **at <= now_ms).count();
        self.tier.saturating_add(u8::try_from(moved).unwrap_or(0))
    }

    /// How far the limit until whoever has it reacts is used up at a moment; calm once that
    /// happened in time.
    #[must_use]
    pub fn level_at(&self, now_ms: i64) -> Level {
        match self.taken_ms {
            Some(_) if self.taken_in_time => Level::Calm,
            Some(_) => Level::Breached,
            None => self.thresholds.level_at(now_ms),
        }
    }

    /// Both ages at a moment, as [`Standing::ages_at`].
    #[must_use]
    pub fn ages_at(&self, now_ms: i64) -> Ages {
        let end_ms = self.closed_ms.map_or(now_ms, |closed| closed.min(now_ms));
        let since_received_ms = self.received_ms.map(|at| (end_ms - at).max(0));
        let since_made_ms =
            self.made_ms.map(|at| (end_ms - at).max(0).max(since_received_ms.unwrap_or(0)));
        Ages { since_made_ms, since_received_ms }
    }

    /// What open requests are sorted by: those that nobody has reacted to by the end of their
    /// limit, urgent ones as if it were half; then those where the user spoke last; then the
    /// others, each by age. Closed ones come last, the latest first.
    #[must_use]
    pub fn order(&self) -> i64 {
        // A century apart, so that the groups never mix.
        const GROUP_MS: i64 = 100 * 366 * 86_400_000;
        let age_ms = self.received_ms.or(self.made_ms).unwrap_or(0);
        let due_ms = match self.urgent {
            true => self.thresholds.half_ms,
            false => self.thresholds.due_ms,
        };
        match self.state {
            State::Resolved | State::Invalid => {
                4 * GROUP_MS - self.closed_ms.unwrap_or(age_ms).clamp(0, GROUP_MS)
            }
            State::New => due_ms.unwrap_or(age_ms).clamp(0, GROUP_MS),
            _ if self.last_word == LastWord::User => GROUP_MS + age_ms.clamp(0, GROUP_MS - 1),
            _ => 2 * GROUP_MS + age_ms.clamp(0, GROUP_MS - 1),
        }
    }

    /// As bytes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(160 + self.title.len());
        bytes.push(VERSION);
        for uid in [self.id.as_str(), self.place.as_str()] {
            bytes.extend_from_slice(uid.as_bytes());
        }
        let place = |all: usize| u8::try_from(all).unwrap_or(u8::MAX);
        bytes.extend([
            place(Problem::ALL.iter().position(|it| *it == self.problem).unwrap_or(0)),
            place(Channel::ALL.iter().position(|it| *it == self.channel).unwrap_or(0)),
            place(State::ALL.iter().position(|it| *it == self.state).unwrap_or(0)),
            u8::from(self.urgent),
            u8::from(self.in_time),
            u8::from(self.taken_in_time),
            u8::from(self.last_word == LastWord::User),
            self.tier,
            self.judged_tier,
            place(self.coming_hops_ms.len()),
        ]);
        let moments = [
            self.made_ms,
            self.received_ms,
            self.reacted_ms,
            self.taken_ms,
            self.handed_ms,
            self.closed_ms,
            self.thresholds.half_ms,
            self.thresholds.three_quarters_ms,
            self.thresholds.due_ms,
            self.resolve_due_ms,
        ];
        let hops = self.coming_hops_ms.iter().copied().take(usize::from(u8::MAX));
        for moment in moments.into_iter().map(|it| it.unwrap_or(NONE)).chain(hops) {
            bytes.extend_from_slice(&moment.to_le_bytes());
        }
        for text in [&self.title, &self.reporter, self.trouble.as_ref().unwrap_or(&String::new())] {
            let text: String = text.chars().take(1_000).collect();
            bytes.extend_from_slice(&u16::try_from(text.len()).unwrap_or(0).to_le_bytes());
            bytes.extend_from_slice(text.as_bytes());
        }
        bytes
    }

    /// From bytes.
    ///
    /// # Errors
    /// [`DigestError`].
    pub fn decode(bytes: &[u8]) -> Result<Self, DigestError> {
        let mut reader = Reader { bytes };
        let mut digest = Self::figures(&mut reader)?;
        digest.title = reader.long_text()?;
        digest.reporter = reader.long_text()?;
        digest.trouble = Some(reader.long_text()?).filter(|it| !it.is_empty());
        Ok(digest)
    }

    /// From bytes without the texts, for counting.
    ///
    /// # Errors
    /// [`DigestError`].
    pub fn decode_figures(bytes: &[u8]) -> Result<Self, DigestError> {
        Self::figures(&mut Reader { bytes })
    }

    fn figures(reader: &mut Reader<'_>) -> Result<Self, DigestError> {
        if reader.byte()? != VERSION {
            return Err(DigestError);
        }
        let id = TrackedEntityUid::parse(reader.text(11)?).map_err(|_| DigestError)?;
        let place = OrganisationUnitUid::parse(reader.text(11)?).map_err(|_| DigestError)?;
        let problem = *Problem::ALL.get(usize::from(reader.byte()?)).ok_or(DigestError)?;
        let channel = *Channel::ALL.get(usize::from(reader.byte()?)).ok_or(DigestError)?;
        let state = *State::ALL.get(usize::from(reader.byte()?)).ok_or(DigestError)?;
        let (urgent, in_time) = (reader.byte()? == 1, reader.byte()? == 1);
        let taken_in_time = reader.byte()? == 1;
        let last_word = if reader.byte()? == 1 { LastWord::User } else { LastWord::Team };
        let (tier, judged_tier, hops) = (reader.byte()?, reader.byte()?, reader.byte()?);
        let mut moments = [None; 10];
        for moment in &mut moments {
            *moment = Some(reader.moment()?).filter(|it| *it != NONE);
        }
        let coming_hops_ms = (0..hops).map(|_| reader.moment()).collect::<Result<_, _>>()?;
        let [
            made_ms,
            received_ms,
            reacted_ms,
            taken_ms,
            handed_ms,
            closed_ms,
            half_ms,
            three_quarters_ms,
            due_ms,
            resolve,
        ] = moments;
        Ok(Self {
            id,
            place,
            title: String::new(),
            reporter: String::new(),
            trouble: None,
            problem,
            channel,
            urgent,
            state,
            last_word,
            tier,
            judged_tier,
            coming_hops_ms,
            made_ms,
            received_ms,
            reacted_ms,
            in_time,
            taken_ms,
            taken_in_time,
            handed_ms,
            closed_ms,
            thresholds: Thresholds { half_ms, three_quarters_ms, due_ms },
            resolve_due_ms: resolve,
        })
    }
}

struct Reader<'a> {
    bytes: &'a [u8],
}

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> Result<&'a [u8], DigestError> {
        let (taken, rest) = self.bytes.split_at_checked(length).ok_or(DigestError)?;
        self.bytes = rest;
        Ok(taken)
    }

    fn byte(&mut self) -> Result<u8, DigestError> {
        self.take(1).map(|bytes| bytes[0])
    }

    fn moment(&mut self) -> Result<i64, DigestError> {
        let bytes = self.take(8)?.try_into().map_err(|_| DigestError)?;
        Ok(i64::from_le_bytes(bytes))
    }

    fn long_text(&mut self) -> Result<String, DigestError> {
        let length = usize::from(u16::from_le_bytes([self.byte()?, self.byte()?]));
        self.text(length).map(str::to_owned)
    }

    fn text(&mut self, length: usize) -> Result<&'a str, DigestError> {
        std::str::from_utf8(self.take(length)?).map_err(|_| DigestError)
    }
}

fn stopped_in_time(clock: &Clock, calendar: &Calendar) -> bool {
    let view = clock.at(clock.stop_ms.unwrap_or(0), calendar);
    matches!(view.state, ClockState::Stopped { in_time: true, .. })
}

/// Where it was when a person reacted in time, or when the limit passed; else where it is.
fn judged_tier(standing: &Standing, in_time: bool, calendar: &Calendar) -> u8 {
    if let Some(reaction) = standing.reaction.as_ref().filter(|_| in_time) {
        return reaction.tier;
    }
    let clock = &standing.acknowledging;
    let unstopped = Clock { stop_ms: None, ..clock.clone() };
    let Some(due_ms) = unstopped.thresholds(calendar).due_ms else { return standing.tier };
    // The move that the limit makes comes at that very moment: who had it before is judged.
    let mut before = standing.hops.iter().filter(|hop| hop.at_ms < due_ms);
    before.next_back().map_or(1, |hop| hop.to)
}
