//! Meetings of phone and tablet, as people follow them.

use serde::Serialize;

use super::exchange::TakenInReport;

/// A file that came in a meeting, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NearbyFile {
    /// `data`, `receipt` or `package`.
    pub kind: String,
    /// Who signed it; empty if it could not be believed.
    pub from: String,
    /// The key that signed it; empty if it could not be believed.
    pub key: String,
    /// Its number.
    pub number: u64,
    /// What taking it in did; `None` for packages.
    pub report: Option<TakenInReport>,
    /// What it is to this device, in words; why it was refused, if it was.
    pub words: String,
    /// Whether it was taken in, or was here before.
    pub is_taken: bool,
}

/// What became of a file that was to be handed to the other side.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NearbySent {
    /// Its name.
    pub file: String,
    /// Its size.
    pub bytes: u64,
    /// Why the other side did not store it.
    pub refused: Option<String>,
}

/// One conversation, as the tablet saw it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct NearbyPhone {
    /// The name on the card of the key that it says to have; the key if that is not known here. Nothing
    /// proves it: what it is given is encrypted to that key.
    pub who: String,
    /// Files that it brought.
    pub brought: Vec<NearbyFile>,
    /// Files that it was given.
    pub given: Vec<NearbySent>,
    /// Connections that it made.
    pub connections: u32,
    /// Why the last one ended early.
    pub problem: Option<String>,
}

/// What a session of a tablet brought.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct NearbySession {
    /// The phones that came.
    pub phones: Vec<NearbyPhone>,
    /// Files that had come earlier and were not taken in then.
    pub left_before: Vec<NearbyFile>,
}

/// What a visit of a phone brought.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct NearbyVisit {
    /// For whom the records were.
    pub to: String,
    /// Files that it had for the tablet.
    pub sent: Vec<NearbySent>,
    /// Files that the tablet gave.
    pub received: Vec<NearbyFile>,
    /// Connections that it took.
    pub connections: u32,
}

/// How far a file is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NearbyProgress {
    /// Who is at the other side: a name or key; empty for the tablet of a visit.
    pub who: String,
    /// Whether it goes away from this device.
    pub is_sent: bool,
    /// Bytes that are there.
    pub done: u64,
    /// Its size.
    pub bytes: u64,
}

/// Hears how a meeting goes; must return at once.
pub trait NearbyObserver: Send + Sync {
    /// The session is open: show this text as a QR code.
    fn on_invitation(&self, text: &str) {
        let _ = text;
    }

    /// Bytes went.
    fn on_progress(&self, progress: NearbyProgress) {
        let _ = progress;
    }

    /// A file came and was taken in or refused. `who` is the phone; empty for the tablet of a visit.
    fn on_file(&self, who: &str, file: &NearbyFile) {
        let _ = (who, file);
    }
}

/// How a tablet receives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NearbyPlan {
    /// Addresses that the invitation names; none: those of the networks at hand.
    pub addresses: Vec<std::net::IpAddr>,
    /// How many phones may come.
    pub phones_max: usize,
    /// How long new phones may come, in seconds.
    pub valid_for_s: u64,
    /// End by itself once phones came and nobody talks for so many seconds; `None`: when it is
    /// cancelled, or nobody new may come and nobody talks.
    pub idle_s: Option<u64>,
}
