//! The ground on which every world of this simulation stands: who works here, the forms, and a
//! device of everybody that is signed in, has the forms and knows the keys of all others.
//!
//! Made once per process, because signing in is slow on purpose; worlds copy the homes.

use std::path::PathBuf;
use std::sync::OnceLock;

use outpost_engine::model::{CardView, RecoveryKey, Secret, SiteRole};
use outpost_sandbox::{SandboxConfig, SandboxUser, start_blocking};
use outpost_sync::machine::Phases;
use tempfile::TempDir;

use super::device::Device;
use super::upstream::synchronise_well;
use crate::sim::metadata::{self, DISTRICT, PASSWORD, START_MS};
use crate::sim::{Scene, Server, scratch, tracker_metadata};

/// How many of the members are phones; the others carry.
pub const PHONES: usize = 4;

/// User and role of everybody, phones first.
const MEMBERS: [(&str, SiteRole); 7] = [
    ("chw0", SiteRole::Device),
    ("chw1", SiteRole::Device),
    ("chw2", SiteRole::Device),
    ("chw3", SiteRole::Device),
    ("tablet0", SiteRole::Tablet),
    ("tablet1", SiteRole::Tablet),
    ("laptop0", SiteRole::District),
];

/// A device that is ready to be copied.
pub struct Member {
    /// User name, which is also the name on the card.
    pub user: &'static str,
    /// Its home folder.
    pub home: PathBuf,
    /// Its card.
    pub card: CardView,
}

/// Everybody, and the key in the safe.
pub struct Ground {
    /// The members, phones first.
    pub members: Vec<Member>,
    /// Opens every file and backup.
    pub recovery: RecoveryKey,
    _folder: TempDir,
}

/// The server's metadata and users: the forms of the one scene and the people of the other.
#[must_use]
pub fn config() -> SandboxConfig {
    let (forms, people) = (metadata::config("2.42.4"), tracker_metadata::config("2.42.4"));
    let rights = [
        "F_DATAVALUE_ADD",
        "F_DATAVALUE_DELETE",
        "M_dhis-web-capture",
        "F_UNCOMPLETE_EVENT",
        "F_TRACKED_ENTITY_INSTANCE_SEARCH_IN_ALL_ORGUNITS",
    ];
    let mut users: Vec<_> = MEMBERS
        .iter()
        .map(|(user, _)| SandboxUser {
            username: (*user).to_owned(),
            password: PASSWORD.to_owned(),
            org_units: vec![DISTRICT.to_owned()],
            superuser: false,
            authorities: rights.map(str::to_owned).to_vec(),
        })
        .collect();
    users.extend(forms.users.iter().filter(|user| user.superuser).cloned());
    let mut metadata = forms.metadata.clone();
    metadata.extend(people.metadata);
    SandboxConfig { metadata, users, ..forms }
}

/// A server on which nobody has entered anything.
#[must_use]
pub fn server() -> Server {
    Server::with(config(), START_MS, &[Scene::Forms, Scene::People])
}

/// The ground, made when it is first needed.
pub fn ground() -> &'static Ground {
    static GROUND: OnceLock<Ground> = OnceLock::new();
    GROUND.get_or_init(prepare)
}

fn prepare() -> Ground {
    let folder = scratch();
    let front = start_blocking(config(), 0).expect("a sandbox to sign in at");
    let mut server = server();
    let mut devices: Vec<_> = (0..MEMBERS.len())
        .map(|index| {
            let (user, _) = MEMBERS[index];
            let home = folder.path().join(user);
            let mut device = Device::new(index, user, home, index as u64);
            device.clock.set(START_MS);
            let outpost = device.outpost();
            let secret = Secret::password(PASSWORD);
            outpost.sign_in(&front.url, Some(user), secret, true).expect("signed in");
            drop(outpost);
            synchronise_well(&device, &mut server, Phases::ALL);
            device.open();
            device
        })
        .collect();
    let cards: Vec<_> = devices
        .iter()
        .zip(MEMBERS)
        .map(|(device, (user, role))| {
            device.session().make_exchange_card(user, role).expect("a card")
        })
        .collect();
    let recovery = devices[PHONES].session().make_recovery_key("Safe").expect("a recovery key");
    for device in &mut devices {
        for card in cards.iter().chain([&recovery.card]) {
            let enrolled = device.session().enrol_exchange_card(&card.text, &card.fingerprint);
            let _ = enrolled.expect("a card that is believed");
        }
        device.close();
    }
    let members = devices.iter().zip(cards).map(|(device, card)| Member {
        user: MEMBERS[device.index].0,
        home: device.home.clone(),
        card,
    });
    Ground { members: members.collect(), recovery, _folder: folder }
}
