//! Chance, of two kinds: [`Dice`] throws the same numbers for the same seed, so
//! that invented organizations look alike from start to start; what is secret
//! comes from the operating system and is new every time. Knows nothing of Atlas'
//! rules, only of the forms of its ids and secrets.

use std::fmt::Write;
use std::io;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jiff::Timestamp;

use crate::atlas::Secret;

/// Numbers that look random and are the same for the same seed (`SplitMix64`).
#[derive(Debug, Clone)]
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(super) fn throw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`; 0 where that is 0.
    pub(super) fn below(&mut self, bound: usize) -> usize {
        let bound = u64::try_from(bound).unwrap_or(u64::MAX).max(1);
        usize::try_from(self.throw() % bound).unwrap_or(0)
    }

    /// One of a list that must not be empty.
    pub(super) fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }

    /// True in about `percent` of a hundred throws.
    pub(super) fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    /// An `ObjectId`: the second of creation, then sixteen thrown digits.
    pub(super) fn object_id(&mut self, created: Timestamp) -> String {
        let second = u32::try_from(created.as_second()).unwrap_or(0);
        format!("{second:08x}{:016x}", self.throw())
    }

    /// A public key: eight lower-case letters.
    pub(super) fn public_key(&mut self) -> String {
        (0..8).map(|_| *self.pick(b"abcdefghijklmnopqrstuvwxyz") as char).collect()
    }
}

/// An `ObjectId` of this second that nobody could guess.
pub(super) fn object_id(created: Timestamp) -> io::Result<String> {
    let mut dice = Dice::new(u64::from_be_bytes(fresh()?));
    Ok(dice.object_id(created))
}

/// A public key that nobody could guess.
pub(super) fn public_key() -> io::Result<String> {
    Ok(Dice::new(u64::from_be_bytes(fresh()?)).public_key())
}

fn fresh<const N: usize>() -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::getrandom(&mut bytes)?;
    Ok(bytes)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// A new client secret.
pub(super) fn client_secret() -> io::Result<Secret> {
    Ok(Secret::from(format!("mdb_sa_sk_{}", URL_SAFE_NO_PAD.encode(fresh::<30>()?))))
}

/// A new private key: a UUID.
pub(super) fn private_key() -> io::Result<Secret> {
    let mut bytes = fresh::<16>()?;
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let text = hex(&bytes);
    let groups = [&text[..8], &text[8..12], &text[12..16], &text[16..20], &text[20..]];
    Ok(Secret::from(groups.join("-")))
}

/// A new access token with these claims: a JSON web token whose signature nobody
/// could check.
pub(super) fn token(claims: &serde_json::Value) -> io::Result<String> {
    let part = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    let header = part(br#"{"alg":"ES512","typ":"JWT"}"#);
    Ok(format!("{header}.{}.{}", part(claims.to_string().as_bytes()), part(&fresh::<132>()?)))
}

/// An id for a token.
pub(super) fn token_id() -> io::Result<String> {
    Ok(hex(&fresh::<16>()?))
}

/// A new nonce: 32 characters, like Atlas' own.
pub(super) fn nonce() -> io::Result<String> {
    Ok(STANDARD.encode(fresh::<24>()?))
}

#[cfg(test)]
mod tests {
    use crate::atlas::secret::ExposeSecret;

    use super::*;

    #[test]
    fn the_same_seed_throws_the_same_numbers() {
        let throws = |seed| {
            let mut dice = Dice::new(seed);
            (0..4).map(|_| dice.throw()).collect::<Vec<_>>()
        };
        assert_eq!(throws(7), throws(7));
        assert_ne!(throws(7), throws(8));
        assert_eq!(Dice::new(1).below(0), 0);
    }

    #[test]
    fn ids_and_secrets_have_atlas_forms() {
        let created = Timestamp::from_second(0x66f1_c0ff).expect("in range");
        let id = Dice::new(1).object_id(created);
        assert!(id.starts_with("66f1c0ff") && id.len() == 24, "{id}");
        assert_eq!(Dice::new(1).public_key().len(), 8);
        let key = private_key().expect("random");
        let lengths: Vec<_> = key.expose_secret().split('-').map(str::len).collect();
        assert_eq!(lengths, [8, 4, 4, 4, 12]);
        assert_eq!(nonce().expect("random").len(), 32);
        assert_eq!(token(&serde_json::json!({})).expect("random").split('.').count(), 3);
        assert_eq!(object_id(created).expect("random").len(), 24);
        assert_eq!(client_secret().expect("random").expose_secret().len(), 50);
    }
}
