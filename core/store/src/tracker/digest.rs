//! Sums of tracked records that somebody above makes: what lists and reports need of each, in some
//! hundred bytes, so that none has to be opened.
//!
//! Notes whose sums are old in the transaction that changed the record, and never what a sum says.
//! A sum is derived: losing one costs the time to make it again.

use outpost_domain::data::{Enrollment, Event, TrackedEntity};
use outpost_domain::uid::{EnrollmentUid, ProgramUid, TrackedEntityTypeUid, TrackedEntityUid, Uid};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::records::{self, read_body};
use crate::data::records::read_event;
use crate::error::StoreError;
use crate::limits::DIGESTS_MADE_MAX;
use crate::store::Store;

/// A record whose sum is to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DigestSource {
    /// The tracked entity.
    pub tracked_entity: TrackedEntity,
    /// Its latest enrolment in the program.
    pub enrollment: Enrollment,
    /// When the server had that enrolment, as it wrote it.
    pub server_updated_at: Option<String>,
    /// The events of the enrolment with when the server had them.
    pub events: Vec<(Event, Option<String>)>,
    /// When it was first seen where a team can see it, as told before.
    pub seen_ms: Option<i64>,
    /// Whether the server has it.
    pub is_on_server: bool,
    /// Whether it was captured on another device and carried here.
    pub is_carried: bool,
}

/// The sum of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DigestRow {
    /// Of which tracked entity.
    pub tracked_entity: TrackedEntityUid,
    /// When it was first seen where a team can see it; a later `None` leaves what was told before.
    pub seen_ms: Option<i64>,
    /// Whether lists of open ones show it.
    pub is_open: bool,
    /// Place in lists.
    pub sort: i64,
    /// What it says.
    pub body: Vec<u8>,
}

/// When a record was first seen, and its sum.
pub type KeptDigest = (Option<i64>, Vec<u8>);

/// Where a page of sums goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DigestCursor {
    sort: i64,
    tracked_entity: TrackedEntityUid,
}

/// Notes that the sum of a record of a watched program or type is old.
pub(crate) fn note(
    connection: &Connection,
    watched: Uid,
    tracked_entity: TrackedEntityUid,
) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "INSERT OR IGNORE INTO digest_stale (program, tracked_entity)
             SELECT program, ?2 FROM digest_watch WHERE watched = ?1",
        )?
        .execute([watched.as_str(), tracked_entity.as_str()])?;
    Ok(())
}

/// Notes that a tracked entity was taken away.
pub(super) fn note_gone(
    connection: &Connection,
    tracked_entity: TrackedEntityUid,
) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "INSERT OR IGNORE INTO digest_stale (program, tracked_entity)
             SELECT DISTINCT w.program, ?1 FROM digest_watch w JOIN digest d
               ON d.program = w.program AND d.tracked_entity = ?1",
        )?
        .execute([tracked_entity.as_str()])?;
    Ok(())
}

/// Notes that a record no longer waits, if its sum says that only this device has seen it.
pub(crate) fn note_sent(connection: &Connection, record: Uid) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "INSERT OR IGNORE INTO digest_stale (program, tracked_entity)
             SELECT DISTINCT w.program, ?1 FROM digest_watch w JOIN digest d
               ON d.program = w.program AND d.tracked_entity = ?1
             WHERE d.seen_ms IS NULL",
        )?
        .execute([record.as_str()])?;
    Ok(())
}

/// Notes that the sum is old of which an event is part.
pub(crate) fn note_event(connection: &Connection, event: &Event) -> Result<(), StoreError> {
    match event.tracked_entity {
        Some(tracked_entity) => note(connection, event.program.0, tracked_entity),
        None => Ok(()),
    }
}

const STALE: &str = "SELECT tracked_entity FROM digest_stale
     WHERE program = ?1 AND tracked_entity > ?2 ORDER BY tracked_entity LIMIT ?3";

/// Left alone, SQLite would follow the index of days through the whole program.
pub(crate) const LATEST_ENROLLMENT: &str = "SELECT body, server_updated_at
     FROM enrollment INDEXED BY enrollment_of_person
     WHERE tracked_entity = ? AND program = ? AND deleted = 0
     ORDER BY enrolled DESC, uid LIMIT 1";

