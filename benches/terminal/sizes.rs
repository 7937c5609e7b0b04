//! Lists of 20, 10 000 and 100 000 rows: keys, filters, bursts, bytes, memory, idling.
//!
//! The three are open at once, and keys go to them by turns: what else the machine does
//! meanwhile meets all alike.

use std::fmt::Write as _;
use std::thread;
use std::time::Duration;

use crate::emulator::{Emulator, LARGE};
use crate::session::{Press, QUIET, Session, millis};
use crate::table::{Line, Part, at, median, most, number, sorted};

const ROWS: [usize; 3] = [20, 10_000, 100_000];
/// Rounds of keys at each size: steps of the cursor from the top, then scrolls.
const ROUNDS: usize = 25;
/// Steps that move the cursor and scroll nothing.
const STEPS: usize = 18;
/// From the top down to where each further step scrolls.
const DOWN: usize = 30;
/// Silence after a letter of a filter, which may take longer than a step.
const LONG: Duration = Duration::from_millis(60);
const IDLE: Duration = Duration::from_secs(10);
/// After the last call its time-out, though cancelled, may wake the program once; and
/// connections that rest for 20 s are closed when that is looked for, every 20 s.
const AFTERMATH: Duration = Duration::from_secs(42);
/// What is typed into the filter, again and again.
const FILTERS: [&str; 5] = ["deploy", "payments-ci", "prod 0042", "Owner", "zzz"];
/// A filter that looks at what one column shows: that is made for each row.
const OF_A_COLUMN: &str = "secret:exp";
const BURSTS: usize = 15;

/// What was measured with so many rows.
struct Size {
    rows: usize,
    session: Session,
    _emulator: Emulator,
    full: f64,
    moves: Vec<Press>,
    scrolls: Vec<Press>,
    filters: Vec<f64>,
    /// Of the letters of [`OF_A_COLUMN`], the longest.
    of_a_column: f64,
    burst: (f64, usize),
    memory: f64,
    /// The same after a filter.
    filtered: f64,
    idle: (f64, u64, usize),
}

impl Size {
    fn open(rows: usize) -> Self {
        let emulator = Emulator::start(rows, 8, &[]);
        let mut session = Session::start(&[], &emulator.environment);
        let full = millis(session.until(&format!("1 of {rows} ")));
        session.settle(Duration::from_secs(3));
        let (moves, scrolls, filters) = (Vec::new(), Vec::new(), Vec::new());
        Self {
            rows,
            session,
            _emulator: emulator,
            full,
            moves,
            scrolls,
            filters,
            of_a_column: 0.0,
            burst: (0.0, 0),
            memory: 0.0,
            filtered: 0.0,
            idle: (0.0, 0, 0),
        }
    }

    fn scrolls(&self) -> bool {
        self.rows > DOWN
    }

    fn press(&mut self, times: usize) -> Vec<Press> {
        (0..times).filter_map(|_| self.session.press("j")).collect()
    }

    fn round(&mut self) {
        self.session.press("g");
        let moves = self.press(STEPS);
        self.moves.extend(moves);
        if self.scrolls() {
            self.press(DOWN - STEPS);
            let scrolls = self.press(STEPS);
            self.scrolls.extend(scrolls);
        }
    }

    fn bursts(&mut self) {
        self.session.press("g");
        let bursts = (0..BURSTS).map(|_| self.session.burst("j", 500)).collect::<Vec<_>>();
        let lag = median(bursts.iter().map(|(lag, _)| millis(*lag)).collect());
        let frames = bursts.iter().map(|(_, frames)| *frames).max().unwrap_or_default();
        self.burst = (lag, frames);
        self.session.press("g");
        self.memory = self.session.memory();
    }

    /// Every letter of a filter, which is cleared afterwards.
    fn filter(&mut self, typed: &str) -> Vec<f64> {
        self.session.press("/");
        let keys: Vec<_> = typed.chars().map(String::from).collect();
        let presses = keys.iter().filter_map(|key| self.session.press_for(LONG, key));
        let times = presses.map(|press| millis(press.time)).collect();
        self.session.press("\x1b");
        self.session.settle(Duration::from_millis(100));
        times
    }

    fn keys(&self) -> Vec<f64> {
        times(self.moves.iter().chain(&self.scrolls))
    }
}

/// Key to frame, in ms, from short to long.
fn times<'a>(presses: impl IntoIterator<Item = &'a Press>) -> Vec<f64> {
    sorted(presses.into_iter().map(|press| millis(press.time)).collect())
}

fn bytes(presses: &[Press]) -> f64 {
    median(presses.iter().map(|press| number(press.bytes)).collect())
}

pub fn measure() -> Part {
    let mut sizes = ROWS.map(Size::open);
    for _ in 0..ROUNDS {
        sizes.iter_mut().for_each(Size::round);
    }
    sizes.iter_mut().for_each(Size::bursts);
    for typed in FILTERS.iter().cycle().take(4 * FILTERS.len()) {
        for size in &mut sizes {
            let times = size.filter(typed);
            size.filters.extend(times);
        }
    }
    for size in &mut sizes {
        size.filters = sorted(std::mem::take(&mut size.filters));
        size.filtered = size.session.memory();
        size.of_a_column = most(&size.filter(OF_A_COLUMN), |time| *time);
    }
    idle(&mut sizes);
    let [.., largest] = &sizes;
    let of_a_column = format!(
        "\nA filter on what a column shows (`{OF_A_COLUMN}`), which is made for each row, takes at most \
         {:.0} ms a letter with 100 000 rows.\n",
        largest.of_a_column
    );
    let below = table(&sizes) + &of_a_column;
    Part::of(lines(&sizes)).with_below(below)
}

