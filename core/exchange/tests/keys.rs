//! Who is trusted: cards, lists of the centre, rotations, revocations.
#![allow(missing_docs)]

mod support;

use outpost_exchange::keys::*;
use outpost_exchange::{ExchangeError, KeyError};
use support::*;

fn card(number: u8, name: &str, role: Role) -> Card {
    Card::new(&identity(number), name, role).expect("a card")
}

fn key(number: u8) -> KeyId {
    id(&identity(number))
}

fn draft(sequence: u64) -> KeyListDraft {
    let members = vec![
        card(4, "Ministry", Role::Centre),
        card(5, "Safe", Role::Recovery),
        card(1, "Phone 17", Role::Device),
    ];
    KeyListDraft { sequence, issued_at: NOW.into(), members, revoked: Vec::new() }
}

fn list(sequence: u64, change: impl FnOnce(&mut KeyListDraft)) -> KeyList {
    let mut draft = draft(sequence);
    change(&mut draft);
    KeyList::sign(&identity(4), draft).expect("signed")
}

fn revocation(number: u8, reason: Reason) -> Revocation {
    Revocation { key: key(number), reason, last_good: None }
}

/// A device that knows its centre and nobody else.
fn ring() -> KeyRing {
    let mut ring = KeyRing::default();
    ring.enrol_in_person(card(4, "Ministry", Role::Centre), "grace", NOW).expect("enrolled");
    ring
}

#[test]
fn an_identity_is_kept_as_bytes_and_read_again() {
    let one = identity(1);
    let kept = one.to_secret_bytes();
    let again = Identity::from_secret_bytes(&kept).expect("read");
    assert_eq!(again.public(), one.public());
    assert_eq!(again.to_secret_bytes(), kept);
    for wrong in [&kept[..64], &[kept.as_slice(), &[0]].concat(), &[], &[9; 65]] {
        assert!(Identity::from_secret_bytes(wrong).is_err());
    }
    assert!(Identity::from_random(&[0; 64]).is_err(), "a source that gives the same twice");
}

#[test]
fn secrets_are_not_shown() {
    let shown = format!("{:?}", identity(1));
    assert_eq!(shown, format!("Identity({})", key(1)));
}

#[test]
fn public_keys_are_those_of_the_tools() {
    let one = identity(1);
    let text = one.public().minisign_text();
    let public = minisign_verify::PublicKey::decode(&text).expect("minisign reads it");
    let signature = Signature::sign(&one, Digesting::of(b"words"), "a comment").expect("signed");
    let signature = minisign_verify::Signature::decode(&signature.to_text()).expect("and this");
    assert_eq!(signature.trusted_comment(), "a comment");
    public.verify(b"words", &signature, false).expect("and they fit");
    assert!(text.contains(&key(1).to_string()));
    let secret = one.age_secret_text();
    let opener: age::x25519::Identity = secret.parse().expect("age reads it");
    assert_eq!(opener.to_public().to_string(), one.public().age_text());
}

#[test]
fn a_card_is_read_as_it_was_written() {
    let text = card(1, "  Téléphone 17, clinique de Kédougou ", Role::Device).to_text();
    let read = Card::parse(&text).expect("a card");
    assert_eq!(read.name(), "Téléphone 17, clinique de Kédougou");
    assert_eq!((read.role(), read.key_id()), (Role::Device, key(1)));
    assert_eq!(read.fingerprint(), identity(1).public().fingerprint());
    let alphanumeric = |c: char| c.is_ascii_digit() || c.is_ascii_uppercase() || c == ':';
    assert!(text.chars().all(alphanumeric), "a QR code stores it in alphanumeric mode: {text}");
    let broken: String = text.chars().flat_map(|c| [c, '\n']).collect();
    assert_eq!(Card::parse(&broken), Ok(read), "line breaks of an e-mail do no harm");
}

#[test]
fn a_changed_card_is_refused() {
    let text = card(1, "Phone 17", Role::Device).to_text();
    for (at, character) in text.char_indices().skip("OUTPOST:1:".len()) {
        let other = if character == 'A' { "B" } else { "A" };
        let changed = format!("{}{other}{}", &text[..at], &text[at + 1..]);
        assert!(Card::parse(&changed).is_err(), "character {at}");
    }
    for wrong in
        ["", "OUTPOST:1:", "OUTPOST:2:AAAA", "https://example.org", &text[..text.len() - 4]]
    {
        assert!(Card::parse(wrong).is_err(), "{wrong}");
    }
    assert!(Card::parse(&"A".repeat(1 << 20)).is_err());
}

