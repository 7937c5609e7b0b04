//! The two lists: filling, moving, filtering, ordering, refreshing, copying.

use gatehouse::app::Event;
use gatehouse::app::identity::Kind;
use gatehouse::app::state::Setting;
use gatehouse::atlas::{Clean, IdentityId};
use gatehouse::emulator::{Large, Limits, Options, Seed, Set};
use jiff::SignedDuration;

use crate::support::journey::{Journey, emulator};

#[tokio::test]
async fn what_is_worth_knowing_hides_nothing_that_happens_and_goes_once_it_was_read() {
    let emulator = emulator(Options::default()).await;
    let credential = emulator.service_account().expect("one");
    let warned = |setting: &mut Setting| {
        setting.warnings = ["Worth knowing.", "This too."].map(Clean::new).into();
    };
    let mut journey = Journey::begin(emulator, credential, warned);
    journey.settle().await;
    journey.shows("Worth knowing.");
    journey.press("<space>");
    journey.shows("1 marked");
    journey.press("y<esc>");
    journey.shows("client ID sent to the terminal's clipboard");
    journey.press("<esc>");
    journey.pass(SignedDuration::from_secs(5));
    journey.shows("Worth knowing. (1 more)");
    journey.press("<esc>");
    journey.shows("This too.");
    journey.press("<esc>");
    journey.shows_not("This too.");
}

#[tokio::test]
async fn both_lists_come_with_counts_and_marks() {
    let mut journey = Journey::demo().await;
    journey.shows("Acme Corp");
    journey.shows("[Service Accounts 16]");
    journey.shows("API Keys 8");
    journey.shows("● live · 14:02");
    journey.shows("1 of 16");
    assert!(journey.line("billing-export").contains("✖ expired 41 d ago"));
    assert!(journey.line("ci-deploy").contains("▲ 6 days"));
    assert!(journey.line("pen-test-2025").contains("○ no secret"));
    assert!(journey.line("mongodb-mcp").contains("Atlas's own"), "managed by Atlas is said");
    journey.press("<tab>");
    journey.shows("[API Keys 8]");
    journey.shows("legacy method");
    assert!(journey.line("cron: nightly cleanup").contains("unknown"), "not the same as never");
    journey.press("1");
    journey.shows("[Service Accounts 16]");
}

#[tokio::test]
async fn the_list_is_there_before_its_details() {
    let emulator = emulator(Options::default()).await;
    let credential = emulator.service_account().expect("a credential");
    let mut journey = Journey::begin(emulator, credential, |_| {});
    journey.until("billing-export").await;
    assert!(journey.is_waiting(), "details are still on their way");
    journey.settle().await;
    let org = journey.app.state().org.as_ref().expect("an organization");
    for kind in gatehouse::app::identity::Kind::ALL {
        for row in org.list(kind).rows() {
            assert!(row.access().value.is_some(), "{:?} has no access list", row.identity.id());
            assert!(row.grants().is_some(), "{:?} has no projects", row.identity.id());
        }
    }
}

/// More rows than are read behind the list by themselves.
async fn long_list() -> Journey {
    list_of(2_100).await
}

async fn list_of(accounts: usize) -> Journey {
    let large = Large { accounts, keys: 1, projects: 3, seed: 7 };
    let limits = Limits::unlimited();
    let options = Options { seed: Seed::Large(large), limits, ..Options::default() };
    let emulator = emulator(options).await;
    let credential = emulator.service_account().expect("a credential");
    let mut journey = Journey::begin(emulator, credential, |_| {});
    journey.until(&format!("[Service Accounts {accounts}]")).await;
    journey.settle().await;
    journey
}

