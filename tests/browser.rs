//! A browser that is started from the terminal: what it is given, and that nothing of it
//! comes to the screen.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use gatehouse::emulator::{self, Options};

use crate::support::certificate::certificate;
use crate::support::pty::{GATEHOUSE, Home, Session, secret_of};

/// A program of this name that tells what it was given, and makes a noise.
fn program(folder: &Path, name: &str) {
    let script = "#!/bin/sh\n{ printf '%s\\n' \"$@\"; env; ls -l /proc/$$/fd; cut -d' ' -f1,5 /proc/$$/stat; } > \"$HOME/told.new\"\nmv \"$HOME/told.new\" \"$HOME/told\"\necho noise; echo noise >&2\n";
    let path = folder.join(name);
    fs::write(&path, script).expect("written");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o700)).expect("a mode");
}

#[test]
#[cfg(target_os = "linux")]
fn a_browser_is_given_a_page_and_nothing_of_ours() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let folder = tempfile::tempdir().expect("a folder");
    let tls = certificate(folder.path(), &["localhost", "127.0.0.1"]);
    let authority = tls.0.clone();
    let options = Options { tls: Some(tls), ..Options::default() };
    let emulator = runtime.block_on(emulator::start(options)).expect("it starts");
    let credential = emulator.service_account().expect("a credential");
    let home = Home::with(&credential, &emulator);
    program(home.path(), "xdg-open");
    let config = home.path().join(".config/gatehouse");
    fs::create_dir_all(&config).expect("a folder");
    let text = format!("authorities = ['{}']\n", authority.display());
    fs::write(config.join("config.toml"), text).expect("written");
    let path = format!("{}:/usr/bin:/bin", home.path().display());
    let environment = [
        ("PATH", path.as_str()),
        ("DISPLAY", ":0"),
        ("EDITOR", "vi"),
        ("MONGODB_ATLAS_PROFILE", "default"),
    ];
    let mut session = Session::run(home.clone(), &[GATEHOUSE], &environment);
    session.until_text("1 of 16");
    session.press("b");
    session.until_text("handed to xdg-open");
    let told = fs::read_to_string(home.path().join("told")).expect("it was told");
    let page = told.lines().next().expect("a page");
    let org = emulator.organization();
    let start = format!("{}/v2#/org/{org}/access/serviceAccounts/mdb_sa_id_", emulator.base_url());
    assert!(page.starts_with(&start), "{told}");
    assert!(told.contains("DISPLAY=:0"), "{told}");
    for none in ["EDITOR", "MONGODB_ATLAS", secret_of(&credential)] {
        assert!(!told.contains(none), "{none}: {told}");
    }
    let files: Vec<_> = told.lines().filter(|line| line.contains(" -> ")).collect();
    for (number, target) in [(0, "/dev/null"), (2, "/dev/null")] {
        let line = format!(" {number} -> {target}");
        assert!(files.iter().any(|file| file.ends_with(&line)), "{line}: {told}");
    }
    // The shell's own: its script, and its output while that is put elsewhere.
    let known = ["/dev/null", "/told.new", "/xdg-open"];
    let is_known = |file: &&str| known.iter().any(|end| file.ends_with(end));
    assert!(files.iter().all(is_known), "{told}");
    let (id, group) = told.lines().last().and_then(|line| line.split_once(' ')).expect("a process");
    assert_eq!(id, group, "a group of its own");
    session.press("j");
    session.until_text("2 of 16");
    session.press("q");
    assert!(session.end().success());
    session.is_given_back();
    let written = String::from_utf8_lossy(&session.transcript);
    assert!(!written.contains("noise"), "what it says is not ours to show");
}
