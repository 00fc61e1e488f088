//! What `exchange …` says.

use outpost_engine::model::{
    CardView, CarriedView, ExchangeFileView, FilePlan, HandedOver, HandedToView, ReceiptReport,
    SetupView, SiteName, TakenIn, TakenInReport,
};

use super::count;

/// `exchange card`
pub const CARD: &str = "\
Examples:
  outpost exchange card --name 'Phone 17' --role device
  outpost exchange card --json
The text of the card is what a QR code holds. Others enrol it and compare the thirty digits.";
/// `exchange enrol`
pub const ENROL: &str = "\
Examples:
  outpost exchange enrol tablet.card
  outpost exchange enrol tablet.card --fingerprint '12345 67890 12345 67890 12345 67890'
Without the digits the card is shown and not enrolled. Take the digits from its owner (by telephone,
or from their screen), never from the message that brought the card.";
/// `exchange keys`
pub const KEYS: &str = "\
Examples:
  outpost exchange keys
  outpost exchange keys --publish keys.json
  outpost exchange keys --take keys.json
A key list travels with every file, too.";
/// `exchange revoke`
pub const REVOKE: &str = "\
Example:
  outpost exchange revoke 8F3A21C04D5E6B79 --reason stolen
A revoked key is never believed again. The device gets a new card, when it is found too.";
/// `exchange rotate`
pub const ROTATE: &str = "\
Examples:
  outpost exchange rotate --out rotation.json
  outpost exchange rotate --take rotation.json
The name, role and numbering stay. A lost or stolen key is never rotated: revoke it.";
/// `exchange recovery`
pub const RECOVERY: &str = "\
Example:
  outpost exchange recovery --name 'Safe of the ministry'
The secret is shown once and kept nowhere: write it on paper and put that into a safe.";
/// `exchange setup-code`
pub const SETUP_CODE: &str = "\
Examples:
  outpost exchange setup-code --server https://dhis2.example.org --language fr --svg code.svg
  outpost exchange setup-code --server https://play.example.org --training
Only a centre or a district signs one. Print the thirty digits beside it: whoever sets up a phone
compares them. It holds no user name and no password.";
/// `exchange write`
pub const WRITE: &str = "\
Examples:
  outpost exchange write --to 'Tablet, clinic A' --folder /media/stick
  outpost exchange write --to 'Tablet, clinic A' --again --mail-mb 10
What was handed over stays in the outbox until it is known to be on the server.";
/// `exchange split`
pub const SPLIT: &str = "\
Example:
  outpost exchange split outpost-data-….tar --mail-mb 10";
