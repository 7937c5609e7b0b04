//! How every journey begins, and every benchmark: its time and what it is set to.

use std::sync::atomic::{AtomicUsize, Ordering};

use gatehouse::app::held::Way;
use gatehouse::app::keys::Keymap;
use gatehouse::app::state::{Files, Remember, Setting};
use gatehouse::atlas::{Clean, Credential};
use gatehouse::ui::motion::Motion;
use gatehouse::ui::theme::Theme;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

/// The moment at which everything begins: a Thursday afternoon.
pub fn start_of_time() -> Timestamp {
    "2026-10-01T14:02:00Z".parse().expect("a time")
}

/// No two sessions have the same name.
fn session() -> String {
    static LAST: AtomicUsize = AtomicUsize::new(0);
    format!("test-{}", LAST.fetch_add(1, Ordering::Relaxed))
}

/// What every journey is set to: UTC, colours, 100 × 30.
pub fn setting(credential: &Credential) -> Setting {
    Setting {
        host: Clean::new("127.0.0.1"),
        credential: Some(credential.public_part()),
        source: Clean::new("a test"),
        choice: None,
        org: None,
        doubt: None,
        network: Vec::new(),
        demo: true,
        read_only: false,
        warnings: Vec::new(),
        looked_at: Vec::new(),
        zone: TimeZone::UTC,
        keys: Keymap::default(),
        theme: Theme::ansi(),
        motion: Motion::Moving,
        session: session(),
        base_url: None,
        refresh: Some(SignedDuration::from_secs(60)),
        remember: Remember::Nothing,
        mouse: false,
        takers: Vec::new(),
        browser: Vec::new(),
        clipboard: Way::Terminal,
        files: Files::default(),
    }
}
