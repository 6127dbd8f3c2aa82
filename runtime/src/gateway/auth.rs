//! Who may speak to the gateway: one token, compared in constant time; guessers wait, by address.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// Wrong tokens of one address until it waits.
const TRIES: u32 = 10;
/// The first wait; twice as long with each further ten.
const WAIT: Duration = Duration::from_secs(30);
const LONGEST: Duration = Duration::from_secs(900);
/// Addresses that are remembered; the one that failed longest ago is forgotten.
const REMEMBERED: usize = 4096;

pub struct Auth {
    /// Hashed, so that the length of what was offered tells nothing.
    token: Cell<Option<[u8; 32]>>,
    failures: RefCell<HashMap<IpAddr, Failures>>,
}

struct Failures {
    count: u32,
    last: Instant,
    until: Instant,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Denied {
    Missing,
    Wrong,
    /// The address guessed too often, right or wrong this time.
    Wait(Duration),
}

#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    #[error("cannot read the token in `{path}`: {source}")]
    Unreadable { path: PathBuf, source: std::io::Error },
    #[error("the token in `{path}` is shorter than 16 characters")]
    Short { path: PathBuf },
}

/// The token of a file, without the newline that editors add.
pub fn read_token(path: PathBuf) -> Result<String, TokenError> {
    let text = std::fs::read_to_string(&path)
        .map_err(|source| TokenError::Unreadable { path: path.clone(), source })?;
    let token = text.trim();
    if token.len() < 16 {
        return Err(TokenError::Short { path });
    }
    Ok(token.to_owned())
}

impl Auth {
    pub fn new(token: Option<&str>) -> Self {
        Self { token: Cell::new(token.map(hash)), failures: RefCell::default() }
    }

    pub fn is_needed(&self) -> bool {
        self.token.get().is_some()
    }

    /// From now on this token; whether it is another than before.
    pub fn replace(&self, token: &str) -> bool {
        let new = Some(hash(token));
        self.token.replace(new) != new
    }

    pub fn check(&self, peer: IpAddr, offered: Option<&str>) -> Result<(), Denied> {
        let Some(token) = self.token.get() else { return Ok(()) };
        let address = network(peer);
        let now = Instant::now();
        if let Some(failures) = self.failures.borrow().get(&address)
            && failures.until > now
        {
            return Err(Denied::Wait(failures.until - now));
        }
        let Some(offered) = offered else { return Err(Denied::Missing) };
        if bool::from(hash(offered).ct_eq(&token)) {
            self.failures.borrow_mut().remove(&address);
            return Ok(());
        }
        self.failed(address, now);
        Err(Denied::Wrong)
    }

    fn failed(&self, address: IpAddr, now: Instant) {
        let mut all = self.failures.borrow_mut();
        if all.len() >= REMEMBERED && !all.contains_key(&address) {
            let oldest =
                all.iter().min_by_key(|(_, failures)| failures.last).map(|(address, _)| *address);
            oldest.map(|oldest| all.remove(&oldest));
        }
        let failures = all.entry(address).or_insert(Failures { count: 0, last: now, until: now });
        if now - failures.last > LONGEST {
            failures.count = 0;
        }
        failures.count += 1;
        failures.last = now;
        if failures.count.is_multiple_of(TRIES) {
            let doubled = (failures.count / TRIES - 1).min(10);
            failures.until = now + (WAIT * 2u32.pow(doubled)).min(LONGEST);
        }
    }
}

fn hash(token: &str) -> [u8; 32] {
    Sha256::digest(token).into()
}

/// Whoever has one IPv6 address has the other 2^64 of its network.
fn network(peer: IpAddr) -> IpAddr {
    match peer.to_canonical() {
        IpAddr::V6(address) => {
            let high = u128::from(address) >> 64 << 64;
            IpAddr::V6(Ipv6Addr::from(high))
        }
        address => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guesser_waits_and_the_others_do_not() {
        let auth = Auth::new(Some("0123456789abcdef"));
        let (guesser, other) = (IpAddr::from([10, 0, 0, 1]), IpAddr::from([10, 0, 0, 2]));
        for _ in 0..TRIES {
            assert_eq!(auth.check(guesser, Some("wrong")), Err(Denied::Wrong));
        }
        assert!(matches!(auth.check(guesser, Some("0123456789abcdef")), Err(Denied::Wait(_))));
        assert_eq!(auth.check(other, Some("0123456789abcdef")), Ok(()));
    }

    #[test]
    fn an_address_that_says_nothing_is_no_guesser() {
        let auth = Auth::new(Some("0123456789abcdef"));
        let peer = IpAddr::from([10, 0, 0, 1]);
        for _ in 0..100 {
            assert_eq!(auth.check(peer, None), Err(Denied::Missing));
        }
        assert_eq!(auth.check(peer, Some("0123456789abcdef")), Ok(()));
    }

    #[test]
    fn memory_for_guessers_is_bounded() {
        let auth = Auth::new(Some("0123456789abcdef"));
        for number in 0..2 * REMEMBERED as u32 {
            auth.check(IpAddr::from(number.to_be_bytes()), Some("wrong")).ok();
        }
        assert_eq!(auth.failures.borrow().len(), REMEMBERED);
    }
}
