//! The go-live program: one tracked entity for each site, and what is planned, looked at, compared and
//! decided there, each an event.
//!
//! A table. The latest word on a thing counts; earlier ones stay as the history.

use super::ids_golive as id;
use super::ids_golive::{CHECKS, CHOICES, SORTS, VERDICTS, asked, stage};
use super::spec::{
    Answer, Attribute, Chart, ChoiceSet, Figure, ProgramSpec, Question, Right, Rights, Section,
    Stage,
};
use super::tables::{c, events, may, must, q};

/// The go-live program.
pub static GOLIVE: ProgramSpec = ProgramSpec {
    id: id::PROGRAM,
    code: "OUTPOST_GOLIVE",
    name: "Roll-out: site go-live",
    help: "What is planned, ready, compared and decided at each site.",
    prefix: "Go-live",
    short_prefix: "Go-live",
    tracked_entity_type: id::SITE_TYPE,
    tracked_entity_type_name: "Go-live of a site",
    enrollment_date_label: "Planned since",
    only_once: true,
    attributes: ATTRIBUTES,
    stages: STAGES,
    choice_sets: CHOICE_SETS,
    variables: &[],
    rules: &[],
    figures: FIGURES,
    charts: CHARTS,
    rights: Rights {
        health_workers: Right::None,
        supervisors: Right::Capture,
        district: Right::Capture,
        centre: Right::Capture,
    },
};

const fn attribute(question: Question, mandatory: bool) -> Attribute {
    Attribute { question, unique: false, mandatory, in_list: true, searchable: true }
}

static ATTRIBUTES: &[Attribute] = &[
    attribute(q(id::SITE, "SITE", "Site", Answer::Text, ""), true),
    attribute(q(id::LIVE_ON, "LIVE_ON", "Day of going live", Answer::Date, ""), false),
    attribute(
        q(
            id::SETTLE_DAYS,
            "SETTLE_DAYS",
            "Days to settle in",
            Answer::Count,
            "Days after going live that the calendar keeps free.",
        ),
        false,
    ),
];

static WHAT: Question = q(asked::WHAT, "EV_WHAT", "What it is", Answer::Text, "");
static CHOICE: Question =
    q(asked::CHOICE, "EV_CHOICE", "What becomes of it", Answer::Choice(CHOICES), "");
static UNTIL: Question = q(asked::UNTIL, "EV_UNTIL", "Last day beside the app", Answer::Date, "");
static COMPARES: Question = q(asked::COMPARES, "EV_COMPARES", "Who compares", Answer::Text, "");
static BY: Question = q(asked::BY, "EV_BY", "By", Answer::Text, "");
static REASON: Question = q(asked::REASON, "EV_REASON", "Reason", Answer::LongText, "");
static SORT: Question = q(asked::SORT, "EV_SORT", "Sort", Answer::Choice(SORTS), "");
static FROM: Question = q(asked::FROM, "EV_FROM", "First day", Answer::Date, "");
static TO: Question = q(asked::TO, "EV_TO", "Last day", Answer::Date, "");
static CHECK: Question = q(asked::CHECK, "EV_CHECK", "What is checked", Answer::Choice(CHECKS), "");
static DONE: Question = q(asked::DONE, "EV_DONE", "Done", Answer::Count, "");
static OF: Question = q(asked::OF, "EV_OF", "Of", Answer::Count, "");
static MISSING: Question =
    q(asked::MISSING, "EV_MISSING", "Who or what is missing", Answer::LongText, "");
static PERIOD: Question = q(asked::PERIOD, "EV_PERIOD", "Period", Answer::Text, "");
static BEFORE: Question = q(asked::BEFORE, "EV_BEFORE", "Total of the register", Answer::Count, "");
static APP: Question = q(asked::APP, "EV_APP", "Total of the app", Answer::Count, "");
static DIFFERENCE: Question =
    q(asked::DIFFERENCE, "EV_DIFFERENCE", "Difference", Answer::Number, "");
static BEHIND: Question = q(asked::BEHIND, "EV_BEHIND", "Records behind it", Answer::LongText, "");
static VERDICT: Question =
    q(asked::VERDICT, "EV_VERDICT", "Decision", Answer::Choice(VERDICTS), "");

