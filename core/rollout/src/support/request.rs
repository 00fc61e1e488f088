//! A support request as its user made it: what, where, on which device, when by which clock.

use outpost_domain::uid::{EnrollmentUid, OrganisationUnitUid, TrackedEntityUid};
use serde::{Deserialize, Serialize};

use super::limits::UNMEASURED_AGE_MS_MAX;

/// How a request came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Channel {
    /// Filed in the app.
    App,
    /// Filed in DHIS2 on the web.
    Web,
    /// Told by telephone; somebody else recorded it.
    Phone,
    /// Came by e-mail.
    Email,
}

/// What a request is about: the ten most common problems, a changed SIM card, anything else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[allow(missing_docs, reason = "the names say it; texts for people are among the answers")]
pub enum Problem {
    CannotSignIn,
    NotSending,
    RecordRefused,
    NoNetwork,
    PhoneNoPower,
    StorageFull,
    ClockWrong,
    FormMissing,
    AppStops,
    PhoneBroken,
    SimChanged,
    Other,
}

macro_rules! codes {
    ($type:ty { $($variant:ident => $code:literal),+ $(,)? }) => {
        impl $type {
            /// Every one, in the order of lists.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The code, as in the option set.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self { $(Self::$variant => $code),+ }
            }

            /// The one with this code.
            #[must_use]
            pub fn parse(code: &str) -> Option<Self> {
                Some(match code { $($code => Self::$variant,)+ _ => return None })
            }
        }
    };
}
pub(super) use codes;

codes!(Channel { App => "APP", Web => "WEB", Phone => "PHONE", Email => "EMAIL" });
codes!(Problem {
    CannotSignIn => "CANNOT_SIGN_IN",
    NotSending => "NOT_SENDING",
    RecordRefused => "RECORD_REFUSED",
    NoNetwork => "NO_NETWORK",
    PhoneNoPower => "PHONE_NO_POWER",
    StorageFull => "STORAGE_FULL",
    ClockWrong => "CLOCK_WRONG",
    FormMissing => "FORM_MISSING",
    AppStops => "APP_STOPS",
    PhoneBroken => "PHONE_BROKEN",
    SimChanged => "SIM_CHANGED",
    Other => "OTHER",
});

/// When a user made a request, by the clock of the device on which it was recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Made {
    /// What the clock said, Unix milliseconds.
    pub device_ms: i64,
    /// What must be added to reach the server's time; `None` if that was never measured.
    pub skew_ms: Option<i64>,
}

impl Made {
    /// When it was made in the server's time, as far as that can be known once the team has
    /// received it: never later than that. `None` if the clock was never compared and tells an
    /// impossible time.
    #[must_use]
    pub fn at_ms(self, received_ms: i64) -> Option<i64> {
        let made_ms = self.device_ms.saturating_add(self.skew_ms.unwrap_or(0));
        let oldest = received_ms.saturating_sub(UNMEASURED_AGE_MS_MAX);
        let believed = match self.skew_ms {
            Some(_) => true,
            None => (oldest..=received_ms).contains(&made_ms),
        };
        believed.then_some(made_ms.min(received_ms))
    }
}

/// What a request is connected with.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Links {
    /// Number of the device's box, or the id under which the device tells of itself.
    pub device: Option<String>,
    /// ICCID of the SIM card.
    pub sim: Option<String>,
    /// Id of the form.
    pub form: Option<String>,
    /// Names the batch of a synchronisation that failed.
    pub batch: Option<String>,
    /// Code of the error that was shown.
    pub error: Option<String>,
    /// What the device tells of itself; numbers and names of parts, nothing about people (JSON).
    pub diagnostics: Option<String>,
}

/// A support request without what happened to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SupportRequest {
    /// The tracked entity that it is.
    pub id: TrackedEntityUid,
    /// Its enrolment in the program.
    pub enrollment: EnrollmentUid,
    /// The place of its user.
    pub place: OrganisationUnitUid,
    /// In one line.
    pub title: String,
    /// In the user's words.
    pub text: String,
    /// What it is about.
    pub problem: Problem,
    /// How it came.
    pub channel: Channel,
    /// Work stands still until it is solved.
    pub urgent: bool,
    /// When its user made it; for a telephone call that of the call.
    pub made: Made,
    /// When the team received it, if that is known by itself: a call is received when it is taken,
    /// an e-mail when it lies in the mailbox.
    pub received_ms: Option<i64>,
    /// When it was recorded, if somebody recorded it for the user.
    pub entered_ms: Option<i64>,
    /// Who asks: user name, name or e-mail address.
    pub reporter: String,
    /// Telephone number to call back.
    pub phone: Option<String>,
    /// `Message-ID` of the e-mail, so that none is taken in twice.
    pub message_id: Option<String>,
    /// What it is connected with.
    pub links: Links,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_read_as_they_are_written() {
        for problem in Problem::ALL {
            assert_eq!(Problem::parse(problem.code()), Some(*problem));
        }
        for channel in Channel::ALL {
            assert_eq!(Channel::parse(channel.code()), Some(*channel));
        }
        assert_eq!(Problem::parse("other"), None);
    }

    #[track_caller]
    fn check(device_ms: i64, skew_ms: Option<i64>, received_ms: i64, expected: Option<i64>) {
        assert_eq!(Made { device_ms, skew_ms }.at_ms(received_ms), expected);
    }

    #[test]
    fn a_measured_clock_is_set_right_and_never_ahead_of_the_receipt() {
        const DAY: i64 = 86_400_000;
        let received = 20_000 * DAY;
        check(received - 3 * DAY, Some(0), received, Some(received - 3 * DAY));
        // Ten days slow, measured: made three days before.
        check(received - 13 * DAY, Some(10 * DAY), received, Some(received - 3 * DAY));
        check(received + DAY, Some(0), received, Some(received));
        // From 1970, measured: three years are three years.
        check(0, Some(received - 1_095 * DAY), received, Some(received - 1_095 * DAY));
    }

    #[test]
    fn a_clock_that_was_never_compared_is_believed_while_it_is_possible() {
        const DAY: i64 = 86_400_000;
        let received = 20_000 * DAY;
        check(received - 3 * DAY, None, received, Some(received - 3 * DAY));
        check(0, None, received, None);
        check(received + 1, None, received, None);
    }
}
