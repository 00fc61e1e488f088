//! Likely doubles: warnings while somebody is registered, and proposals for a supervisor.
//!
//! Nobody is ever merged here. A person says of a pair that they are two, or marks it on the server,
//! where whoever may merge people does so.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use outpost_domain::duplicates::{
    Doubt, Person, Proposal, Proposals, Reason, Role, Roles, Settings, likely_same, proposals,
    roles_of,
};
use outpost_domain::form::enrollment::Registration;
use outpost_domain::uid::{TrackedEntityAttributeUid, TrackedEntityUid};
use outpost_store::{CompareQuery, ComparedPerson, DuplicateQuery, JournalKind};
use outpost_sync::ports::Method;
use outpost_wire::duplicate::{TARGET, encode_pair, is_marked_already};
use outpost_wire::time::parse_day;
use serde_json::json;

use super::Session;
use super::online::{Asked, request};
use super::people_bundle::PeopleBundle;
use super::person_form::PersonFormSession;
use super::programs::PeopleOf;
use crate::error::{OutpostError, Result};
use crate::limits::{
    DUPLICATES_WARNED_MAX, PAGE_ROWS_MAX, PAIRS_KEPT_APART_MAX, PEOPLE_COMPARED_MAX,
};
use crate::model::{DuplicateWarning, ProposalPage, ProposalQuery, ProposalView};

/// Fact with the pairs of which a person said that they are two, the latest last.
const KEPT_APART: &str = "peopleKeptApart";

/// Where the next page of proposals begins. Opaque.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ProposalCursor(Place);

/// The surest come first, then by the ids.
type Place = (std::cmp::Reverse<u8>, TrackedEntityUid, TrackedEntityUid);

impl Session {
    /// A page of pairs of people on this device that are likely one person, the surest first, for a
    /// supervisor to look at. Nothing is merged; a pair of which somebody said that they are two is
    /// not proposed again.
    ///
    /// # Errors
    /// `NotFound` for a program or type that is not on the device; storage errors.
    pub fn merge_proposals(
        &self,
        query: &ProposalQuery,
        next: Option<ProposalCursor>,
    ) -> Result<ProposalPage> {
        let bundle = self.people_of(query.of)?;
        let (people, not_compared) = self.people_to_compare(&bundle, query)?;
        let apart: BTreeSet<String> = self.kept_apart()?.into_iter().collect();
        let is_settled = |a, b| apart.contains(&pair_key(a, b));
        let found = proposals(&people, Settings::default(), is_settled);
        let Proposals { proposals, common_keys, left_out } = found;
        let after = |pair: &Proposal| next.as_ref().is_none_or(|next| place_of(pair) > next.0);
        let mut rest = proposals.into_iter().filter(after);
        let mut page = ProposalPage {
            items: Vec::new(),
            next: None,
            compared: people.len() as u64,
            not_compared,
            common: common_keys as u64,
            left_out: left_out as u64,
        };
        let mut last = None;
        for pair in rest.by_ref().take(PAGE_ROWS_MAX as usize) {
            last = Some(ProposalCursor(place_of(&pair)));
            page.items.extend(self.proposal_view(pair)?);
        }
        page.next = last.filter(|_| rest.next().is_some());
        Ok(page)
    }

    /// Those who are compared, and whether there are more than one call compares.
    fn people_to_compare(
        &self,
        bundle: &PeopleBundle,
        query: &ProposalQuery,
    ) -> Result<(Vec<Person>, bool)> {
        let wanted = CompareQuery {
            tracked_entity_type: bundle.tracked_entity_type.id,
            program: match query.of {
                PeopleOf::Program(program) => Some(program),
                PeopleOf::Type(_) => None,
            },
            organisation_unit: query.organisation_unit,
        };
        let (roles, today) = (roles_in(bundle), self.world()?.now().date());
        let (mut people, mut after) = (Vec::new(), None);
        loop {
            let (batch, more) = self.store().people_to_compare(&wanted, after, PAGE_ROWS_MAX)?;
            people.extend(batch.iter().map(|one| read(one, bundle, &roles, today)));
            match more {
                None => return Ok((people, false)),
                Some(_) if people.len() >= PEOPLE_COMPARED_MAX => return Ok((people, true)),
                more => after = more,
            }
        }
    }

