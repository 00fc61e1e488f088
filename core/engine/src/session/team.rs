//! The team: what every device told of itself, what this one tells, targets of whoever works here.
//!
//! A device tells numbers about itself and nothing about people.

use std::collections::BTreeMap;

use outpost_domain::metadata::MetadataKind;
use outpost_domain::sync_days::SyncDays;
use outpost_domain::targets::{Target, TargetSource, parse_targets, progress, targets_of};
use outpost_domain::uid::Uid;
use outpost_sync::machine::Heartbeat;
use outpost_sync::ports::facts;
use serde_json::{Value, json};

use super::Session;
use super::context::World;
use crate::disk::free_bytes;
use crate::error::{OutpostError, Result};
use crate::limits::TEAM_DEVICES_MAX;
use crate::model::{DeviceView, IndicatorChoice, IndicatorQuery, TargetView, TeamView};

/// Fact with the id of this device: random, it tells nothing.
const DEVICE_ID: &str = "deviceId";

/// Fact with the days on which this device synchronised.
const SYNC_DAYS: &str = "syncDays";

/// Authority with which a user looks after others: may change what belongs to people of other units.
const SUPERVISOR_AUTHORITIES: [&str; 3] =
    ["F_APPROVE_DATA_LOWER_LEVELS", "F_ACCEPT_DATA_LOWER_LEVELS", "F_APPROVE_DATA"];

impl Session {
    /// Id of this device for this account.
    pub(super) fn device_id(&self) -> Result<String> {
        if let Some(id) = self.store().load_fact(DEVICE_ID)? {
            return Ok(id);
        }
        let id = self.mint_uid()?.to_string();
        self.store().save_fact(DEVICE_ID, &id)?;
        Ok(id)
    }

    /// What this device tells of itself at the end of a synchronisation.
    pub(super) fn heartbeat(&self) -> Result<Heartbeat> {
        let world = self.world()?;
        let me = world.me.as_ref();
        // As the run begins: what it sends meanwhile is told by the next one.
        let counts = self.store().outbox_counts()?;
        let knows = self.known_devices()?;
        let mode = (!knows.is_empty()).then(|| self.site_mode()).transpose()?;
        let facts = json!({
            "waiting": counts.pending + counts.in_flight + counts.held,
            "parked": counts.rejected + counts.conflicts,
            "user": self.by(),
            "name": me.map(|me| me.display_name.clone()).unwrap_or_default(),
            "appVersion": env!("CARGO_PKG_VERSION"),
            "metadataVersion":
                self.store().load_fact(facts::METADATA_VERSION)?.unwrap_or_default(),
            "freeBytes": self.inner.database.parent().and_then(free_bytes),
            "mode": mode,
            "knows": knows,
            "days": self.sync_days()?,
        });
        Ok(Heartbeat { device_id: self.device_id()?, facts: facts.to_string() })
    }

    /// The days on which this device synchronised, as it kept them itself.
    fn sync_days(&self) -> Result<SyncDays> {
        let text = self.store().load_fact(SYNC_DAYS)?;
        Ok(text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default())
    }

    /// Keeps what this day's run came to; the next heartbeat tells it. What a run broken off was
    /// refused counts too, though nobody hears of it before the next one comes to its end.
    pub(super) fn keep_sync_day(&self, is_whole: bool, refused: u64) -> Result<()> {
        if !is_whole && refused == 0 {
            return Ok(());
        }
        let mut days = self.sync_days()?;
        let refused = u32::try_from(refused).unwrap_or(u32::MAX);
        days.note(self.world()?.now().date(), u32::from(is_whole), refused);
        Ok(self.store().save_fact(SYNC_DAYS, &json!(days).to_string())?)
    }

