//! The fuzz loop: damaged, valid and monstrous inputs for parser, evaluator and rule engine of our own
//! side. Nothing is compared; nothing may panic, hang, overflow a phone's stack or hoard memory.
//!
//! Inputs are mostly mutations of grammar-made expressions, so that many are read and computed.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use outpost_domain::expression::{Dialect, Expression, Mode, VariableTypes};
use outpost_domain::rules::EngineVersion;

use crate::case::CaseValues;
use crate::generate::{self, Chooser, MODES};
use crate::{answer_rules_line, generate_rules, rules};

/// What a thread of a phone has. Unoptimised code needs more.
const STACK_BYTES: usize = if cfg!(debug_assertions) { 8 << 20 } else { 512 << 10 };

/// An input that takes longer than this hangs: our limit of steps is reached far sooner.
const HANG: Duration = Duration::from_secs(10);

/// So many sets of values are made at the start and used by turns.
const VALUE_SETS: usize = 24;

/// What the loop met.
#[derive(Debug, Default)]
pub struct Tally {
    /// Inputs in all.
    pub inputs: u64,
    /// Expressions that were read, and those of them that have a value; Kotlin, then ANTLR.
    pub dialects: [(u64, u64, u64); 2],
    /// Sets of rules that were run, and those of them that gave an answer other than an error.
    pub rule_sets: (u64, u64),
    /// The longest time for one input.
    pub slowest: Duration,
    /// The input that took it, its start.
    pub slowest_input: String,
    /// Inputs that made the engine panic.
    pub panics: Vec<String>,
}

impl fmt::Display for Tally {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let share = |part: u64, of: u64| 100.0 * part as f64 / of.max(1) as f64;
        writeln!(formatter, "{} inputs, {} panics", self.inputs, self.panics.len())?;
        for (name, (given, read, computed)) in ["kotlin", "antlr"].iter().zip(self.dialects) {
            writeln!(
                formatter,
                "{name:<8} {given:>10} expressions, {read:>10} read ({:.0} %), {computed:>10} \
                 computed ({:.0} %)",
                share(read, given),
                share(computed, given)
            )?;
        }
        let (run, answered) = self.rule_sets;
        writeln!(formatter, "rules    {run:>10} sets, {answered:>10} answered")?;
        writeln!(formatter, "slowest  {:?}: {}", self.slowest, self.slowest_input)?;
        for input in &self.panics {
            writeln!(formatter, "PANIC {input}")?;
        }
        Ok(())
    }
}

/// Peak memory of this process in KiB, where the system tells it.
#[must_use]
pub fn peak_memory_kib() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

/// What runs now, for the watching thread.
struct Watched {
    input: Mutex<(Instant, String)>,
    is_done: AtomicBool,
}

/// Runs `inputs` inputs of a seed on a phone's stack.
///
/// # Panics
/// When an input hangs: the whole process ends, and names it.
#[must_use]
pub fn run(inputs: u64, seed: u64) -> Tally {
    let watched = Watched {
        input: Mutex::new((Instant::now(), String::new())),
        is_done: AtomicBool::new(false),
    };
    thread::scope(|scope| {
        scope.spawn(|| watch(&watched));
        let worker = thread::Builder::new().stack_size(STACK_BYTES);
        let worker = worker.spawn_scoped(scope, || Loop::new(seed, &watched).run(inputs));
        let tally = worker.expect("a thread can be started").join();
        watched.is_done.store(true, Ordering::Relaxed);
        tally.expect("panics of inputs are caught")
    })
}

fn watch(watched: &Watched) {
    while !watched.is_done.load(Ordering::Relaxed) {
        thread::sleep(Duration::from_millis(50));
        if let Ok(input) = watched.input.lock()
            && input.0.elapsed() > HANG
            && !watched.is_done.load(Ordering::Relaxed)
        {
            eprintln!("HANG for {:?}: {}", input.0.elapsed(), input.1);
            std::process::exit(1);
        }
    }
}

struct Loop<'a> {
    chooser: Chooser,
    values: Vec<CaseValues>,
    tally: Tally,
    watched: &'a Watched,
}

impl<'a> Loop<'a> {
    fn new(seed: u64, watched: &'a Watched) -> Self {
        let mut chooser = Chooser::new(seed);
        let read = |id| match id % 3 {
            0 => CaseValues::read(&generate::antlr_case(&mut chooser, id)),
            _ => CaseValues::read(&generate::case(&mut chooser, id)),
        };
        let values = (0..VALUE_SETS).map(read).collect();
        Self { chooser, values, tally: Tally::default(), watched }
    }

    fn run(mut self, inputs: u64) -> Tally {
        while self.tally.inputs < inputs {
            self.tally.inputs += 1;
            if self.chooser.below(100) == 0 {
                self.rule_set();
            } else {
                self.expression();
            }
        }
        self.tally
    }

