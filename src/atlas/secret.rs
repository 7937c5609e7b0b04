//! Values that must never be seen by accident.

use std::fmt;

pub use secrecy::{ExposeSecret, SecretString as Secret};

use super::Clean;

/// What signs the calls to Atlas. It cannot be printed: `Debug` shows the public
/// half only, and the secret half is wiped when it is dropped.
#[derive(Clone)]
pub enum Credential {
    /// OAuth client credentials of a service account.
    ServiceAccount {
        /// `mdb_sa_id_` and 24 hexadecimal digits.
        client_id: String,
        /// Begins with `mdb_sa_sk_`.
        client_secret: Secret,
    },
    /// An API key pair for HTTP digest: the legacy method.
    ApiKey {
        /// Eight letters.
        public_key: String,
        /// A UUID.
        private_key: Secret,
    },
}

impl Credential {
    /// The public half: the client ID or the public key.
    #[must_use]
    pub fn public_part(&self) -> Clean {
        match self {
            Self::ServiceAccount { client_id, .. } => Clean::new(client_id),
            Self::ApiKey { public_key, .. } => Clean::new(public_key),
        }
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Credential({})", self.public_part())
    }
}
