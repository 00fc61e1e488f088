//! How a site is, in one call: what a super-user looks at on a visit (requirement O8).
//!
//! What is found is gathered first; what it means is judged by pure functions with their tests. Names
//! are those of places and devices, never of people whose records lie here.

use outpost_exchange::file::Kind;
use outpost_exchange::keys::{KeyId, KeyRing};
use outpost_store::ExchangeCounts;

use super::contacts::{self, CONTACTS};
use crate::error::Result;
use crate::limits::{
    KEY_LIST_WARN_DAYS, KNOWN_DEVICES_TOLD_MAX, SILENT_WARN_DAYS, SKEW_WARN_MS, UNSENT_WARN_DAYS,
};
use crate::model::{
    Check, ContactView, Health, KnownDevice, LinkView, ReleaseStatus, RunningVersion, SiteCheck,
    SiteMode, SiteName, SiteView, Status,
};
use crate::session::Session;
use crate::session::doctor::{bad, ok, outbox, skew, space, warn};
use crate::session::exchange::{load_ledger, site};

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;
/// Names in one line of a check; the list of contacts has them all.
const NAMES_MAX: usize = 5;

impl Session {
    /// How the site is. `thorough`: also reads the whole database and journal. `running` is what runs
    /// here, for the alarms of updates.
    ///
    /// # Errors
    /// Storage errors that keep even the checks from running.
    pub fn site_check(&self, thorough: bool, running: &RunningVersion) -> Result<SiteCheck> {
        let (status, counts, now) =
            (self.status()?, self.store().exchange_counts()?, self.now_ms());
        // As files from here name it: the version of a package, if one is in use.
        let own_forms = self.metadata_base()?.map(|base| base.version);
        let (view, contacts) = (self.site()?, self.contacts(own_forms.as_deref())?);
        let mut checks = vec![
            card(&view),
            unsent(&status, &counts, now),
            outbox(&status),
            carried(&counts),
            gaps(&contacts),
            silent(&contacts, now),
            clocks(&contacts),
            key_list(self.key_list_ms()?, self.has_recovery_key()?, now),
            last_sync(&status, view.settings.mode, now),
            skew(&status),
            mode(view.settings.mode, &view.link),
            versions(&contacts),
            forms(own_forms.as_deref(), &contacts),
            updates(&self.release_status(running)?),
            space(&status),
            self.salvage()?,
        ];
        checks.extend(view.restored.as_ref().map(|restored| {
            warn(
                "restored",
                format!("this machine goes on from a backup of {}", restored.backup_of),
                "See that the old one is switched off for good.",
            )
        }));
        if thorough {
            checks.extend([self.integrity(), self.journal_check()]);
        }
        let needs_person = checks.iter().any(|check| check.health != Health::Ok);
        Ok(SiteCheck { needs_person, checks, contacts, site: view })
    }

    /// Everybody with whom files are exchanged, by name.
    fn contacts(&self, own_forms: Option<&str>) -> Result<Vec<ContactView>> {
        let ring = self.ring()?;
        let own = self.exchange_card()?.and_then(|card| KeyId::parse(&card.key));
        self.exchange(|exchange| {
            let known = contacts::read(exchange.document(CONTACTS)?);
            let waiting = exchange.waiting_files()?;
            let mut partners = exchange.partners()?;
            partners.extend(known.keys().cloned());
            partners.sort();
            partners.dedup();
            let mut views = Vec::new();
            for partner in partners {
                let Some(key) = KeyId::parse(&partner) else { continue };
                if own.is_some() && own.and_then(|own| ring.line_of(own)) == Some(key) {
                    continue;
                }
                let contact = known.get(&partner).cloned().unwrap_or_default();
                let missing = waiting.iter().filter(|file| file.partner == partner);
                let ledger = load_ledger(exchange, key, Kind::Data)?;
                views.push(ContactView {
                    site: site(&ring, key),
                    came_ms: contact.came_ms(),
                    wrote_ms: contact.wrote_ms(),
                    same_forms: contact
                        .metadata
                        .as_deref()
                        .zip(own_forms)
                        .map(|(there, here)| there == here),
                    app: contact.app,
                    metadata: contact.metadata,
                    ahead_ms: contact.ahead_ms,
                    last: ledger.last().map(|link| link.sequence),
                    missing: missing.map(|file| file.missing).collect(),
                });
            }
            views.sort_by(|a, b| (&a.site.name, &a.site.key).cmp(&(&b.site.name, &b.site.key)));
            Ok(views)
        })
    }

