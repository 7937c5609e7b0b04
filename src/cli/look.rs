//! How the program looks: what the command line, the configuration and the terminal say
//! about it together.

use clap::{Args, ValueEnum};

use crate::config::look::{Look, Word, WrittenTheme};
use crate::rules::nearest::nearest;
use crate::rules::wrong::Wrong;
use crate::ui::style::Unknown;
use crate::ui::symbols;
use crate::ui::theme::Theme;

/// What the command line says about it.
#[derive(Debug, Default, Args)]
pub(super) struct Flags {
    /// When to use colours; NO_COLOR in the environment means never
    #[arg(long, value_enum, default_value_t, value_name = "WHEN")]
    color: Color,

    /// Use this theme: ansi, dark, light, mono, or one of config.toml
    #[arg(long, value_name = "NAME")]
    theme: Option<String>,

    /// Draw in ASCII alone
    #[arg(long)]
    ascii: bool,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
enum Color {
    /// Unless NO_COLOR is set
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// What the terminal says about itself, in the environment.
#[derive(Debug, Clone, Copy)]
pub(super) struct Terminal {
    /// It, or who sits there, wants no colours.
    no_color: bool,
    /// It shows any colour, not only those of its table.
    true_colour: bool,
}

impl Terminal {
    /// This process's.
    pub(super) fn of_this_process() -> Self {
        let variable = |name| std::env::var_os(name).filter(|value| !value.is_empty());
        let colours = variable("COLORTERM");
        Self {
            no_color: variable("NO_COLOR").is_some(),
            true_colour: colours.is_some_and(|value| value == "truecolor" || value == "24bit"),
        }
    }
}

impl Flags {
    /// The theme that all agree on; and what is to be known about it, where it is not the
    /// one that was asked for.
    ///
    /// # Errors
    /// What is wrong with the theme that was asked for, in a sentence.
    pub(super) fn theme(
        &self,
        look: &Look,
        themes: &Themes,
        terminal: Terminal,
    ) -> Result<(Theme, Option<String>), String> {
        // The library reads NO_COLOR too and would undo --color always.
        crossterm::style::force_color_output(true);
        let wanted = self.theme.as_deref().or(look.theme.as_ref().map(|word| &*word.text));
        let name = wanted.unwrap_or("ansi");
        let theme = themes.find(name).map_err(|what| format!("--theme: {what}"))?;
        let coloured = match self.color {
            Color::Auto => !terminal.no_color,
            Color::Always => true,
            Color::Never => false,
        };
        let (theme, word) = match (coloured, theme.needs_true_colour() && !terminal.true_colour) {
            (false, _) => (Theme::mono(), None),
            (true, false) => (theme, None),
            (true, true) => (Theme::ansi(), Some(too_few(name))),
        };
        let symbols = if self.ascii || look.ascii { &symbols::ASCII } else { theme.symbols };
        Ok((Theme { symbols, ..theme }, word))
    }
}

fn too_few(name: &str) -> String {
    format!(
        "The theme ansi is used: {name} needs a terminal that shows any colour and says so with COLORTERM=truecolor."
    )
}

/// The themes of a configuration.
#[derive(Clone, Default)]
pub(super) struct Themes {
    own: Vec<(String, Theme)>,
}

impl Themes {
    /// What the configuration makes of its words, and all that it does not understand.
    pub(super) fn read(look: &Look) -> (Self, Vec<Wrong>) {
        let mut wrong = Vec::new();
        let own = look.themes.iter().map(|written| {
            let (theme, odd) = read(written);
            wrong.extend(odd);
            (written.name.text.clone(), theme)
        });
        let themes = Self { own: own.collect() };
        wrong.extend(look.theme.as_ref().and_then(|word| {
            themes.find(&word.text).err().map(|what| Wrong { line: word.line, what })
        }));
        (themes, wrong)
    }