    /// `None` if one of the two left the device meanwhile.
    fn proposal_view(&self, pair: Proposal) -> Result<Option<ProposalView>> {
        let found = [pair.a, pair.b].map(|id| self.store().load_tracked_entity(id));
        let [Some(a), Some(b)] = [found[0].clone()?, found[1].clone()?] else { return Ok(None) };
        Ok(Some(ProposalView {
            a: self.summary_of_person(&a)?,
            b: self.summary_of_person(&b)?,
            score: pair.score,
            is_certain: is_certain(&pair.reasons),
            reasons: pair.reasons.iter().map(|it| reason_words(*it)).collect(),
            doubts: pair.doubts.iter().map(|it| doubt_words(*it)).collect(),
        }))
    }

    /// Somebody looked at a pair and says that they are two people: it is not proposed again on this
    /// device. The journal keeps who said so and why.
    ///
    /// # Errors
    /// `InvalidInput` without a reason, or for one person twice; `NotFound`; storage errors.
    pub fn keep_apart(&self, a: TrackedEntityUid, b: TrackedEntityUid, reason: &str) -> Result<()> {
        if reason.trim().is_empty() {
            return Err(OutpostError::invalid("reason", "missing", "say why, in a few words"));
        }
        self.two_people(a, b)?;
        let mut pairs = self.kept_apart()?;
        let key = pair_key(a, b);
        pairs.retain(|pair| *pair != key);
        pairs.push(key);
        pairs.drain(..pairs.len().saturating_sub(PAIRS_KEPT_APART_MAX));
        let text = serde_json::to_string(&pairs).map_err(OutpostError::internal)?;
        let body = json!({ "keptApart": [a, b], "reason": reason.trim() });
        self.store().append_journal(JournalKind::Edit, self.by(), &body, self.now_ms())?;
        Ok(self.store().save_fact(KEPT_APART, &text)?)
    }

    /// Marks a pair on the server as potential duplicates, where whoever may merge them finds it. Doing
    /// it twice does no harm.
    ///
    /// # Errors
    /// `Offline`; `InvalidInput` for one person twice or for somebody whom the server does not hold
    /// yet; `NotFound` for somebody who is not on this device; other answers of the server.
    pub fn mark_duplicates(&self, a: TrackedEntityUid, b: TrackedEntityUid) -> Result<()> {
        self.two_people(a, b)?;
        let body = Some(encode_pair(a, b));
        match self.ask(request(Method::Post, TARGET.to_owned(), body))? {
            Asked::Refused { status: 409, message } if is_marked_already(&message) => Ok(()),
            Asked::NotFound => {
                let reason = "the server does not hold both yet, or does not show them to you: \
                              synchronise and try again";
                Err(OutpostError::invalid("person", "not_on_server", reason))
            }
            other => other.done("marking the two").map(drop),
        }
    }

    fn two_people(&self, a: TrackedEntityUid, b: TrackedEntityUid) -> Result<()> {
        if a == b {
            let reason = "this is one person twice; give two";
            return Err(OutpostError::invalid("person", "same", reason));
        }
        self.tracked_entity(a)?;
        self.tracked_entity(b)?;
        Ok(())
    }

    fn kept_apart(&self) -> Result<Vec<String>> {
        let text = self.store().load_fact(KEPT_APART)?;
        Ok(text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default())
    }