    /// Sites and devices whose files came lately, and what they run: told to the server with every
    /// synchronisation, as they have no network to tell it themselves.
    pub(in crate::session) fn known_devices(&self) -> Result<Vec<KnownDevice>> {
        if self.store().exchange_document(CONTACTS)?.is_none() {
            return Ok(Vec::new());
        }
        let mut contacts = self.contacts(None)?;
        contacts.retain(|it| it.came_ms.is_some());
        contacts.sort_by_key(|it| std::cmp::Reverse(it.came_ms));
        contacts.truncate(KNOWN_DEVICES_TOLD_MAX);
        let known = contacts.into_iter().map(|it| KnownDevice {
            key: it.site.key,
            name: it.site.name,
            app: it.app,
            metadata: it.metadata,
            came_ms: it.came_ms,
        });
        Ok(known.collect())
    }

    /// When the key list that is here was issued.
    fn key_list_ms(&self) -> Result<Option<i64>> {
        let list = self.store().exchange_document(super::super::exchange::KEY_LIST)?;
        let issued = list
            .and_then(|text| serde_json::from_str::<serde_json::Value>(&text).ok())
            .and_then(|list| list["issuedAt"].as_str()?.parse::<jiff::Timestamp>().ok());
        Ok(issued.map(|issued| issued.as_millisecond()))
    }

    fn has_recovery_key(&self) -> Result<bool> {
        Ok(has_recovery(&self.ring()?))
    }
}

fn has_recovery(ring: &KeyRing) -> bool {
    use outpost_exchange::keys::Role;
    ring.active().any(|member| member.card.role() == Role::Recovery)
}

fn days(since_ms: i64, now_ms: i64) -> i64 {
    now_ms.saturating_sub(since_ms).max(0) / DAY_MS
}

fn named(sites: &[&SiteName]) -> String {
    let mut names: Vec<&str> = sites
        .iter()
        .map(|it| if it.name.is_empty() { &it.key } else { &it.name }.as_str())
        .collect();
    let more = names.len().saturating_sub(NAMES_MAX);
    names.truncate(NAMES_MAX);
    let names = names.join(", ");
    if more > 0 { format!("{names} and {more} more") } else { names }
}

fn card(site: &SiteView) -> Check {
    match &site.card {
        Some(card) => ok("card", format!("{} ({})", card.name, card.role.name())),
        None => warn(
            "card",
            "this machine has no card",
            "Give it one: outpost exchange card --name NAME --role ROLE.",
        ),
    }
}

fn unsent(status: &Status, counts: &ExchangeCounts, now_ms: i64) -> Check {
    let found = format!(
        "{} not on the server yet ({} carried for others, {} held by another site)",
        status.unsent, counts.carried, counts.held_elsewhere
    );
    let oldest = status.oldest_unsent_ms.map(|since| days(since, now_ms)).unwrap_or_default();
    if status.unsent > 0 && oldest > UNSENT_WARN_DAYS {
        let found = format!("{found}; the oldest for {oldest} days");
        return warn(
            "unsent",
            found,
            "Synchronise, or take everything along: outpost site collect.",
        );
    }
    ok("unsent", found)
}

fn carried(counts: &ExchangeCounts) -> Check {
    let found = format!(
        "{} of others are kept aside, {} were refused or have two versions",
        counts.aside, counts.carried_parked
    );
    match counts.aside + counts.carried_parked {
        0 => ok("carried", found),
        _ => warn(
            "carried",
            found,
            "Look at them: outpost exchange aside, outpost outbox. Write receipts, so that whoever \
             captured them knows.",
        ),
    }
}

fn gaps(contacts: &[ContactView]) -> Check {
    let with_gaps: Vec<_> = contacts.iter().filter(|it| !it.missing.is_empty()).collect();
    if with_gaps.is_empty() {
        return ok("gaps", "no file is missing");
    }
    let told = with_gaps.iter().take(NAMES_MAX).map(|it| {
        let missing = it.missing.iter().map(|(first, last)| format!("{first}-{last}"));
        format!("{}: {}", named(&[&it.site]), missing.collect::<Vec<_>>().join(", "))
    });
    let found = format!("files are missing of {}", told.collect::<Vec<_>>().join("; "));
    warn("gaps", found, "Give them a receipt: it names what is missing.")
}

fn silent(contacts: &[ContactView], now_ms: i64) -> Check {
    let is_silent =
        |it: &&ContactView| it.came_ms.is_some_and(|came| days(came, now_ms) > SILENT_WARN_DAYS);
    let silent: Vec<_> = contacts.iter().filter(is_silent).map(|it| &it.site).collect();
    match silent.is_empty() {
        true => ok("contact", format!("{} exchange files with this machine", contacts.len())),
        false => warn(
            "contact",
            format!("nothing came for {SILENT_WARN_DAYS} days from {}", named(&silent)),
            "Ask them.",
        ),
    }
}

