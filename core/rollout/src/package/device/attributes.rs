//! Attributes of a device.

use super::super::ids_device as id;
use super::super::ids_device::{OWNERSHIPS, STATES};
use super::super::spec::{Answer, Attribute};
use super::super::tables::{a, listed, mandatory, searched, unique};

pub(super) static ATTRIBUTES: &[Attribute] = &[
    listed(mandatory(unique(a(
        id::NUMBER,
        "NUMBER",
        "Device number",
        Answer::Text,
        "The number on the box, on both copies of the agreement and on the label.",
    )))),
    listed(mandatory(searched(a(id::STATE, "STATE", "State", Answer::Choice(STATES), "")))),
    mandatory(a(id::OWNERSHIP, "OWNERSHIP", "Belongs to", Answer::Choice(OWNERSHIPS), "")),
    a(id::MAKE, "MAKE", "Make", Answer::Text, ""),
    listed(a(id::MODEL, "MODEL", "Model", Answer::Text, "")),
    listed(unique(a(id::SERIAL, "SERIAL", "Serial number", Answer::Text, ""))),
    unique(a(id::IMEI_1, "IMEI_1", "IMEI 1", Answer::Text, "15 digits; dial *#06# on the phone.")),
    unique(a(
        id::IMEI_2,
        "IMEI_2",
        "IMEI 2",
        Answer::Text,
        "15 digits, if the phone takes two SIM cards.",
    )),
    a(id::STORAGE_GB, "STORAGE_GB", "Storage in GB", Answer::Count, ""),
    a(
        id::ACCESSORIES,
        "ACCESSORIES",
        "Accessories",
        Answer::Text,
        "What lies in the box besides the phone, separated by commas.",
    ),
    listed(searched(a(id::HOLDER, "HOLDER", "Health worker", Answer::Text, "Who has the phone."))),
    searched(a(id::HOLDER_USER, "HOLDER_USER", "User name of the health worker", Answer::Text, "")),
    listed(searched(a(id::DISTRICT, "DISTRICT", "District", Answer::Text, ""))),
    a(
        id::SUPPORT_NAME,
        "SUPPORT_NAME",
        "Whom to call",
        Answer::Text,
        "The one point of support: the supervisor as a rule.",
    ),
    a(id::SUPPORT_PHONE, "SUPPORT_PHONE", "Phone number of support", Answer::PhoneNumber, ""),
    searched(a(
        id::SIM_ICCID,
        "SIM_ICCID",
        "SIM card inside (ICCID)",
        Answer::Text,
        "19 or 20 digits, printed on the card.",
    )),
    listed(searched(a(
        id::SIM_MSISDN,
        "SIM_MSISDN",
        "Phone number of the SIM card",
        Answer::PhoneNumber,
        "",
    ))),
    a(id::SIM_OPERATOR, "SIM_OPERATOR", "Operator", Answer::Text, ""),
    searched(a(id::MDM_ID, "MDM_ID", "Id in the device management", Answer::Text, "")),
    a(id::MDM_SEEN, "MDM_SEEN", "Last seen by the device management", Answer::Date, ""),
];
