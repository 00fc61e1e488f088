//! The ids of the SIM card program, written down once. Never change one, never use one again for
//! something else: servers and phones know the objects by them.

/// The program.
pub const PROGRAM: &str = "RoSimProgrm";
/// Tracked entity type *SIM card*.
pub const SIM_TYPE: &str = "RoSimTypeTe";

// Attributes.
/// Attribute *Number of the card (ICCID)*.
pub const ICCID: &str = "RoSimIccid0";
/// Attribute *Phone number*.
pub const MSISDN: &str = "RoSimMsisdn";
/// Attribute *Operator*.
pub const OPERATOR: &str = "RoSimOperat";
/// Attribute *State*.
pub const STATE: &str = "RoSimState0";
/// Attribute *In phone*.
pub const PHONE: &str = "RoSimPhone0";

// Option sets.
/// Option set *States of a SIM card*.
pub const STATES: &str = "RoSetSimSta";

/// Stages.
pub mod stage {
    /// Stage *In a phone*: one event for each phone, from the first day to the last.
    pub const IN_PHONE: &str = "RoStSimCard";
    /// Stage *Other change*.
    pub const CHANGE: &str = "RoStSimChan";
}

/// Questions of the stages.
pub mod asked {
    /// *Number of the phone*.
    pub const PHONE: &str = "RoEvSimPhon";
    /// *In this phone from*.
    pub const FROM: &str = "RoEvSimFrom";
    /// *In this phone until*.
    pub const TO: &str = "RoEvSimUnti";
    /// *Put in by*.
    pub const PUT_BY: &str = "RoEvSimPutB";
    /// *Glued on*.
    pub const GLUED_ON: &str = "RoEvSimGlue";
    /// *Glued by*.
    pub const GLUED_BY: &str = "RoEvSimGlBy";
    /// *PIN and PUK lie sealed in the box file*.
    pub const PIN_SEALED: &str = "RoEvSimSeal";
    /// *State after this*.
    pub const NEW_STATE: &str = "RoEvSimStat";
    /// *Reason*.
    pub const REASON: &str = "RoEvSimReas";
    /// *Done by*.
    pub const DONE_BY: &str = "RoEvSimDnBy";
    /// *Done at*.
    pub const DONE_AT: &str = "RoEvSimDnAt";
}
