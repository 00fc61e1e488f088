//! A mother with a card, a birth date and a village, in a program that asks her last period.

use jiff::civil::date;

use super::*;
use crate::data::{Enrollment, EnrollmentStatus};
use crate::form::event::Blocks;
use crate::metadata::{
    ProgramSection, ProgramTrackedEntityAttribute, ProgramType, TrackedEntityAttribute,
    TrackedEntityTypeAttribute,
};
use crate::samples::{self, uid};
use crate::uid::OptionSetUid;
use crate::value_type::{ServerMinor, ValueProblem};

/// Attributes by name; `card` is generated, `village` is chosen from a list.
const ATTRIBUTES: [(&str, ValueType); 6] = [
    ("name", ValueType::Text),
    ("birth", ValueType::Date),
    ("card", ValueType::Text),
    ("village", ValueType::Text),
    ("phone", ValueType::PhoneNumber),
    ("period", ValueType::Date),
];

fn attribute((name, value_type): (&str, ValueType)) -> TrackedEntityAttribute {
    TrackedEntityAttribute {
        form_name: (name == "birth").then(|| "Date of birth".to_owned()),
        option_set: (name == "village").then(|| uid("villages")),
        unique: name == "card",
        generated: name == "card",
        pattern: (name == "card").then(|| "RANDOM(####)".to_owned()),
        ..samples::attribute(name, value_type)
    }
}

fn person(attributes: &[(&str, bool)]) -> TrackedEntityType {
    let of_type = |(name, mandatory): &(&str, bool)| TrackedEntityTypeAttribute {
        attribute: uid(name),
        display_in_list: true,
        mandatory: *mandatory,
        searchable: true,
    };
    TrackedEntityType {
        attributes: attributes.iter().map(of_type).collect(),
        ..samples::tracked_entity_type("person")
    }
}

fn registration(asked: &[(&str, bool)], sections: &[(&str, &[&str])]) -> ProgramRegistration {
    let place = |(at, (name, mandatory)): (usize, &(&str, bool))| ProgramTrackedEntityAttribute {
        attribute: uid(name),
        mandatory: *mandatory,
        allow_future_date: false,
        display_in_list: true,
        searchable: true,
        sort_order: at as i64,
    };
    let section = |(name, attributes): &(&str, &[&str])| ProgramSection {
        id: uid(name),
        name: (*name).to_owned(),
        attributes: attributes.iter().map(|name| uid(name)).collect(),
    };
    ProgramRegistration {
        display_incident_date: true,
        enrollment_date_label: Some("Day of booking".to_owned()),
        feature_type: "POINT".to_owned(),
        attributes: asked.iter().enumerate().map(place).collect(),
        sections: sections.iter().map(section).collect(),
        ..samples::registration("person")
    }
}

fn program(registration: Option<ProgramRegistration>) -> Program {
    Program {
        program_type: ProgramType::WithRegistration,
        registration: registration.map(Box::new),
        ..samples::program("mothers")
    }
}

/// Name, birth and card are the type's; the program asks them, the village and the last period.
fn mothers() -> EnrollmentFormInput {
    let asked =
        [("card", false), ("name", true), ("birth", false), ("village", false), ("period", false)];
    let sections: [(&str, &[&str]); 2] = [("who", &["name", "birth"]), ("where", &["village"])];
    EnrollmentFormInput {
        tracked_entity_type: person(&[("name", false), ("birth", false), ("card", false)]),
        program: Some(program(Some(registration(&asked, &sections)))),
        attributes: ATTRIBUTES.map(attribute).into_iter().map(|it| (it.id, it)).collect(),
        option_sets: BTreeMap::new(),
    }
}

fn drawn(form: &EnrollmentForm) -> Vec<String> {
    let section = |section: &EnrollmentSection| {
        let field = |field: &EnrollmentField| {
            let home = match field.home {
                Home::TrackedEntity => "",
                Home::Enrollment => "°",
            };
            format!("{}{}{home}", field.name, if field.mandatory { "*" } else { "" })
        };
        let fields: Vec<_> = section.fields.iter().map(field).collect();
        format!("{}: {}", section.name.as_deref().unwrap_or("-"), fields.join(", "))
    };
    form.sections.iter().map(section).collect()
}

