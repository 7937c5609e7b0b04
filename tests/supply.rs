//! What comes into the program: how many packages, from where, under which licences.
//! It is asked of Cargo itself, for the machine that runs this.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

/// The program is one of them.
const MOST_PACKAGES: usize = 250;
/// Packages that are there in two versions, because others want them so; `thiserror` for
/// what waits for the terminal until there is nothing left to read.
const TWICE: [&str; 5] = ["base64", "getrandom", "syn", "thiserror", "thiserror-impl"];

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Package {
    name: String,
    version: String,
    licence: String,
    /// Where it comes from, where that is not the public registry.
    from: String,
}

fn packages() -> BTreeSet<Package> {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--locked", "--offline", "--edges", "normal,build"])
        .args(["--prefix", "none", "--format", "{p}|{l}"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).expect("text");
    text.lines().filter(|line| !line.is_empty()).map(package).collect()
}

fn package(line: &str) -> Package {
    let (package, licence) = line.split_once('|').expect("a licence");
    let licence = licence.trim_end_matches(" (*)");
    let mut words = package.split(' ');
    let mut word = || words.next().unwrap_or_default().to_owned();
    let (name, version, rest) = (word(), word(), word());
    let from =
        if rest.starts_with("(/") || rest.starts_with("(http") { rest } else { String::new() };
    Package { name, version, licence: licence.to_owned(), from }
}

fn deny() -> toml::Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("deny.toml");
    toml::from_str(&std::fs::read_to_string(path).expect("a deny.toml")).expect("TOML")
}

fn strings<'a>(
    value: &'a toml::Value,
    of: impl Fn(&'a toml::Value) -> &'a toml::Value,
) -> BTreeSet<&'a str> {
    let all = value.as_array().expect("a list").iter();
    all.map(|one| of(one).as_str().expect("a text")).collect()
}

/// Whether a licence expression can be met with these licences: in one of its
/// alternatives, all of them.
fn is_met(expression: &str, allowed: &BTreeSet<&str>) -> bool {
    // Old crates write a stroke for "or".
    let expression = expression.replace(" / ", " OR ").replace('/', " OR ");
    let all = |part: &str| {
        let part = part.trim().trim_matches(['(', ')']);
        part.split(" OR ").any(|licence| allowed.contains(licence.trim()))
    };
    if expression.contains('(') {
        return expression.split(" AND ").all(all);
    }
    expression.split(" OR ").any(|alternative| alternative.split(" AND ").all(all))
}

#[test]
fn expressions_of_licences_are_understood() {
    let allowed = BTreeSet::from(["MIT", "Unicode-3.0", "Apache-2.0 WITH LLVM-exception"]);
    for (expression, met) in [
        ("MIT", true),
        ("GPL-3.0", false),
        ("GPL-3.0 OR MIT", true),
        ("GPL-3.0 AND MIT", false),
        ("GPL-3.0/MIT", true),
        ("GPL-3.0 / MIT", true),
        ("(MIT OR Apache-2.0) AND Unicode-3.0", true),
        ("(GPL-3.0 OR Apache-2.0) AND Unicode-3.0", false),
        ("(MIT OR Apache-2.0) AND GPL-3.0", false),
        ("Apache-2.0 WITH LLVM-exception OR GPL-3.0", true),
        ("", false),
    ] {
        assert_eq!(is_met(expression, &allowed), met, "{expression}");
    }
}

#[test]
fn everything_that_comes_in_is_allowed() {
    let (packages, deny) = (packages(), deny());
    assert!(packages.len() > 100, "only {} packages were found", packages.len());
    assert!(packages.len() <= MOST_PACKAGES, "{} packages", packages.len());
    let allowed = strings(&deny["licenses"]["allow"], |one| one);
    let banned = strings(&deny["bans"]["deny"], |one| &one["crate"]);
    for package in packages.iter().filter(|package| package.name != "gatehouse") {
        assert!(is_met(&package.licence, &allowed), "{package:?}");
        assert!(!banned.contains(package.name.as_str()), "{package:?}");
        assert_eq!(package.from, "", "{package:?} is not from the public registry");
    }
}

#[test]
fn what_is_there_twice_is_known() {
    let packages = packages();
    let names: Vec<_> = packages.iter().map(|package| package.name.as_str()).collect();
    let twice: BTreeSet<_> =
        names.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| pair[0]).collect();
    let unknown: Vec<_> = twice.iter().filter(|name| !TWICE.contains(name)).collect();
    assert!(unknown.is_empty(), "there twice: {unknown:?}");
}
