//! The texts of all rows in lower case, one after the other in memory: a filter goes
//! through a hundred thousand of them between two keys.

use crate::app::listing::{Listing, Row};

/// Rows of one block: none is so large that making room for it means copying much.
const ROWS: usize = 256;

/// What the plain words of a filter look at. It is made for the first filter and kept for
/// the next ones: rows need not carry their texts twice where nobody filters.
#[derive(Debug)]
pub(super) struct Haystack {
    /// The version of the rows that it was made of.
    pub version: u64,
    blocks: Vec<Block>,
}

/// The texts of some rows.
#[derive(Debug, Default)]
struct Block {
    texts: String,
    /// Where the texts of each row end.
    ends: Vec<usize>,
}

impl Haystack {
    /// The texts of all that a list shows.
    pub fn of(list: &Listing) -> Self {
        let mut blocks: Vec<Block> = Vec::with_capacity(list.shown_len().div_ceil(ROWS));
        for row in list.shown() {
            if blocks.last().is_none_or(|block| block.ends.len() == ROWS) {
                let before = blocks.last().map_or(0, |block| block.texts.len());
                blocks.push(Block::with_room(before + before / 8));
            }
            if let Some(block) = blocks.last_mut() {
                block.push(row);
            }
        }
        Self { version: list.version(), blocks }
    }

    /// The texts of one row, by its place.
    pub fn of_row(&self, at: usize) -> &str {
        let Block { texts, ends } = &self.blocks[at / ROWS];
        let start = (at % ROWS).checked_sub(1).map_or(0, |before| ends[before]);
        &texts[start..ends[at % ROWS]]
    }
}

impl Block {
    fn with_room(bytes: usize) -> Self {
        Self { texts: String::with_capacity(bytes), ends: Vec::with_capacity(ROWS) }
    }

    fn push(&mut self, row: &Row) {
        for text in row.identity.texts() {
            self.push_folded(text);
            // No word of a filter has a line's end in it.
            self.texts.push('\n');
        }
        self.ends.push(self.texts.len());
    }

    fn push_folded(&mut self, text: &str) {
        if text.is_ascii() {
            let start = self.texts.len();
            self.texts.push_str(text);
            self.texts[start..].make_ascii_lowercase();
        } else {
            self.texts.push_str(&text.to_lowercase());
        }
    }
}
