//! Too many calls: the pause that Atlas asks for is kept, shared, shown, and can be
//! stopped; and gatehouse stays below the limits by itself.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::future::join_all;
use gatehouse::app::identity::Kind;
use gatehouse::atlas::error::Fault as Trouble;
use gatehouse::atlas::{ClientId, IdentityId, Read, Urgency};
use gatehouse::emulator::{self, Clock, Fault as Spoilt, Large, Limits, Options, Plan, Seed, Set};
use jiff::SignedDuration;
use tokio::time::Instant;

use super::bench::{Bench, is_renamed, program, rename, strangers};
use crate::support::fault_proxy::Fault;
use crate::support::journey::{Journey, emulator as emulator_of_a_journey, start_of_time};

/// A refusal with these headers besides.
fn refusal(headers: &str) -> Fault {
    let body = "{\"error\":429,\"errorCode\":\"RATE_LIMITED\"}";
    let length = body.len();
    Fault::Instead(format!(
        "HTTP/1.1 429 Too Many Requests\r\nContent-Type: application/json\r\n\
         Content-Length: {length}\r\n{headers}\r\n{body}"
    ))
}

/// How long a question takes whose first attempts are answered like this.
async fn asked(bench: &Bench, refusals: &[&str]) -> (Result<(), Trouble>, u64, usize) {
    for headers in refusals {
        bench.proxy.plan("GET", "", 1, refusal(headers));
    }
    bench.proxy.forget();
    tokio::time::pause();
    let begun = Instant::now();
    let answer = bench.read().await.map_err(|error| error.fault);
    let took = begun.elapsed().as_secs();
    tokio::time::resume();
    (answer, took, bench.asked())
}

#[tokio::test]
async fn however_a_pause_is_told_it_is_kept_to_the_second() {
    let date = "Date: Fri, 02 Jan 2015 03:04:05 GMT\r\nRetry-After:";
    let table = [
        ("Retry-After: 7\r\n".to_owned(), 7),
        ("Retry-After: 0\r\n".to_owned(), 0),
        // The server's own clock counts, however wrong it is.
        (format!("{date} Fri, 02 Jan 2015 03:04:47 GMT\r\n"), 42),
        (format!("{date} Fri, 02 Jan 2015 03:04:00 GMT\r\n"), 0),
        (String::new(), 10),
        ("Retry-After: soon\r\n".to_owned(), 10),
        ("Retry-After: -7\r\n".to_owned(), 10),
    ];
    for (headers, seconds) in table {
        let bench = Bench::start().await;
        assert_eq!(asked(&bench, &[&headers]).await, (Ok(()), seconds, 2), "{headers}");
    }
}

#[tokio::test]
async fn pauses_that_are_not_told_grow_from_refusal_to_refusal() {
    let bench = Bench::start().await;
    assert_eq!(asked(&bench, &["", "", ""]).await, (Ok(()), 10 + 20 + 40, 4));
    assert_eq!(asked(&bench, &[""]).await, (Ok(()), 10, 2), "it went well in between");
}

#[tokio::test]
async fn an_absurd_pause_is_told_and_not_sat_through() {
    let far =
        "Date: Fri, 02 Jan 2015 03:04:05 GMT\r\nRetry-After: Fri, 02 Jan 2099 03:04:05 GMT\r\n";
    for headers in ["Retry-After: 18446744073709551615\r\n", far] {
        let bench = Bench::start().await;
        let (answer, took, asked) = asked(&bench, &[headers]).await;
        let Err(Trouble::RateLimited(Some(told))) = answer else { panic!("{answer:?}") };
        assert!((86_399..=86_401).contains(&told), "a day at most, not {told} s");
        assert_eq!((took, asked), (0, 1));
    }
}

