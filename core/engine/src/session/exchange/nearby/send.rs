//! The phone: brings the tablet what it lacks, takes in what it gives.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use outpost_exchange::keys::Role;
use outpost_nearby::client::{Guest, Visitor, visit};
use outpost_nearby::invitation::Invitation;
use outpost_nearby::shelf::Shelf;
use outpost_nearby::{Offer, Outgoing, PhoneKey, Progress, Received, Way};
use zeroize::Zeroizing;

use super::{Nobody, made_folder, of_nearby};
use crate::CancelToken;
use crate::error::{OutpostError, Result};
use crate::model::{NearbyFile, NearbyObserver, NearbyProgress, NearbySent, NearbyVisit};
use crate::platform::storage;
use crate::session::Session;
use crate::session::exchange::Keys;

/// Name of the phone's key among the secrets.
const PHONE_KEY: &str = "nearbyPhoneKey";

/// The phone's side of a visit.
struct Pocket {
    session: Session,
    shelf: Arc<Shelf>,
    observer: Arc<dyn NearbyObserver>,
    seen: Vec<String>,
    taken: Mutex<Vec<NearbyFile>>,
    problem: Mutex<Option<OutpostError>>,
}

impl Session {
    /// Visits the tablet that shows this invitation: brings everything that waits here and that it does
    /// not have, takes in its receipt and what else it gives. Goes on where an earlier visit broke off.
    /// `to` names the tablet by key or card; it may be left out where only one is known.
    ///
    /// # Errors
    /// `InvalidInput` for a text that is no invitation, a tablet that shows another code or is not
    /// known; `Offline` if it cannot be reached or the connection broke; `Cancelled`; storage errors.
    /// What was written for the tablet is kept and sent the next time.
    pub fn nearby_send(
        &self,
        invitation: &str,
        to: Option<&str>,
        observer: &Arc<dyn NearbyObserver>,
        cancel: &CancelToken,
    ) -> Result<NearbyVisit> {
        let invitation = Invitation::parse(invitation).map_err(of_nearby)?;
        let keys = self.who_is_who()?;
        let to = match to {
            Some(to) => to.to_owned(),
            None => only_partner(&keys)?,
        };
        let partner = self.partner(&keys, &to)?;
        let folder = made_folder(&self.inner.database, "nearby-mail")?;
        let name = format!("{partner}-");
        self.write_mail(&to, &folder, &name, cancel)?;
        let mail = mail_in(&folder, &name)?;
        let files: Vec<Outgoing> = mail
            .iter()
            .map(Outgoing::of)
            .collect::<std::result::Result<_, _>>()
            .map_err(of_nearby)?;
        let visitor = Visitor::new(self.phone_key()?, keys.my_line().to_string());
        let shelf = Arc::new(self.shelf()?);
        let pocket = Arc::new(Pocket {
            session: self.clone(),
            shelf: Arc::clone(&shelf),
            observer: Arc::clone(observer),
            seen: self.packages_seen()?,
            taken: Mutex::new(self.take_what_lies(&shelf)?),
            problem: Mutex::default(),
        });
        let guest: Arc<dyn Guest> = Arc::clone(&pocket) as _;
        let visited = self.inner.network.runtime().block_on(async {
            tokio::select! {
                visited = visit(&invitation, &visitor, &files, &shelf, &guest) => {
                    visited.map_err(of_nearby)
                }
                () = cancel.cancelled() => Err(OutpostError::Cancelled),
            }
        });
        let visited = visited?;
        let mut report = NearbyVisit {
            to: keys.site(partner).name,
            connections: visited.connections,
            ..NearbyVisit::default()
        };
        for (path, file) in mail.iter().zip(&files) {
            let sent = visited.sent.iter().find(|sent| sent.hash == file.offer.hash);
            let outcome = sent.map(|sent| sent.outcome);
            if outcome == Some(Ok(())) {
                // The tablet has it: its receipt says what became of the records.
                std::fs::remove_file(path).ok();
            }
            let refused = outcome.and_then(std::result::Result::err).map(|why| why.to_string());
            report.sent.push(NearbySent {
                file: file_name(path),
                bytes: file.offer.bytes,
                refused,
            });
        }
        if let Some(error) = locked(&pocket.problem).take() {
            return Err(error);
        }
        report.received = std::mem::take(&mut *locked(&pocket.taken));
        Ok(report)
    }

