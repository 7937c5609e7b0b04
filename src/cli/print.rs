//! What is made of the flags and subcommands themselves: completions and the manual page.

use std::io::{self, Write};

use anyhow::Result;
use clap::CommandFactory;

use super::Cli;

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
