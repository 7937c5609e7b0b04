//! The ids of Atlas' things: text that is compared and shown, and goes into a path when it
//! is plain enough for one.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::atlas::Clean;

/// Whether an id can stand in a path.
pub(in crate::atlas) fn is_plain(id: &str) -> bool {
    (1..=64).contains(&id.len())
        && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// Defines an id: text from outside that is only ever compared, shown, or put
/// into a path when it is plain enough for one.
macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
        pub struct $name(Clean);

        impl $name {
            /// An id as Atlas or a person gave it.
            #[must_use]
            pub fn new(text: &str) -> Self {
                Self(Clean::new(text))
            }

            /// The id's text, safe to show.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// Whether this can stand in a path: letters, digits and `_` only,
            /// at most 64. A row without such an id is shown but not asked about.
            #[must_use]
            pub fn is_addressable(&self) -> bool {
                is_plain(&self.0)
            }

            /// The second of creation that Atlas puts into the first four bytes
            /// of an `ObjectId` (checked against recorded answers).
            #[must_use]
            pub fn created(&self) -> Option<Timestamp> {
                let hex = self.0.get(self.0.len().checked_sub(24)?..)?;
                if !hex.bytes().all(|byte| byte.is_ascii_hexdigit()) {
                    return None;
                }
                let seconds = u32::from_str_radix(hex.get(..8)?, 16).ok()?;
                Timestamp::from_second(i64::from(seconds)).ok()
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(&self.0)
            }
        }
    };
}

id! {
    /// An organization's id: 24 hexadecimal digits.
    OrgId
}
id! {
    /// A project's id (Atlas' API calls projects groups): 24 hexadecimal digits.
    ProjectId
}
id! {
    /// A service account's client ID: `mdb_sa_id_` and 24 hexadecimal digits.
    ClientId
}
id! {
    /// The id of a client secret (not the secret): 24 hexadecimal digits.
    SecretId
}
id! {
    /// An API key's id: 24 hexadecimal digits. Not the public key.
    KeyId
}

impl OrgId {
    /// The id that somebody wrote, if it has the form of one.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let is_one = text.len() == 24 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_one.then(|| Self::new(text))
    }
}

/// A service account or an API key, by its immutable id.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum IdentityId {
    /// A service account.
    ServiceAccount(ClientId),
    /// An API key.
    ApiKey(KeyId),
}

impl IdentityId {
    /// The id's text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::ServiceAccount(id) => id.as_str(),
            Self::ApiKey(id) => id.as_str(),
        }
    }

    /// Whether Atlas can be asked about this identity.
    #[must_use]
    pub fn is_addressable(&self) -> bool {
        match self {
            Self::ServiceAccount(id) => id.is_addressable(),
            Self::ApiKey(id) => id.is_addressable(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_id_tells_its_second() {
        let second = Timestamp::from_second(0x66f1_c0ff).expect("in range");
        assert_eq!(KeyId::new("66f1c0ffee00112233a91f00").created(), Some(second));
        assert_eq!(ClientId::new("mdb_sa_id_66f1c0ffee00112233a91f00").created(), Some(second));
        for odd in ["", "66f1c0ff", "zzf1c0ffee00112233a91f00", "öööööööööööö"] {
            assert_eq!(KeyId::new(odd).created(), None, "{odd}");
        }
    }

    #[test]
    fn only_plain_ids_go_into_a_path() {
        for id in ["", "?", "a/b", "a%2Fb", "..", "a b"] {
            assert!(!KeyId::new(id).is_addressable(), "{id}");
        }
        assert!(ClientId::new("mdb_sa_id_66f1c0ffee00112233a91f00").is_addressable());
    }
}
