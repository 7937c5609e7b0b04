//! What happened in an organization: every change writes an event, as Atlas'
//! activity feed shows them. Knows nothing of HTTP, or of why things happened.

use std::net::IpAddr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::store::Organization;

/// Events that are kept for an organization; older ones go.
const MOST: usize = 20_000;

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Event {
    /// Its id.
    pub id: String,
    /// When it happened.
    pub created: Timestamp,
    /// What happened: Atlas' name for it.
    pub kind: String,
    /// Who did it.
    pub actor: Actor,
    /// From which address.
    pub address: Option<IpAddr>,
    /// In which project; `None`: in the organization as a whole.
    pub project: Option<String>,
    /// What it happened to.
    pub subject: Subject,
    /// Which addresses were added to or removed from an access list.
    pub entry: Option<String>,
}

/// Who did something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Actor {
    /// A person in Atlas' web page.
    Person {
        /// The person's id.
        id: String,
        /// The person's address.
        username: String,
    },
    /// An API key.
    Key {
        /// Its id.
        id: String,
        /// Its public key.
        public_key: String,
    },
    /// A service account, by its client ID.
    Account(String),
}

/// What something happened to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Subject {
    /// The organization.
    Organization,
    /// A service account.
    Account {
        /// Its client ID.
        id: String,
        /// Its name at that time.
        name: String,
    },
    /// An API key, by its public key.
    Key(String),
}

impl Subject {
    /// In words, for Atlas' raw form of the event. Which field names a service
    /// account there is not known; a description can.
    pub(super) fn words(&self) -> String {
        match self {
            Self::Organization => "the organization".to_owned(),
            Self::Account { id, name } => format!("service account {name} ({id})"),
            Self::Key(public_key) => format!("API key {public_key}"),
        }
    }
}

impl Organization {
    /// Writes an event down. Events come in the order of their time.
    pub(super) fn note(&mut self, event: Event) {
        self.events.push(event);
        if self.events.len() > MOST {
            // Half at once, so that it does not happen at every event.
            self.events.drain(..MOST / 2);
        }
    }
}
