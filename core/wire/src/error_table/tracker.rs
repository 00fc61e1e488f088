//! Codes of the tracker, 2.38 to 2.44 (wire reference, appendix A).
//!
//! Words are for a health worker: what is wrong, in one sentence, without names of the machine.

use crate::error_code::RefusalClass::{Access, Done, Metadata, Parent, Permanent, Time};
use crate::error_code::{ErrorCode, FieldHint};

pub(crate) static TRACKER: &[ErrorCode] = &[
    // Tracker: rights and places
    ErrorCode {
        codes: &["E1000"],
        class: Access,
        field: FieldHint::Property("orgUnit"),
        words: "This place is not among the places you work for.",
    },
    ErrorCode {
        codes: &["E1001", "E1091", "E1095", "E1096", "E1097", "E1104", "E1131", "E1323", "E1325"],
        class: Access,
        field: FieldHint::None,
        words: "You are not allowed to enter data in this program.",
    },
    ErrorCode {
        codes: &["E1003", "E1105"],
        class: Access,
        field: FieldHint::None,
        words: "This record is outside the area you may search.",
    },
    ErrorCode {
        codes: &["E1098", "E1099"],
        class: Access,
        field: FieldHint::Property("attributeOptionCombo"),
        words: "You are not allowed to use this category.",
    },
    ErrorCode {
        codes: &["E1083"],
        class: Access,
        field: FieldHint::Property("status"),
        words: "You are not allowed to change a record that is already completed.",
    },
    ErrorCode {
        codes: &["E1100", "E1103"],
        class: Access,
        field: FieldHint::None,
        words: "You are not allowed to delete a record that has other records under it.",
    },
    ErrorCode {
        codes: &["E1102", "E1324"],
        class: Access,
        field: FieldHint::None,
        words: "Another place is responsible for this person. Ask for access first.",
    },
    ErrorCode {
        codes: &["E1112"],
        class: Access,
        field: FieldHint::None,
        words: "The server is not set up to keep confidential values. Tell your administrator.",
    },
    ErrorCode {
        codes: &["E1118"],
        class: Permanent,
        field: FieldHint::Property("assignedUser"),
        words: "The person assigned to this record is not known on the server.",
    },
    ErrorCode {
        codes: &["E1120"],
        class: Permanent,
        field: FieldHint::Property("assignedUser"),
        words: "This form cannot be assigned to a person.",
    },
    ErrorCode {
        codes: &["E4019", "E4020"],
        class: Access,
        field: FieldHint::None,
        words: "You are not allowed to link these records.",
    },
    // Tracker: metadata that the server does not know (any more)
    ErrorCode {
        codes: &["E1005", "E1008", "E1010", "E1013", "E1049", "E1068", "E1069", "E1070", "E4006"],
        class: Metadata,
        field: FieldHint::None,
        words: "The server does not know this form any more, or you may not see it. Sync first.",
    },
    ErrorCode {
        codes: &["E1011"],
        class: Metadata,
        field: FieldHint::Property("orgUnit"),
        words: "The server does not know this place. Sync first.",
    },
    ErrorCode {
        codes: &["E1029", "E1041"],
        class: Metadata,
        field: FieldHint::Property("orgUnit"),
        words: "This form is not used at this place.",
    },
    ErrorCode {
        codes: &["E1006", "E1019"],
        class: Metadata,
        field: FieldHint::Named,
        words: "This question is not part of the form any more. Sync first.",
    },
    ErrorCode {
        codes: &["E1304", "E1305"],
        class: Metadata,
        field: FieldHint::Named,
        words: "This question is not part of the form any more. Sync first.",
    },
    ErrorCode {
        codes: &["E1014"],
        class: Permanent,
        field: FieldHint::None,
        words: "This program does not register people.",
    },
    ErrorCode {
        codes: &["E1115", "E1116", "E1117", "E1129", "E1130", "E1054", "E1055"],
        class: Metadata,
        field: FieldHint::Property("attributeOptionCombo"),
        words: "The category chosen for this record is not valid.",
    },
    ErrorCode {
        codes: &["E1056", "E1057"],
        class: Time,
        field: FieldHint::Property("occurredAt"),
        words: "The date is outside the time for which the category may be used.",
    },
    // Tracker: existing, missing and deleted records
    ErrorCode {
        codes: &["E1002", "E1030", "E1080", "E4015"],
        class: Done,
        field: FieldHint::None,
        words: "The server already has this record.",
    },
    ErrorCode {
        codes: &["E1032", "E1063", "E1081", "E4016"],
        class: Done,
        field: FieldHint::None,
        words: "The server does not have this record.",
    },
    ErrorCode {
        codes: &["E1082", "E1113", "E1114", "E4017"],
        class: Done,
        field: FieldHint::None,
        words: "This record was deleted on the server.",
    },
    ErrorCode {
        codes: &["E1119"],
        class: Done,
        field: FieldHint::None,
        words: "The server already has this note.",
    },
    ErrorCode {
        codes: &["E4018"],
        class: Done,
        field: FieldHint::None,
        words: "These records are already linked.",
    },
    ErrorCode {
        codes: &["E1015", "E1016"],
        class: Permanent,
        field: FieldHint::None,
        words: "This person is already enrolled in the program.",
    },
    ErrorCode {
        codes: &["E1039"],
        class: Permanent,
        field: FieldHint::None,
        words: "This form can be filled in only once and was filled in before.",
    },
    ErrorCode {
        codes: &["E5000"],
        class: Parent,
        field: FieldHint::None,
        words: "A record that this one belongs to was not accepted.",
    },
    // Tracker: dates and status
    ErrorCode {
        codes: &["E1020"],
        class: Time,
        field: FieldHint::Property("enrolledAt"),
        words: "The date of enrolment must not be in the future.",
    },
    ErrorCode {
        codes: &["E1021"],
        class: Time,
        field: FieldHint::Property("occurredAt"),
        words: "The date must not be in the future.",
    },
    ErrorCode {
        codes: &["E1023"],
        class: Permanent,
        field: FieldHint::Property("occurredAt"),
        words: "The date of the incident is missing.",
    },
    ErrorCode {
        codes: &["E1025"],
        class: Permanent,
        field: FieldHint::Property("enrolledAt"),
        words: "The date of enrolment is missing.",
    },
    ErrorCode {
        codes: &["E1031"],
        class: Permanent,
        field: FieldHint::Property("occurredAt"),
        words: "The date is missing.",
    },
    ErrorCode {
        codes: &["E1050"],
        class: Permanent,
        field: FieldHint::Property("scheduledAt"),
        words: "The planned date is missing.",
    },
    ErrorCode {
        codes: &["E1042", "E1043"],
        class: Time,
        field: FieldHint::Property("status"),
        words: "This record was completed too long ago to be changed.",
    },
    ErrorCode {
        codes: &["E1046"],
        class: Time,
        field: FieldHint::Property("occurredAt"),
        words: "The record has no date, so it cannot be changed any more.",
    },
    ErrorCode {
        codes: &["E1047"],
        class: Time,
        field: FieldHint::Property("occurredAt"),
        words: "The time for entering data of this date is over.",
    },
    ErrorCode {
        codes: &["E1051", "E1052"],
        class: Permanent,
        field: FieldHint::Property("status"),
        words: "A completion date was given but the record is not completed.",
    },
    ErrorCode {
        codes: &["E1315"],
        class: Permanent,
        field: FieldHint::Property("status"),
        words: "A planned or skipped record cannot hold answers.",
    },
    ErrorCode {
        codes: &["E1316", "E1318"],
        class: Permanent,
        field: FieldHint::Property("status"),
        words: "The status cannot be changed in this way.",
    },
    ErrorCode {
        codes: &["E1326"],
        class: Permanent,
        field: FieldHint::Property("status"),
        words: "This record is completed and closed. Reopen it first.",
    },
    // Tracker: values
    ErrorCode {
        codes: &["E1302"],
        class: Permanent,
        field: FieldHint::Named,
        words: "This answer is not in the right form.",
    },
    ErrorCode {
        codes: &["E1007", "E1085"],
        class: Permanent,
        field: FieldHint::Named,
        words: "This answer is not in the right form.",
    },
    ErrorCode {
        codes: &["E1303"],
        class: Permanent,
        field: FieldHint::Named,
        words: "This question must be answered.",
    },
    ErrorCode {
        codes: &["E1018", "E1090", "E1076"],
        class: Permanent,
        field: FieldHint::Named,
        words: "This question must be answered.",
    },
    ErrorCode {
        codes: &["E1125", "E1084"],
        class: Permanent,
        field: FieldHint::Named,
        words: "This answer is not one of the choices.",
    },
    ErrorCode {
        codes: &["E1077"],
        class: Permanent,
        field: FieldHint::Named,
        words: "This answer is too long.",
    },
    ErrorCode {
        codes: &["E1064"],
        class: Permanent,
        field: FieldHint::Named,
        words: "Another person already has this value.",
    },
    ErrorCode {
        codes: &["E1009"],
        class: Permanent,
        field: FieldHint::Named,
        words: "This file is already used by another record.",
    },
    ErrorCode {
        codes: &["E1012", "E1074"],
        class: Permanent,
        field: FieldHint::Property("geometry"),
        words: "The position is not of the kind that this form asks for.",
    },
    ErrorCode {
        codes: &["E1300", "E1306", "E1307", "E1309", "E1314", "E1317", "E1319", "E1321", "E1301"],
        class: Permanent,
        field: FieldHint::Named,
        words: "A rule of the form is not met.",
    },
    ErrorCode {
        codes: &["E1308", "E1310", "E1320", "E1322"],
        class: Permanent,
        field: FieldHint::Named,
        words: "A rule of the form gave a warning.",
    },
    // Tracker: records that do not fit together
    ErrorCode {
        codes: &["E1022", "E1126", "E1127", "E1128"],
        class: Permanent,
        field: FieldHint::None,
        words: "A part of the record was changed that must stay as it was.",
    },
    ErrorCode {
        codes: &["E1033", "E1313", "E1079", "E1089"],
        class: Permanent,
        field: FieldHint::None,
        words: "The record does not belong to a known enrolment.",
    },
    ErrorCode {
        codes: &["E1035", "E1044", "E1045", "E1086", "E1087", "E1088", "E1094", "E1110"],
        class: Permanent,
        field: FieldHint::None,
        words: "The record is incomplete.",
    },
    ErrorCode {
        codes: &["E1048", "E1075", "E1121", "E1122", "E1123", "E1124"],
        class: Permanent,
        field: FieldHint::None,
        words: "The record is incomplete.",
    },
    ErrorCode {
        codes: &[
            "E4000", "E4001", "E4010", "E4012", "E4014", "E4003", "E4004", "E4005", "E4007",
            "E4008", "E4009", "E4011", "E4013",
        ],
        class: Permanent,
        field: FieldHint::None,
        words: "These records cannot be linked in this way.",
    },
];
