//! What a server of the tests has heard, and what it does with what comes next. Knows no
//! network.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

/// Nothing that a test waits for takes longer; one that waits so long has failed.
const PATIENCE: Duration = Duration::from_secs(20);

/// A request, as far as anybody looks at it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heard {
    pub method: String,
    /// Path and query.
    pub target: String,
    pub body: String,
}

/// What becomes of the next requests by this method whose target has this part.
struct Plan<F> {
    method: &'static str,
    part: String,
    times: usize,
    fault: F,
}

/// What was heard, and what is planned.
pub struct Script<F> {
    plans: Mutex<VecDeque<Plan<F>>>,
    heard: watch::Sender<Vec<Heard>>,
}

impl<F> Default for Script<F> {
    fn default() -> Self {
        Self { plans: Mutex::default(), heard: watch::Sender::default() }
    }
}

impl<F: Clone> Script<F> {
    /// Plans what becomes of requests by this method (empty: any) whose target has this
    /// part, after what was planned before.
    pub fn plan(&self, method: &'static str, part: &str, times: usize, fault: F) {
        let part = part.to_owned();
        self.plans().push_back(Plan { method, part, times, fault });
    }

    /// Lets everything pass again.
    pub fn mend(&self) {
        self.plans().clear();
    }

    /// Takes note of a request, and tells what is to go wrong with it.
    pub fn hear(&self, heard: Heard) -> Option<F> {
        let fault = self.fault_for(&heard);
        self.heard.send_modify(|all| all.push(heard));
        fault
    }

    /// How many requests came by this method.
    pub fn count(&self, method: &str) -> usize {
        self.count_of(method, "")
    }

    /// How many requests came by this method whose target has this part.
    pub fn count_of(&self, method: &str, part: &str) -> usize {
        count(&self.heard.borrow(), method, part)
    }

    /// What was sent by this method to where the target has this part.
    pub fn bodies(&self, method: &str, part: &str) -> Vec<String> {
        let heard = self.heard.borrow();
        such(&heard, method, part).map(|heard| heard.body.clone()).collect()
    }

    /// Waits until so many requests have come by this method whose target has this part.
    pub async fn until_heard(&self, method: &str, part: &str, times: usize) {
        let mut heard = self.heard.subscribe();
        let enough = heard.wait_for(|heard| count(heard, method, part) >= times);
        tokio::time::timeout(PATIENCE, enough).await.expect("it never came").expect("it runs");
    }

    pub fn forget(&self) {
        self.heard.send_modify(Vec::clear);
    }

    fn plans(&self) -> std::sync::MutexGuard<'_, VecDeque<Plan<F>>> {
        self.plans.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn fault_for(&self, heard: &Heard) -> Option<F> {
        let mut plans = self.plans();
        plans.retain(|plan| plan.times > 0);
        let plan = plans.iter_mut().find(|plan| {
            (plan.method.is_empty() || plan.method == heard.method)
                && heard.target.contains(&plan.part)
        })?;
        plan.times -= 1;
        Some(plan.fault.clone())
    }
}

fn such<'a>(heard: &'a [Heard], method: &'a str, part: &'a str) -> impl Iterator<Item = &'a Heard> {
    heard.iter().filter(move |heard| heard.method == method && heard.target.contains(part))
}

fn count(heard: &[Heard], method: &str, part: &str) -> usize {
    such(heard, method, part).count()
}
