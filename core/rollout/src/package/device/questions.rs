//! Questions and option sets of the device program.

use super::super::ids_device::asked as id;
use super::super::ids_device::{
    AUDIT_RESULTS, CLAIM_STATES, CONDITIONS, LABEL_KEYS, OWNERSHIPS, PLACES, STATES,
};
use super::super::spec::{Answer, ChoiceSet, Question};
use super::super::tables::{c, q};

pub(super) static NEW_STATE: Question =
    q(id::NEW_STATE, "EV_NEW_STATE", "State after this", Answer::Choice(STATES), "");
pub(super) static REASON: Question = q(id::REASON, "EV_REASON", "Reason", Answer::LongText, "");
pub(super) static DONE_BY: Question =
    q(id::DONE_BY, "EV_DONE_BY", "Done by", Answer::Text, "Who did it, by name.");
pub(super) static DONE_AT: Question = q(
    id::DONE_AT,
    "EV_DONE_AT",
    "Done at",
    Answer::DateTime,
    "Time on the device; the server's own time stands beside it.",
);
pub(super) static CONDITION: Question =
    q(id::CONDITION, "EV_CONDITION", "Condition", Answer::Choice(CONDITIONS), "");
pub(super) static ACCESSORIES_SEEN: Question = q(
    id::ACCESSORIES_SEEN,
    "EV_ACCESSORIES_SEEN",
    "Accessories that are there",
    Answer::Text,
    "Separated by commas.",
);
pub(super) static REMARK: Question = q(id::REMARK, "EV_REMARK", "Remark", Answer::LongText, "");
pub(super) static ORDER_NUMBER: Question =
    q(id::ORDER_NUMBER, "EV_ORDER_NUMBER", "Order or delivery note", Answer::Text, "");
pub(super) static BOX_SCANNED: Question =
    q(id::BOX_SCANNED, "EV_BOX_SCANNED", "Number read from the box", Answer::Text, "");
pub(super) static PHONE_SCANNED: Question = q(
    id::PHONE_SCANNED,
    "EV_PHONE_SCANNED",
    "Number or serial read from the phone",
    Answer::Text,
    "",
);
pub(super) static APP_VERSION: Question =
    q(id::APP_VERSION, "EV_APP_VERSION", "Version of the app", Answer::Text, "");
pub(super) static LABELS_PRINTED: Question =
    q(id::LABELS_PRINTED, "EV_LABELS_PRINTED", "Labels printed", Answer::Count, "");
pub(super) static LABEL_KEY: Question =
    q(id::LABEL_KEY, "EV_LABEL_KEY", "Key of the label", Answer::Choice(LABEL_KEYS), "");
pub(super) static LABEL_PAPER: Question =
    q(id::LABEL_PAPER, "EV_LABEL_PAPER", "Paper", Answer::Text, "L7160, L7163, 62mm, 24mm …");
pub(super) static RECEIVER: Question = q(id::RECEIVER, "EV_RECEIVER", "Given to", Answer::Text, "");
pub(super) static RECEIVER_USER: Question =
    q(id::RECEIVER_USER, "EV_RECEIVER_USER", "User name of the receiver", Answer::Text, "");
pub(super) static AGREEMENT_VERSION: Question =
    q(id::AGREEMENT_VERSION, "EV_AGREEMENT_VERSION", "Version of the agreement", Answer::Text, "");
pub(super) static AGREEMENT_LANGUAGE: Question = q(
    id::AGREEMENT_LANGUAGE,
    "EV_AGREEMENT_LANGUAGE",
    "Language of the agreement",
    Answer::Text,
    "",
);
pub(super) static AGREEMENT_SHA256: Question = q(
    id::AGREEMENT_SHA256,
    "EV_AGREEMENT_SHA256",
    "Sum of the agreement's text (SHA-256)",
    Answer::Text,
    "Of the text that was signed.",
);
pub(super) static DECLINED: Question =
    q(id::DECLINED, "EV_DECLINED", "The agreement was declined", Answer::Tick, "");
