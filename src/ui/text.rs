//! Fitting text into columns, by its width on the screen and never by its bytes.

use std::borrow::Cow;

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// The columns that a text takes.
#[must_use]
pub fn width(text: &str) -> usize {
    text.width()
}

/// Cuts from the right, where names are least telling: `terraform-prod-eu…`.
#[must_use]
pub fn fit(text: &str, columns: usize) -> Cow<'_, str> {
    if text.width() <= columns {
        return text.into();
    }
    if columns == 0 {
        return "".into();
    }
    let mut kept = String::with_capacity(columns + 4);
    let mut used = 0;
    for grapheme in text.graphemes(true) {
        used += grapheme.width();
        if used > columns - 1 {
            break;
        }
        kept.push_str(grapheme);
    }
    kept.push('…');
    kept.into()
}

/// Cuts from the left, where ids are least telling: `…77c0`.
#[must_use]
pub fn fit_end(text: &str, columns: usize) -> Cow<'_, str> {
    if text.width() <= columns {
        return text.into();
    }
    if columns == 0 {
        return "".into();
    }
    let mut start = text.len();
    let mut used = 0;
    for (at, grapheme) in text.grapheme_indices(true).rev() {
        used += grapheme.width();
        if used > columns - 1 {
            break;
        }
        start = at;
    }
    format!("…{}", &text[start..]).into()
}

/// What is left of a text when so many columns of it have been scrolled away.
#[must_use]
pub fn skip_columns(text: &str, columns: usize) -> &str {
    let mut skipped = 0;
    for (at, grapheme) in text.grapheme_indices(true) {
        if skipped >= columns {
            return &text[at..];
        }
        skipped += grapheme.width();
    }
    ""
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

    #[test]
    fn text_is_cut_by_its_width_on_the_screen() {
        assert_eq!(fit("terraform", 9), "terraform");
        assert_eq!(fit("terraform", 5), "terr…");
        assert_eq!(fit("東京東京", 5), "東京…");
        assert_eq!(fit("東京東京", 4), "東…");
        assert_eq!(fit("ab", 0), "");
        assert_eq!(fit_end("mdb_sa_id_77c0", 5), "…77c0");
        assert_eq!(fit_end("東京", 3), "…京");
    }

    proptest::proptest! {
        #[test]
        fn nothing_is_wider_than_its_place(text in "\\PC{0,40}", columns in 0usize..30) {
            proptest::prop_assert!(width(&fit(&text, columns)) <= columns);
            proptest::prop_assert!(width(&fit_end(&text, columns)) <= columns);
        }
    }
}
