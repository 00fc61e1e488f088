//! The differential run: seeded cases for DHIS2's own libraries and for us, answer beside answer.
//!
//! The libraries run in a Java program (`peer/Peer.java`) that is asked one case at a time. A case
//! on which the answers differ is made as small as it gets while they still do.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use outpost_domain::expression::Dialect;
use outpost_domain::rules::EngineVersion;
use serde_json::Value;

use crate::generate::{self, Chooser};
use crate::known::{Known, explanation};
use crate::{
    DialectChoice, answer_line, answer_rules_line, compare, generate_rules, rules, shrink,
};

/// So many different disagreements are made small and shown; the rest is likely the same.
const SHOWN_MAX: usize = 5;

/// Which of the libraries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// `expression-parser`.
    Kotlin,
    /// `dhis-antlr-expression-parser`.
    Antlr,
    /// `rule-engine`.
    Rules,
}

impl Side {
    /// By the name that the Java program takes.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Kotlin, Self::Antlr, Self::Rules].into_iter().find(|side| side.name() == name)
    }

    fn name(self) -> &'static str {
        match self {
            Self::Kotlin => "kotlin",
            Self::Antlr => "antlr",
            Self::Rules => "rules",
        }
    }

    /// The next case.
    pub fn case(self, chooser: &mut Chooser, id: usize) -> Value {
        match self {
            Self::Kotlin => generate::case(chooser, id),
            Self::Antlr => generate::antlr_case(chooser, id),
            Self::Rules => generate_rules::case(chooser, id),
        }
    }

    fn our_answer(self, line: &str) -> Value {
        let dialect = |dialect| answer_line(line, DialectChoice::Fixed(dialect));
        match self {
            Self::Kotlin => dialect(Dialect::Kotlin),
            Self::Antlr => dialect(Dialect::Antlr),
            Self::Rules => answer_rules_line(line, rules::today(), EngineVersion::V3_4),
        }
    }

    fn difference(self, expected: &Value, found: &Value) -> Option<String> {
        match self {
            Self::Rules => compare::rules_difference(expected, found),
            Self::Antlr if expected["error"]["kind"] == "unsupported" => {
                let is_unread = found["error"]["stage"] == "parse";
                is_unread
                    .then(|| format!("the library reads it: {expected}, and we do not: {found}"))
            }
            _ => compare::difference(expected, found),
        }
    }
}

/// The running Java program.
struct Peer {
    process: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Peer {
    fn start(side: Side, class_path: &str) -> io::Result<Self> {
        let mut process = Command::new("java")
            .args(["-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp", class_path])
            .args(["Peer", side.name()])
            .env("TZ", "UTC")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let missing = || io::Error::other("the peer has no pipes");
        let input = process.stdin.take().ok_or_else(missing)?;
        let output = BufReader::new(process.stdout.take().ok_or_else(missing)?);
        Ok(Self { process, input, output })
    }

    fn ask(&mut self, line: &str) -> io::Result<Value> {
        writeln!(self.input, "{line}")?;
        self.input.flush()?;
        let mut answer = String::new();
        if self.output.read_line(&mut answer)? == 0 {
            return Err(io::Error::other("the peer ended; its errors are above"));
        }
        let answer = serde_json::from_str(&compare::readable(answer.trim()));
        answer.map_err(|_| io::Error::other("the peer's answer is no JSON"))
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        // It may be stuck in a case; it holds nothing that could be lost.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A case on which both sides differ.
#[derive(Debug)]
pub struct Disagreement {
    /// The case, as small as it gets.
    pub case: Value,
    /// What the library answers.
    pub expected: Value,
    /// What we answer.
    pub found: Value,
    /// Where they differ.
    pub difference: String,
}

impl fmt::Display for Disagreement {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "DISAGREE {}", self.difference)?;
        writeln!(formatter, "  case    {}", self.case)?;
        writeln!(formatter, "  library {}", self.expected)?;
        writeln!(formatter, "  ours    {}", self.found)
    }
}

/// How a run went.
#[derive(Debug, Default)]
pub struct Report {
    /// Cases asked.
    pub cases: usize,
    /// Cases that both sides could compute, not only refuse.
    pub computed: usize,
    /// Cases that differ without an explanation.
    pub differing: usize,
    /// The first of them, each made small, no two the same.
    pub shown: Vec<Disagreement>,
    /// How often each known difference was met.
    pub known: BTreeMap<&'static str, usize>,
}

impl fmt::Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for disagreement in &self.shown {
            write!(formatter, "{disagreement}")?;
        }
        let Self { cases, computed, differing, .. } = self;
        write!(formatter, "{cases} cases, {computed} of them computed, {differing} disagree")?;
        for (name, count) in &self.known {
            write!(formatter, "; known: {name} ({count})")?;
        }
        writeln!(formatter)
    }
}

enum Verdict {
    Agree(bool),
    Known(&'static Known),
    Differ(Box<Disagreement>),
}

fn judge(side: Side, peer: &mut Peer, case: Value) -> io::Result<Verdict> {
    let line = case.to_string();
    let (expected, found) = (peer.ask(&line)?, side.our_answer(&line));
    let Some(difference) = side.difference(&expected, &found) else {
        return Ok(Verdict::Agree(expected.get("error").is_none()));
    };
    Ok(match explanation(&case, &expected, &found) {
        Some(known) => Verdict::Known(known),
        None => Verdict::Differ(Box::new(Disagreement { case, expected, found, difference })),
    })
}

/// Runs `count` cases of a seed.
///
/// # Errors
/// When the Java program cannot be started or ends.
pub fn run(side: Side, class_path: &str, seed: u64, count: usize) -> io::Result<Report> {
    let mut peer = Peer::start(side, class_path)?;
    let mut chooser = Chooser::new(seed);
    let mut report = Report::default();
    for id in 0..count {
        let case = side.case(&mut chooser, id);
        report.cases += 1;
        match judge(side, &mut peer, case)? {
            Verdict::Agree(computed) => report.computed += usize::from(computed),
            Verdict::Known(known) => *report.known.entry(known.name).or_default() += 1,
            Verdict::Differ(found) => {
                report.differing += 1;
                if report.shown.len() < SHOWN_MAX {
                    let smallest = smallest(side, &mut peer, *found)?;
                    let is_new = report.shown.iter().all(|known| !is_alike(known, &smallest));
                    report.shown.extend(is_new.then_some(smallest));
                }
            }
        }
    }
    Ok(report)
}

fn is_alike(left: &Disagreement, right: &Disagreement) -> bool {
    let bare = |case: &Value| {
        let mut case = case.clone();
        if let Some(case) = case.as_object_mut() {
            case.remove("id");
        }
        case
    };
    bare(&left.case) == bare(&right.case)
}

fn smallest(side: Side, peer: &mut Peer, first: Disagreement) -> io::Result<Disagreement> {
    let mut smallest = first;
    let mut failure = None;
    shrink::shrink(smallest.case.clone(), &mut |candidate| match judge(
        side,
        peer,
        candidate.clone(),
    ) {
        Ok(Verdict::Differ(found)) => {
            smallest = *found;
            true
        }
        Ok(_) => false,
        Err(problem) => {
            failure.get_or_insert(problem);
            false
        }
    });
    failure.map_or(Ok(smallest), Err)
}