#[tokio::test]
async fn rows_of_a_long_list_that_somebody_passes_by_are_not_asked_about() {
    let mut journey = long_list().await;
    let before = journey.emulator().requests().len();
    for _ in 0..40 {
        journey.press("<c-d>");
        assert!(!journey.is_waiting(), "who goes on looks at nothing");
    }
    journey.pass(SignedDuration::from_millis(149));
    assert!(!journey.is_waiting());
    journey.pass(SignedDuration::from_millis(1));
    journey.settle().await;
    let asked = journey.emulator().requests().len() - before;
    assert!((2..=60).contains(&asked), "{asked} calls for what is in sight");
}

/// Whether the program has more to do as soon as nothing else happens.
fn at_once(journey: &Journey) -> bool {
    journey.app.wake_at() == Some(journey.now())
}

/// Lets it do that; says how often it had to be woken.
fn go_on(journey: &mut Journey) -> usize {
    let mut times = 0;
    while at_once(journey) {
        journey.event(Event::Tick);
        times += 1;
    }
    times
}

#[tokio::test]
async fn a_filter_is_made_ready_before_its_first_letter() {
    let mut journey = list_of(20_000).await;
    assert!(!at_once(&journey));
    journey.press("/");
    let parts = 1 + go_on(&mut journey);
    assert_eq!(parts, 3, "in parts, and then no more");
    journey.press("19999");
    journey.shows("1 of 20000");
    journey.shows_not("so far");
    assert!(!at_once(&journey));
}

#[tokio::test]
async fn who_types_a_filter_at_once_sees_what_it_finds_so_far_and_then_all() {
    let mut journey = list_of(40_000).await;
    journey.press("/Z");
    journey.shows("Filtering...");
    journey.shows_not("Nothing matches");
    go_on(&mut journey);
    journey.shows("Nothing matches");

    let mut journey = list_of(40_000).await;
    journey.press("/3");
    journey.shows("of 40000 so far");
    go_on(&mut journey);
    journey.shows_not("so far");
    let (found, first) = (journey.line("of 40000"), journey.cursor_line());
    // What was found in parts is what is found at once.
    journey.press("<backspace>3");
    assert_eq!((journey.line("of 40000"), journey.cursor_line()), (found, first));
    assert!(!at_once(&journey));
}

/// What a refresh has changed is filtered in parts too, which nobody sees.
#[tokio::test]
async fn a_long_list_that_is_read_again_keeps_showing_what_its_filter_found() {
    let mut journey = list_of(20_000).await;
    journey.press("/Member<enter>");
    go_on(&mut journey);
    let found = journey.line("of 20000").trim().to_owned();
    let found = found.split("  ").last().expect("at the right").trim().to_owned();
    let name = journey.cursor_line().split_whitespace().nth(1).expect("a name").to_owned();
    let now = journey.now();
    journey.emulator().patch(|store| {
        for secret in &mut store.account(&name).expect("there").secrets {
            secret.last_used = Some(now);
        }
    });
    journey.press("r");
    while journey.is_waiting() || at_once(&journey) {
        if at_once(&journey) {
            journey.event(Event::Tick);
        } else {
            journey.step().await;
        }
        assert!(journey.screen().contains(&found), "{found}: {}", journey.screen());
        assert!(journey.cursor_line().contains(&name), "{name}: {}", journey.screen());
    }
}

#[tokio::test]
async fn a_filter_on_details_has_all_of_a_long_list_read() {
    let mut journey = long_list().await;
    journey.shows_not("to be read");
    journey.press("/access:any<enter>");
    journey.shows("of 2100 so far");
    for _ in 0..200 {
        journey.step().await;
    }
    let unread = |journey: &Journey| {
        let org = journey.app.state().org.as_ref().expect("open");
        org.list(Kind::ServiceAccounts).iter().filter(|row| !row.is_read()).count()
    };
    assert!(unread(&journey) < 2_050, "{} are still to be read", unread(&journey));
    assert!(journey.is_waiting(), "it goes on by itself");
    journey.press("<esc>");
    journey.settle().await;
    assert!(unread(&journey) > 1_000, "nobody looks at them any more");
}

