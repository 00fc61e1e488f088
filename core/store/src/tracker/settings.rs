//! What a person chose to hold of each program, their working lists, and numbers per program.

use outpost_domain::data::EnrollmentStatus;
use outpost_domain::uid::ProgramUid;
use outpost_sync::ports::TrackerLimits;
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::connection::count_of;
use crate::error::StoreError;
use crate::limits::PAGE_ROWS_MAX;
use crate::store::Store;

/// What is held of a program. Without a row: everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProgramSetting {
    /// The program.
    pub program: ProgramUid,
    /// Whether it is downloaded at all.
    pub enabled: bool,
    /// What a first download leaves out.
    pub limits: TrackerLimits,
}

/// A list that a person put together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkingList {
    /// Its id.
    pub id: String,
    /// The program.
    pub program: ProgramUid,
    /// Its name.
    pub name: String,
    /// Its filter, as JSON of whoever made it.
    pub filter: String,
}

/// Numbers of a program on the device.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ProgramCounts {
    /// Active enrolments.
    pub active: u64,
    /// Completed enrolments.
    pub completed: u64,
    /// Cancelled enrolments.
    pub cancelled: u64,
}

/// The setting of a program; everything, if there is none.
pub(crate) fn of_program(
    connection: &Connection,
    program: ProgramUid,
) -> Result<ProgramSetting, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT enabled, only_active, changed_within_days, people_max FROM program_setting
         WHERE program = ?",
    )?;
    let found = statement.query_row([program.as_str()], |row| {
        let limits = TrackerLimits {
            only_active: row.get(1)?,
            changed_within_days: row.get(2)?,
            tracked_entities_max: row.get(3)?,
        };
        Ok(ProgramSetting { program, enabled: row.get(0)?, limits })
    });
    let everything = ProgramSetting { program, enabled: true, limits: TrackerLimits::default() };
    Ok(found.optional()?.unwrap_or(everything))
}

fn working_list(row: &Row<'_>) -> Result<WorkingList, StoreError> {
    let program: String = row.get(1)?;
    Ok(WorkingList {
        id: row.get(0)?,
        program: ProgramUid::parse(&program).map_err(|_| StoreError::unreadable("program id"))?,
        name: row.get(2)?,
        filter: row.get(3)?,
    })
}

impl Store {
    /// What is held of a program.
    ///
    /// # Errors
    /// [`StoreError`] if it could not be read.
    pub fn load_program_setting(&self, program: ProgramUid) -> Result<ProgramSetting, StoreError> {
        self.read(|connection| of_program(connection, program))
    }

    /// Chooses what is held of a program; takes effect with the next download.
    ///
    /// # Errors
    /// [`StoreError`]; nothing was written.
    pub fn save_program_setting(&self, setting: &ProgramSetting) -> Result<(), StoreError> {
        self.write(|transaction| {
            transaction.execute(
                "INSERT OR REPLACE INTO program_setting (program, enabled, only_active,
                   changed_within_days, people_max) VALUES (?, ?, ?, ?, ?)",
                params![
                    setting.program.as_str(),
                    setting.enabled,
                    setting.limits.only_active,
                    setting.limits.changed_within_days,
                    setting.limits.tracked_entities_max
                ],
            )?;
            Ok(())
        })
    }

    /// Working lists of a program by name, at most 200.
    ///
    /// # Errors
    /// [`StoreError`] if it could not be read.
    pub fn working_lists(&self, program: ProgramUid) -> Result<Vec<WorkingList>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT id, program, name, filter FROM working_list WHERE program = ?
                 ORDER BY name, id LIMIT ?",
            )?;
            let parameters = params![program.as_str(), PAGE_ROWS_MAX];
            let rows = statement.query_and_then(parameters, working_list)?;
            rows.collect()
        })
    }

    /// Keeps a working list in place of the one with the same id.
    ///
    /// # Errors
    /// [`StoreError`]; nothing was written.
    pub fn save_working_list(&self, list: &WorkingList) -> Result<(), StoreError> {
        self.write(|transaction| {
            transaction.execute(
                "INSERT OR REPLACE INTO working_list (id, program, name, filter)
                 VALUES (?, ?, ?, ?)",
                [&list.id, list.program.as_str(), &list.name, &list.filter],
            )?;
            Ok(())
        })
    }

    /// Removes a working list; whether there was one.
    ///
    /// # Errors
    /// [`StoreError`]; nothing was written.
    pub fn remove_working_list(&self, id: &str) -> Result<bool, StoreError> {
        self.write(|transaction| {
            Ok(transaction.execute("DELETE FROM working_list WHERE id = ?", [id])? > 0)
        })
    }

    /// Enrolments of a program on the device by status.
    ///
    /// # Errors
    /// [`StoreError`] if it could not be read.
    pub fn program_counts(&self, program: ProgramUid) -> Result<ProgramCounts, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT status, count(*) FROM enrollment
                 WHERE program = ? AND deleted = 0 GROUP BY status",
            )?;
            let mut rows = statement.query([program.as_str()])?;
            let mut counts = ProgramCounts::default();
            while let Some(row) = rows.next()? {
                let status: String = row.get(0)?;
                let count = match EnrollmentStatus::parse(&status) {
                    Some(EnrollmentStatus::Active) => &mut counts.active,
                    Some(EnrollmentStatus::Completed) => &mut counts.completed,
                    Some(EnrollmentStatus::Cancelled) => &mut counts.cancelled,
                    None => return Err(StoreError::unreadable("status")),
                };
                *count = count_of(row, 1)?;
            }
            Ok(counts)
        })
    }
}
