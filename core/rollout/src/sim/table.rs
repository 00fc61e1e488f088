//! SIM cards as tables (D12): a delivery of the operator taken in, cards and pairs written out.

use std::collections::BTreeMap;

use super::card::Sim;
use super::pair::{Pairing, SimCard};
use crate::table::{self, LineProblem};

/// The columns of a table of cards; the last two are written and never taken in.
const COLUMNS: [&str; 6] = ["iccid", "msisdn", "operator", "org_unit", "state", "phone"];

/// What a line says of a card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CardLine {
    /// Line of the file.
    pub line: u64,
    /// The card in its stored form; empty parts are not said.
    pub card: SimCard,
    /// The place as the table names it; empty if it does not.
    pub place: String,
}

/// Writes cards.
#[must_use]
pub fn write_cards(cards: &[&Sim]) -> String {
    let row = |sim: &&Sim| {
        let card = sim.card.clone();
        let (place, state) = (sim.place.to_string(), sim.state.code().to_owned());
        vec![card.iccid, card.msisdn, card.operator, place, state, sim.phone.clone()]
    };
    table::write(&COLUMNS, cards.iter().map(row))
}

/// Writes which card was in which phone, from when until when.
#[must_use]
pub fn write_pairs(pairs: &[Pairing]) -> String {
    let columns = [
        "iccid",
        "msisdn",
        "operator",
        "phone",
        "from",
        "until",
        "put_by",
        "glued_on",
        "glued_by",
        "pin_sealed",
    ];
    let row = |it: &Pairing| {
        let Pairing { sim, device_number, from, to, put_by, glued_on, glued_by, .. } = it.clone();
        let sealed = if it.pin_sealed { "yes" } else { "" }.to_owned();
        let SimCard { iccid, msisdn, operator } = sim;
        vec![iccid, msisdn, operator, device_number, from, to, put_by, glued_on, glued_by, sealed]
    };
    table::write(&columns, pairs.iter().map(row))
}

/// Reads a table of cards: each line's card, or everything that is wrong.
///
/// # Errors
/// At most [`crate::device::limits::TABLE_PROBLEMS_MAX`] problems; then nothing is to be taken in.
pub fn read_cards(text: &str) -> Result<Vec<CardLine>, Vec<LineProblem>> {
    let sheet = table::read(text, &COLUMNS, &["iccid"], "SIM card")?;
    let mut problems = sheet.problems;
    let mut seen: BTreeMap<String, u64> = BTreeMap::new();
    let mut lines = Vec::new();
    for (line, row) in sheet.rows {
        let cell = |name: &str| {
            let at = sheet.columns.iter().position(|column| column == name);
            at.and_then(|at| row.get(at)).cloned().unwrap_or_default()
        };
        let card =
            SimCard { iccid: cell("iccid"), msisdn: cell("msisdn"), operator: cell("operator") };
        let mut note = |column: &str, problem: String| {
            problems.push(LineProblem { line, column: column.to_owned(), problem });
        };
        match card.checked() {
            Ok(card) => {
                if let Some(first) = seen.insert(card.iccid.clone(), line) {
                    note("iccid", format!("the same as in line {first}"));
                }
                lines.push(CardLine { line, card, place: cell("org_unit") });
            }
            Err(wrong) => wrong.into_iter().for_each(|it| note(&it.fact, it.problem)),
        }
    }
    if problems.is_empty() { Ok(lines) } else { Err(table::in_order(problems)) }
}

#[cfg(test)]
mod tests {
    use outpost_domain::uid::OrganisationUnitUid;

    use super::*;

    #[track_caller]
    fn refused(text: &str, expected: &[(u64, &str)]) {
        let problems = read_cards(text).expect_err("refused");
        let got: Vec<_> = problems.iter().map(|it| (it.line, it.column.as_str())).collect();
        assert_eq!(got, expected, "{problems:?}");
    }

    #[test]
    fn a_delivery_is_read_as_spreadsheets_write_it() {
        let text = "\u{feff}ICCID;Operator\r\n8925600000000000012;'=One\r\n;\r\n";
        let lines = read_cards(text).expect("right");
        assert_eq!(lines.len(), 1);
        assert_eq!(lines[0].card.operator, "=One");
    }

    #[test]
    fn what_is_copied_out_of_a_spreadsheet_has_tabs() {
        let lines = read_cards("iccid\toperator\n8925600000000000012\tOne, Two\n").expect("right");
        assert_eq!(lines[0].card.operator, "One, Two");
    }

    #[test]
    fn every_wrong_line_is_told_with_its_column() {
        let (one, two) = ("8925600000000000012", "8925600000000000020");
        refused(&format!("iccid\n{one}\n12\n{one}\n"), &[(3, "iccid"), (4, "iccid")]);
        refused(
            &format!("iccid,msisdn\n{one},x\n,+256700123456\n"),
            &[(2, "msisdn"), (3, "iccid")],
        );
        refused(&format!("iccid,pin\n{two},1234\n"), &[(1, "pin")]);
        refused("msisdn\n+256700123456\n", &[(1, "")]);
        refused(" \n", &[(1, "")]);
        refused("sep=;\niccid\n", &[(1, "")]);
        refused("iccid\n8.92560E+18\n", &[(2, "iccid")]);
        refused(&format!("iccid,msisdn\n{two}\n"), &[(2, "")]);
    }

    #[test]
    fn what_is_written_is_read_again() {
        let card = SimCard {
            iccid: "8925600000000000012".into(),
            msisdn: "+256700123456".into(),
            operator: "-One, \"Two\"".into(),
        };
        let place = OrganisationUnitUid::parse("OuClinicAaa").expect("an id");
        let sim = Sim::new(card.clone(), place);
        let lines = read_cards(&write_cards(&[&sim])).expect("right");
        assert_eq!((&lines[0].card, lines[0].place.as_str()), (&card, "OuClinicAaa"));
    }
}
