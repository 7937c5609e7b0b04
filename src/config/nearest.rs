//! Which known word somebody may have meant.

/// Words with less in common than this (1: the same) are not taken for each other.
const ALIKE: f64 = 0.7;

/// The known word that is nearest to what was written, if any is near.
#[must_use]
pub fn nearest<'a>(written: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let likeness = |word: &str| strsim::jaro(written, word);
    known
        .into_iter()
        .filter(|word| likeness(word) > ALIKE)
        .max_by(|one, other| likeness(one).total_cmp(&likeness(other)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_understood_and_nonsense_is_not() {
        let known = ["danger", "dim", "good", "selected"];
        for (written, meant) in [
            ("dangr", Some("danger")),
            ("dangerous", Some("danger")),
            ("god", Some("good")),
            ("seleced", Some("selected")),
            ("xyzzy", None),
            ("", None),
        ] {
            assert_eq!(nearest(written, known), meant, "{written}");
        }
    }
}