pub(super) static SIGNED_WORKER: Question = q(
    id::SIGNED_WORKER,
    "EV_SIGNED_WORKER",
    "Signed by the health worker",
    Answer::Text,
    "On glass, or seen on paper.",
);
pub(super) static SIGNED_SUPERVISOR: Question = q(
    id::SIGNED_SUPERVISOR,
    "EV_SIGNED_SUPERVISOR",
    "Signed by the supervisor",
    Answer::Text,
    "On glass, or seen on paper.",
);
pub(super) static SIGNED_COUNCIL: Question = q(
    id::SIGNED_COUNCIL,
    "EV_SIGNED_COUNCIL",
    "Signed by the council",
    Answer::Text,
    "On glass, or seen on paper.",
);
pub(super) static SIGNATURE_WORKER: Question = q(
    id::SIGNATURE_WORKER,
    "EV_SIGNATURE_WORKER",
    "Signature of the health worker",
    Answer::Image,
    "",
);
pub(super) static SIGNATURE_SUPERVISOR: Question = q(
    id::SIGNATURE_SUPERVISOR,
    "EV_SIGNATURE_SUPERVISOR",
    "Signature of the supervisor",
    Answer::Image,
    "",
);
pub(super) static SIGNATURE_COUNCIL: Question =
    q(id::SIGNATURE_COUNCIL, "EV_SIGNATURE_COUNCIL", "Signature of the council", Answer::Image, "");
pub(super) static STAMPED: Question =
    q(id::STAMPED, "EV_STAMPED", "Copies with the council's stamp", Answer::Text, "1, 2 or 1,2.");
pub(super) static STAMP_PHOTO: Question =
    q(id::STAMP_PHOTO, "EV_STAMP_PHOTO", "Photo of the stamped copies", Answer::Image, "");
pub(super) static COPY_1_PLACE: Question =
    q(id::COPY_1_PLACE, "EV_COPY_1_PLACE", "Copy 1 of 2 lies at", Answer::Choice(PLACES), "");
pub(super) static COPY_2_PLACE: Question =
    q(id::COPY_2_PLACE, "EV_COPY_2_PLACE", "Copy 2 of 2 lies at", Answer::Choice(PLACES), "");
pub(super) static STILL_OPEN: Question = q(
    id::STILL_OPEN,
    "EV_STILL_OPEN",
    "Still open",
    Answer::Text,
    "What has yet to be signed, stamped or filed; empty if nothing.",
);
pub(super) static WORKSHOP: Question = q(id::WORKSHOP, "EV_WORKSHOP", "Workshop", Answer::Text, "");
pub(super) static FAULT: Question =
    q(id::FAULT, "EV_FAULT", "What is broken", Answer::LongText, "");
pub(super) static COST: Question = q(id::COST, "EV_COST", "Cost", Answer::Number, "");
pub(super) static LOSS_PLACE: Question =
    q(id::LOSS_PLACE, "EV_LOSS_PLACE", "Where it was lost", Answer::Text, "");
pub(super) static REPORT_NUMBER: Question =
    q(id::REPORT_NUMBER, "EV_REPORT_NUMBER", "Number of the police report", Answer::Text, "");
pub(super) static LOCK_ASKED: Question =
    q(id::LOCK_ASKED, "EV_LOCK_ASKED", "Lock of the account asked for at", Answer::DateTime, "");
pub(super) static LOCKED_AT: Question =
    q(id::LOCKED_AT, "EV_LOCKED_AT", "Account locked at", Answer::DateTime, "");
pub(super) static WIPE_ASKED: Question =
    q(id::WIPE_ASKED, "EV_WIPE_ASKED", "Wipe asked for at", Answer::DateTime, "");
pub(super) static WIPED_AT: Question = q(
    id::WIPED_AT,
    "EV_WIPED_AT",
    "Wiped at",
    Answer::DateTime,
    "As the phone itself told, or as a person saw.",
);
pub(super) static DATA_WIPED: Question =
    q(id::DATA_WIPED, "EV_DATA_WIPED", "The data were wiped from it", Answer::YesNo, "");
pub(super) static AUDIT_NAME: Question =
    q(id::AUDIT_NAME, "EV_AUDIT_NAME", "Audit", Answer::Text, "Place and day.");