    /// Whether whoever works here looks after a team: approves, or works at a place with places below.
    pub(super) fn looks_after_team(&self) -> Result<bool> {
        let world = self.world()?;
        let Some(me) = &world.me else { return Ok(false) };
        if SUPERVISOR_AUTHORITIES.iter().any(|authority| me.has_authority(authority)) {
            return Ok(true);
        }
        for unit in &world.capture_roots {
            let query = outpost_store::ListQuery {
                parent: Some(unit.0),
                ..outpost_store::ListQuery::of(MetadataKind::OrganisationUnit)
            };
            if !self.store().page_of(&query, None, 1)?.is_empty() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// What every device told of itself, as read by the last synchronisation; those that synchronised
    /// longest ago come first. Empty for users who look after nobody.
    ///
    /// # Errors
    /// Storage errors.
    pub fn team(&self) -> Result<TeamView> {
        let mut devices = self.told_devices()?;
        let left_out = devices.len().saturating_sub(TEAM_DEVICES_MAX);
        devices.sort_by(|a, b| (a.last_sync_ms, &a.device).cmp(&(b.last_sync_ms, &b.device)));
        devices.truncate(TEAM_DEVICES_MAX);
        Ok(TeamView { devices, left_out: left_out as u64 })
    }

    /// All of them, in no order.
    pub(super) fn told_devices(&self) -> Result<Vec<DeviceView>> {
        let text = self.store().load_fact(facts::TEAM_DEVICES)?;
        let told: BTreeMap<String, Value> =
            text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
        let read = told.into_iter().filter_map(|(device, facts)| {
            let view: DeviceView = serde_json::from_value(facts).ok()?;
            Some(DeviceView { device, ..view })
        });
        Ok(read.collect())
    }

    /// The targets of whoever works here with how far the records on this device are; a supervisor sees
    /// those of the whole team by their names.
    ///
    /// # Errors
    /// Storage errors.
    pub fn targets(&self) -> Result<Vec<TargetView>> {
        let text = self.store().load_fact(facts::TARGETS)?;
        let Some(text) = text else { return Ok(Vec::new()) };
        // A list that cannot be read is the administrator's mistake, not a reason to show an error here.
        let Ok((targets, _)) = parse_targets(&text) else { return Ok(Vec::new()) };
        let world = self.world()?;
        let mine: Vec<&Target> = targets_of(&targets, self.by(), &world.capture_roots).collect();
        mine.into_iter().map(|target| self.target_view(target, &world)).collect()
    }

    fn target_view(&self, target: &Target, world: &World) -> Result<TargetView> {
        let (id, kind) = match target.source {
            TargetSource::Indicator(id) => (id, MetadataKind::Indicator),
            TargetSource::ProgramIndicator(id) => (id, MetadataKind::ProgramIndicator),
        };
        let name = match &target.name {
            Some(name) => name.clone(),
            None => self.name_of(kind, id)?,
        };
        let today = world.now().date();
        let mut view = TargetView {
            id: target.id.clone(),
            name,
            user: target.users.join(", "),
            period: String::new(),
            target: target.value,
            reached: None,
            expected: None,
            standing: None,
            problem: None,
        };
        let Some(period) = target.period_type.containing(today) else {
            view.problem = Some("there is no such period today".to_owned());
            return Ok(view);
        };
        view.period = period.to_string();
        match self.counted(target, id, &view.period, world) {
            Ok(value) => {
                let found = progress(target, value, period, today);
                view.reached = Some(found.value);
                view.expected = Some(found.expected);
                view.standing = Some(found.standing);
            }
            Err(error @ (OutpostError::NotFound { .. } | OutpostError::InvalidInput { .. })) => {
                view.problem = Some(error.to_string());
            }
            Err(error) => return Err(error),
        }
        Ok(view)
    }

    /// What the records on this device make of the target's indicator; nothing counts as none.
    fn counted(&self, target: &Target, id: Uid, period: &str, world: &World) -> Result<f64> {
        let units = match target.organisation_units.is_empty() {
            true => world.capture_roots.clone(),
            false => target.organisation_units.clone(),
        };
        let query = IndicatorQuery {
            choice: IndicatorChoice::These(vec![id]),
            periods: vec![period.to_owned()],
            organisation_units: units,
            below: true,
            by_period: false,
            by_place: false,
        };
        let page = self.indicator_values(&query, None)?;
        let Some(row) = page.rows.into_iter().next() else { return Ok(0.0) };
        if let Some(problem) = row.problem {
            return Err(OutpostError::invalid("indicator", "not_computed", problem));
        }
        if row.value.is_none() && !row.not_here.is_empty() {
            let reason = "this device does not hold what it counts";
            return Err(OutpostError::invalid("indicator", "not_here", reason));
        }
        Ok(row.value.and_then(|text| text.parse().ok()).unwrap_or(0.0))
    }
}
