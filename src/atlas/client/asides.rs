//! What answers tell besides what was asked for: how long Atlas wants to be left alone,
//! and what time it is there. Whoever wants to know is told when that changes.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;
use tokio::time::Instant;

/// A clock that differs by less than this, in seconds, is taken as right: answers take
/// their time.
const SAME_TIME: i64 = 30;

/// What was told last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Aside {
    /// Calls of some kind wait until then.
    pub paused_until: Option<Instant>,
    /// What time it was at Atlas at this moment.
    pub time: Option<(Timestamp, Instant)>,
}

/// Where it is noted.
#[derive(Default)]
pub(super) struct Asides(watch::Sender<Aside>);

impl Asides {
    pub(super) fn listen(&self) -> watch::Receiver<Aside> {
        self.0.subscribe()
    }

    /// Calls of some kind wait for so long from now on.
    pub(super) fn pause(&self, wait: Duration, now: Instant) {
        let until = Some(now + wait);
        self.0.send_if_modified(|aside| {
            let later = until > aside.paused_until;
            if later {
                aside.paused_until = until;
            }
            later
        });
    }

    /// It is so late at Atlas. That its clock goes on is no news.
    pub(super) fn time(&self, time: Timestamp, now: Instant) {
        let is_as_expected = |(then, at): (Timestamp, Instant)| {
            let passed = SignedDuration::try_from(now.saturating_duration_since(at));
            let gone = time.duration_since(then) - passed.unwrap_or(SignedDuration::MAX);
            gone.abs() < SignedDuration::from_secs(SAME_TIME)
        };
        self.0.send_if_modified(|aside| {
            let is_news = !aside.time.is_some_and(is_as_expected);
            if is_news {
                aside.time = Some((time, now));
            }
            is_news
        });
    }
}