    /// Who on this device may be the person of a registration, the surest first.
    fn duplicates_of(
        &self,
        bundle: &PeopleBundle,
        registration: &Registration,
    ) -> Result<Vec<DuplicateWarning>> {
        let (roles, today) = (roles_in(bundle), self.world()?.now().date());
        let values: BTreeMap<TrackedEntityAttributeUid, String> =
            registration.values().into_iter().map(|(id, value)| (id, value.to_owned())).collect();
        let values = typed(values, bundle);
        let id = registration.tracked_entity.id;
        let draft = Person::read(id, &values, &roles, today);
        let of = |wanted: &'static [Role]| {
            let is = |id: &TrackedEntityAttributeUid| {
                roles.get(id).is_some_and(|role| wanted.contains(role))
            };
            values.iter().filter(move |(id, _)| is(id))
        };
        let equal = of(&[Role::Unique, Role::Phone]);
        let names = of(&[Role::GivenName, Role::FamilyName, Role::FullName]);
        let query = DuplicateQuery {
            tracked_entity_type: registration.tracked_entity.tracked_entity_type,
            except: Some(id),
            equal: equal.map(|(it, value)| (*it, value.clone())).collect(),
            names: names.map(|(_, value)| value.clone()).collect(),
        };
        let found = self.store().duplicate_candidates(&query)?;
        let candidates: Vec<_> =
            found.iter().map(|person| read(person, bundle, &roles, today)).collect();
        let likely = likely_same(&draft, &candidates, Settings::default());
        let mut warnings = Vec::new();
        for (id, how) in likely.into_iter().take(DUPLICATES_WARNED_MAX) {
            let person = found.iter().map(|it| &it.tracked_entity).find(|it| it.id == id);
            let Some(person) = person else { continue };
            warnings.push(DuplicateWarning {
                person: self.summary_of_person(person)?,
                score: how.score,
                is_certain: is_certain(&how.reasons),
                reasons: how.reasons.iter().map(|it| reason_words(*it)).collect(),
                doubts: how.doubts.iter().map(|it| doubt_words(*it)).collect(),
            });
        }
        Ok(warnings)
    }
}

impl PersonFormSession {
    /// Who on this device may be the person that is being registered, the surest first. Nobody is kept
    /// from registering; only a value that must be unique forbids it.
    ///
    /// # Errors
    /// Storage errors.
    pub fn duplicates(&self) -> Result<Vec<DuplicateWarning>> {
        self.session.duplicates_of(&self.bundle.people, self.registration())
    }
}

fn roles_in(bundle: &PeopleBundle) -> Roles {
    let attributes: Vec<_> = bundle.attributes.values().cloned().collect();
    roles_of(&attributes, &BTreeMap::new())
}

/// A number that the server makes is new for everybody who is registered: it says nothing.
fn typed(
    mut values: BTreeMap<TrackedEntityAttributeUid, String>,
    bundle: &PeopleBundle,
) -> BTreeMap<TrackedEntityAttributeUid, String> {
    values.retain(|id, _| bundle.attributes.get(id).is_none_or(|attribute| !attribute.generated));
    values
}

/// Somebody stored as far as doubles are told by it. An age was told when they were registered.
fn read(one: &ComparedPerson, bundle: &PeopleBundle, roles: &Roles, today: Date) -> Person {
    let recorded = one.tracked_entity.created_at_client.as_deref().and_then(parse_day);
    let values = typed(one.values.clone(), bundle);
    Person::read(one.tracked_entity.id, &values, roles, recorded.unwrap_or(today))
}

const fn place_of(pair: &Proposal) -> Place {
    (std::cmp::Reverse(pair.score), pair.a, pair.b)
}

fn pair_key(a: TrackedEntityUid, b: TrackedEntityUid) -> String {
    format!("{}/{}", a.min(b), a.max(b))
}

fn is_certain(reasons: &[Reason]) -> bool {
    reasons.iter().any(|it| matches!(it, Reason::SameUnique(_)))
}

fn reason_words(reason: Reason) -> String {
    match reason {
        Reason::SameUnique(_) => "the same number that nobody else may have",
        Reason::SameName => "the same name",
        Reason::NamesExchanged => "the same name, the other way round",
        Reason::SimilarName => "a similar name",
        Reason::NameSoundsAlike => "a name that sounds alike",
        Reason::SamePhone => "the same phone number",
        Reason::SameBirthDate => "the same date of birth",
        Reason::BirthDateExchanged => "the same date of birth, day and month exchanged",
        Reason::SimilarAge => "about the same age",
        Reason::SameSex => "the same sex",
        Reason::SameRelative => "the same name of a relative",
        Reason::SamePlace => "the same village",
    }
    .to_owned()
}

fn doubt_words(doubt: Doubt) -> String {
    match doubt {
        Doubt::Unique(_) => "another number",
        Doubt::Name => "another name",
        Doubt::Sex => "another sex",
        Doubt::Age => "another age",
    }
    .to_owned()
}