#[tokio::test]
async fn what_is_in_sight_is_read_first() {
    let large = Large { accounts: 300, keys: 1, projects: 3, seed: 7 };
    let options = Options { seed: Seed::Large(large), ..Options::default() };
    let emulator = emulator(options).await;
    let credential = emulator.service_account().expect("a credential");
    let mut journey = Journey::begin(emulator, credential, |_| {});
    journey.until("of 300\n").await;
    for _ in 0..6 {
        journey.step().await;
    }
    journey.press("G");
    let last = journey.cursor_line();
    for _ in 0..60 {
        journey.step().await;
    }
    let state = journey.app.state();
    let rows = state
        .org
        .as_ref()
        .expect("open")
        .list(gatehouse::app::identity::Kind::ServiceAccounts)
        .rows();
    let name = last.split_whitespace().nth(1).expect("a name");
    let row = rows
        .iter()
        .find(|row| row.identity.name().known().is_some_and(|known| known.as_str() == name))
        .expect("the row under the cursor");
    assert!(row.access().value.is_some(), "{last} is in sight and was not read");
    let read = rows.iter().filter(|row| row.access().value.is_some()).count();
    assert!(read < 100, "{read} of 300 are read already");
}

#[tokio::test]
async fn the_background_stays_within_the_announced_limit() {
    let options =
        Options { limits: Limits::documented().with(Set::Accounts, 40, 20), ..Options::default() };
    let emulator = emulator(options).await;
    let credential = emulator.service_account().expect("a credential");
    let mut journey = Journey::begin(emulator, credential, |_| {});
    journey.until("1 of 16\n").await;
    // Three lists, then details until a fifth of the forty is left.
    let before = journey.emulator().requests().len();
    for _ in 0..20 {
        journey.step().await;
    }
    assert!(before < 40);
    let refused = journey.emulator().requests().iter().any(|seen| seen.status == Some(429));
    assert!(!refused, "the background ran into the limit");
}

#[tokio::test]
async fn a_filter_narrows_as_it_is_typed() {
    let mut journey = Journey::demo().await;
    journey.press("/terra");
    journey.shows("2 of 16");
    journey.shows("/ terra");
    assert!(journey.cursor_line().contains("terraform-prod"));
    journey.press("<space>stage");
    journey.shows("1 of 16");
    assert!(journey.cursor_line().contains("terraform-stage"));
    journey.press("<enter>");
    journey.shows("details");
    journey.press("<esc>");
    journey.shows("of 16");
    journey.shows_not("/ terra");
    assert!(journey.cursor_line().contains("terraform-stage"), "the cursor stays on its row");
}

#[tokio::test]
async fn a_filter_word_may_name_its_column_and_its_case() {
    let mut journey = Journey::demo().await;
    for (filter, count) in [
        ("secret:expired", "2 of 16"),
        ("role:owner", "3 of 16"),
        ("role:owner prod", "1 of 16"),
        ("sec:5", ""),
        ("zürich", "1 of 16"),
        ("zÜrich", "0 of 16"),
        ("Zürich", "1 of 16"),
        ("no-such-thing", "0 of 16"),
        ("invoices", "1 of 16"),
        ("Organization<space>Owner", "3 of 16"),
        ("nocolumn:x", "0 of 16"),
    ] {
        journey.press(&format!("/{}", filter.replace(' ', "<space>")));
        assert!(journey.screen().contains(count), "{filter}:\n{}", journey.screen());
        journey.press("<esc>");
    }
    journey.press("/nothing-is-called-so");
    journey.shows("Nothing matches the filter.");
}

#[tokio::test]
async fn every_printable_key_is_text_in_the_filter() {
    let mut journey = Journey::demo().await;
    journey.press("/");
    let printable: String = (' '..='~').collect();
    for key in printable.chars() {
        let script = match key {
            '<' => "<lt>".to_owned(),
            key => key.to_string(),
        };
        journey.press(&script);
        assert!(!journey.left, "{key:?} left the program");
        assert_eq!(journey.app.layer(), gatehouse::app::keys::Layer::Filter, "{key:?}");
    }
    journey.press("<esc>/q?:<backspace>");
    journey.shows("/ q?");
}

