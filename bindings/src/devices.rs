//! Devices of a roll-out: the card of this phone, hand-over, return and audit, step by step.
//!
//! What is scanned goes in as text; what was begun is kept after every call, so a screen may die.

use outpost_engine::model::DeviceQuery;
use outpost_engine::rollout::device::DeviceState;
use outpost_engine::rollout::device::session::HandOver;
use outpost_engine::{PhoneSetup, Scanned};

use crate::fault::OutpostFault;
use crate::ids;
use crate::record::device::{
    DeviceAudit, DeviceAuditLine, DeviceItem, DeviceListQuery, HandOverFacts, HandOverState,
    MyPhone, PhoneSeen, ReturnFacts, ReturnState,
};
use crate::record::first_page;
use crate::session::SessionHandle;

/// Devices.
#[uniffi::export]
impl SessionHandle {
    /// Devices by number; the first page of those that fit.
    ///
    /// # Errors
    /// `InvalidInput` without the device program; storage errors.
    pub async fn devices(&self, query: DeviceListQuery) -> Result<Vec<DeviceItem>, OutpostFault> {
        self.run(move |it| {
            let query = DeviceQuery {
                state: query.state.as_deref().and_then(DeviceState::parse),
                place: ids::optional("place", query.place.as_deref())?,
                only_open: query.only_open,
                text: query.search,
                limit: Some(crate::limits::PAGE_ROWS_MAX),
            };
            Ok(first_page(it.devices(&query)?))
        })
        .await
    }

    /// The device that a scan or typed text means.
    ///
    /// # Errors
    /// `InvalidInput` for a label that is forged or foreign; `NotFound`; storage errors.
    pub async fn find_device(&self, scan: String) -> Result<DeviceItem, OutpostFault> {
        self.run(move |it| Ok(it.find_device(&scan)?.into())).await
    }

    /// Says which device of the registry this phone is. `lease_days` of 0 means no lease; `agreed` are
    /// the project's own sentences about who looks after what.
    ///
    /// # Errors
    /// `NotFound`; storage errors.
    pub async fn set_my_phone(
        &self,
        scan: String,
        lease_days: i32,
        agreed: Vec<String>,
    ) -> Result<(), OutpostFault> {
        self.run(move |it| {
            let lease_days = u32::try_from(lease_days).unwrap_or(0);
            Ok(it.set_my_phone(&scan, PhoneSetup { lease_days, agreed })?)
        })
        .await
    }

    /// The card of this phone, with its self-check.
    ///
    /// # Errors
    /// `InvalidInput` if nobody said which device this is; storage errors.
    pub async fn my_phone(&self, seen: PhoneSeen) -> Result<MyPhone, OutpostFault> {
        self.run(move |it| {
            let is_present = seen.key_holder_is_present;
            Ok(it.my_phone(seen.into(), is_present)?.into())
        })
        .await
    }

    /// Names of the hand-overs that were begun.
    ///
    /// # Errors
    /// Storage errors.
    pub async fn hand_overs_begun(&self) -> Result<Vec<String>, OutpostFault> {
        self.run(|it| Ok(first_page(it.hand_overs_begun()?))).await
    }

    /// A hand-over as it stands; a new one if none of that name was begun.
    ///
    /// # Errors
    /// Storage errors.
    pub async fn device_hand_over(&self, name: String) -> Result<HandOverState, OutpostFault> {
        self.run(move |it| Ok(it.hand_over_session(&name)?.into())).await
    }

    /// The box of a hand-over was scanned.
    ///
    /// # Errors
    /// `InvalidInput` with code `mixed_up`, `already_with` or `state`; `NotFound`.
    pub async fn hand_over_scan_box(
        &self,
        name: String,
        scan: String,
    ) -> Result<HandOverState, OutpostFault> {
        self.run(move |it| Ok(it.hand_over_scan(&name, Scanned::Box, &scan)?.into())).await
    }

    /// The phone of a hand-over was scanned. After a mix-up the state names both.
    ///
    /// # Errors
    /// As [`SessionHandle::hand_over_scan_box`].
    pub async fn hand_over_scan_phone(
        &self,
        name: String,
        scan: String,
    ) -> Result<HandOverState, OutpostFault> {
        self.run(move |it| Ok(it.hand_over_scan(&name, Scanned::Phone, &scan)?.into())).await
    }

    /// Keeps what is filled in of a hand-over.
    ///
    /// # Errors
    /// `InvalidInput` for a place that is no id; storage errors.
    pub async fn keep_hand_over(
        &self,
        name: String,
        facts: HandOverFacts,
    ) -> Result<HandOverState, OutpostFault> {
        self.run(move |it| {
            let place = ids::optional("place", facts.place.as_deref())?;
            Ok(it.keep_hand_over(&name, HandOver { place, ..facts.into() })?.into())
        })
        .await
    }

