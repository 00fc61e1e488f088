//! Uids, session ids and token keys from a seed.
//!
//! Never asks the system for randomness: the seed is given, so a simulation repeats itself exactly.

const LETTERS: &[u8; 52] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
const ALPHANUMERIC: &[u8; 62] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
const HEX: &[u8; 16] = b"0123456789ABCDEF";

/// A source of identifiers; SplitMix64 underneath (Steele, Lea, Flood 2014).
#[derive(Debug, Clone)]
pub struct UidSource {
    state: u64,
}

impl UidSource {
    /// The same seed gives the same identifiers.
    pub fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    /// The next 64 random bits.
    pub fn next_u64(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`; 0 if `bound` is 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        if bound == 0 { 0 } else { self.next_u64() % bound }
    }

    /// True with the given probability (0.0 never, 1.0 always).
    pub fn chance(&mut self, probability: f64) -> bool {
        let unit = (self.next_u64() >> 11) as f64 / (1u64 << 53) as f64;
        unit < probability
    }

    fn pick(&mut self, alphabet: &[u8]) -> char {
        let index = self.below(alphabet.len() as u64) as usize;
        alphabet.get(index).copied().map_or('a', char::from)
    }

    /// A DHIS2 uid: one letter and ten letters or digits.
    pub fn uid(&mut self) -> String {
        let mut uid = String::with_capacity(11);
        uid.push(self.pick(LETTERS));
        (0..10).for_each(|_| uid.push(self.pick(ALPHANUMERIC)));
        uid
    }

    /// A session id of 32 hexadecimal digits, as Tomcat writes them.
    pub fn session(&mut self) -> String {
        (0..32).map(|_| self.pick(HEX)).collect()
    }

    /// The random part of an API token: 44 letters or digits.
    pub fn token_code(&mut self) -> String {
        (0..44).map(|_| self.pick(ALPHANUMERIC)).collect()
    }
}

/// A uid that depends only on `text`: the same name always gets the same uid.
pub fn uid_of(text: &str) -> String {
    let hash = text.bytes().fold(0xCBF2_9CE4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3)
    });
    UidSource::new(hash).uid()
}

/// Whether `text` has the shape of a uid: 11 letters or digits, the first a letter.
pub fn is_uid(text: &str) -> bool {
    text.len() == 11
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
        && text.bytes().next().is_some_and(|byte| byte.is_ascii_alphabetic())
}
