//! The README says what is true: its keys are the key table's, its commands run.

use std::fmt::Write;
use std::path::Path;
use std::process::Command;

use gatehouse::app::keys::{Keymap, Layer, Wanted};
use gatehouse::emulator::Options;

use crate::support::journey::emulator;
use crate::support::pty::{GATEHOUSE, Home, Session, secret_of};

fn readme() -> String {
    file("README.md")
}

/// A file of the project.
fn file(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn path() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")
}

/// The key table as the README has it.
fn key_table() -> String {
    let name = |layer: &Layer| match layer {
        Layer::List => "lists",
        Layer::Filter => "filter",
        Layer::Details => "details",
        Layer::Credentials => "credentials",
        Layer::Organizations => "organizations",
        Layer::Help => "help",
        Layer::Problem => "problem",
        Layer::Welcome => "first screen",
        Layer::Confirm => "a change",
        Layer::Sentence => "confirming text",
        Layer::Form => "text fields",
        Layer::Roles => "roles",
        Layer::AccessList => "access list",
        Layer::Projects => "projects",
        Layer::Settings => "settings",
        Layer::Secret => "life of a secret",
        Layer::Sink => "place for a secret",
        Layer::Made => "new secret",
        Layer::Unfinished => "left open",
        Layer::Rotation => "rotation",
        Layer::Raw => "as it came",
        Layer::Palette => "commands",
        Layer::Activity => "activity",
        Layer::Twin => "by hand",
    };
    let mut table = String::from("| keys | what they do | where |\n|---|---|---|\n");
    for binding in Keymap::default().lines() {
        let keys: Vec<_> = gatehouse::ui::symbols::TYPOGRAPHIC
            .keys(binding)
            .split(' ')
            .map(|key| format!("`{key}`"))
            .collect();
        let places = if binding.layers.len() == Layer::ALL.len() {
            "everywhere".to_owned()
        } else {
            binding.layers.iter().map(name).collect::<Vec<_>>().join(", ")
        };
        let _ = writeln!(table, "| {} | {} | {places} |", keys.join(" "), binding.help);
    }
    table
}

/// What stands between two marks.
fn between<'a>(text: &'a str, begin: &str, end: &str) -> &'a str {
    let (_, rest) = text.split_once(begin).unwrap_or_else(|| panic!("no {begin}"));
    rest.split_once(end).unwrap_or_else(|| panic!("no {end}")).0
}

const BEGIN: &str = "<!-- keys -->\n";
const END: &str = "<!-- end of keys -->";

#[test]
fn the_key_table_is_the_programs() {
    let readme = readme();
    let kept = between(&readme, BEGIN, END);
    let table = key_table();
    if std::env::var_os("UPDATE_README").is_some() {
        let new = readme.replace(&format!("{BEGIN}{kept}"), &format!("{BEGIN}{table}"));
        std::fs::write(path(), new).expect("the README is written");
        return;
    }
    assert!(kept == table, "The README's keys are old. UPDATE_README=1 writes them anew.");
}

#[test]
fn pictures_and_files_that_it_names_are_there() {
    let all = readme() + &file("CONTRIBUTING.md") + &file("CHANGELOG.md");
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let links = all.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    let mut checked = 0;
    for link in links.filter(|link| !link.starts_with("http")) {
        assert!(root.join(link).exists(), "{link} is not there");
        checked += 1;
    }
    assert!(checked >= 2, "the pictures are shown");
}

/// The file of faults is one, and every kind of fault in the table can be planned.
#[test]
fn its_faults_can_be_planned() {
    let readme = readme();
    let file = between(&readme, "<!-- faults -->\n```toml\n", "```");
    let plans = gatehouse::emulator::Plan::read(file).expect("a file of faults");
    assert_eq!(plans.len(), 3);
    let table =
        between(&readme, "| does | the call is applied | and then |\n|---|---|---|\n", "\n\n");
    let mut checked = 0;
    for kind in
        table.lines().filter_map(|line| line.split(" | ").next()).flat_map(|cell| cell.split('`'))
    {
        if kind.starts_with('{') || kind.starts_with('"') {
            let file = format!("[[fault]]\ndoes = {kind}\n");
            gatehouse::emulator::Plan::read(&file)
                .unwrap_or_else(|error| panic!("{kind}: {error}"));
            checked += 1;
        }
    }
    assert_eq!(checked, 12, "each kind of fault, one of them in two forms");
}

