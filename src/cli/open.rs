//! What is opened, and with what: the credential that was found, where it may go, and the
//! program on it.

use std::fs;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result};
use clap::CommandFactory;
use clap::error::ErrorKind;
use jiff::tz::TimeZone;

use super::configuration::Configuration;
use super::doors::OfThisMachine;
use super::exit::Misused;
use super::look::{self, Themes};
use super::{Cli, Sample, Which};
use crate::app;
use crate::app::credentials::Choice;
use crate::app::keys::Keymap;
use crate::app::state::{Doubt, Files, Remember, Setting};
use crate::atlas::client::Client;
use crate::atlas::network::{self, Authorities};
use crate::atlas::origin::{Origin, PRODUCTION};
use crate::atlas::{Clean, Credential, OrgId};
use crate::config::settings::{self, RescuePlace, Settings};
use crate::config::{self, Access, Folders, Found, Surroundings};
use crate::emulator::{self, Emulator, Options};
use crate::runtime::doors::NoDoors;
use crate::runtime::keep::{Keep, Places};
use crate::runtime::lists::Lists;
use crate::runtime::log::{Level, Log};
use crate::runtime::{self, Outcome};
use crate::ui::motion::Motion;
use crate::ui::theme::Theme;

/// What every start has in common: what the command line and the configuration say,
/// and what the system refused.
#[derive(Clone)]
pub(super) struct Start {
    theme: Theme,
    read_only: bool,
    settings: Settings,
    keys: Keymap,
    themes: Themes,
    folders: Option<Folders>,
    log: Log,
    warnings: Vec<Clean>,
}

impl Start {
    /// What the configuration says, for a program that changes nothing.
    ///
    /// # Errors
    /// Where the configuration is not understood.
    fn read() -> Result<Self> {
        let folders = Folders::find();
        let read = folders.as_ref().map(|folders| Configuration::read(&folders.config));
        Ok(Self::with(read.transpose()?.unwrap_or_default(), folders))
    }

    /// The same for the demo, which needs no configuration: one that is not understood is
    /// left out, with a warning.
    fn of_demo() -> Self {
        Self::read().unwrap_or_else(|error| {
            let told = error.to_string();
            // The first mistake, where several are told, stands below how many there are.
            let first = told.lines().take(2).map(str::trim).collect::<Vec<_>>().join(" ");
            let mut start = Self::with(Configuration::default(), Folders::find());
            let words = format!("The demo is shown without your settings: {first}");
            start.warnings.push(Clean::whole(&words));
            start
        })
    }

    fn with(configuration: Configuration, folders: Option<Folders>) -> Self {
        let Configuration { settings, keys, themes } = configuration;
        Self {
            theme: Theme::mono(),
            read_only: true,
            settings,
            keys,
            themes,
            folders,
            log: Log::off(),
            warnings: Vec::new(),
        }
    }

    /// Takes in how it is to look.
    ///
    /// # Errors
    /// Where a theme is not understood.
    fn look(&mut self, flags: &look::Flags) -> Result<()> {
        let terminal = look::Terminal::of_this_process();
        let look = &self.settings.look;
        let (theme, word) = flags.theme(look, &self.themes, terminal).map_err(Misused)?;
        self.theme = theme;
        self.warnings.extend(word.map(Clean::from));
        Ok(())
    }

    /// Begins to log, where somebody wants that. Where it cannot be, that is told, and
    /// the program goes on.
    fn begin_log(&mut self, level: Option<Level>) {
        let Some(level) = level else { return };
        let folders = self.folders.clone();
        let folders = folders.ok_or("There is no home directory to keep it in.".to_owned());
        let opened = folders.and_then(|folders| Ok((Log::open(&folders.state, level)?, folders)));
        let (log, folders) = match opened {
            Ok(opened) => opened,
            Err(why) => {
                return self.warnings.push(Clean::whole(&format!("No log is written: {why}.")));
            }
        };
        log.write(Level::Info, || {
            let (version, read_only) = (env!("CARGO_PKG_VERSION"), self.read_only);
            let settings = folders.config.display();
            format!(
                "start version={version} level={level} read_only={read_only} settings in {settings}"
            )
        });
        self.log = log;
    }

    fn files(&self) -> Files {
        let shown = |path: &Path| Clean::from(path.display().to_string());
        Files {
            config: self.folders.as_ref().map(|it| shown(&Settings::path(&it.config))),
            log: self.log.path().map(shown),
        }
    }

