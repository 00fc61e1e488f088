//! Versions of the metadata: one chain, whole or in steps, never backwards.
#![allow(missing_docs)]

mod support;

use std::io::Cursor;

use outpost_exchange::file::Link;
use outpost_exchange::keys::*;
use outpost_exchange::ledger::Missing;
use outpost_exchange::package::*;
use outpost_exchange::{ExchangeError, Hash};
use proptest::prelude::*;
use serde_json::json;
use serde_json::value::RawValue;
use support::*;

fn key(number: u64) -> ObjectKey {
    ObjectKey { class: "dataElements".into(), id: uid(number) }
}

fn body(number: u64, name: &str) -> String {
    json!({ "id": uid(number), "name": name, "valueType": "NUMBER" }).to_string()
}

fn object(number: u64, name: &str) -> PackageLine {
    let body = RawValue::from_string(body(number, name)).expect("JSON");
    PackageLine::Object { class: "dataElements".into(), id: uid(number), body }
}

fn gone(number: u64) -> PackageLine {
    PackageLine::Gone { class: "dataElements".into(), id: uid(number) }
}

type Set = std::collections::BTreeMap<u64, String>;

fn inventory(set: &Set) -> Inventory {
    let mut inventory = Inventory::default();
    set.iter().for_each(|(number, name)| inventory.put(key(*number), &body(*number, name)));
    inventory
}

/// The lines of a package from `base` to `set`; without a base the whole set.
fn lines(base: Option<&Set>, set: &Set) -> Vec<PackageLine> {
    let mut lines: Vec<_> = match base {
        None => set.iter().map(|(number, name)| object(*number, name)).collect(),
        Some(base) => {
            let changed = set.iter().filter(|(number, name)| base.get(number) != Some(name));
            let left = base.keys().filter(|number| !set.contains_key(number));
            let changed = changed.map(|(number, name)| object(*number, name));
            changed.chain(left.map(|number| gone(*number))).collect()
        }
    };
    lines.sort_by_key(PackageLine::key);
    lines
}

fn address(sequence: u64, previous: Option<Link>, set: &Set) -> PackageAddress {
    let inventory = inventory(set);
    PackageAddress {
        set: "Health programme".into(),
        label: format!("2026.{sequence}"),
        sequence,
        previous,
        base: None,
        issued_at: NOW.into(),
        result: inventory.hash(),
        objects: inventory.objects(),
    }
}

fn package(lines: &[PackageLine], address: PackageAddress) -> (Vec<u8>, Link) {
    let mut draft = PackageDraft::begin(Cursor::new(Vec::new())).expect("a draft");
    lines.iter().try_for_each(|line| draft.add(line)).expect("added");
    let mut bytes = Vec::new();
    let link = draft.write(&country().centre, address, None, &mut bytes).expect("written");
    (bytes, link)
}

fn set(names: &[(u64, &str)]) -> Set {
    names.iter().map(|(number, name)| (*number, (*name).to_owned())).collect()
}

#[test]
fn a_step_leads_from_one_version_to_the_next() {
    let country = country();
    let one = set(&[(1, "Fever"), (2, "Cough"), (3, "Old question")]);
    let two = set(&[(1, "Fever"), (2, "Cough, days"), (4, "New question")]);
    let (full, first) = package(&lines(None, &one), address(1, None, &one));
    let step = PackageAddress { base: Some(first), ..address(2, Some(first), &two) };
    let (delta, _) = package(&lines(Some(&one), &two), step);
    let mut site = Inventory::default();
    for (bytes, expected) in [(full, &one), (delta, &two)] {
        let package = Package::open(Cursor::new(bytes), &country.ring).expect("verified");
        let (result, objects) =
            (package.manifest().address.result, package.manifest().address.objects);
        let mut read = package.lines().expect("opened");
        read.by_ref().for_each(|line| site.apply(&line.expect("a line")));
        assert!(read.is_complete());
        assert_eq!((site.hash(), site.objects()), (result, objects));
        assert_eq!(site, inventory(expected));
    }
}

