//! The text of the QR code that a tablet shows: where it listens, how it is recognised, what proves
//! that a phone saw the code.
//!
//! Pure. Digits and capitals only, which a QR code stores best. Addresses are those of the place
//! itself: an invitation never sends a phone to the internet, whoever made it.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::error::NearbyError;
use crate::limits::{ADDRESSES_MAX, INVITATION_CHARS_MAX};
use crate::protocol::Secret;

const PREFIX: &str = "OUTPOST-NEAR:1:";
const V4: u8 = 4;
const V6: u8 = 6;

/// SHA-256 of the certificate of a session, in the form that TLS sends it (DER).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CertificateHash(pub [u8; 32]);

/// What a tablet shows and a phone reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    /// Where the tablet listens, the most likely first.
    pub addresses: Vec<IpAddr>,
    /// On which port.
    pub port: u16,
    /// Its certificate.
    pub certificate: CertificateHash,
    /// What lets the phone in.
    pub secret: Secret,
    /// When it lets no new phone in any more: seconds since 1970 by the tablet's clock, to be shown.
    /// The tablet decides by a clock of its own; a phone whose clock is wrong is let in all the same.
    pub expires_at_s: u32,
}

impl Invitation {
    /// The text for the QR code.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut bytes = self.expires_at_s.to_be_bytes().to_vec();
        bytes.extend_from_slice(self.secret.bytes());
        bytes.extend_from_slice(&self.certificate.0);
        bytes.extend_from_slice(&self.port.to_be_bytes());
        for address in &self.addresses {
            match address {
                IpAddr::V4(address) => {
                    bytes.push(V4);
                    bytes.extend_from_slice(&address.octets());
                }
                IpAddr::V6(address) => {
                    bytes.push(V6);
                    bytes.extend_from_slice(&address.octets());
                }
            }
        }
        let digits = bytes.iter().map(|byte| format!("{byte:02X}"));
        digits.fold(PREFIX.to_owned(), |text, digits| text + &digits)
    }

    /// Reads the text of a QR code; spaces and line breaks are ignored.
    ///
    /// # Errors
    /// [`NearbyError::NoInvitation`].
    pub fn parse(text: &str) -> Result<Self, NearbyError> {
        let no = |detail| NearbyError::NoInvitation { detail };
        let text: String =
            text.chars().filter(|c| !c.is_whitespace()).take(INVITATION_CHARS_MAX + 1).collect();
        if text.len() > INVITATION_CHARS_MAX {
            return Err(no("it is too long"));
        }
        let digits = text.strip_prefix(PREFIX).ok_or(no("it begins otherwise"))?;
        let bytes = read_hex(digits).ok_or(no("it has wrong characters"))?;
        let invitation = Self::read(&bytes).ok_or(no("it is incomplete"))?;
        invitation.check().map_err(no)?;
        Ok(invitation)
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let (expires, rest) = bytes.split_first_chunk::<4>()?;
        let (secret, rest) = rest.split_first_chunk::<16>()?;
        let (certificate, rest) = rest.split_first_chunk::<32>()?;
        let (port, mut rest) = rest.split_first_chunk::<2>()?;
        let mut addresses = Vec::new();
        while let Some((kind, after)) = rest.split_first() {
            let (address, after) = match *kind {
                V4 => after.split_first_chunk::<4>().map(|(a, rest)| (IpAddr::from(*a), rest))?,
                V6 => after.split_first_chunk::<16>().map(|(a, rest)| (IpAddr::from(*a), rest))?,
                _ => return None,
            };
            addresses.push(address);
            rest = after;
        }
        Some(Self {
            addresses,
            port: u16::from_be_bytes(*port),
            certificate: CertificateHash(*certificate),
            secret: Secret::new(*secret),
            expires_at_s: u32::from_be_bytes(*expires),
        })
    }

    /// Whether it can be shown and followed.
    pub(crate) fn check(&self) -> Result<(), &'static str> {
        if self.addresses.is_empty() || self.addresses.len() > ADDRESSES_MAX {
            return Err("it has no address or too many");
        }
        if !self.addresses.iter().all(|address| is_local(*address)) {
            return Err("it leads to an address outside this place");
        }
        if self.port == 0 {
            return Err("it has no port");
        }
        Ok(())
    }
}

impl fmt::Display for CertificateHash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(formatter, "{byte:02x}"))
    }
}

