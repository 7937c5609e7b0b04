//! What goes wrong with HTTP/2 alone: a stream that is refused, a connection that takes no
//! more, and one that has died under a call without a word.

use std::time::Duration;

use gatehouse::app::Found;
use gatehouse::atlas::client::{Client, KeepAlive, Manner};
use gatehouse::atlas::error::Fault as Trouble;
use gatehouse::atlas::origin::Origin;
use gatehouse::atlas::retry::Patience;
use gatehouse::atlas::{ApiError, Issued, WriteError};
use gatehouse::emulator::{self, Emulator, Limits, Options};
use gatehouse::runtime::keep::Keep;
use tokio::time::Instant;

use super::bench::{self, NEW, PROJECTS, QUICK, is_renamed, rename};
use crate::support::http2::{Fault, Http2};
use crate::support::journey::{self, Journey};

const TOKEN: &str = "/api/oauth/token";
/// What waits for no sign of life for long.
const BRIEF: KeepAlive =
    KeepAlive { interval: Duration::from_millis(30), timeout: Duration::from_millis(300) };

/// The client before the server, signed in.
struct Bench {
    emulator: Emulator,
    server: Http2,
    client: Client,
}

impl Bench {
    async fn start() -> Self {
        Self::with(QUICK, KeepAlive::default()).await
    }

    async fn with(patience: Patience, keep_alive: KeepAlive) -> Self {
        let bench = Self::stranger(patience, keep_alive).await;
        bench.read().await.expect("it signs in");
        assert_eq!(bench.server.connections(), 1, "questions share a connection");
        bench.server.forget();
        bench
    }

    /// The same, not signed in yet.
    async fn stranger(patience: Patience, keep_alive: KeepAlive) -> Self {
        let limits = Limits::unlimited();
        let emulator = emulator::start(Options { limits, ..Options::default() }).await;
        let emulator = emulator.expect("an emulator");
        let server = Http2::before(emulator.base_url()).await;
        let origin = Origin::parse(server.base_url()).expect("an origin");
        let credential = emulator.service_account().expect("a credential");
        let manner = Manner { authorities: server.authorities(), patience, keep_alive };
        let client = Client::with(origin, credential, manner);
        Self { emulator, server, client }
    }

    async fn read(&self) -> Result<(), ApiError> {
        bench::read(&self.client, &self.emulator).await
    }

    async fn rename(&self) -> Result<Option<Issued>, WriteError> {
        bench::change(&self.client, &self.emulator).await
    }

    fn asked(&self) -> usize {
        self.server.count_of("GET", PROJECTS)
    }
}

/// What breaks a call off, whether it was passed on, and whether the server says that it
/// was not.
const BREAKS: [(Fault, bool, bool); 4] = [
    (Fault::Refused, false, true),
    (Fault::TooLate, false, true),
    (Fault::LastUnanswered, true, false),
    (Fault::Reset, true, false),
];

#[tokio::test]
async fn a_question_that_is_turned_away_is_asked_again() {
    for (fault, _, _) in BREAKS {
        let bench = Bench::start().await;
        bench.server.plan("GET", "", 1, fault);
        bench.read().await.unwrap_or_else(|error| panic!("{fault:?}: {error}"));
        assert_eq!(bench.asked(), 2, "{fault:?}");
        bench.server.forget();
        bench.server.plan("GET", "", 99, fault);
        let error = bench.read().await.expect_err("turned away for good");
        assert!(matches!(error.fault, Trouble::Unreachable(_)), "{fault:?}: {error:?}");
        assert_eq!(bench.asked(), 4, "{fault:?}: nobody asks again but the client itself");
    }
}

#[tokio::test]
async fn when_everything_is_turned_away_little_is_asked_again() {
    for fault in [Fault::Refused, Fault::TooLate] {
        let bench = Bench::start().await;
        bench.server.plan("GET", "", 999, fault);
        for _ in 0..30 {
            let error = bench.read().await.expect_err("turned away");
            assert!(error.sentence().contains("turned the call away"), "{error}");
        }
        assert_eq!(bench.asked(), 30 + 10, "thirty questions, and ten further tries");
    }
}

#[tokio::test]
async fn the_last_answer_of_a_connection_is_taken() {
    let bench = Bench::start().await;
    bench.server.plan("GET", "", 1, Fault::Last);
    bench.read().await.expect("answered");
    bench.read().await.expect("on another connection");
    assert_eq!((bench.asked(), bench.server.connections()), (2, 2));
}

#[tokio::test]
async fn who_is_turned_away_when_signing_in_signs_in_again() {
    for (fault, _, _) in BREAKS {
        let bench = Bench::stranger(QUICK, KeepAlive::default()).await;
        bench.server.plan("POST", TOKEN, 1, fault);
        bench.read().await.unwrap_or_else(|error| panic!("{fault:?}: {error}"));
        assert_eq!((bench.server.count_of("POST", TOKEN), bench.asked()), (2, 1), "{fault:?}");
    }
}

