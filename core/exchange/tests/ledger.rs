//! A file that comes is new, known, too early, late, or tells another history.
#![allow(missing_docs)]

mod support;

use outpost_exchange::Hash;
use outpost_exchange::file::*;
use outpost_exchange::keys::*;
use outpost_exchange::ledger::*;
use support::*;

/// Files as their sender numbers them; contents are told apart by a mark in the date.
struct Sender {
    log: SentLog,
    country: Country,
}

impl Sender {
    fn new() -> Self {
        Self { log: SentLog::default(), country: country() }
    }

    fn send(&mut self, mark: &str) -> (Manifest, Hash) {
        let address = self.log.next(mark, None);
        self.write(address)
    }

    fn catch_up(&mut self, mark: &str) -> (Manifest, Hash) {
        let address = self.log.catch_up(mark, None);
        self.write(address)
    }

    fn write(&mut self, address: Address) -> (Manifest, Hash) {
        let (_, written) = file_of(&self.country, &[], address);
        self.log.sent(Link { sequence: written.manifest.sequence, hash: written.hash });
        (written.manifest, written.hash)
    }
}

struct Receiver {
    ledgers: Ledgers,
    country: Country,
}

impl Receiver {
    fn new() -> Self {
        Self { ledgers: Ledgers::default(), country: country() }
    }

    fn plan(&self, (manifest, hash): &(Manifest, Hash)) -> Plan {
        let me = id(&self.country.tablet);
        self.ledgers.plan(&self.country.ring, me, manifest, *hash)
    }

    fn take(&mut self, file: &(Manifest, Hash)) -> Plan {
        let plan = self.plan(file);
        if matches!(plan, Plan::Apply { .. }) {
            self.ledgers.applied(&file.0, file.1, &self.country.ring);
        }
        plan
    }
}

const NEW: Plan = Plan::Apply { skipped: None };

fn link(file: &(Manifest, Hash)) -> Link {
    Link { sequence: file.0.sequence, hash: file.1 }
}

#[test]
fn files_in_order_are_taken_and_known_afterwards() {
    let (mut sender, mut receiver) = (Sender::new(), Receiver::new());
    let files: Vec<_> = (0..4).map(|n| sender.send(&format!("day {n}"))).collect();
    for file in &files {
        assert_eq!(receiver.take(file), NEW);
    }
    for file in &files {
        assert_eq!(receiver.take(file), Plan::Duplicate);
    }
}

#[test]
fn a_gap_is_named_and_closes_when_the_files_come() {
    let (mut sender, mut receiver) = (Sender::new(), Receiver::new());
    let files: Vec<_> = (0..5).map(|n| sender.send(&format!("day {n}"))).collect();
    assert_eq!(receiver.take(&files[0]), NEW);
    assert_eq!(receiver.take(&files[4]), Plan::Gap(Missing { first: 2, last: 4 }));
    assert_eq!(receiver.take(&files[1]), NEW);
    assert_eq!(receiver.take(&files[4]), Plan::Gap(Missing { first: 3, last: 4 }));
    for file in &files[2..] {
        assert_eq!(receiver.take(file), NEW);
    }
}

#[test]
fn the_very_first_file_may_be_missing() {
    let (mut sender, receiver) = (Sender::new(), Receiver::new());
    let _ = sender.send("lost");
    assert_eq!(receiver.plan(&sender.send("b")), Plan::Gap(Missing { first: 1, last: 1 }));
}

#[test]
fn a_file_that_holds_everything_again_heals_what_was_lost() {
    let (mut sender, mut receiver) = (Sender::new(), Receiver::new());
    let one = sender.send("a");
    assert_eq!(receiver.take(&one), NEW);
    assert!(sender.log.confirm(link(&one)));
    let [two, three] = ["b", "c"].map(|mark| sender.send(mark));
    let four = sender.catch_up("d");
    assert_eq!(four.0.since, Some(link(&one)));
    let skipped = Some(Missing { first: 2, last: 3 });
    assert_eq!(receiver.take(&four), Plan::Apply { skipped });
    // The lost ones turn up after all.
    assert_eq!(receiver.take(&two), Plan::Covered { by: 4 });
    assert_eq!(receiver.take(&three), Plan::Covered { by: 4 });
    assert_eq!(receiver.take(&sender.send("e")), NEW);
    let ledger = receiver.ledgers.of(&receiver.country.ring, one.0.from, Kind::Data);
    assert_eq!(ledger.expect("known").holes(), [Missing { first: 2, last: 3 }]);
}