#[tokio::test]
async fn calls_that_are_refused_together_share_one_pause() {
    // So many go at once; the others are still at the door when the first are refused.
    const AT_ONCE: usize = 7;
    let bench = Bench::start().await;
    bench.proxy.plan("GET", "", 20, refusal("Retry-After: 30\r\n"));
    let begun = Instant::now();
    let ask = || async {
        bench.read().await.expect("read");
        begun.elapsed().as_secs()
    };
    let refused = async {
        bench.proxy.until_heard("GET", "", AT_ONCE).await;
        bench.proxy.mend();
        tokio::time::pause();
        // Who comes later waits with the others, and asks nothing before.
        tokio::time::sleep(Duration::from_secs(10)).await;
        let before = bench.asked();
        (before, ask().await)
    };
    let (took, (before, late)) = tokio::join!(join_all((0..20).map(|_| ask())), refused);
    tokio::time::resume();
    assert_eq!(before, AT_ONCE, "nothing was asked during the pause");
    assert_eq!((took, late), (vec![30; 20], 30));
    assert_eq!(bench.asked(), AT_ONCE + 21, "nobody was refused twice");
}

#[tokio::test]
async fn who_has_to_wait_for_signing_in_waits_once_for_all() {
    for (bench, method, path) in strangers().await {
        bench.proxy.plan(method, path, 1, refusal("Retry-After: 30\r\n"));
        let begun = Instant::now();
        let ask = || async {
            bench.read().await.expect("read");
            begun.elapsed().as_secs()
        };
        let refused = async {
            bench.proxy.until_heard(method, path, 1).await;
            tokio::time::pause();
        };
        let (took, ()) = tokio::join!(join_all((0..20).map(|_| ask())), refused);
        tokio::time::resume();
        assert_eq!(took, vec![30; 20], "{path}");
        let questions = if method == "GET" { 20 } else { 0 };
        assert_eq!(bench.proxy.count_of(method, path), 2 + questions, "{path}");
    }
}

#[tokio::test]
async fn what_was_waited_for_does_not_count_against_signing_in() {
    for (bench, method, path) in strangers().await {
        bench.proxy.plan(method, path, 1, refusal("Retry-After: 40\r\n"));
        bench.proxy.plan(method, path, 1, Fault::Late(Duration::from_secs(5)));
        let begun = Instant::now();
        let refused = async {
            bench.proxy.until_heard(method, path, 1).await;
            tokio::time::pause();
        };
        let (answer, ()) = tokio::join!(bench.read(), refused);
        tokio::time::resume();
        answer.unwrap_or_else(|error| panic!("{path}: {error}"));
        assert_eq!(begun.elapsed().as_secs(), 45, "{path}");
    }
}

#[tokio::test]
async fn a_change_that_is_refused_is_not_applied_and_waits_for_the_person() {
    let bench = Bench::start().await;
    bench.proxy.plan("PATCH", "", 1, refusal("Retry-After: 3600\r\n"));
    let error = bench.rename().await.expect_err("refused");
    assert_eq!(
        (error.perhaps_applied, error.error.fault),
        (false, Trouble::RateLimited(Some(3600)))
    );
    assert_eq!((bench.proxy.count("PATCH"), bench.is_renamed()), (1, false));
}

#[tokio::test]
async fn after_a_refusal_one_key_sends_a_change_again_once_the_pause_is_over() {
    let (mut journey, proxy) = program(Options::default()).await;
    proxy.plan("PATCH", "", 1, refusal("Retry-After: 1\r\n"));
    let begun = Instant::now();
    rename(&mut journey).await;
    journey.says("Atlas asks to wait 1 s: too many calls in a short time.");
    journey.says("Nothing was changed.");
    journey.shows("‖ told to wait · 1 s");
    journey.pass(SignedDuration::from_millis(300));
    journey.press("r");
    journey.settle().await;
    journey.shows("saved");
    assert!(begun.elapsed() >= Duration::from_secs(1), "after {:?}", begun.elapsed());
    assert_eq!((proxy.count("PATCH"), is_renamed(journey.emulator())), (2, true));
}