    /// Writes what the partner lacks to the mail that waits for it.
    fn write_mail(&self, to: &str, folder: &Path, name: &str, cancel: &CancelToken) -> Result<()> {
        let unfinished = folder.join("unfinished");
        let mut file =
            File::create(&unfinished).map_err(|error| storage(&error, "a file for the tablet"))?;
        let written = self.hand_over(to, false, &mut file, &Nobody, cancel);
        let written = match written {
            Ok(written) => written,
            Err(error) => {
                std::fs::remove_file(&unfinished).ok();
                return match error {
                    // Nothing waits for it; it may still have something for this device.
                    OutpostError::InvalidInput { ref code, .. } if code == "nothing" => Ok(()),
                    error => Err(error),
                };
            }
        };
        let path = folder.join(format!("{name}{:010}.tar", written.number));
        let kept = file.sync_all().and_then(|()| std::fs::rename(&unfinished, path));
        kept.map_err(|error| storage(&error, "a file for the tablet"))
    }

    /// By what a tablet recognises this phone; drawn once.
    fn phone_key(&self) -> Result<PhoneKey> {
        if let Some(kept) = self.store().load_secret(PHONE_KEY)?
            && let Ok(number) = u128::from_str_radix(&kept, 16)
        {
            return Ok(PhoneKey(number.to_be_bytes()));
        }
        let mut bytes = [0; 16];
        self.inner.platform.random.fill(&mut bytes)?;
        let text = Zeroizing::new(format!("{:032x}", u128::from_be_bytes(bytes)));
        self.store().save_secret(PHONE_KEY, Some(&text))?;
        Ok(PhoneKey(bytes))
    }
}

/// The one tablet, or other carrier, that this device knows.
fn only_partner(keys: &Keys) -> Result<String> {
    let mine = keys.my_line();
    let takes = |role: Role| matches!(role, Role::Tablet | Role::District | Role::Centre);
    let known = keys.ring.active().filter(|it| it.line != mine && takes(it.card.role()));
    let known: Vec<_> = known.collect();
    let tablets: Vec<_> = known.iter().filter(|it| it.card.role() == Role::Tablet).collect();
    match (tablets.as_slice(), known.as_slice()) {
        ([one], _) => Ok(one.card.key_id().to_string()),
        ([], [one]) => Ok(one.card.key_id().to_string()),
        ([], []) => {
            let reason = "no tablet is known here: enrol its card first";
            Err(OutpostError::invalid("to", "unknown", reason))
        }
        _ => {
            let reason = "several tablets are known here: say which (--to)";
            Err(OutpostError::invalid("to", "ambiguous", reason))
        }
    }
}

/// Files that wait for a partner, by number.
fn mail_in(folder: &Path, name: &str) -> Result<Vec<PathBuf>> {
    let failed = |error: std::io::Error| storage(&error, "a file for the tablet");
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if file_name(&path).starts_with(name) {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

fn file_name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Guest for Pocket {
    fn has(&self, offer: &Offer) -> bool {
        let hash = offer.hash.to_string();
        self.seen.contains(&hash)
    }

    fn received(&self, file: Received) {
        let taken = self.session.take_in_nearby(&file.path).and_then(|taken| {
            if taken.kind == "package" && taken.is_taken {
                self.session.saw_package(&file.hash.to_string())?;
            }
            Ok(taken)
        });
        match taken {
            Ok(taken) => {
                self.shelf.remove(&file.from, file.hash).ok();
                self.observer.on_file("", &taken);
                locked(&self.taken).push(taken);
            }
            // It stays on the shelf and is taken in at the next visit.
            Err(error) => *locked(&self.problem) = Some(error),
        }
    }

    fn progress(&self, progress: Progress) {
        self.observer.on_progress(NearbyProgress {
            who: String::new(),
            is_sent: progress.way == Way::Out,
            done: progress.done,
            bytes: progress.bytes,
        });
    }
}
