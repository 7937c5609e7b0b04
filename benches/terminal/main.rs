//! What a person at the keyboard waits for, measured from outside: the built program on
//! a pseudo-terminal, against an emulator in a process of its own. Prints the README's
//! tables. Linux only: it reads `/proc`.
//!
//! `cargo bench --bench terminal`; with `-- write` it writes the README's tables, and
//! builds the program once from nothing, to time that too.

mod emulator;
mod session;

use std::fmt::Write as _;
use std::fs;
use std::net::TcpListener;
use std::process::Command;
use std::time::{Duration, Instant};

use emulator::Emulator;
use session::Session;

const GATEHOUSE: &str = env!("CARGO_BIN_EXE_gatehouse");
const PROJECT: &str = env!("CARGO_MANIFEST_DIR");
const SIZES: [usize; 3] = [20, 10_000, 100_000];
/// Key presses measured at each size.
const PRESSES: usize = 300;
const IDLE: Duration = Duration::from_secs(10);
/// After the last call its time-out, though cancelled, may wake the program once.
const AFTERMATH: Duration = Duration::from_secs(33);
const STARTS: usize = 15;
/// A round trip of the network, where one is wanted.
const ROUND_TRIP: u32 = 50;
/// Service accounts and API keys of a large organization.
const LARGE: (usize, usize) = (200, 500);
/// Questions that fill in behind at once.
const IN_FLIGHT: f64 = 4.0;
/// What is typed into the filter, again and again.
const FILTERS: [&str; 5] = ["deploy", "payments-ci", "prod 0042", "Owner", "zzz"];

/// A bar, and what was measured.
struct Line {
    what: &'static str,
    bar: &'static str,
    measured: String,
    met: bool,
}

impl Line {
    fn new(what: &'static str, bar: &'static str, measured: String, met: bool) -> Self {
        let line = Self { what, bar, measured, met };
        println!("{}", line.row());
        line
    }

    fn row(&self) -> String {
        let sign = if self.met { "yes" } else { "**no**" };
        format!("| {} | {} | {} | {sign} |", self.what, self.bar, self.measured)
    }
}

