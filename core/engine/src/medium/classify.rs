//! What a file is, from its first bytes.
//!
//! Pure. A name never makes a file ours; it can only make it more suspicious. The signatures are those
//! of the formats' own specifications, as `file(1)` knows them.

use serde::Serialize;

use super::Ignored;

/// Bytes at the beginning of a file that are looked at: the header of an archive of ours and the
/// beginning of its manifest.
pub const FIRST_BYTES: usize = 1_024;
const BLOCK: usize = 512;

/// What a file of ours brings, as it claims.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum OurKind {
    /// Records or a receipt.
    Exchange,
    /// A part of a file that was cut for e-mail.
    Part,
    /// Metadata from the centre.
    Package,
    /// Updates of the programs.
    Release,
    /// A key list of the centre.
    KeyList,
    /// A new key of a site.
    Rotation,
    /// A backup of a machine.
    Backup,
}

/// What a file looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Looks {
    /// It begins like a file of ours.
    Ours(OurKind),
    /// It does not.
    Foreign(Ignored),
}

/// Judges a file by its first bytes (at most [`FIRST_BYTES`]); `name` is what it is called.
#[must_use]
pub fn classify(first: &[u8], name: &[u8]) -> Looks {
    if let Some(kind) = ours(first) {
        return Looks::Ours(kind);
    }
    let name = name.to_ascii_lowercase();
    Looks::Foreign(match () {
        () if AUTORUN.iter().any(|known| name == *known) => Ignored::Autorun,
        () if first.is_empty() => Ignored::Empty,
        () if begins(first, SHORTCUTS) || ends(&name, SHORTCUT_ENDS) => Ignored::Shortcut,
        () if begins(first, PROGRAMS) || ends(&name, PROGRAM_ENDS) => Ignored::Program,
        () if name.starts_with(b"outpost") || ends(&name, OUR_ENDS) => Ignored::LookAlike,
        () if begins(first, ARCHIVES) || is_tar(first) => Ignored::Archive,
        () if begins(first, DOCUMENTS) || begins(first.get(4..).unwrap_or_default(), FILMS) => {
            Ignored::Document
        }
        () => Ignored::Other,
    })
}

fn ours(first: &[u8]) -> Option<OurKind> {
    if first.starts_with(b"outpost-part ") {
        return Some(OurKind::Part);
    }
    if first.starts_with(b"{") {
        return match format_of(first)? {
            b"outpost-keys" => Some(OurKind::KeyList),
            b"outpost-rotation" => Some(OurKind::Rotation),
            _ => None,
        };
    }
    let header = first.get(..BLOCK)?;
    // A plain file of ustar; links and folders have another type.
    if !is_tar(header) || header[156] != b'0' {
        return None;
    }
    let name = header.split(|byte| *byte == 0).next().unwrap_or_default();
    if is_root(name) {
        return Some(OurKind::Release);
    }
    if name != b"manifest.json" {
        return None;
    }
    match format_of(first.get(BLOCK..)?)? {
        b"outpost-exchange" => Some(OurKind::Exchange),
        b"outpost-package" => Some(OurKind::Package),
        b"outpost-backup" => Some(OurKind::Backup),
        _ => None,
    }
}

/// The first root of a release file, `root-000001.json`.
fn is_root(name: &[u8]) -> bool {
    let number = name.strip_prefix(b"root-").and_then(|rest| rest.strip_suffix(b".json"));
    number.is_some_and(|number| number.len() == 6 && number.iter().all(u8::is_ascii_digit))
}

/// The `format` member, if the document begins with it, as all of ours do.
fn format_of(document: &[u8]) -> Option<&[u8]> {
    let rest = document.strip_prefix(b"{")?.trim_ascii_start();
    let rest = rest.strip_prefix(b"\"format\"")?.trim_ascii_start();
    let rest = rest.strip_prefix(b":")?.trim_ascii_start().strip_prefix(b"\"")?;
    rest.split(|byte| *byte == b'"').next()
}

fn is_tar(first: &[u8]) -> bool {
    first.get(257..262) == Some(b"ustar")
}

fn begins(first: &[u8], signatures: &[&[u8]]) -> bool {
    signatures.iter().any(|signature| first.starts_with(signature))
}

fn ends(name: &[u8], endings: &[&[u8]]) -> bool {
    endings.iter().any(|ending| name.ends_with(ending))
}

const AUTORUN: &[&[u8]] =
    &[b"autorun.inf", b"desktop.ini", b".autorun", b"autorun.sh", b"autoopen"];
