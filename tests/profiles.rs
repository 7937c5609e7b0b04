//! The built program on a machine with several credentials: it turns from one to another
//! in place, and remembers which by name only.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt;

use gatehouse::emulator::{self, Emulator, Options, Seed};

use crate::support::pty::{GATEHOUSE, Home, Session, secret_of};

async fn atlas(name: &str) -> Emulator {
    let emulator = emulator::start(Options::default()).await.expect("an emulator");
    emulator.patch(|store| name.clone_into(&mut store.main().expect("there").name));
    emulator
}

/// Adds a profile to those of the home.
fn add(home: &Home, text: &str) {
    let file = home.path().join(".config/atlascli/config.toml");
    let mut file = OpenOptions::new().append(true).open(file).expect("a file");
    file.write_all(text.as_bytes()).expect("written");
}

fn recent(home: &Home) -> Option<String> {
    let path = home.path().join(".local/state/gatehouse/recent.json");
    let mode = fs::metadata(&path).ok()?.permissions().mode() & 0o777;
    assert_eq!(mode, 0o600);
    fs::read_to_string(path).ok()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn one_turns_to_another_profile_in_place() {
    let (own, other) = (atlas("Acme Corp").await, atlas("Globex").await);
    let credential = own.service_account().expect("one");
    let key = other.api_key().expect("one");
    let home = Home::with(&credential, &own);
    add(
        &home,
        &format!(
            "[staging]\nops_manager_url = '{}/'\npublic_api_key = '{}'\nprivate_api_key = '{}'\n\
             [half]\nclient_id = 'mdb_sa_id_000000000000000000000001'\n",
            other.base_url(),
            key.public_part(),
            secret_of(&key),
        ),
    );
    let line = [GATEHOUSE, "--profile", "default"];
    let mut session = Session::run(home.clone(), &line, &[]);
    session.until_text("● live");
    session.until_text("Acme Corp");
    assert_eq!(recent(&home), None, "a start is no choice");
    session.press("W");
    session.until_text("● default");
    session.press("G");
    session.press("g");
    session.press("/half\r");
    session.until_text("The client ID is set");
    session.until_text("client ID.");
    session.press("\x1b");
    session.until_text("staging");
    session.press("/stag\r\r");
    session.until_text("Globex");
    session.until_text("API key");
    session.press("q");
    assert!(session.end().success());
    session.is_given_back();
    assert_eq!((own.live_tokens(), other.live_tokens()), (0, 0));
    let kept = recent(&home).expect("it is remembered");
    let (first, last) = (kept.find("staging"), kept.find("default"));
    assert!(first < last && first.is_some(), "{kept}");
    for secret in [secret_of(&credential), secret_of(&key)] {
        assert!(!kept.contains(secret));
        assert!(!String::from_utf8_lossy(&session.transcript).contains(secret));
    }
}

/// What the environment says belongs to its credential, and comes beside the profiles.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn the_environments_credential_is_one_of_them() {
    let (own, other) = (atlas("Acme Corp").await, atlas("Globex").await);
    let credential = own.service_account().expect("one");
    let home = Home::with(&credential, &own);
    let key = other.api_key().expect("one");
    let (public, base_url) = (key.public_part().to_string(), format!("{}/", other.base_url()));
    let environment = [
        ("MONGODB_ATLAS_PUBLIC_API_KEY", public.as_str()),
        ("MONGODB_ATLAS_PRIVATE_API_KEY", secret_of(&key)),
        ("MONGODB_ATLAS_BASE_URL", base_url.as_str()),
    ];
    let mut session = Session::run(home, &[GATEHOUSE], &environment);
    session.until_text("Globex");
    session.press("W");
    session.until_text("● environment");
    session.press("/default\r\r");
    session.until_text("Acme Corp");
    session.press("q");
    assert!(session.end().success());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn the_organization_that_was_chosen_last_comes_first() {
    let options = Options { seed: Seed::DemoTwoOrganizations, ..Options::default() };
    let emulator = emulator::start(options).await.expect("an emulator");
    let credential = emulator.service_account().expect("one");
    let home = Home::with(&credential, &emulator);
    let file = home.path().join(".config/atlascli/config.toml");
    let text = fs::read_to_string(&file).expect("read");
    let without: Vec<_> = text.lines().filter(|line| !line.starts_with("org_id")).collect();
    fs::write(&file, without.join("\n")).expect("written");
    let order = |session: &Session| {
        let text = session.text();
        text.find("Acme Labs").cmp(&text.find("Acme Corp"))
    };
    let mut session = Session::run(home.clone(), &[GATEHOUSE], &[]);
    session.until_text("Acme Labs");
    assert!(order(&session).is_gt(), "by name at first");
    session.press("/labs\r\r");
    session.until_text("─ Acme Labs ─");
    session.press("q");
    assert!(session.end().success());
    let mut session = Session::run(home, &[GATEHOUSE], &[]);
    session.until_text("Acme Corp");
    assert!(order(&session).is_lt(), "{}", session.text());
    session.press("q");
    assert!(session.end().success());
}
