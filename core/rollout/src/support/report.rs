//! What support came to: how many were answered in time, how long it took, what is left, what it
//! was about (S9). Counts requests, never judges people.

use std::collections::{BTreeMap, HashMap};

use outpost_domain::uid::OrganisationUnitUid;

use super::clock::Level;
use super::digest::Digest;
use super::limits::CAUSES_LISTED;
use super::request::Problem;

/// Which requests are counted: received from a moment on, and before another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Lapse {
    /// From this moment on, Unix milliseconds.
    pub from_ms: Option<i64>,
    /// Before this one.
    pub to_ms: Option<i64>,
}

impl Lapse {
    fn has(self, at_ms: i64) -> bool {
        self.from_ms.is_none_or(|from| from <= at_ms) && self.to_ms.is_none_or(|to| at_ms < to)
    }
}

/// One line of a report.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ReportRow {
    /// Requests received.
    pub received: u64,
    /// A person reacted within the limit.
    pub in_time: u64,
    /// A person reacted, but late.
    pub late: u64,
    /// Nobody reacted, and the limit has passed.
    pub overdue: u64,
    /// Nobody reacted yet, and there is time.
    pub not_due: u64,
    /// Open now.
    pub backlog: u64,
    /// Median of the time from the receipt to the reaction, wall-clock.
    pub median_received_ms: Option<i64>,
    /// Median of the time from when the user made it to the reaction, where both are known.
    pub median_made_ms: Option<i64>,
}

impl ReportRow {
    /// Per mille that were answered in time, of those whose limit has passed or that were answered.
    #[must_use]
    pub const fn in_time_per_mille(&self) -> Option<u64> {
        match self.in_time + self.late + self.overdue {
            0 => None,
            judged => Some((self.in_time * 1_000 + judged / 2) / judged),
        }
    }
}

/// How often which problem.
pub type Causes = Vec<(Problem, u64)>;

/// A report.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Report {
    /// By tier and district, in order.
    pub rows: BTreeMap<(u8, OrganisationUnitUid), ReportRow>,
    /// Everything together.
    pub total: ReportRow,
    /// The most frequent problems, the most frequent first.
    pub causes: Causes,
}

#[derive(Debug, Default)]
struct Counting {
    row: ReportRow,
    since_received: Vec<i64>,
    since_made: Vec<i64>,
}

impl Counting {
    fn count(&mut self, digest: &Digest, received_ms: i64, now_ms: i64) {
        let row = &mut self.row;
        row.received += 1;
        match digest.reacted_ms {
            Some(_) if digest.in_time => row.in_time += 1,
            Some(_) => row.late += 1,
            None if digest.level_at(now_ms) == Level::Breached => row.overdue += 1,
            None => row.not_due += 1,
        }
        if let Some(reacted_ms) = digest.reacted_ms {
            self.since_received.push(reacted_ms - received_ms);
            self.since_made.extend(digest.made_ms.map(|made| reacted_ms - made));
        }
    }

    fn join(&mut self, other: &Self) {
        let (row, more) = (&mut self.row, &other.row);
        row.received += more.received;
        row.in_time += more.in_time;
        row.late += more.late;
        row.overdue += more.overdue;
        row.not_due += more.not_due;
        row.backlog += more.backlog;
        self.since_received.extend_from_slice(&other.since_received);
        self.since_made.extend_from_slice(&other.since_made);
    }

    fn finish(mut self) -> ReportRow {
        self.row.median_received_ms = median(&mut self.since_received);
        self.row.median_made_ms = median(&mut self.since_made);
        self.row
    }
}

/// The middle one, or the mean of the two in the middle.
fn median(values: &mut [i64]) -> Option<i64> {
    let (count, middle) = (values.len(), values.len() / 2);
    if count == 0 {
        return None;
    }
    let (below, at, _) = values.select_nth_unstable(middle);
    Some(match below.iter().max() {
        Some(below) if count.is_multiple_of(2) => i64::midpoint(*below, *at),
        _ => *at,
    })
}

