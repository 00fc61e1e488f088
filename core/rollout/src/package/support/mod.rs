//! The support program: requests of users, and what people do about them.
//!
//! A table. Nothing that follows from the steps (state, clock, tier) is a question here, so two
//! people who work on one request without network never contradict each other; the enrolment is
//! completed or cancelled when a request is closed, which lists of DHIS2 show.

mod attributes;
mod stages;

use super::ids_support as id;
use super::spec::{Act, Chart, Counts, Figure, ProgramSpec, Right, Rights, Rule, Source, Variable};
use super::tables::events;

/// The support program.
pub static SUPPORT: ProgramSpec = ProgramSpec {
    id: id::PROGRAM,
    code: "OUTPOST_SUPPORT",
    name: "Roll-out: support requests",
    help: "What users need help with, who answers and when.",
    prefix: "Support",
    short_prefix: "Support",
    tracked_entity_type: id::REQUEST_TYPE,
    tracked_entity_type_name: "Support request",
    enrollment_date_label: "Filed on",
    only_once: true,
    attributes: attributes::ATTRIBUTES,
    stages: stages::STAGES,
    choice_sets: stages::CHOICE_SETS,
    variables: VARIABLES,
    rules: RULES,
    figures: FIGURES,
    charts: CHARTS,
    rights: Rights {
        health_workers: Right::Capture,
        supervisors: Right::Capture,
        district: Right::Capture,
        centre: Right::Capture,
    },
};

static VARIABLES: &[Variable] = &[
    Variable {
        id: "RoSuVaChann",
        name: "channel",
        source: Source::Attribute(id::CHANNEL),
        value_type: "TEXT",
    },
    Variable {
        id: "RoSuVaPhone",
        name: "phone",
        source: Source::Attribute(id::PHONE),
        value_type: "TEXT",
    },
    Variable {
        id: "RoSuVaByTim",
        name: "by_time",
        source: Source::ThisEvent(id::asked::BY_TIME),
        value_type: "TRUE_ONLY",
    },
    Variable {
        id: "RoSuVaReasn",
        name: "reason",
        source: Source::ThisEvent(id::asked::REASON),
        value_type: "TEXT",
    },
];

static RULES: &[Rule] = &[
    Rule {
        id: "RoSuRuPhone",
        name: "Who calls leaves a number",
        stage: None,
        condition: "A{channel} == 'PHONE' && !d2:hasValue(A{phone})",
        act: Act::Warn(id::PHONE, "Ask for a number to call back"),
        on_attribute: true,
    },
    Rule {
        id: "RoSuRuReasn",
        name: "Who escalates says why",
        stage: Some(id::stage::ESCALATE),
        condition: "!d2:hasValue(#{by_time}) && !d2:hasValue(#{reason})",
        act: Act::Demand(id::asked::REASON),
        on_attribute: false,
    },
];

static FIGURES: &[Figure] = &[
    Figure {
        id: "RoSuFiFiled",
        code: "FILED",
        name: "Requests filed",
        counts: Counts::Enrollments,
        aggregation: "COUNT",
        expression: "V{enrollment_count}",
        filter: "",
    },
    events(
        "RoSuFiInTim",
        "IN_TIME",
        "Acknowledged in time",
        "d2:hasValue(#{RoSuStAckno.RoSuEvInTim})",
    ),
    events("RoSuFiLate0", "LATE", "Acknowledged late", "d2:hasValue(#{RoSuStAckno.RoSuEvLate0})"),
    events("RoSuFiEscal", "ESCALATED", "Escalations", "d2:hasValue(#{RoSuStEscal.RoSuEvToTie})"),
    events(
        "RoSuFiEscTi",
        "ESCALATED_BY_TIME",
        "Escalations because the limit passed",
        "d2:hasValue(#{RoSuStEscal.RoSuEvByTim})",
    ),
    events(
        "RoSuFiSolvd",
        "RESOLVED",
        "Requests solved",
        "#{RoSuStClose.RoSuEvOutcm} == 'RESOLVED'",
    ),
    Figure {
        id: "RoSuFiMinut",
        code: "MINUTES",
        name: "Minutes until acknowledged, mean",
        counts: Counts::Events,
        aggregation: "AVERAGE",
        expression: "#{RoSuStAckno.RoSuEvMinut}",
        filter: "d2:hasValue(#{RoSuStAckno.RoSuEvMinut})",
    },
];

static CHARTS: &[Chart] = &[
    Chart {
        id: "RoSuChAckno",
        name: "Acknowledged in time and late",
        kind: "COLUMN",
        figures: &["RoSuFiInTim", "RoSuFiLate0"],
    },
    Chart {
        id: "RoSuChFlow0",
        name: "Requests filed, escalated and solved",
        kind: "COLUMN",
        figures: &["RoSuFiFiled", "RoSuFiEscal", "RoSuFiSolvd"],
    },
    Chart {
        id: "RoSuChMinut",
        name: "Minutes until acknowledged",
        kind: "LINE",
        figures: &["RoSuFiMinut"],
    },
];