#[test]
fn a_form_in_a_program_asks_what_the_program_asks() {
    let (form, problems) = build(&mothers());
    assert_eq!(problems, []);
    assert_eq!(drawn(&form), ["who: name*, Date of birth", "where: village°", "-: card, period°"]);
    assert_eq!(form.enrollment_date_label(), Some("Day of booking"));
    assert!(form.asks_incident_date());
    assert_eq!((form.feature_type(), form.tracked_entity_feature_type()), (Some("POINT"), None));
    let card = form.field(uid("card")).expect("in the form");
    assert!(card.generated && card.unique && card.pattern.is_some());
    assert_eq!(form.place(uid("period")), Some((2, 1)));
}

#[test]
fn a_form_without_a_program_asks_what_the_type_has() {
    let (form, problems) = build(&EnrollmentFormInput {
        tracked_entity_type: person(&[("name", true), ("phone", false)]),
        program: None,
        ..mothers()
    });
    assert_eq!(problems, []);
    assert_eq!(drawn(&form), ["-: name*, phone"]);
    assert!(!form.asks_incident_date());
    let phone = form.field(uid("phone")).expect("in the form");
    assert!(phone.allow_future_date);
}

#[track_caller]
fn check_built(change: impl FnOnce(&mut EnrollmentFormInput), form: &[&str], said: &[&str]) {
    let mut input = mothers();
    change(&mut input);
    let (built, problems) = build(&input);
    assert_eq!(drawn(&built), form);
    assert_eq!(problems.iter().map(ToString::to_string).collect::<Vec<_>>(), said);
}

#[test]
fn what_does_not_fit_together_is_named_and_the_rest_is_asked() {
    check_built(
        |input| {
            input.attributes.remove(&uid("birth"));
        },
        &["who: name*", "where: village°", "-: card, period°"],
        &["attribute birth000000 is not on this device; its question is left out"],
    );
    check_built(
        |input| {
            let asked = [("name", false), ("name", true)];
            let sections: [(&str, &[&str]); 1] = [("who", &["name", "phone", "name"])];
            input.program = Some(program(Some(registration(&asked, &sections))));
        },
        &["who: name*"],
        &[
            "attribute name0000000 is named twice; it is asked where it came first",
            "section who00000000 names attribute phone000000, which is not in the program",
            "attribute name0000000 is named twice; it is asked where it came first",
        ],
    );
    // The server refuses a new person without what the type demands (E1090).
    check_built(
        |input| input.tracked_entity_type = person(&[("name", false), ("phone", true)]),
        &["who: name*, Date of birth°", "where: village°", "-: card°, period°, phone*"],
        &["attribute phone000000, mandatory for the type, is not in the program; it is asked last"],
    );
    check_built(
        |input| input.program = Some(program(None)),
        &["-: name, Date of birth, card"],
        &["the program has no registration"],
    );
}

/// The records of a form: attributes as given, each in the record that it belongs to.
fn mother(values: &[(&str, &str)]) -> Registration {
    let mut mother = Registration {
        tracked_entity: samples::tracked_entity("amina"),
        enrollment: Some(Enrollment {
            enrolled_at: Some("2026-11-20".to_owned()),
            occurred_at: Some("2026-11-02".to_owned()),
            ..samples::enrollment("course", "amina", "mothers")
        }),
    };
    let (form, _) = build(&mothers());
    for (name, value) in values {
        mother.put(&form, uid(name), Some((*value).to_owned()));
    }
    mother
}

fn enrolled(mother: &mut Registration) -> &mut Enrollment {
    mother.enrollment.as_mut().expect("enrolled")
}