    /// Where it is kept track of secrets. A session's own folder is in memory.
    fn places(&self) -> Places {
        let state = self.folders.as_ref().map(|folders| folders.state.clone());
        let rescue = match self.settings.rescue {
            RescuePlace::Memory => session_folder(),
            RescuePlace::Disk => state.as_ref().map(|state| state.join("rescue")),
            RescuePlace::Off => None,
        };
        let folder = self.folders.as_ref().map(|folders| folders.cache.join("lists"));
        Places { state, rescue, lists: Lists { folder, wanted: self.settings.remember_lists } }
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

/// Everything that the program is started with.
type Opened = (Setting, Option<Client>, (Keep, app::Found));

/// Shows the program until it is left.
pub(super) async fn show(cli: Cli, warnings: Vec<String>) -> Result<Outcome> {
    let read = if cli.which.demo { Start::of_demo() } else { Start::read()? };
    let mut start = Start { read_only: cli.read_only, ..read };
    start.warnings.extend(warnings.iter().map(|warning| Clean::whole(warning)));
    start.look(&cli.look)?;
    start.begin_log(cli.log);
    let log = start.log.clone();
    let outcome = show_with(cli, start).await;
    log.end().await;
    outcome
}

async fn show_with(cli: Cli, start: Start) -> Result<Outcome> {
    if cli.which.demo {
        return demo(cli.size, start).await;
    }
    if cli.size.is_given() {
        let why = "--accounts, --keys, --projects and --seed belong to --demo or to emulator";
        Cli::command().error(ErrorKind::MissingRequiredArgument, why).exit();
    }
    let (setting, client, kept) = open(&cli.which, &start, Keep::open)?;
    let doors = OfThisMachine {
        // What was told once is not told at every turn.
        start: Start { warnings: Vec::new(), ..start.clone() },
        authorities: authorities(&start)?,
        keep: kept.0.clone(),
    };
    match runtime::run(setting, client, kept, Arc::new(doors), start.log.clone()).await? {
        Outcome::Demo => demo(cli.size, start).await,
        outcome => Ok(outcome),
    }
}

/// Finds the credential that asks Atlas for something that has no screen, and where: its
/// client, and the organization that was named.
///
/// # Errors
/// Where there is no credential, or it would go where nobody has agreed to.
pub(super) fn ask_with(which: &Which) -> Result<(Client, Option<OrgId>)> {
    let start = Start::read()?;
    let quietly = |places| (Keep::at(places), app::Found::default());
    let (setting, client, _) = open(which, &start, quietly)?;
    // They are for a person who looks on; scripts that run every hour have heard them.
    if io::stderr().is_terminal() {
        for warning in &setting.warnings {
            let _ = writeln!(io::stderr(), "gatehouse: {warning}");
        }
    }
    let Some(client) = client else {
        let looked_at: Vec<_> = setting.looked_at.iter().map(Clean::as_str).collect();
        let looked_at = looked_at.join(", ");
        let why = format!("No credential for MongoDB Atlas was found. Looked at: {looked_at}.");
        return Err(Misused(why).into());
    };
    let Some(doubt) = setting.doubt else { return Ok((client, setting.org)) };
    let (source, origin, named_by) = (setting.source, doubt.origin, doubt.named_by);
    let why = format!(
        "The credential of {source} would go to {origin}, which is not MongoDB's own ({named_by} names it). Start gatehouse once and agree to it there."
    );
    Err(Misused(why).into())
}

/// Finds what the program is started with, on this machine.
fn open(
    which: &Which,
    start: &Start,
    keep: impl FnOnce(Places) -> (Keep, app::Found),
) -> Result<Opened> {
    let authorities = authorities(start)?;
    let flags = config::Flags {
        profile: which.profile.clone(),
        org: which.org.clone(),
        base_url: which.base_url.clone(),
    };
    // What was read to find it, other secrets included, ends with this statement.
    let found = config::find(&flags, &Surroundings::of_this_process())?;
    let kept = keep(start.places());
    match found {
        Found::Access(access) => {
            let (setting, client) = of_access(*access, start, &authorities, &kept.0);
            Ok((setting, Some(client), kept))
        }
        Found::Nothing { looked_at } => {
            let looked_at = looked_at.into_iter().map(Clean::from).collect();
            Ok((Setting { looked_at, ..setting(start) }, None, kept))
        }
    }
}

/// Whose certificates are trusted besides the system's.
fn authorities(start: &Start) -> Result<Authorities> {
    Ok(settings::read_authorities(&start.settings.authorities).map_err(Misused)?)
}

async fn demo(size: Sample, start: Start) -> Result<Outcome> {
    let options = Options { seed: size.seed(), limits: size.limits(), ..Options::default() };
    let emulator = emulator::start(options).await.context("the demo cannot start")?;
    let (setting, client) = of_emulator(&emulator, &start)?;
    // What the demo makes is gone with it: there is nothing to keep track of.
    let kept = (Keep::nothing(), app::Found::default());
    let log = start.log.clone();
    let outcome = runtime::run(setting, Some(client), kept, Arc::new(NoDoors), log).await?;
    emulator.stop().await;
    Ok(outcome)
}

pub(super) fn of_access(
    access: Access,
    start: &Start,
    authorities: &Authorities,
    keep: &Keep,
) -> (Setting, Client) {
    let choice = choice(&access);
    let (origin, credential) = (access.origin, access.credential.public_part());
    let written = origin.to_string();
    let mut warnings = start.warnings.clone();
    warnings.extend(access.warnings.iter().map(|warning| Clean::whole(warning)));
    let trusted = !access.doubtful
        || keep.trusts(&credential, &written).unwrap_or_else(|why| {
            warnings.push(Clean::whole(&format!("What was trusted before is not known: {why}")));
            false
        });
    let doubt = (!trusted).then(|| Doubt {
        origin: Clean::new(&written),
        named_by: Clean::from(access.origin_source),
        international: origin.is_international(),
        on_this_machine: origin.is_loopback(),
    });
    let setting = Setting {
        host: Clean::from(origin.host()),
        credential: Some(credential),
        choice,
        source: Clean::from(access.credential_source),
        org: access.org.or(start.settings.organization.clone()),
        doubt,
        network: network_words(&origin, &start.settings.authorities),
        warnings,
        base_url: (written != PRODUCTION).then(|| format!("{written}/")),
        ..setting(start)
    };
    let client = Client::with(origin, access.credential, authorities.clone().into());
    tell_log(&setting, start);
    (setting, client.observed_by(start.log.observer()))
}

/// What a session is about to ask with; nothing of it is a secret.
fn tell_log(setting: &Setting, start: &Start) {
    start.log.write(Level::Info, || {
        let public = setting.credential.as_ref().map_or("none", |public| public.as_str());
        let (host, source, demo) = (&setting.host, &setting.source, setting.demo);
        let trusted = setting.doubt.is_none();
        format!("credential {public} host={host} demo={demo} trusted={trusted} from {source}")
    });
}

/// By what it is chosen again.
fn choice(access: &Access) -> Option<Choice> {
    if access.from_environment {
        return Some(Choice::Environment);
    }
    access.profile.clone().map(Choice::Profile)
}

/// What lies between us and this origin, where it is not the plain network.
fn network_words(origin: &Origin, authorities: &[PathBuf]) -> Vec<Clean> {
    let proxy = network::proxy_to(origin).map(|proxy| format!("through the proxy {proxy}"));
    let trusted = authorities.iter().map(|path| format!("{} is trusted too", path.display()));
    let replaced = network::replaced_authorities(origin);
    proxy.into_iter().chain(trusted).chain(replaced).map(Clean::from).collect()
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
        remember: Remember::Nothing,
        base_url: Some(format!("{}/", emulator.base_url())),
        ..setting(start)
    };
    tell_log(&setting, start);
    Ok((setting, Client::new(origin, credential).observed_by(start.log.observer())))
}

/// Names this run of the program among all on this machine.
fn session() -> String {
    let now = jiff::Timestamp::now().as_millisecond();
    format!("{now}-{}", std::process::id())
}

/// The zone in which times are shown: the one that is set for this process, else the
/// machine's, whose own file is read first: to find its name, all zones are looked through.
fn zone() -> TimeZone {
    let is_set = std::env::var_os("TZ").is_some();
    let file = (!is_set).then(|| fs::read("/etc/localtime").ok()).flatten();
    let zone = file.and_then(|zone| TimeZone::tzif("", &zone).ok());
    zone.unwrap_or_else(TimeZone::system)
}

/// What every start has in common.
fn setting(start: &Start) -> Setting {
    Setting {
        host: Clean::default(),
        credential: None,
        source: Clean::default(),
        choice: None,
        org: None,
        doubt: None,
        network: Vec::new(),
        demo: false,
        read_only: start.read_only,
        warnings: start.warnings.clone(),
        looked_at: Vec::new(),
        zone: zone(),
        theme: start.theme.clone(),
        motion: if start.settings.look.animations { Motion::Moving } else { Motion::Still },
        keys: start.keys.clone(),
        session: session(),
        base_url: None,
        refresh: start.settings.refresh,
        remember: if start.settings.remember_lists { Remember::Lists } else { Remember::Nothing },
        mouse: start.settings.mouse,
        takers: start.settings.takers.clone(),
        browser: start.settings.browser.clone(),
        clipboard: runtime::way_to_clipboard(),
        files: start.files(),
    }
}