#[test]
fn an_inventory_is_kept_as_the_text_that_its_hash_is_made_of() {
    let kept = inventory(&set(&[(1, "Fever"), (2, "Cough")]));
    assert_eq!(Hash::of(kept.to_text().as_bytes()), kept.hash());
    assert_eq!(Inventory::from_text(&kept.to_text()), Ok(kept));
    for wrong in ["dataElements", "dataElements a0000000001 00", "a b c d"] {
        assert!(Inventory::from_text(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn drift_is_named_object_by_object() {
    let centre = inventory(&set(&[(1, "Fever"), (2, "Cough"), (3, "Rash")]));
    let site = inventory(&set(&[(1, "Fever"), (2, "Toux"), (9, "Our own question")]));
    let mut expected = vec![
        Difference { key: key(2), way: Way::Changed },
        Difference { key: key(3), way: Way::Missing },
        Difference { key: key(9), way: Way::Added },
    ];
    expected.sort_by(|a, b| a.key.cmp(&b.key));
    assert_eq!(site.differences(&centre), expected);
    assert_eq!(centre.differences(&centre), []);
}

#[test]
fn what_to_do_depends_on_the_version_in_use() {
    use PackagePlan::*;
    let country = country();
    let hash = |text: &str| Hash::of(text.as_bytes());
    let link = |sequence: u64| Link { sequence, hash: hash(&sequence.to_string()) };
    let empty = Set::new();
    let check = |in_use: Option<u64>, sequence: u64, base: Option<u64>, expected: PackagePlan| {
        let current = in_use.map(|sequence| Applied {
            set: "Health programme".into(),
            link: link(sequence),
            result: hash("any"),
        });
        let previous = (sequence > 1).then(|| link(sequence - 1));
        let address =
            PackageAddress { base: base.map(link), ..address(sequence, previous, &empty) };
        let (bytes, _) = package(&[], address);
        let opened = Package::open(Cursor::new(bytes), &country.ring).expect("verified");
        let hash = link(sequence).hash;
        let plan = plan_apply(current.as_ref(), &country.ring, opened.manifest(), hash);
        assert_eq!(plan, expected, "{in_use:?} <- {sequence} upon {base:?}");
    };
    let missing = |first, last| Missing { first, last };
    check(None, 1, None, Apply { skipped: None });
    check(None, 7, None, Apply { skipped: None });
    check(None, 7, Some(6), Gap(missing(1, 6)));
    check(Some(3), 3, None, Duplicate);
    check(Some(3), 4, Some(3), Apply { skipped: None });
    check(Some(3), 4, None, Apply { skipped: None });
    check(Some(3), 7, None, Apply { skipped: Some(missing(4, 6)) });
    check(Some(3), 7, Some(3), Apply { skipped: Some(missing(4, 6)) });
    check(Some(3), 7, Some(6), Gap(missing(4, 6)));
    check(Some(3), 7, Some(2), OtherBase { needs: link(2) });
    check(Some(3), 2, None, Rollback { current: link(3) });
    check(Some(3), 2, Some(1), Rollback { current: link(3) });
}

#[test]
fn another_history_or_set_or_issuer_is_not_applied() {
    let mut country = country();
    let empty = Set::new();
    let link = |sequence: u64, mark: &str| Link { sequence, hash: Hash::of(mark.as_bytes()) };
    let in_use = Applied {
        set: "Health programme".into(),
        link: link(3, "three"),
        result: Hash::of(b"any"),
    };
    let open = |address: PackageAddress, ring: &KeyRing| {
        Package::open(Cursor::new(package(&[], address).0), ring).expect("verified")
    };
    let plan = |current: &Applied, package: &Package<_>, ring: &KeyRing| {
        plan_apply(Some(current), ring, package.manifest(), package.link().hash)
    };
    let current = in_use.link;
    let fork = PackagePlan::Fork { current };
    let other = open(address(4, Some(link(3, "another three")), &empty), &country.ring);
    assert_eq!(plan(&in_use, &other, &country.ring), fork);
    let same_number = open(address(3, Some(link(2, "two")), &empty), &country.ring);
    assert_eq!(plan(&in_use, &same_number, &country.ring), fork);
    let base = Some(link(3, "another three"));
    let upon = PackageAddress { base, ..address(6, Some(link(5, "five")), &empty) };
    assert_eq!(plan(&in_use, &open(upon, &country.ring), &country.ring), fork);

    let good = open(address(4, Some(current), &empty), &country.ring);
    let elsewhere = Applied { set: "Other programme".into(), ..in_use.clone() };
    let expected = PackagePlan::OtherSet { current: "Other programme".into() };
    assert_eq!(plan(&elsewhere, &good, &country.ring), expected);
    let unknown = PackagePlan::UnknownIssuer { key: id(&country.centre) };
    assert_eq!(plan(&in_use, &good, &KeyRing::default()), unknown);

    let key = id(&country.centre);
    let mut revocation = Revocation { key, reason: Reason::Compromised, last_good: None };
    let _ = country.ring.revoke_in_person(revocation);
    assert_eq!(plan(&in_use, &good, &country.ring), PackagePlan::Revoked(revocation));
    revocation.last_good = Some(4);
    let _ = country.ring.revoke_in_person(revocation);
    assert_eq!(plan(&in_use, &good, &country.ring), PackagePlan::Apply { skipped: None });
}

#[test]
fn only_a_centre_issues_packages() {
    let country = country();
    for who in [&country.district, &country.tablet, &country.phone] {
        let draft = PackageDraft::begin(Cursor::new(Vec::new())).expect("a draft");
        let mut bytes = Vec::new();
        let address = address(1, None, &Set::new());
        let _ = draft.write(who, address, None, &mut bytes).expect("written");
        let error = Package::open(Cursor::new(bytes), &country.ring).expect_err("refused");
        assert!(error.to_string().contains("only a centre"), "{error}");
    }
}

#[test]
fn any_changed_or_missing_byte_is_refused() {
    let country = country();
    let one = set(&[(1, "Fever"), (2, "Cough")]);
    let (bytes, _) = package(&lines(None, &one), address(1, None, &one));
    for at in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[at] ^= 1;
        assert!(Package::open(Cursor::new(changed), &country.ring).is_err(), "byte {at}");
        assert!(Package::open(Cursor::new(&bytes[..at]), &country.ring).is_err(), "cut at {at}");
    }
}

#[test]
fn manifests_and_lines_that_cannot_be_are_refused() {
    let one = set(&[(1, "Fever")]);
    let write = |lines: &[PackageLine], address: PackageAddress| -> Result<(), ExchangeError> {
        let mut draft = PackageDraft::begin(Cursor::new(Vec::new()))?;
        lines.iter().try_for_each(|line| draft.add(line))?;
        draft.write(&country().centre, address, None, &mut Vec::new()).map(drop)
    };
    let check = |expected: &str, lines: &[PackageLine], address: PackageAddress| {
        let error = write(lines, address).expect_err(expected).to_string();
        assert!(error.contains(expected), "{error}");
    };
    let link = |sequence: u64, mark: &str| Link { sequence, hash: Hash::of(mark.as_bytes()) };
    check("number cannot be", &[], address(0, None, &one));
    check("does not follow", &[], address(2, None, &one));
    check("does not follow", &[], address(3, Some(link(1, "one")), &one));
    let second = || address(2, Some(link(1, "one")), &one);
    let upon = |base| PackageAddress { base: Some(base), ..second() };
    check("upon another version", &[], upon(link(1, "another one")));
    check("upon a later version", &[], upon(link(2, "two")));
    check("missing or too long", &[], PackageAddress { set: String::new(), ..second() });
    check("the whole set and names", &[gone(1)], second());
    check("twice or in another", &[object(1, "a"), object(1, "b")], second());
    let class = PackageLine::Gone { class: "../users".into(), id: uid(1) };
    check("name of a class", &[class], second());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_step_between_any_two_sets_leads_from_the_one_to_the_other(
        one in prop::collection::btree_map(0u64..60, "[a-c]{1,2}", 0..30),
        two in prop::collection::btree_map(0u64..60, "[a-c]{1,2}", 0..30),
    ) {
        let previous = Link { sequence: 1, hash: Hash::of(b"one") };
        let step = PackageAddress { base: Some(previous), ..address(2, Some(previous), &two) };
        let (bytes, _) = package(&lines(Some(&one), &two), step);
        let package = Package::open(Cursor::new(bytes), &country().ring).expect("verified");
        let result = package.manifest().address.result;
        let steps: u64 = package.manifest().counts.values().sum();
        let mut site = inventory(&one);
        prop_assert_eq!(steps, inventory(&two).differences(&site).len() as u64);
        package.lines().expect("opened").for_each(|line| site.apply(&line.expect("a line")));
        prop_assert_eq!(site.hash(), result);
    }
}