/// Between two refreshes, which come every minute.
fn idle(sizes: &mut [Size; 3]) {
    for size in sizes.iter_mut() {
        size.session.press("r");
    }
    for size in sizes.iter_mut() {
        size.session.settle(Duration::from_secs(1));
    }
    thread::sleep(AFTERMATH);
    let before = sizes.each_mut().map(|size| {
        size.session.settle(QUIET);
        size.session.processor()
    });
    thread::sleep(IDLE);
    for (size, before) in sizes.iter_mut().zip(before) {
        let after = size.session.processor();
        let time = millis(after.0.saturating_sub(before.0));
        size.idle = (time, after.1 - before.1, size.session.settle(QUIET).bytes);
    }
}

fn lines(sizes: &[Size; 3]) -> Vec<Line> {
    let [.., largest] = sizes;
    let slowest = most(sizes, |size| at(&size.keys(), 50));
    let tail = most(sizes, |size| at(&size.keys(), 99));
    let moves = sizes.each_ref().map(|size| at(&times(&size.moves), 50));
    let scrolling: Vec<_> = sizes.iter().filter(|size| size.scrolls()).collect();
    let scrolls: Vec<_> = scrolling.iter().map(|size| at(&times(&size.scrolls), 50)).collect();
    let (of_moves, of_scrolls) = (ratio(&moves), ratio(&scrolls));
    let of_all = ratio(&[&moves[..], &scrolls[..]].concat());
    let most_bytes =
        (most(sizes, |size| bytes(&size.moves)), most(&scrolling, |size| bytes(&size.scrolls)));
    let lag = most(sizes, |size| size.burst.0);
    let frames = sizes.iter().map(|size| size.burst.1).max().unwrap_or_default();
    let idle = sizes.iter().map(|size| size.idle).max_by_key(|idle| idle.1).expect("a size");
    let (half, p99) = (at(&largest.filters, 50), at(&largest.filters, 99));
    let longest = at(&largest.filters, 100);
    vec![
        Line::new(
            "key to painted frame at 20, 10 000, 100 000 rows",
            "median 1 ms, p99 2 ms",
            format!("median {slowest:.2} ms, p99 {tail:.2} ms"),
            slowest <= 1.0 && tail <= 2.0,
        ),
        Line::new(
            "the same at every size: the cursor moves, the list scrolls, either of them",
            "within 1.3 x",
            format!("{of_moves:.2} x, {of_scrolls:.2} x, {of_all:.2} x"),
            of_all <= 1.3,
        ),
        Line::new(
            "a filter keystroke over 100 000 rows",
            "median 5 ms, p99 10 ms",
            format!("median {half:.1} ms, p99 {p99:.1} ms (the longest {longest:.0} ms)"),
            half <= 5.0 && p99 <= 10.0,
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
            format!("{:.0}, {:.0}", most_bytes.0, most_bytes.1),
            most_bytes.0 <= 400.0 && most_bytes.1 <= 2000.0,
        ),
        Line::new(
            "idle for 10 s",
            "no wake-up, no byte, no time",
            format!("{} wake-ups, {} bytes, {:.1} ms", idle.1, idle.2, idle.0),
            idle.1 == 0 && idle.2 == 0,
        ),
        memory(largest),
    ]
}

/// The slowest against the fastest.
fn ratio(medians: &[f64]) -> f64 {
    most(medians, |median| *median) / medians.iter().copied().fold(f64::MAX, f64::min)
}

fn memory(largest: &Size) -> Line {
    let emulator = Emulator::start(LARGE.0, 300, &[]);
    let mut session = Session::start(&[], &emulator.environment);
    session.until(&format!("1 of {} ", LARGE.0));
    session.settle(Duration::from_secs(3));
    let (few, many, filtered) = (session.memory(), largest.memory, largest.filtered);
    Line::new(
        "resident memory with 500 identities, with 100 000",
        "20 MB, 60 MB",
        format!("{few:.1} MB, {many:.1} MB ({filtered:.0} after a filter)"),
        few <= 20.0 && many <= 60.0,
    )
}

fn table(sizes: &[Size]) -> String {
    let mut table = "| rows | start to full list, ms | the cursor moves, ms (median / p99) | the \
                     list scrolls, ms | filter keystroke, ms | memory, MB |\n\
                     |--:|--:|--:|--:|--:|--:|\n"
        .to_owned();
    let both = |values: &[f64]| match values {
        [] => String::new(),
        values => format!("{:.2} / {:.2}", at(values, 50), at(values, 99)),
    };
    for size in sizes {
        let (moves, scrolls) = (both(&times(&size.moves)), both(&times(&size.scrolls)));
        let _ = writeln!(
            table,
            "| {} | {:.0} | {moves} | {scrolls} | {} | {:.0} |",
            size.rows,
            size.full,
            both(&size.filters),
            size.memory,
        );
    }
    table
}
