//! What a line of the content must be able to say of itself.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::manifest::Kind;

/// Lines that a data-exchange file may hold.
pub trait Content: Line {
    /// The kind of file that holds them.
    const KIND: Kind;
}

/// One line of a content.
pub trait Line: Serialize + DeserializeOwned {
    /// What must be known of the lines before to judge this one.
    type Order: Default;

    /// The class under which the manifest counts it; `None` if it is no record of its own.
    fn class(&self) -> Option<&'static str>;

    /// Whether it can be, and may come at this place.
    ///
    /// # Errors
    /// Why not, without any value of the line.
    fn follow(&self, order: &mut Self::Order) -> Result<(), String>;

    /// Whether the content may end here.
    fn may_end(order: &Self::Order) -> bool;
}