fn clocks(contacts: &[ContactView]) -> Check {
    let ahead = contacts.iter().filter(|it| it.ahead_ms.is_some_and(|ms| ms > SKEW_WARN_MS));
    let ahead: Vec<_> = ahead.map(|it| &it.site).collect();
    match ahead.is_empty() {
        true => ok("clocks", "no file came from the future"),
        false => warn(
            "clocks",
            format!("the clock is ahead of this machine's at {}", named(&ahead)),
            "Compare the clocks and set the wrong one.",
        ),
    }
}

fn key_list(issued_ms: Option<i64>, has_recovery: bool, now_ms: i64) -> Check {
    if !has_recovery {
        return bad(
            "keys",
            "no recovery key is known: no file can be written",
            "Enrol the recovery card, or take in the newest key list.",
        );
    }
    match issued_ms.map(|issued| days(issued, now_ms)) {
        None => ok("keys", "no key list of the centre came yet; keys were enrolled in person"),
        Some(days) if days > KEY_LIST_WARN_DAYS => warn(
            "keys",
            format!("the key list is {days} days old"),
            "Bring a newer one from the centre: it names lost devices.",
        ),
        Some(days) => ok("keys", format!("the key list is {days} days old")),
    }
}

fn last_sync(status: &Status, mode: SiteMode, now_ms: i64) -> Check {
    if !mode.synchronises() {
        return ok("last_sync", "works without network");
    }
    match status.last_sync_ms.map(|last| days(last, now_ms)) {
        None => warn("last_sync", "never synchronised", "Synchronise where there is network."),
        Some(days) if days > SILENT_WARN_DAYS => warn(
            "last_sync",
            format!("{days} days ago"),
            "Synchronise where there is network, or set the mode to offline.",
        ),
        Some(days) => ok("last_sync", format!("{days} days ago")),
    }
}

fn mode(mode: SiteMode, link: &LinkView) -> Check {
    match link.suits {
        None => ok("mode", format!("{}; too little is known of the network", mode.name())),
        Some(suits) if suits == mode => {
            ok("mode", format!("{}, as the network suits", mode.name()))
        }
        Some(suits) => warn(
            "mode",
            format!("{}; the network suits {}", mode.name(), suits.name()),
            "Change it: outpost site set --mode. Nothing is lost by it.",
        ),
    }
}

fn versions(contacts: &[ContactView]) -> Check {
    let own = env!("CARGO_PKG_VERSION");
    let differs = |it: &&ContactView| {
        let version = it.app.as_deref().and_then(|app| app.split(' ').nth(1));
        version.is_some_and(|version| version != own)
    };
    let others: Vec<_> = contacts.iter().filter(differs).map(|it| &it.site).collect();
    match others.is_empty() {
        true => ok("versions", format!("this machine runs {own}, as whoever sent files")),
        false => warn(
            "versions",
            format!("this machine runs {own}, others run other versions: {}", named(&others)),
            "Bring the update to whoever is behind.",
        ),
    }
}

fn forms(own: Option<&str>, contacts: &[ContactView]) -> Check {
    let Some(version) = own else {
        return warn("forms", "no forms on this machine yet", "Fetch them, or bring a package.");
    };
    let others: Vec<_> =
        contacts.iter().filter(|it| it.same_forms == Some(false)).map(|it| &it.site).collect();
    match others.is_empty() {
        true => ok("forms", format!("version {version}")),
        false => warn(
            "forms",
            format!("version {version}; others have another one: {}", named(&others)),
            "Bring them the newest forms. What they capture meanwhile is not lost.",
        ),
    }
}

