//! One object of a package, or that it is gone.

use outpost_domain::uid::Uid;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::ObjectKey;
use crate::file::Line;
use crate::text::is_short;

/// One line of a package.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum PackageLine {
    /// An object as the server gives it.
    Object {
        /// Name of its collection in the Web API (`dataElements`).
        class: String,
        /// Its id.
        id: Uid,
        /// Its JSON. The bytes count: an object is the same when its text is.
        body: Box<RawValue>,
    },
    /// An object that is no longer part of the set.
    Gone {
        /// Name of its collection in the Web API.
        class: String,
        /// Its id.
        id: Uid,
    },
}

impl PackageLine {
    /// What it is about.
    #[must_use]
    pub fn key(&self) -> ObjectKey {
        match self {
            Self::Object { class, id, .. } | Self::Gone { class, id } => {
                ObjectKey { class: class.clone(), id: *id }
            }
        }
    }
}

impl Line for PackageLine {
    /// The object before: each comes once, ordered by class and id.
    type Order = Option<ObjectKey>;

    fn class(&self) -> Option<&'static str> {
        Some(match self {
            Self::Object { .. } => "object",
            Self::Gone { .. } => "gone",
        })
    }

    fn follow(&self, order: &mut Option<ObjectKey>) -> Result<(), String> {
        let key = self.key();
        let is_name = !key.class.is_empty()
            && is_short(&key.class)
            && key.class.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if !is_name {
            return Err("the name of a class cannot be".to_owned());
        }
        if order.as_ref().is_some_and(|before| *before >= key) {
            return Err("an object comes twice or in another order".to_owned());
        }
        *order = Some(key);
        Ok(())
    }

    fn may_end(_: &Option<ObjectKey>) -> bool {
        true
    }
}