#[test]
fn names_on_cards_are_short_and_plain() {
    for name in ["", "   ", "two\nlines", &"x".repeat(61)] {
        assert_eq!(Card::new(&identity(1), name, Role::Device).err(), Some(KeyError::Name));
    }
}

#[test]
fn a_list_of_the_centre_enrols_everybody_on_it() {
    let mut ring = ring();
    let changes = ring.apply_list(&list(1, |_| ())).expect("taken in");
    assert_eq!(changes.len(), 2, "the centre itself was known");
    assert_eq!(ring.standing(key(1)), Some(Standing::Active));
    assert_eq!(ring.list_sequence(), Some(1));
    assert_eq!(ring.apply_list(&list(1, |_| ())), Ok(Vec::new()), "the same again");
}

#[test]
fn a_list_that_is_older_or_contradicts_is_left_alone() {
    let mut ring = ring();
    let _ = ring.apply_list(&list(5, |_| ())).expect("taken in");
    let before = ring.clone();
    let old = ring.apply_list(&list(4, |draft| draft.members.clear()));
    assert_eq!(old, Err(KeyError::OldList { found: 4, known: 5 }));
    let fork = ring.apply_list(&list(5, |draft| draft.issued_at = "later".into()));
    assert_eq!(fork, Err(KeyError::ForkedList { number: 5 }));
    assert_eq!(ring, before);
}

#[test]
fn only_a_centre_issues_lists() {
    let mut ring = ring();
    let stranger = KeyList::sign(&identity(66), draft(1)).expect("signed");
    assert!(matches!(
        ring.apply_list(&stranger),
        Err(KeyError::Document(ExchangeError::UnknownSigner { .. }))
    ));
    ring.enrol_in_person(card(3, "District", Role::District), "grace", NOW).expect("enrolled");
    let district = KeyList::sign(&identity(3), draft(1)).expect("signed");
    assert!(matches!(ring.apply_list(&district), Err(KeyError::NotAllowed { .. })));
    let true_list = list(1, |_| ());
    let changed = String::from_utf8(true_list.bytes().to_vec()).expect("text").replace('1', "2");
    let changed = KeyList::from_parts(changed.into(), true_list.signature_text().as_bytes());
    assert!(matches!(
        ring.apply_list(&changed.expect("two files")),
        Err(KeyError::Document(ExchangeError::BadSignature { .. }))
    ));
}

#[test]
fn what_was_revoked_stays_revoked() {
    let mut ring = ring();
    let lost = |draft: &mut KeyListDraft| draft.revoked.push(revocation(1, Reason::Lost));
    let _ = ring.apply_list(&list(1, |_| ())).expect("taken in");
    let changes = ring.apply_list(&list(2, lost)).expect("taken in");
    assert_eq!(changes, [Change::Revoked(key(1))]);
    // A later list forgets the loss and names the phone again.
    let _ = ring.apply_list(&list(3, |_| ())).expect("taken in");
    assert_eq!(ring.standing(key(1)), Some(Standing::Revoked(revocation(1, Reason::Lost))));
    let again = ring.enrol_in_person(card(1, "Phone 17", Role::Device), "grace", NOW);
    assert_eq!(again, Err(KeyError::Revoked { key: key(1) }));
    // The ring of a device that never knew the phone keeps the warning too.
    let mut other = self::ring();
    let _ = other.apply_list(&list(2, lost)).expect("taken in");
    let late = other.enrol_in_person(card(1, "Phone 17", Role::Device), "grace", NOW);
    assert_eq!(late, Err(KeyError::Revoked { key: key(1) }));
}

#[test]
fn a_list_never_leaves_a_device_without_a_centre() {
    let mut ring = ring();
    let before = ring.clone();
    let end = list(1, |draft| draft.revoked.push(revocation(4, Reason::Retired)));
    assert_eq!(ring.apply_list(&end), Err(KeyError::LastCentre));
    assert_eq!(ring, before);
    let handed_over = list(1, |draft| {
        draft.revoked.push(revocation(4, Reason::Retired));
        draft.members.push(card(40, "Ministry", Role::Centre));
    });
    let _ = ring.apply_list(&handed_over).expect("taken in");
    assert!(matches!(ring.apply_list(&list(2, |_| ())), Err(KeyError::Revoked { .. })));
}