/// `exchange join`
pub const JOIN: &str = "\
Example:
  outpost exchange join inbox/*.part-* --to file.tar";
/// `exchange verify`
pub const VERIFY: &str = "Example:\n  outpost exchange verify file.tar";
/// `exchange inspect`
pub const INSPECT: &str = "Example:\n  outpost exchange inspect file.tar --json";
/// `exchange import`
pub const IMPORT: &str = "\
Examples:
  outpost exchange import --dry-run file.tar
  outpost exchange import /media/stick
  outpost exchange import /media/stick/outpost-*.tar
On a stick only files of ours are opened, whatever they are called; the rest is counted and left.
A file that came before changes nothing. One that came too early is kept until those before it come.
Exit code 2 if a file was refused; the others are taken in.";
/// `exchange receipt`
pub const RECEIPT: &str = "\
Examples:
  outpost exchange receipt --folder /media/stick
  outpost exchange receipt --to 'Phone 17'
A receipt tells of everything that came lately: a lost one needs no replacement.";
/// `exchange partners`
pub const PARTNERS: &str = "Example:\n  outpost exchange partners";
/// `exchange aside`
pub const ASIDE: &str = "\
Examples:
  outpost exchange aside
  outpost exchange aside --discard 12 --reason 'entered twice'";

/// This device has no card.
pub const NO_CARD: &str =
    "This device has no card yet. Give it one: outpost exchange card --name NAME --role ROLE\n";
/// No keys.
pub const NO_KEYS: &str = "No keys yet.\n";
/// Nobody's files came.
pub const NO_PARTNERS: &str = "No file came here yet.\n";
/// Nothing is kept aside.
pub const NOTHING_ASIDE: &str = "Nothing is kept aside.\n";
/// While files are written.
pub const WRITING: &str = "Write";
/// While files are taken in.
pub const TAKING_IN: &str = "Take in";

/// A card.
#[must_use]
pub fn card(card: &CardView) -> String {
    let CardView { name, key, fingerprint, text, .. } = card;
    let role = card.role.name();
    format!("{name} ({role})\nKey          {key}\nFingerprint  {fingerprint}\n\n{text}\n")
}

/// A card that is not enrolled yet.
#[must_use]
pub fn not_enrolled(card: &CardView) -> String {
    let CardView { name, fingerprint, .. } = card;
    format!(
        "{}\nNot enrolled. Ask {name} for its thirty digits; if they are\n  {fingerprint}\nenrol \
         it with --fingerprint and what you heard.\n",
        self::card(card)
    )
}

/// A card that is believed.
#[must_use]
pub fn enrolled(name: &str, key: &str) -> String {
    format!("{name} is enrolled (key {key}).\n")
}

/// A device has a new key.
#[must_use]
pub fn rotated(card: &CardView, path: &str) -> String {
    format!(
        "{}\nThe old key vouches for it in\n  {path}\n  {path}.minisig\nGive both files to \
         those who exchange files with this device (exchange rotate --take), or to the centre.\n",
        self::card(card)
    )
}

/// Somebody else has a new key.
#[must_use]
pub fn rotation_taken(name: &str, key: &str) -> String {
    format!("{name} has a new key ({key}); the old one vouches for it.\n")
}

/// A key that is not believed any more.
#[must_use]
pub fn revoked(name: &str, key: &str) -> String {
    format!("{name} (key {key}) is revoked: nothing that it signs is believed any more.\n")
}

/// A recovery key.
#[must_use]
pub fn recovery(card: &CardView, secret: &str) -> String {
    format!(
        "{}\nSecret, shown once. Write it on paper and put it into a safe:\n  {secret}\n",
        self::card(card)
    )
}

/// A setup code.
#[must_use]
pub fn setup(code: &SetupView, drawn: &str) -> String {
    let practice = if code.plan.is_training { " for practice" } else { "" };
    format!(
        "{drawn}\n{}\n\nA new phone{practice} begins with {}.\nSigned by {}, digits {}\n",
        code.text, code.plan.server, code.signer.name, code.signer.fingerprint
    )
}

/// A key list was issued.
#[must_use]
pub fn published(number: u64) -> String {
    format!("Key list {number} is signed; it travels with every file from here.\n")
}

/// A key list was taken in.
#[must_use]
pub fn list_taken(changes: u64) -> String {
    format!("{} changed.\n", count(changes, "key", "keys"))
}

/// A file was written.
#[must_use]
pub fn written(file: &HandedOver, paths: &[String]) -> String {
    let HandedOver { number, records, to, .. } = file;
    let records = count(*records, "record", "records");
    let again = if file.again { ", also what they got before" } else { "" };
    format!("File {number} for {}: {records}{again}\n{}\n", to.name, paths.join("\n"))
}

/// A receipt was written.
#[must_use]
pub fn receipt_written(file: &HandedOver, path: &str) -> String {
    format!("Receipt {} for {}\n{path}\n", file.number, file.to.name)
}

/// Parts were written.
#[must_use]
pub fn parts(paths: &[String]) -> String {
    format!("{}\n{}\n", count(paths.len() as u64, "part", "parts"), paths.join("\n"))
}

/// Parts were joined.
#[must_use]
pub fn joined(path: &str) -> String {
    format!("All parts are here: {path}\n")
}

/// A file that is what its sender signed.
#[must_use]
pub fn verified(file: &ExchangeFileView) -> String {
    let ExchangeFileView { kind, number, from, to, .. } = file;
    format!(
        "Every byte is what {} signed: {kind} file {number} for {}.\n{}\n",
        name(&from.name, &from.key),
        name(&to.name, &to.key),
        file.advice
    )
}

/// A file in detail.
#[must_use]
pub fn inspected(file: &ExchangeFileView) -> String {
    let mut text = verified(file);
    text.push_str(&format!("Made         {}\n", file.created_at));
    text.push_str(&format!("Records      {}\n", file.records));
    for (class, number) in &file.counts {
        text.push_str(&format!("  {class:<18} {number}\n"));
    }
    let forms = match file.same_forms {
        Some(true) => "those of this device",
        Some(false) => "another version than on this device",
        None => "not known",
    };
    text.push_str(&format!("Forms        {forms}\n"));
    if file.has_key_list {
        text.push_str("Key list     travels with it\n");
    }
    text
}

fn name<'a>(name: &'a str, key: &'a str) -> &'a str {
    if name.is_empty() { key } else { name }
}

/// What taking a file in did.
#[must_use]
pub fn taken(path: &str, taken: &TakenIn) -> String {
    let file = &taken.file;
    let sender = name(&file.from.name, &file.from.key);
    let mut text = format!("{path}: {} file {} of {sender}\n", file.kind, file.number);
    if file.plan != FilePlan::TakeIn {
        text.push_str(&format!("  {}\n", file.advice));
    }
    if taken.dry_run {
        text.push_str("  Only tried, nothing was kept. It would be:\n");
    }
    for line in lines(&taken.report) {
        text.push_str(&format!("  {line}\n"));
    }
    text
}

/// What taking a file in did, line by line.
pub(super) fn lines(report: &TakenInReport) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = |number: u64, words: &str| {
        if number > 0 {
            lines.push(format!("{number:>6}  {words}"));
        }
    };
    line(report.new, "new: they wait to be sent");
    line(report.changed, "newer versions of records that wait here");
    line(report.known, "here already");
    line(report.on_server, "on the server already");
    line(report.conflicts, "changed on the server too: outpost conflicts");
    line(report.differs, "kept aside: another version waits here");
    line(report.given_up, "not taken");
    for unknown in &report.unknown {
        let words = format!("kept aside: the {} is not on this device", unknown.object);
        line(unknown.records, &words);
    }
    line(report.waited, "files that had waited for this one");
    line(report.keys_changed, "keys changed by the key list in the file");
    if let Some(receipt) = &report.receipt {
        lines.extend(receipt_lines(receipt));
    }
    lines
}

fn receipt_lines(receipt: &ReceiptReport) -> Vec<String> {
    let mut lines = Vec::new();
    for (number, words) in [
        (receipt.settled, "on the server: they left the outbox"),
        (receipt.held, "held there: they will be sent from there"),
        (receipt.waiting, "wait there"),
        (receipt.parked, "refused: outpost outbox --state refused"),
    ] {
        if number > 0 {
            lines.push(format!("{number:>6}  {words}"));
        }
    }
    lines.extend(receipt.advice.iter().cloned());
    lines
}

/// To whom a row of the outbox was handed.
#[must_use]
pub fn handed_to(id: i64, handed: &HandedToView) -> String {
    let site = site(&handed.site);
    match (&handed.reason, handed.is_held) {
        (Some(reason), _) => format!("{id}: waits at {site}: {reason}\n"),
        (None, true) => format!("{id}: held by {site}\n"),
        (None, false) => format!("{id}: handed to {site} in file {}\n", handed.file),
    }
}

/// For whom a row of the outbox waits here.
#[must_use]
pub fn captured(id: i64, carried: &CarriedView) -> String {
    let carriers: Vec<&str> = carried.carriers.iter().map(site).collect();
    let by = match carriers.is_empty() {
        true => String::new(),
        false => format!(", carried by {}", carriers.join(", ")),
    };
    format!("{id}: captured by {} on {}{by}\n", carried.captured_by, site(&carried.device))
}

fn site(site: &SiteName) -> &str {
    name(&site.name, &site.key)
}
