//! How a style is written: attributes, a colour, and `on` another one, as in
//! `bold #ff8700 on black`. Knows no meanings.

use ratatui::style::{Color, Modifier, Style};

const ATTRIBUTES: [(&str, Modifier); 5] = [
    ("bold", Modifier::BOLD),
    ("dim", Modifier::DIM),
    ("italic", Modifier::ITALIC),
    ("underlined", Modifier::UNDERLINED),
    ("reversed", Modifier::REVERSED),
];

/// The terminal's own colours. Others are written as `#rrggbb`, or as their number in the
/// terminal's table of 256.
const COLOURS: [&str; 16] = [
    "black",
    "red",
    "green",
    "yellow",
    "blue",
    "magenta",
    "cyan",
    "gray",
    "dark-gray",
    "light-red",
    "light-green",
    "light-yellow",
    "light-blue",
    "light-magenta",
    "light-cyan",
    "white",
];

/// A word that means nothing where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unknown {
    /// What should stand there.
    pub what: &'static str,
    /// What does.
    pub word: String,
    /// What could.
    pub known: Vec<&'static str>,
}

/// Reads a style; without a word it is the terminal's own.
///
/// # Errors
/// The first word that is neither an attribute nor a colour.
pub fn read(words: &str) -> Result<Style, Unknown> {
    let mut style = Style::new();
    let mut words = words.split_whitespace();
    while let Some(word) = words.next() {
        if word == "on" {
            let ground = words.next().unwrap_or_default();
            style.bg = Some(colour(ground).ok_or_else(|| unknown("a colour", ground))?);
        } else if let Some((_, attribute)) = ATTRIBUTES.iter().find(|(name, _)| *name == word) {
            style = style.add_modifier(*attribute);
        } else {
            style.fg = Some(colour(word).ok_or_else(|| unknown("a colour or an attribute", word))?);
        }
    }
    Ok(style)
}

fn colour(word: &str) -> Option<Color> {
    let is_code = word.starts_with(|first: char| first == '#' || first.is_ascii_digit());
    (is_code || COLOURS.contains(&word)).then(|| word.parse().ok()).flatten()
}

fn unknown(what: &'static str, word: &str) -> Unknown {
    let attributes = ATTRIBUTES.iter().map(|(name, _)| *name).filter(|_| what != "a colour");
    Unknown { what, word: word.to_owned(), known: COLOURS.into_iter().chain(attributes).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_style_is_read_word_by_word() {
        let plain = Style::new();
        for (words, style) in [
            ("", plain),
            ("red", plain.fg(Color::Red)),
            ("bold light-red", plain.fg(Color::LightRed).add_modifier(Modifier::BOLD)),
            ("#ff8700 on black", plain.fg(Color::Rgb(255, 135, 0)).bg(Color::Black)),
            ("underlined 208", plain.fg(Color::Indexed(208)).add_modifier(Modifier::UNDERLINED)),
            ("dark-gray", plain.fg(Color::DarkGray)),
        ] {
            assert_eq!(read(words), Ok(style), "{words}");
        }
        assert!(COLOURS.iter().all(|name| colour(name).is_some()), "each name is a colour");
    }

    #[test]
    fn what_means_nothing_is_named() {
        for (words, word, what) in [
            ("bold redd", "redd", "a colour or an attribute"),
            ("red on", "", "a colour"),
            ("red on bold", "bold", "a colour"),
            ("#ff87", "#ff87", "a colour or an attribute"),
            ("300", "300", "a colour or an attribute"),
            ("Red", "Red", "a colour or an attribute"),
        ] {
            let unknown = read(words).expect_err(words);
            assert_eq!((unknown.word.as_str(), unknown.what), (word, what), "{words}");
        }
    }
}
