//! What goes wrong while a call is answered: nobody knows what became of it. Questions
//! are asked again; a change is not, and what is there is read.

use std::time::Duration;

use gatehouse::atlas::error::Fault as Trouble;
use gatehouse::emulator::{Fault as Spoilt, Options, Plan};
use tokio::time::Instant;

use super::bench::{Bench, NEW, OLD, is_renamed, program, rename};
use crate::support::fault_proxy::{End, Fault};

/// Ways to break off, and whether the request was passed on.
fn breaks() -> Vec<(Fault, bool)> {
    let mut breaks = Vec::new();
    for end in [End::Closed, End::Reset] {
        breaks.extend([(Fault::Unsent(end), false), (Fault::Unanswered(end), true)]);
        // In the status line, in the head, in the body.
        breaks.extend([5, 60, 700].map(|bytes| (Fault::Cut(bytes, end), true)));
    }
    breaks
}

#[tokio::test]
async fn a_question_that_breaks_off_is_asked_again() {
    let bench = Bench::start().await;
    for (fault, _) in breaks() {
        bench.proxy.forget();
        bench.proxy.plan("GET", "", 1, fault.clone());
        bench.read().await.unwrap_or_else(|error| panic!("{fault:?}: {error}"));
        assert_eq!(bench.asked(), 2, "{fault:?}");
        // Questions that go well pay for further tries.
        for _ in 0..5 {
            bench.read().await.expect("read");
        }
    }
}

#[tokio::test]
async fn a_change_that_breaks_off_is_perhaps_applied_and_not_sent_again() {
    for (fault, passed_on) in breaks() {
        let bench = Bench::start().await;
        bench.proxy.plan("PATCH", "", 1, fault.clone());
        let error = bench.rename().await.expect_err("it breaks off");
        assert!(error.perhaps_applied, "{fault:?}: {error:?}");
        assert_eq!((bench.proxy.count("PATCH"), bench.is_renamed()), (1, passed_on), "{fault:?}");
    }
}

#[tokio::test]
async fn after_a_change_that_broke_off_the_screen_says_what_the_server_holds() {
    for (fault, passed_on) in breaks() {
        let (mut journey, proxy) = program(Options::default()).await;
        proxy.plan("PATCH", "", 1, fault.clone());
        rename(&mut journey).await;
        assert_eq!(proxy.count("PATCH"), 1, "{fault:?}");
        assert_eq!(is_renamed(journey.emulator()), passed_on, "{fault:?}");
        if passed_on {
            journey.says("saved, though no answer told so");
            journey.shows(NEW);
            continue;
        }
        journey.says("Nothing was changed.");
        journey.pass(jiff::SignedDuration::from_millis(300));
        journey.press("<esc>");
        journey.shows(NEW);
        journey.press("<enter>");
        journey.settle().await;
        journey.shows("saved");
        assert_eq!(proxy.count("PATCH"), 2, "{fault:?}: the person sent it again");
        assert!(is_renamed(journey.emulator()), "{fault:?}");
    }
}

#[tokio::test]
async fn a_change_that_somebody_else_answers_is_not_taken_as_made() {
    let page = Spoilt::Body { text: "<html>Please log in</html>".into(), kind: "text/html".into() };
    for (operation, keys) in [
        ("updateOrgServiceAccount", "i-2<enter>"),
        ("createOrgServiceAccountAccessList", "an192.0.2.77<enter><enter>"),
    ] {
        let (mut journey, _proxy) = program(Options::default()).await;
        let operation = Some(operation.to_owned());
        journey.emulator().plan(Plan { operation, path: None, times: 1, does: page.clone() });
        journey.press(&format!("/{OLD}<enter>"));
        for key in keys.split_inclusive('>') {
            journey.press(key);
            journey.settle().await;
        }
        journey.says("answered, but not as Atlas does: it sent text/html.");
        journey.says("Nothing was changed.");
        assert!(!is_renamed(journey.emulator()));
    }
}

