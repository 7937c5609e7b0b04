//! How go-keyring wraps a secret in a keychain, which takes text alone. Knows no
//! keychain.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use crate::atlas::Secret;

/// How go-keyring marks what it wrapped, today and formerly.
const BASE64: &str = "go-keyring-base64:";
const HEX: &str = "go-keyring-encoded:";

/// The secret in what go-keyring stored.
pub(crate) fn unwrap(stored: &[u8]) -> Option<Secret> {
    let stored = std::str::from_utf8(stored).ok()?.trim();
    let bytes = if let Some(wrapped) = stored.strip_prefix(BASE64) {
        STANDARD.decode(wrapped).ok()?
    } else if let Some(wrapped) = stored.strip_prefix(HEX) {
        unhex(wrapped)?
    } else {
        stored.as_bytes().to_vec()
    };
    let bytes = Zeroizing::new(bytes);
    std::str::from_utf8(&bytes).ok().map(Secret::from)
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> =
        text.chars().map(|digit| digit.to_digit(16).and_then(|d| u8::try_from(d).ok())).collect();
    let digits = Zeroizing::new(digits?);
    let (pairs, rest) = digits.as_chunks::<2>();
    rest.is_empty().then(|| pairs.iter().map(|[high, low]| high << 4 | low).collect())
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    #[test]
    fn what_go_keyring_wrapped_is_unwrapped() {
        let cases: [(&[u8], Option<&str>); 9] = [
            (b"go-keyring-base64:bWRiX3NhX3Nr\n", Some("mdb_sa_sk")),
            (b"go-keyring-base64:w7w=\n", Some("ü")),
            (b"go-keyring-encoded:6d6462\n", Some("mdb")),
            (b"mdb_sa_sk\n", Some("mdb_sa_sk")),
            (b"go-keyring-base64:%%%", None),
            (b"go-keyring-encoded:6d6", None),
            (b"go-keyring-encoded:zz", None),
            (b"go-keyring-base64:/w==", None),
            (b"\xff", None),
        ];
        for (stored, expected) in cases {
            let found = unwrap(stored);
            assert_eq!(found.as_ref().map(ExposeSecret::expose_secret), expected, "{stored:?}");
        }
    }
}
