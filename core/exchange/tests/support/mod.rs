//! A small country for tests: identities from numbers, rings, records, files in memory, forgeries.
#![allow(dead_code, missing_docs)]

use std::io::{Cursor, Write};
use std::str::FromStr;

use outpost_domain::data::{
    DataValue, DataValueKey, Event, EventDataValue, EventStatus, FileResource, Payload,
    TrackedEntity,
};
use outpost_domain::period::Period;
use outpost_domain::uid::*;
use outpost_exchange::Hash;
use outpost_exchange::file::*;
use outpost_exchange::keys::*;
use serde_json::{Value, json};

pub const NOW: &str = "2026-11-29T08:00:00Z";

pub fn identity(number: u8) -> Identity {
    let mut random = [number; 64];
    random[32..].fill(number ^ 0xa5);
    Identity::from_random(&random).expect("usable keys")
}

/// Names and contents of an archive.
pub type Entries = Vec<(String, Vec<u8>)>;

pub struct Country {
    pub phone: Identity,
    pub tablet: Identity,
    pub district: Identity,
    pub centre: Identity,
    pub recovery: Identity,
    pub ring: KeyRing,
}

pub fn country() -> Country {
    let [phone, tablet, district, centre, recovery] = [1, 2, 3, 4, 5].map(identity);
    let mut ring = KeyRing::default();
    for (who, name, role) in [
        (&phone, "Phone 17", Role::Device),
        (&tablet, "Tablet, Mwanza clinic", Role::Tablet),
        (&district, "Mwanza district", Role::District),
        (&centre, "Ministry", Role::Centre),
        (&recovery, "Safe", Role::Recovery),
    ] {
        let card = Card::new(who, name, role).expect("a card");
        ring.enrol_in_person(card, "grace", NOW).expect("enrolled");
    }
    Country { phone, tablet, district, centre, recovery, ring }
}

pub fn id(identity: &Identity) -> KeyId {
    identity.public().key_id()
}

pub fn uid(number: u64) -> Uid {
    let mut random = [0; 22];
    for (index, byte) in random.iter_mut().enumerate() {
        *byte = (number.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(index as u32 * 3)) as u8;
    }
    Uid::from_random(random)
}

pub fn captured(device: KeyId, row: i64) -> Captured {
    let journal = Some(JournalLink { sequence: row * 2, hash: Hash::of(&row.to_le_bytes()) });
    Captured {
        device,
        by: "asha".into(),
        at_ms: 1_790_000_000_000 + row,
        row,
        revision: 1,
        journal,
    }
}

pub fn event(number: u64) -> Payload {
    let answers = (0..12).map(|question| {
        let value = match question % 4 {
            0 => (number * 7 % 90).to_string(),
            1 => "true".to_owned(),
            2 => format!("2026-11-{:02}", number % 28 + 1),
            _ => ["Fever", "Cough", "Diarrhoea", "None"][(number % 4) as usize].to_owned(),
        };
        (DataElementUid(uid(900 + question)), EventDataValue { value, provided_elsewhere: false })
    });
    Payload::Event {
        event: Event {
            id: EventUid(uid(10_000 + number)),
            program: ProgramUid(uid(1)),
            program_stage: ProgramStageUid(uid(2)),
            enrollment: Some(EnrollmentUid(uid(50_000 + number / 3))),
            tracked_entity: Some(TrackedEntityUid(uid(70_000 + number / 3))),
            organisation_unit: OrganisationUnitUid(uid(3 + number % 5)),
            attribute_option_combo: None,
            status: EventStatus::Completed,
            occurred_at: Some(format!("2026-11-{:02}", number % 28 + 1)),
            scheduled_at: None,
            completed_at: Some(format!("2026-11-{:02}", number % 28 + 1)),
            geometry: None,
            assigned_user: None,
            follow_up: false,
            data_values: answers.collect(),
            notes: Vec::new(),
            created_at_client: Some("2026-11-20T10:11:12.000".into()),
            updated_at_client: Some("2026-11-20T10:14:15.000".into()),
            deleted: false,
        },
    }
}

