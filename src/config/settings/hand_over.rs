//! The commands that take secrets: `[hand_over.NAME]`. Runs none of them.

use super::entry::{Entry, Value, put};
use crate::rules::hand_over::{PLACEHOLDERS, Shape, Taker};
use crate::rules::wrong::Wrong;

/// A command is given up after so many seconds, unless it says otherwise.
const SECONDS: u64 = 30;
/// The longest that it may say.
const MOST_SECONDS: u64 = 600;

const SHAPES: &[(&str, Shape)] = &[
    ("plain", Shape::Plain),
    ("json", Shape::Json),
    ("env", Shape::Env),
    ("profile", Shape::Profile),
];

const ENTRIES: &[&Entry<Taker>] = &[
    &Entry { name: "command", read: |taker, value| put(&mut taker.argv, command(value)) },
    &Entry { name: "shape", read: |taker, value| put(&mut taker.shape, value.choice(SHAPES)) },
    &Entry { name: "seconds", read: |taker, value| put(&mut taker.seconds, seconds(value)) },
    &Entry { name: "environment", read: |taker, value| put(&mut taker.environment, value.texts()) },
];

/// How the sample tells of them.
pub(super) const SAMPLE: &str = r#"
# Commands that take secrets, one table each: [hand_over.NAME]. They run without a shell
# and get the secret on their standard input. {name}, {id} and {org} in their arguments are
# filled in; the secret never is.
#   command      the program and its arguments
#   shape        what it gets: "plain" (the secret alone), "json", "env" or "profile"
#   seconds      it is given up after so long, 1 to 600
#   environment  variables that it needs besides the usual ones
#[hand_over.pass]
#command = ["pass", "insert", "--multiline", "atlas/{name}"]
#shape = "plain"
#seconds = 30
#environment = []
"#;

/// The commands of the table, by their names.
pub(super) fn takers(value: Value<'_>) -> Result<Vec<Taker>, Vec<Wrong>> {
    let mut takers = Vec::new();
    value.each(|name, value| {
        takers.push(taker(name, value)?);
        Ok(())
    })?;
    takers.sort_by(|one: &Taker, other| one.name.cmp(&other.name));
    Ok(takers)
}

fn taker(name: &str, value: Value<'_>) -> Result<Taker, Vec<Wrong>> {
    let mut taker = Taker {
        name: name.to_owned(),
        argv: Vec::new(),
        shape: Shape::Plain,
        seconds: SECONDS,
        environment: Vec::new(),
    };
    value.read(ENTRIES, &mut taker)?;
    if taker.argv.is_empty() {
        value.is_wrong("it needs a `command`")?;
    }
    Ok(taker)
}

/// A program and its arguments; nothing where nothing is named.
pub(super) fn program(value: Value<'_>) -> Result<Vec<String>, Wrong> {
    let argv = value.texts()?;
    match argv.first() {
        Some(program) if program.trim().is_empty() => value.is_wrong("it names no program"),
        Some(program) if program.contains('/') && !program.starts_with('/') => {
            value.is_wrong("name the program alone, as PATH has it, or with its whole path")
        }
        _ => Ok(argv),
    }
}

fn command(value: Value<'_>) -> Result<Vec<String>, Wrong> {
    let argv = program(value)?;
    if argv.is_empty() {
        return value.is_wrong("it names no program");
    }
    match argv.iter().find_map(|argument| misplaced(argument)) {
        Some(why) => value.is_wrong(&why),
        None => Ok(argv),
    }
}

fn seconds(value: Value<'_>) -> Result<u64, Wrong> {
    match value.number().filter(|seconds| (1..=MOST_SECONDS).contains(seconds)) {
        Some(seconds) => Ok(seconds),
        None => value.is_wrong(&format!("it takes 1 to {MOST_SECONDS}")),
    }
}

/// What is wrong with a placeholder. Arguments can be seen by everybody on the machine: a
/// secret never stands in one.
fn misplaced(argument: &str) -> Option<String> {
    let mut rest = argument;
    while let Some(at) = rest.find('{') {
        let end = rest[at..].find('}')?;
        let placeholder = &rest[at..=at + end];
        if placeholder == "{secret}" {
            return Some("the secret goes to the command's standard input, never into its arguments: leave {secret} out".into());
        }
        let known = PLACEHOLDERS.contains(&placeholder);
        let looks_like_one =
            placeholder[1..placeholder.len() - 1].bytes().all(|b| b.is_ascii_lowercase());
        if looks_like_one && !known {
            let all = PLACEHOLDERS.join(", ");
            return Some(format!("{placeholder} is not known; there are {all}"));
        }
        rest = &rest[at + end + 1..];
    }
    None
}
