//! Keys and texts of labels (D5). The secret lies inside the encrypted database of the place that prints;
//! everybody else has the public keys from the metadata package.

use outpost_domain::uid::OptionSetUid;
use outpost_rollout::device::{Change, LabelKey, LabelNames, LabelPublicKey, answer, label_line};
use outpost_rollout::package::ids_device::{LABEL_KEYS, asked, stage};
use zeroize::Zeroizing;

use super::devices::refused;
use crate::error::{OutpostError, Result};
use crate::model::DeviceLabel;
use crate::session::Session;

/// Name of the secret.
const SECRET: &str = "device label key";

impl Session {
    /// The public key of the labels that are printed here; the first call makes the pair.
    ///
    /// # Errors
    /// Storage errors.
    pub fn label_key(&self) -> Result<LabelPublicKey> {
        if let Some(key) = self.own_label_key()? {
            return Ok(key.public());
        }
        let mut seed = Zeroizing::new([0u8; 32]);
        self.inner.platform.random.fill(seed.as_mut())?;
        let text: String = seed.iter().map(|byte| format!("{byte:02x}")).collect();
        let text = Zeroizing::new(text);
        self.store().save_secret(SECRET, Some(&text))?;
        Ok(LabelKey::from_seed(&seed).public())
    }

    fn own_label_key(&self) -> Result<Option<LabelKey>> {
        let Some(text) = self.store().load_secret(SECRET)? else { return Ok(None) };
        let mut seed = Zeroizing::new([0u8; 32]);
        for (at, byte) in seed.iter_mut().enumerate() {
            let pair = text.get(2 * at..2 * at + 2).unwrap_or_default();
            *byte = u8::from_str_radix(pair, 16)
                .map_err(|_| OutpostError::internal("the kept label key cannot be read"))?;
        }
        Ok(Some(LabelKey::from_seed(&seed)))
    }

    /// Every key whose labels are believed: those of the metadata package, and the own one.
    pub(super) fn label_keys(&self) -> Result<Vec<LabelPublicKey>> {
        let set = OptionSetUid::parse(LABEL_KEYS).map_err(OutpostError::internal)?;
        let mut keys: Vec<LabelPublicKey> =
            self.own_label_key()?.iter().map(LabelKey::public).collect();
        let mut next = None;
        loop {
            let page = self.options(set, None, next)?;
            let of = |code: &str| LabelPublicKey::parse(code).ok();
            keys.extend(page.items.iter().filter_map(|option| of(&option.code)));
            next = page.next;
            if next.is_none() {
                return Ok(keys);
            }
        }
    }

    /// The labels of devices, for printing. Printing is written down with the paper, so that a second
    /// label is not unnoticed; `paper` of `None` shows without a trace.
    ///
    /// # Errors
    /// `InvalidInput` without a label key here, and for one that the package does not know: nobody else
    /// would read these labels.
    pub fn device_labels(
        &self,
        numbers: &[String],
        names: LabelNames,
        paper: Option<&str>,
        by: Option<&str>,
    ) -> Result<Vec<DeviceLabel>> {
        let missing = "no label key is kept here: make one with `device label-key`";
        let key = self.own_label_key()?.ok_or_else(|| refused("label", "no_key", missing))?;
        let code = self.known_key(&key)?;
        let doing = match paper {
            Some(_) => Some(self.doing(by)?),
            None => None,
        };
        let (mut labels, mut records) = (Vec::new(), Vec::new());
        for number in numbers {
            let row = self.find_device(number)?;
            let source = self.device_source(row.device.id)?;
            let printed = source.events.iter().map(|(event, _)| event);
            let printed = printed.filter(|it| it.program_stage.as_str() == stage::LABEL);
            let printed =
                printed.filter_map(|it| answer(it, asked::LABELS_PRINTED).parse::<u64>().ok());
            labels.push(DeviceLabel {
                number: row.device.facts.number.clone(),
                code: key.label(row.device.id),
                line: label_line(&row.device, names),
                printed_before: printed.sum(),
            });
            let (Some(paper), Some(doing)) = (paper, &doing) else { continue };
            let values = [
                (asked::LABELS_PRINTED, "1".to_owned()),
                (asked::LABEL_PAPER, paper.to_owned()),
                (asked::LABEL_KEY, code.clone()),
            ];
            let change = Change::note(row.device, stage::LABEL, doing.told(""), values);
            records.extend(self.records_of(row.standing.enrollment, &change, doing)?);
        }
        self.save_all(&records)?;
        Ok(labels)
    }

    /// The key as an answer; the package has to know it.
    fn known_key(&self, key: &LabelKey) -> Result<String> {
        let set = OptionSetUid::parse(LABEL_KEYS).map_err(OutpostError::internal)?;
        let code = key.public().to_text();
        let page = self.options(set, None, None)?;
        let is_known = page.items.iter().any(|option| option.code == code);
        let reason = "nobody else would read the labels of this machine: write the package with \
                      `rollout package --label-key NAME=KEY` (the key of `device label-key`), \
                      import it with --update, and pull; or print where that was done";
        is_known.then_some(code).ok_or_else(|| refused("label", "unknown_key", reason))
    }
}
