//! Names that may be taken for others: that look like another identity's, mix scripts,
//! pose as Latin, or hide something. Pure; the tables are Unicode's own (UTS #39).
//!
//! It warns and never forbids. Ordinary names in any language pass: it looks at one word
//! at a time, so that a name may have words of several scripts.

use std::collections::HashMap;
use std::sync::LazyLock;

use unicode_script::{Script, UnicodeScript};
use unicode_security::GeneralSecurityProfile;
use unicode_security::mixed_script::AugmentedScriptSet;

use crate::atlas::IdentityId;
use crate::atlas::text::{REVEALED, stand_in};

/// What two names have in common that look alike: equal skeletons, names that may be
/// taken for each other. It is compared and never shown.
///
/// What was hidden in a name and is shown as tokens counts as hidden here, for
/// elsewhere it is.
#[must_use]
pub fn skeleton(name: &str) -> Box<str> {
    if name.is_ascii() {
        let looks = |byte: u8| ASCII[usize::from(byte)].as_str();
        return spaced_once(&name.bytes().map(looks).collect::<String>());
    }
    let plain: String = hidden_again(name).chars().map(stand_in).collect();
    spaced_once(&unicode_security::skeleton(&plain).collect::<String>())
}

/// The text with one space where there are several, and none around it: where such names
/// are shown elsewhere, nobody sees how many there are.
fn spaced_once(text: &str) -> Box<str> {
    if !text.contains("  ") {
        return text.trim().into();
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ").into()
}

/// What each ASCII character looks like: nearly all names are made of nothing else, and
/// there may be ten thousand of them.
static ASCII: LazyLock<Vec<String>> = LazyLock::new(|| {
    let looks =
        |byte: u8| unicode_security::skeleton(char::from(byte).encode_utf8(&mut [0; 4])).collect();
    (0..128).map(looks).collect()
});

/// The name without the tokens of what it hides.
fn hidden_again(name: &str) -> String {
    let [open, close] = REVEALED;
    let mut parts = name.split(open);
    let first = parts.next().unwrap_or_default();
    let rest = parts.map(|part| part.split_once(close).map_or(part, |(_, rest)| rest));
    std::iter::once(first).chain(rest).collect()
}

/// Who else has that name, or one that looks like it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Namesakes<'a> {
    /// So many others of its kind have the very same name.
    pub same: usize,
    /// The first other name in the organization that looks like it.
    pub alike: Option<&'a str>,
}

/// Why each of these names of one kind may mislead, in their order.
#[must_use]
pub fn doubts_among(names: &[&str]) -> Vec<Vec<Doubt>> {
    let looks: Vec<_> = names.iter().map(|name| skeleton(name)).collect();
    let mut alike: HashMap<&str, Vec<&str>> = HashMap::new();
    for (looks, name) in looks.iter().zip(names) {
        alike.entry(looks).or_default().push(name);
    }
    let doubts = |(at, name): (usize, &&str)| {
        let sharing = &alike[&*looks[at]];
        let same = sharing.iter().filter(|other| *other == name).count() - 1;
        let other = sharing.iter().find(|other| *other != name).copied();
        Doubt::about(name, &Namesakes { same, alike: other })
    };
    names.iter().enumerate().map(doubts).collect()
}

impl Namesakes<'_> {
    /// Whether nobody can be taken for it by name.
    #[must_use]
    pub fn is_alone(&self) -> bool {
        *self == Self::default()
    }
}

/// Why a name may mislead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Doubt {
    /// So many others of its kind have it too.
    Same(usize),
    /// It looks like this other name.
    Alike(String),
    /// It hides characters, which are shown as tokens.
    Hides,
    /// Letters of these scripts stand in one word.
    Mixed(String),
    /// A word of it only looks as if it were this one.
    Posing(String),
}

impl Doubt {
    /// The doubts about a name, the gravest first.
    #[must_use]
    pub fn about(name: &str, namesakes: &Namesakes<'_>) -> Vec<Self> {
        let alike = namesakes.alike.map(|other| Self::Alike(other.to_owned()));
        let same = (namesakes.same > 0).then_some(Self::Same(namesakes.same));
        let hides = name.contains(REVEALED[0]).then_some(Self::Hides);
        let seen = hidden_again(name);
        let word = words(&seen).find_map(of_word);
        same.into_iter().chain(alike).chain(word).chain(hides).collect()
    }

