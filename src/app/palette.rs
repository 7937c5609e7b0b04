//! Everything that can be done, by name: the lines of the key table, those that hold in
//! the place at hand first, and the words of the Atlas CLI for the same things. Knows no
//! screen.

use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};

use super::keys::{Action, Binding, Keymap, Layer};
use crate::ui::symbols::Symbols;

/// One thing that can be done, or not just now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// What it is called.
    pub words: String,
    /// The keys that do it: each on its own, or for the Atlas CLI's words one after the
    /// other, from the lists on.
    pub keys: String,
    /// What it takes; else why it cannot be done.
    pub does: Result<Deed, String>,
}

/// What is done when it is chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deed {
    /// Everything above the lists closes first.
    pub from_the_lists: bool,
    /// As if their keys were pressed.
    pub actions: Vec<Action>,
}

/// The words of the Atlas CLI, and what does the same from the lists.
#[rustfmt::skip]
const ATLAS_CLI: &[(&str, &[Action])] = &[
    ("organizations list", &[Action::Organizations]),
    ("organizations apiKeys list", &[Action::ApiKeys]),
    ("organizations apiKeys describe", &[Action::ApiKeys, Action::Open]),
    ("organizations apiKeys create", &[Action::ApiKeys, Action::Create]),
    ("organizations apiKeys assign", &[Action::ApiKeys, Action::Permissions]),
    ("organizations apiKeys delete", &[Action::ApiKeys, Action::Delete]),
    ("organizations apiKeys accessLists list", &[Action::ApiKeys, Action::AccessList]),
    ("organizations apiKeys accessLists create", &[Action::ApiKeys, Action::AccessList, Action::Add]),
    ("organizations apiKeys accessLists delete", &[Action::ApiKeys, Action::AccessList]),
    ("projects apiKeys list", &[Action::ApiKeys, Action::Projects]),
    ("projects apiKeys assign", &[Action::ApiKeys, Action::Projects]),
    ("projects apiKeys create", &[Action::ApiKeys, Action::Create]),
    ("projects apiKeys delete", &[Action::ApiKeys, Action::Projects]),
    ("api apiKeys listOrgApiKeys", &[Action::ApiKeys]),
    ("api apiKeys getOrgApiKey", &[Action::ApiKeys, Action::Open]),
    ("api apiKeys createOrgApiKey", &[Action::ApiKeys, Action::Create]),
    ("api apiKeys updateOrgApiKey", &[Action::ApiKeys, Action::Permissions]),
    ("api apiKeys deleteOrgApiKey", &[Action::ApiKeys, Action::Delete]),
    ("api apiKeys createOrgApiKeyAccessEntry", &[Action::ApiKeys, Action::AccessList, Action::Add]),
    ("api apiKeys deleteOrgAccessEntry", &[Action::ApiKeys, Action::AccessList]),
    ("api serviceAccounts listOrgServiceAccounts", &[Action::ServiceAccounts]),
    ("api serviceAccounts getOrgServiceAccount", &[Action::ServiceAccounts, Action::Open]),
    ("api serviceAccounts createOrgServiceAccount", &[Action::ServiceAccounts, Action::Create]),
    ("api serviceAccounts updateOrgServiceAccount", &[Action::ServiceAccounts, Action::Rename]),
    ("api serviceAccounts deleteOrgServiceAccount", &[Action::ServiceAccounts, Action::Delete]),
    ("api serviceAccounts createOrgServiceAccountSecret", &[Action::ServiceAccounts, Action::GenerateSecret]),
    ("api serviceAccounts deleteOrgServiceAccountSecret", &[Action::ServiceAccounts, Action::Open]),
    ("api serviceAccounts createOrgAccessList", &[Action::ServiceAccounts, Action::AccessList, Action::Add]),
    ("api serviceAccounts deleteOrgAccessEntry", &[Action::ServiceAccounts, Action::AccessList]),
    ("api serviceAccounts inviteGroupServiceAccount", &[Action::ServiceAccounts, Action::Projects]),
    ("events organizations list", &[Action::AllActivity]),
    ("api events listOrgEvents", &[Action::AllActivity]),
    ("api organizations listOrgs", &[Action::Organizations]),
    ("api organizations getOrgSettings", &[Action::Settings]),
    ("api organizations updateOrgSettings", &[Action::Settings]),
];

