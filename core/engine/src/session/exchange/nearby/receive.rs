//! The tablet: takes in what phones bring, one file at a time, and gives each its receipt and the newest
//! package.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use outpost_exchange::keys::KeyId;
use outpost_nearby::addresses::local_addresses;
use outpost_nearby::server::{Host, Phone, Server, SessionPlan};
use outpost_nearby::shelf::Shelf;
use outpost_nearby::{NearbyError, Outgoing, Progress, Received, Sent, Way};

use super::{folder, made_folder, named, of_nearby};
use crate::CancelToken;
use crate::error::Result;
use crate::model::{
    NearbyFile, NearbyObserver, NearbyPhone, NearbyPlan, NearbyProgress, NearbySent, NearbySession,
};
use crate::session::Session;

/// How often the session looks whether it is to end.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// The tablet's side of a session.
struct Desk {
    session: Session,
    shelf: Arc<Shelf>,
    observer: Arc<dyn NearbyObserver>,
    /// Files are taken in and receipts written one after the other: the database has one writer.
    turn: Mutex<()>,
    guests: Mutex<Guests>,
}

#[derive(Default)]
struct Guests {
    by_id: BTreeMap<String, Guest>,
    /// Phones that talk.
    talking: BTreeSet<String>,
    /// When anybody last did something.
    last: Option<Instant>,
}

#[derive(Default)]
struct Guest {
    shown: NearbyPhone,
    /// Keys that signed what it brought.
    keys: BTreeSet<String>,
    /// Receipts that were written for it.
    written: Vec<PathBuf>,
    /// Names and sizes of what is for it, by hash.
    offered: BTreeMap<String, (String, u64)>,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Session {
    /// Opens a session for phones in the room and takes in what they bring, until it is cancelled or idle.
    /// Blocks; files are taken in as they come.
    ///
    /// # Errors
    /// `NotFound` if this device has no card; `InvalidInput` if it is in no network, or for a plan that
    /// cannot be; `Offline` if the system does not let it listen; storage errors.
    pub fn nearby_receive(
        &self,
        plan: &NearbyPlan,
        observer: &Arc<dyn NearbyObserver>,
        cancel: &CancelToken,
    ) -> Result<NearbySession> {
        let _ = self.who_is_who()?;
        let shelf = Arc::new(self.shelf()?);
        let left_before = self.take_what_lies(&shelf)?;
        let addresses = match plan.addresses.is_empty() {
            true => local_addresses().map_err(of_nearby)?,
            false => plan.addresses.clone(),
        };
        let mut session = SessionPlan::new(addresses);
        session.phones_max = plan.phones_max;
        session.valid_for = Duration::from_secs(plan.valid_for_s);
        let desk = Arc::new(Desk {
            session: self.clone(),
            shelf: Arc::clone(&shelf),
            observer: Arc::clone(observer),
            turn: Mutex::default(),
            guests: Mutex::default(),
        });
        let runtime = self.inner.network.runtime();
        let host: Arc<dyn Host> = Arc::clone(&desk) as _;
        let server = runtime.block_on(Server::start(session, shelf, host)).map_err(of_nearby)?;
        observer.on_invitation(&server.invitation().to_text());
        let began = Instant::now();
        while !cancel.is_cancelled() && !desk.is_over(plan, began) {
            std::thread::sleep(LOOK_EVERY);
        }
        runtime.block_on(server.close());
        // What a broken conversation left is written anew the next time.
        std::fs::remove_dir_all(folder(&self.inner.database, "nearby-out")).ok();
        let guests = std::mem::take(&mut locked(&desk.guests).by_id);
        let phones = guests.into_values().map(|guest| guest.shown).collect();
        Ok(NearbySession { phones, left_before })
    }

    /// Takes in what came before this device was switched off or its disk was full.
    pub(super) fn take_what_lies(&self, shelf: &Shelf) -> Result<Vec<NearbyFile>> {
        let mut taken = Vec::new();
        for kept in shelf.kept().map_err(of_nearby)? {
            taken.push(self.take_in_nearby(&kept.path)?);
            shelf.remove(&kept.from, kept.hash).map_err(of_nearby)?;
        }
        Ok(taken)
    }
}

impl Desk {
    fn is_over(&self, plan: &NearbyPlan, began: Instant) -> bool {
        let guests = locked(&self.guests);
        if !guests.talking.is_empty() {
            return false;
        }
        let is_closed = began.elapsed() >= Duration::from_secs(plan.valid_for_s);
        let idle = plan.idle_s.zip(guests.last);
        is_closed || idle.is_some_and(|(idle, last)| last.elapsed() >= Duration::from_secs(idle))
    }

