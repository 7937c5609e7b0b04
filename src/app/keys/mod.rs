//! The one key table. Lookup, footer, help, palette and the README's table come from it;
//! what is not here is no key.

mod action;
mod key;
mod layer;
mod table;

pub use action::Action;
pub use key::Key;
pub use layer::Layer;
pub use table::{BINDINGS, Binding};

use crate::ui::symbols::Symbols;

/// What a key means in a layer.
#[must_use]
pub fn lookup(layer: Layer, key: Key) -> Option<Action> {
    BINDINGS
        .iter()
        .find(|binding| binding.layers.contains(&layer) && binding.keys.contains(&key))
        .map(|binding| binding.action)
}

/// The lines of the table that hold in a layer, in the table's order.
pub fn of_layer(layer: Layer) -> impl Iterator<Item = &'static Binding> {
    BINDINGS.iter().filter(move |binding| binding.layers.contains(&layer))
}

/// The footer's lines of a layer, by rank.
#[must_use]
pub fn footer(layer: Layer) -> Vec<&'static Binding> {
    let mut lines: Vec<_> = of_layer(layer).filter(|binding| binding.rank > 0).collect();
    lines.sort_by_key(|binding| binding.rank);
    lines
}

/// The keys of a line as they are written: `j ↓`.
#[must_use]
pub fn written(binding: &Binding, symbols: &Symbols) -> String {
    binding.keys.iter().map(|key| symbols.key(*key)).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

    use super::key::{char, ctrl};
    use super::*;

    #[test]
    fn a_key_means_one_thing_in_each_layer() {
        for layer in Layer::ALL {
            let mut seen = std::collections::HashMap::new();
            for binding in of_layer(layer) {
                for key in binding.keys {
                    let before = seen.insert(key, binding.action);
                    assert_eq!(before, None, "{} in {layer:?}", key.name());
                }
            }
        }
    }

    #[test]
    fn every_layer_shows_its_help_and_a_way_out() {
        for layer in Layer::ALL {
            let footer: Vec<_> = footer(layer).iter().map(|binding| binding.action).collect();
            if layer != Layer::Help {
                assert!(footer.contains(&Action::Help), "{layer:?}: {footer:?}");
            }
            let out = [Action::Back, Action::Quit];
            assert!(footer.iter().any(|action| out.contains(action)), "{layer:?}: {footer:?}");
        }
    }

    #[test]
    fn no_printable_key_is_bound_where_text_is_typed() {
        for layer in Layer::ALL.into_iter().filter(|layer| layer.types_text()) {
            for key in of_layer(layer).flat_map(|binding| binding.keys) {
                assert!(key.ctrl || !matches!(key.code, KeyCode::Char(_)), "{}", key.name());
            }
        }
    }

    #[test]
    fn shift_and_release_are_noise() {
        let upper = KeyEvent::new(KeyCode::Char('G'), KeyModifiers::SHIFT);
        assert_eq!(Key::of(&upper), Some(char('G')));
        let release = KeyEvent { kind: KeyEventKind::Release, ..upper };
        assert_eq!(Key::of(&release), None);
        assert_eq!(Key::of(&KeyEvent::new(KeyCode::Char('q'), KeyModifiers::ALT)), None);
        assert_eq!(ctrl('d').name(), "ctrl-d");
    }
}
