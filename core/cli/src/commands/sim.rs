//! `sim …`.

use outpost_engine::model::{SimQuery, SimRow};
use outpost_engine::rollout::sim::{SimCard, SimState};
use outpost_engine::{NewSim, OutpostError, Result, Session};

use super::device::{document, read, refused_or, shown, write_table};
use crate::args::{SimCommand, SimList, SimPut};
use crate::exit;
use crate::output::Output;
use crate::strings::device::problems;
use crate::strings::sim as strings;

/// `sim …`
///
/// # Errors
/// `InvalidInput`, `NotFound`, `Forbidden` and storage errors.
pub fn sim(session: &Session, command: &SimCommand, output: Output) -> Result<u8> {
    refused_or(carry_out(session, command, output), output)
}

fn carry_out(session: &Session, command: &SimCommand, output: Output) -> Result<u8> {
    match command {
        SimCommand::Put(arguments) => put(session, arguments, output),
        SimCommand::Step { sim, state, reason, by } => {
            let row = session.step_sim(sim, state_of(state)?, reason, by.by.as_deref())?;
            line(&row, output)
        }
        SimCommand::List(arguments) => {
            let rows = session.sims(&query(session, arguments)?)?;
            output.result(&document(&rows)?, || strings::list(&rows));
            Ok(exit::OK)
        }
        SimCommand::Show { sim } => {
            let history = session.sim_history(sim)?;
            output.result(&document(&history)?, || strings::history(&history));
            Ok(exit::OK)
        }
        SimCommand::Import { file, org_unit, dry_run, by } => {
            let place = org_unit.as_deref().map(|it| session.find_organisation_unit(it));
            let (table, by) = (read(file)?, by.by.as_deref());
            let import = session.import_sims(&table, place.transpose()?, *dry_run, by)?;
            output.result(&document(&import)?, || match import.problems.is_empty() {
                true => format!("{} new, {} changed\n", import.added, import.changed),
                false => problems(&import.problems),
            });
            Ok(if import.problems.is_empty() { exit::OK } else { exit::INPUT })
        }
        SimCommand::Export { out, pairs, list } => {
            let query = query(session, list)?;
            let (table, what) = match pairs {
                true => (session.export_sim_pairs(&query)?, "pairs"),
                false => (session.export_sims(&query)?, "cards"),
            };
            write_table(table, what, out.as_deref(), output)
        }
    }
}

fn line(row: &SimRow, output: Output) -> Result<u8> {
    output.result(&document(row)?, || strings::line(row));
    Ok(exit::OK)
}

fn state_of(text: &str) -> Result<SimState> {
    let words = SimState::ALL.map(|it| it.code().to_lowercase().replace('_', "-")).join(", ");
    let wrong = || OutpostError::invalid("state", "unknown", format!("a state is one of {words}"));
    SimState::parse(text).ok_or_else(wrong)
}

fn query(session: &Session, arguments: &SimList) -> Result<SimQuery> {
    let place = arguments.org_unit.as_deref().map(|it| session.find_organisation_unit(it));
    Ok(SimQuery {
        state: arguments.state.as_deref().map(state_of).transpose()?,
        place: place.transpose()?,
        only_in_two: arguments.in_two,
        text: arguments.search.clone(),
        limit: arguments.limit,
    })
}

fn put(session: &Session, arguments: &SimPut, output: Output) -> Result<u8> {
    let new = NewSim {
        sim: SimCard {
            iccid: arguments.iccid.clone(),
            msisdn: arguments.msisdn.clone(),
            operator: arguments.operator.clone(),
        },
        glued_by: arguments.glued_by.clone(),
        pin_sealed: arguments.pin_sealed,
        is_moved: arguments.moved,
    };
    shown(&session.put_sim(&arguments.device, new, arguments.by.by.as_deref())?, output)
}
