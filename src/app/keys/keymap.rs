//! The key table as it holds: the lines of the table, some with other keys.

use std::borrow::Cow;
use std::fmt::Write as _;

use strum::VariantArray;

use super::{Action, BINDINGS, Binding, Key, Layer};

/// The key table as it holds in this session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keymap {
    lines: Vec<Binding>,
}

impl Default for Keymap {
    fn default() -> Self {
        Self { lines: BINDINGS.to_vec() }
    }
}

impl Keymap {
    /// Every line, in the table's order.
    #[must_use]
    pub fn lines(&self) -> &[Binding] {
        &self.lines
    }

    /// What a key means in a layer.
    #[must_use]
    pub fn lookup(&self, layer: Layer, key: Key) -> Option<Action> {
        self.of_layer(layer).find(|line| line.keys.contains(&key)).map(|line| line.action)
    }

    /// The lines that hold in a layer, in the table's order.
    pub fn of_layer(&self, layer: Layer) -> impl Iterator<Item = &Binding> {
        self.lines.iter().filter(move |line| line.layers.contains(&layer))
    }

    /// The footer's lines of a layer, by rank.
    #[must_use]
    pub fn footer(&self, layer: Layer) -> Vec<&Binding> {
        let mut lines: Vec<_> = self.of_layer(layer).filter(|line| line.rank > 0).collect();
        lines.sort_by_key(|line| line.rank);
        lines
    }

    /// The key of an action in a layer, as sentences name it.
    #[must_use]
    pub fn key(&self, layer: Layer, action: Action) -> String {
        let line = self.of_layer(layer).find(|line| line.action == action);
        line.map_or_else(|| action.name().to_owned(), |line| line.keys[0].written())
    }

    /// The table in which an action has other keys, wherever it stands. Where text is
    /// typed, keys that type or edit go on doing so; where that leaves none, it keeps its
    /// own.
    pub(super) fn rebind(&mut self, action: Action, keys: &[Key]) {
        let lines = std::mem::take(&mut self.lines);
        self.lines = lines.into_iter().flat_map(|line| rebound(line, action, keys)).collect();
    }

    /// Keys that mean two things in one layer, and these two; each once, with the first
    /// layer in which that is so.
    pub(super) fn clashes(&self) -> Vec<(Layer, Key, [Action; 2])> {
        let mut all: Vec<(Layer, Key, [Action; 2])> = Vec::new();
        for layer in Layer::ALL {
            let mut meant: Vec<(Key, Action)> = Vec::new();
            for line in self.of_layer(layer) {
                for key in &*line.keys {
                    let before = meant.iter().find(|(other, _)| other == key);
                    let clash = before.map(|(_, action)| [*action, line.action]);
                    let known = |actions| all.iter().any(|(_, k, a)| (k, a) == (key, &actions));
                    all.extend(clash.filter(|a| !known(*a)).map(|a| (layer, *key, a)));
                    meant.push((*key, line.action));
                }
            }
        }
        all
    }
}

impl Binding {
    /// Its keys as `config.toml` has them: `j down`.
    #[must_use]
    pub fn keys_written(&self) -> String {
        self.keys.iter().map(|key| key.written()).collect::<Vec<_>>().join(" ")
    }
}

/// The `[keys]` of a configuration in which every action has the keys of the table, each
/// line behind a `#`.
#[must_use]
pub fn sample() -> String {
    let mut sample = String::from(SAMPLE);
    for action in Action::VARIANTS {
        let keys: Vec<_> =
            defaults(*action).iter().map(|key| format!("{:?}", key.written())).collect();
        let entry = format!("#{} = [{}]", action.name(), keys.join(", "));
        let _ = writeln!(sample, "{entry:36}  # {}", about(*action));
    }
    sample
}

/// What an action does in the lists, else where it comes first.
fn about(action: Action) -> &'static str {
    let lines = || BINDINGS.iter().filter(|line| line.action == action);
    let line = lines().find(|line| line.layers.contains(&Layer::List)).or(lines().next());
    line.map_or("", |line| line.help)
}

const SAMPLE: &str = r#"
# Other keys: an action and all its keys, which hold wherever the action stands. Keys are
# single characters, "ctrl-" and a letter, "F1" to "F12", "enter", "esc", "tab",
# "shift-tab", "space", "up", "down", "left", "right", "home", "end", "pgup", "pgdn",
# "insert", "delete" and "backspace". Where text is typed, keys that type or edit go on
# doing so. esc and ctrl-c always lead out, and no further action takes enter.
#[keys]
"#;

/// The keys of an action in the table. Where text is typed it may have fewer.
pub(super) fn defaults(action: Action) -> &'static [Key] {
    let lines = BINDINGS.iter().filter(|line| line.action == action);
    lines.map(|line| &*line.keys).max_by_key(|keys| keys.len()).unwrap_or_default()
}

/// A line with its keys in the layers where one types, and in the others.
fn rebound(line: Binding, action: Action, keys: &[Key]) -> Vec<Binding> {
    if line.action != action {
        return vec![line];
    }
    let typing: Vec<_> = keys.iter().copied().filter(|key| !key.edits_text()).collect();
    let typing = if typing.is_empty() { line.keys.to_vec() } else { typing };
    let (typed, whole): (Vec<_>, Vec<_>) = line.layers.iter().partition(|l| l.types_text());
    let parts = if typing == keys {
        vec![(line.layers.to_vec(), typing)]
    } else {
        vec![(whole, keys.to_vec()), (typed, typing)]
    };
    let parts = parts.into_iter().filter(|(layers, _)| !layers.is_empty());
    parts
        .map(|(layers, keys)| Binding {
            layers: Cow::Owned(layers),
            keys: Cow::Owned(keys),
            ..line.clone()
        })
        .collect()
}