pub fn person(number: u64) -> Payload {
    let names = ["Amina", "Baraka", "Neema", "Juma", "Zawadi", "Hassan", "Rehema"];
    let attributes = [
        (uid(800), names[(number % 7) as usize].to_owned()),
        (uid(801), names[(number / 7 % 7) as usize].to_owned()),
        (uid(802), format!("{:04}-06-15", 1950 + number % 70)),
        (uid(803), format!("MWZ-{number:07}")),
    ];
    Payload::TrackedEntity {
        tracked_entity: TrackedEntity {
            id: TrackedEntityUid(uid(70_000 + number)),
            tracked_entity_type: TrackedEntityTypeUid(uid(4)),
            organisation_unit: OrganisationUnitUid(uid(3)),
            geometry: None,
            attributes: attributes
                .into_iter()
                .map(|(key, value)| (TrackedEntityAttributeUid(key), value))
                .collect(),
            created_at_client: Some("2026-11-20T10:11:12.000".into()),
            updated_at_client: None,
            deleted: false,
        },
    }
}

pub fn value(number: u64) -> Payload {
    Payload::DataValue {
        data_set: DataSetUid(uid(5)),
        key: DataValueKey {
            data_element: DataElementUid(uid(600 + number % 60)),
            period: Period::parse("202611").expect("a period"),
            organisation_unit: OrganisationUnitUid(uid(3)),
            category_option_combo: CategoryOptionComboUid(uid(7 + number / 60 % 4)),
            attribute_option_combo: CategoryOptionComboUid(uid(6)),
        },
        value: DataValue { value: Some((number % 50).to_string()), ..DataValue::default() },
    }
}

pub fn photo(bytes: &[u8]) -> Vec<DataLine> {
    let file = FileUid(uid(99));
    let payload = Payload::FileResource {
        file: FileResource {
            id: file,
            name: "wound.jpg".into(),
            content_type: "image/jpeg".into(),
            content_bytes: bytes.len() as u64,
            content_md5: "0".repeat(32),
        },
    };
    let record = Record::new(captured(id(&identity(1)), 900), payload, None);
    let mut lines = vec![DataLine::Record(Box::new(record))];
    let size = outpost_exchange::limits::CHUNK_BYTES;
    lines.extend(bytes.chunks(size).enumerate().map(|(index, data)| {
        DataLine::Chunk(Chunk { file, offset: (index * size) as u64, data: data.to_vec() })
    }));
    lines
}

pub fn record(number: u64) -> DataLine {
    let payload = match number % 5 {
        0 => person(number),
        1 => value(number),
        _ => event(number),
    };
    let base = number.is_multiple_of(7).then(|| payload.clone());
    let captured = captured(id(&identity(1)), number as i64);
    DataLine::Record(Box::new(Record::new(captured, payload, base)))
}

pub fn records(count: u64) -> Vec<DataLine> {
    (0..count).map(record).collect()
}

pub fn first() -> Address {
    let metadata = Some(MetadataBase { version: "12".into(), hash: "5f1c".into() });
    let created_at = NOW.into();
    Address { sequence: 1, previous: None, since: None, created_at, metadata, app: None }
}

/// A file from the phone to the tablet.
pub fn file_of(country: &Country, lines: &[DataLine], address: Address) -> (Vec<u8>, Written) {
    write(country, &country.phone, &country.tablet, lines, address, None)
}

pub fn write<L: Content>(
    country: &Country,
    from: &Identity,
    to: &Identity,
    lines: &[L],
    address: Address,
    list: Option<&KeyList>,
) -> (Vec<u8>, Written) {
    let recipients = country.ring.recipients(id(to)).expect("recipients");
    let mut draft = Draft::begin(Cursor::new(Vec::new()), &recipients).expect("a draft");
    for line in lines {
        draft.add(line).expect("a line");
    }
    let mut bytes = Vec::new();
    let sealed = draft.seal().expect("sealed");
    let written = sealed.write(from, address, list, &mut bytes).expect("written");
    (bytes, written)
}

