//! MD5 (RFC 1321), only because DHIS2 names the content of files by it. Protects nothing.

const SHIFTS: [u32; 64] = [
    7, 12, 17, 22, 7, 12, 17, 22, 7, 12, 17, 22, 7, 12, 17, 22, 5, 9, 14, 20, 5, 9, 14, 20, 5, 9,
    14, 20, 5, 9, 14, 20, 4, 11, 16, 23, 4, 11, 16, 23, 4, 11, 16, 23, 4, 11, 16, 23, 6, 10, 15,
    21, 6, 10, 15, 21, 6, 10, 15, 21, 6, 10, 15, 21,
];

/// The digest as 32 hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    let mut message = bytes.to_vec();
    message.push(0x80);
    while message.len() % 64 != 56 {
        message.push(0);
    }
    message.extend((bytes.len() as u64).wrapping_mul(8).to_le_bytes());
    let mut state = [0x6745_2301_u32, 0xEFCD_AB89, 0x98BA_DCFE, 0x1032_5476];
    for chunk in message.chunks_exact(64) {
        state = block(state, chunk);
    }
    let bytes = state.iter().flat_map(|word| word.to_le_bytes());
    bytes.map(|byte| format!("{byte:02x}")).collect()
}

fn block(state: [u32; 4], chunk: &[u8]) -> [u32; 4] {
    let words: Vec<u32> = chunk
        .chunks_exact(4)
        .map(|four| four.iter().rev().fold(0, |word, byte| (word << 8) | u32::from(*byte)))
        .collect();
    let [mut a, mut b, mut c, mut d] = state;
    for (round, shift) in SHIFTS.iter().enumerate() {
        let (mixed, index) = match round / 16 {
            0 => ((b & c) | (!b & d), round),
            1 => ((d & b) | (!d & c), (5 * round + 1) % 16),
            2 => (b ^ c ^ d, (3 * round + 5) % 16),
            _ => (c ^ (b | !d), (7 * round) % 16),
        };
        // The table of the RFC: 2^32 × |sin(round + 1)|.
        let constant = ((round as f64 + 1.0).sin().abs() * 4_294_967_296.0) as u32;
        let word = words.get(index).copied().unwrap_or(0);
        let sum = a.wrapping_add(mixed).wrapping_add(constant).wrapping_add(word);
        (a, d, c, b) = (d, c, b, b.wrapping_add(sum.rotate_left(*shift)));
    }
    let [old_a, old_b, old_c, old_d] = state;
    [a.wrapping_add(old_a), b.wrapping_add(old_b), c.wrapping_add(old_c), d.wrapping_add(old_d)]
}

#[cfg(test)]
mod tests {
    use super::hex;

    #[test]
    fn the_digests_of_the_rfc() {
        assert_eq!(hex(b""), "d41d8cd98f00b204e9800998ecf8427e");
        assert_eq!(hex(b"abc"), "900150983cd24fb0d6963f7d28e17f72");
        assert_eq!(
            hex(
                b"12345678901234567890123456789012345678901234567890123456789012345678901234567890"
            ),
            "57edf4a22be3c955ac49da2e2107b67a"
        );
    }
}
