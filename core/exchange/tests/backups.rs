//! The backup of a machine: it opens whole with the machine's key or the paper in the safe, and not at
//! all if a byte differs or somebody else made it.
#![allow(missing_docs)]

mod support;

use std::io::Cursor;

use outpost_exchange::backup::{Backup, BackupDraft, BackupHead, BackupLine, BackupPiece};
use outpost_exchange::keys::*;
use outpost_exchange::limits::CHUNK_BYTES;
use outpost_exchange::{ExchangeError, Hash};
use support::*;

fn head(database: &[u8]) -> BackupHead {
    BackupHead {
        server: "https://dhis2.example.org".into(),
        username: "asha".into(),
        key: vec![7; 32],
        offline_verifier: None,
        database_bytes: database.len() as u64,
        sha256: Hash::of(database),
        unsent: 3,
    }
}

fn pieces(database: &[u8]) -> Vec<BackupLine> {
    let mut offset = 0;
    let mut lines = vec![BackupLine::Head(head(database))];
    for data in database.chunks(CHUNK_BYTES) {
        lines.push(BackupLine::Piece(BackupPiece { offset, data: data.to_vec() }));
        offset += data.len() as u64;
    }
    lines
}

fn card(identity: &Identity) -> Card {
    Card::new(identity, "Mwanza district", Role::District).expect("a card")
}

fn write(country: &Country, lines: &[BackupLine]) -> Result<Vec<u8>, ExchangeError> {
    let recipients = country.ring.recipients(id(&country.district)).expect("known");
    let mut draft = BackupDraft::begin(Cursor::new(Vec::new()), &recipients)?;
    for line in lines {
        draft.add(line)?;
    }
    let mut file = Vec::new();
    let card = card(&country.district);
    draft.write(&country.district, card, NOW, "outpost 0.1.0 linux", &mut file)?;
    Ok(file)
}

/// The database in a backup; every error on the way.
fn read(file: &[u8], opener: &Opener) -> Result<Vec<u8>, ExchangeError> {
    let mut lines = Backup::open(Cursor::new(file))?.lines(opener)?;
    let mut database = Vec::new();
    for line in lines.by_ref() {
        if let BackupLine::Piece(piece) = line? {
            database.extend_from_slice(&piece.data);
        }
    }
    assert!(lines.is_complete());
    Ok(database)
}

fn database(bytes: usize) -> Vec<u8> {
    (0..bytes).map(|at| (at * 31 % 251) as u8).collect()
}

#[test]
fn a_backup_opens_with_the_machines_key_or_the_paper_in_the_safe_and_with_no_other() {
    let country = country();
    let database = database(3 * CHUNK_BYTES + 17);
    let file = write(&country, &pieces(&database)).expect("written");
    let own = country.district.opener().expect("a key");
    assert_eq!(read(&file, &own).as_ref(), Ok(&database));
    // As it is read from the paper: in two lines, in small letters.
    let text = country.recovery.age_secret_text().to_ascii_lowercase();
    let paper = Opener::parse(&format!(" {}\n{} ", &text[..30], &text[30..])).expect("a key");
    assert_eq!(read(&file, &paper).as_ref(), Ok(&database));
    let phone = country.phone.opener().expect("a key");
    assert!(matches!(read(&file, &phone), Err(ExchangeError::NotForUs { .. })));
    for wrong in ["", "AGE-SECRET-KEY-1QQ", &text[..text.len() - 1]] {
        assert!(Opener::parse(wrong).is_err(), "{wrong}");
    }
    let manifest = Backup::open(Cursor::new(&file)).expect("verified").manifest().clone();
    assert_eq!(manifest.card, card(&country.district));
    assert!(manifest.file_name().starts_with("outpost-backup-"), "{}", manifest.file_name());
}

#[test]
fn every_byte_that_differs_and_every_end_that_comes_too_early_is_noticed() {
    let country = country();
    let file = write(&country, &pieces(&database(500))).expect("written");
    let own = country.district.opener().expect("a key");
    for at in 0..file.len() {
        let mut changed = file.clone();
        changed[at] ^= 1 << (at % 8);
        assert!(read(&changed, &own).is_err(), "byte {at} of {}", file.len());
    }
    for end in (0..file.len()).step_by(97) {
        assert!(read(&file[..end], &own).is_err(), "cut at {end}");
    }
    assert!(read(&[&file[..], b"x"].concat(), &own).is_err(), "longer");
}

#[test]
fn pieces_that_do_not_make_the_database_are_not_written() {
    let country = country();
    let lines = pieces(&database(CHUNK_BYTES + 5));
    let refused = |lines: &[BackupLine]| write(&country, lines).is_err();
    assert!(!refused(&lines));
    assert!(refused(&[]), "nothing");
    assert!(refused(&lines[..2]), "the last piece is missing");
    assert!(refused(&lines[1..]), "the head is missing");
    assert!(refused(&[lines[0].clone(), lines[2].clone(), lines[1].clone()]), "another order");
    assert!(refused(&[lines[0].clone(), lines[0].clone()]), "two heads");
    let mut longer = lines.clone();
    longer.push(lines[2].clone());
    assert!(refused(&longer), "a piece too many");
}

#[test]
fn whoever_holds_the_recovery_card_can_make_a_backup_but_not_in_the_name_of_another() {
    let country = country();
    let recipients = country.ring.recipients(id(&country.district)).expect("known");
    let forge = |signer: &Identity, card: Card| {
        let mut draft = BackupDraft::begin(Cursor::new(Vec::new()), &recipients).expect("begun");
        for line in pieces(&database(50)) {
            draft.add(&line).expect("added");
        }
        let mut file = Vec::new();
        draft.write(signer, card, NOW, "x", &mut file).expect("written");
        Backup::open(Cursor::new(file)).map(|backup| backup.manifest().card.fingerprint())
    };
    // With the district's card its signature is missing.
    let forged = forge(&country.phone, card(&country.district));
    assert!(matches!(forged, Err(ExchangeError::BadSignature { .. })), "{forged:?}");
    // With a card of the same name the digits differ, and those a person compares.
    let own = forge(&country.phone, card(&country.phone)).expect("a backup of the phone");
    assert_ne!(own, country.district.public().fingerprint());
}
