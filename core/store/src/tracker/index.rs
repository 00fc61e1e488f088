//! What finds people: sort key of lists, compared values of attributes, text for any part of a name.
//!
//! Derived from the records alone, so all of it can be built anew. Never shown.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::rc::Rc;

use outpost_domain::data::{Enrollment, TrackedEntity};
use outpost_domain::uid::{TrackedEntityAttributeUid, TrackedEntityTypeUid, TrackedEntityUid, Uid};
use rusqlite::{Connection, OptionalExtension, params};

use super::records::{self, read_body};
use crate::error::StoreError;
use crate::limits::{ATTRIBUTE_KEY_CHARS_MAX, NAME_BATCH_ROWS};
use crate::search::normalise;

type Values = BTreeMap<TrackedEntityAttributeUid, String>;

/// A value as it is compared: the server finds `AB-1` and `ab-1` the same, and nothing else.
pub(crate) fn value_key(value: &str) -> String {
    value.trim().to_lowercase().chars().take(ATTRIBUTE_KEY_CHARS_MAX).collect()
}

/// What lists sort by. A type whose list attributes are not known sorts by all of its values.
pub(super) fn name_key(
    connection: &Connection,
    person: &TrackedEntity,
    page: Option<&PageIndex>,
) -> Result<String, StoreError> {
    let named = match page {
        Some(page) => page.name_attributes(connection, person.tracked_entity_type)?,
        None => name_attributes(connection, person.tracked_entity_type)?.into(),
    };
    let values: Vec<&str> = match named.is_empty() {
        true => person.attributes.values().map(String::as_str).collect(),
        false => {
            let values = named.iter().filter_map(|attribute| person.attributes.get(attribute));
            values.map(String::as_str).collect()
        }
    };
    Ok(normalise(&values.join(" ")))
}

fn name_attributes(
    connection: &Connection,
    of: TrackedEntityTypeUid,
) -> Result<Vec<TrackedEntityAttributeUid>, StoreError> {
    let mut statement = connection
        .prepare_cached("SELECT attributes FROM name_attributes WHERE tracked_entity_type = ?")?;
    let text: Option<String> = statement.query_row([of.as_str()], |row| row.get(0)).optional()?;
    text.map_or(Ok(Vec::new()), |text| read_body(&text))
}

/// The sort key of a stored person; empty if they are not on the device.
pub(super) fn stored_name_key(
    connection: &Connection,
    person: TrackedEntityUid,
) -> Result<String, StoreError> {
    let mut statement =
        connection.prepare_cached("SELECT name_key FROM tracked_entity WHERE uid = ?")?;
    let key: Option<String> =
        statement.query_row([person.as_str()], |row| row.get(0)).optional()?;
    Ok(key.unwrap_or_default())
}

fn number_of_person(
    connection: &Connection,
    person: TrackedEntityUid,
) -> Result<Option<i64>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT id FROM tracked_entity WHERE uid = ?")?;
    Ok(statement.query_row([person.as_str()], |row| row.get(0)).optional()?)
}

/// Enrolments of a person with their numbers.
fn enrollments_of(
    connection: &Connection,
    person: TrackedEntityUid,
) -> Result<Vec<(i64, Enrollment)>, StoreError> {
    let mut statement =
        connection.prepare_cached("SELECT id, body FROM enrollment WHERE tracked_entity = ?")?;
    let rows = statement.query_and_then([person.as_str()], |row| {
        Ok((row.get(0)?, read_body(&row.get::<_, String>(1)?)?))
    })?;
    rows.collect()
}

/// After a tracked entity was written.
pub(super) fn person_changed(
    connection: &Connection,
    number: i64,
    before: Option<&TrackedEntity>,
    now: &TrackedEntity,
    (name_key, page): (&str, Option<&PageIndex>),
) -> Result<(), StoreError> {
    let empty = Values::new();
    let wanted = if now.deleted { &empty } else { &now.attributes };
    let held = before.filter(|before| !before.deleted).map_or(&empty, |before| &before.attributes);
    write_values(connection, (number, 0), (held, wanted), page)?;
    if before.is_some() {
        write_name_of_enrollments(connection, now.id, name_key)?;
        return match held != wanted {
            true => text_changed(connection, number, now.id, page),
            false => Ok(()),
        };
    }
    let enrollments = enrollments_found(connection, number, now, (name_key, page))?;
    match page {
        Some(page) => {
            page.texts.borrow_mut().insert(number, Text::New(text_of(now, &enrollments)));
            Ok(())
        }
        None => write_text(connection, now.id),
    }
}

