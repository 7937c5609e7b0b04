//! A warm start: what the lists showed in the last session is shown at once, with its date,
//! and nothing rests on it.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use gatehouse::app::Found;
use gatehouse::app::identity::Kind;
use gatehouse::app::state::Remember;
use gatehouse::atlas::{Credential, OrgId};
use gatehouse::emulator::{Emulator, Large, Limits, Options, Seed};
use gatehouse::runtime::keep::{Keep, Places};
use gatehouse::runtime::lists::Lists;
use jiff::SignedDuration;
use ratatui::style::Modifier;
use tempfile::TempDir;

use crate::support::fault_proxy::{End, Fault, FaultProxy};
use crate::support::journey::{Journey, emulator};
use crate::support::screen;

/// All calls, for ever.
const ALL: usize = usize::MAX;

/// A machine with a cache, and an Atlas behind a proxy.
struct Bench {
    emulator: Emulator,
    proxy: FaultProxy,
    home: TempDir,
}

impl Bench {
    async fn new(options: Options) -> Self {
        let emulator = emulator(options).await;
        let proxy = FaultProxy::before(emulator.base_url()).await;
        Self { emulator, proxy, home: tempfile::tempdir().expect("a home") }
    }

    /// One on which a session has read everything and ended.
    async fn warm() -> Self {
        let bench = Self::new(Options::default()).await;
        bench.session().await;
        bench.proxy.forget();
        bench
    }

    /// A session that reads everything and ends.
    async fn session(&self) {
        let mut journey = self.start();
        journey.settle().await;
        journey.end().await;
    }

    fn folder(&self) -> PathBuf {
        self.home.path().join("lists")
    }

    fn start(&self) -> Journey {
        self.start_as(&self.emulator.service_account().expect("one"))
    }

    fn start_as(&self, credential: &Credential) -> Journey {
        self.start_in(credential, Some(self.emulator.organization().clone()))
    }

    /// A session for which no organization is named.
    fn start_unnamed(&self) -> Journey {
        self.start_in(&self.emulator.service_account().expect("one"), None)
    }

    /// A start that knows the lists of an earlier one, where Atlas answers nothing.
    async fn recalled_unnamed(&self) -> Journey {
        let mut journey = self.start_unnamed();
        journey.settle().await;
        journey.end().await;
        self.proxy.plan("GET", "", ALL, Fault::Hold);
        let mut journey = self.start_unnamed();
        journey.until("billing-export").await;
        journey
    }

    fn start_in(&self, credential: &Credential, org: Option<OrgId>) -> Journey {
        let lists = Lists { folder: Some(self.folder()), wanted: true };
        let keep = Keep::at(Places { lists, ..Places::default() });
        let set = |setting: &mut gatehouse::app::state::Setting| {
            (setting.remember, setting.demo) = (Remember::Lists, false);
            setting.org = org;
        };
        let base_url = self.proxy.base_url();
        Journey::begin_with(&base_url, credential.clone(), set, (keep, Found::default()))
    }

    /// A second session to which Atlas answers nothing, three hours later.
    async fn start_held(&self) -> Journey {
        self.proxy.plan("GET", "", ALL, Fault::Hold);
        let mut journey = self.start();
        journey.until("billing-export").await;
        journey.pass(SignedDuration::from_hours(3));
        journey
    }

