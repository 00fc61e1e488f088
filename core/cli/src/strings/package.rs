//! What `package …` says.

use std::collections::BTreeMap;

use outpost_engine::model::{
    DriftReport, DriftStops, DriftWay, ObjectName, PackageApplied, PackageMade, PackageProblem,
    PackagePushed, PackageStep, PackageView,
};

use super::count;

/// `package make`
pub const MAKE: &str = "\
Examples:
  outpost package make --set National --from-server --out /media/stick
  outpost package make --set National --label 2026.2 --from-json export.json --full --out full.tar
A package holds what changed since the version before; the first one, and one made with --full,
holds the whole set. Sites that missed versions need a package with the whole set, or --base with
the package that they have. Numbers never repeat, also when a file could not be written.";
/// `package show`
pub const SHOW: &str =
    "Example:\n  outpost package show outpost-metadata-National-000002-delta.tar";
/// `package verify`
pub const VERIFY: &str = "Example:\n  outpost package verify package.tar";
/// `package apply`
pub const APPLY: &str = "\
Examples:
  outpost package apply --dry-run package.tar
  outpost package apply package.tar
What unsent work needs is kept. Objects that were never part of the set are left alone; outpost
package drift names them. A second time it mends what has drifted since. Exit code 6 if it is not
its turn.";
/// `package push`
pub const PUSH: &str = "\
Examples:
  outpost package push --dry-run package.tar
  outpost package push package.tar
Only what differs there is sent, after the server has validated it; its reports are kept. What is
gone at the centre is deleted there, unless data uses it. Run it again after a lost connection. Exit
code 6 if it is not its turn or the server refuses it.";
/// `package drift`
pub const DRIFT: &str = "\
Examples:
  outpost package drift package.tar
  outpost package drift package.tar --server --json
Exit code 6 if something stops data from moving up.";

/// While objects are read.
pub const READING: &str = "Objects";

/// A version was issued.
#[must_use]
pub fn made(made: &PackageMade, path: &str) -> String {
    let PackageMade { package, added, changed, dropped, left_out, .. } = made;
    let what = match package.base {
        Some(base) => format!("leads on from version {base}"),
        None => "the whole set".to_owned(),
    };
    let mut text = format!(
        "Version {} of {}: {what}. {added} new, {changed} changed, {dropped} gone since the \
         version before; {} in the set.\n",
        label(package),
        package.set,
        count(package.set_objects, "object", "objects")
    );
    if !left_out.is_empty() {
        text.push_str(&format!("Not part of a set: {}\n", listed(left_out)));
    }
    text.push_str(&format!("{path}\n"));
    text
}

fn label(package: &PackageView) -> String {
    let PackageView { number, label, .. } = package;
    if *label == number.to_string() { label.clone() } else { format!("{number} ({label})") }
}

fn listed(counts: &BTreeMap<String, u64>) -> String {
    let counts = counts.iter().map(|(class, number)| format!("{class} {number}"));
    counts.collect::<Vec<_>>().join(", ")
}

/// A package that is what its centre signed.
#[must_use]
pub fn verified(package: &PackageView) -> String {
    let PackageView { set, from, advice, .. } = package;
    let by = if from.name.is_empty() { &from.key } else { &from.name };
    format!("Every byte is what {by} signed: version {} of {set}.\n{advice}\n", label(package))
}

/// A package in detail.
#[must_use]
pub fn shown(package: &PackageView) -> String {
    let mut text = verified(package);
    let extent = match package.base {
        Some(base) => format!("what changed since version {base}"),
        None => "the whole set".to_owned(),
    };
    text.push_str(&format!("Issued       {}\nHolds        {extent}\n", package.issued_at));
    text.push_str(&format!("Objects      {}\nGone         {}\n", package.objects, package.gone));
    for (class, number) in &package.classes {
        text.push_str(&format!("  {class:<24} {number}\n"));
    }
    text.push_str(&format!(
        "The set      {} with hash {}\n",
        count(package.set_objects, "object", "objects"),
        package.set_hash
    ));
    text
}