/// After a person was written whose enrolments may have come first: those.
fn enrollments_found(
    connection: &Connection,
    number: i64,
    person: &TrackedEntity,
    (name_key, page): (&str, Option<&PageIndex>),
) -> Result<Vec<(i64, Enrollment)>, StoreError> {
    if page.map_or(Ok(false), |page| page.has_no_enrollments(connection))? {
        return Ok(Vec::new());
    }
    let enrollments = enrollments_of(connection, person.id)?;
    if !enrollments.is_empty() {
        write_name_of_enrollments(connection, person.id, name_key)?;
    }
    for (id, enrollment) in enrollments.iter().filter(|(_, one)| !one.deleted) {
        let values = (&Values::new(), &enrollment.attributes);
        write_values(connection, (number, *id), values, page)?;
    }
    Ok(enrollments)
}

fn write_name_of_enrollments(
    connection: &Connection,
    person: TrackedEntityUid,
    name_key: &str,
) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "UPDATE enrollment SET name_key = ?2 WHERE tracked_entity = ?1 AND name_key <> ?2",
        )?
        .execute([person.as_str(), name_key])?;
    Ok(())
}

/// After an enrolment was written.
pub(super) fn enrollment_changed(
    connection: &Connection,
    number: i64,
    before: Option<&Enrollment>,
    now: &Enrollment,
    page: Option<&PageIndex>,
) -> Result<(), StoreError> {
    let empty = Values::new();
    let held = before.filter(|before| !before.deleted).map_or(&empty, |before| &before.attributes);
    let wanted = if now.deleted { &empty } else { &now.attributes };
    if let Some(page) = page {
        page.has_enrollments.set(Some(true));
    }
    if held == wanted {
        return Ok(());
    }
    let Some(person) = number_of_person(connection, now.tracked_entity)? else { return Ok(()) };
    write_values(connection, (person, number), (held, wanted), page)?;
    text_changed(connection, person, now.tracked_entity, page)
}

/// Before an enrolment is taken away.
pub(super) fn forget_enrollment(
    connection: &Connection,
    enrollment: &Enrollment,
) -> Result<(), StoreError> {
    let Some(held) = records::load_enrollment(connection, enrollment.id.0)? else {
        return Ok(());
    };
    let number: i64 = connection
        .prepare_cached("SELECT id FROM enrollment WHERE uid = ?")?
        .query_row([enrollment.id.as_str()], |row| row.get(0))?;
    match number_of_person(connection, held.tracked_entity)? {
        Some(person) => {
            write_values(connection, (person, number), (&held.attributes, &Values::new()), None)
        }
        None => Ok(()),
    }
}

/// Before a person is taken away.
pub(super) fn forget_person(
    connection: &Connection,
    person: TrackedEntityUid,
) -> Result<(), StoreError> {
    let Some(number) = number_of_person(connection, person)? else { return Ok(()) };
    let empty = Values::new();
    if let Some(held) = records::load_tracked_entity(connection, person.0)? {
        write_values(connection, (number, 0), (&held.attributes, &empty), None)?;
    }
    for (id, enrollment) in enrollments_of(connection, person)? {
        write_values(connection, (number, id), (&enrollment.attributes, &empty), None)?;
    }
    connection.prepare_cached("DELETE FROM person_text WHERE rowid = ?")?.execute([number])?;
    Ok(())
}

/// `at`: number of the person, number of the enrolment or 0.
fn write_values(
    connection: &Connection,
    at: (i64, i64),
    (held, wanted): (&Values, &Values),
    page: Option<&PageIndex>,
) -> Result<(), StoreError> {
    let added = |(attribute, value): (&TrackedEntityAttributeUid, &String)| NewValue {
        attribute: *attribute,
        key: value_key(value),
        at,
    };
    if let (Some(page), true) = (page, held.is_empty()) {
        page.values.borrow_mut().extend(wanted.iter().map(added));
        return Ok(());
    }
    // What was left to be written may be what is taken away here.
    page.map_or(Ok(()), |page| page.write_values(connection))?;
    for (attribute, value) in held.iter().filter(|(name, value)| wanted.get(name) != Some(value)) {
        connection
            .prepare_cached(
                "DELETE FROM attribute_value WHERE value = ?2 AND person = ?3 AND enrollment = ?4
                   AND attribute = (SELECT id FROM attribute_number WHERE uid = ?1)",
            )?
            .execute(params![attribute.as_str(), value_key(value), at.0, at.1])?;
    }
    let new = wanted.iter().filter(|(name, value)| held.get(name) != Some(value)).map(added);
    insert_values(connection, new.collect())
}

/// A value that finds a person.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct NewValue {
    attribute: TrackedEntityAttributeUid,
    key: String,
    at: (i64, i64),
}

