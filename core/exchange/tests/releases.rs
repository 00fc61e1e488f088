//! Updates: the attack list of The Update Framework's specification, each attack by its name, and
//! what a place without network must be able to do all the same.
#![allow(missing_docs)]

mod support;

use std::io::{Cursor, Read};

use jiff::civil::{Date, date};
use outpost_exchange::keys::*;
use outpost_exchange::release::*;
use outpost_exchange::{ExchangeError, Hash, ReleaseError};
use support::*;

const MADE: Date = date(2026, 11, 1);
const FRESH: Date = date(2027, 2, 1);
const ROOT_ENDS: Date = date(2031, 1, 1);

/// The key holders of a programme: three root keys of which two must sign, two release keys of which
/// one must.
struct Centre {
    safes: [Identity; 3],
    desks: [Identity; 2],
}

fn centre() -> Centre {
    Centre { safes: [61, 62, 63].map(identity), desks: [71, 72].map(identity) }
}

fn cards(who: &[&Identity]) -> Vec<Card> {
    who.iter().map(|who| Card::new(who, "A key", Role::Centre).expect("a card")).collect()
}

fn role(threshold: usize, who: &[&Identity]) -> RoleKeys {
    RoleKeys { threshold, keys: cards(who) }
}

impl Centre {
    fn root_draft(&self, number: u64) -> RootDraft {
        RootDraft {
            number,
            issued_on: MADE,
            expires_on: ROOT_ENDS,
            root: role(2, &self.safes.each_ref()),
            release: role(1, &self.desks.each_ref()),
        }
    }

    fn root(&self) -> Root {
        root(self.root_draft(1), &[&self.safes[0], &self.safes[1]])
    }

    fn knows(&self) -> Releases {
        Releases::trust(&[self.root()]).expect("a root")
    }

    fn release(&self, number: u64, versions: &[(&str, u64)]) -> Release {
        release(draft(number, versions), &[&self.desks[0]])
    }

    fn file(&self, number: u64, versions: &[(&str, u64)]) -> Vec<u8> {
        let packages: Vec<_> = versions.iter().map(|(name, code)| package(name, *code)).collect();
        written(&self.release(number, versions), &[self.root()], &packages)
    }
}

fn root(draft: RootDraft, by: &[&Identity]) -> Root {
    let mut root = Root::unsigned(draft).expect("a root");
    by.iter().try_for_each(|who| root.sign(who)).expect("signed");
    root
}

fn release(draft: ReleaseDraft, by: &[&Identity]) -> Release {
    let mut release = Release::unsigned(draft).expect("a release");
    by.iter().try_for_each(|who| release.sign(who)).expect("signed");
    release
}

fn package(product: &str, code: u64) -> Vec<u8> {
    format!("{product} {code} ").repeat(40).into_bytes()
}

fn product(name: &str, code: u64) -> ProductRelease {
    let bytes = package(name, code);
    ProductRelease {
        product: name.into(),
        version: Version { code, name: format!("1.{code}") },
        floor: 1,
        stage: Stage::EVERYBODY,
        targets: vec![Target {
            platform: "android".into(),
            bytes: bytes.len() as u64,
            sha256: Hash::of(&bytes),
        }],
    }
}

fn draft(number: u64, versions: &[(&str, u64)]) -> ReleaseDraft {
    ReleaseDraft {
        root: 1,
        number,
        issued_on: MADE,
        fresh_until: FRESH,
        products: versions.iter().map(|(name, code)| product(name, *code)).collect(),
    }
}

fn written(release: &Release, roots: &[Root], packages: &[Vec<u8>]) -> Vec<u8> {
    let mut packages: Vec<_> = packages.iter().map(Cursor::new).collect();
    let mut bytes = Vec::new();
    write_release(release, roots, &mut packages, &mut bytes).expect("written");
    bytes
}

type File = ReleaseFile<Cursor<Vec<u8>>>;

fn open(bytes: &[u8], knows: &Releases) -> Result<File, ReleaseError> {
    ReleaseFile::open(Cursor::new(bytes.to_vec()), knows)
}

#[track_caller]
fn take_in(knows: &mut Releases, bytes: &[u8]) -> ReleasePlan {
    let file = open(bytes, knows).expect("verified");
    let planned = knows.plan(&file);
    let taken = knows.take_in(&file);
    assert_eq!(planned, taken);
    taken
}

