//! What time it is for the emulator: the system's time, or one that a test
//! holds and moves. Knows nothing of Atlas.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

/// A clock that can be moved forward while others read it. Clones move together.
#[derive(Debug, Clone)]
pub struct Clock {
    start: Option<Timestamp>,
    ahead: Arc<AtomicI64>,
}

impl Clock {
    /// The system's clock.
    #[must_use]
    pub fn system() -> Self {
        Self { start: None, ahead: Arc::default() }
    }

    /// A clock that stands at `start` until it is moved.
    #[must_use]
    pub fn fixed(start: Timestamp) -> Self {
        Self { start: Some(start), ahead: Arc::default() }
    }

    /// What it shows.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        let start = self.start.unwrap_or_else(Timestamp::now);
        later(start, SignedDuration::from_millis(self.ahead.load(Ordering::Relaxed)))
    }

    /// Moves it forward.
    pub fn advance(&self, by: Duration) {
        let by = i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
        let moved = self.ahead.load(Ordering::Relaxed).saturating_add(by);
        self.ahead.store(moved, Ordering::Relaxed);
    }
}

impl Default for Clock {
    fn default() -> Self {
        Self::system()
    }
}

/// The moment `by` after `from` (before it, where `by` is negative), or the end
/// of time.
pub(super) fn later(from: Timestamp, by: SignedDuration) -> Timestamp {
    let end = if by.is_negative() { Timestamp::MIN } else { Timestamp::MAX };
    from.checked_add(by).unwrap_or(end)
}

/// A moment as Atlas writes it: to the second, in UTC.
pub(super) fn written(moment: Timestamp) -> String {
    moment.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clones_move_together_and_never_past_the_end() {
        let clock = Clock::fixed(Timestamp::UNIX_EPOCH);
        let other = clock.clone();
        other.advance(Duration::from_secs(90));
        assert_eq!(written(clock.now()), "1970-01-01T00:01:30Z");
        clock.advance(Duration::MAX);
        assert_eq!(clock.now(), Timestamp::MAX);
    }
}
