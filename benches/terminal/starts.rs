//! From a command to the first frame, and to the first list.

use std::net::TcpListener;
use std::process::Command;
use std::time::Instant;

use crate::GATEHOUSE;
use crate::emulator::{Emulator, ROUND_TRIP};
use crate::session::{Session, millis};
use crate::table::{Line, Part, median};

const STARTS: usize = 15;

pub fn measure() -> Part {
    let demo = of_starts(|| millis(Session::start(&["--demo"], &[]).until("1 of 16")));
    let below = format!(
        "From start to the demo's full list, its emulator started, signed in, first page read \
         and drawn: {demo:.0} ms.\n"
    );
    Part::of(vec![first_frame(), first_list()]).with_below(below)
}

/// The median over many starts; the first warms the disk's cache and does not count.
fn of_starts(start: impl Fn() -> f64) -> f64 {
    start();
    median((0..STARTS).map(|_| start()).collect())
}

/// MongoDB's own address, behind a proxy that takes connections and says nothing.
fn first_frame() -> Line {
    let silent = TcpListener::bind("127.0.0.1:0").expect("a port");
    let proxy = format!("http://{}", silent.local_addr().expect("its address"));
    let environment = [
        ("HTTPS_PROXY", proxy),
        ("MONGODB_ATLAS_CLIENT_ID", "mdb_sa_id_66f16fa11f8410633ef306ac".to_owned()),
        ("MONGODB_ATLAS_CLIENT_SECRET", format!("mdb_sa_sk_{}", "a".repeat(40))),
        ("MONGODB_ATLAS_ORG_ID", "634d5b21910a2dec89025cc1".to_owned()),
    ]
    .map(|(name, value)| (name.to_owned(), value));
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
    let emulator = Emulator::start(20, 8, &["--latency", &ROUND_TRIP.to_string()]);
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
