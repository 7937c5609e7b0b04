//! The README says what is true: its keys are the key table's, its commands run.

use std::fmt::Write;
use std::path::Path;
use std::process::Command;

use gatehouse::app::keys::{self, BINDINGS, Layer};

fn readme() -> String {
    std::fs::read_to_string(path()).expect("a README")
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
        Layer::Organizations => "organizations",
        Layer::Help => "help",
        Layer::Problem => "problem",
        Layer::Welcome => "first screen",
    };
    let mut table = String::from("| keys | what they do | where |\n|---|---|---|\n");
    for binding in BINDINGS {
        let keys: Vec<_> =
            keys::written(binding).split(' ').map(|key| format!("`{key}`")).collect();
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
    let readme = readme();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let links = readme.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    let mut checked = 0;
    for link in links.filter(|link| !link.starts_with("http")) {
        assert!(root.join(link).exists(), "{link} is not there");
        checked += 1;
    }
    assert!(checked >= 2, "the pictures are shown");
}

/// Every line of a shell block that starts gatehouse is understood by it.
#[test]
fn its_commands_are_understood() {
    let readme = readme();
    let blocks = readme.split("```sh\n").skip(1).filter_map(|rest| rest.split("```").next());
    let mut checked = 0;
    for line in blocks.flat_map(str::lines) {
        let line = line.split(" #").next().unwrap_or_default().trim();
        let arguments = line
            .strip_prefix("cargo run --release -- ")
            .or_else(|| line.strip_prefix("gatehouse ").or((line == "gatehouse").then_some("")));
        let Some(arguments) = arguments else { continue };
        let arguments: Vec<_> = arguments.split_whitespace().collect();
        let parsed = <gatehouse::cli::Cli as clap::Parser>::try_parse_from(
            std::iter::once("gatehouse").chain(arguments),
        );
        assert!(
            parsed.is_ok(),
            "{line}: {}",
            parsed.err().map(|e| e.to_string()).unwrap_or_default()
        );
        checked += 1;
    }
    assert!(checked >= 4, "only {checked} commands were found");
}

#[test]
fn the_help_of_the_command_is_short_and_ends_with_examples() {
    let output =
        Command::new(env!("CARGO_BIN_EXE_gatehouse")).arg("--help").output().expect("runs");
    let help = String::from_utf8(output.stdout).expect("text");
    assert!(output.status.success());
    insta::assert_snapshot!("help", help);
}
