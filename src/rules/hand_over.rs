//! Where a new secret may go, and in which shape. Knows no file, no command and no
//! clipboard: only what is to be written.

use crate::atlas::OrgId;

/// In which shape a credential is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Shape {
    /// The secret alone, in a line.
    Plain,
    /// A JSON object.
    Json,
    /// Lines for a shell or an `.env` file, under the Atlas CLI's names.
    Env,
    /// A profile for the Atlas CLI's `config.toml`.
    Profile,
}

/// A place that a secret is sent to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sink {
    /// It is only shown, masked until it is asked for.
    Screen,
    /// The clipboard.
    Clipboard,
    /// A new file, which must not exist; `~/` is the home directory.
    File {
        /// Its path, as typed.
        path: String,
        /// The shape.
        shape: Shape,
    },
    /// The standard input of a command.
    Command {
        /// What is run, its placeholders filled in.
        argv: Vec<String>,
        /// The shape.
        shape: Shape,
        /// It is given up after so many seconds.
        seconds: u64,
        /// Variables of our environment that it needs besides the usual ones.
        environment: Vec<String>,
        /// What the configuration calls it.
        name: String,
    },
}

/// What a written credential says besides its two halves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct About {
    /// The name of the service account, or the description of the API key.
    pub name: String,
    /// Its organization.
    pub org: OrgId,
    /// The Atlas that it is for, with a slash at its end; absent: cloud.mongodb.com.
    pub base_url: Option<String>,
}