#[track_caller]
fn stage(knows: &mut Releases, bytes: &[u8], name: &str) -> Staged {
    let mut file = open(bytes, knows).expect("verified");
    let target = file.release().draft().product(name).expect("listed").targets[0].clone();
    let check = knows.check(name, "android").expect("listed");
    let mut copied = Vec::new();
    let mut payload = file.payload(&target).expect("read").expect("travels with it");
    let staged = check.copy(&mut payload, &mut copied).expect("verified");
    assert_eq!(Hash::of(&copied), target.sha256);
    assert!(knows.staged(staged.clone()));
    staged
}

fn site(number: u8) -> KeyId {
    id(&identity(number))
}

fn app(version: u64) -> Running<'static> {
    Running { product: "app", platform: "android", version, site: site(1) }
}

fn installs(knows: &Releases, running: u64) -> Option<u64> {
    knows.offer(&app(running)).install.map(|staged| staged.version.code)
}

const APPLY: ReleasePlan = ReleasePlan::Apply { new_root: false };

#[test]
fn a_release_is_taken_in_staged_and_offered() {
    let centre = centre();
    let mut knows = centre.knows();
    assert_eq!(knows.offer(&app(40)), Offer::default());
    let bytes = centre.file(1, &[("app", 42), ("cli", 7)]);
    assert_eq!(take_in(&mut knows, &bytes), APPLY);
    let offer = knows.offer(&app(40));
    assert_eq!(offer.bring.map(|wanted| wanted.version.code), Some(42));
    let staged = stage(&mut knows, &bytes, "app");
    assert_eq!(knows.offer(&app(40)).install, Some(staged.clone()));
    assert_eq!(knows.offer(&app(42)), Offer::default(), "it runs already");
    assert_eq!(take_in(&mut knows, &bytes), ReleasePlan::Duplicate);
    // The memory survives the device.
    let mut again = Releases::from_json(&knows.to_json()).expect("read");
    assert_eq!(again, knows);
    again.lost(staged.sha256);
    assert_eq!(installs(&again, 40), None);
}

#[test]
fn any_changed_or_missing_byte_is_refused() {
    let centre = centre();
    let [a, b, _] = &centre.safes;
    let small = |number, key| RootDraft {
        root: role(1, &[key]),
        release: role(1, &[&centre.desks[0]]),
        ..centre.root_draft(number)
    };
    let roots = [root(small(1, a), &[a]), root(small(2, b), &[a, b])];
    let draft = ReleaseDraft { root: 2, ..draft(1, &[("app", 42)]) };
    let signed = release(draft, &[&centre.desks[0]]);
    let bytes = written(&signed, &roots, &[package("app", 42)]);
    let knows = Releases::trust(&roots[..1]).expect("a root");
    assert!(open(&bytes, &knows).is_ok());
    for at in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[at] ^= 1;
        assert!(open(&changed, &knows).is_err(), "byte {at}");
    }
    for at in (0..bytes.len()).step_by(5) {
        assert!(open(&bytes[..at], &knows).is_err(), "cut at {at}");
    }
    assert!(open(&[bytes.as_slice(), b"\0"].concat(), &knows).is_err());
}

#[test]
fn attack_arbitrary_software_installation() {
    let centre = centre();
    let knows = centre.knows();
    let unsigned = Release::unsigned(draft(1, &[("app", 42)])).expect("a release");
    let few = ReleaseError::TooFewSignatures { what: "release", found: 0, needed: 1 };
    let bytes = written(&unsigned, &[centre.root()], &[]);
    assert_eq!(open(&bytes, &knows).expect_err("refused"), few);

    let thief = identity(99);
    let bytes = written(&release(draft(1, &[("app", 42)]), &[&thief]), &[centre.root()], &[]);
    let unknown = ExchangeError::UnknownSigner { what: "release", key: id(&thief) };
    assert_eq!(open(&bytes, &knows).expect_err("refused"), unknown.into());

    // A whole programme of the thief's own, with a root of the same number.
    let theirs = Centre { safes: [91, 92, 93].map(identity), desks: [94, 95].map(identity) };
    let bytes = theirs.file(1, &[("app", 42)]);
    let other = ReleaseError::OtherRoot { number: 1 };
    assert_eq!(open(&bytes, &knows).expect_err("refused"), other);
    assert_ne!(theirs.root().fingerprint(), centre.root().fingerprint());

    // Other bytes under the name of the package.
    let bytes = centre.file(1, &[("app", 42)]);
    let mut entries = entries(&bytes);
    let last = entries.last_mut().expect("a payload");
    last.1 = last.1.iter().map(|byte| byte ^ 1).collect();
    let error = open(&archive(&entries), &knows).expect_err("refused");
    assert!(matches!(error, ReleaseError::OtherPayload { .. }), "{error}");
}

