//! Whom to compare with whom, and the list that comes of it.

use std::collections::{BTreeMap, BTreeSet};

use super::Settings;
use super::name::sound;
use super::person::{Birth, Person};
use super::score::{Doubt, Match, Reason, compare};
use crate::limits::{DUPLICATE_BLOCK_MAX, DUPLICATE_PROPOSALS_MAX};
use crate::uid::TrackedEntityUid;

/// Two records that may be of one person. A person decides; nothing merges by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// The record with the smaller id.
    pub a: TrackedEntityUid,
    /// The other record.
    pub b: TrackedEntityUid,
    /// 0 to 100.
    pub score: u8,
    /// What speaks for it.
    pub reasons: Vec<Reason>,
    /// What speaks against it.
    pub doubts: Vec<Doubt>,
}

/// The list for the supervisor.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Proposals {
    /// The surest first.
    pub proposals: Vec<Proposal>,
    /// Likenesses that so many people share that they were not followed up.
    pub common_keys: usize,
    /// Proposals beyond the longest list that is made.
    pub left_out: usize,
}

/// Those of the candidates that are likely the draft's person, the surest first.
#[must_use]
pub fn likely_same(
    draft: &Person,
    candidates: &[Person],
    settings: Settings,
) -> Vec<(TrackedEntityUid, Match)> {
    let mut likely: Vec<_> = candidates
        .iter()
        .filter(|candidate| candidate.id != draft.id)
        .map(|candidate| (candidate.id, compare(draft, candidate)))
        .filter(|(_, found)| found.score >= settings.threshold)
        .collect();
    likely.sort_by_key(|(id, found)| (std::cmp::Reverse(found.score), *id));
    likely
}

/// Pairs that are likely one person. Compares only people who share a [blocking key](blocking_keys).
/// `is_settled` says of which pairs a person has already said that they are two.
#[must_use]
pub fn proposals(
    people: &[Person],
    settings: Settings,
    is_settled: impl Fn(TrackedEntityUid, TrackedEntityUid) -> bool,
) -> Proposals {
    let (blocks, common_keys) = blocks(people);
    let mut list = Proposals { common_keys, ..Proposals::default() };
    let mut shared: Vec<Vec<usize>> = vec![Vec::new(); people.len()];
    for (number, block) in blocks.iter().enumerate() {
        block.iter().for_each(|person| shared[*person].push(number));
    }
    for (number, block) in blocks.iter().enumerate() {
        for (place, one) in block.iter().enumerate() {
            for other in &block[place + 1..] {
                // A pair is compared once, in the first block that it shares.
                let is_first = first_shared(&shared[*one], &shared[*other]) == Some(number);
                let pair = (&people[*one], &people[*other]);
                list.proposals
                    .extend(is_first.then(|| proposal(pair, settings, &is_settled)).flatten());
            }
        }
    }
    list.proposals.sort_by_key(|one| (std::cmp::Reverse(one.score), one.a, one.b));
    list.left_out = list.proposals.len().saturating_sub(DUPLICATE_PROPOSALS_MAX);
    list.proposals.truncate(DUPLICATE_PROPOSALS_MAX);
    list
}

/// People by key, of keys that some share, and how many keys too many share.
fn blocks(people: &[Person]) -> (Vec<Vec<usize>>, usize) {
    let mut blocks: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (at, person) in people.iter().enumerate() {
        for key in blocking_keys(person) {
            blocks.entry(key).or_default().push(at);
        }
    }
    let all = blocks.len();
    blocks.retain(|_, block| block.len() <= DUPLICATE_BLOCK_MAX);
    let common_keys = all - blocks.len();
    (blocks.into_values().filter(|block| block.len() > 1).collect(), common_keys)
}

/// The smallest number in both ascending lists.
fn first_shared(one: &[usize], other: &[usize]) -> Option<usize> {
    one.iter().find(|number| other.binary_search(number).is_ok()).copied()
}

fn proposal(
    (one, other): (&Person, &Person),
    settings: Settings,
    is_settled: impl Fn(TrackedEntityUid, TrackedEntityUid) -> bool,
) -> Option<Proposal> {
    let (a, b) = (one.id.min(other.id), one.id.max(other.id));
    if a == b || is_settled(a, b) {
        return None;
    }
    let Match { score, reasons, doubts } = compare(one, other);
    (score >= settings.threshold).then_some(Proposal { a, b, score, reasons, doubts })
}

/// Keys of which two records of one person share at least one: unique values, phone numbers, the sounds
/// of two words of the name, one word's sound with the year of birth.
///
/// A store may index them to find the candidates of a draft.
#[must_use]
pub fn blocking_keys(person: &Person) -> Vec<String> {
    let mut keys = BTreeSet::new();
    for (attribute, value) in &person.unique {
        keys.insert(format!("u:{attribute}:{value}"));
    }
    for phone in &person.phones {
        // Seven digits, so that a short number meets its long form.
        keys.insert(format!("p:{}", &phone[phone.len().saturating_sub(7)..]));
    }
    let mut sounds: Vec<String> = person.words().iter().map(|word| sound(word)).collect();
    sounds.sort();
    sounds.dedup();
    for (at, one) in sounds.iter().enumerate() {
        for other in &sounds[at + 1..] {
            keys.insert(format!("n:{one}:{other}"));
        }
        match person.birth {
            // The neighbouring decade half too: ages are told in round numbers.
            Some(birth) => {
                let half = birth.year().div_euclid(5);
                keys.extend((half - 1..=half).map(|half| format!("a:{one}:{half}")));
            }
            None => drop(keys.insert(format!("a:{one}:"))),
        }
    }
    if let Some(Birth::On(day)) = person.birth {
        keys.extend(person.sex.iter().map(|sex| format!("b:{day}:{sex}")));
    }
    keys.into_iter().collect()
}
