//! What somebody may hear of each call: which it was, and how it ended. Never a header,
//! never a body, neither of what was sent nor of what was answered.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::Client;
use crate::atlas::{ApiError, Clean};

/// Hears of each call once it has ended. It must not keep the caller waiting.
pub type Observer = Arc<dyn Fn(&Seen) + Send + Sync>;

/// A call that has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// Its method.
    pub method: Clean,
    /// Its path, without the query.
    pub path: Clean,
    /// How often this was tried by now.
    pub attempt: u32,
    /// The status of its answer; absent: there was none.
    pub status: Option<u16>,
    /// Bytes of the answer's body, decompressed.
    pub bytes: usize,
    /// Atlas' error code.
    pub code: Option<Clean>,
    /// What went wrong, in a sentence.
    pub trouble: Option<Clean>,
    /// From sending it to the end of its answer.
    pub took: Duration,
}

/// A call under way.
pub(super) struct Watch<'a> {
    observer: Option<&'a Observer>,
    begun: Instant,
    seen: Seen,
}

impl Client {
    /// The same client, whose calls somebody hears of.
    #[must_use]
    pub fn observed_by(mut self, observer: Observer) -> Self {
        self.observer = Some(observer);
        self
    }

    /// Begins to watch a call.
    pub(super) fn watch(&self, method: &str, path: &str, attempt: u32) -> Watch<'_> {
        let path = path.split('?').next().unwrap_or_default();
        let seen = Seen {
            method: Clean::new(method),
            path: Clean::new(path),
            attempt,
            status: None,
            bytes: 0,
            code: None,
            trouble: None,
            took: Duration::ZERO,
        };
        Watch { observer: self.observer.as_ref(), begun: Instant::now(), seen }
    }
}

impl Watch<'_> {
    /// An answer came.
    pub(super) fn answered(&mut self, status: u16) {
        self.seen.status = Some(status);
    }

    /// Its body came too.
    pub(super) fn read(&mut self, body: &[u8]) {
        self.seen.bytes = body.len();
    }

    /// It has ended, well or with this error.
    pub(super) fn end(mut self, error: Option<&ApiError>) {
        let Some(observer) = self.observer else { return };
        self.seen.took = self.begun.elapsed();
        self.seen.code = error.and_then(|error| error.code.clone());
        self.seen.trouble = error.map(|error| Clean::from(error.sentence()));
        observer(&self.seen);
    }
}
