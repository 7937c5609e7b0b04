//! What answers tell besides what was asked for: how long Atlas wants to be left alone,
//! how long what fills in behind waits, and what time it is there. Whoever wants to know is
//! told when that changes.

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
    /// What fills in behind waits until then: what is left belongs to the administrator.
    pub behind_until: Option<Instant>,
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
        self.wait(|aside| &mut aside.paused_until, now + wait);
    }

    /// What fills in behind waits for so long from now on.
    pub(super) fn hold_back(&self, wait: Duration, now: Instant) {
        self.wait(|aside| &mut aside.behind_until, now + wait);
    }

    fn wait(&self, of: fn(&mut Aside) -> &mut Option<Instant>, until: Instant) {
        self.0.send_if_modified(|aside| {
            let known = of(aside);
            let later = Some(until) > *known;
            if later {
                *known = Some(until);
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
