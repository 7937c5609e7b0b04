//! What names and descriptions may be, told while they are typed. Pure.

/// A text with its bounds (contract): at least one character.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// Most characters.
    pub most: usize,
    /// Letters, digits, spaces and `- _ . , '` only.
    pub plain: bool,
}

/// The name of a service account.
pub const NAME: Bounds = Bounds { most: 64, plain: true };
/// The description of a service account.
pub const DESCRIPTION: Bounds = Bounds { most: 250, plain: true };
/// The description of an API key.
pub const KEY_DESCRIPTION: Bounds = Bounds { most: 250, plain: false };

impl Bounds {
    /// What is wrong with a text, in a sentence; nothing, if it is right.
    #[must_use]
    pub fn complaint(self, text: &str) -> Option<String> {
        let length = text.chars().count();
        if length == 0 {
            return Some("It must not be empty.".into());
        }
        if length > self.most {
            return Some(format!("It has {length} characters; at most {} fit.", self.most));
        }
        let allowed = |c: &char| c.is_alphabetic() || c.is_numeric() || "-_.,' ".contains(*c);
        let odd = text.chars().find(|c| self.plain && !allowed(c))?;
        let shown = crate::atlas::Clean::new(&odd.to_string());
        Some(format!("\"{shown}\" cannot be in it: letters, digits, spaces and - _ . , ' can."))
    }
}

/// What is wrong with a lifetime in hours that was typed, within these bounds.
///
/// # Errors
/// The sentence that says so.
pub fn hours(text: &str, bounds: std::ops::RangeInclusive<u32>) -> Result<u32, String> {
    let number: u32 = text.trim().parse().map_err(|_| "A whole number of hours.".to_owned())?;
    if bounds.contains(&number) {
        return Ok(number);
    }
    let (least, most) = bounds.into_inner();
    Err(format!("From {least} to {most} hours."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn complaints_name_what_is_wrong() {
        let table = [
            (NAME, "ci-deploy", None),
            (NAME, "Büro Zürich, Auswertung", None),
            (NAME, "", Some("empty")),
            (NAME, "a/b", Some("\"/\"")),
            (NAME, "a\u{202e}b", Some("U+202E")),
            (KEY_DESCRIPTION, "cron: nightly / cleanup", None),
        ];
        for (bounds, text, wrong) in table {
            let complaint = bounds.complaint(text);
            assert_eq!(complaint.is_some(), wrong.is_some(), "{text}");
            assert!(complaint.unwrap_or_default().contains(wrong.unwrap_or_default()), "{text}");
        }
        assert!(NAME.complaint(&"x".repeat(65)).is_some_and(|words| words.contains("65")));
        assert_eq!(hours(" 720 ", 8..=8760), Ok(720));
        assert!(hours("7", 8..=48).is_err_and(|words| words.contains("8 to 48")));
        assert!(hours("a week", 8..=48).is_err());
    }
}