#[tokio::test]
async fn a_paste_fills_the_filter_and_nothing_else() {
    let mut journey = Journey::demo().await;
    let paste = "y\nq\u{3}terra";
    journey.paste(paste);
    journey.shows("pasted text ignored");
    journey.press("/");
    journey.paste(paste);
    assert_eq!(journey.app.layer(), gatehouse::app::keys::Layer::Filter);
    journey.shows("0 of 16");
    assert!(!journey.left);
}

#[tokio::test]
async fn rows_are_ordered_by_each_column_and_back() {
    let mut journey = Journey::demo().await;
    journey.shows("NAME ↓");
    journey.press("G");
    let last = journey.cursor_line();
    journey.press("O");
    journey.shows("NAME ↑");
    assert_eq!(journey.cursor_line(), last, "the cursor stays on its row");
    journey.press("o");
    journey.shows("ROLES ↓");
    journey.press("o");
    journey.shows("SECRET ↓");
    journey.press("g");
    assert!(journey.cursor_line().contains("no secret"), "{}", journey.cursor_line());
    journey.press("ooo");
    journey.shows("NAME ↓");
}

#[tokio::test]
async fn a_refresh_keeps_tab_row_filter_and_order() {
    let mut journey = Journey::demo().await;
    journey.press("Ojj");
    let row = journey.cursor_line();
    journey.emulator().patch(|store| {
        assert!(store.remove("terraform-stage"));
        store.account("ci-deploy").expect("there").description = "Changed meanwhile".into();
    });
    journey.press("r");
    journey.settle().await;
    journey.shows("of 15");
    journey.shows_not("terraform-stage");
    journey.shows("NAME ↑");
    assert_eq!(journey.cursor_line(), row);

    journey.press("/prod<enter>");
    journey.emulator().patch(|store| assert!(store.remove("terraform-prod")));
    journey.pass(SignedDuration::from_secs(61));
    journey.settle().await;
    journey.shows_not("terraform-prod");
    journey.shows("of 14");
    journey.shows("/ prod");
}

#[tokio::test]
async fn lists_are_read_again_every_minute_and_nothing_else_wakes_the_program() {
    let mut journey = Journey::demo().await;
    let now = crate::support::journey::start_of_time();
    assert_eq!(journey.app.wake_at(), Some(now + SignedDuration::from_secs(60)));
    journey.emulator().forget_requests();
    journey.pass(SignedDuration::from_secs(59));
    assert!(!journey.is_waiting());
    journey.pass(SignedDuration::from_secs(1));
    journey.settle().await;
    let paths: Vec<_> =
        journey.emulator().requests().into_iter().map(|seen| seen.path_and_query).collect();
    assert!(paths.iter().any(|path| path.contains("/serviceAccounts?")), "{paths:?}");
    assert!(!paths.iter().any(|path| path.contains("/settings")), "settings are never polled");
    journey.shows("14:03");
}

#[tokio::test]
async fn ids_are_copied() {
    let mut journey = Journey::demo().await;
    journey.press("jy<tab>y");
    let row = |journey: &Journey, name: &str| match journey
        .emulator()
        .patch(|store| store.account(name).map(|account| account.id.clone()))
    {
        Some(id) => id,
        None => {
            journey.emulator().patch(|store| store.key(name).expect("a key").public_key.clone())
        }
    };
    let expected = [row(&journey, "backup-runner"), row(&journey, "Anna's laptop")];
    assert_eq!(journey.copied, expected);
    journey.shows("✓ public key sent to the terminal's clipboard");
    journey.pass(SignedDuration::from_secs(5));
    journey.shows_not("✓");
}

