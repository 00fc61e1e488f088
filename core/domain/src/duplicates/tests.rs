use std::collections::BTreeMap;

use jiff::civil::{Date, date};

use super::name::{Likeness, likeness};
use super::*;
use crate::metadata::TrackedEntityAttribute;
use crate::samples;
use crate::uid::{OptionSetUid, TrackedEntityAttributeUid, TrackedEntityUid};
use crate::value_type::ValueType;

const TODAY: Date = date(2026, 11, 22);

fn attribute(role: Role) -> TrackedEntityAttributeUid {
    TrackedEntityAttributeUid::parse(&format!("tea{:08}", role as u8)).expect("a uid")
}

/// A person as pairs of role and text.
fn person(id: usize, values: &[(Role, &str)]) -> Person {
    let roles = values.iter().map(|(role, _)| (attribute(*role), *role)).collect();
    let values: BTreeMap<_, _> =
        values.iter().map(|(role, text)| (attribute(*role), (*text).to_owned())).collect();
    let id = TrackedEntityUid::parse(&format!("te{id:09}")).expect("a uid");
    Person::read(id, &values, &roles, TODAY)
}

#[track_caller]
fn check_words(one: &str, other: &str, expected: Option<Likeness>) {
    assert_eq!(likeness(one, other), expected, "{one} and {other}");
    assert_eq!(likeness(other, one), expected, "{other} and {one}");
}

#[test]
fn spellings_of_a_name_are_told_from_other_names() {
    use Likeness::{Same, Similar, SoundsAlike};
    check_words("amina", "amina", Some(Same));
    check_words("okello", "okelo", Some(Similar));
    check_words("camara", "kamara", Some(SoundsAlike));
    check_words("mohammed", "muhamad", Some(SoundsAlike));
    check_words("fatima", "fatuma", Some(SoundsAlike));
    check_words("aisha", "aicha", Some(SoundsAlike));
    check_words("aisha", "ayesha", Some(SoundsAlike));
    check_words("moussa", "musa", Some(SoundsAlike));
    check_words("j", "joseph", Some(Similar));
    check_words("amina", "amira", None);
    check_words("john", "joan", None);
    check_words("ali", "alo", None);
    check_words("mary", "martha", None);
    check_words("hassan", "hussein", None);
    // Other scripts: a slip of the pen in a long word, nothing in a short one.
    check_words("محمد", "احمد", None);
    check_words("सिता", "गिता", None);
    check_words("ተስፋዬ", "ተስፋየ", None);
}

#[track_caller]
fn check(
    one: &[(Role, &str)],
    other: &[(Role, &str)],
    reasons: &[Reason],
    doubts: &[Doubt],
    is_told: bool,
) {
    let (one, other) = (person(1, one), person(2, other));
    let found = compare(&one, &other);
    assert_eq!((&*found.reasons, &*found.doubts), (reasons, doubts), "{found:?}");
    assert_eq!(found.score >= Settings::default().threshold, is_told, "{found:?}");
    let back = compare(&other, &one);
    assert_eq!((back.score, &back.reasons), (found.score, &found.reasons), "the order counts");
}

#[test]
fn a_value_that_nobody_shares_is_told_whatever_else_differs() {
    use Role::{FullName, Unique};
    let unique = attribute(Unique);
    check(
        &[(Unique, "A-1"), (FullName, "Amina Kamara")],
        &[(Unique, "a 1"), (FullName, "John Okello")],
        &[Reason::SameUnique(unique)],
        &[Doubt::Name],
        true,
    );
    check(
        &[(Unique, "A1"), (FullName, "Amina Kamara")],
        &[(Unique, "A2"), (FullName, "Amina Kamara")],
        &[Reason::SameName],
        &[Doubt::Unique(unique)],
        false,
    );
}

#[test]
fn name_sex_and_age_alike_are_told_but_a_name_alone_is_not() {
    use Role::{Age, BirthDate, FamilyName, GivenName, Sex};
    let amina = [(GivenName, "Amina"), (FamilyName, "Kamara")];
    check(&amina, &amina, &[Reason::SameName], &[], false);
    check(
        &[amina[0], amina[1], (Sex, "Female"), (Age, "34")],
        &[(GivenName, "AMINA"), (FamilyName, "Kâmara"), (Sex, "F"), (BirthDate, "1991-06-01")],
        &[Reason::SameName, Reason::SimilarAge, Reason::SameSex],
        &[],
        true,
    );
    check(
        &[amina[0], amina[1], (Sex, "F"), (Age, "34")],
        &[amina[0], amina[1], (Sex, "M"), (Age, "12")],
        &[Reason::SameName],
        &[Doubt::Age, Doubt::Sex],
        false,
    );
    check(
        &[(GivenName, "Kamara"), (FamilyName, "Amina"), (BirthDate, "1990-03-05")],
        &[(GivenName, "Amina"), (FamilyName, "Kamara"), (BirthDate, "1990-05-03")],
        &[Reason::NamesExchanged, Reason::BirthDateExchanged],
        &[],
        true,
    );
}

