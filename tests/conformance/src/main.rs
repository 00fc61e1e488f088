//! `outpost-conformance expressions --dialect kotlin|antlr|by-mode < cases > answers`, and
//! `outpost-conformance speed`.

use std::io::{self, BufRead, BufWriter, Write};
use std::process::ExitCode;

use outpost_conformance::{DialectChoice, answer_line, speed};
use outpost_domain::expression::Dialect;

const USAGE: &str = "usage: outpost-conformance expressions --dialect kotlin|antlr|by-mode
       outpost-conformance speed

expressions reads one JSON case a line from standard input and writes one JSON answer a line to
standard output, in the form of the expression oracles. speed prints nanoseconds per evaluation.";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match arguments.as_slice() {
        ["expressions", "--dialect", dialect] => match choice(dialect) {
            Some(choice) => answer_all(choice),
            None => return usage(&format!("there is no dialect `{dialect}`")),
        },
        ["speed"] => print_speed(),
        ["rules", ..] => return usage("rules are not answered yet"),
        [] => return usage("say what to do"),
        _ => return usage("these arguments are not understood"),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("outpost-conformance: {problem}");
            ExitCode::FAILURE
        }
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
    let mut out = BufWriter::new(io::stdout().lock());
    let mut input = io::stdin().lock();
    let mut line = Vec::new();
    while input.read_until(b'\n', &mut line)? > 0 {
        let text = String::from_utf8_lossy(&line);
        if !text.trim().is_empty() {
            writeln!(out, "{}", answer_line(text.trim(), choice))?;
        }
        line.clear();
    }
    out.flush()
}

fn print_speed() -> io::Result<()> {
    let mut out = io::stdout().lock();
    for (kind, nanoseconds) in speed::measure() {
        writeln!(out, "{kind:<12} {nanoseconds:8.1} ns")?;
    }
    Ok(())
}