#[tokio::test]
async fn one_odd_row_shows_question_marks_and_the_rest_is_fine() {
    let emulator = emulator(Options::default()).await;
    emulator.patch(|store| {
        let id = store.account("datadog").expect("there").id.clone();
        let odd = serde_json::json!({
            "clientId": id, "name": "odd-one", "roles": ["ORG_FROM_TOMORROW"],
            "secrets": [{"expiresAt": "soon"}], "createdAt": 7,
        });
        store.odd_rows.insert(id, odd);
        let id = store.account("grafana").expect("there").id.clone();
        store.odd_rows.insert(id, serde_json::json!(null));
    });
    let credential = emulator.service_account().expect("a credential");
    let mut journey = Journey::begin(emulator, credential, |_| {});
    journey.settle().await;
    let line = journey.line("odd-one");
    assert!(line.contains("ORG_FROM_TOMORROW") && line.contains('?'), "{line}");
    journey.shows("terraform-prod");
    journey.shows("16]");
    journey.press("/odd-one<enter><enter>");
    journey.shows("end not known");
    journey.settle().await;
    let state = journey.app.state();
    let rows =
        state.org.as_ref().expect("open").list(gatehouse::app::identity::Kind::ServiceAccounts);
    let unnamed = rows.rows().iter().find(|row| !row.identity.id().is_addressable());
    assert!(unnamed.is_some_and(|row| matches!(row.identity.id(), IdentityId::ServiceAccount(_))));
}

#[tokio::test]
async fn leaving_takes_q_at_the_list_or_ctrl_c_twice() {
    let mut journey = Journey::demo().await;
    journey.press("<enter>q");
    assert!(!journey.left, "q in a dialog is one step back");
    journey.press("<c-c>");
    assert!(!journey.left);
    journey.shows("ctrl-c again to leave");
    journey.pass(SignedDuration::from_secs(3));
    journey.press("<c-c>");
    assert!(!journey.left, "the second came too late");
    journey.press("<c-c>");
    assert!(journey.left);
    let mut journey = Journey::demo().await;
    journey.press("q");
    assert!(journey.left);
}

#[tokio::test]
async fn a_quick_esc_before_a_key_is_both() {
    use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
    let alt =
        |key| gatehouse::app::Event::Key(KeyEvent::new(KeyCode::Char(key), KeyModifiers::ALT));
    let mut journey = Journey::demo().await;
    journey.press("<enter>");
    journey.event(alt('j'));
    assert!(journey.cursor_line().contains("backup-runner"), "{}", journey.screen());
    journey.press("/terra");
    journey.event(alt('q'));
    assert!(!journey.left, "in a text field alt is the field's own");
    journey.shows("/ terra");
}

#[tokio::test]
async fn a_batch_of_events_ends_where_they_would_end_one_by_one() {
    use gatehouse::app::Event;
    let emulator = emulator(Options::default()).await;
    let credential = emulator.service_account().expect("a credential");
    let begin = || Journey::begin_at(emulator.base_url(), credential.clone(), |_| {});
    let (mut single, mut batch) = (begin(), begin());
    single.settle().await;
    batch.settle_in_batches().await;
    for journey in [&mut single, &mut batch] {
        journey.press("G");
        journey.event(Event::Tick);
    }
    assert_eq!(single.screen(), batch.screen());
    single.shows("16 of 16");
}

#[tokio::test]
async fn a_filter_on_details_says_what_is_not_read_yet() {
    let emulator = emulator(Options::default()).await;
    let credential = emulator.service_account().expect("a credential");
    let mut journey = Journey::begin(emulator, credential, |_| {});
    journey.until("billing-export").await;
    journey.press("/access:open");
    journey.shows("so far");
    journey.says("to be read");
    journey.shows_not("Nothing matches the filter.");
    journey.settle().await;
    journey.shows("3 of 16");
    journey.shows_not("so far");
}

#[tokio::test]
async fn open_access_is_marked_at_every_width() {
    let mut journey = Journey::demo().await;
    for width in [40, 60, 80, 100, 200] {
        journey.resize(width, 30);
        assert!(journey.line("ci-deploy").contains("! ci-deploy"), "{}", journey.screen());
        assert!(!journey.line("backup-runner").contains('!'));
    }
}

