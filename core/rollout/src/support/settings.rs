//! What a project sets: tiers, limits, working hours, whom to call.
//!
//! A JSON document that administrators keep beside the targets of the team; it reaches every device
//! with the synchronisation. What it leaves out is as the roll-out guide recommends.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use outpost_domain::uid::OrganisationUnitUid;
use serde::{Deserialize, Serialize};

use super::calendar::{Calendar, CalendarError, Hours, Span, offset_text, parse_offset};
use super::limits::{
    ACKNOWLEDGE_HOURS, CONTACTS_MAX, LIMIT_HOURS_MAX, SETTINGS_BYTES_MAX, TIERS_MAX, WORD_CHARS_MAX,
};

const HOUR_MS: i64 = 3_600_000;

/// What a project sets for support.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SupportSettings {
    /// The tiers in order; tier 1 is the first.
    pub tiers: Vec<Tier>,
    /// Within which counted time a person acknowledges, in milliseconds.
    pub acknowledge_within_ms: i64,
    /// Within which counted time a request is to be closed, in milliseconds; `None`: no such limit.
    pub resolve_within_ms: Option<i64>,
    /// Whether a request that nobody acknowledged in time goes to the next tier by itself.
    pub escalates_by_time: bool,
    /// Which time counts.
    pub calendar: Calendar,
    /// Whom to call.
    pub contacts: Vec<Contact>,
}

/// One tier of support.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Tier {
    /// What it is called.
    pub name: String,
    /// What it can do, in words.
    #[serde(default)]
    pub does: String,
    /// Level of the organisation units at which it sits: each of its queues holds the requests of
    /// one unit of this level and everything below. `None`: where the request was made.
    #[serde(default)]
    pub level: Option<u8>,
}

/// A person or desk to call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Contact {
    /// For this place and those below it.
    pub organisation_unit: OrganisationUnitUid,
    /// Of this tier, from 1.
    pub tier: u8,
    /// Name.
    pub name: String,
    /// Telephone number.
    #[serde(default)]
    pub phone: Option<String>,
    /// E-mail address.
    #[serde(default)]
    pub email: Option<String>,
}

impl Default for SupportSettings {
    /// The guide's three tiers, twelve hours, round the clock.
    fn default() -> Self {
        let tier = |name: &str, does: &str, level| Tier {
            name: name.to_owned(),
            does: does.to_owned(),
            level,
        };
        Self {
            tiers: vec![
                tier("Supervisor", "Simple hardware and software", None),
                tier(
                    "District officer",
                    "Configuration, advanced user interface, data import and export",
                    Some(3),
                ),
                tier("Central IT", "Back-end maintenance", Some(1)),
            ],
            acknowledge_within_ms: ACKNOWLEDGE_HOURS * HOUR_MS,
            resolve_within_ms: None,
            escalates_by_time: true,
            calendar: Calendar::Always,
            contacts: Vec::new(),
        }
    }
}