#[tokio::test]
async fn the_pause_is_counted_down_on_the_screen_and_can_be_stopped() {
    let (mut journey, proxy) = program(Options::default()).await;
    let list = "/serviceAccounts?";
    proxy.plan("GET", list, 1, refusal("Retry-After: 30\r\n"));
    journey.press("r");
    journey.until("‖ told to wait · 30 s").await;
    journey.shows("Atlas asks to wait: too many calls in a short time. 30 s left.");
    journey.shows("esc stop");
    assert!(
        journey
            .app
            .wake_at()
            .is_some_and(|wake| wake <= journey.now() + SignedDuration::from_secs(1))
    );
    journey.pass(SignedDuration::from_secs(12));
    journey.shows("‖ told to wait · 18 s");
    journey.shows("18 s left.");
    journey.shows("terraform-prod");
    journey.press("<esc>");
    journey.shows("stopped: r reads again");
    // The pause holds all the same.
    journey.shows("‖ told to wait · 14:02");
    journey.shows_not("esc stop");
    assert!(!journey.is_waiting(), "nobody waits for the answers");
    // The plain list and the full one were asked for together.
    assert_eq!(proxy.count_of("GET", list), 2);
    // Who asks again waits for what is left: nothing reaches Atlas before.
    journey.press("r");
    journey.shows("‖ told to wait · 18 s");
    journey.press("<esc>");
    journey.shows("stopped");
    assert_eq!(proxy.count_of("GET", list), 2);
    journey.pass(SignedDuration::from_secs(5));
    journey.shows("Atlas asks to wait: too many calls in a short time. 13 s left.");
    journey.pass(SignedDuration::from_secs(13));
    journey.shows("● live · 14:02");
    journey.shows_not("Atlas asks to wait");
}

#[tokio::test]
async fn a_pause_for_what_fills_in_behind_is_told_too() {
    let emulator = emulator_of_a_journey(Options::default()).await;
    let operation = Some("listOrgServiceAccountAccessList".to_owned());
    let does = Spoilt::RateLimited { seconds: Some(40) };
    emulator.plan(Plan { operation, path: None, times: 1, does });
    let credential = emulator.service_account().expect("one");
    let mut journey = Journey::begin(emulator, credential, |_| {});
    journey.until("‖ told to wait · 40 s").await;
    journey.shows("[Service Accounts 16]");
    journey.press("<esc>");
    journey.shows("stopped: r reads again");
    assert!(!journey.is_waiting());
}

#[tokio::test]
async fn a_pause_for_one_kind_holds_up_no_other() {
    let emulator = emulator_of_a_journey(Options::default()).await;
    for operation in ["listOrgServiceAccountAccessList", "getOrgServiceAccountGroups"] {
        let does = Spoilt::RateLimited { seconds: Some(55) };
        let operation = Some(operation.to_owned());
        emulator.plan(Plan { operation, path: None, times: 99, does });
    }
    let credential = emulator.service_account().expect("one");
    let mut journey = Journey::begin(emulator, credential, |_| {});
    let unread = |journey: &Journey| {
        let list = journey.app.state().org.as_ref().map(|org| org.list(Kind::ApiKeys));
        list.is_none_or(|list| {
            list.rows().is_empty() || list.rows().iter().any(|row| !row.is_read())
        })
    };
    while unread(&journey) {
        journey.step().await;
    }
    journey.until("‖ told to wait · 55 s").await;
    // A person who looks at a key is answered at once.
    journey.press("2<enter>");
    journey.until("API Key Details").await;
    journey.press("<esc><esc>");
    assert!(!journey.is_waiting());
}

