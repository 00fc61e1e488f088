//! The ids of the device program, written down once. Never change one, never use one again for
//! something else: servers and phones know the objects by them.

/// The program.
pub const PROGRAM: &str = "RoDevProgrm";
/// Tracked entity type *Device*.
pub const DEVICE_TYPE: &str = "RoDevTypeTe";

// Attributes.
/// Attribute *Device number*.
pub const NUMBER: &str = "RoDevNumber";
/// Attribute *State*.
pub const STATE: &str = "RoDevState0";
/// Attribute *Belongs to*.
pub const OWNERSHIP: &str = "RoDevOwnsh0";
/// Attribute *Make*.
pub const MAKE: &str = "RoDevMake00";
/// Attribute *Model*.
pub const MODEL: &str = "RoDevModel0";
/// Attribute *Serial number*.
pub const SERIAL: &str = "RoDevSerial";
/// Attribute *IMEI 1*.
pub const IMEI_1: &str = "RoDevImei01";
/// Attribute *IMEI 2*.
pub const IMEI_2: &str = "RoDevImei02";
/// Attribute *Storage in GB*.
pub const STORAGE_GB: &str = "RoDevStorag";
/// Attribute *Accessories*.
pub const ACCESSORIES: &str = "RoDevAccess";
/// Attribute *Health worker*.
pub const HOLDER: &str = "RoDevHolder";
/// Attribute *User name of the health worker*.
pub const HOLDER_USER: &str = "RoDevHolUsr";
/// Attribute *District*.
pub const DISTRICT: &str = "RoDevDistri";
/// Attribute *Whom to call*.
pub const SUPPORT_NAME: &str = "RoDevSupNam";
/// Attribute *Phone number of support*.
pub const SUPPORT_PHONE: &str = "RoDevSupPho";
/// Attribute *SIM card inside (ICCID)*.
pub const SIM_ICCID: &str = "RoDevSimIcc";
/// Attribute *Phone number of the SIM card*.
pub const SIM_MSISDN: &str = "RoDevSimTel";
/// Attribute *Operator*.
pub const SIM_OPERATOR: &str = "RoDevSimOpe";
/// Attribute *Id in the device management*.
pub const MDM_ID: &str = "RoDevMdmId0";
/// Attribute *Last seen by the device management*.
pub const MDM_SEEN: &str = "RoDevMdmSee";

// Option sets.
/// Option set *States of a device*.
pub const STATES: &str = "RoSetStates";
/// Option set *Owners*.
pub const OWNERSHIPS: &str = "RoSetOwners";
/// Option set *Conditions*.
pub const CONDITIONS: &str = "RoSetCondit";
/// Option set *Places of the agreement*.
pub const PLACES: &str = "RoSetPlaces";
/// Option set *Results of an audit*.
pub const AUDIT_RESULTS: &str = "RoSetAudits";
/// Option set *States of a claim*.
pub const CLAIM_STATES: &str = "RoSetClaims";
/// Option set *Keys of labels*: the public keys with which the labels of this project are read.
pub const LABEL_KEYS: &str = "RoSetLabKey";

/// Stages.
pub mod stage {
    /// Stage receive.
    pub const RECEIVE: &str = "RoStReceive";
    /// Stage prepare.
    pub const PREPARE: &str = "RoStPrepare";
    /// Stage label.
    pub const LABEL: &str = "RoStLabel00";
    /// Stage hand over.
    pub const HAND_OVER: &str = "RoStHandOvr";
    /// Stage change.
    pub const CHANGE: &str = "RoStChange0";
    /// Stage repair.
    pub const REPAIR: &str = "RoStRepair0";
    /// Stage loss.
    pub const LOSS: &str = "RoStLossRep";
    /// Stage return.
    pub const RETURN: &str = "RoStReturn0";
    /// Stage audit.
    pub const AUDIT: &str = "RoStAudit00";
    /// Stage claim.
    pub const CLAIM: &str = "RoStClaim00";
}

