//! `outpost-conformance expressions --dialect kotlin|antlr|by-mode < cases > answers`, `rules` likewise,
//! and the tools around them: `differential`, `fuzz`, `generate`, `compare`, `packages`, `speed`,
//! `rules-speed`.

use std::fs;
use std::io::{self, BufRead, BufWriter, Write};
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use outpost_conformance::beside::{self, Comparison};
use outpost_conformance::differential::{self, Side};
use outpost_conformance::generate::{self, Chooser};
use outpost_conformance::{
    DialectChoice, answer_line, answer_rules_line, compare, fuzz, generate_rules, rules,
};
use outpost_domain::expression::Dialect;
use outpost_domain::rules::EngineVersion;
use serde_json::Value;

const USAGE: &str = "usage: outpost-conformance expressions --dialect kotlin|antlr|by-mode
       outpost-conformance rules [--engine newer]
       outpost-conformance generate kotlin|antlr|rules SEED COUNT
       outpost-conformance differential kotlin|antlr|rules CLASSPATH SEED COUNT
       outpost-conformance compare CASES EXPECTED FOUND
       outpost-conformance packages FOLDER
       outpost-conformance fuzz --inputs COUNT --seed SEED
       outpost-conformance speed [CLASSPATH]
       outpost-conformance rules-speed [CLASSPATH]

expressions and rules read one JSON case a line from standard input and write one JSON answer a line
to standard output, in the form of the oracles; rules follows the engine of servers up to 2.42, or
that of later ones. generate writes seeded cases for them; compare lists where two files of answers
differ, shortest case first; differential does both against the running libraries, and makes the
cases that differ small. packages parses every expression of the metadata packages of a folder and
lists what cannot be read. fuzz feeds damaged, valid and monstrous inputs to our side alone. speed
prints nanoseconds per evaluation; rules-speed those of full runs and edits, with the peer's
beside them if the class path of its library is given.";

/// More memory than this is no phone's.
const FUZZ_MEMORY_MIB_MAX: u64 = 256;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match arguments.as_slice() {
        ["expressions", "--dialect", dialect] => match choice(dialect) {
            Some(choice) => answer_all(choice),
            None => return usage(&format!("there is no dialect `{dialect}`")),
        },
        ["generate", "rules", seed, count] => match (seed.parse(), count.parse()) {
            (Ok(seed), Ok(count)) => write_rule_cases(seed, count),
            _ => return usage("generate takes two whole numbers"),
        },
        ["generate", dialect, seed, count] => {
            match (choice(dialect), seed.parse(), count.parse()) {
                (Some(DialectChoice::Fixed(dialect)), Ok(seed), Ok(count)) => {
                    write_cases(dialect, seed, count)
                }
                _ => return usage("generate takes kotlin or antlr and two whole numbers"),
            }
        }
        ["differential", side, class_path, seed, count] => {
            match (Side::from_name(side), seed.parse(), count.parse()) {
                (Some(side), Ok(seed), Ok(count)) => {
                    return run_differential(side, class_path, seed, count);
                }
                _ => return usage("differential takes kotlin, antlr or rules and two numbers"),
            }
        }
        ["compare", cases, expected, found] => match compare_files(cases, expected, found) {
            Ok(0) => Ok(()),
            Ok(_) => return ExitCode::FAILURE,
            Err(problem) => Err(problem),
        },
        ["packages", folder] => print_packages(Path::new(folder)),
        ["speed", rest @ ..] if rest.len() < 2 => {
            return print_comparison(beside::expressions(rest.first().copied()));
        }
        ["rules-speed", rest @ ..] if rest.len() < 2 => {
            return print_comparison(beside::rules(rest.first().copied()));
        }
        ["fuzz", "--inputs", inputs, "--seed", seed] => match (inputs.parse(), seed.parse()) {
            (Ok(inputs), Ok(seed)) => return run_fuzz(inputs, seed),
            _ => return usage("fuzz takes two whole numbers"),
        },
        ["rules"] => answer_rules(EngineVersion::V3_4),
        ["rules", "--engine", "newer"] => answer_rules(EngineVersion::V3_8),
        [] => return usage("say what to do"),
        _ => return usage("these arguments are not understood"),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => failed(&problem),
    }
}

fn failed(problem: &io::Error) -> ExitCode {
    eprintln!("outpost-conformance: {problem}");
    ExitCode::FAILURE
}

/// Prints a report; the exit code says whether it is a good one.
fn shown(report: &str, is_good: bool) -> ExitCode {
    match io::stdout().lock().write_all(report.as_bytes()) {
        Ok(()) => ExitCode::from(u8::from(!is_good)),
        Err(problem) => failed(&problem),
    }
}

