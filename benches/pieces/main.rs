//! What the pieces cost, without terminal and network: what a key does, what a frame
//! draws and writes, how a filter and an order go through a list, how an answer is read.
//!
//! `cargo bench --bench pieces`

#[path = "../../tests/support/start.rs"]
mod start;

use std::io;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use divan::{AllocProfiler, Bencher, black_box};
use gatehouse::app::state::Setting;
use gatehouse::app::{App, CallId, Effect, Event};
use gatehouse::atlas::field::Rows;
use gatehouse::atlas::{Credential, OrgId, Page, Read, Reply, Secret, ServiceAccount};
use gatehouse::runtime::canvas::Canvas;
use ratatui::buffer::Buffer;
use ratatui::layout::{Rect, Size};
use start::start_of_time;

const SIZES: [usize; 3] = [20, 10_000, 100_000];
/// Rows of one answer.
const PAGE: usize = 500;
const SCREEN: Size = Size::new(100, 30);

/// Tells how often memory is asked for, too.
#[global_allocator]
static ALLOCATOR: AllocProfiler = AllocProfiler::system();

fn main() {
    divan::main();
}

/// As tests begin, where nothing is read by itself.
fn setting() -> Setting {
    let credential = Credential::ServiceAccount {
        client_id: "mdb_sa_id_66f16fa11f8410633ef306ac".into(),
        client_secret: Secret::from(""),
    };
    let org = Some(OrgId::new("634d5b21910a2dec89025cc1"));
    Setting { org, demo: false, refresh: None, ..start::setting(&credential) }
}

/// A page of a list as Atlas sends it: its rows only.
fn answer(rows: std::ops::Range<usize>) -> String {
    const TEAMS: [&str; 7] = ["orders", "payments", "Search", "ledger", "maps", "risk", "stock"];
    const TASKS: [&str; 5] = ["deploy", "backup", "operator", "terraform", "export"];
    let row = |number: usize| {
        format!(
            "{{\"clientId\":\"mdb_sa_id_{number:024x}\",\"createdAt\":\"2025-04-11T13:39:45Z\",\
             \"description\":\"Account {number} of the bench\",\
             \"name\":\"{}-{}-{number:05}\",\"roles\":[\"ORG_MEMBER\"],\"secrets\":[{{\
             \"createdAt\":\"2026-08-03T13:39:45Z\",\"expiresAt\":\"2027-01-30T13:39:45Z\",\
             \"id\":\"{number:024x}\",\"lastUsedAt\":\"2026-09-19T13:39:45Z\",\
             \"maskedSecretValue\":\"mdb_sa_sk_********4lPO\"}}]}}",
            TEAMS[number * 5 % TEAMS.len()],
            TASKS[number % TASKS.len()],
        )
    };
    format!("[{}]", rows.map(row).collect::<Vec<_>>().join(","))
}

fn accounts(rows: std::ops::Range<usize>) -> Vec<ServiceAccount> {
    serde_json::from_str::<Rows<_>>(&answer(rows)).expect("JSON").0
}

/// The program with so many service accounts on its screen.
fn program(rows: usize) -> App {
    program_on(SCREEN, rows)
}

fn program_on(screen: Size, rows: usize) -> App {
    let (mut app, effects) = App::new(setting(), screen, start_of_time());
    let id = effects.iter().find_map(list_call).expect("the list is asked for");
    for start in (0..rows).step_by(PAGE) {
        let rows_of_page = accounts(start..rows.min(start + PAGE));
        take(&mut app, id, Page { rows: rows_of_page, last: start + PAGE >= rows });
    }
    app
}

fn list_call(effect: &Effect) -> Option<CallId> {
    match effect {
        Effect::Call(id, Read::ServiceAccounts(_), _) => Some(*id),
        _ => None,
    }
}

fn take(app: &mut App, id: CallId, page: Page<ServiceAccount>) {
    app.update(start_of_time(), [Event::Reply(id, Ok(Reply::ServiceAccounts(page)))]);
}

fn press(app: &mut App, code: KeyCode) {
    app.update(start_of_time(), [Event::Key(KeyEvent::new(code, KeyModifiers::NONE))]);
}

