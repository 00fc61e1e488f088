//! `outbox`, `conflicts`, `journal`.

use std::collections::{BTreeMap, BTreeSet};

use outpost_domain::data::Payload;
use outpost_engine::model::{
    CarriedView, ConflictView, HandedToView, OutboxDetail, OutboxRowView, RecordState,
};
use outpost_engine::{Choice, OutpostError, Result, Session};
use serde_json::{Value, json, to_value};

use crate::args::{ConflictCommand, Conflicts, JournalCommand, Keep, Outbox, OutboxCommand};
use crate::exit;
use crate::output::{Output, table};
use crate::strings;

/// `outbox …`
///
/// # Errors
/// `NotFound`, `InvalidInput`, storage errors.
pub fn outbox(session: &Session, arguments: &Outbox, output: Output) -> Result<u8> {
    match &arguments.command {
        None => list(session, arguments.state.as_deref(), output),
        Some(OutboxCommand::Show { id }) => {
            let detail = session.outbox_row(*id)?;
            let waits = waits(session, std::slice::from_ref(&detail.row))?;
            let mut document = detail_document(&detail)?;
            document["waits_for"] = json!(waits.get(id).cloned().unwrap_or_default());
            let ways = ways(session, std::slice::from_ref(&detail.row))?;
            add_ways(&mut document, ways.get(id));
            output.result(&document, || {
                format!("{}{}", detail_text(&detail, &waits), ways_text(&ways))
            });
            Ok(exit::OK)
        }
        Some(OutboxCommand::Retry { id }) => {
            session.retry(*id)?;
            output.result(&json!({ "id": id, "state": "pending" }), || strings::retried(*id));
            Ok(exit::OK)
        }
        Some(OutboxCommand::Discard { id, reason }) => {
            session.discard(*id, reason)?;
            output.result(&json!({ "id": id, "discarded": true }), || strings::discarded(*id));
            Ok(exit::OK)
        }
    }
}

/// Characters of an entry's details on one line; `--json` gives all of them.
const DETAIL_CHARS: usize = 100;

fn list(session: &Session, state: Option<&str>, output: Output) -> Result<u8> {
    let state = state.map(parse_state).transpose()?;
    let rows = all_rows(session, state)?;
    let waits = waits(session, &rows)?;
    let mut document = to_value(&rows).map_err(OutpostError::internal)?;
    for (row, shown) in rows.iter().zip(document.as_array_mut().into_iter().flatten()) {
        shown["waits_for"] = json!(waits.get(&row.id).cloned().unwrap_or_default());
    }
    let ways = ways(session, &rows)?;
    for (row, shown) in rows.iter().zip(document.as_array_mut().into_iter().flatten()) {
        add_ways(shown, ways.get(&row.id));
    }
    output.result(&document, || match rows.is_empty() {
        true => strings::NOTHING_WAITS.to_owned(),
        false => format!("{}{}", rows_text(&rows, &waits), ways_text(&ways)),
    });
    Ok(exit::OK)
}

/// To whom a row was handed without network, and for whom it waits here.
struct Way {
    handed_to: Vec<HandedToView>,
    captured: Vec<CarriedView>,
}

fn ways(session: &Session, rows: &[OutboxRowView]) -> Result<BTreeMap<i64, Way>> {
    let mut ways = BTreeMap::new();
    for row in rows {
        let handed_to = session.handed_to(row.id)?;
        let captured = session.carried_for(row.id)?;
        if !handed_to.is_empty() || !captured.is_empty() {
            ways.insert(row.id, Way { handed_to, captured });
        }
    }
    Ok(ways)
}

fn add_ways(row: &mut Value, way: Option<&Way>) {
    row["handed_to"] = json!(way.map(|way| way.handed_to.as_slice()).unwrap_or_default());
    row["captured"] = json!(way.map(|way| way.captured.as_slice()).unwrap_or_default());
}

fn ways_text(ways: &BTreeMap<i64, Way>) -> String {
    let mut text = String::new();
    for (id, way) in ways {
        for handed in &way.handed_to {
            text.push_str(&crate::strings::exchange::handed_to(*id, handed));
        }
        for captured in &way.captured {
            text.push_str(&crate::strings::exchange::captured(*id, captured));
        }
    }
    text
}