/// Gives bytes for ever.
struct Endless(u64);

impl Read for Endless {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        self.0 += buffer.len() as u64;
        buffer.fill(b'x');
        Ok(buffer.len())
    }
}

#[test]
fn attack_endless_data() {
    let centre = centre();
    let mut knows = centre.knows();
    let _ = take_in(&mut knows, &centre.file(1, &[("app", 42)]));
    let check = knows.check("app", "android").expect("listed");
    let (mut endless, mut out) = (Endless(0), Vec::new());
    let error = check.copy(&mut endless, &mut out).expect_err("refused");
    assert!(matches!(error, ReleaseError::OtherPayload { .. }), "{error}");
    let signed = package("app", 42).len();
    assert!(endless.0 <= signed as u64 + 64 * 1024, "read {}", endless.0);
    assert!(out.len() <= signed, "wrote {}", out.len());
    // Documents that are too large are refused by the size in their header, before they are read.
    for (name, bytes) in [("release.json", 1 << 30), ("release.json", 1 << 21)] {
        let header = header(name, bytes, b'0', "");
        let error = open(&header, &knows).expect_err("refused");
        let is_limit = matches!(error, ReleaseError::Document(ExchangeError::Limit { .. }));
        assert!(is_limit, "{error}");
    }
}

#[test]
fn attack_extraneous_dependencies() {
    // What nobody asked for is neither taken out of a file nor ever offered.
    let centre = centre();
    let mut knows = centre.knows();
    let bytes = centre.file(1, &[("app", 42), ("helper", 1)]);
    let mut with_more = entries(&bytes);
    with_more.push(("payload-".to_owned() + &Hash::of(b"x").to_string(), b"x".to_vec()));
    assert!(open(&archive(&with_more), &knows).is_err());
    for name in ["setup.exe", "../app.apk", "root-000002.json", "payload-"] {
        let mut with_more = entries(&bytes);
        with_more.push((name.to_owned(), b"x".to_vec()));
        assert!(open(&archive(&with_more), &knows).is_err(), "{name}");
    }
    let _ = take_in(&mut knows, &bytes);
    let _ = stage(&mut knows, &bytes, "helper");
    assert_eq!(installs(&knows, 41), None);
    assert_eq!(knows.offer(&app(41)).bring.map(|wanted| wanted.version.code), Some(42));
}

#[test]
fn attack_fast_forward() {
    // Whoever stole a release key numbers as far ahead as can be. The next root undoes it.
    let centre = centre();
    let mut knows = centre.knows();
    let last = (1 << 53, 2_100_000_000);
    let mut far = draft(last.0, &[("app", last.1)]);
    far.products[0].floor = last.1;
    let bytes = written(&release(far, &[&centre.desks[0]]), &[centre.root()], &[]);
    assert_eq!(take_in(&mut knows, &bytes), APPLY);
    let honest = centre.file(2, &[("app", 43)]);
    assert_eq!(take_in(&mut knows, &honest), ReleasePlan::Rollback { known: last.0 });

    let next = RootDraft { release: role(1, &[&centre.desks[1]]), ..centre.root_draft(2) };
    let next = root(next, &[&centre.safes[0], &centre.safes[2]]);
    let draft = ReleaseDraft { root: 2, ..draft(1, &[("app", 43)]) };
    let healed = release(draft, &[&centre.desks[1]]);
    let healed = written(&healed, &[centre.root(), next], &[package("app", 43)]);
    assert_eq!(take_in(&mut knows, &healed), ReleasePlan::Apply { new_root: true });
    let _ = stage(&mut knows, &healed, "app");
    assert_eq!(installs(&knows, 42), Some(43));
    assert_eq!(knows.alarms(&app(42), MADE), []);
}

