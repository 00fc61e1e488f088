//! `print …`: paper of what the registry and the go-lives hold.

use std::collections::BTreeMap;
use std::path::Path;

use outpost_engine::model::{DeviceQuery, DeviceRow};
use outpost_engine::rollout::device::{DeviceState, LabelNames, Ownership};
use outpost_engine::rollout::golive::calendar::{Sort, conflicts};
use outpost_engine::rollout::golive::compare::{StopRule, safe_to_stop};
use outpost_engine::rollout::golive::record::Kept;
use outpost_engine::{OutpostError, Result, Session, Unfinished};
use outpost_print::{
    Agreement, AgreementText, Chart, Correction, Fonts, GoNoGo, HandOverList, HandOverRow, Label,
    LabelOptions, Language, Owner, Printed, Stock, agreements_pdf, go_no_go_pdf,
    hand_over_list_pdf, label, labels_pdf,
};
use serde_json::json;

use super::golive::charts::comparison;
use super::site_paper;
use crate::args::{Paper, PrintAgreement, PrintCommand, PrintLabels, PrintList, PrintReport};
use crate::exit;
use crate::output::Output;
use crate::strings::{golive as strings, print as words};

/// Largest font or text file that is read: fonts of Asian scripts have some 20 MB.
const FILE_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// `print …`
///
/// # Errors
/// `InvalidInput` for devices without number, texts and fonts that cannot be used, labels too small for
/// their code; `NotFound`; storage errors.
pub fn print(session: &Session, command: &PrintCommand, output: Output) -> Result<u8> {
    match command {
        PrintCommand::Labels(it) => it.paper.checked(&["pdf", "svg"])?,
        PrintCommand::Agreement(it) => it.paper.checked(&["pdf"])?,
        PrintCommand::HandOverList(it) => it.paper.checked(&["pdf"])?,
        PrintCommand::GoNoGo(it) => it.paper.checked(&["pdf"])?,
    }
    match command {
        PrintCommand::Labels(arguments) => labels(session, arguments, output),
        PrintCommand::Agreement(arguments) => agreement(session, arguments, output),
        PrintCommand::HandOverList(arguments) => hand_over_list(session, arguments, output),
        PrintCommand::GoNoGo(arguments) => go_no_go(session, arguments, output),
    }
}

/// A refusal by the printer.
pub(super) fn refused(error: outpost_print::PrintError) -> OutpostError {
    OutpostError::invalid("print", "cannot_be_printed", error)
}

pub(super) fn language(tag: &str) -> Result<Language> {
    Language::tagged(tag)
        .ok_or_else(|| OutpostError::invalid("language", "unknown", "there are en, fr and ar"))
}

fn read(path: &Path, field: &str) -> Result<Vec<u8>> {
    let unreadable = |error| OutpostError::invalid(field, "unreadable", error);
    let bytes = std::fs::metadata(path).map_err(unreadable)?.len();
    if bytes > FILE_BYTES_MAX {
        return Err(OutpostError::invalid(field, "too_large", "the file is larger than 64 MB"));
    }
    std::fs::read(path).map_err(unreadable)
}

impl Paper {
    fn fonts(&self) -> Result<Fonts> {
        let mut fonts = Fonts::carried().map_err(refused)?;
        for path in &self.fonts {
            fonts.add(read(path, "font")?).map_err(refused)?;
        }
        Ok(fonts)
    }

    fn is_svg(&self) -> bool {
        self.ends_in("svg")
    }

    fn ends_in(&self, ending: &str) -> bool {
        self.out.extension().is_some_and(|it| it.eq_ignore_ascii_case(ending))
    }

    /// A name says what is in the file: nothing else is written under it.
    fn checked(&self, endings: &[&str]) -> Result<()> {
        match endings.iter().any(|it| self.ends_in(it)) {
            true => Ok(()),
            false => Err(OutpostError::invalid("out", "unknown", words::endings(endings))),
        }
    }
}

/// Writes a document whole or not at all.
pub(super) fn write(out: &Path, printed: &Printed, output: Output) -> Result<u8> {
    save(out, printed)?;
    let document = json!({
        "path": out, "pages": printed.pages, "bytes": printed.bytes.len(),
        "missing_letters": printed.missing,
    });
    output.result(&document, || {
        strings::printed(&out.display().to_string(), printed.pages, &printed.missing)
    });
    Ok(exit::OK)
}