#[test]
fn nothing_confirmed_means_everything_from_the_beginning() {
    let (mut sender, mut receiver) = (Sender::new(), Receiver::new());
    let _ = [sender.send("lost"), sender.send("lost too")];
    let three = sender.catch_up("c");
    assert_eq!(three.0.since, None);
    let skipped = Some(Missing { first: 1, last: 2 });
    assert_eq!(receiver.take(&three), Plan::Apply { skipped });
}

#[test]
fn a_sender_restored_from_an_older_backup_is_recognised() {
    let (mut sender, mut receiver) = (Sender::new(), Receiver::new());
    let two = [sender.send("a"), sender.send("b")];
    let backup = sender.log.clone();
    let four = [sender.send("c"), sender.send("d")];
    for file in two.iter().chain(&four) {
        assert_eq!(receiver.take(file), NEW);
    }
    sender.log = backup;
    let again = sender.send("c, from another machine");
    let last = link(&four[1]);
    assert_eq!(receiver.take(&again), Plan::OlderBackup { after: 2, last });
    // The receipt tells the last file; the sender goes on from there.
    sender.log.adopt(last);
    let five = sender.send("e");
    assert_eq!(five.0.sequence, 5);
    assert_eq!(receiver.take(&five), NEW);
    assert!(matches!(receiver.take(&again), Plan::OlderBackup { .. }), "still not taken");
}

#[test]
fn a_sender_restored_to_nothing_is_recognised_too() {
    let (mut sender, mut receiver) = (Sender::new(), Receiver::new());
    let one = sender.send("a");
    assert_eq!(receiver.take(&one), NEW);
    sender.log = SentLog::default();
    let again = sender.send("a, on a new machine");
    assert_eq!(receiver.take(&again), Plan::OlderBackup { after: 0, last: link(&one) });
}

#[test]
fn two_histories_under_one_key_are_a_fork() {
    let (mut sender, mut receiver) = (Sender::new(), Receiver::new());
    let one = sender.send("a");
    let mut twin = sender.log.clone();
    let two = sender.send("b");
    for file in [&one, &two] {
        assert_eq!(receiver.take(file), NEW);
    }
    // The twin's second file was never seen here; its third builds upon it.
    std::mem::swap(&mut sender.log, &mut twin);
    let _ = sender.send("b, of the twin");
    let three = sender.send("c, of the twin");
    assert_eq!(receiver.take(&three), Plan::Fork { last: Some(link(&two)) });
    // A late file that its successor contradicts.
    let mut late = receiver.plan(&two);
    assert_eq!(late, Plan::Duplicate);
    let mut other = Receiver::new();
    assert_eq!(other.take(&one), NEW);
    assert!(sender.log.confirm(link(&one)));
    let four = sender.catch_up("d, of the twin");
    assert!(matches!(other.take(&four), Plan::Apply { .. }));
    assert!(matches!(other.take(&three), Plan::Covered { by: 4 }));
    late = other.plan(&two);
    assert_eq!(late, Plan::Covered { by: 4 }, "nothing contradicts it, and nothing is lost");
}

#[test]
fn a_file_for_another_is_carried_on() {
    let (mut sender, receiver) = (Sender::new(), Receiver::new());
    let file = sender.send("a");
    let district = id(&receiver.country.district);
    let plan = receiver.ledgers.plan(&receiver.country.ring, district, &file.0, file.1);
    assert_eq!(plan, Plan::WrongRecipient { to: id(&receiver.country.tablet) });
}

#[test]
fn a_revoked_key_sends_no_more_unless_the_centre_says_up_to_where() {
    let (mut sender, mut receiver) = (Sender::new(), Receiver::new());
    let files = ["a", "b", "c"].map(|mark| sender.send(mark));
    assert_eq!(receiver.take(&files[0]), NEW);
    let key = id(&sender.country.phone);
    let mut revocation = Revocation { key, reason: Reason::Stolen, last_good: None };
    let _ = receiver.country.ring.revoke_in_person(revocation);
    assert_eq!(receiver.take(&files[0]), Plan::Duplicate, "what was taken stays");
    assert_eq!(receiver.take(&files[1]), Plan::Revoked(revocation));
    revocation.last_good = Some(2);
    let _ = receiver.country.ring.revoke_in_person(revocation);
    assert_eq!(receiver.take(&files[1]), NEW);
    assert_eq!(receiver.take(&files[2]), Plan::Revoked(revocation));
}

