//! What whoever runs the emulator may set and see over HTTP, where it was asked
//! for: faults, the clock, the calls that came. Nothing of this is Atlas', and
//! nothing of it knows what Atlas answers.

use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};

use super::faults::Plan;
use super::http::{Answer, Incoming, Server};

/// Where it lives.
pub(super) const ROOT: &str = "/emulator";

/// How far the clock is to be moved.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Move {
    advance_seconds: u64,
}

/// The answer to a call that is not for Atlas; `None` where it is, or where nobody
/// asked for this.
pub(super) fn answer(server: &Server, incoming: &Incoming) -> Option<Answer> {
    let below = incoming.path.strip_prefix(ROOT).filter(|_| server.admin)?;
    let answer = match (incoming.method.as_str(), below) {
        ("GET", "/faults") => told(&json!(server.state().faults.plans())),
        ("POST", "/faults") => plan(server, incoming.body()),
        ("DELETE", "/faults") => {
            server.state().faults.clear();
            done()
        }
        ("GET", "/clock") => told(&json!({"now": server.clock.now()})),
        ("POST", "/clock") => match serde_json::from_slice(incoming.body()) {
            Ok(Move { advance_seconds }) => {
                server.clock.advance(Duration::from_secs(advance_seconds));
                told(&json!({"now": server.clock.now()}))
            }
            Err(error) => wrong(&error.to_string()),
        },
        ("GET", "/requests") => told(&json!(server.state().log.all())),
        ("DELETE", "/requests") => {
            server.state().log.clear();
            done()
        }
        _ => Answer::new(404, "application/json", error("there is no such thing here")),
    };
    Some(answer)
}

fn plan(server: &Server, body: &[u8]) -> Answer {
    let plan: Plan = match serde_json::from_slice(body) {
        Ok(plan) => plan,
        Err(error) => return wrong(&error.to_string()),
    };
    match plan.check() {
        Ok(()) => {
            server.state().faults.plan(plan);
            done()
        }
        Err(what) => wrong(&what),
    }
}

fn told(value: &Value) -> Answer {
    Answer::new(200, "application/json", value.to_string())
}

fn done() -> Answer {
    Answer::new(204, "application/json", String::new())
}

fn wrong(what: &str) -> Answer {
    Answer::new(400, "application/json", error(what))
}

fn error(what: &str) -> String {
    json!({"error": what}).to_string()
}
