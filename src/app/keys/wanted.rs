//! The keys that somebody wants instead, as `config.toml` says it: which may be had, and
//! why not. What must stay safe whatever is wanted is held here.

use super::keymap::defaults;
use super::{Action, BINDINGS, Key, Keymap, Layer};
use crate::rules::nearest::nearest;
use crate::rules::wrong::Wrong;

/// An action and the keys that are wanted for it, as they were written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// The line of the file, from 1.
    pub line: usize,
    /// The action's name.
    pub action: String,
    /// The keys' names.
    pub keys: Vec<String>,
}

/// Keys that belong to the actions that have them in the table: no other action takes
/// them, so that they never surprise. The first two always lead out, so they stay.
const OWNED: [(&str, bool); 3] = [("esc", true), ("ctrl-c", true), ("enter", false)];

impl Keymap {
    /// The table in which these actions have other keys.
    ///
    /// # Errors
    /// All that cannot be had. What clashes is judged where every wish is understood.
    pub fn with(wanted: &[Wanted]) -> Result<Self, Vec<Wrong>> {
        let odd = Wanted::odd(wanted);
        if !odd.is_empty() {
            return Err(odd);
        }
        let mut keymap = Self::default();
        let mut changed = Vec::new();
        for (wish, (action, keys)) in
            wanted.iter().filter_map(|wish| Some((wish, wish.parse().ok()?)))
        {
            keymap.rebind(action, &keys);
            changed.push((action, wish.line));
        }
        let origin = |action: Action| match changed.iter().find(|(other, _)| *other == action) {
            Some((_, line)) => format!("`{}` (line {line})", action.name()),
            None => format!("`{}` (as it is)", action.name()),
        };
        let line_of = |actions: [Action; 2]| {
            let lines = changed.iter().filter(|(action, _)| actions.contains(action));
            lines.map(|(_, line)| *line).max().unwrap_or(1)
        };
        let clash = |(layer, key, actions): (Layer, Key, [Action; 2])| {
            let ([one, other], line) = (actions.map(origin), line_of(actions));
            let (key, layer) = (key.written(), layer.name());
            let what = format!(
                "in {layer}, {key} would mean both {one} and {other}. Give one of them another key."
            );
            Wrong { line, what }
        };
        let clashes: Vec<_> = keymap.clashes().into_iter().map(clash).collect();
        if !clashes.is_empty() {
            return Err(clashes);
        }
        if let Some((key, action)) = keymap.agrees_too_easily() {
            let line = line_of([Action::Agree, action]);
            let (key, agree, action) = (key.written(), origin(Action::Agree), origin(action));
            let what = format!(
                "{key} cannot mean both {agree} and {action}: pressed twice, it would agree to a question that it has opened itself. Give one of them another key."
            );
            return Err(vec![Wrong { line, what }]);
        }
        Ok(keymap)
    }

    /// A key that agrees to questions, and an action that leads to one by the same key.
    fn agrees_too_easily(&self) -> Option<(Key, Action)> {
        let lines = |wanted: fn(Action) -> bool| {
            self.lines().iter().filter(move |line| wanted(line.action))
        };
        let agree: Vec<_> =
            lines(|action| action == Action::Agree).flat_map(|line| line.keys.iter()).collect();
        lines(Action::may_ask).find_map(|line| {
            line.keys.iter().find(|key| agree.contains(key)).map(|key| (*key, line.action))
        })
    }
}

impl Wanted {
    /// What is not understood of these, each by itself.
    #[must_use]
    pub fn odd(wanted: &[Self]) -> Vec<Wrong> {
        let odd = |wish: &Self| Some(Wrong { line: wish.line, what: wish.parse().err()? });
        wanted.iter().filter_map(odd).collect()
    }

