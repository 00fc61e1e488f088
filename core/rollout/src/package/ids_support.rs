//! The ids of the support program, written down once. Never change one, never use one again for
//! something else: servers and phones know the objects by them.

/// The program.
pub const PROGRAM: &str = "RoSupProgrm";
/// Tracked entity type *Support request*.
pub const REQUEST_TYPE: &str = "RoSupTypeTe";

// Attributes.
/// Attribute *In one line*.
pub const TITLE: &str = "RoSupTitle0";
/// Attribute *What it is about*.
pub const PROBLEM: &str = "RoSupProblm";
/// Attribute *How it came*.
pub const CHANNEL: &str = "RoSupChanel";
/// Attribute *Work stands still*.
pub const URGENT: &str = "RoSupUrgent";
/// Attribute *Who asks*.
pub const REPORTER: &str = "RoSupReport";
/// Attribute *Phone number to call back*.
pub const PHONE: &str = "RoSupPhone0";
/// Attribute *Made at (UTC)*.
pub const MADE_AT: &str = "RoSupMadeAt";
/// Attribute *Seconds by which the clock of the device was behind*.
pub const CLOCK_BEHIND: &str = "RoSupClockB";
/// Attribute *Received at (UTC)*.
pub const RECEIVED_AT: &str = "RoSupRecvAt";
/// Attribute *Written down at (UTC)*.
pub const ENTERED_AT: &str = "RoSupEntrAt";
/// Attribute *Device*.
pub const DEVICE: &str = "RoSupDevice";
/// Attribute *SIM card (ICCID)*.
pub const SIM: &str = "RoSupSimIcc";
/// Attribute *Form*.
pub const FORM: &str = "RoSupFormId";
/// Attribute *Batch of a synchronisation*.
pub const BATCH: &str = "RoSupBatch0";
/// Attribute *Code of the error*.
pub const ERROR: &str = "RoSupErrorC";
/// Attribute *Number of the e-mail*.
pub const MESSAGE_ID: &str = "RoSupMailId";

// Option sets.
/// Option set *Problems*.
pub const PROBLEMS: &str = "RoSuSetProb";
/// Option set *Channels*.
pub const CHANNELS: &str = "RoSuSetChan";
/// Option set *Tiers*.
pub const TIERS: &str = "RoSuSetTier";
/// Option set *Who speaks*.
pub const SPEAKERS: &str = "RoSuSetSpkr";
/// Option set *How requests end*.
pub const OUTCOMES: &str = "RoSuSetOutc";

/// Stages.
pub mod stage {
    /// Stage request.
    pub const REQUEST: &str = "RoSuStReque";
    /// Stage acknowledge.
    pub const ACKNOWLEDGE: &str = "RoSuStAckno";
    /// Stage reply.
    pub const REPLY: &str = "RoSuStReply";
    /// Stage note.
    pub const NOTE: &str = "RoSuStNote0";
    /// Stage escalate.
    pub const ESCALATE: &str = "RoSuStEscal";
    /// Stage wait.
    pub const WAIT: &str = "RoSuStWait0";
    /// Stage go on.
    pub const RESUME: &str = "RoSuStResum";
    /// Stage close.
    pub const CLOSE: &str = "RoSuStClose";
    /// Stage reopen.
    pub const REOPEN: &str = "RoSuStReopn";
}

/// Questions of the stages.
pub mod asked {
    /// *At (UTC)*.
    pub const AT: &str = "RoSuEvAt000";
    /// *By*.
    pub const BY: &str = "RoSuEvBy000";
    /// *Text*.
    pub const TEXT: &str = "RoSuEvText0";
    /// *Reason*.
    pub const REASON: &str = "RoSuEvReasn";
    /// *What the device tells of itself*.
    pub const DIAGNOSTICS: &str = "RoSuEvDiagn";
    /// *The team had it at (UTC)*.
    pub const RECEIVED: &str = "RoSuEvRecvd";
    /// *Tier*.
    pub const TIER: &str = "RoSuEvTier0";
    /// *Minutes since the team received it*.
    pub const MINUTES: &str = "RoSuEvMinut";
    /// *Minutes since the user made it*.
    pub const MINUTES_MADE: &str = "RoSuEvMinMd";
    /// *First reaction, in time*.
    pub const IN_TIME: &str = "RoSuEvInTim";
    /// *First reaction, late*.
    pub const LATE: &str = "RoSuEvLate0";
    /// *Who speaks*.
    pub const SPEAKER: &str = "RoSuEvSpeak";
    /// *To tier*.
    pub const TO_TIER: &str = "RoSuEvToTie";
    /// *The limit passed*.
    pub const BY_TIME: &str = "RoSuEvByTim";
    /// *How it ends*.
    pub const OUTCOME: &str = "RoSuEvOutcm";
}