const IN_ORDER: &str = "SELECT sort, tracked_entity, body FROM digest
     WHERE program = ?1 AND is_open = ?2 AND (sort, tracked_entity) > (?3, ?4)
     ORDER BY sort, tracked_entity";

impl Store {
    /// Begins to sum up the records of a program; with another version than before all are old.
    ///
    /// # Errors
    /// [`StoreError`]; nothing was changed.
    pub fn watch_digests(
        &self,
        program: ProgramUid,
        of: TrackedEntityTypeUid,
        version: &str,
    ) -> Result<(), StoreError> {
        let known: Option<String> = self.read(|connection| {
            let mut statement =
                connection.prepare_cached("SELECT version FROM digest_watch WHERE watched = ?")?;
            Ok(statement.query_row([program.as_str()], |row| row.get(0)).optional()?)
        })?;
        if known.as_deref() == Some(version) {
            return Ok(());
        }
        self.write(|transaction| {
            for watched in [program.as_str(), of.as_str()] {
                transaction.execute(
                    "INSERT OR REPLACE INTO digest_watch (watched, program, version)
                     VALUES (?, ?, ?)",
                    [watched, program.as_str(), version],
                )?;
            }
            transaction.execute(
                "INSERT OR IGNORE INTO digest_stale (program, tracked_entity)
                 SELECT DISTINCT program, tracked_entity FROM enrollment WHERE program = ?",
                [program.as_str()],
            )?;
            Ok(())
        })
    }

    /// Makes the sums of a program anew that are old or missing, each once, some in a transaction of
    /// their own: nobody can change a record between the look at it and the note that its sum is
    /// new. What `sum` gives nothing for, and what is no longer here, is forgotten.
    ///
    /// # Errors
    /// [`StoreError`], those of `sum` too; what was made before stays.
    pub fn refresh_digests(
        &self,
        program: ProgramUid,
        mut sum: impl FnMut(DigestSource) -> Result<Option<DigestRow>, StoreError>,
    ) -> Result<(), StoreError> {
        let mut after = String::new();
        // Mostly there is nothing to be made: then nobody waits for the writer.
        while self.read(|connection| Ok(!stale(connection, program, &after, 1)?.is_empty()))? {
            self.write_bulk(|transaction| {
                for id in stale(transaction, program, &after, DIGESTS_MADE_MAX)? {
                    let made = source(transaction, program, id)?.map(&mut sum).transpose()?;
                    match made.flatten() {
                        Some(row) => keep(transaction, program, &row)?,
                        None => forget(transaction, program, id)?,
                    }
                    forget_note(transaction, program, id)?;
                    after = id.to_string();
                }
                Ok(())
            })?;
        }
        Ok(())
    }

    /// Shows sums in order, open ones or closed ones, from a place on and without holding them, until
    /// `show` gives `false`; whether that was the last one.
    ///
    /// # Errors
    /// [`StoreError`] if they could not be read.
    pub fn digests_from(
        &self,
        program: ProgramUid,
        is_open: bool,
        after: Option<DigestCursor>,
        mut show: impl FnMut(DigestCursor, &[u8]) -> bool,
    ) -> Result<bool, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(IN_ORDER)?;
            let (sort, uid) = match &after {
                Some(after) => (after.sort, after.tracked_entity.to_string()),
                None => (i64::MIN, String::new()),
            };
            let mut rows = statement.query(params![program.as_str(), is_open, sort, uid])?;
            while let Some(row) = rows.next()? {
                let cursor = DigestCursor { sort: row.get(0)?, tracked_entity: id_of(row, 1)? };
                let body = row.get_ref(2)?.as_blob().map_err(rusqlite::Error::from)?;
                if !show(cursor, body) {
                    return Ok(rows.next()?.is_none());
                }
            }
            Ok(true)
        })
    }

    /// Shows every sum of a program, in no particular order, without holding them.
    ///
    /// # Errors
    /// [`StoreError`] if they could not be read.
    pub fn each_digest(
        &self,
        program: ProgramUid,
        mut show: impl FnMut(&[u8]),
    ) -> Result<(), StoreError> {
        self.read(|connection| {
            let mut statement =
                connection.prepare_cached("SELECT body FROM digest WHERE program = ?")?;
            let mut rows = statement.query([program.as_str()])?;
            while let Some(row) = rows.next()? {
                show(row.get_ref(0)?.as_blob().map_err(rusqlite::Error::from)?);
            }
            Ok(())
        })
    }

    /// The sum of one record and when it was first seen; `None` if there is none.
    ///
    /// # Errors
    /// [`StoreError`] if it could not be read.
    pub fn digest(
        &self,
        program: ProgramUid,
        id: TrackedEntityUid,
    ) -> Result<Option<KeptDigest>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT seen_ms, body FROM digest WHERE program = ? AND tracked_entity = ?",
            )?;
            let found = statement
                .query_row([program.as_str(), id.as_str()], |row| Ok((row.get(0)?, row.get(1)?)));
            Ok(found.optional()?)
        })
    }

    /// One record as its sum is made of it; `None` if it is not here or not in the program.
    ///
    /// # Errors
    /// [`StoreError`] if it could not be read.
    pub fn digest_source(
        &self,
        program: ProgramUid,
        id: TrackedEntityUid,
    ) -> Result<Option<DigestSource>, StoreError> {
        self.read(|connection| source(connection, program, id))
    }
}

