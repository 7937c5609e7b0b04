//! How the program is to look, as `config.toml` writes it. Knows no colours: what the words
//! mean is for those who draw.

use std::collections::BTreeMap;

use toml::Spanned;

use super::settings::line_of;

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

/// Themes as the file writes them: by name, then by meaning.
pub(super) type Themes = BTreeMap<Spanned<String>, BTreeMap<Spanned<String>, Spanned<String>>>;

impl Word {
    /// A word of this text.
    pub(super) fn of(spanned: Spanned<String>, text: &str) -> Self {
        let line = line_of(text, spanned.span().start);
        Self { text: spanned.into_inner(), line }
    }
}

/// The themes that are written in this text.
pub(super) fn themes(written: Themes, text: &str) -> Vec<WrittenTheme> {
    let theme = |(name, entries): (_, BTreeMap<_, _>)| {
        let word = |written| Word::of(written, text);
        let entries = entries.into_iter().map(|(meaning, style)| (word(meaning), word(style)));
        let (base, styles): (Vec<_>, _) = entries.partition(|(name, _)| name.text == "base");
        let base = base.into_iter().next().map(|(_, base)| base);
        WrittenTheme { name: word(name), base, styles }
    };
    written.into_iter().map(theme).collect()
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
            styles: vec![(word("danger", 6), word("bold", 6)), (word("good", 5), word("cyan", 5))],
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
            assert!(told.starts_with(&format!("line {line}: ")), "{text}: {told}");
        }
    }
}
