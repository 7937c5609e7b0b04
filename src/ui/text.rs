//! Fitting text into columns, by its width on the screen and never by its bytes.

use std::borrow::Cow;

use ratatui::buffer::CellWidth;
use unicode_segmentation::UnicodeSegmentation;

use super::theme::Theme;

/// The columns that a text takes: those of its graphemes, which stand in cells of their
/// own, whatever letters are narrower together.
#[must_use]
pub fn width(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { text.graphemes(true).map(cells).sum() }
}

/// The cells that a grapheme takes.
fn cells(grapheme: &str) -> usize {
    if grapheme.len() == 1 { 1 } else { grapheme.cell_width().into() }
}

/// What is drawn of a text that may be too wide for its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cut<'a> {
    /// The sign that something before it is missing.
    pub before: &'static str,
    /// What is left of the text.
    pub text: &'a str,
    /// The sign that something after it is missing.
    pub after: &'static str,
}

impl<'a> Cut<'a> {
    /// All of a text.
    #[must_use]
    pub const fn whole(text: &'a str) -> Self {
        Self { before: "", text, after: "" }
    }

    /// Cuts from the right, where names are least telling: `terraform-prod-eu…`.
    #[must_use]
    pub fn right(text: &'a str, columns: usize, theme: &Theme) -> Self {
        if width(text) <= columns {
            return Self::whole(text);
        }
        let Some(room) = columns.checked_sub(1) else { return Self::whole("") };
        let mut used = 0;
        let end = text.grapheme_indices(true).find_map(|(at, grapheme)| {
            used += cells(grapheme);
            (used > room).then_some(at)
        });
        Self { before: "", text: &text[..end.unwrap_or(text.len())], after: theme.symbols.cut }
    }

    /// Cuts from the left, where ids are least telling: `…77c0`.
    #[must_use]
    pub fn left(text: &'a str, columns: usize, theme: &Theme) -> Self {
        if width(text) <= columns {
            return Self::whole(text);
        }
        let Some(room) = columns.checked_sub(1) else { return Self::whole("") };
        let (mut start, mut used) = (text.len(), 0);
        for (at, grapheme) in text.grapheme_indices(true).rev() {
            used += cells(grapheme);
            if used > room {
                break;
            }
            start = at;
        }
        Self { before: theme.symbols.cut, text: &text[start..], after: "" }
    }

    fn joined(self) -> Cow<'a, str> {
        match self {
            Self { before: "", text, after: "" } => text.into(),
            Self { before, text, after } => [before, text, after].concat().into(),
        }
    }
}

/// As [`Cut::right`], in one piece.
#[must_use]
pub fn fit<'a>(text: &'a str, columns: usize, theme: &Theme) -> Cow<'a, str> {
    Cut::right(text, columns, theme).joined()
}

/// As [`Cut::left`], in one piece.
#[must_use]
pub fn fit_end<'a>(text: &'a str, columns: usize, theme: &Theme) -> Cow<'a, str> {
    Cut::left(text, columns, theme).joined()
}

/// What is left of a text when so many columns of it have been scrolled away.
#[must_use]
pub fn skip_columns(text: &str, columns: usize) -> &str {
    let mut skipped = 0;
    for (at, grapheme) in text.grapheme_indices(true) {
        if skipped >= columns {
            return &text[at..];
        }
        skipped += cells(grapheme);
    }
    ""
}

/// Cuts a text into pieces that each fill so many columns.
pub fn chunks(text: &str, columns: usize) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let mut used = 0;
        let end = rest.grapheme_indices(true).find(|(at, grapheme)| {
            used += cells(grapheme);
            used > columns && *at > 0
        });
        let (piece, left) = rest.split_at(end.map_or(rest.len(), |(at, _)| at));
        rest = left;
        (!piece.is_empty()).then_some(piece)
    })
}

/// Breaks a text into lines of at most so many columns, between words where
/// possible.
#[must_use]
pub fn wrap(text: &str, columns: usize) -> Vec<String> {
    if columns == 0 {
        return Vec::new();
    }
    // At a hyphen stand dates and ids, which nobody wants to read in two parts.
    let options =
        textwrap::Options::new(columns).word_splitter(textwrap::WordSplitter::NoHyphenation);
    textwrap::wrap(text, options).into_iter().map(Cow::into_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fit(text: &str, columns: usize) -> Cow<'_, str> {
        super::fit(text, columns, &Theme::ansi())
    }

    fn fit_end(text: &str, columns: usize) -> Cow<'_, str> {
        super::fit_end(text, columns, &Theme::ansi())
    }

    #[test]
    fn text_is_cut_by_its_width_on_the_screen() {
        assert_eq!(fit("terraform", 9), "terraform");
        assert_eq!(fit("terraform", 5), "terr…");
        assert_eq!(fit("東京東京", 5), "東京…");
        assert_eq!(fit("東京東京", 4), "東…");
        assert_eq!(fit("ab", 0), "");
        // Narrower together than one by one.
        assert_eq!(width("لا"), 2);
        assert_eq!(fit("لالا", 3), "لا…");
        assert_eq!(fit_end("mdb_sa_id_77c0", 5), "…77c0");
        assert_eq!(fit_end("東京", 3), "…京");
        assert_eq!(chunks("abcde", 2).collect::<Vec<_>>(), ["ab", "cd", "e"]);
        assert_eq!(chunks("a東京", 2).collect::<Vec<_>>(), ["a", "東", "京"]);
        assert_eq!(chunks("東", 1).collect::<Vec<_>>(), ["東"]);
    }

    proptest::proptest! {
        #[test]
        fn nothing_is_wider_than_its_place(text in "\\PC{0,40}", columns in 0usize..30) {
            proptest::prop_assert!(width(&fit(&text, columns)) <= columns);
            proptest::prop_assert!(width(&fit_end(&text, columns)) <= columns);
        }
    }
}
