//! Nobody else is spoken to: the built program behind a proxy that notes every wish, and
//! under strace, which sees every connection.

use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use gatehouse::emulator::{self, Emulator, Options};

use super::relay::{Manner, Relay};
use crate::support::certificate::certificate;
use crate::support::pty::{GATEHOUSE, Home, Session, secret_of};

const BASE: &str = "https://atlas.test";

fn address_of(emulator: &Emulator) -> SocketAddr {
    let port = emulator.base_url().rsplit(':').next().expect("a port");
    SocketAddr::from(([127, 0, 0, 1], port.parse().expect("a number")))
}

/// A home whose `config.toml` names this authority.
fn home_with(authority: Option<&Path>) -> Home {
    let home = Home::empty();
    let folder = home.path().join(".config/gatehouse");
    std::fs::create_dir_all(&folder).expect("a folder");
    if let Some(path) = authority {
        let text = format!("authorities = ['{}']\n", path.display());
        std::fs::write(folder.join("config.toml"), text).expect("written");
    }
    home
}

/// Looks at everything once.
fn walk(session: &mut Session) {
    for (keys, text) in [
        ("\r", "Client ID"),
        ("q", "1 of 16"),
        ("\t", "[API Keys 8]"),
        ("\r", "API Key Details"),
        ("q", "1 of 8"),
        ("y", "clipboard"),
        ("r", "1 of 8"),
        ("a", "Access List"),
        ("q", "1 of 8"),
    ] {
        session.press(keys);
        session.until_text(text);
    }
}

/// The program, started towards `atlas.test` through this proxy.
fn start(emulator: &Emulator, home: Home, proxy: &str) -> Session {
    let credential = emulator.service_account().expect("one");
    let public = credential.public_part();
    let environment = [
        ("MONGODB_ATLAS_CLIENT_ID", public.as_str()),
        ("MONGODB_ATLAS_CLIENT_SECRET", secret_of(&credential)),
        ("MONGODB_ATLAS_OPS_MANAGER_URL", BASE),
        ("HTTPS_PROXY", proxy),
        ("HTTP_PROXY", proxy),
    ];
    let mut session = Session::run(home, &[GATEHOUSE], &environment);
    session.until_text("Is this your Atlas?");
    session.press("atlas.test");
    session.press("\r");
    session
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_goes_to_the_one_origin_and_what_is_in_between_is_shown() {
    let folder = tempfile::tempdir().expect("a folder");
    let tls = certificate(folder.path(), &["localhost", "atlas.test"]);
    let authority = tls.0.clone();
    let options = Options { tls: Some(tls), ..Options::default() };
    let emulator = emulator::start(options).await.expect("an emulator");
    let relay = Relay::start(Manner::Tunnel(address_of(&emulator))).await;
    let proxy = format!("http://ada:hunter2@{}", relay.address);
    let mut session = start(&emulator, home_with(Some(&authority)), &proxy);
    session.until_text("1 of 16");
    session.until_text(&format!("through the proxy http://{}", relay.address));
    session.until_text("cert.pem is trusted too");
    walk(&mut session);
    session.press("q");
    assert!(session.end().success());
    let asked = relay.asked();
    assert!(!asked.is_empty() && !emulator.requests().is_empty(), "{asked:?}");
    for line in asked {
        assert_eq!(line, "CONNECT atlas.test:443 HTTP/1.1");
    }
    let transcript = String::from_utf8_lossy(&session.transcript).into_owned();
    assert!(!transcript.contains("hunter2"), "the proxy's password is shown");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn what_goes_to_this_machine_takes_no_way_round() {
    let emulator = emulator::start(Options::default()).await.expect("an emulator");
    let credential = emulator.service_account().expect("one");
    let relay = Relay::start(Manner::WantsPassword).await;
    let proxy = format!("http://{}", relay.address);
    let names = ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"];
    let environment = names.map(|name| (name, proxy.as_str()));
    let mut session = Session::run(Home::with(&credential, &emulator), &[GATEHOUSE], &environment);
    session.until_text("1 of 16");
    assert!(!session.text().contains("through the proxy"), "{}", session.text());
    session.press("q");
    assert!(session.end().success());
    assert_eq!(relay.asked(), [] as [&str; 0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_goes_wrong_in_between_names_what_is_there() {
    let folder = tempfile::tempdir().expect("a folder");
    let tls = certificate(folder.path(), &["localhost", "atlas.test"]);
    let options = Options { tls: Some(tls), ..Options::default() };
    let emulator = emulator::start(options).await.expect("an emulator");
    let tunnel = Manner::Tunnel(address_of(&emulator));
    for (manner, words) in [
        (Manner::WantsPassword, "the proxy in between asks for a user name"),
        (Manner::Dies, "the proxy in between does not connect us"),
        (tunnel, "cannot prove it"),
    ] {
        let relay = Relay::start(manner).await;
        let proxy = format!("http://ada:hunter2@{}", relay.address);
        let mut session = start(&emulator, home_with(None), &proxy);
        session.until_text(words);
        session.press("!");
        session.until_text(&format!("In between: through the proxy http://{}", relay.address));
        session.press_esc("In between");
        session.press("q");
        assert!(session.end().success(), "{manner:?}");
        let transcript = String::from_utf8_lossy(&session.transcript).into_owned();
        assert!(!transcript.contains("hunter2"), "the proxy's password is shown");
    }
    assert!(emulator.requests().is_empty(), "somebody was told something");
}

#[test]
fn an_authority_that_cannot_be_used_stops_the_start() {
    let folder = tempfile::tempdir().expect("a folder");
    let (chain, key) = certificate(folder.path(), &["atlas.test"]);
    let missing = folder.path().join("missing.pem");
    let open = folder.path().join("open.pem");
    std::fs::copy(&chain, &open).expect("copied");
    std::fs::set_permissions(&open, std::fs::Permissions::from_mode(0o666)).expect("a mode");
    for (path, words) in [
        (&missing, "it is not there"),
        (&key, "holds no certificate"),
        (&open, "can be written by others"),
    ] {
        let home = home_with(Some(path));
        let mut session = Session::run(home, &[GATEHOUSE], &[]);
        assert!(!session.end().success());
        let said = session.text().replace(['\n', '\r'], "");
        assert!(said.contains(words), "{words}: {said}");
    }
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_connection_goes_anywhere_else() {
    use crate::support::strace;
    if !strace::is_there() {
        return;
    }
    let emulator = emulator::start(Options::default()).await.expect("an emulator");
    let credential = emulator.service_account().expect("one");
    let log = tempfile::NamedTempFile::new().expect("a log");
    let path = log.path().display().to_string();
    let line = ["strace", "-f", "-qq", "-e", "trace=%network", "-o", &path, GATEHOUSE];
    let mut session = Session::run(Home::with(&credential, &emulator), &line, &[]);
    session.until_text("1 of 16");
    walk(&mut session);
    session.press("q");
    assert!(session.end().success());
    // The addresses connected to, and the packets sent without a connection.
    let port = address_of(&emulator).port();
    let calls = strace::calls(log.path());
    let reached: Vec<_> = calls
        .iter()
        .filter(|call| {
            ["connect(", "sendto(", "sendmsg("].iter().any(|name| call.text.starts_with(name))
        })
        .filter(|call| call.text.contains("sa_family"))
        .collect();
    assert!(!reached.is_empty(), "nothing was seen");
    for call in reached {
        let home = format!("sin_port=htons({port}), sin_addr=inet_addr(\"127.0.0.1\")");
        assert!(call.text.contains(&home), "somebody else is spoken to: {}", call.text);
    }
}