/// The configuration is one, and its commands begin with programs that take a secret.
#[test]
fn its_configuration_is_understood() {
    let readme = readme();
    let text = between(&readme, "<!-- config -->\n```toml\n", "```");
    let settings = gatehouse::config::settings::Settings::parse(text).expect("settings");
    let programs: Vec<_> = settings.takers.iter().map(|taker| taker.argv[0].as_str()).collect();
    assert_eq!(programs, ["gh", "kubectl", "op", "pass", "vault"]);
}

/// The configuration of its look is one: only the terminal is missing.
#[test]
fn its_look_is_understood() {
    let readme = readme();
    let text = between(&readme, "<!-- look -->\n```toml\n", "```");
    let home = tempfile::tempdir().expect("a home");
    let folder = home.path().join(".config/gatehouse");
    std::fs::create_dir_all(&folder).expect("a folder");
    std::fs::write(folder.join("config.toml"), text).expect("written");
    let output = Command::new(env!("CARGO_BIN_EXE_gatehouse"))
        .arg("--demo")
        .env("HOME", home.path())
        .env("XDG_CONFIG_HOME", home.path().join(".config"))
        .stdin(std::process::Stdio::null())
        .output()
        .expect("it runs");
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(told.contains("a terminal is needed"), "{told}");
}

#[test]
fn its_settings_are_understood() {
    let readme = readme();
    let text = between(&readme, "<!-- settings -->\n```toml\n", "```");
    let settings = gatehouse::config::settings::Settings::parse(text).expect("settings");
    assert!(settings.mouse && settings.organization.is_some() && settings.refresh.is_some());
    let wanted = settings.keys.iter().map(|written| Wanted {
        line: written.line,
        action: written.action.clone(),
        keys: written.keys.clone(),
    });
    let keys = Keymap::with(&wanted.collect::<Vec<_>>()).expect("a key table");
    assert_ne!(keys, Keymap::default());
}

#[test]
fn its_authorities_are_understood() {
    let readme = readme();
    let text = between(&readme, "<!-- authorities -->\n```toml\n", "```");
    let settings = gatehouse::config::settings::Settings::parse(text).expect("settings");
    assert_eq!(settings.authorities.len(), 1);
}

#[test]
fn its_browser_is_understood() {
    let readme = readme();
    let text = between(&readme, "<!-- browser -->\n```toml\n", "```");
    let settings = gatehouse::config::settings::Settings::parse(text).expect("settings");
    assert_eq!(settings.browser, ["firefox", "--new-window"]);
}

/// How a command of the README is known to have done its work.
enum Works {
    /// It shows the program, which is left by a key.
    Shows,
    /// It serves until it is interrupted.
    Serves,
    /// It ends well by itself.
    Ends,
}

impl Works {
    fn of(line: &str) -> Self {
        let word = |word: &str| line.split_whitespace().any(|other| other == word);
        match () {
            () if word("emulator") => Self::Serves,
            () if ["list", "completions", "man", "--print"].into_iter().any(word) => Self::Ends,
            () => Self::Shows,
        }
    }
}

/// The lines of the README's shell blocks that start gatehouse, as a shell takes them. Of
/// a clone it is started by cargo; the block with curl has a test of its own.
fn commands() -> Vec<String> {
    let readme = readme();
    let blocks = readme.split("```sh\n").skip(1).filter_map(|rest| rest.split("```").next());
    let lines = blocks.filter(|block| !block.contains("curl ")).flat_map(str::lines);
    let lines = lines.map(|line| line.replace("cargo run --release --", "gatehouse"));
    let lines = lines.filter(|line| line.split_whitespace().next() == Some("gatehouse"));
    // Tests listen on a port that is free.
    lines.map(|line| line.replace("--port 8080", "--port 0")).collect()
}