#[test]
fn attack_indefinite_freeze() {
    // Somebody brings the same release for ever. People are told; what is here stays usable.
    let centre = centre();
    let mut knows = centre.knows();
    assert_eq!(knows.alarms(&app(40), MADE), [Alarm::NoRelease]);
    let bytes = centre.file(1, &[("app", 42)]);
    let _ = take_in(&mut knows, &bytes);
    let _ = stage(&mut knows, &bytes, "app");
    assert_eq!(knows.alarms(&app(40), FRESH), []);
    let late = date(2027, 2, 2);
    assert_eq!(knows.alarms(&app(40), late), [Alarm::Stale { since: FRESH }]);
    assert_eq!(take_in(&mut knows, &bytes), ReleasePlan::Duplicate);
    assert_eq!(knows.alarms(&app(40), late), [Alarm::Stale { since: FRESH }]);
    let years_later = date(2031, 1, 2);
    let both = [Alarm::RootExpired { since: ROOT_ENDS }, Alarm::Stale { since: FRESH }];
    assert_eq!(knows.alarms(&app(40), years_later), both);
    assert_eq!(installs(&knows, 40), Some(42), "the verified package can still be installed");
    // An expired release that is newer than what is here is taken in as well, and shown as expired.
    assert_eq!(take_in(&mut knows, &centre.file(2, &[("app", 43)])), APPLY);
    assert_eq!(knows.alarms(&app(40), years_later), both);
    // A clock that went back cannot hide it.
    let reset = date(2020, 1, 1);
    assert_eq!(knows.alarms(&app(40), reset), [Alarm::ClockBehind { issued: MADE }]);
}

#[test]
fn attack_malicious_mirrors() {
    // A carrier who leaves out, damages or replaces packages wins nothing: the next carrier is enough.
    let centre = centre();
    let mut knows = centre.knows();
    let whole = centre.file(1, &[("app", 42)]);
    let stripped = written(&centre.release(1, &[("app", 42)]), &[centre.root()], &[]);
    let before = knows.clone();
    let mut damaged = whole.clone();
    let middle = damaged.len() - 1_600;
    damaged[middle] ^= 0x20;
    assert!(open(&damaged, &knows).is_err());
    assert_eq!(knows, before, "a refused file leaves no trace");
    let mut file = open(&stripped, &knows).expect("a file without packages is a file");
    let target = file.release().draft().products[0].targets[0].clone();
    assert!(!file.has_payload(&target));
    assert!(file.payload(&target).expect("read").is_none());
    assert_eq!(take_in(&mut knows, &stripped), APPLY);
    assert_eq!(installs(&knows, 40), None);
    assert_eq!(take_in(&mut knows, &whole), ReleasePlan::Duplicate);
    let _ = stage(&mut knows, &whole, "app");
    assert_eq!(installs(&knows, 40), Some(42));
}

#[test]
fn attack_mix_and_match() {
    let centre = centre();
    let knows = centre.knows();
    let (one, two) = (centre.file(1, &[("app", 41)]), centre.file(2, &[("app", 42)]));
    // Every entry of the one file in the place of that of the other: all but the shared root.
    for (at, (name, content)) in entries(&one).into_iter().enumerate() {
        let mut mixed = entries(&two);
        let is_same = mixed[at].1 == content;
        assert_eq!(is_same, name.starts_with("root-"), "{name}");
        mixed[at] = (name.clone(), content);
        assert_eq!(open(&archive(&mixed), &knows).is_ok(), is_same, "{name}");
    }
    // A release of the old root with the new one.
    let next = root(centre.root_draft(2), &[&centre.safes[0], &centre.safes[1]]);
    let release = centre.release(2, &[("app", 42)]);
    let mixed = written(&release, &[centre.root(), next], &[]);
    let expected = ReleaseError::MixedParts { named: 1, root: 2 };
    assert_eq!(open(&mixed, &knows).expect_err("refused"), expected);
}

