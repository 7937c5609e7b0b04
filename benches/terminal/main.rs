//! What a person at the keyboard waits for, measured from outside: the built program on
//! a pseudo-terminal, against an emulator in a process of its own. Prints the README's
//! tables. Linux only: it reads `/proc`.
//!
//! `cargo bench --bench terminal` measures all, `-- starts` or another of the parts that
//! [`PARTS`] names one of them; with `-- write` it writes the README's tables, and builds
//! the program once from nothing, to time that too.

mod emulator;
mod filling;
mod program;
mod session;
mod sizes;
mod starts;
mod table;

use std::thread;

use table::Part;

const GATEHOUSE: &str = env!("CARGO_BIN_EXE_gatehouse");
const PROJECT: &str = env!("CARGO_MANIFEST_DIR");

/// What is counted beside a build.
const LIMITS: &str = "limits";

/// Measures something.
type Measure = fn() -> Part;

/// What is measured, by its name.
const PARTS: [(&str, Measure); 4] = [
    ("starts", starts::measure),
    ("sizes", sizes::measure),
    ("filling", filling::measure),
    ("program", program::measure),
];

fn main() {
    let words: Vec<_> = std::env::args().skip(1).collect();
    let write = words.iter().any(|word| word == "write");
    let is_wanted = |name: &str| write || words.iter().any(|word| word == name);
    let any = PARTS.iter().any(|(name, _)| is_wanted(name)) || is_wanted(LIMITS);
    let mut parts: Vec<_> = PARTS
        .iter()
        .filter(|(name, _)| !any || is_wanted(name))
        .map(|(_, measure)| measure())
        .collect();
    // How long it waits for Atlas' limits is not measured: a build may go on meanwhile.
    let limits = (!any || is_wanted(LIMITS)).then(|| thread::spawn(filling::measure_limits));
    if write {
        parts.push(Part::of(vec![program::clean_build()]));
    }
    parts.extend(limits.map(|limits| limits.join().expect("it was counted")));
    let whole = table::of(&parts);
    println!("\n{whole}");
    if write {
        table::write(&whole);
    }
}
