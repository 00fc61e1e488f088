//! Receipts: what arrived, what was refused and why, told back to the sender in a signed file.
//!
//! A receipt is a data-exchange file of kind [`Kind::Receipt`]: encrypted, because a reason may speak
//! of a person. Its lines are a head, files, and rows by the device that captured them, so that a
//! receipt finds its way through carriers. Settling is pure and may be done twice; a row leaves an
//! outbox only by it.

use serde::{Deserialize, Serialize};

use crate::file::{Content, Kind, Line, Link, MetadataBase};
use crate::keys::KeyId;
use crate::ledger::{Ledger, Missing, SentLog};
use crate::limits::{
    REASON_BYTES_MAX, RECEIPT_FILES_MAX, RECEIPT_ROWS_MAX, SEEN_MAX, SEQUENCE_MAX,
};
use crate::text::is_short;

/// What the receiver knows of the sender.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Head {
    /// First key of the sender whose files it speaks of.
    pub of: KeyId,
    /// The last file that was taken in.
    pub last: Option<Link>,
    /// The files that were looked at last ([`Ledger::seen`]): by them the sender tells that the
    /// receipt is not an old one.
    pub seen: Vec<Link>,
    /// Files that a later one needs and that have not come.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<Missing>,
    /// The metadata that the receiver uses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<MetadataBase>,
}

impl Head {
    /// The head for the sender `of`, from what the receiver's ledger knows of its files. `missing` are
    /// the gaps ([`crate::ledger::Plan::Gap`]) of files that wait.
    #[must_use]
    pub fn new(of: KeyId, ledger: &Ledger, missing: Vec<Missing>) -> Self {
        let (last, seen) = (ledger.last(), ledger.seen().to_vec());
        Self { of, last, seen, missing, metadata: None }
    }
}

/// What became of a file as a whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FileLine {
    /// Which file.
    #[serde(flatten)]
    pub link: Link,
    /// Why it was refused; `None` if it was taken in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
}

/// How far records have come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Stage {
    /// The receiver has them and answers for them.
    Taken,
    /// The server has them.
    OnServer,
}

/// Id and revision of a row on the device that captured it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RowRevision(
    /// Id of the outbox row.
    pub i64,
    /// Its revision.
    pub i64,
);

/// Records that have come somewhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Arrived {
    /// The file that brought them.
    pub file: Link,
    /// First key of the device that captured them.
    pub device: KeyId,
    /// How far they have come.
    pub stage: Stage,
    /// Which.
    pub rows: Vec<RowRevision>,
}

/// A record that was not accepted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Refused {
    /// The file that brought it.
    pub file: Link,
    /// First key of the device that captured it.
    pub device: KeyId,
    /// Which.
    pub row: RowRevision,
    /// Whether it only waits there (for metadata, for another record) and may still be accepted.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub waits: bool,
    /// Error code of DHIS2, if it was the server that refused it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The data element, attribute or property that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// The reason in words for the one who captured it.
    pub reason: String,
}

/// One line of a receipt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ReceiptLine {
    /// The first line.
    Head(Head),
    /// A file.
    File(FileLine),
    /// Records that have come somewhere.
    Arrived(Arrived),
    /// A record that was not accepted.
    Refused(Refused),
}

/// What must be known of the lines before.
#[derive(Debug, Clone, Copy, Default)]
pub struct Seen {
    has_head: bool,
    files: usize,
}

impl Content for ReceiptLine {
    const KIND: Kind = Kind::Receipt;
}

impl Line for ReceiptLine {
    type Order = Seen;

    fn class(&self) -> Option<&'static str> {
        Some(match self {
            Self::Head(_) => "head",
            Self::File(_) => "file",
            Self::Arrived(_) => "arrived",
            Self::Refused(_) => "refused",
        })
    }

    fn follow(&self, seen: &mut Seen) -> Result<(), String> {
        let is_head = matches!(self, Self::Head(_));
        if is_head == seen.has_head {
            return Err("a receipt has one head, in its first line".to_owned());
        }
        seen.has_head = true;
        seen.files += usize::from(matches!(self, Self::File(_)));
        if seen.files > RECEIPT_FILES_MAX || !self.is_bounded() {
            return Err("a line of the receipt is too long".to_owned());
        }
        Ok(())
    }

    fn may_end(seen: &Seen) -> bool {
        seen.has_head
    }
}

impl ReceiptLine {
    fn is_bounded(&self) -> bool {
        let number = |sequence: u64| (1..=SEQUENCE_MAX).contains(&sequence);
        match self {
            Self::Head(head) => {
                let ranges = head.missing.iter().all(|missing| {
                    number(missing.first) && number(missing.last) && missing.first <= missing.last
                });
                let seen = head.seen.len() <= SEEN_MAX;
                ranges && seen && head.missing.len() <= RECEIPT_FILES_MAX
            }
            Self::File(file) => {
                let reason = file.refused.as_ref().map_or(0, String::len);
                number(file.link.sequence) && reason <= REASON_BYTES_MAX
            }
            Self::Arrived(arrived) => {
                number(arrived.file.sequence) && arrived.rows.len() <= RECEIPT_ROWS_MAX
            }
            Self::Refused(refused) if !number(refused.file.sequence) => false,
            Self::Refused(refused) => {
                let mut short = refused.code.iter().chain(&refused.field);
                short.all(|text| is_short(text)) && refused.reason.len() <= REASON_BYTES_MAX
            }
        }
    }
}