#[test]
fn attack_rollback() {
    let centre = centre();
    let mut knows = centre.knows();
    let old = centre.file(4, &[("app", 41)]);
    let new = centre.file(5, &[("app", 42)]);
    let _ = take_in(&mut knows, &new);
    assert_eq!(take_in(&mut knows, &old), ReleasePlan::Rollback { known: 5 });
    // A higher number does not make a lower version acceptable, nor other bytes of the same version.
    let lower = centre.file(6, &[("app", 41)]);
    let expected = ReleasePlan::LowerVersion { product: "app".into(), known: 42 };
    assert_eq!(take_in(&mut knows, &lower), expected);
    let mut other = draft(6, &[("app", 42)]);
    other.products[0].targets[0].sha256 = Hash::of(b"other bytes");
    let other = written(&release(other, &[&centre.desks[0]]), &[centre.root()], &[]);
    let expected = ReleasePlan::OtherContent { product: "app".into(), version: 42 };
    assert_eq!(take_in(&mut knows, &other), expected);
    // Nor is it forgotten while a release does not name the product.
    let mut without = knows.clone();
    assert_eq!(take_in(&mut without, &centre.file(6, &[("cli", 7)])), APPLY);
    let lower = centre.file(7, &[("app", 41), ("cli", 7)]);
    let expected = ReleasePlan::LowerVersion { product: "app".into(), known: 42 };
    assert_eq!(take_in(&mut without, &lower), expected);
    // Two releases of one number.
    let fork = centre.file(5, &[("app", 43)]);
    assert_eq!(take_in(&mut knows, &fork), ReleasePlan::Fork { number: 5 });
    // Nothing below what runs is ever offered.
    let _ = stage(&mut knows, &new, "app");
    assert_eq!(knows.offer(&app(42)), Offer::default());
    assert_eq!(knows.offer(&app(50)), Offer::default());
    // Going back takes a newer release with the old behaviour under a higher code.
    assert_eq!(take_in(&mut knows, &centre.file(6, &[("app", 43)])), APPLY);
}

#[test]
fn attack_slow_retrieval() {
    // There is no connection to be slow on: bytes come from a medium, and stalled connections are for
    // `outpost-nearby` to cut. A package that never comes whole is never offered, and the wait is told.
    let centre = centre();
    let mut knows = centre.knows();
    let stripped = written(&centre.release(1, &[("app", 42)]), &[centre.root()], &[]);
    let _ = take_in(&mut knows, &stripped);
    let whole = package("app", 42);
    let mut check = knows.check("app", "android").expect("listed");
    for byte in &whole[..whole.len() - 1] {
        check.update(&[*byte]).expect("not too much");
        assert!(check.clone().finish().is_err());
    }
    assert!(knows.offer(&app(40)).bring.is_some());
    assert_eq!(knows.alarms(&app(40), date(2027, 3, 1)), [Alarm::Stale { since: FRESH }]);
    check.update(&whole[whole.len() - 1..]).expect("the last one");
    assert!(knows.staged(check.finish().expect("whole")));
    assert_eq!(installs(&knows, 40), Some(42));
}

#[test]
fn attack_vulnerability_to_key_compromises() {
    let centre = centre();
    let knows = centre.knows();
    let [a, b, c] = &centre.safes;
    let thief = identity(99);
    let theirs = RootDraft { release: role(1, &[&thief]), ..centre.root_draft(2) };
    let file = |next: Root| {
        let draft = ReleaseDraft { root: 2, ..draft(1, &[("app", 666)]) };
        written(&release(draft, &[&thief]), &[centre.root(), next], &[])
    };
    let check = |expected: ReleaseError, next: Root| {
        assert_eq!(open(&file(next), &knows).expect_err("refused"), expected);
    };
    let few = |found| ReleaseError::TooFewSignatures { what: "root", found, needed: 2 };
    let unknown = |key| ExchangeError::UnknownSigner { what: "root", key }.into();
    // One stolen root key is not enough, whoever else signs.
    check(few(1), root(theirs.clone(), &[a]));
    check(unknown(id(&thief)), root(theirs.clone(), &[a, &thief]));
    // Nor are both release keys.
    check(unknown(id(&centre.desks[0])), root(theirs.clone(), &[a, &centre.desks[0]]));
    // Nor one root key in a root that lowers the threshold or lists the thief.
    let accomplice = identity(98);
    let alone = RootDraft { root: role(1, &[a, &accomplice]), ..theirs.clone() };
    check(few(1), root(alone, &[a, &accomplice]));
    // Nor an old quorum without the new one, which would let nobody rotate again.
    let lost = RootDraft { root: role(2, &[&identity(81), &identity(82)]), ..theirs };
    check(few(0), root(lost, &[b, c]));
    // A stolen release key signs nothing once the root dropped it.
    let dropped = RootDraft { release: role(1, &[&centre.desks[1]]), ..centre.root_draft(2) };
    let dropped = root(dropped, &[b, c]);
    let draft = ReleaseDraft { root: 2, ..draft(9, &[("app", 666)]) };
    let bytes = written(&release(draft, &[&centre.desks[0]]), &[centre.root(), dropped], &[]);
    let key = id(&centre.desks[0]);
    let expected = ExchangeError::UnknownSigner { what: "release", key };
    assert_eq!(open(&bytes, &knows).expect_err("refused"), expected.into());
}

