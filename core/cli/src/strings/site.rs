//! What `site …` says.

use outpost_engine::medium::{MediumReport, Unfinished};
use outpost_engine::model::{
    BackupView, FolderReport, LinkView, SiteFile, SiteFiles, SiteMode, SiteName, SiteView,
};

use super::{count, exchange};

/// `site show`
pub const SHOW: &str = "\
Example:
  outpost site show
By the rule of thumb a site that gets 10 KB/s and reaches the server 70 % of the time works online.
It is measured by the synchronisations of the last four weeks.";
/// `site set`
pub const SET: &str = "\
Examples:
  outpost site set --mode offline --inbox /srv/outpost/inbox --outbox /srv/outpost/outbox
  outpost site set --role district --mode hybrid --upstream 'Ministry of Health'
A site may change its mode at any time: what waits, waits on.";
/// `site watch`
pub const WATCH: &str = "\
Examples:
  outpost site watch --once
  outpost site watch --every 60
Only files of ours are opened, by what they are and not by their names; everything else stays as it
is and is counted. What was taken in is moved to the folder beside the inbox that ends in .taken,
if the inbox is this machine's own. Exit code 2 with --once if a file was refused.";
/// `site check`
pub const CHECK: &str = "\
Examples:
  outpost site check
  outpost site check --thorough --json";
/// `site collect`
pub const COLLECT: &str = "\
Examples:
  outpost site collect --to 'Ministry of Health' --out /media/stick
  outpost site collect --to 'Ministry of Health' --out . --mail-mb 10
Every file is read back from the medium and compared before it gets its name.";
/// `site backup`
pub const BACKUP: &str = "\
Example:
  outpost site backup --out /media/stick/district-north.tar
It opens with the recovery key, or on this machine. What is captured later is not in it.";
/// `site restore`
pub const RESTORE: &str = "\
Examples:
  outpost site restore district-north.tar --to /srv/outpost
  outpost site restore district-north.tar --to /srv/outpost --fingerprint '12345 67890 …' \\
    --recovery-key -
Take the digits from the centre (`outpost exchange keys`), never from what came with the backup.
Nothing is replaced. Switch the old machine off for good.";

/// No inbox.
pub const NO_INBOX: &str = "no inbox is set: outpost site set --inbox DIR";

/// A site.
#[must_use]
pub fn site(site: &SiteView) -> String {
    let none = || "none".to_owned();
    let card = site.card.as_ref();
    let folder = |path: &Option<std::path::PathBuf>| {
        path.as_ref().map_or_else(none, |path| path.display().to_string())
    };
    let rows = [
        ("Site", card.map_or_else(none, |card| format!("{} ({})", card.name, card.role.name()))),
        ("Mode", site.settings.mode.name().to_owned()),
        ("Inbox", folder(&site.settings.inbox)),
        ("Outbox", folder(&site.settings.outbox)),
        ("Site above", site.upstream_site.as_ref().map_or_else(none, |it| named(it).to_owned())),
        ("Network", link(&site.link)),
        ("Suits", suits(site.settings.mode, &site.link)),
    ];
    let restored =
        site.restored.iter().map(|it| ("Restored", format!("backup of {}", it.backup_of)));
    rows.into_iter().chain(restored).map(|(name, value)| format!("{name:<11} {value}\n")).collect()
}

fn named(site: &SiteName) -> &str {
    if site.name.is_empty() { &site.key } else { &site.name }
}

fn link(link: &LinkView) -> String {
    let Some(percent) = link.reached_percent else { return "not tried yet".to_owned() };
    let rate = match link.bytes_per_second {
        Some(rate) => format!("{} KB/s", rate / 1024),
        None => "rate not known".to_owned(),
    };
    let LinkView { hours, hours_reached, days, .. } = link;
    format!("reached in {hours_reached} of {hours} hours on {days} days ({percent} %), {rate}")
}

fn suits(mode: SiteMode, link: &LinkView) -> String {
    match link.suits {
        None => "too little is known yet".to_owned(),
        Some(suits) if suits == mode => format!("{}, as it is set", suits.name()),
        Some(suits) => format!("{}: change it with site set --mode {}", suits.name(), suits.name()),
    }
}

/// What a folder brought.
#[must_use]
pub fn folder(report: &FolderReport) -> String {
    let mut text = String::new();
    for taken in &report.taken {
        text.push_str(&exchange::taken(&taken.path, &taken.taken));
    }
    for update in &report.updates {
        text.push_str(&format!("{}: ", update.path));
        text.extend(update.forms.iter().map(super::package::applied));
        text.extend(update.release.iter().map(super::release::taken));
    }
    for left in &report.left {
        let verb = if left.is_refused { "refused" } else { "left" };
        text.push_str(&format!("{}: {verb}. {}\n", left.path, left.reason));
    }
    for path in &report.growing {
        text.push_str(&format!("{path}: still being written\n"));
    }
    text.push_str(&medium(&report.medium));
    text
}

/// What else lies on a medium.
#[must_use]
pub fn medium(medium: &MediumReport) -> String {
    let mut text = String::new();
    let ignored = medium.ignored_count();
    if ignored > 0 {
        text.push_str(&format!("Ignored, as they are none of ours: {ignored}\n"));
    }
    for (reason, group) in &medium.ignored {
        let more = group.count - group.names.len() as u64;
        let names = group.names.join(", ");
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let mark = if reason.is_suspicious() { "  !" } else { "   " };
        text.push_str(&format!("{mark} {:>5}  {}: {names}{more}\n", group.count, reason.words()));
    }
    let stopped = match medium.unfinished {
        Some(Unfinished::Entries) => "it has too many files",
        Some(Unfinished::Bytes | Unfinished::Time) => "it takes too long",
        Some(_) => "somebody asked to stop",
        None => return text,
    };
    text.push_str(&format!("Not all of it was looked at: {stopped}.\n"));
    text
}

/// What was written for others.
#[must_use]
pub fn files(files: &SiteFiles) -> String {
    let mut text = String::new();
    for SiteFile { file, kind, paths, .. } in &files.files {
        let what = match kind.as_str() {
            "receipt" => format!("Receipt {}", file.number),
            _ => format!("File {} ({})", file.number, count(file.records, "record", "records")),
        };
        let paths: Vec<_> = paths.iter().map(|path| path.display().to_string()).collect();
        text.push_str(&format!("{what} for {}\n{}\n", named(&file.to), paths.join("\n")));
    }
    for failed in &files.failed {
        text.push_str(&format!("{}: nothing written. {}\n", named(&failed.to), failed.reason));
    }
    text
}

/// A backup.
#[must_use]
pub fn backup(backup: &BackupView, path: &str) -> String {
    format!(
        "Backup of {} written and read back: {} not on the server yet\n{path}\n",
        backup.card.name, backup.unsent
    )
}

/// A backup that was only looked at.
#[must_use]
pub fn shown(backup: &BackupView) -> String {
    let BackupView { card, created_at, app, .. } = backup;
    format!(
        "It claims to be a backup of {} of {created_at} ({app}).\nNothing was restored. Ask the \
         centre for the thirty digits of that machine; if they are\n  {}\ngive them with \
         --fingerprint, and the recovery key with --recovery-key.\n",
        card.name, card.fingerprint
    )
}

/// A backup that was restored.
#[must_use]
pub fn restored(backup: &BackupView, home: &str) -> String {
    format!(
        "{} goes on here from its backup of {}: {} not on the server yet.\nIts data are in {home}. \
         Switch the old machine off for good, and give those who sent it files a receipt.\n",
        backup.card.name, backup.created_at, backup.unsent
    )
}
