//! What happens to keys after they were enrolled, and files in parts for e-mail.
//!
//! A statement is two files, `NAME` and `NAME.minisig` beside it; each is named by the path of the
//! first.

use std::path::{Path, PathBuf};

use outpost_engine::{SignedPair, join_parts, read_signed_pair, split_for_mail};

use crate::fault::OutpostFault;
use crate::record::exchange::{
    ExchangeKey, MailParts, NewExchangeKey, NewRecoveryKey, PublishedKeyList, RevocationReason,
    SetupCode, SetupPlan,
};
use crate::record::{first_page, signed, unsigned};
use crate::session::SessionHandle;

/// Keys that are no longer to be believed, new keys, and the lists of a centre.
#[uniffi::export]
impl SessionHandle {
    /// Stops believing a key, for good. `last_good` is the number of the last file of it that still
    /// counts; `None`: none of those that are still to come.
    ///
    /// # Errors
    /// `NotFound`; `InvalidInput` for this device's own key or a number below zero; storage errors.
    pub async fn revoke_exchange_key(
        &self,
        key: String,
        reason: RevocationReason,
        last_good: Option<i64>,
    ) -> Result<ExchangeKey, OutpostFault> {
        self.run(move |it| {
            let last_good = last_good.map(|number| unsigned("last_good", number)).transpose()?;
            Ok(it.revoke_exchange_key(&key, reason.into(), last_good)?.into())
        })
        .await
    }

    /// Gives this device a new key, which the old one vouches for in a statement at `path`.
    ///
    /// # Errors
    /// `NotFound` before this device has a card; `InvalidInput` if the statement cannot be written
    /// there; `Busy` while a synchronisation runs; storage errors.
    pub async fn rotate_exchange_key(&self, path: String) -> Result<NewExchangeKey, OutpostFault> {
        self.run(move |it| {
            // A key whose statement cannot be written would be known to nobody.
            let pair = SignedPair::create(Path::new(&path))?;
            let files = it.rotate_exchange_key()?;
            pair.write(&files.statement, &files.signature)?;
            Ok(NewExchangeKey { old: files.old, card: files.card.into() })
        })
        .await
    }

    /// Takes in the statement with the new key of somebody whose old one is believed here.
    ///
    /// # Errors
    /// `InvalidInput` if it cannot be read, or the old key is not known, was revoked or replaced by
    /// another, or did not sign it; storage errors.
    pub async fn take_in_rotation(&self, path: String) -> Result<ExchangeKey, OutpostFault> {
        self.run(move |it| {
            let (statement, signature) = read_signed_pair(Path::new(&path))?;
            Ok(it.take_in_rotation(statement, &signature)?.into())
        })
        .await
    }

    /// Makes a recovery key, which opens every file when another key is lost, and enrols it here.
    /// Its secret is given out once and kept nowhere.
    ///
    /// # Errors
    /// `InvalidInput` for the name; storage errors.
    pub async fn make_recovery_key(&self, name: String) -> Result<NewRecoveryKey, OutpostFault> {
        self.run(move |it| {
            let made = it.make_recovery_key(&name)?;
            Ok(NewRecoveryKey { card: made.card.into(), secret: made.secret.to_string() })
        })
        .await
    }

    /// Signs the next key list of this centre into a file: whom it believes, and every key that it
    /// revoked. It travels with every file from here on.
    ///
    /// # Errors
    /// `Forbidden` if this device is no centre; `InvalidInput` if it cannot be written there; storage
    /// errors.
    pub async fn publish_key_list(&self, path: String) -> Result<PublishedKeyList, OutpostFault> {
        self.run(move |it| {
            let pair = SignedPair::create(Path::new(&path))?;
            let files = it.publish_key_list()?;
            pair.write(&files.list, &files.signature)?;
            Ok(PublishedKeyList { number: signed(files.number) })
        })
        .await
    }

    /// Signs what a new phone is to begin with.
    ///
    /// # Errors
    /// `NotFound` before this device has a card; `InvalidInput` if it is the card of neither a centre
    /// nor a district, or the address, the language or an id is wrong; storage errors.
    pub async fn make_setup_code(&self, plan: SetupPlan) -> Result<SetupCode, OutpostFault> {
        self.run(move |it| Ok(it.make_setup_code(&plan.into())?.into())).await
    }

    /// Takes in a key list of the centre; how many keys came in or were revoked.
    ///
    /// # Errors
    /// `InvalidInput` if it cannot be read, no centre known here signed it, or it is older than the
    /// one here; storage errors.
    pub async fn take_in_key_list(&self, path: String) -> Result<i64, OutpostFault> {
        self.run(move |it| {
            let (list, signature) = read_signed_pair(Path::new(&path))?;
            Ok(signed(it.take_in_key_list(list, &signature)?))
        })
        .await
    }

    /// Cuts a file into parts that fit e-mails of so many bytes, into a folder.
    ///
    /// # Errors
    /// `InvalidInput` if the file cannot be read, the parts would be too small or too many, or
    /// cannot be written.
    pub async fn split_for_mail(
        &self,
        path: String,
        mail_bytes: i64,
        folder: String,
    ) -> Result<MailParts, OutpostFault> {
        self.run(move |_| {
            let mail_bytes = unsigned("mail_bytes", mail_bytes)?;
            let parts = split_for_mail(Path::new(&path), mail_bytes, Path::new(&folder))?;
            let count = signed(parts.len() as u64);
            let paths = parts.into_iter().map(|part| part.display().to_string());
            Ok(MailParts { count, paths: first_page(paths) })
        })
        .await
    }

    /// Puts parts together into a file, whatever their order and however often they are given; the
    /// hash of the file. Nothing is written unless all of it is there.
    ///
    /// # Errors
    /// `InvalidInput`: a part is damaged or of another file, or some are missing; they are named.
    pub async fn join_parts(
        &self,
        parts: Vec<String>,
        path: String,
    ) -> Result<String, OutpostFault> {
        self.run(move |_| {
            let parts: Vec<PathBuf> = parts.into_iter().map(PathBuf::from).collect();
            Ok(join_parts(&parts, Path::new(&path))?)
        })
        .await
    }
}