#[test]
fn attack_wrong_software() {
    let centre = centre();
    let mut knows = centre.knows();
    let bytes = centre.file(1, &[("app", 42), ("cli", 77)]);
    let _ = take_in(&mut knows, &bytes);
    // The bytes of one product are not those of another, though both are signed.
    let check = knows.check("app", "android").expect("listed");
    let cli = package("cli", 77);
    assert!(check.copy(&mut cli.as_slice(), &mut Vec::new()).is_err());
    let _ = stage(&mut knows, &bytes, "cli");
    assert_eq!(installs(&knows, 40), None);
    assert!(knows.check("app", "linux-x86_64").is_none());
    let desktop = Running { platform: "linux-x86_64", ..app(40) };
    assert_eq!(knows.offer(&desktop), Offer::default());
    // Another document of the same signer is no release.
    let list = KeyListDraft {
        sequence: 1,
        issued_at: NOW.into(),
        members: cards(&[&centre.desks[0]]),
        revoked: Vec::new(),
    };
    let list = KeyList::sign(&centre.desks[0], list).expect("a list");
    let mut forged = entries(&bytes);
    forged[0].1 = list.bytes().to_vec();
    forged[1].1 = list.signature_text().into_bytes();
    let error = open(&archive(&forged), &knows).expect_err("refused");
    assert!(error.to_string().contains("another kind of document"), "{error}");
    assert!(open(b"PK\x03\x04 an archive of another kind", &knows).is_err());
}

#[test]
fn keys_change_from_root_to_root_and_a_site_that_was_away_follows() {
    let centre = centre();
    let mut knows = centre.knows();
    let news = [81, 82, 83].map(identity);
    let [a, b, _] = &centre.safes;
    let second = RootDraft { root: role(2, &news.each_ref()), ..centre.root_draft(2) };
    let second = root(second, &[a, b, &news[0], &news[1]]);
    let third = RootDraft { root: role(2, &news.each_ref()), ..centre.root_draft(3) };
    let third = root(third, &[&news[1], &news[2]]);
    let roots = [centre.root(), second.clone(), third];
    let made = release(ReleaseDraft { root: 3, ..draft(1, &[("app", 42)]) }, &[&centre.desks[0]]);
    let bytes = written(&made, &roots, &[]);
    assert_eq!(take_in(&mut knows, &bytes), ReleasePlan::Apply { new_root: true });
    assert_eq!(knows.root().number, 3);
    // Back to an older root there is no way.
    let made = release(ReleaseDraft { root: 2, ..draft(9, &[("app", 50)]) }, &[&centre.desks[0]]);
    let older = written(&made, &roots[..2], &[]);
    let expected = ReleaseError::OldRoot { found: 2, known: 3 };
    assert_eq!(open(&older, &knows).expect_err("refused"), expected);
    // A gap in the roots is no way either.
    let gap = written(&made, &[centre.root(), roots[2].clone()], &[]);
    assert!(open(&gap, &centre.knows()).is_err());
    // Nor with all signatures in order, nor a beginning that is not the first.
    let leap = root(centre.root_draft(3), &[&centre.safes[0], &centre.safes[1]]);
    assert!(Releases::trust(&[centre.root(), leap]).is_err());
    let late = root(centre.root_draft(2), &[&centre.safes[0], &centre.safes[1]]);
    assert!(Releases::trust(&[late]).is_err());
    assert!(Releases::trust(&[]).is_err());
    // A new device reads the roots of a file and begins after a person compared thirty digits.
    let peeked = peek_roots(&mut Cursor::new(&bytes)).expect("roots");
    let shown = peeked[2].fingerprint().to_string();
    assert_eq!(roots[2].fingerprint().compare(&shown), Comparison::Same);
    assert_eq!(Releases::trust(&peeked).expect("trusted").root(), knows.root());
}

#[test]
fn signatures_are_gathered_one_by_one() {
    let centre = centre();
    let mut one = root(centre.root_draft(1), &[&centre.safes[2]]);
    assert!(Releases::trust(std::slice::from_ref(&one)).is_err());
    let sent = Root::from_parts(one.bytes().to_vec(), one.signatures_text().as_bytes());
    let mut other = sent.expect("read");
    other.sign(&centre.safes[0]).expect("signed");
    one.merge(&other).expect("the same root");
    assert!(Releases::trust(std::slice::from_ref(&one)).is_ok());
    assert_eq!(one.signed_by().count(), 2);
    assert!(one.merge(&root(centre.root_draft(2), &[&centre.safes[0]])).is_err());
}

