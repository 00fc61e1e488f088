//! Setup codes: read as they were signed, refused when anything was changed.

use outpost_domain::uid::Uid;
use outpost_exchange::keys::{Card, Identity, Role};
use outpost_exchange::setup::{Setup, SetupCode};

fn identity(seed: u8) -> Identity {
    let random: [u8; 64] = std::array::from_fn(|at| seed.wrapping_mul(3) ^ at as u8);
    Identity::from_random(&random).expect("an identity")
}

fn setup() -> Setup {
    Setup {
        server: "https://play.example.org/dhis".to_owned(),
        language: Some("fr".to_owned()),
        is_training: true,
        programs: vec![Uid::parse("IpHINAT79UW").expect("an id")],
        issued_at: "2026-11-30".to_owned(),
    }
}

fn sign(role: Role, setup: Setup) -> Result<SetupCode, String> {
    let signer = identity(7);
    let card = Card::new(&signer, "Centre", role).expect("a card");
    SetupCode::sign(&signer, &card, setup).map_err(|error| error.to_string())
}

#[test]
fn a_code_is_read_as_it_was_signed_also_with_line_breaks() {
    let code = sign(Role::Centre, setup()).expect("signed");
    let broken: String = code.text().chars().flat_map(|c| [c, '\n']).collect();
    let read = SetupCode::parse(&broken).expect("read");
    assert_eq!((read.setup(), read.card().name()), (&setup(), "Centre"));
    let is_for_qr = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || ".:-".contains(c);
    assert!(code.text().chars().all(is_for_qr), "{}", code.text());
}

#[test]
fn whatever_character_is_changed_or_cut_it_is_refused() {
    let text = sign(Role::District, setup()).expect("signed").text().to_owned();
    for at in 0..text.len() {
        let mut changed = text.clone().into_bytes();
        changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(changed).expect("text");
        assert!(SetupCode::parse(&changed).is_err(), "character {at}");
        assert!(SetupCode::parse(&text[..at]).is_err(), "cut at {at}");
    }
    assert!(SetupCode::parse(&format!("{text}A")).is_err());
    assert!(SetupCode::parse(&"A".repeat(1_000_000)).is_err());
}

#[track_caller]
fn check_refused(role: Role, setup: Setup, why: &str) {
    let refused = sign(role, setup).expect_err("refused");
    assert!(refused.contains(why), "{refused}");
}

#[test]
fn what_no_phone_could_begin_with_is_not_signed() {
    for server in ["", "play.example.org", "https://", "ftp://a", "https://a b", "https://a\n"] {
        check_refused(Role::Centre, Setup { server: server.into(), ..setup() }, "address");
    }
    let language = |text: &str| Setup { language: Some(text.into()), ..setup() };
    check_refused(Role::Centre, language("f"), "language");
    check_refused(Role::Centre, language("français"), "language");
    for role in [Role::Device, Role::Tablet, Role::Recovery] {
        check_refused(role, setup(), "only a centre or a district");
    }
    let programs = vec![Uid::parse("IpHINAT79UW").expect("an id"); 101];
    check_refused(Role::Centre, Setup { programs, ..setup() }, "too many programs");
}

#[test]
fn a_code_signed_with_another_key_than_the_cards_is_refused() {
    let card = Card::new(&identity(7), "Centre", Role::Centre).expect("a card");
    assert!(SetupCode::sign(&identity(8), &card, setup()).is_err());
}
