//! What is printed and no more: completions and the manual page, which are made of the
//! flags and subcommands, a sample of the configuration, and the keys.

use std::fmt::Write as _;
use std::io::{self, Write};

use anyhow::Result;
use clap::{CommandFactory, ValueEnum};

use super::Cli;
use super::configuration::Configuration;
use crate::app::keys::{self, Keymap, Layer};
use crate::config::{Folders, settings};

/// What can be printed besides: what stands in the configuration, or could.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Print {
    /// A config.toml in which every entry stands, with its meaning
    Config,
    /// The keys as they hold
    Keys,
}

impl Print {
    /// Prints it.
    pub fn print(self) -> Result<()> {
        let text = match self {
            Self::Config => settings::sample() + &keys::sample(),
            Self::Keys => {
                let folders = Folders::find();
                let read = folders.map(|folders| Configuration::read(&folders.config));
                key_table(&read.transpose()?.unwrap_or_default().keys)
            }
        };
        Ok(io::stdout().write_all(text.as_bytes())?)
    }
}

/// Place, action and keys, one line each, in columns.
fn key_table(keys: &Keymap) -> String {
    let rows: Vec<_> = Layer::ALL
        .into_iter()
        .flat_map(|layer| keys.of_layer(layer).map(move |line| (layer, line)))
        .map(|(layer, line)| {
            [layer.name(), line.action.name(), &line.keys_written()].map(String::from)
        })
        .collect();
    let width = |column: usize| rows.iter().map(|row| row[column].len()).max().unwrap_or(0);
    let (layers, actions) = (width(0), width(1));
    let mut table = String::new();
    for [layer, action, keys] in &rows {
        let _ = writeln!(table, "{layer:layers$}  {action:actions$}  {keys}");
    }
    table
}

/// Prints what `shell` needs to complete gatehouse's words.
pub(super) fn completions(shell: clap_complete::Shell) -> Result<()> {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "gatehouse", &mut text);
    Ok(io::stdout().write_all(&text)?)
}

/// Prints the manual page, with one section for each subcommand.
pub(super) fn man() -> Result<()> {
    let mut text = Vec::new();
    clap_mangen::Man::new(Cli::command()).render(&mut text)?;
    Ok(io::stdout().write_all(&text)?)
}