/// Where the palette was called.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// The keys that hold.
    pub keys: &'a Keymap,
    /// The layer that had the keyboard.
    pub layer: Layer,
    /// Actions of it that mean nothing just now.
    pub hidden: &'a [Action],
    /// Nothing is to be changed at Atlas.
    pub read_only: bool,
    /// How keys are called.
    pub symbols: &'static Symbols,
}

impl Place<'_> {
    /// Whether one may go to the lists from here without leaving something behind.
    fn is_near_the_lists(self) -> bool {
        matches!(self.layer, Layer::List | Layer::Details)
    }

    /// The key of an action in the lists, else where it comes first.
    fn key(self, action: Action) -> Option<String> {
        let lines = || self.keys.lines().iter().filter(move |line| line.action == action);
        let line = lines().find(|line| line.layers.contains(&Layer::List)).or(lines().next())?;
        Some(self.symbols.key(line.keys[0]))
    }

    fn forbids(self, action: Action) -> Option<String> {
        (self.read_only && action.begins_change()).then(|| "read-only".to_owned())
    }
}

/// Everything there is, in the order in which it is offered: what can be done here, then
/// the Atlas CLI's words, then what other places can do.
#[must_use]
pub fn entries(place: Place<'_>) -> Vec<Entry> {
    let mut here: Vec<_> = place
        .keys
        .of_layer(place.layer)
        .filter(|line| line.action != Action::Palette)
        .map(|line| of_here(line, place))
        .collect();
    // What cannot be done comes after what can.
    here.sort_by_key(|entry| entry.does.is_err());
    let there = place.keys.lines().iter().filter(|line| {
        !line.layers.contains(&place.layer) && !line.layers.contains(&Layer::Palette)
    });
    let atlas = ATLAS_CLI.iter().map(|(words, actions)| of_atlas(words, actions, place));
    here.into_iter().chain(atlas).chain(there.map(|line| of_elsewhere(line, place))).collect()
}

fn of_here(line: &Binding, place: Place<'_>) -> Entry {
    let hidden = place.hidden.contains(&line.action);
    let why = place.forbids(line.action).or_else(|| hidden.then(|| "not just now".to_owned()));
    let deed = Deed { from_the_lists: false, actions: vec![line.action] };
    entry(line, why.map_or(Ok(deed), Err), place)
}

/// What the lists can do, the details reach too; other places are left by hand.
fn of_elsewhere(line: &Binding, place: Place<'_>) -> Entry {
    let near = place.is_near_the_lists() && line.layers.contains(&Layer::List);
    let why = place.forbids(line.action).or_else(|| {
        let names: Vec<_> = line.layers.iter().take(2).map(|layer| layer.name()).collect();
        (!near).then(|| format!("in {}", names.join(", ")))
    });
    let deed = Deed { from_the_lists: true, actions: vec![line.action] };
    entry(line, why.map_or(Ok(deed), Err), place)
}

fn entry(line: &Binding, does: Result<Deed, String>, place: Place<'_>) -> Entry {
    let keys = place.symbols.keys(line);
    Entry { words: line.help.to_owned(), keys, does }
}

fn of_atlas(words: &str, actions: &[Action], place: Place<'_>) -> Entry {
    let forbidden = actions.iter().find_map(|action| place.forbids(*action));
    let far = (!place.is_near_the_lists()).then(|| "in the lists".to_owned());
    let deed = Deed { from_the_lists: true, actions: actions.to_vec() };
    let does = forbidden.or(far).map_or(Ok(deed), Err);
    let keys: Vec<_> = actions.iter().filter_map(|action| place.key(*action)).collect();
    Entry { words: format!("atlas {words}"), keys: keys.join(" "), does }
}

