//! Our speed beside that of DHIS2's own libraries, measured in the same run, with the bars to keep.
//!
//! Time is that which each side spent on the processor, so that a busy machine changes both alike.

use std::fmt::Write as _;
use std::io;
use std::process::Command;

use crate::speed_rules::Measured;
use crate::{speed, speed_rules};

/// The middle of the expressions' ratios is at least this.
const EXPRESSIONS_MIDDLE_MIN: f64 = 10.0;
/// No kind of expressions has a smaller ratio than this.
const EXPRESSIONS_EACH_MIN: f64 = 3.0;
/// A full run of 500 rules is at least so many times as fast.
const RULES_MIN: f64 = 20.0;
/// One edit in a large form takes at most so long.
const EDIT_MS_MAX: f64 = 5.0;

/// A table, and whether every bar was kept.
#[derive(Debug)]
pub struct Comparison {
    /// For a person.
    pub table: String,
    /// Whether every bar was kept; without the peer there are none.
    pub is_kept: bool,
}

/// What a Java program of `peer/` measured, by name.
fn measure_peer(program: &str, class_path: &str) -> io::Result<Vec<Measured>> {
    let output = Command::new("java").args(["-cp", class_path, program]).output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    let read = |line: &str| {
        let (name, nanoseconds) = line.rsplit_once(':')?;
        let nanoseconds = nanoseconds.trim().parse().ok()?;
        Some(Measured { name: name.to_owned(), nanoseconds })
    };
    let measured: Vec<Measured> = text.lines().filter_map(read).collect();
    if measured.is_empty() {
        let problem = String::from_utf8_lossy(&output.stderr).into_owned();
        return Err(io::Error::other(format!("the peer measured nothing: {problem}")));
    }
    Ok(measured)
}

fn row(table: &mut String, ours: &Measured, theirs: Option<&Measured>) -> Option<f64> {
    // Writing to a text cannot fail.
    let _ = write!(table, "{:<36} {:12.1} ns", ours.name, ours.nanoseconds);
    let ratio = theirs.map(|theirs| theirs.nanoseconds / ours.nanoseconds);
    if let (Some(theirs), Some(ratio)) = (theirs, ratio) {
        let _ = write!(table, "   peer {:12.1} ns   {ratio:8.1} times", theirs.nanoseconds);
    }
    table.push('\n');
    ratio
}

fn bar(table: &mut String, name: &str, is_kept: bool) -> bool {
    let _ = writeln!(table, "{}: {name}", if is_kept { "kept" } else { "MISSED" });
    is_kept
}

/// The five kinds of expressions, parsed once.
///
/// # Errors
/// If Java cannot be run, or does not answer with measurements.
pub fn expressions(class_path: Option<&str>) -> io::Result<Comparison> {
    let peer = class_path.map(|path| measure_peer("Speed", path)).transpose()?;
    let mut table = String::new();
    let mut ratios = Vec::new();
    for (name, nanoseconds) in speed::measure() {
        let ours = Measured { name: name.to_owned(), nanoseconds };
        let theirs = peer.iter().flatten().find(|theirs| theirs.name == name);
        ratios.extend(row(&mut table, &ours, theirs));
    }
    ratios.sort_by(f64::total_cmp);
    let mut is_kept = true;
    if let (Some(least), Some(middle)) = (ratios.first(), ratios.get(ratios.len() / 2)) {
        let name = format!("median {middle:.1} times, at least {EXPRESSIONS_MIDDLE_MIN}");
        is_kept &= bar(&mut table, &name, *middle >= EXPRESSIONS_MIDDLE_MIN);
        let name = format!("smallest {least:.1} times, at least {EXPRESSIONS_EACH_MIN}");
        is_kept &= bar(&mut table, &name, *least >= EXPRESSIONS_EACH_MIN);
    }
    Ok(Comparison { table, is_kept })
}

/// Full runs of 500 rules, and edits in a large form, which cost the peer a full run of the form.
///
/// # Errors
/// If Java cannot be run, or does not answer with measurements.
pub fn rules(class_path: Option<&str>) -> io::Result<Comparison> {
    let peer = class_path.map(|path| measure_peer("RulesSpeed", path)).transpose()?;
    let mut table = String::new();
    let mut least = f64::INFINITY;
    let mut slowest_edit: f64 = 0.0;
    for ours in speed_rules::measure() {
        let is_edit = ours.name.starts_with("one edit");
        let theirs = peer.iter().flatten().find(|theirs| {
            theirs.name == ours.name || (is_edit && theirs.name == "full run, 300 fields")
        });
        let ratio = row(&mut table, &ours, theirs);
        if is_edit {
            slowest_edit = slowest_edit.max(ours.nanoseconds / 1e6);
        } else if let Some(ratio) = ratio {
            least = least.min(ratio);
        }
    }
    let name = format!("slowest edit {slowest_edit:.3} ms, at most {EDIT_MS_MAX}");
    let mut is_kept = bar(&mut table, &name, slowest_edit <= EDIT_MS_MAX);
    if least.is_finite() {
        let name = format!("full runs {least:.1} times, at least {RULES_MIN}");
        is_kept &= bar(&mut table, &name, least >= RULES_MIN);
    }
    Ok(Comparison { table, is_kept })
}