#[test]
fn the_numbering_goes_on_under_a_new_key() {
    let (mut sender, mut receiver) = (Sender::new(), Receiver::new());
    let [one, two, three] = ["a", "b", "c"].map(|mark| sender.send(mark));
    assert_eq!(receiver.take(&one), NEW);
    let old = identity(1);
    let card = Card::new(&identity(11), "Phone 17", Role::Device).expect("a card");
    let rotation = Rotation::sign(&old, &card, NOW).expect("signed");
    for ring in [&mut sender.country.ring, &mut receiver.country.ring] {
        let _ = ring.apply_rotation(&rotation).expect("taken in");
    }
    assert_eq!(receiver.take(&two), NEW, "a late file of the old key");
    sender.country.phone = identity(11);
    let mut newer = sender.log.clone();
    newer.adopt(link(&two));
    sender.log = newer;
    let third = sender.send("c, by the new key");
    assert_eq!(receiver.take(&third), NEW);
    let by = id(&identity(11));
    assert_eq!(receiver.take(&three), Plan::Superseded { by }, "the old key goes no further");
    assert_eq!(receiver.take(&two), Plan::Duplicate);
}

#[test]
fn a_folder_is_taken_in_by_number_whatever_the_order_of_its_files() {
    let (mut sender, receiver) = (Sender::new(), Receiver::new());
    let all: Vec<_> = (0..4).map(|n| sender.send(&format!("day {n}"))).collect();
    let files = [all[3].clone(), all[1].clone(), all[0].clone(), all[1].clone()];
    let me = id(&receiver.country.tablet);
    let plans = receiver.ledgers.plan_all(&receiver.country.ring, me, &files);
    let gap = Plan::Gap(Missing { first: 3, last: 3 });
    assert_eq!(plans, [(2, NEW), (1, NEW), (3, Plan::Duplicate), (0, gap)]);
    // With a file that holds everything again nothing waits.
    let files = [all[3].clone(), sender.catch_up("everything")];
    let plans = receiver.ledgers.plan_all(&receiver.country.ring, me, &files);
    let skipped = Some(Missing { first: 1, last: 4 });
    assert_eq!(plans, [(0, Plan::Covered { by: 5 }), (1, Plan::Apply { skipped })]);
}

#[test]
fn what_was_looked_at_is_remembered_until_a_file_is_taken_in() {
    let (mut sender, mut receiver) = (Sender::new(), Receiver::new());
    let [one, two, three] = ["a", "b", "c"].map(|mark| sender.send(mark));
    let look = |receiver: &mut Receiver, file: &(Manifest, Hash)| {
        let plan = receiver.take(file);
        receiver.ledgers.saw(&file.0, file.1, &plan, &receiver.country.ring);
        let ledger = receiver.ledgers.of(&receiver.country.ring, file.0.from, Kind::Data);
        ledger.expect("known").seen().to_vec()
    };
    assert_eq!(look(&mut receiver, &three), [link(&three)]);
    assert_eq!(look(&mut receiver, &two), [link(&three), link(&two)]);
    assert_eq!(look(&mut receiver, &three), [link(&two), link(&three)]);
    assert_eq!(look(&mut receiver, &one), [link(&one)]);
    assert_eq!(look(&mut receiver, &one), [link(&one)], "a file that comes again tells nothing");
}

#[test]
fn ledgers_are_kept_as_json() {
    let (mut sender, mut receiver) = (Sender::new(), Receiver::new());
    assert_eq!(receiver.take(&sender.send("a")), NEW);
    let again = Ledgers::from_json(&receiver.ledgers.to_json());
    assert_eq!(again, Ok(receiver.ledgers));
    assert!(Ledgers::from_json("{}").is_err());
}

#[test]
fn a_machine_restored_from_a_backup_passes_over_the_numbers_that_it_may_have_given() {
    let (mut machine, mut receiver) = (Sender::new(), Receiver::new());
    let first = machine.send("one");
    receiver.take(&first);
    machine.log.confirm(Link { sequence: 1, hash: first.1 });
    let backup = machine.log.clone();
    for mark in ["two", "three"] {
        let file = machine.send(mark);
        receiver.take(&file);
    }
    machine.log = backup;
    machine.log.pass_over(1_000, Hash::of(b"restored"));
    let again = machine.catch_up("restored");
    assert_eq!((again.0.sequence, again.0.since.map(|link| link.sequence)), (1_002, Some(1)));
    assert_eq!(
        receiver.take(&again),
        Plan::Apply { skipped: Some(Missing { first: 4, last: 1_001 }) }
    );
    assert_eq!(receiver.take(&machine.send("next")), Plan::Apply { skipped: None });
}
