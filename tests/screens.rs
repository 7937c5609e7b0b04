//! Every screen as a picture: snapshots at three sizes and without colour, and a
//! sweep over all sizes.

use gatehouse::app::credentials::{Candidate, Choice, Facts};
use gatehouse::app::state::Setting;
use gatehouse::app::{App, Event};
use gatehouse::atlas::{OrgId, Secret};
use gatehouse::emulator::{Emulator, Fault, Options, Seed};
use gatehouse::ui::theme::Theme;
use jiff::SignedDuration;
use ratatui::layout::Size;

use crate::support::journey::{Journey, emulator, start_of_time};
use crate::support::picture;
use crate::support::screen::{draw, text};

/// Secrets are random at each start; pictures want the same ones.
pub fn fix_secrets(emulator: &Emulator) {
    emulator.patch(|store| {
        for org in store.organizations.rows_mut() {
            for (number, account) in org.accounts.rows_mut().iter_mut().enumerate() {
                for (slot, secret) in account.secrets.iter_mut().enumerate() {
                    secret.value = Secret::from(format!("mdb_sa_sk_example{number:03}{slot}"));
                }
            }
            for (number, key) in org.keys.rows_mut().iter_mut().enumerate() {
                let tail = 0x0123_4567_89ab_u64 + number as u64 * 0x0001_1111_1111;
                key.private_key = Secret::from(format!(
                    "c8150efd-c7a0-4afd-8c4f-{:012x}",
                    tail & 0xffff_ffff_ffff
                ));
            }
        }
    });
}

/// What stands in pictures for the emulator's address, whose port differs from run to run.
pub const HOST: &str = "127.0.0.1:27017";

pub async fn begin(seed: Seed, set: impl FnOnce(&mut Setting)) -> Journey {
    let emulator = emulator(Options { seed, ..Options::default() }).await;
    fix_secrets(&emulator);
    let credential = emulator.service_account().expect("a credential");
    Journey::begin(emulator, credential, |setting| {
        setting.host = HOST.into();
        set(setting);
    })
}

/// The same picture in every run: errors name the address as it is.
fn steady(picture: &str, journey: &Journey) -> String {
    let origin = journey.emulator().base_url();
    picture.replace(origin.trim_start_matches("http://"), HOST)
}

/// A screen by its name, reached by keys from the filled list.
pub const SCREENS: &[(&str, &str)] = &[
    ("service_accounts", ""),
    ("api_keys", "<tab>"),
    ("filtered", "/role:owner<space>prod"),
    ("nothing_matches", "/nothing"),
    ("account_details", "/k8s<enter><enter>"),
    ("key_details", "<tab>/jenkins<enter><enter>"),
    ("help", "?"),
    ("copied", "jy"),
    ("delete", "/grafana<enter>D"),
    ("delete_key", "<tab>/jenkins<enter>D"),
    ("rename", "/datadog<enter>i/"),
    ("roles", "/datadog<enter>ej<space>"),
    ("projects", "/k8s<enter>p"),
    ("access_list", "/k8s<enter>adn192.0.2.77/24"),
    ("settings", "S<space>"),
    ("create", "n<enter>"),
    ("create_roles", "nfresh<tab>For pictures<enter>"),
    ("create_projects", "nfresh<tab>For pictures<enter><enter>"),
    ("create_summary", "nfresh<tab>For pictures<enter><enter><enter>"),
    ("marked", "jj<space><space>"),
    ("generate", "/pagerduty<enter>s"),
    ("generate_full", "/k8s<enter>s"),
    ("generate_other", "/pagerduty<enter>sG<enter>45"),
    ("sink", "/pagerduty<enter>s<enter>"),
    ("sink_file", "/pagerduty<enter>s<enter>jj<enter>"),
    ("palette", ":secret"),
    ("raw", "/k8s<enter>Jj"),
    ("activity", "/k8s<enter>t"),
    ("all_activity", "Tj"),
    ("twin", "/k8s<enter>x"),
    ("twin_of_a_change", "/datadog<enter>an192.0.2.7<enter>xj"),
];

const SIZES: &[(u16, u16)] = &[(100, 30), (60, 12)];

pub async fn reach(journey: &mut Journey, keys: &str) {
    journey.press(keys);
    journey.settle().await;
}

