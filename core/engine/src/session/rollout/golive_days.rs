//! The first weeks day by day on the store: loads what devices told, what happened to them and what was
//! asked of support. `outpost_rollout::golive::days` says what is known of a day.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use outpost_domain::uid::OrganisationUnitUid;
use outpost_rollout::device::{DeviceState, answer};
use outpost_rollout::golive::days::{
    AdoptionDays, Reach, SiteDevice, Told, adoption_days, days_until,
};
use outpost_rollout::golive::record::GoLive;
use outpost_rollout::package::ids_device::asked;
use outpost_sync::ports::facts;

use crate::error::{OutpostError, Result};
use crate::model::DeviceRow;
use crate::session::Session;
use crate::session::context::World;

/// What apps told, by the user who works with them.
type ToldByUser = BTreeMap<String, Vec<Told>>;

impl Session {
    /// How the first weeks go at a site, or at each that is planned, for each of the `days` that end
    /// today (the server's days): who synchronised of those who had a device, what was asked of
    /// support, what was refused. What is not known of a day is said to be so.
    ///
    /// # Errors
    /// `InvalidInput` without the go-live program; `NotFound` for the site; storage errors.
    pub fn golive_adoption_days(&self, site: Option<&str>, days: i32) -> Result<Vec<AdoptionDays>> {
        let sites = match site {
            Some(site) => vec![self.golive_site(site)?],
            None => self.golive_sites()?,
        };
        let world = self.world()?;
        let devices = self.site_devices(&sites, &world)?;
        let requests = self.requests_made(&sites, &world)?;
        let fact = |name: &str| -> Result<Option<i64>> {
            Ok(self.store().load_fact(name)?.and_then(|text| text.parse().ok()))
        };
        // The end of a synchronisation is kept by the device's clock.
        let skew_ms = fact(facts::SKEW_MS)?.unwrap_or(0);
        let fetched_ms = fact(facts::LAST_SYNC_MS)?.map(|at| at.saturating_add(skew_ms));
        let reach = Reach {
            team: fact(facts::TEAM_READ_MS)?.and_then(|at| world.day_of(at)),
            support: fetched_ms.and_then(|at| world.day_of(at)),
        };
        let names: Vec<_> = sites.into_iter().map(|site| site.site).collect();
        let days = days_until(world.now().date(), days);
        Ok(adoption_days(&names, &devices, requests.as_ref(), reach, &days))
    }

    /// The devices of the sites, also those that nobody has any more: they were expected once.
    fn site_devices(&self, sites: &[GoLive], world: &World) -> Result<Vec<SiteDevice>> {
        let rows = match self.device_registry(false) {
            Ok(()) => self.all_devices()?,
            Err(OutpostError::InvalidInput { .. }) => Vec::new(),
            Err(error) => return Err(error),
        };
        let told = self.told_by_user(world)?;
        let mut devices = Vec::new();
        for row in rows {
            for site in sites.iter().filter(|site| site.place == row.device.place) {
                devices.push(self.site_device(site, &row, &told)?);
            }
        }
        devices.sort_by(|a, b| (&a.site, &a.number).cmp(&(&b.site, &b.number)));
        Ok(devices)
    }

    fn site_device(&self, site: &GoLive, row: &DeviceRow, told: &ToldByUser) -> Result<SiteDevice> {
        let source = self.device_source(row.device.id)?;
        let live = source.events.iter().map(|(event, _)| event).filter(|event| !event.deleted);
        let changed = live.filter_map(|event| {
            let state = DeviceState::parse(answer(event, asked::NEW_STATE))?;
            Some((answer(event, asked::DONE_AT), &event.created_at_client, state))
        });
        let mut changes: Vec<_> = changed.collect();
        // A session saves all its steps at once; then a life goes on in its usual order.
        changes.sort();
        let dated = changes.into_iter().filter_map(|(at, _, state)| {
            let day: Date = at.get(..10)?.parse().ok()?;
            Some((day, state))
        });
        let facts = &row.device.facts;
        let is_known = !facts.holder_user.is_empty();
        Ok(SiteDevice {
            site: site.site.clone(),
            number: facts.number.clone(),
            state: row.device.state,
            changes: dated.collect(),
            told: is_known.then(|| told.get(&facts.holder_user).cloned().unwrap_or_default()),
        })
    }

    fn told_by_user(&self, world: &World) -> Result<ToldByUser> {
        let mut users = ToldByUser::new();
        for view in self.told_devices()? {
            let Some(last) = world.day_of(view.last_sync_ms) else { continue };
            users.entry(view.user).or_default().push(Told { last, days: view.days });
        }
        Ok(users)
    }

    /// Days on which support requests of the sites, and of places below them, were made; a request counts
    /// on the day that it was received where nobody knows when it was made. `None` without the
    /// support forms.
    fn requests_made(
        &self,
        sites: &[GoLive],
        world: &World,
    ) -> Result<Option<BTreeMap<String, Vec<Date>>>> {
        if !self.has_support()? {
            return Ok(None);
        }
        let places: BTreeSet<OrganisationUnitUid> = sites.iter().map(|site| site.place).collect();
        let made = self.support_made(&places)?;
        let of_site = |site: &GoLive| {
            let made = made.get(&site.place).into_iter().flatten();
            (site.site.clone(), made.filter_map(|at| world.day_of(*at)).collect())
        };
        Ok(Some(sites.iter().map(of_site).collect()))
    }
}