static STAGES: &[Stage] = &[
    Stage {
        id: stage::PLAN,
        name: "Plan",
        help: "What becomes of what was there before.",
        date_label: "Decided on",
        repeatable: true,
        sections: &[Section {
            id: "RoGoSePlan0",
            name: "Plan",
            asked: &[
                must(&WHAT),
                must(&CHOICE),
                may(&UNTIL),
                may(&COMPARES),
                must(&BY),
                must(&REASON),
            ],
        }],
    },
    Stage {
        id: stage::CALENDAR,
        name: "Calendar",
        help: "What the team has on its calendar, and extra support.",
        date_label: "Written down on",
        repeatable: true,
        sections: &[Section {
            id: "RoGoSeCalen",
            name: "Calendar",
            asked: &[must(&WHAT), must(&SORT), must(&FROM), must(&TO), may(&BY)],
        }],
    },
    Stage {
        id: stage::READINESS,
        name: "Readiness",
        help: "How far a check has come.",
        date_label: "Looked at on",
        repeatable: true,
        sections: &[Section {
            id: "RoGoSeReadi",
            name: "Readiness",
            asked: &[must(&CHECK), must(&DONE), must(&OF), may(&MISSING), may(&BY)],
        }],
    },
    Stage {
        id: stage::COMPARISON,
        name: "Parallel run",
        help: "A total of the register beside the app's own.",
        date_label: "Compared on",
        repeatable: true,
        sections: &[Section {
            id: "RoGoSeCompa",
            name: "Parallel run",
            asked: &[
                must(&PERIOD),
                may(&WHAT),
                must(&BEFORE),
                must(&APP),
                may(&DIFFERENCE),
                may(&BEHIND),
                may(&BY),
            ],
        }],
    },
    Stage {
        id: stage::DECISION,
        name: "Decision",
        help: "Go, no-go, cut-over, back to the old way.",
        date_label: "Decided on",
        repeatable: true,
        sections: &[Section {
            id: "RoGoSeDecis",
            name: "Decision",
            asked: &[must(&VERDICT), must(&BY), must(&REASON)],
        }],
    },
];

static CHOICE_SETS: &[ChoiceSet] = &[
    ChoiceSet {
        id: CHOICES,
        code: "CHOICES",
        name: "What becomes of things",
        choices: &[
            c("PARALLEL", "System: kept in parallel"),
            c("REPLACE", "System: replaced at once"),
            c("ELIMINATE", "Process: ends"),
            c("REPLICATE", "Process: done in the app"),
            c("DUPLICATE", "Process: goes on beside the app"),
        ],
    },
    ChoiceSet {
        id: SORTS,
        code: "SORTS",
        name: "Sorts of calendar entries",
        choices: &[
            c("HOLIDAY", "Holiday"),
            c("CAMPAIGN", "Campaign"),
            c("REPORTING", "Reporting week"),
            c("AWAY", "Somebody is away"),
            c("SUPPORT", "Extra support"),
        ],
    },
    ChoiceSet {
        id: CHECKS,
        code: "CHECKS",
        name: "Checks of readiness",
        choices: &[
            c("DEVICES", "Devices handed out"),
            c("AGREEMENTS", "Agreements closed"),
            c("ACCOUNTS", "Accounts tried"),
            c("TRAINING", "Training done"),
            c("FIRST_SYNC", "First synchronisation"),
            c("METADATA", "Forms current"),
            c("SUPPORT_CONTACT", "Support contact known"),
        ],
    },
    ChoiceSet {
        id: VERDICTS,
        code: "VERDICTS",
        name: "Decisions",
        choices: &[
            c("GO", "Go"),
            c("NO_GO", "No-go"),
            c("CUT_OVER", "Cut-over: the old way has stopped"),
            c("REVERSED", "Reversed: the old way is back"),
        ],
    },
];

static FIGURES: &[Figure] = &[
    events("RoGoFiLive0", "LIVE", "Sites that said go", "#{RoGoStDecis.RoGoEvVerdi} == 'GO'"),
    events(
        "RoGoFiCutOv",
        "CUT_OVER",
        "Sites that stopped the old way",
        "#{RoGoStDecis.RoGoEvVerdi} == 'CUT_OVER'",
    ),
    events(
        "RoGoFiBack0",
        "REVERSED",
        "Sites that went back",
        "#{RoGoStDecis.RoGoEvVerdi} == 'REVERSED'",
    ),
    events("RoGoFiDiffe", "DIFFERENCES", "Totals that differ", "#{RoGoStCompa.RoGoEvDiffe} != 0"),
];

static CHARTS: &[Chart] = &[
    Chart {
        id: "RoGoChSites",
        name: "Sites that went live",
        kind: "COLUMN",
        figures: &["RoGoFiLive0", "RoGoFiCutOv", "RoGoFiBack0"],
    },
    Chart {
        id: "RoGoChDiffe",
        name: "Totals of the parallel run that differ",
        kind: "COLUMN",
        figures: &["RoGoFiDiffe"],
    },
];
