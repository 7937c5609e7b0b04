//! Bars beside what was measured, and the README's tables of them.

use std::fmt::Write as _;
use std::fs;

use crate::PROJECT;

/// A bar, and what was measured.
pub struct Line {
    what: &'static str,
    bar: &'static str,
    measured: String,
    met: bool,
}

/// What one part has measured.
pub struct Part {
    lines: Vec<Line>,
    /// What stands below the table.
    below: String,
}

impl Line {
    pub fn new(what: &'static str, bar: &'static str, measured: String, met: bool) -> Self {
        let line = Self { what, bar, measured, met };
        println!("{}", line.row());
        line
    }

    fn row(&self) -> String {
        let sign = if self.met { "yes" } else { "**no**" };
        format!("| {} | {} | {} | {sign} |", self.what, self.bar, self.measured)
    }
}

impl Part {
    pub fn of(lines: Vec<Line>) -> Self {
        Self { lines, below: String::new() }
    }

    pub fn with_below(self, below: String) -> Self {
        Self { below, ..self }
    }
}

/// The tables of these parts.
pub fn of(parts: &[Part]) -> String {
    let mut table = "| what | bar | measured | met |\n|---|---|---|---|\n".to_owned();
    for line in parts.iter().flat_map(|part| &part.lines) {
        let _ = writeln!(table, "{}", line.row());
    }
    for Part { below, .. } in parts.iter().filter(|part| !part.below.is_empty()) {
        let _ = write!(table, "\n{below}");
    }
    table
}

/// Puts tables between their marks in the README.
pub fn write(tables: &str) {
    let (begin, end) = ("<!-- speed -->\n", "<!-- end of speed -->");
    let path = format!("{PROJECT}/README.md");
    let readme = fs::read_to_string(&path).expect("a README");
    let (head, rest) = readme.split_once(begin).expect("the mark");
    let (_, tail) = rest.split_once(end).expect("the mark");
    fs::write(path, format!("{head}{begin}{tables}{end}{tail}")).expect("it is written");
}

/// Values in their order.
pub fn sorted(mut values: Vec<f64>) -> Vec<f64> {
    values.sort_by(f64::total_cmp);
    values
}

/// Of sorted values, the one below which so many of a hundred are.
pub fn at(values: &[f64], percent: usize) -> f64 {
    values[(values.len() * percent / 100).min(values.len() - 1)]
}

pub fn median(values: Vec<f64>) -> f64 {
    at(&sorted(values), 50)
}

pub fn number(count: usize) -> f64 {
    f64::from(u32::try_from(count).expect("few"))
}

/// The largest by a measure.
pub fn most<T>(all: &[T], of: impl Fn(&T) -> f64) -> f64 {
    all.iter().map(of).fold(0.0, f64::max)
}
