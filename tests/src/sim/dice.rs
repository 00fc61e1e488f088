//! The only source of chance in a simulation: the same seed always gives the same run.

use outpost_domain::uid::{UID_LENGTH, Uid};

/// SplitMix64 behind the questions that a simulation asks.
#[derive(Debug, Clone)]
pub struct Dice {
    state: u64,
}

impl Dice {
    /// Begins with a seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self { state: seed ^ 0x5EED_0001_CAFE_F00D }
    }

    /// The next 64 bits.
    pub fn roll(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number from 0 to `bound` − 1; 0 if `bound` is 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        if bound == 0 { 0 } else { self.roll() % bound }
    }

    /// A place in a list of `length`.
    pub fn place(&mut self, length: usize) -> usize {
        usize::try_from(self.below(length as u64)).unwrap_or(0)
    }

    /// True in `percent` of 100 cases.
    pub fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// True in `permille` of 1,000 cases.
    pub fn rarely(&mut self, permille: u64) -> bool {
        self.below(1_000) < permille
    }

    /// One of the items.
    pub fn pick<'a, T>(&mut self, items: &'a [T]) -> Option<&'a T> {
        items.get(self.place(items.len()))
    }

    /// A fresh uid.
    pub fn uid(&mut self) -> Uid {
        let mut bytes = [0u8; 2 * UID_LENGTH];
        for chunk in bytes.chunks_mut(8) {
            let random = self.roll().to_le_bytes();
            chunk.copy_from_slice(&random[..chunk.len()]);
        }
        Uid::from_random(bytes)
    }
}