    /// Its action, and its keys with those that must stay.
    fn parse(&self) -> Result<(Action, Vec<Key>), String> {
        let Some(action) = Action::named(&self.action) else {
            let names = BINDINGS.iter().map(|line| line.action.name());
            let near = nearest(&self.action, names);
            let what = near.map_or_else(
                || "gatehouse --print keys names all".to_owned(),
                |near| format!("did you mean `{near}`?"),
            );
            return Err(format!("`{}` is not known as an action; {what}", self.action));
        };
        if self.keys.is_empty() {
            return Err(format!("`{}` needs at least one key.", self.action));
        }
        let own = defaults(action);
        let mut keys: Vec<Key> = Vec::new();
        for text in &self.keys {
            let key =
                Key::parse(text).map_err(|why| format!("`{}`: {text:?} {why}", self.action))?;
            if OWNED.iter().any(|(owned, _)| owned == text) && !own.contains(&key) {
                return Err(format!("`{}`: {}", self.action, owned_by(key, text)));
            }
            if !keys.contains(&key) {
                keys.push(key);
            }
        }
        let stays = |key: &&Key| OWNED.contains(&(&*key.written(), true)) && !keys.contains(key);
        let stay: Vec<_> = own.iter().filter(stays).copied().collect();
        keys.extend(stay);
        Ok((action, keys))
    }
}