    /// The doubt in a sentence, about a name of something of this kind.
    #[must_use]
    pub fn words(&self, of: impl Into<Named>) -> String {
        let Words { kind, kinds, it, its, name } = of.into().words();
        match self {
            Self::Same(1) => format!("Another {kind} has the same {name}."),
            Self::Same(others) => format!("{others} other {kinds} have the same {name}."),
            Self::Alike(other) => format!("{it} looks like \"{other}\", which also exists."),
            Self::Hides => {
                let [open, close] = REVEALED;
                format!("{its} {name} hides characters: they stand there as {open}...{close}.")
            }
            Self::Mixed(scripts) => format!("{its} {name} mixes {scripts} letters in one word."),
            Self::Posing(word) => format!("{its} {name} only looks as if \"{word}\" stood in it."),
        }
    }
}

/// What has a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Named {
    /// A service account, of which the sentence is.
    ServiceAccount,
    /// An API key, of which the sentence is.
    ApiKey,
    /// A project, in a sentence of something else.
    Project,
    /// An organization.
    Organization,
}

impl From<&IdentityId> for Named {
    fn from(id: &IdentityId) -> Self {
        match id {
            IdentityId::ServiceAccount(_) => Self::ServiceAccount,
            IdentityId::ApiKey(_) => Self::ApiKey,
        }
    }
}

/// The words in which it is spoken of.
struct Words {
    kind: &'static str,
    kinds: &'static str,
    it: &'static str,
    its: &'static str,
    name: &'static str,
}

