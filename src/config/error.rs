//! What can be wrong with a configuration, in whole sentences. No value of a
//! property is ever part of one: it may be a secret in the wrong place.

use thiserror::Error;

use super::keyring::KeyringError;
use crate::atlas::Clean;
use crate::atlas::origin::OriginError;

/// Why no credential could be made of what is there.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ConfigError {
    /// An environment variable is not UTF-8.
    #[error("The environment variable {name} is not readable text. Set it again.")]
    VariableNotText {
        /// Its name.
        name: String,
    },
    /// The Atlas CLI does not allow such a profile.
    #[error("{source_words} names the profile \"{name}\", but a profile's name has no dot.")]
    ProfileWithDot {
        /// The name.
        name: Clean,
        /// Who gave it.
        source_words: String,
    },
    /// Nobody wrote this profile.
    #[error("{source_words} names the profile \"{name}\", which {file} does not have. {}", known_words(.known))]
    UnknownProfile {
        /// The name.
        name: Clean,
        /// Who gave it.
        source_words: String,
        /// The profiles that are there.
        known: Vec<Clean>,
        /// The file.
        file: String,
    },
    /// The file cannot be read.
    #[error("{file} cannot be read: {why}.")]
    Unreadable {
        /// The file.
        file: String,
        /// The system's reason.
        why: String,
    },
    /// The file is not UTF-8.
    #[error("{file} is not readable text: look at line {line}, column {column}.")]
    NotText {
        /// The file.
        file: String,
        /// From 1.
        line: usize,
        /// From 1.
        column: usize,
    },
    /// The file is not TOML.
    #[error("{file} is not valid TOML: look at line {line}, column {column}.")]
    NotToml {
        /// The file.
        file: String,
        /// From 1.
        line: usize,
        /// From 1.
        column: usize,
    },
    /// A property has a value of the wrong type.
    #[error("{key} is not {expected} ({place}).")]
    WrongType {
        /// The property.
        key: String,
        /// Where it is.
        place: String,
        /// What it should be.
        expected: &'static str,
    },
    /// Only one half of a credential is there.
    #[error("The {have} is set ({have_source}), but the {lack} that belongs to it is not. Set {mend}, or unset the {have}.{}", keyring_words(.keyring.as_ref()))]
    HalfCredential {
        /// The half that is there.
        have: &'static str,
        /// Where it is.
        have_source: String,
        /// The half that is not.
        lack: &'static str,
        /// What to set.
        mend: String,
        /// Why the keyring could not help, if it was asked in vain.
        keyring: Option<KeyringError>,
    },
    /// A profile says that it has a credential, and there is none.
    #[error("The auth_type ({place}) says {kind}, but its {halves} are {} Or set {variables}.", missing_words(service, .keyring.as_ref()))]
    MissingCredential {
        /// Where it says so.
        place: String,
        /// The kind of credential.
        kind: &'static str,
        /// Its two halves.
        halves: &'static str,
        /// The service under which the keyring would have it.
        service: Clean,
        /// What to set instead.
        variables: String,
        /// Why the keyring could not help, if it was asked in vain.
        keyring: Option<KeyringError>,
    },
    /// The tokens of a person: of no use to us.
    #[error(
        "The Atlas CLI is signed in as a person ({place}), whose tokens gatehouse does not use. Use a service account or an API key: set {variables}, or name another profile with --profile."
    )]
    UserAccount {
        /// Where the tokens or the word for them are.
        place: String,
        /// What to set instead.
        variables: String,
    },
    /// A kind of signing in that we do not know.
    #[error(
        "The auth_type ({place}) is none that gatehouse knows: service_account or api_keys. Set {variables}, or name another profile with --profile."
    )]
    UnknownAuthType {
        /// Where it is said.
        place: String,
        /// What to set instead.
        variables: String,
    },
    /// An Atlas that we do not know.
    #[error("The service ({source_words}) is neither cloud nor cloudgov.")]
    UnknownService {
        /// Where it is said.
        source_words: String,
    },
    /// What should be an organization's id is none.
    #[error(
        "The organization ({source_words}) is no organization's id: 24 digits from 0 to 9 and a to f, not a name. Atlas shows it in the organization's settings."
    )]
    BadOrganization {
        /// Where it is said.
        source_words: String,
    },
    /// A base URL that cannot be called.
    #[error("The base URL ({source_words}) cannot be used: {why}.")]
    BadBaseUrl {
        /// Where it is said.
        source_words: String,
        /// What is wrong with it.
        why: OriginError,
    },
}

fn known_words(known: &[Clean]) -> String {
    if known.is_empty() {
        return "There are no profiles in it.".to_owned();
    }
    let names: Vec<&str> = known.iter().map(Clean::as_str).collect();
    format!("It has: {}.", names.join(", "))
}

fn keyring_words(trouble: Option<&KeyringError>) -> String {
    trouble.map_or_else(String::new, |trouble| format!(" {trouble}"))
}

fn missing_words(service: &Clean, trouble: Option<&KeyringError>) -> String {
    match trouble {
        Some(trouble) => {
            format!("not there, and the keyring ({service}) could not be read. {trouble}")
        }
        None => format!(
            "neither there nor in the keyring ({service}). Sign in again with the Atlas CLI."
        ),
    }
}