/// Requests that are being counted, one after the other, by tier and place.
#[derive(Debug)]
pub struct Tally {
    lapse: Lapse,
    now_ms: i64,
    rows: HashMap<(u8, OrganisationUnitUid), Counting>,
    causes: BTreeMap<Problem, u64>,
}

impl Tally {
    /// Begins to count those of a lapse, as they are at a moment.
    #[must_use]
    pub fn new(lapse: Lapse, now_ms: i64) -> Self {
        Self { lapse, now_ms, rows: HashMap::new(), causes: BTreeMap::new() }
    }

    /// Counts one; its texts do not matter.
    pub fn add(&mut self, digest: &Digest) {
        let received_ms = digest.received_ms.filter(|at| self.lapse.has(*at));
        let Some(received_ms) = received_ms else { return };
        let row = self.rows.entry((digest.judged_tier, digest.place)).or_default();
        row.count(digest, received_ms, self.now_ms);
        *self.causes.entry(digest.problem).or_default() += 1;
        if digest.state.is_open() {
            let tier = digest.tier_at(self.now_ms);
            self.rows.entry((tier, digest.place)).or_default().row.backlog += 1;
        }
    }

    /// The report. `district` says under which unit a place is counted; it is asked once for each
    /// place and tier.
    #[must_use]
    pub fn finish(
        self,
        mut district: impl FnMut(OrganisationUnitUid) -> OrganisationUnitUid,
    ) -> Report {
        let mut rows: BTreeMap<(u8, OrganisationUnitUid), Counting> = BTreeMap::new();
        let mut total = Counting::default();
        for ((tier, place), counted) in self.rows {
            total.join(&counted);
            rows.entry((tier, district(place))).or_default().join(&counted);
        }
        let mut causes: Causes = self.causes.into_iter().collect();
        causes.sort_by_key(|(problem, count)| (std::cmp::Reverse(*count), *problem));
        causes.truncate(CAUSES_LISTED);
        let rows = rows.into_iter().map(|(key, row)| (key, row.finish())).collect();
        Report { rows, total: total.finish(), causes }
    }
}

/// A report as CSV (RFC 4180) with one line per tier and district and one for everything.
#[must_use]
pub fn report_csv(
    report: &Report,
    tier_name: impl Fn(u8) -> String,
    place_name: impl Fn(OrganisationUnitUid) -> String,
) -> String {
    let mut csv = String::from(
        "tier,tierName,district,districtId,received,inTime,late,overdue,notDue,inTimePercent,\
         medianMinutesSinceReceived,medianMinutesSinceMade,backlog\r\n",
    );
    for ((tier, place), row) in &report.rows {
        let first = [tier.to_string(), tier_name(*tier), place_name(*place), place.to_string()];
        csv.push_str(&line(first, row));
    }
    let first = ["", "all", "all", ""].map(str::to_owned);
    csv.push_str(&line(first, &report.total));
    csv
}

fn line(first: [String; 4], row: &ReportRow) -> String {
    let minutes = |ms: Option<i64>| ms.map(|ms| (ms / 60_000).to_string()).unwrap_or_default();
    let percent = row.in_time_per_mille().map(|it| format!("{}.{}", it / 10, it % 10));
    let counts = [row.received, row.in_time, row.late, row.overdue, row.not_due];
    let mut cells: Vec<String> = first.iter().map(|it| cell(it)).collect();
    cells.extend(counts.map(|it| it.to_string()));
    cells.push(percent.unwrap_or_default());
    cells.extend([minutes(row.median_received_ms), minutes(row.median_made_ms)]);
    cells.push(row.backlog.to_string());
    format!("{}\r\n", cells.join(","))
}

/// A name that a spreadsheet would take for a formula is kept from it.
pub(crate) fn cell(text: &str) -> String {
    let guarded = match text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        true => format!("'{text}"),
        false => text.to_owned(),
    };
    match guarded.contains([',', '"', '\n', '\r']) {
        true => format!("\"{}\"", guarded.replace('"', "\"\"")),
        false => guarded,
    }
}