#[test]
fn a_value_stands_in_the_record_that_it_belongs_to() {
    let (form, _) = build(&mothers());
    let mut amina = mother(&[("name", "Amina"), ("village", "KISENYI")]);
    let person = |amina: &Registration| amina.tracked_entity.attributes.len();
    assert_eq!(amina.tracked_entity.attributes, BTreeMap::from([(uid("name"), "Amina".into())]));
    assert_eq!(
        enrolled(&mut amina).attributes,
        BTreeMap::from([(uid("village"), "KISENYI".into())])
    );
    assert_eq!(amina.values(), [(uid("name"), "Amina"), (uid("village"), "KISENYI")].into());
    // A value that another client left in the wrong record moves with the next edit.
    enrolled(&mut amina).attributes.insert(uid("birth"), "2000-01-01".into());
    assert_eq!(amina.value(uid("birth")), Some("2000-01-01"));
    amina.put(&form, uid("birth"), Some("2000-01-02".into()));
    assert_eq!((person(&amina), enrolled(&mut amina).attributes.len()), (2, 1));
    amina.put(&form, uid("birth"), None);
    assert_eq!((person(&amina), amina.value(uid("birth"))), (1, None));
}

/// `code field` of each problem, with a mark where it forbids only completing.
#[track_caller]
fn check(change: impl FnOnce(&mut Registration), expected: &[&str]) {
    let (form, _) = build(&mothers());
    let mut amina = mother(&[("name", "Amina")]);
    change(&mut amina);
    check_in(&form, &amina, expected);
}

#[track_caller]
fn check_in(form: &EnrollmentForm, registration: &Registration, expected: &[&str]) {
    let context =
        EnrollmentContext { now: date(2026, 11, 25).at(12, 0, 0, 0), server: ServerMinor(42) };
    let is_option = |set: OptionSetUid, code: &str| set == uid("villages") && code == "KISENYI";
    let found = check_enrollment(form, registration, &context, is_option);
    assert!(found.iter().all(|problem| problem.kind.words().ends_with('.')));
    let word = |problem: &EnrollmentProblem| {
        let field = problem.kind.field().unwrap_or("-").trim_end_matches('0').to_owned();
        let code = problem.kind.code().unwrap_or("none");
        let mark = if problem.blocks == Blocks::Sending { "" } else { " later" };
        format!("{code} {field}{mark}")
    };
    assert_eq!(found.iter().map(word).collect::<Vec<_>>(), expected);
}

fn with(name: &'static str, value: &'static str) -> impl FnOnce(&mut Registration) {
    move |amina| {
        let (form, _) = build(&mothers());
        amina.put(&form, uid(name), Some(value.to_owned()));
    }
}

#[test]
fn a_value_must_fit_its_attribute() {
    check(|_| {}, &[]);
    check(with("name", " "), &["E1018 name"]);
    check(with("birth", "soon"), &["E1085 birth"]);
    check(with("village", "KISENYI"), &[]);
    check(with("village", "kisenyi"), &["E1125 village"]);
    check(with("birth", "2026-11-26"), &["none birth later"]);
    check(with("birth", "2026-11-25"), &[]);
    let foreign = |amina: &mut Registration| {
        enrolled(amina).attributes.insert(uid("phone"), "+256700000000".into());
    };
    check(foreign, &["E1019 phone"]);
    // What another program asks of the same person is no business of this form.
    let elsewhere = |amina: &mut Registration| {
        amina.tracked_entity.attributes.insert(uid("phone"), "+256700000000".into());
    };
    check(elsewhere, &[]);
}

#[test]
fn a_value_has_at_most_1200_characters() {
    let long = |count: usize| {
        move |amina: &mut Registration| {
            amina.tracked_entity.attributes.insert(uid("name"), "a".repeat(count));
        }
    };
    check(long(1_200), &[]);
    check(long(1_201), &["E1077 name"]);
}

