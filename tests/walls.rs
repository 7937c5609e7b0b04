//! The walls between the rooms: who may see what.

use std::fs;
use std::path::{Path, PathBuf};

/// A room, and the words that must not stand in its code.
struct Wall {
    room: &'static [&'static str],
    forbidden: &'static [&'static str],
}

/// What touches the world.
const WORLD: &[&str] = &[
    "tokio::",
    "reqwest::",
    "axum::",
    "std::fs",
    "std::env",
    "std::net::Tcp",
    "std::process",
    "std::thread",
    "Timestamp::now",
    "Instant::now",
    "SystemTime",
    "TimeZone::system",
];
/// What draws.
const TERMINAL: &[&str] = &["ratatui", "crossterm", "tui_input"];

const WALLS: &[Wall] = &[
    Wall {
        room: &[
            "atlas/mod.rs",
            "atlas/model",
            "atlas/field.rs",
            "atlas/redact.rs",
            "atlas/request",
            "atlas/roles.rs",
            "atlas/secret.rs",
            "atlas/text.rs",
            "atlas/error.rs",
        ],
        forbidden: WORLD,
    },
    Wall { room: &["atlas", "config", "emulator", "rules"], forbidden: TERMINAL },
    Wall {
        room: &["atlas", "config", "emulator", "rules"],
        forbidden: &["crate::app", "crate::screens", "crate::ui", "crate::runtime"],
    },
    Wall {
        room: &["emulator"],
        forbidden: &["atlas::client", "atlas::auth", "atlas::pace", "atlas::origin", "reqwest::"],
    },
    Wall { room: &["rules", "app", "screens", "ui"], forbidden: WORLD },
    Wall { room: &["rules"], forbidden: &["atlas::client", "atlas::auth", "atlas::pace"] },
    Wall {
        room: &["app", "screens", "ui"],
        forbidden: &[
            "crate::runtime",
            "crate::config",
            "crate::emulator",
            "atlas::client",
            "atlas::auth",
        ],
    },
    Wall { room: &["screens", "app"], forbidden: &["Color::", "print!", "println!"] },
    // What Atlas tells is clean from the beginning: none of it is kept as it came.
    Wall {
        room: &["atlas/model", "atlas/error.rs", "atlas/field.rs"],
        forbidden: &[": String,", "<String>", "(String)"],
    },
    // Text goes to cells as spans, never raw: only there are control characters dropped.
    Wall { room: &["app", "screens", "ui", "runtime"], forbidden: &["set_symbol", "set_char"] },
];

/// A word that one file may say: it puts plain letters into cells, and a property of its own
/// holds it to drop what the library drops.
const EXCEPTION: (&str, &str) = ("ui/put.rs", "set_char");

fn sources(path: &Path) -> Vec<PathBuf> {
    if path.is_file() {
        return vec![path.to_owned()];
    }
    let entries = fs::read_dir(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    entries.flat_map(|entry| sources(&entry.expect("an entry").path())).collect()
}

/// The code of a file: without its tests, and without comments.
fn code(path: &Path) -> String {
    let text = fs::read_to_string(path).expect("a source file");
    let text = text.split("#[cfg(test)]").next().unwrap_or_default();
    text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

#[test]
fn no_room_sees_what_it_must_not() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut breaches = Vec::new();
    let mut checked = 0;
    for wall in WALLS {
        for path in wall.room.iter().flat_map(|room| sources(&src.join(room))) {
            checked += 1;
            let code = code(&path);
            let is_excepted = |word: &str| path.ends_with(EXCEPTION.0) && word == EXCEPTION.1;
            let said = wall.forbidden.iter().filter(|word| code.contains(**word));
            for word in said.filter(|word| !is_excepted(word)) {
                breaches.push(format!("{} says {word}", path.display()));
            }
        }
    }
    assert!(checked > 50, "only {checked} files were looked at");
    assert!(breaches.is_empty(), "{}", breaches.join("\n"));
}

#[test]
fn a_breach_would_be_seen() {
    let code = code(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/runtime/mod.rs"));
    assert!(WORLD.iter().any(|word| code.contains(word)));
}

/// What is no letter of ours has one home, where it has a twin in ASCII: everything else
/// that is written in code is ASCII, and so is what it tells.
#[test]
fn what_is_told_is_ascii_but_for_the_symbols() {
    /// Both tables that have such twins; a table that only tests draw; and where a sign
    /// stands for what cannot be shown of others' texts, which no letter of theirs may be.
    const HOMES: [&str; 5] = [
        "ui/symbols.rs",
        "app/keys/key.rs",
        "rules/lock_out.rs",
        "atlas/text.rs",
        "runtime/canvas.rs",
    ];
    const ROOMS: [&str; 8] = ["app", "atlas", "cli", "config", "rules", "runtime", "screens", "ui"];
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let rooms = ROOMS.map(|room| sources(&src.join(room)));
    let mut breaches = Vec::new();
    for path in rooms.iter().flatten().filter(|path| !HOMES.iter().any(|home| path.ends_with(home)))
    {
        let code = code(path);
        let odd = code.lines().filter(|line| !line.is_ascii());
        breaches.extend(odd.map(|line| format!("{}: {}", path.display(), line.trim())));
    }
    assert!(breaches.is_empty(), "{}", breaches.join("\n"));
    assert!(!code(&src.join(HOMES[0])).is_ascii(), "a breach would be seen");
}
