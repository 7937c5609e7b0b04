//! Wrong versions of right bytes, by chance: bits that flip, ends that are missing, pieces
//! of others, and JSON whose values are other than they should be.

use serde_json::{Map, Value, json};

use crate::support::dice::Dice;

/// How deep JSON nests that nobody means: deeper than any reader goes.
const DEEP: usize = 300;

/// One of these, made wrong.
pub fn mutated(corpus: &[Vec<u8>], dice: &mut Dice) -> Vec<u8> {
    let mut bytes = one(corpus, dice).clone();
    for _ in 0..=dice.roll(3) {
        bytes = match dice.roll(3) {
            0 => in_bytes(bytes, corpus, dice),
            _ => in_json(&bytes, dice).unwrap_or_else(|| in_bytes(bytes, corpus, dice)),
        };
    }
    bytes
}

fn one<'a, T>(of: &'a [T], dice: &mut Dice) -> &'a T {
    &of[dice.roll(of.len())]
}

/// What harms those who count, escape or trust.
const PIECES: &[&str] = &[
    "\0",
    "\"",
    "\\",
    "\\u0000",
    "\\ud800",
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "\n",
    "\r\n",
    "#",
    "=",
    "@",
    "//",
    "%2F",
    "..",
    "null",
    "1e999",
    "-0",
    "18446744073709551616",
    "\u{202e}",
    "\u{1100}\u{1100}",
    "\u{200d}",
    "\u{feff}",
    "é",
    "mdb_sa_sk_LEAKLEAK",
    "0f8fad5b-d9cb-469f-a165-70867728950e",
    "Bearer ",
    "basic dXNlcjpwYXNz",
    "/32",
    "::",
    "::ffff:1.2.3.4",
    "0.0.0.0/0",
];

fn in_bytes(mut bytes: Vec<u8>, corpus: &[Vec<u8>], dice: &mut Dice) -> Vec<u8> {
    let at = dice.roll(bytes.len() + 1);
    match dice.roll(6) {
        0 => bytes.truncate(at),
        1 => drop(bytes.drain(..at)),
        2 => {
            let other = one(corpus, dice);
            let from = dice.roll(other.len() + 1);
            bytes.truncate(at);
            bytes.extend_from_slice(&other[from..]);
        }
        3 => {
            let until = (at + 1 + dice.roll(16)).min(bytes.len());
            let piece = bytes[at..until].repeat(1 + dice.roll(40));
            bytes.splice(at..at, piece);
        }
        4 => drop(bytes.splice(at..at, one(PIECES, dice).bytes())),
        _ => {
            if let Some(byte) = bytes.get_mut(at) {
                *byte ^= 1 << dice.roll(8);
            }
        }
    }
    bytes
}

/// A value in the place of another.
pub fn strange(dice: &mut Dice) -> Value {
    match dice.roll(13) {
        0 => Value::Null,
        1 => json!(true),
        2 => json!(-1),
        3 => json!(u64::MAX),
        4 => json!(1e308),
        5 => json!(0.5),
        6 => json!(""),
        7 => json!("FROM_TOMORROW"),
        8 => json!("x".repeat(5_000)),
        9 => json!([]),
        10 => json!({}),
        11 => json!([null, 1, "x", {}, []]),
        _ => json!({"clientId": 1, "id": [], "secret": {}}),
    }
}

/// The same JSON with something wrong in it, if it is JSON.
fn in_json(bytes: &[u8], dice: &mut Dice) -> Option<Vec<u8>> {
    let mut whole: Value = serde_json::from_slice(bytes).ok()?;
    if dice.roll(8) == 0 {
        return Some(in_text(&whole.to_string(), dice));
    }
    let number = count(&whole);
    let chosen = nth(&mut whole, &mut dice.roll(number))?;
    match (dice.roll(4), chosen) {
        (0, Value::Object(fields)) if !fields.is_empty() => {
            let name = fields.keys().nth(dice.roll(fields.len()))?.clone();
            fields.remove(&name);
        }
        (1, Value::Object(fields)) => {
            fields.insert("fieldOfTomorrow".into(), strange(dice));
        }
        (0 | 1, Value::Array(values)) => values.push(strange(dice)),
        (_, chosen) => *chosen = strange(dice),
    }
    Some(whole.to_string().into_bytes())
}

/// What cannot be written as a value: names that stand twice, endless depth, and more
/// after the end.
fn in_text(text: &str, dice: &mut Dice) -> Vec<u8> {
    let field = text.find("\":").map_or("", |end| &text[..end + 2]);
    match dice.roll(3) {
        0 if field.starts_with("{\"") => format!("{field}null,{}", &text[1..]),
        1 => format!("{}{text}{}", "[".repeat(DEEP), "]".repeat(DEEP)),
        _ => format!("{text}{text}"),
    }
    .into_bytes()
}

fn parts(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(values) => values.iter().collect(),
        Value::Object(fields) => fields.values().collect(),
        _ => Vec::new(),
    }
}

/// How many values there are, itself included.
fn count(value: &Value) -> usize {
    1 + parts(value).into_iter().map(count).sum::<usize>()
}

/// The value after so many others, in the order of the text.
fn nth<'a>(value: &'a mut Value, left: &mut usize) -> Option<&'a mut Value> {
    if *left == 0 {
        return Some(value);
    }
    *left -= 1;
    match value {
        Value::Array(values) => values.iter_mut().find_map(|value| nth(value, left)),
        Value::Object(fields) => Map::values_mut(fields).find_map(|value| nth(value, left)),
        _ => None,
    }
}
