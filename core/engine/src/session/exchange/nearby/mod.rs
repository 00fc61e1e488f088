//! Phone to tablet over the Wi-Fi at hand: the same files as on a stick, handed over and taken in while
//! both are in one room.
//!
//! The phone writes what the tablet lacks and brings it; the tablet takes it in and gives its receipt,
//! the key list in it, and the newest metadata package. What a phone says about who it is decides nothing:
//! each file is believed by its signature, and each receipt is encrypted to its reader. A file that
//! was written is kept until the tablet has it, also when the phone dies in between.

mod receive;
mod send;

use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use outpost_nearby::NearbyError;
use outpost_nearby::shelf::{Shelf, ShelfLimits};

use crate::CancelToken;
use crate::error::{OutpostError, Result};
use crate::limits::{NEARBY_BUSY_WAIT_MS, NEARBY_HASHES_KEPT};
use crate::model::{ImportObserver, NearbyFile, PackageStep};
use crate::platform::storage;
use crate::session::Session;

/// Document with the hashes of packages that came and need not come again.
const SEEN: &str = "nearbyPackagesSeen";

struct Nobody;

impl ImportObserver for Nobody {
    fn on_progress(&self, _: u64) {}
}

/// A folder beside the database.
fn folder(database: &Path, suffix: &str) -> PathBuf {
    let mut path = database.as_os_str().to_owned();
    path.push(".");
    path.push(suffix);
    PathBuf::from(path)
}

fn made_folder(database: &Path, suffix: &str) -> Result<PathBuf> {
    let path = folder(database, suffix);
    std::fs::create_dir_all(&path)
        .map_err(|error| storage(&error, "a folder beside the database"))?;
    Ok(path)
}

impl Session {
    /// What came in meetings and was not taken in yet. Encrypted files, and packages for everybody.
    fn shelf(&self) -> Result<Shelf> {
        let folder = folder(&self.inner.database, "nearby-in");
        Shelf::open(folder, ShelfLimits::default()).map_err(of_nearby)
    }

    /// Takes a file in, whatever it is. Waits while a synchronisation runs.
    ///
    /// Storage errors are errors: the file stays where it is. Whatever is wrong with the file itself is
    /// told in the answer.
    fn take_in_nearby(&self, path: &Path) -> Result<NearbyFile> {
        let open = || File::open(path).map_err(|error| storage(&error, "a file that came"));
        let cancel = CancelToken::new();
        let data = self.when_free(|| self.take_in(&mut open()?, false, &Nobody, &cancel));
        let refused = match data {
            Ok(taken) => {
                let file = taken.file;
                return Ok(NearbyFile {
                    kind: file.kind,
                    from: named(&file.from.name, &file.from.key),
                    key: file.from.key,
                    number: file.number,
                    report: Some(taken.report),
                    words: file.advice,
                    is_taken: true,
                });
            }
            Err(refused @ OutpostError::InvalidInput { .. }) => refused,
            Err(error) => return Err(error),
        };
        match self.when_free(|| self.apply_package(&mut open()?, false)) {
            Ok(applied) => {
                let package = applied.package;
                let is_known = matches!(package.plan, PackageStep::Known | PackageStep::Older);
                Ok(NearbyFile {
                    kind: "package".to_owned(),
                    from: named(&package.from.name, &package.from.key),
                    key: package.from.key,
                    number: package.number,
                    report: None,
                    words: package.advice,
                    is_taken: applied.applied || is_known,
                })
            }
            Err(OutpostError::InvalidInput { .. }) => Ok(NearbyFile {
                kind: String::new(),
                from: String::new(),
                key: String::new(),
                number: 0,
                report: None,
                words: refused.to_string(),
                is_taken: false,
            }),
            Err(error) => Err(error),
        }
    }

    /// Does the work once no synchronisation of this account runs.
    fn when_free<T>(&self, work: impl Fn() -> Result<T>) -> Result<T> {
        let began = Instant::now();
        loop {
            match work() {
                Err(OutpostError::Busy { .. })
                    if began.elapsed() < Duration::from_millis(NEARBY_BUSY_WAIT_MS) =>
                {
                    std::thread::sleep(Duration::from_millis(50));
                }
                done => return done,
            }
        }
    }

    /// Hashes of packages that came in meetings and need not come again.
    fn packages_seen(&self) -> Result<Vec<String>> {
        let text = self.store().exchange_document(SEEN)?.unwrap_or_default();
        Ok(text.lines().map(str::to_owned).collect())
    }

    fn saw_package(&self, hash: &str) -> Result<()> {
        let mut seen = self.packages_seen()?;
        if seen.iter().any(|known| known == hash) {
            return Ok(());
        }
        seen.push(hash.to_owned());
        let first = seen.len().saturating_sub(NEARBY_HASHES_KEPT);
        let text = seen[first..].join("\n");
        self.exchange(|exchange| Ok(exchange.keep_document(SEEN, Some(&text))?))
    }
}

fn named(name: &str, key: &str) -> String {
    if name.is_empty() { key.to_owned() } else { name.to_owned() }
}

/// Why a meeting did not come about or ended, with what to do.
fn of_nearby(error: NearbyError) -> OutpostError {
    let reason = error.to_string();
    let invalid = |code: &str| OutpostError::invalid("invitation", code, reason.clone());
    match error {
        NearbyError::NoInvitation { .. } => invalid("no_invitation"),
        NearbyError::OtherCertificate => invalid("other_certificate"),
        NearbyError::Refused(_) => invalid("refused"),
        NearbyError::Impossible { .. } => invalid("impossible"),
        NearbyError::Violation(_) => {
            let supported = "the same release on both devices".to_owned();
            OutpostError::Incompatible { found: reason, supported }
        }
        NearbyError::Disk { .. } => OutpostError::StorageBusy { reason },
        _ => OutpostError::Offline { reason },
    }
}