#[tokio::test]
async fn a_filter_names_columns_by_their_heads_and_finds_marks() {
    let mut journey = Journey::demo().await;
    for (filter, count) in [
        ("roles:owner", "3 of 16"),
        ("secret:soon", "2 of 16"),
        ("secret:none", "1 of 16"),
        ("description:invoices", "1 of 16"),
        ("last:never", "1 of 16"),
    ] {
        journey.press(&format!("/{filter}"));
        assert!(journey.screen().contains(count), "{filter}:\n{}", journey.screen());
        journey.press("<esc>");
    }
    journey.press("/nocolumn:x");
    journey.says("A word may name its column: name: roles: secret:");
}

/// What answers in a text that is not in sight says where, for the row under the cursor.
#[tokio::test]
async fn a_row_that_answers_out_of_sight_says_where() {
    let mut journey = Journey::demo().await;
    for (filter, told) in [
        ("audit", "matches in: description \u{b7} "),
        ("pen-test", ""),
        ("organization", "matches in: roles \u{b7} "),
        ("mdb_sa_id", "matches in: id \u{b7} "),
        ("secret:soon", ""),
    ] {
        journey.press(&format!("/{filter}"));
        let screen = journey.screen();
        let status = screen.lines().nth_back(1).expect("a status line");
        assert_eq!(status.contains("matches in"), !told.is_empty(), "{filter}: {screen}");
        assert!(status.contains(told), "{filter}:\n{screen}");
        // Where it is in sight, nothing needs to be said.
        journey.resize(200, 30);
        if told.contains("description") {
            journey.shows_not("matches in");
        }
        journey.resize(100, 30);
        journey.press("<esc>");
    }
    journey.press("/audit");
    journey.resize(40, 10);
    journey.shows_not("matches in");
}

#[tokio::test]
async fn a_column_that_is_none_is_told() {
    let mut journey = Journey::demo().await;
    journey.press("/rolse:owner");
    journey.says("There is no column rolse: did you mean roles?");
    journey.press("<esc>/zone:berlin");
    journey.says("no column zone \u{b7} 0 of 16");
}

#[tokio::test]
async fn a_long_filter_scrolls_with_its_cursor() {
    let mut journey = Journey::demo().await;
    journey.press(&format!("/{}END", "x".repeat(150)));
    journey.shows("END");
    journey.press("<home>START");
    journey.shows("/ STARTxx");
    let (_, cursor) = crate::support::screen::draw(&journey.app);
    assert_eq!(cursor.map(|position| position.x), Some(8));
}

#[tokio::test]
async fn a_kept_filter_stays_in_sight_beside_a_notice() {
    let mut journey = Journey::demo().await;
    journey.press("/role:owner<enter>y");
    journey.shows("/ role:owner");
    journey.shows("client ID sent to the terminal's clipboard");
    journey.press("<c-c>j<c-c>");
    assert!(!journey.left, "another key withdraws the offer to leave");
}

#[tokio::test]
async fn the_cursor_moves_to_the_neighbour_of_a_row_that_went_and_stays_with_it() {
    let mut journey = Journey::demo().await;
    journey.press("jjjjj");
    assert!(journey.cursor_line().contains("datadog"));
    for (gone, under_the_cursor) in [("datadog", "grafana"), ("backup-runner", "grafana")] {
        journey.emulator().patch(|store| assert!(store.remove(gone)));
        journey.press("r");
        journey.settle().await;
        assert!(journey.cursor_line().contains(under_the_cursor), "{}", journey.screen());
    }
}

#[tokio::test]
async fn where_no_row_is_nothing_is_offered_that_needs_one() {
    let mut journey = Journey::demo().await;
    journey.shows("s secret");
    journey.press("/nobody of that name<enter>");
    for offered in ["s secret", "e roles", "a access", "D delete", "space mark"] {
        journey.shows_not(offered);
    }
    journey.shows("n new");
}