/// Questions of the stages.
pub mod asked {
    /// *State after this*.
    pub const NEW_STATE: &str = "RoEvState00";
    /// *Reason*.
    pub const REASON: &str = "RoEvReason0";
    /// *Done by*.
    pub const DONE_BY: &str = "RoEvDoneBy0";
    /// *Done at*.
    pub const DONE_AT: &str = "RoEvDoneAt0";
    /// *Condition*.
    pub const CONDITION: &str = "RoEvConditn";
    /// *Accessories that are there*.
    pub const ACCESSORIES_SEEN: &str = "RoEvAccesso";
    /// *Remark*.
    pub const REMARK: &str = "RoEvRemark0";
    /// *Order or delivery note*.
    pub const ORDER_NUMBER: &str = "RoEvOrderNo";
    /// *Number read from the box*.
    pub const BOX_SCANNED: &str = "RoEvBoxScan";
    /// *Number or serial read from the phone*.
    pub const PHONE_SCANNED: &str = "RoEvPhoScan";
    /// *Version of the app*.
    pub const APP_VERSION: &str = "RoEvAppVers";
    /// *Labels printed*.
    pub const LABELS_PRINTED: &str = "RoEvLabPrnt";
    /// *Key of the label*.
    pub const LABEL_KEY: &str = "RoEvLabKey0";
    /// *Paper*.
    pub const LABEL_PAPER: &str = "RoEvLabPapr";
    /// *Given to*.
    pub const RECEIVER: &str = "RoEvReceivr";
    /// *User name of the receiver*.
    pub const RECEIVER_USER: &str = "RoEvRecUser";
    /// *Version of the agreement*.
    pub const AGREEMENT_VERSION: &str = "RoEvAgrVers";
    /// *Language of the agreement*.
    pub const AGREEMENT_LANGUAGE: &str = "RoEvAgrLang";
    /// *Sum of the agreement's text (SHA-256)*.
    pub const AGREEMENT_SHA256: &str = "RoEvAgrHash";
    /// *The agreement was declined*.
    pub const DECLINED: &str = "RoEvDecline";
    /// *Signed by the health worker*.
    pub const SIGNED_WORKER: &str = "RoEvSigWork";
    /// *Signed by the supervisor*.
    pub const SIGNED_SUPERVISOR: &str = "RoEvSigSupv";
    /// *Signed by the council*.
    pub const SIGNED_COUNCIL: &str = "RoEvSigCoun";
    /// *Signature of the health worker*.
    pub const SIGNATURE_WORKER: &str = "RoEvImgWork";
    /// *Signature of the supervisor*.
    pub const SIGNATURE_SUPERVISOR: &str = "RoEvImgSupv";
    /// *Signature of the council*.
    pub const SIGNATURE_COUNCIL: &str = "RoEvImgCoun";
    /// *Copies with the council's stamp*.
    pub const STAMPED: &str = "RoEvStamped";
    /// *Photo of the stamped copies*.
    pub const STAMP_PHOTO: &str = "RoEvImgStam";
    /// *Copy 1 of 2 lies at*.
    pub const COPY_1_PLACE: &str = "RoEvCopy1Pl";
    /// *Copy 2 of 2 lies at*.
    pub const COPY_2_PLACE: &str = "RoEvCopy2Pl";
    /// *Still open*.
    pub const STILL_OPEN: &str = "RoEvStilOpn";
    /// *Workshop*.
    pub const WORKSHOP: &str = "RoEvWorksho";
    /// *What is broken*.
    pub const FAULT: &str = "RoEvFault00";
    /// *Cost*.
    pub const COST: &str = "RoEvCost000";
    /// *Where it was lost*.
    pub const LOSS_PLACE: &str = "RoEvLossPlc";
    /// *Number of the police report*.
    pub const REPORT_NUMBER: &str = "RoEvPolice0";
    /// *Lock of the account asked for at*.
    pub const LOCK_ASKED: &str = "RoEvLockAsk";
    /// *Account locked at*.
    pub const LOCKED_AT: &str = "RoEvLockedA";
    /// *Wipe asked for at*.
    pub const WIPE_ASKED: &str = "RoEvWipeAsk";
    /// *Wiped at*.
    pub const WIPED_AT: &str = "RoEvWipedAt";
    /// *The data were wiped from it*.
    pub const DATA_WIPED: &str = "RoEvDataWip";
    /// *Audit*.
    pub const AUDIT_NAME: &str = "RoEvAudName";
    /// *Result*.
    pub const AUDIT_RESULT: &str = "RoEvAudRslt";
    /// *Seen with*.
    pub const SEEN_WITH: &str = "RoEvAudWith";
    /// *Month*.
    pub const PERIOD: &str = "RoEvClmPeri";
    /// *Allowance of the month*.
    pub const ALLOWANCE: &str = "RoEvClmAllo";
    /// *Claimed*.
    pub const CLAIMED: &str = "RoEvClmAmou";
    /// *Currency*.
    pub const CURRENCY: &str = "RoEvClmCurr";
    /// *Data used by the app in kB (1,000 bytes)*.
    pub const DATA_USED_KB: &str = "RoEvClmUsed";
    /// *Claim*.
    pub const CLAIM_STATE: &str = "RoEvClmStat";
    /// *Approved amount*.
    pub const APPROVED: &str = "RoEvClmAppr";
}