/// What was measured with so many rows.
struct Size {
    rows: usize,
    full: f64,
    /// Key to frame, in ms, from short to long.
    keys: Vec<f64>,
    filters: Vec<f64>,
    moves: f64,
    scrolls: f64,
    burst: (f64, usize),
    memory: f64,
    /// The same after a filter.
    filtered: f64,
    idle: (f64, u64, usize),
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

fn number(count: usize) -> f64 {
    f64::from(u32::try_from(count).expect("few"))
}

fn sorted(mut values: Vec<f64>) -> Vec<f64> {
    values.sort_by(f64::total_cmp);
    values
}

/// Of sorted values, the one below which so many of a hundred are.
fn at(values: &[f64], percent: usize) -> f64 {
    values[(values.len() * percent / 100).min(values.len() - 1)]
}

fn median(values: Vec<f64>) -> f64 {
    at(&sorted(values), 50)
}

/// The median over many starts; the first warms the disk's cache and does not count.
fn of_starts(start: impl Fn() -> f64) -> f64 {
    start();
    median((0..STARTS).map(|_| start()).collect())
}

/// Nobody answers: a server that takes connections and says nothing.
fn first_frame() -> Line {
    let silent = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = silent.local_addr().expect("its address");
    let pair = |name: &str, value: &str| (format!("MONGODB_ATLAS_{name}"), value.to_owned());
    let environment = [
        pair("OPS_MANAGER_URL", &format!("http://{address}/")),
        pair("CLIENT_ID", "mdb_sa_id_66f16fa11f8410633ef306ac"),
        pair("CLIENT_SECRET", &format!("mdb_sa_sk_{}", "a".repeat(40))),
        pair("ORG_ID", "634d5b21910a2dec89025cc1"),
    ];
    let nothing = of_starts(|| {
        let started = Instant::now();
        Command::new(GATEHOUSE).arg("--version").output().expect("it starts");
        millis(started.elapsed())
    });
    let frame =
        of_starts(|| millis(Session::start(&[], &environment).until("Reading the service")));
    Line::new(
        "start to the first frame, where the network hangs",
        "15 ms beyond process start",
        format!("{frame:.1} ms ({nothing:.1} ms for `--version`)"),
        frame <= 15.0,
    )
}

/// A token, then the first page.
fn first_list() -> Line {
    let latency = ROUND_TRIP.to_string();
    let emulator = Emulator::start(20, 8, &["--latency", &latency]);
    let full = of_starts(|| {
        millis(Session::start(&[], &emulator.environment).until("[Service Accounts 20]"))
    });
    let beyond = full - 2.0 * f64::from(ROUND_TRIP);
    Line::new(
        "start to the first full list, with round trips of 50 ms",
        "2 round trips (token, page) + 10 ms",
        format!("2 round trips + {beyond:.1} ms"),
        beyond <= 10.0,
    )
}

fn demo() -> f64 {
    of_starts(|| millis(Session::start(&["--demo"], &[]).until("1 of 16")))
}

fn of_size(rows: usize) -> Size {
    let emulator = Emulator::start(rows, 8, &[]);
    let mut session = Session::start(&[], &emulator.environment);
    let full = millis(session.until(&format!("1 of {rows} ")));
    session.settle(Duration::from_secs(3));
    let (mut moves, mut scrolls) = (Vec::new(), Vec::new());
    for press in 0..PRESSES {
        // The cursor goes to the bottom of the window first; then the list scrolls.
        let kept = if press < 12 { &mut moves } else { &mut scrolls };
        kept.extend(session.press("j"));
    }
    let bytes =
        |of: &[(Duration, usize)]| median(of.iter().map(|(_, bytes)| number(*bytes)).collect());
    let (of_moves, of_scrolls) = (bytes(&moves), if rows > 30 { bytes(&scrolls) } else { 0.0 });
    let keys = moves.iter().chain(&scrolls).map(|(time, _)| millis(*time)).collect();
    session.press("g");
    let bursts = (0..5).map(|_| session.burst("j", 500)).collect::<Vec<_>>();
    let lag = median(bursts.iter().map(|(lag, _)| millis(*lag)).collect());
    let frames = bursts.iter().map(|(_, frames)| *frames).max().unwrap_or_default();
    session.press("g");
    let memory = session.memory();
    let filters = filters(&mut session);
    let filtered = session.memory();
    session.settle(AFTERMATH);
    let before = session.processor();
    let written = session.settle(IDLE).bytes;
    let after = session.processor();
    Size {
        rows,
        full,
        keys: sorted(keys),
        filters: sorted(filters),
        moves: of_moves,
        scrolls: of_scrolls,
        burst: (lag, frames),
        memory,
        filtered,
        idle: (millis(after.0.saturating_sub(before.0)), after.1 - before.1, written),
    }
}

/// Every letter of some filters; they are cleared in between.
fn filters(session: &mut Session) -> Vec<f64> {
    let mut times = Vec::new();
    for typed in FILTERS.iter().cycle().take(4 * FILTERS.len()) {
        session.press("/");
        for letter in typed.chars() {
            times.extend(session.press(&letter.to_string()).map(|(time, _)| millis(time)));
        }
        session.press("\x1b");
        session.settle(Duration::from_millis(100));
    }
    times
}

/// Everything about two hundred accounts and five hundred keys.
fn fill() -> Line {
    let latency = ROUND_TRIP.to_string();
    let emulator = Emulator::start(
        LARGE.0,
        LARGE.1,
        &["--projects", "50", "--no-limits", "--latency", &latency],
    );
    let mut session = Session::start(&[], &emulator.environment);
    session.until(&format!("1 of {} ", LARGE.0));
    let begun = Instant::now();
    let (mut calls, mut last) = (0, begun);
    while last.elapsed() < Duration::from_secs(1) {
        session.settle(Duration::from_millis(20));
        let now = emulator.calls().len();
        if now > calls {
            (calls, last) = (now, Instant::now());
        }
    }
    let took = (last - begun).as_secs_f64();
    let least = number(calls) * f64::from(ROUND_TRIP) / 1000.0 / IN_FLIGHT;
    Line::new(
        "filling 200 accounts and 500 keys with access lists and projects",
        "1.2 x (calls x round trip / calls in flight)",
        format!("{:.2} x: {took:.1} s for {calls} calls of 50 ms", took / least),
        took <= 1.2 * least,
    )
}

/// The same where Atlas counts.
fn refusals() -> Line {
    let emulator = Emulator::start(LARGE.0, LARGE.1, &["--projects", "50"]);
    let mut session = Session::start(&[], &emulator.environment);
    session.until(&format!("1 of {} ", LARGE.0));
    let begun = Instant::now();
    // Its buckets hold 500 calls and are refilled every minute.
    while begun.elapsed() < Duration::from_secs(150) {
        session.settle(Duration::from_secs(1));
    }
    let calls = emulator.calls();
    let refused = calls.iter().filter(|status| **status == 429).count();
    let (accounts, keys) = LARGE;
    Line::new(
        "the same under Atlas' real limits",
        "never a 429",
        format!("{refused} of {} calls refused", calls.len()),
        refused == 0 && calls.len() >= 2 * accounts + keys,
    )
}

fn of_all(sizes: &[Size]) -> Vec<Line> {
    let medians: Vec<f64> = sizes.iter().map(|size| at(&size.keys, 50)).collect();
    let slowest = medians.iter().copied().fold(0.0, f64::max);
    let fastest = medians.iter().copied().fold(f64::MAX, f64::min);
    let tail = sizes.iter().map(|size| at(&size.keys, 99)).fold(0.0, f64::max);
    let largest = &sizes[sizes.len() - 1];
    let bytes = |of: fn(&Size) -> f64| sizes.iter().map(of).fold(0.0, f64::max);
    let (moves, scrolls) = (bytes(|size| size.moves), bytes(|size| size.scrolls));
    let lag = sizes.iter().map(|size| size.burst.0).fold(0.0, f64::max);
    let frames = sizes.iter().map(|size| size.burst.1).max().unwrap_or_default();
    let idle = sizes.iter().map(|size| size.idle).max_by_key(|idle| idle.1).expect("a size");
    let (median, p99) = (at(&largest.filters, 50), at(&largest.filters, 99));
    let longest = at(&largest.filters, 100);
    vec![
        Line::new(
            "key to painted frame at 20, 10 000, 100 000 rows",
            "median 1 ms, p99 2 ms",
            format!("median {slowest:.2} ms, p99 {tail:.2} ms"),
            slowest <= 1.0 && tail <= 2.0,
        ),
        Line::new(
            "the same at every size",
            "within 1.3 x",
            format!("{:.2} x", slowest / fastest),
            slowest <= 1.3 * fastest,
        ),
        Line::new(
            "a filter keystroke over 100 000 rows",
            "median 5 ms, p99 10 ms",
            format!("median {median:.1} ms, p99 {p99:.1} ms (the first ever {longest:.0} ms)"),
            median <= 5.0 && p99 <= 10.0,
        ),
        Line::new(
            "a burst of 500 keys",
            "5 ms behind the last",
            format!("{lag:.1} ms, in {frames} frames"),
            lag <= 5.0 && frames < 250,
        ),
        Line::new(
            "bytes written per key: the cursor moves, the list scrolls",
            "400, 2 000",
            format!("{moves:.0}, {scrolls:.0}"),
            moves <= 400.0 && scrolls <= 2000.0,
        ),
        Line::new(
            "idle for 10 s",
            "no wake-up, no byte, no time",
            format!("{} wake-ups, {} bytes, {:.1} ms", idle.1, idle.2, idle.0),
            idle.1 == 0 && idle.2 == 0,
        ),
    ]
}

fn memory(sizes: &[Size]) -> Line {
    let emulator = Emulator::start(LARGE.0, 300, &[]);
    let mut session = Session::start(&[], &emulator.environment);
    session.until(&format!("1 of {} ", LARGE.0));
    session.settle(Duration::from_secs(3));
    let largest = &sizes[sizes.len() - 1];
    let (few, many, filtered) = (session.memory(), largest.memory, largest.filtered);
    Line::new(
        "resident memory with 500 identities, with 100 000",
        "20 MB, 60 MB",
        format!("{few:.1} MB, {many:.1} MB ({filtered:.0} after a filter)"),
        few <= 20.0 && many <= 60.0,
    )
}

fn binary(timed: bool) -> Vec<Line> {
    let size = fs::metadata(GATEHOUSE).expect("it was built").len();
    let size = number(usize::try_from(size).expect("small")) / 1e6;
    let mut lines =
        vec![Line::new("release binary, stripped", "10 MB", format!("{size:.1} MB"), size <= 10.0)];
    if timed {
        let target = std::env::temp_dir().join(format!("gatehouse-build-{}", std::process::id()));
        let started = Instant::now();
        let built = Command::new(env!("CARGO"))
            .args(["build", "--release", "--locked", "--target-dir"])
            .arg(&target)
            .current_dir(PROJECT)
            .status()
            .expect("cargo runs");
        let took = started.elapsed().as_secs_f64();
        let _ = fs::remove_dir_all(target);
        assert!(built.success());
        lines.push(Line::new(
            "clean release build on two cores",
            "4 min",
            format!("{:.0} min {:02.0} s", (took / 60.0).floor(), took % 60.0),
            took <= 240.0,
        ));
    }
    lines
}

fn of_sizes(sizes: &[Size]) -> String {
    let mut table = "| rows | start to full list, ms | key to frame, ms (median / p99) | filter \
                     keystroke, ms (median / p99) | bytes per key (cursor / scroll) | memory, MB |\n\
                     |--:|--:|--:|--:|--:|--:|\n"
        .to_owned();
    for Size { rows, full, keys, filters, moves, scrolls, memory, .. } in sizes {
        let _ = writeln!(
            table,
            "| {rows} | {full:.0} | {:.2} / {:.2} | {:.2} / {:.2} | {moves:.0} / {scrolls:.0} | {memory:.0} |",
            at(keys, 50),
            at(keys, 99),
            at(filters, 50),
            at(filters, 99),
        );
    }
    table
}

fn main() {
    let write = std::env::args().any(|argument| argument == "write");
    let demo = demo();
    println!("the demo's full list: {demo:.0} ms");
    let mut lines = vec![first_frame(), first_list()];
    let sizes = SIZES.map(of_size);
    lines.extend(of_all(&sizes));
    lines.push(memory(&sizes));
    lines.push(fill());
    // How long those wait is not measured, so that both may wait together.
    let refusals = std::thread::spawn(refusals);
    lines.extend(binary(write));
    lines.push(refusals.join().expect("it was counted"));
    let mut table = "| what | bar | measured | met |\n|---|---|---|---|\n".to_owned();
    for line in &lines {
        let _ = writeln!(table, "{}", line.row());
    }
    let _ = write!(
        table,
        "\nFrom start to the demo's full list, its emulator started, signed in, first page read \
         and drawn: {demo:.0} ms.\n\n{}",
        of_sizes(&sizes)
    );
    println!("{table}");
    if write {
        write_readme(&table);
    }
}

fn write_readme(table: &str) {
    let (begin, end) = ("<!-- speed -->\n", "<!-- end of speed -->");
    let path = format!("{PROJECT}/README.md");
    let readme = fs::read_to_string(&path).expect("a README");
    let (head, rest) = readme.split_once(begin).expect("the mark");
    let (_, tail) = rest.split_once(end).expect("the mark");
    fs::write(path, format!("{head}{begin}{table}{end}{tail}")).expect("it is written");
}
