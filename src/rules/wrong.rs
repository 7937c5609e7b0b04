//! What is wrong in a file that somebody wrote by hand, and how all of it is told at once.

use std::fmt::Write as _;

/// So many are told with their lines; of more only how many.
const MOST: usize = 10;

/// What is wrong, and in which line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong {
    /// The line of the file, from 1.
    pub line: usize,
    /// What is wrong there, and what may have been meant.
    pub what: String,
}

impl Wrong {
    /// What is wrong and where, in a sentence.
    #[must_use]
    pub fn told(&self) -> String {
        let end = if self.what.ends_with(['.', '?']) { "" } else { "." };
        format!("line {}: {}{end}", self.line, self.what)
    }
}

/// All that is wrong in a file, in the order of its lines.
#[must_use]
pub fn tell(file: &str, mut wrong: Vec<Wrong>) -> String {
    wrong.sort_by_key(|one| one.line);
    if let [one] = &*wrong {
        return format!("{file}, {}", one.told());
    }
    let mut text = format!("{file} has {} mistakes:", wrong.len());
    for one in wrong.iter().take(MOST) {
        let _ = write!(text, "\n  {}", one.told());
    }
    if wrong.len() > MOST {
        let _ = write!(text, "\n  and {} more below.", wrong.len() - MOST);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(line: usize) -> Wrong {
        Wrong { line, what: format!("`{line}` is not known") }
    }

    #[test]
    fn one_is_a_sentence_and_many_are_a_list_in_the_order_of_the_file() {
        assert_eq!(tell("FILE", vec![wrong(3)]), "FILE, line 3: `3` is not known.");
        assert_eq!(
            tell("FILE", vec![wrong(3), wrong(1)]),
            "FILE has 2 mistakes:\n  line 1: `1` is not known.\n  line 3: `3` is not known."
        );
        let many = tell("FILE", (1..=50).rev().map(wrong).collect());
        assert!(many.starts_with("FILE has 50 mistakes:\n  line 1: "), "{many}");
        assert!(many.ends_with("line 10: `10` is not known.\n  and 40 more below."), "{many}");
        assert_eq!(many.lines().count(), 12);
    }
}