    /// Runs one input, timed, watched and with its panic caught.
    fn timed<T>(&mut self, input: &str, run: impl FnOnce(&Self) -> T) -> Option<T> {
        let started = Instant::now();
        if let Ok(mut watched) = self.watched.input.lock() {
            watched.0 = started;
            input.clone_into(&mut watched.1);
        }
        let result = catch_unwind(AssertUnwindSafe(|| run(self)));
        let took = started.elapsed();
        if took > self.tally.slowest {
            self.tally.slowest = took;
            self.tally.slowest_input = input.chars().take(200).collect();
        }
        if result.is_err() {
            self.tally.panics.push(input.chars().take(2_000).collect());
        }
        result.ok()
    }

    fn expression(&mut self) {
        let mode = MODES[self.chooser.below(MODES.len())];
        let text = self.text(mode);
        let dialect = match self.chooser.below(2) {
            0 => Dialect::Kotlin,
            _ => Dialect::Antlr,
        };
        let set = self.chooser.below(self.values.len());
        let looks_closer = self.chooser.below(16) == 0;
        let found = self.timed(&text, |this| {
            let Ok(expression) = Expression::parse_in(&text, mode, dialect) else {
                return (false, false);
            };
            if looks_closer {
                look_closer(&expression);
            }
            (true, expression.evaluate(&this.values[set]).is_ok())
        });
        let (is_read, is_computed) = found.unwrap_or_default();
        let tally = &mut self.tally.dialects[usize::from(dialect == Dialect::Antlr)];
        tally.0 += 1;
        tally.1 += u64::from(is_read);
        tally.2 += u64::from(is_computed);
    }

    fn text(&mut self, mode: Mode) -> String {
        let chooser = &mut self.chooser;
        match chooser.below(2_000) {
            0 => monster(chooser),
            1..=100 => noise(chooser),
            101..=700 => {
                let depth = 1 + chooser.below(5);
                let text = generate::expression(chooser, mode, depth);
                generate::mutated(chooser, &text)
            }
            701..=900 => generate::plain(chooser, 4),
            _ => {
                let depth = 1 + chooser.below(5);
                generate::expression(chooser, mode, depth)
            }
        }
    }

    fn rule_set(&mut self) {
        let id = self.tally.inputs as usize;
        let mut line = generate_rules::case(&mut self.chooser, id).to_string();
        if self.chooser.below(4) == 0 {
            line = generate::mutated(&mut self.chooser, &line);
        }
        let version = match self.chooser.below(2) {
            0 => EngineVersion::V3_4,
            _ => EngineVersion::V3_8,
        };
        let answer = self.timed(&line, |_| answer_rules_line(&line, rules::today(), version));
        let answer = answer.unwrap_or_default();
        if answer["error"]["message"].as_str().is_some_and(|text| text.contains("panicked")) {
            self.tally.panics.push(line);
        }
        self.tally.rule_sets.0 += 1;
        self.tally.rule_sets.1 += u64::from(answer.get("error").is_none());
    }
}

/// What is asked of expressions besides their values. Results may be errors.
fn look_closer(expression: &Expression) {
    let _ = expression.normalise();
    let _ = expression.items();
    let _ = expression.validate(&VariableTypes::new());
    let _ = expression.regenerate(&|_| Some(2.0));
    let _ = (expression.rule_variables(), expression.program_variables());
}

/// Any characters at all.
fn noise(chooser: &mut Chooser) -> String {
    let character = |chooser: &mut Chooser| match chooser.below(8) {
        0 => char::from_u32(chooser.below(0x11_0000) as u32).unwrap_or('\u{fffd}'),
        1 => char::from(chooser.below(32) as u8),
        _ => char::from(32 + chooser.below(95) as u8),
    };
    (0..chooser.below(80)).map(|_| character(chooser)).collect()
}

/// Something long, deep or costly.
fn monster(chooser: &mut Chooser) -> String {
    let count = 1 << chooser.below(18);
    let few = 1 + chooser.below(60);
    match chooser.below(14) {
        0 => "(".repeat(count),
        1 => format!("{}1{}", "(".repeat(count), ")".repeat(count)),
        2 => format!("1{}", "+1".repeat(count)),
        3 => format!("2{}", "^2".repeat(count)),
        4 => format!("{}1", "-".repeat(count)),
        5 => format!("{}1", "not ".repeat(count)),
        6 => format!("{}#{{u1234567890}}{}", "sum(".repeat(few), ")".repeat(few)),
        7 => format!("'{}'", "\\u0041".repeat(count)),
        8 => format!("1{}", " ".repeat(count)),
        9 => format!("d2:validatePattern('{}!', '(a+)+$')", "a".repeat(few)),
        10 => format!("d2:concatenate({})", vec!["'x'"; count].join(",")),
        11 => format!("{}1{}", "if(true,".repeat(few), ",2)".repeat(few)),
        12 => format!("1e300^{few} * 9^-{count} % 1e-{few}"),
        _ => format!("{}true{}", "d2:condition('true',".repeat(few), ",1)".repeat(few)),
    }
}
