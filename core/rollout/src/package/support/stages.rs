//! Stages, questions and option sets of the support program.

use super::super::ids_support::asked as id;
use super::super::ids_support::{CHANNELS, OUTCOMES, PROBLEMS, SPEAKERS, TIERS, stage};
use super::super::spec::{Answer, ChoiceSet, Question, Section, Stage};
use super::super::tables::{c, may, must, q};

static AT: Question =
    q(id::AT, "EV_AT", "At (UTC)", Answer::Text, "Written by the app; on the web leave it empty.");
static BY: Question = q(id::BY, "EV_BY", "By", Answer::Text, "");
static TEXT: Question = q(id::TEXT, "EV_TEXT", "Text", Answer::LongText, "");
static REASON: Question = q(id::REASON, "EV_REASON", "Reason", Answer::LongText, "");
static DIAGNOSTICS: Question = q(
    id::DIAGNOSTICS,
    "EV_DIAGNOSTICS",
    "What the device tells of itself",
    Answer::LongText,
    "Numbers and versions; nothing about people.",
);
static RECEIVED: Question = q(
    id::RECEIVED,
    "EV_RECEIVED",
    "The team had it at (UTC)",
    Answer::Text,
    "Written by the app; on the web leave it empty.",
);
static TIER: Question = q(id::TIER, "EV_TIER", "Tier", Answer::Choice(TIERS), "");
static MINUTES: Question =
    q(id::MINUTES, "EV_MINUTES", "Minutes since the team received it", Answer::Count, "");
static MINUTES_MADE: Question =
    q(id::MINUTES_MADE, "EV_MINUTES_MADE", "Minutes since the user made it", Answer::Count, "");
static IN_TIME: Question =
    q(id::IN_TIME, "EV_IN_TIME", "First reaction, in time", Answer::Tick, "");
static LATE: Question = q(id::LATE, "EV_LATE", "First reaction, late", Answer::Tick, "");
static SPEAKER: Question = q(id::SPEAKER, "EV_SPEAKER", "Who speaks", Answer::Choice(SPEAKERS), "");
static TO_TIER: Question = q(id::TO_TIER, "EV_TO_TIER", "To tier", Answer::Choice(TIERS), "");
static BY_TIME: Question = q(
    id::BY_TIME,
    "EV_BY_TIME",
    "The limit passed",
    Answer::Tick,
    "Nobody decided it; written by the app.",
);
static OUTCOME: Question =
    q(id::OUTCOME, "EV_OUTCOME", "How it ends", Answer::Choice(OUTCOMES), "");

const fn s(
    id: &'static str,
    name: &'static str,
    help: &'static str,
    date_label: &'static str,
    sections: &'static [Section],
) -> Stage {
    Stage { id, name, help, date_label, repeatable: true, sections }
}