/// What applying did.
#[must_use]
pub fn applied(applied: &PackageApplied) -> String {
    let PackageApplied { package, changed, removed, kept, unreadable, freed, .. } = applied;
    let mut text = format!("Version {} of {}\n", label(package), package.set);
    if package.plan != PackageStep::Apply {
        text.push_str(&format!("{}\n", package.advice));
    }
    if !applied.applied {
        return text;
    }
    if applied.dry_run {
        text.push_str("Only tried, nothing was changed. It would be:\n");
    }
    text.push_str(&format!("{changed:>6}  new or changed\n{removed:>6}  gone\n"));
    if *freed > 0 {
        text.push_str(&format!("{freed:>6}  records that had waited for it are in the outbox\n"));
    }
    for object in kept {
        text.push_str(&format!("  kept, because unsent work needs it: {}\n", named(object)));
    }
    for object in unreadable {
        text.push_str(&format!("  this release cannot read it: {}\n", named(object)));
    }
    text
}

fn named(object: &ObjectName) -> String {
    let ObjectName { class, id, name } = object;
    format!("{class} \u{201c}{name}\u{201d} ({id})")
}

/// What pushing did.
#[must_use]
pub fn pushed(pushed: &PackagePushed) -> String {
    let PackagePushed { package, server, created, updated, deleted, same, .. } = pushed;
    let mut text = format!("Version {} of {} for {server}\n", label(package), package.set);
    if package.plan != PackageStep::Apply {
        text.push_str(&format!("{}\n", package.advice));
    }
    if !pushed.problems.is_empty() {
        text.push_str("The server refuses it; nothing was changed there:\n");
        text.push_str(&problems(&pushed.problems));
        return text;
    }
    if !pushed.pushed && !pushed.dry_run {
        return text;
    }
    if pushed.dry_run {
        text.push_str("Only validated, nothing was changed there. It would be:\n");
    }
    text.push_str(&format!(
        "{created:>6}  new\n{updated:>6}  changed\n{deleted:>6}  gone\n\
         {same:>6}  the same, not sent\n"
    ));
    if !pushed.left_over.is_empty() {
        text.push_str("Gone at the centre, and kept there:\n");
        text.push_str(&problems(&pushed.left_over));
    }
    text
}

fn problems(problems: &[PackageProblem]) -> String {
    let line = |problem: &PackageProblem| {
        let code = problem.code.as_deref().map(|code| format!(" [{code}]")).unwrap_or_default();
        format!("  {}: {}{code}\n", named(&problem.object), problem.reason)
    };
    problems.iter().map(line).collect()
}

/// In what a place differs from the centre.
#[must_use]
pub fn drift(report: &DriftReport) -> String {
    let DriftReport { package, place, compared, differences, stop_now, stop_later } = report;
    let mut text = format!(
        "{place}, compared with version {} of {}: {} of {} differ\n",
        label(package),
        package.set,
        differences.len(),
        count(*compared, "object", "objects")
    );
    if package.base.is_some() {
        text.push_str("Only what this package changes was compared.\n");
    }
    for line in differences {
        let way = match line.way {
            DriftWay::Missing => "missing here",
            DriftWay::Added => "only here",
            DriftWay::Changed => "otherwise here",
        };
        let stops = match line.stops {
            DriftStops::Now => {
                format!("STOPS {}", count(line.waiting, "waiting record", "waiting records"))
            }
            DriftStops::Later => "stops what will be entered".to_owned(),
            DriftStops::Nothing => "stops nothing".to_owned(),
        };
        let members = match line.members.is_empty() {
            true => String::new(),
            false => format!(" ({})", line.members.join(", ")),
        };
        let named = named(&line.object);
        text.push_str(&format!("  {named}: {way}{members}: {stops}. {}\n", line.reason));
    }
    text.push_str(&format!(
        "{stop_now} stop records that wait, {stop_later} stop what will be entered.\n"
    ));
    text
}
