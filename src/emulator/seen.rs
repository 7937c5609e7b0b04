//! What tests may look at afterwards: the calls that came. Knows nothing of what
//! they meant.

use std::collections::VecDeque;

use serde::Serialize;

/// Calls that are remembered.
const MOST: usize = 10_000;

/// How a call was signed, whether or not that was accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Signed {
    /// Not at all.
    Not,
    /// With a client's ID and secret.
    Basic,
    /// With a token.
    Bearer,
    /// With a digest.
    Digest {
        /// How often the client says that it used the nonce, where that could be read.
        count: Option<u32>,
    },
}

/// A call that came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Seen {
    /// Its method.
    pub method: String,
    /// Its path and query, as they came.
    pub path_and_query: String,
    /// The status of the answer; `None` where the connection was cut instead.
    pub status: Option<u16>,
    /// How it was signed.
    pub signed: Signed,
}

/// The latest calls.
#[derive(Debug, Default)]
pub(super) struct Log(VecDeque<Seen>);

impl Log {
    pub(super) fn note(&mut self, seen: Seen) {
        if self.0.len() == MOST {
            self.0.pop_front();
        }
        self.0.push_back(seen);
    }

    pub(super) fn all(&self) -> Vec<Seen> {
        self.0.iter().cloned().collect()
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }
}
