//! Nanoseconds for one evaluation of the five kinds of expressions, parsed once.
//!
//! Measures our side only; the peer's side is measured by its own program in the same run.

use std::hint::black_box;
use std::time::Instant;

use outpost_domain::expression::{Expression, Mode, ValueType, Values, Variable};

/// The five kinds (expressions reference 10).
pub const KINDS: [(&str, &str); 5] = [
    ("arithmetic", "(#{w} + 2.5) * 3 - #{h} / 4"),
    ("condition", "#{w} > 10 && d2:hasValue(#{h}) || !#{yes}"),
    (
        "dates",
        "d2:yearsBetween(#{birth}, V{event_date}) < 5 && d2:daysBetween(#{birth}, V{event_date}) > 100",
    ),
    ("strings", "d2:concatenate(d2:left(#{note}, 3), '-', d2:round(#{w} / 3, 2))"),
    ("z-score", "d2:zScoreWFA(10, #{w}, 'male')"),
];

/// Time that this thread really ran, where the system tells it; else time on the wall. On a busy
/// machine only the first can be compared.
pub(crate) struct Clock {
    ran: Option<u64>,
    started: Instant,
}

impl Clock {
    pub fn start() -> Self {
        Self { ran: running_time(), started: Instant::now() }
    }

    pub fn nanoseconds(&self) -> f64 {
        match (self.ran, running_time()) {
            (Some(before), Some(after)) => (after - before) as f64,
            _ => self.started.elapsed().as_nanos() as f64,
        }
    }
}

fn running_time() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    text.split_whitespace().next()?.parse().ok()
}

struct Bound<'v> {
    slots: Vec<Option<&'v Variable>>,
}

impl Values for Bound<'_> {
    fn has_variables(&self) -> bool {
        true
    }

    fn variable_at(&self, slot: usize, _name: &str) -> Option<&Variable> {
        self.slots.get(slot).copied().flatten()
    }
}

/// Name, and nanoseconds for one evaluation, as the best of several runs.
#[must_use]
pub fn measure() -> Vec<(&'static str, f64)> {
    let variables = variables();
    KINDS.iter().map(|(name, source)| (*name, measure_one(source, &variables))).collect()
}

fn measure_one(source: &str, variables: &[(&str, Variable)]) -> f64 {
    const RUNS: usize = 7;
    const EVALUATIONS: u32 = 200_000;
    let expression = Expression::parse(source, Mode::RuleEngineAction).expect("parses");
    let find = |name: &String| variables.iter().find(|(known, _)| known == name).map(|(_, v)| v);
    let bound = Bound { slots: expression.references().iter().map(find).collect() };
    let run = || {
        let started = Clock::start();
        for _ in 0..EVALUATIONS {
            let _ = black_box(black_box(&expression).evaluate(&bound));
        }
        started.nanoseconds() / f64::from(EVALUATIONS)
    };
    (0..RUNS).map(|_| run()).fold(f64::INFINITY, f64::min)
}

fn variables() -> Vec<(&'static str, Variable)> {
    let variable = |value_type, value: &str| {
        Variable::new(value_type, Some(value.to_owned())).with_candidates(vec![value.to_owned()])
    };
    vec![
        ("w", variable(ValueType::Number, "9.6")),
        ("h", variable(ValueType::Number, "72.5")),
        ("yes", variable(ValueType::Boolean, "true")),
        ("note", variable(ValueType::Text, "referred to the hospital")),
        ("birth", variable(ValueType::Date, "2021-03-04")),
        ("event_date", variable(ValueType::Date, "2024-06-15")),
    ]
}
