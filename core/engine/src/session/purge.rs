//! What may leave a small phone, and what of a program is held at all.
//!
//! Only what the server holds may leave; who has left can be fetched again. Nothing is taken away
//! without a person who asked for it.

use std::collections::BTreeMap;

use outpost_domain::data::Enrollment;
use outpost_domain::purge::{
    Decision, EnrollmentFacts, Leave, PersonFacts, PurgeRules, Stay, decide,
};
use outpost_domain::uid::{ProgramUid, TrackedEntityUid};
use outpost_store::{Activity, PeopleCursor, ProgramSetting};
use outpost_sync::ports::TrackerLimits;
use outpost_wire::time::parse_day;

use super::Session;
use super::context::World;
use crate::error::{OutpostError, Result};
use crate::limits::{PAGE_ROWS_MAX, PURGE_PEOPLE_MAX};
use crate::model::{
    DownloadSetting, LeaveReason, PurgeOutcome, PurgePerson, PurgePlan, WorkingListView,
};

/// People taken away in one transaction.
const PURGE_BATCH: usize = 200;

impl Session {
    /// Who would leave by the rules, with the reason; nothing is taken away. People of all programs that
    /// are on the device are looked at.
    ///
    /// # Errors
    /// Storage errors.
    pub fn purge_plan(&self, rules: &PurgeRules) -> Result<PurgePlan> {
        let world = self.world()?;
        let people = self.purge_facts(&world)?;
        let decisions = decide(&people, rules, world.now().date());
        let mut plan = PurgePlan::default();
        for (person, decision) in decisions {
            match decision {
                Decision::Leave(reason) => {
                    let reason = match reason {
                        Leave::MovedAway => LeaveReason::MovedAway,
                        Leave::Completed => LeaveReason::Completed,
                        Leave::Cancelled => LeaveReason::Cancelled,
                        Leave::NotSeen => LeaveReason::NotSeen,
                    };
                    plan.leaving += 1;
                    if plan.people.len() < PAGE_ROWS_MAX as usize {
                        let title = self.person_title(person)?.unwrap_or_default();
                        plan.people.push(PurgePerson { person, title, reason });
                    }
                }
                Decision::Stay(Stay::Unsent | Stay::NotOnServer) => plan.unsent += 1,
                Decision::Stay(_) => plan.staying += 1,
            }
        }
        Ok(plan)
    }

    /// Takes away who may leave by the rules. `confirm` is said by a person who saw the plan.
    ///
    /// # Errors
    /// `InvalidInput` without the confirmation; storage errors: what was taken away by then is gone from
    /// this device, never from the server.
    pub fn purge(&self, rules: &PurgeRules, confirm: bool) -> Result<PurgeOutcome> {
        if !confirm {
            let reason = "look at the plan first and confirm it";
            return Err(OutpostError::invalid("confirm", "missing", reason));
        }
        let world = self.world()?;
        let people = self.purge_facts(&world)?;
        let leaving: Vec<TrackedEntityUid> = decide(&people, rules, world.now().date())
            .into_iter()
            .filter(|(_, decision)| matches!(decision, Decision::Leave(_)))
            .map(|(person, _)| person)
            .collect();
        let mut outcome = PurgeOutcome::default();
        for batch in leaving.chunks(PURGE_BATCH) {
            let purged = self.store().purge(batch, self.by(), self.now_ms())?;
            outcome.removed += purged.removed;
            outcome.kept += purged.kept;
        }
        Ok(outcome)
    }

    /// What the rules ask about everybody on the device.
    fn purge_facts(&self, world: &World) -> Result<Vec<PersonFacts>> {
        let mut people: BTreeMap<TrackedEntityUid, PersonFacts> = BTreeMap::new();
        for program in self.programs()? {
            let mut after: Option<PeopleCursor> = None;
            loop {
                let rows =
                    self.store().activity_page(program.uid, after.as_ref(), PAGE_ROWS_MAX)?;
                let is_last = rows.len() < PAGE_ROWS_MAX as usize;
                after = rows.last().map(|row| cursor_of(&row.enrollment));
                for row in rows {
                    self.take_activity(row, world, &mut people)?;
                }
                if is_last || people.len() >= PURGE_PEOPLE_MAX {
                    break;
                }
            }
        }
        Ok(people.into_values().collect())
    }

