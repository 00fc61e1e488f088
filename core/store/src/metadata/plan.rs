//! Which data sets and programs are downloaded: readable, visible, assigned where the user works.

use jiff::civil::Date;
use outpost_domain::metadata::{DataSet, MetadataKind, ProgramType};
use outpost_domain::period::{Period, PeriodType, latest_open_period};
use outpost_domain::uid::{OrganisationUnitUid, Uid};
use outpost_sync::ports::{DataSetScope, LockScope, ProgramScope, StoreReply, facts};
use outpost_wire::me::parse_me;
use outpost_wire::metadata::{parse_data_set, parse_program};
use rusqlite::{Connection, params};

use super::pull::visible;
use super::read::{all, path_of};
use super::{content, people};
use crate::error::StoreError;
use crate::facts as fact;
use crate::limits::{APPROVAL_UNITS_MAX, FORMS_MAX, FUTURE_PERIODS_MAX};

pub(crate) fn load_plan(connection: &Connection, today: Date) -> Result<StoreReply, StoreError> {
    let generation = visible(connection)?;
    let roots = load_roots(connection)?;
    let cursors = crate::download::load_cursors(connection)?;
    if generation == 0 {
        let (data_sets, programs, trackers) = (vec![], vec![], vec![]);
        return Ok(StoreReply::DownloadPlan { data_sets, programs, trackers, roots, cursors });
    }
    let mut data_sets = Vec::new();
    // A form that this version cannot read has nothing to show its data in.
    let stored = all(connection, MetadataKind::DataSet, FORMS_MAX)?;
    for data_set in stored.iter().filter_map(|one| parse_data_set(one.body.as_bytes()).ok()) {
        if data_set.access.read && is_assigned_under(connection, data_set.id.0, &roots, generation)?
        {
            let periods = window(&data_set, today);
            let content = content::of_data_set(connection, &data_set, generation)?;
            data_sets.push(DataSetScope { data_set: data_set.id, periods, content });
        }
    }
    let (mut programs, mut trackers) = (Vec::new(), Vec::new());
    let stored = all(connection, MetadataKind::Program, FORMS_MAX)?;
    for program in stored.iter().filter_map(|one| parse_program(one.body.as_bytes()).ok()) {
        if program.access.read
            && program.program_type == ProgramType::WithoutRegistration
            && is_assigned_under(connection, program.id.0, &roots, generation)?
        {
            let content = content::of_program(connection, &program, generation)?;
            programs.push(ProgramScope { program: program.id, content });
        }
        trackers.extend(people::tracker_scope(connection, &program, &roots, generation)?);
    }
    Ok(StoreReply::DownloadPlan { data_sets, programs, trackers, roots, cursors })
}

/// Data sets that the user fills in and whose slices the server opens or closes one by one.
pub(crate) fn load_lock_plan(
    connection: &Connection,
    today: Date,
) -> Result<StoreReply, StoreError> {
    let generation = visible(connection)?;
    let roots = load_roots(connection)?;
    let mut scopes = Vec::new();
    for stored in all(connection, MetadataKind::DataSet, FORMS_MAX)? {
        let Ok(data_set) = parse_data_set(stored.body.as_bytes()) else { continue };
        let workflow = content::workflow_of(connection, &data_set, &stored.body, generation)?;
        let expires = data_set.expiry_days != 0.0;
        if !data_set.access.write || stored.is_gone || !(expires || workflow.is_some()) {
            continue;
        }
        let organisation_units = match workflow {
            Some(_) => places_of(connection, data_set.id.0, &roots, generation)?,
            None => Vec::new(),
        };
        let periods = window(&data_set, today);
        let data_set = data_set.id;
        scopes.push(LockScope { data_set, expires, workflow, periods, organisation_units });
    }
    Ok(StoreReply::LockPlan(scopes))
}

/// Places under the roots to which the object is assigned; none if they are too many.
pub(crate) fn places_of(
    connection: &Connection,
    object: Uid,
    roots: &[OrganisationUnitUid],
    generation: i64,
) -> Result<Vec<OrganisationUnitUid>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT organisation_unit FROM assignment WHERE object = ?1 AND organisation_unit <> ''
           AND generation = (SELECT max(generation) FROM assignment
             WHERE object = ?1 AND generation <= ?2)",
    )?;
    let mut rows = statement.query(params![object.as_str(), generation])?;
    let mut places = Vec::new();
    while let Some(row) = rows.next()? {
        let text = row.get_ref(0)?.as_str().map_err(rusqlite::Error::from)?;
        let unit = OrganisationUnitUid::parse(text)
            .map_err(|_| StoreError::unreadable("organisation unit"))?;
        let path = path_of(connection, unit, generation)?.unwrap_or_default();
        if path.split('/').any(|step| roots.iter().any(|root| root.as_str() == step)) {
            places.push(unit);
        }
        if places.len() > APPROVAL_UNITS_MAX {
            return Ok(Vec::new());
        }
    }
    Ok(places)
}

/// Where the user enters data; nowhere before the first sign-in.
pub(crate) fn load_roots(connection: &Connection) -> Result<Vec<OrganisationUnitUid>, StoreError> {
    let Some(me) = fact::load(connection, facts::ME)? else { return Ok(vec![]) };
    let me =
        parse_me(me.as_bytes()).map_err(|_| StoreError::unreadable("answer about the user"))?;
    Ok(me.organisation_units.into_iter().map(|unit| unit.id).collect())
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

/// Walks down from the root and stops at the first assigned unit: `CROSS JOIN` keeps SQLite from
/// building the whole tree first.
pub(crate) const ASSIGNED_UNDER: &str = "WITH RECURSIVE tree (uid) AS (
       SELECT ?2 UNION
       SELECT o.uid FROM tree t CROSS JOIN metadata_object o INDEXED BY metadata_parent
         ON o.kind = 2 AND o.parent = t.uid AND o.generation <= ?3)
     SELECT EXISTS (SELECT 1 FROM tree t CROSS JOIN assignment a ON a.object = ?1
       AND a.organisation_unit = t.uid
       AND a.generation = (SELECT max(generation) FROM assignment
         WHERE object = ?1 AND generation <= ?3))";

/// Whether the object is assigned to at least one unit under the roots.
pub(super) fn is_assigned_under(
    connection: &Connection,
    object: Uid,
    roots: &[OrganisationUnitUid],
    generation: i64,
) -> Result<bool, StoreError> {
    let mut statement = connection.prepare_cached(ASSIGNED_UNDER)?;
    for root in roots {
        let parameters = params![object.as_str(), root.as_str(), generation];
        if statement.query_row(parameters, |row| row.get(0))? {
            return Ok(true);
        }
    }
    Ok(false)
}
