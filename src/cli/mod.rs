//! Flags and subcommands, and what each of them starts.

mod configuration;
mod doors;
mod emulator;
mod exit;
mod list;
mod look;
mod open;
mod print;

use std::io::{self, Write};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result};
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Args, Parser, Subcommand};

use crate::atlas::redact::redact;
use crate::atlas::text::visible;
use crate::emulator::{Large, Limits, Seed};
use crate::runtime::log::Level;
use crate::runtime::{Outcome, panics};
use emulator::EmulatorArgs;
use exit::End;
use list::ListArgs;
use print::Print;

/// Threads that have nothing to do end soon: nothing wakes a program that is idle.
const THREADS_LINGER: Duration = Duration::from_secs(1);

/// What the help says after the flags.
const EXAMPLES: &str = "Examples:
  gatehouse --demo                    look at a sample organization
  gatehouse                           your organization, with the credential of the
                                      environment or of the Atlas CLI's profile
  gatehouse --profile staging         another profile of the Atlas CLI
  gatehouse list api-keys -o csv      a list for scripts
  gatehouse emulator                  an Atlas on this machine, for any client

";

/// The access manager for MongoDB Atlas organizations that lives in the terminal.
#[derive(Debug, Parser)]
#[command(name = "gatehouse", version, after_help = EXAMPLES.to_owned() + &exit::told(), args_conflicts_with_subcommands = true)]
pub struct Cli {
    #[command(flatten)]
    which: Which,

    /// Change nothing at Atlas, and offer nothing that would
    #[arg(long)]
    read_only: bool,

    #[command(flatten)]
    look: look::Flags,

    /// Write a log of what is done, never of a secret; the help (?) names the file
    #[arg(long, value_enum, value_name = "LEVEL", num_args = 0..=1, default_missing_value = "info")]
    log: Option<Level>,

    /// Print this and no more
    #[arg(long, value_enum, value_name = "WHAT")]
    print: Option<Print>,

    #[command(flatten)]
    size: Sample,

    #[command(subcommand)]
    command: Option<Command>,
}

/// Which organization, and with what.
#[derive(Debug, Default, Args)]
struct Which {
    /// Show a sample organization: no account, no network, no configuration
    #[arg(long, conflicts_with_all = ["profile", "org", "base_url"])]
    demo: bool,

    /// Use this profile of the Atlas CLI
    #[arg(short = 'P', long, value_name = "NAME")]
    profile: Option<String>,

    /// Open this organization
    #[arg(long, value_name = "ID")]
    org: Option<String>,

    /// Ask this Atlas instead of the profile's or cloud.mongodb.com
    #[arg(long, value_name = "URL")]
    base_url: Option<String>,
}

/// How large the sample organization of the demo and of the emulator is.
#[derive(Debug, Clone, Copy, Default, Args)]
struct Sample {
    /// Invent so many service accounts, the one that calls included
    #[arg(long, value_name = "N", help_heading = "Sample organization (--demo, emulator)")]
    accounts: Option<usize>,

    /// Invent so many API keys, one that may call included
    #[arg(long, value_name = "N", help_heading = "Sample organization (--demo, emulator)")]
    keys: Option<usize>,

    /// Invent so many projects
    #[arg(long, value_name = "N", help_heading = "Sample organization (--demo, emulator)")]
    projects: Option<usize>,

    /// The same number invents the same organization
    #[arg(long, value_name = "N", help_heading = "Sample organization (--demo, emulator)")]
    seed: Option<u64>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Print the service accounts or the API keys of an organization, for scripts and pipes
    List(ListArgs),

    /// Print what a shell needs to complete gatehouse's words
    Completions {
        /// For this shell
        shell: clap_complete::Shell,
    },

    /// Print the manual page
    Man,

    /// Serve an Atlas of our own on this machine until stopped, for any client
    ///
    /// Prints the shell's export lines for its base URL, organization and
    /// credentials on standard output.
    Emulator(EmulatorArgs),
}

impl Sample {
    /// Whether any size was asked for.
    fn is_given(self) -> bool {
        self.accounts.is_some()
            || self.keys.is_some()
            || self.projects.is_some()
            || self.seed.is_some()
    }

    /// Atlas' own limits, but for what Atlas would not hold: an organization far
    /// beyond its size limits (500 of each kind) could not be read in minutes.
    fn limits(self) -> Limits {
        let asked = [self.accounts, self.keys].into_iter().flatten().sum::<usize>();
        if asked > 1_000 { Limits::unlimited() } else { Limits::documented() }
    }

    fn seed(self) -> Seed {
        if !self.is_given() {
            return Seed::Demo;
        }
        Seed::Large(Large {
            accounts: self.accounts.unwrap_or(12),
            keys: self.keys.unwrap_or(8),
            projects: self.projects.unwrap_or(6),
            seed: self.seed.unwrap_or(1),
        })
    }
}

/// Runs the command line of this process. The warnings are shown to whoever opens
/// an organization.
#[must_use]
pub fn main(warnings: Vec<String>) -> ExitCode {
    // What has no terminal stumbles with a report as well.
    panics::install(|| {});
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return misunderstood(&with_place(error)),
    };
    match start(cli, warnings) {
        Ok(Outcome::Ended(signal)) => exit::by_signal(signal),
        Ok(Outcome::Quit | Outcome::Demo) => End::Well.code(),
        Err(error) => {
            // It may quote what was written where something else belongs. Standard error may
            // be closed; there is nobody left to tell then.
            let _ =
                writeln!(io::stderr(), "gatehouse: {}", visible(&redact(&format!("{error:#}"))));
            End::of(&error).code()
        }
    }
}

/// Says where flags go that stand before the subcommand that takes them.
fn with_place(mut error: clap::Error) -> clap::Error {
    if let Some(ContextValue::String(subcommand)) = error.get(ContextKind::InvalidSubcommand)
        && error.kind() == ErrorKind::ArgumentConflict
    {
        let tip = format!(
            "what '{subcommand}' takes stands behind it: gatehouse {subcommand} --help tells what"
        );
        error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![tip.into()]));
    }
    error
}

/// Tells what is wrong with the command line, or what was asked about it. What stands in
/// it may have been written by others.
fn misunderstood(error: &clap::Error) -> ExitCode {
    let plain = error.render().to_string();
    let safe = visible(&plain);
    let _ = if safe == plain { error.print() } else { io::stderr().write_all(safe.as_bytes()) };
    let end = if error.use_stderr() { End::Misused } else { End::Well };
    end.code()
}

fn start(cli: Cli, warnings: Vec<String>) -> Result<Outcome> {
    // Calls are worked at beside the interface: several threads would wake each other more
    // than they help. A server has many clients.
    let workers = if matches!(cli.command, Some(Command::Emulator(_))) { 2 } else { 1 };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(workers)
        .thread_keep_alive(THREADS_LINGER)
        .enable_all()
        .build()
        .context("the system gives no threads")?;
    let done = runtime.block_on(async {
        match cli.command {
            None => match cli.print {
                Some(what) => what.print()?,
                None => return Box::pin(open::show(cli, warnings)).await,
            },
            Some(Command::Emulator(args)) => emulator::serve(args).await?,
            Some(Command::List(args)) => list::list(args).await?,
            Some(Command::Completions { shell }) => print::completions(shell)?,
            Some(Command::Man) => print::man()?,
        }
        Ok(Outcome::Quit)
    });
    // What is still being asked is of no use to anybody any more.
    runtime.shutdown_background();
    done
}