#[test]
fn a_signature_counts_once_and_has_its_place() {
    let centre = centre();
    let [one, both] = [&[&centre.safes[0]][..], &[&centre.safes[0], &centre.safes[1]]];
    let one = root(centre.root_draft(1), one);
    let twice = one.signatures_text().repeat(2);
    assert!(Root::from_parts(one.bytes().to_vec(), twice.as_bytes()).is_err());
    let both = root(centre.root_draft(1), both);
    let lines: Vec<_> = both.signatures_text().lines().map(|line| format!("{line}\n")).collect();
    let swapped = [&lines[4..], &lines[..4]].concat().concat();
    assert!(Root::from_parts(both.bytes().to_vec(), swapped.as_bytes()).is_err());
    assert!(Root::from_parts(both.bytes().to_vec(), lines.concat().as_bytes()).is_ok());
}

#[test]
fn a_package_comes_once_and_has_its_place() {
    let centre = centre();
    let knows = centre.knows();
    let good = entries(&centre.file(1, &[("app", 42), ("cli", 7)]));
    let [.., first, second] = good.as_slice() else { panic!("two packages") };
    let twice = [&good[..], std::slice::from_ref(second)].concat();
    assert!(open(&archive(&twice), &knows).is_err());
    let swapped = [&good[..good.len() - 2], &[second.clone(), first.clone()]].concat();
    assert!(open(&archive(&swapped), &knows).is_err());
    let one = [&good[..good.len() - 2], std::slice::from_ref(second)].concat();
    assert!(open(&archive(&one), &knows).is_ok(), "a carrier may leave one out");
}

#[test]
fn a_new_version_goes_site_by_site() {
    let centre = centre();
    let sites: Vec<KeyId> = (1..=200).map(site).collect();
    let covered = |percent: u8, code: u64| {
        let stage = Stage { percent, sites: Vec::new() };
        let covered = sites.iter().filter(|site| stage.covers(**site, "app", code));
        covered.copied().collect::<Vec<_>>()
    };
    assert_eq!(covered(0, 42), []);
    assert_eq!(covered(100, 42), sites);
    let (ten, half) = (covered(10, 42), covered(50, 42));
    // 200 sites: within four standard deviations of what is asked for.
    assert!((4..=37).contains(&ten.len()), "{}", ten.len());
    assert!((72..=128).contains(&half.len()), "{}", half.len());
    assert!(ten.iter().all(|site| half.contains(site)), "whoever was first stays in");
    assert_ne!(ten, covered(10, 43), "not the same sites are first each time");

    let mut knows = centre.knows();
    let mut first = draft(1, &[("app", 42)]);
    first.products[0].stage = Stage { percent: 0, sites: vec![site(9)] };
    let staged = |draft: ReleaseDraft| {
        written(&release(draft, &[&centre.desks[1]]), &[centre.root()], &[package("app", 42)])
    };
    let bytes = staged(first.clone());
    let _ = take_in(&mut knows, &bytes);
    let _ = stage(&mut knows, &bytes, "app");
    let offer = knows.offer(&app(40));
    assert_eq!((offer.install, offer.bring), (None, None));
    assert_eq!(offer.later.map(|version| version.code), Some(42));
    assert!(knows.offer(&Running { site: site(9), ..app(40) }).install.is_some());
    let everybody = staged(draft(2, &[("app", 42)]));
    let _ = take_in(&mut knows, &everybody);
    assert_eq!(installs(&knows, 40), Some(42));
    // A bad version is halted the same way.
    let _ = take_in(&mut knows, &staged(ReleaseDraft { number: 3, ..first }));
    assert_eq!(installs(&knows, 40), None);
}