#[test]
fn a_new_key_takes_the_place_of_the_old_one() {
    let mut ring = ring();
    let _ = ring.apply_list(&list(1, |_| ())).expect("taken in");
    let new = card(11, "Phone 17", Role::Device);
    let rotation = Rotation::sign(&identity(1), &new, NOW).expect("signed");
    let carried =
        Rotation::from_parts(rotation.bytes().into(), rotation.signature_text().as_bytes());
    let changes = ring.apply_rotation(&carried.expect("two files")).expect("taken in");
    assert_eq!(changes, [Change::Replaced { old: key(1), new: key(11) }]);
    assert_eq!(ring.standing(key(1)), Some(Standing::Superseded { by: key(11) }));
    assert_eq!(ring.line_of(key(11)), Some(key(1)));
    assert_eq!(ring.current(key(1)).expect("known").card.key_id(), key(11));
    let to = ring.recipients(key(1)).expect("recipients");
    assert_eq!(to[0].key_id(), key(11), "files are encrypted to the new key");
    assert_eq!(ring.apply_rotation(&rotation), Ok(Vec::new()), "the same again");

    let other = Rotation::sign(&identity(1), &card(12, "Phone 17", Role::Device), NOW);
    let twice = ring.apply_rotation(&other.expect("signed"));
    assert_eq!(twice, Err(KeyError::Superseded { key: key(1), by: key(11) }));
}

#[test]
fn a_rotation_raises_nobody() {
    let mut ring = ring();
    let _ = ring.apply_list(&list(1, |_| ())).expect("taken in");
    let before = ring.clone();
    let sign = |old: u8, new: Card| Rotation::sign(&identity(old), &new, NOW).expect("signed");
    let as_centre = sign(1, card(11, "Ministry", Role::Centre));
    assert!(matches!(ring.apply_rotation(&as_centre), Err(KeyError::NotAllowed { .. })));
    let recovery = sign(5, card(15, "Safe", Role::Recovery));
    assert!(matches!(ring.apply_rotation(&recovery), Err(KeyError::NotAllowed { .. })));
    let stranger = sign(66, card(67, "Phone", Role::Device));
    assert!(matches!(ring.apply_rotation(&stranger), Err(KeyError::Document(_))));
    let onto_known = sign(1, card(1, "Phone 17", Role::Device));
    assert!(ring.apply_rotation(&onto_known).is_err());
    assert_eq!(ring, before);
}

#[test]
fn keys_that_a_thief_made_go_with_the_stolen_one() {
    let mut ring = ring();
    let _ = ring.apply_list(&list(1, |_| ())).expect("taken in");
    let steal = Rotation::sign(&identity(1), &card(11, "Phone 17", Role::Device), NOW);
    let _ = ring.apply_rotation(&steal.expect("signed")).expect("taken in");
    let stolen = |draft: &mut KeyListDraft| draft.revoked.push(revocation(1, Reason::Stolen));
    let mut honest = ring.clone();
    let changes = ring.apply_list(&list(2, stolen)).expect("taken in");
    assert_eq!(changes, [Change::Revoked(key(1)), Change::Revoked(key(11))]);
    // An old backup leaked after an honest rotation: the list vouches for the new key.
    let leaked = list(2, |draft| {
        stolen(draft);
        draft.members.push(card(11, "Phone 17", Role::Device));
    });
    let changes = honest.apply_list(&leaked).expect("taken in");
    assert_eq!(changes, [Change::Revoked(key(1))]);
    assert_eq!(honest.standing(key(11)), Some(Standing::Active));
}

#[test]
fn every_file_can_be_opened_by_the_recovery_key() {
    let mut ring = ring();
    ring.enrol_in_person(card(2, "Tablet", Role::Tablet), "grace", NOW).expect("enrolled");
    assert_eq!(ring.recipients(key(2)), Err(KeyError::NoRecovery));
    let two = |draft: &mut KeyListDraft| draft.members.push(card(6, "Safe 2", Role::Recovery));
    let _ = ring.apply_list(&list(1, two)).expect("taken in");
    let mut recipients: Vec<_> =
        ring.recipients(key(2)).expect("recipients").iter().map(PublicIdentity::key_id).collect();
    assert_eq!(recipients.remove(0), key(2));
    recipients.sort();
    let mut expected = [key(5), key(6)];
    expected.sort();
    assert_eq!(recipients, expected);
    let _ = ring.revoke_in_person(revocation(2, Reason::Lost));
    assert!(matches!(ring.recipients(key(2)), Err(KeyError::Revoked { .. })));
    assert!(matches!(ring.recipients(key(66)), Err(KeyError::Unknown { .. })));
}

#[test]
fn a_ring_is_kept_as_json() {
    let mut ring = ring();
    let lost = |draft: &mut KeyListDraft| draft.revoked.push(revocation(7, Reason::Lost));
    let _ = ring.apply_list(&list(9, lost)).expect("taken in");
    assert_eq!(KeyRing::from_json(&ring.to_json()), Ok(ring));
    for wrong in ["", "{}", "[]", "{\"format\":\"outpost-keys\",\"version\":1}"] {
        assert!(KeyRing::from_json(wrong).is_err());
    }
}