    fn take_activity(
        &self,
        row: Activity,
        world: &World,
        people: &mut BTreeMap<TrackedEntityUid, PersonFacts>,
    ) -> Result<()> {
        let id = row.tracked_entity;
        let enrollment = &row.enrollment;
        let day = |text: Option<&str>| text.and_then(|text| text.get(..10)).and_then(parse_day);
        let seen = [
            day(row.last_event.as_deref()),
            day(row.server_updated_at.as_deref()),
            day(enrollment.updated_at_client.as_deref()),
        ];
        let last_seen = seen.into_iter().flatten().max();
        let is_outside = match row.owner {
            None => false,
            Some(owner) => {
                let path = self.path_of_place(owner)?.unwrap_or_default();
                !world.scopes().captures(&path)
            }
        };
        let linked = match people.contains_key(&id) {
            true => Vec::new(),
            false => {
                let rows = self.store().relationships_of(id.0)?;
                rows.iter()
                    .filter_map(|row| row.other.tracked_entity.as_ref())
                    .map(|it| it.id)
                    .collect()
            }
        };
        let facts = people.entry(id).or_insert_with(|| PersonFacts {
            id,
            enrollments: Vec::new(),
            last_activity: None,
            out_of_scope_since: None,
            is_on_server: row.server_updated_at.as_ref().is_some_and(|text| !text.is_empty()),
            has_unsent: false,
            has_tasks: false,
            linked,
        });
        facts.enrollments.push(EnrollmentFacts {
            status: enrollment.status,
            ended_on: day(enrollment.completed_at.as_deref()),
        });
        facts.last_activity = facts.last_activity.max(last_seen);
        facts.has_unsent |= row.has_unsent;
        facts.has_tasks |= enrollment.follow_up;
        // When the place changed is not known; what happened last about the person was before that.
        facts.out_of_scope_since = match is_outside {
            true => last_seen,
            false => None,
        };
        Ok(())
    }

    /// What of a program is downloaded.
    ///
    /// # Errors
    /// Storage errors.
    pub fn download_setting(&self, program: ProgramUid) -> Result<DownloadSetting> {
        let setting = self.store().load_program_setting(program)?;
        Ok(DownloadSetting {
            program,
            enabled: setting.enabled,
            only_active: setting.limits.only_active,
            changed_within_days: setting.limits.changed_within_days,
            people_max: setting.limits.tracked_entities_max,
        })
    }

    /// Chooses what of a program is downloaded; takes effect with the next synchronisation. What is on
    /// the device stays.
    ///
    /// # Errors
    /// Storage errors.
    pub fn save_download_setting(&self, setting: &DownloadSetting) -> Result<()> {
        Ok(self.store().save_program_setting(&ProgramSetting {
            program: setting.program,
            enabled: setting.enabled,
            limits: TrackerLimits {
                only_active: setting.only_active,
                changed_within_days: setting.changed_within_days,
                tracked_entities_max: setting.people_max,
            },
        })?)
    }

    /// Lists that a person put together, by name.
    ///
    /// # Errors
    /// Storage errors.
    pub fn working_lists(&self, program: ProgramUid) -> Result<Vec<WorkingListView>> {
        let lists = self.store().working_lists(program)?.into_iter();
        let view = |list: outpost_store::WorkingList| WorkingListView {
            id: list.id,
            program: list.program,
            name: list.name,
            filter: list.filter,
        };
        Ok(lists.map(view).collect())
    }

    /// Keeps a list; without an id a new one. The filter is the screen's own text.
    ///
    /// # Errors
    /// `InvalidInput` without a name; storage errors.
    pub fn save_working_list(&self, list: &WorkingListView) -> Result<WorkingListView> {
        if list.name.trim().is_empty() {
            return Err(OutpostError::invalid("name", "missing", "the list needs a name"));
        }
        let id = match list.id.is_empty() {
            true => self.mint_uid()?.to_string(),
            false => list.id.clone(),
        };
        let kept = outpost_store::WorkingList {
            id: id.clone(),
            program: list.program,
            name: list.name.trim().to_owned(),
            filter: list.filter.clone(),
        };
        self.store().save_working_list(&kept)?;
        Ok(WorkingListView { id, ..list.clone() })
    }

    /// Forgets a list; whether there was one.
    ///
    /// # Errors
    /// Storage errors.
    pub fn remove_working_list(&self, id: &str) -> Result<bool> {
        Ok(self.store().remove_working_list(id)?)
    }

    /// How many values of each generated attribute are left.
    ///
    /// # Errors
    /// Storage errors.
    pub fn reserved_values(&self) -> Result<Vec<crate::model::ReservedView>> {
        let counts = self.store().reserved_counts(self.world()?.server_ms)?;
        let mut views = Vec::with_capacity(counts.len());
        for count in counts {
            views.push(crate::model::ReservedView {
                attribute: count.attribute,
                name: self.question_name(count.attribute.0)?,
                organisation_unit: count.organisation_unit,
                free: count.free,
                first_expires_ms: Some(count.first_expires_ms).filter(|ms| *ms < i64::MAX),
            });
        }
        Ok(views)
    }
}

fn cursor_of(enrollment: &Enrollment) -> PeopleCursor {
    PeopleCursor { key: enrollment.enrolled_at.clone().unwrap_or_default(), uid: enrollment.id }
}