    fn files(&self) -> Vec<PathBuf> {
        files(&self.folder())
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    entries.map(|entry| entry.expect("an entry").path()).collect()
}

/// Whether the row is drawn muted.
fn is_dim(journey: &Journey, name: &str) -> bool {
    let (buffer, _) = screen::draw(&journey.app);
    let row = |y: u16| (0..buffer.area.width).map(move |x| (x, y));
    let text = |y| row(y).map(|at| buffer[at].symbol()).collect::<String>();
    let y = (0..buffer.area.height).find(|&y| text(y).contains(name)).expect("it is on screen");
    let cells = row(y).map(|at| &buffer[at]).filter(|cell| cell.symbol() != " ");
    let mut cells = cells.filter(|cell| cell.symbol() != "▌");
    cells.all(|cell| cell.modifier.contains(Modifier::DIM))
}

#[tokio::test]
async fn what_was_known_last_is_shown_at_once_with_its_date_until_it_was_read_again() {
    let bench = Bench::warm().await;
    bench.emulator.patch(|store| {
        assert!(store.remove("grafana"));
        store.account("ci-deploy").expect("there").name = "ci-deploy-2".into();
    });
    let mut journey = bench.start_held().await;
    journey.shows("from 14:02, 3 h ago · ");
    journey.shows("[Service Accounts ≈16]");
    journey.shows("API Keys ≈8");
    journey.shows("1 of 16");
    journey.press("jj");
    for name in ["grafana", "ci-deploy", "mongodb-mcp"] {
        assert!(is_dim(&journey, name), "{name}:\n{}", journey.screen());
    }
    for mark in ['✖', '▲', '●', '○', '!'] {
        let body: Vec<_> = journey.screen().lines().skip(3).take(16).map(str::to_owned).collect();
        assert!(!body.concat().contains(mark), "{mark} judges:\n{}", journey.screen());
    }
    // Nothing has been read.
    let org = journey.app.state().org.as_ref().expect("one");
    for kind in Kind::ALL {
        assert!(org.list(kind).rows().is_empty() && !org.list(kind).is_complete());
    }
    journey.press("<tab>");
    journey.shows("[API Keys ≈8]");
    journey.shows("BI connector");
    journey.press("<tab>/dat");
    journey.shows("1 of 16");
    journey.press("<esc><esc>");
    journey.shows("stopped: r reads again");
    journey.pass(SignedDuration::from_secs(5));
    journey.shows("As it was read 3 h ago: what is there now is still to come.");
    let row = journey.cursor_line();
    let name = row.split_whitespace().nth(1).expect("a name").to_owned();
    bench.proxy.mend();
    journey.press("r");
    journey.settle().await;
    journey.shows("● live · 17:02");
    journey.shows("[Service Accounts 15]");
    journey.shows("ci-deploy-2");
    journey.shows_not("grafana");
    journey.shows_not("≈");
    assert!(journey.cursor_line().contains(&name), "the cursor stays on its row");
    assert!(!is_dim(&journey, "ci-deploy-2"));
}

/// Every key that would open, read or change something of the row under the cursor.
#[tokio::test]
async fn nothing_is_done_to_a_row_that_was_not_read_again() {
    let bench = Bench::warm().await;
    let mut journey = bench.start_held().await;
    let asked =
        || bench.proxy.count("POST") + bench.proxy.count("PATCH") + bench.proxy.count("DELETE");
    let sent = asked();
    for key in ["<enter>", "J", "t", "D", "e", "a", "p", "i", "s", "R", "c", "<space>"] {
        journey.press("gg");
        journey.press(key);
        journey.shows("read 3 h ago, by an earlier session: wait until it is read again");
        assert!(!journey.left && !journey.screen().contains('╭'), "{key}:\n{}", journey.screen());
        journey.shows_not("marked");
    }
    journey.press("y");
    assert_eq!(journey.copied.len(), 1, "an id stays the same");
    assert_eq!(asked(), sent, "nothing was sent");
}

/// Who was an owner, and what names there were, is not known before it was read.
#[tokio::test]
async fn no_judgement_rests_on_what_was_known_last() {
    let bench = Bench::warm().await;
    let mut journey = bench.start_held().await;
    journey.resize(140, 30);
    assert!(journey.screen().lines().nth(1).expect("a rule").contains("roles..."));
    let org = journey.app.state().org.as_ref().expect("one");
    assert_eq!(org.doubts_of_name("grafana", Kind::ServiceAccounts, None), []);
    assert_eq!(journey.app.state().expired(), None);
    // What is to be created waits for the list.
    bench.proxy.mend();
    bench.proxy.plan("GET", "/serviceAccounts", ALL, Fault::Hold);
    journey.press("n");
    assert!(journey.screen().contains("Create") || journey.screen().contains("create"));
    journey.press("grafana<enter><enter><enter>");
    journey.pass(SignedDuration::from_millis(300));
    assert_eq!(bench.proxy.bodies("POST", "/serviceAccounts").len(), 0, "nothing is sent");
}

#[tokio::test]
async fn while_atlas_cannot_be_reached_they_stay_with_their_date() {
    let bench = Bench::warm().await;
    bench.proxy.plan("", "", ALL, Fault::Unsent(End::Closed));
    let mut journey = bench.start();
    journey.settle().await;
    journey.pass(SignedDuration::from_secs(60 * 60 * 3));
    journey.settle().await;
    journey.shows("from 14:02, 3 h ago · ✖ offline");
    journey.shows("Showing what was read 3 h ago.");
    journey.shows("billing-export");
    assert!(is_dim(&journey, "billing-export"));
    assert_eq!(bench.files().len(), 1, "they are kept for the next start");
    journey.resize(40, 12);
    journey.shows("3 h old · ✖ offline");
    journey.shows("billing-export");
    bench.proxy.mend();
    journey.press("r");
    journey.settle().await;
    journey.shows_not("ago ·");
    assert!(!is_dim(&journey, "backup-runner"));
}

/// What Atlas answers, and whether what was known may still be seen.
#[tokio::test]
async fn what_the_credential_may_not_see_any_more_is_taken_away_and_forgotten() {
    let refused = |status: u16, code: &str| {
        let body = format!("{{\"error\":{status},\"errorCode\":\"{code}\",\"detail\":\"no\"}}");
        Fault::Instead(format!(
            "HTTP/1.1 {status} No\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
            body.len()
        ))
    };
    for (status, code, taken) in [
        (401, "UNAUTHORIZED", true),
        (403, "ORG_REQUIRES_ACCESS_LIST", true),
        (403, "IP_ADDRESS_NOT_ON_ACCESS_LIST", true),
        (403, "USER_UNAUTHORIZED", true),
        (403, "USER_CANNOT_ACCESS_ORG", true),
        (404, "ORG_NOT_FOUND", true),
        (500, "UNEXPECTED_ERROR", false),
        (503, "MAINTENANCE", false),
    ] {
        let bench = Bench::warm().await;
        bench.proxy.plan("GET", "/orgs", ALL, refused(status, code));
        let mut journey = bench.start();
        journey.settle().await;
        assert_eq!(
            !journey.screen().contains("billing-export"),
            taken,
            "{code}:\n{}",
            journey.screen()
        );
        journey.press("<tab>");
        assert_eq!(
            !journey.screen().contains("BI connector"),
            taken,
            "{code}:\n{}",
            journey.screen()
        );
        journey.end().await;
        assert_eq!(bench.files().is_empty(), taken, "{code}");
    }
}

/// A role may be missing for one of both lists.
#[tokio::test]
async fn of_two_lists_the_one_that_may_be_seen_is_kept() {
    let bench = Bench::warm().await;
    let body = "{\"error\":403,\"errorCode\":\"USER_UNAUTHORIZED\"}";
    let no = format!(
        "HTTP/1.1 403 No\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
    bench.proxy.plan("GET", "/apiKeys?", ALL, Fault::Instead(no));
    bench.session().await;
    bench.proxy.mend();
    let mut journey = bench.start_held().await;
    journey.shows("[Service Accounts ≈16]");
    journey.press("<tab>");
    journey.shows_not("BI connector");
    journey.shows("Reading the API keys...");
}

#[tokio::test]
async fn another_credential_sees_nothing_of_them() {
    let bench = Bench::warm().await;
    bench.proxy.plan("", "", ALL, Fault::Hold);
    let mut journey = bench.start_as(&bench.emulator.api_key().expect("one"));
    journey.pass(SignedDuration::from_secs(1));
    journey.step().await;
    journey.shows("Reading the service accounts...");
    journey.shows_not("billing-export");
}

#[tokio::test]
async fn what_did_not_change_is_written_again_only_for_its_date() {
    let options = Options { limits: Limits::unlimited(), ..Options::default() };
    let bench = Bench::new(options).await;
    let mut journey = bench.start();
    journey.settle().await;
    let sent = |journey: &Journey| journey.kept;
    assert_eq!(sent(&journey), 1, "once for both lists");
    for _ in 0..9 {
        journey.pass(SignedDuration::from_secs(61));
        journey.settle().await;
    }
    assert_eq!(sent(&journey), 1);
    journey.pass(SignedDuration::from_secs(61));
    journey.settle().await;
    assert_eq!(sent(&journey), 2, "its date is ten minutes old");
    bench.emulator.patch(|store| assert!(store.remove("grafana")));
    journey.pass(SignedDuration::from_secs(61));
    journey.settle().await;
    assert_eq!(sent(&journey), 3);
}

#[tokio::test]
async fn what_is_too_large_is_not_kept() {
    let large = Large { accounts: 5_001, keys: 1, projects: 1, seed: 7 };
    let bench = Bench::new(Options { seed: Seed::Large(large), ..Options::default() }).await;
    let mut journey = bench.start();
    journey.until("of 5001\n").await;
    journey.end().await;
    assert!(bench.files().is_empty());
}

/// Pages come one after the other: what was read stands beside what was not.
#[tokio::test]
async fn rows_become_fresh_page_by_page() {
    let large = Large { accounts: 1_200, keys: 1, projects: 1, seed: 7 };
    let bench = Bench::new(Options { seed: Seed::Large(large), ..Options::default() }).await;
    let mut journey = bench.start();
    journey.until("1 of 1200\n").await;
    let kind = Kind::ServiceAccounts;
    let first = journey.app.state().org.as_ref().expect("one").list(kind).rows()[0].identity.id();
    journey.end().await;
    bench.proxy.plan("GET", "pageNum=2", 1, Fault::Hold);
    let mut journey = bench.start();
    while journey.app.state().org.as_ref().expect("one").list(kind).rows().is_empty()
        || journey.app.state().recalled_from().is_none()
    {
        journey.step().await;
    }
    let list = journey.app.state().org.as_ref().expect("one").list(kind);
    assert_eq!((list.rows().len(), list.shown_len()), (500, 1200));
    assert!(!list.is_complete() && !list.is_old_at(0) && list.is_old_at(700));
    assert_eq!(list.shown_place(&first), Some(0));
    journey.shows("Accounts ≈1200");
}

/// What tells of the date, at every width: in words, and without colour or symbols.
#[tokio::test]
async fn the_date_is_told_at_every_width() {
    let mut told = String::new();
    for offline in [false, true] {
        let bench = Bench::warm().await;
        let fault = if offline { Fault::Unsent(End::Closed) } else { Fault::Hold };
        bench.proxy.plan("GET", "", ALL, fault);
        let mut journey = bench.start();
        journey.until("billing-export").await;
        if offline {
            journey.settle().await;
        }
        for (time, words) in [(2, "just now"), (60 * 60 * 26, "yesterday")] {
            journey.pass(SignedDuration::from_secs(time));
            for width in [140, 100, 80, 60, 40] {
                journey.resize(width, 12);
                let screen =
                    journey.screen().replace(&bench.proxy.base_url()[7..], "127.0.0.1:00000");
                let head = screen.lines().next().expect("a header").to_owned();
                let told_so = [words, "0 min old", "1 d old"].iter().any(|it| head.contains(it));
                assert!(told_so, "{words} at {width}: {head}");
                let _ = writeln!(told, "{head}");
            }
        }
    }
    insta::assert_snapshot!("dates", told);
}

/// Without a name, it is the only organization that the credential saw; which it sees now
/// is asked first.
#[tokio::test]
async fn the_only_organization_is_supposed_to_be_the_only_one_still() {
    let bench = Bench::new(Options::default()).await;
    let mut journey = bench.recalled_unnamed().await;
    journey.shows("≈16");
    for key in ["n", "S", "T", "D", "<enter>"] {
        journey.press(key);
        journey.shows("by an earlier session: wait until it is read again");
    }
    assert!(!journey.screen().contains('╭'), "{}", journey.screen());
    journey.pass(SignedDuration::from_secs(3));
    journey.press("<esc>");
    bench.proxy.mend();
    journey.press("r");
    journey.settle().await;
    journey.shows("● live");
    journey.shows("Acme Corp");
    journey.shows("[Service Accounts 16]");
    assert!(!journey.app.state().is_supposed());
}

#[tokio::test]
async fn where_the_credential_sees_others_now_the_supposed_one_is_taken_away() {
    for (status, body, says) in [
        (200, "{\"results\":[]}", "This credential sees no organization."),
        (
            200,
            "{\"results\":[{\"id\":\"66f1c0ffee00112233a91f00\",\"name\":\"One\"},{\"id\":\"66f1c0ffee00112233a91f01\",\"name\":\"Other\"}]}",
            "Other",
        ),
        (200, "{\"results\":[{\"id\":\"66f1c0ffee00112233a91f00\",\"name\":\"One\"}]}", "does not"),
        (401, "{\"errorCode\":\"UNAUTHORIZED\"}", "does not accept this credential"),
    ] {
        let bench = Bench::new(Options::default()).await;
        let mut journey = bench.start_unnamed();
        journey.settle().await;
        journey.end().await;
        let answer = format!(
            "HTTP/1.1 {status} Yes\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
            body.len()
        );
        bench.proxy.plan("GET", "/orgs?", ALL, Fault::Instead(answer));
        let mut journey = bench.start_unnamed();
        journey.settle().await;
        journey.says(says);
        journey.shows_not("billing-export");
        journey.end().await;
        assert!(bench.files().is_empty(), "{says}");
    }
}

/// It is asked again which organizations there are, and not for its lists.
#[tokio::test]
async fn offline_the_supposed_one_stays_supposed() {
    let bench = Bench::new(Options::default()).await;
    let mut journey = bench.start_unnamed();
    journey.settle().await;
    journey.end().await;
    bench.proxy.forget();
    bench.proxy.plan("GET", "", ALL, Fault::Unsent(End::Closed));
    let mut journey = bench.start_unnamed();
    journey.settle().await;
    for _ in 0..4 {
        journey.pass(SignedDuration::from_secs(61));
        journey.settle().await;
    }
    journey.shows("✖ offline");
    journey.shows("billing-export");
    assert_eq!(bench.proxy.count_of("GET", "/serviceAccounts"), 0);
    bench.proxy.mend();
    journey.pass(SignedDuration::from_secs(61));
    journey.settle().await;
    journey.shows("● live");
    journey.shows("[Service Accounts 16]");
}

/// What was chosen among the rows of the one means nothing in the other.
#[tokio::test]
async fn the_only_organization_may_be_another() {
    let bench = Bench::new(Options::default()).await;
    let mut journey = bench.recalled_unnamed().await;
    journey.press("G");
    journey.pass(SignedDuration::from_secs(3));
    journey.press("<esc>");
    bench.proxy.mend();
    let answer = |part: &str, rows: &str| {
        let body = format!("{{\"results\":[{rows}]}}");
        let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close";
        let answer = format!("{head}\r\ncontent-length: {}\r\n\r\n{body}", body.len());
        bench.proxy.plan("GET", part, ALL, Fault::Instead(answer));
    };
    answer("/orgs?", "{\"id\":\"66f1c0ffee00112233a91f00\",\"name\":\"Another\"}");
    answer(
        "/serviceAccounts?",
        "{\"clientId\":\"mdb_sa_id_66f1c0ffee00112233a91f01\",\"name\":\"the-one\",\"roles\":[]}",
    );
    answer("/apiKeys?", "");
    journey.press("r");
    journey.settle().await;
    journey.shows("the-one");
    journey.shows("1 of 1");
    journey.shows_not("billing-export");
    assert!(journey.cursor_line().contains("the-one"));
}
