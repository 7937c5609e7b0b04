//! The desktop's own clipboard, for a secret: marked so that clipboard managers do
//! not keep it, and emptied again while it is still ours. Knows nothing of what the
//! text opens, nor of the terminal's clipboard.
//!
//! A display may stop to answer at any time. So one thread owns the connection to
//! it, and nobody waits long for that thread.

use std::collections::hash_map::RandomState;
use std::ffi::OsString;
use std::hash::BuildHasher;
use std::sync::mpsc::{self, Receiver, Sender, SyncSender};
use std::thread;
use std::time::Duration;

#[cfg(target_os = "macos")]
use arboard::SetExtApple as _;
#[cfg(not(target_os = "macos"))]
use arboard::SetExtLinux as _;
use secrecy::ExposeSecret;
use zeroize::Zeroizing;

use crate::atlas::Secret;

/// A display that answers at all answers within this.
const PATIENCE: Duration = Duration::from_secs(2);

/// The clipboard of the desktop that this program runs on. Dropped, it takes back
/// what it put there. Each of its deeds blocks, for two seconds at most.
pub struct Clipboard {
    /// To the thread that owns it; nothing since it once did not answer.
    owner: Option<Sender<Request>>,
}

/// What the thread is asked, and where it answers. An answer must meet somebody who
/// waits for it: what came too late is taken back.
enum Request {
    Put(Secret, SyncSender<Result<(), String>>),
    Clear(SyncSender<bool>),
}

impl Clipboard {
    /// Whether there is one, as far as the environment tells: whether it can be used
    /// shows when it is.
    #[must_use]
    pub fn is_expected() -> bool {
        is_near(|name| std::env::var_os(name))
    }

    /// Opens the clipboard, if it is that of the desktop before which the
    /// administrator sits: never over ssh, where it would be another machine's.
    #[must_use]
    pub fn native() -> Option<Self> {
        if !Self::is_expected() {
            return None;
        }
        let (owner, requests) = mpsc::channel();
        let (ready, opened) = mpsc::sync_channel(0);
        let serve = move || {
            let held = Held::open();
            if ready.send(held.is_some()).is_ok()
                && let Some(held) = held
            {
                held.serve(&requests);
            }
        };
        thread::Builder::new().name("clipboard".to_owned()).spawn(serve).ok()?;
        let opened = opened.recv_timeout(PATIENCE).unwrap_or_default();
        opened.then(|| Self { owner: Some(owner) })
    }

    /// Puts a secret there.
    ///
    /// # Errors
    /// Why it is not there, in a sentence.
    pub fn put(&mut self, secret: &Secret) -> Result<(), String> {
        self.ask(|answer| Request::Put(secret.clone(), answer))
            .unwrap_or_else(|| Err("the clipboard does not answer".to_owned()))
    }

    /// Empties it if it still holds what was put there last: whether it did.
    pub fn clear_if_ours(&mut self) -> bool {
        self.ask(Request::Clear).unwrap_or_default()
    }

    fn ask<T>(&mut self, request: impl FnOnce(SyncSender<T>) -> Request) -> Option<T> {
        let (answer, answered) = mpsc::sync_channel(0);
        self.owner.as_ref()?.send(request(answer)).ok()?;
        let answered = answered.recv_timeout(PATIENCE).ok();
        if answered.is_none() {
            self.owner = None;
        }
        answered
    }
}

impl Drop for Clipboard {
    fn drop(&mut self) {
        self.clear_if_ours();
    }
}

/// The clipboard on its thread.
struct Held {
    clipboard: arboard::Clipboard,
    /// Makes fingerprints that mean nothing to anybody else.
    keys: RandomState,
    /// The fingerprint of what we put there.
    ours: Option<u64>,
}

impl Held {
    fn open() -> Option<Self> {
        let clipboard = arboard::Clipboard::new().ok()?;
        Some(Self { clipboard, keys: RandomState::new(), ours: None })
    }

