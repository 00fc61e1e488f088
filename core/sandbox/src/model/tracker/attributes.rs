//! Whether attribute values may be stored: type, options, files, length, uniqueness.

use rusqlite::{OptionalExtension, params};
use serde_json::Value;

use super::check::{Judge, identifier};
use super::payload::SentAttribute;
use super::report::{Fault, Kind};
use super::stored_file;
use crate::limits::ATTRIBUTE_CHARS_MAX;
use crate::model::meta::store::Object;
use crate::model::value;

/// The object that sends attribute values and the tracked entity that will have them.
pub struct Sender<'a> {
    /// Kind of the sender.
    pub kind: Kind,
    /// Uid of the sender.
    pub uid: &'a str,
    /// Uid of the tracked entity.
    pub te: &'a str,
    /// Organisation unit in which a value has to be unique, if not everywhere.
    pub ou: &'a str,
}

impl Sender<'_> {
    /// A fault of the sender.
    pub fn fault(&self, code: &'static str, message: String, args: Vec<String>) -> Fault {
        Fault::of(self.kind, self.uid, code, message, args)
    }
}

impl Judge<'_> {
    /// Judges the values themselves; whether one is missing is another question.
    ///
    /// # Errors
    /// Only when the store fails.
    pub fn attributes(
        &self,
        sender: &Sender<'_>,
        sent: &[SentAttribute],
        faults: &mut Vec<Fault>,
    ) -> rusqlite::Result<()> {
        for (id, value) in sent {
            if id.is_empty() {
                let message = "Attribute property is missing in the list of attributes.";
                faults.push(sender.fault("E1075", message.to_owned(), vec![]));
                continue;
            }
            let known = self.world.meta.get("trackedEntityAttributes", id);
            let Some(known) = known.filter(|known| self.user.can_read(known)) else {
                let message = format!("Attribute: `{id}` does not exist.");
                faults.push(sender.fault("E1006", message, vec![identifier(id)]));
                continue;
            };
            if let Some(value) = value
                && let Some(fault) = self.attribute(sender, known, value)?
            {
                faults.push(fault);
            }
        }
        Ok(())
    }

    fn attribute(
        &self,
        sender: &Sender<'_>,
        known: &Object,
        value: &str,
    ) -> rusqlite::Result<Option<Fault>> {
        let id = &known.id;
        if value.chars().count() > ATTRIBUTE_CHARS_MAX {
            let message = format!(
                "Attribute: `{id}` text value exceeds the maximum allowed length: \
                 `{ATTRIBUTE_CHARS_MAX}`."
            );
            let args = vec![id.clone(), ATTRIBUTE_CHARS_MAX.to_string()];
            return Ok(Some(sender.fault("E1077", message, args)));
        }
        if let Some(fault) = self.attribute_type(sender, known, value)? {
            return Ok(Some(fault));
        }
        if let Some(set) = value::foreign_option(&self.world.meta, known, value) {
            let message =
                format!("Value `{value}` is not a valid option code in OptionSet `{set}`.");
            let args = vec![value.to_owned(), set.to_owned()];
            return Ok(Some(sender.fault("E1125", message, args)));
        }
        if known.flag("unique") && self.is_taken(sender, known, value)? {
            let message = format!("Non-unique attribute value `{value}` for attribute `{id}`.");
            return Ok(Some(sender.fault("E1064", message, vec![value.to_owned(), id.clone()])));
        }
        Ok(None)
    }

    fn attribute_type(
        &self,
        sender: &Sender<'_>,
        known: &Object,
        value: &str,
    ) -> rusqlite::Result<Option<Fault>> {
        let kind = known.text("valueType").unwrap_or("TEXT");
        let reason = match kind {
            "FILE_RESOURCE" | "IMAGE" => match self.file(value)? {
                None => format!("Value '{value}' is not the uid of a file"),
                Some(file) if kind == "IMAGE" && !file.is_image => {
                    format!("File resource with uid '{value}' is not a valid image")
                }
                Some(file) if file.is_of_an_event => {
                    let message = format!(
                        "File resource: `{value}` has already been assigned to another object."
                    );
                    return Ok(Some(sender.fault("E1009", message, vec![value.to_owned()])));
                }
                Some(_) => return Ok(None),
            },
            "ORGANISATION_UNIT" => {
                if self.world.meta.get("organisationUnits", value).is_some() {
                    return Ok(None);
                }
                format!("Value {value} is not a valid org unit value")
            }
            "USERNAME" => {
                let users = self.world.meta.all("users").iter();
                if users.into_iter().any(|user| user.text("username") == Some(value)) {
                    return Ok(None);
                }
                format!("Value {value} is not a valid username value")
            }
            _ => {
                let Some(problem) = value::problem(known, value) else { return Ok(None) };
                let message = format!(
                    "Attribute: `{}`, value does not match value type: `{}`.",
                    known.id,
                    problem.key()
                );
                let args = vec![known.id.clone(), problem.key().to_owned()];
                return Ok(Some(sender.fault("E1085", message, args)));
            }
        };
        let message =
            format!("Error validating attribute value type: `{kind}`; Error: `{reason}`.");
        Ok(Some(sender.fault("E1007", message, vec![kind.to_owned(), reason])))
    }

    /// Compared letter by letter (capture t035f) with everybody who is not deleted (t008t, t035d).
    fn is_taken(&self, sender: &Sender<'_>, known: &Object, value: &str) -> rusqlite::Result<bool> {
        let local = known.flag("orgunitScope");
        let scope = if local { sender.ou } else { "" };
        if self.batch.shares(sender.te, &known.id, value, scope) {
            return Ok(true);
        }
        let sql = "SELECT 1 FROM attribute_value v JOIN tracked_entity t ON t.uid = v.te \
                   WHERE v.attribute = ?1 AND v.value = ?2 AND v.te <> ?3 AND t.deleted = 0 \
                     AND (NOT ?4 OR t.ou = ?5) LIMIT 1";
        let row = params![known.id, value, sender.te, local, sender.ou];
        let found: Option<i64> =
            self.world.db.prepare_cached(sql)?.query_row(row, |row| row.get(0)).optional()?;
        Ok(found.is_some())
    }
}

impl Judge<'_> {
    /// Judges the file that a data value names.
    ///
    /// # Errors
    /// Only when the store fails.
    pub fn file_value(&self, uid: &str, text: &str) -> rusqlite::Result<Option<Fault>> {
        let fault =
            |code, message: String| Ok(Some(Fault::new(uid, code, message, vec![text.to_owned()])));
        match self.file(text)? {
            None => {
                fault("E1084", format!("File resource: `{text}` reference could not be found."))
            }
            Some(file) if file.is_of_an_event && file.owner.as_deref() != Some(uid) => {
                let message =
                    format!("File resource: `{text}` has already been assigned to another object.");
                fault("E1009", message)
            }
            Some(_) => Ok(None),
        }
    }

    /// The stored file of a uid.
    ///
    /// # Errors
    /// Only when the store fails.
    pub fn file(&self, uid: &str) -> rusqlite::Result<Option<stored_file::Known>> {
        stored_file::known(&self.world.db, uid)
    }
}

/// The ids of attributes in a list of links to them, those with `mandatory` only if asked.
pub fn linked(items: &[Value], only_mandatory: bool) -> Vec<&str> {
    let wanted = items.iter().filter(|item| {
        !only_mandatory || item.get("mandatory").and_then(Value::as_bool).unwrap_or(false)
    });
    wanted.filter_map(|item| item.get("trackedEntityAttribute")?.get("id")?.as_str()).collect()
}
