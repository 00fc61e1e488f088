//! What is wrong with a value, as a key for translation and in words for the person at the field.

use std::fmt;

macro_rules! value_problems {
    ($($variant:ident = $key:literal, $words:literal;)+) => {
        /// What is wrong with a value. Holds nothing of the value itself, so it may be logged.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum ValueProblem {
            $(#[doc = concat!("The value ", $words, ".")] $variant,)+
        }

        impl ValueProblem {
            /// Every problem.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The server's own key, the same in every language (DHIS2 `ValidationUtils`).
            #[must_use]
            pub fn key(self) -> &'static str {
                match self {
                    $(Self::$variant => $key,)+
                }
            }

            /// What the value must be, in plain English, to follow the name of the field.
            #[must_use]
            pub fn words(self) -> &'static str {
                match self {
                    $(Self::$variant => $words,)+
                }
            }
        }
    };
}

value_problems! {
    TooLong = "value_length_greater_than_max_length", "must be shorter than 50,000 characters";
    NotLetter = "value_not_valid_letter", "must be one letter, such as A";
    NotNumeric = "value_not_numeric", "must be a number, such as 12 or 12.5";
    NotUnitInterval = "value_not_unit_interval", "must be a number from 0 to 1, such as 0.5";
    NotPercentage = "value_not_percentage", "must be a number from 0 to 100, such as 75";
    NotInteger = "value_not_integer", "must be a whole number, such as 12";
    NotPositiveInteger = "value_not_positive_integer",
        "must be a whole number of 1 or more, such as 12";
    NotNegativeInteger = "value_not_negative_integer",
        "must be a whole number below 0, such as -12";
    NotZeroOrPositiveInteger = "value_not_zero_or_positive_integer",
        "must be a whole number of 0 or more, such as 12";
    NotBoolean = "value_not_bool", "must be yes or no";
    NotTrueOnly = "value_not_true_only", "must be yes, or left empty";
    NotDate = "value_not_valid_date", "must be a date, such as 2026-01-31";
    NotAge = "value_not_valid_age", "must be a date of birth, such as 2019-01-31";
    NotDateTime = "value_not_valid_datetime",
        "must be a date with a time, such as 2026-01-31T14:30";
    NotTime = "value_not_valid_time", "must be a time of day, such as 14:30";
    NotCoordinate = "value_not_coordinate",
        "must be a longitude and a latitude, such as [32.58,0.32]";
    NotPhoneNumber = "value_not_phone_number",
        "must be a phone number of 6 to 50 digits and signs, such as +256 700 123456";
    NotEmail = "value_not_valid_email", "must be an e-mail address, such as name@example.org";
    NotUrl = "value_not_url", "must be a web address, such as https://www.example.org";
    NotFileResource = "value_not_valid_file_resource_uid", "must be an attached file";
    NotOrganisationUnit = "value_not_valid_org_unit_uid",
        "must be a place chosen from the list";
    NotUsername = "value_not_valid_username",
        "must be a user name of 4 to 255 letters and digits, such as nurse.anna";
    NotOption = "value_not_valid_option", "must be chosen from the list";
    LacksOptionSet = "data_element_lacks_option_set",
        "has no list to choose from; ask for the form to be corrected";
}

impl fmt::Display for ValueProblem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.words())
    }
}

impl std::error::Error for ValueProblem {}
