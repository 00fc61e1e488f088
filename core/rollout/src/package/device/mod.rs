//! The device program: what is asked about a phone or tablet, and what can happen to it.
//!
//! A table. The rules on top (which change may follow which, whose box it is) are this crate's; those
//! that DHIS2's own apps can hold are program rules here.

mod attributes;
mod questions;
mod stages;

use super::ids_device as id;
use super::spec::{Act, Chart, Counts, Figure, ProgramSpec, Right, Rights, Rule, Source, Variable};
use super::tables::{events, stock};

/// The device program.
pub static DEVICE: ProgramSpec = ProgramSpec {
    id: id::PROGRAM,
    code: "OUTPOST_DEVICE",
    name: "Roll-out: devices",
    help: "Phones and tablets from the order to the end of their use.",
    prefix: "Roll-out device",
    short_prefix: "Device",
    tracked_entity_type: id::DEVICE_TYPE,
    tracked_entity_type_name: "Roll-out device",
    enrollment_date_label: "Registered on",
    only_once: true,
    attributes: attributes::ATTRIBUTES,
    stages: stages::STAGES,
    choice_sets: questions::CHOICE_SETS,
    variables: VARIABLES,
    rules: RULES,
    figures: FIGURES,
    charts: CHARTS,
    rights: Rights {
        health_workers: Right::Read,
        supervisors: Right::Capture,
        district: Right::Capture,
        centre: Right::Capture,
    },
};

const fn attribute(
    id: &'static str,
    name: &'static str,
    source: &'static str,
    value_type: &'static str,
) -> Variable {
    Variable { id, name, source: Source::Attribute(source), value_type }
}

const fn answer(
    id: &'static str,
    name: &'static str,
    source: &'static str,
    value_type: &'static str,
) -> Variable {
    Variable { id, name, source: Source::ThisEvent(source), value_type }
}

static VARIABLES: &[Variable] = &[
    attribute("RoVarNumber", "number", id::NUMBER, "TEXT"),
    attribute("RoVarOwners", "ownership", id::OWNERSHIP, "TEXT"),
    attribute("RoVarImei01", "imei_1", id::IMEI_1, "TEXT"),
    attribute("RoVarImei02", "imei_2", id::IMEI_2, "TEXT"),
    answer("RoVarBoxSca", "box_scanned", id::asked::BOX_SCANNED, "TEXT"),
    answer("RoVarWiped0", "data_wiped", id::asked::DATA_WIPED, "BOOLEAN"),
    answer("RoVarDeclin", "declined", id::asked::DECLINED, "TRUE_ONLY"),
];

static RULES: &[Rule] = &[
    Rule {
        id: "RoRulImei01",
        name: "IMEI 1 has 15 digits",
        stage: None,
        condition: "d2:hasValue(A{imei_1}) && !d2:validatePattern(A{imei_1}, '[0-9]{15}')",
        act: Act::Refuse(id::IMEI_1, "An IMEI has 15 digits: dial *#06#"),
        on_attribute: true,
    },
    Rule {
        id: "RoRulImei02",
        name: "IMEI 2 has 15 digits",
        stage: None,
        condition: "d2:hasValue(A{imei_2}) && !d2:validatePattern(A{imei_2}, '[0-9]{15}')",
        act: Act::Refuse(id::IMEI_2, "An IMEI has 15 digits: dial *#06#"),
        on_attribute: true,
    },
    Rule {
        id: "RoRulBoxHan",
        name: "The box that is handed over is this device's",
        stage: Some(id::stage::HAND_OVER),
        condition: "d2:hasValue(#{box_scanned}) && #{box_scanned} != A{number}",
        act: Act::Refuse(id::asked::BOX_SCANNED, "The box has another number than this device"),
        on_attribute: false,
    },
    Rule {
        id: "RoRulBoxPre",
        name: "The box that is prepared is this device's",
        stage: Some(id::stage::PREPARE),
        condition: "d2:hasValue(#{box_scanned}) && #{box_scanned} != A{number}",
        act: Act::Refuse(id::asked::BOX_SCANNED, "The box has another number than this device"),
        on_attribute: false,
    },
    Rule {
        id: "RoRulRetWip",
        name: "A returned phone is wiped",
        stage: Some(id::stage::RETURN),
        condition: "d2:hasValue(#{data_wiped}) && !#{data_wiped}",
        act: Act::Warn(id::asked::DATA_WIPED, "Wipe the phone before it goes to somebody else"),
        on_attribute: false,
    },
    Rule {
        id: "RoRulClaimP",
        name: "Claims are for personal phones",
        stage: Some(id::stage::CLAIM),
        condition: "A{ownership} != 'PERSONAL'",
        act: Act::Refuse(id::asked::CLAIMED, "The phone belongs to the institution"),
        on_attribute: false,
    },
    Rule {
        id: "RoRulDeclin",
        name: "Who declines tells why",
        stage: Some(id::stage::HAND_OVER),
        condition: "d2:hasValue(#{declined})",
        act: Act::Demand(id::asked::REASON),
        on_attribute: false,
    },
];