#[tokio::test]
async fn a_change_that_broke_off_is_not_known_while_what_is_there_cannot_be_read() {
    for (row, keys, path, reads) in [
        ("k8s-operator", &["a", "n192.0.2.7<enter><enter>"][..], "/accessList", 1),
        ("datadog", &["p", "gj<enter>", "G<space><enter>"], "/groups", 1),
        ("datadog", &["i-2<enter>"], "/serviceAccounts/", 3),
    ] {
        for fault in [Fault::Unsent(End::Reset), Fault::Unanswered(End::Reset)] {
            let (mut journey, proxy) = program(Options::default()).await;
            journey.press(&format!("/{row}<enter>"));
            for method in ["POST", "PATCH"] {
                proxy.plan(method, "/api/atlas/", 1, fault.clone());
            }
            let (last, before) = keys.split_last().expect("keys");
            for keys in before {
                journey.press(keys);
                journey.settle().await;
            }
            // What is read before is read; what is read afterwards is not.
            proxy.plan("GET", path, reads, Fault::Late(Duration::ZERO));
            proxy.plan("GET", path, 9, Fault::Unsent(End::Reset));
            journey.press(last);
            journey.settle().await;
            journey.says("Whether it was applied is not known");
            let sent = ["POST", "PATCH"].map(|method| proxy.count_of(method, "/api/atlas/"));
            assert_eq!(sent.iter().sum::<usize>(), 1, "{row} {path} {fault:?}");
            // Once it can be read, what was made is not made again.
            proxy.mend();
            journey.pass(jiff::SignedDuration::from_millis(300));
            journey.press("r");
            journey.settle().await;
            let told = if matches!(fault, Fault::Unsent(_)) { "saved" } else { "it is so already" };
            journey.shows(told);
        }
    }
}

/// Lets the clock run by itself from when the request has come: nothing else happens.
async fn bounded<T>(bench: &Bench, method: &str, call: impl Future<Output = T>) -> (T, u64) {
    let begun = Instant::now();
    let heard = async {
        bench.proxy.until_heard(method, "", 1).await;
        tokio::time::pause();
    };
    let (answer, ()) = tokio::join!(call, heard);
    let took = begun.elapsed();
    tokio::time::resume();
    (answer, took.as_secs())
}

#[tokio::test]
async fn silence_is_given_up_after_thirty_seconds() {
    let bench = Bench::start().await;
    bench.proxy.plan("", "", 1, Fault::Hold);
    let (answer, took) = bounded(&bench, "GET", bench.read()).await;
    assert_eq!(answer.expect_err("silence").fault, Trouble::TimedOut(30));
    // A person has waited long enough: it is not asked again by itself.
    assert_eq!((took, bench.asked()), (30, 1));
    for (fault, passed_on) in [(Fault::Hold, false), (Fault::HoldAnswer, true)] {
        let bench = Bench::start().await;
        bench.proxy.plan("", "", 1, fault);
        let (answer, took) = bounded(&bench, "PATCH", bench.rename()).await;
        let error = answer.expect_err("silence");
        assert!(error.perhaps_applied);
        assert_eq!(error.error.fault, Trouble::TimedOut(30));
        assert_eq!((took, bench.proxy.count("PATCH")), (30, 1));
        assert_eq!(bench.is_renamed(), passed_on);
    }
}

#[tokio::test]
async fn an_answer_that_only_drips_is_given_up_after_thirty_seconds() {
    let bench = Bench::start().await;
    bench.proxy.plan("", "", 1, Fault::Drip(8, Duration::from_secs(1)));
    let (answer, took) = bounded(&bench, "GET", bench.read()).await;
    assert_eq!(answer.expect_err("too slow").fault, Trouble::TimedOut(30));
    assert_eq!(took, 30);
}

#[tokio::test]
async fn an_answer_that_is_only_late_is_taken() {
    let bench = Bench::start().await;
    bench.proxy.plan("", "", 1, Fault::Late(Duration::from_secs(25)));
    let (answer, took) = bounded(&bench, "GET", bench.read()).await;
    answer.expect("it comes");
    assert_eq!((took, bench.asked()), (25, 1));
}
