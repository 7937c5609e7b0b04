//! What is written down before a credential is asked for, so that none is ever lost
//! unseen, and of every other change while it is on its way: it holds no secret. Knows
//! no file.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::hand_over::Sink;
use crate::atlas::{Clean, ClientId, IdentityId, KeyId, OrgId, SecretId};

/// A credential that is about to be asked for, and what was there before; or another
/// change that is sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Intent {
    /// Names it: letters, digits and `-`, unique on this machine.
    pub id: String,
    /// The host that is asked.
    pub host: Clean,
    /// The organization.
    pub org: OrgId,
    /// What is asked for.
    pub asks: Asks,
    /// When, by this machine's clock.
    pub at: Timestamp,
    /// Where its secret is to go, in words.
    pub to: Clean,
    /// What is to follow.
    #[serde(default)]
    pub then: Then,
}

/// What is to be done with a credential once its secret is kept.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Then {
    /// It is to take the place of the secret before it.
    pub rotates: bool,
    /// Entries that its access list is to get.
    pub entries: usize,
    /// Projects that it is to be granted to.
    pub projects: usize,
}

/// What is asked for, and what was there before: what comes besides may be ours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Asks {
    /// A further secret of a service account.
    Secret {
        /// The account.
        account: ClientId,
        /// Its name.
        name: Clean,
        /// Its secrets before.
        before: Vec<SecretId>,
    },
    /// A service account with its first secret.
    ServiceAccount {
        /// Its name.
        name: Clean,
        /// The service accounts before.
        before: Vec<ClientId>,
    },
    /// An API key.
    ApiKey {
        /// Its description.
        description: Clean,
        /// The API keys before.
        before: Vec<KeyId>,
    },
    /// A change that brings no secret: nothing can be lost but its answer.
    Change {
        /// What is changed, by its name.
        of: Clean,
        /// What the change is called, and what is gained and lost by it.
        what: Clean,
    },
}

/// What became of an intent, as far as it was written down. Later news stand for more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum News {
    /// It was answered: this was issued.
    Issued {
        /// Whose it is.
        owner: IdentityId,
        /// Which of a service account's secrets: its id.
        #[serde(rename = "secret-id")]
        secret: Option<SecretId>,
    },
    /// Its secret reached this place, in words, and is safe there.
    Delivered {
        /// The place.
        to: Clean,
    },
}

/// An intent and all that became of it, as it is found in the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// What was to be asked for.
    pub intent: Intent,
    /// What became of it, the oldest first.
    pub news: Vec<News>,
}

impl Then {
    /// What was not set where it could not follow, in a sentence.
    #[must_use]
    pub fn not_set(self) -> Option<&'static str> {
        match (self.entries, self.projects) {
            (0, 0) => None,
            (_, 0) => Some("Its access list was not set."),
            (0, _) => Some("Its projects were not set."),
            _ => Some("Its access list and its projects were not set."),
        }
    }
}

impl Intent {
    /// The place besides the screen that its secret may have reached, in words.
    #[must_use]
    pub fn place(&self) -> Option<&Clean> {
        Some(&self.to).filter(|to| to.as_str() != Sink::Screen.words())
    }
}

impl Asks {
    /// The name or description of what it is for.
    #[must_use]
    pub fn name(&self) -> &Clean {
        match self {
            Self::Secret { name, .. } | Self::ServiceAccount { name, .. } => name,
            Self::ApiKey { description, .. } => description,
            Self::Change { of, .. } => of,
        }
    }
}

impl Note {
    /// The place that its secret reached, if it did.
    #[must_use]
    pub fn delivered(&self) -> Option<&Clean> {
        self.news.iter().find_map(|news| match news {
            News::Delivered { to } => Some(to),
            News::Issued { .. } => None,
        })
    }

    /// Who was issued a credential, and which secret that is, if an answer came.
    #[must_use]
    pub fn issued(&self) -> Option<(&IdentityId, Option<&SecretId>)> {
        self.news.iter().find_map(|news| match news {
            News::Issued { owner, secret } => Some((owner, secret.as_ref())),
            News::Delivered { .. } => None,
        })
    }
}
