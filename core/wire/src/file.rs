//! Files of values and events of any size, read record by record in constant memory.
//!
//! A bad record is handed over as such, with its place and reason, and the next one follows; only a
//! file that is no JSON, or breaks a limit, ends the reading. Opening and closing files is the
//! caller's.

use std::fmt;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::ops::ControlFlow;

use outpost_domain::data::{ServerDataValue, ServerEvent};
use serde::de::{self, DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::error::Category;
use serde_json::value::RawValue;

use crate::data_value_set::{RawValueRow, SetHeader};
use crate::error::WireError;
use crate::json::{object_from_slice, reason_of};
use crate::metadata::Skipped;
use crate::scan::{GuardedReader, breached};
use crate::tracker::{Blanks, Filled, parse_event_filled};

const VALUES: &str = "file of values";
const EVENTS: &str = "file of events";

/// One value of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileValue {
    /// Position in `dataValues`, from 0.
    pub index: u64,
    /// The value, or what is wrong with it in words.
    pub value: Result<ServerDataValue, String>,
}

/// One event of a file, not read yet.
#[derive(Debug, Clone, Copy)]
pub struct FileEvent<'a> {
    /// Position in `events`, from 0.
    pub index: u64,
    /// The record as it stands in the file.
    pub record: &'a RawValue,
}

impl FileEvent<'_> {
    /// The event; what it leaves out (its id, its stage) is asked of `fill`.
    ///
    /// # Errors
    /// [`Skipped`] with what is wrong with it.
    pub fn read(&self, fill: impl FnOnce(Blanks) -> Filled) -> Result<ServerEvent, Skipped> {
        let event = parse_event_filled(self.record.get().as_bytes(), fill);
        event.map_err(|error| Skipped {
            uid: crate::tracker::id_text(self.record),
            reason: error.to_string(),
        })
    }
}

/// Calls `each` for every value of a data value set (`{"dataSet":…,"dataValues":[…]}`), until it
/// breaks off. The file is read twice, because what holds for all values may stand behind them:
/// first the header, then the values.
///
/// # Errors
/// [`WireError`] if the file cannot be read, is no JSON object with `dataValues`, or breaks a
/// limit. Values before the place of the error were handed over.
pub fn for_each_value<R: Read + Seek>(
    mut reader: R,
    mut each: impl FnMut(FileValue) -> ControlFlow<()>,
) -> Result<SetHeader, WireError> {
    let header = read_header(&mut reader)?;
    rewind(&mut reader, VALUES)?;
    let on_record = |index: u64, raw: &RawValue| {
        let row = object_from_slice::<RawValueRow>(raw.get().as_bytes(), "value");
        let value = row.map_err(|error| error.to_string());
        each(FileValue { index, value: value.and_then(|row| row.with_defaults(&header)) })
    };
    stream(&mut reader, VALUES, &["dataValues"], on_record)?;
    Ok(header)
}

/// Reads only the header of a data value set; values are passed over. The reader ends up at the
/// end.
///
/// # Errors
/// Like [`for_each_value`].
pub fn read_header<R: Read + Seek>(mut reader: R) -> Result<SetHeader, WireError> {
    rewind(&mut reader, VALUES)?;
    let mut guarded = GuardedReader::new(BufReader::new(reader));
    let mut from = serde_json::Deserializer::from_reader(&mut guarded);
    let header = SetHeader::deserialize(&mut from).and_then(|header| {
        from.end()?;
        Ok(header)
    });
    header.map_err(|error| stream_error(VALUES, &guarded, &error))
}

