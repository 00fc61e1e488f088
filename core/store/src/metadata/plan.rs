//! Which data sets and programs are downloaded: readable, visible, assigned where the user works.

use jiff::civil::Date;
use outpost_domain::metadata::{DataSet, MetadataKind, ProgramType};
use outpost_domain::period::{Period, PeriodType, latest_open_period};
use outpost_domain::uid::{OrganisationUnitUid, Uid};
use outpost_sync::ports::{DataSetScope, StoreReply, facts};
use outpost_wire::me::{MyOrganisationUnit, parse_me};
use outpost_wire::metadata::{parse_data_set, parse_program};
use rusqlite::{Connection, params};

use super::pull::visible;
use super::read::{all, path_of};
use crate::error::StoreError;
use crate::facts as fact;
use crate::limits::{FORMS_MAX, FUTURE_PERIODS_MAX};

pub(crate) fn load_plan(connection: &Connection, today: Date) -> Result<StoreReply, StoreError> {
    let generation = visible(connection)?;
    let roots = load_roots(connection)?;
    let mut paths = Vec::with_capacity(roots.len());
    for root in &roots {
        let stored = path_of(connection, root.id, generation)?;
        paths.push(stored.unwrap_or_else(|| root.path.clone()));
    }
    let mut data_sets = Vec::new();
    // A form that this version cannot read has nothing to show its data in.
    let stored = all(connection, MetadataKind::DataSet, FORMS_MAX)?;
    for data_set in stored.iter().filter_map(|one| parse_data_set(one.body.as_bytes()).ok()) {
        if data_set.access.read && is_assigned_under(connection, data_set.id.0, &paths, generation)?
        {
            let periods = window(&data_set, today);
            data_sets.push(DataSetScope { data_set: data_set.id, periods });
        }
    }
    let mut programs = Vec::new();
    let stored = all(connection, MetadataKind::Program, FORMS_MAX)?;
    for program in stored.iter().filter_map(|one| parse_program(one.body.as_bytes()).ok()) {
        if program.access.read
            && program.program_type == ProgramType::WithoutRegistration
            && is_assigned_under(connection, program.id.0, &paths, generation)?
        {
            programs.push(program.id);
        }
    }
    let roots: Vec<OrganisationUnitUid> = roots.into_iter().map(|root| root.id).collect();
    let cursors = crate::download::load_cursors(connection)?;
    Ok(StoreReply::DownloadPlan { data_sets, programs, roots, cursors })
}

/// Where the user enters data; nowhere before the first sign-in.
fn load_roots(connection: &Connection) -> Result<Vec<MyOrganisationUnit>, StoreError> {
    let Some(me) = fact::load(connection, facts::ME)? else { return Ok(vec![]) };
    let me =
        parse_me(me.as_bytes()).map_err(|_| StoreError::unreadable("answer about the user"))?;
    Ok(me.organisation_units)
}

/// Periods that a device holds: the past ones of its type, and those already open for entry.
fn window(data_set: &DataSet, today: Date) -> Vec<Period> {
    let period_type: PeriodType = data_set.period_type;
    let Some(current) = period_type.containing(today) else { return vec![] };
    let back = i32::try_from(period_type.default_past_periods().saturating_sub(1)).unwrap_or(0);
    let latest = latest_open_period(period_type, data_set.open_future_periods, today);
    let last = latest.unwrap_or(current).max(current);
    let first = current.rewind(back).unwrap_or(current);
    let most = back.unsigned_abs() as usize + 1 + FUTURE_PERIODS_MAX;
    std::iter::successors(Some(first), Period::next)
        .take_while(|period| *period <= last)
        .take(most)
        .collect()
}

pub(crate) const ASSIGNED_UNDER: &str = "SELECT EXISTS (SELECT 1 FROM metadata_object o
     JOIN assignment a ON a.object = ?1 AND a.organisation_unit = o.uid
       AND a.generation = (SELECT max(generation) FROM assignment
         WHERE object = ?1 AND generation <= ?4)
     WHERE o.path >= ?2 AND o.path < ?3 AND o.kind = 2 AND o.generation <= ?4)";

/// Whether the object is assigned to at least one unit under the paths.
fn is_assigned_under(
    connection: &Connection,
    object: Uid,
    paths: &[String],
    generation: i64,
) -> Result<bool, StoreError> {
    let mut statement = connection.prepare_cached(ASSIGNED_UNDER)?;
    for path in paths {
        // `0` is the character after `/`, so the range is the path itself and what lies under it;
        // a sibling whose id goes on after this one cannot exist, ids have one length.
        let parameters = params![object.as_str(), path, format!("{path}0"), generation];
        if statement.query_row(parameters, |row| row.get(0))? {
            return Ok(true);
        }
    }
    Ok(false)
}
