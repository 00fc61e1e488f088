//! Whether the attribute option combo of an event may be used: there is one, it belongs to the
//! category combo of the program and to the category options named beside it, and all of its options
//! may be written to.

use serde_json::Value;

use super::check::{Judge, identifier};
use super::event::Sent;
use super::report::Fault;
use crate::model::aggregate::DEFAULT_COMBO;
use crate::model::meta::store::Object;

impl Judge<'_> {
    /// The combo of an event with its category options.
    pub(super) fn combo(
        &self,
        sent: &Sent,
        program: &Object,
    ) -> Result<(String, Vec<String>), Vec<Fault>> {
        let meta = &self.world.meta;
        let fault = |code, message: String, args: Vec<String>| {
            Err(vec![Fault::new(&sent.uid, code, message, args)])
        };
        let own = program.member("categoryCombo").and_then(|combo| combo.get("id"));
        let own = own.and_then(Value::as_str).unwrap_or("bjDvmb4bfuf");
        let named = sent.options.as_deref().unwrap_or("").split([',', ';']);
        let named: Vec<&str> = named.filter(|id| !id.is_empty()).collect();
        if let Some(id) = named.iter().find(|id| meta.get("categoryOptions", id).is_none()) {
            let message = format!("Could not find CategoryOption: `{id}`.");
            return fault("E1116", message, vec![(*id).to_owned()]);
        }
        let does_not_exist = || {
            let options = named.join(",");
            let message = format!(
                "CategoryOptionCombo does not exist for category combo `{own}` and category \
                 options `{options}`."
            );
            fault("E1117", message, vec![own.to_owned(), options])
        };
        let aoc = match (&sent.aoc, named.is_empty()) {
            (Some(aoc), _) => aoc.clone(),
            (None, true) => DEFAULT_COMBO.to_owned(),
            (None, false) => match self.combo_of(own, &named) {
                Some(aoc) => aoc,
                None => return does_not_exist(),
            },
        };
        let Some(combo) = meta.get("categoryOptionCombos", &aoc) else {
            let message = format!("Could not find CategoryOptionCombo: `{aoc}`.");
            return fault("E1115", message, vec![identifier(&aoc)]);
        };
        if combo.reference("categoryCombo") != Some(own) {
            if aoc == DEFAULT_COMBO {
                let message = "Default AttributeOptionCombo is not allowed since program has \
                               non-default CategoryCombo.";
                return fault("E1055", message.to_owned(), vec![]);
            }
            let message = format!(
                "AttributeOptionCombo `{aoc}` is not in the event programs category combo `{own}`."
            );
            return fault("E1054", message, vec![aoc.clone(), own.to_owned()]);
        }
        if !named.is_empty() && !has_options(combo, &named) {
            return does_not_exist();
        }
        let options: Vec<String> =
            combo.references("categoryOptions").into_iter().map(str::to_owned).collect();
        let shut = options.iter().find(|id| {
            meta.get("categoryOptions", id).is_some_and(|option| !self.user.can_write_data(option))
        });
        if let Some(id) = shut {
            let message =
                format!("User: `{}` has no write access to CategoryOption: `{id}`.", self.user.id);
            return fault("E1099", message, vec![self.user.id.clone(), id.clone()]);
        }
        Ok((aoc, options))
    }

    /// The combo of a category combo that has exactly these category options.
    fn combo_of(&self, own: &str, named: &[&str]) -> Option<String> {
        let combos = self.world.meta.children("categoryCombos", "categoryOptionCombos", own);
        combos.iter().find(|combo| has_options(combo, named)).map(|combo| combo.id.clone())
    }
}

fn has_options(combo: &Object, named: &[&str]) -> bool {
    let own = combo.references("categoryOptions");
    own.len() == named.len() && named.iter().all(|id| own.contains(id))
}