pub(super) static AUDIT_RESULT: Question =
    q(id::AUDIT_RESULT, "EV_AUDIT_RESULT", "Result", Answer::Choice(AUDIT_RESULTS), "");
pub(super) static SEEN_WITH: Question =
    q(id::SEEN_WITH, "EV_SEEN_WITH", "Seen with", Answer::Text, "");
pub(super) static PERIOD: Question = q(id::PERIOD, "EV_PERIOD", "Month", Answer::Text, "yyyyMM");
pub(super) static ALLOWANCE: Question =
    q(id::ALLOWANCE, "EV_ALLOWANCE", "Allowance of the month", Answer::Number, "");
pub(super) static CLAIMED: Question = q(id::CLAIMED, "EV_CLAIMED", "Claimed", Answer::Number, "");
pub(super) static CURRENCY: Question =
    q(id::CURRENCY, "EV_CURRENCY", "Currency", Answer::Text, "Three letters.");
pub(super) static DATA_USED_KB: Question = q(
    id::DATA_USED_KB,
    "EV_DATA_USED_KB",
    "Data used by the app in kB (1,000 bytes)",
    Answer::Count,
    "As the app measured.",
);
pub(super) static CLAIM_STATE: Question =
    q(id::CLAIM_STATE, "EV_CLAIM_STATE", "Claim", Answer::Choice(CLAIM_STATES), "");
pub(super) static APPROVED: Question =
    q(id::APPROVED, "EV_APPROVED", "Approved amount", Answer::Number, "");

pub(super) static CHOICE_SETS: &[ChoiceSet] = &[
    // Its options are the keys that a package is made with.
    ChoiceSet { id: LABEL_KEYS, code: "LABEL_KEY", name: "Keys of labels", choices: &[] },
    ChoiceSet {
        id: STATES,
        code: "STATE",
        name: "States of a device",
        choices: &[
            c("ORDERED", "Ordered"),
            c("RECEIVED", "Received"),
            c("PREPARED", "Prepared"),
            c("HANDED_OVER", "Handed over"),
            c("IN_USE", "In use"),
            c("IN_REPAIR", "In repair"),
            c("LOST", "Lost"),
            c("STOLEN", "Stolen"),
            c("RECOVERED", "Recovered"),
            c("RETURNED", "Returned"),
            c("WIPED", "Wiped"),
            c("RETIRED", "Retired"),
        ],
    },
    ChoiceSet {
        id: OWNERSHIPS,
        code: "OWNERSHIP",
        name: "Owners",
        choices: &[c("INSTITUTION", "The institution"), c("PERSONAL", "The health worker")],
    },
    ChoiceSet {
        id: CONDITIONS,
        code: "CONDITION",
        name: "Conditions",
        choices: &[
            c("NEW", "New"),
            c("GOOD", "Good"),
            c("WORN", "Worn, works"),
            c("DAMAGED", "Damaged, works"),
            c("BROKEN", "Does not work"),
        ],
    },
    ChoiceSet {
        id: PLACES,
        code: "COPY_PLACE",
        name: "Places of the agreement",
        choices: &[
            c("DISTRICT", "At the district"),
            c("BOX_FILE", "District box file in the partner's office"),
            c("ON_THE_WAY", "On the way to the partner"),
            c("SUPERVISOR", "With the supervisor"),
            c("LOST", "Lost"),
        ],
    },
    ChoiceSet {
        id: AUDIT_RESULTS,
        code: "AUDIT_RESULT",
        name: "Results of an audit",
        choices: &[
            c("FOUND", "Found"),
            c("MISSING", "Missing"),
            c("EXTRA", "Here, but not expected here"),
            c("WRONG_HANDS", "In the wrong hands"),
        ],
    },
    ChoiceSet {
        id: CLAIM_STATES,
        code: "CLAIM_STATE",
        name: "States of a claim",
        choices: &[
            c("OPEN", "Open"),
            c("APPROVED", "Approved"),
            c("REFUSED", "Refused"),
            c("PAID", "Paid"),
        ],
    },
];
