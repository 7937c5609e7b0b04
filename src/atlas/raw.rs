//! An answer as Atlas sent it, laid out to be read: every name and every value in the
//! order in which they came, whatever they mean. Safe to show, bounded, and with what
//! looks like a secret masked. Knows nothing of what it is about.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Clean;
use super::redact::redact;

/// Lines of a whole answer that are kept; more are counted.
const MOST_LINES: usize = 2_000;
/// Lines that are kept of a row of a list.
const MOST_OF_ROW: usize = 60;
/// Characters of a text that are kept; what is longer is a text to be read elsewhere.
const LONGEST_TEXT: usize = 160;

/// An answer in lines.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Raw {
    /// The lines that were kept.
    pub lines: Vec<RawLine>,
    /// So many more came.
    pub left_out: usize,
}

/// A line of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawLine {
    /// How deep it stands in the answer: 0 for the outermost braces.
    pub depth: usize,
    /// What stands in it, without its indentation.
    pub text: Clean,
}

impl Raw {
    /// The first lines of a row of a list.
    #[must_use]
    pub fn excerpt(row: &Value) -> Self {
        let mut layout = Layout::of_most(MOST_OF_ROW);
        // A value that was read once can be read again.
        let _ = Node(&mut layout, "").deserialize(row);
        layout.done()
    }
}

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut layout = Layout::of_most(MOST_LINES);
        Node(&mut layout, "").deserialize(deserializer)?;
        Ok(layout.done())
    }
}

/// Lines as they come.
struct Layout {
    lines: Vec<(usize, String)>,
    depth: usize,
    most: usize,
    left_out: usize,
}

impl Layout {
    fn of_most(most: usize) -> Self {
        Self { lines: Vec::new(), depth: 0, most, left_out: 0 }
    }

    fn line(&mut self, text: String) {
        if self.lines.len() < self.most {
            self.lines.push((self.depth, text));
        } else {
            self.left_out += 1;
        }
    }

    /// Adds to the last line, unless that was left out.
    fn add(&mut self, text: &str) {
        if let (0, Some((_, last))) = (self.left_out, self.lines.last_mut()) {
            last.push_str(text);
        }
    }

    /// Opens an object or a list, which holds what `inner` lays out: how much that was.
    fn nest<E>(
        &mut self,
        first: &str,
        [open, close]: [&str; 2],
        inner: impl FnOnce(&mut Self) -> Result<usize, E>,
    ) -> Result<(), E> {
        self.line(format!("{first}{open}"));
        self.depth += 1;
        let count = inner(self)?;
        self.depth -= 1;
        if count == 0 {
            self.add(close);
        } else {
            self.line(close.to_owned());
        }
        Ok(())
    }

    fn done(self) -> Raw {
        let line = |(depth, text): (usize, String)| RawLine { depth, text: Clean::from(text) };
        Raw { lines: self.lines.into_iter().map(line).collect(), left_out: self.left_out }
    }
}

/// A value that is laid out behind what its first line begins with: its name.
struct Node<'a>(&'a mut Layout, &'a str);

impl Node<'_> {
    fn scalar(self, value: &(impl Serialize + ?Sized)) {
        // What JSON cannot write did not come in JSON.
        let text = serde_json::to_string(value).unwrap_or_default();
        self.0.line(format!("{}{text}", self.1));
    }

    fn text(self, text: &str) {
        let Some((end, _)) = text.char_indices().nth(LONGEST_TEXT) else {
            return self.scalar(&redact(text));
        };
        let more = text[end..].chars().count();
        let first = self.1;
        let quoted = serde_json::to_string(&redact(&text[..end])).unwrap_or_default();
        self.0.line(format!("{first}{quoted} ... {more} more"));
    }
}

