//! Base URLs that look like Atlas and are not, from every place that can name one: each
//! is refused with a reason, or asked about under the name that is really looked up.

use gatehouse::config::{self, ConfigFile, Content, Flags, Found, NoKeyring, Surroundings};
use gatehouse::emulator::{self, Options};
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;
use zeroize::Zeroizing;

use crate::support::pty::{GATEHOUSE, Home, Session, secret_of};

/// What is written, and the host that it means; `None`: it is refused.
const ADDRESSES: &[(&str, Option<&str>)] = &[
    // Somebody else's name round MongoDB's.
    ("https://cloud.mongodb.com.evil.example", Some("cloud.mongodb.com.evil.example")),
    ("https://cloud.mongodb.com.", Some("cloud.mongodb.com.")),
    ("https://cloud-mongodb.com", Some("cloud-mongodb.com")),
    ("https://cloudmongodb.com", Some("cloudmongodb.com")),
    ("https://mongodb.com", Some("mongodb.com")),
    ("https://evil.cloud.mongodb.com", Some("evil.cloud.mongodb.com")),
    ("https://cloud.mongodb.co", Some("cloud.mongodb.co")),
    ("https://cloud.mongodb.com.cn", Some("cloud.mongodb.com.cn")),
    ("https://cloud.rnongodb.com", Some("cloud.rnongodb.com")),
    ("https://c1oud.mongodb.com", Some("c1oud.mongodb.com")),
    ("https://cloud-dev.mongodb.com", Some("cloud-dev.mongodb.com")),
    ("https://cloud.mongodbgov.com.evil.example", Some("cloud.mongodbgov.com.evil.example")),
    // Another port is another server.
    ("https://cloud.mongodb.com:8443", Some("cloud.mongodb.com:8443")),
    ("https://cloud.mongodb.com:80", Some("cloud.mongodb.com:80")),
    ("https://cloud.mongodb.com:65536", None),
    ("https://cloud.mongodb.com:-1", None),
    // Letters that only look like it.
    ("https://сloud.mongodb.com", Some("xn--loud-k6d.mongodb.com")),
    ("https://cloud.mоngodb.com", Some("cloud.xn--mngodb-wqf.com")),
    ("https://cloud.mongodb.com\u{200b}.evil.example", Some("cloud.mongodb.com.evil.example")),
    ("https://cloud。mongodb。com.evil.example", Some("cloud.mongodb.com.evil.example")),
    ("https://CLOUD.MONGODB.COM.EVIL.EXAMPLE", Some("cloud.mongodb.com.evil.example")),
    // Names and passwords before the host.
    ("https://cloud.mongodb.com@evil.example", None),
    ("https://cloud.mongodb.com:443@evil.example", None),
    ("https://@evil.example", None),
    ("https://cloud.mongodb.com%40evil.example", None),
    ("https://cloud.mongodb.com\\@evil.example", None),
    ("https://cloud.mongodb.com\\.evil.example", None),
    // More than an origin.
    ("https://evil.example/cloud.mongodb.com", None),
    ("https://evil.example?cloud.mongodb.com", None),
    ("https://evil.example#cloud.mongodb.com", None),
    ("https://evil.example/..", Some("evil.example")),
    ("https:///cloud.mongodb.com", None),
    ("https:cloud.mongodb.com", None),
    ("//cloud.mongodb.com", None),
    ("cloud.mongodb.com", None),
    // Not safe, or not HTTP.
    ("http://cloud.mongodb.com", None),
    ("http://cloud.mongodb.com:443", None),
    ("http://localhost:4000", None),
    ("http://127.0.0.1.evil.example", None),
    ("http://[::ffff:127.0.0.1]:4000", None),
    ("http://0.0.0.0:4000", None),
    ("ftp://cloud.mongodb.com", None),
    ("file:///etc/passwd", None),
    ("javascript:alert(1)", None),
    // This machine, in other words.
    ("http://0x7f000001:4000", Some("127.0.0.1:4000")),
    ("http://2130706433:4000", Some("127.0.0.1:4000")),
    ("http://127.1:4000", Some("127.0.0.1:4000")),
    ("https://127.0.0.1", Some("127.0.0.1")),
    ("https://[::1]:4000", Some("[::1]:4000")),
    // What no host can be.
    ("https://", None),
    ("https://.", Some(".")),
    ("https://cloud mongodb com", None),
    ("https://cloud.mongodb.com\tevil.example", None),
    ("https://cloud.mongodb.com\u{1b}[2J", None),
    ("https://[::1", None),
    ("https://%00", None),
];

const CREDENTIAL: &str =
    "client_id = 'mdb_sa_id_650000000000000000000001'\nclient_secret = 'mdb_sa_sk_x'\n";

/// A machine with a credential in its profile, and this address named there.
fn by_profile(address: &str) -> (Flags, Surroundings) {
    let quoted = toml::Value::String(address.to_owned());
    (Flags::default(), machine(&format!("ops_manager_url = {quoted}\n"), &[]))
}

fn by_environment(address: &str) -> (Flags, Surroundings) {
    (Flags::default(), machine("", &[("MONGODB_ATLAS_OPS_MANAGER_URL", address)]))
}

