//! The hand-over list of a district: who gets which device, with a place to sign.

use super::flow::{Column, Flow};
use crate::drawing::Align;
use crate::error::Result;
use crate::out::{self, Printed, Properties};
use crate::text::{Fonts, isolated, printable};
use crate::words::Language;

/// A list for one district.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HandOverList {
    /// The district.
    pub district: String,
    /// Who hands the devices over; may be empty.
    pub handed_over_by: String,
    /// Day of printing as it is to be read; may be empty.
    pub printed_on: String,
    /// One for each device.
    pub rows: Vec<HandOverRow>,
}

/// A device on the list. What is empty is filled in by hand.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[allow(missing_docs)] // The names say it.
pub struct HandOverRow {
    pub number: String,
    pub box_number: String,
    pub health_worker: String,
    pub facility: String,
    pub sim: String,
    pub date: String,
}

/// The lists of several districts as one PDF, each with pages of its own.
///
/// # Errors
/// [`crate::PrintError::TooMany`] beyond [`crate::limits::ROWS_MAX`] devices in a district.
pub fn hand_over_list_pdf(
    fonts: &Fonts,
    language: Language,
    lists: &[HandOverList],
) -> Result<Printed> {
    let properties = Properties {
        title: language.words().hand_over_list.to_owned(),
        language: language.tag(),
        direction: language.direction(),
    };
    let mut flow = Flow::new(fonts, language);
    for (index, list) in lists.iter().enumerate() {
        if index > 0 {
            flow.new_page();
        }
        one_list(&mut flow, list)?;
    }
    out::pdf(fonts, flow.finish().into_iter().map(Ok), properties)
}

fn one_list(flow: &mut Flow<'_>, list: &HandOverList) -> Result<()> {
    let words = flow.language.words();
    let first = flow.len() - 1;
    let district = printable(&list.district);
    flow.title(&format!("{} — {district}", words.hand_over_list), "");
    flow.facts(&[
        (words.handed_over_by, &list.handed_over_by),
        (words.devices_in_all, &list.rows.len().to_string()),
    ]);
    flow.gap(6.0);
    let shares = [1.0, 1.0, 2.4, 2.0, 1.7, 1.2, 2.0];
    let columns = words.list_columns.into_iter().zip(shares);
    let columns: Vec<_> =
        columns.map(|(title, share)| Column { title, share, align: Align::Start }).collect();
    let rows = list.rows.iter().map(|row| {
        let HandOverRow { number, box_number, health_worker, facility, sim, date } = row;
        let cells = [number, box_number, health_worker, facility, sim, date];
        let mut cells: Vec<_> = cells.map(Clone::clone).into();
        // Room to sign.
        cells.push(String::new());
        cells
    });
    flow.table(&columns, 21.0, rows)?;
    flow.gap(4.0);
    flow.signatures(&[words.handed_over_by, words.signers[1]], words.stamp);
    let mut foot = format!("{} — {district}", words.hand_over_list);
    if !list.printed_on.is_empty() {
        foot.push_str(&format!(
            " · {} {}",
            words.printed_on,
            isolated(&printable(&list.printed_on), flow.language.direction())
        ));
    }
    flow.foot(first, &foot);
    Ok(())
}