#[test]
fn twins_and_families_are_not_one_person() {
    use Role::{BirthDate, FamilyName, GivenName, Phone, Place, RelativeName, Sex};
    let twin = |name| {
        [
            (GivenName, name),
            (FamilyName, "Okello"),
            (BirthDate, "2024-05-01"),
            (Sex, "M"),
            (Phone, "0712 345 678"),
            (Place, "Kibuli"),
            (RelativeName, "Grace Akello"),
        ]
    };
    check(
        &twin("Opio"),
        &twin("Ocen"),
        &[
            Reason::SamePhone,
            Reason::SameBirthDate,
            Reason::SameSex,
            Reason::SameRelative,
            Reason::SamePlace,
        ],
        &[Doubt::Name],
        false,
    );
    check(
        &[(GivenName, "Grace"), (FamilyName, "Okello"), (Phone, "0712345678")],
        &[(GivenName, "Peter"), (FamilyName, "Okello"), (Phone, "+254712345678")],
        &[Reason::SamePhone],
        &[Doubt::Name],
        false,
    );
}

#[test]
fn names_are_compared_in_whatever_fields_they_stand() {
    use Role::{BirthDate, FamilyName, FullName, GivenName};
    let birth = (BirthDate, "1990-03-05");
    let check_name = |one: &[(Role, &str)], other: &[(Role, &str)], reason| {
        let (one, other): (Vec<_>, Vec<_>) = (
            one.iter().copied().chain([birth]).collect(),
            other.iter().copied().chain([birth]).collect(),
        );
        check(&one, &other, &[reason, Reason::SameBirthDate], &[], true);
    };
    check_name(
        &[(FullName, "Kamara Amina")],
        &[(GivenName, "Amina"), (FamilyName, "Kamara")],
        Reason::SameName,
    );
    check_name(
        &[(FullName, "Amina Mariam Kamara")],
        &[(FullName, "Amina Kamara")],
        Reason::SimilarName,
    );
    check_name(&[(FullName, "فاطمة أحمد")], &[(FullName, "فاطمه احمد")], Reason::SameName);
    check_name(&[(FullName, "ኃይሉ ዓለም")], &[(FullName, "ሃይሉ አለም")], Reason::SameName);
    check_name(&[(FullName, "सीता शर्मा")], &[(FullName, "सिता शर्मा")], Reason::SameName);
    // Own, father's and grandfather's name, the last left out by one word.
    check_name(
        &[(FullName, "Abebe Kebede Tesfaye")],
        &[(FullName, "Abebe Kebede Alemu")],
        Reason::SimilarName,
    );
}

#[track_caller]
fn check_phone(one: &str, other: &str, same: bool) {
    let (one, other) = (person(1, &[(Role::Phone, one)]), person(2, &[(Role::Phone, other)]));
    assert_eq!(compare(&one, &other).reasons.contains(&Reason::SamePhone), same);
}

#[test]
fn phones_are_the_same_whatever_their_prefix() {
    check_phone("+254 712 345 678", "0712345678", true);
    check_phone("00254-712-345-678", "712345678", true);
    check_phone("٠٧١٢٣٤٥٦٧٨", "0712345678", true);
    check_phone("0799000111 / 0712345678", "0712345678", true);
    check_phone("2345678", "0712345678", true); // a land line without its area
    check_phone("0712345679", "0712345678", false);
    check_phone("5678", "5678", false);
    check_phone("0000000000", "0000000000", false);
    check_phone("", "", false);
}

#[track_caller]
fn check_role(name: &str, value_type: ValueType, expected: Option<Role>) {
    let attribute = described(name, value_type);
    let roles = roles_of(std::slice::from_ref(&attribute), &Roles::new());
    assert_eq!(roles.get(&attribute.id).copied(), expected, "{name}");
}

fn described(name: &str, value_type: ValueType) -> TrackedEntityAttribute {
    TrackedEntityAttribute { name: name.to_owned(), ..samples::attribute("described", value_type) }
}

#[test]
fn roles_are_guessed_from_type_and_name_in_many_languages() {
    use Role::*;
    use ValueType::{Age as AgeType, Boolean, Date, Integer, PhoneNumber, Text};
    for (name, role) in [
        ("TL First name", GivenName),
        ("firstName", GivenName),
        ("FIRST_NAME", GivenName),
        ("Prénom", GivenName),
        ("Primeiro nome", GivenName),
        ("Jina la kwanza", GivenName),
        ("الاسم الأول", GivenName),
        ("TL Last name", FamilyName),
        ("Nom de famille", FamilyName),
        ("Apellidos", FamilyName),
        ("थर", FamilyName),
        ("Name", FullName),
        ("Nom et prénoms", GivenName),
        ("ስም", FullName),
        ("नाम", FullName),
        ("Họ và tên", FullName),
        ("Mother's name", RelativeName),
        ("Mother maiden name", RelativeName),
        ("Nom du père", RelativeName),
        ("የእናት ስም", RelativeName),
        ("Sexe", Sex),
        ("TL Sex", Sex),
        ("الجنس", Sex),
        ("Village name", Place),
        ("Mobile number", Phone),
    ] {
        check_role(name, Text, Some(role));
    }
    check_role("Anything", PhoneNumber, Some(Phone));
    check_role("Anything", AgeType, Some(BirthDate));
    check_role("Date de naissance", Date, Some(BirthDate));
    check_role("Date of death", Date, None);
    check_role("Âge", Integer, Some(Age));
    check_role("Mother's age", Integer, None);
    check_role("Number of pages", Integer, None);
    check_role("Name of facility", Text, None);
    check_role("Surgery", Text, None);
    check_role("Sex", Boolean, None);
}