/// Writes it whole or not at all, and says nothing.
pub(super) fn save(out: &Path, printed: &Printed) -> Result<()> {
    use std::io::Write as _;
    let unwritable = |error| OutpostError::invalid("out", "unwritable", error);
    let mut unfinished = Unfinished::beside(out).map_err(unwritable)?;
    unfinished.file().write_all(&printed.bytes).map_err(unwritable)?;
    unfinished.replace(out).map_err(unwritable)
}

/// The devices that were named, or all of a place.
fn devices(session: &Session, named: &[String], place: Option<&str>) -> Result<Vec<DeviceRow>> {
    if !named.is_empty() {
        return named.iter().map(|text| session.find_device(text)).collect();
    }
    let place = place.map(|text| session.find_organisation_unit(text)).transpose()?;
    let query = DeviceQuery { place, limit: Some(usize::MAX), ..DeviceQuery::default() };
    let mut rows = session.devices(&query)?;
    rows.retain(|row| !matches!(row.device.state, DeviceState::Retired | DeviceState::Wiped));
    Ok(rows)
}

fn labels(session: &Session, arguments: &PrintLabels, output: Output) -> Result<u8> {
    let unknown = |field, reason: &str| OutpostError::invalid(field, "unknown", reason);
    let stock = Stock::named(&arguments.stock)
        .ok_or_else(|| unknown("stock", "there are L7160, L7163, tape-62 and tape-24"))?;
    let correction = match arguments.correction.to_ascii_lowercase().as_str() {
        "q" => Correction::Q,
        "h" => Correction::H,
        _ => return Err(unknown("correction", "there are q and h")),
    };
    let options = LabelOptions {
        stock,
        correction,
        language: language(&arguments.paper.language)?,
        begin_at: arguments.begin_at,
        is_cut_by_hand: arguments.cut_lines,
    };
    let fonts = arguments.paper.fonts()?;
    let rows = devices(session, &arguments.devices, arguments.org_unit.as_deref())?;
    if rows.is_empty() {
        return Err(OutpostError::invalid("device", "none", words::NO_LABELS));
    }
    // By their ids: of two devices with one number each gets its own label.
    let numbers: Vec<_> = rows.iter().map(|row| row.device.id.to_string()).collect();
    let names = if arguments.hide_names { LabelNames::Hidden } else { LabelNames::Shown };
    // Laid out first; only what can be printed is written down as printed.
    let texts = session.device_labels(&numbers, names, None, None)?;
    let of = |(row, text): (&DeviceRow, &outpost_engine::model::DeviceLabel)| {
        let facts = &row.device.facts;
        let shown = |text: &str| match names {
            LabelNames::Shown => Some(text.to_owned()),
            LabelNames::Hidden => None,
        };
        Label {
            number: facts.number.clone(),
            health_worker: shown(&facts.holder),
            sim: shown(&facts.sim.msisdn),
            district: facts.district.clone(),
            code: text.code.clone(),
        }
    };
    let labels: Vec<_> = rows.iter().zip(&texts).map(of).collect();
    let printed = match (arguments.paper.is_svg(), &labels[..]) {
        (true, [one]) => label(&fonts, &options, one).map_err(refused)?.svg(&fonts),
        (true, _) => return Err(unknown("out", "an SVG is one label: name one device")),
        (false, _) => labels_pdf(&fonts, &options, labels).map_err(refused)?,
    };
    let code = write(&arguments.paper.out, &printed, output)?;
    session.device_labels(&numbers, names, Some(stock.name()), arguments.by.as_deref())?;
    Ok(code)
}