fn by_flag(address: &str) -> (Flags, Surroundings) {
    let base_url = Some(address.to_owned());
    (Flags { base_url, ..Flags::default() }, machine("", &[]))
}

fn machine(property: &str, env: &[(&str, &str)]) -> Surroundings {
    let text = format!("version = 2\n[default]\n{CREDENTIAL}{property}");
    Surroundings {
        env: env.iter().map(|(name, value)| ((*name).to_owned(), value.into())).collect(),
        home: None,
        file: ConfigFile {
            path: Some("/home/ada/.config/atlascli/config.toml".into()),
            content: Content::Bytes(Zeroizing::new(text.into_bytes())),
            mode: Some(0o600),
            folder_mode: Some(0o700),
            foreign: None,
        },
        keyring: Box::new(NoKeyring),
    }
}

#[test]
fn what_only_looks_like_atlas_is_refused_or_asked_about() {
    assert!(ADDRESSES.len() >= 40);
    for (address, host) in ADDRESSES {
        for (place, named) in [
            ("a profile", by_profile as fn(&str) -> _),
            ("the environment", by_environment),
            ("a flag", by_flag),
        ] {
            let (flags, surroundings) = named(address);
            match (config::find(&flags, &surroundings), host) {
                (Ok(Found::Access(access)), Some(host)) => {
                    assert_eq!(access.origin.host(), *host, "{address:?} by {place}");
                    let emulator = place == "a profile" && access.origin.is_loopback();
                    assert_eq!(access.doubtful, !emulator, "{address:?} by {place}");
                }
                (Err(why), None) => {
                    let why = why.to_string();
                    assert!(
                        why.contains("base URL") && !why.contains("evil"),
                        "{address:?}: {why}"
                    );
                }
                (found, _) => panic!("{address:?} by {place}: {found:?}"),
            }
        }
    }
}

/// Listens, and counts what it hears.
async fn evil() -> (String, tokio::sync::watch::Receiver<(usize, usize)>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let (heard, seen) = tokio::sync::watch::channel((0, 0));
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            heard.send_modify(|(came, _)| *came += 1);
            let heard = heard.clone();
            tokio::spawn(async move {
                let mut buffer = [0; 4096];
                while let Ok(count @ 1..) = stream.read(&mut buffer).await {
                    heard.send_modify(|(_, bytes)| *bytes += count);
                }
            });
        }
    });
    (format!("http://{address}"), seen)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_stranger_hears_nothing_until_it_is_trusted() {
    let (base, heard) = evil().await;
    let credential = [
        ("MONGODB_ATLAS_CLIENT_ID", "mdb_sa_id_650000000000000000000001"),
        ("MONGODB_ATLAS_CLIENT_SECRET", "mdb_sa_sk_x"),
    ];
    let mut session = Session::start(&["--base-url", &base], &credential);
    session.until_text("Is this your Atlas?");
    session.until_text(&format!("Type {}", base.trim_start_matches("http://")));
    session.press("\ryq127.0.0.1\r");
    session.until_text("type the host first");
    session.press_esc("Is this your Atlas?");
    assert!(session.end().success());
    session.is_given_back();
    assert_eq!(*heard.borrow(), (0, 0));
    assert_eq!(session.home.entries(), [] as [&str; 0], "nothing is left behind");

    // The control: once it is trusted, it hears.
    let mut session = Session::start(&["--base-url", &base], &credential);
    session.until_text("Is this your Atlas?");
    session.press(base.trim_start_matches("http://"));
    session.press("\r");
    let mut heard = heard;
    heard.wait_for(|(came, bytes)| *came > 0 && *bytes > 0).await.expect("it is asked");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn it_is_asked_once_for_a_credential_and_an_address() {
    let emulator = emulator::start(Options::default()).await.expect("an emulator");
    let credential = emulator.service_account().expect("one");
    let (base, home) = (emulator.base_url().to_owned(), Home::empty());
    let environment = [
        ("MONGODB_ATLAS_CLIENT_ID", credential.public_part().to_string()),
        ("MONGODB_ATLAS_CLIENT_SECRET", secret_of(&credential).to_owned()),
    ];
    let environment: Vec<_> = environment.iter().map(|(n, v)| (*n, v.as_str())).collect();
    let line = [GATEHOUSE, "--base-url", &base];
    let mut session = Session::run(home.clone(), &line, &environment);
    session.until_text("Is this your Atlas?");
    session.press(base.trim_start_matches("http://"));
    session.press("\r");
    session.until_text("1 of 16");
    session.press("q");
    assert!(session.end().success());
    let file = home.path().join(".local/state/gatehouse/trusted.json");
    let kept = std::fs::read_to_string(&file).expect("it is remembered");
    assert!(kept.contains(&base) && !kept.contains(secret_of(&credential)), "{kept}");

    let mut session = Session::run(home.clone(), &line, &environment);
    session.until_text("1 of 16");
    session.press("q");
    assert!(session.end().success());

    // Another credential is asked about again.
    let mut other = environment.clone();
    other[0].1 = "mdb_sa_id_650000000000000000000001";
    let mut session = Session::run(home, &line, &other);
    session.until_text("Is this your Atlas?");
    session.press_esc("Is this your Atlas?");
    assert!(session.end().success());
}