/// The entries that answer to what was typed, the best first, by their places; all where
/// nothing was typed.
#[must_use]
pub fn found(entries: &[Entry], typed: &str) -> Vec<usize> {
    if typed.trim().is_empty() {
        return (0..entries.len()).collect();
    }
    let mut matcher = Matcher::new(Config::DEFAULT);
    let pattern = Pattern::parse(typed, CaseMatching::Ignore, Normalization::Smart);
    let (mut buffer, mut scored) = (Vec::new(), Vec::new());
    for (at, entry) in entries.iter().enumerate() {
        let score = pattern.score(Utf32Str::new(&entry.words, &mut buffer), &mut matcher);
        scored.extend(score.map(|score| (at, score)));
    }
    // Letters that are only strewn over other words are no answer where a better one is.
    let best = scored.iter().map(|(_, score)| *score).max().unwrap_or(0);
    scored.retain(|(_, score)| score.saturating_mul(4) >= best.saturating_mul(3));
    scored.sort_by_key(|(at, score)| (entries[*at].does.is_err(), std::cmp::Reverse(*score)));
    scored.into_iter().map(|(at, _)| at).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use super::*;

    static KEYS: LazyLock<Keymap> = LazyLock::new(Keymap::default);
    static LIST: LazyLock<Place<'static>> = LazyLock::new(|| Place {
        keys: &KEYS,
        layer: Layer::List,
        hidden: &[],
        read_only: false,
        symbols: &crate::ui::symbols::TYPOGRAPHIC,
    });

    fn first(place: Place<'_>, typed: &str) -> Entry {
        let all = entries(place);
        let at = found(&all, typed).first().copied();
        all[at.unwrap_or_else(|| panic!("nothing answers to {typed:?}"))].clone()
    }

    #[test]
    fn every_line_of_the_key_table_is_found_by_its_words() {
        for layer in Layer::ALL {
            let all = entries(Place { layer, ..*LIST });
            for line in KEYS.lines() {
                if line.action == Action::Palette || line.layers.contains(&Layer::Palette) {
                    continue;
                }
                let found = found(&all, line.help);
                assert!(
                    found.iter().any(|at| all[*at].words == line.help),
                    "{layer:?}: {}",
                    line.help
                );
            }
        }
    }

    #[test]
    fn what_holds_here_comes_first_and_is_done_at_once() {
        let entry = first(*LIST, "gen secret");
        assert_eq!(entry.keys, "s");
        let deed = Deed { from_the_lists: false, actions: vec![Action::GenerateSecret] };
        assert_eq!(entry.does, Ok(deed));
    }

    #[test]
    fn the_words_of_the_atlas_cli_lead_to_the_place() {
        for (typed, keys, actions) in [
            ("apiKeys list", "2", &[Action::ApiKeys][..]),
            ("atlas organizations apikeys create", "2 n", &[Action::ApiKeys, Action::Create]),
            (
                "apiKeys accessLists create",
                "2 a n",
                &[Action::ApiKeys, Action::AccessList, Action::Add],
            ),
            (
                "createOrgServiceAccountSecret",
                "1 s",
                &[Action::ServiceAccounts, Action::GenerateSecret],
            ),
        ] {
            let deed = Deed { from_the_lists: true, actions: actions.to_vec() };
            let entry = first(*LIST, typed);
            assert_eq!((entry.keys.as_str(), entry.does), (keys, Ok(deed)), "{typed}");
        }
    }

    #[test]
    fn what_cannot_be_done_says_why() {
        let read_only = Place { read_only: true, ..*LIST };
        for typed in [
            "generate a new client secret",
            "atlas api serviceAccounts createOrgServiceAccountSecret",
        ] {
            assert_eq!(first(read_only, typed).does, Err("read-only".to_owned()));
        }
        let confirm = Place { layer: Layer::Confirm, ..*LIST };
        assert_eq!(
            first(confirm, "narrow the list").does,
            Err("in the lists, the organizations".to_owned())
        );
        let hidden = Place { hidden: &[Action::Rotate], ..*LIST };
        assert_eq!(first(hidden, "rotate: put").does, Err("not just now".to_owned()));
        assert_eq!(found(&entries(*LIST), "xyzzy"), [] as [usize; 0]);
    }
}