fn updates(status: &ReleaseStatus) -> Check {
    let refused =
        status.refused.iter().map(|reason| format!("The last file was refused: {reason}"));
    let Some(root) = status.root else {
        let refused: Vec<String> = refused.collect();
        return match refused.is_empty() {
            true => ok("updates", "nobody is trusted for updates yet"),
            false => warn("updates", refused.join(" "), "Ask the centre for its release file."),
        };
    };
    let alarms: Vec<String> = status.alarms.iter().cloned().chain(refused).collect();
    match alarms.is_empty() {
        true => {
            let number = status.number.map_or("none".to_owned(), |number| number.to_string());
            ok("updates", format!("release {number} under root {root}"))
        }
        false => warn("updates", alarms.join(" "), "Bring the newest release file of the centre."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_795_000_000_000;

    fn contact(name: &str) -> ContactView {
        ContactView {
            site: SiteName { key: "8F3A21C04D5E6B79".to_owned(), name: name.to_owned() },
            came_ms: Some(NOW - DAY_MS),
            wrote_ms: None,
            app: Some(format!("outpost {} android", env!("CARGO_PKG_VERSION"))),
            metadata: None,
            same_forms: None,
            ahead_ms: None,
            last: Some(1),
            missing: vec![],
        }
    }

    #[track_caller]
    fn check(check: &Check, health: Health, words: &str) {
        assert_eq!(check.health, health, "{check:?}");
        assert!(check.found.contains(words), "{check:?}");
        assert_eq!(check.health == Health::Ok, check.what_to_do.is_empty(), "{check:?}");
    }

    #[test]
    fn a_site_that_is_silent_for_two_weeks_is_named() {
        let mut it = contact("Phone 17");
        check(&silent(&[it.clone()], NOW), Health::Ok, "1 exchange");
        it.came_ms = Some(NOW - 15 * DAY_MS);
        check(&silent(&[it.clone()], NOW), Health::Warn, "Phone 17");
        let many = vec![it; 7];
        check(&silent(&many, NOW), Health::Warn, "and 2 more");
    }

    #[test]
    fn what_is_missing_is_named_by_sender_and_number() {
        check(&gaps(&[contact("A")]), Health::Ok, "no file");
        let it = ContactView { missing: vec![(3, 4), (7, 7)], ..contact("Phone 17") };
        check(&gaps(&[contact("A"), it]), Health::Warn, "Phone 17: 3-4, 7-7");
    }

    #[test]
    fn clocks_versions_and_forms_of_others_are_compared() {
        let mut it = contact("Phone 17");
        it.ahead_ms = Some(SKEW_WARN_MS);
        check(&clocks(&[it.clone()]), Health::Ok, "");
        it.ahead_ms = Some(SKEW_WARN_MS + 1);
        check(&clocks(&[it.clone()]), Health::Warn, "Phone 17");
        check(&versions(&[it.clone()]), Health::Ok, "");
        it.app = Some("outpost 0.0.1 android".to_owned());
        check(&versions(&[it.clone()]), Health::Warn, "Phone 17");
        it.app = None;
        check(&versions(&[it.clone()]), Health::Ok, "");
        check(&forms(Some("Malaria 4"), &[it.clone()]), Health::Ok, "Malaria 4");
        it.same_forms = Some(false);
        check(&forms(Some("Malaria 4"), &[it]), Health::Warn, "Phone 17");
        check(&forms(None, &[]), Health::Warn, "no forms");
    }

    #[test]
    fn an_old_key_list_and_a_missing_recovery_key_need_a_person() {
        check(&key_list(None, false, NOW), Health::Bad, "no recovery key");
        check(&key_list(None, true, NOW), Health::Ok, "in person");
        check(&key_list(Some(NOW - 90 * DAY_MS), true, NOW), Health::Ok, "90 days");
        check(&key_list(Some(NOW - 91 * DAY_MS), true, NOW), Health::Warn, "91 days");
    }

    #[test]
    fn the_mode_is_compared_with_what_the_network_suits() {
        let link = |suits| LinkView { suits, ..LinkView::default() };
        check(&mode(SiteMode::Online, &link(None)), Health::Ok, "too little");
        check(&mode(SiteMode::Hybrid, &link(Some(SiteMode::Hybrid))), Health::Ok, "as the network");
        check(
            &mode(SiteMode::Online, &link(Some(SiteMode::Offline))),
            Health::Warn,
            "suits offline",
        );
    }

    #[test]
    fn alarms_of_updates_need_a_person_once_somebody_is_trusted_for_them() {
        let mut status = ReleaseStatus {
            root: None,
            root_expires: None,
            number: None,
            fresh_until: None,
            products: vec![],
            packages: vec![],
            refused: None,
            alarms: vec!["No root is trusted here yet.".to_owned()],
        };
        check(&updates(&status), Health::Ok, "nobody");
        (status.root, status.alarms) = (Some(2), vec![]);
        check(&updates(&status), Health::Ok, "under root 2");
        status.alarms = vec!["News should have come.".to_owned()];
        check(&updates(&status), Health::Warn, "News");
    }

    #[test]
    fn records_of_others_that_wait_for_a_decision_need_a_person() {
        check(&carried(&ExchangeCounts::default()), Health::Ok, "0 of others");
        let counts = ExchangeCounts { aside: 2, ..ExchangeCounts::default() };
        check(&carried(&counts), Health::Warn, "2 of others");
    }
}
