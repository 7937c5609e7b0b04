//! The texts of all rows in lower case, one after the other in memory: a filter goes
//! through a hundred thousand of them between two keys.

use crate::app::listing::Listing;

/// What the plain words of a filter look at. It is made when a filter begins and thrown
/// away when it ends: rows need not carry their texts twice.
#[derive(Debug)]
pub(super) struct Haystack {
    /// The version of the rows that it was made of.
    pub version: u64,
    texts: String,
    /// Where the texts of each row end.
    ends: Vec<usize>,
}

impl Haystack {
    /// The texts of all that a list shows.
    pub fn of(list: &Listing) -> Self {
        let (mut texts, mut ends) = (String::new(), Vec::with_capacity(list.shown_len()));
        for row in list.shown() {
            for text in row.identity.texts() {
                push_folded(text, &mut texts);
                // No word of a filter has a line's end in it.
                texts.push('\n');
            }
            ends.push(texts.len());
        }
        Self { version: list.version(), texts, ends }
    }

    /// The texts of one row, by its place.
    pub fn of_row(&self, at: usize) -> &str {
        let start = at.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.texts[start..self.ends[at]]
    }
}

fn push_folded(text: &str, to: &mut String) {
    if text.is_ascii() {
        let start = to.len();
        to.push_str(text);
        to[start..].make_ascii_lowercase();
    } else {
        to.push_str(&text.to_lowercase());
    }
}
