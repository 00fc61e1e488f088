//! The report: counted from sums, so that 50,000 requests take the time of reading them once.

use std::collections::{BTreeMap, BTreeSet};

use outpost_domain::uid::OrganisationUnitUid;
use outpost_rollout::support::{Digest, Lapse, ReportRow, Tally, report_csv};

use super::super::super::Session;
use super::show::Places;
use crate::error::{OutpostError, Result};
use crate::model::{SupportLapse, SupportReport, SupportReportRow};

/// Level of districts, unless a report names another.
const DISTRICT_LEVEL: u8 = 3;

impl Session {
    /// How many requests were answered in time by tier and district, how long it took, what is
    /// left.
    ///
    /// # Errors
    /// `InvalidInput` for a time that ends before it begins, or without the support forms; storage
    /// errors.
    pub fn support_report(&self, lapse: &SupportLapse) -> Result<SupportReport> {
        if let (Some(from_ms), Some(to_ms)) = (lapse.from_ms, lapse.to_ms)
            && from_ms >= to_ms
        {
            let reason = "the report would end before it begins: the earlier day is `from`";
            return Err(OutpostError::invalid("to", "before_from", reason));
        }
        let world = self.world()?;
        let settings = self.support_settings()?;
        self.refresh_support(&world, &settings)?;
        let program = outpost_rollout::support::program();
        let span = Lapse { from_ms: lapse.from_ms, to_ms: lapse.to_ms };
        let mut tally = Tally::new(span, world.server_ms);
        self.store().each_digest(program, |body| {
            if let Ok(digest) = Digest::decode_figures(body) {
                tally.add(&digest);
            }
        })?;
        let mut places = Places::default();
        let level = usize::from(lapse.district_level.unwrap_or(DISTRICT_LEVEL).max(1));
        let mut failed = None;
        let mut district = |place: OrganisationUnitUid| match places.path(self, place) {
            Ok(path) => unit_at(path, level).unwrap_or(place),
            Err(error) => {
                failed.get_or_insert(error);
                place
            }
        };
        let counted = tally.finish(&mut district);
        if let Some(error) = failed {
            return Err(error);
        }
        let mut rows = Vec::with_capacity(counted.rows.len());
        for ((tier, place), row) in &counted.rows {
            let name = places.name(self, *place)?;
            let tier_name = settings.tier_name(*tier).to_owned();
            rows.push(row_view(row, Some((*tier, tier_name)), Some((*place, name))));
        }
        let name_of = |id| {
            let row = rows.iter().find(|row| row.district == Some(id));
            row.map(|row| row.district_name.clone()).unwrap_or_default()
        };
        let csv = report_csv(&counted, |tier| settings.tier_name(tier).to_owned(), name_of);
        let causes = counted.causes.iter().map(|(problem, count)| (problem.code(), *count));
        Ok(SupportReport {
            total: row_view(&counted.total, None, None),
            causes: causes.collect(),
            rows,
            csv,
        })
    }

    /// When the requests of some places, and of those below them, were made, Unix ms, in no order; where
    /// that is not known, when the team received them.
    pub(in crate::session) fn support_made(
        &self,
        of: &BTreeSet<OrganisationUnitUid>,
    ) -> Result<BTreeMap<OrganisationUnitUid, Vec<i64>>> {
        let world = self.world()?;
        self.refresh_support(&world, &self.support_settings()?)?;
        let mut by_place: BTreeMap<OrganisationUnitUid, Vec<i64>> = BTreeMap::new();
        self.store().each_digest(outpost_rollout::support::program(), |body| {
            if let Ok(digest) = Digest::decode_figures(body)
                && let Some(at_ms) = digest.made_ms.or(digest.received_ms)
            {
                by_place.entry(digest.place).or_default().push(at_ms);
            }
        })?;
        let mut places = Places::default();
        let mut made: BTreeMap<OrganisationUnitUid, Vec<i64>> = BTreeMap::new();
        for (place, times) in by_place {
            let above = places.path(self, place)?.split('/').map(OrganisationUnitUid::parse);
            let mut units: BTreeSet<OrganisationUnitUid> = above.flatten().collect();
            units.insert(place);
            for unit in units.intersection(of) {
                made.entry(*unit).or_default().extend(&times);
            }
        }
        Ok(made)
    }
}

fn unit_at(path: &str, level: usize) -> Option<OrganisationUnitUid> {
    let mut units = path.split('/').filter(|it| !it.is_empty());
    units.nth(level - 1).and_then(|unit| OrganisationUnitUid::parse(unit).ok())
}

fn row_view(
    row: &ReportRow,
    tier: Option<(u8, String)>,
    district: Option<(OrganisationUnitUid, String)>,
) -> SupportReportRow {
    let (tier, tier_name) = tier.map_or((None, String::new()), |it| (Some(it.0), it.1));
    let (district, district_name) = district.map_or((None, String::new()), |it| (Some(it.0), it.1));
    SupportReportRow {
        tier,
        tier_name,
        district,
        district_name,
        received: row.received,
        in_time: row.in_time,
        late: row.late,
        overdue: row.overdue,
        not_due: row.not_due,
        in_time_percent: row.in_time_per_mille().map(|it| it as f64 / 10.0),
        median_received_ms: row.median_received_ms,
        median_made_ms: row.median_made_ms,
        backlog: row.backlog,
    }
}