/// Inserts them in the order of the table, so that neighbours are written together.
fn insert_values(connection: &Connection, mut values: Vec<NewValue>) -> Result<(), StoreError> {
    values.sort_unstable();
    let mut numbers = BTreeMap::new();
    let mut insert = connection.prepare_cached(
        "INSERT OR IGNORE INTO attribute_value (attribute, value, person, enrollment)
         VALUES (?, ?, ?, ?)",
    )?;
    for NewValue { attribute, key, at } in values {
        let number = match numbers.entry(attribute) {
            Entry::Occupied(known) => *known.get(),
            Entry::Vacant(place) => *place.insert(attribute_number(connection, attribute)?),
        };
        insert.execute(params![number, key, at.0, at.1])?;
    }
    Ok(())
}

/// The number of an attribute, given to it now if it had none.
fn attribute_number(
    connection: &Connection,
    attribute: TrackedEntityAttributeUid,
) -> Result<i64, StoreError> {
    let mut find = connection.prepare_cached("SELECT id FROM attribute_number WHERE uid = ?")?;
    let found = find.query_row([attribute.as_str()], |row| row.get(0)).optional()?;
    if let Some(number) = found {
        return Ok(number);
    }
    connection
        .prepare_cached("INSERT INTO attribute_number (uid) VALUES (?)")?
        .execute([attribute.as_str()])?;
    Ok(connection.last_insert_rowid())
}

/// What the records of one page share: nothing is asked twice, and each statement after one that
/// wrote a text makes the index write itself out, so all texts are written by one.
#[derive(Debug, Default)]
pub(crate) struct PageIndex {
    texts: RefCell<BTreeMap<i64, Text>>,
    values: RefCell<Vec<NewValue>>,
    /// Whether any enrolment is stored, once it was looked up.
    has_enrollments: Cell<Option<bool>>,
    names: RefCell<BTreeMap<TrackedEntityTypeUid, Rc<[TrackedEntityAttributeUid]>>>,
}

/// The searched text of a person, by number.
#[derive(Debug)]
enum Text {
    /// Of one that was not there before; `None`: there is nothing to search.
    New(Option<String>),
    /// To be put together from what is stored.
    Changed,
}

impl PageIndex {
    fn name_attributes(
        &self,
        connection: &Connection,
        of: TrackedEntityTypeUid,
    ) -> Result<Rc<[TrackedEntityAttributeUid]>, StoreError> {
        if let Some(known) = self.names.borrow().get(&of) {
            return Ok(Rc::clone(known));
        }
        let found: Rc<[_]> = name_attributes(connection, of)?.into();
        self.names.borrow_mut().insert(of, Rc::clone(&found));
        Ok(found)
    }

    fn has_no_enrollments(&self, connection: &Connection) -> Result<bool, StoreError> {
        if let Some(has_some) = self.has_enrollments.get() {
            return Ok(!has_some);
        }
        let mut any = connection.prepare_cached("SELECT EXISTS (SELECT 1 FROM enrollment)")?;
        let has_some = any.query_row([], |row| row.get(0))?;
        self.has_enrollments.set(Some(has_some));
        Ok(!has_some)
    }

    fn write_values(&self, connection: &Connection) -> Result<(), StoreError> {
        insert_values(connection, self.values.take())
    }

    /// Writes what was left to be written: at the end of the page, and before a record is taken away.
    pub fn flush(&self, connection: &Connection) -> Result<(), StoreError> {
        self.write_values(connection)?;
        write_texts(connection, self.texts.take())
    }
}

fn text_changed(
    connection: &Connection,
    number: i64,
    person: TrackedEntityUid,
    page: Option<&PageIndex>,
) -> Result<(), StoreError> {
    let Some(page) = page else { return write_text(connection, person) };
    let mut texts = page.texts.borrow_mut();
    match texts.get_mut(&number) {
        // Still not in the index: it only has to be put together again.
        Some(Text::New(text)) => *text = stored_text(connection, number)?,
        _ => drop(texts.insert(number, Text::Changed)),
    }
    Ok(())
}

/// The searched text of a stored person.
fn stored_text(connection: &Connection, number: i64) -> Result<Option<String>, StoreError> {
    let mut find = connection.prepare_cached("SELECT body FROM tracked_entity WHERE id = ?")?;
    let body: Option<String> = find.query_row([number], |row| row.get(0)).optional()?;
    let Some(body) = body else { return Ok(None) };
    let person: TrackedEntity = read_body(&body)?;
    Ok(text_of(&person, &enrollments_of(connection, person.id)?))
}

fn write_texts(connection: &Connection, texts: BTreeMap<i64, Text>) -> Result<(), StoreError> {
    let mut changed = Vec::new();
    let mut written = Vec::with_capacity(texts.len());
    for (number, text) in texts {
        let text = match text {
            Text::New(text) => text,
            Text::Changed => {
                changed.push(number);
                stored_text(connection, number)?
            }
        };
        written.extend(text.map(|text| (number, text)));
    }
    if !changed.is_empty() {
        connection
            .prepare_cached(
                "DELETE FROM person_text WHERE rowid IN (SELECT value FROM json_each(?))",
            )?
            .execute([records::write_body(&changed)?])?;
    }
    if !written.is_empty() {
        connection
            .prepare_cached(
                "INSERT INTO person_text (rowid, text)
                 SELECT value ->> 0, value ->> 1 FROM json_each(?)",
            )?
            .execute([records::write_body(&written)?])?;
    }
    Ok(())
}