    /// Brings a device to another place, with the SIM card inside.
    ///
    /// # Errors
    /// `NotFound`; `InvalidInput` with code `place` where the program is not used.
    pub async fn move_device(
        &self,
        scan: String,
        place: String,
        by: Option<String>,
    ) -> Result<DeviceItem, OutpostFault> {
        self.run(move |it| {
            Ok(it.move_device(&scan, ids::id("place", &place)?, by.as_deref())?.into())
        })
        .await
    }

    /// Ends a hand-over. What is open stays open in the record.
    ///
    /// # Errors
    /// `InvalidInput` for what is missing; nothing is saved.
    pub async fn finish_hand_over(
        &self,
        name: String,
        by: Option<String>,
    ) -> Result<DeviceItem, OutpostFault> {
        self.run(move |it| Ok(it.finish_hand_over(&name, by.as_deref())?.into())).await
    }

    /// Gives a hand-over up, with a reason.
    ///
    /// # Errors
    /// `InvalidInput` without a reason.
    pub async fn stop_hand_over(&self, name: String, reason: String) -> Result<(), OutpostFault> {
        self.run(move |it| Ok(it.stop_hand_over(&name, &reason)?)).await
    }

    /// A return as it stands.
    ///
    /// # Errors
    /// Storage errors.
    pub async fn device_return(&self, name: String) -> Result<ReturnState, OutpostFault> {
        self.run(move |it| Ok(it.give_back_session(&name)?.into())).await
    }

    /// The phone of a return was scanned.
    ///
    /// # Errors
    /// `InvalidInput` if it is with nobody; `NotFound`.
    pub async fn return_scan_phone(
        &self,
        name: String,
        scan: String,
    ) -> Result<ReturnState, OutpostFault> {
        self.run(move |it| Ok(it.give_back_scan(&name, &scan)?.into())).await
    }

    /// Keeps what is filled in of a return.
    ///
    /// # Errors
    /// Storage errors.
    pub async fn keep_return(
        &self,
        name: String,
        facts: ReturnFacts,
    ) -> Result<ReturnState, OutpostFault> {
        self.run(move |it| Ok(it.keep_give_back(&name, facts.into())?.into())).await
    }

    /// Ends a return.
    ///
    /// # Errors
    /// `InvalidInput` for what is missing; nothing is saved.
    pub async fn finish_return(
        &self,
        name: String,
        by: Option<String>,
    ) -> Result<DeviceItem, OutpostFault> {
        self.run(move |it| Ok(it.finish_give_back(&name, by.as_deref())?.into())).await
    }

    /// Begins the audit of a place, or goes on with it.
    ///
    /// # Errors
    /// `InvalidInput` while another place's audit is not finished.
    pub async fn begin_device_audit(&self, place: String) -> Result<DeviceAudit, OutpostFault> {
        self.run(move |it| Ok(it.begin_audit(ids::id("place", &place)?)?.into())).await
    }

    /// The audit that was begun.
    ///
    /// # Errors
    /// `InvalidInput` if there is none.
    pub async fn device_audit(&self) -> Result<DeviceAudit, OutpostFault> {
        self.run(|it| Ok(it.audit()?.into())).await
    }

    /// A device was scanned in an audit, with whoever had it.
    ///
    /// # Errors
    /// `InvalidInput` for a forged label or without an audit; `NotFound`.
    pub async fn audit_scan(
        &self,
        scan: String,
        with: String,
    ) -> Result<DeviceAuditLine, OutpostFault> {
        self.run(move |it| Ok(it.audit_scan(&scan, &with)?.into())).await
    }

    /// Says why a device is not as it should be.
    ///
    /// # Errors
    /// `InvalidInput` without an audit; `NotFound`.
    pub async fn audit_explain(
        &self,
        number: String,
        reason: String,
    ) -> Result<DeviceAudit, OutpostFault> {
        self.run(move |it| Ok(it.audit_explain(&number, &reason)?.into())).await
    }

    /// A device was scanned in an audit by mistake.
    ///
    /// # Errors
    /// `InvalidInput` without an audit; `NotFound` if it was not scanned.
    pub async fn audit_take_back(&self, scan: String) -> Result<DeviceAudit, OutpostFault> {
        self.run(move |it| Ok(it.audit_take_back(&scan)?.into())).await
    }

    /// Gives an audit up that was begun by mistake; nothing is written down of any device.
    ///
    /// # Errors
    /// `InvalidInput` without an audit or a reason.
    pub async fn stop_device_audit(&self, reason: String) -> Result<(), OutpostFault> {
        self.run(move |it| Ok(it.stop_audit(&reason)?)).await
    }

    /// Ends the audit; the first page of its lines.
    ///
    /// # Errors
    /// `InvalidInput` if something is open.
    pub async fn finish_device_audit(
        &self,
        by: Option<String>,
    ) -> Result<Vec<DeviceAuditLine>, OutpostFault> {
        self.run(move |it| Ok(first_page(it.finish_audit(by.as_deref())?))).await
    }
}