/// Calls `each` for every event of a tracker payload or export (`{"events":[…]}`, or `instances` as
/// servers up to 2.40 wrote them), until it breaks off.
///
/// # Errors
/// [`WireError`] if the file cannot be read, is no JSON object with events, or breaks a limit.
/// Events before the place of the error were handed over.
pub fn for_each_event<R: Read>(
    mut reader: R,
    mut each: impl FnMut(FileEvent<'_>) -> ControlFlow<()>,
) -> Result<(), WireError> {
    let on_record = |index: u64, record: &RawValue| each(FileEvent { index, record });
    stream(&mut reader, EVENTS, &["events", "instances"], on_record)
}

fn rewind(reader: &mut impl Seek, what: &'static str) -> Result<(), WireError> {
    let moved = reader.seek(SeekFrom::Start(0)).map(|_| ());
    moved.map_err(|error| WireError::Unreadable { what, reason: error.kind().to_string() })
}

fn stream<R: Read>(
    reader: &mut R,
    what: &'static str,
    lists: &'static [&'static str],
    on_record: impl FnMut(u64, &RawValue) -> ControlFlow<()>,
) -> Result<(), WireError> {
    let mut guarded = GuardedReader::new(BufReader::new(reader));
    let mut from = serde_json::Deserializer::from_reader(&mut guarded);
    let mut state = Stream { lists, on_record, index: 0, found: false, stopped: false };
    let mut result = from.deserialize_map(&mut state);
    if result.is_ok() {
        result = from.end();
    }
    match result {
        Ok(()) if state.found => Ok(()),
        Ok(()) => Err(WireError::shape(what, "$", &format!("missing field `{}`", lists[0]))),
        Err(_) if state.stopped => Ok(()),
        Err(error) => Err(stream_error(what, &guarded, &error)),
    }
}

fn stream_error<R: Read>(
    what: &'static str,
    guarded: &GuardedReader<R>,
    error: &serde_json::Error,
) -> WireError {
    if let Some((breach, at)) = guarded.breach() {
        return breached(what, breach, at);
    }
    let (line, column) = (error.line(), error.column());
    match error.classify() {
        Category::Io => {
            let kind = error.io_error_kind();
            let reason = kind.map_or("input error".to_owned(), |kind| kind.to_string());
            WireError::Unreadable { what, reason }
        }
        Category::Data => WireError::WrongShape {
            what,
            path: format!("line {line}, column {column}"),
            reason: reason_of(error),
        },
        Category::Eof if (line, column) == (1, 0) => WireError::EmptyAnswer { what },
        Category::Eof => WireError::NotJson { what, line, column, reason: "it ends too early" },
        Category::Syntax => WireError::NotJson { what, line, column, reason: "syntax" },
    }
}

/// Walks the outermost object; hands over the elements of the named lists one by one.
struct Stream<F> {
    lists: &'static [&'static str],
    on_record: F,
    index: u64,
    found: bool,
    stopped: bool,
}

impl<'de, F: FnMut(u64, &RawValue) -> ControlFlow<()>> Visitor<'de> for &mut Stream<F> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "an object with `{}`", self.lists[0])
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(name) = map.next_key::<String>()? {
            if !self.lists.contains(&name.as_str()) {
                map.next_value::<IgnoredAny>()?;
                continue;
            }
            if self.found {
                return Err(de::Error::custom("a list that comes twice"));
            }
            self.found = true;
            map.next_value_seed(Elements(&mut *self))?;
        }
        Ok(())
    }
}

struct Elements<'a, F>(&'a mut Stream<F>);

impl<'de, F: FnMut(u64, &RawValue) -> ControlFlow<()>> DeserializeSeed<'de> for Elements<'_, F> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_seq(self)
    }
}

