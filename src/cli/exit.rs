//! With which number the program ends. The help tells the same table to people.

use std::fmt::Write as _;
use std::process::ExitCode;

use thiserror::Error;

use crate::atlas::ApiError;
use crate::config::ConfigError;

/// How it ended, in the order of the numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    Well,
    Failed,
    Misused,
    Refused,
    Trouble,
}

const ENDS: [(End, &str); 5] = [
    (End::Well, "all went well"),
    (End::Failed, "it failed"),
    (End::Misused, "what was typed or configured has to be mended first"),
    (End::Refused, "Atlas refused the credential, or what it may do"),
    (End::Trouble, "Atlas could not be reached, or was in trouble"),
];

/// What was typed or configured cannot be worked with, in a sentence that says what to do.
#[derive(Debug, Error)]
#[error("{0}")]
pub(super) struct Misused(pub(super) String);

impl End {
    /// What an error means.
    pub(super) fn of(error: &anyhow::Error) -> Self {
        if error.is::<Misused>() || error.is::<ConfigError>() {
            return Self::Misused;
        }
        match error.downcast_ref::<ApiError>() {
            Some(error) if error.fault.is_about_access() => Self::Refused,
            Some(_) => Self::Trouble,
            None => Self::Failed,
        }
    }

    /// The number that says so.
    pub(super) fn code(self) -> ExitCode {
        ExitCode::from(self as u8)
    }
}

/// The table, as the help tells it.
pub(super) fn told() -> String {
    let mut told = String::from("Exit codes:\n");
    for (end, meaning) in ENDS {
        let _ = writeln!(told, "  {}        {meaning}", end as u8);
    }
    told + "  128 + N  signal N ended it"
}

/// As shells say it of a program that a signal has ended.
pub(super) fn by_signal(signal: i32) -> ExitCode {
    u8::try_from(128 + signal).map_or_else(|_| End::Failed.code(), ExitCode::from)
}
