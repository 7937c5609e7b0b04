//! The keychain of macOS, asked through Apple's `security` tool as go-keyring
//! asks it. An item that this tool wrote opens for this tool without a dialog;
//! a program of its own would raise one for every item, which nobody sees over
//! ssh.

use std::ffi::OsStr;
use std::process::{Command, Output, Stdio};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use super::{Answer, KeyringError};
use crate::atlas::Secret;

/// Apple's tool, by its whole path: no other program of this name is asked.
#[cfg(target_os = "macos")]
pub(super) const TOOL: &str = "/usr/bin/security";

/// How go-keyring marks what it wrapped, today and formerly.
const BASE64: &str = "go-keyring-base64:";
const HEX: &str = "go-keyring-encoded:";

/// The tool's exit codes: the last byte of the system's error numbers.
const EXIT_CODES: [(i32, Answer); 4] = [
    // errSecItemNotFound
    (44, Ok(None)),
    // errSecInteractionNotAllowed: locked, and no desktop to ask on.
    (36, Err(KeyringError::Locked)),
    // errSecAuthFailed
    (51, Err(KeyringError::Locked)),
    // userCanceledErr
    (128, Err(KeyringError::Locked)),
];

/// Asks for the password of an account. Blocks, without a limit of its own.
pub(super) fn get(tool: &OsStr, service: &str, account: &str) -> Answer {
    let output = Command::new(tool)
        .args(["find-generic-password", "-s", service, "-wa", account])
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .map_err(|_| KeyringError::Absent)?;
    let Output { status, stdout, .. } = output;
    let stdout = Zeroizing::new(stdout);
    if status.success() {
        return unwrap(&stdout).map(Some).ok_or(KeyringError::Failed("reading an entry"));
    }
    let known = EXIT_CODES.into_iter().find(|(code, _)| status.code() == Some(*code));
    known.map_or(Err(KeyringError::Failed("searching for an entry")), |(_, answer)| answer)
}

/// The secret in what go-keyring stored.
fn unwrap(stored: &[u8]) -> Option<Secret> {
    let stored = std::str::from_utf8(stored).ok()?.trim();
    let bytes = if let Some(wrapped) = stored.strip_prefix(BASE64) {
        STANDARD.decode(wrapped).ok()?
    } else if let Some(wrapped) = stored.strip_prefix(HEX) {
        unhex(wrapped)?
    } else {
        stored.as_bytes().to_vec()
    };
    let bytes = Zeroizing::new(bytes);
    std::str::from_utf8(&bytes).ok().map(Secret::from)
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> =
        text.chars().map(|digit| digit.to_digit(16).and_then(|d| u8::try_from(d).ok())).collect();
    let digits = Zeroizing::new(digits?);
    let (pairs, rest) = digits.as_chunks::<2>();
    rest.is_empty().then(|| pairs.iter().map(|[high, low]| high << 4 | low).collect())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use secrecy::ExposeSecret;

    use super::*;

    #[test]
    fn what_go_keyring_wrapped_is_unwrapped() {
        let cases: [(&[u8], Option<&str>); 9] = [
            (b"go-keyring-base64:bWRiX3NhX3Nr\n", Some("mdb_sa_sk")),
            (b"go-keyring-base64:w7w=\n", Some("ü")),
            (b"go-keyring-encoded:6d6462\n", Some("mdb")),
            (b"mdb_sa_sk\n", Some("mdb_sa_sk")),
            (b"go-keyring-base64:%%%", None),
            (b"go-keyring-encoded:6d6", None),
            (b"go-keyring-encoded:zz", None),
            (b"go-keyring-base64:/w==", None),
            (b"\xff", None),
        ];
        for (stored, expected) in cases {
            let found = unwrap(stored);
            assert_eq!(found.as_ref().map(ExposeSecret::expose_secret), expected, "{stored:?}");
        }
    }

    #[test]
    fn the_tool_is_asked_as_go_keyring_asks_it() {
        let folder = tempfile::tempdir().unwrap();
        let tool = folder.path().join("security");
        let script = "#!/bin/sh\ncase \"$*\" in\n\
            'find-generic-password -s atlascli_a -wa client_secret') echo go-keyring-base64:eA==;;\n\
            *gone) exit 44;;\n*locked) exit 36;;\n*) exit 1;;\nesac\n";
        fs::write(&tool, script).unwrap();
        fs::set_permissions(&tool, fs::Permissions::from_mode(0o700)).unwrap();
        let ask = |account| get(tool.as_os_str(), "atlascli_a", account);
        assert_eq!(ask("client_secret").unwrap().unwrap().expose_secret(), "x");
        assert!(ask("gone").unwrap().is_none());
        assert_eq!(ask("locked").unwrap_err(), KeyringError::Locked);
        assert_eq!(ask("other").unwrap_err(), KeyringError::Failed("searching for an entry"));
        let nowhere = get("/nonexistent".as_ref(), "a", "b");
        assert_eq!(nowhere.unwrap_err(), KeyringError::Absent);
    }
}
