//! What can happen to a device: one stage a kind of event.

use super::super::ids_device::stage as id;
use super::super::spec::{Asked, Section, Stage};
use super::super::tables::{may, must};
use super::questions as q;

/// What every stage asks: the state after it, why, who, when.
const HAPPENED: &[Asked] =
    &[must(&q::NEW_STATE), may(&q::REASON), must(&q::DONE_BY), must(&q::DONE_AT)];

const fn section(id: &'static str, name: &'static str, asked: &'static [Asked]) -> Section {
    Section { id, name, asked }
}

const fn stage(
    id: &'static str,
    name: &'static str,
    help: &'static str,
    sections: &'static [Section],
) -> Stage {
    Stage { id, name, help, date_label: "Day", repeatable: true, sections }
}

const SIGNED: &[Asked] = &[
    may(&q::AGREEMENT_VERSION),
    may(&q::AGREEMENT_LANGUAGE),
    may(&q::AGREEMENT_SHA256),
    may(&q::DECLINED),
    may(&q::SIGNED_WORKER),
    may(&q::SIGNED_SUPERVISOR),
    may(&q::SIGNED_COUNCIL),
    may(&q::SIGNATURE_WORKER),
    may(&q::SIGNATURE_SUPERVISOR),
    may(&q::SIGNATURE_COUNCIL),
    may(&q::STAMPED),
    may(&q::STAMP_PHOTO),
    may(&q::COPY_1_PLACE),
    may(&q::COPY_2_PLACE),
    may(&q::STILL_OPEN),
];

pub(super) static STAGES: &[Stage] = &[
    stage(
        id::RECEIVE,
        "Received",
        "The box came from the supplier.",
        &[
            section("RoSecRecei1", "What happened", HAPPENED),
            section(
                "RoSecRecei2",
                "The delivery",
                &[may(&q::ORDER_NUMBER), may(&q::CONDITION), may(&q::ACCESSORIES_SEEN)],
            ),
        ],
    ),
    stage(
        id::PREPARE,
        "Prepared",
        "Box and phone were scanned together, the app is on it, the label sticks.",
        &[
            section("RoSecPrepa1", "What happened", HAPPENED),
            section(
                "RoSecPrepa2",
                "Box and phone",
                &[must(&q::BOX_SCANNED), must(&q::PHONE_SCANNED), may(&q::APP_VERSION)],
            ),
        ],
    ),
    stage(
        id::LABEL,
        "Label printed",
        "The trace of every label, so that a second one is not unnoticed.",
        &[
            section("RoSecLabel1", "What happened", HAPPENED),
            section(
                "RoSecLabel2",
                "The label",
                &[must(&q::LABELS_PRINTED), may(&q::LABEL_PAPER), may(&q::LABEL_KEY)],
            ),
        ],
    ),
    stage(
        id::HAND_OVER,
        "Handed over",
        "The phone was given to a health worker.",
        &[
            section("RoSecHandO1", "What happened", HAPPENED),
            section(
                "RoSecHandO2",
                "Box and phone",
                &[
                    must(&q::BOX_SCANNED),
                    must(&q::PHONE_SCANNED),
                    must(&q::RECEIVER),
                    may(&q::RECEIVER_USER),
                    may(&q::CONDITION),
                    may(&q::ACCESSORIES_SEEN),
                ],
            ),
            section("RoSecHandO3", "Agreement", SIGNED),
        ],
    ),
    stage(
        id::CHANGE,
        "Other change",
        "Ordered, in use, recovered, wiped, retired.",
        &[
            section("RoSecChang1", "What happened", HAPPENED),
            section("RoSecChang2", "More", &[may(&q::REMARK)]),
        ],
    ),
    stage(
        id::REPAIR,
        "Repair",
        "The phone went to a workshop.",
        &[
            section("RoSecRepai1", "What happened", HAPPENED),
            section(
                "RoSecRepai2",
                "The repair",
                &[may(&q::FAULT), may(&q::WORKSHOP), may(&q::COST)],
            ),
        ],
    ),
    stage(
        id::LOSS,
        "Lost or stolen",
        "Reported by the supervisor; lock and wipe go out.",
        &[
            section("RoSecLossR1", "What happened", HAPPENED),
            section(
                "RoSecLossR2",
                "The loss",
                &[
                    may(&q::LOSS_PLACE),
                    may(&q::REPORT_NUMBER),
                    may(&q::LOCK_ASKED),
                    may(&q::LOCKED_AT),
                    may(&q::WIPE_ASKED),
                    may(&q::WIPED_AT),
                ],
            ),
        ],
    ),
    stage(
        id::RETURN,
        "Returned",
        "The phone came back.",
        &[
            section("RoSecRetur1", "What happened", HAPPENED),
            section(
                "RoSecRetur2",
                "The phone",
                &[
                    must(&q::CONDITION),
                    may(&q::ACCESSORIES_SEEN),
                    must(&q::DATA_WIPED),
                    must(&q::PHONE_SCANNED),
                ],
            ),
            section(
                "RoSecRetur3",
                "Signatures",
                &[
                    may(&q::SIGNED_WORKER),
                    may(&q::SIGNED_SUPERVISOR),
                    may(&q::SIGNATURE_WORKER),
                    may(&q::SIGNATURE_SUPERVISOR),
                    may(&q::STILL_OPEN),
                ],
            ),
        ],
    ),
    stage(
        id::AUDIT,
        "Audit",
        "What was found when devices were looked for.",
        &[
            section("RoSecAudit1", "What happened", HAPPENED),
            section(
                "RoSecAudit2",
                "The audit",
                &[must(&q::AUDIT_NAME), must(&q::AUDIT_RESULT), may(&q::SEEN_WITH)],
            ),
        ],
    ),
    stage(
        id::CLAIM,
        "Claim for a personal phone",
        "Airtime and data of one month.",
        &[
            section("RoSecClaim1", "What happened", HAPPENED),
            section(
                "RoSecClaim2",
                "The claim",
                &[
                    must(&q::PERIOD),
                    may(&q::ALLOWANCE),
                    must(&q::CLAIMED),
                    must(&q::CURRENCY),
                    may(&q::DATA_USED_KB),
                    must(&q::CLAIM_STATE),
                    may(&q::APPROVED),
                ],
            ),
        ],
    ),
];