/// Rows that wait for others, each with the numbers of the rows that it waits for.
type Waits = BTreeMap<i64, Vec<i64>>;

/// What each held row waits for: the rows, not sent themselves, of the records that it needs.
fn waits(session: &Session, rows: &[OutboxRowView]) -> Result<Waits> {
    let mut waits = Waits::new();
    if rows.iter().all(|row| row.state != RecordState::Held) {
        return Ok(waits);
    }
    let stuck = [RecordState::Rejected, RecordState::Conflict, RecordState::Held];
    let mut by_record: BTreeMap<String, i64> = BTreeMap::new();
    for state in stuck {
        let of_state = all_rows(session, Some(state))?;
        by_record.extend(of_state.into_iter().map(|row| (row.uid, row.id)));
    }
    for row in rows.iter().filter(|row| row.state == RecordState::Held) {
        let detail = session.outbox_row(row.id)?;
        let payload: Payload =
            serde_json::from_str(&detail.payload).map_err(OutpostError::internal)?;
        let needs = payload.needs().into_iter();
        waits.insert(row.id, needs.filter_map(|id| by_record.get(id.as_str()).copied()).collect());
    }
    Ok(waits)
}

fn all_rows(session: &Session, state: Option<RecordState>) -> Result<Vec<OutboxRowView>> {
    let mut rows = Vec::new();
    let mut after = None;
    loop {
        let page = session.outbox(state, after)?;
        rows.extend(page.rows);
        match page.next_after {
            Some(next) => after = Some(next),
            None => return Ok(rows),
        }
    }
}

fn parse_state(text: &str) -> Result<RecordState> {
    Ok(match text {
        "pending" | "waiting" => RecordState::Pending,
        "in_flight" | "sending" => RecordState::InFlight,
        "rejected" | "refused" | "parked" => RecordState::Rejected,
        "conflict" => RecordState::Conflict,
        "held" => RecordState::Held,
        _ => {
            let reason = "give waiting, sending, refused, conflict or held";
            return Err(OutpostError::invalid("state", "unknown", reason));
        }
    })
}

fn rows_text(rows: &[OutboxRowView], waits: &Waits) -> String {
    let lines: Vec<Vec<String>> = rows
        .iter()
        .map(|row| {
            vec![
                row.id.to_string(),
                row.state.word().to_owned(),
                strings::record_kind(&row.kind, row.person.is_some()).to_owned(),
                row.form.clone(),
                row.org_unit_name.clone(),
                row.period.clone().unwrap_or_default(),
                subject(row).to_owned(),
                why(row, waits.get(&row.id)),
            ]
        })
        .collect();
    table(&["No", "State", "Kind", "Form", "Place", "Period", "What", "Why"], &lines)
}

/// What a row is about: a question, a person, else the id of the record.
fn subject(row: &OutboxRowView) -> &str {
    let named = row.data_element_name.as_deref().or(row.person_title.as_deref());
    named.unwrap_or(&row.uid)
}

fn why(row: &OutboxRowView, waits_for: Option<&Vec<i64>>) -> String {
    let field = row.field_name.as_ref().filter(|_| row.person.is_some());
    let field = field.map(|field| format!("{field}: ")).unwrap_or_default();
    match (&row.code, &row.reason) {
        (Some(code), Some(reason)) => format!("{field}{reason} ({code})"),
        (None, Some(reason)) => format!("{field}{reason}"),
        _ if row.state == RecordState::Held => {
            strings::waits_for(waits_for.map(Vec::as_slice).unwrap_or_default())
        }
        _ => String::new(),
    }
}

fn detail_document(detail: &OutboxDetail) -> Result<Value> {
    let mut document = to_value(&detail.row).map_err(OutpostError::internal)?;
    let parsed = |text: &Option<String>| {
        text.as_deref().map(|text| serde_json::from_str(text).unwrap_or_else(|_| json!(text)))
    };
    document["payload"] = json!(parsed(&Some(detail.payload.clone())));
    document["base"] = json!(parsed(&detail.base));
    document["report"] = json!(parsed(&detail.report));
    Ok(document)
}

