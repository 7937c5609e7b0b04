//! `gatehouse emulator`: an Atlas of our own on this machine, for any client.

use std::io::{self, Write};
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result};
use clap::Args;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::signal::unix::{SignalKind, signal};

use super::Sample;
use super::exit::Misused;
use crate::emulator::{self, Limits, Options, Plan, Vantage};

#[derive(Debug, Args)]
pub(super) struct EmulatorArgs {
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

impl EmulatorArgs {
    fn limits(&self) -> Result<Limits> {
        let base = if self.no_limits { Limits::unlimited() } else { self.size.limits() };
        let adjust = |limits: Limits, text: &String| {
            limits.adjust(text).map_err(|what| Misused(format!("--limit: {what}")))
        };
        Ok(self.limit.iter().try_fold(base, adjust)?)
    }

    fn plans(&self) -> Result<Vec<Plan>> {
        let Some(path) = &self.faults else { return Ok(Vec::new()) };
        let wrong = |what: String| Misused(format!("{}: {what}", path.display()));
        let text = std::fs::read_to_string(path).map_err(|error| wrong(error.to_string()))?;
        Ok(Plan::read(&text).map_err(wrong)?)
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

/// Serves until a signal comes.
pub(super) async fn serve(args: EmulatorArgs) -> Result<()> {
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
    Ok(())
}