impl<'de, F: FnMut(u64, &RawValue) -> ControlFlow<()>> Visitor<'de> for Elements<'_, F> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while let Some(raw) = seq.next_element::<Box<RawValue>>()? {
            let index = self.0.index;
            self.0.index += 1;
            if (self.0.on_record)(index, &raw).is_break() {
                self.0.stopped = true;
                return Err(de::Error::custom("stopped"));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

    fn values(text: &str) -> Result<(SetHeader, Vec<FileValue>), WireError> {
        let mut rows = Vec::new();
        let header = for_each_value(Cursor::new(text), |row| {
            rows.push(row);
            ControlFlow::Continue(())
        })?;
        Ok((header, rows))
    }

    #[test]
    fn what_holds_for_all_values_may_stand_behind_them() {
        let (header, rows) = values(
            r#"{"dataValues":[{"dataElement":"deMalDeath1","value":"4"},
                {"dataElement":"deMalDeath1","period":"202609","value":"5"},{"value":"6"},7],
                "orgUnit":"ouClinicA01","period":"202610","dataSet":"dsMalaria01"}"#,
        )
        .expect("a file");
        assert_eq!(header.data_set.as_deref(), Some("dsMalaria01"));
        let periods: Vec<_> =
            rows.iter().flat_map(|row| &row.value).map(|v| v.key.period.to_string()).collect();
        assert_eq!(periods, ["202610", "202609"]);
        let problems: Vec<_> = rows
            .iter()
            .filter_map(|row| Some((row.index, row.value.as_ref().err()?.as_str())))
            .collect();
        assert_eq!(
            problems,
            [(2, "dataElement: missing"), (3, "value: at `$`: expected an object")]
        );
    }

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let error = values(text).expect_err("not a file of values").to_string();
        assert_eq!(error, expected);
    }

    #[test]
    fn a_file_that_is_none_says_what_is_wrong() {
        check("", "file of values: it is empty");
        check("{}", "file of values: at `$`: missing field `dataValues`");
        check("<dataValueSet/>", "file of values: not valid JSON at line 1, column 1 (syntax)");
        check(
            r#"{"dataValues":[{"dataElement":"x"}"#,
            "file of values: not valid JSON at line 1, column 34 (it ends too early)",
        );
        check(
            &format!(r#"{{"x":{}"#, "[".repeat(70)),
            "file of values: nested deeper than 64 levels at byte 68",
        );
        let long = format!(r#"{{"dataValues":[[{}]]}}"#, "1,".repeat(5_000_000));
        let error = values(&long).expect_err("a record too large");
        assert!(matches!(error, WireError::RecordTooLarge { .. }), "{error}");
    }

    #[test]
    fn reading_ends_when_the_caller_has_enough() {
        let text = r#"{"events":[{"event":"1bad"},{"event":"2bad"},"#;
        let mut seen = Vec::new();
        let ended = for_each_event(text.as_bytes(), |event| {
            seen.push(event.read(|_| Filled::default()).expect_err("bad").uid);
            if seen.len() == 2 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        assert_eq!(ended, Ok(()));
        assert_eq!(seen, [Some("1bad".to_owned()), Some("2bad".to_owned())]);
    }

    #[test]
    fn what_an_event_leaves_out_is_filled_in_by_the_caller() {
        let program = r#""program":"prEventMal1","orgUnit":"ouClinicA01""#;
        let text = format!(
            r#"{{"events":[{{{program}}},{{"event":null,"programStage":"psEventMal1",{program}}},
                {{"event":"evMalaria01","programStage":"psEventMal1",{program}}}]}}"#
        );
        let id = outpost_domain::uid::EventUid::parse("evMinted001").ok();
        let (mut asked, mut read) = (Vec::new(), Vec::new());
        for_each_event(text.as_bytes(), |event| {
            let event = event.read(|blanks| {
                asked.push((blanks.lacks_id, blanks.lacks_stage));
                Filled { event: id, program_stage: None }
            });
            read.push(event.map(|event| event.event.id.to_string()).map_err(|it| it.reason));
            ControlFlow::Continue(())
        })
        .expect("a file");
        assert_eq!(asked, [(true, true), (true, false)]);
        let missing = "event: at `$`: missing field `programStage`".to_owned();
        assert_eq!(read, [Err(missing), Ok("evMinted001".into()), Ok("evMalaria01".into())]);
    }

    #[test]
    fn a_file_larger_than_any_answer_is_read_in_pieces() {
        /// Writes itself while it is read: 50,000 values, 5 MB, twice.
        struct Endless {
            at: u64,
            next: u64,
            buffer: Vec<u8>,
        }
        impl Read for Endless {
            fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
                if self.buffer.is_empty() {
                    let value = format!(
                        r#"{}{{"dataElement":"deMalDeath1","value":"{}","comment":"{}"}}"#,
                        if self.next == 1 { "" } else { "," },
                        self.next,
                        "x".repeat(50)
                    );
                    let head = r#"{"orgUnit":"ouClinicA01","period":"202610","dataValues":["#;
                    self.buffer = match self.next {
                        0 => head.as_bytes().to_vec(),
                        1..=50_000 => value.into_bytes(),
                        50_001 => b"]}".to_vec(),
                        _ => Vec::new(),
                    };
                    self.next += 1;
                }
                let count = out.len().min(self.buffer.len());
                out[..count].copy_from_slice(&self.buffer[..count]);
                self.buffer.drain(..count);
                self.at += count as u64;
                Ok(count)
            }
        }
        impl Seek for Endless {
            fn seek(&mut self, _: SeekFrom) -> std::io::Result<u64> {
                *self = Self { at: 0, next: 0, buffer: Vec::new() };
                Ok(0)
            }
        }
        let mut count = 0u64;
        let file = Endless { at: 0, next: 0, buffer: Vec::new() };
        for_each_value(file, |row| {
            count += u64::from(row.value.is_ok());
            ControlFlow::Continue(())
        })
        .expect("a large file");
        assert_eq!(count, 50_000);
    }
}
