//! Finds the rows for which the server refuses a whole batch, in few requests.
//!
//! A refused piece is cut in two and only the first half is sent: if it is refused the culprit is
//! in it, if it is taken the culprit is in the other. Halves about which nothing is known are put
//! aside and sent together once the culprit is alone. One bad row among n costs at most log2(n) + 2
//! requests. Never loses a row: each is in exactly one piece until it is settled.

use std::collections::VecDeque;
use std::mem;

/// So few culprits are hunted in whole halves.
const CULPRITS_FEW: usize = 4;

/// Rows of a batch by their place in it.
pub(crate) type Piece = Vec<usize>;

#[derive(Debug, Default)]
pub(crate) struct Hunt {
    /// Pieces that were not sent yet.
    waiting: VecDeque<Piece>,
    /// The other half of the piece under way: it holds a culprit if that piece is taken.
    suspects: Piece,
    /// Halves about which nothing is known since the culprit is elsewhere.
    aside: Piece,
    /// Rows that were taken, and rows that were refused alone.
    taken_rows: usize,
    culprits: usize,
}

impl Hunt {
    pub fn new(pieces: impl IntoIterator<Item = Piece>) -> Self {
        let waiting = pieces.into_iter().filter(|piece| !piece.is_empty()).collect();
        Self { waiting, ..Self::default() }
    }

    /// The next piece to send; `None` when every row was handed out and settled.
    pub fn next(&mut self) -> Option<Piece> {
        self.waiting.pop_front()
    }

    /// The piece under way, of so many rows, was taken (rows refused by name count as taken).
    pub fn taken(&mut self, rows: usize, cut: impl Fn(&[usize]) -> usize) {
        self.taken_rows += rows;
        let suspects = mem::take(&mut self.suspects);
        match suspects.len() {
            0 => self.return_aside(),
            1 => self.waiting.push_front(suspects),
            _ => self.halve(suspects, cut),
        }
    }

    /// The piece under way was refused whole. A single row is the culprit and is handed back.
    pub fn refused(&mut self, piece: Piece, cut: impl Fn(&[usize]) -> usize) -> Option<usize> {
        self.aside.append(&mut self.suspects);
        if let [culprit] = piece[..] {
            self.culprits += 1;
            self.return_aside();
            return Some(culprit);
        }
        self.halve(piece, cut);
        None
    }

    /// The piece under way was refused and these of its rows are named as the reason: the others go
    /// first, then each of the named ones alone.
    pub fn refused_for(&mut self, piece: Piece, named: &[usize]) {
        let rest: Piece = piece.iter().copied().filter(|row| !named.contains(row)).collect();
        for row in named.iter().rev() {
            self.waiting.push_front(vec![*row]);
        }
        if !rest.is_empty() {
            self.waiting.push_front(rest);
        }
    }

    /// The piece under way has no outcome; its rows are given back elsewhere.
    pub fn left_open(&mut self) {
        let suspects = mem::take(&mut self.suspects);
        self.aside.extend(suspects);
        self.return_aside();
    }

    fn halve(&mut self, mut piece: Piece, cut: impl Fn(&[usize]) -> usize) {
        let at = cut(&piece).clamp(1, piece.len() - 1);
        self.suspects = piece.split_off(at);
        self.waiting.push_front(piece);
    }

    /// Rows put aside are sent together; once several culprits were found, in pieces of as many rows
    /// as there were to each culprit so far, or a batch full of them would be halved without end.
    fn return_aside(&mut self) {
        let size = match self.culprits {
            0..CULPRITS_FEW => usize::MAX,
            culprits => (1 + self.taken_rows / culprits).min(self.aside.len().max(1)),
        };
        let aside = mem::take(&mut self.aside);
        for piece in aside.chunks(size.min(aside.len().max(1))).rev() {
            self.waiting.push_front(piece.to_vec());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn middle(piece: &[usize]) -> usize {
        piece.len() / 2
    }

    /// Runs a hunt against a server that refuses any piece with a bad row; gives back the culprits
    /// and the number of requests beyond the first.
    fn hunt(rows: usize, bad: &[usize], cut: fn(&[usize]) -> usize) -> (Vec<usize>, usize) {
        let mut hunt = Hunt::new([(0..rows).collect()]);
        let (mut culprits, mut taken, mut requests) = (Vec::new(), Vec::new(), 0);
        while let Some(piece) = hunt.next() {
            requests += 1;
            if piece.iter().any(|row| bad.contains(row)) {
                culprits.extend(hunt.refused(piece, cut));
            } else {
                hunt.taken(piece.len(), cut);
                taken.extend(piece);
            }
        }
        taken.extend(&culprits);
        taken.sort_unstable();
        assert_eq!(taken, (0..rows).collect::<Vec<_>>(), "every row is settled exactly once");
        culprits.sort_unstable();
        (culprits, requests - 1)
    }

    #[track_caller]
    fn check(rows: usize, bad: &[usize], extra_max: usize) {
        let (culprits, extra) = hunt(rows, bad, middle);
        assert_eq!(culprits, bad);
        assert!(extra <= extra_max, "{extra} extra requests for {bad:?} of {rows}");
    }

    #[test]
    fn one_bad_row_among_a_thousand_costs_at_most_twelve_requests_wherever_it_is() {
        for bad in 0..1_000 {
            check(1_000, &[bad], 12);
        }
    }

    #[test]
    fn several_bad_rows_are_found_each() {
        check(1_000, &[0, 999], 24);
        check(1_000, &[499, 500, 501], 36);
        check(8, &[0, 1, 2, 3, 4, 5, 6, 7], 40);
        check(2, &[1], 2);
        check(1, &[0], 0);
        check(5, &[], 0);
    }

    /// 4 × (log2(1,000) + 2) for the first, then one request each.
    #[test]
    fn a_batch_of_bad_rows_costs_little_more_than_one_request_each() {
        let all: Vec<usize> = (0..1_000).collect();
        check(1_000, &all, 1_050);
        let every_tenth: Vec<usize> = (0..1_000).step_by(10).collect();
        check(1_000, &every_tenth, 1_050);
    }

    #[test]
    fn cuts_at_odd_places_still_settle_every_row() {
        for bad in 0..50 {
            assert_eq!(hunt(50, &[bad], |_| 1).0, [bad]);
            assert_eq!(hunt(50, &[bad], |piece| piece.len()).0, [bad]);
        }
    }

    #[test]
    fn named_rows_are_sent_after_the_others() {
        let mut hunt = Hunt::new([vec![0, 1, 2, 3]]);
        let piece = hunt.next().expect("a piece");
        hunt.refused_for(piece, &[2]);
        assert_eq!(hunt.next(), Some(vec![0, 1, 3]));
        hunt.taken(3, middle);
        assert_eq!(hunt.next(), Some(vec![2]));
        assert_eq!(hunt.refused(vec![2], middle), Some(2));
        assert_eq!(hunt.next(), None);
    }
}
