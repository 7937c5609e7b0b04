//! Flags and subcommands, and what each of them starts.

use std::io::{self, Write};
use std::net::IpAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use clap::error::ErrorKind;
use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};
use jiff::tz::TimeZone;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::signal::unix::{SignalKind, signal};

use crate::app;
use crate::app::state::Setting;
use crate::atlas::client::Client;
use crate::atlas::origin::Origin;
use crate::atlas::redact::redact;
use crate::atlas::text::visible;
use crate::atlas::{Clean, Credential, OrgId};
use crate::config::settings::{RescuePlace, Settings};
use crate::config::{self, Access, Folders, Found, PRODUCTION, Surroundings};
use crate::emulator::{self, Emulator, Large, Limits, Options, Plan, Seed, Vantage};
use crate::runtime::keep::{Keep, Places};
use crate::runtime::{self, Outcome, panics};
use crate::ui::theme::Theme;

/// What a flag's help says after the flags.
const EXAMPLES: &str = "Examples:
  gatehouse --demo                    look at a sample organization
  gatehouse                           your organization, with the credential of the
                                      environment or of the Atlas CLI's profile
  gatehouse --profile staging         another profile of the Atlas CLI
  gatehouse emulator                  an Atlas on this machine, for any client";

/// The access manager for MongoDB Atlas organizations that lives in the terminal.
#[derive(Debug, Parser)]
#[command(name = "gatehouse", version, after_help = EXAMPLES)]
pub struct Cli {
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

    /// Change nothing at Atlas, and offer nothing that would
    #[arg(long)]
    read_only: bool,

    /// When to use colours; NO_COLOR in the environment means never
    #[arg(long, value_enum, default_value_t, value_name = "WHEN")]
    color: Color,

    #[command(flatten)]
    size: Sample,

    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
enum Color {
    /// Unless NO_COLOR is set
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
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
    /// Serve an Atlas of our own on this machine until stopped, for any client
    ///
    /// Prints the shell's export lines for its base URL, organization and
    /// credentials on standard output.
    Emulator(EmulatorArgs),
}

#[derive(Debug, Args)]
struct EmulatorArgs {
    #[command(flatten)]
    size: Sample,

    /// Listen on this port of the loopback address; 0 takes any that is free
    #[arg(long, default_value_t = 0, value_name = "PORT")]
    port: u16,

    /// Keep the state in this file, and go on with what it holds
    ///
    /// It holds the secrets of the emulator's identities, and only its owner can
    /// read it. Without it the state ends with the emulator.
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,

    /// Serve https with this certificate chain and private key (PEM files)
    ///
    /// The certificate must be for 127.0.0.1 or for localhost.
    #[arg(long, num_args = 2, value_names = ["CERT", "KEY"])]
    tls: Vec<PathBuf>,

    /// Let calls seem to come from this address, which access lists then judge
    ///
    /// Without it, from an address that the credentials which are printed let in.
    #[arg(long, value_name = "ADDRESS")]
    from: Option<IpAddr>,

    /// Let this set of endpoints hold so many calls, and so many more a minute
    ///
    /// May be given several times. The sets, with Atlas' own figures, are listed
    /// by GET /api/atlas/v2/rateLimits.
    #[arg(long, value_name = "SET=CAPACITY/REFILL")]
    limit: Vec<String>,

    /// Let any number of calls through, but for the sets of --limit
    #[arg(long)]
    no_limits: bool,

    /// Let each answer take at least so many milliseconds
    #[arg(long, default_value_t = 0, value_name = "MS")]
    latency: u64,

    // The brackets are TOML's, which rustdoc takes for a link.
    #[allow(rustdoc::broken_intra_doc_links)]
    /// Plan the faults of this file (TOML)
    ///
    /// A table for each:
    ///
    ///   [[fault]]
    ///   operation = "createOrgApiKey"   Atlas' operation id; without it: any
    ///   path = "/api/atlas/v2/orgs"     what path and query begin with; or any
    ///   times = 2                       for so many calls; without it: one
    ///   does = "drop-answer"
    ///
    /// What it does, before the call is applied: "drop", "html",
    /// { status = { status = 503, code = "X" } }, { rate-limited = { seconds = 7 } },
    /// { body = { text = "{", kind = "application/json" } }; and after it was applied:
    /// "drop-answer", "hostile", { delay = { ms = 500 } }, { cut = { bytes = 100 } },
    /// { drip = { bytes = 1, ms = 100 } }, { status-after = { status = 500 } }.
    #[arg(long, value_name = "FILE", verbatim_doc_comment)]
    faults: Option<PathBuf>,

