//! The archive around the entries: POSIX ustar, one spelling for each name and size.
//!
//! A header is never interpreted, it is compared with the one that the writer makes for the expected
//! name. So links, paths, owners, modes, extensions cannot be told in a file at all.

use std::io::{self, Read, Write};

use crate::error::ExchangeError;

/// Size of a block.
pub(crate) const BLOCK: usize = 512;
/// Blocks of zeros at the end of an archive.
const END_BLOCKS: usize = 2;
/// Bytes of zeros at the end of an archive.
pub(crate) const END_BYTES: u64 = (BLOCK * END_BLOCKS) as u64;
const NAME_BYTES: usize = 100;
const SIZE_AT: std::ops::Range<usize> = 124..136;
const CHECKSUM_AT: std::ops::Range<usize> = 148..156;
const WHAT: &str = "data-exchange file";

/// The header of an entry: a plain file, readable by all, of nobody, from no time.
pub(crate) fn header(name: &str, bytes: u64) -> [u8; BLOCK] {
    let mut block = [0; BLOCK];
    let mut put = |at: usize, text: &str| {
        block[at..at + text.len()].copy_from_slice(text.as_bytes());
    };
    put(0, name);
    put(100, "0000644\0");
    put(108, "0000000\0");
    put(116, "0000000\0");
    put(124, &format!("{bytes:011o}\0"));
    put(136, "00000000000\0");
    put(148, "        ");
    put(156, "0");
    put(257, "ustar\0");
    put(263, "00");
    put(329, "0000000\0");
    put(337, "0000000\0");
    let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
    block[CHECKSUM_AT].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    block
}

/// Bytes of zeros after an entry of this size.
pub(crate) const fn padding(bytes: u64) -> usize {
    let over = (bytes % BLOCK as u64) as usize;
    if over == 0 { 0 } else { BLOCK - over }
}

/// Writes a whole entry.
pub(crate) fn write_entry(out: &mut impl Write, name: &str, content: &[u8]) -> io::Result<()> {
    let bytes = content.len() as u64;
    out.write_all(&header(name, bytes))?;
    out.write_all(content)?;
    out.write_all(&[0; BLOCK][..padding(bytes)])
}

/// Writes the end of the archive.
pub(crate) fn write_end(out: &mut impl Write) -> io::Result<()> {
    out.write_all(&[0; BLOCK * END_BLOCKS])
}

/// Reads the header of the first entry and returns the size that it tells.
pub(crate) fn read_first(input: &mut impl Read, name: &str) -> Result<u64, ExchangeError> {
    let mut block = [0; BLOCK];
    let foreign = ExchangeError::Foreign { expected: WHAT };
    if let Err(error) = input.read_exact(&mut block) {
        return Err(match error.kind() {
            io::ErrorKind::UnexpectedEof => foreign,
            _ => ExchangeError::io("reading the file", &error),
        });
    }
    if !block.starts_with(format!("{name}\0").as_bytes()) {
        return Err(foreign);
    }
    sized(&block, name)
}

/// Reads a header whose name is not known beforehand; [`sized`] judges it.
pub(crate) fn read_block(input: &mut impl Read) -> Result<[u8; BLOCK], ExchangeError> {
    let mut block = [0; BLOCK];
    read_exact(input, &mut block, "a header of the archive")?;
    Ok(block)
}

/// The name that a header claims; `None` where the archive ends, or for a name that cannot be ours.
pub(crate) fn name_in(block: &[u8; BLOCK]) -> Option<&str> {
    let name = block[..NAME_BYTES].split(|byte| *byte == 0).next()?;
    std::str::from_utf8(name).ok().filter(|name| !name.is_empty())
}

/// Reads the header of another entry and returns the size that it tells.
pub(crate) fn read_header(input: &mut impl Read, name: &str) -> Result<u64, ExchangeError> {
    sized(&read_block(input)?, name)
}

/// The size that a header tells, if it is the one that the writer makes for this name.
pub(crate) fn sized(block: &[u8; BLOCK], name: &str) -> Result<u64, ExchangeError> {
    let digits = std::str::from_utf8(&block[SIZE_AT.start..SIZE_AT.end - 1]).ok();
    let bytes = digits.and_then(|digits| u64::from_str_radix(digits, 8).ok());
    bytes
        .filter(|bytes| header(name, *bytes) == *block)
        .ok_or(ExchangeError::Damaged { place: "a header of the archive" })
}

/// Reads the zeros after an entry.
pub(crate) fn read_padding(input: &mut impl Read, bytes: u64) -> Result<(), ExchangeError> {
    read_zeros(input, padding(bytes), "the space after an entry")
}

/// Reads the end of the archive; nothing may follow.
pub(crate) fn read_end(input: &mut impl Read) -> Result<(), ExchangeError> {
    let first = read_block(input)?;
    read_end_after(input, &first)
}

/// The same when the first of its blocks has been read.
pub(crate) fn read_end_after(
    input: &mut impl Read,
    first: &[u8; BLOCK],
) -> Result<(), ExchangeError> {
    const PLACE: &str = "the end of the archive";
    if first.iter().any(|byte| *byte != 0) {
        return Err(ExchangeError::Damaged { place: PLACE });
    }
    read_zeros(input, BLOCK * (END_BLOCKS - 1), PLACE)?;
    match input.read(&mut [0]) {
        Ok(0) => Ok(()),
        Ok(_) => Err(ExchangeError::Damaged { place: "the file (something follows its end)" }),
        Err(error) => Err(ExchangeError::io("reading the file", &error)),
    }
}

fn read_zeros(
    input: &mut impl Read,
    count: usize,
    place: &'static str,
) -> Result<(), ExchangeError> {
    let mut bytes = [0; BLOCK * END_BLOCKS];
    let bytes = &mut bytes[..count];
    read_exact(input, bytes, place)?;
    if bytes.iter().any(|byte| *byte != 0) {
        return Err(ExchangeError::Damaged { place });
    }
    Ok(())
}

/// Fills `bytes`, or says inside what the file ends.
pub(crate) fn read_exact(
    input: &mut impl Read,
    bytes: &mut [u8],
    inside: &'static str,
) -> Result<(), ExchangeError> {
    input.read_exact(bytes).map_err(|error| match error.kind() {
        io::ErrorKind::UnexpectedEof => ExchangeError::Truncated { inside },
        _ => ExchangeError::io("reading the file", &error),
    })
}
