//! `config.toml` as every command takes it: read whole, and judged whole, by all who know
//! what its words mean.

use std::path::Path;

use anyhow::Result;

use super::exit::Misused;
use super::look::Themes;
use crate::app::keys::{Keymap, Wanted};
use crate::config::settings::Settings;
use crate::rules::wrong::tell;

/// What it says.
#[derive(Clone, Default)]
pub(super) struct Configuration {
    pub(super) settings: Settings,
    pub(super) keys: Keymap,
    pub(super) themes: Themes,
}

impl Configuration {
    /// What `config.toml` in this folder says.
    ///
    /// # Errors
    /// All that is wrong with it, and where.
    pub(super) fn read(folder: &Path) -> Result<Self> {
        let (settings, mut wrong) = Settings::read(folder).map_err(Misused)?;
        let wanted = settings.keys.iter().map(|written| Wanted {
            line: written.line,
            action: written.action.clone(),
            keys: written.keys.clone(),
        });
        let wanted: Vec<_> = wanted.collect();
        // Of half the keys nobody can say what clashes.
        let keys = if wrong.is_empty() {
            Keymap::with(&wanted).unwrap_or_else(|odd| {
                wrong.extend(odd);
                Keymap::default()
            })
        } else {
            wrong.extend(Wanted::odd(&wanted));
            Keymap::default()
        };
        let (themes, odd) = Themes::read(&settings.look);
        wrong.extend(odd);
        if wrong.is_empty() {
            return Ok(Self { settings, keys, themes });
        }
        let file = Settings::path(folder);
        Err(Misused(tell(&file.display().to_string(), wrong)).into())
    }
}