    /// Let faults and the clock be set over HTTP, under /emulator
    ///
    ///   POST /emulator/faults     one fault, as JSON: {"operation": …, "does": …}
    ///   GET, DELETE /emulator/faults
    ///   POST /emulator/clock      {"advance_seconds": 86400}
    ///   GET, DELETE /emulator/requests
    #[arg(long, verbatim_doc_comment)]
    #[expect(clippy::doc_markdown, reason = "it is shown as it stands")]
    admin: bool,
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
        Err(error) => return misunderstood(&error),
    };
    match start(cli, warnings) {
        // As shells say it of a program that a signal has ended.
        Ok(Outcome::Ended(signal)) => ExitCode::from(u8::try_from(128 + signal).unwrap_or(1)),
        Ok(Outcome::Quit | Outcome::Demo) => ExitCode::SUCCESS,
        Err(error) => {
            // It may quote what was written where something else belongs. Standard error may
            // be closed; there is nobody left to tell then.
            let _ =
                writeln!(io::stderr(), "gatehouse: {}", visible(&redact(&format!("{error:#}"))));
            ExitCode::FAILURE
        }
    }
}

/// Tells what is wrong with the command line, or what was asked about it. What stands in
/// it may have been written by others.
fn misunderstood(error: &clap::Error) -> ExitCode {
    let plain = error.render().to_string();
    let safe = visible(&plain);
    let _ = if safe == plain { error.print() } else { io::stderr().write_all(safe.as_bytes()) };
    ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(1))
}

fn start(cli: Cli, warnings: Vec<String>) -> Result<Outcome> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .context("the system gives no threads")?;
    let done = runtime.block_on(async {
        match cli.command {
            Some(Command::Emulator(args)) => serve(args).await,
            None => show(cli, warnings).await,
        }
    });
    // What is still being asked is of no use to anybody any more.
    runtime.shutdown_background();
    done
}

impl EmulatorArgs {
    fn limits(&self) -> Result<Limits> {
        let base = if self.no_limits { Limits::unlimited() } else { self.size.limits() };
        let adjust = |limits: Limits, text: &String| {
            limits.adjust(text).map_err(|what| anyhow!("--limit: {what}"))
        };
        self.limit.iter().try_fold(base, adjust)
    }

    fn plans(&self) -> Result<Vec<Plan>> {
        let Some(path) = &self.faults else { return Ok(Vec::new()) };
        let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
        Plan::read(&text).map_err(|what| anyhow!("{}: {what}", path.display()))
    }

    fn options(self) -> Result<Options> {
        Ok(Options {
            seed: self.size.seed(),
            limits: self.limits()?,
            faults: self.plans()?,
            port: self.port,
            latency: Duration::from_millis(self.latency),
            vantage: self.from.map(Vantage::Pretended),
            state: self.state,
            tls: <[PathBuf; 2]>::try_from(self.tls).ok().map(|[chain, key]| (chain, key)),
            admin: self.admin,
            ..Options::default()
        })
    }
}

async fn serve(args: EmulatorArgs) -> Result<Outcome> {
    // Each connection takes a file; the usual soft limit of 1024 is soon reached.
    let files = getrlimit(Resource::Nofile);
    let _ = setrlimit(Resource::Nofile, Rlimit { current: files.maximum, ..files });
    let (state, invented) = (args.state.clone(), args.size.is_given());
    let emulator = emulator::start(args.options()?).await.context("the emulator cannot start")?;
    if let Some(state) = state.filter(|_| emulator.was_kept()) {
        let unused =
            if invented { "; --accounts, --keys, --projects and --seed do nothing" } else { "" };
        let _ = writeln!(io::stderr(), "gatehouse: going on with {}{unused}", state.display());
    }
    let mut out = io::stdout();
    out.write_all(emulator.export_lines().as_bytes())?;
    out.flush()?;
    let serving = format!("gatehouse: serving at {}; ctrl-c stops it", emulator.base_url());
    // Standard error may be closed; the export lines say as much.
    let _ = writeln!(io::stderr(), "{serving}");
    let (mut end, mut hangup) = (signal(SignalKind::terminate())?, signal(SignalKind::hangup())?);
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = end.recv() => {}
        _ = hangup.recv() => {}
    }
    emulator.stop().await;
    Ok(Outcome::Quit)
}

/// What every start has in common: what the command line and the configuration say,
/// and what the system refused.
struct Start {
    theme: Theme,
    read_only: bool,
    settings: Settings,
    folders: Option<Folders>,
    warnings: Vec<Clean>,
}

impl Start {
    /// Where it is kept track of secrets. A session's own folder is in memory.
    fn places(&self) -> Places {
        let state = self.folders.as_ref().map(|folders| folders.state.clone());
        let rescue = match self.settings.rescue {
            RescuePlace::Memory => session_folder(),
            RescuePlace::Disk => state.as_ref().map(|state| state.join("rescue")),
            RescuePlace::Off => None,
        };
        Places { state, rescue }
    }
}

