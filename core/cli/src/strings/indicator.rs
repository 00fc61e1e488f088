//! What `indicator …` and `validate` say.

/// `indicator list`
pub const LIST: &str = "\
Examples:
  outpost indicator list
  outpost indicator list --data-set 'Monthly report'
  outpost indicator list --program 'Fever visit' --json";
/// `indicator show`
pub const SHOW: &str = "\
Examples:
  outpost indicator show InMalariaSh --period 202609 --org-unit 'Clinic A'
  outpost indicator show --data-set 'Monthly report' --period LAST_12_MONTHS --by-period \\
    --org-unit 'North District' --below --json
Values are computed from what lies on this device. `Data` tells how many of the places and periods
have any; what the device cannot know is named, for then the server's value may differ.
Financial years begin in October.";
/// `validate`
pub const VALIDATE: &str = "\
Examples:
  outpost validate --data-set 'Monthly report' --period 202609
  outpost validate --data-set 'Monthly report' --period LAST_3_MONTHS --org-unit 'North District' \\
    --below --json
Checks every report that holds something against the validation rules of its form.
Exit code 6 if a rule does not hold, 0 if all hold.";

/// No indicator.
pub const NO_INDICATORS: &str = "No indicators here.\n";
/// Items that count only what is on the device.
#[must_use]
pub fn counted_here(items: &[String]) -> String {
    format!("counts only what this device sees: {}", items.join(", "))
}

/// Items that the device cannot know.
#[must_use]
pub fn not_here(items: &[String]) -> String {
    format!("not on this device: {}", items.join(", "))
}

/// How many reports were checked, and how many break a rule.
#[must_use]
pub fn checked(reports: u64, broken: u64) -> String {
    let reports = super::count(reports, "report", "reports");
    match broken {
        0 => format!("{reports} checked: every rule that could be judged holds.\n"),
        broken => format!("{reports} checked, {broken} with rules that do not hold.\n"),
    }
}

/// A rule that could not be judged.
#[must_use]
pub fn not_judged(rule: &str, why: &str) -> String {
    format!("Not judged: {rule} ({why})\n")
}
