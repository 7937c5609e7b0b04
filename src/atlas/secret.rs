//! Values that must never be seen by accident.

use std::fmt;

pub use secrecy::{ExposeSecret, SecretString as Secret};

use jiff::Timestamp;

use super::{Clean, IdentityId, SecretId};

/// So much of the stack is overwritten, in bytes: more than any parser takes.
const DEEP: usize = 64 << 10;

/// Overwrites what functions that have returned left behind on the stack of this thread.
/// Parsers keep parts of what they read there, and no allocator wipes these.
#[inline(never)]
#[expect(clippy::large_stack_arrays, reason = "the stack is what it is about")]
pub fn wipe_stack() {
    std::hint::black_box(&mut [0_u8; DEEP]);
}

/// A credential that Atlas has just issued. Its secret half stands in this one
/// answer and can never be read again.
///
/// It cannot be printed or serialized. There is one copy of it: who needs it shares
/// it.
#[derive(Debug)]
pub struct Issued {
    /// Whose it is; not addressable where the answer named that in no way that can be read.
    pub owner: IdentityId,
    /// Which of a service account's secrets it is; an API key has one, without an id.
    pub secret_id: Option<SecretId>,
    /// The public half: the client ID or the public key. Empty where the answer did not
    /// tell it in a way that can be read.
    pub public: String,
    /// The secret half: the client secret or the private key.
    pub secret: Secret,
    /// When it stops working; an API key does not.
    pub expires_at: Option<Timestamp>,
}

impl Issued {
    /// Whether the answer told whose it is, and its public half.
    #[must_use]
    pub fn is_named(&self) -> bool {
        self.owner.is_addressable() && !self.public.is_empty()
    }

    /// What its two halves are called: public, then secret.
    #[must_use]
    pub fn labels(&self) -> (&'static str, &'static str) {
        match self.owner {
            IdentityId::ServiceAccount(_) => ("Client ID", "Client secret"),
            IdentityId::ApiKey(_) => ("Public key", "Private key"),
        }
    }
}

impl PartialEq for Issued {
    fn eq(&self, other: &Self) -> bool {
        (&self.owner, &self.secret_id) == (&other.owner, &other.secret_id)
    }
}

impl Eq for Issued {}

/// What came of trying out a credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TriedOut {
    /// Atlas took it.
    Works,
    /// Atlas knows it and refused the call for another reason, such as the address
    /// that it came from: it works where it belongs.
    WorksElsewhere,
}

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