#[test]
fn a_staged_package_stays_usable_until_the_floor_or_a_new_root_withdraws_it() {
    let centre = centre();
    let mut knows = centre.knows();
    let bytes = centre.file(1, &[("app", 42)]);
    let _ = take_in(&mut knows, &bytes);
    let old = stage(&mut knows, &bytes, "app");
    let mut again = package("app", 42);
    assert!(knows.check_again(&old).copy(&mut again.as_slice(), &mut Vec::new()).is_ok());
    again[7] ^= 1;
    assert!(knows.check_again(&old).copy(&mut again.as_slice(), &mut Vec::new()).is_err());

    let newer = written(&centre.release(2, &[("app", 44)]), &[centre.root()], &[]);
    let _ = take_in(&mut knows, &newer);
    let offer = knows.offer(&app(40));
    assert_eq!(offer.install, Some(old.clone()), "better than nothing while 44 is on its way");
    assert_eq!(offer.bring.map(|wanted| wanted.version.code), Some(44));

    for running in [42, 43, 44] {
        assert_eq!(
            installs(&knows, running),
            None,
            "never what runs already, never something older"
        );
    }

    let mut raised = draft(3, &[("app", 44)]);
    raised.products[0].floor = 43;
    let raised = written(&release(raised, &[&centre.desks[0]]), &[centre.root()], &[]);
    let mut withdrawn = knows.clone();
    let _ = take_in(&mut withdrawn, &raised);
    assert_eq!(installs(&withdrawn, 40), None);
    assert_eq!(withdrawn.alarms(&app(40), MADE), [Alarm::BelowFloor { floor: 43 }]);
    assert!(!withdrawn.staged(old.clone()), "below the floor");

    let next = root(centre.root_draft(2), &[&centre.safes[0], &centre.safes[1]]);
    let under = |code| {
        let draft = ReleaseDraft { root: 2, ..draft(1, &[("app", code)]) };
        written(&release(draft, &[&centre.desks[0]]), &[centre.root(), next.clone()], &[])
    };
    let (mut kept, mut dropped) = (knows.clone(), knows);
    let _ = take_in(&mut kept, &under(42));
    assert_eq!(installs(&kept, 40), Some(42), "the new root lists it too");
    let _ = take_in(&mut dropped, &under(44));
    assert_eq!(installs(&dropped, 40), None, "it may be what the new root is there for");
    assert!(!dropped.staged(old), "verified under the old root");
}

#[test]
fn roots_and_releases_that_cannot_be_are_refused() {
    let centre = centre();
    let [a, b, c] = &centre.safes;
    let check = |expected: &str, change: &dyn Fn(&mut RootDraft)| {
        let mut draft = centre.root_draft(1);
        change(&mut draft);
        let error = Root::unsigned(draft).expect_err(expected).to_string();
        assert!(error.contains(expected), "{error}");
    };
    check("number cannot be", &|draft| draft.number = 0);
    check("expires before", &|draft| draft.expires_on = date(2026, 10, 1));
    check("number of signatures", &|draft| draft.root.threshold = 0);
    check("number of signatures", &|draft| draft.root.threshold = 4);
    check("names a key twice", &|draft| draft.root.keys = cards(&[a, b, a]));
    check("a release key too", &|draft| draft.release.keys = cards(&[c]));
    check("not of the centre", &|draft| {
        draft.release.keys = vec![Card::new(&identity(7), "Phone", Role::Device).expect("a card")];
    });
    let check = |expected: &str, change: &dyn Fn(&mut ReleaseDraft)| {
        let mut draft = draft(1, &[("app", 42), ("cli", 7)]);
        change(&mut draft);
        let error = Release::unsigned(draft).expect_err(expected).to_string();
        assert!(error.contains(expected), "{error}");
    };
    check("number cannot be", &|draft| draft.number = 0);
    check("number cannot be", &|draft| draft.root = 0);
    check("out of date before", &|draft| draft.fresh_until = date(2026, 10, 1));
    check("not ordered", &|draft| draft.products.swap(0, 1));
    check("floor cannot be", &|draft| draft.products[0].floor = 43);
    check("floor cannot be", &|draft| draft.products[0].version.code = 2_100_000_001);
    check("name of a product", &|draft| draft.products[0].product = "../app".into());
    check("stage cannot be", &|draft| draft.products[0].stage.percent = 101);
    check("size of a package", &|draft| draft.products[0].targets[0].bytes = 0);
    check("size of a package", &|draft| draft.products[0].targets[0].bytes = 1 << 40);
    check("two sizes", &|draft| {
        draft.products[1].targets = draft.products[0].targets.clone();
        draft.products[1].targets[0].bytes += 1;
    });
    let stranger = &mut [Cursor::new(b"no package of it".to_vec())];
    let release = centre.release(1, &[("app", 42)]);
    assert!(write_release(&release, &[centre.root()], stranger, &mut Vec::new()).is_err());
}
