//! Trouble on demand: the next calls to a path fail in a chosen way. Knows
//! nothing of what the calls are.

use std::collections::VecDeque;
use std::time::Duration;

use super::errors::{RATE_LIMITED_BUCKET, atlas_error};
use super::http::Answer;

/// A way in which a call can fail.
#[derive(Debug, Clone)]
pub enum Fault {
    /// Atlas' error body with this status and code.
    Status(u16, &'static str),
    /// A page for people, as a proxy sends it.
    Html,
    /// This body with this content type and status 200.
    RawBody(String, String),
    /// The connection ends without an answer.
    Drop,
    /// The answer comes, but late.
    Delay(Duration),
    /// Too many calls; with the seconds to wait, or without.
    RateLimited(Option<u32>),
}

#[derive(Debug)]
struct Planned {
    prefix: String,
    times: usize,
    fault: Fault,
}

/// The faults that are still to come.
#[derive(Debug, Default)]
pub(super) struct Faults(VecDeque<Planned>);

impl Faults {
    /// Plans a fault for the next `times` calls whose path begins with `prefix`.
    pub(super) fn plan(&mut self, prefix: &str, times: usize, fault: Fault) {
        self.0.push_back(Planned { prefix: prefix.to_owned(), times, fault });
    }

    /// How many calls are still to fail.
    pub(super) fn left(&self) -> usize {
        self.0.iter().map(|planned| planned.times).sum()
    }

    /// The fault for a call, if one is planned: the earliest plan first.
    pub(super) fn take(&mut self, target: &str) -> Option<Fault> {
        self.0.retain(|planned| planned.times > 0);
        let planned = self.0.iter_mut().find(|planned| target.starts_with(&planned.prefix))?;
        planned.times -= 1;
        Some(planned.fault.clone())
    }
}

impl Fault {
    /// The answer that stands for this fault, where there is one.
    pub(super) fn answer(&self, target: &str) -> Option<Answer> {
        match self {
            Self::Status(status, code) => {
                Some(atlas_error(*status, code, "A fault that was asked for.", &[]))
            }
            Self::Html => {
                let page = "<!DOCTYPE html><html><body><h1>Maintenance</h1></body></html>";
                Some(Answer::new(503, "text/html", page.to_owned()))
            }
            Self::RawBody(body, kind) => Some(Answer::new(200, kind, body.clone())),
            Self::RateLimited(wait) => {
                let told = wait.unwrap_or(60);
                let refusal = RATE_LIMITED_BUCKET.about([
                    target.into(),
                    told.into(),
                    10.into(),
                    5.into(),
                    60.into(),
                ]);
                let answer = refusal.answer();
                Some(match wait {
                    Some(wait) => answer.with("Retry-After", wait.to_string()),
                    None => answer,
                })
            }
            Self::Drop | Self::Delay(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_strikes_as_often_as_planned_and_where() {
        let mut faults = Faults::default();
        faults.plan("/a", 2, Fault::Drop);
        faults.plan("/", 1, Fault::Html);
        let struck: Vec<_> = ["/a/1", "/a/2", "/a/3", "/a/4", "/b"]
            .map(|target| faults.take(target).map(|fault| matches!(fault, Fault::Drop)))
            .into();
        assert_eq!(struck, [Some(true), Some(true), Some(false), None, None]);
    }
}
