//! The keychain of macOS, asked through Apple's `security` tool as go-keyring
//! asks it. An item that this tool wrote opens for this tool without a dialog;
//! a program of its own would raise one for every item, which nobody sees over
//! ssh.

use std::ffi::OsStr;
use std::process::{Command, Output, Stdio};

use zeroize::Zeroizing;

use super::wrapped::unwrap;
use super::{Answer, KeyringError};

/// Apple's tool, by its whole path: no other program of this name is asked.
#[cfg(target_os = "macos")]
pub(super) const TOOL: &str = "/usr/bin/security";

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

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use secrecy::ExposeSecret;

    use super::*;

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
