//! The known word that was probably meant by another. Knows no language.

/// Words less alike than this, of 1, are no mistake for each other.
const ALIKE: f64 = 0.8;

/// The known word most like this one, if one is like it enough to be meant.
#[must_use]
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_lowercase();
    let likeness = |other: &str| strsim::jaro(&word, &other.to_lowercase());
    let scored = known.into_iter().map(|other| (likeness(other), other));
    let alike = scored.filter(|(score, _)| *score >= ALIKE);
    alike.max_by(|(one, _), (other, _)| one.total_cmp(other)).map(|(_, other)| other)
}

/// What follows a word that is not known: the one that was meant, or all there are.
#[must_use]
pub fn did_you_mean(word: &str, known: &[&str]) -> String {
    match nearest(word, known.iter().copied()) {
        Some(near) => format!("did you mean {near}?"),
        None => format!("there is {}", known.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mistakes_lead_to_the_word_and_other_words_do_not() {
        let known = ["organization", "refresh", "mouse", "rescue", "authorities"];
        for (word, meant) in [
            ("refesh", Some("refresh")),
            ("Mouse", Some("mouse")),
            ("organisation", Some("organization")),
            ("rescu", Some("rescue")),
            ("authority", Some("authorities")),
            ("shell", None),
            ("", None),
        ] {
            assert_eq!(nearest(word, known), meant, "{word}");
        }
        assert_eq!(did_you_mean("mose", &known), "did you mean mouse?");
        assert_eq!(did_you_mean("xyz", &["on", "off"]), "there is on, off");
    }
}
