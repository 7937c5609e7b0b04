//! Whether somebody is taken to look at the terminal: what is read again by itself is
//! read for a person. Pure; times come with events.

use jiff::{SignedDuration, Timestamp};

/// Somebody who turned to another window may look on from there for so long.
const ASIDE: SignedDuration = SignedDuration::from_mins(5);
/// Without a key for so long, nobody is there. A terminal that never tells of its focus
/// has no other sign.
const STILL: SignedDuration = SignedDuration::from_mins(30);
/// Whoever looks at something has pressed no key for so long.
const GLANCE: SignedDuration = SignedDuration::from_millis(150);

/// The last signs of a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Attention {
    /// The last key or paste, or when the terminal got its focus back.
    seen: Timestamp,
    /// Since when another window has the focus.
    aside: Option<Timestamp>,
    /// Until when they are taken to be on their way elsewhere.
    busy_until: Option<Timestamp>,
}

impl Attention {
    /// Somebody has just started the program.
    pub fn new(now: Timestamp) -> Self {
        Self { seen: now, aside: None, busy_until: None }
    }

    /// Somebody is here: a key came, or the focus.
    pub fn returns(&mut self, now: Timestamp) {
        *self = Self::new(now);
    }

    /// Somebody has pressed a key, and may press more.
    pub fn acts(&mut self, now: Timestamp) {
        *self = Self { busy_until: now.checked_add(GLANCE).ok(), ..Self::new(now) };
    }

    /// Until when somebody is taken to pass by what is in sight, if they do.
    pub fn busy_until(&self, now: Timestamp) -> Option<Timestamp> {
        self.busy_until.filter(|&until| until > now)
    }

    /// The terminal tells that another window has the focus, or was lent to a shell.
    pub fn leaves(&mut self, now: Timestamp) {
        self.aside.get_or_insert(now);
    }

    /// Whether nobody is taken to look any more.
    pub fn is_over(&self, now: Timestamp) -> bool {
        let since = |time: Timestamp, most| now.duration_since(time) >= most;
        since(self.seen, STILL) || self.aside.is_some_and(|aside| since(aside, ASIDE))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_ends_five_minutes_after_the_focus_or_half_an_hour_after_the_last_key() {
        let at = |minute: i64| Timestamp::from_second(minute * 60).expect("a time");
        let over = |attention: Attention, minute| attention.is_over(at(minute));
        let mut attention = Attention::new(at(0));
        assert!(!over(attention, 29) && over(attention, 30), "it never told of its focus");
        attention.returns(at(10));
        assert!(!over(attention, 39) && over(attention, 40));
        attention.leaves(at(12));
        assert!(!over(attention, 16) && over(attention, 17));
        attention.leaves(at(16));
        assert!(over(attention, 17), "told twice, it was lost once");
        attention.returns(at(50));
        assert!(!over(attention, 79), "back with the first key");
        attention.leaves(at(78));
        assert!(over(attention, 80), "half an hour without a key counts all the same");
    }
}