#[tokio::test]
async fn that_details_wait_for_the_refill_is_told_and_nobody_waits_for_it() {
    let size = Large { accounts: 60, keys: 2, projects: 5, seed: 1 };
    let limits = Limits::documented().with(Set::Accounts, 40, 20);
    let options = Options { seed: Seed::Large(size), limits, ..Options::default() };
    let emulator = emulator::start(options).await.expect("an emulator");
    let credential = emulator.service_account().expect("one");
    let mut journey = Journey::begin(emulator, credential, |_| {});
    let told = "Details go on within 1 min: what is left of Atlas' limit is kept for you.";
    journey.until(told).await;
    assert!(journey.is_waiting(), "for details, which the refill lets go");
    let wake = journey.app.wake_at().expect("it ends");
    assert!(wake <= journey.now() + SignedDuration::from_mins(1), "at {wake}");
    journey.press("<enter>");
    journey.until("Client ID").await;
    journey.press("<esc>");
    journey.shows(told);
    journey.pass(SignedDuration::from_mins(1));
    journey.shows_not("Details go on");
}

#[tokio::test]
async fn a_long_pause_is_not_cut_short_by_the_next_try() {
    let (mut journey, proxy) = program(Options::default()).await;
    proxy.plan("GET", "/serviceAccounts?", 1, refusal("Retry-After: 3600\r\n"));
    journey.press("r");
    journey.settle().await;
    journey.shows("✖ told to wait");
    proxy.forget();
    journey.pass(SignedDuration::from_secs(3500));
    assert!(!journey.is_waiting(), "too early");
    journey.pass(SignedDuration::from_secs(101));
    assert!(journey.is_waiting(), "not tried again");
}

/// Virtual minutes pass, here and at the emulator.
async fn keep_time(clock: Clock) {
    loop {
        tokio::time::sleep(Duration::from_secs(1)).await;
        clock.advance(Duration::from_secs(1));
    }
}

#[tokio::test]
async fn the_smallest_bucket_is_filled_behind_without_a_refusal_and_a_person_overtakes() {
    let size = Large { accounts: 200, keys: 2, projects: 5, seed: 1 };
    let limits = Limits::documented().with(Set::Accounts, 10, 5);
    let clock = Clock::fixed(start_of_time());
    let options =
        Options { seed: Seed::Large(size), limits, clock: clock.clone(), ..Options::default() };
    let emulator = emulator::start(options).await.expect("an emulator");
    let credential = emulator.service_account().expect("one");
    let bench = Bench::with(emulator, credential).await;
    let org = bench.emulator.organization().clone();
    let ids = bench.emulator.patch(|store| {
        let accounts = store.main().expect("main").accounts.rows();
        accounts.iter().map(|account| ClientId::new(&account.id)).collect::<Vec<_>>()
    });
    assert!(ids.len() >= 200);
    tokio::time::pause();
    let timekeeper = tokio::spawn(keep_time(clock));
    let done = AtomicBool::new(false);
    let behind = async {
        for id in &ids[..200] {
            let read = Read::AccessList(org.clone(), IdentityId::ServiceAccount(id.clone()));
            let read = bench.client.read(&read, Urgency::Background, &mut |_| {}).await;
            read.unwrap_or_else(|error| panic!("{error}"));
        }
        done.store(true, Ordering::Relaxed);
    };
    let person = async {
        let mut waits = Vec::new();
        for id in ids.iter().cycle() {
            // Twice a minute, as somebody does who looks around.
            tokio::time::sleep(Duration::from_secs(30)).await;
            let begun = Instant::now();
            let read = Read::ServiceAccount(org.clone(), id.clone());
            bench.client.read(&read, Urgency::Person, &mut |_| {}).await.expect("read");
            waits.push(begun.elapsed());
            if done.load(Ordering::Relaxed) {
                break;
            }
        }
        waits
    };
    let (mut waits, ()) = tokio::join!(person, behind);
    tokio::time::resume();
    timekeeper.abort();
    let refused = bench.emulator.requests().iter().filter(|seen| seen.status == Some(429)).count();
    assert_eq!(refused, 0);
    waits.sort_unstable();
    let most = waits[waits.len() * 95 / 100];
    assert!(waits.len() > 50 && most <= Duration::from_secs(1), "persons waited {most:?}");
}