/// A folder of ours in memory, which does not outlive the machine's next start: the
/// session's own, else one for this user where everybody has some.
fn session_folder() -> Option<PathBuf> {
    let session = std::env::var_os("XDG_RUNTIME_DIR").filter(|folder| !folder.is_empty());
    if let Some(session) = session {
        return Some(PathBuf::from(session).join("gatehouse"));
    }
    let shared =
        if cfg!(target_os = "linux") { PathBuf::from("/dev/shm") } else { std::env::temp_dir() };
    let name = format!("gatehouse-{}", rustix::process::geteuid().as_raw());
    shared.is_dir().then(|| shared.join(name))
}

async fn show(cli: Cli, warnings: Vec<String>) -> Result<Outcome> {
    let mut start = Start {
        theme: cli.color.theme(),
        read_only: cli.read_only,
        settings: Settings::default(),
        folders: None,
        warnings: warnings.into_iter().map(Clean::from).collect(),
    };
    if cli.demo {
        return demo(cli.size, start).await;
    }
    if cli.size.is_given() {
        let why = "--accounts, --keys, --projects and --seed belong to --demo or to emulator";
        Cli::command().error(ErrorKind::MissingRequiredArgument, why).exit();
    }
    if let Some(url) = &cli.base_url {
        Origin::parse(url)?;
    }
    start.folders = Folders::find();
    if let Some(folders) = &start.folders {
        start.settings = Settings::read(&folders.config).map_err(|what| anyhow!(what))?;
    }
    let kept = || Keep::open(start.places());
    let flags = config::Flags { profile: cli.profile, org: cli.org, base_url: cli.base_url };
    // What was read to find it, other secrets included, ends with this statement.
    let found = config::find(&flags, &Surroundings::of_this_process())?;
    let outcome = match found {
        Found::Access(access) => {
            let (setting, client) = of_access(*access, &start)?;
            runtime::run(setting, Some(client), kept()).await?
        }
        Found::Nothing { looked_at } => {
            let setting = Setting {
                looked_at: looked_at.into_iter().map(Clean::from).collect(),
                ..setting(&start)
            };
            runtime::run(setting, None, kept()).await?
        }
    };
    match outcome {
        Outcome::Demo => demo(cli.size, start).await,
        outcome => Ok(outcome),
    }
}

async fn demo(size: Sample, start: Start) -> Result<Outcome> {
    let options = Options { seed: size.seed(), limits: size.limits(), ..Options::default() };
    let emulator = emulator::start(options).await.context("the demo cannot start")?;
    let (setting, client) = of_emulator(&emulator, &start)?;
    // What the demo makes is gone with it: there is nothing to keep track of.
    let outcome =
        runtime::run(setting, Some(client), (Keep::nothing(), app::Found::default())).await?;
    emulator.stop().await;
    Ok(outcome)
}

fn of_access(access: Access, start: &Start) -> Result<(Setting, Client)> {
    let origin = Origin::parse(&access.base_url)
        .with_context(|| format!("from {}", access.base_url_source))?;
    let found = access.warnings.into_iter().map(Clean::from);
    let setting = Setting {
        host: Clean::from(origin.host()),
        credential: Some(access.credential.public_part()),
        source: Clean::from(access.credential_source),
        org: access.org.map(|org| OrgId::new(&org)),
        warnings: start.warnings.iter().cloned().chain(found).collect(),
        base_url: (access.base_url != PRODUCTION).then(|| format!("{}/", access.base_url)),
        ..setting(start)
    };
    Ok((setting, Client::new(origin, access.credential)?))
}

fn of_emulator(emulator: &Emulator, start: &Start) -> Result<(Setting, Client)> {
    let origin = Origin::parse(emulator.base_url())?;
    let credential: Credential =
        emulator.service_account().context("the sample organization has no credential")?;
    let setting = Setting {
        host: Clean::from(origin.host()),
        credential: Some(credential.public_part()),
        source: Clean::new("the demo"),
        demo: true,
        base_url: Some(format!("{}/", emulator.base_url())),
        ..setting(start)
    };
    Ok((setting, Client::new(origin, credential)?))
}

/// Names this run of the program among all on this machine.
fn session() -> String {
    let now = jiff::Timestamp::now().as_millisecond();
    format!("{now}-{}", std::process::id())
}

/// What every start has in common.
fn setting(start: &Start) -> Setting {
    Setting {
        host: Clean::default(),
        credential: None,
        source: Clean::default(),
        org: None,
        demo: false,
        read_only: start.read_only,
        warnings: start.warnings.clone(),
        looked_at: Vec::new(),
        zone: TimeZone::system(),
        theme: start.theme.clone(),
        session: session(),
        base_url: None,
        takers: start.settings.takers.clone(),
        clipboard: runtime::way_to_clipboard(),
    }
}

impl Color {
    fn theme(self) -> Theme {
        let no_color = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let coloured = match self {
            Self::Auto => !no_color,
            Self::Always => true,
            Self::Never => false,
        };
        // The library reads NO_COLOR too and would undo --color always.
        crossterm::style::force_color_output(true);
        if coloured { Theme::ansi() } else { Theme::mono() }
    }
}