static FIGURES: &[Figure] = &[
    stock("RoFigDevice", "ALL", "Devices registered", ""),
    stock(
        "RoFigInUse0",
        "IN_USE",
        "Devices in use",
        "A{RoDevState0} == 'HANDED_OVER' || A{RoDevState0} == 'IN_USE'",
    ),
    stock("RoFigRepair", "IN_REPAIR", "Devices in repair", "A{RoDevState0} == 'IN_REPAIR'"),
    stock(
        "RoFigGone00",
        "GONE",
        "Devices lost or stolen",
        "A{RoDevState0} == 'LOST' || A{RoDevState0} == 'STOLEN'",
    ),
    events(
        "RoFigHandOv",
        "HANDED_OVER",
        "Hand-overs",
        "d2:hasValue(#{RoStHandOvr.RoEvReceivr}) && !d2:hasValue(#{RoStHandOvr.RoEvDecline})",
    ),
    events(
        "RoFigOpenAg",
        "OPEN",
        "Hand-overs with something open",
        "d2:hasValue(#{RoStHandOvr.RoEvStilOpn})",
    ),
    events(
        "RoFigAudMis",
        "AUDIT_MISSING",
        "Missing at an audit",
        "#{RoStAudit00.RoEvAudRslt} == 'MISSING'",
    ),
    events(
        "RoFigAudWro",
        "AUDIT_WRONG",
        "In the wrong hands at an audit",
        "#{RoStAudit00.RoEvAudRslt} == 'WRONG_HANDS'",
    ),
    Figure {
        id: "RoFigClaims",
        code: "CLAIMED",
        name: "Claimed for personal phones",
        counts: Counts::Events,
        aggregation: "SUM",
        expression: "#{RoStClaim00.RoEvClmAmou}",
        filter: "d2:hasValue(#{RoStClaim00.RoEvClmAmou})",
    },
];

static CHARTS: &[Chart] = &[
    Chart {
        id: "RoChaStates",
        name: "Where the devices are",
        kind: "COLUMN",
        figures: &["RoFigDevice", "RoFigInUse0", "RoFigRepair", "RoFigGone00"],
    },
    Chart {
        id: "RoChaHandOv",
        name: "Hand-overs and what is open of them",
        kind: "COLUMN",
        figures: &["RoFigHandOv", "RoFigOpenAg"],
    },
    Chart {
        id: "RoChaAudits",
        name: "What audits found",
        kind: "PIVOT_TABLE",
        figures: &["RoFigAudMis", "RoFigAudWro"],
    },
    Chart {
        id: "RoChaClaims",
        name: "Claims for personal phones",
        kind: "COLUMN",
        figures: &["RoFigClaims"],
    },
];
