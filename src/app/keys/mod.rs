//! The one key table. Lookup, footer, help, palette and the README's table come from it;
//! what is not here is no key.

mod action;
mod key;
mod keymap;
mod layer;
mod table;
mod wanted;

pub use action::Action;
pub use key::Key;
pub use keymap::{Keymap, sample};
pub use layer::Layer;
pub use table::{BINDINGS, Binding};
pub use wanted::Wanted;

#[cfg(test)]
mod tests {
    use strum::VariantArray;

    use super::*;

    fn keys_of(action: Action) -> impl Iterator<Item = &'static Binding> {
        BINDINGS.iter().filter(move |line| line.action == action)
    }

    #[test]
    fn a_key_means_one_thing_in_each_layer() {
        let keys = Keymap::default();
        for layer in Layer::ALL {
            let mut seen = std::collections::HashMap::new();
            for binding in keys.of_layer(layer) {
                for key in &*binding.keys {
                    let before = seen.insert(key, binding.action);
                    assert_eq!(before, None, "{} in {layer:?}", key.name());
                }
            }
        }
    }

    /// So that `config.toml` needs one line for an action, wherever it stands.
    #[test]
    fn an_action_has_the_same_keys_wherever_it_stands() {
        for action in Action::VARIANTS {
            let all = keymap::defaults(*action);
            assert!(!all.is_empty(), "{action:?} has no key");
            let typed: Vec<_> = all.iter().copied().filter(|key| !key.edits_text()).collect();
            for line in keys_of(*action) {
                let types_text = line.layers.iter().any(|layer| layer.types_text());
                let whole = !line.layers.iter().all(|layer| layer.types_text());
                assert!(!whole || *line.keys == *all, "{line:?}");
                assert!(!types_text || *line.keys == *typed, "{line:?}");
            }
        }
    }

    #[test]
    fn every_layer_shows_its_help_and_a_way_out() {
        let keys = Keymap::default();
        for layer in Layer::ALL {
            let footer: Vec<_> = keys.footer(layer).iter().map(|line| line.action).collect();
            if layer != Layer::Help {
                assert!(footer.contains(&Action::Help), "{layer:?}: {footer:?}");
            }
            let out = [Action::Back, Action::Quit];
            assert!(footer.iter().any(|action| out.contains(action)), "{layer:?}: {footer:?}");
        }
    }

    #[test]
    fn names_are_read_back() {
        assert_eq!(Action::HalfPageDown.name(), "half-page-down");
        assert_eq!(Action::ApiKeys.name(), "api-keys");
        for action in Action::VARIANTS {
            assert_eq!(Action::named(action.name()), Some(*action));
        }
    }
}
