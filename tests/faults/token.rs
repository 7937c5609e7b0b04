//! A token that is on its way when nobody waits for it any more: an account may hold 100 at
//! once, so none is left behind.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use gatehouse::atlas::Read;
use gatehouse::emulator::{self, Options};

use super::bench::Bench;
use crate::wire::{ask, client, org, serve_signed};

const MINT: &str = "/api/oauth/token";
const REVOKE: &str = "/api/oauth/revoke";
const PATIENCE: Duration = Duration::from_secs(20);

/// A client whose question was dropped while it signed in.
async fn broken_off() -> Bench {
    let emulator = emulator::start(Options::default()).await.expect("an emulator");
    let credential = emulator.service_account().expect("a credential");
    let bench = Bench::stranger(emulator, credential).await;
    tokio::select! {
        biased;
        () = bench.proxy.until_heard("POST", MINT, 1) => {}
        _ = bench.read() => panic!("it should be dropped before"),
    }
    bench
}

#[tokio::test]
async fn a_token_that_nobody_waits_for_any_more_is_used_by_the_next() {
    let bench = broken_off().await;
    bench.read().await.expect("read");
    assert_eq!((bench.proxy.count_of("POST", MINT), bench.emulator.live_tokens()), (1, 1));
}

#[tokio::test]
async fn leaving_while_a_token_is_on_its_way_gives_it_back() {
    let bench = broken_off().await;
    bench.client.sign_out().await;
    assert_eq!((bench.proxy.count_of("POST", MINT), bench.emulator.live_tokens()), (1, 0));
}

#[tokio::test]
async fn a_token_that_comes_when_its_client_is_gone_is_given_back() {
    let Bench { emulator, proxy, client } = broken_off().await;
    drop(client);
    proxy.until_heard("POST", REVOKE, 1).await;
    let gone = async {
        while emulator.live_tokens() > 0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, gone).await.expect("given back");
}

#[tokio::test]
async fn a_token_whose_life_makes_no_sense_is_used_all_the_same() {
    for odd in ["0", "-1", "\"3600\"", "36e2", "1e300", "null", "[]", "\"tomorrow\""] {
        let minted = Arc::new(AtomicUsize::new(0));
        let count = minted.clone();
        let token = move || {
            count.fetch_add(1, Ordering::SeqCst);
            format!("{{\"access_token\":\"t\",\"expires_in\":{odd}}}")
        };
        let json = [("content-type", "application/json")];
        let base = serve_signed(token, move |_| (json, "{\"results\":[]}")).await;
        let client = client(&base);
        for _ in 0..3 {
            ask(&client, Read::ApiKeys(org()))
                .await
                .unwrap_or_else(|error| panic!("{odd}: {error}"));
        }
        assert_eq!(minted.load(Ordering::SeqCst), 1, "{odd}");
    }
}
