//! Asking again what failed and may go well in a moment: a few times, after growing
//! and uneven pauses, and never so often that it adds to the trouble. For questions
//! only: changes know nothing of this.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// How patient a client is with a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// Times that it is asked again.
    pub tries: usize,
    /// The longest that the first pause may be, which is then doubled. How much of that
    /// each takes is left to chance, so that many clients do not come back together.
    pub pause: Duration,
    /// It is not asked again once asking has taken so long, pauses apart: a person waits.
    pub enough: Duration,
}

/// No pause is longer.
const LONGEST_PAUSE: Duration = Duration::from_secs(20);

impl Default for Patience {
    fn default() -> Self {
        Self { tries: 3, pause: Duration::from_millis(400), enough: Duration::from_secs(15) }
    }
}

impl Patience {
    /// Asks once.
    pub const NONE: Self = Self { tries: 0, pause: Duration::ZERO, enough: Duration::ZERO };

    /// The pauses before each further try.
    pub fn pauses(self) -> impl Iterator<Item = Duration> + Send {
        let longest =
            std::iter::successors(Some(self.pause), |pause| Some(pause.saturating_mul(2)));
        let taken = |longest: Duration| longest.min(LONGEST_PAUSE).mul_f64(fastrand::f64());
        longest.take(self.tries).map(taken)
    }
}

/// Further tries that may be made in a burst of failures, and the share of them in all
/// that goes well: when everything fails, asking again is not what helps.
const MOST: f64 = 10.0;
const SHARE: f64 = 0.2;

/// What is left for further tries, over all questions.
#[derive(Debug)]
pub struct Budget(Mutex<f64>);

impl Default for Budget {
    fn default() -> Self {
        Self(Mutex::new(MOST))
    }
}

impl Budget {
    /// A question went well.
    pub fn earn(&self) {
        let mut left = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *left = (*left + SHARE).min(MOST);
    }

    /// Whether a question may be asked again; if so, that is paid for.
    pub fn spend(&self) -> bool {
        let mut left = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let enough = *left >= 1.0;
        if enough {
            *left -= 1.0;
        }
        enough
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_are_any_part_of_a_bound_that_doubles() {
        let patience = Patience { tries: 8, ..Patience::default() };
        let mut longest = [Duration::ZERO; 8];
        for _ in 0..200 {
            let pauses: Vec<_> = patience.pauses().collect();
            assert_eq!(pauses.len(), 8);
            for (longest, pause) in longest.iter_mut().zip(pauses) {
                *longest = pause.max(*longest);
            }
        }
        let bounds = [0.4, 0.8, 1.6, 3.2, 6.4, 12.8, 20.0, 20.0].map(Duration::from_secs_f64);
        for (longest, bound) in longest.into_iter().zip(bounds) {
            assert!(longest <= bound && longest > bound / 2, "{longest:?} of {bound:?}");
        }
        assert_eq!(Patience::NONE.pauses().count(), 0);
    }

    #[test]
    fn when_everything_fails_it_is_soon_asked_once_only() {
        let budget = Budget::default();
        assert_eq!((0..100).filter(|_| budget.spend()).count(), 10);
        (0..5).for_each(|_| budget.earn());
        assert_eq!((0..100).filter(|_| budget.spend()).count(), 1);
    }
}
