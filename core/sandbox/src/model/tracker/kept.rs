//! Lists that are asked for page by page, put together once.
//!
//! A client that pages through 30,000 events asks sixty times for the same list. It is kept until
//! somebody writes, or until it is too old for what depends on the time. Never a second truth: what
//! is kept are uids, and every object is read anew.

use std::collections::VecDeque;

use crate::limits::{KEPT_LIST_MS_MAX, KEPT_LISTS_MAX};

/// The lists that were paged through last.
#[derive(Debug, Default)]
pub struct KeptLists {
    lists: VecDeque<KeptList>,
}

#[derive(Debug)]
struct KeptList {
    question: String,
    at_ms: i64,
    uids: Vec<String>,
}

impl KeptLists {
    /// The uids of the list that answers `question`, if it may still be used at `now_ms`.
    pub fn find(&self, question: &str, now_ms: i64) -> Option<&[String]> {
        let kept = self.lists.iter().find(|list| list.question == question)?;
        (0..=KEPT_LIST_MS_MAX).contains(&now_ms.saturating_sub(kept.at_ms)).then_some(&kept.uids)
    }

    /// Keeps a list; the oldest goes.
    pub fn keep(&mut self, question: String, now_ms: i64, uids: Vec<String>) {
        self.lists.retain(|list| list.question != question);
        self.lists.truncate(KEPT_LISTS_MAX - 1);
        self.lists.push_front(KeptList { question, at_ms: now_ms, uids });
    }

    /// Somebody wrote: no list is sure to be true any more.
    pub fn forget(&mut self) {
        self.lists.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_kept_until_it_is_old_or_somebody_writes_and_only_so_many_are() {
        let mut kept = KeptLists::default();
        for number in 0..=KEPT_LISTS_MAX {
            kept.keep(format!("question {number}"), 1_000, vec![format!("uid {number}")]);
        }
        assert_eq!(kept.find("question 0", 1_000), None, "the oldest went");
        assert_eq!(kept.find("question 1", 1_000), Some(&["uid 1".to_owned()][..]));
        assert!(kept.find("question 1", 1_000 + KEPT_LIST_MS_MAX).is_some());
        assert_eq!(kept.find("question 1", 1_001 + KEPT_LIST_MS_MAX), None, "too old");
        assert_eq!(kept.find("question 1", 999), None, "the clock went back");
        kept.forget();
        assert_eq!(kept.find("question 1", 1_000), None);
    }
}
