//! Everything about two hundred service accounts and five hundred API keys.

use std::time::{Duration, Instant};

use crate::emulator::{Emulator, LARGE, ROUND_TRIP};
use crate::session::Session;
use crate::table::{Line, Part, number};

/// Questions that fill in behind at once.
const IN_FLIGHT: f64 = 4.0;

pub fn measure() -> Part {
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
    Part::of(vec![Line::new(
        "filling 200 accounts and 500 keys with access lists and projects",
        "1.2 x (calls x round trip / calls in flight)",
        format!("{:.2} x: {took:.1} s for {calls} calls of 50 ms", took / least),
        took <= 1.2 * least,
    )])
}

/// The same where Atlas counts.
pub fn measure_limits() -> Part {
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
    Part::of(vec![Line::new(
        "the same under Atlas' real limits",
        "never a 429",
        format!("{refused} of {} calls refused", calls.len()),
        refused == 0 && calls.len() >= 2 * accounts + keys,
    )])
}
