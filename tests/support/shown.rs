//! Tables of promises and the tests that show them; what they name must be there.

use std::fs;
use std::path::Path;

/// What is promised, and the tests that show it: a file below `tests` or `src`, and
/// functions in it.
pub type Row = (&'static str, &'static [(&'static str, &'static [&'static str])]);

/// Whether this source has a test of this name, which runs every day.
fn has_test(source: &str, name: &str) -> bool {
    let Some(at) = source.find(&format!("fn {name}()")) else { return false };
    let before: Vec<_> = source[..at].lines().rev().take(4).map(str::trim).collect();
    let is_test = before.iter().any(|line| *line == "#[test]" || line.starts_with("#[tokio::test"));
    is_test && !before.iter().any(|line| line.starts_with("#[ignore"))
}

/// Every row names tests, and there are all of them.
pub fn assert_shown(table: &[Row]) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut missing: Vec<&str> = Vec::new();
    for (row, shown) in table {
        assert!(!shown.is_empty(), "nothing shows: {row}");
        for (file, names) in *shown {
            let source = fs::read_to_string(root.join(format!("{file}.rs")));
            let source = source.unwrap_or_else(|error| panic!("{file}: {error}"));
            missing.extend(names.iter().copied().filter(|name| !has_test(&source, name)));
        }
    }
    assert!(missing.is_empty(), "no such tests: {missing:?}");
}
