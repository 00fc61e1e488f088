//! The phone that this is: which device of the registry, its card, its self-check, its lease, a wipe.

use outpost_domain::uid::TrackedEntityUid;
use outpost_rollout::device::{Lease, MyPhone, PhoneState, lease_state, self_check, wipe_step};
use outpost_sync::ports::facts;
use serde::{Deserialize, Serialize};

use crate::error::{OutpostError, Result};
use crate::model::{FindingView, MyPhoneView};
use crate::session::Session;
use crate::session::site::contacts;

/// Which device this one is, and for how long it opens without contact.
const MINE: &str = "rollout.my_phone";
/// The latest time that was ever seen here, Unix ms.
const LATEST: &str = "rollout.latest_ms";

#[derive(Serialize, Deserialize, Default)]
#[serde(default)]
struct Mine {
    device: Option<TrackedEntityUid>,
    lease_days: u32,
    agreed: Vec<String>,
}

/// What a phone is told when it is set up.
#[derive(Debug, Clone, Default)]
pub struct PhoneSetup {
    /// Days without contact after which it asks for the password; 0 means never.
    pub lease_days: u32,
    /// The project's own sentences about who looks after what; the defaults if there are none.
    pub agreed: Vec<String>,
}

impl Session {
    /// Says which device of the registry this one is.
    ///
    /// # Errors
    /// `NotFound`; storage errors.
    pub fn set_my_phone(&self, text: &str, setup: PhoneSetup) -> Result<()> {
        let row = self.find_device(text)?;
        let PhoneSetup { lease_days, agreed } = setup;
        let mine = Mine { device: Some(row.device.id), lease_days, agreed };
        let body = serde_json::to_string(&mine).map_err(OutpostError::internal)?;
        Ok(self.store().save_fact(MINE, &body)?)
    }

    /// The card of this phone, with what the self-check finds in what Android lets the app see.
    ///
    /// # Errors
    /// `InvalidInput` if nobody said which device this is; storage errors.
    pub fn my_phone(&self, seen: PhoneState, key_holder_is_present: bool) -> Result<MyPhoneView> {
        self.device_registry(false)?;
        let mine: Mine = match self.store().load_fact(MINE)? {
            Some(body) => serde_json::from_str(&body).map_err(OutpostError::internal)?,
            None => Mine::default(),
        };
        let reason = "scan the label of this phone, so that it knows which one it is";
        let id = mine.device.ok_or_else(|| OutpostError::invalid("phone", "unknown", reason))?;
        let row = self.device(id)?;
        let state = self.phone_state(seen)?;
        let open = self.known_sims()?.open();
        let findings = self_check(&state, Some(&row.device), &open);
        let findings = findings.into_iter().map(|finding| FindingView {
            code: finding.code().to_owned(),
            words: finding.words(),
            proposes_request: finding.proposes_request(),
            finding,
        });
        let latest_ms = self.latest_seen(state.now_ms)?;
        // Whoever typed the password has shown that the phone is in the right hands: as good as contact,
        // so that it is asked for once and not at every opening of a day without network.
        let signed_in_ms = Some(self.account().last_used_ms).filter(|time| *time > 0);
        // A phone that was never in contact counts from the moment it was set up, which it was there.
        let contact_ms = state.last_contact_ms.max(signed_in_ms).unwrap_or(state.now_ms);
        let lease = Lease { days: mine.lease_days };
        Ok(MyPhoneView {
            card: MyPhone::of(&row.device, &mine.agreed),
            findings: findings.collect(),
            lease: lease_state(lease, contact_ms, latest_ms, state.now_ms),
            wipe: wipe_step(row.awaits_wipe(), state.unsent, key_holder_is_present),
        })
    }

    /// What the store knows of the phone, beside what the app sees.
    fn phone_state(&self, seen: PhoneState) -> Result<PhoneState> {
        let number = |name: &str| -> Result<Option<i64>> {
            Ok(self.store().load_fact(name)?.and_then(|text| text.parse().ok()))
        };
        let status = self.status()?;
        // A receipt that came in a file is contact, too: some phones never see a server.
        let came_ms = contacts::last_came_ms(self.store())?;
        let contact_ms = status.last_sync_ms.max(status.last_pull_ms).max(came_ms);
        Ok(PhoneState {
            skew_ms: seen.skew_ms.or(number(facts::SKEW_MS)?),
            last_contact_ms: seen.last_contact_ms.or(contact_ms),
            unsent: status.unsent,
            now_ms: self.now_ms(),
            ..seen
        })
    }

    /// The latest time that was seen; turning the clock back does not lower it.
    fn latest_seen(&self, now_ms: i64) -> Result<i64> {
        let kept = self.store().load_fact(LATEST)?.and_then(|text| text.parse::<i64>().ok());
        match kept {
            Some(kept) if kept >= now_ms => Ok(kept),
            _ => {
                self.store().save_fact(LATEST, &now_ms.to_string())?;
                Ok(now_ms)
            }
        }
    }
}