    fn find(&self, name: &str) -> Result<Theme, String> {
        let own = self.own.iter().find(|(known, _)| known == name).map(|(_, theme)| theme);
        Theme::named(name).or_else(|| own.cloned()).ok_or_else(|| {
            let mut known: Vec<&str> = Theme::names().collect();
            known.extend(self.own.iter().map(|(name, _)| &**name));
            odd("a theme", name, &known)
        })
    }
}

/// A theme of the administrator's own, as far as it is understood.
fn read(written: &WrittenTheme) -> (Theme, Vec<Wrong>) {
    let (name, mut wrong) = (&written.name, Vec::new());
    let mut at = |word: &Word, place: &str, what: &str| {
        wrong.push(Wrong { line: word.line, what: format!("themes.{}{place}: {what}", name.text) });
    };
    if Theme::named(&name.text).is_some() {
        at(name, "", "gatehouse has a theme of this name: choose another");
    }
    let mut theme = Theme::ansi();
    if let Some(base) = &written.base {
        if let Some(named) = Theme::named(&base.text) {
            theme = named;
        } else {
            let known: Vec<_> = Theme::names().collect();
            at(base, ".base", &odd("a theme of gatehouse's own", &base.text, &known));
        }
    }
    for (meaning, style) in &written.styles {
        if let Err(Unknown { what, word, known }) = theme.set(&meaning.text, &style.text) {
            let place =
                if what == "a meaning" { String::new() } else { format!(".{}", meaning.text) };
            at(style, &place, &odd(what, &word, &known));
        }
    }
    (theme, wrong)
}

/// A word that is not what should stand there, with the one that may have been meant.
fn odd(what: &str, word: &str, known: &[&str]) -> String {
    match nearest(word, known.iter().copied()) {
        Some(meant) => format!("{word:?} is not {what}; did you mean {meant}?"),
        None => format!("{word:?} is not {what}; there are {}", known.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::settings::Settings;
    use crate::rules::wrong::tell;

    const PLAIN: Terminal = Terminal { no_color: false, true_colour: false };
    const TRUE: Terminal = Terminal { true_colour: true, ..PLAIN };
    const NO_COLOR: Terminal = Terminal { no_color: true, ..TRUE };

    fn flags(theme: Option<&str>, color: Color) -> Flags {
        Flags { theme: theme.map(str::to_owned), color, ascii: false }
    }

    fn theme(flags: &Flags, text: &str, terminal: Terminal) -> Result<Theme, String> {
        let look = Settings::parse(text).expect("settings").look;
        let (themes, wrong) = Themes::read(&look);
        if !wrong.is_empty() {
            return Err(tell("FILE", wrong));
        }
        let (theme, word) = flags.theme(&look, &themes, terminal)?;
        let wanted = flags.theme.as_deref().or(look.theme.as_ref().map(|name| &*name.text));
        if let Some(word) = word {
            assert_eq!(theme, Theme::ansi());
            assert!(word.contains(&format!("used: {} needs", wanted.expect("one"))));
        }
        Ok(theme)
    }

    #[test]
    fn colours_are_used_where_all_agree() {
        let (none, dark) = (flags(None, Color::Auto), flags(Some("dark"), Color::Auto));
        for (flags, text, terminal, expected) in [
            (&none, "", PLAIN, Theme::ansi()),
            (&none, "", NO_COLOR, Theme::mono()),
            (&none, "theme = 'light'", TRUE, Theme::light()),
            (&none, "theme = 'light'", PLAIN, Theme::ansi()),
            (&none, "theme = 'light'", NO_COLOR, Theme::mono()),
            (&dark, "theme = 'light'", TRUE, Theme::dark()),
            (&dark, "", PLAIN, Theme::ansi()),
            (&flags(Some("dark"), Color::Always), "", NO_COLOR, Theme::dark()),
            (&flags(Some("dark"), Color::Never), "", TRUE, Theme::mono()),
        ] {
            assert_eq!(theme(flags, text, terminal), Ok(expected), "{text} {terminal:?}");
        }
    }

    #[test]
    fn a_terminal_with_too_few_colours_is_told_of() {
        let dark = flags(Some("dark"), Color::Auto);
        let word = |terminal| {
            dark.theme(&Look::default(), &Themes::default(), terminal).expect("a theme").1
        };
        assert!(word(PLAIN).is_some_and(|word| word.contains("COLORTERM")));
        assert_eq!((word(TRUE), word(NO_COLOR)), (None, None));
    }

    #[test]
    fn a_theme_of_ones_own_changes_another() {
        let text = "theme = 'mine'\n[themes.mine]\nbase = 'mono'\ngood = 'cyan'\n";
        let mut mine = Theme::mono();
        mine.set("good", "cyan").expect("a style");
        assert_eq!(theme(&flags(None, Color::Auto), text, PLAIN), Ok(mine));
        let ascii = Flags { ascii: true, ..flags(None, Color::Auto) };
        for (flags, text) in [(ascii, ""), (flags(None, Color::Auto), "ascii = true")] {
            assert_eq!(theme(&flags, text, PLAIN).expect("one").symbols, &symbols::ASCII);
        }
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line_and_what_was_meant() {
        let none = flags(None, Color::Auto);
        for (text, told) in [
            ("\ntheme = 'drak'", "FILE, line 2: \"drak\" is not a theme; did you mean dark?"),
            (
                "[themes.mine]\ndangr = 'bold'",
                "FILE, line 2: themes.mine: \"dangr\" is not a meaning; did you mean danger?",
            ),
            (
                "[themes.mine]\n\ndanger = 'bold redd'",
                "FILE, line 3: themes.mine.danger: \"redd\" is not a colour or an attribute; did you mean red?",
            ),
            (
                "[themes.mine]\nbase = 'monno'",
                "FILE, line 2: themes.mine.base: \"monno\" is not a theme of gatehouse's own; did you mean mono?",
            ),
            (
                "[themes.dark]\ngood = 'bold'",
                "FILE, line 1: themes.dark: gatehouse has a theme of this name: choose another.",
            ),
            (
                "theme = 'drak'\n[themes.mine]\nbase = 'monno'\ndangr = 'bold'\ngood = 'redd'",
                "FILE has 4 mistakes:\n  line 1: \"drak\" is not a theme; did you mean dark?\n  line 3: themes.mine.base: \"monno\" is not a theme of gatehouse's own; did you mean mono?\n  line 4: themes.mine: \"dangr\" is not a meaning; did you mean danger?\n  line 5: themes.mine.good: \"redd\" is not a colour or an attribute; did you mean red?",
            ),
            (
                "theme = 'xyz'\n[themes.mine]",
                "FILE, line 1: \"xyz\" is not a theme; there are ansi, dark, light, mono, mine.",
            ),
        ] {
            assert_eq!(theme(&none, text, PLAIN), Err(told.to_owned()), "{text}");
        }
        let told = "--theme: \"lihgt\" is not a theme; did you mean light?";
        assert_eq!(theme(&flags(Some("lihgt"), Color::Auto), "", PLAIN), Err(told.into()));
    }
}