impl Named {
    fn words(self) -> Words {
        let of =
            |kind, kinds, [it, its]: [&'static str; 2], name| Words { kind, kinds, it, its, name };
        match self {
            Self::ServiceAccount => {
                of("service account", "service accounts", ["It", "Its"], "name")
            }
            Self::ApiKey => of("API key", "API keys", ["It", "Its"], "description"),
            Self::Project => of("project", "projects", ["The project", "The project's"], "name"),
            Self::Organization => of("organization", "organizations", ["It", "Its"], "name"),
        }
    }
}

/// The words of a name: its stretches of letters, digits and marks.
fn words(name: &str) -> impl Iterator<Item = &str> {
    let joins = |c: char| c.is_alphanumeric() || c.script() == Script::Inherited;
    name.split(move |c| !joins(c)).filter(|word| !word.is_ascii())
}

fn of_word(word: &str) -> Option<Doubt> {
    if is_mixed(word) {
        return Some(Doubt::Mixed(scripts(word)));
    }
    let poses = |c: char| !c.is_ascii() && (c.script() != Script::Latin || !c.identifier_allowed());
    let looks: String = unicode_security::skeleton(word).collect();
    (word.chars().all(poses) && looks.bytes().all(|byte| byte.is_ascii_alphabetic()))
        .then_some(Doubt::Posing(looks))
}

/// Whether letters of several scripts stand in a word that are not written together.
/// Latin letters are, with Chinese, Japanese and Korean.
fn is_mixed(word: &str) -> bool {
    let mut others = AugmentedScriptSet::default();
    for c in word.chars().filter(|c| c.script() != Script::Latin) {
        others.intersect_with(c.into());
    }
    let east = others.hanb || others.jpan || others.kore;
    AugmentedScriptSet::for_str(word).is_empty() && !east
}

/// The scripts of a word: `Latin and Cyrillic`.
fn scripts(word: &str) -> String {
    let mut names: Vec<_> = Vec::new();
    for script in word.chars().map(|c| c.script()) {
        let name = script.full_name();
        if !matches!(script, Script::Common | Script::Inherited) && !names.contains(&name) {
            names.push(name);
        }
    }
    names.join(" and ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::atlas::{Clean, ClientId, KeyId};

    fn doubts(name: &str) -> Vec<Doubt> {
        Doubt::about(&Clean::new(name), &Namesakes::default())
    }

    #[test]
    fn ordinary_names_in_any_language_are_not_doubted() {
        for name in [
            "ci-deploy",
            "prod_reader.2",
            "d'Artagnan, Inc.",
            "Zürich",
            "東京-prod",
            "東京prod",
            "Москва-prod",
            "Мониторинг",
            "Ελλάδα-backup",
            "데이터-읽기",
            "データbackup",
            "מערכת-גיבוי",
            "نسخ-احتياطي",
            "læser",
            "straße",
            "e\u{301}clair",
            "कंपनी",
            "ไทย-prod",
            "λ-worker",
            "5µs-probe",
            "I/O",
            "kapı",
            "🚀 rockets",
            "x²",
            "",
        ] {
            assert_eq!(doubts(name), [], "{name}");
        }
    }

    #[test]
    fn each_class_of_spoof_is_told() {
        let mixed = |scripts: &str| vec![Doubt::Mixed(scripts.into())];
        let posing = |word: &str| vec![Doubt::Posing(word.into())];
        for (name, told) in [
            ("pr\u{43e}d-reader", mixed("Latin and Cyrillic")),
            ("pr\u{3bf}d-reader", mixed("Latin and Greek")),
            ("\u{430}dmin", mixed("Cyrillic and Latin")),
            ("\u{430}\u{441}\u{435}-reader", posing("ace")),
            ("𝐩𝐫𝐨𝐝-reader", posing("prod")),
            ("ｃｏｄｅ", posing("code")),
            ("prod\u{200b}-reader", vec![Doubt::Hides]),
            ("prod\u{202e}redaer", vec![Doubt::Hides]),
            ("p\u{43e}d\u{200b}", vec![Doubt::Mixed("Latin and Cyrillic".into()), Doubt::Hides]),
        ] {
            assert_eq!(doubts(name), told, "{name}");
        }
    }

    #[test]
    fn names_that_look_alike_have_one_skeleton() {
        let of = |name: &str| skeleton(&Clean::new(name));
        let plain = of("prod-reader");
        for name in [
            "pr\u{43e}d-reader",
            "prod\u{2010}reader",
            "prod-reader\u{200b}",
            " prod-reader",
            "prod\u{ad}-reader",
            "prod-reader\u{a0}",
            "\u{202a}prod-reader\u{202c}",
            "𝗽rod-reader",
            "prod-reader\u{e0001}",
            "ρrod-reader",
        ] {
            assert_eq!(of(name), plain, "{name:?}");
        }
        assert_eq!(of("ci-1"), of("ci-l"));
        assert_eq!(of("team\u{a0}one"), of("team one"));
        assert_eq!(of("team  one"), of(" team one"));
        for name in ["prod-reader2", "prod_reader", "Prod-reader", "pröd-reader"] {
            assert_ne!(of(name), plain, "{name:?}");
        }
    }

    #[test]
    fn a_list_of_names_is_doubted_name_by_name() {
        let told = doubts_among(&["prod", "pr\u{43e}d", "stage", "twin", "twin", "東京"]);
        assert_eq!(told[0], [Doubt::Alike("pr\u{43e}d".into())]);
        assert_eq!(told[1][0], Doubt::Alike("prod".into()));
        assert_eq!(told[1][1], Doubt::Mixed("Latin and Cyrillic".into()));
        assert_eq!(told[3], [Doubt::Same(1)]);
        assert!(told[2].is_empty() && told[5].is_empty());
        assert_eq!(
            told[0][0].words(Named::Project),
            "The project looks like \"pr\u{43e}d\", which also exists."
        );
    }

    #[test]
    fn who_else_is_there_is_told_first_and_in_the_words_of_its_kind() {
        let namesakes = Namesakes { same: 1, alike: Some("prod-reader") };
        let account = IdentityId::ServiceAccount(ClientId::new("mdb_sa_id_1"));
        let key = IdentityId::ApiKey(KeyId::new("1"));
        let told = Doubt::about("pr\u{43e}d-reader", &namesakes);
        let words = |id| told.iter().map(|doubt| doubt.words(id)).collect::<Vec<_>>();
        assert_eq!(
            words(&account),
            [
                "Another service account has the same name.",
                "It looks like \"prod-reader\", which also exists.",
                "Its name mixes Latin and Cyrillic letters in one word.",
            ]
        );
        assert_eq!(words(&key)[0], "Another API key has the same description.");
        assert_eq!(Doubt::Same(3).words(&key), "3 other API keys have the same description.");
    }
}
