//! How the program is to look, as `config.toml` writes it. Knows no colours: what the words
//! mean is for those who draw.

use super::settings::Value;
use crate::rules::wrong::Wrong;

/// How the sample tells of themes.
pub(super) const SAMPLE: &str = r##"
# Themes of your own, one table each: [themes.NAME]. Each changes another by meaning: text,
# strong, dim, good, soon, danger, selected, matched. A style is words: colours ("red",
# "light-blue", "#ff8700"), "on" before that of the ground, "bold", "dim", "underlined",
# "reversed".
#[themes.mine]
#base = "ansi"
#soon = "bold magenta"
"##;

/// How the program is to look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look {
    /// The theme that is asked for.
    pub theme: Option<Word>,
    /// The themes that are written there, by their names.
    pub themes: Vec<WrittenTheme>,
    /// Nothing of ours is drawn beyond ASCII.
    pub ascii: bool,
    /// What waits may be drawn moving.
    pub animations: bool,
}

impl Default for Look {
    fn default() -> Self {
        Self { theme: None, themes: Vec::new(), ascii: false, animations: true }
    }
}

/// A word, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// What is written.
    pub text: String,
    /// In which line, the first being 1.
    pub line: usize,
}

/// A theme of the administrator's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrittenTheme {
    /// Its name.
    pub name: Word,
    /// The theme that it changes, where it names one.
    pub base: Option<Word>,
    /// Meanings, each with its style.
    pub styles: Vec<(Word, Word)>,
}

/// The themes of this table, in the order of the file. One with something wrong in it is
/// there too: it is known by its name.
pub(super) fn themes(into: &mut Vec<WrittenTheme>, value: Value<'_>) -> Result<(), Vec<Wrong>> {
    value.each(|name, value| {
        let mut theme = WrittenTheme { name: value.word(name), base: None, styles: Vec::new() };
        let read = value.each(|meaning, style| {
            let word = style.word(style.text()?);
            match meaning {
                "base" => theme.base = Some(word),
                _ => theme.styles.push((style.word(meaning), word)),
            }
            Ok(())
        });
        into.push(theme);
        read
    })
}

#[cfg(test)]
mod tests {
    use crate::config::settings::Settings;

    use super::*;

    fn look(text: &str) -> Look {
        Settings::parse(text).expect("settings").look
    }

    #[test]
    fn nothing_written_is_as_usual() {
        assert_eq!(look(""), Look::default());
        let still = look("animations = false\nascii = true");
        assert_eq!((still.animations, still.ascii), (false, true));
    }

    #[test]
    fn themes_keep_the_lines_of_their_words() {
        let look = look(
            "theme = 'mine'\n\n[themes.mine]\nbase = 'light'\ngood = 'cyan'\ndanger = 'bold'\n",
        );
        let word = |text: &str, line| Word { text: text.into(), line };
        assert_eq!(look.theme, Some(word("mine", 1)));
        let mine = WrittenTheme {
            name: word("mine", 3),
            base: Some(word("light", 4)),
            styles: vec![(word("good", 5), word("cyan", 5)), (word("danger", 6), word("bold", 6))],
        };
        assert_eq!(look.themes, [mine]);
    }

    #[test]
    fn what_is_no_theme_is_refused_with_its_line() {
        for (text, line) in [
            ("\ntheme = 1", 2),
            ("ascii = 'yes'", 1),
            ("[themes]\nmine = 'bold'", 2),
            ("[themes.mine]\ndanger = ['bold']", 2),
        ] {
            let told = Settings::parse(text).expect_err(text);
            assert!(told.starts_with(&format!("config.toml, line {line}: ")), "{text}: {told}");
        }
    }
}