fn detail_text(detail: &OutboxDetail, waits: &Waits) -> String {
    let mut text = rows_text(std::slice::from_ref(&detail.row), waits);
    let parts = [
        ("To be sent", Some(&detail.payload)),
        ("On the server", detail.base.as_ref()),
        ("The server's report", detail.report.as_ref()),
    ];
    for (name, json) in parts {
        if let Some(json) = json {
            text.push_str(&format!("\n{name}:\n{json}\n"));
        }
    }
    text
}

/// `conflicts …`
///
/// # Errors
/// `NotFound`, `InvalidInput`, storage errors.
pub fn conflicts(session: &Session, arguments: &Conflicts, output: Output) -> Result<u8> {
    match &arguments.command {
        None => {
            let rows = all_rows(session, Some(RecordState::Conflict))?;
            let document = to_value(&rows).map_err(OutpostError::internal)?;
            output.result(&document, || match rows.is_empty() {
                true => strings::NO_CONFLICTS.to_owned(),
                false => rows_text(&rows, &Waits::new()),
            });
        }
        Some(ConflictCommand::Show { id }) => {
            let conflict = session.conflict(*id)?;
            let document = to_value(&conflict).map_err(OutpostError::internal)?;
            output.result(&document, || conflict_text(&conflict));
        }
        Some(ConflictCommand::Resolve { id, keep, fields, reason }) => {
            let known = session.conflict(*id)?;
            let choice = choice(*keep, fields, &known)?;
            session.resolve(*id, choice, reason)?;
            output.result(&json!({ "id": id, "resolved": true }), || strings::resolved(*id));
        }
    }
    Ok(exit::OK)
}

fn choice(keep: Keep, fields: &[String], conflict: &ConflictView) -> Result<Choice> {
    if fields.is_empty() {
        return Ok(if keep == Keep::Mine { Choice::Mine } else { Choice::Theirs });
    }
    let mut theirs: BTreeSet<String> = match keep {
        Keep::Mine => BTreeSet::new(),
        Keep::Theirs => conflict.fields.iter().map(|field| field.field.clone()).collect(),
    };
    for field in fields {
        match field.rsplit_once('=') {
            Some((name, "mine")) => {
                theirs.remove(name);
            }
            Some((name, "theirs")) => {
                theirs.insert(name.to_owned());
            }
            _ => {
                let reason = "write FIELD=mine or FIELD=theirs";
                return Err(OutpostError::invalid("field", "shape", reason));
            }
        }
    }
    Ok(Choice::TheirsFor(theirs))
}

fn conflict_text(conflict: &ConflictView) -> String {
    let lines: Vec<Vec<String>> = conflict
        .fields
        .iter()
        .map(|field| {
            let text = |side: &Option<String>| side.clone().unwrap_or_else(|| "-".to_owned());
            vec![field.name.clone(), text(&field.before), text(&field.mine), text(&field.theirs)]
        })
        .collect();
    let head = rows_text(std::slice::from_ref(&conflict.row), &Waits::new());
    format!("{head}\n{}", table(&["Field", "Before", "Mine", "Theirs"], &lines))
}

/// `journal …`
///
/// # Errors
/// Storage errors.
pub fn journal(session: &Session, command: &JournalCommand, output: Output) -> Result<u8> {
    match command {
        JournalCommand::Verify => {
            let verdict = session.verify_journal()?;
            let ok = verdict.first_bad.is_none();
            let document = json!({
                "ok": ok, "entries": verdict.entries, "first_bad": verdict.first_bad,
            });
            output.result(&document, || strings::journal(&verdict));
            Ok(if ok { exit::OK } else { exit::STORAGE })
        }
        JournalCommand::Show { limit } => {
            let entries = session.journal(None, *limit)?;
            let document = to_value(&entries).map_err(OutpostError::internal)?;
            output.result(&document, || {
                let lines: Vec<Vec<String>> = entries
                    .iter()
                    .map(|entry| {
                        let at = strings::moment(entry.at_ms);
                        let detail = entry.detail.chars().take(DETAIL_CHARS).collect();
                        vec![entry.id.to_string(), at, entry.kind.clone(), entry.by.clone(), detail]
                    })
                    .collect();
                table(&["No", "When", "What", "By", "Detail"], &lines)
            });
            Ok(exit::OK)
        }
    }
}