    /// Does what is asked until nobody can ask any more.
    fn serve(mut self, requests: &Receiver<Request>) {
        for request in requests {
            match request {
                Request::Put(secret, answer) => {
                    let put = self.put(&secret);
                    if answer.send(put).is_err() {
                        self.clear_if_ours();
                    }
                }
                Request::Clear(answer) => {
                    // Cleared is cleared, whether or not it is still waited for.
                    let _ = answer.send(self.clear_if_ours());
                }
            }
        }
        self.clear_if_ours();
    }

    fn put(&mut self, secret: &Secret) -> Result<(), String> {
        let text = secret.expose_secret();
        // Even if it then fails: it may fail half-way.
        self.ours = Some(self.keys.hash_one(text));
        let put = self.clipboard.set().exclude_from_history().text(text);
        put.map_err(|error| format!("the clipboard cannot be written: {error}"))?;
        // A display is not asked whether it has heard of it, unless we ask.
        if self.holds_ours() { Ok(()) } else { Err("the clipboard has not taken it".to_owned()) }
    }

    fn clear_if_ours(&mut self) -> bool {
        let cleared = self.holds_ours() && self.clipboard.clear().is_ok() && !self.holds_ours();
        if cleared {
            self.ours = None;
        }
        cleared
    }

    fn holds_ours(&mut self) -> bool {
        let Some(ours) = self.ours else { return false };
        let text = self.clipboard.get_text().map(Zeroizing::new);
        text.is_ok_and(|text| self.keys.hash_one(text.as_str()) == ours)
    }
}