/// Why a key is not to be had.
fn owned_by(key: Key, text: &str) -> String {
    let mut owners: Vec<_> = BINDINGS
        .iter()
        .filter(|line| line.keys.contains(&key))
        .map(|line| format!("`{}`", line.action.name()))
        .collect();
    owners.sort_unstable();
    owners.dedup();
    format!(
        "{text:?} is kept for {}, so that it never does more than one thinks.",
        owners.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use strum::VariantArray;

    use super::*;

    /// Actions and their keys.
    type Entries<'a> = &'a [(&'a str, &'a [&'a str])];

    fn wanted(entries: Entries<'_>) -> Vec<Wanted> {
        let wish = |(at, (action, keys)): (usize, &(&str, &[&str]))| Wanted {
            line: at + 1,
            action: (*action).to_owned(),
            keys: keys.iter().map(ToString::to_string).collect(),
        };
        entries.iter().enumerate().map(wish).collect()
    }

    fn key(text: &str) -> Key {
        Key::parse(text).expect("a key")
    }

    #[test]
    fn an_action_has_its_new_keys_wherever_it_stands() {
        let keys = Keymap::with(&wanted(&[
            ("half-page-down", &["ctrl-f", "pgdn"]),
            ("down", &["n", "ctrl-n"]),
            ("create", &["c"]),
            ("clone", &["C"]),
            ("add", &["A"]),
        ]))
        .expect("a key table");
        assert_eq!(keys.lookup(Layer::List, key("n")), Some(Action::Down));
        assert_eq!(keys.lookup(Layer::Help, key("ctrl-n")), Some(Action::Down));
        assert_eq!(keys.lookup(Layer::List, key("j")), None);
        assert_eq!(keys.lookup(Layer::List, key("down")), None);
        assert_eq!(keys.lookup(Layer::List, key("c")), Some(Action::Create));
        // In text, what types goes on typing.
        assert_eq!(keys.lookup(Layer::Filter, key("n")), None);
        assert_eq!(keys.lookup(Layer::Filter, key("ctrl-n")), Some(Action::Down));
        assert_eq!(keys.lookup(Layer::Palette, key("ctrl-f")), None);
        assert_eq!(keys.lookup(Layer::Palette, key("pgdn")), Some(Action::HalfPageDown));
        let typed = Keymap::with(&wanted(&[
            ("down", &["n"]),
            ("create", &["c"]),
            ("clone", &["C"]),
            ("add", &["A"]),
        ]));
        assert_eq!(
            typed.expect("a key table").lookup(Layer::Filter, key("down")),
            Some(Action::Down),
            "what is left without a key keeps its own"
        );
        assert_eq!(Keymap::with(&[]), Ok(Keymap::default()));
    }

    #[test]
    fn what_cannot_be_had_says_why() {
        let cases: &[(Entries<'_>, &str)] = &[
            (
                &[("refesh", &["n"])],
                "line 1: `refesh` is not known as an action; did you mean `refresh`?",
            ),
            (
                &[("shell", &["n"])],
                "line 1: `shell` is not known as an action; gatehouse --print keys names all",
            ),
            (&[("refresh", &[])], "line 1: `refresh` needs at least one key."),
            (
                &[("refresh", &["pgdown"])],
                "line 1: `refresh`: \"pgdown\" is no key; did you mean \"pgdn\"?",
            ),
            (
                &[("refresh", &["n"])],
                "line 1: in the lists, n would mean both `refresh` (line 1) and `create` (as it is). Give one of them another key.",
            ),
            (
                &[("copy", &["X"]), ("refresh", &["X"])],
                "line 2: in the lists, X would mean both `copy` (line 1) and `refresh` (line 2).",
            ),
            (
                &[("refresh", &["n"]), ("undo", &["enter", "c"])],
                "line 2: `undo`: \"enter\" is kept for",
            ),
            (
                &[("refesh", &["n"]), ("undo", &["c"]), ("refresh", &["pgdown"])],
                "did you mean `refresh`?; line 3: `refresh`: \"pgdown\" is no key",
            ),
            (
                &[("refresh", &["n"]), ("copy", &["c"])],
                "`create` (as it is). Give one of them another key.; line 2: in the lists, c would mean both",
            ),
            (&[("help", &["esc"])], "line 1: `help`: \"esc\" is kept for `back`, so"),
            (&[("quit", &["ctrl-c"])], "is kept for `interrupt`, so"),
            (&[("agree", &["enter"])], "is kept for `demo`, `open`, `save`, so"),
            (&[("delete", &["enter"])], "is kept for `demo`, `open`, `save`, so"),
            (
                &[("copy", &["V"]), ("generate-secret", &["y"])],
                "line 2: y cannot mean both `agree` (as it is) and `generate-secret` (line 2): pressed twice",
            ),
            (
                &[("agree", &["s"])],
                "line 1: s cannot mean both `agree` (line 1) and `generate-secret` (as it is)",
            ),
        ];
        for (entries, words) in cases {
            let why = Keymap::with(&wanted(entries)).expect_err(words);
            let why = why.iter().map(Wrong::told).collect::<Vec<_>>().join("; ");
            assert!(why.contains(words), "{entries:?}: {why}");
        }
    }

    fn some_key() -> impl Strategy<Value = String> {
        prop_oneof![
            "[a-zA-Z0-9/?.]",
            "ctrl-[a-z]",
            prop::sample::select(vec!["enter", "esc", "tab", "up", "left", "pgdn", "space", "F5"])
                .prop_map(str::to_owned),
        ]
    }

    proptest! {
        /// Whatever is wanted: what is given is safe.
        #[test]
        fn a_table_that_is_given_is_safe(
            wishes in prop::collection::vec(
                (prop::sample::select(Action::VARIANTS), prop::collection::vec(some_key(), 1..4)),
                0..4,
            ),
        ) {
            let wishes: Vec<_> = (1..).zip(wishes)
                .map(|(line, (action, keys))| Wanted { line, action: action.name().into(), keys })
                .collect();
            let Ok(keys) = Keymap::with(&wishes) else { return Ok(()) };
            prop_assert_eq!(keys.clashes(), []);
            for layer in Layer::ALL {
                prop_assert_eq!(keys.lookup(layer, key("ctrl-c")), Some(Action::Interrupt));
                let out = keys.lookup(layer, key("esc"));
                let before = Keymap::default().lookup(layer, key("esc"));
                prop_assert_eq!(out, before, "{:?}", layer);
                for line in keys.of_layer(layer) {
                    prop_assert!(!line.keys.is_empty());
                    prop_assert!(
                        !layer.types_text() || line.keys.iter().all(|key| !key.edits_text())
                    );
                }
                let by_enter = keys.lookup(layer, key("enter"));
                prop_assert!(by_enter.is_none_or(|action| defaults(action).contains(&key("enter"))));
            }
        }
    }
}