/// Writes the searched text of a stored person anew.
pub(super) fn write_text(
    connection: &Connection,
    person: TrackedEntityUid,
) -> Result<(), StoreError> {
    let number = number_of_person(connection, person)?;
    write_texts(connection, number.map(|number| (number, Text::Changed)).into_iter().collect())
}

fn text_of(person: &TrackedEntity, enrollments: &[(i64, Enrollment)]) -> Option<String> {
    if person.deleted {
        return None;
    }
    let of_enrollments = enrollments
        .iter()
        .filter(|(_, one)| !one.deleted)
        .flat_map(|(_, one)| one.attributes.values());
    let values: Vec<&str> = person
        .attributes
        .values()
        .chain(of_enrollments)
        .map(String::as_str)
        .filter(|value| is_searched(value))
        .collect();
    let text = normalise(&values.join(" "));
    // The space in front lets a word of two letters be found by its beginning.
    (!text.is_empty()).then(|| format!(" {text} "))
}

/// Nobody looks for a person by a piece of an id, of a date or of yes and no.
fn is_searched(value: &str) -> bool {
    let is_date = value.len() >= 10
        && value.as_bytes().first().is_some_and(u8::is_ascii_digit)
        && value.get(..10).is_some_and(|day| jiff::civil::Date::strptime("%Y-%m-%d", day).is_ok());
    !is_date && !matches!(value, "true" | "false") && Uid::parse(value).is_err()
}

/// Builds everything anew, for records that were copied without it.
pub(crate) fn rebuild(connection: &Connection) -> Result<(), StoreError> {
    connection.execute_batch("DELETE FROM attribute_value; DELETE FROM person_text;")?;
    let mut statement = connection.prepare("SELECT id, body FROM tracked_entity")?;
    let mut rows = statement.query([])?;
    let empty = Values::new();
    while let Some(row) = rows.next()? {
        let (number, body): (i64, String) = (row.get(0)?, row.get(1)?);
        let person: TrackedEntity = read_body(&body)?;
        if !person.deleted {
            write_values(connection, (number, 0), (&empty, &person.attributes), None)?;
        }
        for (id, enrollment) in enrollments_of(connection, person.id)? {
            if !enrollment.deleted {
                write_values(connection, (number, id), (&empty, &enrollment.attributes), None)?;
            }
        }
        write_text(connection, person.id)?;
        write_name(connection, &person)?;
    }
    Ok(())
}

fn write_name(connection: &Connection, person: &TrackedEntity) -> Result<(), StoreError> {
    let key = name_key(connection, person, None)?;
    for sql in [
        "UPDATE tracked_entity SET name_key = ?2 WHERE uid = ?1 AND name_key <> ?2",
        "UPDATE enrollment SET name_key = ?2 WHERE tracked_entity = ?1 AND name_key <> ?2",
    ] {
        connection.prepare_cached(sql)?.execute([person.id.as_str(), &key])?;
    }
    Ok(())
}

/// Takes over which attributes make the name of a type; sort keys follow if that changed.
pub(crate) fn save_name_attributes(
    connection: &Connection,
    of: TrackedEntityTypeUid,
    attributes: &[TrackedEntityAttributeUid],
) -> Result<(), StoreError> {
    if name_attributes(connection, of)? == attributes {
        return Ok(());
    }
    connection
        .prepare_cached(
            "INSERT OR REPLACE INTO name_attributes (tracked_entity_type, attributes)
             VALUES (?, ?)",
        )?
        .execute([of.as_str(), &records::write_body(&attributes)?])?;
    let mut after = 0;
    loop {
        let batch = batch_of_type(connection, of, after)?;
        let Some((last, _)) = batch.last() else { return Ok(()) };
        after = *last;
        for (_, body) in &batch {
            write_name(connection, &read_body(body)?)?;
        }
    }
}

/// The next people of a type behind a number.
fn batch_of_type(
    connection: &Connection,
    of: TrackedEntityTypeUid,
    after: i64,
) -> Result<Vec<(i64, String)>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT id, body FROM tracked_entity WHERE id > ? AND tracked_entity_type = ?
         ORDER BY id LIMIT ?",
    )?;
    let rows = statement.query_map(params![after, of.as_str(), NAME_BATCH_ROWS], |row| {
        Ok((row.get(0)?, row.get(1)?))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
