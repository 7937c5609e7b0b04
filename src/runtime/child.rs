//! What every process that we start gets of ours, and how it is found: no shell, a short
//! list of variables, never a credential.

use std::ffi::{OsStr, OsString};
use std::io;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;

use rustix::fs::Access;

use super::files;

/// The variables that a child gets if we have them, besides those that begin
/// with `LC_`.
const USUAL: [&str; 20] = [
    "PATH",
    "HOME",
    "USER",
    "LOGNAME",
    "LANG",
    "TERM",
    "TZ",
    "TMPDIR",
    "XDG_RUNTIME_DIR",
    "XDG_CONFIG_HOME",
    "XDG_DATA_HOME",
    "XDG_STATE_HOME",
    "XDG_CACHE_HOME",
    "DBUS_SESSION_BUS_ADDRESS",
    "DISPLAY",
    "WAYLAND_DISPLAY",
    "SSH_AUTH_SOCK",
    "GNUPGHOME",
    "PASSWORD_STORE_DIR",
    "KUBECONFIG",
];
/// How the names of our own credentials begin: no command gets them, even if it
/// asks.
const OURS: [&str; 2] = ["MONGODB_ATLAS_", "MCLI_"];

/// What a child gets of our environment: the usual, and what it wants.
pub(super) fn environment(
    ours: impl Iterator<Item = (OsString, OsString)>,
    wanted: &[impl AsRef<str>],
) -> Vec<(OsString, OsString)> {
    let gets = |name: &str| {
        let usual = USUAL.contains(&name) || name.starts_with("LC_");
        let wanted = usual || wanted.iter().any(|wanted| wanted.as_ref() == name);
        wanted && !OURS.iter().any(|prefix| name.starts_with(prefix))
    };
    ours.filter(|(name, _)| name.to_str().is_some_and(gets)).collect()
}

/// The file that a program's name stands for.
pub(super) fn look_up(program: &str, path: &OsStr) -> Result<PathBuf, String> {
    if program.contains('/') {
        let file = files::resolve(program);
        return must_run(&file).map(|()| file);
    }
    // A relative folder would find other programs wherever we are started.
    let folders = std::env::split_paths(path).filter(|folder| folder.is_absolute());
    let mut files = folders.map(|folder| folder.join(program));
    files.find(|file| must_run(file).is_ok()).ok_or_else(|| {
        format!("{program} is in no folder of PATH; install it, or give its whole path")
    })
}

fn must_run(file: &Path) -> Result<(), String> {
    let shown = file.display();
    match std::fs::metadata(file) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Err(format!("{shown} does not exist; give the path of a program"))
        }
        Err(error) => Err(format!("{shown} cannot be looked at: {error}")),
        Ok(about) if !about.is_file() => {
            Err(format!("{shown} is not a file; give the path of a program"))
        }
        Ok(_) if rustix::fs::access(file, Access::EXEC_OK).is_err() => {
            Err(format!("you may not execute {shown}; chmod u+x it if it is yours"))
        }
        Ok(_) => Ok(()),
    }
}

/// How it ended, where that was not well.
pub(super) fn how(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("failed with exit code {code}"),
        (None, Some(signal)) => format!("was ended by signal {signal}"),
        (None, None) => "did not end well".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn only_whole_folders_of_the_path_are_searched() {
        let folder = tempfile::tempdir().expect("a folder");
        let program = folder.path().join("tool");
        fs::write(&program, "#!/bin/sh\n").expect("written");
        fs::set_permissions(&program, fs::Permissions::from_mode(0o700)).expect("a mode");
        let with = format!(":.:src:/nonexistent:{}", folder.path().display());
        assert_eq!(look_up("tool", OsStr::new(&with)), Ok(program));
        let told = look_up("main.rs", OsStr::new(&with)).expect_err("no program");
        assert!(told.contains("in no folder"), "{told}");
        assert!(look_up("tool", OsStr::new("")).is_err());
    }
}
