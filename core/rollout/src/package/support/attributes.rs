//! Attributes of a support request: what never changes once it is filed.

use super::super::ids_support as id;
use super::super::ids_support::{CHANNELS, PROBLEMS};
use super::super::spec::{Answer, Attribute};
use super::super::tables::{a, listed, mandatory, searched};

pub(super) static ATTRIBUTES: &[Attribute] = &[
    listed(mandatory(searched(a(id::TITLE, "TITLE", "In one line", Answer::Text, "")))),
    listed(mandatory(searched(a(
        id::PROBLEM,
        "PROBLEM",
        "What it is about",
        Answer::Choice(PROBLEMS),
        "",
    )))),
    listed(a(id::URGENT, "URGENT", "Work stands still", Answer::Tick, "")),
    listed(searched(a(id::REPORTER, "REPORTER", "Who asks", Answer::Text, ""))),
    a(id::PHONE, "PHONE", "Phone number to call back", Answer::Text, ""),
    listed(a(id::CHANNEL, "CHANNEL", "How it came", Answer::Choice(CHANNELS), "")),
    searched(a(
        id::DEVICE,
        "DEVICE",
        "Device",
        Answer::Text,
        "The number on its box, or the id that the app shows.",
    )),
    searched(a(id::SIM, "SIM", "SIM card (ICCID)", Answer::Text, "")),
    searched(a(id::ERROR, "ERROR", "Code of the error", Answer::Text, "As the app shows it.")),
    a(id::FORM, "FORM", "Form", Answer::Text, ""),
    a(id::BATCH, "BATCH", "Batch of a synchronisation", Answer::Text, ""),
    a(
        id::MADE_AT,
        "MADE_AT",
        "Made at (UTC)",
        Answer::Text,
        "By the clock of the device, like 2026-11-30T08:15:00Z; for a call the time of the call. \
         Empty: when it was saved.",
    ),
    a(
        id::CLOCK_BEHIND,
        "CLOCK_BEHIND",
        "Seconds by which that clock was behind",
        Answer::Number,
        "Measured by the app; empty if it never was.",
    ),
    a(
        id::RECEIVED_AT,
        "RECEIVED_AT",
        "Received at (UTC)",
        Answer::Text,
        "For calls and e-mails: when the team had it.",
    ),
    a(
        id::ENTERED_AT,
        "ENTERED_AT",
        "Written down at (UTC)",
        Answer::Text,
        "For calls and e-mails: when somebody recorded it.",
    ),
    searched(a(id::MESSAGE_ID, "MESSAGE_ID", "Number of the e-mail", Answer::Text, "")),
];