#[test]
fn a_value_that_names_something_else_is_looked_up() {
    let code = |value_type| {
        let problem = ValueProblem::NotInteger;
        EnrollmentProblemKind::Value { attribute: uid("name"), value_type, problem }.code()
    };
    // Captures t042b and t044b, t044c.
    assert_eq!(code(ValueType::Image), Some("E1007"));
    assert_eq!(code(ValueType::OrganisationUnit), Some("E1007"));
    assert_eq!(code(ValueType::PhoneNumber), Some("E1085"));
}

#[test]
fn dates_are_demanded_and_lie_in_the_past_unless_the_program_says_otherwise() {
    let dates = |enrolled_at: Option<&'static str>, occurred_at: Option<&'static str>| {
        move |amina: &mut Registration| {
            enrolled(amina).enrolled_at = enrolled_at.map(str::to_owned);
            enrolled(amina).occurred_at = occurred_at.map(str::to_owned);
        }
    };
    let today = Some("2026-11-25");
    let tomorrow = Some("2026-11-26");
    check(dates(today, today), &[]);
    check(dates(None, today), &["E1025 enrolledAt"]);
    check(dates(today, None), &["E1023 occurredAt"]);
    check(dates(tomorrow, tomorrow), &["E1020 enrolledAt", "E1021 occurredAt"]);
    check(dates(Some("soon"), today), &["none enrolledAt"]);
    let mut input = mothers();
    let program = input.program.as_mut().expect("a program");
    let registration = program.registration.as_mut().expect("with registration");
    registration.display_incident_date = false;
    registration.select_enrollment_dates_in_future = true;
    let (form, _) = build(&input);
    let mut amina = mother(&[("name", "Amina")]);
    dates(tomorrow, None)(&mut amina);
    check_in(&form, &amina, &[]);
    enrolled(&mut amina).occurred_at = Some("2026-11-26".to_owned());
    check_in(&form, &amina, &["E1021 occurredAt"]);
}

#[test]
fn a_day_of_completion_needs_completion() {
    let ended = |status: EnrollmentStatus| {
        move |amina: &mut Registration| {
            enrolled(amina).status = status;
            enrolled(amina).completed_at = Some("2026-11-24".to_owned());
        }
    };
    check(ended(EnrollmentStatus::Completed), &[]);
    check(ended(EnrollmentStatus::Cancelled), &[]);
    check(ended(EnrollmentStatus::Active), &["E1052 completedAt"]);
}

#[test]
fn each_record_has_the_geometry_that_is_asked_for() {
    let point = || Some(r#"{"type":"Point","coordinates":[32.58,0.32]}"#.to_owned());
    check(|amina| enrolled(amina).geometry = point(), &[]);
    check(|amina| amina.tracked_entity.geometry = point(), &["E1074 geometry"]);
    check(|amina| enrolled(amina).geometry = Some("[1,2]".into()), &["none geometry"]);
    let ring = r#"{"type":"Polygon","coordinates":[[[0,0],[1,0],[1,1],[0,0]]]}"#;
    check(|amina| enrolled(amina).geometry = Some(ring.into()), &["E1012 geometry"]);
}

#[test]
fn records_of_another_type_do_not_fit_and_deleted_ones_are_not_checked() {
    check(|amina| amina.tracked_entity.tracked_entity_type = uid("house"), &["E1022 -"]);
    check(
        |amina| {
            amina.tracked_entity.attributes.clear();
            enrolled(amina).deleted = true;
        },
        &[],
    );
}

#[test]
fn an_entered_text_takes_its_stored_form() {
    let (form, _) = build(&mothers());
    let entered = |name: &str, text: &str| {
        let field = form.field(uid(name)).expect("in the form");
        check_attribute(field, text, |_, code| code == "KISENYI")
    };
    assert_eq!(entered("birth", " 2000-01-01 "), Ok(Some("2000-01-01".to_owned())));
    assert_eq!(entered("name", "  "), Ok(None));
    assert_eq!(entered("village", "KISENYI"), Ok(Some("KISENYI".to_owned())));
    assert_eq!(entered("village", "Kisenyi"), Err(ValueProblem::NotOption));
}
