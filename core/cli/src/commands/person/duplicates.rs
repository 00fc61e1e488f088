//! `person duplicates`: pairs that are likely one person, for somebody to look at.

use outpost_engine::model::{PersonSummary, ProposalPage, ProposalQuery, ProposalView};
use outpost_engine::{Result, Session};
use serde_json::{Value, json};

use super::find::summary_document;
use crate::exit;
use crate::output::{Output, table};
use crate::strings::person as strings;

/// Prints the surest pairs.
pub fn list(session: &Session, query: &ProposalQuery, limit: usize, output: Output) -> Result<u8> {
    let mut page = session.merge_proposals(query, None)?;
    while page.items.len() < limit
        && let Some(next) = page.next.take()
    {
        let more = session.merge_proposals(query, Some(next))?;
        page.items.extend(more.items);
        page.next = more.next;
    }
    page.items.truncate(limit);
    let document = json!({
        "pairs": page.items.iter().map(pair_document).collect::<Value>(),
        "compared": page.compared,
        "not_all_compared": page.not_compared,
        "common": page.common,
        "left_out": page.left_out,
    });
    output.result(&document, || text(&page));
    Ok(exit::OK)
}

fn pair_document(pair: &ProposalView) -> Value {
    json!({
        "a": summary_document(&pair.a),
        "b": summary_document(&pair.b),
        "score": pair.score,
        "certain": pair.is_certain,
        "reasons": pair.reasons,
        "doubts": pair.doubts,
    })
}

fn text(page: &ProposalPage) -> String {
    let who = |person: &PersonSummary| format!("{} ({})", person.title, person.id);
    let rows = page.items.iter().map(|pair| {
        let against = pair.doubts.join(", ");
        let score = pair.score.to_string();
        vec![who(&pair.a), who(&pair.b), score, pair.reasons.join(", "), against]
    });
    let rows: Vec<Vec<String>> = rows.collect();
    let mut text = match rows.is_empty() {
        true => strings::NO_DUPLICATES.to_owned(),
        false => table(&["Who", "Perhaps the same", "Of 100", "For it", "Against it"], &rows),
    };
    text.push_str(&strings::compared(page.compared, page.common, page.left_out));
    if page.not_compared {
        text.push_str(strings::NOT_ALL_COMPARED);
    }
    text
}