fn usage(problem: &str) -> ExitCode {
    eprintln!("outpost-conformance: {problem}\n{USAGE}");
    ExitCode::from(2)
}

fn choice(name: &str) -> Option<DialectChoice> {
    Some(match name {
        "kotlin" => DialectChoice::Fixed(Dialect::Kotlin),
        "antlr" => DialectChoice::Fixed(Dialect::Antlr),
        "by-mode" => DialectChoice::ByMode,
        _ => return None,
    })
}

fn answer_all(choice: DialectChoice) -> io::Result<()> {
    each_line(|line| answer_line(line, choice))
}

fn answer_rules(version: EngineVersion) -> io::Result<()> {
    let today = rules::today();
    each_line(|line| answer_rules_line(line, today, version))
}

fn each_line(answer: impl Fn(&str) -> Value) -> io::Result<()> {
    let mut out = BufWriter::new(io::stdout().lock());
    let mut input = io::stdin().lock();
    let mut line = Vec::new();
    while input.read_until(b'\n', &mut line)? > 0 {
        let text = String::from_utf8_lossy(&line);
        if !text.trim().is_empty() {
            writeln!(out, "{}", answer(text.trim()))?;
        }
        line.clear();
    }
    out.flush()
}

fn write_cases(dialect: Dialect, seed: u64, count: usize) -> io::Result<()> {
    let mut out = BufWriter::new(io::stdout().lock());
    let mut chooser = Chooser::new(seed);
    for id in 0..count {
        let case = match dialect {
            Dialect::Kotlin => generate::case(&mut chooser, id),
            Dialect::Antlr => generate::antlr_case(&mut chooser, id),
        };
        writeln!(out, "{case}")?;
    }
    out.flush()
}

fn write_rule_cases(seed: u64, count: usize) -> io::Result<()> {
    let mut out = BufWriter::new(io::stdout().lock());
    let mut chooser = Chooser::new(seed);
    for id in 0..count {
        writeln!(out, "{}", generate_rules::case(&mut chooser, id))?;
    }
    out.flush()
}

fn run_differential(side: Side, class_path: &str, seed: u64, count: usize) -> ExitCode {
    match differential::run(side, class_path, seed, count) {
        Ok(report) => shown(&report.to_string(), report.differing == 0),
        Err(problem) => failed(&problem),
    }
}

/// Prints the differences and gives their number.
fn compare_files(cases: &str, expected: &str, found: &str) -> io::Result<usize> {
    let [cases, expected, found] = [cases, expected, found].map(fs::read_to_string);
    let (cases, expected, found) = (cases?, expected?, found?);
    let read = |line: &str| serde_json::from_str(&compare::readable(line)).unwrap_or_default();
    let mut differences = Vec::new();
    let mut count = 0;
    for ((case, expected), found) in cases.lines().zip(expected.lines()).zip(found.lines()) {
        count += 1;
        let (case, expected, found): (Value, Value, Value) =
            (read(case), read(expected), read(found));
        if case.get("target").is_some() {
            let difference = compare::rules_difference(&expected, &found);
            differences.extend(difference.map(|difference| format!("{difference} in {case}")));
        } else if let Some(difference) = compare::difference(&expected, &found) {
            differences.push(format!("{} {}: {difference}", case["mode"], case["expr"]));
        }
    }
    differences.sort_by_key(String::len);
    let mut out = io::stdout().lock();
    for difference in &differences {
        writeln!(out, "{difference}")?;
    }
    writeln!(out, "{count} cases, {} differ", differences.len())?;
    Ok(differences.len())
}

fn print_comparison(compared: io::Result<Comparison>) -> ExitCode {
    match compared {
        Ok(compared) => shown(&compared.table, compared.is_kept),
        Err(problem) => failed(&problem),
    }
}

fn run_fuzz(inputs: u64, seed: u64) -> ExitCode {
    // The loop itself says what panicked.
    std::panic::set_hook(Box::new(|_| {}));
    let started = Instant::now();
    let tally = fuzz::run(inputs, seed);
    let memory = fuzz::peak_memory_kib().map_or(0, |kib| kib / 1024);
    let seconds = started.elapsed().as_secs_f64();
    let text = format!("{tally}{seconds:.0} s, at most {memory} MiB of memory\n");
    shown(&text, tally.panics.is_empty() && memory <= FUZZ_MEMORY_MIB_MAX)
}

fn print_packages(folder: &Path) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{:<36} {:<20} {:>5} {:>5} {:>5}", "package", "list", "all", "read", "not")?;
    for package in outpost_conformance::packages::read_folder(folder)? {
        write!(out, "{package}")?;
    }
    Ok(())
}