impl<'de> DeserializeSeed<'de> for Node<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Node<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        self.scalar(&());
        Ok(())
    }

    fn visit_bool<E>(self, value: bool) -> Result<(), E> {
        self.scalar(&value);
        Ok(())
    }

    fn visit_i64<E>(self, value: i64) -> Result<(), E> {
        self.scalar(&value);
        Ok(())
    }

    fn visit_u64<E>(self, value: u64) -> Result<(), E> {
        self.scalar(&value);
        Ok(())
    }

    fn visit_f64<E>(self, value: f64) -> Result<(), E> {
        self.scalar(&value);
        Ok(())
    }

    fn visit_str<E>(self, value: &str) -> Result<(), E> {
        self.text(value);
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut values: A) -> Result<(), A::Error> {
        let Self(layout, first) = self;
        layout.nest(first, ["[", "]"], |layout| {
            let mut count = 0;
            while values.next_element_seed(Next { layout, count, first: "" })?.is_some() {
                count += 1;
            }
            Ok(count)
        })
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<(), A::Error> {
        let Self(layout, first) = self;
        layout.nest(first, ["{", "}"], |layout| {
            let mut count = 0;
            while let Some(name) = fields.next_key::<String>()? {
                let name: String = redact(&name).chars().take(LONGEST_TEXT).collect();
                let first = format!("{}: ", serde_json::to_string(&name).unwrap_or_default());
                fields.next_value_seed(Next { layout, count, first: &first })?;
                count += 1;
            }
            Ok(count)
        })
    }
}

/// A value of several: a comma stands before all but the first.
struct Next<'a> {
    layout: &'a mut Layout,
    count: usize,
    first: &'a str,
}

impl<'de> DeserializeSeed<'de> for Next<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        if self.count > 0 {
            self.layout.add(",");
        }
        Node(self.layout, self.first).deserialize(deserializer)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn written(raw: &Raw) -> String {
        let line = |line: &RawLine| format!("{}{}", "  ".repeat(line.depth), line.text);
        raw.lines.iter().map(line).collect::<Vec<_>>().join("\n")
    }

    fn read(json: &str) -> Raw {
        serde_json::from_str(json).expect("JSON")
    }

    #[test]
    fn it_is_laid_out_in_its_order_with_all_that_came() {
        let raw = read(
            r#"{"z":1,"a":[],"list":[true,null,-2.5,{"x":"y"}],"a":{},"name":"a\u001b[31mb\u202ec"}"#,
        );
        let expected = [
            "{",
            "  \"z\": 1,",
            "  \"a\": [],",
            "  \"list\": [",
            "    true,",
            "    null,",
            "    -2.5,",
            "    {",
            "      \"x\": \"y\"",
            "    }",
            "  ],",
            "  \"a\": {},",
            "  \"name\": \"a\\u001b[31mb⟨U+202E⟩c\"",
            "}",
        ];
        assert_eq!(written(&raw), expected.join("\n"));
        assert_eq!(written(&Raw::excerpt(&json!(42))), "42");
    }

    #[test]
    fn what_looks_like_a_secret_is_masked_in_names_too() {
        let secret = "mdb_sa_sk_0123456789abcdef";
        let raw = read(&json!({"secret": secret, secret: {"in": [secret]}}).to_string());
        assert!(!written(&raw).contains("0123456789"), "{raw:?}");
        assert_eq!(written(&raw).matches("mdb_sa_sk_***").count(), 3);
    }

    #[test]
    fn length_is_bounded_and_what_is_left_out_is_counted() {
        let raw = read(&json!(vec![1; MOST_LINES + 10]).to_string());
        assert_eq!((raw.lines.len(), raw.left_out), (MOST_LINES, 12));
        let row = Raw::excerpt(&json!({"all": vec![1; 100]}));
        assert_eq!((row.lines.len(), row.left_out), (MOST_OF_ROW, 44));
        let long = read(&json!({"long": "x".repeat(7 << 20)}).to_string());
        assert!(written(&long).ends_with("x\" ... 7339872 more\n}"), "{}", written(&long));
    }

    proptest! {
        #[test]
        fn nothing_is_lost_but_what_is_cut(texts in prop::collection::vec("[a-z\"\\\\\u{e9}]{0,9}", 0..9)) {
            let value = json!({"texts": texts});
            let back: Value = serde_json::from_str(&written(&read(&value.to_string()))).expect("JSON");
            prop_assert_eq!(back, value);
        }
    }
}