const SHORTCUTS: &[&[u8]] = &[b"L\0\0\0\x01\x14\x02\0", b"[InternetShortcut]", b"[Desktop Entry]"];
const SHORTCUT_ENDS: &[&[u8]] = &[b".lnk", b".url", b".desktop", b".pif", b".scf"];
const PROGRAMS: &[&[u8]] = &[
    b"MZ",
    b"\x7fELF",
    b"#!",
    b"\xca\xfe\xba\xbe",
    b"\xfe\xed\xfa\xce",
    b"\xfe\xed\xfa\xcf",
    b"\xce\xfa\xed\xfe",
    b"\xcf\xfa\xed\xfe",
    b"dex\n",
    b"\0asm",
];
const PROGRAM_ENDS: &[&[u8]] = &[
    b".exe", b".com", b".scr", b".bat", b".cmd", b".vbs", b".vbe", b".js", b".jse", b".wsf",
    b".hta", b".ps1", b".msi", b".dll", b".jar", b".apk", b".sh", b".cpl",
];
const ARCHIVES: &[&[u8]] = &[
    b"PK\x03\x04",
    b"PK\x05\x06",
    b"\x1f\x8b",
    b"\x1f\x9d",
    b"BZh",
    b"\xfd7zXZ\0",
    b"7z\xbc\xaf\x27\x1c",
    b"Rar!\x1a\x07",
    b"\x28\xb5\x2f\xfd",
    b"\x04\x22\x4d\x18",
    b"LZIP",
    b"MSCF",
    b"age-encryption.org/",
];
const DOCUMENTS: &[&[u8]] = &[
    b"%PDF",
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
    b"{\\rtf",
    b"\xff\xd8\xff",
    b"\x89PNG\r\n\x1a\n",
    b"GIF8",
    b"II*\0",
    b"MM\0*",
    b"RIFF",
    b"ID3",
    b"OggS",
    b"\x1a\x45\xdf\xa3",
    b"<!DOCTYPE",
    b"<html",
    b"<?xml",
];
const FILMS: &[&[u8]] = &[b"ftyp"];
const OUR_ENDS: &[&[u8]] = &[b".tar", b".age", b".minisig"];

#[cfg(test)]
mod tests {
    use super::*;

    fn tar(name: &str, kind: u8, content: &str) -> Vec<u8> {
        let mut bytes = vec![0; BLOCK];
        bytes[..name.len()].copy_from_slice(name.as_bytes());
        bytes[156] = kind;
        bytes[257..263].copy_from_slice(b"ustar\0");
        bytes.extend_from_slice(content.as_bytes());
        bytes
    }

    #[track_caller]
    fn check(first: &[u8], name: &str, expected: Looks) {
        assert_eq!(classify(first, name.as_bytes()), expected, "{name}");
    }

    #[test]
    fn ours_is_known_by_its_content_and_not_by_its_name() {
        use OurKind::*;
        let exchange = tar("manifest.json", b'0', "{\n  \"format\": \"outpost-exchange\",");
        check(&exchange, "holiday.jpg", Looks::Ours(Exchange));
        let package = tar("manifest.json", b'0', "{\"format\":\"outpost-package\",");
        check(&package, "autorun.inf", Looks::Ours(Package));
        let backup = tar("manifest.json", b'0', "{ \"format\" : \"outpost-backup\"");
        check(&backup, "b", Looks::Ours(Backup));
        check(&tar("root-000001.json", b'0', "{"), "r", Looks::Ours(Release));
        check(b"outpost-part 1 ", "p", Looks::Ours(Part));
        check(b"{\n  \"format\": \"outpost-keys\"", "keys.json", Looks::Ours(KeyList));
        check(b"{\"format\":\"outpost-rotation\"", "k", Looks::Ours(Rotation));
    }

    #[test]
    fn a_name_of_ours_on_anything_else_is_a_look_alike() {
        use Ignored::*;
        let name = "outpost-data-000001.tar";
        for first in [
            &b"hello"[..],
            b"{\"format\":\"outpost-exchange\"}",
            &tar("manifest.json", b'2', "{\"format\":\"outpost-exchange\""),
            &tar("manifest.json", b'0', "{\"version\":1,\"format\":\"outpost-exchange\""),
            &tar("../manifest.json", b'0', "{\"format\":\"outpost-exchange\""),
            b"PK\x03\x04",
        ] {
            check(first, name, Looks::Foreign(LookAlike));
        }
        check(b"MZ\x90", name, Looks::Foreign(Program));
        check(b"", name, Looks::Foreign(Empty));
    }

    #[test]
    fn everything_else_has_a_reason() {
        use Ignored::*;
        for (first, name, reason) in [
            (&b"[autorun]"[..], "AutoRun.inf", Autorun),
            (b"\x7fELF\x02", "holiday", Program),
            (b"echo", "update.bat", Program),
            (b"L\0\0\0\x01\x14\x02\0", "My files", Shortcut),
            (b"x", "Documents.lnk", Shortcut),
            (b"PK\x03\x04", "42.zip", Archive),
            (b"\x1f\x8b\x08", "bomb.gz", Archive),
            (b"\x28\xb5\x2f\xfd", "bomb.zst", Archive),
            (b"%PDF-1.7", "report.pdf", Document),
            (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "macro.xls", Document),
            (b"\0\0\0\x18ftypmp42", "film.mp4", Document),
            (b"some words", "notes", Other),
        ] {
            check(first, name, Looks::Foreign(reason));
        }
        check(&tar("etc/passwd", b'0', ""), "files", Looks::Foreign(Archive));
    }
}
