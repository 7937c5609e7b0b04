//! HTTP digest as Atlas challenges for it (RFC 7616 with MD5 and `qop=auth`): the
//! challenge, the check of an answer to it, and the life of nonces. Knows nothing
//! of API keys beyond their two halves.

use std::collections::{HashMap, HashSet, VecDeque};
use std::fmt::Write;
use std::time::Duration;

use jiff::Timestamp;
use md5::{Digest, Md5};

use super::random;

const REALM: &str = "MMS Public API";
/// How long a nonce is good for.
const LIFE: Duration = Duration::from_mins(5);
/// Nonces kept at most, so that strangers cannot fill the memory.
const MOST_NONCES: usize = 10_000;

/// The fields of an `Authorization: Digest` header.
#[derive(Debug, Default)]
pub(super) struct Signature {
    fields: HashMap<String, String>,
}

impl Signature {
    /// Reads what follows the word `Digest`. What cannot be read is left out, and
    /// so missed by the check.
    pub(super) fn read(header: &str) -> Self {
        let mut fields = HashMap::new();
        let mut rest = header.trim_start();
        while let Some((name, after)) = rest.split_once('=') {
            let (value, after) = value_of(after);
            fields.insert(name.trim().to_ascii_lowercase(), value);
            rest = after.trim_start().trim_start_matches(',').trim_start();
        }
        Self { fields }
    }

    fn field(&self, name: &str) -> &str {
        self.fields.get(name).map_or("", String::as_str)
    }

    /// The public key that signs.
    pub(super) fn public_key(&self) -> &str {
        self.field("username")
    }

    /// How often the nonce was used, as the client counts.
    pub(super) fn count(&self) -> Option<u32> {
        let text = self.field("nc");
        (text.len() == 8).then(|| u32::from_str_radix(text, 16).ok()).flatten()
    }

    /// Whether this signs the call with the private key.
    fn signs(&self, method: &str, target: &str, private_key: &str) -> bool {
        let fixed = [("realm", REALM), ("uri", target), ("qop", "auth")];
        let algorithm = self.field("algorithm");
        if fixed.iter().any(|(name, value)| self.field(name) != *value)
            || !(algorithm.is_empty() || algorithm.eq_ignore_ascii_case("MD5"))
            || self.field("cnonce").is_empty()
            || self.count().is_none()
        {
            return false;
        }
        let who = md5(&[self.public_key(), REALM, private_key]);
        let what = md5(&[method, target]);
        let [nonce, nc, cnonce] = ["nonce", "nc", "cnonce"].map(|name| self.field(name));
        self.field("response") == md5(&[&who, nonce, nc, cnonce, "auth", &what])
    }
}

/// The value at the start of `text`, quoted or not, and what follows it.
fn value_of(text: &str) -> (String, &str) {
    let Some(quoted) = text.trim_start().strip_prefix('"') else {
        let (value, after) = text.split_once(',').unwrap_or((text, ""));
        return (value.trim().to_owned(), after);
    };
    let mut value = String::new();
    let mut characters = quoted.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return (value, &quoted[at + 1..]),
            '\\' => value.extend(characters.next().map(|(_, escaped)| escaped)),
            _ => value.push(character),
        }
    }
    (value, "")
}

fn md5(parts: &[&str]) -> String {
    Md5::digest(parts.join(":")).iter().fold(String::with_capacity(32), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

#[derive(Debug)]
struct Nonce {
    issued: Timestamp,
    counts: HashSet<u32>,
}

/// Why a signature was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refused {
    /// It does not sign this call.
    Wrong,
    /// It does, but with a nonce that is used up: sign again with another.
    Stale,
}

/// The nonces that were handed out.
#[derive(Debug, Default)]
pub(super) struct Nonces {
    known: HashMap<String, Nonce>,
    order: VecDeque<String>,
}

impl Nonces {
    /// A challenge with a new nonce; `None` where chance has run out.
    pub(super) fn challenge(&mut self, stale: bool, now: Timestamp) -> Option<String> {
        self.forget(now);
        let nonce = random::nonce().ok()?;
        self.order.push_back(nonce.clone());
        let challenge = format!(
            "Digest realm=\"{REALM}\", domain=\"\", nonce=\"{nonce}\", algorithm=MD5, \
             qop=\"auth\", stale={stale}"
        );
        self.known.insert(nonce, Nonce { issued: now, counts: HashSet::new() });
        Some(challenge)
    }

    /// Checks a signature. Counts may come out of order, since connections race,
    /// but none may come twice.
    pub(super) fn check(
        &mut self,
        signature: &Signature,
        (method, target): (&str, &str),
        private_key: &str,
        now: Timestamp,
    ) -> Result<(), Refused> {
        if !signature.signs(method, target, private_key) {
            return Err(Refused::Wrong);
        }
        let nonce = self.known.get_mut(signature.field("nonce")).ok_or(Refused::Stale)?;
        let count = signature.count().ok_or(Refused::Wrong)?;
        let first = !is_old(nonce.issued, now) && nonce.counts.insert(count);
        if first { Ok(()) } else { Err(Refused::Stale) }
    }

    fn forget(&mut self, now: Timestamp) {
        while let Some(oldest) = self.order.front() {
            let is_old = self.known.get(oldest).is_none_or(|nonce| is_old(nonce.issued, now));
            if !is_old && self.order.len() < MOST_NONCES {
                return;
            }
            self.known.remove(oldest);
            self.order.pop_front();
        }
    }
}

fn is_old(issued: Timestamp, now: Timestamp) -> bool {
    now.duration_since(issued).unsigned_abs() >= LIFE
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_read_whatever_its_order_and_spacing() {
        let signature = Signature::read(
            r#"username="abc\"d", nc=0000000a,qop=auth ,  uri="/a?b=1,2", response="x", odd"#,
        );
        assert_eq!(signature.public_key(), "abc\"d");
        assert_eq!((signature.field("qop"), signature.field("uri")), ("auth", "/a?b=1,2"));
        assert_eq!(signature.count(), Some(10));
        for odd in ["", "=", "\"", "a=\"", "a=\"\\", ",,,=,", "nc=1", "nc=zzzzzzzz"] {
            assert_eq!(Signature::read(odd).count(), None, "{odd}");
        }
    }

    #[test]
    fn hashes_are_those_of_the_standard() {
        let who = md5(&["Mufasa", "http-auth@example.org", "Circle of Life"]);
        let what = md5(&["GET", "/dir/index.html"]);
        let nonce = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v";
        let cnonce = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ";
        let response = md5(&[&who, nonce, "00000001", cnonce, "auth", &what]);
        assert_eq!(response, "8ca523f5e9506fed4657c9700eebdbec");
    }

    #[test]
    fn strangers_cannot_fill_the_memory() {
        let mut nonces = Nonces::default();
        for _ in 0..MOST_NONCES + 10 {
            nonces.challenge(false, Timestamp::UNIX_EPOCH).expect("random");
        }
        assert_eq!((nonces.known.len(), nonces.order.len()), (MOST_NONCES, MOST_NONCES));
    }
}