/// Why settings cannot be used; nothing of them is then.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// Too long.
    #[error("the support settings are longer than {SETTINGS_BYTES_MAX} bytes")]
    TooLong,
    /// Not JSON of the expected shape.
    #[error("the support settings cannot be read: {0}")]
    Shape(String),
    /// A number of tiers outside 1 to 5.
    #[error("a project has one to {TIERS_MAX} tiers of support")]
    Tiers,
    /// A limit outside what is sensible.
    #[error("`{0}` is a number of hours from 1 to {LIMIT_HOURS_MAX}")]
    Limit(&'static str),
    /// Working hours.
    #[error("the calendar: {0}")]
    Calendar(#[from] CalendarError),
    /// A contact.
    #[error("contact {number}: {why}")]
    Contact {
        /// Which, from 1.
        number: usize,
        /// Why.
        why: &'static str,
    },
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
struct Document {
    tiers: Option<Vec<Tier>>,
    acknowledge_within_hours: i64,
    resolve_within_hours: Option<i64>,
    escalates_by_time: bool,
    calendar: Option<CalendarDocument>,
    contacts: Vec<Contact>,
}

impl Default for Document {
    fn default() -> Self {
        Self {
            tiers: None,
            acknowledge_within_hours: ACKNOWLEDGE_HOURS,
            resolve_within_hours: None,
            escalates_by_time: true,
            calendar: None,
            contacts: Vec::new(),
        }
    }
}

/// Working hours as the document of a project has them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CalendarDocument {
    /// Offset from Greenwich, such as `+02:00`.
    #[serde(default = "greenwich")]
    pub offset: String,
    /// Hours such as `08:00-12:00` by name of the day, see [`DAYS`].
    pub week: BTreeMap<String, Vec<String>>,
    /// Days on which nobody works, such as `2026-12-25`.
    #[serde(default)]
    pub holidays: Vec<String>,
}

fn greenwich() -> String {
    "Z".to_owned()
}

/// Names of days in the document, in order.
pub const DAYS: [&str; 7] =
    ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

impl CalendarDocument {
    fn of(hours: &Hours) -> Self {
        let days = DAYS.iter().zip(hours.week()).filter(|(_, spans)| !spans.is_empty());
        let texts = |spans: &Vec<Span>| spans.iter().map(ToString::to_string).collect();
        Self {
            offset: offset_text(hours.offset_minutes()),
            week: days.map(|(name, spans)| ((*name).to_owned(), texts(spans))).collect(),
            holidays: hours.holidays().map(|day| day.to_string()).collect(),
        }
    }

    fn hours(self) -> Result<Hours, SettingsError> {
        let mut week: [Vec<Span>; 7] = std::array::from_fn(|_| Vec::new());
        for (name, spans) in self.week {
            let at = DAYS.iter().position(|day| *day == name).ok_or_else(|| {
                SettingsError::Shape("days of the calendar are monday to sunday".to_owned())
            })?;
            week[at] = spans.iter().map(|text| text.parse()).collect::<Result<_, _>>()?;
        }
        let day = |text: &String| text.parse::<Date>().map_err(|_| CalendarError::Holiday);
        let holidays = self.holidays.iter().map(day).collect::<Result<Vec<_>, _>>()?;
        Ok(Hours::new(parse_offset(&self.offset)?, week, &holidays)?)
    }
}

impl SupportSettings {
    /// Reads the document of a project.
    ///
    /// # Errors
    /// [`SettingsError`] saying what to change.
    pub fn parse(json: &str) -> Result<Self, SettingsError> {
        if json.len() > SETTINGS_BYTES_MAX {
            return Err(SettingsError::TooLong);
        }
        let found: Document =
            serde_json::from_str(json).map_err(|error| SettingsError::Shape(shape(&error)))?;
        let settings = Self {
            tiers: found.tiers.unwrap_or_else(|| Self::default().tiers),
            acknowledge_within_ms: hours("acknowledgeWithinHours", found.acknowledge_within_hours)?,
            resolve_within_ms: found
                .resolve_within_hours
                .map(|it| hours("resolveWithinHours", it))
                .transpose()?,
            escalates_by_time: found.escalates_by_time,
            calendar: match found.calendar {
                Some(calendar) => Calendar::Hours(Box::new(calendar.hours()?)),
                None => Calendar::Always,
            },
            contacts: found.contacts,
        };
        settings.check()?;
        Ok(settings)
    }

    fn check(&self) -> Result<(), SettingsError> {
        let named = |tier: &Tier| (1..=WORD_CHARS_MAX).contains(&tier.name.trim().chars().count());
        if !(1..=TIERS_MAX).contains(&self.tiers.len()) || !self.tiers.iter().all(named) {
            return Err(SettingsError::Tiers);
        }
        if self.contacts.len() > CONTACTS_MAX {
            return Err(SettingsError::Contact { number: CONTACTS_MAX + 1, why: "too many" });
        }
        let mut seen = BTreeSet::new();
        for (at, contact) in self.contacts.iter().enumerate() {
            let error = |why| Err(SettingsError::Contact { number: at + 1, why });
            let words = [Some(&contact.name), contact.phone.as_ref(), contact.email.as_ref()];
            if !(1..=self.last_tier()).contains(&contact.tier) {
                return error("there is no such tier");
            }
            if contact.name.trim().is_empty() {
                return error("it has no name");
            }
            if words.iter().flatten().any(|it| it.chars().count() > WORD_CHARS_MAX) {
                return error("a name, number or address is too long");
            }
            if !seen.insert((contact.organisation_unit, contact.tier)) {
                return error("the place has one for this tier already: one point of support each");
            }
        }
        Ok(())
    }

    /// The working hours as a document has them; `None`: the limits run round the clock.
    #[must_use]
    pub fn calendar_document(&self) -> Option<CalendarDocument> {
        match &self.calendar {
            Calendar::Always => None,
            Calendar::Hours(hours) => Some(CalendarDocument::of(hours)),
        }
    }

    /// The number of the last tier.
    #[must_use]
    pub fn last_tier(&self) -> u8 {
        u8::try_from(self.tiers.len()).unwrap_or(1).max(1)
    }

    /// What a tier is called.
    #[must_use]
    pub fn tier_name(&self, tier: u8) -> &str {
        let tier = usize::from(tier).checked_sub(1).and_then(|at| self.tiers.get(at));
        tier.map_or("", |tier| tier.name.as_str())
    }

    /// The unit whose queue of the tier holds the requests of a place, from the place's path
    /// (`/country/district/village`).
    #[must_use]
    pub fn queue_of(&self, tier: u8, path: &str) -> Option<OrganisationUnitUid> {
        let at = usize::from(tier).checked_sub(1)?;
        let units: Vec<&str> = path.split('/').filter(|it| !it.is_empty()).collect();
        let deepest = units.len().checked_sub(1)?;
        let level = self.tiers.get(at)?.level.map_or(deepest, |it| usize::from(it).max(1) - 1);
        OrganisationUnitUid::parse(units[level.min(deepest)]).ok()
    }

    /// Whom to call for a place and tier: the contact of the place itself, else of the nearest
    /// above.
    #[must_use]
    pub fn contact_of(&self, tier: u8, path: &str) -> Option<&Contact> {
        let units = path.rsplit('/').filter(|it| !it.is_empty());
        let mut of_tier = units.map(|unit| {
            let fits = |it: &&Contact| it.tier == tier && it.organisation_unit.as_str() == unit;
            self.contacts.iter().find(fits)
        });
        of_tier.find_map(|found| found)
    }
}

fn hours(name: &'static str, hours: i64) -> Result<i64, SettingsError> {
    match (1..=LIMIT_HOURS_MAX).contains(&hours) {
        true => Ok(hours * HOUR_MS),
        false => Err(SettingsError::Limit(name)),
    }
}

/// Where the JSON is wrong, without repeating what stands there: it may be a person's number.
fn shape(error: &serde_json::Error) -> String {
    let what = match error.classify() {
        serde_json::error::Category::Data => "an unexpected member or value",
        _ => "not JSON",
    };
    format!("{what} in line {}, column {}", error.line(), error.column())
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATH: &str = "/ImspTQPwCqd/O6uvpzGd5pu/YuQRtpLP10I/DiszpKrYNg8";

    #[test]
    fn what_is_left_out_is_as_the_guide_recommends() {
        let settings = SupportSettings::parse("{}").expect("settings");
        assert_eq!(settings, SupportSettings::default());
        assert_eq!(settings.acknowledge_within_ms, 12 * HOUR_MS);
        assert_eq!((settings.last_tier(), settings.tier_name(3)), (3, "Central IT"));
        assert_eq!(settings.calendar, Calendar::Always);
    }

    #[track_caller]
    fn refused(json: &str, says: &str) {
        let error = SupportSettings::parse(json).expect_err("refused").to_string();
        assert!(error.contains(says), "{error}");
    }

    #[test]
    fn wrong_settings_are_refused_whole_with_the_place_named() {
        refused("{", "line 1");
        refused(r#"{"teirs":[]}"#, "unexpected member");
        refused(r#"{"tiers":[]}"#, "one to 5");
        refused(r#"{"acknowledgeWithinHours":0}"#, "acknowledgeWithinHours");
        refused(r#"{"resolveWithinHours":9999}"#, "resolveWithinHours");
        refused(r#"{"calendar":{"week":{}}}"#, "no working hours");
        refused(r#"{"calendar":{"week":{"monday":["8-12"]}}}"#, "08:00-12:00");
        refused(r#"{"calendar":{"week":{"montag":["08:00-12:00"]}}}"#, "monday to sunday");
        refused(
            r#"{"calendar":{"week":{"monday":["08:00-12:00"]},"holidays":["25.12."]}}"#,
            "2026-12-25",
        );
        let contact = r#"{"organisationUnit":"DiszpKrYNg8","tier":1,"name":"A"}"#;
        refused(&format!(r#"{{"contacts":[{contact},{contact}]}}"#), "contact 2");
        refused(
            r#"{"contacts":[{"organisationUnit":"DiszpKrYNg8","tier":4,"name":"A"}]}"#,
            "no such tier",
        );
    }

    #[test]
    fn working_hours_are_shown_as_they_were_set() {
        let set = r#"{"offset":"-03:30","week":{"friday":["08:00-11:30"],
            "monday":["08:00-12:00","13:00-24:00"]},"holidays":["1969-07-20","2026-12-25"]}"#;
        let settings = SupportSettings::parse(&format!(r#"{{"calendar":{set}}}"#));
        let shown = settings.expect("settings").calendar_document().expect("hours");
        let expected: CalendarDocument = serde_json::from_str(set).expect("a calendar");
        assert_eq!(shown, expected);
        assert_eq!(SupportSettings::default().calendar_document(), None);
    }

    #[test]
    fn a_queue_is_the_unit_at_the_level_of_the_tier() {
        let settings = SupportSettings::default();
        let queue = |tier| settings.queue_of(tier, PATH).expect("a unit").to_string();
        assert_eq!(queue(1), "DiszpKrYNg8");
        assert_eq!(queue(2), "YuQRtpLP10I");
        assert_eq!(queue(3), "ImspTQPwCqd");
        assert_eq!(settings.queue_of(4, PATH), None);
        // A request of the country itself is in the country's queue, whatever the level of the
        // tier.
        let top = settings.queue_of(2, "/ImspTQPwCqd").map(|it| it.to_string());
        assert_eq!(top.as_deref(), Some("ImspTQPwCqd"));
    }

    #[test]
    fn the_contact_is_that_of_the_place_or_of_the_nearest_above() {
        let settings = SupportSettings::parse(
            r#"{"contacts":[
              {"organisationUnit":"O6uvpzGd5pu","tier":1,"name":"Far","phone":"+1"},
              {"organisationUnit":"YuQRtpLP10I","tier":1,"name":"Near","phone":"+2"},
              {"organisationUnit":"DiszpKrYNg8","tier":2,"name":"District"}]}"#,
        )
        .expect("settings");
        assert_eq!(settings.contact_of(1, PATH).map(|it| it.name.as_str()), Some("Near"));
        assert_eq!(settings.contact_of(2, PATH).map(|it| it.name.as_str()), Some("District"));
        assert_eq!(settings.contact_of(3, PATH), None);
    }
}