pub async fn go_home(journey: &mut Journey) {
    journey.press("<c-c>");
    for _ in 0..6 {
        // Long enough for what is deaf to hear, and too short for esc to stop a reading.
        journey.pass(SignedDuration::from_millis(300));
        journey.press("<esc><esc>");
    }
    journey.press("1g");
    journey.pass(SignedDuration::from_millis(33_200));
    journey.settle().await;
}

#[tokio::test]
async fn every_screen_looks_as_it_was_reviewed() {
    for &(width, height) in SIZES {
        let mut journey = begin(Seed::Demo, |_| {}).await;
        journey.resize(width, height);
        journey.settle().await;
        for (name, keys) in SCREENS {
            reach(&mut journey, keys).await;
            insta::assert_snapshot!(format!("{name}_{width}x{height}"), journey.screen());
            go_home(&mut journey).await;
        }
    }
}

#[tokio::test]
async fn every_situation_has_its_own_picture() {
    Box::pin(situations(&Theme::ansi(), |name, journey| {
        for &(width, height) in SIZES {
            journey.resize(width, height);
            let screen = steady(&journey.screen(), journey);
            let words: Vec<_> = screen.lines().map(str::trim_end).collect();
            insta::assert_snapshot!(format!("{name}_{width}x{height}"), words.join("\n"));
        }
        journey.resize(100, 30);
    }))
    .await;
}

#[tokio::test]
async fn every_situation_can_do_without_colour() {
    Box::pin(situations(&Theme::mono(), |name, journey| {
        let (buf, _) = draw(&journey.app);
        let cells = steady(&format!("{buf:?}"), journey);
        insta::assert_snapshot!(format!("{name}_no_colour"), cells);
    }))
    .await;
}

/// Takes a picture of every situation but the filled lists.
pub async fn situations(theme: &Theme, snap: impl Fn(&str, &mut Journey)) {
    let themed = |setting: &mut Setting| setting.theme = theme.clone();
    let mut journey = begin(Seed::DemoTwoOrganizations, themed).await;
    snap("asking", &mut journey);
    journey.pass(SignedDuration::from_secs(4));
    snap("loading", &mut journey);
    journey.settle().await;
    snap("organizations", &mut journey);

    let mut journey = begin(Seed::Demo, themed).await;
    journey.emulator().patch(|store| {
        let org = store.main().expect("there");
        org.keys = gatehouse::emulator::Shelf::default();
    });
    journey.settle().await;
    journey.press("2");
    snap("no_keys", &mut journey);
    journey.emulator().fail_next(
        "/api/atlas/v2/orgs",
        9,
        Fault::Status { status: 503, code: "MAINTENANCE".into() },
    );
    journey.press("1r");
    journey.settle().await;
    snap("trouble", &mut journey);
    journey.press("!");
    snap("problem", &mut journey);

    snap("made", &mut made(theme).await);
    snap("left_open", &mut left_open(theme).await);
    snap("rotation", &mut rotation(theme).await);

    let emulator = emulator(Options::default()).await;
    emulator.patch(|store| {
        store.key("gatehouse terminal").expect("there").standing.roles = vec!["ORG_MEMBER".into()];
    });
    let credential = emulator.api_key().expect("a key");
    let mut journey = Journey::begin(emulator, credential, |setting| {
        setting.host = HOST.into();
        themed(setting);
    });
    journey.settle().await;
    snap("no_permission", &mut journey);
    snap("welcome", &mut welcome(theme).await);
    snap("trust", &mut trust(theme).await);
    snap("credentials", &mut credentials(theme).await);
}

/// The credentials of a machine, one of which is broken.
pub async fn credentials(theme: &Theme) -> Journey {
    let profile = |name: &str| Choice::Profile(name.to_owned());
    let mut journey = begin(Seed::Demo, |setting| {
        setting.theme = theme.clone();
        setting.demo = false;
        setting.choice = Some(profile("default"));
    })
    .await;
    journey.settle().await;
    journey.press("W");
    journey.settle().await;
    let facts = |public: &str, host: &str, org: Option<&str>| Facts {
        public: public.into(),
        host: host.into(),
        org: org.map(OrgId::new),
    };
    let account = "mdb_sa_id_650000000000000000000001";
    let why = "The client ID is set (profile old in ~/.config/atlascli/config.toml), but the client secret that belongs to it is not. Set client_secret there or MONGODB_ATLAS_CLIENT_SECRET, or unset the client ID.";
    let of = |choice, is| Candidate { choice, is };
    journey.event(Event::Credentials(vec![
        of(Choice::Environment, Ok(facts("abcdefgh", "cloud.mongodb.com", None))),
        of(profile("default"), Ok(facts(account, HOST, Some("650000000000000000000002")))),
        of(profile("old"), Err(why.into())),
        of(profile("staging"), Ok(facts(account, "atlas.internal.example.com:8443", None))),
    ]));
    journey
}