/// Records whose sums are old or missing, after an id.
fn stale(
    connection: &Connection,
    program: ProgramUid,
    after: &str,
    limit: u32,
) -> Result<Vec<TrackedEntityUid>, StoreError> {
    let mut statement = connection.prepare_cached(STALE)?;
    let parameters = params![program.as_str(), after, limit];
    statement.query_and_then(parameters, |row| id_of(row, 0))?.collect()
}

fn keep(connection: &Connection, program: ProgramUid, row: &DigestRow) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "INSERT INTO digest (program, tracked_entity, seen_ms, is_open, sort, body)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT (program, tracked_entity) DO UPDATE SET
               seen_ms = coalesce(seen_ms, ?3), is_open = ?4, sort = ?5, body = ?6",
        )?
        .execute(params![
            program.as_str(),
            row.tracked_entity.as_str(),
            row.seen_ms,
            row.is_open,
            row.sort,
            row.body
        ])?;
    Ok(())
}

fn forget(
    connection: &Connection,
    program: ProgramUid,
    id: TrackedEntityUid,
) -> Result<(), StoreError> {
    connection
        .prepare_cached("DELETE FROM digest WHERE program = ? AND tracked_entity = ?")?
        .execute([program.as_str(), id.as_str()])?;
    Ok(())
}

fn forget_note(
    connection: &Connection,
    program: ProgramUid,
    id: TrackedEntityUid,
) -> Result<(), StoreError> {
    connection
        .prepare_cached("DELETE FROM digest_stale WHERE program = ? AND tracked_entity = ?")?
        .execute([program.as_str(), id.as_str()])?;
    Ok(())
}

fn id_of(row: &Row<'_>, column: usize) -> Result<TrackedEntityUid, StoreError> {
    let text = row.get_ref(column)?.as_str().map_err(rusqlite::Error::from)?;
    TrackedEntityUid::parse(text).map_err(|_| StoreError::unreadable("digest"))
}

fn source(
    connection: &Connection,
    program: ProgramUid,
    id: TrackedEntityUid,
) -> Result<Option<DigestSource>, StoreError> {
    let Some(tracked_entity) = records::load_tracked_entity(connection, id.0)? else {
        return Ok(None);
    };
    let Some((enrollment, server_updated_at)) = enrollment_in(connection, program, id)? else {
        return Ok(None);
    };
    let events = events_with_times(connection, enrollment.id)?;
    let seen_ms = connection
        .prepare_cached("SELECT seen_ms FROM digest WHERE program = ? AND tracked_entity = ?")?
        .query_row([program.as_str(), id.as_str()], |row| row.get(0))
        .optional()?
        .flatten();
    let waits_as_new: bool = connection
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM outbox WHERE record = ? AND base IS NULL AND kind = 4)",
        )?
        .query_row([id.as_str()], |row| row.get(0))?;
    let is_carried: bool = connection
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM carried WHERE kind = 4 AND subject = ?)")?
        .query_row([format!("{id}/0")], |row| row.get(0))?;
    Ok(Some(DigestSource {
        tracked_entity,
        enrollment,
        server_updated_at,
        events,
        seen_ms,
        is_on_server: !waits_as_new,
        is_carried,
    }))
}

