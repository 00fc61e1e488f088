//! Who may talk to the tablet.
//!
//! The secret has 128 bits and is compared in constant time, so it cannot be guessed; waiting keeps
//! a broken or hostile phone from keeping the tablet busy, and harms nobody at other addresses.

use core::net::IpAddr;
use std::collections::{BTreeMap, BTreeSet};

use super::{Hello, PhoneKey, Refusal, Secret};
use crate::limits::{WRONG_ADDRESSES_MAX, WRONG_WAIT_MS, WRONG_WAIT_MS_MAX};

#[derive(Debug, Clone, Copy)]
struct Wrong {
    times: u32,
    until_ms: u64,
}

/// The door of a session. Times are milliseconds of a clock that never goes back.
#[derive(Debug)]
pub struct Gate {
    secret: Secret,
    expires_ms: u64,
    phones_max: usize,
    phones: BTreeSet<PhoneKey>,
    wrong: BTreeMap<IpAddr, Wrong>,
}

impl Gate {
    /// Lets in `phones_max` phones that come before `expires_ms` and know the secret.
    #[must_use]
    pub fn new(secret: Secret, expires_ms: u64, phones_max: usize) -> Self {
        let (phones, wrong) = (BTreeSet::new(), BTreeMap::new());
        Self { secret, expires_ms, phones_max, phones, wrong }
    }

    /// Whether this address may try at all now.
    fn may_try(&self, from: IpAddr, now_ms: u64) -> Result<(), Refusal> {
        match self.wrong.get(&neighbourhood(from)) {
            Some(wrong) if now_ms < wrong.until_ms => Err(Refusal::Throttled),
            _ => Ok(()),
        }
    }

    /// Whether a phone may go on. One that was let in may come back as often as its connection breaks,
    /// also after the invitation expired: its files are half here.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn admit(&mut self, hello: &Hello, from: IpAddr, now_ms: u64) -> Result<(), Refusal> {
        self.may_try(from, now_ms)?;
        let from = neighbourhood(from);
        if hello.secret != self.secret {
            self.remember_wrong(from, now_ms);
            return Err(Refusal::Secret);
        }
        self.wrong.remove(&from);
        if self.phones.contains(&hello.key) {
            return Ok(());
        }
        if now_ms >= self.expires_ms {
            return Err(Refusal::Expired);
        }
        if self.phones.len() >= self.phones_max {
            return Err(Refusal::Full);
        }
        self.phones.insert(hello.key);
        Ok(())
    }

    fn remember_wrong(&mut self, from: IpAddr, now_ms: u64) {
        let times = self.wrong.get(&from).map_or(0, |wrong| wrong.times);
        let wait = (WRONG_WAIT_MS << times.min(16)).min(WRONG_WAIT_MS_MAX);
        let known = self.wrong.len();
        if known >= WRONG_ADDRESSES_MAX && !self.wrong.contains_key(&from) {
            let soonest = self.wrong.iter().min_by_key(|(_, wrong)| wrong.until_ms);
            if let Some(address) = soonest.map(|(address, _)| *address) {
                self.wrong.remove(&address);
            }
        }
        let wrong = Wrong { times: times.saturating_add(1), until_ms: now_ms + wait };
        self.wrong.insert(from, wrong);
    }
}

/// One device has as many IPv6 addresses as it likes below one prefix.
fn neighbourhood(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => address.into(),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            core::net::Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: [u8; 16] = [7; 16];
    const ONE: IpAddr = IpAddr::V4(core::net::Ipv4Addr::new(192, 168, 43, 2));
    const TWO: IpAddr = IpAddr::V4(core::net::Ipv4Addr::new(192, 168, 43, 3));

    fn gate(phones_max: usize) -> Gate {
        Gate::new(Secret::new(SECRET), 60_000, phones_max)
    }

    fn hello(phone: u8, secret: [u8; 16]) -> Hello {
        Hello { secret: Secret::new(secret), key: PhoneKey([phone; 16]), who: String::new() }
    }

    #[test]
    fn so_many_phones_as_were_invited_come_in_and_may_come_back() {
        let mut gate = gate(2);
        assert_eq!(gate.admit(&hello(1, SECRET), ONE, 0), Ok(()));
        assert_eq!(gate.admit(&hello(2, SECRET), TWO, 1), Ok(()));
        assert_eq!(gate.admit(&hello(3, SECRET), TWO, 2), Err(Refusal::Full));
        assert_eq!(gate.admit(&hello(1, SECRET), TWO, 3), Ok(()));
        assert_eq!(gate.admit(&hello(1, SECRET), ONE, 90_000), Ok(()), "it was let in before");
    }

    #[test]
    fn an_expired_invitation_lets_nobody_new_in() {
        assert_eq!(gate(2).admit(&hello(1, SECRET), ONE, 59_999), Ok(()));
        assert_eq!(gate(2).admit(&hello(1, SECRET), ONE, 60_000), Err(Refusal::Expired));
    }

    #[test]
    fn a_wrong_secret_makes_its_address_wait_longer_each_time_and_nobody_else() {
        let mut gate = gate(2);
        let mut now = 0;
        for wait in [1_000, 2_000, 4_000, 8_000, 16_000] {
            assert_eq!(gate.admit(&hello(1, [8; 16]), ONE, now), Err(Refusal::Secret));
            assert_eq!(gate.may_try(ONE, now + wait - 1), Err(Refusal::Throttled));
            // Not even the right one is looked at.
            assert_eq!(gate.admit(&hello(1, SECRET), ONE, now + wait - 1), Err(Refusal::Throttled));
            assert_eq!(gate.may_try(TWO, now), Ok(()));
            now += wait;
        }
        assert_eq!(gate.admit(&hello(1, SECRET), ONE, now), Ok(()));
        for _ in 0..40 {
            let _ = gate.admit(&hello(1, [8; 16]), ONE, now);
            now += 60_000;
            assert_eq!(gate.may_try(ONE, now), Ok(()), "a minute is the most");
        }
    }

    #[test]
    fn one_bit_of_difference_is_a_wrong_secret() {
        for bit in 0..128 {
            let mut other = SECRET;
            other[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(gate(1).admit(&hello(1, other), ONE, 0), Err(Refusal::Secret));
        }
    }

    #[test]
    fn wrong_addresses_are_remembered_up_to_a_limit_and_by_prefix() {
        let mut gate = gate(1);
        for number in 0..2_000u16 {
            let address = IpAddr::from([0xfd00, 1, 2, number, 0, 0, 0, 1]);
            assert_eq!(gate.admit(&hello(1, [8; 16]), address, 0), Err(Refusal::Secret));
        }
        assert!(gate.wrong.len() <= WRONG_ADDRESSES_MAX);
        let same_prefix = IpAddr::from([0xfd00, 1, 2, 1_999, 9, 9, 9, 9]);
        assert_eq!(gate.may_try(same_prefix, 1), Err(Refusal::Throttled));
    }
}