/// Whether an address belongs to a network of its own: private, link-local, shared by a carrier's
/// router, or this device itself.
#[must_use]
pub fn is_local(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => is_local_v4(address),
        IpAddr::V6(address) => is_local_v6(address),
    }
}

const fn is_local_v4(address: Ipv4Addr) -> bool {
    let [a, b, ..] = address.octets();
    let is_shared = a == 100 && b & 0xc0 == 64; // RFC 6598
    address.is_private() || address.is_link_local() || address.is_loopback() || is_shared
}

/// Link-local addresses of IPv6 are left out: they need the name of an interface of the other side.
const fn is_local_v6(address: Ipv6Addr) -> bool {
    address.is_unique_local() || address.is_loopback()
}

fn read_hex(text: &str) -> Option<Vec<u8>> {
    let digit = |digit: u8| match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    };
    if !text.len().is_multiple_of(2) {
        return None;
    }
    let pairs = text.as_bytes().chunks_exact(2);
    pairs.map(|pair| Some(digit(pair[0])? << 4 | digit(pair[1])?)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn invitation(addresses: &[&str]) -> Invitation {
        Invitation {
            addresses: addresses.iter().map(|text| text.parse().expect("an address")).collect(),
            port: 40_123,
            certificate: CertificateHash([0xc4; 32]),
            secret: Secret::new([0x5e; 16]),
            expires_at_s: 1_795_910_400,
        }
    }

    #[test]
    fn what_was_shown_is_read() {
        for addresses in
            [&["192.168.43.1"][..], &["10.0.0.7", "fd12::1"], &["127.0.0.1"], &["100.64.0.9"]]
        {
            let shown = invitation(addresses);
            let text = shown.to_text();
            assert_eq!(Invitation::parse(&text), Ok(shown.clone()));
            let (head, tail) = text.split_at(40);
            assert_eq!(Invitation::parse(&format!(" {head}\n{tail} ")), Ok(shown));
            // The alphanumeric mode of QR codes: digits, capitals and a few signs.
            let plain = |c: char| c.is_ascii_digit() || c.is_ascii_uppercase() || "-:".contains(c);
            assert!(text.chars().all(plain), "{text}");
        }
        let longest = invitation(&["fd00::1", "fd00::2", "fd00::3", "fd00::4"]).to_text();
        assert!(longest.len() <= INVITATION_CHARS_MAX, "{}", longest.len());
    }

    #[test]
    fn an_invitation_never_leads_to_the_internet() {
        for address in ["8.8.8.8", "172.32.0.1", "100.128.0.1", "2001:db8::1", "::ffff:8.8.8.8"] {
            let error = Invitation::parse(&invitation(&[address]).to_text()).expect_err(address);
            assert!(error.to_string().contains("outside this place"), "{error}");
        }
        for address in ["0.0.0.0", "255.255.255.255", "224.0.0.1", "fe80::1", "::"] {
            assert!(Invitation::parse(&invitation(&[address]).to_text()).is_err(), "{address}");
        }
    }

    #[test]
    fn anything_else_is_refused_in_words() {
        let good = invitation(&["192.168.43.1"]).to_text();
        let check = |text: &str, expected: &str| {
            let error = Invitation::parse(text).expect_err(expected).to_string();
            assert!(error.contains(expected), "{error}");
        };
        check("", "begins otherwise");
        check("OUTPOST:1:ABCD", "begins otherwise");
        check(&good.to_lowercase(), "begins otherwise");
        check(&good[..good.len() - 1], "wrong characters");
        check(&good[..good.len() - 2], "incomplete");
        check(&good.replace("C4", "G4"), "wrong characters");
        check(&format!("{good}07"), "incomplete");
        check(&good.repeat(9), "too long");
        check(&invitation(&[]).to_text(), "no address");
        check(&invitation(&["10.0.0.1"; 5]).to_text(), "no address or too many");
        check(&Invitation { port: 0, ..invitation(&["10.0.0.1"]) }.to_text(), "no port");
        for end in 0..good.len() {
            assert!(Invitation::parse(&good[..end]).is_err(), "cut at {end}");
        }
    }

    #[test]
    fn the_secret_is_not_shown_by_accident() {
        assert!(!format!("{:?}", invitation(&["10.0.0.1"])).contains("94"));
        assert!(format!("{:?}", invitation(&["10.0.0.1"])).contains("Secret(…)"));
    }
}