/// A name with letters that only look like MongoDB's.
async fn trust(theme: &Theme) -> Journey {
    begin(Seed::Demo, |setting| {
        setting.theme = theme.clone();
        setting.demo = false;
        setting.doubt = Some(gatehouse::app::state::Doubt {
            origin: "https://xn--loud-k6d.mongodb.com".into(),
            named_by: "environment (MONGODB_ATLAS_OPS_MANAGER_URL)".into(),
            international: true,
            on_this_machine: false,
        });
    })
    .await
}

/// A new secret, masked.
pub async fn made(theme: &Theme) -> Journey {
    let mut journey = begin(Seed::Demo, |setting| setting.theme = theme.clone()).await;
    generate(&mut journey, 's').await;
    journey
}

async fn generate(journey: &mut Journey, key: char) {
    journey.settle().await;
    for keys in [format!("/pagerduty<enter>{key}").as_str(), "<enter>", "G<enter>", "y"] {
        journey.pass(SignedDuration::from_millis(300));
        journey.press(keys);
        journey.settle().await;
    }
    journey.pass(SignedDuration::from_secs(5));
}

/// A secret whose answer was lost.
pub async fn left_open(theme: &Theme) -> Journey {
    let mut journey = begin(Seed::Demo, |setting| setting.theme = theme.clone()).await;
    journey.settle().await;
    journey.emulator().plan(gatehouse::emulator::Plan {
        operation: Some("createOrgServiceAccountSecret".into()),
        path: None,
        times: 1,
        does: Fault::DropAnswer,
    });
    generate(&mut journey, 's').await;
    fix_secrets(journey.emulator());
    for keys in ["<esc>", "r"] {
        journey.press(keys);
        journey.settle().await;
    }
    journey.pass(SignedDuration::from_secs(5));
    journey
}

/// A rotation under way.
pub async fn rotation(theme: &Theme) -> Journey {
    let mut journey = begin(Seed::Demo, |setting| setting.theme = theme.clone()).await;
    generate(&mut journey, 'R').await;
    let secret = journey.emulator().patch(|store| {
        let account = store.account("pagerduty").expect("there");
        account.secrets.last().expect("one").value.clone()
    });
    let end = gatehouse::atlas::secret::ExposeSecret::expose_secret(&secret);
    journey.press(&format!("q{}<enter>", &end[end.len() - 4..]));
    fix_secrets(journey.emulator());
    journey.press("R");
    journey.settle().await;
    journey.press("r");
    journey.settle().await;
    journey.pass(SignedDuration::from_secs(5));
    journey
}

#[tokio::test]
async fn a_terminal_that_is_too_small_says_so() {
    let mut journey = begin(Seed::Demo, |_| {}).await;
    journey.resize(24, 4);
    insta::assert_snapshot!("too_small", journey.screen());
}

/// The first screen; a journey whose credential was taken away.
pub async fn welcome(theme: &Theme) -> Journey {
    begin(Seed::Demo, |setting| {
        setting.theme = theme.clone();
        setting.credential = None;
        setting.demo = false;
        setting.looked_at =
            ["environment", "~/.config/atlascli/config.toml"].map(Into::into).to_vec();
    })
    .await
}

#[tokio::test]
async fn without_colour_marks_and_the_cursor_remain() {
    let mut journey = begin(Seed::Demo, |setting| setting.theme = Theme::mono()).await;
    journey.settle().await;
    for (name, keys) in SCREENS {
        reach(&mut journey, keys).await;
        let (buf, _) = draw(&journey.app);
        for cell in &buf.content {
            use ratatui::style::Color::Reset;
            assert_eq!((cell.fg, cell.bg, cell.underline_color), (Reset, Reset, Reset), "{name}");
        }
        let reversed = buf
            .content
            .iter()
            .any(|cell| cell.modifier.contains(ratatui::style::Modifier::REVERSED));
        assert_eq!(reversed, *name != "nothing_matches", "{name}:\n{}", text(&buf));
        insta::assert_snapshot!(format!("{name}_no_colour"), format!("{buf:?}"));
        go_home(&mut journey).await;
    }
}