/// Every command of the README, run by a shell on a terminal, at the home of somebody who
/// has a credential in the environment and a profile.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn its_commands_do_what_they_say() {
    let emulator = emulator(Options::default()).await;
    let credential = emulator.service_account().expect("a credential");
    let home = Home::with(&credential, &emulator);
    let profiles = home.path().join(".config/atlascli/config.toml");
    let profile = std::fs::read_to_string(&profiles).expect("a profile");
    std::fs::write(&profiles, profile.replace("[default]", "[staging]")).expect("written");
    for folder in [".local/share/bash-completion/completions", ".config/gatehouse"] {
        std::fs::create_dir_all(home.path().join(folder)).expect("a folder");
    }
    let readme = readme();
    let faults = between(&readme, "<!-- faults -->\n```toml\n", "```");
    std::fs::write(home.path().join("faults.toml"), faults).expect("written");

    let folder = Path::new(GATEHOUSE).parent().expect("a folder");
    let path = format!("{}:{}", folder.display(), std::env::var("PATH").unwrap_or_default());
    let base_url = format!("{}/", emulator.base_url());
    let environment = [
        ("PATH", &*path),
        ("MONGODB_ATLAS_CLIENT_ID", &credential.public_part()),
        ("MONGODB_ATLAS_CLIENT_SECRET", secret_of(&credential)),
        ("MONGODB_ATLAS_OPS_MANAGER_URL", &base_url),
    ];
    let commands = commands();
    assert!(commands.len() > 12, "{commands:?}");
    for line in commands {
        let mut session = Session::run(home.clone(), &["sh", "-c", &line], &environment);
        match Works::of(&line) {
            Works::Shows => {
                session.until_text("? help");
                session.press("q");
            }
            Works::Serves => {
                session.until_text("ctrl-c stops it");
                session.press("\x03");
            }
            Works::Ends => {}
        }
        let status = session.end();
        let well = status.success() || matches!(Works::of(&line), Works::Serves);
        assert!(well, "{line}: {status:?}\n{}", session.text());
    }
    for made in ["keys.csv", "gatehouse.1", ".config/gatehouse/config.toml"] {
        let bytes = std::fs::metadata(home.path().join(made)).map(|it| it.len());
        assert!(bytes.is_ok_and(|bytes| bytes > 100), "{made}");
    }
}

/// The block that calls the emulator by curl, run as it stands where there is curl.
#[test]
fn its_emulator_answers_curl() {
    if Command::new("curl").arg("--version").output().is_err() {
        return;
    }
    let readme = readme();
    let block = readme.split("```sh\n").find(|block| block.starts_with("gatehouse emulator > "));
    let block = block.and_then(|block| block.split("```").next()).expect("the block");
    let folder = tempfile::tempdir().expect("a folder");
    let program = Path::new(env!("CARGO_BIN_EXE_gatehouse")).parent().expect("a folder");
    let script = format!("trap 'kill %1' EXIT\nset -m\n{block}");
    let path = format!("{}:{}", program.display(), std::env::var("PATH").unwrap_or_default());
    let output = Command::new("bash")
        .args(["-c", &script])
        .current_dir(folder.path())
        .env("PATH", path)
        .env("no_proxy", "*")
        .output()
        .expect("runs");
    let answer = String::from_utf8_lossy(&output.stdout);
    assert!(answer.contains("\n  \"results\": ["), "{answer}");
}

#[test]
fn the_help_of_the_command_is_short_and_ends_with_examples() {
    let output =
        Command::new(env!("CARGO_BIN_EXE_gatehouse")).arg("--help").output().expect("runs");
    let help = String::from_utf8(output.stdout).expect("text");
    assert!(output.status.success());
    insta::assert_snapshot!("help", help);
}

/// A package holds what the repository has and what a release makes.
#[test]
fn a_package_holds_what_a_release_makes() {
    let manifest: toml::Table = file("Cargo.toml").parse().expect("a manifest");
    let assets = manifest["package"]["metadata"]["deb"]["assets"].as_array().expect("assets");
    let release = file(".ci/release");
    let parts = between(&release, "parts=(", ")");
    for asset in assets {
        let path = asset[0].as_str().expect("a path");
        let is_made = path
            .strip_prefix("target/dist/")
            .is_some_and(|name| parts.split_whitespace().any(|part| part == name));
        let is_there = Path::new(env!("CARGO_MANIFEST_DIR")).join(path).exists();
        assert!(is_made || (is_there && !path.starts_with("target")), "{path}");
    }
    assert!(assets.len() >= parts.split_whitespace().count(), "a part is left out");
}

/// The slow tests that it names are there, by names that find them and nothing else slow.
#[test]
fn its_slow_tests_are_there() {
    let contributing = file("CONTRIBUTING.md");
    let names: Vec<_> = contributing
        .lines()
        .filter_map(|line| line.strip_prefix("cargo test --locked -- --ignored "))
        .map(|rest| rest.trim_start_matches("--nocapture "))
        .collect();
    let all = [
        "killed",
        "storage",
        "every_byte",
        "every_text",
        "hundred_hours",
        "stumble_for_long",
        "many_seeds",
    ];
    assert_eq!(names, all);
    let program = std::env::current_exe().expect("this program");
    for name in names {
        let output =
            Command::new(&program).args(["--list", "--ignored", name]).output().expect("it runs");
        let listed = String::from_utf8_lossy(&output.stdout);
        assert_eq!(listed.matches(": test").count(), 1, "{name}: {listed}");
    }
}