/// The cursor goes down, and up at the end.
#[divan::bench(args = SIZES)]
fn update_by_a_key(bencher: Bencher, rows: usize) {
    let mut app = program(rows);
    bencher.bench_local(|| press(&mut app, KeyCode::Char('j')));
}

#[divan::bench(args = SIZES)]
fn view(bencher: Bencher, rows: usize) {
    let (app, mut buf) = (program(rows), Buffer::empty(Rect::from(((0, 0).into(), SCREEN))));
    bencher.bench_local(|| black_box(&app).view(&mut buf));
}

/// On screens with more lines, for each of which no memory is asked for.
#[divan::bench(args = [20, 40, 80])]
fn view_of_lines(bencher: Bencher, lines: u16) {
    let screen = Size { height: lines, ..SCREEN };
    let mut buf = Buffer::empty(Rect::from(((0, 0).into(), screen)));
    let app = program_on(screen, 1_000);
    bencher.bench_local(|| black_box(&app).view(&mut buf));
}

/// A key that scrolls the list, its frame, and the bytes that are written.
#[divan::bench(args = SIZES)]
fn key_to_bytes(bencher: Bencher, rows: usize) {
    let mut app = program(rows);
    (0..25).for_each(|_| press(&mut app, KeyCode::Char('j')));
    let mut canvas = Canvas::new(io::sink());
    canvas.clear(SCREEN).expect("cleared");
    let mut down = false;
    bencher.bench_local(|| {
        down = !down;
        press(&mut app, KeyCode::Char(if down { 'j' } else { 'k' }));
        canvas.draw(|buf| app.view(buf)).expect("drawn");
    });
}

/// The first letter of a filter that cells are made for, and the way back to none.
#[divan::bench(args = ["secret:", "roles:", "created:"], sample_count = 30)]
fn filter_by_column(bencher: Bencher, column: &str) {
    let mut app = program(SIZES[2]);
    for letter in "/".chars().chain(column.chars()) {
        press(&mut app, KeyCode::Char(letter));
    }
    bencher.bench_local(|| {
        press(&mut app, KeyCode::Char('e'));
        press(&mut app, KeyCode::Backspace);
    });
}

/// The first letter of a filter, which all rows are looked at for.
#[divan::bench(args = SIZES, sample_count = 30)]
fn filter_begun(bencher: Bencher, rows: usize) {
    let mut app = program(rows);
    bencher.bench_local(|| {
        press(&mut app, KeyCode::Char('/'));
        press(&mut app, KeyCode::Char('e'));
        press(&mut app, KeyCode::Esc);
    });
}

/// A letter more, and the same letter less.
#[divan::bench(args = SIZES, sample_count = 30)]
fn filter_typed_on_and_back(bencher: Bencher, rows: usize) {
    let mut app = program(rows);
    press(&mut app, KeyCode::Char('/'));
    press(&mut app, KeyCode::Char('e'));
    bencher.bench_local(|| {
        press(&mut app, KeyCode::Char('r'));
        press(&mut app, KeyCode::Backspace);
    });
}

/// The other way round.
#[divan::bench(args = SIZES, sample_count = 10)]
fn order(bencher: Bencher, rows: usize) {
    let mut app = program(rows);
    bencher.bench_local(|| press(&mut app, KeyCode::Char('O')));
}

/// A list that was read again, without anything new in it.
#[divan::bench(args = [20, PAGE])]
fn refresh_without_news(bencher: Bencher, rows: usize) {
    let mut app = program(rows);
    let page = accounts(0..rows);
    bencher.with_inputs(|| page.clone()).bench_local_values(|rows| {
        let refresh = KeyEvent::new(KeyCode::Char('r'), KeyModifiers::NONE);
        let effects = app.update(start_of_time(), [Event::Key(refresh)]);
        let id = effects.iter().find_map(list_call).expect("it is asked for again");
        take(&mut app, id, Page { rows, last: true });
    });
}

#[divan::bench]
fn decode_a_page(bencher: Bencher) {
    let text = answer(0..PAGE);
    bencher.bench_local(|| serde_json::from_str::<Rows<ServiceAccount>>(black_box(&text)));
}