    /// Notes something about a phone.
    fn note<T>(&self, phone: &Phone, note: impl FnOnce(&mut Guest) -> T) -> T {
        let mut guests = locked(&self.guests);
        guests.last = Some(Instant::now());
        guests.talking.insert(phone.id.as_str().to_owned());
        let guest = guests.by_id.entry(phone.id.as_str().to_owned()).or_default();
        note(guest)
    }

    fn name_of(&self, phone: &Phone) -> String {
        let key = KeyId::parse(&phone.who);
        let site = key.and_then(|key| Some(super::super::site(&self.session.ring().ok()?, key)));
        site.map_or_else(|| phone.who.clone(), |site| named(&site.name, &site.key))
    }

    /// A file for one phone, written beside the database.
    fn receipt_for(&self, partner: &str, path: PathBuf) -> Option<Outgoing> {
        let mut file = File::create(&path).ok()?;
        let written = self.session.when_free(|| {
            let mut out = file.try_clone().map_err(crate::OutpostError::internal)?;
            self.session.write_receipt(partner, &mut out)
        });
        // Nothing came from this key, or it is not known here: there is nothing to be told.
        let done = written.ok().and_then(|_| std::io::Write::flush(&mut file).ok());
        if done.is_none() {
            std::fs::remove_file(&path).ok();
            return None;
        }
        Outgoing::of(&path).ok()
    }
}

impl Host for Desk {
    fn received(&self, phone: &Phone, file: Received) {
        let _turn = locked(&self.turn);
        let taken = self.session.take_in_nearby(&file.path);
        let who = self.name_of(phone);
        match taken {
            Ok(taken) => {
                // Whatever it was, it is judged: the phone learns by the receipt.
                self.shelf.remove(&file.from, file.hash).ok();
                self.observer.on_file(&who, &taken);
                self.note(phone, |guest| {
                    guest.keys.insert(taken.key.clone());
                    guest.shown.brought.push(taken);
                });
            }
            // It stays on the shelf and is taken in when the next session begins.
            Err(error) => self.note(phone, |guest| guest.shown.problem = Some(error.to_string())),
        }
    }

    fn outgoing(&self, phone: &Phone) -> Vec<Outgoing> {
        let _turn = locked(&self.turn);
        let mut keys = self.note(phone, |guest| guest.keys.clone());
        keys.insert(phone.who.clone());
        let Ok(folder) = made_folder(&self.session.inner.database, "nearby-out") else {
            return Vec::new();
        };
        let mut files = Vec::new();
        for key in keys.iter().filter(|key| KeyId::parse(key).is_some()) {
            let path = folder.join(format!("{}-{key}.tar", phone.id.as_str()));
            if let Some(file) = self.receipt_for(key, path.clone()) {
                self.note(phone, |guest| guest.written.push(path));
                files.push(file);
            }
        }
        let packages = self.session.kept_packages();
        files.extend(packages.iter().filter_map(|path| Outgoing::of(path).ok()));
        self.note(phone, |guest| {
            let name = |path: &std::path::Path| {
                path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
            };
            let offered = files
                .iter()
                .map(|file| (file.offer.hash.to_string(), (name(&file.path), file.offer.bytes)));
            guest.offered.extend(offered);
        });
        files
    }

    fn sent(&self, phone: &Phone, sent: Sent) {
        let refused = sent.outcome.err().map(|why| why.to_string());
        self.note(phone, |guest| {
            let offered = guest.offered.get(&sent.hash.to_string()).cloned();
            let (file, bytes) = offered.unwrap_or_default();
            guest.shown.given.push(NearbySent { file, bytes, refused });
        });
    }

    fn progress(&self, phone: &Phone, progress: Progress) {
        let known = self.note(phone, |guest| guest.shown.who.clone());
        let who = if known.is_empty() { self.name_of(phone) } else { known };
        self.note(phone, |guest| guest.shown.who.clone_from(&who));
        self.observer.on_progress(NearbyProgress {
            who,
            is_sent: progress.way == Way::Out,
            done: progress.done,
            bytes: progress.bytes,
        });
    }

    fn ended(&self, phone: &Phone, how: std::result::Result<(), NearbyError>) {
        let who = self.name_of(phone);
        let written = self.note(phone, |guest| {
            guest.shown.who = who;
            guest.shown.connections += 1;
            guest.shown.problem = how.err().map(|error| error.to_string());
            std::mem::take(&mut guest.written)
        });
        written.iter().for_each(|path| drop(std::fs::remove_file(path)));
        let mut guests = locked(&self.guests);
        guests.talking.remove(phone.id.as_str());
        guests.last = Some(Instant::now());
    }
}