/// Whether the clipboard is that of the desktop before which one sits.
fn is_near(variable: impl Fn(&str) -> Option<OsString>) -> bool {
    let remote = ["SSH_CONNECTION", "SSH_TTY"].iter().any(|name| variable(name).is_some());
    let display = cfg!(target_os = "macos") || variable("DISPLAY").is_some_and(|d| !d.is_empty());
    display && !remote
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    #[test]
    fn a_clipboard_before_which_nobody_sits_is_none() {
        let near = |set: &[(&str, &str)]| {
            is_near(|name| {
                set.iter().find(|(known, _)| *known == name).map(|(_, value)| value.into())
            })
        };
        assert!(near(&[("DISPLAY", ":0")]));
        for remote in ["SSH_CONNECTION", "SSH_TTY"] {
            assert!(!near(&[("DISPLAY", "localhost:10.0"), (remote, "x")]));
        }
        assert_eq!(near(&[]), cfg!(target_os = "macos"));
        assert_eq!(near(&[("DISPLAY", "")]), cfg!(target_os = "macos"));
    }

    #[test]
    fn a_clipboard_that_does_not_answer_is_waited_for_once() {
        let (owner, requests) = mpsc::channel();
        let mut clipboard = Clipboard { owner: Some(owner) };
        let begun = Instant::now();
        let told = clipboard.put(&Secret::from("mdb_sa_sk_one")).expect_err("no answer");
        assert_eq!(told, "the clipboard does not answer");
        assert!(clipboard.put(&Secret::from("mdb_sa_sk_one")).is_err());
        assert!(!clipboard.clear_if_ours());
        drop(clipboard);
        assert!(begun.elapsed() < PATIENCE * 3 / 2, "{:?}", begun.elapsed());
        let Ok(Request::Put(_, answer)) = requests.recv() else { panic!("another request") };
        // So the thread knows that it must take the secret back.
        assert!(answer.send(Ok(())).is_err());
    }

    #[cfg(not(target_os = "macos"))]
    mod on_a_display {
        use std::io::Write;
        use std::process::{Command, Stdio};

        use super::*;

        /// Runs one of these tests in a process of its own with another display: our own
        /// environment cannot be changed.
        fn run_with(display: &str, test: &str) {
            let (_, room) = module_path!().split_once("::").expect("a path within the crate");
            let output = Command::new(std::env::current_exe().expect("a test program"))
                .args([&format!("{room}::{test}"), "--exact"])
                .env("DISPLAY", display)
                .env("GATEHOUSE_TEST_INNER", "1")
                .env_remove("SSH_CONNECTION")
                .env_remove("SSH_TTY")
                .output()
                .expect("a test program");
            let told = String::from_utf8_lossy(&output.stdout);
            assert!(output.status.success() && told.contains("1 passed"), "{told}");
        }

        fn is_inner() -> bool {
            std::env::var_os("GATEHOUSE_TEST_INNER").is_some()
        }

        /// What another program finds in the clipboard, under one of its names.
        fn found(target: &str) -> Option<String> {
            let arguments = ["-o", "-selection", "clipboard", "-t", target];
            let output = Command::new("xclip").args(arguments).output().expect("xclip");
            output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
        }

        fn copy_elsewhere(text: &str) {
            let mut child = Command::new("xclip")
                .args(["-i", "-selection", "clipboard"])
                .stdin(Stdio::piped())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .expect("xclip");
            let mut stdin = child.stdin.take().expect("a pipe");
            stdin.write_all(text.as_bytes()).expect("written");
            drop(stdin);
            assert!(child.wait().expect("an end").success());
            // It comes back before the process that it leaves behind has taken over.
            let begun = Instant::now();
            while found("UTF8_STRING").as_deref() != Some(text) {
                assert!(begun.elapsed() < PATIENCE, "xclip has not taken over");
            }
        }

        #[test]
        fn a_display_that_never_answers_is_none() {
            if is_inner() {
                let begun = Instant::now();
                assert!(Clipboard::native().is_none());
                assert!(begun.elapsed() < PATIENCE * 3 / 2, "{:?}", begun.elapsed());
                return;
            }
            let silent = std::net::TcpListener::bind("127.0.0.1:0").expect("a listener");
            let port = silent.local_addr().expect("an address").port();
            // Display n listens on port 6000 + n.
            let Some(display) = port.checked_sub(6000) else { return };
            run_with(&format!("127.0.0.1:{display}"), "a_display_that_never_answers_is_none");
        }

        #[test]
        fn a_secret_is_put_there_hidden_from_managers_and_taken_back_while_it_is_ours() {
            let Ok(display) = std::env::var("GATEHOUSE_TEST_DISPLAY") else {
                eprintln!("not run: GATEHOUSE_TEST_DISPLAY names no display to try it on");
                return;
            };
            if !is_inner() {
                let test =
                    "a_secret_is_put_there_hidden_from_managers_and_taken_back_while_it_is_ours";
                run_with(&display, test);
                return;
            }
            let secret = Secret::from("mdb_sa_sk_one");
            let mut clipboard = Clipboard::native().expect("a display");
            assert!(!clipboard.clear_if_ours(), "nothing of ours is there yet");
            assert_eq!(clipboard.put(&secret), Ok(()));
            assert_eq!(found("UTF8_STRING").as_deref(), Some("mdb_sa_sk_one"));
            assert_eq!(found("x-kde-passwordManagerHint").as_deref(), Some("secret"));
            assert!(clipboard.clear_if_ours());
            assert_eq!(found("UTF8_STRING"), None);
            assert!(!clipboard.clear_if_ours(), "it is cleared once");

            assert_eq!(clipboard.put(&secret), Ok(()));
            copy_elsewhere("a shopping list");
            assert!(!clipboard.clear_if_ours());
            assert_eq!(found("UTF8_STRING").as_deref(), Some("a shopping list"));

            assert_eq!(clipboard.put(&secret), Ok(()));
            assert_eq!(found("UTF8_STRING").as_deref(), Some("mdb_sa_sk_one"));
            drop(clipboard);
            assert_eq!(found("UTF8_STRING"), None);
        }
    }
}
