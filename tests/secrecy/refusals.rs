//! What the program says where it cannot start.

use std::fs;
use std::process::Command;

use crate::support::needle::{Needle, lines};
use crate::support::pty::{GATEHOUSE, Home};

const SECRET: &str = "mdb_sa_sk_Zk9_vQ2-xL7pWm4RtY8bNc3Hd6Gf1Js0Ae5Ui";

#[test]
fn a_secret_that_stands_in_the_wrong_place_is_not_repeated() {
    for (settings, arguments, said) in [
        (format!("rescue = '{SECRET}'"), vec![], "is not known; there is memory"),
        (format!("[hand_over.x]\nshape = '{SECRET}'"), vec![], "is not known; there is plain"),
        (format!("'{SECRET}' = 1"), vec![], "is not known; there is organization"),
        (format!("[keys]\n'{SECRET}' = ['n']"), vec![], "is not known as an action"),
        (format!("[keys]\nrefresh = ['{SECRET}']"), vec![], "is no key"),
        (String::new(), vec!["emulator", "--limit", SECRET], "--limit"),
        (String::new(), vec!["emulator", "--state", SECRET, "--faults", SECRET], "No such file"),
    ] {
        let home = Home::empty();
        let folder = home.path().join(".config/gatehouse");
        fs::create_dir_all(&folder).expect("a folder");
        fs::write(folder.join("config.toml"), settings).expect("written");
        let mut command = Command::new(GATEHOUSE);
        command.args(&arguments).env_clear().env("HOME", home.path());
        let output = command.output().expect("it runs");
        assert!(!output.status.success(), "{arguments:?}");
        let hits = Needle::new(SECRET).search(&[output.stdout, output.stderr.clone()].concat());
        assert!(hits.is_empty(), "{}", lines(&hits));
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(error.contains(said), "{error}");
        assert!(error.contains("mdb_sa_sk_***"), "it is told what stood there: {error}");
    }
}
