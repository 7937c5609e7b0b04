//! The keyring in which the Atlas CLI keeps secrets, for reading. Knows neither
//! profiles nor the command line.
//!
//! The CLI writes it through Go's `zalando/go-keyring`, whose conventions are
//! held here exactly: on Linux an item of the Secret Service's login collection
//! with the attributes `service` and `username`; on macOS a generic password,
//! its value wrapped in Base64.

#[cfg(any(target_os = "macos", test))]
mod keychain;
#[cfg(not(target_os = "macos"))]
mod secret_service;
pub(crate) mod wrapped;

use std::sync::OnceLock;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};

use thiserror::Error;

use crate::atlas::Secret;

/// How long all questions together may take: a keyring that waits for a person
/// must not hold up the start.
const PATIENCE: Duration = Duration::from_secs(5);

/// Something that keeps secrets by service and account.
pub trait Keyring {
    /// The secret, if there is one.
    fn get(&self, service: &str, account: &str) -> Result<Option<Secret>, KeyringError>;
}

/// Why a keyring could not be asked. Each is a whole sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum KeyringError {
    /// None can be reached.
    #[error("There is no keyring that this session can reach.")]
    Absent,
    /// It is locked.
    #[error("The keyring is locked: unlock it and start gatehouse again.")]
    Locked,
    /// It took too long.
    #[error("The keyring did not answer within {} seconds.", PATIENCE.as_secs())]
    NoAnswer,
    /// It answered something unexpected.
    #[error("The keyring failed while {0}.")]
    Failed(&'static str),
}

/// A keyring that does not exist.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoKeyring;

impl Keyring for NoKeyring {
    fn get(&self, _: &str, _: &str) -> Result<Option<Secret>, KeyringError> {
        Err(KeyringError::Absent)
    }
}

/// The keyring of the desktop session.
#[derive(Debug)]
pub struct SystemKeyring {
    #[cfg_attr(target_os = "macos", expect(dead_code, reason = "macOS has no bus"))]
    bus: Option<String>,
    /// When patience ends; set by the first question.
    deadline: OnceLock<Instant>,
}

impl SystemKeyring {
    /// The keyring behind the session bus of this address, if there is one;
    /// macOS needs none. Nothing is asked yet.
    #[must_use]
    pub fn new(bus: Option<String>) -> Self {
        Self { bus, deadline: OnceLock::new() }
    }

    #[cfg(not(target_os = "macos"))]
    fn question(&self, service: &str, account: &str) -> Option<impl FnOnce() -> Answer + use<>> {
        let bus = self.bus.clone()?;
        let (service, account) = (service.to_owned(), account.to_owned());
        Some(move || secret_service::get(&bus, &service, &account))
    }

    #[cfg(target_os = "macos")]
    #[expect(clippy::unnecessary_wraps, reason = "elsewhere there may be no keyring")]
    fn question(&self, service: &str, account: &str) -> Option<impl FnOnce() -> Answer + use<>> {
        let (service, account) = (service.to_owned(), account.to_owned());
        Some(move || keychain::get(keychain::TOOL.as_ref(), &service, &account))
    }
}

impl Keyring for SystemKeyring {
    fn get(&self, service: &str, account: &str) -> Answer {
        let question = self.question(service, account).ok_or(KeyringError::Absent)?;
        let deadline = *self.deadline.get_or_init(|| Instant::now() + PATIENCE);
        within(deadline.saturating_duration_since(Instant::now()), question)
    }
}

type Answer = Result<Option<Secret>, KeyringError>;

/// Asks on a thread of its own, so that the caller needs no runtime and is never
/// held longer than it wants to wait.
fn within(patience: Duration, question: impl FnOnce() -> Answer + Send + 'static) -> Answer {
    let (sender, receiver) = mpsc::channel();
    let asking = std::thread::Builder::new().name("keyring".to_owned()).spawn(move || {
        // Nobody may be waiting any more: then the answer is dropped, and wiped.
        let _ = sender.send(question());
    });
    if asking.is_err() {
        return Err(KeyringError::Failed("starting to ask"));
    }
    match receiver.recv_timeout(patience) {
        Ok(answer) => answer,
        Err(RecvTimeoutError::Timeout) => Err(KeyringError::NoAnswer),
        Err(RecvTimeoutError::Disconnected) => Err(KeyringError::Failed("being asked")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_silent_keyring_is_not_waited_for() {
        let begin = Instant::now();
        let answer = within(Duration::from_millis(20), || {
            loop {
                std::thread::park();
            }
        });
        assert_eq!(answer.unwrap_err(), KeyringError::NoAnswer);
        assert!(begin.elapsed() < Duration::from_secs(10));
    }

    #[cfg(not(target_os = "macos"))]
    #[test]
    fn without_a_bus_nothing_is_asked() {
        for bus in [None, Some("unix:path=/nonexistent/bus"), Some("nonsense"), Some("")] {
            let keyring = SystemKeyring::new(bus.map(str::to_owned));
            assert_eq!(keyring.get("atlascli_x", "client_id").unwrap_err(), KeyringError::Absent);
        }
    }
}
