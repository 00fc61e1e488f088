//! The user groups to which the programs are open, and the sharing that names them.

use serde_json::{Map, Value, json};

use super::spec::{Right, Rights};

/// Whoever has a phone: reads devices, files support requests.
pub const HEALTH_WORKERS: &str = "RoGrpWorker";
/// Supervisors: hand out devices, first tier of support.
pub const SUPERVISORS: &str = "RoGrpSuperv";
/// District officers: second tier.
pub const DISTRICT: &str = "RoGrpDistri";
/// The centre: third tier, and the only group that may change the metadata of the package.
pub const CENTRE: &str = "RoGrpCentre";

const GROUPS: [(&str, &str, &str); 4] = [
    (HEALTH_WORKERS, "OUTPOST_HEALTH_WORKERS", "Roll-out: health workers"),
    (SUPERVISORS, "OUTPOST_SUPERVISORS", "Roll-out: supervisors"),
    (DISTRICT, "OUTPOST_DISTRICT", "Roll-out: district officers"),
    (CENTRE, "OUTPOST_CENTRE", "Roll-out: centre"),
];

/// The groups, without members: an administrator adds people to them.
pub(super) fn groups() -> Value {
    let of = |&(id, code, name): &(&str, &str, &str)| {
        let sharing = metadata();
        json!({ "id": id, "code": code, "name": name, "users": [], "sharing": sharing })
    };
    GROUPS.iter().map(of).collect()
}

/// Everybody reads it, the centre changes it.
pub(super) fn metadata() -> Value {
    sharing("r-------", &[(CENTRE, "rw------")])
}

/// Sharing of a program, its stages and its type.
pub(super) fn data(rights: Rights) -> Value {
    let bits = |right: Right| match right {
        Right::None => "--------",
        Right::Read => "r-r-----",
        Right::Capture => "r-rw----",
    };
    let centre = match rights.centre {
        Right::Capture => "rwrw----",
        Right::None | Right::Read => "rwr-----",
    };
    sharing(
        "--------",
        &[
            (HEALTH_WORKERS, bits(rights.health_workers)),
            (SUPERVISORS, bits(rights.supervisors)),
            (DISTRICT, bits(rights.district)),
            (CENTRE, centre),
        ],
    )
}

fn sharing(public: &str, groups: &[(&str, &str)]) -> Value {
    let groups: Map<String, Value> = (groups.iter().filter(|(_, access)| *access != "--------"))
        .map(|(id, access)| ((*id).to_owned(), json!({ "id": id, "access": access })))
        .collect();
    json!({ "public": public, "external": false, "users": {}, "userGroups": groups })
}
