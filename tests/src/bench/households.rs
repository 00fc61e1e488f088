//! The households of the exchange benchmark as a phone holds them, as the JSON of an upload, and as
//! rows of bare SQLite.

use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};

use outpost_domain::data::{
    Enrollment, EnrollmentStatus, Event, EventDataValue, EventStatus, Payload, TrackedEntity,
};
use outpost_domain::uid::{
    EnrollmentUid, EventUid, OrganisationUnitUid, ProgramStageUid, ProgramUid,
    TrackedEntityTypeUid, TrackedEntityUid, Uid,
};
use rusqlite::params;
use serde_json::Value;

use super::floor;
use super::measure::spent;
use super::people::{EVENTS_EACH, documents, tree};

/// People of a household.
pub const PEOPLE_EACH: u64 = 5;
/// Records of a household: each person with an enrolment and its visits.
pub const RECORDS_EACH: u64 = PEOPLE_EACH * (2 + EVENTS_EACH);

/// The records as a phone saves them, the same that [`tree`] has.
pub fn payloads(households: u64) -> impl Iterator<Item = Payload> {
    (0..households * PEOPLE_EACH).flat_map(|person| of_person(&tree(person)))
}

/// Size of the JSON that uploads of these records have.
#[must_use]
pub fn json_bytes(households: u64) -> u64 {
    (0..households * PEOPLE_EACH).map(|person| tree(person).to_string().len() as u64 + 1).sum()
}

