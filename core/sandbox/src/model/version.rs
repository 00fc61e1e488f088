//! The manners in which DHIS2 versions differ on the wire (wire reference 0, 1.3, 1.5).

/// A DHIS2 version: the text it shows and the minor number that decides its manners.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// `2.42.4`
    pub text: String,
    /// `42`
    pub minor: u32,
}

impl Version {
    /// Reads `2.42.4`, `2.43` or `42`; anything else counts as 2.42.
    pub fn parse(text: &str) -> Self {
        let rest = text.strip_prefix("2.").unwrap_or(text);
        let minor = rest.split(['.', '-']).next().and_then(|minor| minor.parse().ok());
        Self { text: text.to_owned(), minor: minor.unwrap_or(42) }
    }

    /// Whether tracker lists use `instances` (≤ 2.40).
    pub fn lists_instances(&self) -> bool {
        self.minor <= 40
    }

    /// Whether tracker lists carry page numbers beside the list (≤ 2.41).
    pub fn flat_paging(&self) -> bool {
        self.minor <= 41
    }

    /// Whether tracker lists carry a `pager` (≥ 2.41).
    pub fn has_pager(&self) -> bool {
        self.minor >= 41
    }

    /// Whether data value sets are checked group by group (≥ 2.43).
    pub fn group_semantics(&self) -> bool {
        self.minor >= 43
    }

    /// Whether `rejectedIndexes` is told (≥ 2.39).
    pub fn tells_rejected(&self) -> bool {
        self.minor >= 39
    }

    /// Whether `auth/login` exists (≥ 2.41).
    pub fn has_login(&self) -> bool {
        self.minor >= 41
    }
}
