//! The SIM card program: one tracked entity for each card, and in which phone it was, from when until
//! when (D6).
//!
//! A table. The card that is in a phone stands in the phone's own record too, for lists and labels;
//! what was when stands here alone.

use super::ids_sim as id;
use super::ids_sim::{STATES, asked, stage};
use super::spec::{
    Act, Answer, Attribute, Chart, ChoiceSet, Figure, ProgramSpec, Question, Right, Rights, Rule,
    Section, Source, Stage, Variable,
};
use super::tables::{a, c, events, listed, mandatory, may, must, q, searched, stock, unique};

/// The SIM card program.
pub static SIM: ProgramSpec = ProgramSpec {
    id: id::PROGRAM,
    code: "OUTPOST_SIM",
    name: "Roll-out: SIM cards",
    help: "SIM cards, and in which phone each was, from when until when.",
    prefix: "Roll-out SIM",
    short_prefix: "SIM",
    tracked_entity_type: id::SIM_TYPE,
    tracked_entity_type_name: "Roll-out SIM card",
    enrollment_date_label: "Registered on",
    only_once: true,
    attributes: ATTRIBUTES,
    stages: STAGES,
    choice_sets: CHOICE_SETS,
    variables: VARIABLES,
    rules: RULES,
    figures: FIGURES,
    charts: CHARTS,
    // A phone looks up whose card is inside it.
    rights: Rights {
        health_workers: Right::Read,
        supervisors: Right::Capture,
        district: Right::Capture,
        centre: Right::Capture,
    },
};

static ATTRIBUTES: &[Attribute] = &[
    listed(mandatory(unique(a(
        id::ICCID,
        "ICCID",
        "Number of the card (ICCID)",
        Answer::Text,
        "19 or 20 digits, printed on the card.",
    )))),
    listed(searched(a(id::MSISDN, "MSISDN", "Phone number", Answer::PhoneNumber, ""))),
    a(id::OPERATOR, "OPERATOR", "Operator", Answer::Text, ""),
    listed(mandatory(searched(a(id::STATE, "STATE", "State", Answer::Choice(STATES), "")))),
    listed(searched(a(
        id::PHONE,
        "PHONE",
        "In phone",
        Answer::Text,
        "Number of the phone; empty while the card is in none.",
    ))),
];

static PHONE: Question = q(asked::PHONE, "EV_PHONE", "Number of the phone", Answer::Text, "");
static FROM: Question = q(asked::FROM, "EV_FROM", "In this phone from", Answer::Date, "");
static TO: Question =
    q(asked::TO, "EV_TO", "In this phone until", Answer::Date, "Empty while it is inside.");
static PUT_BY: Question =
    q(asked::PUT_BY, "EV_PUT_BY", "Put in by", Answer::Text, "Who did it, by name.");
static GLUED_ON: Question = q(asked::GLUED_ON, "EV_GLUED_ON", "Glued on", Answer::Date, "");
static GLUED_BY: Question = q(asked::GLUED_BY, "EV_GLUED_BY", "Glued by", Answer::Text, "");
static PIN_SEALED: Question = q(
    asked::PIN_SEALED,
    "EV_PIN_SEALED",
    "PIN and PUK lie sealed in the box file",
    Answer::Tick,
    "",
);
static NEW_STATE: Question =
    q(asked::NEW_STATE, "EV_NEW_STATE", "State after this", Answer::Choice(STATES), "");
static REASON: Question = q(asked::REASON, "EV_REASON", "Reason", Answer::LongText, "");
static DONE_BY: Question =
    q(asked::DONE_BY, "EV_DONE_BY", "Done by", Answer::Text, "Who did it, by name.");
static DONE_AT: Question = q(
    asked::DONE_AT,
    "EV_DONE_AT",
    "Done at",
    Answer::DateTime,
    "Time on the device; the server's own time stands beside it.",
);

static STAGES: &[Stage] = &[
    Stage {
        id: stage::IN_PHONE,
        name: "In a phone",
        help: "The card was in this phone from the first day to the last.",
        date_label: "Day",
        repeatable: true,
        sections: &[Section {
            id: "RoSecSimPh1",
            name: "In a phone",
            asked: &[
                must(&PHONE),
                must(&FROM),
                may(&TO),
                may(&PUT_BY),
                may(&GLUED_ON),
                may(&GLUED_BY),
                may(&PIN_SEALED),
            ],
        }],
    },
    Stage {
        id: stage::CHANGE,
        name: "Other change",
        help: "Blocked, lost, back in stock, not used any more.",
        date_label: "Day",
        repeatable: true,
        sections: &[Section {
            id: "RoSecSimCh1",
            name: "What happened",
            asked: &[must(&NEW_STATE), must(&REASON), must(&DONE_BY), must(&DONE_AT)],
        }],
    },
];

static CHOICE_SETS: &[ChoiceSet] = &[ChoiceSet {
    id: STATES,
    code: "STATE",
    name: "States of a SIM card",
    choices: &[
        c("IN_STOCK", "In stock"),
        c("IN_PHONE", "In a phone"),
        c("BLOCKED", "Blocked by the operator"),
        c("LOST", "Lost"),
        c("RETIRED", "Not used any more"),
    ],
}];

static VARIABLES: &[Variable] = &[
    Variable {
        id: "RoVarIccid0",
        name: "iccid",
        source: Source::Attribute(id::ICCID),
        value_type: "TEXT",
    },
    Variable {
        id: "RoVarSimFro",
        name: "sim_from",
        source: Source::ThisEvent(asked::FROM),
        value_type: "DATE",
    },
    Variable {
        id: "RoVarSimUnt",
        name: "sim_to",
        source: Source::ThisEvent(asked::TO),
        value_type: "DATE",
    },
];

static RULES: &[Rule] = &[
    Rule {
        id: "RoRulIccid0",
        name: "An ICCID has 19 or 20 digits",
        stage: None,
        condition: "d2:hasValue(A{iccid}) && !d2:validatePattern(A{iccid}, '[0-9]{19,20}')",
        act: Act::Refuse(id::ICCID, "19 or 20 digits, printed on the SIM card"),
        on_attribute: true,
    },
    Rule {
        id: "RoRulSimDay",
        name: "A SIM card does not leave before it came",
        stage: Some(stage::IN_PHONE),
        condition: "d2:hasValue(#{sim_from}) && d2:hasValue(#{sim_to}) \
                    && d2:daysBetween(#{sim_from}, #{sim_to}) < 0",
        act: Act::Refuse(asked::TO, "The last day is before the first"),
        on_attribute: false,
    },
];

static FIGURES: &[Figure] = &[
    stock("RoFigSimAll", "ALL", "SIM cards registered", ""),
    stock("RoFigSimPho", "IN_PHONE", "SIM cards in a phone", "A{RoSimState0} == 'IN_PHONE'"),
    stock(
        "RoFigSimBlo",
        "GONE",
        "SIM cards blocked or lost",
        "A{RoSimState0} == 'BLOCKED' || A{RoSimState0} == 'LOST'",
    ),
    events("RoFigSimCha", "PUT_IN", "SIM cards put in", "d2:hasValue(#{RoStSimCard.RoEvSimPhon})"),
];

static CHARTS: &[Chart] = &[
    Chart {
        id: "RoChaSimSta",
        name: "Where the SIM cards are",
        kind: "COLUMN",
        figures: &["RoFigSimAll", "RoFigSimPho", "RoFigSimBlo"],
    },
    Chart {
        id: "RoChaSimPut",
        name: "SIM cards put into phones",
        kind: "COLUMN",
        figures: &["RoFigSimCha"],
    },
];
