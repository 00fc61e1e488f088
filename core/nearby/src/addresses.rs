//! The addresses of this device at which others in the room may reach it.
//!
//! Which network a phone will share is not known, so all that can be one are shown, the likely ones
//! first; the certificate decides whether the right device answers.

use std::net::IpAddr;

use crate::error::NearbyError;
use crate::invitation::is_local;
use crate::limits::ADDRESSES_MAX;

/// Beginnings of the names of interfaces that lead to people in the room, the best first: Wi-Fi and
/// hotspots of Android, Wi-Fi and cables of Linux and macOS.
const LIKELY: [&str; 8] = ["wlan", "swlan", "ap", "softap", "wl", "eth", "en", "usb"];
/// Beginnings of the names of those that lead elsewhere: mobile data, tunnels, containers.
const ELSEWHERE: [&str; 10] =
    ["rmnet", "ccmni", "pdp", "ppp", "tun", "utun", "wg", "docker", "veth", "virbr"];

/// What an invitation of this device should name.
///
/// # Errors
/// [`NearbyError::Impossible`] if the device is in no network of its own.
pub fn local_addresses() -> Result<Vec<IpAddr>, NearbyError> {
    let found = if_addrs::get_if_addrs()
        .map_err(|error| NearbyError::disk("asking for the networks of this device", &error))?;
    let found = found.into_iter().map(|interface| (interface.ip(), interface.name));
    let chosen = choose(found.collect());
    if chosen.is_empty() {
        let detail = "this device is in no Wi-Fi: join one, or turn on its hotspot".to_owned();
        return Err(NearbyError::Impossible { detail });
    }
    Ok(chosen)
}

fn choose(mut found: Vec<(IpAddr, String)>) -> Vec<IpAddr> {
    found.retain(|(address, name)| {
        let leads_elsewhere = ELSEWHERE.iter().any(|known| name.starts_with(known));
        is_local(*address) && !address.is_loopback() && !leads_elsewhere
    });
    let likelihood = |name: &str| {
        let at = LIKELY.iter().position(|known| name.starts_with(known));
        at.unwrap_or(LIKELY.len())
    };
    found.sort_by_key(|(address, name)| (address.is_ipv6(), likelihood(name)));
    // One socket listens, and not every system lets it do so for both kinds.
    let is_ipv6 = found.first().is_some_and(|(address, _)| address.is_ipv6());
    found.retain(|(address, _)| address.is_ipv6() == is_ipv6);
    found.truncate(ADDRESSES_MAX);
    found.into_iter().map(|(address, _)| address).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(found: &[(&str, &str)], expected: &[&str]) {
        let parse = |text: &str| text.parse::<IpAddr>().expect("an address");
        let found = found.iter().map(|(name, address)| (parse(address), (*name).to_owned()));
        let expected: Vec<_> = expected.iter().map(|address| parse(address)).collect();
        assert_eq!(choose(found.collect()), expected);
    }

    #[test]
    fn a_tablet_with_mobile_data_and_a_hotspot_shows_the_hotspot() {
        check(
            &[
                ("lo", "127.0.0.1"),
                ("rmnet_data0", "100.72.1.9"),
                ("swlan0", "192.168.43.1"),
                ("wlan0", "10.0.0.5"),
                ("wlan0", "fe80::1"),
            ],
            &["10.0.0.5", "192.168.43.1"],
        );
    }

    #[test]
    fn a_laptop_shows_wi_fi_before_cables_and_no_container() {
        check(
            &[
                ("docker0", "172.17.0.1"),
                ("enp3s0", "10.1.0.7"),
                ("wlp2s0", "fd12::7"),
                ("wlp2s0", "192.168.1.7"),
                ("tun0", "10.8.0.2"),
                ("Ethernet 2", "192.168.9.9"),
            ],
            &["192.168.1.7", "10.1.0.7", "192.168.9.9"],
        );
    }

    #[test]
    fn ipv6_is_shown_where_there_is_nothing_else() {
        check(&[("wlan0", "fd12::7"), ("eth0", "fd13::7")], &["fd12::7", "fd13::7"]);
    }

    #[test]
    fn public_addresses_are_not_shown() {
        check(&[("eth0", "203.0.113.5"), ("eth0", "2001:db8::5")], &[]);
    }
}
