//! How the emulator bears load: ten thousand calls over real HTTP, from several
//! connections at once, as a mixture of what clients do; latencies as percentiles.
//!
//! `cargo bench --bench emulator`

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

const GATEHOUSE: &str = env!("CARGO_BIN_EXE_gatehouse");
const CALLS: usize = 10_000;
const CONNECTIONS: usize = 16;

/// An emulator in a process of its own, with its export lines.
struct Emulator {
    child: Child,
    exports: Vec<(String, String)>,
}

impl Emulator {
    fn start() -> Self {
        let mut child = Command::new(GATEHOUSE)
            .args([
                "emulator",
                "--no-limits",
                "--accounts",
                "200",
                "--keys",
                "500",
                "--projects",
                "50",
            ])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("it starts");
        let lines = BufReader::new(child.stdout.take().expect("its output")).lines();
        let exports = lines
            .take(6)
            .map(|line| line.expect("a line"))
            .filter_map(|line| {
                let (name, value) = line.strip_prefix("export MONGODB_ATLAS_")?.split_once('=')?;
                Some((name.to_owned(), value.to_owned()))
            })
            .collect();
        Self { child, exports }
    }

    fn get(&self, name: &str) -> &str {
        let found = self.exports.iter().find(|(known, _)| known == name);
        &found.expect("exported").1
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What one worker calls in its turn: mostly reads, a change in ten.
fn call(http: &reqwest::Client, org: &str, number: usize) -> (reqwest::RequestBuilder, u16) {
    let account = r#"{"name":"load","description":"load","roles":["ORG_MEMBER"],"secretExpiresAfterHours":8}"#;
    match number % 10 {
        0 => (http.get(format!("{org}/serviceAccounts?itemsPerPage=100")), 200),
        1 => (http.get(format!("{org}/apiKeys?itemsPerPage=500")), 200),
        2 => (http.get(format!("{org}/groups")), 200),
        3 => (http.get(format!("{org}/events?itemsPerPage=50")), 200),
        4 => {
            let path = format!("{org}/serviceAccounts");
            (http.post(path).header("content-type", "application/json").body(account), 201)
        }
        5 => (http.get(format!("{org}/serviceAccounts/unknown")), 404),
        _ => (http.get(format!("{org}/settings")), 200),
    }
}

async fn work(
    http: reqwest::Client,
    org: String,
    token: String,
    next: Arc<AtomicUsize>,
) -> Vec<Duration> {
    let mut took = Vec::new();
    loop {
        let number = next.fetch_add(1, Ordering::Relaxed);
        if number >= CALLS {
            return took;
        }
        let (request, status) = call(&http, &org, number);
        let started = Instant::now();
        let answer = request.bearer_auth(&token).send().await.expect("an answer");
        assert_eq!(answer.status().as_u16(), status);
        let body = answer.bytes().await.expect("a body");
        took.push(started.elapsed());
        assert!(!body.is_empty());
    }
}

#[tokio::main]
async fn main() {
    rustls::crypto::ring::default_provider().install_default().expect("the first");
    let emulator = Emulator::start();
    let base = emulator.get("OPS_MANAGER_URL").trim_end_matches('/').to_owned();
    let org = format!("{base}/api/atlas/v2/orgs/{}", emulator.get("ORG_ID"));
    let http = reqwest::Client::builder().no_proxy().build().expect("a client");
    let pair = (emulator.get("CLIENT_ID"), Some(emulator.get("CLIENT_SECRET")));
    let answer = http.post(format!("{base}/api/oauth/token")).basic_auth(pair.0, pair.1);
    let answer =
        answer.form(&[("grant_type", "client_credentials")]).send().await.expect("an answer");
    let answer: serde_json::Value =
        serde_json::from_str(&answer.text().await.expect("text")).expect("JSON");
    let token = answer["access_token"].as_str().expect("a token").to_owned();
    let next = Arc::new(AtomicUsize::new(0));
    let started = Instant::now();
    let workers: Vec<_> = (0..CONNECTIONS)
        .map(|_| tokio::spawn(work(http.clone(), org.clone(), token.clone(), next.clone())))
        .collect();
    let mut took = Vec::with_capacity(CALLS);
    for worker in workers {
        took.extend(worker.await.expect("no panic"));
    }
    let whole = started.elapsed();
    took.sort_unstable();
    assert_eq!(took.len(), CALLS);
    let at =
        |share: usize| took[(took.len() * share / 1000).min(took.len() - 1)].as_secs_f64() * 1e3;
    println!(
        "{CALLS} calls, {CONNECTIONS} at once: {:.1} s, {:.0} a second; p50 {:.2} ms, p90 {:.2} ms, \
         p99 {:.2} ms, p99.9 {:.2} ms, longest {:.2} ms",
        whole.as_secs_f64(),
        f64::from(u32::try_from(took.len()).expect("few")) / whole.as_secs_f64(),
        at(500),
        at(900),
        at(990),
        at(999),
        at(1000),
    );
}