#[tokio::test]
async fn a_change_is_on_the_wire_once_and_known_where_the_server_says_so() {
    for (fault, passed_on, told) in BREAKS {
        let bench = Bench::start().await;
        bench.server.plan("PATCH", "", 9, fault);
        let error = bench.rename().await.expect_err("it breaks off");
        assert_eq!(error.perhaps_applied, !told, "{fault:?}: {error:?}");
        assert_eq!(bench.server.count("PATCH"), 1, "{fault:?}");
        assert_eq!(is_renamed(&bench.emulator), passed_on, "{fault:?}");
    }
    let bench = Bench::start().await;
    bench.server.plan("PATCH", "", 9, Fault::Last);
    bench.rename().await.expect("answered");
    assert_eq!((bench.server.count("PATCH"), is_renamed(&bench.emulator)), (1, true));
}

/// The whole program before the server, its lists filled.
async fn program() -> (Journey, Http2) {
    let emulator = journey::emulator(Options::default()).await;
    let server = Http2::before(emulator.base_url()).await;
    let credential = emulator.service_account().expect("a credential");
    let (patience, authorities) = (Patience::NONE, server.authorities());
    let manner = Manner { authorities, patience, keep_alive: BRIEF };
    let nothing = (Keep::nothing(), Found::default());
    let mut journey = Journey::begin_in(manner, server.base_url(), credential, |_| {}, nothing);
    journey.emulator = Some(emulator);
    journey.settle().await;
    server.forget();
    (journey, server)
}

#[tokio::test]
async fn after_a_change_that_was_turned_away_the_screen_says_what_the_server_holds() {
    let breaks = BREAKS.map(|(fault, passed_on, _)| (fault, passed_on));
    let dead = [(Fault::Dead, false), (Fault::DeadAfterwards, true)];
    for (fault, passed_on) in breaks.into_iter().chain(dead) {
        let (mut journey, server) = program().await;
        server.plan("PATCH", "", 1, fault);
        rename(&mut journey).await;
        assert_eq!(server.count("PATCH"), 1, "{fault:?}");
        assert_eq!(is_renamed(journey.emulator()), passed_on, "{fault:?}");
        if passed_on {
            journey.says("saved, though no answer told so");
            journey.shows(NEW);
            continue;
        }
        journey.says("Nothing was changed.");
        journey.pass(jiff::SignedDuration::from_millis(300));
        journey.press("r");
        journey.settle().await;
        journey.shows("saved");
        assert_eq!(server.count("PATCH"), 2, "{fault:?}: the person sent it again");
        assert!(is_renamed(journey.emulator()), "{fault:?}");
    }
}

#[tokio::test]
async fn a_connection_that_died_under_a_question_is_given_up_for_another() {
    let bench = Bench::with(QUICK, BRIEF).await;
    bench.server.plan("GET", "", 1, Fault::Dead);
    bench.read().await.expect("read");
    assert_eq!((bench.asked(), bench.server.connections()), (2, 2));
}

#[tokio::test]
async fn a_connection_that_died_is_given_up_within_ten_seconds() {
    let bench = Bench::with(Patience::NONE, KeepAlive::default()).await;
    for method in ["GET", "PATCH"] {
        bench.server.forget();
        bench.server.plan(method, "", 1, Fault::Dead);
        let begun = Instant::now();
        let call = async {
            match method {
                "GET" => bench.read().await.expect_err("nobody is there"),
                _ => bench.rename().await.expect_err("nobody is there").error,
            }
        };
        // Lets the clock run by itself from when the request has come.
        let heard = async {
            bench.server.until_heard(method, "", 1).await;
            tokio::time::pause();
        };
        let (error, ()) = tokio::join!(call, heard);
        let took = begun.elapsed().as_secs();
        tokio::time::resume();
        assert!(error.sentence().contains("has fallen silent"), "{method}: {error}");
        assert!((9..=10).contains(&took), "{method}: {took} s");
    }
}

#[tokio::test]
async fn what_is_only_slow_is_waited_for() {
    let bench = Bench::with(QUICK, BRIEF).await;
    bench.server.plan("GET", "", 1, Fault::Late(5));
    bench.read().await.expect("it comes");
    assert_eq!((bench.asked(), bench.server.connections()), (1, 1));
}

#[tokio::test]
async fn while_nothing_is_waited_for_no_sign_of_life_is_asked_for() {
    let bench = Bench::start().await;
    // The clock runs by itself, whenever there is nothing else to do.
    tokio::time::pause();
    for _ in 0..15 {
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    tokio::time::resume();
    assert_eq!(bench.server.pings(), 0);
    bench.read().await.expect("read");
    assert_eq!(bench.server.connections(), 1);
}