/// Every size draws, and text never covers a border.
#[tokio::test]
async fn every_size_draws() {
    let mut journey = begin(Seed::DemoTwoOrganizations, |_| {}).await;
    journey.settle().await;
    sweep(&mut journey, "organizations");
    journey.press("<enter>");
    journey.settle().await;
    for (name, keys) in SCREENS {
        journey.resize(100, 30);
        reach(&mut journey, keys).await;
        sweep(&mut journey, name);
        journey.resize(100, 30);
        go_home(&mut journey).await;
    }
    journey.emulator().fail_next("/api/atlas/v2/orgs", 9, Fault::Html);
    journey.press("r");
    journey.settle().await;
    sweep(&mut journey, "trouble");
    journey.press("!");
    sweep(&mut journey, "problem");
    let theme = Theme::ansi();
    sweep(&mut welcome(&theme).await, "welcome");
    let mut journey = made(&theme).await;
    sweep(&mut journey, "made");
    journey.press("v");
    sweep(&mut journey, "revealed");
    journey.press("q");
    sweep(&mut journey, "proof");
    sweep(&mut left_open(&theme).await, "left open");
    sweep(&mut rotation(&theme).await, "rotation");
    let mut journey = credentials(&theme).await;
    sweep(&mut journey, "credentials");
    journey.press("/old");
    sweep(&mut journey, "credentials, narrowed");
    sweep(&mut trust(&theme).await, "trust");
}

fn sweep(journey: &mut Journey, name: &str) {
    // All small sizes, both sides of every width at which something changes, and
    // a few large ones.
    let edges = [60, 80, 90, 100, 120, 140, 160, 180].into_iter().flat_map(|edge| edge - 1..=edge);
    for width in (1..=45).chain(edges).chain([200, 250, 300]) {
        for height in (1..=12).chain([24, 30, 50, 100]) {
            journey.resize(width, height);
            let (buf, cursor) = draw(&journey.app);
            check_borders(&text(&buf), &format!("{name} at {width}×{height}"));
            if let Some(position) = cursor {
                assert!(position.x < width && position.y < height, "{name} at {width}×{height}");
            }
        }
    }
}

/// Where a dialog has a left border, it has a right one in the same column on
/// every line.
fn check_borders(screen: &str, place: &str) {
    let column =
        |line: &str, mark: char| line.chars().collect::<Vec<_>>().iter().rposition(|&c| c == mark);
    let Some(top) = screen.lines().find_map(|line| column(line, '╮')) else { return };
    let inside = screen.lines().skip_while(|line| !line.contains('╮')).skip(1);
    // On a small terminal a word that passes lies over the lower border.
    for line in inside.take_while(|line| !line.contains('╯') && !line.starts_with(" · ")) {
        if line.chars().all(|character| character.is_ascii() || "│▌●▲✖○…–·─".contains(character))
        {
            assert_eq!(column(line, '│'), Some(top), "{place}:\n{screen}");
        }
    }
}

#[tokio::test]
async fn the_readmes_pictures_show_the_real_screens() {
    for (name, screen) in pictures().await {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("assets").join(name);
        if std::env::var_os("UPDATE_PICTURES").is_some() {
            std::fs::write(&path, &screen).expect("the picture is written");
        }
        let kept = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            kept == screen,
            "{} is not what the program draws. UPDATE_PICTURES=1 draws it anew.",
            path.display()
        );
    }
}

/// The pictures of the README: the demo at a fixed time, through the real view.
async fn pictures() -> Vec<(&'static str, String)> {
    let mut journey = begin(Seed::Demo, |_| {}).await;
    journey.resize(100, 24);
    journey.settle().await;
    journey.press("jjjj");
    let list = picture::svg(&draw(&journey.app).0);
    journey.resize(100, 30);
    journey.press("/k8s<enter><enter>");
    journey.settle().await;
    let details = picture::svg(&draw(&journey.app).0);
    vec![("list.svg", list), ("details.svg", details)]
}

#[test]
fn a_program_that_knows_nothing_draws_at_every_size() {
    let setting = crate::support::journey::setting(&gatehouse::atlas::Credential::ApiKey {
        public_key: "abcdefgh".into(),
        private_key: Secret::from(""),
    });
    for width in 1..=300 {
        for height in [1, 2, 7, 8, 30, 100] {
            let (app, _) = App::new(setting.clone(), Size::new(width, height), start_of_time());
            draw(&app);
        }
    }
}
