//! An emulator in a process of its own, and what it can tell of the calls that came.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rustix::process::{Pid, setpriority_process};
use serde_json::Value;

use crate::GATEHOUSE;

/// Service accounts and API keys of a large organization.
pub const LARGE: (usize, usize) = (200, 500);
/// A round trip of the network in milliseconds, where one is wanted.
pub const ROUND_TRIP: u32 = 50;

/// The priority of who comes after everybody else.
const LAST: i32 = 19;

pub struct Emulator {
    child: Child,
    /// What a shell would export for it: where it is, and the service account.
    pub environment: Vec<(String, String)>,
}

impl Emulator {
    /// An emulator with so many service accounts and API keys; `more`: further flags.
    pub fn start(accounts: usize, keys: usize, more: &[&str]) -> Self {
        let mut child = Command::new(GATEHOUSE)
            .args(["emulator", "--admin", "--keys", &keys.to_string()])
            .args(["--accounts", &accounts.to_string()])
            .args(more)
            .stdout(Stdio::piped())
            .spawn()
            .expect("the emulator starts");
        stand_back(&child);
        let lines = BufReader::new(child.stdout.take().expect("its output")).lines();
        let exports = lines.map_while(Result::ok).filter_map(|line| {
            let (name, value) = line.strip_prefix("export ")?.split_once('=')?;
            Some((name.to_owned(), value.to_owned()))
        });
        let environment = exports.take(6).filter(|(name, _)| !name.ends_with("API_KEY"));
        Self { environment: environment.collect(), child }
    }

    /// The statuses of the calls that came so far, without those to sign in.
    pub fn calls(&self) -> Vec<u64> {
        let all: Value = serde_json::from_str(&self.get("/emulator/requests")).expect("JSON");
        let calls = all.as_array().expect("a list").iter();
        calls
            .filter(|call| {
                !call["path_and_query"].as_str().is_some_and(|path| path.contains("oauth"))
            })
            .filter_map(|call| call["status"].as_u64())
            .collect()
    }

    fn get(&self, path: &str) -> String {
        let (_, base) = self
            .environment
            .iter()
            .find(|(name, _)| name.ends_with("OPS_MANAGER_URL"))
            .expect("its address");
        let host = base.trim_start_matches("http://").trim_end_matches('/');
        let mut line = TcpStream::connect(host).expect("it listens");
        line.set_read_timeout(Some(Duration::from_secs(10))).expect("a bound");
        let request = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        line.write_all(request.as_bytes()).expect("written");
        let mut answer = String::new();
        line.read_to_string(&mut answer).expect("an answer");
        answer.split_once("\r\n\r\n").expect("a body").1.to_owned()
    }
}

/// Atlas is elsewhere: answering takes no processor from gatehouse where both want one.
fn stand_back(emulator: &Child) {
    let pid = Pid::from_child(emulator);
    setpriority_process(Some(pid), LAST).expect("one may always stand back");
}

impl Drop for Emulator {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