fn enrollment_in(
    connection: &Connection,
    program: ProgramUid,
    id: TrackedEntityUid,
) -> Result<Option<(Enrollment, Option<String>)>, StoreError> {
    let mut statement = connection.prepare_cached(LATEST_ENROLLMENT)?;
    let mut rows = statement.query([id.as_str(), program.as_str()])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    Ok(Some((read_body(&row.get::<_, String>(0)?)?, row.get(1)?)))
}

type Timed = Vec<(Event, Option<String>)>;

fn events_with_times(connection: &Connection, id: EnrollmentUid) -> Result<Timed, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT body, server_updated_at FROM event WHERE enrollment = ? AND deleted = 0",
    )?;
    let rows = statement.query_and_then([id.as_str()], |row| {
        Ok((read_event(&row.get::<_, String>(0)?)?, row.get(1)?))
    })?;
    rows.collect()
}

#[cfg(test)]
mod tests {
    use outpost_domain::data::{EnrollmentStatus, Payload, PayloadKind};
    use outpost_domain::uid::{EventUid, OrganisationUnitUid, ProgramStageUid};
    use outpost_sync::ports::Outcome;

    use super::*;
    use crate::tests::World;

    fn uid(number: usize) -> Uid {
        Uid::parse(&format!("u{number:010}")).expect("a uid")
    }

    fn program() -> ProgramUid {
        ProgramUid(uid(1))
    }

    fn of() -> TrackedEntityTypeUid {
        TrackedEntityTypeUid(uid(2))
    }

    fn save(bench: &World, number: usize) {
        let place = OrganisationUnitUid(uid(3));
        let tracked_entity = TrackedEntity {
            id: TrackedEntityUid(uid(number)),
            tracked_entity_type: of(),
            organisation_unit: place,
            geometry: None,
            attributes: std::collections::BTreeMap::new(),
            created_at_client: None,
            updated_at_client: None,
            deleted: false,
        };
        let enrollment = Enrollment {
            id: EnrollmentUid(uid(number + 1)),
            tracked_entity: tracked_entity.id,
            program: program(),
            organisation_unit: place,
            status: EnrollmentStatus::Active,
            enrolled_at: Some("2026-11-30".to_owned()),
            occurred_at: None,
            completed_at: None,
            follow_up: false,
            geometry: None,
            attribute_option_combo: None,
            attributes: std::collections::BTreeMap::new(),
            notes: Vec::new(),
            created_at_client: None,
            updated_at_client: None,
            deleted: false,
        };
        let records =
            [Payload::TrackedEntity { tracked_entity }, Payload::Enrollment { enrollment }];
        bench.store.save_records(&records, &[], "amina", 1).expect("saved");
    }

    /// Makes what is stale anew, each by `sum`; the records that were asked for.
    fn made(bench: &World, mut sum: impl FnMut(usize) -> Option<DigestRow>) -> Vec<usize> {
        let mut asked = Vec::new();
        let made = bench.store.refresh_digests(program(), |source| {
            let id = source.tracked_entity.id;
            asked.push(id.as_str()[1..].parse().expect("a number"));
            Ok(sum(asked[asked.len() - 1]))
        });
        made.expect("made");
        asked
    }

    fn row(number: usize, sort: i64, seen_ms: Option<i64>) -> DigestRow {
        let tracked_entity = TrackedEntityUid(uid(number));
        DigestRow { tracked_entity, seen_ms, is_open: true, sort, body: vec![number as u8] }
    }

    fn shown(bench: &World, after: Option<DigestCursor>, limit: usize) -> Vec<(DigestCursor, u8)> {
        let mut page = Vec::new();
        let is_end = bench.store.digests_from(program(), true, after, |cursor, body| {
            page.push((cursor, body[0]));
            page.len() < limit
        });
        let rest = page.last().map(|(cursor, _)| *cursor).filter(|_| page.len() == limit);
        let is_more = rest.is_some_and(|last| {
            let mut more = false;
            let all = bench.store.digests_from(program(), true, Some(last), |_, _| {
                more = true;
                false
            });
            all.map(|_| more).expect("read")
        });
        assert_eq!(is_end, Ok(!is_more));
        page
    }

