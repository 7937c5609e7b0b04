//! What is read by a call of its own.

use jiff::Timestamp;

use crate::atlas::ApiError;

/// A piece of data that is asked for by a call of its own.
#[derive(Debug, Clone)]
pub struct Fetched<T> {
    /// What was read last.
    pub value: Option<T>,
    /// When it was read.
    pub at: Option<Timestamp>,
    /// Why the last attempt failed; cleared by the next good one.
    pub error: Option<Box<ApiError>>,
    /// An answer is on its way.
    pub asked: bool,
    /// Nobody has asked yet, or the answer has become old.
    pub due: bool,
}

/// A piece of data of whatever kind, as far as its call goes.
pub(super) trait Asked {
    /// Takes in a failure; what was read before stays.
    fn fail(&mut self, error: ApiError);
    /// Its answer is not waited for any more; what was read before stays, and what was
    /// never read is still to be read.
    fn let_be(&mut self);
}

impl<T> Asked for Fetched<T> {
    fn fail(&mut self, error: ApiError) {
        self.error = Some(Box::new(error));
        (self.asked, self.due) = (false, false);
    }

    fn let_be(&mut self) {
        (self.asked, self.due) = (false, self.value.is_none());
    }
}

impl<T> Default for Fetched<T> {
    fn default() -> Self {
        Self::UNASKED
    }
}

impl<T> Fetched<T> {
    /// What nobody has asked for yet.
    pub const UNASKED: Self = Self { value: None, at: None, error: None, asked: false, due: true };

    /// Takes in an answer.
    pub fn set(&mut self, value: T, now: Timestamp) {
        *self = Self { value: Some(value), at: Some(now), error: None, asked: false, due: false };
    }

    /// Whether it is to be asked for: due, and no answer on its way.
    #[must_use]
    pub fn is_due(&self) -> bool {
        self.due && !self.asked
    }

    /// Notes that an answer is on its way.
    pub fn ask(&mut self) {
        (self.asked, self.due) = (true, false);
    }

    /// Whether it could not be read yet and asking again may help.
    #[must_use]
    pub fn is_missing(&self) -> bool {
        self.value.is_none() && self.error.as_ref().is_none_or(|error| error.fault.may_pass())
    }

    /// Whether the last answer is from within the last `seconds`.
    #[must_use]
    pub fn is_younger_than(&self, seconds: i64, now: Timestamp) -> bool {
        self.at.is_some_and(|at| now.duration_since(at).as_secs() < seconds)
    }
}