/// Everything that the tablet reads out of a file, or the refusal.
pub fn read(
    country: &Country,
    bytes: &[u8],
) -> Result<Vec<DataLine>, outpost_exchange::ExchangeError> {
    let verified = Verified::open(Cursor::new(bytes), &country.ring)?;
    let mut lines = verified.lines::<DataLine>(&country.tablet)?;
    let read = lines.by_ref().collect::<Result<Vec<_>, _>>()?;
    assert!(lines.is_complete(), "the end was reached without an error");
    Ok(read)
}

/// The entries of an archive, taken apart without the code under test.
pub fn entries(archive: &[u8]) -> Entries {
    let mut entries = Vec::new();
    let mut at = 0;
    while archive[at] != 0 {
        let name = archive[at..at + 100].iter().take_while(|byte| **byte != 0);
        let name = String::from_utf8(name.copied().collect()).expect("a name");
        let size = std::str::from_utf8(&archive[at + 124..at + 135]).expect("octal");
        let size = usize::from_str_radix(size, 8).expect("octal");
        entries.push((name, archive[at + 512..at + 512 + size].to_vec()));
        at += 512 + size.div_ceil(512) * 512;
    }
    entries
}

/// An archive with a header as ours, whatever the names and contents.
pub fn archive(entries: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (name, content) in entries {
        bytes.extend(header(name, content.len(), b'0', ""));
        bytes.extend(content);
        bytes.resize(bytes.len().div_ceil(512) * 512, 0);
    }
    bytes.resize(bytes.len() + 1024, 0);
    bytes
}

/// A ustar header by the POSIX standard.
pub fn header(name: &str, size: usize, kind: u8, link: &str) -> [u8; 512] {
    let mut block = [0; 512];
    let fields: [(usize, &str); 12] = [
        (0, name),
        (100, "0000644\0"),
        (108, "0000000\0"),
        (116, "0000000\0"),
        (124, &format!("{size:011o}\0")),
        (136, "00000000000\0"),
        (148, "        "),
        (157, link),
        (257, "ustar\0"),
        (263, "00"),
        (329, "0000000\0"),
        (337, "0000000\0"),
    ];
    for (at, text) in fields {
        block[at..at + text.len()].copy_from_slice(text.as_bytes());
    }
    block[156] = kind;
    let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
    block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    block
}

/// The file again with another manifest, signed by `signer`, and with another content if given.
pub fn forge(
    original: &[u8],
    signer: &Identity,
    content: Option<Vec<u8>>,
    change: impl FnOnce(&mut Value),
) -> Vec<u8> {
    let mut entries = entries(original);
    let mut manifest: Value = serde_json::from_slice(&entries[0].1).expect("a manifest");
    if let Some(content) = content {
        let entry = manifest["entries"].as_array_mut().expect("entries").last_mut();
        let entry = entry.expect("the content");
        entry["bytes"] = json!(content.len());
        entry["sha256"] = json!(Hash::of(&content).to_string());
        entries.last_mut().expect("the content").1 = content;
    }
    change(&mut manifest);
    let bytes = serde_json::to_vec(&manifest).expect("JSON");
    let signature = Signature::sign(signer, Digesting::of(&bytes), "forged").expect("signed");
    entries[0].1 = bytes;
    entries[1].1 = signature.to_text().into_bytes();
    archive(&entries)
}

/// Packed and encrypted as a sender of bad intent would.
pub fn sealed(to: &Identity, plain: &[u8]) -> Vec<u8> {
    encrypted(to, &zstd::encode_all(plain, 3).expect("packed"))
}

pub fn encrypted(to: &Identity, packed: &[u8]) -> Vec<u8> {
    let recipient = age::x25519::Recipient::from_str(&to.public().age_text()).expect("a recipient");
    let all = std::iter::once(&recipient as &dyn age::Recipient);
    let mut bytes = Vec::new();
    let encryptor = age::Encryptor::with_recipients(all).expect("an encryptor");
    let mut writer = encryptor.wrap_output(&mut bytes).expect("a writer");
    writer.write_all(packed).expect("written");
    writer.finish().expect("finished");
    bytes
}