#[test]
fn uniqueness_and_configuration_go_before_a_guess() {
    let unique = TrackedEntityAttribute { unique: true, ..described("Name", ValueType::Text) };
    let roles = roles_of(std::slice::from_ref(&unique), &Roles::new());
    assert_eq!(roles[&unique.id], Role::Unique);
    let configured = Roles::from([(unique.id, Role::Ignored)]);
    assert!(roles_of(std::slice::from_ref(&unique), &configured).is_empty());
    let chosen = TrackedEntityAttribute {
        option_set: OptionSetUid::parse("osSexes0001").ok(),
        ..described("Gender", ValueType::Text)
    };
    let roles = roles_of(std::slice::from_ref(&chosen), &Roles::new());
    assert_eq!(roles[&chosen.id], Role::Sex);
}

#[test]
fn a_draft_is_compared_with_others_and_not_with_itself() {
    let amina = [(Role::FullName, "Amina Kamara"), (Role::Phone, "0712345678")];
    let others = [
        person(1, &amina),
        person(2, &[(Role::FullName, "Aminah Camara"), (Role::Phone, "0712345678")]),
        person(3, &amina),
        person(4, &[(Role::FullName, "Amina Kamara")]),
    ];
    let found = likely_same(&person(1, &amina), &others, Settings::default());
    let ids: Vec<_> = found.iter().map(|(id, _)| id.to_string()).collect();
    assert_eq!(ids, ["te000000003", "te000000002"]);
}

#[test]
fn proposals_find_pairs_without_comparing_all() {
    let names = ["Abebe", "Chala", "Desta", "Eden", "Fikru", "Girma", "Hana", "Jember"];
    let mut people: Vec<_> = (0..64)
        .map(|number| {
            let full = format!("{} {}son{number}", names[number % 8], names[number / 8]);
            let birth = format!("19{:02}-03-05", 20 + number);
            person(number, &[(Role::FullName, full.as_str()), (Role::BirthDate, birth.as_str())])
        })
        .collect();
    people.push(person(70, &[(Role::FullName, "Amina Kamara"), (Role::Phone, "0712345678")]));
    people.push(person(71, &[(Role::FullName, "Camara Aminah"), (Role::Phone, "254712345678")]));
    let list = proposals(&people, Settings::default(), |_, _| false);
    let pairs: Vec<_> =
        list.proposals.iter().map(|one| (one.a.to_string(), one.b.to_string())).collect();
    assert_eq!(pairs, [("te000000070".to_owned(), "te000000071".to_owned())]);
    assert_eq!(list.proposals[0].reasons, [Reason::NameSoundsAlike, Reason::SamePhone]);
    // Settled by a person: they are two.
    let settled = proposals(&people, Settings::default(), |_, _| true);
    assert!(settled.proposals.is_empty());
}

#[test]
fn a_key_that_everybody_shares_is_left_out_and_counted() {
    let people: Vec<_> =
        (0..200).map(|number| person(number, &[(Role::Phone, "0712345678")])).collect();
    let list = proposals(&people, Settings { threshold: 1 }, |_, _| false);
    assert_eq!((list.proposals.len(), list.common_keys), (0, 1));
}

#[test]
fn a_long_list_is_cut_after_the_surest() {
    // Thirty times ten records of one person: 45 pairs each.
    let people: Vec<_> = (0..300)
        .map(|number| {
            let (full, birth) =
                (format!("Amina Kamara{}", number / 10), format!("{}-03-05", 1_930 + number / 10));
            person(number, &[(Role::FullName, full.as_str()), (Role::BirthDate, birth.as_str())])
        })
        .collect();
    let list = proposals(&people, Settings::default(), |_, _| false);
    assert_eq!((list.proposals.len(), list.left_out), (1_000, 350));
    assert!(list.proposals.iter().all(|one| one.reasons.contains(&Reason::SameName)));
}

#[test]
fn a_person_is_never_written_to_a_log() {
    let shown = format!("{:?}", person(1, &[(Role::FullName, "Amina Kamara")]));
    assert_eq!(shown, "Person(te000000001)");
}