fn agreement(session: &Session, arguments: &PrintAgreement, output: Output) -> Result<u8> {
    let language = language(&arguments.paper.language)?;
    let text = match &arguments.text {
        None => AgreementText::carried(language),
        Some(path) => {
            let text = String::from_utf8(read(path, "text")?);
            let text = text.map_err(|_| OutpostError::invalid("text", "encoding", "not UTF-8"))?;
            let version = arguments.text_version.clone().unwrap_or_default();
            AgreementText { language, version, text }
        }
    };
    let mut agreements = Vec::new();
    for row in devices(session, &arguments.devices, None)? {
        let facts = &row.device.facts;
        agreements.push(Agreement {
            number: facts.number.clone(),
            box_number: facts.number.clone(),
            health_worker: facts.holder.clone(),
            supervisor: arguments.supervisor.clone(),
            district: facts.district.clone(),
            facility: session.device_history(row.device.id.as_str())?.place_name,
            make_and_model: format!("{} {}", facts.make, facts.model),
            serial: facts.serial.clone(),
            imei_1: facts.imei_1.clone(),
            imei_2: facts.imei_2.clone(),
            sim: facts.sim.msisdn.clone(),
            iccid: facts.sim.iccid.clone(),
            accessories: facts.accessories.clone(),
            owner: Some(match facts.ownership {
                Ownership::Institution => Owner::Institution,
                Ownership::Personal => Owner::HealthWorker,
            }),
            programme: arguments.programme.clone(),
        });
    }
    let fonts = arguments.paper.fonts()?;
    let printed = agreements_pdf(&fonts, &text, &agreements).map_err(refused)?;
    write(&arguments.paper.out, &printed, output)
}

fn hand_over_list(session: &Session, arguments: &PrintList, output: Output) -> Result<u8> {
    let language = language(&arguments.paper.language)?;
    let rows = devices(session, &[], arguments.org_unit.as_deref())?;
    let mut districts: BTreeMap<String, Vec<HandOverRow>> = BTreeMap::new();
    for row in &rows {
        let facts = &row.device.facts;
        let is_new = matches!(row.device.state, DeviceState::Received | DeviceState::Prepared);
        let held = matches!(row.device.state, DeviceState::HandedOver | DeviceState::InUse);
        if !is_new && !held {
            continue;
        }
        districts.entry(facts.district.clone()).or_default().push(HandOverRow {
            number: facts.number.clone(),
            box_number: facts.number.clone(),
            health_worker: facts.holder.clone(),
            facility: session.device_history(row.device.id.as_str())?.place_name,
            sim: facts.sim.msisdn.clone(),
            date: String::new(),
        });
    }
    if districts.is_empty() {
        return Err(OutpostError::invalid("device", "none", words::NOT_HANDED_OVER));
    }
    let list = |(district, rows)| HandOverList {
        district,
        handed_over_by: arguments.by.clone(),
        printed_on: String::new(),
        rows,
    };
    let lists: Vec<_> = districts.into_iter().map(list).collect();
    let fonts = arguments.paper.fonts()?;
    let printed = hand_over_list_pdf(&fonts, language, &lists).map_err(refused)?;
    write(&arguments.paper.out, &printed, output)
}

fn go_no_go(session: &Session, arguments: &PrintReport, output: Output) -> Result<u8> {
    let language = language(&arguments.paper.language)?;
    let site = session.golive_site(&arguments.site)?;
    let readiness = session.golive_readiness(&site)?;
    let against = site.live_on.map(|day| conflicts(day, site.settle_days, &site.calendar));
    let is_compared = !site.comparisons.is_empty();
    let stop = is_compared.then(|| safe_to_stop(&site.compared(), StopRule::default()).reason);
    let last = site.last();
    let charts: Vec<Chart> = comparison(&site, None, language.chart_words()).into_iter().collect();
    let support = site.calendar.iter().filter(|it| it.sort == Sort::Support);
    let differs = |it: &&Kept| !it.agrees();
    let report = GoNoGo {
        site: site.site.clone(),
        go_live_on: site.live_on.map_or(String::new(), |day| day.to_string()),
        decision: site_paper::decision(last.map(|it| it.verdict)),
        decided_by: last.map_or(String::new(), |it| it.by.clone()),
        reason: last.map_or(String::new(), |it| it.reason.clone()),
        readiness: readiness.lines.iter().map(site_paper::readiness).collect(),
        plan: site.plan.iter().map(site_paper::plan).collect(),
        conflicts: against.iter().flatten().filter_map(site_paper::conflict).collect(),
        support: support.map(site_paper::entry).collect(),
        stop: stop.map(site_paper::stop),
        differences: site.comparisons.iter().filter(differs).map(site_paper::difference).collect(),
        charts,
        printed_on: String::new(),
    };
    let fonts = arguments.paper.fonts()?;
    let printed = go_no_go_pdf(&fonts, language, &report).map_err(refused)?;
    write(&arguments.paper.out, &printed, output)
}