    #[test]
    fn only_records_of_watched_programs_are_noted_and_each_change_is() {
        let bench = World::new();
        let seen = |number| Some(row(number, 5, Some(7)));
        save(&bench, 10);
        assert_eq!(made(&bench, seen), [0; 0]);
        bench.store.watch_digests(program(), of(), "1").expect("watched");
        assert_eq!(made(&bench, seen), [10]);
        bench.store.watch_digests(program(), of(), "1").expect("watched");
        assert_eq!(made(&bench, seen), [0; 0]);
        save(&bench, 20);
        assert_eq!(made(&bench, seen), [20]);
        // An event of the first.
        let event = Event {
            enrollment: Some(EnrollmentUid(uid(11))),
            tracked_entity: Some(TrackedEntityUid(uid(10))),
            ..Event::new(
                EventUid(uid(12)),
                program(),
                ProgramStageUid(uid(4)),
                OrganisationUnitUid(uid(3)),
            )
        };
        let _saved = bench.store.save_event(&event, "amina", 2).expect("saved");
        let mut facts = None;
        let made_now = bench.store.refresh_digests(program(), |source| {
            facts = Some((source.events.len(), source.seen_ms, source.is_on_server));
            assert!(!source.is_carried);
            Ok(Some(row(10, 5, None)))
        });
        made_now.expect("made");
        assert_eq!(facts, Some((1, Some(7), false)));
        // Another version makes all of them old.
        bench.store.watch_digests(program(), of(), "2").expect("watched");
        assert_eq!(made(&bench, seen), [10, 20]);
    }

    #[test]
    fn pages_follow_the_order_and_what_is_gone_is_forgotten() {
        let bench = World::new();
        bench.store.watch_digests(program(), of(), "1").expect("watched");
        for (number, sort) in [(10, 30), (20, 10), (30, 20)] {
            save(&bench, number);
            assert_eq!(made(&bench, |number| Some(row(number, sort, Some(1)))), [number]);
        }
        let first = shown(&bench, None, 2);
        assert_eq!(first.iter().map(|it| it.1).collect::<Vec<_>>(), [20, 30]);
        let rest = shown(&bench, Some(first[1].0), 2);
        assert_eq!(rest.iter().map(|it| it.1).collect::<Vec<_>>(), [10]);
        bench.store.watch_digests(program(), of(), "2").expect("watched");
        made(&bench, |number| (number != 20).then(|| row(number, 1, Some(1))));
        let id = TrackedEntityUid(uid(20));
        assert_eq!(bench.store.digest(program(), id).expect("read"), None);
        let mut count = 0;
        bench.store.each_digest(program(), |_| count += 1).expect("read");
        assert_eq!(count, 2);
    }

    #[test]
    fn what_was_seen_once_stays_seen_and_what_was_not_is_asked_again_once_it_was_sent() {
        let bench = World::new();
        bench.store.watch_digests(program(), of(), "1").expect("watched");
        let unseen = |number| Some(row(number, 1, None));
        save(&bench, 10);
        assert_eq!(made(&bench, unseen), [10]);
        // It waits in the outbox: nobody can have seen it.
        assert_eq!(made(&bench, unseen), [0; 0]);
        for row in bench.claim_kind(PayloadKind::Tracker, 10, 5) {
            bench.settle(&row, Outcome::Synced);
        }
        assert_eq!(made(&bench, |number| Some(row(number, 1, Some(5)))), [10]);
        assert_eq!(made(&bench, unseen), [0; 0]);
        save(&bench, 10);
        bench.store.watch_digests(program(), of(), "2").expect("watched");
        assert_eq!(made(&bench, unseen), [10]);
        let kept = bench.store.digest(program(), TrackedEntityUid(uid(10))).expect("read");
        assert_eq!(kept.map(|(seen, _)| seen), Some(Some(5)));
    }
}
