//! The id of a person for whom no reserved value was left.

use std::collections::BTreeMap;

use crate::data::Payload;
use crate::uid::{OrganisationUnitUid, TrackedEntityAttributeUid, Uid};

/// What a temporary id begins with. The tilde keeps it apart from ids that people print on cards.
pub const TEMPORARY_MARK: &str = "TMP~";

/// Letters and digits that are not mistaken for each other when read aloud or copied.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

const DEVICE_CHARS: u32 = 8;

/// A temporary id that waits for its exchange.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemporaryValue {
    /// The attribute.
    pub attribute: TrackedEntityAttributeUid,
    /// Where the person was registered; the value's unit if the pattern asks for a code.
    pub organisation_unit: OrganisationUnitUid,
    /// The id, see [`temporary_id`].
    pub value: String,
    /// The tracked entity or enrolment that carries it.
    pub record: Uid,
    /// When it was given out, in milliseconds since 1970 UTC.
    pub made_at_ms: i64,
}

/// A temporary id: the mark, eight characters of the device, a number that grows on the device. Unique
/// as long as `number` is never used twice there.
#[must_use]
pub fn temporary_id(device: &str, number: u64) -> String {
    // FNV-1a: no secret, only short and the same for the same device.
    let hash = device.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    let character = |place: u32| char::from(ALPHABET[(hash >> (5 * place) & 31) as usize]);
    let device: String = (0..DEVICE_CHARS).map(character).collect();
    format!("{TEMPORARY_MARK}{device}~{number}")
}

/// Whether a text is a temporary id.
#[must_use]
pub fn is_temporary(value: &str) -> bool {
    let parts = value.strip_prefix(TEMPORARY_MARK).and_then(|rest| rest.split_once('~'));
    parts.is_some_and(|(device, number)| {
        device.len() == DEVICE_CHARS as usize
            && device.bytes().all(|byte| ALPHABET.contains(&byte))
            && !number.is_empty()
            && number.bytes().all(|byte| byte.is_ascii_digit())
    })
}

/// Attributes of a record that hold temporary ids. As long as there are any, the record must not be sent.
#[must_use]
pub fn temporary_in(payload: &Payload) -> Vec<TrackedEntityAttributeUid> {
    let attributes = match payload {
        Payload::TrackedEntity { tracked_entity } => &tracked_entity.attributes,
        Payload::Enrollment { enrollment } => &enrollment.attributes,
        _ => return Vec::new(),
    };
    attributes.iter().filter(|(_, value)| is_temporary(value)).map(|(id, _)| *id).collect()
}

/// Puts the reserved value in the place of the temporary id. False, and nothing is changed, if the
/// record does not hold that id any more; then the reserved value stays free.
pub fn replace_temporary(
    attributes: &mut BTreeMap<TrackedEntityAttributeUid, String>,
    exchange: &super::Exchange,
) -> bool {
    match attributes.get_mut(&exchange.temporary.attribute) {
        Some(value) if *value == exchange.temporary.value => {
            value.clone_from(&exchange.reserved.value);
            true
        }
        _ => false,
    }
}