/// Cuts a reason to what a receipt may hold, at a character.
#[must_use]
pub fn bounded_reason(reason: &str) -> String {
    let mut end = reason.len().min(REASON_BYTES_MAX);
    while !reason.is_char_boundary(end) {
        end -= 1;
    }
    reason[..end].to_owned()
}

/// What the head of a receipt means for the numbering of the sender.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Advice {
    /// The receiver has everything up to this file: [`SentLog::confirm`] was done.
    Confirmed(Link),
    /// These files have not come. Send them again, or write a file at [`SentLog::catch_up`].
    SendAgain(Missing),
    /// The receiver was restored from an older backup and lost what came in the files from this
    /// number on. Rows that were settled by them must be sent again: write a file at
    /// [`SentLog::catch_up`].
    ReceiverLost {
        /// The first file that is lost.
        from: u64,
    },
    /// This site was restored from an older backup, or another machine uses its key: it goes on after
    /// this file ([`SentLog::adopt`] was done) and sends everything again that the server is not known
    /// to have.
    Resumed(Link),
    /// The receipt is older than one that was taken in before: its head says nothing new.
    OutOfDate,
}

/// Takes in the head of a receipt from the receiver that `log` is about.
///
/// Numbers and dates of receipts prove nothing, for the receiver may have been restored from a backup
/// and receipts come in any order. That it has seen a file which this site wrote later does.
pub fn settle_head(log: &mut SentLog, head: &Head) -> Vec<Advice> {
    if !log.is_current(head.last, &head.seen) {
        return vec![Advice::OutOfDate];
    }
    log.receiver_saw(&head.seen);
    // A last file that this site does not remember belongs to another history, and nobody knows which
    // files of this one the receiver still has.
    let lost_from = match head.last {
        Some(last) if log.has(last) => last.sequence + 1,
        _ => 1,
    };
    let mut advice = Vec::new();
    if log.last_had().is_some_and(|had| had.sequence >= lost_from) {
        log.receiver_lost(lost_from);
        advice.push(Advice::ReceiverLost { from: lost_from });
    }
    if let Some(last) = head.last {
        if log.confirm(last) {
            advice.push(Advice::Confirmed(last));
        } else {
            log.adopt(last);
            advice.push(Advice::Resumed(last));
        }
    }
    advice.extend(head.missing.iter().map(|missing| Advice::SendAgain(*missing)));
    advice
}

/// A row of an outbox that was sent in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SentRow {
    /// Its revision now.
    pub revision: i64,
    /// Number of the file in which it was sent last.
    pub file: u64,
    /// How far this revision was known to have come.
    pub stage: Option<Stage>,
}

/// What a receipt means for a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settlement {
    /// It leaves the outbox: the receiver answers for it.
    Settle(Stage),
    /// It is parked with the reason, for the person who captured it.
    Park,
    /// It stays, and the reason is shown: it may still be accepted.
    Wait,
    /// An older revision arrived; the newer one is still to be sent.
    EditedSince(Stage),
    /// It says nothing that is not known, or speaks of a file that this site does not remember to have
    /// written, or that the receiver has lost since. A site that was restored from a backup numbers
    /// its rows anew, so the same number may mean another record: such an answer settles nothing, and
    /// the row is sent again.
    Nothing,
}

/// What an arrival means for the row: `revision` of it has come as far as `stage`, in `file`. The log
/// remembers by which files rows were settled.
#[must_use]
pub fn settle_arrival(
    log: &mut SentLog,
    row: &SentRow,
    file: Link,
    stage: Stage,
    revision: i64,
) -> Settlement {
    if !log.may_answer(file) || revision > row.revision {
        return Settlement::Nothing;
    }
    log.settled_by(file);
    if revision < row.revision {
        return Settlement::EditedSince(stage);
    }
    if row.stage >= Some(stage) { Settlement::Nothing } else { Settlement::Settle(stage) }
}

/// What a refusal means for the row. A refusal that comes after the row was sent again is not news:
/// the answer to the newer file counts.
#[must_use]
pub fn settle_refusal(log: &SentLog, row: &SentRow, refused: &Refused) -> Settlement {
    let is_of_this_sending = refused.row.1 == row.revision && refused.file.sequence >= row.file;
    let is_answered = row.stage == Some(Stage::OnServer);
    if !log.may_answer(refused.file) || !is_of_this_sending || is_answered {
        return Settlement::Nothing;
    }
    if refused.waits { Settlement::Wait } else { Settlement::Park }
}
