//! What goes wrong before a request is on its way: it never left, and that is said.

use std::time::Duration;

use gatehouse::atlas::client::Client;
use gatehouse::atlas::error::Fault as Trouble;
use gatehouse::atlas::origin::Origin;
use gatehouse::atlas::retry::Patience;
use gatehouse::atlas::{Read, Urgency};
use gatehouse::emulator::Options;
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::Instant;

use super::bench::{Bench, NEW, is_renamed, program, rename};
use crate::support::fault_proxy::{End, Fault};

#[tokio::test]
async fn a_refused_connection_is_tried_again_by_questions_only() {
    let mut bench = Bench::start().await;
    bench.proxy.refuse().await;
    let error = bench.read().await.expect_err("refused");
    assert_eq!(error.fault, Trouble::Unreachable("connection refused".into()));
    let error = bench.rename().await.expect_err("refused");
    assert!(!error.perhaps_applied, "it never left");
    bench.proxy.accept().await;
    bench.read().await.expect("read");
    assert_eq!(bench.proxy.count("PATCH"), 0);
    assert!(!bench.is_renamed());
}

#[tokio::test]
async fn what_was_typed_while_offline_is_sent_once_the_network_is_back() {
    let (mut journey, mut proxy) = program(Options::default()).await;
    proxy.refuse().await;
    rename(&mut journey).await;
    journey.says("connection refused");
    journey.says("Nothing was sent.");
    proxy.accept().await;
    journey.pass(jiff::SignedDuration::from_millis(300));
    journey.press("r");
    journey.settle().await;
    journey.shows("saved");
    journey.shows(NEW);
    assert_eq!(proxy.count("PATCH"), 1);
    assert!(is_renamed(journey.emulator()));
}

/// A listener whose queue is full: who knocks now hears nothing.
async fn deaf() -> (tokio::net::TcpListener, Vec<TcpStream>) {
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.bind("127.0.0.1:0".parse().expect("an address")).expect("a port");
    let listener = socket.listen(0).expect("it listens");
    let address = listener.local_addr().expect("an address");
    let mut queue = Vec::new();
    let soon = Duration::from_millis(100);
    while let Ok(stream) = tokio::time::timeout(soon, TcpStream::connect(address)).await {
        queue.push(stream.expect("it takes a few"));
    }
    (listener, queue)
}

#[tokio::test]
async fn a_host_that_does_not_take_the_call_is_given_up_after_ten_seconds() {
    let bench = Bench::start().await;
    let (listener, _queue) = deaf().await;
    let base = format!("http://{}", listener.local_addr().expect("an address"));
    let credential = bench.emulator.service_account().expect("one");
    let origin = Origin::parse(&base).expect("an origin");
    let client = Client::with(origin, credential, Patience::NONE.into());
    tokio::time::pause();
    let begun = Instant::now();
    let error = client
        .read(&Read::Organizations, Urgency::Person, &mut |_| {})
        .await
        .expect_err("nobody answers");
    assert_eq!(error.fault, Trouble::TimedOut(10));
    assert_eq!(begun.elapsed().as_secs(), 10);
}

#[tokio::test]
async fn a_name_that_is_not_found_is_told() {
    let bench = Bench::start().await;
    let credential = bench.emulator.service_account().expect("one");
    // No such name is ever given out (RFC 6761).
    let origin = Origin::parse("https://atlas.invalid").expect("an origin");
    let client = Client::with(origin, credential, Patience::NONE.into());
    let read = client.read(&Read::Organizations, Urgency::Person, &mut |_| {}).await;
    let error = read.expect_err("there is nobody");
    assert!(matches!(error.fault, Trouble::Unreachable(_)), "{error:?}");
    assert!(error.sentence().starts_with("Could not reach atlas.invalid: "), "{error}");
}

#[tokio::test]
async fn a_kept_connection_that_was_closed_costs_nothing() {
    let bench = Bench::start().await;
    bench.proxy.close_idle();
    bench.read().await.expect("read");
    assert_eq!(bench.asked(), 1);
    bench.proxy.close_idle();
    bench.rename().await.expect("changed");
    assert_eq!(bench.proxy.count("PATCH"), 1);
    // It may also close just when the next call comes.
    bench.proxy.plan("GET", "", 1, Fault::Unsent(End::Closed));
    bench.read().await.expect("read");
    assert_eq!(bench.asked(), 3);
}
