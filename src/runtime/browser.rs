//! Hands a page to the desktop's browser. Knows nothing of what is on it.

use std::ffi::{OsStr, OsString};
use std::process::Stdio;
use std::time::Duration;

use tokio::process::Command;
use tokio::time::timeout;

use super::child::{environment, how, look_up};

/// A browser that is started by it may go on for ever: what has not failed by then is
/// taken as good.
const PATIENCE: Duration = Duration::from_secs(2);
/// The variables that find the desktop and its browser.
const DESKTOP: [&str; 12] = [
    "BROWSER",
    "XAUTHORITY",
    "XDG_CURRENT_DESKTOP",
    "XDG_SESSION_TYPE",
    "XDG_SESSION_DESKTOP",
    "XDG_DATA_DIRS",
    "XDG_CONFIG_DIRS",
    "DESKTOP_SESSION",
    "KDE_FULL_SESSION",
    "KDE_SESSION_VERSION",
    "GNOME_DESKTOP_SESSION_ID",
    "WSL_DISTRO_NAME",
];

/// Opens a page with this command, or with the desktop's own where it is empty: the name
/// of what was started.
///
/// # Errors
/// Why it cannot, in words.
pub async fn open(url: &str, with: &[String]) -> Result<String, String> {
    open_in(url, with, std::env::vars_os().collect(), PATIENCE).await
}

async fn open_in(
    url: &str,
    with: &[String],
    ours: Vec<(OsString, OsString)>,
    patience: Duration,
) -> Result<String, String> {
    let set = |name: &str| ours.iter().find(|(known, _)| known == name).map(|(_, value)| value);
    let command = if with.is_empty() { vec![opener(set)?.to_owned()] } else { with.to_vec() };
    let path = set("PATH").map_or(OsStr::new(""), OsString::as_os_str);
    let file = look_up(&command[0], path)?;
    let mut child = Command::new(file)
        .arg0(&command[0])
        .args(&command[1..])
        .arg(url)
        .env_clear()
        .envs(environment(ours.iter().cloned(), &DESKTOP))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .process_group(0)
        .spawn()
        .map_err(|error| format!("{} could not be started: {error}", command[0]))?;
    match timeout(patience, child.wait()).await {
        Ok(Ok(status)) if !status.success() => Err(format!("{} {}", command[0], how(status))),
        _ => Ok(command[0].clone()),
    }
}

/// The desktop's own way, where there is a desktop.
fn opener<'a>(set: impl Fn(&str) -> Option<&'a OsString>) -> Result<&'static str, String> {
    let is_set = |name: &&str| set(name).is_some_and(|value| !value.is_empty());
    if ["SSH_CONNECTION", "SSH_TTY"].iter().any(is_set) {
        return Err("you are here over ssh, where no browser is".to_owned());
    }
    if cfg!(target_os = "macos") {
        return Ok("open");
    }
    if ["DISPLAY", "WAYLAND_DISPLAY", "WSL_DISTRO_NAME"].iter().any(is_set) {
        Ok("xdg-open")
    } else {
        Err("there is no desktop here".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    const URL: &str = "https://cloud.mongodb.com/v2#/org/5f/access/apiKeys";

    /// A folder with a program in it that runs this script.
    fn program(name: &str, script: &str) -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join(name);
        fs::write(&path, format!("#!/bin/sh\n{script}\n")).expect("written");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o700)).expect("a mode");
        folder
    }

    fn variables(folder: &tempfile::TempDir, more: &[(&str, &str)]) -> Vec<(OsString, OsString)> {
        let path = format!("{}:/usr/bin:/bin", folder.path().display());
        let out = folder.path().join("out").display().to_string();
        let own = [("PATH", path.as_str()), ("HOME", out.as_str())];
        own.iter().chain(more).map(|(name, value)| ((*name).into(), (*value).into())).collect()
    }

    #[tokio::test]
    #[cfg(target_os = "linux")]
    async fn it_is_given_the_page_and_no_more_of_ours_than_it_needs() {
        let folder =
            program("xdg-open", "printf '%s\\n' \"$0\" \"$@\" > \"$HOME\"; env >> \"$HOME\"");
        let secret = "mdb_sa_sk_Zr3aYt0qLk8vXw5n";
        let ours = variables(
            &folder,
            &[
                ("DISPLAY", ":0"),
                ("BROWSER", "firefox"),
                ("MONGODB_ATLAS_CLIENT_SECRET", secret),
                ("HTTPS_PROXY", "https://user:word@proxy.example"),
                ("EDITOR", "vi"),
            ],
        );
        assert_eq!(open_in(URL, &[], ours, PATIENCE).await.as_deref(), Ok("xdg-open"));
        let told = fs::read_to_string(folder.path().join("out")).expect("it ran");
        let lines: Vec<_> = told.lines().collect();
        assert_eq!(lines[1], URL);
        assert!(lines.contains(&"DISPLAY=:0") && lines.contains(&"BROWSER=firefox"), "{told}");
        for none in [secret, "PROXY", "EDITOR", "ATLAS"] {
            assert!(!told.contains(none), "{none}: {told}");
        }
    }

    #[tokio::test]
    async fn a_command_of_ones_own_is_taken_wherever_one_is() {
        let folder = program("tab", "printf '%s ' \"$@\" > \"$HOME\"");
        let ours = variables(&folder, &[("SSH_CONNECTION", "192.0.2.1 1 192.0.2.2 22")]);
        let with = ["tab".to_owned(), "--new".to_owned()];
        assert_eq!(open_in(URL, &with, ours, PATIENCE).await.as_deref(), Ok("tab"));
        let told = fs::read_to_string(folder.path().join("out")).expect("it ran");
        assert_eq!(told.trim(), format!("--new {URL}"));
    }

    #[tokio::test]
    #[cfg(target_os = "linux")]
    async fn without_a_browser_it_says_why() {
        let folder = program("xdg-open", "exit 3");
        let empty = tempfile::tempdir().expect("a folder");
        let only = |folder: &tempfile::TempDir| {
            let path = folder.path().display().to_string();
            vec![("PATH".into(), path.into()), ("DISPLAY".into(), ":0".into())]
        };
        for (ours, why) in [
            (variables(&folder, &[]), "there is no desktop here"),
            (variables(&folder, &[("DISPLAY", ""), ("SSH_TTY", "")]), "there is no desktop here"),
            (
                variables(&folder, &[("DISPLAY", ":0"), ("SSH_TTY", "/dev/pts/1")]),
                "you are here over ssh, where no browser is",
            ),
            (variables(&folder, &[("DISPLAY", ":0")]), "xdg-open failed with exit code 3"),
            (only(&empty), "xdg-open is in no folder of PATH; install it, or give its whole path"),
        ] {
            assert_eq!(open_in(URL, &[], ours, PATIENCE).await, Err(why.to_owned()));
        }
    }

    #[tokio::test]
    async fn what_goes_on_is_not_waited_for_and_not_ended() {
        let folder = program("slow", "sleep 1; echo late > \"$HOME\"");
        let (ours, out) = (variables(&folder, &[]), folder.path().join("out"));
        let begun = std::time::Instant::now();
        let slow = ["slow".to_owned()];
        let opened = open_in(URL, &slow, ours, Duration::from_millis(50)).await;
        assert_eq!(opened.as_deref(), Ok("slow"));
        assert!(!out.exists(), "it was waited for");
        while !out.exists() {
            assert!(begun.elapsed() < Duration::from_secs(20), "it was ended");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}