fn uid(value: &Value) -> Uid {
    Uid::parse(value.as_str().expect("an id")).expect("a valid id")
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

fn of_person(tree: &Value) -> Vec<Payload> {
    let (person, enrolled) =
        (TrackedEntityUid(uid(&tree["trackedEntity"])), &tree["enrollments"][0]);
    let unit = OrganisationUnitUid(uid(&tree["orgUnit"]));
    let program = ProgramUid(uid(&enrolled["program"]));
    let attributes = tree["attributes"].as_array().expect("a list").iter().map(|it| {
        (
            outpost_domain::uid::TrackedEntityAttributeUid(uid(&it["attribute"])),
            text(&it["value"]).expect("a value"),
        )
    });
    let tracked_entity = TrackedEntity {
        id: person,
        tracked_entity_type: TrackedEntityTypeUid(uid(&tree["trackedEntityType"])),
        organisation_unit: unit,
        geometry: None,
        attributes: attributes.collect(),
        created_at_client: None,
        updated_at_client: None,
        deleted: false,
    };
    let enrollment = Enrollment {
        id: EnrollmentUid(uid(&enrolled["enrollment"])),
        tracked_entity: person,
        program,
        organisation_unit: unit,
        status: EnrollmentStatus::Active,
        enrolled_at: text(&enrolled["enrolledAt"]),
        occurred_at: text(&enrolled["occurredAt"]),
        completed_at: None,
        follow_up: false,
        geometry: None,
        attribute_option_combo: None,
        attributes: Default::default(),
        notes: Vec::new(),
        created_at_client: None,
        updated_at_client: None,
        deleted: false,
    };
    let visits = enrolled["events"].as_array().expect("a list").iter().map(|visit| {
        let stage = ProgramStageUid(uid(&visit["programStage"]));
        let mut event = Event::new(EventUid(uid(&visit["event"])), program, stage, unit);
        event.enrollment = Some(enrollment.id);
        event.tracked_entity = Some(person);
        event.status = EventStatus::Completed;
        event.occurred_at = text(&visit["occurredAt"]);
        let values = visit["dataValues"].as_array().expect("a list").iter().map(|it| {
            let value = text(&it["value"]).expect("a value");
            let value = EventDataValue { value, provided_elsewhere: false };
            (outpost_domain::uid::DataElementUid(uid(&it["dataElement"])), value)
        });
        event.data_values = values.collect();
        Payload::Event { event }
    });
    let visits: Vec<Payload> = visits.collect();
    let mut all =
        vec![Payload::TrackedEntity { tracked_entity }, Payload::Enrollment { enrollment }];
    all.extend(visits);
    all
}

/// The floor: the same records as texts in one table of an encrypted database with the store's pragmas;
/// no outbox, no journal, no signature, no compression.
pub struct Bare {
    database: PathBuf,
}

/// One table with one key.
const TABLE: &str = "CREATE TABLE record (uid TEXT PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID";
const INSERT: &str = "INSERT INTO record VALUES (?1, ?2)";

impl Bare {
    /// A database with the records.
    ///
    /// # Panics
    /// As all of them here if the disk refuses something; a benchmark has nobody to tell.
    #[must_use]
    pub fn filled(folder: &Path, households: u64) -> Self {
        let database = folder.join("bare.db");
        let mut connection = floor::open(&database, "NORMAL");
        connection.execute_batch(TABLE).expect("a table");
        let transaction = connection.transaction().expect("a transaction");
        {
            let mut insert = transaction.prepare(INSERT).expect("an insert");
            for document in (0..households * PEOPLE_EACH).flat_map(documents) {
                let id = document["_id"].as_str().expect("an id");
                insert.execute(params![id, document.to_string()]).expect("a row");
            }
        }
        transaction.commit().expect("commit");
        Self { database }
    }

    /// Seconds to write every record as a line of a durable file.
    #[must_use]
    pub fn write(&self, folder: &Path) -> f64 {
        let connection = floor::open(&self.database, "NORMAL");
        let work = || {
            let mut file =
                BufWriter::new(File::create(folder.join("bare.ndjson")).expect("a file"));
            let mut select = connection.prepare("SELECT body FROM record").expect("a statement");
            let mut rows = select.query([]).expect("rows");
            while let Some(row) = rows.next().expect("a row") {
                let body = row.get_ref(0).expect("a column").as_str().expect("text");
                file.write_all(body.as_bytes()).expect("written");
                file.write_all(b"\n").expect("written");
            }
            file.into_inner().expect("written").sync_all().expect("durable");
        };
        spent(work).0.wall.as_secs_f64()
    }

    /// Seconds to parse that file and insert its lines into another database.
    #[must_use]
    pub fn take_in(&self, folder: &Path) -> f64 {
        let mut connection = floor::open(&folder.join("taken.db"), "FULL");
        connection.execute_batch(TABLE).expect("a table");
        let work = || {
            let lines = BufReader::new(File::open(folder.join("bare.ndjson")).expect("a file"));
            let transaction = connection.transaction().expect("a transaction");
            {
                let mut insert = transaction.prepare(INSERT).expect("an insert");
                for line in lines.lines() {
                    let line = line.expect("a line");
                    let document: Value = serde_json::from_str(&line).expect("JSON");
                    let id = document["_id"].as_str().expect("an id");
                    insert.execute(params![id, line]).expect("a row");
                }
            }
            transaction.commit().expect("commit");
        };
        spent(work).0.wall.as_secs_f64()
    }

    /// Seconds to carry that file over plain TCP on this machine into another durable file.
    #[must_use]
    pub fn carry(&self, folder: &Path) -> f64 {
        let (from, to) = (folder.join("bare.ndjson"), folder.join("carried.ndjson"));
        let work = || {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
            let address = listener.local_addr().expect("an address");
            let sender = std::thread::spawn(move || {
                let mut socket = TcpStream::connect(address).expect("it listens");
                std::io::copy(&mut File::open(from).expect("a file"), &mut socket).expect("sent");
            });
            let (mut socket, _) = listener.accept().expect("a connection");
            let mut file = File::create(&to).expect("a file");
            let mut piece = vec![0; 64 * 1_024];
            while let Ok(count @ 1..) = socket.read(&mut piece) {
                file.write_all(&piece[..count]).expect("written");
            }
            file.sync_all().expect("durable");
            sender.join().expect("sent");
        };
        spent(work).0.wall.as_secs_f64()
    }
}