pub(super) static STAGES: &[Stage] = &[
    Stage {
        id: stage::REQUEST,
        name: "Request",
        help: "What its user says.",
        date_label: "Made on",
        repeatable: false,
        sections: &[Section {
            id: "RoSuSeReque",
            name: "Request",
            asked: &[may(&TEXT), may(&DIAGNOSTICS)],
        }],
    },
    s(
        stage::ACKNOWLEDGE,
        "Acknowledge",
        "Seen, somebody takes care of it. Stops the clock.",
        "Acknowledged on",
        &[Section {
            id: "RoSuSeAckno",
            name: "Acknowledge",
            asked: &[
                may(&AT),
                may(&BY),
                may(&RECEIVED),
                may(&TIER),
                may(&MINUTES),
                may(&MINUTES_MADE),
                may(&IN_TIME),
                may(&LATE),
            ],
        }],
    ),
    s(
        stage::REPLY,
        "Reply",
        "To the user or from the user. A reply of the team stops the clock.",
        "Replied on",
        &[Section {
            id: "RoSuSeReply",
            name: "Reply",
            asked: &[must(&SPEAKER), must(&TEXT), may(&AT), may(&BY), may(&RECEIVED)],
        }],
    ),
    s(
        stage::NOTE,
        "Note",
        "For the team alone. Stops no clock.",
        "Noted on",
        &[Section {
            id: "RoSuSeNote0",
            name: "Note",
            asked: &[must(&TEXT), may(&AT), may(&BY), may(&RECEIVED)],
        }],
    ),
    s(
        stage::ESCALATE,
        "Escalate",
        "To a higher tier, with the reason.",
        "Escalated on",
        &[Section {
            id: "RoSuSeEscal",
            name: "Escalate",
            asked: &[
                must(&TO_TIER),
                may(&REASON),
                may(&BY_TIME),
                may(&AT),
                may(&BY),
                may(&RECEIVED),
            ],
        }],
    ),
    s(
        stage::WAIT,
        "Wait for the user",
        "Only the user can help on. Freezes the clock.",
        "Asked on",
        &[Section {
            id: "RoSuSeWait0",
            name: "Wait for the user",
            asked: &[must(&TEXT), may(&AT), may(&BY), may(&RECEIVED)],
        }],
    ),
    s(
        stage::RESUME,
        "Go on",
        "Without waiting for the user any longer.",
        "Went on at",
        &[Section {
            id: "RoSuSeResum",
            name: "Go on",
            asked: &[may(&AT), may(&BY), may(&RECEIVED)],
        }],
    ),
    s(
        stage::CLOSE,
        "Close",
        "Solved, or no request.",
        "Closed on",
        &[Section {
            id: "RoSuSeClose",
            name: "Close",
            asked: &[must(&OUTCOME), must(&TEXT), may(&AT), may(&BY), may(&RECEIVED)],
        }],
    ),
    s(
        stage::REOPEN,
        "Reopen",
        "It was closed too early.",
        "Reopened on",
        &[Section {
            id: "RoSuSeReopn",
            name: "Reopen",
            asked: &[must(&REASON), may(&AT), may(&BY), may(&RECEIVED)],
        }],
    ),
];

pub(super) static CHOICE_SETS: &[ChoiceSet] = &[
    ChoiceSet {
        id: PROBLEMS,
        code: "PROBLEMS",
        name: "problems",
        choices: &[
            c("CANNOT_SIGN_IN", "Cannot sign in"),
            c("NOT_SENDING", "Records are not sent"),
            c("RECORD_REFUSED", "A record was refused"),
            c("NO_NETWORK", "No network"),
            c("PHONE_NO_POWER", "Does not switch on, battery"),
            c("STORAGE_FULL", "Storage full"),
            c("CLOCK_WRONG", "Date or time is wrong"),
            c("FORM_MISSING", "A form or place is missing"),
            c("APP_STOPS", "The app is slow or stops"),
            c("PHONE_BROKEN", "Broken, wet, lost or stolen"),
            c("SIM_CHANGED", "Another SIM card is in the phone"),
            c("OTHER", "Something else"),
        ],
    },
    ChoiceSet {
        id: CHANNELS,
        code: "CHANNELS",
        name: "channels",
        choices: &[
            c("APP", "In the app"),
            c("WEB", "On the web"),
            c("PHONE", "By telephone"),
            c("EMAIL", "By e-mail"),
        ],
    },
    ChoiceSet {
        id: TIERS,
        code: "TIERS",
        name: "tiers",
        choices: &[
            c("1", "Tier 1"),
            c("2", "Tier 2"),
            c("3", "Tier 3"),
            c("4", "Tier 4"),
            c("5", "Tier 5"),
        ],
    },
    ChoiceSet {
        id: SPEAKERS,
        code: "SPEAKERS",
        name: "speakers",
        choices: &[c("TEAM", "The team"), c("USER", "The user"), c("MACHINE", "A machine")],
    },
    ChoiceSet {
        id: OUTCOMES,
        code: "OUTCOMES",
        name: "outcomes",
        choices: &[c("RESOLVED", "Solved"), c("INVALID", "No request")],
    },
];
