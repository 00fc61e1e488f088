//! Any order of edits, claims, answers and deaths: nothing is lost, nothing is sent twice as new.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::RowState;

/// What happens to one of three values, or to the process.
#[derive(Debug, Clone)]
enum Act {
    Edit(u8, u8),
    Claim,
    /// The server takes what is in flight, and the device learns of it or not.
    Arrive {
        is_answered: bool,
    },
    Refuse,
    PutOff,
    Die,
    Discard(u8),
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        6 => (0..3u8, 0..4u8).prop_map(|(element, text)| Act::Edit(element, text)),
        3 => Just(Act::Claim),
        3 => any::<bool>().prop_map(|is_answered| Act::Arrive { is_answered }),
        1 => Just(Act::Refuse),
        1 => Just(Act::PutOff),
        1 => Just(Act::Die),
        1 => (0..3u8).prop_map(Act::Discard),
    ]
}

/// A naive reference: what each person's last word is, and what a server holds.
struct Model {
    world: Option<World>,
    in_flight: Vec<OutboxRow>,
    entered: BTreeMap<u8, DataValue>,
    server: BTreeMap<u8, DataValue>,
}

fn letter(element: u8) -> char {
    char::from(b'e' + element)
}

impl Model {
    fn world(&self) -> &World {
        self.world.as_ref().expect("it is only taken to reopen")
    }

    fn element_of(&self, row: &OutboxRow) -> u8 {
        let of = |element: &u8| row.payload == payload(letter(*element), content(row));
        (0..3).find(of).expect("one of three")
    }

    fn carry_out(&mut self, act: &Act) {
        match act {
            Act::Edit(element, text) => {
                let entered = if *text == 0 { emptied() } else { value(&text.to_string()) };
                let _ = self.world().save(letter(*element), entered.clone());
                self.entered.insert(*element, entered);
            }
            Act::Claim if self.in_flight.is_empty() => self.in_flight = self.world().claim(1_000),
            Act::Arrive { is_answered } => {
                for row in std::mem::take(&mut self.in_flight) {
                    self.server.insert(self.element_of(&row), content(&row));
                    let outcome = if *is_answered { Outcome::Synced } else { put_off(1, true) };
                    self.world().settle(&row, outcome);
                }
            }
            Act::Refuse => self.settle_all(&refused()),
            Act::PutOff => self.settle_all(&put_off(1, false)),
            Act::Die => {
                self.in_flight.clear();
                self.world = self.world.take().map(World::reopened);
            }
            Act::Discard(element) => self.discard(*element),
            Act::Claim => {}
        }
    }

    fn settle_all(&mut self, outcome: &Outcome) {
        for row in std::mem::take(&mut self.in_flight) {
            self.world().settle(&row, outcome.clone());
        }
    }

    fn discard(&mut self, element: u8) {
        let record = payload(letter(element), emptied());
        let Some(row) = self.world().store.outbox_row_of(&record).expect("read") else { return };
        if row.state == RowState::InFlight {
            return;
        }
        self.world().store.discard(row.id, "model", "amina", 9).expect("discarded");
        let shown = self.world().value(letter(element)).unwrap_or_else(emptied);
        self.entered.insert(element, shown);
    }

    fn check(&self) {
        let rows =
            self.world().store.outbox_page(&OutboxFilter::default(), None, 200).expect("a page");
        for (element, entered) in &self.entered {
            // What a person sees is the last word of that person.
            let shown = self.world().value(letter(*element)).unwrap_or_else(emptied);
            assert_eq!(shown, *entered);
            let record = payload(letter(*element), emptied());
            let subject = record.subject();
            let waiting: Vec<_> =
                rows.iter().filter(|row| row.payload.subject() == subject).collect();
            assert!(waiting.len() <= 1, "one row per record");
            if let Some(row) = waiting.first() {
                assert_eq!(row.payload, payload(letter(*element), entered.clone()));
            }
        }
    }

    /// Everything that may be sent is sent; then the server holds every last word.
    fn drain(&mut self) {
        self.carry_out(&Act::Arrive { is_answered: true });
        let filter = OutboxFilter::default();
        for row in self.world().store.outbox_page(&filter, None, 200).expect("a page") {
            self.world().store.retry(row.id, "amina", 9).expect("nothing is in flight");
        }
        for _ in 0..3 {
            self.carry_out(&Act::Claim);
            self.carry_out(&Act::Arrive { is_answered: true });
        }
        assert_eq!(self.world().states(), "");
    }
}

fn content(row: &OutboxRow) -> DataValue {
    match &row.payload {
        Payload::DataValue { value, .. } => value.clone(),
        other => panic!("{other:?}"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..Default::default() })]

    #[test]
    fn nothing_is_lost_and_nothing_doubled_in_any_order(
        acts in prop::collection::vec(act(), 1..40)
    ) {
        let mut model = Model {
            world: Some(World::new()),
            in_flight: vec![],
            entered: BTreeMap::new(),
            server: BTreeMap::new(),
        };
        for act in &acts {
            model.carry_out(act);
            model.check();
        }
        model.drain();
        let held = |element: &u8| model.server.get(element).cloned().unwrap_or_else(emptied);
        for (element, entered) in &model.entered {
            prop_assert_eq!(&held(element), entered);
        }
        let intact = matches!(
            model.world().store.verify_journal(),
            Ok(crate::JournalCheck::Intact { .. })
        );
        prop_assert!(intact);
    }
}
