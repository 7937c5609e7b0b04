//! gatehouse's own `config.toml`, through the built program.

use std::fs;
use std::process::{Command, Output};

use gatehouse::emulator::{self, Options};

use crate::support::pty::{GATEHOUSE, Home, Session};

/// A home in which this `config.toml` lies.
fn home(config: &str) -> Home {
    let home = Home::empty();
    home.configure(config);
    home
}

fn run(home: &Home, arguments: &[&str]) -> Output {
    let mut command = Command::new(GATEHOUSE);
    command.args(arguments).env_clear().env("HOME", home.path());
    command.output().expect("it runs")
}

fn printed(home: &Home, what: &str) -> String {
    let output = run(home, &["--print", what]);
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{error}");
    String::from_utf8(output.stdout).expect("text")
}

/// The sample is a `config.toml`, and stays one that changes nothing when every entry is
/// taken in.
#[test]
fn the_sample_is_understood_as_it_is_and_with_every_entry_taken_in() {
    let usual = printed(&Home::empty(), "keys");
    let sample = printed(&Home::empty(), "config");
    assert_eq!(printed(&home(&sample), "keys"), usual);
    let entry = |line: &str| !line.starts_with("# ") && line != "#";
    let taken: Vec<_> = sample
        .lines()
        .map(|line| if entry(line) { line.trim_start_matches('#') } else { line })
        .collect();
    assert!(taken.iter().filter(|line| line.contains(" = [\"")).count() > 50, "{taken:?}");
    assert_eq!(printed(&home(&taken.join("\n")), "keys"), usual);
    insta::assert_snapshot!("sample", sample);
}

#[test]
fn keys_are_printed_as_they_hold() {
    insta::assert_snapshot!("keys", printed(&Home::empty(), "keys"));
    let keys = printed(&home("[keys]\ndown = ['n', 'down']\ncreate = ['N']\nadd = ['N']"), "keys");
    let of_list: Vec<_> = keys.lines().filter(|line| line.starts_with("the lists ")).collect();
    assert!(of_list.iter().any(|line| line.ends_with(" down                 n down")), "{keys}");
    let of_filter =
        keys.lines().find(|line| line.starts_with("the filter ") && line.contains(" down "));
    assert!(of_filter.is_some_and(|line| line.ends_with(" down")), "what types goes on typing");
}

#[test]
fn what_is_wrong_is_told_before_anything_begins() {
    for (config, words) in [
        ("mouse = true\nrefesh = 20", "line 2: `refesh` is not known; did you mean refresh?"),
        ("[keys]\nrefesh = ['n']", "line 2: `refesh` is not known as an action"),
        ("\ntheme = 'drak'", "line 2: \"drak\" is not a theme; did you mean dark?"),
        ("[themes.mine]\nsoon = 'bould'", "themes.mine.soon: \"bould\" is not a colour"),
        ("[keys]\nrefresh = ['n']", "line 2: in the lists, n would mean both `refresh` (line 2)"),
    ] {
        for arguments in [&[][..], &["--print", "keys"], &["list", "api-keys"]] {
            let output = run(&home(config), arguments);
            assert_eq!(output.status.code(), Some(2), "{arguments:?}");
            let error = String::from_utf8(output.stderr).expect("text");
            assert!(error.contains("gatehouse/config.toml, "), "{error}");
            assert!(error.contains(words), "{error}");
        }
    }
}

/// Who wants to look at the demo has perhaps a file for another version.
#[test]
fn the_demo_starts_without_settings_that_are_not_understood() {
    let many = home("theme = 'drak'\nrefesh = 20\n");
    let mut session = Session::run(many, &[GATEHOUSE, "--demo"], &[]);
    session.until_text("1 of 16");
    session.until_text("The demo is shown without your settings");
    session.press("!");
    session.until_text("mistakes:");
    session.until_text("did you mean dark?");
}

/// Whoever mends a file mends it once.
#[test]
fn all_that_is_wrong_is_told_at_once() {
    let many = "theme = 'drak'\nrefesh = 20\nmouse = 'on'\n[keys]\nrefesh = ['n']\nquit = 1\n";
    let output = run(&home(many), &["--print", "keys"]);
    let error = String::from_utf8(output.stderr).expect("text");
    let lines: Vec<_> = error.lines().skip(1).map(|line| &line[..9]).collect();
    let all = ["  line 1:", "  line 2:", "  line 3:", "  line 5:", "  line 6:"];
    assert_eq!(lines, all, "{error}");
    assert!(error.contains("config.toml has 5 mistakes:\n"), "{error}");
}

/// The flag, then the Atlas CLI's profile, then our own file.
#[tokio::test(flavor = "multi_thread")]
async fn an_organization_of_ones_own_counts_least() {
    let emulator = emulator::start(Options::default()).await.expect("an emulator");
    let credential = emulator.service_account().expect("one");
    let other = "ffffffffffffffffffffffff";
    let (id, secret) = match &credential {
        gatehouse::atlas::Credential::ServiceAccount { client_id, .. } => {
            (client_id.clone(), crate::support::pty::secret_of(&credential).to_owned())
        }
        gatehouse::atlas::Credential::ApiKey { .. } => unreachable!("it is a service account"),
    };
    let profile = |org: &str| {
        let home = home(&format!("organization = '{other}'"));
        let folder = home.path().join(".config/atlascli");
        fs::create_dir_all(&folder).expect("a folder");
        let text = format!(
            "[default]\n{org}ops_manager_url = '{}/'\nclient_id = '{id}'\nclient_secret = '{secret}'\n",
            emulator.base_url()
        );
        fs::write(folder.join("config.toml"), text).expect("written");
        home
    };
    let right = emulator.organization().to_string();
    for (org, arguments, opens) in [
        (String::new(), &["list", "api-keys"][..], false),
        (format!("org_id = '{right}'\n"), &["list", "api-keys"], true),
        (String::new(), &["list", "api-keys", "--org", &right], true),
    ] {
        let output = run(&profile(&org), arguments);
        let error = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.success(), opens, "{org} {arguments:?}: {error}");
    }
}
