//! Phones and tablets from the order to the end of their use (requirements D1 to D12).
//!
//! | module | what it decides |
//! |---|---|
//! | `number` | which number is next, and which is refused (D1) |
//! | `facts`, `ident` | what is known of a device, and what cannot be right (D2) |
//! | `pair` | whether box and phone are one device (D3) |
//! | `agreement` | signatures, stamps, copies, and what is open (D4) |
//! | `label` | the text of a QR label, and whom to believe (D5) |
//! | `state` | which step of the life-cycle may follow (D7) |
//! | `session` | hand-over, return, preparation, audit as steps (D3, D4, D8, D9) |
//! | `audit` | what is missing, extra, in the wrong hands (D9) |
//! | `phone` | the card, the self-check, the lease, the wipe (D10) |
//! | `claim` | what is paid for a personal phone (D11) |
//! | `table` | CSV in and out (D12) |
//! | `change` | the records that all of it is saved as |

mod agreement;
mod audit;
mod change;
mod claim;
mod facts;
mod ident;
mod label;
pub mod limits;
mod number;
mod pair;
mod phone;
#[cfg(test)]
mod samples;
pub mod session;
mod state;
mod table;

pub use agreement::{CopyPlace, Ledger, OpenEnd, Signature, Signer};
pub use audit::{AuditLine, AuditResult, Sighting, compare, counts};
pub use change::{Change, answer, ledger_of, ledger_values, set_answer, stage_of};
pub use claim::{Allowance, Claim, ClaimOffer, ClaimProblem, judge_claim};
pub(crate) use facts::text_problem;
pub use facts::{Device, DeviceFacts, FactProblem, Ownership};
pub use ident::{IdentProblem, iccid, imei, luhn_fits, msisdn};
pub use label::{
    LabelKey, LabelNames, LabelProblem, LabelPublicKey, label_line, looks_like_label, read_label,
};
pub use number::{DeviceNumber, NumberProblem, Numbers, number_key, same_number};
pub use pair::{MixUp, Swap, check_pair, swaps};
pub use phone::{
    Finding, Lease, LeaseState, LossOrders, MyPhone, PhoneState, WipeStep, lease_state, self_check,
    wipe_step,
};
pub use state::{DeviceState, StateProblem, Step, check_step};
pub use table::{PLACE, STATE, TableLine, columns, read_table, write_table};
